//! What is to be drawn: the locks by key, who set them, whom they held, and the calls that they did not stop.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{LockType, Millis, Text, VirtualTime};
use crate::report::summary::{Lock, Summary, Unstopped};

/// So many calls are explained one by one; what comes after is drawn with the last explanation for its operation.
const EXPLAINED: usize = 2_000;

/// Everything about one lock key.
pub(super) struct KeyRow<'s> {
    pub(super) key: Text,
    pub(super) lock_type: LockType,
    pub(super) locks: Vec<&'s Lock>,
    pub(super) setters: Vec<SetterRow>,
    /// Whom it held, its setters apart.
    pub(super) held: Vec<HeldRow>,
    /// Holds that were not kept.
    pub(super) left_out: u64,
    pub(super) calls: Vec<CallRow>,
}

/// Who set it.
pub(super) struct SetterRow {
    pub(super) line: u32,
    pub(super) at: Vec<VirtualTime>,
    /// The last reason.
    pub(super) reason: Text,
    /// Where it held its own setter, too.
    pub(super) held: Option<HeldRow>,
}

/// An operation that it held.
pub(super) struct HeldRow {
    pub(super) line: u32,
    pub(super) spans: Vec<(VirtualTime, VirtualTime)>,
    pub(super) total: Millis,
    pub(super) polls: u64,
}

/// Calls that reached the source while it throttled, for one kind of reason and one lock key.
pub(super) struct CallRow {
    /// Why the first of them was not stopped.
    pub(super) why: Unstopped,
    /// Whether that is so for all of them.
    pub(super) alike: bool,
    pub(super) at: Vec<VirtualTime>,
    pub(super) lines: BTreeSet<u32>,
}

impl KeyRow<'_> {
    /// How long it held operations, all together.
    pub(super) fn held(&self) -> Millis {
        self.locks.iter().map(|lock| lock.held()).sum()
    }

    /// How long those holds lasted that are drawn, all together.
    pub(super) fn drawn(&self) -> Millis {
        let setters = self.setters.iter().filter_map(|setter| setter.held.as_ref());
        self.held.iter().chain(setters).map(|held| held.total).sum()
    }

    /// How long it was active, as far as its locks last.
    pub(super) fn active(&self) -> Millis {
        self.locks.iter().map(|lock| lock.until.since(lock.from)).sum()
    }
}

/// The keys of `locks`, the worst first; and, where these are all of the run's, the calls that belong to no lock.
pub(super) fn collect<'s>(summary: &Summary, locks: &[&'s Lock]) -> (Vec<KeyRow<'s>>, Vec<CallRow>) {
    let mut places: BTreeMap<(&str, LockType), usize> = BTreeMap::new();
    let mut keys: Vec<KeyRow<'s>> = Vec::new();
    for &lock in locks {
        let place = *places.entry((&*lock.key, lock.lock_type)).or_insert_with(|| {
            keys.push(KeyRow {
                key: Text::clone(&lock.key),
                lock_type: lock.lock_type,
                locks: Vec::new(),
                setters: Vec::new(),
                held: Vec::new(),
                left_out: 0,
                calls: Vec::new(),
            });
            keys.len() - 1
        });
        keys[place].locks.push(lock);
        keys[place].left_out += lock.holds_left_out;
    }
    for key in &mut keys {
        let mut held = held(&key.locks);
        key.setters = setters(&key.locks, &mut held);
        key.held = held.into_values().collect();
        key.held.sort_by_key(|row| (std::cmp::Reverse(row.total), row.line));
    }
    let mut unlocked = Vec::new();
    for call in calls(summary) {
        let key = match &call.why {
            Unstopped::Replaced { key, .. } | Unstopped::OtherKey { key, .. } => Some(key),
            Unstopped::NoScopeKey | Unstopped::NoLock => None,
        };
        let place = key.and_then(|key| {
            let at = |lock_type| places.get(&(&**key, lock_type));
            at(LockType::Scoped).or_else(|| at(LockType::Global))
        });
        match place.and_then(|place| keys.get_mut(*place)) {
            Some(key) => key.calls.push(call),
            None if locks.len() == summary.locks().all().len() => unlocked.push(call),
            None => {}
        }
    }
    keys.sort_by_cached_key(|key| {
        let calls: usize = key.calls.iter().map(|call| call.at.len()).sum();
        let from = key.locks.first().map(|lock| lock.from);
        (std::cmp::Reverse((key.held(), calls, key.active())), from, Text::clone(&key.key))
    });
    (keys, unlocked)
}

fn setters(locks: &[&Lock], held: &mut BTreeMap<u32, HeldRow>) -> Vec<SetterRow> {
    let mut setters: BTreeMap<u32, SetterRow> = BTreeMap::new();
    for setting in locks.iter().flat_map(|lock| &lock.settings) {
        let line = setting.set_by;
        let row = setters.entry(line).or_insert_with(|| SetterRow {
            line,
            at: Vec::new(),
            reason: Text::default(),
            held: held.remove(&line),
        });
        row.at.push(setting.at);
        row.reason = Text::clone(&setting.reason);
    }
    let mut setters: Vec<_> = setters.into_values().collect();
    setters.sort_by_key(|row| (std::cmp::Reverse(row.at.len()), row.at.first().copied()));
    setters
}

fn held(locks: &[&Lock]) -> BTreeMap<u32, HeldRow> {
    let mut held: BTreeMap<u32, HeldRow> = BTreeMap::new();
    for hold in locks.iter().flat_map(|lock| &lock.holds) {
        let line = hold.line;
        let row = held.entry(line).or_insert_with(|| HeldRow {
            line,
            spans: Vec::new(),
            total: Millis::ZERO,
            polls: 0,
        });
        row.spans.push((hold.from, hold.until));
        row.total += hold.duration();
        row.polls += u64::from(hold.polls);
    }
    held
}

fn calls(summary: &Summary) -> Vec<CallRow> {
    let mut rows: BTreeMap<(u8, Option<Text>), CallRow> = BTreeMap::new();
    let mut last: BTreeMap<u32, Unstopped> = BTreeMap::new();
    let explainer = summary.explainer();
    for (at, call) in summary.throttled().iter().enumerate() {
        let why = match last.get(&call.line) {
            Some(why) if at >= EXPLAINED => why.clone(),
            _ => explainer.explain(call),
        };
        last.insert(call.line, why.clone());
        let kind = match &why {
            Unstopped::Replaced { key, .. } => (0, Some(Text::clone(key))),
            Unstopped::OtherKey { key, .. } => (1, Some(Text::clone(key))),
            Unstopped::NoScopeKey => (2, None),
            Unstopped::NoLock => (3, None),
        };
        let row = rows.entry(kind).or_insert_with(|| CallRow {
            why: why.clone(),
            at: Vec::new(),
            lines: BTreeSet::new(),
            alike: true,
        });
        row.alike &= row.why == why;
        row.at.push(call.at);
        row.lines.insert(call.line);
    }
    rows.into_values().collect()
}
