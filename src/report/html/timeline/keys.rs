//! A lane for each lock key, and below it one for each operation that it held: the worst first.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{self, Write};

use super::super::page::Page;
use super::super::text::{self, both, escape};
use super::super::throttled;
use super::Lane;
use super::span::{Spans, mark, span};
use crate::model::{LockType, Millis, VirtualTime};
use crate::report::summary::{Hold, Lock, Setting, Unstopped};
use crate::report::words::{count, short};

/// So many keys have lanes.
const KEYS: usize = 40;
/// And so many operations below each.
const HELD: usize = 10;

/// The lock keys, the worst first.
pub(super) struct Keys<'p> {
    shown: Vec<Key<'p>>,
    /// Keys that are not shown, their locks, and how long they held operations.
    rest: (u64, u64, Millis),
}

/// All locks of a key.
struct Key<'p> {
    lock_type: LockType,
    word: &'p str,
    locks: Vec<&'p Lock>,
    /// How many operations it held other than those that had set it, and for how long, all together.
    held: (u64, Millis),
    /// The operations that are shown below it, the longest held first.
    operations: Vec<HeldHere<'p>>,
    /// How many more it held, and for how long.
    more: (u64, Millis),
}

/// One operation under one key.
struct HeldHere<'p> {
    line: u32,
    held: Millis,
    holds: Vec<(&'p Lock, Hold)>,
}

impl<'p> Keys<'p> {
    pub(super) fn of(page: &'p Page<'_>) -> Self {
        let mut by_key: BTreeMap<(LockType, &str), (Vec<&Lock>, Millis)> = BTreeMap::new();
        for lock in page.summary.locks().all() {
            let (locks, held) = by_key.entry((lock.lock_type, &*lock.key)).or_default();
            locks.push(lock);
            *held += lock.held();
        }
        let mut keys: Vec<_> = by_key.into_iter().collect();
        keys.sort_by_key(|(key, (locks, held))| (Reverse((*held, locks.len())), *key));
        let rest = keys.split_off(keys.len().min(KEYS));
        let rest = (
            rest.len() as u64,
            rest.iter().map(|(_, (locks, _))| locks.len() as u64).sum(),
            rest.iter().map(|(_, (_, held))| *held).sum(),
        );
        let shown = keys.into_iter().map(|((lock_type, key), (locks, _))| Key::of(lock_type, key, locks));
        Self { shown: shown.collect(), rest }
    }

    /// How many lanes there will be.
    pub(super) fn lanes(&self) -> usize {
        self.shown.iter().map(|key| 1 + key.operations.len()).sum()
    }

    pub(super) fn write(&self, page: &Page<'_>, most: usize, to: &mut dyn Write) -> io::Result<()> {
        if self.shown.is_empty() {
            return Ok(());
        }
        writeln!(to, "<h3>Locks, and whom they held</h3>")?;
        let calls = unstopped(page);
        for key in &self.shown {
            key.write(page, most, &calls, to)?;
        }
        let (keys, locks, held) = self.rest;
        if keys > 0 {
            let (keys, locks) = (count(keys, "more key"), count(locks, "lock"));
            writeln!(to, "<p class=\"more\">{keys} with {locks} held operations for {held} in all.</p>")?;
        }
        Ok(())
    }
}

/// Calls while the source throttled that a lock with some key should have stopped: moment, words, key.
fn unstopped(page: &Page<'_>) -> Vec<(VirtualTime, String, String)> {
    let mut calls = Vec::new();
    for (call, unstopped) in page.explained.calls() {
        let (Unstopped::Replaced { key, .. } | Unstopped::OtherKey { key, .. }) = unstopped else { continue };
        let words = format!(
            "{}\n{} called while the source throttled\n{}",
            both(call.at, page.clock),
            page.operation(call.line),
            throttled::why(page, unstopped)
        );
        calls.push((call.at, words, (**key).to_owned()));
    }
    calls
}

