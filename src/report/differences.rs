//! The table of SPEC section 3 for people.

use std::fmt::Write;

use super::{Style, Tone, pad, wrap};
use crate::rules::Row;

/// With fewer columns, what both rule sets do stands under the name instead of beside it.
const SIDE_BY_SIDE: usize = 120;
/// Room for `D16`.
const ID: usize = 5;

/// These rows, in as many columns as there is room for.
pub fn table(rows: &[Row], style: &Style) -> String {
    let mut text = String::new();
    if style.columns() >= SIDE_BY_SIDE {
        side_by_side(&mut text, rows, style);
    } else {
        for &row in rows {
            stacked(&mut text, row, style);
        }
    }
    text
}

/// One row: its name, what it is about, and under that what each rule set does.
fn stacked(text: &mut String, row: Row, style: &Style) {
    const LABEL: usize = "documented  ".len();
    let difference = row.difference();
    let name = pad(&row.to_string(), ID) + difference.name;
    let _ = writeln!(text, "{}", style.paint(Tone::Heading, &name));
    let indent = " ".repeat(ID);
    for line in wrap(&style.words(difference.subject), style.columns() - ID) {
        let _ = writeln!(text, "{indent}{line}");
    }
    for (label, words) in [("documented", difference.documented), ("sdk", difference.sdk)] {
        for (n, line) in wrap(&style.words(words), style.columns() - ID - LABEL).iter().enumerate() {
            let label = style.paint(Tone::Faint, &pad(if n == 0 { label } else { "" }, LABEL));
            let _ = writeln!(text, "{indent}{label}{line}");
        }
    }
}

/// A table of four columns: id, name with subject, documented, sdk.
fn side_by_side(text: &mut String, rows: &[Row], style: &Style) {
    const NAME: usize = 40;
    let half = (style.columns() - ID - NAME) / 2;
    let titles = [("", ID), ("name and subject", NAME), ("documented", half), ("sdk", half)];
    let titles: String = titles.iter().map(|(title, columns)| pad(title, *columns)).collect();
    let _ = writeln!(text, "{}", style.paint(Tone::Heading, titles.trim_end()));
    for &row in rows {
        let difference = row.difference();
        let cell = |words: &str, columns: usize| wrap(&style.words(words), columns - 2);
        let mut names = vec![difference.name.to_owned()];
        names.extend(cell(difference.subject, NAME));
        let (documented, sdk) = (cell(difference.documented, half), cell(difference.sdk, half));
        let height = names.len().max(documented.len()).max(sdk.len());
        for line in 0..height {
            let at = |cell: &[String]| cell.get(line).cloned().unwrap_or_default();
            let id = if line == 0 { row.to_string() } else { String::new() };
            let left = pad(&id, ID) + &pad(&at(&names), NAME);
            let left = if line == 0 { style.paint(Tone::Heading, &left) } else { left };
            let right = pad(&at(&documented), half) + &at(&sdk);
            let _ = writeln!(text, "{}", (left + &right).trim_end());
        }
    }
}
