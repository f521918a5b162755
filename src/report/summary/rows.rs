//! The counters of all operations, by line.

use std::collections::BTreeMap;

use super::counting::Entry;
use super::row::{Mark, Row, Side};
use crate::event::Subject;

/// The counters of all operations, by [`Subject::line`].
#[derive(Clone, Debug, Default)]
pub(super) struct Rows {
    lines: Vec<Row>,
    /// As many as lines.
    sides: Vec<Side>,
    connectors: ConnectorsOfLines,
}

impl Rows {
    /// The counters of this line, if anything has happened to it.
    pub(super) fn get(&self, line: u32) -> Option<(&Row, &Side)> {
        let line = line as usize;
        self.lines.get(line).filter(|row| row.is(Mark::Known)).zip(self.sides.get(line))
    }

    /// The connector of this line, by its number.
    pub(super) fn connector(&self, line: u32) -> usize {
        self.connectors.at(line).unwrap_or_default() as usize
    }

    /// How many lines there are.
    pub(super) const fn len(&self) -> usize {
        self.lines.len()
    }

    /// Every line to which anything has happened.
    pub(super) fn lines(&self) -> impl Iterator<Item = u32> {
        (0..).zip(&self.lines).filter(|(_, row)| row.is(Mark::Known)).map(|(line, _)| line)
    }

    #[inline]
    pub(super) fn is_known(&self, line: u32) -> bool {
        self.lines.get(line as usize).is_some_and(|row| row.is(Mark::Known))
    }

    /// Counters that are there: see [`Self::introduce`].
    #[inline]
    pub(super) fn entry(&mut self, line: u32) -> Entry<'_> {
        let line = line as usize;
        Entry { row: &mut self.lines[line], side: &mut self.sides[line] }
    }

    pub(super) fn entries(&mut self) -> impl Iterator<Item = Entry<'_>> {
        self.lines.iter_mut().zip(&mut self.sides).map(|(row, side)| Entry { row, side })
    }

    /// Something happens to this line for the first time.
    pub(super) fn introduce(&mut self, subject: &Subject<'_>, connector: usize) {
        let line = subject.line as usize;
        if line >= self.lines.len() {
            self.lines.resize_with(line + 1, Row::default);
            self.sides.resize_with(line + 1, Side::default);
        }
        self.connectors.set(subject.line, u32::try_from(connector).unwrap_or(u32::MAX));
        self.entry(subject.line).introduce(subject.work_type, subject.channel.as_deref());
    }

    /// Reads ahead what will be counted soon: see [`crate::event::Observer::soon`].
    pub(super) fn read_ahead(&self, lines: &[u32]) {
        let known = lines.iter().filter_map(|line| self.lines.get(*line as usize));
        std::hint::black_box(known.fold(false, |read, row| read ^ row.is(Mark::Known)));
    }
}

/// The connectors of lines, by number. Lines of a connector mostly follow one another, so only borders are kept.
#[derive(Clone, Debug, Default)]
struct ConnectorsOfLines {
    /// From this line on up to the next border.
    borders: BTreeMap<u32, u32>,
    /// The first line that none was ever set for.
    end: u32,
}

impl ConnectorsOfLines {
    fn at(&self, line: u32) -> Option<u32> {
        self.borders.range(..=line).next_back().map(|(_, connector)| *connector)
    }

    fn set(&mut self, line: u32, connector: u32) {
        let before = self.at(line);
        let end = line.saturating_add(1);
        if before != Some(connector) {
            self.borders.insert(line, connector);
            // What came to be between this line and the next border keeps what it had.
            if let Some(before) = before.filter(|_| end < self.end) {
                self.borders.entry(end).or_insert(before);
            }
        }
        self.end = self.end.max(end);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn each_line_has_the_connector_that_was_set_last(
            steps in prop::collection::vec((0..40u32, 0..4u32), 1..100)
        ) {
            let (mut connectors, mut model) = (ConnectorsOfLines::default(), BTreeMap::new());
            for (line, connector) in steps {
                connectors.set(line, connector);
                model.insert(line, connector);
                for (line, connector) in &model {
                    prop_assert_eq!(connectors.at(*line), Some(*connector), "line {}", line);
                }
            }
        }
    }

    #[test]
    fn lines_that_follow_one_another_take_one_border() {
        let mut connectors = ConnectorsOfLines::default();
        (0..1000).for_each(|line| connectors.set(line, line / 100));
        assert_eq!(connectors.borders.len(), 10);
    }
}
