//! How long until the next execution (SPEC section 5), and why: every [`Delay`] explains itself.

use std::cell::Cell;

use super::{DelaySettings, Row, Rows, RuleSet};
use crate::model::{Draw, Millis, Stream};

/// The rule behind a delay: `delay.rule` of the event log (SPEC section 9).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DelayRule {
    /// The answer said when.
    NextDelay,
    /// `immediate_re_execution`, and there were results.
    Immediate,
    /// More to do: at once.
    Incomplete,
    /// `exponential_back_off` is on.
    Exponential,
    /// `exponential_back_off` is off.
    Fixed,
    /// The connector is disabled.
    Disabled,
    /// After a failure.
    Retry,
    /// A semaphore lock is in the way.
    Lock,
}

impl DelayRule {
    /// The word that output writes.
    pub const fn word(self) -> &'static str {
        match self {
            Self::NextDelay => "next-delay",
            Self::Immediate => "immediate",
            Self::Incomplete => "incomplete",
            Self::Exponential => "exponential",
            Self::Fixed => "fixed",
            Self::Disabled => "disabled",
            Self::Retry => "retry",
            Self::Lock => "lock",
        }
    }
}

/// A delay and the arithmetic behind it: `delay` of the event log. The other parts are logged where there are any.
#[derive(Clone, Copy, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
pub struct Delay {
    /// How long, from the end of the execution.
    pub ms: Millis,
    /// By which rule.
    pub rule: DelayRule,
    /// k: executions in a row that returned nothing, this one included.
    #[serde(default)]
    pub streak: u32,
    /// Failures in a row, this one included; only for a retry.
    #[serde(default, skip_serializing_if = "is_default")]
    pub failures: u32,
    /// The base delay that the rule started from.
    #[serde(rename = "base_ms", default, skip_serializing_if = "is_default")]
    pub base: Millis,
    /// The last delay that was doubled (D2); zero where none was.
    #[serde(rename = "doubled_ms", default, skip_serializing_if = "is_default")]
    pub doubled: Millis,
    /// The random part.
    #[serde(rename = "random_ms", default, skip_serializing_if = "is_default")]
    pub random: Millis,
    /// What the delay would have been without the cap; zero where the cap did not apply.
    #[serde(rename = "uncapped_ms", default, skip_serializing_if = "is_default")]
    pub uncapped: Millis,
    /// Whether the cap applied.
    #[serde(default)]
    pub capped: bool,
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

impl Delay {
    /// A delay that needs no arithmetic.
    pub const fn new(ms: Millis, rule: DelayRule) -> Self {
        Self {
            ms,
            rule,
            streak: 0,
            failures: 0,
            base: Millis::ZERO,
            doubled: Millis::ZERO,
            random: Millis::ZERO,
            uncapped: Millis::ZERO,
            capped: false,
        }
    }
}

/// What the delay rules remember of an operation.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct DelayState {
    /// k: Complete executions and disabled passes in a row that returned nothing (SPEC section 5).
    pub empty_streak: u32,
    /// The last delay that a Complete, an Incomplete or a disabled pass led to; zero where there is none (D2).
    pub last_delay: Millis,
}

impl DelayState {
    /// Counts a Complete execution or a disabled pass.
    pub const fn count(&mut self, returned_something: bool) {
        self.empty_streak = if returned_something { 0 } else { self.empty_streak.saturating_add(1) };
    }
}

/// Why the delay rules are asked.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Occasion {
    /// The delay that the answer itself asked for.
    pub next_delay: Option<Millis>,
    /// Whether channels (discovery), records or aggregations (content) came back.
    pub results: bool,
    /// A pass over a disabled connector: an execution without results.
    pub disabled: bool,
}

/// More to do: the next execution is at once.
pub const fn at_once() -> Delay {
    Delay::new(Millis::ZERO, DelayRule::Incomplete)
}

