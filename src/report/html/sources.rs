//! How a source with quotas was treated, whether everything that was due was submitted, and how stale it was.

use std::io::{self, Write};

use super::page::{Page, end_section, section};
use super::table::{Cell, Column, Table};
use super::text;
use crate::report::summary::SourceUse;
use crate::report::verdict::verdicts;

/// The verdict on each source, for the findings at the head of the page.
pub(super) fn verdict(page: &Page<'_>, to: &mut dyn Write) -> io::Result<()> {
    for sentence in verdicts(page.summary) {
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
    let caption = "Refused calls were throttled; most in a second is the herd that a lock lets go at once.";
    let mut table = Table::new("treated", caption.to_owned(), columns);
    for each in used {
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
    let mut table = Table::new("submitted", "What was due, and what was submitted.".to_owned(), columns);
    for each in used {
        for tally in &each.tallies {
            table.row(vec![
                Cell::name(&each.connector),
                Cell::html(tally.work_type.noun().to_owned()),
                Cell::count(tally.due),
                Cell::count(tally.missing),
                Cell::count(tally.repeated),
                Cell::count(tally.to_come),
                Cell::count(tally.calls_to_come),
            ]);
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
    for (_, operation) in &page.shown {
        let Some(mean) = operation.mean_staleness() else { continue };
        any = true;
        table.row(vec![
            Cell::html(text::escape(&text::operation(operation))),
            Cell::duration(mean),
            Cell::duration(operation.staleness.worst),
        ]);
    }
    if any { table.write(to) } else { Ok(()) }
}