impl<'p> Key<'p> {
    fn of(lock_type: LockType, word: &'p str, locks: Vec<&'p Lock>) -> Self {
        let mut totals: BTreeMap<u32, Millis> = BTreeMap::new();
        let mut others: BTreeMap<u32, Millis> = BTreeMap::new();
        for (lock, hold) in locks.iter().flat_map(|lock| lock.holds.iter().map(move |hold| (lock, hold))) {
            *totals.entry(hold.line).or_default() += hold.duration();
            if setter(lock, hold) != hold.line {
                *others.entry(hold.line).or_default() += hold.duration();
            }
        }
        let held = (others.len() as u64, others.into_values().sum());
        let mut worst: Vec<_> = totals.into_iter().collect();
        worst.sort_by_key(|(line, held)| (Reverse(*held), *line));
        let rest = worst.split_off(worst.len().min(HELD));
        let more = (rest.len() as u64, rest.iter().map(|(_, held)| *held).sum());
        let mut operations: Vec<_> = worst
            .iter()
            .map(|(line, held)| HeldHere { line: *line, held: *held, holds: Vec::new() })
            .collect();
        let places: BTreeMap<u32, usize> =
            worst.iter().enumerate().map(|(at, (line, _))| (*line, at)).collect();
        for lock in &locks {
            for hold in &lock.holds {
                if let Some(operation) = places.get(&hold.line).and_then(|at| operations.get_mut(*at)) {
                    operation.holds.push((lock, *hold));
                }
            }
        }
        for each in &mut operations {
            each.holds.sort_by_key(|(_, hold)| hold.from);
        }
        Self { lock_type, word, locks, held, operations, more }
    }

    fn write(
        &self,
        page: &Page<'_>,
        most: usize,
        calls: &[(VirtualTime, String, String)],
        to: &mut dyn Write,
    ) -> io::Result<()> {
        let mut drawing = String::new();
        let spans = Spans { page, things: &self.locks, most, place: (5, 14), noun: "lock" };
        spans.draw(&mut drawing, |lock| (lock.from, lock.until), |lock| ("lock", lock_words(page, lock)));
        if self.locks.len() <= most {
            self.locks.iter().for_each(|lock| details(page, lock, &mut drawing));
            set_again(page, &self.locks, most, &mut drawing);
        }
        for (at, words, _) in calls.iter().filter(|(_, _, key)| key == self.word) {
            mark(&mut drawing, page, *at, 12, "m-throttled", "throttled", words);
        }
        let name = format!("<b>{}</b>", text::key_name(self.lock_type, self.word));
        let held = match self.held {
            (0, _) => "held nobody else".to_owned(),
            (operations, held) => format!("held {} for {}", count(operations, "operation"), short(held)),
        };
        let summary = format!("{}, {held}", count(self.locks.len() as u64, "lock"));
        let lane = Lane {
            class: "key",
            label: format!("{name} <small>{summary}</small>"),
            height: 24,
            words: format!("{} lock {}: {summary}", self.lock_type, text::key(self.lock_type, self.word)),
            drawing,
        };
        lane.write(to)?;
        for operation in &self.operations {
            operation.write(page, most, to)?;
        }
        if self.more.0 > 0 {
            let more = count(self.more.0, "more operation");
            writeln!(to, "<p class=\"more\">{more} held for {} in all.</p>", self.more.1)?;
        }
        Ok(())
    }
}

/// For how long the source had asked for silence where the lock was shorter.
fn details(page: &Page<'_>, lock: &Lock, drawing: &mut String) {
    let asked = lock.settings.iter().map(|each| each.asked_until.max(each.until)).max().unwrap_or(lock.until);
    if asked > lock.until {
        let title = format!(
            "no longer locked, although a back-off had asked for silence until {}\n{} longer than the lock lasted",
            both(asked, page.clock),
            asked.since(lock.until)
        );
        span(drawing, page, (lock.until, asked), (8, 8), "gone", &title);
    }
}

/// Each time that a lock was set again; those near each other together where there are more than `most`.
fn set_again(page: &Page<'_>, locks: &[&Lock], most: usize, drawing: &mut String) {
    let again: Vec<&Setting> = locks.iter().flat_map(|lock| lock.settings.iter().skip(1)).collect();
    let width = (page.end.0 / most.max(1) as u64).max(1);
    let near = |a: &&Setting, b: &&Setting| again.len() > most && a.at.0 / width == b.at.0 / width;
    for group in again.chunk_by(near) {
        let (Some(first), Some(last)) = (group.first(), group.last()) else { continue };
        let title = match group {
            [one] => set_once(page, one),
            all => format!(
                "set again {} from {} to {}",
                count(all.len() as u64, "time"),
                both(first.at, page.clock),
                both(last.at, page.clock)
            ),
        };
        mark(drawing, page, first.at, 12, "m-set", "set", &title);
    }
}

