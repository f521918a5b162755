use std::collections::BTreeMap;

use serde_json::Value;

use super::limits::Limits;
use super::{LeftOut, Trace};
use crate::model::Outcome;
use crate::report::testing::{self, Log};
use crate::rules::{DelayRule, Rules};

fn written(log: &Log) -> String {
    let (text, left_out) = limited(log, Limits::DEFAULT);
    assert_eq!(left_out, LeftOut::default());
    text
}

fn limited(log: &Log, limits: Limits) -> (String, LeftOut) {
    let mut bytes = Vec::new();
    let mut trace = Trace::limited(&mut bytes, limits);
    log.events().iter().for_each(|event| trace.observe(event));
    let left_out = trace.finish().unwrap();
    (String::from_utf8(bytes).unwrap(), left_out)
}

fn records(text: &str) -> Vec<Value> {
    let document: Value = serde_json::from_str(text).unwrap();
    document["traceEvents"].as_array().unwrap().clone()
}

/// What Perfetto asks of a trace.
fn check(log: &Log) -> Vec<Value> {
    check_text(&written(log))
}

fn check_text(text: &str) -> Vec<Value> {
    let records = records(text);
    let (mut open, mut flows, mut names) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
    for record in &records {
        let place = (record["pid"].as_u64().unwrap(), record["tid"].as_u64().unwrap());
        match record["ph"].as_str().unwrap() {
            "M" => {
                let what = record["name"].as_str().unwrap().to_owned();
                assert!(
                    names.insert((what, place), record["args"].clone()).is_none(),
                    "named twice: {record}"
                );
                continue;
            }
            "B" => open.entry(place).or_insert_with(Vec::new).push(record.clone()),
            "E" => {
                let begun = open.get_mut(&place).and_then(Vec::pop).expect("nothing is open");
                assert_eq!(begun["name"], record["name"]);
                assert!(begun["ts"].as_u64() <= record["ts"].as_u64());
            }
            "s" => assert!(flows.insert(record["id"].as_u64().unwrap(), record.clone()).is_none()),
            "f" => {
                let start = flows.remove(&record["id"].as_u64().unwrap()).expect("a flow without a start");
                assert_eq!(start["ts"], record["ts"]);
                assert_eq!((&start["name"], &start["cat"]), (&record["name"], &record["cat"]));
                assert_eq!(record["bp"], "e");
            }
            "X" => assert!(record["dur"].is_u64()),
            "i" => assert_eq!(record["s"], "t"),
            phase => panic!("unknown phase {phase}"),
        }
        assert!(record["ts"].is_u64(), "{record}");
        assert!(names.contains_key(&("thread_name".to_owned(), place)), "a thread without a name: {record}");
        let process = ("process_name".to_owned(), (place.0, place.0));
        assert!(names.contains_key(&process), "a process without a name: {record}");
    }
    assert!(open.values().all(Vec::is_empty), "still open: {open:?}");
    assert!(flows.is_empty(), "flows without an end: {flows:?}");
    let mut numbers: Vec<u64> =
        names.keys().filter(|(what, _)| what == "thread_name").map(|(_, at)| at.1).collect();
    numbers.extend(names.keys().filter(|(what, at)| what == "process_name" && at.1 != 3).map(|(_, at)| at.0));
    let all = numbers.len();
    numbers.sort_unstable();
    numbers.dedup();
    assert_eq!(numbers.len(), all, "a number is used twice");
    records
}

fn two_held() -> Log {
    let mut log = Log::new(Rules::Sdk, 600);
    log.start(0, "box sync hr").start(0, "box sync it");
    log.ran(0, "box sync hr", Outcome::BackOff).took(1).waits_for("box", 61).next_at(21, DelayRule::Lock);
    log.lock(1, "box", "box sync hr", 61, None);
    log.deferred(5, "box sync it", "box", 61, 25);
    log.deferred(21, "box sync hr", "box", 61, 41);
    log.deferred(25, "box sync it", "box", 61, 45);
    log.lock(30, "global", "box discovery", 90, None);
    log.deferred(41, "box sync hr", "global", 90, 61);
    log.deferred(45, "box sync it", "global", 90, 65);
    log.expired(61, "box");
    log.expired(90, "global");
    log.ran(101, "box sync it", Outcome::Complete).records(2).next_at(161, DelayRule::Exponential);
    log.lock(590, "box", "box sync it", 700, None);
    log.finish();
    log
}

#[test]
fn every_kind_of_event_makes_a_valid_trace() {
    check(&testing::everything());
}

