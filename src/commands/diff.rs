//! `connector-cli diff`: two runs side by side.

use std::io::{self, BufRead, Read};
use std::path::Path;

use super::inspect_locks::open_log;
use super::progress::{self, Bar};
use crate::cli::{Diff, DiffFormat, Override};
use crate::clock::{Interrupts, Speed};
use crate::config;
use crate::error::{Error, Exit};
use crate::event::{Ending, RunEvent};
use crate::output::Output;
use crate::report::diff::{self, Side};
use crate::report::{Style, narrate, read_log};

/// Shows what changed. That something did is no failure: the exit code is for what could not be compared.
pub(super) fn run(options: &Diff, output: &mut Output<'_>) -> Result<Exit, Error> {
    output.use_ascii(options.drawing.ascii);
    let interrupts = Interrupts::listen();
    let paths = [&options.before, &options.now];
    let mut sides = [Side::default(), Side::default()];
    for (path, side) in paths.into_iter().zip(&mut sides) {
        if let Some(exit) = watch(path, options, &interrupts, &mut |event| side.observe(event), output)? {
            return Ok(exit);
        }
    }
    let mut difference = diff::compare(&sides[0], &sides[1]);
    if let Some(place) = difference.first_event {
        for (path, words) in paths.into_iter().zip(&mut difference.first) {
            let mut seen = 0;
            let mut find = |event: &RunEvent<'_>| {
                if seen == place {
                    *words = Some(narrate::event(event, &Style::plain(100)));
                }
                seen += 1;
            };
            if let Some(exit) = watch(path, options, &interrupts, &mut find, output)? {
                return Ok(exit);
            }
        }
    }
    let names = paths.map(|path| path.display().to_string());
    let names = [names[0].as_str(), names[1].as_str()];
    let text = match options.format {
        DiffFormat::Text => diff::text(&difference, names, &output.style()),
        DiffFormat::Markdown => diff::markdown(&difference, names),
        DiffFormat::Json => {
            diff::json(&difference, names, output.data())?;
            String::new()
        }
    };
    output.data().write_all(text.as_bytes())?;
    Ok(Exit::Success)
}

/// Gives the events of a log, or of a run of a config, to `observe`. The exit code if somebody interrupted it.
fn watch(
    path: &Path,
    options: &Diff,
    interrupts: &Interrupts,
    observe: &mut dyn FnMut(&RunEvent<'_>),
    output: &Output<'_>,
) -> Result<Option<Exit>, Error> {
    if path == Path::new("-") {
        let hint = "both are read twice: write the log to a file";
        return Err(Error::input("diff does not read standard input", hint));
    }
    let Some(mut log) = open_log(path) else {
        let config = config::load(path, &options.overrides.overrides())?;
        let ending = progress::run(
            &config,
            (interrupts, Speed::Unbounded),
            Bar::on(output, &config),
            &mut |event: &RunEvent<'_>| observe(event),
        );
        return Ok((ending == Ending::Interrupted).then_some(Exit::Interrupted));
    };
    let Override { rules, seed, duration, set } = &options.overrides;
    if rules.is_some() || seed.is_some() || duration.is_some() || !set.is_empty() {
        let message = format!("{} is an event log: its run is over", path.display());
        return Err(Error::input(message, "--rules, --seed, --duration and --set go with configs"));
    }
    let mut log = Interruptible { log: &mut *log, interrupts };
    match read_log::read(&mut log, observe) {
        Err(_) if interrupts.asked() => Ok(Some(Exit::Interrupted)),
        Err(error) => Err(Error::input(format!("{}: {error}", path.display()), "")),
        Ok(()) => Ok(None),
    }
}

/// A log that ends with an error when somebody asks the program to stop: some take minutes to read.
struct Interruptible<'l> {
    log: &'l mut dyn BufRead,
    interrupts: &'l Interrupts,
}

impl Read for Interruptible<'_> {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        self.log.read(to)
    }
}

impl BufRead for Interruptible<'_> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.interrupts.asked() {
            return Err(io::Error::other("interrupted"));
        }
        self.log.fill_buf()
    }

    fn consume(&mut self, amount: usize) {
        self.log.consume(amount);
    }
}
