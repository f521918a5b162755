//! Finds the number that a name has: a hash table of numbers, whose names are kept elsewhere. Its order reaches no output:
//! numbers are given in the order in which the run meets the names.

use std::hash::{DefaultHasher, Hasher};

/// Numbers by name. A name is looked at where it is kept, through `name_of`.
#[derive(Debug, Default)]
pub(super) struct Index {
    /// A number + 1, or 0 for nothing; at most three quarters are in use. A number stands in the first free place from
    /// where its name's hash points to.
    places: Vec<u32>,
    used: usize,
}

impl Index {
    /// The number of `name`.
    pub(super) fn find<'n>(&self, name: &str, name_of: impl Fn(u32) -> &'n str) -> Option<u32> {
        let found = |entry: &&u32| entry.checked_sub(1).is_none_or(|number| name_of(number) == name);
        self.from(name).find(found)?.checked_sub(1)
    }

    /// Takes in `number`, whose name is not in here yet.
    pub(super) fn insert<'n>(&mut self, number: u32, name_of: impl Fn(u32) -> &'n str) {
        if (self.used + 1) * 4 > self.places.len() * 3 {
            // Not twice as many: there is an index for each connector, and most of it would be empty.
            let larger = vec![0; (self.places.len() / 2 * 3).max(16)];
            for entry in std::mem::replace(&mut self.places, larger) {
                if let Some(number) = entry.checked_sub(1) {
                    self.place(number, name_of(number));
                }
            }
        }
        self.place(number, name_of(number));
        self.used += 1;
    }

    fn place(&mut self, number: u32, name: &str) {
        let start = self.start(name);
        let (before, after) = self.places.split_at_mut(start);
        if let Some(free) = after.iter_mut().chain(before).find(|entry| **entry == 0) {
            *free = number + 1;
        }
    }

    /// The places where `name` can be, in the order in which they are filled.
    fn from(&self, name: &str) -> impl Iterator<Item = &u32> {
        let (before, after) = self.places.split_at(self.start(name));
        after.iter().chain(before)
    }

    /// Where `name` would be if nothing else was there: its hash, scaled down to the number of places.
    #[allow(clippy::cast_possible_truncation, reason = "less than the number of places, which is a usize")]
    fn start(&self, name: &str) -> usize {
        let mut hasher = DefaultHasher::new();
        hasher.write(name.as_bytes());
        ((u128::from(hasher.finish()) * self.places.len() as u128) >> u64::BITS) as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_found_and_no_other() {
        let names: Vec<String> = (0..1000).map(|number| format!("channel-{number}")).collect();
        let name_of = |number: u32| &*names[number as usize];
        let mut index = Index::default();
        assert_eq!(index.find("channel-0", name_of), None);
        for number in 0..1000 {
            index.insert(number, name_of);
        }
        for (number, name) in (0..).zip(&names) {
            assert_eq!(index.find(name, name_of), Some(number));
        }
        assert_eq!(index.find("channel-1000", name_of), None);
        assert_eq!(index.find("", name_of), None);
    }
}
