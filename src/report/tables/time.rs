//! Where the time went: what each operation's running time was spent on.

use super::{heading, name, picked};
use crate::model::Millis;
use crate::report::Style;
use crate::report::grid::{Column, Grid};
use crate::report::summary::{Cause, Summary, Totals};
use crate::report::words::{share, short};

/// From this many columns on durations are shown, not shares.
const WIDE: usize = 120;

pub(super) fn draw(summary: &Summary, all: bool, style: &Style) -> String {
    let totals = summary.totals();
    if totals.running_time == Millis::ZERO {
        return String::new();
    }
    let wide = style.columns() >= WIDE;
    let amount = |part: Millis, whole: Millis| match (part, wide) {
        (Millis::ZERO, _) => "-".to_owned(),
        (_, true) => format!("{} {:>4}", short(part), share(part, whole)),
        (_, false) => share(part, whole),
    };
    let mut columns = vec![("operation", Column::Text), ("running", Column::Number)];
    columns.extend(Cause::ALL.map(|cause| (heading_of(cause), Column::Number)));
    columns.extend([("stale", Column::Number), ("at worst", Column::Number)]);
    let mut grid = Grid::new(columns);
    let (shown, rest) = picked(summary, all);
    for operation in shown.iter().copied() {
        let mut cells = vec![name(operation, if wide { 44 } else { 30 }, style), short(operation.running())];
        cells.extend(Cause::ALL.map(|cause| amount(operation.waits().of(cause), operation.running())));
        cells.extend(staleness(operation.mean_staleness(), operation.staleness().worst));
        grid.row(cells);
    }
    let mut row = |name: String, totals: &Totals| {
        let mut cells = vec![name, short(totals.running_time)];
        cells.extend(Cause::ALL.map(|cause| amount(totals.waits.of(cause), totals.running_time)));
        cells.extend(staleness(totals.mean_staleness(), totals.staleness.worst));
        grid.row(cells);
    };
    if !rest.is_empty() {
        row(format!("{} more together", rest.len()), &Totals::of(rest.iter().copied()));
    }
    if shown.len() + rest.len() > 1 {
        row("all operations".to_owned(), &totals);
    }
    grid.drop_idle_columns();
    format!("{}{}", heading("Where the time went", style), grid.draw(style))
}

/// How stale the content was when it was submitted, on average and at worst.
fn staleness(mean: Option<Millis>, worst: Millis) -> [String; 2] {
    mean.map_or_else(|| ["-", "-"].map(str::to_owned), |mean| [short(mean), short(worst)])
}

const fn heading_of(cause: Cause) -> &'static str {
    match cause {
        Cause::Source => "calls",
        Cause::Policy => "delay",
        Cause::Retry => "retries",
        Cause::Lock => "held",
        Cause::OwnBackOff => "own back-off",
        Cause::Disabled => "disabled",
        Cause::KillSwitch => "kill switch",
    }
}
