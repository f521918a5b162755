//! `connector-cli inspect-locks`: who is holding everybody up, and since when.

use std::fmt::Write as _;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

use super::progress::{self, Bar};
use crate::cli::{Format, InspectLocks, Override};
use crate::clock::{Interrupts, Speed};
use crate::config;
use crate::error::{Error, Exit};
use crate::event::Ending;
use crate::model::VirtualTime;
use crate::output::Output;
use crate::report::locks_at::{self, LockFilter};
use crate::report::summary::Lock;
use crate::report::tables::locks as table;
use crate::report::timeline::{self, Options};
use crate::report::{Summary, json, read_log, words::count};
use crate::words::nearest;

/// So many locks are listed one by one, unless all are asked for.
const LISTED: usize = 20;

/// Shows the locks of a run.
pub(super) fn run(options: &InspectLocks, output: &mut Output<'_>) -> Result<Exit, Error> {
    output.use_ascii(options.drawing.ascii);
    let (summary, ending) = summary(options, output)?;
    known_connector(options, &summary)?;
    let filter = LockFilter {
        key: options.key.clone(),
        lock_type: options.lock_type,
        connector: options.connector.clone(),
    };
    let locks = filter.locks(&summary);
    let at = moment(options, &summary)?;
    match (options.format, at) {
        (Format::Json, None) => json::locks(&summary, &locks, options.all, output.data())?,
        (Format::Json, Some(at)) => {
            json::locks(&summary, &locks_at::active(&locks, at), options.all, output.data())?;
        }
        (Format::Table, Some(at)) => {
            let shown = if options.all { locks_at::Options::ALL } else { locks_at::Options::DEFAULT };
            let text = locks_at::draw(&summary, &locks, at, shown, &output.style());
            output.data().write_all(text.as_bytes())?;
        }
        (Format::Table, None) => show(&summary, &locks, options, output)?,
    }
    if ending == Some(Ending::NoProgress) {
        super::tell_no_progress(&summary, output)?;
    }
    if ending == Some(Ending::Interrupted) {
        output.note(&format!("Interrupted at {}: these are the locks up to there.", summary.end()))?;
    }
    Ok(match ending {
        Some(Ending::NoProgress) => Exit::NoProgress,
        Some(Ending::Interrupted) => Exit::Interrupted,
        _ => Exit::Success,
    })
}

/// The run in numbers, and how it ended if it was run here.
fn summary(options: &InspectLocks, output: &Output<'_>) -> Result<(Summary, Option<Ending>), Error> {
    let mut summary = Summary::new();
    let Some(mut log) = open_log(&options.path) else {
        let config = config::load(&options.path, &options.overrides.overrides())?;
        let interrupts = Interrupts::listen();
        let pace = (&interrupts, Speed::Unbounded);
        let bar = Bar::on(output, &config);
        let ending = progress::run(&config, pace, bar, &mut summary);
        return Ok((summary, Some(ending)));
    };
    let Override { rules, seed, duration, set } = &options.overrides;
    if rules.is_some() || seed.is_some() || duration.is_some() || !set.is_empty() {
        let message = format!("{} is an event log: its run is over", options.path.display());
        return Err(Error::input(message, "--rules, --seed, --duration and --set go with a config"));
    }
    read_log::read(&mut *log, &mut |event| summary.observe(event))
        .map_err(|error| Error::input(format!("{}: {error}", options.path.display()), ""))?;
    Ok((summary, None))
}

/// The event log at `path`; none if it is a config. A log begins with a brace, which no config does, or says what it is
/// by its name.
pub(super) fn open_log(path: &Path) -> Option<Box<dyn BufRead>> {
    if path == Path::new("-") {
        return Some(Box::new(BufReader::new(std::io::stdin())));
    }
    // What cannot be opened or read is told by the loader of configs, with the rest of its words for files.
    let mut file = BufReader::new(File::open(path).ok()?);
    let start = file.fill_buf().ok()?;
    let start = start.strip_prefix(b"\xef\xbb\xbf").unwrap_or(start);
    let begins_as_one = start.trim_ascii_start().first() == Some(&b'{');
    let named_as_one = path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("jsonl"));
    (begins_as_one || named_as_one).then(|| Box::new(file) as Box<dyn BufRead>)
}

/// Refuses a `--connector` that the run does not have.
fn known_connector(options: &InspectLocks, summary: &Summary) -> Result<(), Error> {
    let (Some(id), Some(run)) = (&options.connector, summary.run()) else { return Ok(()) };
    let ids = || run.connectors.iter().map(|(id, _)| &**id);
    if ids().any(|known| known == id) {
        return Ok(());
    }
    let hint = nearest(id, ids()).map(|nearest| format!("did you mean {nearest}?")).unwrap_or_default();
    Err(Error::input(format!("--connector: there is no connector {id:?} in this run"), hint))
}

/// The moment of `--at`, within the run.
fn moment(options: &InspectLocks, summary: &Summary) -> Result<Option<VirtualTime>, Error> {
    let Some(moment) = options.at else { return Ok(None) };
    let start = summary.run().and_then(|run| run.start.parse().ok()).unwrap_or_default();
    let end = summary.end();
    match moment.of_run(start) {
        Some(at) if at <= end => Ok(Some(at)),
        Some(_) => Err(Error::input(format!("--at is after the run's end at {end}"), "")),
        None => Err(Error::input(format!("--at is before the run's start at {start}"), "")),
    }
}

/// The timeline and the locks one by one.
fn show(
    summary: &Summary,
    locks: &[&Lock],
    options: &InspectLocks,
    output: &mut Output<'_>,
) -> Result<(), Error> {
    let style = output.style();
    let (options, listed) = if options.all { (Options::ALL, usize::MAX) } else { (Options::DEFAULT, LISTED) };
    let mut text = timeline::draw(summary, locks, &options, &style);
    if !text.is_empty() {
        text.push('\n');
    }
    let all = summary.locks().all().len();
    if locks.is_empty() && all > 0 {
        let _ = writeln!(text, "None of {} fits.", count(all as u64, "lock"));
    } else {
        text.push_str(&table::draw(summary, locks, listed, &style));
    }
    Ok(output.data().write_all(text.as_bytes())?)
}
