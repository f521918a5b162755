//! `connector-cli diff` from outside.

use std::fs;
use std::path::Path;

use crate::program::{Program, check};

fn program(arguments: &str) -> Program {
    Program::new(arguments).within(Path::new(env!("CARGO_MANIFEST_DIR")))
}

/// Logs of the demonstration under both rule sets.
fn logs() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for rules in ["documented", "sdk"] {
        let log = program(&format!("run fixtures/back-off/connector.toml --rules {rules} --event-log -"))
            .run()
            .stdout;
        fs::write(folder.path().join(format!("{rules}.jsonl")), log).unwrap();
    }
    folder
}

#[test]
fn two_logs() {
    let folder = logs();
    let diff =
        |more: &str| Program::new(&format!("diff documented.jsonl sdk.jsonl {more}")).within(folder.path());
    check!("diff_logs", diff(""));
    check!("diff_logs_ascii_80", diff("--ascii").columns(80));
    check!("diff_logs_markdown", diff("--format markdown"));
    check!("diff_logs_json", diff("--format json"));
    check!("diff_logs_back", Program::new("diff sdk.jsonl documented.jsonl").within(folder.path()));
    check!("diff_same", Program::new("diff sdk.jsonl sdk.jsonl").within(folder.path()));
    check!("diff_logs_with_rules", diff("--rules sdk"));
}

#[test]
fn configs_and_what_is_neither() {
    let folder = tempfile::tempdir().unwrap();
    let config = |more: &str| {
        format!(
            "[simulation]\nduration = \"1h\"\n{more}\n[[connectors]]\nid = \"box\"\n\
             source = {{ kind = \"script\", channel_discovery = {{ steps = [{{ channels = [\"a|b\"] }}] }} }}\n"
        )
    };
    fs::write(folder.path().join("a.toml"), config("")).unwrap();
    fs::write(
        folder.path().join("b.toml"),
        config("[content_manager.channel_discovery]\ndelay_seconds = 60\n"),
    )
    .unwrap();
    fs::write(folder.path().join("cut.jsonl"), "{\"event\":\"run-started\"").unwrap();
    let diff = |arguments: &str| Program::new(&format!("diff {arguments}")).within(folder.path());
    check!("diff_configs", diff("a.toml b.toml"));
    check!("diff_configs_markdown", diff("a.toml b.toml --format markdown --rules sdk"));
    check!("diff_cut_log", diff("a.toml cut.jsonl"));
    check!("diff_nowhere", diff("a.toml nowhere.toml"));
    check!("diff_stdin", diff("- a.toml"));
}
