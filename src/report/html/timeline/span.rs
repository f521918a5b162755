//! What a lane is drawn with: spans of time, and marks at moments.

use std::fmt::Write;

use super::super::page::Page;
use super::super::text::{self, escape, percent};
use crate::model::{Millis, VirtualTime};
use crate::report::words::count;

/// A stretch of time; `(y, height)` in pixels. Begins and ends with the axis.
pub(super) fn span(
    to: &mut String,
    page: &Page<'_>,
    (from, until): (VirtualTime, VirtualTime),
    (y, height): (u32, u32),
    class: &str,
    title: &str,
) {
    let end = page.end.0;
    let (x, width) = (percent(from.0, end), percent(until.min(page.end).since(from).0, end));
    let title = escape(title);
    let _ = write!(
        to,
        "<rect x=\"{x}%\" y=\"{y}\" width=\"{width}%\" height=\"{height}\" class=\"s-{class}\"><title>{title}</title></rect>"
    );
}

/// A mark at a moment, with its middle at `y`.
pub(super) fn mark(
    to: &mut String,
    page: &Page<'_>,
    at: VirtualTime,
    y: u32,
    shape: &str,
    class: &str,
    title: &str,
) {
    let x = percent(at.0, page.end.0);
    let title = escape(title);
    let _ = write!(
        to,
        "<use href=\"#{shape}\" x=\"{x}%\" y=\"{y}\" class=\"k-{class}\"><title>{title}</title></use>"
    );
}

/// Things that last, of which those near each other are drawn as one where there are too many.
pub(super) struct Spans<'p, 't, T> {
    pub(super) page: &'p Page<'p>,
    /// In the order in which they begin.
    pub(super) things: &'t [T],
    /// Draw at most about so many.
    pub(super) most: usize,
    pub(super) place: (u32, u32),
    /// What several are called: `lock`.
    pub(super) noun: &'static str,
}

impl<T> Spans<'_, '_, T> {
    /// Draws them: `range` says from when until when a thing lasts, `one` its class and what is to be said of it.
    pub(super) fn draw(
        &self,
        to: &mut String,
        range: impl Fn(&T) -> (VirtualTime, VirtualTime),
        one: impl Fn(&T) -> (&'static str, String),
    ) {
        let width = (self.page.end.0 / self.most.max(1) as u64).max(1);
        let near =
            |a: &T, b: &T| self.things.len() > self.most && range(a).0.0 / width == range(b).0.0 / width;
        for group in self.things.chunk_by(near) {
            let Some(first) = group.first() else { continue };
            let (class, title) = one(first);
            if group.len() == 1 {
                span(to, self.page, range(first), self.place, class, &title);
                continue;
            }
            let from = range(first).0;
            let until = group.iter().map(|thing| range(thing).1).max().unwrap_or(from);
            let sum: Millis = group.iter().map(|thing| range(thing).1.since(range(thing).0)).sum();
            let title = format!(
                "{} from {} to {}, {sum} in all",
                count(group.len() as u64, self.noun),
                text::both(from, self.page.clock),
                text::both(until, self.page.clock)
            );
            span(to, self.page, (from, until), self.place, class, &title);
        }
    }
}
