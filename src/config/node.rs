//! What a file says as a tree in which every value knows where it stands, so that files can be merged and a problem
//! found later still points at the right place.

use std::collections::BTreeMap;

/// A file (or a command-line argument) that was read, by its place in [`super::files::Files`].
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) struct FileId(pub(super) u32);

/// A piece of a file, in bytes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) struct Place {
    pub(super) file: FileId,
    pub(super) start: usize,
    pub(super) end: usize,
}

impl Place {
    /// The beginning of a file.
    pub(super) const fn top(file: FileId) -> Self {
        Self { file, start: 0, end: 0 }
    }

    /// From the beginning of `self` to the end of `other`, if that is one piece; else `other`.
    pub(super) fn to(self, other: Self) -> Self {
        if self.file == other.file && self.end <= other.start {
            Self { end: other.end, ..self }
        } else {
            other
        }
    }
}

/// A value and where it stands.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Node {
    pub(super) value: Value,
    pub(super) at: Place,
    /// Where its key stands; elements of arrays have none.
    pub(super) key: Option<Place>,
}

/// A value.
#[derive(Clone, PartialEq, Debug)]
pub(super) enum Value {
    String(String),
    /// Saturated: whatever does not fit is beyond every bound that a key has.
    Integer(i128),
    /// As it is written.
    Float(String),
    Boolean(bool),
    /// As RFC 3339 writes it, as far as it is complete.
    Datetime(String),
    Array(Vec<Node>),
    Table(Table),
    /// What a syntax error has left. It has been reported and is no further problem.
    Broken,
}

impl Value {
    /// With its article, for messages.
    pub(super) const fn kind(&self) -> &'static str {
        match self {
            Self::String(_) => "a string",
            Self::Integer(_) => "an integer",
            Self::Float(_) => "a fraction",
            Self::Boolean(_) => "a boolean",
            Self::Datetime(_) => "a date-time",
            Self::Array(_) => "a list",
            Self::Table(_) => "a table",
            Self::Broken => "broken",
        }
    }
}

/// A table, its keys in file order and each only once.
#[derive(Clone, PartialEq, Debug, Default)]
pub(super) struct Table(pub(super) Vec<(String, Node)>);

impl Table {
    pub(super) fn get(&self, key: &str) -> Option<&Node> {
        self.0.iter().find(|(name, _)| name == key).map(|(_, node)| node)
    }

    pub(super) fn get_mut(&mut self, key: &str) -> Option<&mut Node> {
        self.0.iter_mut().find(|(name, _)| name == key).map(|(_, node)| node)
    }

    pub(super) fn remove(&mut self, key: &str) -> Option<Node> {
        let at = self.0.iter().position(|(name, _)| name == key)?;
        Some(self.0.remove(at).1)
    }

    /// Sets a key, in its old position if there was one.
    pub(super) fn set(&mut self, key: &str, node: Node) {
        match self.get_mut(key) {
            Some(old) => *old = node,
            None => self.0.push((key.to_owned(), node)),
        }
    }
}

/// `over` laid over `base`: tables are merged key by key, all else is replaced (SPEC section 7, `extends`).
pub(super) fn merge(base: &mut Table, over: Table) {
    let position: BTreeMap<String, usize> =
        base.0.iter().enumerate().map(|(at, (name, _))| (name.clone(), at)).collect();
    for (name, node) in over.0 {
        let Some(&at) = position.get(&name) else {
            base.0.push((name, node));
            continue;
        };
        let old = &mut base.0[at].1;
        match (&mut old.value, node.value) {
            (Value::Table(below), Value::Table(above)) => {
                merge(below, above);
                old.at = node.at;
                old.key = node.key;
            }
            (_, value) => *old = Node { value, ..node },
        }
    }
}
