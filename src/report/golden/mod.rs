//! Golden summaries: a run as a short text that a reviewer reads in a pull request. Folded, and without anything that a
//! comment in the input changes: no digest, no version, no line number.
//!
//! ```text
//! box/synchronisation hr: 3 records, then empty ×17, 300→600 s; held 6 min 40 s by box
//! ```

mod compare;
mod fold;
mod group;
mod phrase;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fmt::Write;

use super::summary::{Operation, State, Summary, Totals};
use super::sums::sums;
use super::words::count;
use super::{Style, shorten};
use crate::event::{Ending, Fact, RunEvent};
use crate::model::{LockType, Millis, Text, VirtualTime};

pub use compare::{Changed, Difference, compare};
use fold::{History, Phrase};
use group::Groups;
use phrase::spaced;

/// The first line of the file.
const HEADER: &str = "# What `connector-cli test` compares this run with; `--accept` writes it anew.";
/// Names and reasons are shown up to so many columns.
const NAME: usize = 60;

/// Takes in a run, event by event.
#[derive(Debug, Default)]
pub struct Recorder {
    histories: Vec<History>,
}

/// A run as a golden summary tells it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Golden {
    lines: Vec<Line>,
}

/// One line: what it is about, and what is said of it.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Line {
    subject: String,
    /// What happened, one thing after the other, each with when it began.
    story: Vec<(VirtualTime, String)>,
    /// What is said beside the story.
    rest: Vec<String>,
}

impl Recorder {
    /// Takes in one event. They have to come in the order of the log.
    pub fn observe(&mut self, event: &RunEvent<'_>) {
        match &event.fact {
            Fact::OperationStarted(started) => self.history(started.subject.line).start(event.at),
            Fact::Execution(execution) => {
                if let Some(phrase) = Phrase::of(event.at, execution) {
                    self.history(execution.subject.line).push(phrase);
                }
            }
            _ => {}
        }
    }

    fn history(&mut self, line: u32) -> &mut History {
        let line = line as usize;
        if line >= self.histories.len() {
            self.histories.resize_with(line + 1, History::default);
        }
        &mut self.histories[line]
    }

    /// The golden summary of the run, of which `summary` has seen the same events.
    pub fn finish(mut self, summary: &Summary) -> Golden {
        let mut lines = Vec::new();
        if let Some(run) = summary.run() {
            let mut story =
                format!("{} under the {} rules, seed {}", spaced(run.duration), run.rules, run.seed);
            if let Some(finished) = summary.finished().filter(|each| each.ending != Ending::Duration) {
                let _ = write!(story, "; {}", ending(finished.ending, finished.at));
            }
            lines.push(Line { story: vec![(VirtualTime::START, story)], ..Line::new("run", String::new()) });
        }
        self.operations(summary, &mut lines);
        locks(summary, &mut lines);
        warnings(summary, &mut lines);
        lines.push(totals(summary));
        Golden { lines }
    }

    fn operations(&mut self, summary: &Summary, lines: &mut Vec<Line>) {
        let held = held_by(summary);
        let mut groups = Groups::default();
        for operation in summary.operations() {
            let number = operation.line();
            let about = format!("{}/{}", name(operation.connector()), operation.work_type().noun());
            let story = self.histories.get_mut(number as usize).map(History::finish).unwrap_or_default();
            let line = Line { subject: about, story, rest: beside(operation, held.get(&number)) };
            groups.add(line, operation.channel().iter().map(|channel| name(channel)).collect(), number);
        }
        groups.into_lines(lines, |numbers| {
            sums(&Totals::of(numbers.iter().filter_map(|number| summary.line(*number))))
        });
    }
}

impl Line {
    /// Something that is true of the run as a whole, so that it never is what changed first.
    fn new(subject: &str, story: String) -> Self {
        Self { subject: subject.to_owned(), story: vec![(VirtualTime::NEVER, story)], rest: Vec::new() }
    }

    fn told(&self) -> String {
        self.story.iter().map(|(_, part)| part.as_str()).collect::<Vec<_>>().join(THEN)
    }

    fn text(&self) -> String {
        let mut text = if self.story.is_empty() { "never executed".to_owned() } else { self.told() };
        for part in &self.rest {
            text.push_str(BESIDE);
            text.push_str(part);
        }
        text
    }
}

/// Between the parts of a story.
const THEN: &str = ", then ";
/// Before what is said beside it.
const BESIDE: &str = "; ";

