//! The first screen: how it went, what was run, what failed, who held whom, what the expectations say.

use std::collections::BTreeMap;
use std::io::{self, Write};

use super::page::{Page, end_section, section};
use super::table::{Cell, Column, Table};
use super::text::{self, NAME, WORDS, escape};
use crate::event::Ending;
use crate::model::{LockType, Millis, Outcome, Status, VirtualTime};
use crate::report::expect::Checked;
use crate::report::summary::{Lock, State, Totals};
use crate::report::words::count;

/// So many operations that failed, and so many that held others, are named.
const NAMED: usize = 5;
/// So many rows of who held whom.
const BLOCKERS: usize = 50;

/// One operation's lock held others.
struct Blocker {
    held: Millis,
    longest: Millis,
    times: u64,
    /// The lines of whom it held, each once.
    whom: Vec<u32>,
    reason: String,
}

pub(super) fn write(page: &Page<'_>, to: &mut dyn Write) -> io::Result<()> {
    let totals = page.summary.totals();
    let blockers = blockers(page);
    writeln!(to, "<header>\n<h1>{}</h1>", page.name)?;
    verdict(page, &totals, to)?;
    what_was_run(page, &totals, to)?;
    findings(page, &totals, &blockers, to)?;
    writeln!(to, "</header>")?;
    expectations(page, to)?;
    held_table(page, &blockers, to)
}

fn verdict(page: &Page<'_>, totals: &Totals, to: &mut dyn Write) -> io::Result<()> {
    let failed = page.expectations.iter().filter(|each| !each.passed()).count();
    let all = page.expectations.len();
    let finished = page.summary.finished();
    let (class, sign, words) = match finished.map(|finished| (finished.ending, finished.at)) {
        Some((Ending::NoProgress, at)) => {
            ("bad", "✗", format!("Stopped at {at}: an operation made no progress"))
        }
        Some((Ending::Interrupted, at)) => ("caution", "!", format!("Interrupted at {at}")),
        None => ("caution", "!", "The run has not ended".to_owned()),
        _ if failed > 0 => ("bad", "✗", format!("{failed} of {} failed", count(all as u64, "expectation"))),
        _ if totals.ended(Status::Failed) > 0 => {
            ("caution", "!", format!("{} gave up", count(totals.ended(Status::Failed), "operation")))
        }
        _ if all > 0 => ("good", "✓", format!("{} passed", all_of(all as u64, "expectation"))),
        _ => ("plain", "•", "Finished; nothing was expected of it".to_owned()),
    };
    writeln!(to, "<p class=\"verdict {class}\"><span aria-hidden=\"true\">{sign}</span> {words}</p>")?;
    match finished {
        Some(finished) if finished.ending == Ending::NoProgress => {
            writeln!(to, "<p>{}</p>", text::cut(&finished.reason, WORDS))
        }
        _ => Ok(()),
    }
}

fn all_of(n: u64, noun: &str) -> String {
    if n == 1 { format!("The {noun}") } else { format!("All {}", count(n, noun)) }
}

fn what_was_run(page: &Page<'_>, totals: &Totals, to: &mut dyn Write) -> io::Result<()> {
    let Some(run) = page.summary.run() else { return Ok(()) };
    let end = page.summary.end();
    let wall = |at| page.clock.full(at).unwrap_or_default();
    let (from, until) = (wall(VirtualTime::START), wall(end));
    writeln!(
        to,
        "<p>{} of virtual time, from <time datetime=\"{from}\">{from}</time> to <time datetime=\"{until}\">{until}</time>, \
         under the <strong>{}</strong> rules, seed {}.</p>",
        Millis(end.0),
        run.rules,
        run.seed
    )?;
    writeln!(to, "<dl class=\"totals\">")?;
    let numbers = [
        ("operations", totals.operations),
        ("executions", totals.executions()),
        ("records", totals.records),
        ("binaries", totals.binaries),
        ("aggregations", totals.aggregations),
        ("locks", totals.locks),
        ("calls while throttled", totals.calls_while_throttled),
        ("stops", totals.stops),
        ("warnings", totals.warnings),
    ];
    for (what, n) in numbers {
        let class = if n > 0 && what == "calls while throttled" { " class=\"bad\"" } else { "" };
        writeln!(to, "<div><dt>{what}</dt><dd{class}>{}</dd></div>", text::number(n))?;
    }
    let Totals { held, .. } = totals;
    let often = match held.times {
        0 => String::new(),
        times => format!(" <small>{}, longest {}</small>", count(times, "time"), held.longest),
    };
    writeln!(to, "<div><dt>held</dt><dd>{}{often}</dd></div>\n</dl>", held.total)
}

