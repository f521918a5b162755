//! What an operation's running time was spent on.

use crate::model::{Millis, Outcome};
use crate::rules::DelayRule;

/// What an operation was waiting for. Every moment between its start and its end has exactly one cause.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Cause {
    /// A call was in flight.
    Source,
    /// The delay rules, or a `next_delay`.
    Policy,
    /// The delay before a retry.
    Retry,
    /// A semaphore lock, after an execution that it deferred.
    Lock,
    /// A semaphore lock, after its own BackOff.
    OwnBackOff,
    /// The connector was disabled.
    Disabled,
    /// The execution was due, and the kill switch was on.
    KillSwitch,
}

impl Cause {
    /// Every cause.
    pub const ALL: [Self; 7] = [
        Self::Source,
        Self::Policy,
        Self::Retry,
        Self::Lock,
        Self::OwnBackOff,
        Self::Disabled,
        Self::KillSwitch,
    ];

    /// The word for programs: `own-back-off`.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Source => "source",
            Self::Policy => "delay",
            Self::Retry => "retry",
            Self::Lock => "held",
            Self::OwnBackOff => "own-back-off",
            Self::Disabled => "disabled",
            Self::KillSwitch => "kill-switch",
        }
    }

    /// What the time after an execution with this result and this rule is spent on.
    pub(super) const fn after(result: Outcome, rule: DelayRule) -> Self {
        match (rule, result) {
            (DelayRule::Lock, Outcome::BackOff) => Self::OwnBackOff,
            (DelayRule::Lock, _) => Self::Lock,
            (DelayRule::Retry, _) => Self::Retry,
            (DelayRule::Disabled, _) => Self::Disabled,
            _ => Self::Policy,
        }
    }
}

/// Time by cause.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Waits([Millis; Cause::ALL.len()]);

impl Waits {
    /// How long for this cause.
    pub const fn of(&self, cause: Cause) -> Millis {
        self.0[cause as usize]
    }

    /// All causes together.
    pub fn total(&self) -> Millis {
        self.0.into_iter().sum()
    }

    pub(super) fn add(&mut self, cause: Cause, duration: Millis) {
        self.0[cause as usize] += duration;
    }

    pub(super) fn add_all(&mut self, other: &Self) {
        for (mine, theirs) in self.0.iter_mut().zip(other.0) {
            *mine += theirs;
        }
    }
}
