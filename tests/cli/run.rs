//! `connector-cli run` from outside.

use std::path::Path;

use crate::program::{Program, check};

/// Runs in the repository's folder, so that paths are the same everywhere.
fn program(arguments: &str) -> Program {
    Program::new(arguments).within(Path::new(env!("CARGO_MANIFEST_DIR")))
}

/// A folder with a config of one connector, whose discovery finds `a` and whose synchronisation is this list.
fn config(list: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let text = format!(
        "[simulation]\nduration = \"1h\"\n\n[[connectors]]\nid = \"box\"\n\n[connectors.source]\nkind = \"script\"\n\n\
         [connectors.source.channel_discovery]\nsteps = [{{ channels = [\"a\"] }}]\n\n\
         [connectors.source.content_synchronisation.a]\n{list}\n\n\
         [[expect]]\nname = \"everything arrives\"\nwhere = {{ channel = \"a\" }}\nrecords = {{ min = 5 }}\nfailed = 0\n"
    );
    std::fs::write(folder.path().join("connector.toml"), text).unwrap();
    folder
}

#[test]
fn the_demonstration_under_both_rule_sets() {
    check!("run_back_off_documented_80", program("run fixtures/back-off/connector.toml").columns(80));
    check!("run_back_off_sdk_160", program("run fixtures/back-off/connector.toml --rules sdk").columns(160));
    check!("run_back_off_sdk_ascii", program("run fixtures/back-off/connector.toml --rules sdk --ascii"));
}

#[test]
fn the_quickstart() {
    check!("run_quickstart_80", program("run fixtures/quickstart/connector.toml").columns(80));
    check!("run_quickstart_160", program("run fixtures/quickstart/connector.toml").columns(160));
    check!("run_quickstart_json", program("run fixtures/quickstart/connector.toml --format json"));
    check!(
        "run_quickstart_log",
        program("run fixtures/quickstart/connector.toml --event-log - --duration 10m")
    );
    check!("run_quickstart_quiet", program("run fixtures/quickstart/connector.toml -q"));
    check!("run_quickstart_verbose", program("run fixtures/quickstart/connector.toml -v --duration 5m"));
}

#[test]
fn an_expectation_that_fails() {
    let folder =
        config("steps = [{ result = \"failed\", reason = \"HTTP 503\" }, { records = 3, cursor = \"1\" }]");
    let run = |more: &str| Program::new(&format!("run connector.toml {more}")).within(folder.path());
    check!("run_expectation_fails", run(""));
    check!("run_expectation_fails_quiet", run("--quiet"));
    check!("run_expectation_fails_log", run("--event-log - --set simulation.duration=40"));
}

#[test]
fn a_run_without_progress_stops_with_the_tables() {
    let folder = config("otherwise = \"repeat-last\"\nsteps = [{ result = \"incomplete\", records = 1 }]");
    check!("run_no_progress", Program::new("run connector.toml").within(folder.path()));
}

/// The log in a file is the log on standard output, and the same bytes every time.
#[test]
fn the_event_log_is_the_same_wherever_it_goes() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("log.jsonl");
    let to_file = program("run fixtures/lifecycle/connector.toml --event-log").argument(&path).run();
    assert_eq!(to_file.code, Some(0));
    let to_stdout = program("run fixtures/lifecycle/connector.toml --event-log -").run();
    assert_eq!(std::fs::read_to_string(&path).unwrap(), to_stdout.stdout);
    assert_eq!(to_stdout.stderr, "");
}

#[test]
fn nothing_is_written_for_an_input_that_is_no_good() {
    let folder = config("steps = [{ result = \"compleet\" }]");
    let run = Program::new("run connector.toml --event-log log.jsonl").within(folder.path());
    check!("run_bad_input", run);
    assert!(!folder.path().join("log.jsonl").exists());
    check!(
        "run_no_such_folder",
        program("run fixtures/quickstart/connector.toml --event-log no/such/folder/log.jsonl")
    );
    check!("run_bad_options", program("run fixtures/quickstart/connector.toml --rules sd --pace fast"));
    check!("run_bad_set", program("run fixtures/quickstart/connector.toml --set retry.max_retrys=3"));
}

