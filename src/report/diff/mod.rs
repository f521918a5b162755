//! Two runs side by side: what changed for people, per operation and in all.

mod change;
mod document;
mod fingerprint;
mod json;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use super::Summary;
use super::summary::{Cause, Operation, State};
use crate::event::{Fact, RunEvent};
use crate::model::{Outcome, Status, VirtualTime, WorkType};
use crate::rules::{DelayRule, Row};

pub use change::Change;
use change::{Kind, amounts};
pub use document::{markdown, text};
use fingerprint::Fingerprints;
pub use json::json;

/// One of the two runs.
#[derive(Debug, Default)]
pub struct Side {
    summary: Summary,
    retries: BTreeMap<u32, u64>,
    events: Fingerprints,
}

impl Side {
    /// Takes in one event. They have to come in the order of the log.
    pub fn observe(&mut self, event: &RunEvent<'_>) {
        self.summary.observe(event);
        if let Fact::Execution(execution) = &event.fact
            && execution.delay.as_deref().is_some_and(|delay| delay.rule == DelayRule::Retry)
        {
            *self.retries.entry(execution.subject.line).or_default() += 1;
        }
        self.events.push(event);
    }

    /// The run in numbers.
    pub const fn summary(&self) -> &Summary {
        &self.summary
    }
}

/// What changed from one run to the other.
#[derive(Clone, PartialEq, Debug)]
pub struct Difference {
    /// What was run that differs: rule set, seed, duration, settings. Key, before, now.
    pub settings: Vec<(String, Option<String>, Option<String>)>,
    /// In all operations together.
    pub totals: Vec<Change>,
    /// Rows of SPEC section 3 that made no difference to the other rule set before, and do now.
    pub rows_now: Vec<Row>,
    /// Rows that made one before, and do not now.
    pub rows_no_more: Vec<Row>,
    /// Operations that differ, in the order of their names; at last those that are gone.
    pub operations: Vec<OperationChange>,
    /// Operations that do not.
    pub unchanged: usize,
    /// The place of the first event that differs.
    pub first_event: Option<usize>,
    /// The two first events that differ, in words; filled in by whoever can read them again.
    pub first: [Option<String>; 2],
}

/// What changed for one operation.
#[derive(Clone, PartialEq, Debug)]
pub struct OperationChange {
    /// Its name.
    pub name: String,
    /// Whether it is new, gone, or neither.
    pub presence: Presence,
    /// What changed.
    pub changes: Vec<Change>,
    /// How much of it deserves a look: the more, the greater.
    pub weight: Weight,
}

/// How much has changed for an operation: that it gives up, or no longer; calls while the source throttles; how long it is
/// held; failures; executions.
pub type Weight = (bool, u64, u64, u64, u64);

/// From one of an operation to the other; none if it is not in that run.
fn weight<'o>(was: Option<Operation<'o>>, is: Option<Operation<'o>>) -> Weight {
    let given_up = |each: Operation<'_>| matches!(each.state(), State::Ended { status: Status::Failed, .. });
    let by = |amount: fn(Operation<'o>) -> u64| was.map_or(0, amount).abs_diff(is.map_or(0, amount));
    (
        was.is_some_and(given_up) != is.is_some_and(given_up),
        by(Operation::calls_while_throttled),
        by(|each| each.held().total.0),
        by(|each| each.result(Outcome::Failed)),
        by(Operation::executions),
    )
}

/// In which of the two runs an operation is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Presence {
    /// In both.
    Both,
    /// Only in the second.
    New,
    /// Only in the first.
    Gone,
}

impl Difference {
    /// Whether the two runs did the same.
    pub fn is_empty(&self) -> bool {
        self.first_event.is_none() && self.operations.is_empty() && self.totals.is_empty()
    }
}

type Key = (String, WorkType, Option<String>);

/// Compares two runs.
pub fn compare(before: &Side, now: &Side) -> Difference {
    let (was, is) = (operations(before), operations(now));
    let mut differing = Vec::new();
    let mut unchanged = 0;
    for (key, &operation) in &is {
        let earlier = was.get(key).copied();
        let changes = numbers(now, operation, earlier.map(|earlier| (before, earlier)));
        let presence = if earlier.is_none() { Presence::New } else { Presence::Both };
        if changes.is_empty() && presence == Presence::Both {
            unchanged += 1;
        } else {
            let weight = weight(earlier, Some(operation));
            differing.push(OperationChange { name: operation.name(), presence, changes, weight });
        }
    }
    for (_, &operation) in was.iter().filter(|(key, _)| !is.contains_key(key)) {
        differing.push(OperationChange {
            name: operation.name(),
            presence: Presence::Gone,
            changes: Vec::new(),
            weight: weight(Some(operation), None),
        });
    }
    let rows = |side: &Side| side.summary.differences().rows().map(|(row, ..)| row).collect::<Vec<_>>();
    let (rows_before, rows_after) = (rows(before), rows(now));
    Difference {
        settings: settings(&before.summary, &now.summary),
        totals: totals(before, now),
        rows_now: rows_after.iter().copied().filter(|row| !rows_before.contains(row)).collect(),
        rows_no_more: rows_before.iter().copied().filter(|row| !rows_after.contains(row)).collect(),
        operations: differing,
        unchanged,
        first_event: before.events.first_difference(&now.events),
        first: [None, None],
    }
}

