//! What changed, as text and as Markdown for a pull request.

use std::fmt::Write;

use super::{Difference, OperationChange, Presence};
use crate::report::words::count;
use crate::report::worst::worst;
use crate::report::{Style, Tone, clean, shorten, wrap};

/// So many operations are shown; the rest are counted.
const SHOWN: usize = 50;
/// Values are shown up to so many columns.
const VALUE: usize = 80;

/// For a terminal.
pub fn text(difference: &Difference, names: [&str; 2], style: &Style) -> String {
    let mut text = String::new();
    let heading = |words: &str| style.paint(Tone::Heading, words);
    let _ = writeln!(text, "{} → {}", clean(names[0]), clean(names[1]));
    let lines = |text: &mut String, words: &str| {
        for (number, line) in wrap(words, style.columns().saturating_sub(4)).iter().enumerate() {
            let _ = writeln!(text, "{}{line}", if number == 0 { "  " } else { "    " });
        }
    };
    if !difference.settings.is_empty() {
        let _ = writeln!(text, "\n{}", heading("Settings"));
        for (key, was, is) in &difference.settings {
            lines(
                &mut text,
                &format!("{}: {} → {}", clean(key), value(was.as_ref(), style), value(is.as_ref(), style)),
            );
        }
    }
    let _ = writeln!(text, "\n{}", heading("In all"));
    lines(&mut text, &in_all(difference));
    if difference.first.iter().any(Option::is_some) {
        let _ = writeln!(text, "\n{}", heading("First difference"));
        for (word, event) in ["before", "now   "].into_iter().zip(&difference.first) {
            lines(&mut text, &format!("{word} {}", event.as_deref().unwrap_or("nothing more")));
        }
    }
    if !difference.operations.is_empty() {
        let (shown, rest) = shown(difference);
        let title = match rest.len() {
            0 => "Operations".to_owned(),
            more => format!("Operations: the {} of {} that changed most", shown.len(), shown.len() + more),
        };
        let _ = writeln!(text, "\n{}", heading(&title));
        for operation in shown {
            lines(&mut text, &format!("{}: {}", shorten(&operation.name, VALUE, style), in_words(operation)));
        }
        let rest = the_rest(&rest, difference.unchanged);
        if !rest.is_empty() {
            lines(&mut text, &rest);
        }
    }
    style.words(&text)
}

/// For a comment on a pull request.
pub fn markdown(difference: &Difference, names: [&str; 2]) -> String {
    let style = Style::plain(100);
    let mut text = String::new();
    let _ =
        writeln!(text, "**`{}` → `{}`**: {}", code(names[0]), code(names[1]), escape(&in_all(difference)));
    if !difference.settings.is_empty() {
        let _ = writeln!(text, "\n| setting | before | now |\n| --- | --- | --- |");
        for (key, was, is) in &difference.settings {
            let cell = |text: Option<&String>| escape(&value(text, &style));
            let _ = writeln!(text, "| {} | {} | {} |", escape(key), cell(was.as_ref()), cell(is.as_ref()));
        }
    }
    if difference.first.iter().any(Option::is_some) {
        let event = |event: &Option<String>| escape(event.as_deref().unwrap_or("nothing more"));
        let [was, is] = &difference.first;
        let _ = writeln!(text, "\nFirst difference:\n\n- before: {}\n- now: {}", event(was), event(is));
    }
    if !difference.operations.is_empty() {
        let _ = writeln!(text, "\n| operation | what changed |\n| --- | --- |");
        let (shown, rest) = shown(difference);
        for operation in shown {
            let name = escape(&shorten(&operation.name, VALUE, &style));
            let _ = writeln!(text, "| {name} | {} |", escape(&in_words(operation)));
        }
        let rest = the_rest(&rest, difference.unchanged);
        if !rest.is_empty() {
            let _ = writeln!(text, "\n{rest}");
        }
    }
    text
}

/// The headline: `retries +14, finished 22m later, 2 new lock waits, D1 now matters`.
fn in_all(difference: &Difference) -> String {
    let mut parts: Vec<String> = difference.totals.iter().map(|change| change.words.clone()).collect();
    for (rows, word, words) in [
        (&difference.rows_now, "now matters", "now matter"),
        (&difference.rows_no_more, "matters no more", "matter no more"),
    ] {
        let names: Vec<String> = rows.iter().map(ToString::to_string).collect();
        match names.as_slice() {
            [] => {}
            [one] => parts.push(format!("{one} {word}")),
            _ => parts.push(format!("{} {words}", names.join(" and "))),
        }
    }
    match (parts.is_empty(), difference.is_empty()) {
        (true, true) => "nothing changed".to_owned(),
        (true, false) => "the same in numbers".to_owned(),
        _ => parts.join(", "),
    }
}

fn in_words(operation: &OperationChange) -> String {
    let words: Vec<String> = operation.changes.iter().map(|change| change.words.clone()).collect();
    match operation.presence {
        Presence::Gone => "gone".to_owned(),
        Presence::New if words.is_empty() => "new".to_owned(),
        Presence::New => format!("new: {}", words.join(", ")),
        Presence::Both => words.join(", "),
    }
}

/// The operations that changed most, in the order of their names, and the others that changed.
fn shown(difference: &Difference) -> (Vec<&OperationChange>, Vec<&OperationChange>) {
    worst(difference.operations.iter().collect(), SHOWN, |operation| operation.weight)
}

fn the_rest(rest: &[&OperationChange], unchanged: usize) -> String {
    let mut parts = Vec::new();
    if !rest.is_empty() {
        let of = |presence| rest.iter().filter(|each| each.presence == presence).count();
        let apart: Vec<String> = [(of(Presence::New), "new"), (of(Presence::Gone), "gone")]
            .into_iter()
            .filter(|(operations, _)| *operations > 0)
            .map(|(operations, word)| format!("{operations} {word}"))
            .collect();
        let apart = if apart.is_empty() { String::new() } else { format!(" ({})", apart.join(", ")) };
        parts.push(format!("{} changed{apart}", count(rest.len() as u64, "more operation")));
    }
    match unchanged {
        0 => {}
        1 => parts.push("1 operation is as before".to_owned()),
        many => parts.push(format!("{} are as before", count(many as u64, "operation"))),
    }
    parts.join(", ")
}

fn value(value: Option<&String>, style: &Style) -> String {
    value.map_or_else(|| "none".to_owned(), |value| shorten(value, VALUE, style))
}

/// Text from outside in a Markdown table: nothing in it makes markup, a cell or a line of its own.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in clean(text).chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '|' | '*' | '_' | '`' | '[' | ']' | '\\' | '#' | '~' | '@' => escaped.extend(['\\', c]),
            c => escaped.push(c),
        }
    }
    escaped
}

/// Text between backticks.
fn code(text: &str) -> String {
    clean(text).replace('`', "'")
}
