//! Takes a table apart by the names of its keys. What nobody has asked for is unknown.

use std::borrow::Cow;
use std::cell::RefCell;

use super::context::{Context, MOST_PROBLEMS};
use super::node::{Node, Place, Table, Value};
use super::problem::excerpt;
use crate::words::nearest;

/// A table whose keys are being taken.
pub(super) struct Fields<'a> {
    pub(super) cx: &'a Context,
    table: &'a Table,
    at: Place,
    /// How messages call it: `[simulation]`.
    name: String,
    asked: RefCell<Vec<Cow<'a, str>>>,
}

impl<'a> Fields<'a> {
    /// The keys of a table that messages call `name`; anything but a table is reported.
    pub(super) fn of(cx: &'a Context, node: &'a Node, name: impl Into<String>) -> Option<Self> {
        Self::of_either(cx, node, name, "a table")
    }

    /// Likewise, where something else than a table would also have been `expected`.
    pub(super) fn of_either(
        cx: &'a Context,
        node: &'a Node,
        name: impl Into<String>,
        expected: &str,
    ) -> Option<Self> {
        let name = name.into();
        let Value::Table(table) = &node.value else { return cx.wrong_type(node, expected) };
        let at = node.key.filter(|_| node.at.start == node.at.end).unwrap_or(node.at);
        Some(Self { cx, table, at, name, asked: RefCell::default() })
    }

    /// The value of a key, if it is there.
    pub(super) fn take(&self, key: &'static str) -> Option<&'a Node> {
        self.asked.borrow_mut().push(key.into());
        self.table.get(key)
    }

    /// Where a key of this table or of tables in it stands, as far down the path as there is something.
    pub(super) fn place_of(&self, path: &[&str]) -> Place {
        let (mut table, mut place) = (Some(self.table), self.at);
        for key in path {
            let Some(node) = table.and_then(|table| table.get(key)) else { break };
            place = node.key.unwrap_or(node.at);
            table = if let Value::Table(table) = &node.value { Some(table) } else { None };
        }
        place
    }

    /// Marks a key as taken that is another spelling of one.
    pub(super) fn take_alias(&self, key: &'a str) {
        self.asked.borrow_mut().push(key.into());
    }

    /// The value of a key that must be there; `what` it is goes into the message where it is not.
    pub(super) fn require(&self, key: &'static str, what: &str) -> Option<&'a Node> {
        let node = self.take(key);
        if node.is_none() {
            self.missing(key, what);
        }
        node
    }

    /// Reports that a key is missing; not where a syntax error may have swallowed it.
    pub(super) fn missing(&self, key: &str, what: &str) {
        if !self.cx.is_incomplete(self.at.file) {
            let message = format!("{} has no `{key}`", self.name);
            self.cx.problem(self.at, message).expected(format!("expected {what}")).report();
        }
    }

    /// A key that has a place in other tables like this one, but not in this.
    pub(super) fn refuse(&self, key: &'static str, why: &str) {
        if let Some(node) = self.table.get(key) {
            self.asked.borrow_mut().push(key.into());
            let place = node.key.unwrap_or(node.at);
            self.cx
                .problem(place, format!("`{key}` does not belong in {}", self.name))
                .expected(why)
                .report();
        }
    }

    /// The keys that nobody has asked for yet, in file order.
    pub(super) fn rest(&self) -> Vec<(&'a str, &'a Node)> {
        let asked = self.asked.borrow();
        let rest = self.table.0.iter().filter(|(key, _)| !asked.iter().any(|asked| asked == key));
        rest.map(|(key, node)| (key.as_str(), node)).collect()
    }

    /// Whether there is any key at all.
    pub(super) fn is_empty(&self) -> bool {
        self.table.0.is_empty()
    }

    pub(super) const fn at(&self) -> Place {
        self.at
    }

    /// Reports every key that nobody has asked for.
    pub(super) fn finish(self) {
        self.finish_with(&[]);
    }

    /// Likewise; `more` are names that would have been taken, too.
    pub(super) fn finish_with(self, more: &[&'static str]) {
        let rest = self.rest();
        // At the top of a file a syntax error may have swallowed the header of the table that a key belongs to.
        let swallowed = self.at == Place::top(self.at.file) && self.cx.is_incomplete(self.at.file);
        if rest.is_empty() || swallowed {
            return;
        }
        let mut known = self.asked.into_inner();
        for name in more {
            if !known.iter().any(|asked| asked == name) {
                known.push((*name).into());
            }
        }
        let all = known.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
        for (key, node) in rest.into_iter().take(MOST_PROBLEMS) {
            let place = node.key.unwrap_or(node.at);
            let message = format!("unknown key `{}` in {}", excerpt(key), self.name);
            let problem = self.cx.problem(place, message);
            match nearest(key, known.iter().map(|name| &**name)) {
                Some(name) => problem
                    .expected(format!("did you mean `{name}`?"))
                    .help(format!("the keys here are {all}")),
                None => problem.expected(format!("expected one of {all}")),
            }
            .report();
        }
    }
}
