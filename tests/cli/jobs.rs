//! `--jobs`: how many runs there are at once changes nothing but the time that they take.

use std::path::Path;

use crate::program::Program;
use crate::test::timeless;

/// Standard output, once it is known to be well.
fn output(arguments: &str) -> String {
    let outcome = Program::new(arguments).within(Path::new(env!("CARGO_MANIFEST_DIR"))).run();
    assert_eq!(outcome.code, Some(0), "{arguments}\n{outcome}");
    timeless(&outcome.stdout)
}

#[test]
fn the_results_are_the_same() {
    let varied = "--vary retry.max_retries=0,1,2 --set content_manager.delay_seconds=60";
    for command in [
        "test fixtures/rules fixtures/quickstart --rules documented,sdk",
        "test fixtures/quota --seeds 1..3 --set simulation.duration=2h --set expect=[]",
        &format!("run fixtures/quickstart/connector.toml {varied}"),
    ] {
        let usual = output(command);
        for jobs in ["--jobs 1", "-j 2", "-j100"] {
            assert_eq!(output(&format!("{command} {jobs}")), usual, "{command} {jobs}");
        }
    }
}

#[test]
fn what_is_no_number_of_jobs() {
    let refused = |arguments: &str, expect: &str| {
        let outcome = Program::new(arguments).run();
        assert_eq!(outcome.code, Some(2), "{arguments}\n{outcome}");
        assert!(outcome.stderr.contains(expect), "{arguments}\n{outcome}");
    };
    for jobs in ["0", "1025"] {
        refused(&format!("test fixtures --jobs {jobs}"), &format!("{jobs} is not in 1..=1024"));
    }
    refused("test fixtures --jobs all", "invalid value 'all' for '--jobs <N>'");
    // One run is not divided, so that there is nothing to share out.
    refused("run connector.toml --jobs 2", "--vary <KEY=V1,V2>");
}
