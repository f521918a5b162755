//! A delay in words, from the delay's own fields: `nothing returned, 3rd time in a row: 300 s × 4 = 1200 s, capped at 600 s`.

use std::fmt::Write;

use crate::model::{Millis, Outcome};
use crate::rules::{Delay, DelayRule};

/// Why the next execution after one with this `result` comes when it does.
///
/// Which arithmetic was used shows in the fields: a last delay that was doubled (D2), or a base, a factor and a random part.
pub fn delay(delay: &Delay, result: Outcome) -> String {
    match delay.rule {
        DelayRule::NextDelay => format!("the answer asked for {}", seconds(delay.ms)),
        DelayRule::Immediate => "results: again at once (immediate re-execution)".to_owned(),
        DelayRule::Incomplete => "more to do: again at once".to_owned(),
        DelayRule::Retry => retry(delay),
        DelayRule::Lock if result == Outcome::BackOff => {
            format!("backed off: waits for a lock, looks again in {}", seconds(delay.ms))
        }
        DelayRule::Lock => format!("held by a lock: looks again in {}", seconds(delay.ms)),
        DelayRule::Exponential | DelayRule::Fixed | DelayRule::Disabled => {
            format!("{}: {}", occasion(delay, result), grown(delay))
        }
    }
}

/// A duration in seconds, as the settings write it: `169.706 s`.
pub fn seconds(duration: Millis) -> String {
    let (whole, rest) = (duration.0 / 1000, duration.0 % 1000);
    if rest == 0 {
        return format!("{whole} s");
    }
    format!("{whole}.{} s", format!("{rest:03}").trim_end_matches('0'))
}

/// `1st`, `2nd`, `3rd`, `4th`, `11th`.
pub fn ordinal(n: u32) -> String {
    let ending = match (n % 10, n % 100) {
        (_, 11..=13) => "th",
        (1, _) => "st",
        (2, _) => "nd",
        (3, _) => "rd",
        _ => "th",
    };
    format!("{n}{ending}")
}

fn occasion(delay: &Delay, result: Outcome) -> String {
    let what = match (delay.rule, result) {
        (DelayRule::Disabled, _) => "connector disabled, as if nothing returned",
        (_, Outcome::Incomplete) => "more to do, after the usual delay",
        _ if delay.streak == 0 => "results",
        _ => "nothing returned",
    };
    if delay.streak > 1 && result != Outcome::Incomplete {
        format!("{what}, {} time in a row", ordinal(delay.streak))
    } else {
        what.to_owned()
    }
}

/// The arithmetic of SPEC section 5.
fn grown(delay: &Delay) -> String {
    let total = if delay.capped { delay.uncapped } else { delay.ms };
    let mut sum = String::new();
    if delay.doubled > Millis::ZERO {
        let _ = write!(sum, "the last delay doubled, {} × 2", seconds(delay.doubled));
    } else {
        let before_random = total.0.saturating_sub(delay.random.0);
        let factor = before_random.checked_div(delay.base.0).unwrap_or(1);
        let lone = factor <= 1 && delay.random == Millis::ZERO;
        match (lone, delay.rule) {
            (true, DelayRule::Fixed) => sum.push_str("always "),
            (true, _) if !delay.capped => sum.push_str("the base delay, "),
            _ => {}
        }
        sum.push_str(&seconds(delay.base));
        if factor > 1 {
            let _ = write!(sum, " × {factor}");
        }
    }
    if delay.random > Millis::ZERO {
        let _ = write!(sum, " + {} at random", seconds(delay.random));
    }
    if sum.contains(['×', '+']) {
        let _ = write!(sum, " = {}", seconds(total));
    }
    capped(sum, delay)
}

fn retry(delay: &Delay) -> String {
    let total = if delay.capped { delay.uncapped } else { delay.ms };
    let n = delay.failures;
    let sum = if n > 1 && total != delay.base {
        format!("retry {n} of a failure: {n}^2.5 × {} = {}", seconds(delay.base), seconds(total))
    } else {
        format!("retry {n} of a failure: {}", seconds(total))
    };
    capped(sum, delay)
}

