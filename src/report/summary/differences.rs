//! Where the other rule set would have decided otherwise, by what was decided.

use std::collections::BTreeMap;

use crate::event::Differs;
use crate::model::VirtualTime;
use crate::rules::{DecisionCount, Decisions, Row, Rows};

/// Where the other rule set would have decided otherwise.
#[derive(Clone, Debug, Default)]
pub struct Differences(Decisions);

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Kind {
    Delays,
    Calls,
    Locks,
    Waits,
    Stops,
    Channels,
    Starts,
    Ends,
    Failures,
}

impl Kind {
    const fn of(row: Row) -> Self {
        match row {
            Row::D1 | Row::D2 | Row::D3 | Row::D4 | Row::D16 => Self::Delays,
            Row::D12 | Row::D13 => Self::Calls,
            Row::D9 => Self::Locks,
            Row::D10 => Self::Waits,
            Row::D11 => Self::Stops,
            Row::D5 | Row::D7 => Self::Channels,
            Row::D8 => Self::Starts,
            Row::D6 | Row::D15 => Self::Ends,
            Row::D14 => Self::Failures,
        }
    }

    const fn noun(self, times: u64) -> &'static str {
        match (self, times) {
            (Self::Delays, 1) => "delay",
            (Self::Delays, _) => "delays",
            (Self::Calls, 1) => "call",
            (Self::Calls, _) => "calls",
            (Self::Locks, 1) => "lock",
            (Self::Locks, _) => "locks",
            (Self::Waits, 1) => "wait for a lock",
            (Self::Waits, _) => "waits for a lock",
            (Self::Stops, 1) => "call of stop",
            (Self::Stops, _) => "calls of stop",
            (Self::Channels, 1) => "channel",
            (Self::Channels, _) => "channels",
            (Self::Starts, 1) => "start of an operation",
            (Self::Starts, _) => "starts of operations",
            (Self::Ends, 1) => "end of an operation",
            (Self::Ends, _) => "ends of operations",
            (Self::Failures, 1) => "count of failures",
            (Self::Failures, _) => "counts of failures",
        }
    }
}

impl Differences {
    /// Counts a decision of the run, with every row behind it.
    pub(super) fn count(&mut self, at: VirtualTime, rows: Rows) {
        self.0.count(at, rows);
    }

    /// Adds what the last line of the log knows and no event says: decisions that left no event, such as a `stop` that
    /// was not called.
    pub(super) fn add_unseen(&mut self, all: &[Differs]) {
        let seen: BTreeMap<Row, u64> = self.rows().map(|(row, times, _)| (row, times)).collect();
        for differs in all {
            let times = differs.times.saturating_sub(seen.get(&differs.row).copied().unwrap_or(0));
            if times > 0 {
                let rows = Rows::when(true, differs.row);
                self.0.add(DecisionCount { times, rows, first_at: differs.first_at_ms });
            }
        }
    }

    /// Whether the other rule set would have decided everything alike.
    pub fn is_empty(&self) -> bool {
        self.0.by_rows().is_empty()
    }

    /// By what was decided: a noun in the right number, and how often.
    pub fn groups(&self) -> impl Iterator<Item = (&'static str, DecisionCount)> {
        let mut kinds = BTreeMap::<Kind, DecisionCount>::new();
        for decision in self.0.by_rows() {
            let Some(first) = decision.rows.iter().next() else { continue };
            kinds.entry(Kind::of(first)).and_modify(|group| group.absorb(decision)).or_insert(*decision);
        }
        kinds.into_iter().map(|(kind, group)| (kind.noun(group.times), group))
    }

    /// By row: how often, and when first.
    pub fn rows(&self) -> impl Iterator<Item = (Row, u64, VirtualTime)> {
        self.0.by_row()
    }

    /// The first of them.
    pub fn first_at(&self) -> Option<VirtualTime> {
        self.0.by_rows().iter().map(|group| group.first_at).min()
    }
}
