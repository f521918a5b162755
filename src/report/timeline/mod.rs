//! The lock timeline: time across, a row a lock key, under it who set it, whom it held, and which calls it let through
//! while the source throttled (SPEC section 9).

mod axis;
mod bar;
mod rows;

#[cfg(test)]
mod tests;

use std::fmt::Write;

use super::summary::{Hold, Lock, Summary, Unstopped};
use super::text::{shorten_middle, wrap_with};
use super::words::{count, short};
use super::{Style, Tone, WallClock, pad, shorten, tables};
use crate::model::{LockType, Millis};

use axis::Axis;
use bar::{Bar, Mark};
use rows::{CallRow, KeyRow};

/// How much of it to draw; the rest is counted.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Options {
    /// Lock keys, the worst first.
    pub keys: usize,
    /// Operations that set a lock, and operations that it held, a key.
    pub operations: usize,
}

impl Options {
    /// What fits on a screen or two.
    pub const DEFAULT: Self = Self { keys: 8, operations: 6 };
    /// Everything.
    pub const ALL: Self = Self { keys: usize::MAX, operations: usize::MAX };
}

/// How the columns are shared out.
struct Layout<'s> {
    style: &'s Style,
    label: usize,
    chart: usize,
    note: usize,
}

impl<'s> Layout<'s> {
    fn new(style: &'s Style) -> Self {
        let columns = style.columns();
        let label = (columns * 3 / 10).clamp(14, 44);
        let note = (columns / 5).clamp(12, 30);
        Self { style, label, note, chart: columns.saturating_sub(label + note + 3).max(8) }
    }

    /// A row: label, chart between its ends, note.
    fn row(&self, label: &str, bar: &Bar, note: &str) -> String {
        let end = if self.style.ascii { '|' } else { '│' };
        let label = pad(&shorten(label, self.label, self.style), self.label);
        let note = shorten(&self.style.words(note), self.note, self.style);
        let row = format!("{label}{end}{}{end} {note}", bar.draw(self.style));
        format!("{}\n", row.trim_end())
    }
}

/// Draws `locks`, all or some of a run's, over its time.
pub fn draw(summary: &Summary, locks: &[&Lock], options: &Options, style: &Style) -> String {
    let (keys, unlocked) = rows::collect(summary, locks);
    if keys.is_empty() && unlocked.is_empty() {
        return String::new();
    }
    let layout = Layout::new(style);
    let axis = Axis::new(summary.end(), layout.chart);
    let mut text = headline(summary, locks, keys.len(), style);
    text.push_str(&axis.draw(layout.label, &WallClock::of(summary), style));
    let mut marks = Vec::new();
    for key in keys.iter().take(options.keys) {
        draw_key(&mut text, summary, key, options, &axis, &layout, &mut marks);
    }
    if keys.len() > options.keys {
        text.push_str(&left_out(&keys[options.keys..], style));
    }
    if !unlocked.is_empty() {
        text.push_str("no lock\n");
        for call in &unlocked {
            draw_calls(&mut text, summary, call, &axis, &layout, &mut marks);
        }
    }
    if locks.len() == summary.locks().all().len() {
        text.push_str(&calls_left_out(summary, style));
    }
    marks.sort_unstable();
    marks.dedup();
    let legend: Vec<_> =
        marks.into_iter().map(|mark| format!("{} {}", mark.character(style), mark.words())).collect();
    text.push_str(&wrap_with(&legend.join("   "), "", style));
    text
}