/// What deserves a look, in sentences.
fn findings(
    page: &Page<'_>,
    totals: &Totals,
    blockers: &[(Key<'_>, Blocker)],
    to: &mut dyn Write,
) -> io::Result<()> {
    writeln!(to, "<ul class=\"findings\">")?;
    super::sources::verdict(page, to)?;
    let given_up = page.shown.iter().filter_map(|operation| match operation.state() {
        State::Ended { status: Status::Failed, at, reason } => Some((*operation, at, reason)),
        _ => None,
    });
    for (operation, at, reason) in given_up.take(NAMED) {
        let (name, reason) = (escape(&text::operation(operation)), text::cut(reason, WORDS));
        writeln!(to, "<li class=\"bad\"><b>{name}</b> gave up at {at}: {reason}</li>")?;
    }
    let more = totals.ended(Status::Failed).saturating_sub(NAMED as u64);
    if more > 0 {
        writeln!(to, "<li class=\"bad\">{} more gave up</li>", text::number(more))?;
    }
    for (key, blocker) in blockers.iter().take(NAMED) {
        let because =
            if blocker.reason.is_empty() { String::new() } else { format!(" ({})", escape(&blocker.reason)) };
        writeln!(
            to,
            "<li><b>{}</b> held {} for {} in all, with {}{because}</li>",
            escape(&page.operation(key.setter)),
            whom(page, &blocker.whom),
            blocker.held,
            key.lock()
        )?;
    }
    if totals.calls_while_throttled > 0 {
        writeln!(
            to,
            "<li class=\"bad\">{} reached a source that was throttling: <a href=\"#throttled-heading\">why no lock \
             stopped {}</a></li>",
            count(totals.calls_while_throttled, "call"),
            if totals.calls_while_throttled == 1 { "it" } else { "them" }
        )?;
    }
    if let Some(first_at) = page.summary.differences().first_at() {
        let groups: Vec<_> = page
            .summary
            .differences()
            .groups()
            .map(|(noun, group)| format!("{} {noun} ({})", text::number(group.times), group.rows))
            .collect();
        let other = match page.summary.run().map(|run| run.rules) {
            Some(crate::rules::Rules::Sdk) => "The documents differ",
            _ => "The published SDK differs",
        };
        let groups = groups.join(", ");
        writeln!(
            to,
            "<li>{other} here: <a href=\"#differences-heading\">{groups}</a>, first at {first_at}</li>"
        )?;
    }
    if totals.warnings > 0 {
        writeln!(to, "<li><a href=\"#warnings-heading\">{}</a></li>", count(totals.warnings, "warning"))?;
    }
    writeln!(to, "</ul>")
}

fn whom(page: &Page<'_>, lines: &[u32]) -> String {
    match lines {
        [line] => escape(&page.operation(*line)),
        [a, b] => format!("{} and {}", escape(&page.operation(*a)), escape(&page.operation(*b))),
        _ => count(lines.len() as u64, "operation"),
    }
}

/// Whose lock it was.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Key<'l> {
    setter: u32,
    lock_type: LockType,
    word: &'l str,
}

impl Key<'_> {
    fn lock(&self) -> String {
        match self.lock_type {
            LockType::Global => "the global lock".to_owned(),
            LockType::Scoped => format!("the lock <b>{}</b>", text::key_name(self.lock_type, self.word)),
        }
    }
}

/// Who held whom, the worst first. What an operation waits for its own lock is not counted.
fn blockers<'p>(page: &'p Page<'_>) -> Vec<(Key<'p>, Blocker)> {
    let mut blockers: BTreeMap<Key<'p>, Blocker> = BTreeMap::new();
    for lock in page.summary.locks().all() {
        let Lock { key, lock_type, set_by, reason, .. } = lock;
        for hold in &lock.holds {
            let setting = lock.decided_at(hold.from);
            let setter = setting.map_or(*set_by, |setting| setting.set_by);
            if setter == hold.line {
                continue;
            }
            let blocker =
                blockers.entry(Key { setter, lock_type: *lock_type, word: key }).or_insert_with(|| Blocker {
                    held: Millis::ZERO,
                    longest: Millis::ZERO,
                    times: 0,
                    whom: Vec::new(),
                    reason: text::plain(setting.map_or(reason, |setting| &setting.reason), WORDS),
                });
            blocker.held += hold.duration();
            blocker.longest = blocker.longest.max(hold.duration());
            blocker.times += 1;
            blocker.whom.push(hold.line);
        }
    }
    let mut blockers: Vec<_> = blockers.into_iter().collect();
    for (_, blocker) in &mut blockers {
        blocker.whom.sort_unstable();
        blocker.whom.dedup();
    }
    blockers.sort_by_key(|(key, blocker)| (std::cmp::Reverse(blocker.held), *key));
    blockers
}

