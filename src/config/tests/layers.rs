//! `extends`, `settings_from`, `--set` and the options that stand for keys: what wins, and where problems point.

use super::{Overrides, Project, VALID, same, set};
use crate::config::settings;

/// Some settings in force, or else the problems; `keys` are dotted.
#[track_caller]
fn check(files: &[(&str, &str)], overrides: &Overrides, keys: &[&str], expect: &str) {
    let project = Project::new(files);
    let found = match project.load(overrides) {
        Ok(config) => {
            let all = settings(&config, config.simulation.rules.set());
            let found: Vec<String> = keys.iter().map(|key| all[*key].to_string()).collect();
            found.join(" ")
        }
        Err(_) => project.lines(overrides),
    };
    same(&found, expect);
}

const DELAY: &str = "content_manager.channel_discovery.delay_seconds";
const CAP: &str = "content_manager.channel_discovery.max_delay_seconds";
const RETRIES: &str = "retry.max_retries";

#[test]
fn tables_are_merged_key_by_key_and_all_else_is_replaced() {
    let base =
        format!("{VALID}[content_manager.channel_discovery]\ndelay_seconds = 10\nmax_delay_seconds = 20\n");
    let config = "extends = 'base/base.toml'\n[content_manager.channel_discovery]\ndelay_seconds = 11\n[[connectors]]\nid = 'own'\nsource = { kind = 'script' }\n";
    let project = Project::new(&[("base/base.toml", &base), ("connector.toml", config)]);
    let loaded = project.load(&Overrides::default()).unwrap();
    let all = settings(&loaded, loaded.simulation.rules.set());
    assert_eq!((all[DELAY].to_string(), all[CAP].to_string()), ("11".to_owned(), "20".to_owned()));
    assert_eq!(loaded.connectors.len(), 1);
    assert_eq!(&*loaded.connectors[0].id, "own");
    let inputs: Vec<&str> = loaded.inputs.iter().map(|input| input.path.as_str()).collect();
    assert_eq!(inputs, ["connector.toml", "base/base.toml"]);
}

#[test]
fn paths_in_a_base_are_relative_to_the_base() {
    let base = VALID.replace("{ kind = 'script' }", "'source.toml'");
    let base = format!("settings_from = '../app.json'\n{base}");
    let project = Project::new(&[
        ("connector.toml", "extends = './sub/../sub/base.toml'"),
        ("sub/base.toml", &base),
        ("sub/source.toml", "kind = 'script'"),
        ("app.json", "{}"),
    ]);
    let loaded = project.load(&Overrides::default()).unwrap();
    let inputs: Vec<&str> = loaded.inputs.iter().map(|input| input.path.as_str()).collect();
    assert_eq!(inputs, ["connector.toml", "sub/base.toml", "app.json", "sub/source.toml"]);
}

#[test]
fn extends_that_goes_wrong() {
    let none = Overrides::default();
    check(
        &[("connector.toml", &format!("extends = 'connector.toml'\n{VALID}"))],
        &none,
        &[],
        "connector.toml:1:11: `extends` leads back to itself; connector.toml -> connector.toml",
    );
    check(
        &[
            ("connector.toml", "extends = 'b.toml'"),
            ("b.toml", &format!("extends = 'connector.toml'\n{VALID}")),
        ],
        &none,
        &[],
        "b.toml:1:11: `extends` leads back to itself; connector.toml -> b.toml -> connector.toml",
    );
    check(
        &[("connector.toml", "extends = 'nope.toml'")],
        &none,
        &[],
        "connector.toml:1:11: `nope.toml` cannot be read: there is no such file; expected a path, relative to this file",
    );
    check(
        &[("connector.toml", "extends = 3")],
        &none,
        &[],
        "connector.toml:1:11: `extends` is an integer; expected a string",
    );
    check(
        &[("connector.toml", "extends = 'b.toml'"), ("b.toml", &format!("{VALID}[retry]\nmax_retrys = 3\n"))],
        &none,
        &[],
        "b.toml:7:1: unknown key `max_retrys` in [retry]; did you mean `max_retries`?",
    );
}

