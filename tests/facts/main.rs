//! What the published SDK did, and what an independent model of the specification says, fact by fact: the recordings in
//! `fixtures/sdk-recordings` and the examples' `facts.*.jsonl`, each under both rule sets.

#![allow(clippy::unwrap_used, reason = "what cannot be unwrapped in a test is the test's failure")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use connector_cli::config::{self, Overrides};
use connector_cli::event::RunEvent;
use connector_cli::rules::Rules;
use connector_cli::run;
use serde_json::{Map, Value};

/// The fields that facts are made of. `rule` is `delay.rule`.
const FIELDS: [&str; 21] = [
    "at_ms",
    "event",
    "connector",
    "work_type",
    "channel",
    "call",
    "result",
    "next_at_ms",
    "rule",
    "took_ms",
    "while_throttled",
    "channels",
    "records",
    "binaries",
    "aggregations",
    "cursor_in",
    "cursor_out",
    "key",
    "lock_type",
    "until_ms",
    "status",
];

/// What the recordings do not have.
const NOT_RECORDED: [&str; 4] = ["rule", "took_ms", "while_throttled", "lock_type"];

type Fact = BTreeMap<String, Value>;

/// An event as a fact: empty fields left out, `lock-set` for `lock-extended`, who set a lock left out.
fn fact(event: &Value) -> Option<Fact> {
    let event = event.as_object()?;
    let kind = event.get("event")?.as_str()?;
    let known = [
        "execution",
        "lock-set",
        "lock-extended",
        "operation-started",
        "operation-ended",
        "stop-called",
        "channel-added",
        "channel-updated",
        "channel-removed",
    ];
    if !known.contains(&kind) {
        return None;
    }
    let mut event: Map<String, Value> = event.clone();
    if kind == "lock-extended" {
        event.insert("event".into(), "lock-set".into());
    }
    if let Some(rule) = event.get("delay").and_then(|delay| delay.get("rule")).cloned() {
        event.insert("rule".into(), rule);
    }
    let is_empty = |value: &Value| match value {
        Value::Null => true,
        Value::Bool(flag) => !flag,
        Value::Number(number) => number.as_u64() == Some(0),
        Value::String(text) => text.is_empty(),
        _ => false,
    };
    let kept = event
        .into_iter()
        .filter(|(key, value)| FIELDS.contains(&key.as_str()) && (key == "at_ms" || !is_empty(value)));
    Some(kept.collect())
}

fn lines(
    facts: impl Iterator<Item = Fact>,
    leave_out: &[&str],
    events: &dyn Fn(&str) -> bool,
) -> Vec<String> {
    let mut lines: Vec<(u64, String)> = facts
        .filter(|fact| fact["event"].as_str().is_some_and(events))
        .map(|mut fact| {
            fact.retain(|key, _| !leave_out.contains(&key.as_str()));
            (fact["at_ms"].as_u64().unwrap(), serde_json::to_string(&fact).unwrap())
        })
        .collect();
    lines.sort();
    lines.into_iter().map(|(_, line)| line).collect()
}

fn read(path: &Path) -> impl Iterator<Item = Fact> {
    let text = fs::read_to_string(path).unwrap();
    let events: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    events.into_iter().filter_map(|event| fact(&event))
}

/// Runs a config under `rules`; the event log's lines.
fn log(path: &Path, rules: Rules) -> Vec<Value> {
    let overrides = Overrides { rules: Some(rules), ..Overrides::default() };
    let config =
        config::load(path, &overrides).unwrap_or_else(|problems| panic!("{}", problems.render(100, false)));
    let mut log = Vec::new();
    let mut observer = |event: &RunEvent<'_>| log.push(serde_json::to_value(event).unwrap());
    run::run(&config, rules, &mut run::NoPace, &mut observer);
    log
}

fn check(config: &Path, rules: Rules, facts: &Path) {
    let recorded = facts.ends_with("recorded.jsonl");
    let leave_out: &[&str] = if recorded { &NOT_RECORDED } else { &[] };
    let events = |event: &str| !recorded || !matches!(event, "operation-started" | "stop-called");
    let expect = lines(read(facts), leave_out, &events);
    let got = lines(log(config, rules).iter().filter_map(fact), leave_out, &events);
    let missing: Vec<_> = expect.iter().filter(|line| !got.contains(line)).collect();
    let extra: Vec<_> = got.iter().filter(|line| !expect.contains(line)).collect();
    assert!(
        missing.is_empty() && extra.is_empty() && expect.len() == got.len(),
        "{} under {rules}: {} facts expected, {} seen\nfirst missing: {:#?}\nfirst extra: {:#?}",
        config.display(),
        expect.len(),
        got.len(),
        missing.iter().take(5).collect::<Vec<_>>(),
        extra.iter().take(5).collect::<Vec<_>>(),
    );
}

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures")
}

#[test]
fn the_sdk_s_recordings_are_reproduced() {
    for number in 1..=24 {
        let folder = fixtures().join("sdk-recordings").join(format!("{number:02}"));
        check(&folder.join("connector.toml"), Rules::Sdk, &folder.join("recorded.jsonl"));
    }
}

#[test]
fn the_recordings_inputs_under_the_documented_rules() {
    for number in 1..=24 {
        let folder = fixtures().join("sdk-recordings").join(format!("{number:02}"));
        check(&folder.join("connector.toml"), Rules::Documented, &folder.join("documented.jsonl"));
    }
}

#[test]
fn the_examples_show_their_facts() {
    for example in ["quickstart", "back-off", "lifecycle"] {
        let folder = fixtures().join(example);
        for rules in Rules::ALL {
            check(&folder.join("connector.toml"), rules, &folder.join(format!("facts.{rules}.jsonl")));
        }
    }
}
