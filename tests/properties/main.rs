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

/// A log that keeps everything until one value of one event is put wrong.
fn broken(rules: Rules, event: &str, wrong: &[(&str, serde_json::Value)], expect: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/back-off/connector.toml");
    let (config, mut log) = log_of(&path, rules);
    assert!(Invariants::check(&config, rules, &log).is_ok());
    let at = log.iter().position(|line| line.contains(event)).unwrap();
    let mut line: serde_json::Value = serde_json::from_str(&log[at]).unwrap();
    for (key, value) in wrong {
        *line.pointer_mut(key).unwrap() = value.clone();
    }
    log[at] = line.to_string();
    let found = Invariants::check(&config, rules, &log).err().unwrap_or_default();
    assert!(found.starts_with(expect), "{event} {wrong:?}: {found:?}");
}

/// Each invariant can fail: a log that breaks it is caught, and for that reason.
#[test]
fn every_invariant_catches_a_log_that_breaks_it() {
    use Rules::{Documented, Sdk};
    let continued = r#""call":"continue","result":"complete","cursor_in":"#;
    broken(Documented, "\"deferred\"", &[("/call", "continue".into())], "a call inside an active lock");
    let global = r#""event":"lock-set","key":"global""#;
    broken(Sdk, global, &[("/until_ms", 9_999_999.into())], "a call inside an active lock");
    broken(Documented, continued, &[("/cursor_in", "other".into())], "the cursor is not the one last given");
    broken(Documented, continued, &[("/call", "begin".into())], "a begin after one that completed");
    broken(Documented, "\"begin\"", &[("/call", "continue".into())], "a continue before a begin");
    broken(Sdk, "\"begin\"", &[("/call", "continue".into())], "begin or continue against the cursor");
    broken(
        Documented,
        r#""channel":"b","started_by""#,
        &[("/channel", "a".into())],
        "two running operations",
    );
    broken(
        Documented,
        "\"took_ms\"",
        &[("/took_ms", 1.into())],
        "next_at_ms is not at_ms + took_ms + delay.ms",
    );
    let over = [("/delay/ms", 700_000.into()), ("/next_at_ms", 700_000.into())];
    broken(Documented, "\"exponential\"", &over, "an exponential delay over its cap");
}

#[test]
fn every_run_under_the_documented_rules_keeps_the_invariants() {
    check(Rules::Documented);
}

#[test]
fn every_run_under_the_sdk_rules_keeps_the_invariants() {
    check(Rules::Sdk);
}
