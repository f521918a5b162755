//! `connector-cli simulate-backoff`.

use serde_json::Value;

use crate::program::{Program, check};

/// The delays of a series in seconds, as the JSON has them.
fn delays(series: &Value) -> Vec<f64> {
    let rows = series["rows"].as_array().expect("rows");
    rows.iter().filter_map(|row| row["delay_ms"].as_f64()).map(|ms| ms / 1000.0).collect()
}

/// The delays of both series, and that every row starts where the one before says.
fn check_delays(arguments: &str, documented: &[f64], sdk: &[f64]) {
    let outcome = Program::new("simulate-backoff --format json").run_with(arguments);
    let document: Value = serde_json::from_str(&outcome).expect("JSON");
    assert_eq!(document["schema"], "connector-cli/simulate-backoff/1");
    for (at, (rules, expect)) in [("documented", documented), ("sdk", sdk)].into_iter().enumerate() {
        let series = &document["series"][at];
        assert_eq!(series["rules"], rules);
        assert_eq!(delays(series), expect, "{rules}: {arguments}");
        let mut at_ms = 0;
        for (n, row) in series["rows"].as_array().expect("rows").iter().enumerate() {
            assert_eq!(row["execution"], n + 1);
            assert_eq!(row["at_ms"], at_ms);
            at_ms += row["delay_ms"].as_u64().unwrap_or(0);
        }
    }
}

impl Program {
    fn run_with(self, arguments: &str) -> String {
        let outcome = arguments.split_whitespace().fold(self, Self::argument).run();
        assert_eq!(outcome.code, Some(0), "{arguments}: {}", outcome.stderr);
        outcome.stdout
    }
}

/// The worked series of SPEC section 5, in JSON.
#[test]
fn worked_series() {
    check_delays("", &[300., 600., 600., 600., 600.], &[60., 120., 240., 480., 600.]);
    check_delays("--delay-seconds 300 4xempty", &[300., 600., 600., 600.], &[300., 600., 600., 600.]);
    check_delays(
        "--delay-seconds 300 empty empty results empty empty",
        &[300., 600., 300., 300., 600.],
        &[300., 600., 600., 600., 600.],
    );
    check_delays(
        "--delay-seconds 300 --max-delay-seconds 3600 5xempty results empty",
        &[300., 600., 1200., 2400., 3600., 300., 300.],
        &[300., 600., 1200., 2400., 3600., 3600., 3600.],
    );
    check_delays(
        "--delay-seconds 300 --max-delay-seconds 1h empty next-delay:45 empty empty",
        &[300., 45., 1200., 2400.],
        &[300., 45., 90., 180.],
    );
    check_delays(
        "--delay-seconds 5m --exponential-back-off=false 3xempty",
        &[300., 300., 300.],
        &[300., 300., 300.],
    );
    check_delays(
        "--delay-seconds 300 --immediate-re-execution=true results results empty empty",
        &[0., 0., 300., 600.],
        &[0., 0., 300., 600.],
    );
    check_delays("--delay-seconds 900 --max-delay-seconds 600 empty", &[600.], &[600.]);
    let retries = [30., 169.706, 467.654, 960., 1677.051];
    check_delays("6xfailed", &retries, &retries);
}

/// The same series as tables.
#[test]
fn worked_tables() {
    check!("backoff-defaults-80", Program::new("simulate-backoff").columns(80));
    check!("backoff-defaults-160", Program::new("simulate-backoff").columns(160));
    let table = |name: &str, arguments: &str| {
        let outcome =
            arguments.split_whitespace().fold(Program::new("simulate-backoff"), Program::argument).run();
        insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true, snapshot_path => "../snapshots" }, {
            insta::assert_snapshot!(name, outcome);
        });
    };
    table("backoff-four-empty", "--delay-seconds 300 4xempty");
    table("backoff-results", "--delay-seconds 300 empty empty results empty empty");
    table("backoff-long", "--delay-seconds 300 --max-delay-seconds 3600 5xempty results empty");
    table(
        "backoff-next-delay",
        "--delay-seconds 300 --max-delay-seconds 3600 empty next-delay:45 empty empty",
    );
    table("backoff-fixed", "--delay-seconds 300 --exponential-back-off=false 3xempty");
    table(
        "backoff-immediate",
        "--delay-seconds 300 --immediate-re-execution=true results results empty empty",
    );
    table("backoff-capped", "--delay-seconds 900 --max-delay-seconds 600 empty");
    table("backoff-retries", "6xfailed 2xempty");
}

