//! The README's examples: every command of a `console` block is run and must print what stands under it, and every
//! `toml` block that is a whole config must be valid. `UPDATE_README=1 cargo test --test readme` writes what they print.

#![allow(clippy::unwrap_used, reason = "what cannot be unwrapped in a test is the test's failure")]

use std::fmt::Write;
use std::path::Path;
use std::process::{Command, Stdio};

/// In a block, a line of this alone stands for any number of lines.
const ANYTHING: &str = "…";

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// What a command line prints, run in the repository's folder, 100 columns wide. A last `echo $?` prints the exit code.
fn printed(line: &str) -> String {
    let (line, wants_code) = line.strip_suffix("; echo $?").map_or((line, false), |line| (line, true));
    let mut words = shlex(line).into_iter();
    assert_eq!(words.next().as_deref(), Some("connector-cli"), "{line}");
    let output = Command::new(env!("CARGO_BIN_EXE_connector-cli"))
        .args(words)
        .current_dir(root())
        .env_clear()
        .env("COLUMNS", "100")
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let mut text = String::from_utf8(output.stdout).unwrap();
    text.push_str(&String::from_utf8(output.stderr).unwrap());
    if wants_code {
        writeln!(text, "{}", output.status.code().unwrap_or(-1)).unwrap();
    }
    // Trailing blanks would be lost in an editor.
    text.lines().flat_map(|line| [line.trim_end(), "\n"]).collect()
}

/// The words of a command line, with quotes as a shell reads them.
fn shlex(line: &str) -> Vec<String> {
    let (mut words, mut word, mut quote) = (Vec::new(), None::<String>, None);
    for c in line.chars() {
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (None, '\'' | '"') => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            (None, ' ') => words.extend(word.take()),
            (_, c) => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    words
}

/// Whether `text` is what `pattern` says, lines of [`ANYTHING`] standing for any number of lines.
fn matches(pattern: &[&str], text: &[&str]) -> bool {
    match pattern.split_first() {
        None => text.is_empty(),
        Some((&ANYTHING, rest)) => (0..=text.len()).any(|skipped| matches(rest, &text[skipped..])),
        Some((line, rest)) => text.first() == Some(line) && matches(rest, &text[1..]),
    }
}

#[test]
fn the_examples_print_what_the_readme_says() {
    let path = root().join("README.md");
    let readme = std::fs::read_to_string(&path).unwrap().replace("\r\n", "\n");
    let update = std::env::var_os("UPDATE_README").is_some();
    let (mut updated, mut tried, mut wrong) = (String::new(), 0, Vec::new());
    let mut lines = readme.lines().peekable();
    let mut in_block = false;
    while let Some(line) = lines.next() {
        updated.push_str(line);
        updated.push('\n');
        if line.starts_with("```") {
            in_block = line == "```console";
        }
        let Some(command) = line.strip_prefix("$ ").filter(|_| in_block) else { continue };
        let mut expected = Vec::new();
        while let Some(line) = lines.next_if(|line| !line.starts_with("$ ") && !line.starts_with("```")) {
            expected.push(line);
        }
        let printed = printed(command);
        tried += 1;
        let fits = matches(&expected, &printed.lines().collect::<Vec<_>>());
        if !fits && !update {
            wrong.push(format!("$ {command}\n{printed}"));
        }
        if fits || expected.contains(&ANYTHING) {
            for line in &expected {
                writeln!(updated, "{line}").unwrap();
            }
        } else {
            updated.push_str(&printed);
        }
    }
    assert!(tried >= 8, "only {tried} examples");
    if update {
        std::fs::write(&path, updated).unwrap();
    }
    assert!(wrong.is_empty(), "the README is out of date:\n\n{}", wrong.join("\n\n"));
}

/// The table of differences stands in the README as `connector-cli rules --format markdown` writes it.
#[test]
fn the_table_of_differences_is_the_product_s() {
    let readme = std::fs::read_to_string(root().join("README.md")).unwrap();
    for row in connector_cli::rules::Row::ALL {
        let difference = row.difference();
        let line = format!(
            "| {row} | `{}` | {} | {} | {} |",
            difference.name, difference.subject, difference.documented, difference.sdk
        );
        assert!(readme.contains(&line), "the README lacks this row:\n{line}");
    }
}

/// The two `toml` blocks, a config and its source, with every key that they show, are valid.
#[test]
fn the_config_and_the_source_shown_are_valid() {
    let readme = std::fs::read_to_string(root().join("README.md")).unwrap();
    let blocks: Vec<&str> =
        readme.split("```toml\n").skip(1).filter_map(|rest| rest.split("```").next()).collect();
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    let config = blocks.iter().find(|block| block.contains("[[connectors]]")).unwrap();
    let source = blocks.iter().find(|block| block.contains("kind = \"script\"")).unwrap();
    write("connector.toml", &config.replace("../base.toml", "base.toml"));
    write("base.toml", "[simulation]\nduration = \"1h\"\n");
    write("appsettings.json", "{ \"ContentManager\": { \"DelaySeconds\": \"60\", }, /* a comment */ }");
    write("source.toml", source);
    let output = Command::new(env!("CARGO_BIN_EXE_connector-cli"))
        .args(["validate", "connector.toml", "source.toml"])
        .current_dir(folder.path())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
}
