//! Machine-readable reports: a run as one document, and the locks as SPEC section 9 fixes them.

use std::collections::BTreeMap;
use std::io::{self, Write};

use serde::Serialize;

use super::Summary;
use super::expect::Checked;
use super::summary::{Cause, Lock, Operation, State, Unstopped};
use crate::event::{Ending, Input};
use crate::model::{LockType, Millis, Outcome, Status, VirtualTime, WorkType};
use crate::rules::{Row, Rows, Rules};

/// The schema of [`run`].
pub const RUN_SCHEMA: &str = "connector-cli/run/1";
/// The schema of [`locks`].
pub const LOCKS_SCHEMA: &str = "connector-cli/locks/1";

/// Writes everything that is known of a run, with a line break at the end.
///
/// # Errors
/// Whatever goes wrong with `to`.
pub fn run(summary: &Summary, expectations: &[Checked<'_>], to: &mut dyn Write) -> io::Result<()> {
    let totals = summary.totals();
    let facts = summary.run();
    let finished = summary.finished();
    let locks = summary.locks().in_order();
    let document = Run {
        schema: RUN_SCHEMA,
        start: facts.map(|run| &*run.start),
        duration_ms: facts.map(|run| run.duration),
        seed: facts.map(|run| run.seed),
        rules: facts.map(|run| run.rules),
        scope_key: facts.and_then(|run| run.scope_key.as_deref()),
        connectors: facts.map_or_else(Vec::new, |run| {
            run.connectors.iter().map(|(id, name)| Connector { id, display_name: name.as_deref() }).collect()
        }),
        settings: facts.map(|run| &run.settings),
        inputs: facts.map_or(&[], |run| &run.inputs),
        ended_at_ms: finished.map(|finished| finished.at),
        ending: finished.map(|finished| finished.ending),
        ending_reason: finished.map(|finished| &*finished.reason).filter(|reason| !reason.is_empty()),
        operations: summary.operations().into_iter().map(|(_, each)| OperationRow::new(each)).collect(),
        totals: Totals {
            operations: totals.operations,
            running: totals.running,
            ended: Status::ALL.iter().map(|each| (each.word(), totals.ended(*each))).collect(),
            executions: totals.executions(),
            results: Outcome::ALL.iter().map(|each| (each.word(), totals.result(*each))).collect(),
            records: totals.records,
            binaries: totals.binaries,
            aggregations: totals.aggregations,
            locks: totals.locks,
            calls_while_throttled: totals.calls_while_throttled,
            stops: totals.stops,
            warnings: totals.warnings,
            held: totals.held.into(),
            running_ms: totals.running_time,
            spent_ms: Cause::ALL.into_iter().map(|each| (each.word(), totals.waits.of(each))).collect(),
        },
        locks: locks.iter().map(|lock| LockRow::new(summary, lock)).collect(),
        calls_while_throttled: throttled(summary),
        expectations: expectations.iter().map(ExpectationRow::new).collect(),
        warnings: warnings(summary),
        differences: Differences {
            decisions: summary
                .differences()
                .groups()
                .map(|(what, group)| Decisions {
                    what,
                    times: group.times,
                    rows: group.rows,
                    first_at_ms: group.first_at,
                })
                .collect(),
            rows: summary
                .differences()
                .rows()
                .map(|(id, times, first_at_ms)| RowOf { id, name: id.difference().name, times, first_at_ms })
                .collect(),
        },
    };
    write(&document, to)
}

/// Writes `locks`, in the order given.
///
/// # Errors
/// Whatever goes wrong with `to`.
pub fn locks(summary: &Summary, locks: &[&Lock], to: &mut dyn Write) -> io::Result<()> {
    let locks = locks.iter().map(|lock| LockRow::new(summary, lock)).collect();
    write(&LocksDocument { schema: LOCKS_SCHEMA, locks }, to)
}

fn write(document: &impl Serialize, to: &mut dyn Write) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *to, document)?;
    to.write_all(b"\n")
}

#[derive(Serialize)]
struct Run<'a> {
    schema: &'static str,
    start: Option<&'a str>,
    duration_ms: Option<Millis>,
    seed: Option<u64>,
    rules: Option<Rules>,
    scope_key: Option<&'a str>,
    connectors: Vec<Connector<'a>>,
    settings: Option<&'a BTreeMap<String, serde_json::Value>>,
    inputs: &'a [Input],
    ended_at_ms: Option<VirtualTime>,
    ending: Option<Ending>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ending_reason: Option<&'a str>,
    operations: Vec<OperationRow<'a>>,
    totals: Totals,
    locks: Vec<LockRow<'a>>,
    calls_while_throttled: Vec<ThrottledRow<'a>>,
    expectations: Vec<ExpectationRow<'a>>,
    warnings: Vec<WarningRow<'a>>,
    differences: Differences,
}

