//! `connector-cli run --vary`: settings chosen, not guessed.

use indicatif::{ProgressBar, ProgressDrawTarget};

use crate::cli::{Format, Run};
use crate::clock::Interrupts;
use crate::error::{Error, Exit};
use crate::event::Ending;
use crate::output::Output;
use crate::suite::{pool, vary};

/// Runs the config with every combination and shows them side by side. Well if any of them keeps all expectations.
pub(super) fn run(options: &Run, output: &mut Output<'_>) -> Result<Exit, Error> {
    let Some(combinations) = vary::combinations(&options.vary) else {
        let message = format!("--vary asks for more than {} combinations", vary::MOST_COMBINATIONS);
        return Err(Error::input(message, "try fewer values, or one key after the other"));
    };
    let bar = output
        .may_animate()
        .then(|| ProgressBar::with_draw_target(Some(combinations as u64), ProgressDrawTarget::stderr()));
    let interrupts = Interrupts::listen();
    let mut progress = |done: usize| {
        if let Some(bar) = &bar {
            bar.set_position(done as u64);
        }
    };
    let rows = vary::rows(
        &options.config,
        &options.overrides.overrides(),
        &options.vary,
        pool::threads(options.jobs),
        &interrupts.flag(),
        &mut progress,
    );
    if let Some(bar) = &bar {
        bar.finish_and_clear();
    }
    let rows = rows?;
    match options.format {
        Format::Json => vary::json(&rows, output.data())?,
        Format::Table => {
            let text = vary::table(&rows, &output.style());
            output.data().write_all(text.as_bytes())?;
        }
    }
    Ok(if interrupts.asked() {
        Exit::Interrupted
    } else if rows.iter().any(|row| row.failed.is_empty() && row.ending != Ending::NoProgress) {
        Exit::Success
    } else {
        Exit::ExpectationFailed
    })
}
