//! What is due when: ordered by (time, then the order in which it was scheduled), and by nothing else.
//!
//! A calendar: time is cut into buckets of 2^`bucket_bits` ms, and those into epochs of 2^`epoch_bits` buckets. A timer of
//! the present epoch lies in its bucket, one of a later epoch in that epoch's list; both are plain lists, so scheduling is
//! an append. A list is looked into when its time has come: an epoch is dealt out to its buckets, and a bucket is sorted by
//! time, which it mostly is already. A timer is eight bytes: its moment within the epoch, and its line.
//!
//! Invariants:
//! - `base` is the moment of the timer taken out last. It never goes back, and no timer lies before it.
//! - Every list is in the order of scheduling, since lists are emptied from the front, into lists that are empty: nothing
//!   is put into a bucket before its epoch has been dealt out. Sorting by time keeps that order among equals.
//! - At one moment, first comes what lay in the bucket when it was opened, then what was scheduled into the open bucket
//!   beforehand (`late`), then what was scheduled at that very moment (`at_once`): each was scheduled before the next.
//! - A line has at most one timer: it waits for its next execution or for its call's end.
//!
//! The two numbers of bits only decide how often timers move and how much memory the lists take: the order does not
//! depend on them, which a test proves.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap, VecDeque};

use super::world::LineNo;
use crate::model::VirtualTime;

/// Timers of lines: at most one each.
#[derive(Debug)]
pub(super) struct TimerQueue {
    bucket_bits: u32,
    epoch_bits: u32,
    base: u64,
    /// The open bucket's epoch.
    epoch: u64,
    /// The open bucket's place in it.
    open: usize,
    /// What lay in the open bucket when it was opened, in order; what comes before `front` has been taken out.
    opened: Vec<Timer>,
    front: usize,
    /// What was scheduled into the open bucket, or before it, since then: by time, then by a running number.
    late: BinaryHeap<Reverse<(u64, u64, LineNo)>>,
    scheduled_late: u64,
    /// What was scheduled for `base` itself.
    at_once: VecDeque<LineNo>,
    /// The epoch's buckets; only those behind the open one have timers.
    buckets: Vec<List>,
    /// A bit for each bucket that has timers.
    occupied: Vec<u64>,
    /// The later epochs.
    epochs: BTreeMap<u64, List>,
    /// The memory of a list that is no longer needed.
    spare: Vec<Timer>,
}

/// A moment within an epoch, and a line.
#[derive(Clone, Copy, Debug)]
struct Timer(u64);

impl Timer {
    /// The most binary digits of a moment within an epoch.
    const MOMENT_BITS: u32 = 32;

    fn new(moment: u64, line: LineNo) -> Self {
        Self(moment << Self::MOMENT_BITS | line.index() as u64)
    }

    /// The moment within the epoch.
    const fn moment(self) -> u64 {
        self.0 >> Self::MOMENT_BITS
    }

    #[allow(clippy::cast_possible_truncation, reason = "the lower half is what was put there")]
    fn line(self) -> LineNo {
        LineNo::at(self.0 as u32 as usize)
    }
}

/// Timers in the order in which they were scheduled.
#[derive(Debug)]
struct List {
    timers: Vec<Timer>,
    /// The first moment of them, within their epoch.
    earliest: u64,
}

impl List {
    const EMPTY: Self = Self { timers: Vec::new(), earliest: u64::MAX };

    fn push(&mut self, timer: Timer, spare: &mut Vec<Timer>) {
        if self.timers.capacity() == 0 {
            self.timers = std::mem::take(spare);
        }
        self.earliest = self.earliest.min(timer.moment());
        self.timers.push(timer);
    }
}

/// Where the first timer is.
enum First {
    Opened,
    Late,
    AtOnce,
}

impl TimerQueue {
    /// An empty queue. `bucket_bits` and `epoch_bits` are 1 or more, and together at most 32.
    pub(super) fn new(bucket_bits: u32, epoch_bits: u32) -> Self {
        debug_assert!(bucket_bits > 0 && epoch_bits > 0 && bucket_bits + epoch_bits <= Timer::MOMENT_BITS);
        let buckets = 1 << epoch_bits;
        Self {
            bucket_bits,
            epoch_bits,
            base: 0,
            epoch: 0,
            open: 0,
            opened: Vec::new(),
            front: 0,
            late: BinaryHeap::new(),
            scheduled_late: 0,
            at_once: VecDeque::new(),
            buckets: std::iter::repeat_with(|| List::EMPTY).take(buckets).collect(),
            occupied: vec![0; buckets.div_ceil(64)],
            epochs: BTreeMap::new(),
            spare: Vec::new(),
        }
    }

    /// Schedules `line`, which waits for nothing yet, for `at`; what is past already is due now.
    pub(super) fn push(&mut self, at: VirtualTime, line: LineNo) {
        let at = at.0;
        if at <= self.base {
            self.at_once.push_back(line);
            return;
        }
        let epoch = self.epoch_of(at);
        let timer = Timer::new(at - self.start_of(epoch), line);
        if epoch > self.epoch {
            self.epochs.entry(epoch).or_insert(List::EMPTY).push(timer, &mut self.spare);
            return;
        }
        let bucket = self.bucket_of(timer);
        if epoch == self.epoch && bucket > self.open {
            self.put(bucket, timer);
        } else {
            self.late.push(Reverse((at, self.scheduled_late, line)));
            self.scheduled_late += 1;
        }
    }

    /// When the first timer is due.
    pub(super) fn next_at(&self) -> Option<VirtualTime> {
        let at = self.at_hand().map(|(at, _)| at).or_else(|| {
            let bucket = self.next_bucket().map(|bucket| (self.epoch, &self.buckets[bucket]));
            let later = || self.epochs.first_key_value().map(|(epoch, list)| (*epoch, list));
            let (epoch, list) = bucket.or_else(later)?;
            Some(self.start_of(epoch) + list.earliest)
        });
        at.map(VirtualTime)
    }

