//! The locks one by one: type, key, who set it and why, from, until, how often set, whom it held and for how long.

use crate::model::{LockType, Millis, VirtualTime};
use crate::report::grid::{Column, Grid};
use crate::report::summary::{Lock, Summary};
use crate::report::text::shorten_middle;
use crate::report::words::{count, short};
use crate::report::worst::worst;
use crate::report::{Style, WallClock, shorten};

/// From this many columns on everything has a column of its own.
const WIDE: usize = 120;

/// Draws `locks`, in the order given; of more than `shown` those that held longest, the rest counted.
pub fn draw(summary: &Summary, locks: &[&Lock], shown: usize, style: &Style) -> String {
    if locks.is_empty() {
        return "No locks.\n".to_owned();
    }
    let (locks, rest) = worst(locks.to_vec(), shown, |lock| lock.held());
    let clock = WallClock::of(summary);
    let grid = if style.columns() >= WIDE {
        wide(summary, &locks, &clock, style)
    } else {
        narrow(summary, &locks, style)
    };
    let mut text = grid.draw(style);
    if !rest.is_empty() {
        let held = rest.iter().map(|lock| lock.held()).sum();
        let words = format!("… and {}, which {}\n", count(rest.len() as u64, "more lock"), held_words(held));
        text.push_str(&style.words(&words));
    }
    text
}

/// What locks that are not shown did: `held operations for 5m`.
pub(in crate::report) fn held_words(held: Millis) -> String {
    match held {
        Millis::ZERO => "held nobody".to_owned(),
        held => format!("held operations for {}", short(held)),
    }
}

fn wide(summary: &Summary, locks: &[&Lock], clock: &WallClock, style: &Style) -> Grid {
    let mut grid = Grid::new([
        ("key", Column::Text),
        ("type", Column::Word),
        ("set by", Column::Text),
        ("why", Column::Text),
        ("from", Column::Word),
        ("until", Column::Word),
        ("set", Column::Number),
        ("operations", Column::Number),
        ("held for", Column::Number),
        ("deferrals", Column::Number),
    ]);
    let moment = |at: VirtualTime| match clock.time(at) {
        Some(wall) => format!("{at} ({wall})"),
        None => at.to_string(),
    };
    for lock in locks {
        grid.row([
            key(lock, style),
            lock.lock_type.to_string(),
            setter(summary, lock, style),
            shorten(&lock.reason, 40, style),
            moment(lock.from),
            moment(lock.until),
            format!("{}×", lock.times_set),
            number(lock.operations_held()),
            short(lock.held()),
            number(lock.deferred_executions),
        ]);
    }
    grid
}

fn narrow(summary: &Summary, locks: &[&Lock], style: &Style) -> Grid {
    let mut grid = Grid::new([
        ("key", Column::Text),
        ("set by, and why", Column::Text),
        ("from", Column::Word),
        ("until", Column::Word),
        ("held", Column::Text),
    ]);
    for lock in locks {
        let mut by = setter(summary, lock, style);
        if !lock.reason.is_empty() {
            by = format!("{by}: {}", shorten(&lock.reason, 40, style));
        }
        if lock.times_set > 1 {
            by = format!("{by}; set {}×", lock.times_set);
        }
        let held = match lock.operations_held() {
            0 => "nobody".to_owned(),
            n => format!("{} for {}", count(n, "operation"), short(lock.held())),
        };
        grid.row([key(lock, style), by, lock.from.to_string(), lock.until.to_string(), held]);
    }
    grid
}

fn number(number: u64) -> String {
    if number == 0 { "-".to_owned() } else { number.to_string() }
}

fn key(lock: &Lock, style: &Style) -> String {
    match lock.lock_type {
        LockType::Global => "global".to_owned(),
        LockType::Scoped if &*lock.key == "global" => "\"global\" (scoped)".to_owned(),
        LockType::Scoped if lock.key.is_empty() => "\"\" (empty)".to_owned(),
        LockType::Scoped => shorten_middle(&lock.key, 40, style),
    }
}

fn setter(summary: &Summary, lock: &Lock, style: &Style) -> String {
    summary.line(lock.set_by).map(|each| super::name(each, 40, style)).unwrap_or_default()
}
