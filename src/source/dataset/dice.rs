//! Random numbers without a state: the n-th roll of a name is always the same, so that what is made from the seed needs no
//! memory. And distributions over them, in `+ - × ÷` alone, so that every machine computes the same bits.

use crate::model::Stream;

/// Rolls numbers. Two dice with different names have nothing to do with one another.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Dice(u64);

impl Dice {
    /// The dice called `name` under `seed`.
    pub fn new(seed: u64, name: &[&str]) -> Self {
        Self(Stream::new(seed, name).uniform(0, u64::MAX))
    }

    /// The dice for one of many things that are numbered.
    #[must_use]
    pub fn of(self, number: u64) -> Self {
        Self(self.roll(number ^ 0x5bd1_e995_9d1b_54a3))
    }

    /// The `n`-th roll: any number.
    pub const fn roll(self, n: u64) -> u64 {
        let word = self.0.wrapping_add(n.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        let word = (word ^ word >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let word = (word ^ word >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        word ^ word >> 31
    }

    /// The `n`-th roll as a number in `0..1`.
    #[allow(clippy::cast_precision_loss, reason = "53 bits fit exactly")]
    pub fn unit(self, n: u64) -> f64 {
        (self.roll(n) >> 11) as f64 / (1u64 << 53) as f64
    }

    /// Nearly a standard normal number: twelve rolls less six.
    fn normal(self) -> f64 {
        (0..12).map(|n| self.unit(n)).sum::<f64>() - 6.0
    }
}

/// Where the normal distribution has 95 % below it.
const Z95: f64 = 1.644_853_626_951_472_2;

/// A value, or a log-normal distribution given by its median and the value that 95 % stay below (SPEC section 7).
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Distribution {
    /// Always this.
    Value(f64),
    /// `median × e^(spread × z)`, z being standard normal.
    LogNormal {
        /// Half of all values are below it.
        median: f64,
        /// The standard deviation of the logarithm.
        spread: f64,
    },
}

impl Distribution {
    /// Nothing, always.
    pub const ZERO: Self = Self::Value(0.0);

    /// The log-normal distribution with this median and 95th percentile; `None` unless 0 < median ≤ p95.
    pub fn log_normal(median: f64, p95: f64) -> Option<Self> {
        let possible = median > 0.0 && p95 >= median && p95.is_finite();
        possible.then(|| Self::LogNormal { median, spread: ln(p95 / median) / Z95 })
    }

    /// What the dice say.
    pub fn sample(&self, dice: Dice) -> f64 {
        match self {
            Self::Value(value) => *value,
            Self::LogNormal { median, spread } => median * exp(spread * dice.normal()),
        }
    }

    /// Likewise, as a whole number of at most `most`.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "such a cast saturates")]
    pub fn sample_whole(&self, dice: Dice, most: u64) -> u64 {
        ((self.sample(dice) + 0.5) as u64).min(most)
    }

    /// The average.
    pub fn mean(&self) -> f64 {
        match self {
            Self::Value(value) => *value,
            Self::LogNormal { median, spread } => median * exp(spread * spread / 2.0),
        }
    }

    /// Whether rolls make a difference.
    pub const fn is_random(&self) -> bool {
        matches!(self, Self::LogNormal { .. })
    }
}

/// The natural logarithm of a positive number: `2 artanh((m-1)/(m+1)) + e ln 2` for `m × 2^e`.
fn ln(x: f64) -> f64 {
    let (mut mantissa, mut halvings) = (x, 0.0);
    while mantissa > 1.5 {
        mantissa /= 2.0;
        halvings += 1.0;
    }
    while mantissa < 0.75 {
        mantissa *= 2.0;
        halvings -= 1.0;
    }
    let s = (mantissa - 1.0) / (mantissa + 1.0);
    let (mut power, mut sum, mut n) = (s, 0.0, 1.0);
    for _ in 0..24 {
        sum += power / n;
        power *= s * s;
        n += 2.0;
    }
    2.0 * sum + halvings * std::f64::consts::LN_2
}

/// `e^x`, for the exponents that a distribution has: the Taylor series of `x / 2^n`, squared n times.
fn exp(x: f64) -> f64 {
    let (mut small, mut squarings) = (x.clamp(-700.0, 700.0), 0);
    while small.abs() > 0.5 {
        small /= 2.0;
        squarings += 1;
    }
    let (mut term, mut sum, mut n) = (1.0, 1.0, 1.0);
    for _ in 0..18 {
        term *= small / n;
        sum += term;
        n += 1.0;
    }
    (0..squarings).fold(sum, |power, _| power * power)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logarithm_and_power_are_right() {
        for x in [1e-9, 0.3, 0.75, 1.0, 1.5, 2.0, 50.0, 20_000.0, 1e12] {
            assert!((ln(x) - x.ln()).abs() < 1e-12, "ln {x}");
            assert!((exp(ln(x)) / x - 1.0).abs() < 1e-12, "exp ln {x}");
        }
    }

    /// The share of 20 000 samples at or below `value`, in per cent.
    fn check(distribution: Distribution, value: f64, expect: std::ops::RangeInclusive<u64>) {
        let dice = Dice::new(1, &["samples"]);
        let below = (0..20_000).filter(|n| distribution.sample(dice.of(*n)) <= value).count() as u64;
        assert!(expect.contains(&(below / 200)), "{below} of 20000 below {value}");
    }

    #[test]
    fn median_and_95th_percentile_are_where_they_were_asked_for() {
        let Some(latency) = Distribution::log_normal(300.0, 2000.0) else { panic!("possible") };
        check(latency, 300.0, 49..=51);
        check(latency, 2000.0, 94..=96);
        check(Distribution::Value(7.0), 7.0, 100..=100);
        assert_eq!(Distribution::log_normal(0.0, 1.0), None);
        assert_eq!(Distribution::log_normal(2.0, 1.0), None);
    }

    /// These values are part of the product: a dataset is the same on every machine and in every later version.
    #[test]
    fn rolls_are_value_stable() {
        let dice = Dice::new(7, &["dataset", "channel-1"]);
        assert_eq!([0, 1, 2].map(|n| dice.roll(n) % 1000), [442, 263, 501]);
        let Some(latency) = Distribution::log_normal(300.0, 2000.0) else { panic!("possible") };
        assert_eq!([0, 1, 2].map(|n| latency.sample_whole(dice.of(n), 1_000_000)), [38, 169, 379]);
    }
}
