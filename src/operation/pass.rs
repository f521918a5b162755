//! Steps 1 to 4 of an execution: what happens when the action is not called (SPEC section 4).

use super::{Next, OperationState, Terms, lock_wait, remember};
use crate::model::{Millis, Outcome, Status, Stream};
use crate::rules::{self, Comparison, Delay, DelayRule, Occasion, Row, Rows, RuleSet};

/// What an execution finds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Situation {
    /// Whether the connector is there.
    pub present: bool,
    /// For how long the connector has been disabled, if it is.
    pub disabled_for: Option<Millis>,
    /// Whether the channel is in the channel cache; always true for discovery.
    pub channel_cached: bool,
}

/// An execution that did not call the action.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Pass {
    /// How it went.
    pub outcome: Outcome,
    /// Whether `stop` is called.
    pub stop: bool,
    /// What follows.
    pub next: Next,
    /// Where the other rule set would have decided otherwise.
    pub differs: Rows,
}

/// Steps 1 to 3: what happens if the connector is gone or disabled, or the channel not found. `None`: go on with the lock.
#[inline]
pub fn without_call(
    state: &mut OperationState,
    situation: Situation,
    terms: &Terms<'_>,
    stream: &mut Stream,
) -> Option<Pass> {
    if situation.present && situation.disabled_for.is_none() && situation.channel_cached {
        return None;
    }
    Some(in_the_way(state, situation, terms, stream))
}

/// What happens if one of the three is in the way.
fn in_the_way(
    state: &mut OperationState,
    situation: Situation,
    terms: &Terms<'_>,
    stream: &mut Stream,
) -> Pass {
    if !situation.present {
        let status = if terms.rules.removed_abandons { Status::Abandoned } else { Status::Complete };
        let ends = Pass::ends(Outcome::Removed, Next::Ends(status, "connector removed".into()));
        return Pass { differs: Rows::when(true, Row::D6), ..ends };
    }
    if let Some(age) = situation.disabled_for {
        return disabled(state, age, terms, stream);
    }
    Pass::ends(Outcome::ChannelNotFound, Next::Ends(Status::Abandoned, "channel not found".into()))
}

fn disabled(state: &mut OperationState, age: Millis, terms: &Terms<'_>, stream: &mut Stream) -> Pass {
    let stop_due = state.stop_due(terms.work_type);
    let stop = stop_due && !terms.rules.stop_never_called;
    state.called &= !stop;
    // The stop's own event says D11 where it is called; here it is said where it is not.
    let mut differs = Rows::when(stop_due && !stop, Row::D11);

    if terms.settings.max_disabled_connector_age.is_some_and(|most| age > most) {
        let next = Next::Ends(Status::Abandoned, "connector disabled".into());
        return Pass { outcome: Outcome::Disabled, stop, next, differs };
    }

    differs = differs.union(Rows::when(state.failures > 0, Row::D14));
    if terms.rules.disabled_resets_failures {
        state.failures = 0;
    }
    state.delays.count(false);
    let occasion = Occasion { next_delay: None, results: false, disabled: true };
    let settings = terms.settings.of(terms.work_type);
    let comparison = Comparison::new(occasion, settings, state.delays, stream.clone());
    let delay = rules::after(occasion, settings, terms.rules, &state.delays, stream);
    let rows = terms
        .rules
        .differing(terms.other_rules, &delay.ms, comparison.rows(), |rules| comparison.under(rules));
    differs = differs.union(rows);
    let next = Next::After(delay);
    remember(state, &next);
    Pass { outcome: Outcome::Disabled, stop, next, differs }
}

/// The delay of an execution that a lock defers, and of a BackOff once its lock is set: `until_expiry` is how long the
/// latest matching lock still lasts.
pub fn after_lock(until_expiry: Millis, rules: &RuleSet, other: &RuleSet) -> (Delay, Rows) {
    let wait = lock_wait(until_expiry, rules);
    let differs =
        rules.differing(other, &wait, Rows::when(true, Row::D10), |rules| lock_wait(until_expiry, rules));
    (Delay::new(wait, DelayRule::Lock), differs)
}
