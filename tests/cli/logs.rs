//! The event log of each fixture, whole: read line by line against the specification when it changes.

use std::path::Path;

use crate::program::{Program, check};

fn log(fixture: &str, rules: &str) -> Program {
    Program::new(&format!("run fixtures/{fixture}/connector.toml --rules {rules} --event-log -"))
        .within(Path::new(env!("CARGO_MANIFEST_DIR")))
}

#[test]
fn logs() {
    check!("log_quickstart_documented", log("quickstart", "documented"));
    check!("log_quickstart_sdk", log("quickstart", "sdk"));
    check!("log_back_off_documented", log("back-off", "documented"));
    check!("log_back_off_sdk", log("back-off", "sdk"));
    check!("log_lifecycle_documented", log("lifecycle", "documented"));
    check!("log_lifecycle_sdk", log("lifecycle", "sdk"));
    check!("log_two_locks_documented", log("two-locks", "documented"));
    check!("log_two_locks_sdk", log("two-locks", "sdk"));
}
