//! `connector-cli init`: what it writes runs and passes at once, and what is there stays.

use std::fs;
use std::path::Path;

use connector_cli::config::{self, Overrides};
use connector_cli::event::{Fact, RunEvent};
use connector_cli::model::WorkType;
use connector_cli::rules::Rules;
use connector_cli::run;

use crate::program::{Program, check};

#[test]
fn it_writes_files_to_start_from() {
    let folder = tempfile::tempdir().expect("a folder");
    check!("init", Program::new("init start/here").within(folder.path()));
    check!("init-again", Program::new("init start/here").within(folder.path()));
    let schema =
        fs::read_to_string(folder.path().join("start/here/.schemas/connector.json")).expect("a schema");
    assert_eq!(schema, Program::new("schema connector").run().stdout);
    for rules in Rules::ALL {
        runs_and_passes(&folder.path().join("start/here/connector.toml"), rules);
    }
}

/// It loads without a warning, and every number that its expectations name comes out.
fn runs_and_passes(path: &Path, rules: Rules) {
    let overrides = Overrides { rules: Some(rules), ..Overrides::default() };
    let config = config::load(path, &overrides).unwrap_or_else(|problems| panic!("{problems}"));
    assert_eq!(config.warnings, []);
    let (mut synchronised, mut registered) = (0, 0);
    let mut observer = |event: &RunEvent<'_>| match &event.fact {
        Fact::Execution(execution) => {
            let records = execution.records.unwrap_or(0);
            match (execution.subject.work_type, execution.subject.channel()) {
                (WorkType::ContentSynchronisation, Some("hr")) => synchronised += records,
                (WorkType::ContentRegistration, Some("hr")) => registered += records,
                _ => {}
            }
        }
        Fact::RunFinished(finished) => {
            assert_eq!((finished.calls_while_throttled, finished.warnings), (0, 0), "{rules}");
        }
        _ => {}
    };
    run::run(&config, rules, &mut run::NoPace, &mut observer);
    assert_eq!((synchronised, registered), (5, 150), "{rules}");
}

#[test]
fn it_leaves_alone_what_is_there() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("source.toml"), "mine").expect("a file");
    check!("init-refused", Program::new("init .").within(folder.path()));
    let names: Vec<_> = fs::read_dir(folder.path())
        .expect("a folder")
        .map(|entry| entry.expect("a name").file_name())
        .collect();
    assert_eq!(names, ["source.toml"]);

    fs::write(folder.path().join("file"), "").expect("a file");
    let outcome = Program::new("init file").within(folder.path()).run();
    assert_eq!(outcome.code, Some(2));
    assert!(outcome.stderr.contains("cannot be written: "), "{}", outcome.stderr);
}
