//! Text and numbers made fit for HTML: element content, attribute values and SVG alike.

use crate::model::{LockType, VirtualTime};
use crate::report::summary::Operation;
use crate::report::{Style, WallClock, shorten};

/// Names are shown up to this many columns.
pub(super) const NAME: usize = 60;
/// Reasons, messages and cursors.
pub(super) const WORDS: usize = 300;

/// Text from outside in at most `columns` columns, without control characters. Not escaped.
pub(super) fn plain(text: &str, columns: usize) -> String {
    shorten(text, columns, &Style::plain(columns))
}

/// [`plain`] and escaped.
pub(super) fn cut(text: &str, columns: usize) -> String {
    escape(&plain(text, columns))
}

/// A name from outside: [`cut`], and apart from the direction in which the words around it are written.
pub(super) fn name(text: &str) -> String {
    format!("<bdi>{}</bdi>", cut(text, NAME))
}

/// `text` with every character that means something in HTML written so that it does not.
pub(super) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            '`' => escaped.push_str("&#96;"),
            // `clean` has taken out what controls a terminal; what is left of it are our own line breaks in titles.
            c => escaped.push(c),
        }
    }
    escaped
}

/// How an operation is called: `box synchronisation hr`. Not escaped.
pub(super) fn operation(operation: Operation<'_>) -> String {
    let (connector, noun) = (plain(operation.connector(), NAME), operation.work_type().noun());
    match &operation.channel() {
        Some(channel) => format!("{connector} {noun} {}", plain(channel, NAME)),
        None => format!("{connector} {noun}"),
    }
}

/// How a lock key is called; an empty one, and a scoped one that looks like the global lock, say so. Not escaped.
pub(super) fn key(lock_type: LockType, key: &str) -> String {
    match (lock_type, key) {
        (LockType::Global, _) => "global".to_owned(),
        (LockType::Scoped, "") => "\"\" (empty)".to_owned(),
        (LockType::Scoped, "global") => "\"global\" (scoped)".to_owned(),
        (LockType::Scoped, key) => plain(key, NAME),
    }
}

/// [`key`], as an element.
pub(super) fn key_name(lock_type: LockType, key: &str) -> String {
    format!("<bdi>{}</bdi>", escape(&self::key(lock_type, key)))
}

/// A moment both ways, in plain text: `0:10:00 (2026-01-05T09:10:00Z)`.
pub(super) fn both(at: VirtualTime, clock: WallClock) -> String {
    clock.full(at).map_or_else(|| at.to_string(), |wall| format!("{at} ({wall})"))
}

/// A moment both ways, as an element.
pub(super) fn moment(at: VirtualTime, clock: WallClock) -> String {
    let Some((full, time)) = clock.full(at).zip(clock.time(at)) else { return at.to_string() };
    let same_day = clock.day(at) == clock.day(VirtualTime::START);
    let day = if same_day { String::new() } else { format!("{} ", clock.day(at).unwrap_or_default()) };
    format!("<time datetime=\"{full}\" title=\"{full}\">{at} <small>{day}{time}</small></time>")
}

/// `1 234 567`, with spaces that do not break.
pub(super) fn number(n: u64) -> String {
    let digits = n.to_string();
    let mut grouped = String::with_capacity(digits.len() * 2);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            grouped.push('\u{a0}');
        }
        grouped.push(digit);
    }
    grouped
}

/// How far `part` is into `whole`, in percent with three decimals.
pub(super) fn percent(part: u64, whole: u64) -> String {
    let thousandths = u128::from(part.min(whole)) * 100_000 / u128::from(whole.max(1));
    let text = format!("{}.{:03}", thousandths / 1000, thousandths % 1000);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_from_outside_is_only_text() {
        let check = |text, expect| assert_eq!(cut(text, 40), expect);
        check("</script><b a='x' b=\"y\">", "&lt;/script&gt;&lt;b a=&#39;x&#39; b=&quot;y&quot;&gt;");
        check("]]>&amp;`", "]]&gt;&amp;amp;&#96;");
        check("a\u{0}\n\u{1b}\u{202e}", "a\\u{0}\\n\\u{1b}\\u{202e}");
        check(&"<".repeat(1_000_000), &format!("{}…", "&lt;".repeat(39)));
    }

    #[test]
    fn numbers() {
        assert_eq!([number(0), number(999), number(17_000_000)], ["0", "999", "17\u{a0}000\u{a0}000"]);
        let check = |part, whole, expect| assert_eq!(percent(part, whole), expect, "{part} of {whole}");
        check(0, 0, "0");
        check(1, 3, "33.333");
        check(1, 8, "12.5");
        check(5, 5, "100");
        check(9, 5, "100");
        check(u64::MAX, u64::MAX, "100");
    }
}
