//! What an operation's running time was spent on.

use crate::model::{Millis, Outcome};
use crate::rules::DelayRule;

pub use crate::model::Cause;

impl Cause {
    /// What the time after an execution with this result is spent on, if it runs again by this rule.
    pub(super) const fn after(result: Outcome, rule: Option<DelayRule>) -> Self {
        match (result, rule) {
            (Outcome::Deferred, _) => Self::Lock,
            (Outcome::BackOff, Some(DelayRule::Lock)) => Self::OwnBackOff,
            (_, Some(DelayRule::Retry)) => Self::Retry,
            (_, Some(DelayRule::Disabled)) => Self::Disabled,
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