/// The delay after a Complete, a disabled pass, or (D4) an Incomplete registration. `state` has counted this execution;
/// its `last_delay` is still that of the one before.
pub fn after(
    occasion: Occasion,
    settings: &DelaySettings,
    rules: &RuleSet,
    state: &DelayState,
    stream: &mut impl Draw,
) -> Delay {
    let k = state.empty_streak;
    if let Some(next_delay) = occasion.next_delay {
        return Delay { streak: k, ..Delay::new(next_delay, DelayRule::NextDelay) };
    }
    if settings.immediate_re_execution && occasion.results {
        return Delay { streak: k, ..Delay::new(Millis::ZERO, DelayRule::Immediate) };
    }

    let base = settings.base(rules);
    let exponential = settings.exponential_back_off;
    let growing = exponential && (!occasion.results || rules.results_keep_doubling);
    let doubled = if growing && rules.doubles_last_delay { state.last_delay } else { Millis::ZERO };

    let starts_from_base = doubled == Millis::ZERO;
    let random = match (settings.random_delay, rules.random_inside) {
        (true, false) => draw(stream, 1, base.secs_ceil()),
        (true, true) if starts_from_base => draw(stream, 0, base.secs_ceil().saturating_sub(1)),
        _ => Millis::ZERO,
    };

    let (before, behind) = if rules.random_inside { (random, Millis::ZERO) } else { (Millis::ZERO, random) };
    let grown = if !starts_from_base {
        doubled.times(2)
    } else if growing && !rules.doubles_last_delay {
        (base + before).times(power_of_two(k.saturating_sub(1)))
    } else {
        base + before
    };
    let uncapped = grown + behind;
    let capped = exponential && uncapped > settings.max_delay;

    let rule = match (occasion.disabled, exponential) {
        (true, _) => DelayRule::Disabled,
        (false, true) => DelayRule::Exponential,
        (false, false) => DelayRule::Fixed,
    };
    Delay {
        streak: k,
        base,
        doubled,
        random,
        uncapped: if capped { uncapped } else { Millis::ZERO },
        capped,
        ..Delay::new(if capped { settings.max_delay } else { uncapped }, rule)
    }
}

/// [`after`] under one rule set after the other, each drawing the random numbers that the first one drew.
#[derive(Debug)]
pub struct Comparison<'a> {
    occasion: Occasion,
    settings: &'a DelaySettings,
    state: DelayState,
    stream: Stream,
    /// What was drawn last, and from which range. Ranges repeat, and drawing costs more than looking.
    drawn: Cell<Option<(u64, u64, u64)>>,
}

impl<'a> Comparison<'a> {
    /// Compares what follows `occasion`; `stream` as it was before the delay was decided.
    pub const fn new(
        occasion: Occasion,
        settings: &'a DelaySettings,
        state: DelayState,
        stream: Stream,
    ) -> Self {
        Self { occasion, settings, state, stream, drawn: Cell::new(None) }
    }

    /// The rows that can have a part in the delay.
    pub fn rows(&self) -> Rows {
        let Self { occasion, settings, .. } = self;
        if occasion.next_delay.is_some() || (settings.immediate_re_execution && occasion.results) {
            return Rows::NONE;
        }
        let exponential = settings.exponential_back_off;
        Rows::when(exponential && occasion.results, Row::D1)
            .union(Rows::when(exponential, Row::D2))
            .union(Rows::when(settings.random_delay, Row::D3))
            .union(Rows::when(settings.delay.is_none(), Row::D16))
    }

    /// The delay under `rules`.
    pub fn under(&self, rules: &RuleSet) -> Millis {
        after(self.occasion, self.settings, rules, &self.state, &mut &*self).ms
    }
}

/// What the first one drew; each range begins where the stream was then.
impl Draw for &Comparison<'_> {
    fn uniform(&mut self, low: u64, high: u64) -> u64 {
        match self.drawn.get() {
            Some((from, to, number)) if (from, to) == (low, high) => number,
            _ => {
                let number = self.stream.clone().uniform(low, high);
                self.drawn.set(Some((low, high, number)));
                number
            }
        }
    }
}

/// A uniform number of whole seconds in `low..=high`; nothing where that range is empty.
fn draw(stream: &mut impl Draw, low: u64, high: u64) -> Millis {
    if low > high { Millis::ZERO } else { Millis::from_secs(stream.uniform(low, high)) }
}

