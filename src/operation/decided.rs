//! Remembers what the delay rules have decided. Where nothing is random they decide alike for every operation of a kind
//! that comes to them in the same state, and of a hundred thousand channels most do.

use crate::rules::{Delay, DelayState, Rows};

/// So many decisions are remembered; a newer one takes the place of an older one.
const PLACES: usize = 64;

/// What was decided for operations of one kind, under the terms of one run.
#[derive(Clone, Debug)]
pub struct Decided {
    places: Vec<Option<(Asked, Delay, Rows)>>,
}

impl Default for Decided {
    fn default() -> Self {
        Self { places: vec![None; PLACES] }
    }
}

/// Everything that a decision depends on, beside the terms of the run.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Asked {
    /// A Complete, or an Incomplete.
    pub(super) complete: bool,
    /// Whether something came back.
    pub(super) results: bool,
    /// What the delay rules remember of the operation.
    pub(super) delays: DelayState,
}

impl Asked {
    #[allow(clippy::cast_possible_truncation, reason = "the six bits that are left fit anywhere")]
    fn place(&self) -> usize {
        let DelayState { empty_streak, last_delay } = self.delays;
        let flags = u64::from(self.complete) << 1 | u64::from(self.results);
        let mixed =
            (last_delay.0 << 24 ^ u64::from(empty_streak) << 2 ^ flags).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        (mixed >> (u64::BITS - PLACES.ilog2())) as usize
    }
}

impl Decided {
    /// The delay, and where the other rule set would have decided otherwise, if this was asked before.
    pub(super) fn recall(&self, asked: &Asked) -> Option<(&Delay, Rows)> {
        match &self.places[asked.place()] {
            Some((known, delay, rows)) if known == asked => Some((delay, *rows)),
            _ => None,
        }
    }

    pub(super) fn remember(&mut self, asked: Asked, delay: Delay, rows: Rows) {
        self.places[asked.place()] = Some((asked, delay, rows));
    }
}
