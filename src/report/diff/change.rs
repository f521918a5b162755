//! One number that changed, in words: `retries +14`, `finished 22m later`.

use crate::model::{Millis, VirtualTime};
use crate::report::words::{count, short};

/// What is counted.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Kind {
    Executions,
    Retries,
    Failures,
    BackOffs,
    Locks,
    LockWaits,
    Held,
    OwnBackOff,
    CallsWhileThrottled,
    Records,
    Binaries,
    Aggregations,
    Stops,
    Warnings,
}

impl Kind {
    /// The word for programs.
    const fn key(self) -> &'static str {
        match self {
            Self::Executions => "executions",
            Self::Retries => "retries",
            Self::Failures => "failed",
            Self::BackOffs => "back_off",
            Self::Locks => "locks",
            Self::LockWaits => "lock_waits",
            Self::Held => "held_ms",
            Self::OwnBackOff => "own_back_off_ms",
            Self::CallsWhileThrottled => "calls_while_throttled",
            Self::Records => "records",
            Self::Binaries => "binaries",
            Self::Aggregations => "aggregations",
            Self::Stops => "stops",
            Self::Warnings => "warnings",
        }
    }

    fn words(self, was: u64, is: u64) -> String {
        let more = is.saturating_sub(was);
        let sign = if is > was { '+' } else { '-' };
        let by = was.abs_diff(is);
        let plain = |noun: &str| format!("{noun} {sign}{by}");
        match self {
            Self::Executions => plain("executions"),
            Self::Retries => plain("retries"),
            Self::Failures => plain("failures"),
            Self::BackOffs => plain("back-offs"),
            Self::Locks if more > 0 => count(more, "new lock"),
            Self::Locks => count(by, "lock") + " fewer",
            Self::LockWaits if more > 0 => count(more, "new lock wait"),
            Self::LockWaits => count(by, "lock wait") + " fewer",
            Self::Held if more > 0 => format!("held {} longer", short(Millis(by))),
            Self::Held => format!("held {} less", short(Millis(by))),
            Self::OwnBackOff => format!("own back-off {sign}{}", short(Millis(by))),
            Self::CallsWhileThrottled => plain("calls while throttled"),
            Self::Records => plain("records"),
            Self::Binaries => plain("binaries"),
            Self::Aggregations => plain("aggregations"),
            Self::Stops => plain("stops"),
            Self::Warnings => plain("warnings"),
        }
    }
}

/// One thing that changed.
#[derive(Clone, PartialEq, Debug)]
pub struct Change {
    /// What: a word for programs.
    pub what: &'static str,
    /// Before.
    pub before: serde_json::Value,
    /// Now.
    pub now: serde_json::Value,
    /// In words for people.
    pub words: String,
}

/// The amounts that differ; what is not in `was` was none.
pub(super) fn amounts(was: &[(Kind, u64)], is: &[(Kind, u64)]) -> Vec<Change> {
    let before = |kind| was.iter().find(|(each, _)| *each == kind).map_or(0, |(_, amount)| *amount);
    let changed = is.iter().map(|(kind, is)| (*kind, before(*kind), *is)).filter(|(_, was, is)| was != is);
    changed
        .map(|(kind, was, is)| Change {
            what: kind.key(),
            before: was.into(),
            now: is.into(),
            words: kind.words(was, is),
        })
        .collect()
}

impl Change {
    /// From one word to another: `ended failed, was complete`.
    pub(super) fn of_words(what: &'static str, was: &str, is: &str) -> Self {
        let words = if is == "still running" {
            format!("{is}, was {was}")
        } else {
            format!("{what} {is}, was {was}")
        };
        Self { what, before: was.into(), now: is.into(), words }
    }

    /// Finished at another moment.
    pub(super) fn of_moments(was: VirtualTime, is: VirtualTime) -> Self {
        let words = if is > was {
            format!("finished {} later", short(is.since(was)))
        } else {
            format!("finished {} earlier", short(was.since(is)))
        };
        Self { what: "finished_at_ms", before: was.0.into(), now: is.0.into(), words }
    }
}
