//! Datasets end to end: the quota example in both rule sets, nothing lost or repeated, and a source that loses something is
//! caught.

#![allow(clippy::unwrap_used, reason = "what cannot be unwrapped in a test is the test's failure")]

mod losing;

use std::fs;
use std::path::Path;

use connector_cli::config::{self, ConnectorConfig, Overrides};
use connector_cli::engine::Engine;
use connector_cli::event::{Fact, RunEvent, RunFinished};
use connector_cli::model::{Outcome, WorkType};
use connector_cli::report::{Summary, verdict};
use connector_cli::rules::Rules;
use connector_cli::source::{self, ContentSource};

/// What a run came to.
struct Run {
    summary: Summary,
    finished: RunFinished<'static>,
    warnings: Vec<String>,
    log: String,
}

impl Run {
    fn counted(&self, work_type: WorkType) -> source::Tally {
        self.finished
            .audits
            .iter()
            .map(|audit| audit.tally)
            .find(|tally| tally.work_type == work_type)
            .unwrap()
    }
}

fn run(config: &ConnectorConfig, rules: Rules, sources: Vec<Box<dyn ContentSource + '_>>) -> Run {
    let mut run = Run {
        summary: Summary::new(),
        finished: serde_json::from_str("{\"ending\":\"duration\",\"executions\":0,\"results\":{},\"records\":0,\"binaries\":0,\"aggregations\":0,\"locks\":0,\"calls_while_throttled\":0,\"stops\":0,\"warnings\":0}").unwrap(),
        warnings: Vec::new(),
        log: String::new(),
    };
    let mut observer = |event: &RunEvent<'_>| {
        run.summary.observe(event);
        let line = serde_json::to_string(event).unwrap();
        match &event.fact {
            Fact::Warning(warning) => run.warnings.push(format!("{}: {}", warning.code, warning.message)),
            Fact::RunFinished(_) => run.finished = serde_json::from_str(&line).unwrap(),
            _ => {}
        }
        if run.log.len() < 1 << 20 {
            run.log.push_str(&line);
            run.log.push('\n');
        }
    };
    let mut engine = Engine::new(config, rules.set(), sources);
    engine.start(&mut observer, config.run_started(rules));
    while let Some(now) = engine.next_instant() {
        engine.advance(now, 4096, &mut observer);
    }
    engine.finish(None, &mut observer);
    run
}

fn load(path: &Path, set: &[&str]) -> Result<ConnectorConfig, String> {
    let set = set.iter().map(|set| (*set).to_owned()).collect();
    let overrides = Overrides { set, ..Overrides::default() };
    config::load(path, &overrides).map_err(|problems| problems.render(120, false))
}

/// A config and its source as files of a folder.
fn with_files(files: &[(&str, &str)], check: impl Fn(Result<ConnectorConfig, String>)) {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        fs::write(folder.path().join(name), text).unwrap();
    }
    let shown = folder.path().to_string_lossy().into_owned();
    check(
        load(&folder.path().join("connector.toml"), &[])
            .map_err(|error| error.replace(&shown.replace('\\', "/"), "")),
    );
}

fn quota(change: impl Fn(String) -> String, check: impl Fn(&ConnectorConfig)) {
    let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/quota");
    let read = |name: &str| change(fs::read_to_string(fixture.join(name)).unwrap());
    let (connector, source) = (read("connector.toml"), read("source.toml"));
    with_files(&[("connector.toml", &connector), ("source.toml", &source)], |config| check(&config.unwrap()));
}

#[test]
fn with_its_lock_in_place_not_one_call_lands_in_the_source_s_window() {
    for rules in Rules::ALL {
        quota(
            |text| text,
            |config| {
                let run = run(config, rules, source::build(config));
                assert_eq!(run.finished.calls_while_throttled, 0);
                assert!(run.finished.results[&Outcome::BackOff] > 100);
                assert_eq!(run.warnings, [""; 0]);
                for tally in run.finished.audits.iter().map(|audit| audit.tally) {
                    assert!(tally.due > 5000 && tally.missing == 0 && tally.repeated == 0, "{tally:?}");
                }
                assert_eq!(run.counted(WorkType::ContentRegistration).to_come, 0);
                let registrations = run.summary.operations().into_iter();
                let registrations =
                    registrations.filter(|each| each.work_type() == WorkType::ContentRegistration);
                assert_eq!(registrations.filter(|each| !each.is_running()).count(), 200);
            },
        );
    }
}

