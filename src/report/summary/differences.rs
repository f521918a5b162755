//! Where the other rule set would have decided otherwise, by what was decided.

use std::collections::BTreeMap;

use crate::event::Differs;
use crate::model::VirtualTime;
use crate::rules::{Row, Rows};

/// Decisions of one kind that the other rule set would have made otherwise.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Group {
    /// How many.
    pub times: u64,
    /// The rows of SPEC section 3 behind them.
    pub rows: Rows,
    /// When first.
    pub first_at: VirtualTime,
}

/// Where the other rule set would have decided otherwise.
#[derive(Clone, Debug, Default)]
pub struct Differences {
    /// By the rows behind them, which in a run are a few combinations. Every second execution can be counted here, so a
    /// look through a short list is all it costs.
    decisions: Vec<Group>,
}

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
        if !rows.is_empty() {
            self.add(Group { times: 1, rows, first_at: at });
        }
    }

    /// Adds what the last line of the log knows and no event says: decisions that left no event, such as a `stop` that
    /// was not called.
    pub(super) fn add_unseen(&mut self, all: &[Differs]) {
        let seen: BTreeMap<Row, u64> = self.rows().map(|(row, times, _)| (row, times)).collect();
        for differs in all {
            let unseen = differs.times.saturating_sub(seen.get(&differs.row).copied().unwrap_or(0));
            if unseen > 0 {
                let rows = Rows::when(true, differs.row);
                self.add(Group { times: unseen, rows, first_at: differs.first_at_ms });
            }
        }
    }

    fn add(&mut self, more: Group) {
        match self.decisions.iter_mut().find(|group| group.rows == more.rows) {
            Some(group) => group.absorb(&more),
            None => self.decisions.push(more),
        }
    }

    /// Whether the other rule set would have decided everything alike.
    pub const fn is_empty(&self) -> bool {
        self.decisions.is_empty()
    }

    /// By what was decided: a plural noun (or a singular one, where it was one), and how often.
    pub fn groups(&self) -> impl Iterator<Item = (&'static str, Group)> {
        let mut kinds = BTreeMap::<Kind, Group>::new();
        for decision in &self.decisions {
            let Some(first) = decision.rows.iter().next() else { continue };
            kinds.entry(Kind::of(first)).and_modify(|group| group.absorb(decision)).or_insert(*decision);
        }
        kinds.into_iter().map(|(kind, group)| (kind.noun(group.times), group))
    }

    /// By row: how often, and when first.
    pub fn rows(&self) -> impl Iterator<Item = (Row, u64, VirtualTime)> {
        let mut rows = BTreeMap::<Row, Group>::new();
        for decision in &self.decisions {
            for row in decision.rows.iter() {
                rows.entry(row).and_modify(|group| group.absorb(decision)).or_insert(*decision);
            }
        }
        rows.into_iter().map(|(row, group)| (row, group.times, group.first_at))
    }

    /// The first of them.
    pub fn first_at(&self) -> Option<VirtualTime> {
        self.decisions.iter().map(|group| group.first_at).min()
    }
}

impl Group {
    fn absorb(&mut self, other: &Self) {
        self.times = self.times.saturating_add(other.times);
        self.rows = self.rows.union(other.rows);
        self.first_at = self.first_at.min(other.first_at);
    }
}
