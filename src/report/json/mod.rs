//! Machine-readable reports: a run as one document, and the locks as SPEC section 9 fixes them.

mod rows;
mod sources;

use std::collections::BTreeMap;
use std::io::{self, Write};

use serde::Serialize;

use crate::event::{Ending, Input};
use crate::model::{Millis, Outcome, Status, VirtualTime, WorkType};
use crate::report::Summary;
use crate::report::expect::Checked;
use crate::report::summary::{Cause, Lock, Unstopped};
use crate::report::verdict::verdicts;
use crate::rules::{Row, Rows, Rules};

use rows::{ByWord, Each, Held, LockRow, OperationRow, Subject, holds_a_lock, is_zero};
use sources::SourceRow;

/// The schema of [`run`].
pub const RUN_SCHEMA: &str = "connector-cli/run/1";
/// The schema of [`locks`].
pub const LOCKS_SCHEMA: &str = "connector-cli/locks/1";

/// Writes everything that is known of a run, with a line break at the end. Of very many holds the
/// longest of each lock, or `all`.
///
/// # Errors
/// Whatever goes wrong with `to`.
pub fn run(summary: &Summary, expectations: &[Checked<'_>], all: bool, to: &mut dyn Write) -> io::Result<()> {
    let totals = summary.totals();
    let facts = summary.run();
    let finished = summary.finished();
    let locks = summary.locks().in_order();
    let operations = summary.operations();
    let holds = holds_a_lock(locks.iter().copied(), all);
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
        verdicts: verdicts(summary),
        sources: summary.sources().iter().map(SourceRow::new).collect(),
        settings: facts.map(|run| &run.settings),
        inputs: facts.map_or(&[], |run| &run.inputs),
        ended_at_ms: finished.map(|finished| finished.at),
        ending: finished.map(|finished| finished.ending),
        ending_reason: finished.map(|finished| &*finished.reason).filter(|reason| !reason.is_empty()),
        operations: Each(operations.iter().copied().map(OperationRow::new)),
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
        locks: Each(locks.iter().map(|lock| LockRow::new(summary, lock, holds))),
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

/// Writes `locks`, in the order given; of very many holds the longest of each, or `all`.
///
/// # Errors
/// Whatever goes wrong with `to`.
pub fn locks(summary: &Summary, locks: &[&Lock], all: bool, to: &mut dyn Write) -> io::Result<()> {
    let holds = holds_a_lock(locks.iter().copied(), all);
    let locks = Each(locks.iter().map(|lock| LockRow::new(summary, lock, holds)));
    write(&LocksDocument { schema: LOCKS_SCHEMA, locks }, to)
}

fn write(document: &impl Serialize, to: &mut dyn Write) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *to, document)?;
    to.write_all(b"\n")
}

#[derive(Serialize)]
struct Run<'a, O: Serialize, L: Serialize> {
    schema: &'static str,
    start: Option<&'a str>,
    duration_ms: Option<Millis>,
    seed: Option<u64>,
    rules: Option<Rules>,
    scope_key: Option<&'a str>,
    connectors: Vec<Connector<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    verdicts: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    sources: Vec<SourceRow<'a>>,
    settings: Option<&'a BTreeMap<String, serde_json::Value>>,
    inputs: &'a [Input],
    ended_at_ms: Option<VirtualTime>,
    ending: Option<Ending>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ending_reason: Option<&'a str>,
    operations: O,
    totals: Totals,
    locks: L,
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
struct LocksDocument<L: Serialize> {
    schema: &'static str,
    locks: L,
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
    let explainer = summary.explainer();
    let calls = summary.throttled().iter().take(LISTED);
    calls
        .map(|call| {
            let (because, lock_key) = match explainer.explain(call) {
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
    use std::borrow::Cow;

    use super::*;
    use crate::event::Fact;
    use crate::report::expect;
    use crate::report::testing::{Log, fixture};

    fn drawn(write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> String {
        let mut bytes = Vec::new();
        write(&mut bytes).unwrap();
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn a_run_as_one_document() {
        let (summary, config) = fixture("back-off", Rules::Sdk);
        let checked = expect::check(&summary, &config.expectations, Rules::Sdk);
        insta::assert_snapshot!(drawn(|to| run(&summary, &checked, false, to)));
    }

    /// Two locks that hold 60 000 operations each.
    #[test]
    fn of_very_many_holds_some_of_each_lock_are_listed() {
        let mut log = Log::new(Rules::Documented, 600);
        log.lock(0, "box", "box sync a", 100, None);
        log.lock(0, "other", "box sync b", 100, None);
        log.deferred(20, "box sync c", "box", 100, 100);
        let mut deferred = log.events().last().unwrap().clone();
        for line in 0..120_000 {
            let Fact::Execution(execution) = &mut deferred.fact else { panic!("no execution") };
            let execution = execution.to_mut();
            execution.subject.line = line + 10;
            execution.subject.channel = Some(Cow::Owned(line.to_string().into()));
            execution.waits_for.as_mut().unwrap().key = if line % 2 == 0 { "box" } else { "other" }.into();
            log.push(20, deferred.fact.clone());
        }
        let summary = log.summary();
        let listed = |all| {
            let text = drawn(|to| locks(&summary, &summary.locks().in_order(), all, to));
            let document: serde_json::Value = serde_json::from_str(&text).unwrap();
            let of = |lock: &serde_json::Value| {
                let holds = lock["holds"].as_array().unwrap().len();
                (holds, lock["holds_left_out"].as_u64(), lock["operations_held"].as_u64())
            };
            document["locks"].as_array().unwrap().iter().map(of).collect::<Vec<_>>()
        };
        assert_eq!(
            listed(false),
            [(50_000, Some(10_001), Some(60_001)), (50_000, Some(10_000), Some(60_000))]
        );
        assert_eq!(listed(true), [(60_001, None, Some(60_001)), (60_000, None, Some(60_000))]);
    }

    #[test]
    fn locks_have_the_fields_that_the_specification_fixes() {
        let (summary, _) = fixture("back-off", Rules::Documented);
        let text = drawn(|to| locks(&summary, &summary.locks().in_order(), false, to));
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
