//! What the expectations say: each with its name, and where it fails what was expected and what was seen.

use std::fmt::Write;

use super::heading;
use crate::report::expect::Checked;
use crate::report::text::wrap_with;
use crate::report::words::count;
use crate::report::{Style, Tone, shorten};

pub(super) fn draw(checked: &[Checked<'_>], for_other_rules: usize, style: &Style) -> String {
    if checked.is_empty() {
        return String::new();
    }
    let passed = checked.iter().filter(|each| each.passed()).count();
    let mut title = format!("Expectations: {passed} of {} hold", checked.len());
    if for_other_rules > 0 {
        let _ = write!(title, " ({for_other_rules} more for the other rule set)");
    }
    let mut text = heading(&title, style);
    for each in checked {
        let (mark, tone) = if each.passed() { ("✓", Tone::Good) } else { ("✗", Tone::Bad) };
        let mark = style.paint(tone, &style.words(mark));
        let name = shorten(&each.expectation.name, style.columns().saturating_sub(8), style);
        let _ = writeln!(text, "{mark} {name}");
        if each.passed() {
            continue;
        }
        let (path, line) = &each.expectation.place;
        let _ = writeln!(text, "    {}:{line}", shorten(path, 200, style));
        let mut say = |words: String| {
            text.push_str(&wrap_with(&style.words(&shorten(&words, 600, style)), "    ", style));
        };
        if let Some(no_match) = &each.no_match {
            say(no_match.to_string());
            continue;
        }
        for condition in each.conditions.iter().filter(|condition| !condition.passed) {
            say(format!("{}: expected {}, seen {}", condition.measure, condition.expected, condition.seen));
        }
        let others = each.conditions.iter().filter(|condition| condition.passed).count();
        if others > 0 {
            say(format!("({} as expected)", count(others as u64, "other condition")));
        }
    }
    text
}