/// How many locks there were and what they cost: all of the run's, or those that were picked out of them.
fn headline(summary: &Summary, locks: &[&Lock], keys: usize, style: &Style) -> String {
    let totals = summary.totals();
    let all = locks.len() == summary.locks().all().len();
    let mut words = format!("Locks: {}", count(locks.len() as u64, "lock"));
    if !all {
        let _ = write!(words, " of {}", totals.locks);
    }
    if keys > 1 {
        let _ = write!(words, " of {keys} keys");
    }
    let (times, total, longest) = if all {
        (totals.held.times, totals.held.total, totals.held.longest)
    } else {
        let times = locks.iter().map(|lock| lock.operations_held()).sum();
        let longest = locks.iter().flat_map(|lock| &lock.holds).map(Hold::duration).max();
        (times, locks.iter().map(|lock| lock.held()).sum(), longest.unwrap_or_default())
    };
    if times > 0 {
        let held = count(times, if all { "time" } else { "operation" });
        let verb = if all { " held operations " } else { " held " };
        let _ = write!(words, "{verb}{held}, {} in all, {} at the longest", short(total), short(longest));
    }
    if all && totals.calls_while_throttled > 0 {
        let calls = count(totals.calls_while_throttled, "call");
        let _ = write!(words, "; {calls} reached a throttling source");
    }
    style.paint(Tone::Heading, &wrap_with(&style.words(&words), "", style))
}

fn draw_key(
    text: &mut String,
    summary: &Summary,
    key: &KeyRow<'_>,
    options: &Options,
    axis: &Axis,
    layout: &Layout<'_>,
    marks: &mut Vec<Mark>,
) {
    let style = layout.style;
    let mut bar = Bar::new(axis);
    for lock in &key.locks {
        for (at, setting) in lock.settings.iter().enumerate() {
            let next = lock.settings.get(at + 1).map(|next| next.at);
            if let Some(before) = setting.replaced_until.filter(|before| *before > setting.until) {
                bar.put(setting.until, before, Mark::WouldHaveLasted, axis);
            }
            bar.put(setting.at, next.map_or(setting.until, |next| next.min(setting.until)), Mark::Lock, axis);
        }
    }
    let label = match key.lock_type {
        LockType::Global => "global, for everything".to_owned(),
        LockType::Scoped => shorten_middle(&key.key, layout.label.saturating_sub(1), style),
    };
    let note = format!("{}, {}", count(key.locks.len() as u64, "lock"), short(key.active()));
    push(text, &layout.row(&label, &bar, &note), &bar, marks);

    for setter in key.setters.iter().take(options.operations) {
        let mut bar = Bar::new(axis);
        setter.at.iter().for_each(|at| bar.put(*at, *at, Mark::Set, axis));
        let mut note = match setter.at.len() {
            1 => "set".to_owned(),
            times => format!("set {times}×"),
        };
        if let Some(held) = &setter.held {
            held.spans.iter().for_each(|(from, until)| bar.put(*from, *until, Mark::Held, axis));
            let _ = write!(note, ", held {}", short(held.total));
        }
        if !setter.reason.is_empty() {
            let _ = write!(note, ": {}", setter.reason);
        }
        push(text, &layout.row(&operation(summary, setter.line, "  ", layout), &bar, &note), &bar, marks);
    }
    let rest = key.setters.get(options.operations..).unwrap_or_default();
    if !rest.is_empty() {
        let held: Millis = rest.iter().filter_map(|setter| setter.held.as_ref()).map(|held| held.total).sum();
        let held =
            if held == Millis::ZERO { String::new() } else { format!(", held {} in all", short(held)) };
        text.push_str(&style.words(&format!("  … {} more set it{held}\n", rest.len())));
    }
    for held in key.held.iter().take(options.operations) {
        let mut bar = Bar::new(axis);
        held.spans.iter().for_each(|(from, until)| bar.put(*from, *until, Mark::Held, axis));
        let note = match held.polls {
            polls if polls > held.spans.len() as u64 => format!("{}, {polls} polls", short(held.total)),
            _ => format!("held {}", short(held.total)),
        };
        push(text, &layout.row(&operation(summary, held.line, "  ", layout), &bar, &note), &bar, marks);
    }
    let rest = key.held.get(options.operations..).unwrap_or_default();
    if !rest.is_empty() {
        let total = rest.iter().map(|held| held.total).sum();
        let operations = count(rest.len() as u64, "more operation");
        text.push_str(&style.words(&format!("  … {operations} held, {} in all\n", short(total))));
    }
    if key.left_out > 0 {
        let held = match key.held().0.saturating_sub(key.drawn().0) {
            0 => String::new(),
            held => format!(", {} in all", short(Millis(held))),
        };
        text.push_str(&style.words(&format!("  … {} not drawn{held}\n", count(key.left_out, "hold"))));
    }
    for call in &key.calls {
        draw_calls(text, summary, call, axis, layout, marks);
    }
}