fn capped(mut sum: String, delay: &Delay) -> String {
    if delay.capped {
        let _ = write!(sum, ", capped at {}", seconds(delay.ms));
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Stream;
    use crate::rules::{
        DelaySettings, DelayState, Occasion, Retry, RetrySettings, Rules, after, after_failure,
    };

    fn check(made: Delay, result: Outcome, expect: &str) {
        assert_eq!(delay(&made, result), expect);
    }

    fn ruled(rules: Rules, settings: DelaySettings, k: u32, last: u64, results: bool) -> Delay {
        let state = DelayState { empty_streak: k, last_delay: Millis::from_secs(last) };
        let occasion = Occasion { next_delay: None, results, disabled: false };
        after(occasion, &settings, rules.set(), &state, &mut Stream::new(1, &["x"]))
    }

    fn base_300() -> DelaySettings {
        DelaySettings { delay: Some(Millis::from_secs(300)), ..DelaySettings::default() }
    }

    #[test]
    fn documented_delays() {
        let made = |k, results| ruled(Rules::Documented, base_300(), k, 0, results);
        check(made(1, false), Outcome::Complete, "nothing returned: the base delay, 300 s");
        check(made(2, false), Outcome::Complete, "nothing returned, 2nd time in a row: 300 s × 2 = 600 s");
        check(
            made(3, false),
            Outcome::Complete,
            "nothing returned, 3rd time in a row: 300 s × 4 = 1200 s, capped at 600 s",
        );
        check(made(0, true), Outcome::Complete, "results: the base delay, 300 s");
    }

    #[test]
    fn sdk_delays() {
        let made = |k, last, results| ruled(Rules::Sdk, DelaySettings::default(), k, last, results);
        check(made(1, 0, false), Outcome::Complete, "nothing returned: the base delay, 60 s");
        check(
            made(3, 120, false),
            Outcome::Complete,
            "nothing returned, 3rd time in a row: the last delay doubled, 120 s × 2 = 240 s",
        );
        check(
            made(0, 480, true),
            Outcome::Complete,
            "results: the last delay doubled, 480 s × 2 = 960 s, capped at 600 s",
        );
        check(
            made(0, 0, true),
            Outcome::Incomplete,
            "more to do, after the usual delay: the base delay, 60 s",
        );
    }

    #[test]
    fn random_and_fixed_delays() {
        let random = DelaySettings { random_delay: true, ..base_300() };
        let fixed = DelaySettings { exponential_back_off: false, ..base_300() };
        check(
            ruled(Rules::Documented, random, 1, 0, false),
            Outcome::Complete,
            "nothing returned: 300 s + 279 s at random = 579 s",
        );
        check(
            ruled(Rules::Sdk, random, 1, 0, false),
            Outcome::Complete,
            "nothing returned: 300 s + 278 s at random = 578 s",
        );
        check(
            ruled(Rules::Documented, fixed, 4, 0, false),
            Outcome::Complete,
            "nothing returned, 4th time in a row: always 300 s",
        );
        let long = DelaySettings { delay: Some(Millis::from_secs(900)), ..DelaySettings::default() };
        check(
            ruled(Rules::Documented, long, 1, 0, false),
            Outcome::Complete,
            "nothing returned: 900 s, capped at 600 s",
        );
    }

    #[test]
    fn retries() {
        let made = |settings: RetrySettings, n| match after_failure(&settings, n) {
            Retry::After(delay) => delay,
            Retry::GiveUp => panic!("no retry"),
        };
        let usual = RetrySettings::default();
        check(made(usual, 1), Outcome::Failed, "retry 1 of a failure: 30 s");
        check(made(usual, 2), Outcome::Failed, "retry 2 of a failure: 2^2.5 × 30 s = 169.706 s");
        let small = RetrySettings { max_retry_delay: Millis::from_secs(100), ..usual };
        check(
            made(small, 3),
            Outcome::Failed,
            "retry 3 of a failure: 3^2.5 × 30 s = 467.654 s, capped at 100 s",
        );
        let fixed = RetrySettings { exponential_retry_delay: false, ..usual };
        check(made(fixed, 3), Outcome::Failed, "retry 3 of a failure: 30 s");
    }

    #[test]
    fn the_rest() {
        let made = |rule| Delay::new(Millis::from_secs(45), rule);
        check(made(DelayRule::NextDelay), Outcome::Complete, "the answer asked for 45 s");
        check(
            made(DelayRule::Immediate),
            Outcome::Complete,
            "results: again at once (immediate re-execution)",
        );
        check(made(DelayRule::Incomplete), Outcome::Incomplete, "more to do: again at once");
        check(made(DelayRule::Lock), Outcome::Deferred, "held by a lock: looks again in 45 s");
        check(made(DelayRule::Lock), Outcome::BackOff, "backed off: waits for a lock, looks again in 45 s");
        let disabled = Delay {
            streak: 2,
            base: Millis::from_secs(45),
            ..Delay::new(Millis::from_secs(90), DelayRule::Disabled)
        };
        check(
            disabled,
            Outcome::Disabled,
            "connector disabled, as if nothing returned, 2nd time in a row: 45 s × 2 = 90 s",
        );
    }

    #[test]
    fn ordinals() {
        let words: Vec<_> = [1, 2, 3, 4, 11, 12, 13, 21, 112].map(ordinal).to_vec();
        assert_eq!(words.join(" "), "1st 2nd 3rd 4th 11th 12th 13th 21st 112th");
    }
}
