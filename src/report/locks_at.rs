//! What was locked at one moment, by whom, who was held, and how long still.

use std::fmt::Write;

use super::summary::{Hold, Lock, Operation, Summary};
use super::text::{shorten_middle, wrap_with};
use super::words::count;
use super::{Style, Tone, WallClock, shorten, tables};
use crate::model::{LockType, VirtualTime};

/// So many held operations are shown a lock.
const SHOWN: usize = 20;

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
            |line: u32, id: &str| summary.line(line).is_some_and(|operation| *operation.connector == *id);
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
pub fn draw(summary: &Summary, locks: &[&Lock], at: VirtualTime, style: &Style) -> String {
    let clock = WallClock::of(summary);
    let moment = |at: VirtualTime| match clock.time(at) {
        Some(wall) => format!("{at} ({wall})"),
        None => at.to_string(),
    };
    let active = active(locks, at);
    if active.is_empty() {
        return nothing(locks, at, &moment, style);
    }
    let holding: usize = active.iter().map(|lock| held_at(lock, at).count()).sum();
    let headline = format!(
        "At {}: {} active, {} held",
        moment(at),
        count(active.len() as u64, "lock"),
        count(holding as u64, "operation")
    );
    let mut text = format!("{}\n", style.paint(Tone::Heading, &headline));
    for lock in &active {
        text.push('\n');
        describe(&mut text, summary, lock, &active, at, &moment, style);
    }
    text
}

fn describe(
    text: &mut String,
    summary: &Summary,
    lock: &Lock,
    active: &[&Lock],
    at: VirtualTime,
    moment: &dyn Fn(VirtualTime) -> String,
    style: &Style,
) {
    let name = |line: u32| summary.line(line).map(|each| tables::name(each, 60, style)).unwrap_or_default();
    let until = lock.until_at(at).unwrap_or(lock.until);
    let key = key(lock, style);
    let mut say = |indent: &str, words: String| {
        text.push_str(&wrap_with(&style.words(&words), indent, style));
    };
    say("", format!("{key}: until {}, {} more", moment(until), until.since(at)));
    if let Some(setting) = lock.setting_at(at) {
        let mut words = format!("set at {} by {}", moment(setting.at), name(setting.set_by));
        if !setting.reason.is_empty() {
            let _ = write!(words, ": {}", shorten(&setting.reason, 200, style));
        }
        say("  ", words);
        let times = lock.settings.partition_point(|setting| setting.at <= at);
        if times > 1 {
            say("  ", format!("locked since {}, set {times}× so far", moment(lock.from)));
        }
    }
    let held: Vec<&Hold> = held_at(lock, at).collect();
    if held.is_empty() {
        say("  ", "holds nobody at this moment".to_owned());
    }
    for hold in held.iter().take(SHOWN) {
        let more = hold.until.since(at);
        say(
            "  ",
            format!(
                "holds {} since {}, {more} more, until {}",
                name(hold.line),
                hold.from,
                moment(hold.until)
            ),
        );
        let other = summary.line(hold.line).and_then(|operation| also_matching(operation, lock, active));
        if let Some(other) = other {
            let theirs = other.until_at(at).unwrap_or(other.until);
            let why = match theirs.cmp(&until) {
                std::cmp::Ordering::Less => "expires later",
                std::cmp::Ordering::Equal => "expires at the same time, and the global lock comes first",
                std::cmp::Ordering::Greater => "expired later when it last looked",
            };
            let other = self::key(other, style);
            say(
                "    ",
                format!(
                    "two locks are in its way: {key} decides, as it {why}; {other} is until {}",
                    moment(theirs)
                ),
            );
        }
    }
    if held.len() > SHOWN {
        say("  ", format!("… and {}", count((held.len() - SHOWN) as u64, "more operation")));
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

/// The other active lock that is in the way of `operation`, beside `lock`.
fn also_matching<'s>(operation: &Operation, lock: &Lock, active: &[&'s Lock]) -> Option<&'s Lock> {
    active.iter().copied().find(|other| match (lock.lock_type, other.lock_type) {
        (LockType::Scoped, LockType::Global) => true,
        (LockType::Global, LockType::Scoped) => operation.scope_key().is_some_and(|own| *own == *other.key),
        _ => false,
    })
}

fn nothing(
    locks: &[&Lock],
    at: VirtualTime,
    moment: &dyn Fn(VirtualTime) -> String,
    style: &Style,
) -> String {
    let mut text = format!("At {}: nothing was locked.\n", moment(at));
    let before = locks.iter().filter(|lock| lock.until <= at).max_by_key(|lock| lock.until);
    if let Some(lock) = before {
        let _ = writeln!(text, "  before it: {}, until {}", key(lock, style), moment(lock.until));
    }
    let after = locks.iter().filter(|lock| lock.from > at).min_by_key(|lock| lock.from);
    if let Some(lock) = after {
        let _ = writeln!(text, "  next: {}, from {}", key(lock, style), moment(lock.from));
    }
    text
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
        let drawn = draw(&summary, &filter.locks(&summary), moment(at), &Style::plain(100));
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
