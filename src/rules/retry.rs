//! What follows a failure (SPEC section 5): the n-th retry comes `min(n^2.5 × retry_delay, max_retry_delay)` later.

use super::{Delay, DelayRule, RetrySettings};
use crate::model::Millis;

/// What follows a failure.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Retry {
    /// The same call again, after this delay.
    After(Delay),
    /// The retries are used up (or there are none): the operation ends as Failed.
    GiveUp,
}

/// What follows when an operation has now failed `failures` times in a row.
pub fn after_failure(settings: &RetrySettings, failures: u32) -> Retry {
    let used_up = settings.max_retries.is_some_and(|most| failures > most);
    if !settings.retry_on_failure || used_up {
        return Retry::GiveUp;
    }
    let uncapped = if settings.exponential_retry_delay {
        times_power_two_and_a_half(settings.retry_delay, failures)
    } else {
        settings.retry_delay
    };
    let capped = settings.exponential_retry_delay && uncapped > settings.max_retry_delay;
    let delay = if capped { settings.max_retry_delay } else { uncapped };
    Retry::After(Delay {
        failures,
        base: settings.retry_delay,
        uncapped: if capped { uncapped } else { Millis::ZERO },
        capped,
        ..Delay::new(delay, DelayRule::Retry)
    })
}

/// `n^2.5 × delay`, to the nearest millisecond. n² × √n instead of a power function: those two are exact to the last bit
/// on every machine.
#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "a float to integer cast saturates, which is what we want; delays of a config fit in 53 bits"
)]
fn times_power_two_and_a_half(delay: Millis, n: u32) -> Millis {
    let n = f64::from(n);
    Millis((n * n * n.sqrt() * delay.0 as f64).round() as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The delays before each retry in milliseconds, until the operation gives up (at most 8 of them).
    fn check(settings: RetrySettings, expect: &[u64]) {
        let mut delays = Vec::new();
        for failures in 1..=8 {
            match after_failure(&settings, failures) {
                Retry::After(delay) => delays.push(delay.ms.0),
                Retry::GiveUp => break,
            }
        }
        assert_eq!(delays, expect);
    }

    #[test]
    fn retry_delays_of_the_specification() {
        check(RetrySettings::default(), &[30_000, 169_706, 467_654, 960_000, 1_677_051]);
    }

    #[test]
    fn without_exponential_every_retry_waits_the_same_and_no_cap_applies() {
        let settings = RetrySettings {
            exponential_retry_delay: false,
            max_retry_delay: Millis::from_secs(10),
            ..RetrySettings::default()
        };
        check(settings, &[30_000; 5]);
    }

    #[test]
    fn the_cap_applies_to_exponential_delays() {
        let settings = RetrySettings { max_retry_delay: Millis::from_secs(100), ..RetrySettings::default() };
        check(settings, &[30_000, 100_000, 100_000, 100_000, 100_000]);
    }

    #[test]
    fn no_retry_when_switched_off_and_no_end_when_unlimited() {
        check(RetrySettings { retry_on_failure: false, ..RetrySettings::default() }, &[]);
        check(RetrySettings { max_retries: Some(0), ..RetrySettings::default() }, &[]);
        let unlimited = RetrySettings { max_retries: None, ..RetrySettings::default() };
        assert!(matches!(after_failure(&unlimited, u32::MAX), Retry::After(delay) if delay.capped));
    }
}