fn operations(side: &Side) -> BTreeMap<Key, Operation<'_>> {
    let key = |operation: Operation<'_>| {
        (operation.connector().to_owned(), operation.work_type(), operation.channel().map(str::to_owned))
    };
    side.summary.operations().into_iter().map(|each| (key(each), each)).collect()
}

/// The numbers of one operation that differ.
fn numbers(now: &Side, operation: Operation<'_>, before: Option<(&Side, Operation<'_>)>) -> Vec<Change> {
    let of = |side: &Side, operation: Operation<'_>| {
        vec![
            (Kind::Executions, operation.executions()),
            (Kind::Retries, side.retries.get(&operation.line()).copied().unwrap_or(0)),
            (Kind::Failures, operation.result(Outcome::Failed)),
            (Kind::BackOffs, operation.result(Outcome::BackOff)),
            (Kind::LockWaits, operation.held().times),
            (Kind::Held, operation.held().total.0),
            (Kind::OwnBackOff, operation.waits().of(Cause::OwnBackOff).0),
            (Kind::CallsWhileThrottled, operation.calls_while_throttled()),
            (Kind::Records, operation.records()),
            (Kind::Binaries, operation.binaries()),
            (Kind::Aggregations, operation.aggregations()),
            (Kind::Stops, operation.stops()),
        ]
    };
    let was = before.map(|(side, operation)| of(side, operation)).unwrap_or_default();
    let mut changes = amounts(&was, &of(now, operation));
    let is = operation.state();
    changes.extend(before.and_then(|(_, earlier)| ending(earlier.state(), is)));
    changes
}

/// How and when an operation ended, where that differs.
fn ending(was: State<'_>, is: State<'_>) -> Option<Change> {
    match (was, is) {
        (State::Ended { at: was_at, status: was, .. }, State::Ended { at, status, .. }) => {
            if was != status {
                return Some(Change::of_words("ended", was.word(), status.word()));
            }
            (was_at != at).then(|| Change::of_moments(was_at, at))
        }
        (State::Ended { status, .. }, _) => Some(Change::of_words("ended", status.word(), "still running")),
        (_, State::Ended { status, .. }) => Some(Change::of_words("ended", "still running", status.word())),
        _ => None,
    }
}

fn totals(before: &Side, now: &Side) -> Vec<Change> {
    let of = |side: &Side| {
        let totals = side.summary.totals();
        vec![
            (Kind::Executions, totals.executions()),
            (Kind::Retries, side.retries.values().sum()),
            (Kind::Failures, totals.result(Outcome::Failed)),
            (Kind::BackOffs, totals.result(Outcome::BackOff)),
            (Kind::Locks, totals.locks),
            (Kind::LockWaits, totals.held.times),
            (Kind::Held, totals.held.total.0),
            (Kind::CallsWhileThrottled, totals.calls_while_throttled),
            (Kind::Records, totals.records),
            (Kind::Binaries, totals.binaries),
            (Kind::Aggregations, totals.aggregations),
            (Kind::Stops, totals.stops),
            (Kind::Warnings, totals.warnings),
        ]
    };
    let mut changes = amounts(&of(before), &of(now));
    let finished = |side: &Side| {
        let ends = side.summary.operations().into_iter().filter_map(|each| match each.state() {
            State::Ended { at, .. } if each.work_type() == WorkType::ContentRegistration => Some(Some(at)),
            _ if each.work_type() == WorkType::ContentRegistration => Some(None),
            _ => None,
        });
        // The last of the registrations, where all of them have ended: what people wait for.
        ends.collect::<Option<Vec<VirtualTime>>>().and_then(|ends| ends.into_iter().max())
    };
    if let (Some(was), Some(is)) = (finished(before), finished(now))
        && was != is
    {
        changes.push(Change::of_moments(was, is));
    }
    changes
}

/// What was run, where it differs.
fn settings(before: &Summary, now: &Summary) -> Vec<(String, Option<String>, Option<String>)> {
    let all = |summary: &Summary| {
        let mut all: BTreeMap<String, String> = BTreeMap::new();
        if let Some(run) = summary.run() {
            all.extend(run.settings.iter().map(|(key, value)| (key.clone(), value.to_string())));
            all.insert("rules".to_owned(), run.rules.to_string());
            all.insert("seed".to_owned(), run.seed.to_string());
            all.insert("duration".to_owned(), run.duration.to_string());
            all.insert("start".to_owned(), run.start.to_string());
            if let Some(key) = &run.scope_key {
                all.insert("scope_key".to_owned(), key.to_string());
            }
        }
        all
    };
    let (was, mut is) = (all(before), all(now));
    let mut changed = Vec::new();
    for (key, was) in was {
        let is = is.remove(&key);
        if is.as_ref() != Some(&was) {
            changed.push((key, Some(was), is));
        }
    }
    changed.extend(is.into_iter().map(|(key, is)| (key, None, Some(is))));
    changed.sort();
    changed
}
