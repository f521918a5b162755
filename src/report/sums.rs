//! What operations came to together, in a sentence.

use std::fmt::Write;

use super::summary::Totals;
use super::words::count;
use crate::model::Outcome;

/// `51 executions (42 complete, 9 failed), 74 records, 2 locks.`
pub(super) fn sums(totals: &Totals) -> String {
    let mut text = count(totals.executions(), "execution");
    let results: Vec<_> = Outcome::ALL
        .iter()
        .filter(|outcome| totals.result(**outcome) > 0)
        .map(|outcome| format!("{} {outcome}", totals.result(*outcome)))
        .collect();
    if !results.is_empty() {
        let _ = write!(text, " ({})", results.join(", "));
    }
    for (amount, noun) in [
        (totals.records, "record"),
        (totals.binaries, "binary"),
        (totals.aggregations, "aggregation"),
        (totals.locks, "lock"),
    ] {
        if amount > 0 {
            let _ = write!(text, ", {}", count(amount, noun));
        }
    }
    if totals.held.times > 0 {
        let _ = write!(
            text,
            ", held {} for {} (longest {})",
            count(totals.held.times, "time"),
            totals.held.total,
            totals.held.longest
        );
    }
    if totals.calls_while_throttled > 0 {
        let _ = write!(text, ", {} while the source throttled", count(totals.calls_while_throttled, "call"));
    }
    if totals.stops > 0 {
        let _ = write!(text, ", {} of stop", count(totals.stops, "call"));
    }
    text.push('.');
    text
}