/// `2^exponent`, saturating.
fn power_of_two(exponent: u32) -> u64 {
    1u64.checked_shl(exponent).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::Rules;

    #[derive(Clone, Copy)]
    enum Answer {
        Empty,
        Results,
        NextDelay(u64),
    }
    use Answer::{Empty, NextDelay, Results};

    fn series(settings: &DelaySettings, answers: &[Answer], rules: Rules) -> Vec<u64> {
        let mut state = DelayState::default();
        let mut stream = Stream::new(0, &[]);
        let mut delays = Vec::new();
        for answer in answers {
            let results = matches!(answer, Results);
            let next_delay = if let NextDelay(s) = answer { Some(Millis::from_secs(*s)) } else { None };
            state.count(results);
            let occasion = Occasion { next_delay, results, disabled: false };
            let delay = after(occasion, settings, rules.set(), &state, &mut stream);
            state.last_delay = delay.ms;
            delays.push(delay.ms.0 / 1000);
        }
        delays
    }

    fn check(settings: DelaySettings, answers: &[Answer], documented: &[u64], sdk: &[u64]) {
        assert_eq!(series(&settings, answers, Rules::Documented), documented, "documented");
        assert_eq!(series(&settings, answers, Rules::Sdk), sdk, "sdk");
    }

    fn delay(seconds: u64) -> DelaySettings {
        DelaySettings { delay: Some(Millis::from_secs(seconds)), ..DelaySettings::default() }
    }

    fn up_to(seconds: u64, settings: DelaySettings) -> DelaySettings {
        DelaySettings { max_delay: Millis::from_secs(seconds), ..settings }
    }

    /// The worked table of SPEC section 5, row by row.
    #[test]
    fn worked_table() {
        check(DelaySettings::default(), &[Empty; 5], &[300, 600, 600, 600, 600], &[60, 120, 240, 480, 600]);
        check(delay(300), &[Empty; 4], &[300, 600, 600, 600], &[300, 600, 600, 600]);
        check(
            delay(300),
            &[Empty, Empty, Results, Empty, Empty],
            &[300, 600, 300, 300, 600],
            &[300, 600, 600, 600, 600],
        );
        check(
            up_to(3600, delay(300)),
            &[Empty, Empty, Empty, Empty, Empty, Results, Empty],
            &[300, 600, 1200, 2400, 3600, 300, 300],
            &[300, 600, 1200, 2400, 3600, 3600, 3600],
        );
        check(
            up_to(3600, delay(300)),
            &[Empty, NextDelay(45), Empty, Empty],
            &[300, 45, 1200, 2400],
            &[300, 45, 90, 180],
        );
        check(DelaySettings { exponential_back_off: false, ..delay(300) }, &[Empty; 3], &[300; 3], &[300; 3]);
        check(
            DelaySettings { immediate_re_execution: true, ..delay(300) },
            &[Results, Results, Empty, Empty],
            &[0, 0, 300, 600],
            &[0, 0, 300, 600],
        );
        check(up_to(600, delay(900)), &[Empty], &[600], &[600]);
    }

    #[test]
    fn a_long_streak_saturates() {
        let settings = up_to(crate::model::MAX_SECONDS, delay(crate::model::MAX_SECONDS));
        let state = DelayState { empty_streak: u32::MAX, last_delay: Millis::MAX };
        for rules in Rules::ALL {
            let occasion = Occasion { next_delay: None, results: false, disabled: false };
            let delay = after(occasion, &settings, rules.set(), &state, &mut Stream::new(0, &[]));
            assert_eq!(delay.ms, Millis::from_secs(crate::model::MAX_SECONDS));
            assert!(delay.capped);
        }
    }

    /// D3: `1..=delay` behind the doubling, before the cap; or `0..delay` inside it, drawn only at the start.
    #[test]
    fn random_part() {
        let settings = DelaySettings { random_delay: true, ..up_to(100_000, delay(10)) };
        let (mut least, mut most) = ([u64::MAX; 2], [0; 2]);
        for seed in 0..500 {
            for (at, rules) in Rules::ALL.into_iter().enumerate() {
                let mut stream = Stream::new(seed, &["x"]);
                let mut state = DelayState::default();
                state.count(false);
                let occasion = Occasion { next_delay: None, results: false, disabled: false };
                let first = after(occasion, &settings, rules.set(), &state, &mut stream).ms;
                least[at] = least[at].min(first.0 / 1000);
                most[at] = most[at].max(first.0 / 1000);
                state.last_delay = first;
                state.count(false);
                let second = after(occasion, &settings, rules.set(), &state, &mut stream);
                if rules.set().random_inside {
                    assert_eq!(second.ms, first.times(2));
                } else {
                    assert!((21_000..=30_000).contains(&second.ms.0));
                }
            }
        }
        assert_eq!((least, most), ([11, 10], [20, 19]));
    }

    #[test]
    fn a_delay_of_zero_has_no_random_part() {
        let settings = DelaySettings { random_delay: true, ..delay(0) };
        check(settings, &[Empty; 2], &[0, 0], &[0, 0]);
    }
}
