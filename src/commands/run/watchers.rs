//! Everybody who looks on while a config runs: the summary, the files that were asked for, the teller, the progress bar.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use crate::cli::{Format, Run};
use crate::engine::Observer;
use crate::error::Error;
use crate::event::RunEvent;
use crate::report::expect::Checked;
use crate::report::summary::Holds;
use crate::report::{EventLog, Html, LeftOut, Style, Summary, Trace, narrate};

/// Where output that is written during the run goes.
type To<'w> = Box<dyn Write + 'w>;

/// Everybody who looks on.
pub(super) struct Watchers<'w> {
    summary: Summary,
    log: Option<(PathBuf, EventLog<To<'w>>)>,
    trace: Option<(PathBuf, Trace<To<'w>>)>,
    html: Option<(PathBuf, File, Html)>,
    teller: Option<Teller<'w>>,
}

/// What is there once the run is over.
pub(super) struct Watched {
    /// The run in numbers.
    pub(super) summary: Summary,
    html: Option<(PathBuf, File, Html)>,
    trace: Option<(PathBuf, LeftOut)>,
}

impl<'w> Watchers<'w> {
    /// Those that the options ask for. Files are opened now, so that one that cannot be written stops the run before it
    /// begins. `data` is standard output, for a log that goes there; `notes` standard error.
    pub(super) fn open(
        options: &Run,
        data: &'w mut dyn Write,
        notes: &'w mut dyn Write,
        style: Style,
    ) -> Result<Self, Error> {
        let log = match &options.event_log {
            None => None,
            Some(path) if path == Path::new("-") => {
                Some((path.clone(), EventLog::new(Box::new(data) as To<'w>)))
            }
            Some(path) => Some((path.clone(), EventLog::new(Box::new(create(path)?) as To<'w>))),
        };
        let trace = match &options.trace {
            None => None,
            Some(path) => {
                let file = BufWriter::with_capacity(1 << 16, create(path)?);
                Some((path.clone(), Trace::new(Box::new(file) as To<'w>)))
            }
        };
        let html = match &options.report {
            None => None,
            Some(path) => Some((path.clone(), create(path)?, Html::new())),
        };
        let teller = options.verbose.then_some(Teller { to: notes, style, failed: None });
        Ok(Self { summary: Summary::keeping(holds_shown(options)), log, trace, html, teller })
    }

    /// Writes out what is still in memory; the first thing that went wrong.
    pub(super) fn finish(self) -> Result<Watched, Error> {
        if let Some(failed) = self.teller.and_then(|teller| teller.failed) {
            return Err(failed.into());
        }
        if let Some((path, log)) = self.log {
            log.finish().map_err(|failed| match path.as_path() {
                path if path == Path::new("-") => failed.into(),
                path => unwritable(path, &failed),
            })?;
        }
        let trace = match self.trace {
            Some((path, trace)) => {
                let left_out = trace.finish().map_err(|failed| unwritable(&path, &failed))?;
                Some((path, left_out))
            }
            None => None,
        };
        Ok(Watched { summary: self.summary, html: self.html, trace })
    }
}

impl Watched {
    /// Writes the HTML report, if one was asked for: the last thing, since it shows what the expectations say.
    pub(super) fn write_report(&self, config: &Path, checked: &[Checked<'_>]) -> Result<(), Error> {
        let Some((path, file, html)) = &self.html else { return Ok(()) };
        let name = config.display().to_string();
        let mut file = BufWriter::with_capacity(1 << 16, file);
        let written = html.write(&name, &self.summary, checked, &mut file).and_then(|()| file.flush());
        written.map_err(|failed| unwritable(path, &failed))
    }

    /// What the trace does not show, if one was asked for and it would have become too large.
    pub(super) fn left_out_of_trace(&self) -> Option<String> {
        let (path, left_out) = self.trace.as_ref()?;
        let words = left_out.words()?;
        Some(format!("{} is kept small enough to be opened and leaves out {words}", path.display()))
    }
}

impl Observer for Watchers<'_> {
    fn event(&mut self, event: &RunEvent<'_>) {
        self.summary.observe(event);
        if let Some((_, log)) = &mut self.log {
            log.observe(event);
        }
        if let Some((_, trace)) = &mut self.trace {
            trace.observe(event);
        }
        if let Some((_, _, html)) = &mut self.html {
            html.observe(event);
        }
        if let Some(teller) = &mut self.teller {
            teller.tell(event);
        }
    }

    fn soon(&mut self, lines: &[u32]) {
        self.summary.soon(lines);
    }
}

/// Tells every event in words.
struct Teller<'w> {
    to: &'w mut dyn Write,
    style: Style,
    failed: Option<io::Error>,
}

impl Teller<'_> {
    fn tell(&mut self, event: &RunEvent<'_>) {
        if self.failed.is_none() {
            self.failed = writeln!(self.to, "{}", narrate::event(event, &self.style)).err();
        }
    }
}

/// The holds that will be shown one by one: a page and a document show them all, the tables' timeline those of a few keys.
fn holds_shown(options: &Run) -> Holds {
    let shows_all = options.shows_results() && (options.all || options.format == Format::Json);
    if options.report.is_some() || shows_all {
        Holds::All
    } else if options.shows_results() {
        Holds::OfWorstKeys
    } else {
        Holds::None
    }
}

/// A file to write to.
fn create(path: &Path) -> Result<File, Error> {
    File::create(path).map_err(|error| unwritable(path, &error))
}

fn unwritable(path: &Path, error: &io::Error) -> Error {
    // The usual reasons in words of our own: the system's differ from one to the next.
    let reason = match error.kind() {
        io::ErrorKind::NotFound => "its folder does not exist".to_owned(),
        io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        io::ErrorKind::IsADirectory => "it is a directory".to_owned(),
        io::ErrorKind::StorageFull => "the disk is full".to_owned(),
        _ => error.to_string(),
    };
    Error::input(format!("{} cannot be written: {reason}", path.display()), "")
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::cli::{Cli, Command};

    #[test]
    fn holds_are_kept_for_who_shows_them() {
        let check = |options: &str, expect| {
            let words =
                ["connector-cli", "run", "connector.toml"].into_iter().chain(options.split_whitespace());
            let Command::Run(options) = Cli::parse_from(words).command else { panic!("no run: {options}") };
            assert_eq!(holds_shown(&options), expect, "{options:?}");
        };
        check("", Holds::OfWorstKeys);
        check("--event-log run.jsonl", Holds::OfWorstKeys);
        check("--all", Holds::All);
        check("--format json", Holds::All);
        check("--report run.html", Holds::All);
        check("-q --report run.html", Holds::All);
        check("--event-log - --report run.html", Holds::All);
        check("-q", Holds::None);
        check("-q --all", Holds::None);
        check("--event-log - --format json", Holds::None);
    }
}
