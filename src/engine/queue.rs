//! What is due when: ordered by (time, then the order in which it was scheduled), and by nothing else.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use crate::model::VirtualTime;

/// A queue of things that are due at a moment. Things due at the same moment come out in the order they went in.
#[derive(Debug)]
pub(super) struct TimerQueue<T> {
    heap: BinaryHeap<Reverse<(VirtualTime, u64, T)>>,
    scheduled: u64,
}

impl<T: Ord + Copy> TimerQueue<T> {
    /// An empty queue.
    pub(super) const fn new() -> Self {
        Self { heap: BinaryHeap::new(), scheduled: 0 }
    }

    /// Schedules `item` for `at`.
    pub(super) fn push(&mut self, at: VirtualTime, item: T) {
        self.heap.push(Reverse((at, self.scheduled, item)));
        self.scheduled += 1;
    }

    /// When the first item is due.
    pub(super) fn next_at(&self) -> Option<VirtualTime> {
        self.heap.peek().map(|Reverse((at, _, _))| *at)
    }

    /// Takes out the first item if it is due at `now`.
    pub(super) fn pop_due(&mut self, now: VirtualTime) -> Option<T> {
        if self.next_at()? > now {
            return None;
        }
        self.heap.pop().map(|Reverse((_, _, item))| item)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Schedules items for these moments, in order, and compares the order in which their numbers come out.
    fn check(moments: &[u64], expect: &[usize]) {
        let mut queue = TimerQueue::new();
        for (item, at) in moments.iter().enumerate() {
            queue.push(VirtualTime(*at), item);
        }
        let mut order = Vec::new();
        while let Some(now) = queue.next_at() {
            order.extend(queue.pop_due(now));
        }
        assert_eq!(order, expect);
    }

    #[test]
    fn ordered_by_time_then_by_scheduling() {
        check(&[3, 1, 2], &[1, 2, 0]);
        check(&[5, 5, 1, 5], &[2, 0, 1, 3]);
        check(&[7; 20], &(0..20).collect::<Vec<_>>());
    }

    #[test]
    fn nothing_comes_out_before_it_is_due() {
        let mut queue = TimerQueue::new();
        queue.push(VirtualTime(10), 'a');
        assert_eq!(queue.pop_due(VirtualTime(9)), None);
        assert_eq!(queue.pop_due(VirtualTime(10)), Some('a'));
        assert_eq!(queue.next_at(), None);
    }
}