#[derive(Serialize)]
struct Connector<'a> {
    id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    display_name: Option<&'a str>,
}

#[derive(Serialize)]
struct Subject<'a> {
    connector: &'a str,
    work_type: WorkType,
    #[serde(skip_serializing_if = "Option::is_none")]
    channel: Option<&'a str>,
}

impl<'a> Subject<'a> {
    fn new(operation: &'a Operation) -> Self {
        Self {
            connector: &operation.connector,
            work_type: operation.work_type,
            channel: operation.channel.as_deref(),
        }
    }

    fn of(summary: &'a Summary, line: u32) -> Option<Self> {
        summary.line(line).map(Self::new)
    }
}

#[derive(Serialize)]
struct Held {
    times: u64,
    ms: Millis,
    longest_ms: Millis,
}

impl From<super::summary::Held> for Held {
    fn from(held: super::summary::Held) -> Self {
        Self { times: held.times, ms: held.total, longest_ms: held.longest }
    }
}

/// By word, in the order of the specification.
struct ByWord<T>(Vec<(&'static str, T)>);

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
struct OperationRow<'a> {
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
struct Ended<'a> {
    at_ms: VirtualTime,
    status: Status,
    reason: &'a str,
}

impl<'a> OperationRow<'a> {
    fn new(operation: &'a Operation) -> Self {
        let (next_at_ms, ended) = match &operation.state {
            State::NotStarted => (None, None),
            State::Running { next_at } => (Some(*next_at), None),
            State::Ended { at, status, reason } => {
                (None, Some(Ended { at_ms: *at, status: *status, reason }))
            }
        };
        Self {
            subject: Subject::new(operation),
            started: operation.started,
            executions: operation.executions(),
            results: Outcome::ALL.iter().map(|each| (each.word(), operation.result(*each))).collect(),
            channels: operation.channels,
            records: operation.records,
            binaries: operation.binaries,
            aggregations: operation.aggregations,
            stops: operation.stops,
            locks: operation.locks_set,
            calls_while_throttled: operation.calls_while_throttled,
            held: operation.held.into(),
            running_ms: operation.running,
            spent_ms: Cause::ALL.into_iter().map(|each| (each.word(), operation.waits.of(each))).collect(),
            last_result: operation.last_result,
            last_reason: &operation.last_reason,
            next_at_ms,
            ended,
        }
    }
}

#[derive(Serialize)]
struct Totals {
    operations: u64,
    running: u64,
    ended: ByWord<u64>,
    executions: u64,
    results: ByWord<u64>,
    records: u64,
    binaries: u64,
    aggregations: u64,
    locks: u64,
    calls_while_throttled: u64,
    stops: u64,
    warnings: u64,
    held: Held,
    running_ms: Millis,
    spent_ms: ByWord<Millis>,
}

#[derive(Serialize)]
struct LocksDocument<'a> {
    schema: &'static str,
    locks: Vec<LockRow<'a>>,
}

#[derive(Serialize)]
struct LockRow<'a> {
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
    operations_held: usize,
    held_ms: Millis,
    holds: Vec<HoldRow<'a>>,
    #[serde(skip_serializing_if = "is_zero")]
    holds_left_out: u64,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde calls it with a reference")]
const fn is_zero(number: &u64) -> bool {
    *number == 0
}

#[derive(Serialize)]
struct HoldRow<'a> {
    #[serde(flatten)]
    subject: Option<Subject<'a>>,
    from_ms: VirtualTime,
    until_ms: VirtualTime,
    polls: u32,
}

impl<'a> LockRow<'a> {
    fn new(summary: &'a Summary, lock: &'a Lock) -> Self {
        let holds = lock.holds.iter().map(|hold| HoldRow {
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
            holds_left_out: lock.holds_left_out,
        }
    }
}

#[derive(Serialize)]
struct ThrottledRow<'a> {
    at_ms: VirtualTime,
    #[serde(flatten)]
    subject: Option<Subject<'a>>,
    /// `replaced`, `other-key`, `no-scope-key` or `no-lock`: why no lock stopped it.
    because: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    lock_key: Option<String>,
}

/// So many calls are listed; all are counted.
const LISTED: usize = 1_000;

