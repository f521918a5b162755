//! Lists by number, of which the first one that has timers is quickly found.

use super::list::List;

/// Lists by number. What has passed is empty: whoever looks for the first one with timers begins where the present is.
#[derive(Debug)]
pub(super) struct Wheel {
    lists: Vec<List>,
    /// A bit for each list that has timers.
    occupied: Vec<u64>,
}

impl Wheel {
    /// 2^`bits` empty lists.
    pub(super) fn new(bits: u32) -> Self {
        let lists = 1 << bits;
        Self {
            lists: std::iter::repeat_with(|| List::EMPTY).take(lists).collect(),
            occupied: vec![0; lists.div_ceil(64)],
        }
    }

    /// The list that is about to be put something into.
    pub(super) fn fill(&mut self, number: usize) -> &mut List {
        self.occupied[number / 64] |= 1 << (number % 64);
        &mut self.lists[number]
    }

    /// Takes a list out, and leaves an empty one.
    pub(super) fn take(&mut self, number: usize) -> List {
        self.occupied[number / 64] &= !(1 << (number % 64));
        std::mem::replace(&mut self.lists[number], List::EMPTY)
    }

    /// The lists that have timers, with their numbers, in order; those before `from` have none.
    pub(super) fn occupied(&self, from: usize) -> impl Iterator<Item = (usize, &List)> {
        let rest = |word: &u64| Some(word & (word - 1)).filter(|rest| *rest != 0);
        let bits = move |word: u64| std::iter::successors(Some(word).filter(|word| *word != 0), rest);
        let words = self.occupied.iter().enumerate().skip(from / 64);
        let words =
            words.flat_map(move |(at, word)| bits(*word).map(move |bits| (at, bits.trailing_zeros())));
        words.map(|(at, bit)| at * 64 + bit as usize).map(|number| (number, &self.lists[number]))
    }
}
