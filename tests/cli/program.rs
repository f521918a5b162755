//! Runs the binary in an environment of its own: nothing of the caller's terminal, locale or variables gets in.

use std::ffi::OsStr;
use std::fmt;
use std::path::Path;
use std::process::{Command, Stdio};

/// A command line to try.
pub(crate) struct Program(Command);

/// What came of it.
pub(crate) struct Outcome {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Program {
    /// `connector-cli` with these arguments, separated by spaces, 100 columns wide.
    pub(crate) fn new(arguments: &str) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_connector-cli"));
        command.args(arguments.split_whitespace()).env_clear().env("COLUMNS", "100").stdin(Stdio::null());
        Self(command)
    }

    pub(crate) fn argument(mut self, argument: impl AsRef<OsStr>) -> Self {
        self.0.arg(argument);
        self
    }

    pub(crate) fn variable(mut self, name: &str, value: &str) -> Self {
        self.0.env(name, value);
        self
    }

    /// Runs in this folder.
    pub(crate) fn within(mut self, folder: &Path) -> Self {
        self.0.current_dir(folder);
        self
    }

    pub(crate) fn columns(self, columns: usize) -> Self {
        self.variable("COLUMNS", &columns.to_string())
    }

    #[cfg(unix)]
    pub(crate) fn stdout(mut self, to: impl Into<Stdio>) -> Self {
        self.0.stdout(to);
        self
    }

    pub(crate) fn run(mut self) -> Outcome {
        let output = self.0.stderr(Stdio::piped()).output().expect("the binary starts");
        Outcome {
            code: output.status.code(),
            stdout: String::from_utf8(output.stdout).expect("standard output is UTF-8"),
            stderr: String::from_utf8(output.stderr).expect("standard error is UTF-8"),
        }
    }
}

/// All three, as the snapshots show them.
impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let code = self.code.map_or("none".to_owned(), |code| code.to_string());
        write!(f, "exit code: {code}\n--- stdout\n{}--- stderr\n{}", self.stdout, self.stderr)
    }
}

/// Compares what came of a command line with the snapshot of this name.
macro_rules! check {
    ($name:literal, $program:expr) => {
        insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true, snapshot_path => "../snapshots" }, {
            insta::assert_snapshot!($name, $program.run());
        })
    };
}
pub(crate) use check;
