//! The parts of the documents that stand for an operation, a lock, or one of them in another.

use serde::Serialize;

use crate::model::{LockType, Millis, Outcome, Status, VirtualTime, WorkType};
use crate::report::Summary;
use crate::report::summary::{self, Cause, Hold, Lock, Operation, State};
use crate::report::worst::worst;

#[derive(Serialize)]
pub(super) struct Subject<'a> {
    connector: &'a str,
    work_type: WorkType,
    #[serde(skip_serializing_if = "Option::is_none")]
    channel: Option<&'a str>,
}

impl<'a> Subject<'a> {
    pub(super) fn new(operation: Operation<'a>) -> Self {
        Self {
            connector: operation.connector(),
            work_type: operation.work_type(),
            channel: operation.channel(),
        }
    }

    pub(super) fn of(summary: &'a Summary, line: u32) -> Option<Self> {
        summary.line(line).map(Self::new)
    }
}

#[derive(Serialize)]
pub(super) struct Held {
    times: u64,
    ms: Millis,
    longest_ms: Millis,
}

impl From<summary::Held> for Held {
    fn from(held: summary::Held) -> Self {
        Self { times: held.times, ms: held.total, longest_ms: held.longest }
    }
}

/// Made one after the other while they are written: of many, that is a lot less than all of them.
pub(super) struct Each<I>(pub(super) I);

impl<I: Iterator<Item: Serialize> + Clone> Serialize for Each<I> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.clone())
    }
}

/// By word, in the order of the specification.
pub(super) struct ByWord<T>(Vec<(&'static str, T)>);

impl<T> FromIterator<(&'static str, T)> for ByWord<T> {
    fn from_iter<I: IntoIterator<Item = (&'static str, T)>>(words: I) -> Self {
        Self(words.into_iter().collect())
    }
}

impl<T: Serialize + Default + PartialEq> Serialize for ByWord<T> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(
            self.0.iter().filter(|(_, amount)| *amount != T::default()).map(|(word, amount)| (word, amount)),
        )
    }
}

#[derive(Serialize)]
pub(super) struct OperationRow<'a> {
    #[serde(flatten)]
    subject: Subject<'a>,
    started: u32,
    executions: u64,
    results: ByWord<u64>,
    channels: u64,
    records: u64,
    binaries: u64,
    aggregations: u64,
    stops: u64,
    locks: u64,
    calls_while_throttled: u64,
    held: Held,
    running_ms: Millis,
    spent_ms: ByWord<Millis>,
    /// Of its changes when they were submitted, where the source says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    mean_staleness_ms: Option<Millis>,
    #[serde(skip_serializing_if = "Option::is_none")]
    worst_staleness_ms: Option<Millis>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_result: Option<Outcome>,
    #[serde(skip_serializing_if = "str::is_empty")]
    last_reason: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_at_ms: Option<VirtualTime>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ended: Option<Ended<'a>>,
}

#[derive(Serialize)]
pub(super) struct Ended<'a> {
    at_ms: VirtualTime,
    status: Status,
    reason: &'a str,
}

impl<'a> OperationRow<'a> {
    pub(super) fn new(operation: Operation<'a>) -> Self {
        let (next_at_ms, ended) = match operation.state() {
            State::Running { next_at } => (Some(next_at), None),
            State::Ended { at, status, reason } => (None, Some(Ended { at_ms: at, status, reason })),
        };
        Self {
            subject: Subject::new(operation),
            started: operation.started(),
            executions: operation.executions(),
            results: Outcome::ALL.iter().map(|each| (each.word(), operation.result(*each))).collect(),
            channels: operation.channels(),
            records: operation.records(),
            binaries: operation.binaries(),
            aggregations: operation.aggregations(),
            stops: operation.stops(),
            locks: operation.locks_set(),
            calls_while_throttled: operation.calls_while_throttled(),
            held: operation.held().into(),
            running_ms: operation.running(),
            spent_ms: Cause::ALL.into_iter().map(|each| (each.word(), operation.waits().of(each))).collect(),
            mean_staleness_ms: operation.mean_staleness(),
            worst_staleness_ms: operation.mean_staleness().map(|_| operation.staleness().worst),
            last_result: operation.last_result(),
            last_reason: operation.last_reason(),
            next_at_ms,
            ended,
        }
    }
}

#[derive(Serialize)]
pub(super) struct LockRow<'a> {
    key: &'a str,
    lock_type: LockType,
    set_by: Option<Subject<'a>>,
    #[serde(skip_serializing_if = "str::is_empty")]
    reason: &'a str,
    from_ms: VirtualTime,
    until_ms: VirtualTime,
    times_set: u64,
    deferred_executions: u64,
    deferred_ms: Millis,
    operations_held: u64,
    held_ms: Millis,
    holds: Vec<HoldRow<'a>>,
    #[serde(skip_serializing_if = "is_zero")]
    holds_left_out: u64,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde calls it with a reference")]
pub(super) const fn is_zero(number: &u64) -> bool {
    *number == 0
}

#[derive(Serialize)]
pub(super) struct HoldRow<'a> {
    #[serde(flatten)]
    subject: Option<Subject<'a>>,
    from_ms: VirtualTime,
    until_ms: VirtualTime,
    polls: u32,
}

/// About so many holds are listed in a document, unless all are asked for.
const HOLDS: usize = 100_000;
/// And of each lock at least so many.
const LEAST_HOLDS: usize = 10;

/// How many holds to list of each lock.
pub(super) fn holds_a_lock<'l>(locks: impl Iterator<Item = &'l Lock>, all: bool) -> usize {
    let (mut locks_that_held, mut holds) = (0, 0);
    for lock in locks {
        locks_that_held += usize::from(!lock.holds.is_empty());
        holds += lock.holds.len();
    }
    if all || holds <= HOLDS { usize::MAX } else { (HOLDS / locks_that_held).max(LEAST_HOLDS) }
}

impl<'a> LockRow<'a> {
    /// With its `most` longest holds.
    pub(super) fn new(summary: &'a Summary, lock: &'a Lock, most: usize) -> Self {
        let (shown, rest) = worst(lock.holds.iter().collect(), most, |hold: &&Hold| hold.duration());
        let holds = shown.into_iter().map(|hold| HoldRow {
            subject: Subject::of(summary, hold.line),
            from_ms: hold.from,
            until_ms: hold.until,
            polls: hold.polls,
        });
        Self {
            key: &lock.key,
            lock_type: lock.lock_type,
            set_by: Subject::of(summary, lock.set_by),
            reason: &lock.reason,
            from_ms: lock.from,
            until_ms: lock.until,
            times_set: lock.times_set,
            deferred_executions: lock.deferred_executions,
            deferred_ms: lock.deferred,
            operations_held: lock.operations_held(),
            held_ms: lock.held(),
            holds: holds.collect(),
            holds_left_out: lock.holds_left_out + rest.len() as u64,
        }
    }
}
