//! How the source's quota was used, and whether everything that was due was submitted.

use super::{SHOWN_WHOLE, SHOWN_WORST, heading, number};
use crate::model::{Millis, WorkType};
use crate::report::grid::{Column, Grid};
use crate::report::summary::{SourceUse, Summary};
use crate::report::text::wrapped;
use crate::report::verdict;
use crate::report::words::{share, short};
use crate::report::worst::worst;
use crate::report::{Style, Tone, shorten};
use crate::source::Tally;

/// So many verdicts are given one by one, unless all are asked for.
const VERDICTS: usize = 5;

/// The verdict: one sentence for each connector on a source with a quota.
pub(super) fn verdict(summary: &Summary, all: bool, style: &Style) -> String {
    let most = if all { usize::MAX } else { VERDICTS };
    let sentences = verdict::worst(summary, most).into_iter();
    sentences
        .map(|words| style.paint(Tone::Heading, &wrapped(&style.words(&format!("{words}.")), style)))
        .collect()
}

/// Throttle compliance and the audit.
pub(super) fn draw(summary: &Summary, all: bool, style: &Style) -> String {
    let used: Vec<&SourceUse> = summary.sources().iter().filter(|each| each.calls > 0).collect();
    if used.is_empty() {
        return String::new();
    }
    let mut text = treated(&used, all, style);
    text.push('\n');
    text.push_str(&submitted(&used, all, style));
    text
}

/// More connectors than a screen holds are not shown one by one, unless all are asked for.
const fn most(connectors: usize, all: bool) -> usize {
    if all || connectors <= SHOWN_WHOLE { usize::MAX } else { SHOWN_WORST }
}

fn titled(title: &str, shown: &[&SourceUse], rest: &[&SourceUse], style: &Style) -> String {
    if rest.is_empty() {
        return heading(title, style);
    }
    let (shown, all) = (shown.len(), shown.len() + rest.len());
    heading(&format!("{title}: the worst {shown} of {all} connectors"), style)
}

/// The row of those that have none of their own.
fn others(rest: &[&SourceUse]) -> String {
    format!("{} more together", rest.len())
}

fn treated(used: &[&SourceUse], all: bool, style: &Style) -> String {
    let (shown, rest) = worst(used.to_vec(), most(used.len(), all), |each| each.mistreated());
    let mut grid = Grid::new([
        ("connector", Column::Text),
        ("calls", Column::Number),
        ("refused", Column::Number),
        ("wasted", Column::Number),
        ("while throttled", Column::Number),
        ("most in 1 s", Column::Number),
        ("most in a window", Column::Word),
    ]);
    for each in &shown {
        let window = |quota: &crate::event::Quota| {
            let peak = each.peak(quota.window_ms).map_or(0, |peak| peak.calls);
            format!("{peak} in {}", short(quota.window_ms))
        };
        grid.row([
            shorten(&each.connector, 30, style),
            each.calls.to_string(),
            number(each.refused),
            share(Millis(each.refused), Millis(each.calls)),
            each.while_throttled.to_string(),
            each.herd().map_or("-".to_owned(), |herd| format!("{} at {}", herd.calls, herd.at)),
            each.quotas.iter().map(window).collect::<Vec<_>>().join(", "),
        ]);
    }
    if !rest.is_empty() {
        let sum = |amount: fn(&SourceUse) -> u64| rest.iter().map(|each| amount(each)).sum::<u64>();
        let (calls, refused) = (sum(|each| each.calls), sum(|each| each.refused));
        grid.row([
            others(&rest),
            calls.to_string(),
            number(refused),
            share(Millis(refused), Millis(calls)),
            sum(|each| each.while_throttled).to_string(),
            "-".to_owned(),
            "-".to_owned(),
        ]);
    }
    format!("{}{}", titled("How the source was treated", &shown, &rest, style), grid.draw(style))
}

fn submitted(used: &[&SourceUse], all: bool, style: &Style) -> String {
    let (shown, rest) = worst(used.to_vec(), most(used.len(), all), |each| each.unfinished());
    let mut grid = Grid::new([
        ("connector", Column::Text),
        ("work", Column::Word),
        ("due", Column::Number),
        ("missing", Column::Number),
        ("repeated", Column::Number),
        ("to come", Column::Number),
        ("pages", Column::Number),
    ]);
    let mut row = |connector: String, tally: &Tally| {
        grid.row([
            connector,
            tally.work_type.noun().to_owned(),
            tally.due.to_string(),
            tally.missing.to_string(),
            tally.repeated.to_string(),
            number(tally.to_come),
            number(tally.calls_to_come),
        ]);
    };
    for each in &shown {
        each.tallies.iter().for_each(|tally| row(shorten(&each.connector, 30, style), tally));
    }
    for work_type in WorkType::ALL {
        let sum = Tally::sum(*work_type, rest.iter().flat_map(|each| &each.tallies));
        if let Some(tally) = &sum {
            row(others(&rest), tally);
        }
    }
    format!("{}{}", titled("What was due, and what was submitted", &shown, &rest, style), grid.draw(style))
}