#[test]
fn without_a_scope_key_some_calls_do() {
    for rules in Rules::ALL {
        quota(
            |text| text.replace("scope_key = ", "# scope_key = ").replace("\"14d\"", "\"6h\""),
            |config| {
                let run = run(config, rules, source::build(config));
                assert!(run.finished.calls_while_throttled > 1000, "{}", run.finished.calls_while_throttled);
                assert_eq!(run.finished.results.get(&Outcome::BackOff), None);
                assert!(run.summary.totals().calls_while_throttled > 1000);
                assert_eq!(run.summary.sources()[0].while_throttled, run.finished.calls_while_throttled);
                let verdict = verdict::verdicts(&run.summary).remove(0);
                let never = verdict.starts_with("Registrations never end: 187 registrations given up");
                assert_eq!(never, rules == Rules::Documented, "{verdict}");
            },
        );
    }
}

#[test]
fn the_verdict_comes_first_and_changes_with_the_quota() {
    let check = |units: [&str; 2], duration: &str, rules, expect: &str| {
        let change = |text: String| {
            let text = text.replace("limit = 1200 ", &format!("limit = {} ", units[0]));
            text.replace("1_200_000", units[1]).replace("\"14d\"", duration)
        };
        quota(change, |config| {
            let run = run(config, rules, source::build(config));
            assert_eq!(verdict::verdicts(&run.summary), [expect]);
        });
    };
    check(
        ["1200", "1_200_000"],
        "\"14d\"",
        Rules::Documented,
        "Registrations end after 1d 54m, in 6110 pages: the quota allows 251 pages an hour and the synchronisations take the worth of 9.5",
    );
    check(
        ["1200", "1_200_000"],
        "\"14d\"",
        Rules::Sdk,
        "Registrations end after 10d 4h 47m, in 6110 pages: the quota allows 251 pages an hour and the synchronisations take the worth of 3.4",
    );
    check(
        ["600", "600_000"],
        "\"14d\"",
        Rules::Documented,
        "Registrations end after 2d 3h 42m, in 6110 pages: the quota allows 126 pages an hour and the synchronisations take the worth of 8.2",
    );
    check(
        ["1200", "20_000"],
        "\"3d\"",
        Rules::Documented,
        "Registrations do not end within 3d, with 5804 pages in 109 channels still to come: at the 3.4 pages an hour that the last 1d came to they need another 70d 18h 43m; the quota allows 5.1 pages an hour and the synchronisations take the worth of 0.9",
    );
}

#[test]
fn the_same_seed_gives_the_same_bytes_and_another_one_others() {
    quota(
        |text| text.replace("\"14d\"", "\"30m\""),
        |config| {
            let log = |config: &ConnectorConfig| run(config, Rules::Documented, source::build(config)).log;
            let first = log(config);
            assert_eq!(log(config), first);
            let mut other = config.clone();
            other.simulation.seed += 1;
            assert_ne!(log(&other), first);
        },
    );
}

const CONNECTOR: &str = r#"
simulation = { start = "2026-01-05T07:00:00Z", duration = "12h" }
content_manager.content_synchronisation.max_delay_seconds = "2h"
retry = { retry_delay = 5, exponential_retry_delay = false, max_retries = "unlimited" }
semaphore_lock.scope_key = "{connector_id}"
connectors = [{ id = "box", source = "source.toml", consent_authorised_on = "2025-12-01T00:00:00Z" }]
"#;

