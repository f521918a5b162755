//! Whole configs: everything valid loads, everything invalid says what, where, and what would be right.

mod bad_input;
mod files;
mod layers;
mod robust;
mod run_log;
mod schema;
mod valid;

use std::path::{Path, PathBuf};

use super::{ConnectorConfig, Overrides, Problems, load};

/// A valid config of five lines; what a test adds begins at line 6.
const VALID: &str =
    "[simulation]\nduration = '2h'\n[[connectors]]\nid = 'box'\nsource = { kind = 'script' }\n";

/// Files in a folder of their own; the config is `connector.toml`.
struct Project {
    folder: tempfile::TempDir,
}

impl Project {
    fn new(files: &[(&str, &str)]) -> Self {
        let bytes: Vec<(&str, &[u8])> = files.iter().map(|(name, text)| (*name, text.as_bytes())).collect();
        Self::of_bytes(&bytes)
    }

    fn of_bytes(files: &[(&str, &[u8])]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for (name, bytes) in files {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, bytes).unwrap();
        }
        Self { folder }
    }

    fn load(&self, overrides: &Overrides) -> Result<ConnectorConfig, Problems> {
        load(&self.folder.path().join("connector.toml"), overrides)
    }

    /// The problems or else the warnings, a line each.
    fn lines(&self, overrides: &Overrides) -> String {
        let lines: Vec<String> = match self.load(overrides) {
            Err(problems) => problems.short().collect(),
            Ok(config) => (config.warnings.iter())
                .map(|warning| {
                    let (path, line, column) = &warning.place;
                    let of = warning.connector.as_ref().map(|id| format!(" ({id})")).unwrap_or_default();
                    format!("{path}:{line}:{column}: warning {}{of}: {}", warning.code, warning.message)
                })
                .collect(),
        };
        self.without_folder(&lines.join("\n"))
    }

    /// The problems as people see them.
    fn rendered(&self, width: usize) -> String {
        let problems = self.load(&Overrides::default()).unwrap_err();
        self.without_folder(&problems.render(width, false))
    }

    fn without_folder(&self, text: &str) -> String {
        text.replace(&format!("{}/", self.folder.path().display()).replace('\\', "/"), "")
    }
}

/// Command-line overrides by `--set` alone.
fn set(set: &[&str]) -> Overrides {
    Overrides { set: set.iter().map(ToString::to_string).collect(), ..Overrides::default() }
}

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(name)
}

/// Every config of the examples and recordings.
fn fixtures() -> Vec<PathBuf> {
    let mut configs: Vec<PathBuf> =
        ["quickstart", "back-off", "lifecycle"].map(|name| fixture(name).join("connector.toml")).into();
    configs.extend((1..=24).map(|number| fixture(&format!("sdk-recordings/{number:02}/connector.toml"))));
    configs
}

/// Text as it is expected.
#[track_caller]
fn same(found: &str, expect: &str) {
    assert!(found == expect, "found:\n{found}\nexpected:\n{expect}");
}