fn set_once(page: &Page<'_>, setting: &Setting) -> String {
    let (who, until) = (page.operation(setting.set_by), both(setting.until, page.clock));
    let what = match setting.replaced_until {
        Some(before) if setting.until < before => {
            format!("replaced by {who} (D9 newer-lock-replaces): until {until}, no longer until {before}")
        }
        Some(before) if setting.until == before => format!("set again by {who}: still until {until}"),
        _ => format!("extended by {who} until {until}"),
    };
    let reason = text::plain(&setting.reason, text::WORDS);
    format!("{}\n{what}\n{reason}", both(setting.at, page.clock)).trim_end().to_owned()
}

fn lock_words(page: &Page<'_>, lock: &Lock) -> String {
    let mut words = format!(
        "{} lock {} for {}\n{} to {}\nset by {}",
        lock.lock_type,
        text::key(lock.lock_type, &lock.key),
        lock.until.since(lock.from),
        both(lock.from, page.clock),
        both(lock.until, page.clock),
        page.operation(lock.set_by)
    );
    if !lock.reason.is_empty() {
        words.push_str(": ");
        words.push_str(&text::plain(&lock.reason, text::WORDS));
    }
    if lock.times_set > 1 {
        let _ = write!(words, ", the last of {} times", lock.times_set);
    }
    let _ = match lock.operations_held() {
        0 => write!(words, "\nheld nobody"),
        held => write!(words, "\nheld {} for {} in all", count(held, "operation"), lock.held()),
    };
    if lock.holds.iter().any(|hold| setter(lock, hold) == hold.line) {
        words.push_str(", its setter too");
    }
    words
}

/// Whose back-off decided when a hold began.
fn setter(lock: &Lock, hold: &Hold) -> u32 {
    lock.decided_at(hold.from).map_or(lock.set_by, |setting| setting.set_by)
}

/// What is to be said of a hold.
pub(super) fn hold_words(page: &Page<'_>, lock: &Lock, hold: &Hold) -> (&'static str, String) {
    let setter = setter(lock, hold);
    let own = setter == hold.line;
    let who = page.operation(hold.line);
    let by = if own {
        "its own lock".to_owned()
    } else {
        format!("the {} lock of {}", lock.lock_type, page.operation(setter))
    };
    let mut words = format!(
        "{who} held for {}\n{} to {}\nby {by}, key {}",
        hold.duration(),
        both(hold.from, page.clock),
        both(hold.until, page.clock),
        text::key(lock.lock_type, &lock.key)
    );
    let reason = lock.decided_at(hold.from).map_or(&lock.reason, |setting| &setting.reason);
    if !reason.is_empty() {
        words.push_str(": ");
        words.push_str(&text::plain(reason, text::WORDS));
    }
    if hold.polls > 1 {
        let _ = write!(words, "\nlooked {} times meanwhile", hold.polls);
    }
    (if own { "own" } else { "held" }, words)
}

impl HeldHere<'_> {
    fn write(&self, page: &Page<'_>, most: usize, to: &mut dyn Write) -> io::Result<()> {
        let mut drawing = String::new();
        let spans = Spans { page, things: &self.holds, most, place: (4, 10), noun: "wait" };
        spans.draw(
            &mut drawing,
            |(_, hold)| (hold.from, hold.until),
            |(lock, hold)| hold_words(page, lock, hold),
        );
        let name = page.operation(self.line);
        let lane = Lane {
            class: "under",
            label: format!("<bdi>{}</bdi> <small>{}</small>", escape(&name), short(self.held)),
            height: 18,
            words: format!("{name}: held {} for {}", count(self.holds.len() as u64, "time"), self.held),
            drawing,
        };
        lane.write(to)
    }
}
