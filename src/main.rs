//! The `connector-cli` binary: parse, run, exit code.

fn main() {}