impl Golden {
    /// The file's text.
    pub fn text(&self) -> String {
        let mut text = format!("{HEADER}\n");
        for line in &self.lines {
            let _ = writeln!(text, "{}: {}", line.subject, line.text());
        }
        text
    }
}

/// What is said of an operation beside its story.
fn beside(operation: Operation<'_>, held: Option<&BTreeMap<String, Millis>>) -> Vec<String> {
    let mut rest = Vec::new();
    if let Some(held) = held {
        let by: Vec<String> =
            held.iter().map(|(key, how_long)| format!("{} by {key}", spaced(*how_long))).collect();
        rest.push(format!("held {}", by.join(" and ")));
    }
    if operation.calls_while_throttled() > 0 {
        rest.push(format!("{} while the source throttled", count(operation.calls_while_throttled(), "call")));
    }
    if operation.stops() > 0 {
        rest.push(format!("stopped ×{}", operation.stops()));
    }
    if let State::Ended { at, status, reason } = operation.state() {
        let why = if reason.is_empty() || reason == status.word() {
            String::new()
        } else {
            format!(" ({})", name(reason))
        };
        rest.push(format!("ended as {status} at {at}{why}"));
    }
    rest
}

/// For how long each operation was held, by lock key.
fn held_by(summary: &Summary) -> BTreeMap<u32, BTreeMap<String, Millis>> {
    let mut held: BTreeMap<u32, BTreeMap<String, Millis>> = BTreeMap::new();
    for lock in summary.locks().all() {
        for hold in &lock.holds {
            let by = held.entry(hold.line).or_default();
            *by.entry(lock_name(lock.lock_type, &lock.key)).or_default() += hold.duration();
        }
    }
    held
}

fn locks(summary: &Summary, lines: &mut Vec<Line>) {
    let mut by_key: BTreeMap<(LockType, &Text), (u64, u64, Millis)> = BTreeMap::new();
    for lock in summary.locks().all() {
        let (times, set, active) = by_key.entry((lock.lock_type, &lock.key)).or_default();
        *times += 1;
        *set += lock.times_set;
        *active += lock.until.since(lock.from);
    }
    let in_words = |(times, set, active): (u64, u64, Millis)| {
        let extended = if set > times { format!(", set again ×{}", set - times) } else { String::new() };
        format!("set ×{times}{extended}, {} in all", spaced(active))
    };
    let mut groups = Groups::default();
    for ((lock_type, key), counts) in &by_key {
        let (subject, keys) = match lock_type {
            LockType::Global => ("global lock", Vec::new()),
            LockType::Scoped => ("lock", vec![name(key)]),
        };
        groups.add(Line::new(subject, in_words(*counts)), keys, *counts);
    }
    groups.into_lines(lines, |counts| {
        in_words(
            counts
                .iter()
                .fold((0, 0, Millis::ZERO), |sum, each| (sum.0 + each.0, sum.1 + each.1, sum.2 + each.2)),
        )
    });
}

fn warnings(summary: &Summary, lines: &mut Vec<Line>) {
    let mut by_code: BTreeMap<&Text, u64> = BTreeMap::new();
    for group in summary.warnings().groups() {
        *by_code.entry(&group.code).or_default() += group.times;
    }
    lines.extend(
        by_code
            .into_iter()
            .map(|(code, times)| Line::new(&format!("warning {}", name(code)), format!("×{times}"))),
    );
}

fn totals(summary: &Summary) -> Line {
    let totals = summary.totals();
    let mut parts = vec![count(totals.executions(), "execution")];
    for (number, noun) in
        [(totals.records, "record"), (totals.binaries, "binary"), (totals.aggregations, "aggregation")]
    {
        if number > 0 {
            parts.push(count(number, noun));
        }
    }
    Line::new("in all", parts.join(", "))
}

fn ending(ending: Ending, at: VirtualTime) -> String {
    match ending {
        Ending::Duration => format!("ends at {at}"),
        Ending::RegistrationsEnded => format!("ends at {at}, when all registrations have ended"),
        Ending::Interrupted => format!("interrupted at {at}"),
        Ending::NoProgress => format!("stopped at {at}, without progress"),
    }
}

fn lock_name(lock_type: LockType, key: &str) -> String {
    match lock_type {
        LockType::Global => "the global lock".to_owned(),
        LockType::Scoped => name(key),
    }
}

/// A name as a golden summary shows it. It has to be the same everywhere, so no terminal's abilities matter.
fn name(name: &str) -> String {
    shorten(name, NAME, &Style::plain(Style::MIN_WIDTH))
}
