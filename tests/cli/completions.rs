//! The files in `completions/` are what the command prints. `UPDATE_COMPLETIONS=1 cargo test completions` writes them.

use std::fs;
use std::path::Path;

use crate::program::Program;

fn check(shell: &str, file: &str) {
    let outcome = Program::new("completions").argument(shell).run();
    assert_eq!((outcome.code, outcome.stderr.as_str()), (Some(0), ""));
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("completions").join(file);
    if std::env::var_os("UPDATE_COMPLETIONS").is_some() {
        fs::write(&path, &outcome.stdout).expect("the file is written");
    }
    let written = fs::read_to_string(&path).unwrap_or_default().replace("\r\n", "\n");
    let hint = "UPDATE_COMPLETIONS=1 cargo test completions";
    assert!(written == outcome.stdout, "completions/{file} is not what the command prints: {hint}");
}

#[test]
fn files_are_up_to_date() {
    check("bash", "connector-cli.bash");
    check("zsh", "_connector-cli");
    check("fish", "connector-cli.fish");
    check("powershell", "_connector-cli.ps1");
    check("elvish", "connector-cli.elv");
}