#[test]
fn polls_are_one_slice_and_each_lock_that_decides_has_its_flow() {
    let records = check(&two_held());
    let waits: Vec<String> = records
        .iter()
        .filter(|record| record["ph"] == "X" && record["name"].as_str().unwrap().contains(": "))
        .map(|record| {
            format!(
                "{} {} {}+{}",
                record["tid"],
                record["name"].as_str().unwrap(),
                record["ts"],
                record["dur"]
            )
        })
        .collect();
    let expect = [
        "1 own back-off: box 1000000+20000000",
        "1 held: box 21000000+20000000",
        "4 held: box 5000000+40000000",
        "4 held: global 45000000+56000000",
        "1 held: global 41000000+559000000",
    ];
    assert_eq!(waits, expect);
    let flows = records.iter().filter(|record| record["ph"] == "s").count();
    assert_eq!(flows, 4);
}

/// Twenty operations: of the first half each sets a lock of its own, of the others each is held by one; the last one fails.
fn many() -> Log {
    let mut log = Log::new(Rules::Documented, 600);
    let names: Vec<String> = (0..20).map(|number| format!("box sync {number}")).collect();
    for name in &names {
        log.start(0, name);
    }
    for (at, (setter, held)) in (1..).zip(names.iter().zip(&names[10..])) {
        log.ran(at, setter, Outcome::Complete).next_at(at + 60, DelayRule::Fixed);
        log.lock(at, setter, setter, 100, None);
        log.deferred(at, held, setter, 100, 100);
    }
    log.ran(50, &names[19], Outcome::Failed).next_at(90, DelayRule::Retry);
    (0..20).for_each(|number| log.expired(100, &names[number % 10]));
    for name in &names {
        log.ran(101, name, Outcome::Complete).next_at(600, DelayRule::Fixed);
    }
    (0..4).for_each(|_| log.unused(600, "0", 1));
    log.finish();
    log
}

#[test]
fn of_many_operations_and_keys_the_first_and_those_to_look_at_have_tracks() {
    let limits = Limits { operations: 8, notable: 12, keys: 4, notes: 3, ..Limits::DEFAULT };
    let (text, left_out) = limited(&many(), limits);
    let records = check_text(&text);
    let threads: Vec<&str> = records
        .iter()
        .filter(|record| record["name"] == "thread_name")
        .filter_map(|record| record["args"]["name"].as_str())
        .collect();
    let operations = |number: usize| threads.contains(&format!("synchronisation {number}").as_str());
    let shown: Vec<usize> = (0..20).filter(|number| operations(*number)).collect();
    // Those that set a lock, and the one that failed.
    assert_eq!(shown, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 19]);
    assert_eq!(threads.iter().filter(|name| name.starts_with("scoped: ")).count(), 4);
    let expect = LeftOut { operations: 9, executions: 21, keys: 6, locks: 6, notes: 1, ..LeftOut::default() };
    assert_eq!(left_out, expect);
    let last = &records[records.len() - 1];
    assert_eq!(last["args"]["reason"].as_str(), expect.words().as_deref());
}

#[test]
fn a_trace_that_is_large_enough_ends_and_says_when() {
    let (text, left_out) = limited(&many(), Limits { bytes: 9_000, ..Limits::DEFAULT });
    assert!(text.len() < 15_000, "{}", text.len());
    let records = check_text(&text);
    let from = left_out.from.unwrap().0 * 1000;
    let after = records.iter().filter(|record| record["ts"].as_u64() > Some(from));
    let names: Vec<&str> = after.filter_map(|record| record["name"].as_str()).collect();
    assert_eq!(names, ["run finished", "left out of this trace"]);
    assert_eq!((left_out.operations, left_out.executions), (0, 34), "{left_out:?}");
}

#[test]
fn a_trace_of_a_small_run() {
    insta::assert_snapshot!(written(&two_held()));
}

#[test]
fn text_from_outside_stays_text() {
    let mut log = Log::new(Rules::Documented, 60);
    let channel = "</script>\"\\\u{0}\u{1b}[31m\u{202e}".to_owned() + &"x".repeat(1_000_000);
    let operation = format!("box sync {channel}");
    log.start(0, &operation);
    log.ran(1, &operation, Outcome::Failed)
        .reason(&channel)
        .edit(|each| each.cursor_in = Some(channel.clone().into()));
    log.finish();
    let text = written(&log);
    assert!(text.len() < 5_000, "{} bytes", text.len());
    assert!(!text.contains(['\u{1b}', '\u{202e}', '\u{0}']));
    check(&log);
}

#[test]
fn a_run_without_events_or_without_an_end_is_a_valid_trace_too() {
    let mut bytes = Vec::new();
    Trace::new(&mut bytes).finish().unwrap();
    assert!(records(std::str::from_utf8(&bytes).unwrap()).is_empty());
    let mut log = Log::new(Rules::Documented, 60);
    log.changed(1, "kill-switch-on");
    log.lock(3, "global", "box sync hr", 50, None);
    check(&log);
}

#[test]
fn what_cannot_be_written_is_said_at_the_end() {
    struct Full;
    impl std::io::Write for Full {
        fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
            Err(std::io::Error::other("disk full"))
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let mut trace = Trace::new(Full);
    two_held().events().iter().for_each(|event| trace.observe(event));
    assert_eq!(trace.finish().unwrap_err().to_string(), "disk full");
}
