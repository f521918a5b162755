//! The events nearest to the reason why an expectation does not hold: found in a second run, which is the same to the byte,
//! so that those that hold cost nothing.

use std::collections::VecDeque;

use crate::config::{Bound, Condition, Expectation, Filter, Measure};
use crate::event::{Execution, Fact, RunEvent, Subject};
use crate::model::{Cause, Millis, Outcome};
use crate::report::{Style, narrate};
use crate::rules::DelayRule;

/// So many events are shown for one condition.
const SHOWN: usize = 4;
/// So many locks are shown that were set before the first of them.
const LOCKS: usize = 2;

/// Looks for the events that explain one failed condition.
pub(super) struct Witness<'e> {
    filter: &'e Filter,
    measure: Measure,
    /// Matching events that are allowed, and no reason.
    allowed: u64,
    /// There should have been more: what the operations did last is shown.
    too_few: bool,
    matched: u64,
    first: Vec<String>,
    /// Where there was too little: the last that counted, and the last executions of all.
    last: [VecDeque<(u64, String)>; 2],
    locks: VecDeque<(u64, String)>,
}

impl<'e> Witness<'e> {
    /// For a condition of `expectation` that does not hold; `below`: there was too little of it.
    pub(super) fn new(expectation: &'e Expectation, condition: &Condition, below: bool) -> Self {
        let allowed = match (condition.measure, condition.bound) {
            (
                Measure::Held
                | Measure::LongestHeld
                | Measure::Records
                | Measure::Binaries
                | Measure::Aggregations,
                _,
            ) => 0,
            (_, Bound::Range { max: Some(max), .. }) => max,
            _ => 0,
        };
        Self {
            filter: &expectation.filter,
            measure: condition.measure,
            allowed,
            too_few: below || condition.measure == Measure::FinishedBy,
            matched: 0,
            first: Vec::new(),
            last: Default::default(),
            locks: VecDeque::new(),
        }
    }

    /// Takes in one event.
    pub(super) fn observe(&mut self, event: &RunEvent<'_>) {
        let words = || narrate::event(event, &Style::plain(100));
        let matches = self.matches(&event.fact);
        if self.too_few {
            let ran = matches!(event.fact, Fact::Execution(_) | Fact::OperationEnded(_));
            let covered = ran && subject(&event.fact).is_some_and(|subject| self.covers(subject));
            let [counted, executions] = &mut self.last;
            for last in [(matches, counted), (covered, executions)] {
                if let (true, last) = last {
                    keep_last(last, SHOWN / 2, (event.seq, words()));
                }
            }
            return;
        }
        if matches {
            self.matched += 1;
            if self.matched > self.allowed && self.first.len() < SHOWN {
                self.first.push(words());
            }
        } else if matches!(event.fact, Fact::LockSet(_) | Fact::LockExtended(_)) && self.first.is_empty() {
            keep_last(&mut self.locks, LOCKS, (event.seq, words()));
        }
    }

    /// What was found, in order.
    pub(super) fn events(self) -> Vec<String> {
        let mut events: Vec<String> = Vec::new();
        if matches!(self.measure, Measure::CallsWhileThrottled | Measure::Held | Measure::LongestHeld) {
            events.extend(self.locks.into_iter().map(|(_, words)| words));
        }
        let shown = self.first.len() as u64 + self.allowed;
        events.extend(self.first);
        if self.matched > shown {
            events.push(format!("… and {} more", self.matched - shown));
        }
        let mut last: Vec<(u64, String)> = self.last.into_iter().flatten().collect();
        last.sort_unstable();
        last.dedup();
        events.extend(last.into_iter().map(|(_, words)| words));
        events
    }

    fn covers(&self, subject: &Subject<'_>) -> bool {
        let allows =
            |wanted: Option<&String>, found: Option<&str>| wanted.is_none_or(|wanted| found == Some(wanted));
        allows(self.filter.connector.as_ref(), Some(&subject.connector))
            && allows(self.filter.channel.as_ref(), subject.channel())
            && self.filter.work_type.is_none_or(|work_type| work_type == subject.work_type)
    }

    fn matches(&self, fact: &Fact<'_>) -> bool {
        if let (Fact::Warning(warning), Measure::Warnings | Measure::UnusedSteps) = (fact, self.measure) {
            return self.measure == Measure::Warnings || warning.unused_steps.is_some();
        }
        if !subject(fact).is_some_and(|subject| self.covers(subject)) {
            return false;
        }
        match (self.measure, fact) {
            (Measure::Executions, Fact::Execution(_))
            | (Measure::Locks, Fact::LockSet(_))
            | (Measure::Stops, Fact::StopCalled(_))
            | (Measure::Ended | Measure::FinishedBy, Fact::OperationEnded(_)) => true,
            (Measure::Waiting(cause), Fact::Execution(execution)) => leads_to(execution, cause),
            (Measure::Result(outcome), Fact::Execution(execution)) => execution.result == outcome,
            (Measure::CallsWhileThrottled, Fact::Execution(execution)) => execution.while_throttled,
            (Measure::Records, Fact::Execution(execution)) => execution.records.is_some_and(|n| n > 0),
            (Measure::Binaries, Fact::Execution(execution)) => execution.binaries.is_some_and(|n| n > 0),
            (Measure::Aggregations, Fact::Execution(execution)) => {
                execution.aggregations.is_some_and(|n| n > 0)
            }
            (Measure::Held | Measure::LongestHeld, Fact::Execution(execution)) => {
                execution.result == Outcome::Deferred
            }
            _ => false,
        }
    }
}

/// Whether an execution is what time of this kind is spent on, or waits so afterwards.
fn leads_to(execution: &Execution<'_>, cause: Cause) -> bool {
    let rule = execution.delay.as_deref().map(|delay| delay.rule);
    match cause {
        Cause::Source => execution.took_ms > Millis::ZERO,
        Cause::Retry => rule == Some(DelayRule::Retry),
        Cause::Lock => execution.result == Outcome::Deferred,
        Cause::OwnBackOff => execution.result == Outcome::BackOff,
        Cause::Disabled => execution.result == Outcome::Disabled,
        Cause::Policy => {
            rule.is_some_and(|rule| !matches!(rule, DelayRule::Retry | DelayRule::Lock | DelayRule::Disabled))
        }
        Cause::KillSwitch => false,
    }
}

fn keep_last(kept: &mut VecDeque<(u64, String)>, most: usize, event: (u64, String)) {
    if kept.len() == most {
        kept.pop_front();
    }
    kept.push_back(event);
}

/// The operation that an event is about.
fn subject<'f>(fact: &'f Fact<'_>) -> Option<&'f Subject<'f>> {
    match fact {
        Fact::OperationStarted(started) => Some(&started.subject),
        Fact::Execution(execution) => Some(&execution.subject),
        Fact::LockSet(lock) | Fact::LockExtended(lock) => Some(&lock.set_by),
        Fact::StopCalled(stop) => Some(&stop.subject),
        Fact::OperationEnded(ended) => Some(&ended.subject),
        _ => None,
    }
}
