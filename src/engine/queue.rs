//! What is due when: ordered by (time, then the order in which it was scheduled), and by nothing else.
//!
//! A hierarchical timing wheel (Varghese and Lauck, 1987). A moment is a number of digits, `bits` bits each; level 0 has
//! a slot for each lowest digit, level 1 one for each digit above that, and so on. A timer lies at the level of the
//! highest digit in which its moment differs from `base`, in the slot of that digit, at the end of that slot's list.
//! Every operation is an append, or takes the head of a list; a timer moves to a lower level at most once a level.
//!
//! Invariants:
//! - `base` is the moment of the timer taken out last. It never goes back, and no timer lies before it.
//! - A slot of level 0 holds timers of one moment only, in the order in which they were scheduled: two timers of the same
//!   moment only ever meet in a list in that order, since the one scheduled first has come down at least as far as the
//!   level at which the other one arrives, and lists are emptied from the head into lists that are empty.
//! - Everything at a lower level is due before everything at a higher one, and within a level slot by slot.
//! - A line has at most one timer: it waits for its next execution or for its call's end. So the lists need no memory of
//!   their own, and how many lines wait for the same lock does not matter.
//!
//! `bits` only decides how much memory the slots take and how often timers move: the order does not depend on it, which a
//! test proves.

use super::world::LineNo;
use crate::model::VirtualTime;

/// Timers of lines: at most one each.
#[derive(Debug)]
pub(super) struct TimerQueue {
    bits: u32,
    /// The level of each binary digit: a division saved.
    level_of: [u8; 64],
    levels: Vec<Level>,
    /// By line: when its timer is due. Apart from `behind`, since taking timers out needs only that.
    at: Vec<u64>,
    /// By line: the line behind it in the same slot, if it is not the last there.
    behind: Vec<LineNo>,
    base: u64,
    /// When the first timer is due.
    next: Option<VirtualTime>,
}

/// The slots of one digit.
#[derive(Debug)]
struct Level {
    slots: Vec<Slot>,
    /// A bit for each slot that has timers, and a bit for each of these words that is not zero.
    occupied: Vec<u64>,
    words: u64,
}

/// A list of timers.
#[derive(Clone, Copy, Debug)]
struct Slot {
    head: LineNo,
    tail: LineNo,
    /// When the first of them is due.
    earliest: u64,
}

impl Slot {
    /// No timers.
    const EMPTY: Self = Self { head: LineNo::FIRST, tail: LineNo::FIRST, earliest: u64::MAX };
}

impl TimerQueue {
    /// An empty queue with 2^`bits` slots a level: 1 to 12 bits.
    pub(super) fn new(bits: u32) -> Self {
        let level_of = std::array::from_fn(|digit| u8::try_from(digit / bits as usize).unwrap_or(u8::MAX));
        Self { bits, level_of, levels: Vec::new(), at: Vec::new(), behind: Vec::new(), base: 0, next: None }
    }

    /// Schedules `line`, which waits for nothing yet, for `at`; what is past already is due now.
    pub(super) fn push(&mut self, at: VirtualTime, line: LineNo) {
        let number = line.index();
        if number >= self.at.len() {
            self.at.resize(number + 1, 0);
            self.behind.resize(number + 1, LineNo::FIRST);
        }
        let at = at.0.max(self.base);
        self.at[number] = at;
        self.append(line, at);
        if self.next.is_none_or(|next| at < next.0) {
            self.next = Some(VirtualTime(at));
        }
    }

    /// When the first timer is due.
    pub(super) const fn next_at(&self) -> Option<VirtualTime> {
        self.next
    }

    /// The lines that are taken out next, as far as they lie at the lowest level and nothing comes between.
    pub(super) fn upcoming(&self) -> impl Iterator<Item = LineNo> {
        let slots = self.levels.first().into_iter().flat_map(Level::occupied);
        slots.flat_map(|slot| {
            let behind = |line: &LineNo| (*line != slot.tail).then(|| self.behind[line.index()]);
            std::iter::successors(Some(slot.head), behind)
        })
    }

    /// Takes out the first timer if it is due at `now`.
    pub(super) fn pop_due(&mut self, now: VirtualTime) -> Option<LineNo> {
        let at = self.next.filter(|at| *at <= now)?.0;
        if at != self.base {
            self.advance(at);
        }
        let place = self.place(0, at);
        let level = &mut self.levels[0];
        let slot = &mut level.slots[place];
        let line = slot.head;
        if line == slot.tail {
            level.clear(place);
            self.next = self.earliest();
        } else {
            slot.head = self.behind[line.index()];
        }
        Some(line)
    }

    /// Lets the first timer's moment be the base: what shares its slot moves down.
    fn advance(&mut self, at: u64) {
        let level = self.level(at);
        self.base = at;
        if level == 0 {
            return;
        }
        let place = self.place(level, at);
        let Slot { head, tail, .. } = self.levels[level].slots[place];
        self.levels[level].clear(place);
        let mut line = head;
        loop {
            let behind = self.behind[line.index()];
            self.append(line, self.at[line.index()]);
            if line == tail {
                break;
            }
            line = behind;
        }
    }

    /// Puts a line at the end of the list that its moment belongs to.
    fn append(&mut self, line: LineNo, at: u64) {
        let level = self.level(at);
        let place = self.place(level, at);
        while level >= self.levels.len() {
            self.levels.push(Level::new(self.bits));
        }
        let level = &mut self.levels[level];
        let slot = &mut level.slots[place];
        if level.occupied[place / 64] & (1 << (place % 64)) == 0 {
            *slot = Slot { head: line, tail: line, earliest: at };
            level.occupied[place / 64] |= 1 << (place % 64);
            level.words |= 1 << (place / 64);
        } else {
            self.behind[slot.tail.index()] = line;
            slot.tail = line;
            slot.earliest = slot.earliest.min(at);
        }
    }

