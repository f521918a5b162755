//! The warnings, those of one code folded where there are many.

use std::collections::BTreeMap;

use super::heading;
use crate::report::summary::{Summary, WarningGroup};
use crate::report::text::wrap_with;
use crate::report::words::count;
use crate::report::{Style, shorten};

/// So many of one code are shown; of more only the first.
const SHOWN: usize = 3;

pub(super) fn draw(summary: &Summary, style: &Style) -> String {
    let total = summary.warnings().total();
    if total == 0 {
        return String::new();
    }
    let mut codes: Vec<(&str, Vec<&WarningGroup>)> = Vec::new();
    let mut places = BTreeMap::new();
    for group in summary.warnings().groups() {
        let place = *places.entry(&*group.code).or_insert(codes.len());
        match codes.get_mut(place) {
            Some((_, groups)) => groups.push(group),
            None => codes.push((&group.code, vec![group])),
        }
    }
    let mut text = heading(&count(total, "warning"), style);
    for (code, groups) in codes {
        let all: u64 = groups.iter().map(|group| group.times).sum();
        let shown = if groups.len() > SHOWN { 1 } else { groups.len() };
        for group in groups.iter().take(shown) {
            let message = shorten(&group.message, 400, style);
            let words = match (shown < groups.len(), group.times) {
                (true, _) => {
                    format!("{message}; and {} more like it ({})", all - 1, shorten(code, 40, style))
                }
                (false, 1) => message,
                (false, times) => format!("{message} ({times} times)"),
            };
            text.push_str(&wrap_with(&style.words(&words), "  ", style));
        }
    }
    text
}
