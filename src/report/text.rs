//! Text from outside made fit for a terminal: no control characters, no more columns than there are.

use std::borrow::Cow;

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::Style;

/// How many columns `text` takes on a terminal.
pub fn width(text: &str) -> usize {
    text.width()
}

/// `text` without anything that could move the cursor, change colours or turn the direction of writing: such characters
/// are written as escapes (`\n`, `\u{1b}`).
pub fn clean(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_unsafe) {
        return Cow::Borrowed(text);
    }
    let mut clean = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        push_clean(&mut clean, c);
    }
    Cow::Owned(clean)
}

/// [`clean`]ed text in at most `columns` columns, with an ellipsis at the end where some of it had to go. Reads no more
/// of `text` than it shows.
pub fn shorten(text: &str, columns: usize, style: &Style) -> String {
    let mark = style.ellipsis();
    let room = columns.saturating_sub(width(mark));
    let (mut short, mut used, mut fits) = (String::new(), 0, 0);
    for c in text.chars() {
        push_clean(&mut short, c);
        used += if is_unsafe(c) { c.escape_default().count() } else { c.width().unwrap_or(0) };
        if used > columns {
            short.truncate(fits);
            short.push_str(if columns > width(mark) { mark } else { "" });
            return short;
        }
        if used <= room {
            fits = short.len();
        }
        if short.len() > columns.saturating_mul(16).saturating_add(64) {
            break; // nothing but characters without a width
        }
    }
    short
}

/// `text` with spaces behind it up to `columns`.
pub fn pad(text: &str, columns: usize) -> String {
    let mut padded = text.to_owned();
    padded.extend(std::iter::repeat_n(' ', columns.saturating_sub(width(text))));
    padded
}

fn push_clean(to: &mut String, c: char) {
    if is_unsafe(c) { to.extend(c.escape_default()) } else { to.push(c) }
}

/// Control characters, and those that turn or hide text.
fn is_unsafe(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_become_escapes() {
        let check = |text, expect| assert_eq!(clean(text), expect);
        check("Personalakten – 人事", "Personalakten – 人事");
        check("a\nb\u{1b}[31mc", "a\\nb\\u{1b}[31mc");
        check("\u{202e}exe", "\\u{202e}exe");
    }

    #[test]
    fn text_is_shortened_by_columns() {
        let check = |text: &str, columns, ascii, expect: &str| {
            let short = shorten(text, columns, &Style { ascii, ..Style::plain(80) });
            assert_eq!(short, expect);
            assert!(width(&short) <= columns, "{short:?}");
        };
        check("channel", 7, false, "channel");
        check("channels", 7, false, "channe…");
        check("channels", 7, true, "chan...");
        check("人事部門", 5, false, "人事…");
        check("a\u{1b}b", 5, false, "a…");
        check("ab", 1, false, "");
        check("e\u{301}e\u{301}", 2, false, "e\u{301}e\u{301}");
        check(&"x".repeat(1_000_000), 4, false, "xxx…");
        check(&"\u{301}".repeat(1_000_000), 4, false, &"\u{301}".repeat(65));
    }
}
