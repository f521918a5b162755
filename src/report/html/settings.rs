//! Below the results: warnings, differences from the other rule set, settings, connectors and files.

use std::io::{self, Write};

use super::page::{Page, end_section, section};
use super::table::{Cell, Column, Table};
use super::text::{self, NAME, WORDS};
use crate::report::words::count;
use crate::rules::Rules;

/// So many warnings, settings, connectors or files are shown of each.
const SHOWN: usize = 500;

pub(super) fn write(page: &Page<'_>, to: &mut dyn Write) -> io::Result<()> {
    warnings(page, to)?;
    differences(page, to)?;
    settings(page, to)
}

fn warnings(page: &Page<'_>, to: &mut dyn Write) -> io::Result<()> {
    let groups = page.summary.warnings().groups();
    if groups.is_empty() {
        return Ok(());
    }
    section(to, "warnings", "Warnings")?;
    let columns = [
        ("What about", Column::Text),
        ("Times", Column::Number),
        ("First", Column::Number),
        ("In words", Column::Words),
    ];
    let mut table =
        Table::new("warnings", caption(groups.len(), "kind of warning", "kinds of warning"), columns);
    for group in groups.iter().take(SHOWN) {
        table.row(vec![
            Cell::html(format!("<code>{}</code>", text::cut(&group.code, NAME))),
            Cell::count(group.times),
            Cell::by(text::moment(group.first_at, page.clock), group.first_at.0),
            Cell::html(text::cut(&group.message, WORDS)),
        ]);
    }
    table.write(to)?;
    end_section(to)
}

fn differences(page: &Page<'_>, to: &mut dyn Write) -> io::Result<()> {
    let differences = page.summary.differences();
    let Some(run) = page.summary.run().filter(|_| !differences.is_empty()) else { return Ok(()) };
    let (heading, ours, theirs) = match run.rules {
        Rules::Documented => ("Where the published SDK differs", "Documented", "The SDK instead"),
        Rules::Sdk => ("Where the documents differ", "The SDK", "The documents instead"),
    };
    section(to, "differences", heading)?;
    let columns = [
        ("Row", Column::Text),
        ("About", Column::Words),
        ("Times", Column::Number),
        ("First", Column::Number),
        (ours, Column::Words),
        (theirs, Column::Words),
    ];
    let other = run.rules.other();
    let caption = format!(
        "Decisions of this run that the other rule set would have made otherwise, each given everything up to there. \
         <code>--rules {other}</code> runs it that way."
    );
    let mut table = Table::new("differences", caption, columns);
    for (row, times, first_at) in differences.rows() {
        let words = row.difference();
        let (ours, theirs) = match run.rules {
            Rules::Documented => (words.documented, words.sdk),
            Rules::Sdk => (words.sdk, words.documented),
        };
        table.row(vec![
            Cell::by(format!("<b>{row}</b> {}", words.name), row as u64),
            Cell::html(text::escape(words.subject)),
            Cell::count(times),
            Cell::by(text::moment(first_at, page.clock), first_at.0),
            Cell::html(text::escape(ours)),
            Cell::html(text::escape(theirs)),
        ]);
    }
    table.write(to)?;
    end_section(to)
}

fn settings(page: &Page<'_>, to: &mut dyn Write) -> io::Result<()> {
    let Some(run) = page.summary.run() else { return Ok(()) };
    section(to, "settings", "Settings, connectors and files")?;
    let mut table = Table::new(
        "settings",
        format!("Rule set <b>{}</b>, seed {}; every setting in force.", run.rules, run.seed),
        [("Setting", Column::Text), ("Value", Column::Text)],
    );
    if let Some(scope_key) = &run.scope_key {
        let value = format!("<code>{}</code>", text::cut(scope_key, WORDS));
        table.row(vec![Cell::html("<code>semaphore_lock.scope_key</code>".to_owned()), Cell::html(value)]);
    }
    let listed = run.settings.iter().filter(|(key, _)| *key != "semaphore_lock.scope_key");
    for (key, value) in listed.take(SHOWN) {
        table.row(vec![
            Cell::html(format!("<code>{}</code>", text::cut(key, 2 * NAME))),
            Cell::html(format!("<code>{}</code>", text::cut(&value.to_string(), WORDS))),
        ]);
    }
    table.write(to)?;
    let connectors = &run.connectors;
    let mut table = Table::new(
        "connectors",
        caption(connectors.len(), "connector", "connectors"),
        [("Connector", Column::Text), ("Name", Column::Text)],
    );
    for (id, display_name) in connectors.iter().take(SHOWN) {
        table.row(vec![
            Cell::name(id),
            display_name.as_deref().map_or_else(|| Cell::html(super::table::dash()), Cell::name),
        ]);
    }
    table.drop_idle_columns();
    table.write(to)?;
    if !run.inputs.is_empty() {
        let mut table = Table::new(
            "files",
            caption(run.inputs.len(), "file was read", "files were read"),
            [("File", Column::Text), ("SHA-256", Column::Text)],
        );
        for input in run.inputs.iter().take(SHOWN) {
            let digest = format!("<code>{}</code>", text::cut(&input.sha256, 80));
            table.row(vec![
                Cell::html(format!("<bdi>{}</bdi>", text::cut(&input.path, WORDS))),
                Cell::html(digest),
            ]);
        }
        table.write(to)?;
    }
    end_section(to)
}

/// How many there are, and how many of them are shown.
fn caption(n: usize, one: &str, many: &str) -> String {
    let all = if n == 1 { format!("1 {one}") } else { format!("{} {many}", text::number(n as u64)) };
    if n > SHOWN { format!("{all}, of which the first {}", count(SHOWN as u64, "row")) } else { all }
}
