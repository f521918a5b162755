//! Finds the number that a name has: a hash table of numbers, whose names are kept elsewhere. Its order reaches no output:
//! numbers are given in the order in which the run meets the names.

use std::hash::{DefaultHasher, Hasher};

/// Numbers by name. A name is looked at where it is kept, through `name_of`.
#[derive(Debug, Default)]
pub(super) struct Index {
    /// A number + 1, or 0 for nothing; a power of two of them, at most three quarters in use. A number stands in the
    /// first free place from where its name's hash points to.
    places: Vec<u32>,
    used: usize,
}

impl Index {
    /// The number of `name`.
    pub(super) fn find<'n>(&self, name: &str, name_of: impl Fn(u32) -> &'n str) -> Option<u32> {
        if self.places.is_empty() {
            return None;
        }
        let mask = self.places.len() - 1;
        let mut place = hash(name) & mask;
        loop {
            let number = self.places[place].checked_sub(1)?;
            if name_of(number) == name {
                return Some(number);
            }
            place = (place + 1) & mask;
        }
    }

    /// Takes in `number`, whose name is not in here yet.
    pub(super) fn insert<'n>(&mut self, number: u32, name_of: impl Fn(u32) -> &'n str) {
        if (self.used + 1) * 4 > self.places.len() * 3 {
            let larger = vec![0; (self.places.len() * 2).max(16)];
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
        let mask = self.places.len() - 1;
        let mut place = hash(name) & mask;
        while self.places[place] != 0 {
            place = (place + 1) & mask;
        }
        self.places[place] = number + 1;
    }
}

#[allow(clippy::cast_possible_truncation, reason = "any bits of a hash will do")]
fn hash(name: &str) -> usize {
    let mut hasher = DefaultHasher::new();
    hasher.write(name.as_bytes());
    hasher.finish() as usize
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
