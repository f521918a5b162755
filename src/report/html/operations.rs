//! The table of operations, with where each one's time went.

use std::fmt::Write as _;
use std::io::{self, Write};

use super::page::{Page, end_section, section};
use super::table::{Cell, Column, Table, dash};
use super::text::{self, NAME, WORDS};
use crate::model::{Millis, Outcome};
use crate::report::summary::{Cause, Held, Operation, State, Waits};
use crate::report::words::share;

pub(super) fn write(page: &Page<'_>, to: &mut dyn Write) -> io::Result<()> {
    section(to, "operations", "Operations")?;
    legend(page, to)?;
    let mut columns = vec![
        ("Connector", Column::Text),
        ("Work", Column::Text),
        ("Channel", Column::Text),
        ("State", Column::Text),
        ("Where the time went", Column::Number),
        ("Executions", Column::Number),
    ];
    columns.extend(Outcome::ALL.iter().map(|outcome| (outcome.word(), Column::Number)));
    columns.extend(
        [
            "Channels",
            "Records",
            "Binaries",
            "Aggregations",
            "Held",
            "Longest",
            "Times held",
            "Calls while throttled",
            "Stops",
        ]
        .map(|heading| (heading, Column::Number)),
    );
    columns.push(("Last reason", Column::Words));
    let caption = if page.rest.is_empty() {
        "Every operation with what became of it.".to_owned()
    } else {
        format!(
            "{} of {} operations: those that gave up, were held longest or failed most. The rest is summed up below.",
            page.shown.len(),
            text::number((page.shown.len() + page.rest.len()) as u64)
        )
    };
    let mut table = Table::new("operations", caption, columns);
    for operation in &page.shown {
        table.row(row(page, *operation));
    }
    if !page.rest.is_empty() {
        let rest = Sum::of(page.rest.iter().copied());
        table.foot(rest.row(&format!("{} others", text::number(page.rest.len() as u64))));
    }
    if page.shown.len() > 1 {
        let all = page.shown.iter().chain(&page.rest).copied();
        table.foot(Sum::of(all).row("All together"));
    }
    table.drop_idle_columns();
    table.write(to)?;
    end_section(to)
}

fn row(page: &Page<'_>, operation: Operation<'_>) -> Vec<Cell> {
    let mut cells = vec![
        connector(page, operation.connector()),
        Cell::html(operation.work_type().noun().to_owned()),
        operation.channel().map_or_else(|| Cell::html(dash()), Cell::name),
        state(page, operation),
    ];
    cells.extend(Sum::of([operation]).cells());
    cells.push(Cell::html(text::cut(operation.last_reason(), WORDS)));
    cells
}

fn connector(page: &Page<'_>, id: &str) -> Cell {
    let connectors = page.summary.run().map_or(&[][..], |run| &run.connectors);
    let known = connectors.iter().take(1000).find(|(known, _)| **known == *id);
    match known.and_then(|(_, display_name)| display_name.as_deref()) {
        Some(display_name) => {
            let title = text::cut(display_name, NAME);
            Cell::html(format!("<bdi title=\"{title}\">{}</bdi>", text::cut(id, NAME)))
        }
        None => Cell::name(id),
    }
}

fn state(page: &Page<'_>, operation: Operation<'_>) -> Cell {
    match operation.state() {
        State::Running { next_at } => Cell::by(
            format!("running<br><span class=\"nowrap\">next {}</span>", text::moment(next_at, page.clock)),
            next_at.0,
        ),
        State::Ended { at, status, reason } => {
            let class = if status == crate::model::Status::Failed { "bad" } else { "ended" };
            let title = text::cut(reason, WORDS);
            let html = format!(
                "<span class=\"{class}\" title=\"{title}\">{status}</span><br><span class=\"nowrap\">at {}</span>",
                text::moment(at, page.clock)
            );
            Cell::by(html, at.0)
        }
    }
}

