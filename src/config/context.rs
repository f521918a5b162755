//! What is shared while a config is loaded: the files that were read and the problems and warnings found so far.
//! Nothing stops at the first problem.

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use super::LoadWarning;
use super::files::{DataFile, Files, SourceFile, Unreadable};
use super::node::{FileId, Node, Place, Value};
use super::problem::{Problem, Problems, excerpt};
use crate::event::Input;

/// More problems than anybody reads: what is found beyond it is not told.
pub(super) const MOST_PROBLEMS: usize = 1000;

/// A problem before it leaves with its file: place, message, label, help.
type Finding = (Place, String, String, Option<String>);

/// See the module.
#[derive(Default)]
pub(super) struct Context {
    files: RefCell<Files>,
    /// In order of their places, and none twice.
    problems: RefCell<BTreeSet<Finding>>,
    /// Files of which a part could not be read, so that what seems to be missing may be there.
    incomplete: RefCell<BTreeSet<FileId>>,
    /// How many channels steps make up so far.
    made_up: Cell<u64>,
}

impl Context {
    pub(super) fn file(&self, file: FileId) -> Arc<SourceFile> {
        self.files.borrow().get(file)
    }

    pub(super) fn text_at(&self, place: Place) -> String {
        self.file(place.file).text.get(place.start..place.end).unwrap_or_default().to_owned()
    }

    /// Path, line and column.
    pub(super) fn locate(&self, place: Place) -> (String, usize, usize) {
        let file = self.file(place.file);
        let (line, column) = file.line_and_column(place.start);
        (file.name.clone(), line, column)
    }

    /// Opens the config; what is wrong with that is reported.
    pub(super) fn open_config(&self, path: &Path) -> Option<FileId> {
        let (file, opened) = self.files.borrow_mut().open_config(path);
        match opened {
            Ok(()) => return Some(file),
            Err(Unreadable::Reason(reason)) => {
                self.problem(Place::top(file), format!("cannot be read: {reason}")).report();
            }
            Err(Unreadable::NotUtf8(place)) => self.not_utf8(place),
        }
        None
    }

    /// Opens the file that a string names; what is wrong with that is reported at the string.
    pub(super) fn open(&self, name: &str, at: &Node) -> Option<FileId> {
        let opened = self.files.borrow_mut().open(at.at.file, name);
        match opened {
            Ok(file) => return Some(file),
            Err(Unreadable::Reason(reason)) => {
                self.problem(at.at, format!("`{}` cannot be read: {reason}", excerpt(name)))
                    .expected("expected a path, relative to this file")
                    .report();
            }
            Err(Unreadable::NotUtf8(place)) => self.not_utf8(place),
        }
        None
    }

    /// Opens a file of items that a string names, to be read row by row.
    pub(super) fn open_data(&self, name: &str, at: &Node) -> Option<DataFile> {
        let opened = self.files.borrow().open_data(at.at.file, name);
        if let Err(reason) = &opened {
            self.problem(at.at, format!("`{}` cannot be read: {reason}", excerpt(name)))
                .expected("expected a path, relative to this file")
                .report();
        }
        opened.ok()
    }

    /// A file of items has been read to its end.
    pub(super) fn close_data(&self, data: DataFile) {
        self.files.borrow_mut().close_data(data);
    }

    /// A line of a file of items.
    pub(super) fn piece(&self, data: &DataFile, line: u64) -> FileId {
        self.files.borrow_mut().piece(data, line)
    }

    fn not_utf8(&self, place: Place) {
        self.problem(place, "not UTF-8").expected("expected a text file in UTF-8").report();
    }

    /// An argument of the command line, so that problems can point into it.
    pub(super) fn argument(&self, option: &str, text: &str) -> FileId {
        self.files.borrow_mut().argument(option, text)
    }

    pub(super) fn inputs(&self) -> Vec<Input> {
        self.files.borrow().inputs()
    }

    pub(super) fn mark_incomplete(&self, file: FileId) {
        self.incomplete.borrow_mut().insert(file);
    }

    pub(super) fn is_incomplete(&self, file: FileId) -> bool {
        self.incomplete.borrow().contains(&file)
    }

    /// Counts channels that a step makes up; how many there are by now.
    pub(super) fn count_made_up(&self, channels: u64) -> u64 {
        self.made_up.set(self.made_up.get().saturating_add(channels));
        self.made_up.get()
    }

    pub(super) fn problem(&self, place: Place, message: impl Into<String>) -> Draft<'_> {
        Draft { cx: self, place, message: message.into(), label: String::new(), help: None }
    }

    /// A value of the wrong type, which is none: always `None`.
    pub(super) fn wrong_type<T>(&self, node: &Node, expected: &str) -> Option<T> {
        if node.value == Value::Broken {
            return None;
        }
        let what = node.value.kind();
        let message = match node.key {
            Some(key) => format!("`{}` is {what}", excerpt(&self.text_at(key))),
            None => format!("{what} does not belong here"),
        };
        self.problem(node.at, message).expected(format!("expected {expected}")).report();
        None
    }

    pub(super) fn warning(&self, place: Place, code: &'static str, message: String) -> LoadWarning {
        LoadWarning { code, message, place: self.locate(place), connector: None }
    }

    /// What came out, if there is nothing wrong with it; else the problems.
    pub(super) fn conclude<T>(self, outcome: Option<T>) -> Result<T, Problems> {
        let files = self.files.into_inner();
        let problems = self.problems.into_inner().into_iter().map(|(place, message, label, help)| Problem {
            message,
            label,
            help,
            file: files.get(place.file),
            start: place.start,
            end: place.end,
        });
        match (outcome, Problems::new(problems.collect())) {
            (Some(outcome), None) => Ok(outcome),
            (_, Some(problems)) => Err(problems),
            (None, None) => Err(Problems::unexplained(files.get(FileId(0)))),
        }
    }
}

/// A problem on its way to being reported.
#[must_use = "a draft is no problem until it is reported"]
pub(super) struct Draft<'a> {
    cx: &'a Context,
    place: Place,
    message: String,
    label: String,
    help: Option<String>,
}

impl Draft<'_> {
    /// What would be right, in few words.
    pub(super) fn expected(mut self, label: impl Into<String>) -> Self {
        self.label = label.into();
        self
    }

    /// What would be right, in more words.
    pub(super) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    pub(super) fn report(self) {
        let mut problems = self.cx.problems.borrow_mut();
        if problems.len() < MOST_PROBLEMS {
            problems.insert((self.place, self.message, self.label, self.help));
        }
    }
}
