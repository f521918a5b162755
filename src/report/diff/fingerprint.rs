//! A number for each event, so that the first that differs is found without keeping them all.

use std::io::Write as _;

use crate::event::{Fact, RunEvent};
use crate::rules::Rows;

/// What other rules would have done: not what happened.
const DIFFERS: &[u8] = b",\"differs\":[";

/// The numbers of a run's events.
#[derive(Debug, Default)]
pub(super) struct Fingerprints {
    numbers: Vec<u64>,
    /// The event as the log has it.
    line: Vec<u8>,
}

impl Fingerprints {
    pub(super) fn push(&mut self, event: &RunEvent<'_>) {
        // The first and the last event say what was run and what it came to: that they differ is no cause.
        if matches!(event.fact, Fact::RunStarted(_) | Fact::RunFinished(_)) {
            self.numbers.push(0);
            return;
        }
        self.line.clear();
        // Every event can be written, or there would be no log; and memory takes whatever is written to it.
        let written = serde_json::to_writer(&mut self.line, &event.fact);
        let _ = written.map(|()| write!(self.line, "{}", event.at.0));
        if event.fact.differs() != Rows::NONE {
            // Near the end, and in a string the quotes would be escaped.
            let start = self.line.windows(DIFFERS.len()).rposition(|bytes| bytes == DIFFERS);
            let start = start.unwrap_or(self.line.len());
            let rest = self.line.get(start..).unwrap_or_default();
            let length = rest.iter().position(|byte| *byte == b']').map_or(0, |last| last + 1);
            self.line.drain(start..start + length);
        }
        self.numbers.push(sum(&self.line));
    }

    /// The place of the first event that differs; none if there is none.
    pub(super) fn first_difference(&self, other: &Self) -> Option<usize> {
        let shorter = self.numbers.len().min(other.numbers.len());
        let first = self.numbers.iter().zip(&other.numbers).position(|(mine, theirs)| mine != theirs);
        first.or_else(|| (self.numbers.len() != other.numbers.len()).then_some(shorter))
    }
}

/// Eight bytes at a time.
fn sum(bytes: &[u8]) -> u64 {
    let mix = |sum: u64, word: u64| (sum.rotate_left(23) ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let mut words = bytes.chunks_exact(8);
    let all = words
        .by_ref()
        .fold(0, |sum, word| mix(sum, word.try_into().map(u64::from_le_bytes).unwrap_or_default()));
    let rest = words.remainder().iter().fold(1, |rest: u64, byte| rest << 8 | u64::from(*byte));
    let sum = mix(all, rest);
    sum ^ sum >> 32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_counts_and_its_place() {
        let text: Vec<u8> = (0..50).collect();
        let mut seen = std::collections::BTreeSet::new();
        for length in 0..=text.len() {
            assert!(seen.insert(sum(&text[..length])), "{length}");
            for place in 0..length {
                let mut other = text[..length].to_vec();
                other[place] ^= 0x80;
                assert!(seen.insert(sum(&other)), "{length} {place}");
            }
        }
    }
}
