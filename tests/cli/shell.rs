//! What holds for every command: help, usage, colour, pipes.

use crate::program::{Program, check};

#[test]
fn help() {
    check!("help", Program::new("--help"));
    check!("help-narrow", Program::new("simulate-backoff --help").columns(60));
}

#[test]
fn wrong_usage() {
    check!("usage-nothing", Program::new(""));
    check!("usage-unknown-command", Program::new("simulate-backof"));
    check!("usage-unknown-option", Program::new("rules --formt json"));
}

#[test]
fn version_is_data() {
    let outcome = Program::new("--version").run();
    assert_eq!((outcome.code, outcome.stderr.as_str()), (Some(0), ""));
    assert_eq!(outcome.stdout, format!("connector-cli {}\n", env!("CARGO_PKG_VERSION")));
}

/// Colour only where it is asked for, never in a pipe by itself.
#[test]
fn colour() {
    let coloured = |program: Program| program.run().stdout.contains('\u{1b}');
    assert!(!coloured(Program::new("rules")));
    assert!(coloured(Program::new("rules").variable("CLICOLOR_FORCE", "1")));
    assert!(coloured(Program::new("--help").variable("CLICOLOR_FORCE", "1")));
    assert!(!coloured(Program::new("rules").variable("CLICOLOR_FORCE", "1").variable("NO_COLOR", "1")));
    assert!(!coloured(Program::new("rules --format json").variable("CLICOLOR_FORCE", "1")));
}

#[test]
fn ascii() {
    let by_option = Program::new("rules D2 --ascii").run().stdout;
    let by_locale = Program::new("rules D2").variable("LC_ALL", "C").run().stdout;
    assert!(by_option.is_ascii(), "{by_option}");
    assert_eq!(by_option, by_locale);
    assert!(!Program::new("rules D2").variable("LANG", "C.UTF-8").run().stdout.is_ascii());
}

/// Whoever reads the output may stop at any time.
#[cfg(unix)]
#[test]
fn a_closed_pipe_is_no_error() {
    let (reader, writer) = std::io::pipe().expect("a pipe");
    drop(reader);
    let outcome = Program::new("simulate-backoff 5000xempty").stdout(writer).run();
    assert_eq!((outcome.code, outcome.stderr.as_str()), (Some(0), ""));
}

/// A disk that is full is one.
#[cfg(target_os = "linux")]
#[test]
fn output_that_cannot_be_written() {
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").expect("/dev/full");
    let outcome = Program::new("simulate-backoff").stdout(full).run();
    assert_eq!(outcome.code, Some(2));
    assert!(outcome.stderr.starts_with("error: the output cannot be written: "), "{}", outcome.stderr);
}
