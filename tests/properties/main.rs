//! Properties that every run has, whatever the config: checked from the event log alone, over many generated configs and
//! under both rule sets.

#![allow(clippy::unwrap_used, reason = "what cannot be unwrapped in a test is the test's failure")]

mod generate;
mod invariants;

use std::path::Path;

use connector_cli::config::{self, Overrides};
use connector_cli::event::RunEvent;
use connector_cli::rules::Rules;
use connector_cli::run;
use invariants::Invariants;

/// How many configs; each is run under both rule sets, twice.
const CONFIGS: u64 = 60;

/// Runs the config at `path`; the event log as it would be written.
fn log_of(path: &Path, rules: Rules) -> (config::ConnectorConfig, Vec<String>) {
    let overrides = Overrides { rules: Some(rules), ..Overrides::default() };
    let config =
        config::load(path, &overrides).unwrap_or_else(|problems| panic!("{}", problems.render(120, false)));
    let mut log = Vec::new();
    let mut observer = |event: &RunEvent<'_>| log.push(serde_json::to_string(event).unwrap());
    run::run(&config, rules, &mut run::NoPace, &mut observer);
    (config, log)
}

fn check(rules: Rules) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("connector.toml");
    let (mut calls, mut deferred, mut locks) = (0, 0, 0);
    for seed in 0..CONFIGS {
        let text = generate::config(seed);
        std::fs::write(&path, &text).unwrap();
        let (config, log) = log_of(&path, rules);
        let seen = Invariants::check(&config, rules, &log)
            .unwrap_or_else(|broken| panic!("seed {seed} under {rules}: {broken}\n\n{text}"));
        let (_, again) = log_of(&path, rules);
        assert_eq!(log, again, "seed {seed} under {rules}: not the same bytes twice\n\n{text}");
        calls += seen.calls;
        deferred += seen.deferred;
        locks += seen.locks;
    }
    // The generator is worth something only while it reaches what the invariants are about.
    assert!(
        calls > 2_000 && deferred > 100 && locks > 200,
        "{calls} calls, {deferred} deferred, {locks} locks"
    );
}

#[test]
fn every_run_under_the_documented_rules_keeps_the_invariants() {
    check(Rules::Documented);
}

#[test]
fn every_run_under_the_sdk_rules_keeps_the_invariants() {
    check(Rules::Sdk);
}
