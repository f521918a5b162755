//! Which holds are kept one by one. There can be millions, and what is shown of them is mostly those of a few lock keys.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use super::{Hold, Lock};
use crate::model::{LockType, Millis, Text};

/// Which holds are kept one by one; all are counted.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Holds {
    /// All of them, as far as memory goes.
    All,
    /// For a picture of a few lock keys: all of them, but among very many operations only those of the keys that held
    /// longest.
    OfWorstKeys,
    /// None: only sums are shown.
    None,
}

/// So many holds are kept at most.
const MOST: usize = 4_000_000;
/// More operations than this are very many.
const MANY_OPERATIONS: usize = 10_000;
/// So many holds are kept at most of very many operations, where they are for a picture of a few keys.
const MOST_OF_MANY: usize = 32_000;

/// The lock keys of a run, and whose holds are kept.
///
/// For a picture, where there are too many holds, they had better be all there for some keys than partly for all: keys are
/// given up with all their holds, past and to come, those first that have held least so far. The one that has held most
/// stays, and if there are too many of its own the later ones are left out.
#[derive(Clone, Debug)]
pub(super) struct Keys {
    most: usize,
    kept: usize,
    gives_up: bool,
    /// Only one key is left, so there is nothing to give up.
    one_left: bool,
    numbers: BTreeMap<(Text, LockType), usize>,
    all: Vec<Key>,
}

#[derive(Clone, Debug, Default)]
struct Key {
    /// Its locks, by place.
    locks: Vec<usize>,
    given_up: bool,
}

impl Keys {
    /// No keys yet; these holds will be kept.
    pub(super) const fn keeping(holds: Holds) -> Self {
        match holds {
            Holds::None => Self::keeping_most(0, false),
            Holds::OfWorstKeys => Self::keeping_most(MOST, true),
            Holds::All => Self::keeping_most(MOST, false),
        }
    }

    /// No keys yet; at most so many holds will be kept: those of the worst keys, or the first ones.
    pub(super) const fn keeping_most(most: usize, gives_up: bool) -> Self {
        Self { most, kept: 0, gives_up, one_left: false, numbers: BTreeMap::new(), all: Vec::new() }
    }

    /// Fewer holds are kept from now on if that is what very many operations change.
    pub(super) const fn there_are_operations(&mut self, operations: usize) {
        if self.gives_up && operations > MANY_OPERATIONS {
            self.most = MOST_OF_MANY;
        }
    }

    /// The number of a key, of which there is a lock more: the one at `place`. Where no key is ever given up, it does not
    /// matter.
    pub(super) fn number(&mut self, key: &Text, lock_type: LockType, place: usize) -> usize {
        if !self.gives_up {
            return 0;
        }
        let number = *self.numbers.entry((Text::clone(key), lock_type)).or_insert_with(|| {
            self.all.push(Key::default());
            self.all.len() - 1
        });
        self.all[number].locks.push(place);
        number
    }

    /// Keeps a hold of the lock at `place`, if it may; gives back its place among the lock's holds.
    pub(super) fn keep(&mut self, locks: &mut [Lock], place: usize, hold: Hold) -> Option<u32> {
        let key_no = locks[place].key_no;
        let is_given_up = |keys: &Self| keys.all.get(key_no).is_some_and(|key| key.given_up);
        if self.kept >= self.most && self.gives_up && !self.one_left && !is_given_up(self) {
            self.give_up(locks);
        }
        let lock = &mut locks[place];
        if self.kept >= self.most || is_given_up(self) {
            lock.holds_left_out += 1;
            return None;
        }
        self.kept += 1;
        lock.holds.push(hold);
        u32::try_from(lock.holds.len() - 1).ok()
    }

    /// Gives up keys, those that have held least first, until half of what may be kept is free or one is left. What they
    /// hold still counts as announced; of those alike the ones stay that come first by time and name, as in the timeline.
    fn give_up(&mut self, locks: &mut [Lock]) {
        let rank = |key: &Key| {
            let held = key.locks.iter().map(|place| locks[*place].deferred).sum::<Millis>();
            let first = key.locks.first().map(|place| &locks[*place]);
            (held, Reverse(first.map(|lock| (lock.from, Text::clone(&lock.key)))))
        };
        let mut keys: Vec<_> = (self.all.iter().enumerate())
            .filter(|(_, key)| key.locks.iter().any(|place| !locks[*place].holds.is_empty()))
            .map(|(number, key)| (rank(key), number))
            .collect();
        keys.sort_unstable();
        keys.pop();
        for (_, number) in keys {
            if self.kept <= self.most / 2 {
                return;
            }
            let key = &mut self.all[number];
            key.given_up = true;
            for place in &key.locks {
                let lock = &mut locks[*place];
                let holds = std::mem::take(&mut lock.holds);
                lock.holds_left_out += holds.len() as u64;
                self.kept -= holds.len();
            }
        }
        self.one_left = self.kept >= self.most;
    }
}
