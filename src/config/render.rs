//! Problems with their source shown and the offending piece underlined.

use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};

use super::problem::{Problem, Problems};

/// How much of a long line is shown around the offending piece, in bytes.
const WINDOW: usize = 400;

impl Problems {
    /// All problems for people, at most `width` columns wide where the source allows it.
    pub fn render(&self, width: usize, colour: bool) -> String {
        let renderer = if colour { Renderer::styled() } else { Renderer::plain() };
        let renderer = renderer.term_width(width).decor_style(DecorStyle::Ascii);
        let mut text = String::new();
        for problem in self {
            if !text.is_empty() {
                text.push('\n');
            }
            text.push_str(&renderer.render(&[group(problem)]));
            text.push('\n');
        }
        text
    }
}

fn group(problem: &Problem) -> Group<'_> {
    let (line, column) = problem.line_and_column();
    let (text, start) = problem.file.line(line);
    // Nothing of a file that is empty, or could not be read, can be shown: then its name says where.
    let nothing_to_show = text.is_empty() && line == 1;
    let title = if nothing_to_show {
        format!("{}: {}", problem.path(), problem.message)
    } else {
        problem.message.clone()
    };
    let title = Level::ERROR.primary_title(title);
    let mut group = if nothing_to_show {
        let group = Group::with_title(title);
        if problem.label.is_empty() {
            group
        } else {
            group.element(Level::NOTE.message(problem.label.as_str()))
        }
    } else if text.is_empty() {
        let origin = Origin::path(problem.path()).line(line).char_column(column);
        let group = Group::with_title(title).element(origin);
        if problem.label.is_empty() {
            group
        } else {
            group.element(Level::NOTE.message(problem.label.as_str()))
        }
    } else {
        let from = problem.start.saturating_sub(start).min(text.len());
        let to = problem.end.saturating_sub(start).clamp(from, text.len());
        let (shown, from, to) = window(text, from, to);
        let label = (!problem.label.is_empty()).then_some(problem.label.as_str());
        Group::with_title(title).element(
            Snippet::source(shown)
                .line_start(line)
                .path(problem.path())
                .annotation(AnnotationKind::Primary.span(from..to).label(label)),
        )
    };
    if let Some(help) = problem.help() {
        group = group.element(Level::HELP.message(help));
    }
    group
}

/// The part of a long line that matters, and where `from..to` is in it.
fn window(text: &str, from: usize, to: usize) -> (&str, usize, usize) {
    let mut first = if text.len() <= 2 * WINDOW { 0 } else { from.saturating_sub(WINDOW / 2) };
    while !text.is_char_boundary(first) {
        first -= 1;
    }
    let mut last = if text.len() <= 2 * WINDOW { text.len() } else { text.len().min(first + WINDOW) };
    while !text.is_char_boundary(last) {
        last += 1;
    }
    let shown = text.get(first..last).unwrap_or_default();
    (shown, from.min(last) - first, to.min(last) - first)
}
