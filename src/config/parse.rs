//! TOML text as a tree of [`Node`]s. Syntax errors are problems with their places; what the parser makes of the rest of
//! the file is still there to be checked.

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::context::Context;
use super::node::{FileId, Node, Place, Table, Value};
use super::problem::excerpt;

/// How deep tables and lists may be nested; no key needs a tenth of it.
const DEEPEST: usize = 64;

/// The most syntax errors of a file that are told.
const MOST_ERRORS: usize = 200;

/// A file as a table. Syntax errors are reported.
pub(super) fn document(cx: &Context, file: FileId) -> Node {
    let source = cx.file(file);
    let (table, errors) = DeTable::parse_recoverable(&source.text);
    let mut broken = Vec::new();
    // Every value is compared with them, so their number has a bound; nobody reads so many.
    for error in errors.into_iter().take(MOST_ERRORS) {
        let place = error.span().map_or(Place::top(file), |span| place(file, &span));
        broken.push(place);
        syntax_error(cx, place, error.message());
    }
    if !broken.is_empty() {
        cx.mark_incomplete(file);
    }
    let mut converter = Converter { cx, file, broken, text: &source.text };
    let value = converter.table(table.into_inner(), 0);
    Node { value, at: Place::top(file), key: None }
}

/// The value of `KEY=VALUE`, which stands at `at`: TOML if it is, else a string as it stands.
pub(super) fn argument(cx: &Context, at: Place, key: Option<Place>) -> Node {
    let source = cx.file(at.file);
    let text = source.text.get(at.start..at.end).unwrap_or_default();
    let mut node = match DeValue::parse(text) {
        Ok(value) => {
            let mut converter = Converter { cx, file: at.file, broken: Vec::new(), text: &source.text };
            let mut node = converter.node(value, None, 0);
            shift(&mut node, at.start);
            node
        }
        Err(_) => Node { value: Value::String(text.to_owned()), at, key },
    };
    node.key = key;
    node
}

fn shift(node: &mut Node, by: usize) {
    node.at.start += by;
    node.at.end += by;
    if let Some(key) = &mut node.key {
        key.start += by;
        key.end += by;
    }
    match &mut node.value {
        Value::Array(elements) => elements.iter_mut().for_each(|element| shift(element, by)),
        Value::Table(table) => table.0.iter_mut().for_each(|(_, value)| shift(value, by)),
        _ => {}
    }
}

/// The parser says `description, expected this, that`. What people meet most often is said in our own words.
fn syntax_error(cx: &Context, place: Place, words: &str) {
    let (what, expected) = words.split_once(", expected ").unwrap_or((words, ""));
    let piece = cx.text_at(place);
    let (message, expected) = match what {
        "duplicate key" => (format!("`{}` is there twice", excerpt(&piece)), "each key once in its table"),
        "string values must be quoted" if piece.trim().is_empty() => {
            ("a value is missing".to_owned(), "one behind the `=`")
        }
        "string values must be quoted" => {
            (format!("`{}` is not TOML", excerpt(&piece)), "quotes around text")
        }
        "invalid boolean" => ("not TOML".to_owned(), "`true`, `false`, or quotes around text"),
        _ => (format!("not TOML: {what}"), expected),
    };
    let problem = cx.problem(place, message);
    if matches!(expected, "" | "nothing") {
        problem
    } else {
        problem.expected(format!("expected {expected}"))
    }
    .report();
}

fn place(file: FileId, span: &Range<usize>) -> Place {
    Place { file, start: span.start, end: span.end.max(span.start) }
}

struct Converter<'a> {
    cx: &'a Context,
    file: FileId,
    text: &'a str,
    /// Where syntax errors are: a value in such a place is no value.
    broken: Vec<Place>,
}

impl Converter<'_> {
    fn node(&mut self, value: Spanned<DeValue<'_>>, key: Option<Place>, depth: usize) -> Node {
        let at = place(self.file, &value.span());
        let value = match value.into_inner() {
            value @ (DeValue::Array(_) | DeValue::Table(_)) if depth >= DEEPEST => {
                take_apart(value);
                self.cx.problem(at, format!("tables and lists are nested more than {DEEPEST} deep")).report();
                Value::Broken
            }
            // A header with a syntax error: nobody knows whose table this is.
            value @ DeValue::Table(_) if self.is_header(at) && self.is_broken(at) => {
                take_apart(value);
                Value::Broken
            }
            DeValue::Table(table) => self.table(table, depth),
            DeValue::Array(array) => {
                Value::Array(array.into_iter().map(|element| self.node(element, None, depth + 1)).collect())
            }
            _ if self.is_broken(at) => Value::Broken,
            DeValue::String(text) => Value::String(text.into_owned()),
            DeValue::Boolean(flag) => Value::Boolean(flag),
            DeValue::Float(number) => Value::Float(number.as_str().to_owned()),
            DeValue::Datetime(moment) => Value::Datetime(moment.to_string()),
            DeValue::Integer(number) => {
                let beyond = if number.as_str().starts_with('-') { i128::MIN } else { i128::MAX };
                Value::Integer(i128::from_str_radix(number.as_str(), number.radix()).unwrap_or(beyond))
            }
        };
        Node { value, at, key }
    }

    fn table(&mut self, table: DeTable<'_>, depth: usize) -> Value {
        let mut entries: Vec<(String, Node)> = table
            .into_iter()
            .filter_map(|(key, value)| {
                let at = place(self.file, &key.span());
                let missing = key.get_ref().is_empty() && self.is_broken(at);
                let node = self.node(value, Some(at), depth + 1);
                (!missing).then(|| (key.into_inner().into_owned(), node))
            })
            .collect();
        // The parser sorts by name; people read from top to bottom.
        entries.sort_by_key(|(_, node)| node.key);
        Value::Table(Table(entries))
    }

    fn is_header(&self, at: Place) -> bool {
        self.text.get(at.start..).is_some_and(|text| text.starts_with('['))
    }

    /// The parser puts something in the place of what it cannot read: at an error, or at the file's very beginning.
    fn is_broken(&self, at: Place) -> bool {
        at.end == 0 && !self.text.is_empty()
            || self.broken.iter().any(|error| error.start <= at.end && at.start <= error.end)
    }
}

/// Drops a value level by level, because dropping it as a whole would descend as deep as it is nested.
fn take_apart(value: DeValue<'_>) {
    let mut rest = vec![value];
    while let Some(value) = rest.pop() {
        match value {
            DeValue::Array(array) => rest.extend(array.into_iter().map(Spanned::into_inner)),
            DeValue::Table(table) => rest.extend(table.into_iter().map(|(_, value)| value.into_inner())),
            _ => {}
        }
    }
}
