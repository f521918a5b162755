//! `connector-cli rules`.

use crate::program::{Program, check};

#[test]
fn the_table() {
    check!("rules-80", Program::new("rules").columns(80));
    check!("rules-160", Program::new("rules").columns(160));
    check!("rules-json", Program::new("rules --format json"));
}

#[test]
fn one_row() {
    check!("rules-D1", Program::new("rules D1").columns(80));
    check!("rules-D9", Program::new("rules Newer_Lock_Replaces").columns(80));
    check!("rules-D15", Program::new("rules d15").columns(160));
    check!("rules-D9-json", Program::new("rules D9 --format json"));
    check!("rules-D3-json", Program::new("rules D3 --format json"));
}

#[test]
fn no_such_row() {
    check!("rules-unknown-id", Program::new("rules D17"));
    check!("rules-unknown-name", Program::new("rules newer-locks-replace"));
}
