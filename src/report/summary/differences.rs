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

/// Where the other rule set would have decided otherwise. Kinds are plural nouns: `delays`, `locks`.
#[derive(Clone, Debug, Default)]
pub struct Differences {
    groups: BTreeMap<Kind, Group>,
    rows: BTreeMap<Row, (u64, VirtualTime)>,
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
        let Some(first) = rows.iter().next() else { return };
        for row in rows.iter() {
            let (times, first_at) = self.rows.entry(row).or_insert((0, at));
            *times += 1;
            *first_at = at.min(*first_at);
        }
        self.add(Kind::of(first), Group { times: 1, rows, first_at: at });
    }

    /// Adds what the last line of the log knows and no event says: decisions that left no event, such as a `stop` that
    /// was not called.
    pub(super) fn add_unseen(&mut self, all: &[Differs]) {
        for differs in all {
            let seen = self.rows.get(&differs.row).map_or(0, |(times, _)| *times);
            if differs.times > seen {
                let rows = Rows::when(true, differs.row);
                let group = Group { times: differs.times - seen, rows, first_at: differs.first_at_ms };
                self.add(Kind::of(differs.row), group);
                let entry = self.rows.entry(differs.row).or_insert((0, differs.first_at_ms));
                *entry = (differs.times, entry.1.min(differs.first_at_ms));
            }
        }
    }

    fn add(&mut self, kind: Kind, more: Group) {
        let group = self.groups.entry(kind).or_insert(Group { times: 0, ..more });
        group.times = group.times.saturating_add(more.times);
        group.rows = group.rows.union(more.rows);
        group.first_at = group.first_at.min(more.first_at);
    }

    /// Whether the other rule set would have decided everything alike.
    pub fn is_empty(&self) -> bool {
        self.groups.is_empty()
    }

    /// By what was decided: a noun in the right number, and how often.
    pub fn groups(&self) -> impl Iterator<Item = (&'static str, Group)> {
        self.groups.iter().map(|(kind, group)| (kind.noun(group.times), *group))
    }

    /// By row: how often, and when first.
    pub fn rows(&self) -> impl Iterator<Item = (Row, u64, VirtualTime)> {
        self.rows.iter().map(|(row, (times, first_at))| (*row, *times, *first_at))
    }

    /// The first of them.
    pub fn first_at(&self) -> Option<VirtualTime> {
        self.groups.values().map(|group| group.first_at).min()
    }
}