/// Small, with everything that could lose or repeat something: ties, faults, outages, quotas, short pages.
const FAULTY: &str = r#"
kind = "dataset"
page_size = 7
latency = { median = "300ms", p95 = "20s" }
generate = { channels = 4, history_per_channel = { median = 60, p95 = 300 }, changes_per_day = { median = 40, p95 = 400 }, binaries_per_record = 2, aggregations_per_channel = 5, channels_appearing_per_day = 1 }
faults = { failed = 0.15, short_page = 0.3 }
[[rate_limits]]
limit = 60
window = "1m"
cost = { binary = 1 }
semaphore_lock_type = "scoped"
when_ignored = "extend"
[[rate_limits]]
limit = 2000
window = "3h"
semaphore_lock_type = "scoped"
[[outages]]
from = "10h"
to = "10h 20m"
"#;

#[test]
fn nothing_is_lost_or_repeated_over_200_seeds_with_faults() {
    with_files(&[("connector.toml", CONNECTOR), ("source.toml", FAULTY)], |config| {
        let config = config.unwrap();
        // Four threads of 50 seeds each; what is due in all shows that something was at stake.
        let due = std::thread::scope(|scope| {
            let threads = [0, 50, 100, 150].map(|first| {
                let config = &config;
                scope.spawn(move || (first..first + 50).map(|seed| lossless(config, seed)).sum::<u64>())
            });
            threads.into_iter().map(|thread| thread.join().unwrap()).sum::<u64>()
        });
        assert!(due > 100_000, "{due}");
    });
}

/// Runs a seed under both rule sets; how many items were due.
fn lossless(config: &ConnectorConfig, seed: u64) -> u64 {
    let mut config = config.clone();
    config.simulation.seed = seed;
    let due = Rules::ALL.map(|rules| {
        let run = run(&config, rules, source::build(&config));
        assert_eq!(run.warnings, [""; 0], "seed {seed}, {rules}");
        assert!(run.finished.results[&Outcome::Failed] > 5, "seed {seed}: no faults");
        run.finished.audits.iter().map(|audit| audit.tally.due).sum::<u64>()
    });
    due.into_iter().sum()
}

#[test]
fn a_source_that_loses_an_item_is_caught() {
    let check = |config: &ConnectorConfig, work_type, rules, fault, expect: &str| {
        let inner = source::build(config).remove(0);
        let source = losing::Source { inner, work_type, fault, pages: 0 };
        let run = run(config, rules, vec![Box::new(source)]);
        let tally = run.counted(work_type);
        let lost = expect == "lost-items";
        assert_eq!((tally.missing > 0, tally.repeated > 0), (lost, !lost), "{work_type} {rules} {fault:?}");
        assert!(run.warnings.iter().all(|warning| warning.starts_with(expect)), "{:?}", run.warnings);
    };
    with_files(&[("connector.toml", CONNECTOR), ("source.toml", FAULTY)], |config| {
        let config = config.unwrap();
        for work_type in [WorkType::ContentSynchronisation, WorkType::ContentRegistration] {
            for rules in Rules::ALL {
                check(&config, work_type, rules, losing::Fault::First, "lost-items");
                check(&config, work_type, rules, losing::Fault::Last, "lost-items");
                check(&config, work_type, rules, losing::Fault::Twice, "repeated-items");
            }
        }
    });
}

#[test]
fn channels_that_vanish_are_abandoned_and_later_ones_are_found() {
    let source = r#"
kind = "dataset"
page_size = 10
latency = "1s"
generate = { channels = 3, history_per_channel = 2000, changes_per_day = 100 }
[[channels]]
external_id = "channel-2"
disappears = "2m"
[[channels]]
external_id = "channel-3"
title = "Late"
appears = "7m"
"#;
    with_files(&[("connector.toml", CONNECTOR), ("source.toml", source)], |config| {
        let config = config.unwrap();
        for rules in Rules::ALL {
            let run = run(&config, rules, source::build(&config));
            let ended = |line: &&str| line.contains("operation-ended") && line.contains("channel-2");
            let ended: Vec<&str> = run.log.lines().filter(ended).collect();
            assert!(ended.len() >= 2 && ended.iter().all(|line| line.contains("abandoned")), "{ended:?}");
            assert!(ended.iter().any(|line| line.contains("disappeared at 0:02:00")), "{ended:?}");
            let late = "\"channel-added\",\"connector\":\"box\",\"channel\":\"channel-3\",\"title\":\"Late\"";
            assert!(run.log.contains(late));
            assert_eq!(run.warnings, [""; 0]);
            assert!(run.counted(WorkType::ContentRegistration).due >= 500);
        }
    });
}

