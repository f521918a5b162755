//! `connector-cli inspect-locks` from outside.

use std::path::Path;

use crate::program::{Program, check};

/// Runs in the repository's folder, so that paths are the same everywhere.
fn program(arguments: &str) -> Program {
    Program::new(arguments).within(Path::new(env!("CARGO_MANIFEST_DIR")))
}

#[test]
fn two_overlapping_locks() {
    check!("locks_two", program("inspect-locks fixtures/two-locks/connector.toml"));
    check!(
        "locks_two_sdk_80",
        program("inspect-locks fixtures/two-locks/connector.toml --rules sdk").columns(80)
    );
    check!("locks_two_at_8m", program("inspect-locks fixtures/two-locks/connector.toml --at 8m"));
    check!(
        "locks_two_at_nothing",
        program("inspect-locks fixtures/two-locks/connector.toml --at 2026-01-05T09:20:00Z")
    );
    check!("locks_two_json", program("inspect-locks fixtures/two-locks/connector.toml --format json"));
}

#[test]
fn filters() {
    check!("locks_of_key", program("inspect-locks fixtures/two-locks/connector.toml --key con*"));
    check!("locks_of_no_key", program("inspect-locks fixtures/two-locks/connector.toml --key zzz"));
    check!("locks_of_type", program("inspect-locks fixtures/two-locks/connector.toml --type Global"));
    check!(
        "locks_of_connector",
        program("inspect-locks fixtures/two-locks/connector.toml --connector sharepoint")
    );
    check!("locks_of_nobody", program("inspect-locks fixtures/two-locks/connector.toml --connector nobody"));
}

/// A log in a folder of its own.
fn log() -> (tempfile::TempDir, String) {
    let log = program("run fixtures/two-locks/connector.toml --event-log -").run().stdout;
    (tempfile::tempdir().unwrap(), log)
}

#[test]
fn a_log_says_what_the_run_said() {
    let (folder, log) = log();
    for (name, text) in
        [("run.jsonl", log.clone()), ("run.log", format!("\u{feff}{}", log.replace('\n', "\r\n")))]
    {
        std::fs::write(folder.path().join(name), text).unwrap();
        for format in ["table", "json"] {
            let arguments = format!("inspect-locks {name} --format {format}");
            let of_log = Program::new(&arguments).within(folder.path()).run();
            let of_run =
                program(&format!("inspect-locks fixtures/two-locks/connector.toml --format {format}")).run();
            assert_eq!((of_log.code, of_log.stdout), (of_run.code, of_run.stdout), "{}", of_log.stderr);
        }
    }
}

#[test]
fn a_log_that_is_no_good() {
    let (folder, log) = log();
    let check = |name: &str, text: &str, expect: &str| {
        std::fs::write(folder.path().join("run.jsonl"), text).unwrap();
        let outcome = Program::new("inspect-locks run.jsonl").within(folder.path()).run();
        assert_eq!(
            (outcome.code, outcome.stdout.as_str(), outcome.stderr.as_str()),
            (Some(2), "", expect),
            "{name}"
        );
    };
    check(
        "cut off",
        &log[..log.len() - 30],
        "error: run.jsonl: line 47: the log is cut off in the middle of this line; was the run killed, or the disk full?\n",
    );
    let without_end: String = log.split_inclusive('\n').take(20).collect();
    check(
        "without its end",
        &without_end,
        "error: run.jsonl: the log ends after line 20 without run-finished: it is not the whole run; was the run killed?\n",
    );
    check(
        "newer",
        &log.replace("run-log/1", "run-log/2"),
        "error: run.jsonl: written by a newer connector-cli: its schema is connector-cli/run-log/2, this one reads \
         connector-cli/run-log/1; update, or write the log again\n",
    );
    let no_log = "error: run.jsonl: not an event log: its first line should be \
                  {\"event\":\"run-started\",\"schema\":\"connector-cli/run-log/1\",…}\n";
    check("not a log", "{\"hello\": 1}\n", no_log);
    check("not even JSON", "hello\n", no_log);
    check("empty", "", "error: run.jsonl: not an event log: it is empty\n");
}

#[test]
fn bad_usage() {
    check!("locks_at_after_the_end", program("inspect-locks fixtures/two-locks/connector.toml --at 31m"));
    check!(
        "locks_at_before_the_start",
        program("inspect-locks fixtures/two-locks/connector.toml --at 2020-01-01T00:00:00Z")
    );
    check!("locks_bad_at", program("inspect-locks fixtures/two-locks/connector.toml --at soon"));
    check!("locks_bad_key", program("inspect-locks fixtures/two-locks/connector.toml --key [a"));
    check!("locks_bad_type", program("inspect-locks fixtures/two-locks/connector.toml --type scope"));
    check!("locks_no_such_file", program("inspect-locks fixtures/two-lock/connector.toml"));
    let (folder, log) = log();
    std::fs::write(folder.path().join("run.jsonl"), log).unwrap();
    check!("locks_log_with_rules", Program::new("inspect-locks run.jsonl --rules sdk").within(folder.path()));
}
