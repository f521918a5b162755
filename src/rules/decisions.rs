//! Counts decisions that the other rule set would have made otherwise.

use std::collections::BTreeMap;

use super::{Row, Rows};
use crate::model::VirtualTime;

/// Decisions that the other rule set would have made otherwise.
#[derive(Clone, Debug, Default)]
pub struct Decisions {
    /// By the rows behind them, which in a run are a few combinations. Every second execution can be counted here, so a
    /// look through a short list is all it costs.
    by_rows: Vec<DecisionCount>,
}

/// Decisions with the same rows behind them.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct DecisionCount {
    /// How many.
    pub times: u64,
    /// The rows of SPEC section 3 behind them.
    pub rows: Rows,
    /// When first.
    pub first_at: VirtualTime,
}

impl DecisionCount {
    /// Adds others to these.
    pub fn absorb(&mut self, other: &Self) {
        self.times = self.times.saturating_add(other.times);
        self.rows = self.rows.union(other.rows);
        self.first_at = self.first_at.min(other.first_at);
    }
}

impl Decisions {
    /// Counts one, at `at`, with every row behind it; none if no row is.
    pub fn count(&mut self, at: VirtualTime, rows: Rows) {
        if !rows.is_empty() {
            self.add(DecisionCount { times: 1, rows, first_at: at });
        }
    }

    /// Adds some.
    pub fn add(&mut self, more: DecisionCount) {
        match self.by_rows.iter_mut().find(|each| each.rows == more.rows) {
            Some(known) => known.absorb(&more),
            None => self.by_rows.push(more),
        }
    }

    /// By the combination of rows behind them.
    pub fn by_rows(&self) -> &[DecisionCount] {
        &self.by_rows
    }

    /// By row: in how many it had a part, and when first.
    pub fn by_row(&self) -> impl Iterator<Item = (Row, u64, VirtualTime)> {
        let mut rows = BTreeMap::<Row, DecisionCount>::new();
        for decision in &self.by_rows {
            for row in decision.rows.iter() {
                rows.entry(row).and_modify(|each| each.absorb(decision)).or_insert(*decision);
            }
        }
        rows.into_iter().map(|(row, each)| (row, each.times, each.first_at))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decisions_are_counted_by_rows_and_told_by_row() {
        let rows = |rows: &[Row]| rows.iter().copied().collect::<Rows>();
        let mut decisions = Decisions::default();
        for (at, behind) in
            [(5, rows(&[Row::D1, Row::D2])), (7, rows(&[Row::D2])), (3, rows(&[Row::D1, Row::D2]))]
        {
            decisions.count(VirtualTime(at), behind);
        }
        decisions.count(VirtualTime(1), Rows::NONE);
        let by_row: Vec<_> = decisions.by_row().map(|(row, times, first)| (row, times, first.0)).collect();
        assert_eq!(by_row, [(Row::D1, 2, 3), (Row::D2, 3, 3)]);
        assert_eq!(decisions.by_rows().len(), 2);
    }
}
