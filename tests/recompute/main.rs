//! The numbers that `run` and `inspect-locks` show, recomputed from the event log's lines with nothing of the product's.

#![allow(clippy::unwrap_used, reason = "what cannot be unwrapped in a test is the test's failure")]

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

fn stdout(arguments: &str) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_connector-cli"))
        .args(arguments.split(' '))
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    assert!(
        matches!(output.status.code(), Some(0 | 1)),
        "{arguments}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).unwrap()
}

/// One (connector, work type, channel) as the log shows it.
#[derive(Default, Clone, PartialEq, Debug)]
struct Operation {
    started: u64,
    executions: u64,
    results: BTreeMap<String, u64>,
    records: u64,
    binaries: u64,
    aggregations: u64,
    stops: u64,
    throttled: u64,
    held: Vec<u64>,
    in_source: u64,
    last_result: Option<String>,
    held_since: Option<u64>,
}

/// A lock: from a set of its key while none is active until its expiry.
#[derive(Clone, PartialEq, Debug)]
struct Lock {
    key: String,
    kind: String,
    set_by: Value,
    from: u64,
    until: u64,
    times_set: u64,
    deferred: Vec<u64>,
}

/// Everything that is recomputed.
#[derive(Default)]
struct Recomputed {
    operations: BTreeMap<String, Operation>,
    locks: Vec<Lock>,
}

fn name(event: &Value) -> String {
    format!("{} {} {}", event["connector"], event["work_type"], event["channel"])
}

impl Recomputed {
    fn of(log: &str) -> Self {
        let mut recomputed = Self::default();
        for line in log.lines() {
            recomputed.event(&serde_json::from_str(line).unwrap());
        }
        recomputed.locks.sort_by(|a, b| (a.from, &a.key).cmp(&(b.from, &b.key)));
        recomputed
    }

    fn event(&mut self, event: &Value) {
        let at = event["at_ms"].as_u64().unwrap();
        match event["event"].as_str().unwrap() {
            "operation-started" => self.operations.entry(name(event)).or_default().started += 1,
            "stop-called" => self.operations.get_mut(&name(event)).unwrap().stops += 1,
            "execution" => self.execution(event, at),
            "lock-set" | "lock-extended" => self.lock(event, at),
            "run-finished" => {
                for operation in self.operations.values_mut() {
                    operation.held.extend(operation.held_since.take().map(|since| at - since));
                }
            }
            _ => {}
        }
    }

    fn execution(&mut self, event: &Value, at: u64) {
        let number = |key: &str| event[key].as_u64().unwrap_or(0);
        let operation = self.operations.get_mut(&name(event)).unwrap();
        let result = event["result"].as_str().unwrap();
        operation.executions += 1;
        *operation.results.entry(result.to_owned()).or_default() += 1;
        operation.records += number("records");
        operation.binaries += number("binaries");
        operation.aggregations += number("aggregations");
        operation.throttled += u64::from(event["while_throttled"] == true);
        operation.in_source += number("took_ms");
        operation.last_result = Some(result.to_owned());
        if result != "deferred" {
            operation.held.extend(operation.held_since.take().map(|since| at - since));
            return;
        }
        operation.held_since.get_or_insert(at);
        let decided = &event["waits_for"];
        let lock = self
            .locks
            .iter_mut()
            .rev()
            .find(|lock| lock.key == decided["key"] && lock.kind == decided["lock_type"]);
        lock.unwrap().deferred.push(number("next_at_ms") - at);
    }

    fn lock(&mut self, event: &Value, at: u64) {
        let until = event["until_ms"].as_u64().unwrap();
        if event["event"] == "lock-extended" {
            let lock = self
                .locks
                .iter_mut()
                .rev()
                .find(|lock| lock.key == event["key"] && lock.kind == event["lock_type"]);
            let lock = lock.unwrap();
            (lock.until, lock.set_by) = (until, event["set_by"].clone());
            lock.times_set += 1;
            return;
        }
        self.locks.push(Lock {
            key: event["key"].as_str().unwrap().to_owned(),
            kind: event["lock_type"].as_str().unwrap().to_owned(),
            set_by: event["set_by"].clone(),
            from: at,
            until,
            times_set: 1,
            deferred: Vec::new(),
        });
    }
}

/// Compares what the commands say of a config with its log.
fn check(config: &str, rules: &str) -> usize {
    let arguments = |command: &str| format!("{command} {config} --rules {rules}");
    let recomputed = Recomputed::of(&stdout(&format!("{} --event-log -", arguments("run"))));
    let run: Value = serde_json::from_str(&stdout(&format!("{} --format json", arguments("run")))).unwrap();
    let locks: Value =
        serde_json::from_str(&stdout(&format!("{} --format json", arguments("inspect-locks")))).unwrap();

    assert_eq!(run["operations"].as_array().unwrap().len(), recomputed.operations.len());
    for shown in run["operations"].as_array().unwrap() {
        let expect = &recomputed.operations[&name(shown)];
        let held = json!({
            "times": expect.held.len(),
            "ms": expect.held.iter().sum::<u64>(),
            "longest_ms": expect.held.iter().max().unwrap_or(&0),
        });
        let seen = [
            "started",
            "executions",
            "results",
            "records",
            "binaries",
            "aggregations",
            "stops",
            "calls_while_throttled",
            "held",
            "last_result",
        ]
        .map(|key| shown[key].clone());
        let expect = [
            json!(expect.started),
            json!(expect.executions),
            json!(expect.results),
            json!(expect.records),
            json!(expect.binaries),
            json!(expect.aggregations),
            json!(expect.stops),
            json!(expect.throttled),
            held,
            json!(expect.last_result),
        ];
        assert_eq!(seen, expect, "{config} under {rules}: {}", name(shown));
    }
    let sum = |of: &dyn Fn(&Operation) -> u64| recomputed.operations.values().map(of).sum::<u64>();
    assert_eq!(run["totals"]["executions"], sum(&|operation| operation.executions));
    assert_eq!(run["totals"]["records"], sum(&|operation| operation.records));
    assert_eq!(run["totals"]["held"]["ms"], sum(&|operation| operation.held.iter().sum()));

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
    let shown = locks["locks"].as_array().unwrap();
    let seen: Vec<Vec<Value>> =
        shown.iter().map(|lock| fixed.map(|key| lock[key].clone()).to_vec()).collect();
    let expect: Vec<Vec<Value>> = (recomputed.locks.iter())
        .map(|lock| {
            vec![
                json!(lock.key),
                json!(lock.kind),
                lock.set_by.clone(),
                json!(lock.from),
                json!(lock.until),
                json!(lock.times_set),
                json!(lock.deferred.len()),
                json!(lock.deferred.iter().sum::<u64>()),
            ]
        })
        .collect();
    assert_eq!(seen, expect, "{config} under {rules}");
    recomputed.locks.len()
}

#[test]
fn reports_say_what_the_log_says() {
    let mut locks = 0;
    for rules in ["documented", "sdk"] {
        for example in ["quickstart", "back-off", "lifecycle", "two-locks"] {
            locks += check(&format!("fixtures/{example}/connector.toml"), rules);
        }
        for number in 1..=24 {
            locks += check(&format!("fixtures/sdk-recordings/{number:02}/connector.toml"), rules);
        }
    }
    assert!(locks > 20, "only {locks} locks");
    assert!(Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").exists());
}
