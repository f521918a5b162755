//! The results: a row an operation, numbers in columns where there is room and in words where there is not.

use super::{heading, name, number, picked};
use crate::model::Outcome;
use crate::report::grid::{Column, Grid};
use crate::report::summary::{Operation, State, Summary, Totals};
use crate::report::sums::sums;
use crate::report::text::wrapped;
use crate::report::words::{count, short};
use crate::report::{Style, shorten, width};

/// From this many columns on every number has a column of its own.
const WIDE: usize = 120;

/// Where they have not, names get so many columns: the first that leaves room for everything else.
const NAMES: [usize; 3] = [26, 22, 19];
const LEAST_NAME: usize = 16;

pub(super) fn draw(summary: &Summary, all: bool, style: &Style) -> String {
    let (shown, rest) = picked(summary, all);
    if shown.is_empty() {
        return "No operation was started.\n".to_owned();
    }
    let title = if rest.is_empty() {
        "Results".to_owned()
    } else {
        format!("Results: the worst {} of {} operations", shown.len(), shown.len() + rest.len())
    };
    let mut text = heading(&title, style);
    if style.columns() >= WIDE {
        text.push_str(&wide(summary, &shown, style).draw(style));
    } else {
        // The more digits the numbers have, the less room there is for names.
        let draw = |columns: &usize| narrow(summary, &shown, *columns, style).draw(style);
        let fits = |drawn: &String| drawn.lines().all(|line| width(line) <= style.columns());
        let drawn = NAMES.iter().map(draw).find(fits);
        text.push_str(&drawn.unwrap_or_else(|| draw(&LEAST_NAME)));
    }
    if !rest.is_empty() {
        let sums = sums(&Totals::of(rest.iter().copied()));
        let words = format!("… and {}: {sums}", count(rest.len() as u64, "more operation"));
        text.push_str(&wrapped(&style.words(&words), style));
    }
    let totals = summary.totals();
    let words = format!("In all: {}, {}", count(totals.operations, "operation"), sums(&totals));
    text.push_str(&wrapped(&style.words(&words), style));
    text
}

fn wide(summary: &Summary, shown: &[Operation<'_>], style: &Style) -> Grid {
    let mut columns = vec![("operation", Column::Text), ("runs", Column::Number)];
    columns.extend(Outcome::ALL.iter().map(|outcome| (heading_of(*outcome), Column::Number)));
    columns
        .extend(["records", "binaries", "aggreg.", "stops", "throttled"].map(|each| (each, Column::Number)));
    columns.extend([("held", Column::Word), ("last result", Column::Text), ("then", Column::Text)]);
    let mut grid = Grid::new(columns);
    for operation in shown.iter().copied() {
        let mut cells = vec![name(operation, 44, style), number(operation.executions())];
        cells.extend(Outcome::ALL.iter().map(|outcome| number(operation.result(*outcome))));
        cells.extend(
            [
                operation.records(),
                operation.binaries(),
                operation.aggregations(),
                operation.stops(),
                operation.calls_while_throttled(),
            ]
            .map(number),
        );
        cells.extend([held(operation, " "), last(operation, 36, style), then(summary, operation, 60, style)]);
        grid.row(cells);
    }
    grid.drop_idle_columns();
    grid
}

fn narrow(summary: &Summary, shown: &[Operation<'_>], columns: usize, style: &Style) -> Grid {
    let mut grid = Grid::new([
        ("operation", Column::Word),
        ("runs", Column::Number),
        ("results", Column::Word),
        ("submitted", Column::Word),
        ("held", Column::Word),
        ("then", Column::Text),
    ]);
    for operation in shown.iter().copied() {
        let results = Outcome::ALL
            .iter()
            .filter(|outcome| operation.result(**outcome) > 0)
            .map(|outcome| format!("{} {outcome}", operation.result(*outcome)))
            .chain(
                (operation.calls_while_throttled() > 0)
                    .then(|| format!("{} throttled", operation.calls_while_throttled())),
            );
        let submitted = [
            (operation.records(), "rec."),
            (operation.binaries(), "bin."),
            (operation.aggregations(), "aggr."),
        ]
        .into_iter()
        .filter(|(amount, _)| *amount > 0)
        .map(|(amount, noun)| format!("{amount} {noun}"));
        grid.row([
            name(operation, columns, style),
            number(operation.executions()),
            list(results),
            list(submitted),
            held(operation, "\n"),
            last_and_then(summary, operation, 36, style),
        ]);
    }
    grid.drop_idle_columns();
    grid
}

const fn heading_of(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::ChannelNotFound => "not found",
        other => other.word(),
    }
}

/// A line each: a comma could end up alone on one.
fn list(words: impl Iterator<Item = String>) -> String {
    let words: Vec<_> = words.collect();
    if words.is_empty() { "-".to_owned() } else { words.join("\n") }
}

fn held(operation: Operation<'_>, between: &str) -> String {
    let held = operation.held();
    match held.times {
        0 => "-".to_owned(),
        1 => short(held.total),
        times => format!("{} in {times},{between}longest {}", short(held.total), short(held.longest)),
    }
}

fn last(operation: Operation<'_>, columns: usize, style: &Style) -> String {
    match operation.last_result() {
        None => "-".to_owned(),
        Some(result) if operation.last_reason().is_empty() => result.to_string(),
        Some(result) => shorten(&format!("{result}: {}", operation.last_reason()), columns, style),
    }
}

/// Where there is no room for a column of the last result, it is told only when it is not the usual one.
fn last_and_then(summary: &Summary, operation: Operation<'_>, columns: usize, style: &Style) -> String {
    let then = then(summary, operation, columns, style);
    let ended = matches!(operation.state(), State::Ended { .. });
    match operation.last_result() {
        None | Some(Outcome::Complete) => then,
        Some(_) if ended => then,
        Some(_) => format!(
            "{}\n{then}",
            shorten(&format!("last {}", last(operation, columns, style)), columns, style)
        ),
    }
}

/// When it runs next, or how it ended.
fn then(summary: &Summary, operation: Operation<'_>, columns: usize, style: &Style) -> String {
    match operation.state() {
        State::Running { next_at } if next_at >= summary.end() => format!("next {next_at}"),
        State::Running { .. } if summary.kill_switch_is_on() => "kill switch is on".to_owned(),
        State::Running { .. } => "call in flight".to_owned(),
        State::Ended { status, reason, .. } if reason.is_empty() || reason == status.word() => {
            format!("ended {status}")
        }
        State::Ended { status, reason, .. } => shorten(&format!("ended {status}: {reason}"), columns, style),
    }
}
