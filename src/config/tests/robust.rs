//! Whatever the bytes are: a config or problems, never a panic.

use proptest::prelude::*;

use super::{Overrides, Project, fixture, set};

/// Loads these bytes as a config, with itself as its source and settings; shows what comes out.
fn load(bytes: &[u8], overrides: &Overrides) {
    let project =
        Project::of_bytes(&[("connector.toml", bytes), ("source.toml", bytes), ("appsettings.json", bytes)]);
    if let Err(problems) = project.load(overrides) {
        assert!(problems.short().count() > 0);
        for problem in &problems {
            let (line, column) = problem.line_and_column();
            assert!(line > 0 && column > 0);
        }
        problems.render(80, true);
    }
}

/// What a config is made of, so that random files get far.
const WORDS: [&str; 36] = [
    "[simulation]\n",
    "duration = ",
    "'2h'\n",
    "[[connectors]]\n",
    "id = ",
    "source = ",
    "'source.toml'\n",
    "'box'\n",
    "{ kind = 'script' }\n",
    "kind = 'script'\n",
    "[channel_discovery]\n",
    "steps = [",
    "{",
    "}",
    "]",
    "[",
    ",",
    "\n",
    "=",
    "'",
    "\"",
    "'''",
    "[[timeline]]\n",
    "at = ",
    "change = 'add'\n",
    "extends = 'source.toml'\n",
    "settings_from = 'appsettings.json'\n",
    "99999999999999999999",
    "-1\n",
    "true\n",
    "2026-01-05T09:00:00Z\n",
    "\r\n",
    "ß→\u{1f600}",
    "\\u",
    "\u{feff}",
    "[[expect]]\n",
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn random_bytes(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        load(&bytes, &Overrides::default());
    }

    #[test]
    fn random_words(words in prop::collection::vec(prop::sample::select(&WORDS[..]), 0..40)) {
        load(words.concat().as_bytes(), &Overrides::default());
    }

    #[test]
    fn a_valid_config_with_a_piece_replaced(
        name in prop::sample::select(vec!["connector.toml", "source.toml"]),
        from in 0usize..2000,
        length in 0usize..20,
        piece in prop::sample::select(&WORDS[..]),
    ) {
        let mut bytes = std::fs::read(fixture("quickstart").join(name)).unwrap();
        let from = from.min(bytes.len());
        let to = (from + length).min(bytes.len());
        bytes.splice(from..to, piece.bytes());
        let whole = std::fs::read(fixture("quickstart").join("connector.toml")).unwrap();
        if name == "connector.toml" {
            load(&bytes, &Overrides::default());
        } else {
            let project = Project::of_bytes(&[("connector.toml", &whole), ("source.toml", &bytes)]);
            if let Err(problems) = project.load(&Overrides::default()) {
                problems.render(80, false);
            }
        }
    }

    #[test]
    fn random_arguments(argument in "[a-z0-9.='\"{}\\[\\] ß]{0,30}", duration in "[0-9a-zß. -]{0,30}") {
        let bytes = std::fs::read(fixture("quickstart").join("connector.toml")).unwrap();
        load(&bytes, &Overrides { duration: Some(duration), ..set(&[&argument]) });
    }
}

/// What the parser accepts is deeper than what recursion should follow.
#[test]
fn deep_nesting_is_a_problem_and_no_overflow() {
    let dotted = "a.".repeat(70);
    let inline = format!("{}1{}", format!("{{{dotted}b=").repeat(70), "}".repeat(70));
    let nested = format!("x = {inline}\ny = {}{}\n", "[".repeat(5000), "]".repeat(5000));
    load(nested.as_bytes(), &Overrides::default());
    load(
        nested.as_bytes(),
        &set(&[&format!("x={inline}"), &format!("{dotted}z=1"), &format!("{}z=1", "a.".repeat(5000))]),
    );
    load("{\"a\":[".repeat(50_000).as_bytes(), &Overrides::default());
}

#[test]
fn large_files_are_read_or_refused_in_reasonable_time() {
    load("[".repeat(1 << 20).as_bytes(), &Overrides::default());
    load("x\n".repeat(1 << 19).as_bytes(), &Overrides::default());
    let mut keys = String::new();
    for number in 0..50_000 {
        use std::fmt::Write as _;
        let _ = writeln!(keys, "key-{number} = [");
    }
    load(keys.as_bytes(), &Overrides::default());
}
