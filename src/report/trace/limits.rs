//! How much of a run a trace shows, and what it leaves out: Perfetto opens some 100 MB, and nobody reads 100 000 tracks.

use crate::model::VirtualTime;
use crate::report::words::count;

/// How much is shown.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Limits {
    /// So many operations have tracks, whatever they do: the first ones.
    pub(super) operations: usize,
    /// Together with those that failed, backed off, or called while the source throttled.
    pub(super) notable: usize,
    /// So many lock keys have tracks: the first ones.
    pub(super) keys: usize,
    /// So many changes of channels are shown, and so many warnings.
    pub(super) notes: u64,
    /// Once the trace is as large as this, nothing more is shown.
    pub(super) bytes: u64,
}

impl Limits {
    pub(super) const DEFAULT: Self =
        Self { operations: 1_000, notable: 2_000, keys: 1_000, notes: 1_000, bytes: 100_000_000 };
}

/// What of a run its trace does not show.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct LeftOut {
    /// Operations.
    pub operations: u64,
    /// Executions, theirs and those after the end of the trace.
    pub executions: u64,
    /// Lock keys.
    pub keys: u64,
    /// Locks, theirs and those after the end of the trace.
    pub locks: u64,
    /// Changes of channels, and warnings.
    pub notes: u64,
    /// From this moment on the trace shows nothing more.
    pub from: Option<VirtualTime>,
}

impl LeftOut {
    /// In words; none if it shows everything.
    pub fn words(&self) -> Option<String> {
        let amounts = [
            (self.operations, "operation"),
            (self.executions, "execution"),
            (self.keys, "lock key"),
            (self.locks, "lock"),
            (self.notes, "note"),
        ];
        let amounts = amounts.into_iter().filter(|(amount, _)| *amount > 0);
        let mut parts: Vec<String> = amounts.map(|(amount, noun)| count(amount, noun)).collect();
        parts.extend(self.from.map(|from| format!("everything from {from} on")));
        match parts.as_slice() {
            [] => None,
            [one] => Some(one.clone()),
            [most @ .., last] => Some(format!("{} and {last}", most.join(", "))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_out_in_words() {
        let check = |left_out: LeftOut, expect: Option<&str>| {
            assert_eq!(left_out.words().as_deref(), expect);
        };
        check(LeftOut::default(), None);
        check(LeftOut { keys: 1, ..LeftOut::default() }, Some("1 lock key"));
        let all = LeftOut {
            operations: 148_001,
            executions: 1,
            keys: 2,
            locks: 3,
            notes: 4,
            from: Some(VirtualTime(60_000)),
        };
        check(
            all,
            Some(
                "148001 operations, 1 execution, 2 lock keys, 3 locks, 4 notes and everything from 0:01:00 on",
            ),
        );
    }
}
