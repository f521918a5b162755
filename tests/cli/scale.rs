//! Large runs from outside: what is shown first, how the rest is summed up, and that no output grows without a bound.

use std::fmt::Write;
use std::fs;

use tempfile::TempDir;

use crate::program::{Program, check};

/// A folder with this config.
fn folder(config: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("connector.toml"), config).unwrap();
    folder
}

fn program(arguments: &str, folder: &TempDir) -> Program {
    Program::new(arguments).within(folder.path())
}

/// So many connectors with a scope key each and so many channels each, of which one backs off.
fn locks(connectors: usize, channels: usize) -> TempDir {
    let mut config =
        "[simulation]\nduration = \"2h\"\n[semaphore_lock]\nscope_key = \"{connector_id}\"\n".to_owned();
    for connector in 0..connectors {
        let _ = write!(
            config,
            "[[connectors]]\nid = \"tenant-{connector:02}\"\n[connectors.source]\nkind = \"script\"\n\
             [connectors.source.channel_discovery]\nsteps = [{{ channels = {channels} }}]\n\
             [connectors.source.content_synchronisation.channel-2]\notherwise = \"cycle\"\n\
             steps = [{{ records = 1 }}, {{ result = \"back-off\", reason = \"HTTP 429\", \
             semaphore_lock_type = \"scoped\", next_delay = \"{}s\" }}]\n",
            700 + connector
        );
    }
    folder(&config)
}

/// A part of an output.
fn snapshot(name: &str, text: &str) {
    insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true, snapshot_path => "../snapshots" }, {
        insta::assert_snapshot!(name, text);
    });
}

#[test]
fn the_worst_are_shown_and_the_rest_is_summed_up() {
    let folder = locks(12, 4);
    check!("scale_run", program("run connector.toml", &folder));
    check!("scale_locks_at", program("inspect-locks connector.toml --at 10m", &folder));
    let count = |arguments: &str, what: &str| program(arguments, &folder).run().stdout.matches(what).count();
    assert_eq!(count("inspect-locks connector.toml --at 10m --all", "\nlock tenant-"), 12);
    // A row in each of two tables, and two in the timeline: held, and in the list of locks as who set it.
    assert_eq!(count("run connector.toml --all", " sync channel-1 "), 3 * 12);
}

/// A thousand and a half channels: the trace leaves some out and says which.
#[test]
fn a_trace_has_a_bound() {
    let folder = locks(3, 500);
    let run = program("run connector.toml --duration 20m --trace trace.json", &folder).run();
    assert_eq!(
        run.stderr,
        "trace.json is kept small enough to be opened and leaves out 502 operations, 1508 executions and 500 notes\n"
    );
    let trace = fs::read_to_string(folder.path().join("trace.json")).unwrap();
    let document: serde_json::Value = serde_json::from_str(&trace).unwrap();
    let last = document["traceEvents"].as_array().unwrap().last().unwrap();
    assert_eq!(last["name"], "left out of this trace");
    let quiet = program("run connector.toml --duration 20m --trace trace.json -q", &folder).run();
    assert_eq!((quiet.stderr.as_str(), quiet.stdout.as_str()), ("", ""));
}

/// Sixty connectors, each on a dataset of its own.
#[test]
fn many_datasets() {
    let mut config =
        "[simulation]\nduration = \"3h\"\n[semaphore_lock]\nscope_key = \"{connector_id}\"\n".to_owned();
    for connector in 0..60 {
        let _ = write!(
            config,
            "[[connectors]]\nid = \"tenant-{connector:02}\"\n[connectors.source]\nkind = \"dataset\"\npage_size = 10\n\
             generate = {{ channels = 2, history_per_channel = {} }}\n\
             rate_limits = [{{ limit = 20, window = \"10m\", per = \"connector\", semaphore_lock_type = \"scoped\" }}]\n",
            100 * (connector % 7 + 1) * (connector % 7 + 1)
        );
    }
    let folder = folder(&config);
    let text = program("run connector.toml", &folder).run().stdout;
    let verdicts = text.split_once("Results").unwrap().0;
    let sources = &text[text.find("How the source was treated").unwrap()..text.find("Locks: ").unwrap()];
    snapshot("scale_datasets", &format!("{verdicts}…\n\n{sources}"));
}

/// A hundred lists with a step that never answers.
#[test]
fn warnings_of_one_kind_are_one_line() {
    let mut config = "[simulation]\nduration = \"1h\"\n[[connectors]]\nid = \"box\"\n[connectors.source]\nkind = \"script\"\n\
                      [connectors.source.channel_discovery]\nsteps = [{ channels = 100 }]\n"
        .to_owned();
    for channel in 1..=100 {
        let _ = write!(
            config,
            "[connectors.source.content_synchronisation.channel-{channel}]\n\
             steps = [{{ records = 1, when = {{ cursor = \"never\" }} }}]\n"
        );
    }
    let text = program("run connector.toml", &folder(&config)).run().stdout;
    let warnings = &text[text.find("100 warnings").unwrap()..text.find("The published").unwrap()];
    snapshot("scale_warnings", warnings);
}

/// Every channel has a copy of the list of its own: the log's last line names each once, and can be read back.
#[test]
fn what_copies_of_a_list_left_unused_is_one_entry_of_the_log() {
    let folder = folder(
        "[simulation]\nduration = \"1h\"\n[[connectors]]\nid = \"box\"\n[connectors.source]\nkind = \"script\"\n\
         [connectors.source.channel_discovery]\nsteps = [{ channels = 3 }]\n\
         [connectors.source.content_synchronisation.\"*\"]\nsteps = [{}, { when = { after = \"2h\" } }]\n",
    );
    let log = program("run connector.toml --event-log -", &folder).run().stdout;
    let entry = r#""unused_in_copies":[{"connector":"box","work_type":"content-synchronisation","steps":1,"channels":["channel-1","channel-2","channel-3"]}]"#;
    assert!(log.lines().last().is_some_and(|line| line.contains(entry)), "{log}");
    fs::write(folder.path().join("run.jsonl"), log).unwrap();
    assert_eq!(program("inspect-locks run.jsonl", &folder).run().code, Some(0));
}
