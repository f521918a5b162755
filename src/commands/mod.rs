//! One thin file a subcommand: each puts the pieces together and writes what they say.

mod completions;
mod diff;
mod init;
mod inspect_locks;
mod progress;
mod rules;
mod run;
mod schema;
mod simulate_backoff;
mod test;
mod validate;
mod vary;

use std::ffi::OsString;

use clap::FromArgMatches;

use crate::cli::{Cli, Command};
use crate::error::{Error, Exit};
use crate::output::Output;
use crate::report::Summary;

/// Parses a command line, does what it says, and says how that went.
pub fn run(arguments: impl IntoIterator<Item = OsString>, output: &mut Output<'_>) -> Exit {
    let result = execute(arguments, output).and_then(|exit| {
        output.flush()?;
        Ok(exit)
    });
    result.unwrap_or_else(|error| {
        let exit = error.report(output);
        // What cannot be written now could not be written before, and that is told already.
        let _ = output.flush();
        exit
    })
}

fn execute(arguments: impl IntoIterator<Item = OsString>, output: &mut Output<'_>) -> Result<Exit, Error> {
    let command_line = Cli::command_line().term_width(output.style().columns().min(100));
    let cli = Cli::from_arg_matches(&command_line.try_get_matches_from(arguments)?)?;
    match cli.command {
        Command::Run(options) => run::run(&options, output),
        Command::InspectLocks(options) => inspect_locks::run(&options, output),

        Command::Diff(options) => diff::run(&options, output),
        Command::Test(options) => test::run(&options, output),
        Command::SimulateBackoff(options) => simulate_backoff::run(&options, output),
        Command::Rules(options) => rules::run(&options, output),
        Command::Validate(options) => validate::run(&options, output),
        Command::Init(options) => init::run(&options, output),
        Command::Schema(options) => schema::run(&options, output),
        Command::Completions(options) => completions::run(&options, output),
    }
}

/// Says which operation kept a run from getting anywhere.
fn tell_no_progress(summary: &Summary, output: &mut Output<'_>) -> Result<(), Error> {
    let reason = summary.finished().map(|finished| finished.reason.to_string()).unwrap_or_default();
    Ok(output.error(&format!("the run makes no progress: {reason}"), "")?)
}