fn push(text: &mut String, row: &str, bar: &Bar, marks: &mut Vec<Mark>) {
    text.push_str(row);
    marks.extend(bar.marks());
}

/// An operation's name for a row's label.
fn operation(summary: &Summary, line: u32, indent: &str, layout: &Layout<'_>) -> String {
    let columns = layout.label.saturating_sub(indent.len() + 1);
    let name = summary.line(line).map(|each| tables::name(each, columns, layout.style));
    format!("{indent}{}", name.unwrap_or_default())
}

/// Calls that reached the source while it throttled, and why no lock stopped them.
fn draw_calls(
    text: &mut String,
    summary: &Summary,
    calls: &CallRow,
    axis: &Axis,
    layout: &Layout<'_>,
    marks: &mut Vec<Mark>,
) {
    let mut bar = Bar::new(axis);
    calls.at.iter().for_each(|at| bar.put(*at, *at, Mark::Call, axis));
    let note = count(calls.at.len() as u64, "call");
    push(text, &layout.row("  reached the source", &bar, &note), &bar, marks);
    let words = layout.style.words(&why(summary, calls, layout.style));
    text.push_str(&layout.style.paint(Tone::Caution, &wrap_with(&words, "    ", layout.style)));
}

fn why(summary: &Summary, calls: &CallRow, style: &Style) -> String {
    let name = |line| summary.line(line).map(|each| tables::name(each, 40, style)).unwrap_or_default();
    let mut lines = calls.lines.iter().map(|line| name(*line));
    let who = match (lines.next(), lines.next(), calls.lines.len()) {
        (Some(one), Some(two), 2) => format!("{one} and {two}"),
        (Some(one), Some(_), all) => format!("{one} and {} more", all - 1),
        (one, ..) => one.unwrap_or_default(),
    };
    let reason = match &calls.why {
        Unstopped::Replaced { by, at, until, .. } => format!(
            "{}at {at} the shorter back-off of {} replaced the lock, which would have lasted until {until} (D9)",
            if calls.alike { "" } else { "several times the lock was cut short, the first time " },
            name(*by)
        ),
        Unstopped::OtherKey { key, own: Some(own) } if calls.alike => format!(
            "the lock is for key {}, theirs is {}",
            shorten_middle(key, 60, style),
            shorten_middle(own, 60, style)
        ),
        Unstopped::OtherKey { key, .. } => {
            format!("the lock is for key {}, theirs is another", shorten_middle(key, 60, style))
        }
        Unstopped::NoScopeKey => "no scope key is configured, so a scoped back-off sets no lock".to_owned(),
        Unstopped::NoLock => "the back-off set no lock".to_owned(),
    };
    format!("{who} called while the source throttled: {reason}.")
}

/// Where there are too many calls to keep them all.
fn calls_left_out(summary: &Summary, style: &Style) -> String {
    let kept = summary.throttled().len() as u64;
    match summary.totals().calls_while_throttled.saturating_sub(kept) {
        0 => String::new(),
        more => {
            let calls = count(more, "more call");
            style.words(&format!("… {calls} while the source throttled: only the first {kept} are drawn\n"))
        }
    }
}

fn left_out(keys: &[KeyRow<'_>], style: &Style) -> String {
    let locks = keys.iter().map(|key| key.locks.len() as u64).sum();
    let held = keys.iter().map(KeyRow::held).sum();
    let words = format!(
        "… {} with {}, which {}\n",
        count(keys.len() as u64, "more key"),
        count(locks, "lock"),
        tables::locks::held_words(held)
    );
    style.words(&words)
}
