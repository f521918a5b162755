//! One row of the chart: a character for each stretch of time.

use super::axis::Axis;
use crate::model::VirtualTime;
use crate::report::Style;

/// What a column shows; where several things happen in one, the last of these wins.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Mark {
    /// A lock would have been active, had it not been replaced.
    WouldHaveLasted,
    /// A lock was active.
    Lock,
    /// An operation was held.
    Held,
    /// A lock was set.
    Set,
    /// A call reached the source while it throttled.
    Call,
}

impl Mark {
    pub(super) const fn character(self, style: &Style) -> char {
        match (self, style.ascii) {
            (Self::WouldHaveLasted, false) => '·',
            (Self::WouldHaveLasted, true) => '.',
            (Self::Lock, false) => '█',
            (Self::Lock, true) => '#',
            (Self::Set, false) => '▼',
            (Self::Set, true) => 'v',
            (Self::Held, false) => '▒',
            (Self::Held, true) => '=',
            (Self::Call, false) => '×',
            (Self::Call, true) => 'x',
        }
    }

    /// For the legend.
    pub(super) const fn words(self) -> &'static str {
        match self {
            Self::WouldHaveLasted => "it would have lasted",
            Self::Lock => "lock",
            Self::Set => "set",
            Self::Held => "held",
            Self::Call => "call while the source throttled",
        }
    }
}

/// One row of the chart.
pub(super) struct Bar {
    cells: Vec<Option<Mark>>,
}

impl Bar {
    pub(super) fn new(axis: &Axis) -> Self {
        Self { cells: vec![None; axis.columns()] }
    }

    /// Marks `[from, until)`, at least one column of it; nothing at or after the end of the run.
    pub(super) fn put(&mut self, from: VirtualTime, until: VirtualTime, mark: Mark, axis: &Axis) {
        let Some((first, last)) = axis.span(from, until) else { return };
        for cell in self.cells.get_mut(first..=last).unwrap_or_default() {
            *cell = (*cell).max(Some(mark));
        }
    }

    pub(super) fn draw(&self, style: &Style) -> String {
        self.cells.iter().map(|cell| cell.map_or(' ', |mark| mark.character(style))).collect()
    }

    /// What is on it.
    pub(super) fn marks(&self) -> impl Iterator<Item = Mark> {
        self.cells.iter().flatten().copied()
    }
}
