//! What is drawn for people fits the terminal, with colour as without.

use std::path::Path;

use crate::program::Program;

/// The text without its escape sequences for colour.
fn without_colour(text: &str) -> String {
    let mut parts = text.split("\u{1b}[");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| text + part.split_once('m').map_or(part, |(_, rest)| rest))
}

fn check(arguments: &str, columns: usize) {
    let program = |colour: &str| {
        Program::new(arguments)
            .within(Path::new(env!("CARGO_MANIFEST_DIR")))
            .columns(columns)
            .variable("CLICOLOR_FORCE", colour)
            .run()
            .stdout
    };
    let coloured = program("1");
    assert!(coloured.contains('\u{1b}'), "{arguments}");
    // A space too many wraps on a terminal, and leaves an empty line.
    let bare = without_colour(&coloured);
    for line in bare.lines() {
        assert!(line.chars().count() <= columns, "{arguments} at {columns}: {line:?}");
    }
    assert_eq!(bare, program("0"), "{arguments}");
}

#[test]
fn colour_changes_nothing_but_the_colour() {
    for columns in [80, 100, 160, 200] {
        check("run fixtures/back-off/connector.toml --rules sdk", columns);
        check("inspect-locks fixtures/two-locks/connector.toml", columns);
        check("inspect-locks fixtures/two-locks/connector.toml --at 8m", columns);
        check("simulate-backoff 3xempty results 2xfailed disabled", columns);
        check("simulate-backoff 3xempty --rules sdk", columns);
        check("rules", columns);
    }
}

/// `COLUMNS` may say anything.
#[test]
fn a_width_beyond_all_bounds() {
    let run = Program::new("run fixtures/back-off/connector.toml")
        .within(Path::new(env!("CARGO_MANIFEST_DIR")))
        .variable("COLUMNS", "99999999999")
        .run();
    assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""));
}
