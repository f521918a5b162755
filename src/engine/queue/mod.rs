//! What is due when: ordered by (time, then the order in which it was scheduled), and by nothing else.
//!
//! A timing wheel of two levels, and a calendar beyond it: time is cut into buckets of 2^`bucket_bits` ms, and those into
//! epochs of 2^`epoch_bits` buckets. A timer of the present bucket lies in its moment's list, one of a later bucket in that
//! bucket's, one of a later epoch in that epoch's. A list is looked into when the first of its timers is due: they are dealt
//! out to the lists of what is present by then. Mostly all are of one moment, and the list is left as it is. So scheduling
//! is an append, and nothing is ever sorted.
//!
//! Invariants:
//! - `base` is the moment of the timer taken out last, and it decides what is present. It never goes back, and no timer
//!   lies before it: those at `base` are in `present`, those of its bucket in `moments`, those of its epoch in `buckets`.
//! - Every list is in the order of scheduling, since lists are emptied from the front, into lists that are empty: nothing
//!   is put into a moment's list before its bucket has been dealt out, nor into a bucket's before its epoch has.
//! - A line has at most one timer: it waits for its next execution or for its call's end.
//!
//! The numbers of bits only decide how often timers move and how much memory the lists take: the order does not depend on
//! them, which a test proves.

mod list;
mod wheel;

use std::collections::BTreeMap;

use super::world::LineNo;
use crate::model::VirtualTime;
use list::{List, Pool, Timer};
use wheel::Wheel;

/// Timers of lines: at most one each.
#[derive(Debug)]
pub(super) struct TimerQueue {
    /// A bucket lasts 2^this ms.
    bucket_bits: u32,
    /// An epoch lasts 2^this ms.
    epoch_bits: u32,
    base: u64,
    /// What is due at `base`.
    present: List,
    /// The present bucket's later moments.
    moments: Wheel,
    /// The present epoch's later buckets.
    buckets: Wheel,
    /// The later epochs.
    epochs: BTreeMap<u64, List>,
    pool: Pool,
}

/// Where timers wait that are not due at `base`.
enum Later {
    Moment(usize),
    Bucket(usize),
    Epoch(u64),
}

impl TimerQueue {
    /// An empty queue, whose lists take memory for 2^`block_bits` timers at a time. `bucket_bits` and `epoch_bits` are
    /// together at most 32; it has a list for each moment of a bucket and for each bucket of an epoch.
    pub(super) fn new(bucket_bits: u32, epoch_bits: u32, block_bits: u32) -> Self {
        debug_assert!(bucket_bits + epoch_bits <= u32::BITS);
        Self {
            bucket_bits,
            epoch_bits: bucket_bits + epoch_bits,
            base: 0,
            present: List::EMPTY,
            moments: Wheel::new(bucket_bits),
            buckets: Wheel::new(epoch_bits),
            epochs: BTreeMap::new(),
            pool: Pool::new(block_bits),
        }
    }

    /// Schedules `line`, which waits for nothing yet, for `at`; what is past already is due now.
    pub(super) fn push(&mut self, at: VirtualTime, line: LineNo) {
        let at = at.0.max(self.base);
        self.put(at, Timer { moment: self.moment_of(at), line });
    }

    /// When the first timer is due.
    pub(super) fn next_at(&self) -> Option<VirtualTime> {
        if !self.present.is_empty() {
            return Some(VirtualTime(self.base));
        }
        self.next_list().map(|(at, _)| VirtualTime(at))
    }

    /// Lines that will be taken out soon, the first one first: a hint, since others may come between.
    pub(super) fn upcoming(&self) -> impl Iterator<Item = LineNo> {
        let lists = std::iter::once(&self.present).chain(self.later_moments().map(|(_, list)| list));
        lists.flat_map(|list| self.pool.blocks(list)).flatten().map(|timer| timer.line)
    }

    /// Takes out the first timer if it is due at `now`.
    pub(super) fn pop_due(&mut self, now: VirtualTime) -> Option<LineNo> {
        if self.present.is_empty() {
            self.turn(now.0);
        } else if self.base > now.0 {
            return None;
        }
        self.pool.pop(&mut self.present).map(|timer| timer.line)
    }

