//! What was locked at one moment, by whom, who was held, and how long still.

use std::cmp::{Ordering, Reverse};
use std::collections::BTreeMap;
use std::fmt::Write;

use super::summary::{Hold, Lock, Operation, Summary};
use super::text::{shorten_middle, wrap_with};
use super::words::count;
use super::{Style, Tone, WallClock, shorten, tables};
use crate::model::{LockType, VirtualTime};

/// How much to say; the rest is counted.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Options {
    /// Active locks: those that hold most operations.
    pub locks: usize,
    /// Held operations, a lock.
    pub operations: usize,
}

impl Options {
    /// What fits on a screen or two.
    pub const DEFAULT: Self = Self { locks: 8, operations: 20 };
    /// Everything.
    pub const ALL: Self = Self { locks: usize::MAX, operations: usize::MAX };
}

/// Which locks to look at; what is not given lets everything through.
#[derive(Clone, Debug, Default)]
pub struct LockFilter {
    /// Keys that match this.
    pub key: Option<globset::GlobMatcher>,
    /// Locks of this type.
    pub lock_type: Option<LockType>,
    /// Locks that this connector set, or that held one of its operations.
    pub connector: Option<String>,
}

impl LockFilter {
    /// The locks of a run that it lets through, by `from`, then key.
    pub fn locks<'s>(&self, summary: &'s Summary) -> Vec<&'s Lock> {
        let mut locks = summary.locks().in_order();
        locks.retain(|lock| self.lets_through(summary, lock));
        locks
    }

    fn lets_through(&self, summary: &Summary, lock: &Lock) -> bool {
        let of_connector =
            |line: u32, id: &str| summary.line(line).is_some_and(|operation| *operation.connector() == *id);
        self.key.as_ref().is_none_or(|glob| glob.is_match(&*lock.key))
            && self.lock_type.is_none_or(|lock_type| lock_type == lock.lock_type)
            && self.connector.as_deref().is_none_or(|id| {
                lock.settings.iter().any(|setting| of_connector(setting.set_by, id))
                    || lock.holds.iter().any(|hold| of_connector(hold.line, id))
            })
    }
}

/// Those of `locks` that were active at `at`.
pub fn active<'s>(locks: &[&'s Lock], at: VirtualTime) -> Vec<&'s Lock> {
    locks.iter().copied().filter(|lock| lock.is_active(at)).collect()
}

/// Says what of `locks` was active at `at`.
pub fn draw(summary: &Summary, locks: &[&Lock], at: VirtualTime, options: Options, style: &Style) -> String {
    let active = active(locks, at);
    let others = Others::of(&active);
    let picture = Picture { summary, at, clock: WallClock::of(summary), others, options, style };
    if active.is_empty() {
        return picture.nothing(locks);
    }
    let holding: Vec<usize> = active.iter().map(|lock| held_at(lock, at).count()).collect();
    let headline = format!(
        "At {}: {} active, {} held",
        picture.moment(at),
        count(active.len() as u64, "lock"),
        count(holding.iter().sum::<usize>() as u64, "operation")
    );
    let mut text = format!("{}\n", style.paint(Tone::Heading, &headline));
    let mut worst: Vec<usize> = (0..active.len()).collect();
    worst.sort_by_key(|place| Reverse((holding[*place], active[*place].until_at(at), Reverse(*place))));
    let rest = worst.split_off(options.locks.min(worst.len()));
    worst.sort_unstable();
    for place in worst {
        text.push('\n');
        picture.describe(&mut text, active[place]);
    }
    if !rest.is_empty() {
        let verb = if rest.len() == 1 { "holds" } else { "hold" };
        let held = match rest.iter().map(|place| holding[*place]).sum::<usize>() {
            0 => "nobody".to_owned(),
            held => count(held as u64, "operation"),
        };
        let words = format!("… and {}, which {verb} {held}\n", count(rest.len() as u64, "more lock"));
        let _ = write!(text, "\n{}", style.words(&words));
    }
    text
}

/// What is said is about this moment of this run.
struct Picture<'s> {
    summary: &'s Summary,
    at: VirtualTime,
    clock: WallClock,
    others: Others<'s>,
    options: Options,
    style: &'s Style,
}

