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

/// As [`shorten`], but what goes is in the middle: for names that begin alike, such as lock keys.
pub(super) fn shorten_middle(text: &str, columns: usize, style: &Style) -> String {
    let whole = shorten(text, columns, style);
    if !whole.ends_with(style.ellipsis()) || columns < 12 {
        return whole;
    }
    let tail_columns = (columns - width(style.ellipsis())) / 2;
    let (mut tail, mut used) = (Vec::new(), 0);
    for c in text.chars().rev() {
        let mut clean = String::new();
        push_clean(&mut clean, c);
        used += width(&clean);
        if used > tail_columns || tail.len() > tail_columns {
            break;
        }
        tail.push(clean);
    }
    tail.reverse();
    format!("{}{}", shorten(text, columns - tail_columns, style), tail.concat())
}

/// `text` with spaces behind it up to `columns`.
pub fn pad(text: &str, columns: usize) -> String {
    let mut padded = text.to_owned();
    padded.extend(std::iter::repeat_n(' ', columns.saturating_sub(width(text))));
    padded
}

/// `text` broken between words into lines of at most `columns` columns; a longer word has a line of its own, and a number
/// keeps its unit (`300 s`). At least one line.
pub fn wrap(text: &str, columns: usize) -> Vec<String> {
    wrap_hanging(text, columns, columns)
}

/// As [`wrap`], with the first line at most `first` columns.
fn wrap_hanging(text: &str, first: usize, columns: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    let mut used = 0;
    let mut words = text.split(' ').peekable();
    while let Some(word) = words.next() {
        let unit = words.next_if(|next| next.trim_end_matches([',', ';', ':', ')']) == "s");
        let word = &unit.map_or_else(|| word.to_owned(), |unit| format!("{word} {unit}"));
        let needed = width(word);
        let started = lines.last().is_some_and(|line| !line.is_empty());
        let room = if lines.len() == 1 { first } else { columns };
        if started && used + 1 + needed > room {
            lines.push(String::new());
            used = 0;
        }
        if let Some(line) = lines.last_mut() {
            if !line.is_empty() {
                line.push(' ');
                used += 1;
            }
            line.push_str(word);
            used += needed;
        }
    }
    lines
}

/// `text` broken into lines at spaces, as wide as there is room, each with its line break.
pub(super) fn wrapped(text: &str, style: &Style) -> String {
    wrap_with(text, "", style)
}

/// As [`wrapped`], with `indent` before each line and two columns more before all but the first.
pub(super) fn wrap_with(text: &str, indent: &str, style: &Style) -> String {
    let room = style.columns().saturating_sub(width(indent));
    let lines = wrap_hanging(text, room, room.saturating_sub(2));
    let mut wrapped = String::new();
    for (number, line) in lines.iter().enumerate() {
        let hanging = if number == 0 { "" } else { "  " };
        wrapped.extend([indent, hanging, line, "\n"]);
    }
    wrapped
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
    fn names_that_begin_alike_are_shortened_in_the_middle() {
        let check = |text: &str, expect: &str| {
            assert_eq!(shorten_middle(text, 16, &Style::plain(80)), expect);
        };
        check("box/499", "box/499");
        check("box/content-synchronisation/499", "box/cont…ion/499");
        check("\u{1b}box/content-synchronisation/\n", "\\u{1b}bo…tion/\\n");
        check(&"人事部門".repeat(1000), "人事部門…事部門");
    }

    #[test]
    fn text_is_wrapped_at_spaces() {
        let text = "one two three four five six seven eight nine ten";
        assert_eq!(
            wrap_with(text, "- ", &Style::plain(40)),
            "- one two three four five six seven\n-   eight nine ten\n"
        );
        assert_eq!(wrapped(&"x".repeat(50), &Style::plain(40)), "x".repeat(50) + "\n");
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

    #[test]
    fn words_are_wrapped() {
        let check = |text, columns, expect: &[&str]| assert_eq!(wrap(text, columns), expect);
        check("one two three", 7, &["one two", "three"]);
        check("300 s × 4", 9, &["300 s × 4"]);
        check("a 300 s, b", 6, &["a", "300 s,", "b"]);
        check("unbreakable a", 4, &["unbreakable", "a"]);
        check("", 4, &[""]);
        check("a b", 0, &["a", "b"]);
    }
}
