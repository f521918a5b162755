//! Every kind of expectation, holding and not holding, with what `test` says of it.

use std::fs;

use crate::program::{Outcome, Program, check};

/// One hour with something of every kind in it.
const CONFIG: &str = r#"[simulation]
duration = "1h"

[content_manager.content_synchronisation]
exponential_back_off = false

[retry]
max_retries = 1

[semaphore_lock]
scope_key = "{connector_id}"

[[connectors]]
id = "box"

[connectors.source]
kind = "script"
channel_discovery = { steps = [{ channels = ["hr", "it"], new_channel_registrations = ["hr"] }] }

[connectors.source.content_synchronisation.hr]
steps = [
  { records = 3, binaries = 2, aggregations = 1, latency = "10s" },
  { result = "back-off", reason = "HTTP 429", semaphore_lock_type = "scoped", next_delay = "10m" },
  { result = "incomplete", records = 1 },
  { when = { cursor = "never" } },
]

[connectors.source.content_synchronisation.it]
steps = [{ result = "failed", reason = "HTTP 503" }, { result = "abandoned", reason = "deleted" }]

[connectors.source.content_registration.hr]
steps = [{ records = 100 }]

[[timeline]]
at = "40m"
change = "disable"
connector = "box"

[[timeline]]
at = "45m"
change = "register"
connector = "box"
channel = "it"

[[timeline]]
at = "50m"
change = "remove"
connector = "box"

"#;

/// Each kind: where, the condition that holds, the one that does not.
const KINDS: [(&str, &str, &str); 31] = [
    ("", "executions = { min = 10 }", "executions = 0"),
    ("", "complete = { min = 5, max = 50 }", "complete = { max = 2 }"),
    ("channel = \"hr\"", "incomplete = 1", "incomplete = 2"),
    ("channel = \"it\"", "failed = 1", "failed = 0"),
    ("", "abandoned = 1", "abandoned = { min = 2 }"),
    ("", "back_off = 1", "back_off = 0"),
    ("", "deferred = 1", "deferred = 0"),
    ("", "disabled = { min = 1 }", "disabled = 0"),
    ("", "removed = { min = 1 }", "removed = 0"),
    ("", "channel_not_found = 0", "channel_not_found = 1"),
    ("", "records = 104", "records = 105"),
    ("", "binaries = 2", "binaries = 0"),
    ("", "aggregations = 1", "aggregations = { min = 2 }"),
    ("", "locks = 1", "locks = 0"),
    ("", "calls_while_throttled = 0", "calls_while_throttled = 1"),
    ("", "stops = 1", "stops = 0"),
    ("", "warnings = 1", "warnings = 0"),
    ("", "unused_steps = 1", "unused_steps = 0"),
    ("", "held = \"5m 10s\"", "held = { max = \"1m\" }"),
    ("", "longest_held = { max = \"6m\" }", "longest_held = 0"),
    ("work_type = \"content-registration\", channel = \"hr\"", "ended = \"complete\"", "ended = \"failed\""),
    (
        "channel = \"it\", work_type = \"content-synchronisation\"",
        "ended = \"abandoned\"",
        "ended = \"complete\"",
    ),
    (
        "work_type = \"content-registration\", channel = \"hr\"",
        "finished_by = \"1m\"",
        "finished_by = { min = \"1m\" }",
    ),
    ("", "finished_by = { p50_max = \"55m\" }", "finished_by = { p50_max = 10 }"),
    ("", "held = { p50_max = 0 }", "held = { p99_max = \"10s\" }"),
    ("", "executions = { p90_max = 20 }", "executions = { p90_max = 1 }"),
    ("", "waiting_source = { max = \"1%\" }", "waiting_source = \"0%\""),
    ("", "waiting_delay = { min = \"50%\" }", "waiting_delay = { max = \"12.5%\" }"),
    ("channel = \"it\"", "waiting_retry = { min = \"0.01%\" }", "waiting_retry = \"0%\""),
    ("", "waiting_held = { max = \"10%\" }", "waiting_held = { max = \"1%\" }"),
    ("channel = \"hr\"", "waiting_own_back_off = { min = \"1%\" }", "waiting_own_back_off = \"0%\""),
];

fn run(condition: impl Fn(&(&'static str, &'static str, &'static str)) -> &'static str) -> Outcome {
    let mut config = CONFIG.to_owned();
    for kind in &KINDS {
        let condition = condition(kind);
        let filter = if kind.0.is_empty() { String::new() } else { format!("where = {{ {} }}\n", kind.0) };
        config.extend(["[[expect]]\nname = '", condition, "'\n", &filter, condition, "\n\n"]);
    }
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("connector.toml"), config).unwrap();
    let outcome = Program::new("test connector.toml").within(folder.path()).run();
    Outcome { stdout: crate::test::timeless(&outcome.stdout), ..outcome }
}

/// What [`check`] takes: something to run.
struct Done(Outcome);

impl Done {
    fn run(self) -> Outcome {
        self.0
    }
}

#[test]
fn each_kind_holds() {
    check!("expectations_hold", Done(run(|kind| kind.1)));
}

#[test]
fn each_kind_fails() {
    let outcome = run(|kind| kind.2);
    let failures = outcome.stdout.lines().filter(|line| line.starts_with("  ✗")).count();
    assert_eq!(failures, KINDS.len(), "{outcome}");
    check!("expectations_fail", Done(outcome));
}
