//! How the source's quota was used, and whether everything that was due was submitted.

use super::{heading, number};
use crate::model::Millis;
use crate::report::grid::{Column, Grid};
use crate::report::summary::{SourceUse, Summary};
use crate::report::text::wrapped;
use crate::report::verdict::verdicts;
use crate::report::words::{share, short};
use crate::report::{Style, Tone, shorten};

/// The verdict: one sentence for each connector on a source with a quota.
pub(super) fn verdict(summary: &Summary, style: &Style) -> String {
    let sentences = verdicts(summary).into_iter();
    sentences
        .map(|words| style.paint(Tone::Heading, &wrapped(&style.words(&format!("{words}.")), style)))
        .collect()
}

/// Throttle compliance and the audit.
pub(super) fn draw(summary: &Summary, style: &Style) -> String {
    let used: Vec<&SourceUse> = summary.sources().iter().filter(|each| each.calls > 0).collect();
    if used.is_empty() {
        return String::new();
    }
    let mut text = heading("How the source was treated", style);
    let mut grid = Grid::new([
        ("connector", Column::Text),
        ("calls", Column::Number),
        ("refused", Column::Number),
        ("wasted", Column::Number),
        ("while throttled", Column::Number),
        ("most in 1 s", Column::Number),
        ("most in a window", Column::Word),
    ]);
    for each in &used {
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
    text.push_str(&grid.draw(style));
    text.push('\n');
    text.push_str(&heading("What was due, and what was submitted", style));
    let mut grid = Grid::new([
        ("connector", Column::Text),
        ("work", Column::Word),
        ("due", Column::Number),
        ("missing", Column::Number),
        ("repeated", Column::Number),
        ("to come", Column::Number),
        ("pages", Column::Number),
    ]);
    for each in used {
        for tally in &each.tallies {
            grid.row([
                shorten(&each.connector, 30, style),
                tally.work_type.noun().to_owned(),
                tally.due.to_string(),
                tally.missing.to_string(),
                tally.repeated.to_string(),
                number(tally.to_come),
                number(tally.calls_to_come),
            ]);
        }
    }
    text.push_str(&grid.draw(style));
    text
}