impl Picture<'_> {
    fn moment(&self, at: VirtualTime) -> String {
        match self.clock.time(at) {
            Some(wall) => format!("{at} ({wall})"),
            None => at.to_string(),
        }
    }

    fn name(&self, line: u32) -> String {
        self.summary.line(line).map(|each| tables::name(each, 60, self.style)).unwrap_or_default()
    }

    fn describe(&self, text: &mut String, lock: &Lock) {
        let Self { at, style, .. } = *self;
        let until = lock.until_at(at).unwrap_or(lock.until);
        let key = key(lock, style);
        let mut say = |indent: &str, words: String| {
            text.push_str(&wrap_with(&style.words(&words), indent, style));
        };
        say("", format!("{key}: until {}, {} more", self.moment(until), until.since(at)));
        if let Some(setting) = lock.setting_at(at) {
            let mut words = format!("set at {} by {}", self.moment(setting.at), self.name(setting.set_by));
            if !setting.reason.is_empty() {
                let _ = write!(words, ": {}", shorten(&setting.reason, 200, style));
            }
            say("  ", words);
            let times = lock.settings.partition_point(|setting| setting.at <= at);
            if times > 1 {
                say("  ", format!("locked since {}, set {times}× so far", self.moment(lock.from)));
            }
        }
        let held: Vec<&Hold> = held_at(lock, at).collect();
        if held.is_empty() {
            say("  ", "holds nobody at this moment".to_owned());
        }
        for hold in held.iter().take(self.options.operations) {
            let (who, more) = (self.name(hold.line), hold.until.since(at));
            let (since, until_then) = (hold.from, self.moment(hold.until));
            say("  ", format!("holds {who} since {since}, {more} more, until {until_then}"));
            let operation = self.summary.line(hold.line);
            if let Some(other) = operation.and_then(|operation| self.others.in_the_way(operation, lock)) {
                let theirs = other.until_at(at).unwrap_or(other.until);
                let why = match theirs.cmp(&until) {
                    Ordering::Less => "expires later",
                    Ordering::Equal => "expires at the same time, and the global lock comes first",
                    Ordering::Greater => "expired later when it last looked",
                };
                let (other, theirs) = (self::key(other, style), self.moment(theirs));
                say(
                    "    ",
                    format!(
                        "two locks are in its way: {key} decides, as it {why}; {other} is until {theirs}"
                    ),
                );
            }
        }
        if held.len() > self.options.operations {
            let more = held.len() - self.options.operations;
            say("  ", format!("… and {}", count(more as u64, "more operation")));
        }
    }

    fn nothing(&self, locks: &[&Lock]) -> String {
        let mut text = format!("At {}: nothing was locked.\n", self.moment(self.at));
        let before = locks.iter().filter(|lock| lock.until <= self.at).max_by_key(|lock| lock.until);
        if let Some(lock) = before {
            let (key, until) = (key(lock, self.style), self.moment(lock.until));
            let _ = writeln!(text, "  before it: {key}, until {until}");
        }
        let after = locks.iter().filter(|lock| lock.from > self.at).min_by_key(|lock| lock.from);
        if let Some(lock) = after {
            let (key, from) = (key(lock, self.style), self.moment(lock.from));
            let _ = writeln!(text, "  next: {key}, from {from}");
        }
        text
    }
}

/// The active locks by key: of two that are in the way of an operation one is found by the other.
struct Others<'s> {
    global: Option<&'s Lock>,
    scoped: BTreeMap<&'s str, &'s Lock>,
}

