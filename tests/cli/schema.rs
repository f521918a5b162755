//! `connector-cli schema`.

use crate::program::{Program, check};

#[test]
fn schemas_are_json() {
    for name in ["connector", "source", "run-log"] {
        let outcome = Program::new("schema").argument(name).run();
        assert_eq!((outcome.code, outcome.stderr.as_str()), (Some(0), ""));
        let schema: serde_json::Value = serde_json::from_str(&outcome.stdout).expect("JSON");
        assert!(schema["$schema"].is_string(), "{name}");
    }
    check!("schema-unknown", Program::new("schema conector"));
}
