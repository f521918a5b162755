//! Lists of timers that share their memory: one that is emptied makes room for one that is filled.
//!
//! The memory is blocks of 2^`block_bits` places, and a place's number says which block it is in. A list is a chain of
//! blocks; only its first and last one may be partly in use, so it takes eight bytes a timer and at most two blocks more.
//!
//! Invariants:
//! - A block belongs to one list, or is free. A list without timers has no block.
//! - A chain of blocks is linked by `next`, from a list's first block to its last one, and so are the free blocks.
//! - A list is only ever emptied from the front: dropped with timers in it, it would take its blocks along.

use crate::engine::world::LineNo;

/// What says in place of a number that there is none.
const NONE: u32 = u32::MAX;

/// A line that waits.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Timer {
    /// Until when, within an epoch.
    pub(super) moment: u32,
    pub(super) line: LineNo,
}

/// Timers in the order in which they were put in.
#[derive(Debug)]
pub(super) struct List {
    /// The place of the first one; [`NONE`] without timers.
    first: u32,
    last: u32,
    /// The first and the last moment of all that were put in since there were none.
    earliest: u32,
    latest: u32,
}

impl List {
    pub(super) const EMPTY: Self = Self { first: NONE, last: NONE, earliest: u32::MAX, latest: 0 };

    pub(super) const fn is_empty(&self) -> bool {
        self.first == NONE
    }

    /// The first moment, while no timer has been taken out.
    pub(super) const fn earliest(&self) -> u32 {
        self.earliest
    }

    /// Whether all timers are of one moment.
    pub(super) const fn is_of_one_moment(&self) -> bool {
        self.earliest == self.latest
    }
}

/// The memory of lists. Each list is used with the pool that it was filled from.
#[derive(Debug)]
pub(super) struct Pool {
    block_bits: u32,
    places: Vec<Timer>,
    /// By block: the first place of the one that follows it in its list, or among the free ones. Of a list's last block
    /// it says nothing.
    next: Vec<u32>,
    /// The first place of the first free block.
    free: u32,
}

impl Pool {
    /// No memory yet; then as many blocks of 2^`block_bits` timers as are in use at once.
    pub(super) const fn new(block_bits: u32) -> Self {
        Self { block_bits, places: Vec::new(), next: Vec::new(), free: NONE }
    }

    /// Puts a timer at a list's end.
    #[inline]
    pub(super) fn push(&mut self, list: &mut List, timer: Timer) {
        // `NONE` has all bits set, so an empty list counts as ending a block too.
        if self.is_last_in_block(list.last) {
            self.add_block(list);
        } else {
            list.last += 1;
        }
        list.earliest = list.earliest.min(timer.moment);
        list.latest = list.latest.max(timer.moment);
        self.places[list.last as usize] = timer;
    }

    /// Takes out a list's first timer.
    #[inline]
    pub(super) fn pop(&mut self, list: &mut List) -> Option<Timer> {
        // Without a timer there is no such place.
        let timer = *self.places.get(list.first as usize)?;
        if list.first == list.last || self.is_last_in_block(list.first) {
            self.remove_block(list);
        } else {
            list.first += 1;
        }
        Some(timer)
    }

    /// A list's timers, in order, block by block.
    pub(super) fn blocks(&self, list: &List) -> impl Iterator<Item = &[Timer]> {
        let (mut from, to) = (list.first, list.last);
        std::iter::from_fn(move || {
            let rest = self.places.get(from as usize..)?;
            let end = self.last_in_block(from);
            let end = if end == self.last_in_block(to) { to } else { end };
            let block = &rest[..=(end - from) as usize];
            from = if end == to { NONE } else { self.next[self.block_of(end)] };
            Some(block)
        })
    }

    /// A list's last block is full, or it has none: adds one, in which its last place is the first.
    fn add_block(&mut self, list: &mut List) {
        if self.free == NONE {
            self.grow();
        }
        let block = self.free;
        self.free = self.next[self.block_of(block)];
        if list.is_empty() {
            list.first = block;
        } else {
            let full = self.block_of(list.last);
            self.next[full] = block;
        }
        list.last = block;
    }

