//! The warnings, those of one code folded where there are many.

use std::collections::BTreeMap;

use super::heading;
use crate::report::summary::{Summary, WarningGroup};
use crate::report::text::wrap_with;
use crate::report::words::count;
use crate::report::{Style, shorten};

/// So many of one code are shown.
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
        for group in groups.iter().take(SHOWN) {
            let again = if group.times > 1 { format!(" ({} times)", group.times) } else { String::new() };
            let words = format!("{}{again}", shorten(&group.message, 400, style));
            text.push_str(&wrap_with(&style.words(&words), "  ", style));
        }
        let more: u64 = groups.iter().skip(SHOWN).map(|group| group.times).sum();
        if more > 0 {
            let words = format!("… and {more} more like these ({})\n", shorten(code, 40, style));
            text.push_str("  ");
            text.push_str(&style.words(&words));
        }
    }
    text
}