/// A slip on the command line costs nobody their config.
#[test]
fn no_output_is_written_over_an_input_or_another_output() {
    let folder = config("steps = [{ records = 5 }]");
    let path = folder.path().join("connector.toml");
    let before = std::fs::read_to_string(&path).unwrap();
    let refused = |options: &str, expect: &str| {
        let run = Program::new(&format!("run connector.toml {options}")).within(folder.path()).run();
        assert_eq!((run.code, run.stdout.as_str(), run.stderr.trim_end()), (Some(2), "", expect));
        assert_eq!(std::fs::read_to_string(&path).unwrap(), before);
    };
    for option in ["--event-log", "--report", "--trace"] {
        refused(
            &format!("{option} ./connector.toml"),
            &format!("error: {option} cannot be ./connector.toml: the run reads it"),
        );
    }
    refused("--event-log out --trace out", "error: --trace cannot be out: the event log goes there");
    refused("--report ./out --trace out", "error: --trace cannot be out: the report goes there");
    assert!(!folder.path().join("out").exists());
    let source = "kind = \"script\"\n";
    std::fs::write(folder.path().join("source.toml"), source).unwrap();
    let run = Program::new("run connector.toml --set connectors.0.source=source.toml --trace source.toml");
    assert_eq!(run.within(folder.path()).run().code, Some(2));
    assert_eq!(std::fs::read_to_string(folder.path().join("source.toml")).unwrap(), source);
}

/// Ctrl-C in the middle of a paced run: `stop` is called, the tables so far are printed.
#[cfg(unix)]
#[test]
fn an_interrupt_ends_a_run_cleanly() {
    use std::io::{BufRead, BufReader, Read};
    use std::process::{Command, Stdio};

    let mut child = Command::new(env!("CARGO_BIN_EXE_connector-cli"))
        .args(["run", "fixtures/quickstart/connector.toml", "--pace", "real", "-v"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut told = BufReader::new(child.stderr.take().unwrap());
    let mut line = String::new();
    // The registration's first page comes two seconds later in real time: the interrupt meets the run before it.
    while !line.contains("sharepoint") {
        line.clear();
        told.read_line(&mut line).unwrap();
    }
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
    let (mut stdout, mut stderr) = (String::new(), String::new());
    child.stdout.take().unwrap().read_to_string(&mut stdout).unwrap();
    told.read_to_string(&mut stderr).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(130), "{stderr}");
    assert!(stderr.contains("stop"), "{stderr}");
    assert!(stdout.contains("Results") && stdout.contains("sharepoint"), "{stdout}");
}

/// The report and the trace are files of their own, the same every time; the browser's tests look into the page.
#[test]
fn a_report_and_a_trace() {
    let folder = tempfile::tempdir().unwrap();
    let write = |number: u32| {
        let (page, trace) = (format!("{number}.html"), format!("{number}.json"));
        let run = program("run fixtures/two-locks/connector.toml --quiet --report")
            .argument(folder.path().join(&page))
            .argument("--trace")
            .argument(folder.path().join(&trace))
            .run();
        assert_eq!((run.code, run.stdout.as_str(), run.stderr.as_str()), (Some(0), "", ""));
        [page, trace].map(|name| std::fs::read_to_string(folder.path().join(name)).unwrap())
    };
    let [page, trace] = write(1);
    assert!(page.starts_with("<!DOCTYPE html>") && page.contains("legal waits for the tenant"), "{page}");
    let trace_events: serde_json::Value = serde_json::from_str(&trace).unwrap();
    assert!(trace_events["traceEvents"].as_array().is_some_and(|events| events.len() > 20), "{trace}");
    assert_eq!(write(2), [page, trace]);
    check!(
        "run_report_unwritable",
        program("run fixtures/two-locks/connector.toml --report no/such/folder/out.html")
    );
}

/// The page tells what a run on a dataset tells, the verdict first.
#[test]
fn a_report_of_a_quota() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("out.html");
    let run =
        program("run fixtures/quota/connector.toml --duration 6h --quiet --report").argument(&path).run();
    assert_eq!(run.code, Some(1), "six hours are too short for the history: {}", run.stderr);
    let page = std::fs::read_to_string(path).unwrap();
    for part in
        ["<li><b>Registrations do not end within 6h", "id=\"treated\"", "id=\"submitted\"", "id=\"stale\""]
    {
        assert!(page.contains(part), "{part}");
    }
}
