//! `connector-cli test` from outside.

use std::fs;
use std::path::Path;

use crate::program::{Outcome, Program, check};

/// A config of one connector over an hour; its synchronisation of `hr` answers with `steps`.
fn scenario(steps: &str, expect: &str) -> String {
    format!(
        "[simulation]\nduration = \"1h\"\n\n[semaphore_lock]\nscope_key = \"{{connector_id}}\"\n\n[[connectors]]\nid = \"box\"\n\n\
         [connectors.source]\nkind = \"script\"\nchannel_discovery = {{ steps = [{{ channels = [\"hr\"] }}] }}\n\n\
         [connectors.source.content_synchronisation.hr]\n{steps}\n\n{expect}"
    )
}

const THREE: &str = "steps = [{ records = 3 }]";

fn expect(name: &str, condition: &str) -> String {
    format!("[[expect]]\nname = \"{name}\"\nwhere = {{ channel = \"hr\" }}\n{condition}\n\n")
}

/// A suite with one scenario of each kind.
fn suite() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    write("suite/good/connector.toml", &scenario(THREE, &expect("all of it arrives", "records = 3")));
    write(
        "suite/bad.connector.toml",
        &scenario(
            THREE,
            &(expect("all of it arrives", "records = 4") + &expect("nothing fails", "failed = 0")),
        ),
    );
    write("suite/broken.connector.toml", "[simulation]\nduration = \"1h\"\nseeed = 1\n");
    let endless = "otherwise = \"repeat-last\"\nsteps = [{ result = \"incomplete\" }]";
    write("suite/stuck.connector.toml", &scenario(endless, &expect("nothing fails", "failed = 0")));
    write("suite/base.toml", "");
    fs::create_dir(folder.path().join("empty")).unwrap();
    folder
}

fn program(folder: &tempfile::TempDir, arguments: &str) -> Program {
    Program::new(arguments).within(folder.path())
}

/// What came of it, without the times.
struct Timeless(Program);

impl Timeless {
    fn run(self) -> Outcome {
        let outcome = self.0.run();
        Outcome { stdout: timeless(&outcome.stdout), ..outcome }
    }
}

/// Real times, in brackets or in XML attributes, as `…`.
pub(crate) fn timeless(text: &str) -> String {
    let is_time = |text: &str| text.trim().parse::<f64>().is_ok();
    let mut result = text.to_owned();
    for (open, close) in [("[", " s]"), ("time=\"", "\"")] {
        let mut parts = result.split(open);
        let mut kept = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            let (time, rest) = part.split_once(close).unwrap_or((part, ""));
            kept.push_str(open);
            if is_time(time) {
                kept.extend(["…", close, rest]);
            } else {
                kept.push_str(part);
            }
        }
        result = kept;
    }
    result
}

fn timed(folder: &tempfile::TempDir, arguments: &str) -> Timeless {
    Timeless(program(folder, arguments))
}

#[test]
fn passed_failed_broken_and_stuck() {
    let folder = suite();
    check!("test_all_kinds", timed(&folder, "test suite"));
    check!("test_all_kinds_ascii_quiet", Timeless(program(&folder, "test suite --ascii -q").columns(60)));
    check!("test_all_kinds_json", timed(&folder, "test suite --format json"));
    check!(
        "test_annotations",
        Timeless(program(&folder, "test suite -q").variable("GITHUB_ACTIONS", "true"))
    );
}

#[test]
fn exit_codes() {
    let folder = suite();
    let check = |arguments: &str, code| {
        let outcome = program(&folder, arguments).run();
        assert_eq!(outcome.code, Some(code), "{arguments}\n{outcome}");
    };
    check("test suite/good", 0);
    check("test suite/bad.connector.toml", 1);
    check("test suite/stuck.connector.toml", 1);
    check("test suite", 2);
    check("test suite/bad.connector.toml suite/broken.connector.toml", 2);
    check("test suite --filter good", 0);
    check("test empty", 4);
    check("test empty --no-tests=pass", 0);
    check("test suite --filter nothing", 4);
    check("test suite --filter nothing --no-tests=pass", 0);
    check("test nowhere", 2);
    check("test suite/base.toml", 2);
    check("test suite/*.toml --filter bad", 1);
    check("test", 2);
    check("test suite --seeds 5..1", 2);
    check("test suite --partition hash:5/4", 2);
    check("test suite --accept --seeds 1..2", 2);
    check("test suite/good --junit nowhere/results.xml", 2);
}

#[test]
fn what_does_not_run() {
    let folder = suite();
    check!("test_nothing", program(&folder, "test empty"));
    check!("test_all_left_out", program(&folder, "test suite --filter zzz"));
    check!("test_no_scenario", program(&folder, "test suite/base.toml"));
    check!("test_fail_fast", timed(&folder, "test suite --fail-fast"));
}

