//! `connector-cli validate`.

use std::fs;
use std::path::Path;

use crate::program::{Program, check};

const BROKEN: &str = r#"[simulation]
duration = "2 hours or so"
sead = 1

[content_manager.content_synchronisation]
delay_seconds = -5

[[connectors]]
id = "box"
source = "nowhere.toml"
"#;

const UNUSUAL: &str = r#"[simulation]
duration = "2h"

[content_manager.content_synchronisation]
delay_seconds = 900

[[connectors]]
id = "box"
source = { kind = "script" }
"#;

fn within_fixtures(arguments: &str) -> Program {
    Program::new(arguments).within(&Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures"))
}

#[test]
fn valid_files() {
    check!("validate-valid", within_fixtures("validate quickstart/connector.toml quickstart/source.toml"));
    let short = within_fixtures("validate --format short quickstart/connector.toml").run();
    assert_eq!((short.code, short.stdout.as_str(), short.stderr.as_str()), (Some(0), "", ""));
}

/// One problem is enough for the exit code, and does not stop the rest.
#[test]
fn files_with_problems() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("broken.toml"), BROKEN).expect("a file");
    fs::write(folder.path().join("unusual.toml"), UNUSUAL).expect("a file");
    let run = |arguments: &str| Program::new(arguments).columns(80).within(folder.path());
    check!("validate-problems", run("validate broken.toml unusual.toml"));
    check!("validate-problems-short", run("validate --format short missing.toml broken.toml unusual.toml ."));
    check!(
        "validate-set",
        run("validate unusual.toml --set content_manager.content_synchronisation.delay_seconds=60")
    );
    check!("validate-nothing", run("validate"));
}
