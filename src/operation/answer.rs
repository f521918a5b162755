//! Steps 5 and 6 of an execution: what an answer does (SPEC section 4).

use super::{DELAY_ROWS, Next, OperationState, Terms, remember};
use crate::model::{LockType, Millis, Outcome, ResultType, Status, Stream, Text, WorkType};
use crate::rules::{self, Delay, DelayRule, Occasion, Retry, Row, Rows, RuleSet};
use crate::source::{Answer, Payload};

/// What an answer does.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Applied {
    /// How the execution went, after answers that count as Failed have been told apart.
    pub outcome: Outcome,
    /// Why; empty where the answer gave no reason.
    pub reason: Text,
    /// What follows; `None` for a BackOff, whose wait depends on all locks once its own is set.
    pub next: Option<Next>,
    /// The lock that a BackOff sets, and for how long.
    pub lock: Option<(LockType, Millis)>,
    /// Whether the channel leaves the channel cache.
    pub channel_leaves: bool,
    /// Where the other rule set would have decided otherwise.
    pub differs: Rows,
}

/// Applies an answer to the operation that was called.
pub fn apply(state: &mut OperationState, answer: &Answer, terms: &Terms<'_>, stream: &mut Stream) -> Applied {
    let (result, reason) = judged(answer, terms);
    let mut applied = Applied {
        outcome: Outcome::Complete,
        reason,
        next: None,
        lock: None,
        channel_leaves: false,
        differs: Rows::when(is_extra_for_discovery(answer.result, terms.work_type), Row::D12),
    };
    match result {
        ResultType::Complete | ResultType::Incomplete => {
            let complete = result == ResultType::Complete;
            applied.outcome = if complete { Outcome::Complete } else { Outcome::Incomplete };
            advance_cursor(state, answer, complete, terms);
            state.begun = true;
            state.failures = 0;
            let results = has_results(&answer.payload);
            if complete || results {
                state.delays.count(results);
            }
            let before = stream.clone();
            let decide = |rules: &RuleSet, stream: &mut Stream| {
                after_progress(complete, results, answer.next_delay, state, terms, rules, stream)
            };
            let next = decide(terms.rules, stream);
            let rows =
                |rows| terms.rules.differing(rows, |rules| moment(&decide(rules, &mut before.clone())));
            applied.differs = applied.differs.union(rows(DELAY_ROWS)).union(rows(&[Row::D15]));
            remember(state, &next);
            applied.next = Some(next);
        }
        ResultType::Failed => {
            applied.outcome = Outcome::Failed;
            state.failures = state.failures.saturating_add(1);
            applied.next = Some(match rules::after_failure(terms.retry, state.failures) {
                Retry::After(delay) => Next::After(delay),
                Retry::GiveUp => Next::Ends(Status::Failed, gave_up(state.failures, terms, &applied.reason)),
            });
        }
        ResultType::Abandoned => {
            applied.outcome = Outcome::Abandoned;
            let registration = terms.work_type == WorkType::ContentRegistration;
            applied.channel_leaves = terms.work_type.is_content()
                && !(registration && terms.rules.abandoned_registration_keeps_channel);
            applied.differs = applied.differs.union(Rows::when(registration, Row::D5));
            let reason = if applied.reason.is_empty() { "abandoned".into() } else { applied.reason.clone() };
            applied.next = Some(Next::Ends(Status::Abandoned, reason));
        }
        ResultType::BackOff => {
            applied.outcome = Outcome::BackOff;
            applied.lock = answer.semaphore_lock_type.zip(answer.next_delay);
        }
    }
    applied
}