/// Together the parts are the suite, whatever folder the files are in.
#[test]
fn partitions() {
    let (folder, elsewhere) = (suite(), suite());
    let names = |arguments: &str, folder: &tempfile::TempDir| -> Vec<String> {
        let outcome = program(folder, arguments).run();
        let lines = outcome.stdout.lines().take_while(|line| !line.is_empty());
        lines
            .filter_map(|line| line.split("]  ").nth(1)?.split_whitespace().next().map(str::to_owned))
            .collect()
    };
    let mut all = Vec::new();
    for part in 1..=3 {
        let part = names(&format!("test suite --partition hash:{part}/3"), &folder);
        all.extend(part);
    }
    all.sort();
    assert_eq!(all, names("test suite", &folder));
    let absolute = folder.path().join("suite");
    let arguments = format!("test {} --partition hash:1/2", absolute.display());
    assert_eq!(names(&arguments, &elsewhere), names("test suite --partition hash:1/2", &elsewhere));
}

#[test]
fn junit() {
    let folder = suite();
    let outcome = program(&folder, "test suite --junit results.xml").run();
    assert_eq!(outcome.code, Some(2), "{outcome}");
    let xml = fs::read_to_string(folder.path().join("results.xml")).unwrap();
    insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true, snapshot_path => "../snapshots" }, {
        insta::assert_snapshot!("test_junit", timeless(&xml));
    });
}

const RANDOM: &str =
    "[content_manager.content_synchronisation]\nrandom_delay = true\nexponential_back_off = false\n\n";

#[test]
fn seeds() {
    let folder = suite();
    let text = RANDOM.to_owned() + &scenario(THREE, &expect("it runs often", "executions = { min = 8 }"));
    fs::write(folder.path().join("suite/random.connector.toml"), text).unwrap();
    check!(
        "test_seeds",
        timed(&folder, "test suite --filter random --filter good --filter bad --seeds 1..50")
    );
    check!("test_seeds_json", timed(&folder, "test suite --filter random --seeds 1..50 --format json"));
    // The command that it names repeats it.
    let json: serde_json::Value = serde_json::from_str(
        &program(&folder, "test suite --filter random --seeds 1..50 --format json").run().stdout,
    )
    .unwrap();
    let again = json["scenarios"][0]["expectations"][0]["again"].as_str().unwrap().to_owned();
    let outcome = program(&folder, again.strip_prefix("connector-cli ").unwrap()).run();
    assert_eq!(outcome.code, Some(1), "{outcome}");
}

#[test]
fn rule_sets() {
    let fixtures =
        |arguments: &str| Timeless(Program::new(arguments).within(Path::new(env!("CARGO_MANIFEST_DIR"))));
    check!("test_rule_sets", fixtures("test fixtures/back-off fixtures/quickstart --rules documented,sdk"));
    check!(
        "test_throttled",
        fixtures("test fixtures/back-off --rules sdk --set expect.1.calls_while_throttled=0")
    );
}

#[test]
fn golden_summaries() {
    let folder = suite();
    let path = "suite/good/connector.golden.txt";
    let golden = || fs::read_to_string(folder.path().join(path)).unwrap();
    let accept = || program(&folder, "test suite/good --accept");
    check!("test_accept_in_ci", accept().variable("CI", "true"));
    assert!(!folder.path().join(path).exists());
    check!("test_accept", Timeless(accept()));
    let first = golden();
    check!("test_golden_same", timed(&folder, "test suite/good"));

    let config = folder.path().join("suite/good/connector.toml");
    let text = fs::read_to_string(&config).unwrap();
    fs::write(&config, format!("# A comment changes nothing.\n{text}")).unwrap();
    assert_eq!(program(&folder, "test suite/good").run().code, Some(0));
    accept().run();
    assert_eq!(golden(), first);

    fs::write(
        &config,
        format!("{text}\n[content_manager.content_synchronisation]\nmax_delay_seconds = 1200\n"),
    )
    .unwrap();
    check!("test_golden_differs", timed(&folder, "test suite/good"));
    check!("test_golden_differs_json", timed(&folder, "test suite/good --format json"));
    assert_eq!(golden(), first, "a difference is not accepted by itself");
    assert_eq!(program(&folder, "test suite/good --set simulation.seed=1").run().code, Some(0));

    assert_eq!(program(&folder, "test suite/good --rules sdk --accept").run().code, Some(0));
    assert!(folder.path().join("suite/good/connector.sdk.golden.txt").exists());
    assert_eq!(golden(), first, "the other rule set has a file of its own");

    fs::remove_file(folder.path().join(path)).unwrap();
    fs::create_dir(folder.path().join(path)).unwrap();
    assert_eq!(program(&folder, "test suite/good").run().code, Some(2));
}

/// The scenarios that pin the rules hold under both rule sets.
#[test]
fn the_rules() {
    let outcome = Program::new("test fixtures/rules --rules documented,sdk -q")
        .within(Path::new(env!("CARGO_MANIFEST_DIR")))
        .run();
    assert_eq!(outcome.code, Some(0), "{outcome}");
}