#[test]
fn set_wins_over_the_file() {
    let valid = [("connector.toml", VALID)];
    check(&valid, &set(&["content_manager.channel_discovery.delay_seconds=7"]), &[DELAY], "7");
    check(&valid, &set(&["retry.max_retries=unlimited", "retry.max_retries=3"]), &[RETRIES], "3");
    check(&valid, &set(&["content_manager.channel_discovery={ delay_seconds = '1m' }"]), &[DELAY], "60");
    let project = Project::new(&valid);
    let overrides = set(&[
        "connectors.0.properties.'a.b'=x=y",
        "connectors.0.enabled=false",
        "simulation.start=2026-02-03T04:05:06Z",
        "connectors.0.display_name=",
    ]);
    let config =
        project.load(&Overrides { seed: Some(9), duration: Some("90".to_owned()), ..overrides }).unwrap();
    assert_eq!(config.connectors[0].properties["a.b"], "x=y");
    assert!(!config.connectors[0].enabled);
    assert_eq!(config.connectors[0].display_name.as_deref(), Some(""));
    assert_eq!(config.simulation.start.to_string(), "2026-02-03T04:05:06Z");
    assert_eq!((config.simulation.seed, config.simulation.duration.0), (9, 90_000));
}

#[test]
fn set_that_goes_wrong_points_into_the_argument() {
    let valid = [("connector.toml", VALID)];
    check(
        &valid,
        &set(&["retry.max_retrys=7"]),
        &[],
        "--set:1:7: unknown key `max_retrys` in [retry]; did you mean `max_retries`?",
    );
    check(
        &valid,
        &set(&["retry.max_retries=many"]),
        &[],
        r#"--set:1:19: `max_retries` is a string; expected a whole number, or "unlimited""#,
    );
    check(
        &valid,
        &set(&["retry.max_retries={ a = 1 }"]),
        &[],
        r#"--set:1:19: `max_retries` is a table; expected a whole number, or "unlimited""#,
    );
    check(
        &valid,
        &set(&["retry"]),
        &[],
        "--set:1:1: `retry` sets nothing; expected KEY=VALUE, such as simulation.duration=2h",
    );
    check(
        &valid,
        &set(&["=3", "a..b=3"]),
        &[],
        "--set:1:1: `=3` sets nothing; expected KEY=VALUE, such as simulation.duration=2h
--set:1:1: `a..b=3` sets nothing; expected KEY=VALUE, such as simulation.duration=2h",
    );
    check(
        &valid,
        &set(&["connectors.1.enabled=false"]),
        &[],
        "--set:1:12: `1` is no element of this list; expected 0, the only one",
    );
    check(
        &valid,
        &set(&["simulation.duration.x=3"]),
        &[],
        "--set:1:21: `x` cannot be set; what it belongs to is a string, which has no keys",
    );
    check(
        &valid,
        &set(&["semaphore_lock.scope_key={tenant}"]),
        &[],
        "--set:1:26: unknown placeholder `{tenant}`; did you mean `{tenant_id}`?",
    );
    check(&valid, &set(&["connectors.0.source=nope.toml", "extends=none.toml"]), &[], "--set:1:21: `nope.toml` cannot be read: there is no such file; expected a path, relative to this file
--set:1:9: `none.toml` cannot be read: there is no such file; expected a path, relative to this file");
    check(
        &valid,
        &Overrides { duration: Some("soon".to_owned()), ..Overrides::default() },
        &[],
        r#"--duration:1:1: "soon" is no duration; expected a duration such as "5m", or whole seconds"#,
    );
}

const SETTINGS: &str = r#"{
  // What the service runs with.
  "Logging": { "LogLevel": { "Default": "Warning" } },
  "contentmanager": {
    "DelaySeconds": "120", /* in quotes */
    "MAXDISABLEDCONNECTORAGE": -1,
    "ChannelDiscovery": { "DelaySeconds": 30, "ExponentialBackOff": "False", "RandomDelay": true, },
  },
  "ContentManager:ChannelDiscovery:MaxDelaySeconds": " 45 ",
  "Connector": { "MaxRetries": 9, "RetryDelay": null },
}"#;

