//! A series of outcomes and the delays that they lead to, without running anything: what `simulate-backoff` shows
//! (SPEC section 10). Built on [`crate::rules`] alone, so a series and a run cannot disagree.

mod compare;
mod step;

use crate::model::{Draw, Millis, Outcome, Status, Stream, VirtualTime, WorkType};
use crate::rules::{
    self, Delay, DelayRule, DelaySettings, DelayState, Occasion, POLL_INTERVAL, Retry, RetrySettings, RuleSet,
};

pub use compare::Comparison;
pub use step::{MOST_ROWS, Step, Steps, WORDS};

/// What a series is made from.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Whose rules: an Incomplete, for one, differs between them.
    pub work_type: WorkType,
    /// The work type's settings.
    pub settings: DelaySettings,
    /// What follows failures.
    pub retry: RetrySettings,
    /// Whether a Complete registration goes on (D15).
    pub reschedule_on_complete: bool,
    /// Decides the random parts.
    pub seed: u64,
    /// The outcomes, in order.
    pub steps: Vec<Step>,
}

/// The delays of one rule set.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Series {
    /// One row an execution. Outcomes behind the end of the operation have none.
    pub rows: Vec<Row>,
    /// How the operation ended, if it did.
    pub ending: Option<Ending>,
}

/// One execution.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Row {
    /// When it starts.
    pub at: VirtualTime,
    /// The outcome that was given.
    pub step: Step,
    /// What the rules take it for.
    pub outcome: Outcome,
    /// How long until the next execution; none where the operation ends.
    pub delay: Option<Delay>,
    /// How often it looks for the lock that it waits for; 0 where it does not poll (D10).
    pub polls: u64,
    /// The least and the greatest that the delay can be; none where it is not random.
    pub range: Option<(Millis, Millis)>,
}

/// How the operation of a series ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Ending {
    /// As what.
    pub status: Status,
    /// When.
    pub at: VirtualTime,
    /// Failures in a row, for an operation that ended as Failed.
    pub failures: u32,
    /// When the first of these failures was.
    pub first_failure_at: VirtualTime,
    /// How many outcomes were left over.
    pub left_over: usize,
}

impl Plan {
    /// The series under `rules`, with one draw from the seed and the range of every random delay.
    pub fn series(&self, rules: &RuleSet) -> Series {
        let mut series = self.drawn(rules, &mut self.stream());
        if self.settings.random_delay {
            let least = self.drawn(rules, &mut crate::model::Always::Least);
            let greatest = self.drawn(rules, &mut crate::model::Always::Greatest);
            for ((row, least), greatest) in series.rows.iter_mut().zip(&least.rows).zip(&greatest.rows) {
                row.range = match (least.delay, greatest.delay) {
                    (Some(least), Some(greatest)) if least.ms < greatest.ms => Some((least.ms, greatest.ms)),
                    _ => None,
                };
            }
        }
        series
    }

    fn stream(&self) -> Stream {
        Stream::new(self.seed, &["simulate-backoff", self.work_type.word()])
    }

    /// The series under `rules` with these random numbers.
    fn drawn(&self, rules: &RuleSet, draw: &mut impl Draw) -> Series {
        let mut operation = Operation::default();
        let mut rows = Vec::with_capacity(self.steps.len());
        let mut at = VirtualTime::START;
        for (done, &step) in self.steps.iter().enumerate() {
            let outcome = self.outcome(step, rules);
            let next = self.apply(step, outcome, rules, &mut operation, at, draw);
            let polls = if rules.deferral_polls { polls(step) } else { 0 };
            rows.push(Row { at, step, outcome, delay: next.ok(), polls, range: None });
            match next {
                Ok(delay) => at = at + delay.ms,
                Err(status) => {
                    let ending = Ending {
                        status,
                        at,
                        failures: operation.failures,
                        first_failure_at: operation.first_failure_at,
                        left_over: self.steps.len() - done - 1,
                    };
                    return Series { rows, ending: Some(ending) };
                }
            }
        }
        Series { rows, ending: None }
    }

    /// What the rules take a step for. An Incomplete discovery is a Failed one unless D12 says otherwise.
    fn outcome(&self, step: Step, rules: &RuleSet) -> Outcome {
        match step {
            Step::Empty | Step::Results | Step::NextDelay(_) => Outcome::Complete,
            Step::Incomplete if self.work_type.is_content() || rules.discovery_incomplete => {
                Outcome::Incomplete
            }
            Step::Incomplete | Step::Failed => Outcome::Failed,
            Step::Disabled => Outcome::Disabled,
            Step::BackOff(_) => Outcome::BackOff,
        }
    }

    /// SPEC section 4, step 6, as far as delays go: the delay until the next execution, or how the operation ends.
    fn apply(
        &self,
        step: Step,
        outcome: Outcome,
        rules: &RuleSet,
        operation: &mut Operation,
        at: VirtualTime,
        draw: &mut impl Draw,
    ) -> Result<Delay, Status> {
        let registration = self.work_type == WorkType::ContentRegistration;
        match outcome {
            Outcome::Failed => {
                if operation.failures == 0 {
                    operation.first_failure_at = at;
                }
                operation.failures = operation.failures.saturating_add(1);
                return match rules::after_failure(&self.retry, operation.failures) {
                    Retry::After(delay) => Ok(delay),
                    Retry::GiveUp => Err(Status::Failed),
                };
            }
            Outcome::BackOff => return Ok(Delay::new(lock_wait(step, rules), DelayRule::Lock)),
            Outcome::Disabled if !rules.disabled_resets_failures => {}
            _ => operation.failures = 0,
        }
        let goes_on = self.reschedule_on_complete && !rules.registration_never_reschedules;
        if outcome == Outcome::Complete && registration && !goes_on {
            return Err(Status::Complete);
        }

        let results = step == Step::Results;
        let delay =
            if outcome == Outcome::Incomplete && !(registration && rules.registration_incomplete_delays) {
                rules::at_once()
            } else {
                if outcome != Outcome::Incomplete {
                    operation.delays.count(results);
                }
                let next_delay = if let Step::NextDelay(delay) = step { Some(delay) } else { None };
                let occasion = Occasion { next_delay, results, disabled: outcome == Outcome::Disabled };
                rules::after(occasion, &self.settings, rules, &operation.delays, draw)
            };
        operation.delays.last_delay = delay.ms;
        Ok(delay)
    }
}

/// How long an operation that backed off waits for its own lock. Where deferrals poll (D10), it runs at the first poll
/// that does not find the lock active.
fn lock_wait(step: Step, rules: &RuleSet) -> Millis {
    match step {
        Step::BackOff(_) if rules.deferral_polls => POLL_INTERVAL.times(polls(step)),
        Step::BackOff(lock) => lock,
        _ => Millis::ZERO,
    }
}

/// How many polls it takes until the lock of a BackOff is gone: at least one, since a BackOff is followed by one in any
/// case.
fn polls(step: Step) -> u64 {
    if let Step::BackOff(lock) = step { lock.0.div_ceil(POLL_INTERVAL.0).max(1) } else { 0 }
}

/// What the operation of a series remembers.
#[derive(Default)]
struct Operation {
    delays: DelayState,
    failures: u32,
    first_failure_at: VirtualTime,
}

#[cfg(test)]
mod tests;