    /// Lines that will be taken out soon, the first one first: a hint, since others may come between.
    pub(super) fn upcoming(&self) -> impl Iterator<Item = LineNo> {
        let at_once = self.at_once.iter().copied();
        self.opened[self.front..].iter().map(|timer| timer.line()).chain(at_once)
    }

    /// Takes out the first timer if it is due at `now`.
    pub(super) fn pop_due(&mut self, now: VirtualTime) -> Option<LineNo> {
        loop {
            let Some((at, first)) = self.at_hand() else {
                if self.open_next(now.0) {
                    continue;
                }
                return None;
            };
            if at > now.0 {
                return None;
            }
            self.base = at;
            return match first {
                First::Opened => {
                    self.front += 1;
                    Some(self.opened[self.front - 1].line())
                }
                First::Late => self.late.pop().map(|Reverse((_, _, line))| line),
                First::AtOnce => self.at_once.pop_front(),
            };
        }
    }

    /// The first timer of those for which no bucket has to be opened.
    fn at_hand(&self) -> Option<(u64, First)> {
        let opened = self.opened.get(self.front).map(|timer| self.start_of(self.epoch) + timer.moment());
        let late = self.late.peek().map(|Reverse((at, ..))| *at);
        let (at, first) = match (opened, late) {
            (Some(opened), Some(late)) if late < opened => (late, First::Late),
            (Some(opened), _) => (opened, First::Opened),
            (None, Some(late)) => (late, First::Late),
            (None, None) => (u64::MAX, First::AtOnce),
        };
        if !self.at_once.is_empty() && self.base < at {
            return Some((self.base, First::AtOnce));
        }
        Some((at, first)).filter(|(_, first)| !matches!(first, First::AtOnce) || !self.at_once.is_empty())
    }

    /// Opens the next bucket that has timers if one of them is due at `now`. Nothing is left in the open one.
    fn open_next(&mut self, now: u64) -> bool {
        let Some(bucket) = self.next_bucket() else {
            return self.deal_out(now);
        };
        if self.start_of(self.epoch) + self.buckets[bucket].earliest > now {
            return false;
        }
        let List { mut timers, .. } = std::mem::replace(&mut self.buckets[bucket], List::EMPTY);
        self.occupied[bucket / 64] &= !(1 << (bucket % 64));
        if !timers.is_sorted_by_key(|timer| timer.moment()) {
            timers.sort_by_key(|timer| timer.moment());
        }
        self.open = bucket;
        self.front = 0;
        self.spare = std::mem::replace(&mut self.opened, timers);
        self.spare.clear();
        true
    }

    /// Deals the next epoch out to its buckets if one of its timers is due at `now`. Nothing is left of the present one.
    fn deal_out(&mut self, now: u64) -> bool {
        let is_due = |(epoch, list): (&u64, &List)| self.start_of(*epoch) + list.earliest <= now;
        if !self.epochs.first_key_value().is_some_and(is_due) {
            return false;
        }
        let Some((epoch, List { timers, .. })) = self.epochs.pop_first() else { return false };
        self.epoch = epoch;
        self.open = 0;
        self.front = 0;
        self.opened.clear();
        for timer in timers {
            self.put(self.bucket_of(timer), timer);
        }
        true
    }

    fn put(&mut self, bucket: usize, timer: Timer) {
        self.buckets[bucket].push(timer, &mut self.spare);
        self.occupied[bucket / 64] |= 1 << (bucket % 64);
    }

    /// The epoch's first bucket that has timers: the open one has none left.
    fn next_bucket(&self) -> Option<usize> {
        let words = self.occupied.iter().enumerate().skip(self.open / 64);
        let (number, word) = words.into_iter().find(|(_, word)| **word != 0)?;
        Some(number * 64 + word.trailing_zeros() as usize)
    }

    const fn epoch_of(&self, at: u64) -> u64 {
        at >> (self.bucket_bits + self.epoch_bits)
    }

    /// When an epoch begins.
    const fn start_of(&self, epoch: u64) -> u64 {
        epoch << (self.bucket_bits + self.epoch_bits)
    }

    /// A timer's bucket in its epoch.
    #[allow(clippy::cast_possible_truncation, reason = "an epoch has at most 2^31 buckets")]
    const fn bucket_of(&self, timer: Timer) -> usize {
        (timer.moment() >> self.bucket_bits) as usize
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    /// Schedules lines for these moments, in order, and compares the order in which they come out.
    fn check(moments: &[u64], expect: &[usize]) {
        for (bucket_bits, epoch_bits) in [(1, 1), (1, 12), (3, 2), (10, 11), (16, 5), (22, 10)] {
            let mut queue = TimerQueue::new(bucket_bits, epoch_bits);
            for (line, at) in moments.iter().enumerate() {
                queue.push(VirtualTime(*at), LineNo::at(line));
            }
            let mut order = Vec::new();
            while let Some(now) = queue.next_at() {
                order.extend(queue.pop_due(now).map(LineNo::index));
            }
            assert_eq!(order, expect, "{bucket_bits} and {epoch_bits} bits");
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
        let mut queue = TimerQueue::new(10, 11);
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
            (bucket_bits, epoch_bits) in (1..=12u32, 1..=12u32),
            steps in proptest::collection::vec((any::<bool>(), 0..40usize, ahead()), 1..400),
        ) {
            let (mut queue, mut model) = (TimerQueue::new(bucket_bits, epoch_bits), Model::default());
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
                for line in queue.upcoming() {
                    prop_assert!(model.waits(line.index()));
                }
            }
        }
    }
}