    /// A list's first timer has been taken out, and was the last one in its block or its list: gives the block back.
    fn remove_block(&mut self, list: &mut List) {
        let (emptied, place) = (self.block_of(list.first), list.first);
        if place == list.last {
            *list = List::EMPTY;
        } else {
            list.first = self.next[emptied];
        }
        self.next[emptied] = self.free;
        self.free = place >> self.block_bits << self.block_bits;
    }

    /// There is no free block: makes one. Lines, which have at most one timer each, run out of memory before numbers do.
    #[cold]
    fn grow(&mut self) {
        let places = self.places.len();
        self.free = u32::try_from(places).unwrap_or(NONE);
        self.next.push(NONE);
        let nothing = Timer { moment: 0, line: LineNo::FIRST };
        self.places.resize(places + (1 << self.block_bits), nothing);
    }

    const fn block_of(&self, place: u32) -> usize {
        (place >> self.block_bits) as usize
    }

    /// The last place of the block that this place is in.
    const fn last_in_block(&self, place: u32) -> u32 {
        place | ((1 << self.block_bits) - 1)
    }

    const fn is_last_in_block(&self, place: u32) -> bool {
        place == self.last_in_block(place)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;

    use proptest::prelude::*;

    use super::*;

    /// Puts timers into lists, or takes them out, and compares with lists of the standard library, and how many blocks
    /// there are in the end. A step is a list and the moment of what is put in.
    fn check(block_bits: u32, steps: &[(usize, Option<u32>)], expect_blocks: Option<usize>) {
        let mut pool = Pool::new(block_bits);
        let mut lists = [const { List::EMPTY }; 3];
        let mut expect = [const { VecDeque::new() }; 3];
        for (number, (at, moment)) in steps.iter().enumerate() {
            let (list, expect) = (&mut lists[*at], &mut expect[*at]);
            if let Some(moment) = *moment {
                let timer = Timer { moment, line: LineNo::at(number) };
                pool.push(list, timer);
                expect.push_back(timer);
            } else {
                assert_eq!(pool.pop(list), expect.pop_front());
            }
            assert!(pool.blocks(list).flatten().eq(expect.iter()));
            assert_eq!(list.is_empty(), expect.is_empty());
        }
        let blocks = pool.next.len();
        assert!(expect_blocks.is_none_or(|expect| expect == blocks), "{blocks} blocks");
        assert_eq!(pool.places.len(), blocks << block_bits);
    }

    #[test]
    fn what_one_list_gives_back_another_one_takes() {
        let moved = |count: usize| (0..count).flat_map(|_| [(0, None), (1, Some(7))]);
        let filled = |count: usize| (0..count).map(|_| (0, Some(7)));
        let steps = |count: usize| filled(count).chain(moved(count)).collect::<Vec<_>>();
        check(0, &steps(8), Some(8));
        check(2, &steps(3), Some(2));
        check(2, &steps(4), Some(2));
        check(2, &steps(8), Some(3));
        check(2, &steps(9), Some(4));
        check(3, &steps(800), Some(101));
    }

    #[test]
    fn a_list_knows_whether_it_is_of_one_moment() {
        let mut pool = Pool::new(1);
        let mut list = List::EMPTY;
        for (moment, expect) in [(5, (5, true)), (5, (5, true)), (9, (5, false)), (3, (3, false))] {
            pool.push(&mut list, Timer { moment, line: LineNo::FIRST });
            assert_eq!((list.earliest(), list.is_of_one_moment()), expect);
        }
    }

    proptest! {
        #[test]
        fn lists_are_lists(
            block_bits in 0..4u32,
            steps in proptest::collection::vec((0..3usize, proptest::option::weighted(0.6, any::<u32>())), 0..300),
        ) {
            check(block_bits, &steps, None);
        }
    }
}
