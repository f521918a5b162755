//! The state machine of one operation, pure: state, situation and answer in; what happens next out (SPEC section 4).
//!
//! ```text
//! execution                                  state                               next
//! ─────────────────────────────────────────  ──────────────────────────────────  ─────────────────────────────────
//! removed                                    –                                   ends, D6
//! disabled                                   k + 1; D14                          delay rules; too old: ends Abandoned
//! channel not found (content)                –                                   ends Abandoned
//! deferred by a lock                         –                                   D10
//! Complete    discovery, synchronisation     new cursor, failures 0, k           next_delay, else delay rules
//!             registration                   likewise                            ends Complete (D15)
//! Incomplete  synchronisation; discovery D12 new cursor, failures 0, k           next_delay, else at once
//!             registration                   likewise                            next_delay, else at once (D4)
//! Failed                                     failures + 1                        retry delay; past the last: ends Failed
//! Abandoned   content; discovery D12         –                                   ends Abandoned; channel leaves (D5)
//! BackOff                                    –                                   sets a lock, then as deferred
//! ```
//!
//! `pass` is what happens without a call, `answer` what an answer does.

mod answer;
mod decided;
mod pass;

use crate::model::{Call, Cursor, Millis, Outcome, Status, Text, WorkType};
use crate::rules::{ContentManagerSettings, Delay, DelayState, RetrySettings, Rows, RuleSet};

pub use answer::Applied;
pub use decided::Decided;
pub use pass::{Pass, Situation, after_lock, without_call};

/// What an operation remembers between executions.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct OperationState {
    /// The cursor last given; empty at first.
    pub cursor: Cursor,
    /// Whether the action has answered Complete or Incomplete.
    pub begun: bool,
    /// Failures in a row.
    pub failures: u32,
    /// What the delay rules remember.
    pub delays: DelayState,
    /// Whether the action has been called since `stop` was.
    pub called: bool,
}

/// What stays the same for all operations of a kind in a run.
#[derive(Clone, Copy, Debug)]
pub struct Terms<'a> {
    /// The kind.
    pub work_type: WorkType,
    /// The rule set.
    pub rules: &'a RuleSet,
    /// The rule set that it is compared with: [`RuleSet::other`].
    pub other_rules: &'a RuleSet,
    /// The settings of the content manager and of every work type.
    pub settings: &'a ContentManagerSettings,
    /// The retries.
    pub retry: &'a RetrySettings,
    /// Whether a scope key is configured.
    pub has_scope_key: bool,
}

/// What follows an execution.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Next {
    /// The next execution, after this delay.
    After(Delay),
    /// The operation ends, for this reason.
    Ends(Status, Text),
}

impl OperationState {
    /// Which method the next call uses: `begin` until it has answered, or whenever the cursor is empty (D13).
    pub fn call(&self, work_type: WorkType, rules: &RuleSet) -> Call {
        let begins = if rules.begin_while_cursor_empty { self.cursor.is_empty() } else { !self.begun };
        match (work_type, begins) {
            (WorkType::ChannelDiscovery, _) => Call::Execute,
            (_, true) => Call::Begin,
            (_, false) => Call::Continue,
        }
    }

    /// Whether `stop` is due: a content operation that has begun and was called since the last `stop`.
    pub fn stop_due(&self, work_type: WorkType) -> bool {
        work_type.is_content() && self.begun && self.called
    }
}

/// How long the disabled pass or answer made an operation wait, remembered for D2.
fn remember(state: &mut OperationState, next: &Next) {
    if let Next::After(delay) = next {
        state.delays.last_delay = delay.ms;
    }
}

/// What an execution without a call looks like from outside.
impl Pass {
    const fn ends(outcome: Outcome, next: Next) -> Self {
        Self { outcome, stop: false, next, differs: Rows::NONE }
    }
}

/// The time that a lock makes an operation wait, given when the lock expires: until then, or one poll (D10).
fn lock_wait(until_expiry: Millis, rules: &RuleSet) -> Millis {
    if rules.deferral_polls { crate::rules::POLL_INTERVAL } else { until_expiry }
}
