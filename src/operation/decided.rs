//! Remembers what the delay rules have decided. Where nothing is random they decide alike for every operation of a kind
//! that comes to them in the same state, and of a hundred thousand channels most do.

use crate::rules::{Delay, DelayState, Rows};

/// What was decided for operations of one kind, under the terms of one run.
#[derive(Clone, Debug)]
pub struct Decided {
    bits: u32,
    /// By a hash of what was asked; a newer decision takes the place of an older one.
    places: Vec<Option<(Asked, Delay, Rows)>>,
}

impl Decided {
    /// Remembers up to 2^`bits` decisions.
    pub fn new(bits: u32) -> Self {
        Self { bits, places: vec![None; 1 << bits] }
    }

    #[allow(clippy::cast_possible_truncation, reason = "only the lowest bits count")]
    fn place(&self, asked: &Asked) -> usize {
        let DelayState { empty_streak, last_delay } = asked.delays;
        let flags = u64::from(asked.complete) << 1 | u64::from(asked.results);
        let mixed =
            (last_delay.0 << 24 ^ u64::from(empty_streak) << 2 ^ flags).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        mixed.rotate_left(self.bits) as usize & (self.places.len() - 1)
    }

    /// What was decided, if this was asked before: where it is kept, the delay, and where the other rule set would have
    /// decided otherwise.
    pub(super) fn recall(&self, asked: &Asked) -> Option<(Place, &Delay, Rows)> {
        let place = self.place(asked);
        match &self.places[place] {
            Some((known, delay, rows)) if known == asked => Some((Place(place), delay, *rows)),
            _ => None,
        }
    }

    pub(super) fn remember(&mut self, asked: Asked, delay: Delay, rows: Rows) {
        let place = self.place(&asked);
        self.places[place] = Some((asked, delay, rows));
    }

    /// What is kept there.
    pub(super) fn at(&self, Place(place): Place) -> Option<&Delay> {
        self.places[place].as_ref().map(|(_, delay, _)| delay)
    }
}

/// Where a decision is kept, until the next one is made.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Place(usize);

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