#[test]
fn settings_from_is_read_as_net_reads_it() {
    let config = format!(
        "settings_from = ['a.json', 'b.json']\n{VALID}[content_manager.channel_discovery]\nrandom_delay = false\n"
    );
    let files = [
        ("connector.toml", config.as_str()),
        ("a.json", &format!("\u{feff}{SETTINGS}").replace('\n', "\r\n")),
        ("b.json", r#"{ "ContentManager": { "ChannelDiscovery": { "DelaySeconds": 31 } } }"#),
    ];
    let keys = [
        "content_manager.delay_seconds",
        "content_manager.max_disabled_connector_age",
        DELAY,
        CAP,
        "content_manager.channel_discovery.exponential_back_off",
        "content_manager.channel_discovery.random_delay",
        RETRIES,
        "retry.retry_delay",
    ];
    check(&files, &Overrides::default(), &keys, "120 -1 31 45 false false 9 30");
    check(
        &files,
        &set(&["settings_from=b.json", "retry.max_retries=1"]),
        &keys,
        "300 -1 31 600 true false 1 30",
    );
}

/// The problems or warnings of an `a.json`.
#[track_caller]
fn check_settings(json: &str, expect: &str) {
    let config = format!("settings_from = 'a.json'\n{VALID}");
    let project = Project::new(&[("connector.toml", &config), ("a.json", json)]);
    same(&project.lines(&Overrides::default()), expect);
}

#[test]
fn settings_from_that_goes_wrong() {
    check_settings("{ \"ContentManager\": ", "a.json:1:21: not JSON as .NET reads it; expected a value");
    check_settings("[]", "a.json:1:1: not JSON as .NET reads it; expected an object in braces");
    check_settings(
        "{\n  \"Connector\": { \"MaxRetries\": \"many\", \"RetryOnFailure\": 3, \"RetryDelay\": 1.5 }\n}",
        r#"a.json:2:32: `Connector:MaxRetries` cannot be "many"; expected a whole number
a.json:2:58: `Connector:RetryOnFailure` cannot be "3"; expected true or false
a.json:2:75: `Connector:RetryDelay` cannot be "1.5"; expected a whole number"#,
    );
    check_settings(
        "{\n  \"ContentManager\": { \"DelaySeconds\": 0, \"ChannelDiscovery\": { \"DelaySeconds\": -1 } }\n}",
        "a.json:2:23: `0` is out of range; expected 1 to 2147483647 seconds
a.json:2:64: `-1` is out of range; expected 0 to 2147483647 seconds",
    );
    check_settings(
        "{ \"Connector\": { \"MaxRetries\": 1, \"maxretries\": 2 } }",
        "a.json:1:35: `Connector:maxretries` is there twice; .NET refuses a key that differs from another one in case only, or not at all",
    );
    check_settings(
        "{ \"ContentManager\": { \"DelaySecond\": 3, \"ChannelDiscovry\": { \"DelaySeconds\": 3 } } }",
        "a.json:1:23: warning unknown-setting: `ContentManager:DelaySecond` is ignored, as by .NET; did you mean `DelaySeconds`?
a.json:1:62: warning unknown-setting: `ContentManager:ChannelDiscovry:DelaySeconds` is ignored, as by .NET; did you mean `ContentManager:ChannelDiscovery`?",
    );
    let config = format!("settings_from = ['a.json', 3]\n{VALID}");
    let project = Project::new(&[("connector.toml", &config)]);
    same(&project.lines(&Overrides::default()), "connector.toml:1:18: `a.json` cannot be read: there is no such file; expected a path, relative to this file
connector.toml:1:28: an integer does not belong here; expected a string");
}
