//! How a source with quotas was treated, whether everything that was due was submitted, and how stale it was.

use std::io::{self, Write};

use super::page::{Page, end_section, section};
use super::table::{Cell, Column, Table};
use super::text;
use crate::model::WorkType;
use crate::report::summary::SourceUse;
use crate::report::verdict;
use crate::report::worst::worst;
use crate::source::Tally;

/// So many verdicts are given one by one.
const VERDICTS: usize = 10;

/// The verdict on each source, for the findings at the head of the page.
pub(super) fn verdict(page: &Page<'_>, to: &mut dyn Write) -> io::Result<()> {
    for sentence in verdict::worst(page.summary, VERDICTS) {
        writeln!(to, "<li><b>{}.</b></li>", text::escape(&sentence))?;
    }
    Ok(())
}

pub(super) fn write(page: &Page<'_>, to: &mut dyn Write) -> io::Result<()> {
    let used: Vec<&SourceUse> = page.summary.sources().iter().filter(|each| each.calls > 0).collect();
    if used.is_empty() {
        return Ok(());
    }
    section(to, "sources", "How the source was treated, and what became of its content")?;
    treated(&used, to)?;
    submitted(&used, to)?;
    stale(page, to)?;
    end_section(to)
}

/// So many connectors have rows.
const SHOWN: usize = 200;

/// What a table tells, where it does not tell it of all.
fn which(caption: &str, shown: &[&SourceUse], rest: &[&SourceUse]) -> String {
    if rest.is_empty() {
        return caption.to_owned();
    }
    let all = text::number((shown.len() + rest.len()) as u64);
    format!("{caption} The worst {} of {all} connectors; the rest is summed up below.", shown.len())
}

/// The first cell of the row of the others.
fn others(rest: &[&SourceUse]) -> Cell {
    Cell::html(format!("{} others", text::number(rest.len() as u64)))
}

fn treated(used: &[&SourceUse], to: &mut dyn Write) -> io::Result<()> {
    let columns = [
        ("Connector", Column::Text),
        ("Calls", Column::Number),
        ("Refused", Column::Number),
        ("Wasted", Column::Number),
        ("While throttled", Column::Number),
        ("Most in a second", Column::Number),
        ("Most in a window", Column::Text),
    ];
    let (shown, rest) = worst(used.to_vec(), SHOWN, |each| each.mistreated());
    let caption = "Refused calls were throttled; most in a second is the herd that a lock lets go at once.";
    let mut table = Table::new("treated", which(caption, &shown, &rest), columns);
    for each in shown {
        let (herd, at) =
            each.herd().map_or((0, String::new()), |herd| (herd.calls, format!(" at {}", herd.at)));
        let peaks: Vec<String> = (each.quotas.iter())
            .map(|quota| {
                let calls = each.peak(quota.window_ms).map_or(0, |peak| peak.calls);
                format!("{} in {}", text::number(calls), quota.window_ms)
            })
            .collect();
        table.row(vec![
            Cell::name(&each.connector),
            Cell::count(each.calls),
            Cell::count(each.refused),
            Cell::by(text::percent(each.refused, each.calls), each.refused * 10_000 / each.calls.max(1)),
            Cell::count(each.while_throttled),
            Cell::by(format!("{}{at}", text::number(herd)), herd),
            Cell::html(peaks.join(", ")),
        ]);
    }
    if !rest.is_empty() {
        let sum = |amount: fn(&SourceUse) -> u64| rest.iter().map(|each| amount(each)).sum::<u64>();
        let (calls, refused) = (sum(|each| each.calls), sum(|each| each.refused));
        table.foot(vec![
            others(&rest),
            Cell::count(calls),
            Cell::count(refused),
            Cell::html(text::percent(refused, calls)),
            Cell::count(sum(|each| each.while_throttled)),
            Cell::html(String::new()),
            Cell::html(String::new()),
        ]);
    }
    table.write(to)
}

fn submitted(used: &[&SourceUse], to: &mut dyn Write) -> io::Result<()> {
    let columns = [
        ("Connector", Column::Text),
        ("Work", Column::Text),
        ("Due", Column::Number),
        ("Missing", Column::Number),
        ("Repeated", Column::Number),
        ("To come", Column::Number),
        ("Pages to come", Column::Number),
    ];
    let (shown, rest) = worst(used.to_vec(), SHOWN, |each| each.unfinished());
    let caption = which("What was due, and what was submitted.", &shown, &rest);
    let mut table = Table::new("submitted", caption, columns);
    let row = |connector: Cell, tally: &Tally| {
        vec![
            connector,
            Cell::html(tally.work_type.noun().to_owned()),
            Cell::count(tally.due),
            Cell::count(tally.missing),
            Cell::count(tally.repeated),
            Cell::count(tally.to_come),
            Cell::count(tally.calls_to_come),
        ]
    };
    for each in shown {
        each.tallies.iter().for_each(|tally| table.row(row(Cell::name(&each.connector), tally)));
    }
    for work_type in WorkType::ALL {
        let sum = Tally::sum(*work_type, rest.iter().flat_map(|each| &each.tallies));
        if let Some(tally) = &sum {
            table.foot(row(others(&rest), tally));
        }
    }
    table.write(to)
}

/// Time from a change to its submission, for the operations that are shown.
fn stale(page: &Page<'_>, to: &mut dyn Write) -> io::Result<()> {
    let columns =
        [("Operation", Column::Text), ("Stale on average", Column::Number), ("At worst", Column::Number)];
    let mut table = Table::new("stale", "Time from a change to its submission.".to_owned(), columns);
    let mut any = false;
    for operation in page.shown.iter().copied() {
        let Some(mean) = operation.mean_staleness() else { continue };
        any = true;
        table.row(vec![
            Cell::html(text::escape(&text::operation(operation))),
            Cell::duration(mean),
            Cell::duration(operation.staleness().worst),
        ]);
    }
    if any { table.write(to) } else { Ok(()) }
}
