//! Durations and points in virtual time: one type each, both in whole milliseconds.

use std::fmt;
use std::ops::{Add, AddAssign, Sub};

use serde::{Deserialize, Serialize};

/// The largest number of seconds that a key may hold: an `int` of the SDK (SPEC section 5).
pub const MAX_SECONDS: u64 = 2_147_483_647;

/// A duration in whole milliseconds. Arithmetic saturates, as SPEC section 5 asks.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Millis(pub u64);

impl Millis {
    /// No time at all.
    pub const ZERO: Self = Self(0);
    /// Longer than anything that a config can name.
    pub const MAX: Self = Self(u64::MAX);

    /// `seconds` as a duration.
    pub const fn from_secs(seconds: u64) -> Self {
        Self(seconds.saturating_mul(1000))
    }

    /// The number of whole seconds, rounded up.
    pub const fn secs_ceil(self) -> u64 {
        self.0.div_ceil(1000)
    }

    /// This duration `factor` times.
    #[must_use]
    pub const fn times(self, factor: u64) -> Self {
        Self(self.0.saturating_mul(factor))
    }
}

impl Add for Millis {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl AddAssign for Millis {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl std::iter::Sum for Millis {
    fn sum<I: Iterator<Item = Self>>(parts: I) -> Self {
        parts.fold(Self::ZERO, Add::add)
    }
}

/// As the inputs write it: `1h 30m`, `90s` becomes `1m 30s`, nothing is `0s`.
impl fmt::Display for Millis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 == 0 {
            return f.pad("0s");
        }
        let units = [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1)];
        let mut rest = self.0;
        let mut words = Vec::with_capacity(units.len());
        for (unit, size) in units {
            if rest >= size {
                words.push(format!("{}{unit}", rest / size));
                rest %= size;
            }
        }
        f.pad(&words.join(" "))
    }
}

/// A point in virtual time: milliseconds since the run's start.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct VirtualTime(pub u64);

impl VirtualTime {
    /// The run's start.
    pub const START: Self = Self(0);
    /// After every moment of any run.
    pub const NEVER: Self = Self(u64::MAX);

    /// How long after `earlier` this is; nothing if it is not after it.
    pub const fn since(self, earlier: Self) -> Millis {
        Millis(self.0.saturating_sub(earlier.0))
    }
}

impl Add<Millis> for VirtualTime {
    type Output = Self;
    fn add(self, duration: Millis) -> Self {
        Self(self.0.saturating_add(duration.0))
    }
}

impl Sub for VirtualTime {
    type Output = Millis;
    fn sub(self, earlier: Self) -> Millis {
        self.since(earlier)
    }
}

/// `0:10:00` since the start, with milliseconds only where there are any: `0:00:00.250`.
impl fmt::Display for VirtualTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (seconds, millis) = (self.0 / 1000, self.0 % 1000);
        let text = format!("{}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60);
        if millis == 0 { f.pad(&text) } else { f.pad(&format!("{text}.{millis:03}")) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_print_as_the_inputs_write_them() {
        let check = |ms, expect: &str| assert_eq!(Millis(ms).to_string(), expect);
        check(0, "0s");
        check(250, "250ms");
        check(90_000, "1m 30s");
        check(5_400_000, "1h 30m");
        check(172_800_000, "2d");
    }

    #[test]
    fn moments_print_as_hours_minutes_seconds() {
        let check = |ms, expect: &str| assert_eq!(VirtualTime(ms).to_string(), expect);
        check(0, "0:00:00");
        check(600_000, "0:10:00");
        check(93_600_250, "26:00:00.250");
    }

    #[test]
    fn arithmetic_saturates() {
        assert_eq!(Millis::MAX + Millis(1), Millis::MAX);
        assert_eq!(Millis::from_secs(u64::MAX), Millis::MAX);
        assert_eq!(VirtualTime(1) + Millis::MAX, VirtualTime::NEVER);
        assert_eq!(VirtualTime(1).since(VirtualTime(2)), Millis::ZERO);
    }
}
