//! Seeded random numbers: one seed decides everything, and everything that draws has a stream of its own.

use rand::RngExt;
use rand_pcg::Pcg32;
use sha2::{Digest, Sha256};

/// Where the rules get their random numbers from: a [`Stream`], or one end of every range.
pub trait Draw {
    /// An integer in `low..=high`.
    fn uniform(&mut self, low: u64, high: u64) -> u64;
}

/// Always draws the least or the greatest number: the ends of what a random delay can be.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Always {
    /// The least.
    Least,
    /// The greatest.
    Greatest,
}

impl Draw for Always {
    fn uniform(&mut self, low: u64, high: u64) -> u64 {
        match self {
            Self::Least => low,
            Self::Greatest => high,
        }
    }
}

/// One stream of random numbers. Two streams of the same seed have nothing to do with one another, so adding a channel
/// changes nothing for the others.
#[derive(Clone, Debug)]
pub struct Stream(Pcg32);

impl Stream {
    /// The stream that belongs to `name` (the parts of what draws from it) under `seed`.
    pub fn new(seed: u64, name: &[&str]) -> Self {
        let mut hash = Sha256::new();
        for part in name {
            hash.update((part.len() as u64).to_le_bytes());
            hash.update(part.as_bytes());
        }
        let digest = hash.finalize();
        let word =
            |at: usize| digest[at..at + 8].iter().fold(0u64, |word, byte| word << 8 | u64::from(*byte));
        Self(Pcg32::new(seed ^ word(0), word(8)))
    }

    /// A stream for where nothing is random: cheap to make.
    pub fn idle() -> Self {
        Self(Pcg32::new(0, 0))
    }

    /// A uniform integer in `low..=high`.
    pub fn uniform(&mut self, low: u64, high: u64) -> u64 {
        self.0.random_range(low..=high)
    }
}

impl Draw for Stream {
    fn uniform(&mut self, low: u64, high: u64) -> u64 {
        Self::uniform(self, low, high)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(seed: u64, name: &[&str], expect: [u64; 4]) {
        let mut stream = Stream::new(seed, name);
        assert_eq!(expect.map(|_| stream.uniform(1, 300)), expect, "{seed} {name:?}");
    }

    /// These values are part of the product: a run repeats on every machine and in every later version.
    #[test]
    fn streams_are_value_stable() {
        check(7, &["box", "content-synchronisation", "hr"], [138, 151, 45, 121]);
        check(7, &["box", "content-synchronisation", "finance"], [161, 78, 170, 14]);
        check(8, &["box", "content-synchronisation", "hr"], [207, 283, 90, 79]);
    }
}