    /// Nothing is left at `base`: turns to the first timer's moment, if it is due at `now`.
    fn turn(&mut self, now: u64) {
        let Some((at, later)) = self.next_list().filter(|(at, _)| *at <= now) else { return };
        self.base = at;
        let list = match later {
            Later::Moment(number) => Some(self.moments.take(number)),
            Later::Bucket(number) => Some(self.buckets.take(number)),
            Later::Epoch(epoch) => self.epochs.remove(&epoch),
        };
        let Some(mut list) = list else { return };
        if list.is_of_one_moment() {
            self.present = list;
            return;
        }
        let start = self.start_of(self.epoch_of(at));
        while let Some(timer) = self.pool.pop(&mut list) {
            self.put(start + u64::from(timer.moment), timer);
        }
    }

    /// Puts a timer where it belongs; `at` is not before `base`.
    #[inline]
    fn put(&mut self, at: u64, timer: Timer) {
        let differs = at ^ self.base;
        let list = if differs == 0 {
            &mut self.present
        } else if differs >> self.bucket_bits == 0 {
            self.moments.fill(self.moment_in_bucket(timer.moment))
        } else if differs >> self.epoch_bits == 0 {
            self.buckets.fill(self.bucket_in_epoch(timer.moment))
        } else {
            self.epochs.entry(self.epoch_of(at)).or_insert(List::EMPTY)
        };
        self.pool.push(list, timer);
    }

    /// The first list after `base` that has timers, and the moment of the first of them.
    fn next_list(&self) -> Option<(u64, Later)> {
        let at = |epoch, list: &List| self.start_of(epoch) + u64::from(list.earliest());
        let present = self.epoch_of(self.base);
        if let Some((number, list)) = self.later_moments().next() {
            return Some((at(present, list), Later::Moment(number)));
        }
        if let Some((number, list)) = self.later_buckets().next() {
            return Some((at(present, list), Later::Bucket(number)));
        }
        let (epoch, list) = self.epochs.first_key_value()?;
        Some((at(*epoch, list), Later::Epoch(*epoch)))
    }

    /// The present bucket's moments that have timers.
    fn later_moments(&self) -> impl Iterator<Item = (usize, &List)> {
        self.moments.occupied(self.moment_in_bucket(self.moment_of(self.base)))
    }

    /// The present epoch's buckets that have timers.
    fn later_buckets(&self) -> impl Iterator<Item = (usize, &List)> {
        self.buckets.occupied(self.bucket_in_epoch(self.moment_of(self.base)))
    }

    const fn epoch_of(&self, at: u64) -> u64 {
        at >> self.epoch_bits
    }

    /// When an epoch begins.
    const fn start_of(&self, epoch: u64) -> u64 {
        epoch << self.epoch_bits
    }

    /// The moment within its epoch.
    #[allow(clippy::cast_possible_truncation, reason = "an epoch has at most 2^32 moments")]
    const fn moment_of(&self, at: u64) -> u32 {
        (at & ((1 << self.epoch_bits) - 1)) as u32
    }

    /// The bucket that a moment of an epoch is in.
    const fn bucket_in_epoch(&self, moment: u32) -> usize {
        moment as usize >> self.bucket_bits
    }

    /// The moment within its bucket.
    const fn moment_in_bucket(&self, moment: u32) -> usize {
        moment as usize & ((1 << self.bucket_bits) - 1)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    /// Schedules lines for these moments, in order, and compares the order in which they come out.
    fn check(moments: &[u64], expect: &[usize]) {
        for (bucket_bits, epoch_bits, block_bits) in
            [(0, 0, 0), (1, 1, 0), (1, 12, 1), (3, 2, 2), (10, 11, 5), (16, 5, 3), (16, 16, 1)]
        {
            let mut queue = TimerQueue::new(bucket_bits, epoch_bits, block_bits);
            for (line, at) in moments.iter().enumerate() {
                queue.push(VirtualTime(*at), LineNo::at(line));
            }
            let mut order = Vec::new();
            while let Some(now) = queue.next_at() {
                order.extend(queue.pop_due(now).map(LineNo::index));
            }
            assert_eq!(order, expect, "{bucket_bits}, {epoch_bits} and {block_bits} bits");
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
        let mut queue = TimerQueue::new(10, 11, 5);
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
            (bucket_bits, epoch_bits, block_bits) in (0..=12u32, 0..=12u32, 0..=3u32),
            steps in proptest::collection::vec((any::<bool>(), 0..40usize, ahead()), 1..400),
        ) {
            let mut queue = TimerQueue::new(bucket_bits, epoch_bits, block_bits);
            let mut model = Model::default();
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
                let upcoming: Vec<usize> = queue.upcoming().map(LineNo::index).collect();
                let first = model.timers.iter().map(|timer| timer.2).take(upcoming.len());
                prop_assert_eq!(first.collect::<Vec<_>>(), upcoming);
            }
        }
    }
}
