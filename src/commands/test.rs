//! `connector-cli test`: scenarios and what is expected of them.

use std::fs;
use std::path::Path;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::cli::{Format, NoTests, Test};
use crate::clock::{Interrupts, now};
use crate::error::{Error, Exit};
use crate::output::Output;
use crate::suite::{
    self, Case, Goldens, Listener, Plan, Scenario, Status, annotations, human, json, junit, pool,
};

/// Runs the scenarios and says what came of them.
pub(super) fn run(options: &Test, output: &mut Output<'_>) -> Result<Exit, Error> {
    output.use_ascii(options.drawing.ascii);
    if options.accept && output.in_ci() {
        return Err(Error::input(
            "--accept writes no golden summaries here: CI is set, and what a reviewer has not seen is not accepted",
            "run it on your machine, look at the difference, and commit the files",
        ));
    }
    let (scenarios, found) = select(options)?;
    if scenarios.is_empty() {
        return nothing_to_run(options, found, output);
    }
    if let Some(path) = &options.junit {
        // Known now rather than after an hour of tests.
        fs::write(path, "").map_err(|error| unwritable(path, &error))?;
    }
    let plan = plan(options);
    let interrupts = Interrupts::listen();
    let started = now();
    let mut lines = Lines::new(options, output);
    let cases = suite::run(&scenarios, &plan, &interrupts.flag(), &mut lines);
    lines.finish()?;
    let took = started.elapsed();

    if let Some(path) = &options.junit {
        fs::write(path, junit::document(&cases, took, &plan)).map_err(|error| unwritable(path, &error))?;
    }
    match options.format {
        Format::Json => json::write(&cases, &plan, output.data())?,
        Format::Table => {
            let style = output.style();
            let mut text: String = cases.iter().map(|case| human::block(case, &plan, &style)).collect();
            text.push_str(&human::rule_sets(&cases, options.quiet, &style));
            if output.annotates() {
                text.push('\n');
                text.extend(cases.iter().map(annotations::lines));
            }
            text.push_str(&human::summary(&cases, took, &style));
            output.data().write_all(text.as_bytes())?;
        }
    }
    let worst = |status| cases.iter().any(|case| case.status() == status);
    Ok(if interrupts.asked() {
        Exit::Interrupted
    } else if worst(Status::Broken) {
        Exit::BadInput
    } else if worst(Status::Failed) {
        Exit::ExpectationFailed
    } else {
        Exit::Success
    })
}

/// The scenarios to run, and how many there were before any was left out.
fn select(options: &Test) -> Result<(Vec<Scenario>, usize), Error> {
    let current = std::env::current_dir().unwrap_or_default();
    let mut scenarios = suite::discover(&options.paths, &current)?;
    let found = scenarios.len();
    if !options.filter.is_empty() {
        scenarios.retain(|scenario| options.filter.iter().any(|filter| filter.allows(&scenario.name)));
    }
    if let Some(partition) = options.partition {
        scenarios = partition.select(scenarios);
    }
    Ok((scenarios, found))
}

fn nothing_to_run(options: &Test, found: usize, output: &mut Output<'_>) -> Result<Exit, Error> {
    if options.format == Format::Json {
        json::write(&[], &plan(options), output.data())?;
    }
    let why = match found {
        0 => "there is no scenario: none is named connector.toml or NAME.connector.toml".to_owned(),
        1 => "the only scenario is left out by --filter or --partition".to_owned(),
        found => format!("all {found} scenarios are left out by --filter or --partition"),
    };
    if options.no_tests == NoTests::Pass {
        output.note(&format!("nothing ran: {why}"))?;
        return Ok(Exit::Success);
    }
    output.error(&format!("nothing ran: {why}"), "with --no-tests=pass that is all well")?;
    Ok(Exit::NothingRan)
}

fn plan(options: &Test) -> Plan {
    let mut rules = options.rules.clone();
    rules.sort_unstable();
    rules.dedup();
    let goldens = match options {
        Test { accept: true, .. } => Goldens::Accept,
        Test { seeds: None, set, .. } if set.is_empty() => Goldens::Compare,
        _ => Goldens::Ignore,
    };
    Plan {
        rules,
        seeds: options.seeds,
        set: options.set.clone(),
        fail_fast: options.fail_fast,
        goldens,
        threads: pool::threads(options.jobs),
    }
}

fn unwritable(path: &Path, error: &std::io::Error) -> Error {
    Error::input(format!("{} cannot be written: {error}", path.display()), "")
}

/// The lines as they come, and how far the tests are.
struct Lines<'o, 'w> {
    output: &'o mut Output<'w>,
    prints: bool,
    quiet: bool,
    bar: Option<ProgressBar>,
    failed: Option<std::io::Error>,
}

impl<'o, 'w> Lines<'o, 'w> {
    fn new(options: &Test, output: &'o mut Output<'w>) -> Self {
        let bar = output.may_animate().then(|| {
            let bar = ProgressBar::with_draw_target(Some(0), ProgressDrawTarget::stderr());
            let characters = if output.note_style().ascii { "=>-" } else { "━╸─" };
            // Where the template is refused, indicatif's own bar is as good.
            if let Ok(look) = ProgressStyle::with_template("{bar:30} {pos} of {len} runs") {
                bar.set_style(look.progress_chars(characters));
            }
            bar
        });
        Self { output, prints: options.format == Format::Table, quiet: options.quiet, bar, failed: None }
    }

    fn finish(self) -> Result<(), Error> {
        if let Some(bar) = self.bar {
            bar.finish_and_clear();
        }
        self.failed.map_or(Ok(()), |error| Err(error.into()))
    }
}

impl Listener for Lines<'_, '_> {
    fn progress(&mut self, done: usize, of: usize) {
        if let Some(bar) = &self.bar {
            bar.set_length(of as u64);
            bar.set_position(done as u64);
        }
    }

    fn finished(&mut self, case: &Case) {
        if !self.prints || self.failed.is_some() || self.quiet && case.status() == Status::Passed {
            return;
        }
        let line = human::line(case, &self.output.style());
        let data = self.output.data();
        let mut write = || data.write_all(line.as_bytes()).and_then(|()| data.flush());
        let written = match &self.bar {
            Some(bar) => bar.suspend(write),
            None => write(),
        };
        self.failed = written.err();
    }
}