    /// The level of the highest digit in which a moment differs from the base.
    const fn level(&self, at: u64) -> usize {
        self.level_of[((at ^ self.base) | 1).ilog2() as usize] as usize
    }

    /// A moment's digit at a level.
    #[allow(clippy::cast_possible_truncation, reason = "a digit has at most 12 bits")]
    const fn place(&self, level: usize, at: u64) -> usize {
        (at >> (level as u32 * self.bits)) as usize & ((1 << self.bits) - 1)
    }

    fn earliest(&self) -> Option<VirtualTime> {
        let level = self.levels.iter().find(|level| level.words != 0)?;
        let word = level.words.trailing_zeros() as usize;
        let place = word * 64 + level.occupied[word].trailing_zeros() as usize;
        Some(VirtualTime(level.slots[place].earliest))
    }
}

impl Level {
    fn new(bits: u32) -> Self {
        let slots = 1 << bits;
        Self { slots: vec![Slot::EMPTY; slots], occupied: vec![0; slots.div_ceil(64)], words: 0 }
    }

    /// The slots that have timers, in order.
    fn occupied(&self) -> impl Iterator<Item = &Slot> {
        let words = self.occupied.iter().enumerate().filter(|(_, word)| **word != 0);
        words.flat_map(move |(number, word)| {
            let rest = |word: &u64| Some(word & (word - 1)).filter(|rest| *rest != 0);
            let bits = std::iter::successors(Some(*word), rest);
            bits.map(move |rest| &self.slots[number * 64 + rest.trailing_zeros() as usize])
        })
    }

    fn clear(&mut self, place: usize) {
        self.slots[place] = Slot::EMPTY;
        self.occupied[place / 64] &= !(1 << (place % 64));
        if self.occupied[place / 64] == 0 {
            self.words &= !(1 << (place / 64));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    /// Schedules lines for these moments, in order, and compares the order in which they come out.
    fn check(moments: &[u64], expect: &[usize]) {
        for bits in 1..=12 {
            let mut queue = TimerQueue::new(bits);
            for (line, at) in moments.iter().enumerate() {
                queue.push(VirtualTime(*at), LineNo::at(line));
            }
            let mut order = Vec::new();
            while let Some(now) = queue.next_at() {
                order.extend(queue.pop_due(now).map(LineNo::index));
            }
            assert_eq!(order, expect, "{bits} bits");
        }
    }

    #[test]
    fn ordered_by_time_then_by_scheduling() {
        check(&[3, 1, 2], &[1, 2, 0]);
        check(&[5, 5, 1, 5], &[2, 0, 1, 3]);
        check(&[7; 20], &(0..20).collect::<Vec<_>>());
        check(&[u64::MAX, 1 << 40, u64::MAX, 1 << 20], &[3, 1, 0, 2]);
    }

    #[test]
    fn nothing_comes_out_before_it_is_due() {
        let mut queue = TimerQueue::new(10);
        queue.push(VirtualTime(10), LineNo::at(3));
        assert_eq!(queue.pop_due(VirtualTime(9)), None);
        assert_eq!(queue.pop_due(VirtualTime(10)), Some(LineNo::at(3)));
        assert_eq!(queue.next_at(), None);
    }

    /// The model: timers sorted by (moment, number of scheduling), looked through from the front.
    #[derive(Default)]
    struct Model {
        timers: BTreeSet<(u64, u64, usize)>,
        scheduled: u64,
    }

    impl Model {
        fn push(&mut self, at: u64, line: usize) {
            self.timers.insert((at, self.scheduled, line));
            self.scheduled += 1;
        }

        fn waits(&self, line: usize) -> bool {
            self.timers.iter().any(|timer| timer.2 == line)
        }
    }

    /// How far ahead things are scheduled: at once, at the same few moments, near, and far.
    fn ahead() -> impl Strategy<Value = u64> {
        prop_oneof![Just(0), (0..4u64).prop_map(|n| n * 1000), 0..5000u64, 0..10_000_000u64, 0..=u64::MAX]
    }

    proptest! {
        #[test]
        fn the_order_is_the_model_s_whatever_the_tuning(
            bits in 1..=12u32,
            steps in proptest::collection::vec((any::<bool>(), 0..40usize, ahead()), 1..400),
        ) {
            let (mut queue, mut model) = (TimerQueue::new(bits), Model::default());
            let mut now = 0u64;
            for (push, line, ahead) in steps {
                if push && !model.waits(line) {
                    let at = now.saturating_add(ahead);
                    queue.push(VirtualTime(at), LineNo::at(line));
                    model.push(at, line);
                } else {
                    // Time passes: not beyond the first timer, as the engine does it, or not at all.
                    let first = model.timers.first().map_or(now, |timer| timer.0);
                    now = if push { now.saturating_add(ahead).min(first) } else { first };
                    let due = model.timers.first().copied().filter(|timer| timer.0 <= now);
                    prop_assert_eq!(queue.pop_due(VirtualTime(now)), due.map(|timer| LineNo::at(timer.2)));
                    due.map(|timer| model.timers.remove(&timer));
                }
                let next = model.timers.first().map(|timer| VirtualTime(timer.0));
                prop_assert_eq!(queue.next_at(), next);
                let upcoming = queue.upcoming().zip(&model.timers);
                for (line, timer) in upcoming {
                    prop_assert_eq!(line, LineNo::at(timer.2));
                }
            }
        }
    }
}