impl<'s> Others<'s> {
    fn of(active: &[&'s Lock]) -> Self {
        let (global, scoped): (Vec<&Lock>, Vec<&Lock>) =
            active.iter().copied().partition(|lock| lock.lock_type == LockType::Global);
        let scoped = scoped.into_iter().map(|lock| (&*lock.key, lock)).collect();
        Self { global: global.first().copied(), scoped }
    }

    /// The active lock that is in the way of `operation`, beside `lock`.
    fn in_the_way(&self, operation: Operation<'_>, lock: &Lock) -> Option<&'s Lock> {
        match lock.lock_type {
            LockType::Scoped => self.global,
            LockType::Global => operation.scope_key().and_then(|own| self.scoped.get(own.as_str()).copied()),
        }
    }
}

fn key(lock: &Lock, style: &Style) -> String {
    match lock.lock_type {
        LockType::Global => "the global lock".to_owned(),
        LockType::Scoped => format!("lock {}", shorten_middle(&lock.key, 60, style)),
    }
}

/// The operations that `lock` held at `at`.
fn held_at(lock: &Lock, at: VirtualTime) -> impl Iterator<Item = &Hold> {
    lock.holds.iter().filter(move |hold| hold.from <= at && at < hold.until)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Outcome;
    use crate::report::testing::{Log, moment};
    use crate::rules::{DelayRule, Rules};

    /// The scoped lock `box` until 0:03:20, the global one from 0:01:00 to 0:02:30; both in the way of `box sync b`.
    fn two_locks() -> Summary {
        let mut log = Log::new(Rules::Documented, 600);
        log.start(0, "box sync a").start(0, "box sync b").start(0, "dropbox sync t");
        log.lock(0, "box", "box sync a", 100, None);
        log.lock(10, "box", "box sync a", 200, Some(100));
        log.lock(60, "global", "dropbox discovery", 150, None);
        log.deferred(70, "box sync b", "box", 200, 200);
        log.deferred(80, "dropbox sync t", "global", 150, 150);
        log.expired(150, "global");
        log.ran(150, "dropbox sync t", Outcome::Complete).next_at(600, DelayRule::Fixed);
        log.expired(200, "box");
        log.ran(200, "box sync b", Outcome::Complete).next_at(600, DelayRule::Fixed);
        log.finish();
        log.summary()
    }

    fn check(at: u64, filter: &LockFilter, expect: &str) {
        let summary = two_locks();
        let drawn = draw(&summary, &filter.locks(&summary), moment(at), Options::DEFAULT, &Style::plain(100));
        assert_eq!(drawn, expect);
    }

    #[test]
    fn who_blocks_whom_at_a_moment() {
        check(
            90,
            &LockFilter::default(),
            "At 0:01:30 (09:01:30): 2 locks active, 2 operations held\n\
             \n\
             lock box: until 0:03:20 (09:03:20), 1m 50s more\n\
             \u{20} set at 0:00:10 (09:00:10) by box synchronisation a: HTTP 429\n\
             \u{20} locked since 0:00:00 (09:00:00), set 2× so far\n\
             \u{20} holds box synchronisation b since 0:01:10, 1m 50s more, until 0:03:20 (09:03:20)\n\
             \u{20}   two locks are in its way: lock box decides, as it expires later; the global lock is until\n\
             \u{20}     0:02:30 (09:02:30)\n\
             \n\
             the global lock: until 0:02:30 (09:02:30), 1m more\n\
             \u{20} set at 0:01:00 (09:01:00) by dropbox discovery: HTTP 429\n\
             \u{20} holds dropbox synchronisation t since 0:01:20, 1m more, until 0:02:30 (09:02:30)\n",
        );
        check(
            5,
            &LockFilter::default(),
            "At 0:00:05 (09:00:05): 1 lock active, 0 operations held\n\
             \n\
             lock box: until 0:01:40 (09:01:40), 1m 35s more\n\
             \u{20} set at 0:00:00 (09:00:00) by box synchronisation a: HTTP 429\n\
             \u{20} holds nobody at this moment\n",
        );
        check(
            300,
            &LockFilter::default(),
            "At 0:05:00 (09:05:00): nothing was locked.\n\
             \u{20} before it: lock box, until 0:03:20 (09:03:20)\n",
        );
    }

    /// Thirty locks at once: those that hold most, and the others in numbers.
    #[test]
    fn of_many_locks_those_that_hold_most() {
        let mut log = Log::new(Rules::Documented, 600);
        for lock in 0..30u64 {
            log.lock(0, &format!("key-{lock:02}"), &format!("box sync {lock}"), 100 + lock, None);
        }
        for lock in 0..30 {
            for held in 0..(lock * 7 % 30) {
                let key = format!("key-{lock:02}");
                log.deferred(10, &format!("box sync {lock}-{held}"), &key, 100 + lock, 100 + lock);
            }
        }
        let summary = log.summary();
        let locks = LockFilter::default().locks(&summary);
        let drawn = |options| draw(&summary, &locks, moment(50), options, &Style::plain(100));
        let text = drawn(Options { locks: 2, operations: 1 });
        assert_eq!(
            text,
            "At 0:00:50 (09:00:50): 30 locks active, 435 operations held\n\
             \n\
             lock key-04: until 0:01:44 (09:01:44), 54s more\n\
             \u{20} set at 0:00:00 (09:00:00) by box synchronisation 4: HTTP 429\n\
             \u{20} holds box synchronisation 4-0 since 0:00:10, 54s more, until 0:01:44 (09:01:44)\n\
             \u{20} … and 27 more operations\n\
             \n\
             lock key-17: until 0:01:57 (09:01:57), 1m 7s more\n\
             \u{20} set at 0:00:00 (09:00:00) by box synchronisation 17: HTTP 429\n\
             \u{20} holds box synchronisation 17-0 since 0:00:10, 1m 7s more, until 0:01:57 (09:01:57)\n\
             \u{20} … and 28 more operations\n\
             \n\
             … and 28 more locks, which hold 378 operations\n"
        );
        let all = drawn(Options::ALL);
        assert_eq!((all.matches("\nlock ").count(), all.matches("  holds box").count()), (30, 435));
    }

    #[test]
    fn filters() {
        let keys = |filter: LockFilter| -> Vec<String> {
            let summary = two_locks();
            filter.locks(&summary).iter().map(|lock| lock.key.to_string()).collect()
        };
        let glob = globset::Glob::new("b*").unwrap().compile_matcher();
        assert_eq!(keys(LockFilter { key: Some(glob), ..LockFilter::default() }), ["box"]);
        assert_eq!(
            keys(LockFilter { lock_type: Some(LockType::Global), ..LockFilter::default() }),
            ["global"]
        );
        let of = |id: &str| LockFilter { connector: Some(id.to_owned()), ..LockFilter::default() };
        assert_eq!(keys(of("box")), ["box"]);
        assert_eq!(keys(of("dropbox")), ["global"]);
    }
}
