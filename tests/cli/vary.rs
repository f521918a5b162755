//! `connector-cli run --vary` from outside.

use std::path::Path;

use crate::program::{Program, check};

fn program(arguments: &str) -> Program {
    Program::new(arguments).within(Path::new(env!("CARGO_MANIFEST_DIR")))
}

#[test]
fn every_combination() {
    let run = "run fixtures/back-off/connector.toml --set expect.0.rules=sdk";
    let keys = "--set simulation.rules=sdk --vary content_manager.content_synchronisation.delay_seconds=60,120,300 \
                --vary semaphore_lock.scope_key={connector_id},{connector_id}/{channel}";
    check!("vary_table", program(&format!("{run} {keys}")));
    check!("vary_table_80", program(&format!("{run} {keys} --ascii")).columns(80));
    check!("vary_json", program(&format!("{run} --vary simulation.rules=documented,sdk --format json")));
}

#[test]
fn what_cannot_be_varied() {
    let run = |more: &str| program(&format!("run fixtures/quickstart/connector.toml {more}"));
    check!("vary_unknown_key", run("--vary retry.max_retrys=1,2"));
    check!("vary_bad_value", run("--vary retry.max_retries=1,many"));
    check!("vary_nothing", run("--vary retry.max_retries="));
    let many =
        format!("--vary simulation.seed={}", (0..1001).map(|n| n.to_string()).collect::<Vec<_>>().join(","));
    check!("vary_too_much", run(&many));
}
