//! `connector-cli completions SHELL`.

use crate::cli::{Cli, Completions};
use crate::error::{Error, Exit};
use crate::output::Output;

/// Prints the completions for a shell.
pub(super) fn run(options: &Completions, output: &mut Output<'_>) -> Result<Exit, Error> {
    let mut script = Vec::new();
    clap_complete::generate(options.shell, &mut Cli::command_line(), "connector-cli", &mut script);
    output.data().write_all(&script)?;
    Ok(Exit::Success)
}
