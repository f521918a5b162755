//! Problems of a config: what is wrong, where exactly, and what would be right.

use std::fmt;
use std::sync::Arc;

use super::files::SourceFile;

/// Everything that is wrong with a config and what it names; never empty.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Problems(Vec<Problem>);

/// One problem.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Problem {
    pub(super) message: String,
    pub(super) label: String,
    pub(super) help: Option<String>,
    pub(super) file: Arc<SourceFile>,
    pub(super) start: usize,
    pub(super) end: usize,
}

impl Problem {
    /// What is wrong.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// What was expected, or the nearest valid name.
    pub fn label(&self) -> &str {
        &self.label
    }

    /// More of what would be right, where there is more to say.
    pub fn help(&self) -> Option<&str> {
        self.help.as_deref()
    }

    /// The file as it was given or named, or the option of the command line.
    pub fn path(&self) -> &str {
        &self.file.name
    }

    /// Line and column, both from 1; the column in characters.
    pub fn line_and_column(&self) -> (usize, usize) {
        self.file.line_and_column(self.start)
    }

    /// The offending piece.
    pub fn piece(&self) -> &str {
        self.file.text.get(self.start..self.end).unwrap_or_default()
    }
}

/// `path:line:column: message` on one line (SPEC section 10, `validate`).
impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (line, column) = self.line_and_column();
        write!(f, "{}:{line}:{column}: {}", self.path(), self.message)?;
        if self.label.is_empty() { Ok(()) } else { write!(f, "; {}", self.label) }
    }
}

impl Problems {
    /// At least one problem, or nothing.
    pub(super) fn new(problems: Vec<Problem>) -> Option<Self> {
        (!problems.is_empty()).then_some(Self(problems))
    }

    /// For what cannot happen: nothing came out, and nothing said why.
    pub(super) fn unexplained(file: Arc<SourceFile>) -> Self {
        let message = "not loaded, for no reason that is known; please report this".to_owned();
        Self(vec![Problem { message, label: String::new(), help: None, file, start: 0, end: 0 }])
    }

    /// The problems, by file in the order of reading, then by place.
    pub fn iter(&self) -> std::slice::Iter<'_, Problem> {
        self.0.iter()
    }

    /// A line for each problem: `path:line:column: message`.
    pub fn short(&self) -> impl Iterator<Item = String> + '_ {
        self.0.iter().map(ToString::to_string)
    }
}

impl<'a> IntoIterator for &'a Problems {
    type Item = &'a Problem;
    type IntoIter = std::slice::Iter<'a, Problem>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|problem| writeln!(f, "{problem}"))
    }
}

impl std::error::Error for Problems {}

/// User's text as a message can show it: one line, its first 60 characters.
pub(super) fn excerpt(text: &str) -> String {
    let mut shown: String =
        text.chars().take(60).map(|c| if c.is_control() { char::REPLACEMENT_CHARACTER } else { c }).collect();
    if text.chars().nth(60).is_some() {
        shown.push_str("...");
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn excerpts_are_short_and_harmless() {
        assert_eq!(excerpt("a\u{1b}[31m\nb"), "a\u{fffd}[31m\u{fffd}b");
        assert_eq!(excerpt(&"x".repeat(61)), format!("{}...", "x".repeat(60)));
    }
}
