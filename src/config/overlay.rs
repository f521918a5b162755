//! What is laid over a config: `extends` below it, `--set` above it (SPEC sections 7 and 10).

use super::context::Context;
use super::node::{Node, Place, Table, Value, merge};
use super::parse;
use super::problem::excerpt;

/// The most configs in a chain of `extends`.
const LONGEST_CHAIN: usize = 32;

/// The most pieces of a dotted path; no key needs a tenth of it.
const LONGEST_PATH: usize = 64;

/// Lays a config over those that it extends.
pub(super) fn extend(cx: &Context, root: &mut Node) {
    let file = root.at.file;
    let mut chain = vec![file];
    let mut tables = Vec::new();
    let mut incomplete = cx.is_incomplete(file);
    let mut next = take_extends(cx, root);
    while let Some(node) = next.take() {
        let Some(base) = cx.text(&node).and_then(|name| cx.open(name, &node)) else {
            incomplete = true;
            break;
        };
        if chain.contains(&base) {
            let names: Vec<String> =
                chain.iter().chain([&base]).map(|file| cx.file(*file).name.clone()).collect();
            cx.problem(node.at, "`extends` leads back to itself").expected(names.join(" -> ")).report();
            break;
        }
        if chain.len() >= LONGEST_CHAIN {
            cx.problem(node.at, format!("more than {LONGEST_CHAIN} configs extend one another")).report();
            break;
        }
        chain.push(base);
        let mut below = parse::document(cx, base);
        incomplete |= cx.is_incomplete(base);
        next = take_extends(cx, &mut below);
        tables.push(below);
    }
    if incomplete {
        cx.mark_incomplete(file);
    }
    let Value::Table(own) = &mut root.value else { return };
    let mut merged = Table::default();
    while let Some(Node { value: Value::Table(below), .. }) = tables.pop() {
        merge(&mut merged, below);
    }
    merge(&mut merged, std::mem::take(own));
    *own = merged;
}

fn take_extends(cx: &Context, node: &mut Node) -> Option<Node> {
    let Value::Table(table) = &mut node.value else { return None };
    let extends = table.remove("extends")?;
    if cx.text(&extends).is_none() {
        cx.mark_incomplete(extends.at.file);
        return None;
    }
    Some(extends)
}

/// One `KEY=VALUE`.
pub(super) struct Assignment {
    path: Vec<(String, Place)>,
    value: Node,
}

impl Assignment {
    /// Reads `text`, an argument of `option`.
    pub(super) fn parse(cx: &Context, option: &str, text: &str) -> Option<Self> {
        let file = cx.argument(option, text);
        let Some((path, value)) = split(text).filter(|(path, _)| path.len() <= LONGEST_PATH) else {
            cx.problem(
                Place { file, start: 0, end: text.len() },
                format!("`{}` sets nothing", excerpt(text)),
            )
            .expected("expected KEY=VALUE, such as simulation.duration=2h")
            .report();
            return None;
        };
        let place = |start, end| Place { file, start, end };
        let path: Vec<(String, Place)> =
            path.into_iter().map(|(name, start, end)| (name, place(start, end))).collect();
        let key = path.last().map(|(_, at)| *at);
        Some(Self { value: parse::argument(cx, place(value, text.len()), key), path })
    }

    /// `text` as the value of `path`, for an option that stands for a key.
    pub(super) fn of_option(cx: &Context, option: &str, text: &str, path: &[&str]) -> Self {
        let file = cx.argument(option, text);
        let at = Place { file, start: 0, end: text.len() };
        let path = path.iter().map(|name| ((*name).to_owned(), Place::top(file))).collect();
        Self { path, value: parse::argument(cx, at, None) }
    }

    /// Whether this sets the key `name` at the top of the config.
    pub(super) fn is_of(&self, name: &str) -> bool {
        matches!(self.path.as_slice(), [(only, _)] if only == name)
    }

    /// Sets the key; what is in the way is reported.
    pub(super) fn apply(self, cx: &Context, root: &mut Node) {
        let mut node = root;
        let Some(((last, last_at), path)) = self.path.split_last() else { return };
        for (name, at) in path {
            let Some(next) = descend(cx, node, name, *at) else { return };
            node = next;
        }
        if let Some(target) = descend(cx, node, last, *last_at) {
            *target = self.value;
        }
    }
}

/// The element of `node` that a path's piece names; made where a table lacks it.
fn descend<'n>(cx: &Context, node: &'n mut Node, name: &str, at: Place) -> Option<&'n mut Node> {
    let kind = node.value.kind();
    match &mut node.value {
        Value::Table(table) => {
            if table.get(name).is_none() {
                table.set(name, Node { value: Value::Table(Table::default()), at, key: Some(at) });
            }
            table.get_mut(name)
        }
        Value::Array(elements) => {
            let len = elements.len();
            let found = name.parse::<usize>().ok().and_then(|index| elements.get_mut(index));
            if found.is_none() {
                let problem = cx.problem(at, format!("`{}` is no element of this list", excerpt(name)));
                match len {
                    0 => problem.expected("the list is empty"),
                    1 => problem.expected("expected 0, the only one"),
                    _ => problem.expected(format!("expected a number from 0 to {}", len - 1)),
                }
                .report();
            }
            found
        }
        Value::Broken => None,
        _ => {
            cx.problem(at, format!("`{}` cannot be set", excerpt(name)))
                .expected(format!("what it belongs to is {kind}, which has no keys"))
                .report();
            None
        }
    }
}

/// The dotted path before the first `=` outside of quotes, each piece with its place, and where the value begins.
#[allow(clippy::type_complexity, reason = "private, and unpacked at once")]
fn split(text: &str) -> Option<(Vec<(String, usize, usize)>, usize)> {
    let mut path = Vec::new();
    let mut piece = String::new();
    let (mut start, mut quote) = (0, None);
    for (at, c) in text.char_indices() {
        match (quote, c) {
            (Some(open), _) if c == open => quote = None,
            (None, '"' | '\'') if piece.trim().is_empty() => quote = Some(c),
            (None, '.' | '=') => {
                let name = piece.trim().to_owned();
                if name.is_empty() {
                    return None;
                }
                path.push((name, start, at));
                piece.clear();
                start = at + 1;
                if c == '=' {
                    return Some((path, at + 1));
                }
            }
            _ => piece.push(c),
        }
    }
    None
}