#[test]
fn data_from_files_dates_before_1970_and_nothing_at_all() {
    let source = "kind = \"dataset\"\npage_size = 2\n[data]\nitems = [\"a.csv\", \"b.jsonl\"]\n";
    let csv = "channel,id,created,modified,binaries\nhr,old,1912-06-23T09:00:00Z,,3\nhr,new,1h,2h,\nhr,b,1h,,\nhr,c,1h,,\nhr,d,1h,,\nempty,x,30d,,\n";
    let jsonl = "{\"channel\":\"it\",\"id\":\"folder\",\"kind\":\"aggregation\",\"created\":\"1969-12-31T23:59:59.999Z\"}\n";
    let files = [("connector.toml", CONNECTOR), ("source.toml", source), ("a.csv", csv), ("b.jsonl", jsonl)];
    with_files(&files, |config| {
        let config = config.unwrap();
        assert_eq!(config.inputs.len(), 4);
        for rules in Rules::ALL {
            let run = run(&config, rules, source::build(&config));
            assert_eq!(run.warnings, [""; 0]);
            let (records, binaries) = (run.finished.records, run.finished.binaries);
            assert_eq!(
                (records, binaries, run.finished.aggregations),
                (6, 3, 1),
                "new comes twice: it was modified"
            );
            assert_eq!(run.counted(WorkType::ContentRegistration).due, 2);
            assert_eq!(run.counted(WorkType::ContentSynchronisation).due, 5);
        }
    });
    let empty = "kind = \"dataset\"\n[data]\nitems = \"none.csv\"\n";
    with_files(&[("connector.toml", CONNECTOR), ("source.toml", empty), ("none.csv", "")], |config| {
        let config = config.unwrap();
        assert_eq!(config.warnings[0].code, "empty-dataset");
        let run = run(&config, Rules::Documented, source::build(&config));
        assert_eq!(run.finished.records, 0);
        assert!(run.log.contains("\"channels\":0"));
    });
}

#[test]
fn connectors_of_a_tenant_share_its_quota() {
    let connector = |tenants: [&str; 2]| {
        let connectors = tenants.map(|tenant| {
            format!(
                "[[connectors]]\nid = \"{tenant}-{}\"\ntenant_id = \"{tenant}\"\nsource = \"source.toml\"\n",
                tenants.len()
            )
        });
        format!(
            "simulation.duration = \"1h\"\nsemaphore_lock.scope_key = \"{{tenant_id}}\"\n{}{}",
            connectors[0],
            connectors[1].replace("-2", "-3")
        )
    };
    let source = "kind = \"dataset\"\ngenerate.channels = 0\n[[rate_limits]]\nlimit = 1\nwindow = \"1m\"\nper = \"tenant\"\nsemaphore_lock_type = \"scoped\"\n";
    for (tenants, expect) in [(["a", "a"], true), (["a", "b"], false)] {
        with_files(&[("connector.toml", &connector(tenants)), ("source.toml", source)], |config| {
            let config = config.unwrap();
            let run = run(&config, Rules::Documented, source::build(&config));
            assert_eq!(run.finished.results.contains_key(&Outcome::BackOff), expect, "{tenants:?}");
            assert_eq!(run.finished.calls_while_throttled, 0);
        });
    }
}