/// The result that an answer counts as, and the reason: some answers are a Failed that says what is wrong with them.
fn judged(answer: &Answer, terms: &Terms<'_>) -> (ResultType, Text) {
    let wrong = if is_extra_for_discovery(answer.result, terms.work_type) && !terms.rules.discovery_incomplete
    {
        Some(format!("discovery answered {}, which the documents do not allow (D12)", answer.result))
    } else if answer.result == ResultType::BackOff {
        let missing = missing_for_back_off(answer, terms);
        (!missing.is_empty()).then(|| format!("back-off without {}", missing.join(" and ")))
    } else {
        None
    };
    match wrong {
        None => (answer.result, answer.reason.clone()),
        Some(wrong) if answer.reason.is_empty() => (ResultType::Failed, wrong.into()),
        Some(wrong) => (ResultType::Failed, format!("{wrong}; its reason: {}", answer.reason).into()),
    }
}

/// Whether only the SDK's discovery knows this result (D12).
fn is_extra_for_discovery(result: ResultType, work_type: WorkType) -> bool {
    work_type == WorkType::ChannelDiscovery
        && matches!(result, ResultType::Incomplete | ResultType::Abandoned)
}

fn missing_for_back_off(answer: &Answer, terms: &Terms<'_>) -> Vec<&'static str> {
    let mut missing = Vec::new();
    if answer.next_delay.is_none() {
        missing.push("next_delay");
    }
    match answer.semaphore_lock_type {
        None => missing.push("semaphore_lock_type"),
        Some(LockType::Scoped) if !terms.has_scope_key => {
            missing.push("a scope key (semaphore_lock.scope_key)");
        }
        Some(_) => {}
    }
    missing
}

/// The new cursor. Discovery has one only where it may answer Incomplete (D12), and its Complete clears it.
fn advance_cursor(state: &mut OperationState, answer: &Answer, complete: bool, terms: &Terms<'_>) {
    if terms.work_type == WorkType::ChannelDiscovery && (complete || !terms.rules.discovery_incomplete) {
        state.cursor = Text::default();
    } else if let Some(cursor) = &answer.cursor {
        state.cursor = cursor.clone();
    }
}

/// Channels for discovery; records or aggregations for content (SPEC section 5).
fn has_results(payload: &Payload) -> bool {
    match payload {
        Payload::Nothing => false,
        Payload::Discovery(discovered) => !discovered.channels.is_empty(),
        Payload::Content(content) => content.records.count > 0 || content.aggregations.count > 0,
    }
}

/// What follows a Complete or an Incomplete.
fn after_progress(
    complete: bool,
    results: bool,
    next_delay: Option<Millis>,
    state: &OperationState,
    terms: &Terms<'_>,
    rules: &RuleSet,
    stream: &mut Stream,
) -> Next {
    let registration = terms.work_type == WorkType::ContentRegistration;
    let goes_on = terms.settings.reschedule_on_complete && !rules.registration_never_reschedules;
    if complete && registration && !goes_on {
        return Next::Ends(Status::Complete, "complete".into());
    }
    let follows_delay_rules = complete || (registration && rules.registration_incomplete_delays);
    Next::After(match next_delay {
        Some(next_delay) if !follows_delay_rules => Delay::new(next_delay, DelayRule::NextDelay),
        None if !follows_delay_rules => rules::at_once(),
        _ => {
            let occasion = Occasion { next_delay, results, disabled: false };
            rules::after(occasion, terms.settings.of(terms.work_type), rules, &state.delays, stream)
        }
    })
}

/// What two decisions are compared by: when it runs next, or that it ends.
const fn moment(next: &Next) -> Option<Millis> {
    match next {
        Next::After(delay) => Some(delay.ms),
        Next::Ends(..) => None,
    }
}

fn gave_up(failures: u32, terms: &Terms<'_>, reason: &str) -> Text {
    let retries = failures.saturating_sub(1);
    let mut text = match (terms.retry.retry_on_failure, retries) {
        (false, _) => "failed, and retry_on_failure is off".to_owned(),
        (true, 0) => "failed, and max_retries is 0".to_owned(),
        (true, 1) => "failed, and so did its one retry".to_owned(),
        (true, _) => format!("failed, and so did all {retries} retries"),
    };
    if !reason.is_empty() {
        text.push_str(": ");
        text.push_str(reason);
    }
    text.into()
}