fn held_table(page: &Page<'_>, blockers: &[(Key<'_>, Blocker)], to: &mut dyn Write) -> io::Result<()> {
    if blockers.is_empty() {
        return Ok(());
    }
    section(to, "blockers", "Who held whom")?;
    let columns = [
        ("Whose lock", Column::Text),
        ("Lock", Column::Text),
        ("Held", Column::Text),
        ("For", Column::Number),
        ("Longest", Column::Number),
        ("Times", Column::Number),
        ("Why", Column::Words),
    ];
    let caption = match blockers.len().checked_sub(BLOCKERS) {
        Some(more @ 1..) => format!("The worst {BLOCKERS}; {} more held others for less.", text::number(more as u64)),
        _ => "An operation is held from its first deferral until it runs again. Waits for one’s own lock are not in it."
            .to_owned(),
    };
    let mut table = Table::new("blockers", caption, columns);
    for (key, blocker) in blockers.iter().take(BLOCKERS) {
        let names: Vec<_> = blocker.whom.iter().take(20).map(|line| page.operation(*line)).collect();
        let held =
            format!("<span title=\"{}\">{}</span>", escape(&names.join("\n")), whom(page, &blocker.whom));
        table.row(vec![
            Cell::html(escape(&page.operation(key.setter))),
            Cell::html(text::key_name(key.lock_type, key.word)),
            Cell::by(held, blocker.whom.len() as u64),
            Cell::duration(blocker.held),
            Cell::duration(blocker.longest),
            Cell::count(blocker.times),
            Cell::html(escape(&blocker.reason)),
        ]);
    }
    table.write(to)?;
    end_section(to)
}

fn expectations(page: &Page<'_>, to: &mut dyn Write) -> io::Result<()> {
    if page.expectations.is_empty() {
        return Ok(());
    }
    section(to, "expectations", "Expectations")?;
    writeln!(to, "<ul class=\"expectations\">")?;
    let failed_first = [false, true]
        .into_iter()
        .flat_map(|passed| page.expectations.iter().filter(move |each| each.passed() == passed));
    for checked in failed_first {
        expectation(checked, to)?;
    }
    writeln!(to, "</ul>")?;
    end_section(to)
}

fn expectation(checked: &Checked<'_>, to: &mut dyn Write) -> io::Result<()> {
    let (class, word) = if checked.passed() { ("good", "✓ passed") } else { ("bad", "✗ failed") };
    let (path, line) = &checked.expectation.place;
    writeln!(
        to,
        "<li class=\"{class}\"><span class=\"state\">{word}</span> <b>{}</b> <small>{}:{line}</small>",
        text::cut(&checked.expectation.name, WORDS),
        text::cut(path, NAME)
    )?;
    if let Some(no_match) = &checked.no_match {
        writeln!(to, "<p>{}</p>", text::cut(&no_match.to_string(), WORDS))?;
    }
    writeln!(to, "<ul>")?;
    for condition in &checked.conditions {
        let sign = if condition.passed { "✓" } else { "✗" };
        let (measure, seen) = (text::cut(&condition.measure, NAME), text::cut(&condition.seen, WORDS));
        let expected = text::cut(&condition.expected, WORDS);
        writeln!(to, "<li>{sign} <code>{measure}</code>: expected {expected}, was <b>{seen}</b></li>")?;
    }
    writeln!(to, "</ul></li>")
}

/// Results in the order of the specification that occurred, with how often.
pub(super) fn results(count: impl Fn(Outcome) -> u64) -> Vec<(Outcome, u64)> {
    Outcome::ALL.iter().map(|outcome| (*outcome, count(*outcome))).filter(|(_, times)| *times > 0).collect()
}