#[test]
fn bad_datasets_say_what_is_wrong_and_where() {
    let check = |name: &str, source: &str, files: &[(&str, &str)]| {
        let mut all = vec![("connector.toml", CONNECTOR), ("source.toml", source)];
        all.extend(files);
        with_files(&all, |config| {
            insta::assert_snapshot!(name, config.err().unwrap_or_default());
        });
    };
    check(
        "csv_with_bad_lines",
        "kind = \"dataset\"\n[data]\nitems = \"items.csv\"\n",
        &[(
            "items.csv",
            "channel,id,created,modified\nhr,a,2025-01-01T00:00:00Z\nhr,b,yesterday,\nhr,c,2h,1h\n",
        )],
    );
    check(
        "bad_values",
        r#"
kind = "dataset"
page_size = 0
latency = { median = "2s", p95 = "1s" }
faults = { failed = 1.5, fialed = 1 }
[generate]
channels = 2
history = 5
[data]
items = "x.csv"
[[channels]]
external_id = "channel-3"
appears = "2h"
disappears = "1h"
[[rate_limits]]
limit = 5
window = 0
per = "tenants"
cost = { binaries = 1 }
[[outages]]
from = "2h"
to = "1h"
"#,
        &[],
    );
    check("no_content", "kind = \"dataset\"\n", &[]);
    check("bad_data_file", "kind = \"dataset\"\n[data]\nitems = [\"items.xml\", \"none.csv\", 5]\n", &[]);
    check(
        "unknown_generated_channel",
        "kind = \"dataset\"\ngenerate.channels = 2\nchannels = [{ external_id = \"chanel-2\" }]\n",
        &[],
    );
}

#[test]
fn settings_that_cannot_work_together_are_warned_of() {
    let check = |name: &str, connector: &str, source: &str| {
        with_files(&[("connector.toml", connector), ("source.toml", source)], |config| {
            let config = config.unwrap();
            let words = config.warnings.iter().map(|warning| {
                let (path, line, column) = &warning.place;
                let file = path.rsplit('/').next().unwrap();
                format!("{file}:{line}:{column}: {}: {}\n", warning.code, warning.message)
            });
            insta::assert_snapshot!(name, words.collect::<String>());
        });
    };
    let connectors = |settings: &str| {
        format!(
            "{settings}\nsimulation.duration = \"1d\"\n[[connectors]]\nid = \"a\"\ntenant_id = \"x\"\nsource = \"source.toml\"\n[[connectors]]\nid = \"b\"\ntenant_id = \"y\"\nsource = \"source.toml\"\n"
        )
    };
    let source = |limit: u64, per: &str, more: &str| {
        format!(
            "kind = \"dataset\"\npage_size = 200\ngenerate = {{ channels = 200, changes_per_day = 30, binaries_per_record = 1 }}\n[[rate_limits]]\nlimit = {limit}\nwindow = \"1h\"\nper = \"{per}\"\nsemaphore_lock_type = \"scoped\"\n{more}"
        )
    };
    let binary = "cost = { binary = 1 }\n";
    let key = |key: &str| connectors(&format!("semaphore_lock.scope_key = \"{key}\""));
    check(
        "lint_no_scope_key",
        &connectors(""),
        &source(5000, "tenant", "[[outages]]\nfrom = 0\nto = \"2h\"\n"),
    );
    check("lint_key_too_wide", &key("all"), &source(5000, "tenant", ""));
    check("lint_key_too_wide_for_channels", &key("{connector_id}"), &source(5000, "channel", ""));
    check("lint_key_too_narrow", &key("{tenant_id}/{channel}"), &source(5000, "tenant", ""));
    check("lint_key_by_connector", &key("{connector_id}"), &source(5000, "source", ""));
    check("lint_lock_shorter", &key("{channel}"), &source(5000, "tenant", "when_ignored = \"extend\"\n"));
    check("lint_page_above_limit", &key("{tenant_id}"), &source(150, "tenant", binary));
    check("lint_polling", &key("{tenant_id}"), &source(1000, "tenant", ""));
    let slow = key("{tenant_id}").replace(
        "simulation",
        "content_manager.content_synchronisation.max_delay_seconds = \"1d\"\nsimulation",
    );
    check("lint_arrivals", &slow, &source(250, "tenant", binary));
    check("lint_nothing", &key("{tenant_id}"), &source(5000, "tenant", binary));
}