fn throttled(summary: &Summary) -> Vec<ThrottledRow<'_>> {
    let calls = summary.throttled().iter().take(LISTED);
    calls
        .map(|call| {
            let (because, lock_key) = match summary.unstopped(call) {
                Unstopped::Replaced { key, .. } => ("replaced", Some(key.to_string())),
                Unstopped::OtherKey { key, .. } => ("other-key", Some(key.to_string())),
                Unstopped::NoScopeKey => ("no-scope-key", None),
                Unstopped::NoLock => ("no-lock", None),
            };
            ThrottledRow { at_ms: call.at, subject: Subject::of(summary, call.line), because, lock_key }
        })
        .collect()
}

#[derive(Serialize)]
struct ExpectationRow<'a> {
    name: &'a str,
    passed: bool,
    path: &'a str,
    line: usize,
    conditions: Vec<ConditionRow<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    no_match: Option<String>,
}

#[derive(Serialize)]
struct ConditionRow<'a> {
    measure: &'a str,
    expected: &'a str,
    seen: &'a str,
    passed: bool,
}

impl<'a> ExpectationRow<'a> {
    fn new(checked: &'a Checked<'_>) -> Self {
        let conditions = checked.conditions.iter().map(|each| ConditionRow {
            measure: &each.measure,
            expected: &each.expected,
            seen: &each.seen,
            passed: each.passed,
        });
        Self {
            name: &checked.expectation.name,
            passed: checked.passed(),
            path: &checked.expectation.place.0,
            line: checked.expectation.place.1,
            conditions: conditions.collect(),
            no_match: checked.no_match.as_ref().map(ToString::to_string),
        }
    }
}

#[derive(Serialize)]
struct WarningRow<'a> {
    code: &'a str,
    message: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    connector: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    work_type: Option<WorkType>,
    #[serde(skip_serializing_if = "Option::is_none")]
    channel: Option<&'a str>,
    times: u64,
    first_at_ms: VirtualTime,
    #[serde(skip_serializing_if = "is_zero")]
    unused_steps: u64,
}

fn warnings(summary: &Summary) -> Vec<WarningRow<'_>> {
    let groups = summary.warnings().groups().iter();
    groups
        .map(|group| WarningRow {
            code: &group.code,
            message: &group.message,
            connector: group.connector.as_deref(),
            work_type: group.work_type,
            channel: group.channel.as_deref(),
            times: group.times,
            first_at_ms: group.first_at,
            unused_steps: group.unused_steps,
        })
        .collect()
}

#[derive(Serialize)]
struct Differences {
    decisions: Vec<Decisions>,
    rows: Vec<RowOf>,
}

#[derive(Serialize)]
struct Decisions {
    what: &'static str,
    times: u64,
    rows: Rows,
    first_at_ms: VirtualTime,
}

#[derive(Serialize)]
struct RowOf {
    id: Row,
    name: &'static str,
    times: u64,
    first_at_ms: VirtualTime,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::expect;
    use crate::report::testing::fixture;

    fn drawn(write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> String {
        let mut bytes = Vec::new();
        write(&mut bytes).unwrap();
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn a_run_as_one_document() {
        let (summary, config) = fixture("back-off", Rules::Sdk);
        let checked = expect::check(&summary, &config.expectations, Rules::Sdk);
        insta::assert_snapshot!(drawn(|to| run(&summary, &checked, to)));
    }

    #[test]
    fn locks_have_the_fields_that_the_specification_fixes() {
        let (summary, _) = fixture("back-off", Rules::Documented);
        let text = drawn(|to| locks(&summary, &summary.locks().in_order(), to));
        let mut document: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(document["schema"], "connector-cli/locks/1");
        let fixed = [
            "key",
            "lock_type",
            "set_by",
            "from_ms",
            "until_ms",
            "times_set",
            "deferred_executions",
            "deferred_ms",
        ];
        for lock in document["locks"].as_array_mut().unwrap() {
            lock.as_object_mut().unwrap().retain(|name, _| fixed.contains(&name.as_str()));
        }
        let sync_b =
            serde_json::json!({"connector": "box", "work_type": "content-synchronisation", "channel": "b"});
        let discovery = serde_json::json!({"connector": "box", "work_type": "channel-discovery"});
        assert_eq!(
            document["locks"],
            serde_json::json!([
                {"key": "box", "lock_type": "scoped", "set_by": sync_b, "from_ms": 1000, "until_ms": 401_000,
                 "times_set": 2, "deferred_executions": 2, "deferred_ms": 499_000},
                {"key": "global", "lock_type": "global", "set_by": discovery, "from_ms": 1_901_000,
                 "until_ms": 2_301_000, "times_set": 1, "deferred_executions": 3, "deferred_ms": 1_001_000},
            ])
        );
    }
}
