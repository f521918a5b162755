//! `connector-cli run`: a connector from end to end in virtual time.

mod outputs;
mod watchers;

use super::progress::{self, Bar};
use crate::cli::{Format, Run};
use crate::clock::{Interrupts, Speed};
use crate::config::{self, ConnectorConfig};
use crate::error::{Error, Exit};
use crate::event::Ending;
use crate::output::Output;
use crate::report::expect::{self, Checked};
use crate::report::tables::{self, Show};
use crate::report::{Summary, json};

use watchers::{Watched, Watchers};

/// Runs a config and shows what happened.
pub(super) fn run(options: &Run, output: &mut Output<'_>) -> Result<Exit, Error> {
    output.use_ascii(options.drawing.ascii);
    output.be_quiet(options.quiet);
    if !options.vary.is_empty() {
        return super::vary::run(options, output);
    }
    let config = config::load(&options.config, &options.overrides.overrides())?;
    outputs::check(options, &config)?;
    let (watched, ending) = watch(&config, options, output)?;
    let summary = &watched.summary;
    let checked = expect::check(summary, &config.expectations, config.simulation.rules);
    watched.write_report(&options.config, &checked)?;
    if let Some(words) = watched.left_out_of_trace() {
        output.note(&words)?;
    }
    if options.shows_results() {
        show(summary, &checked, &config, options, output)?;
    } else {
        tell_failures(&checked, output)?;
    }
    if ending == Ending::NoProgress {
        super::tell_no_progress(summary, output)?;
    }
    Ok(match ending {
        Ending::NoProgress => Exit::NoProgress,
        Ending::Interrupted => Exit::Interrupted,
        _ if checked.iter().all(Checked::passed) => Exit::Success,
        _ => Exit::ExpectationFailed,
    })
}

/// Runs the config, with everybody who wants to know looking on.
fn watch(
    config: &ConnectorConfig,
    options: &Run,
    output: &mut Output<'_>,
) -> Result<(Watched, Ending), Error> {
    let interrupts = Interrupts::listen();
    let speed = options.pace.unwrap_or(Speed::Unbounded);
    let bar = Bar::on(output, config).filter(|_| !options.verbose);

    let style = output.note_style();
    let (data, notes) = output.streams();
    let mut watchers = Watchers::open(options, data, notes, style)?;
    let ending = progress::run(config, (&interrupts, speed), bar, &mut watchers);
    Ok((watchers.finish()?, ending))
}

/// Prints the results.
fn show(
    summary: &Summary,
    checked: &[Checked<'_>],
    config: &ConnectorConfig,
    options: &Run,
    output: &mut Output<'_>,
) -> Result<(), Error> {
    if options.format == Format::Json {
        return Ok(json::run(summary, checked, options.all, output.data())?);
    }
    let for_other_rules = config.expectations.len() - checked.len();
    let show = Show { summary, expectations: checked, for_other_rules, all: options.all };
    let text = tables::run(&show, &output.style());
    Ok(output.data().write_all(text.as_bytes())?)
}

/// Says on standard error which expectations failed, where nothing else says it.
fn tell_failures(checked: &[Checked<'_>], output: &mut Output<'_>) -> Result<(), Error> {
    for failed in checked.iter().filter(|checked| !checked.passed()) {
        let (file, line) = &failed.expectation.place;
        let mut seen: Vec<String> = failed
            .conditions
            .iter()
            .filter(|condition| !condition.passed)
            .map(|condition| {
                format!("{}: expected {}, seen {}", condition.measure, condition.expected, condition.seen)
            })
            .collect();
        if let Some(no_match) = &failed.no_match {
            seen = vec![no_match.to_string()];
        }
        output.error(&format!("{file}:{line}: {:?} failed", failed.expectation.name), &seen.join("\n"))?;
    }
    Ok(())
}