/// Operations added up.
#[derive(Default)]
struct Sum {
    executions: u64,
    results: [u64; Outcome::ALL.len()],
    amounts: [u64; 4],
    held: Held,
    calls_while_throttled: u64,
    stops: u64,
    waits: [Millis; Cause::ALL.len()],
    running: Millis,
}

impl Sum {
    fn of<'o>(operations: impl IntoIterator<Item = Operation<'o>>) -> Self {
        let mut sum = Self::default();
        for each in operations {
            sum.executions += each.executions();
            for (count, outcome) in sum.results.iter_mut().zip(Outcome::ALL) {
                *count += each.result(*outcome);
            }
            let amounts = [each.channels(), each.records(), each.binaries(), each.aggregations()];
            for (amount, more) in sum.amounts.iter_mut().zip(amounts) {
                *amount = amount.saturating_add(more);
            }
            sum.held.times += each.held().times;
            sum.held.total += each.held().total;
            sum.held.longest = sum.held.longest.max(each.held().longest);
            sum.calls_while_throttled += each.calls_while_throttled();
            sum.stops += each.stops();
            add_waits(&mut sum.waits, &each.waits());
            sum.running += each.running();
        }
        sum
    }

    /// From where the time went to the stops.
    fn cells(&self) -> Vec<Cell> {
        let mut cells =
            vec![Cell::by(bar(&self.waits, self.running), self.running.0), Cell::count(self.executions)];
        cells.extend(self.results.map(Cell::count));
        cells.extend(self.amounts.map(Cell::count));
        cells.push(Cell::duration(self.held.total));
        cells.push(Cell::duration(self.held.longest));
        cells.extend([self.held.times, self.calls_while_throttled, self.stops].map(Cell::count));
        cells
    }

    fn row(&self, name: &str) -> Vec<Cell> {
        let mut cells = vec![Cell::html(name.to_owned())];
        cells.extend(std::iter::repeat_n(Cell::html(String::new()), 3));
        cells.extend(self.cells());
        cells.push(Cell::html(String::new()));
        cells
    }
}

fn add_waits(sum: &mut [Millis; Cause::ALL.len()], waits: &Waits) {
    for (mine, cause) in sum.iter_mut().zip(Cause::ALL) {
        *mine += waits.of(cause);
    }
}

/// A stacked bar: what the running time was spent on.
fn bar(waits: &[Millis; Cause::ALL.len()], running: Millis) -> String {
    if running == Millis::ZERO {
        return dash();
    }
    let parts = || waits.iter().zip(Cause::ALL).filter(|(time, _)| time.0 > 0);
    let words: Vec<_> = parts()
        .map(|(time, cause)| format!("{} {} ({time})", heading(cause), share(*time, running)))
        .collect();
    let words = text::escape(&words.join("\n"));
    let mut bar = format!("<span class=\"bar\" role=\"img\" aria-label=\"{words}\" title=\"{words}\">");
    for (time, cause) in parts() {
        let percent = text::percent(time.0, running.0);
        let _ = write!(bar, "<i class=\"c-{}\" style=\"width:{percent}%\"></i>", cause.word());
    }
    bar.push_str("</span>");
    bar
}

const fn heading(cause: Cause) -> &'static str {
    match cause {
        Cause::Source => "calls",
        Cause::Policy => "delay",
        Cause::Retry => "retry delay",
        Cause::Lock => "held by a lock",
        Cause::OwnBackOff => "own back-off",
        Cause::Disabled => "connector disabled",
        Cause::KillSwitch => "kill switch",
    }
}

fn legend(page: &Page<'_>, to: &mut dyn Write) -> io::Result<()> {
    let waits = page.summary.totals().waits;
    write!(to, "<ul class=\"legend\" aria-label=\"Where the time went: colours\">")?;
    for cause in Cause::ALL.into_iter().filter(|cause| waits.of(*cause).0 > 0) {
        write!(to, "<li><i class=\"c-{}\"></i>{}</li>", cause.word(), heading(cause))?;
    }
    writeln!(to, "</ul>")
}