#[test]
fn everything_else() {
    check!("backoff-locks", Program::new("simulate-backoff back-off:90 back-off:0 back-off:120").columns(80));
    check!(
        "backoff-random",
        Program::new("simulate-backoff 3xempty --random-delay=true --seed 7").columns(80)
    );
    check!("backoff-random-json", Program::new("simulate-backoff empty --random-delay=true --format json"));
    check!(
        "backoff-one-rule-set",
        Program::new("simulate-backoff 2xempty disabled --rules sdk").columns(160)
    );
    check!("backoff-ascii", Program::new("simulate-backoff 2xempty results --ascii").columns(80));
    check!(
        "backoff-discovery",
        Program::new("simulate-backoff incomplete empty --work-type ChannelDiscovery").columns(80)
    );
    check!(
        "backoff-registration",
        Program::new("simulate-backoff 2xincomplete 3xempty --work-type content-registration").columns(80)
    );
    check!("backoff-json", Program::new("simulate-backoff empty 6xfailed results --format json"));
}

#[test]
fn bad_input() {
    check!("backoff-bad-outcome", Program::new("simulate-backoff 5xemtpy"));
    check!("backoff-too-many", Program::new("simulate-backoff 100000xempty empty"));
    check!("backoff-bad-work-type", Program::new("simulate-backoff --work-type content-synchronization"));
    check!("backoff-bad-rules", Program::new("simulate-backoff --rules documented,sdks"));
    check!("backoff-negative", Program::new("simulate-backoff --delay-seconds -1"));
    check!("backoff-huge", Program::new("simulate-backoff --max-delay-seconds 2147483648"));
    check!("backoff-needless-number", Program::new("simulate-backoff empty:5"));
}

/// The same input and seed give the same bytes; another seed gives others.
#[test]
fn seeds() {
    let with = |seed: &str| {
        Program::new("simulate-backoff 20xempty --random-delay=true --exponential-back-off=false --seed")
            .argument(seed)
            .run()
            .stdout
    };
    assert_eq!(with("1"), with("1"));
    assert_ne!(with("1"), with("2"));
}

const APPSETTINGS: &str = r#"{
  // As a .NET developer has it.
  "Logging": { "LogLevel": "Warning" },
  "contentmanager": {
    "ContentSynchronisation": { "DelaySeconds": "120", "MaxDelaySecond": 3600, "MaxDelaySeconds": 480 },
    "ContentRegistration": { "RescheduleOnComplete": "True" },
  },
  "Connector": { "MaxRetries": 1, "RetryDelay": 10 },
}
"#;

const CONFIG: &str = r#"
settings_from = "appsettings.json"
simulation = { duration = "2h", seed = 7, rules = "sdk" }

[content_manager.content_synchronisation]
max_delay_seconds = "1h"

[[connectors]]
id = "box"
source = { kind = "script" }
"#;

#[test]
fn settings_of_a_file() {
    let folder = tempfile::tempdir().expect("a folder");
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).expect("a file");
    write("appsettings.json", APPSETTINGS);
    write("connector.toml", CONFIG);
    write("broken.json", r#"{ "ContentManager": { "ContentSynchronisation": { "DelaySeconds": "soon" } } }"#);
    let run = |arguments: &str| {
        let program = Program::new("simulate-backoff --config").columns(80).within(folder.path());
        arguments.split_whitespace().fold(program, Program::argument)
    };
    check!("backoff-appsettings", run("appsettings.json 4xempty 2xfailed"));
    check!("backoff-config", run("connector.toml 5xempty failed --rules sdk"));
    check!("backoff-config-flags", run("connector.toml 2xempty --delay-seconds 60 --rules sdk"));
    check!("backoff-config-set", run("appsettings.json 2xfailed --set retry.max_retries=0"));
    check!("backoff-reschedule", run("connector.toml 2xempty --work-type content-registration"));
    check!("backoff-broken-config", run("broken.json"));
    check!("backoff-no-config", run("missing.toml"));
    check!("backoff-bad-set", run("appsettings.json --set retry.max_retrys=0"));
    check!("backoff-set-without-config", Program::new("simulate-backoff --set retry.max_retries=0"));
}
