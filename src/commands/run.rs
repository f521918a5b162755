//! `connector-cli run`: a connector from end to end in virtual time.

use std::fs::File;
use std::io::{self, Write};
use std::path::Path;
use std::rc::Rc;

use crate::cli::{Format, Run};
use crate::clock::{Clock, Interrupts, Speed};
use crate::config::{self, ConnectorConfig};
use crate::engine::Observer;
use crate::error::{Error, Exit};
use crate::event::{Ending, Fact, RunEvent};
use crate::output::Output;
use crate::report::expect::{self, Checked};
use crate::report::tables::{self, Show};
use crate::report::{EventLog, Style, Summary, json, narrate};
use crate::rules::Rules;

use super::progress::{Bar, Counted};

/// Runs a config and shows what happened.
pub(super) fn run(options: &Run, output: &mut Output<'_>) -> Result<Exit, Error> {
    output.use_ascii(options.drawing.ascii);
    output.be_quiet(options.quiet);
    let config = config::load(&options.config, &options.overrides.overrides())?;
    let rules = config.simulation.rules;
    let log_on_stdout = options.event_log.as_deref() == Some(Path::new("-"));

    let (summary, ending) = watch(&config, rules, options, output)?;
    let checked = expect::check(&summary, &config.expectations, rules);
    if !log_on_stdout && !options.quiet {
        show(&summary, &checked, &config, options, output)?;
    }
    if log_on_stdout || options.quiet {
        tell_failures(&checked, output)?;
    }
    if ending == Ending::NoProgress {
        let reason = summary.finished().map(|finished| finished.reason.to_string()).unwrap_or_default();
        output.error(&format!("the run makes no progress: {reason}"), "")?;
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
    rules: Rules,
    options: &Run,
    output: &mut Output<'_>,
) -> Result<(Summary, Ending), Error> {
    let interrupts = Interrupts::listen();
    let speed = options.pace.unwrap_or(Speed::Unbounded);
    let counted = Rc::new(Counted::default());
    let mut bar = (output.may_animate() && !options.verbose)
        .then(|| Bar::new(config.simulation.duration, Rc::clone(&counted), output.note_style()));

    let style = output.note_style();
    let (data, notes) = output.streams();
    let log = match options.event_log.as_deref() {
        None => None,
        Some(path) if path == Path::new("-") => Some(EventLog::new(Box::new(data) as Box<dyn Write>)),
        Some(path) => Some(EventLog::new(Box::new(create(path)?) as Box<dyn Write>)),
    };
    let narrator = options.verbose.then_some(Narrator { to: notes, style, failed: None });
    let mut watchers = Watchers { summary: Summary::new(), log, narrator, counted };
    let mut clock = Clock::start(&interrupts, speed, bar.as_mut().map(|bar| bar as _));
    let ending = crate::run::run(config, rules, &mut clock, &mut watchers);
    drop(clock);

    let Watchers { summary, log, narrator, .. } = watchers;
    if let Some(failed) = narrator.and_then(|narrator| narrator.failed) {
        return Err(failed.into());
    }
    if let Some(Err(failed)) = log.map(EventLog::finish) {
        let path = options.event_log.as_deref().unwrap_or(Path::new("-"));
        return Err(if path == Path::new("-") { failed.into() } else { unwritable(path, &failed) });
    }
    Ok((summary, ending))
}

/// A file to write to.
fn create(path: &Path) -> Result<File, Error> {
    File::create(path).map_err(|error| unwritable(path, &error))
}

fn unwritable(path: &Path, error: &io::Error) -> Error {
    Error::input(format!("{} cannot be written: {error}", path.display()), "")
}

/// Everybody who looks on while a config runs.
struct Watchers<'w> {
    summary: Summary,
    log: Option<EventLog<Box<dyn Write + 'w>>>,
    narrator: Option<Narrator<'w>>,
    counted: Rc<Counted>,
}

impl Observer for Watchers<'_> {
    fn event(&mut self, event: &RunEvent<'_>) {
        self.summary.observe(event);
        if let Some(log) = &mut self.log {
            log.observe(event);
        }
        if let Some(narrator) = &mut self.narrator {
            narrator.tell(event);
        }
        let Counted { executions, locks } = &*self.counted;
        match &event.fact {
            Fact::Execution(_) => executions.set(executions.get() + 1),
            Fact::LockSet(_) => locks.set(locks.get() + 1),
            Fact::LockExpired(_) => locks.set(locks.get().saturating_sub(1)),
            _ => {}
        }
    }
}

/// Tells every event in words.
struct Narrator<'w> {
    to: &'w mut dyn Write,
    style: Style,
    failed: Option<io::Error>,
}

impl Narrator<'_> {
    fn tell(&mut self, event: &RunEvent<'_>) {
        if self.failed.is_none() {
            self.failed = writeln!(self.to, "{}", narrate::event(event, &self.style)).err();
        }
    }
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
        return Ok(json::run(summary, checked, output.data())?);
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
