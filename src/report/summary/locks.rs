//! Every lock of a run, and whom it held (SPEC section 6).

use std::collections::BTreeMap;

use super::Holds;
use super::counting::Entry;
use super::holds::Keys;
use super::row::{Mark, Number};
use crate::event::{Execution, LockFact};
use crate::model::{LockType, Millis, Outcome, Text, VirtualTime};

/// How often a lock was set is kept in detail up to this many times in all; beyond it only counted.
const KEPT_SETTINGS: usize = 1_000_000;
/// So many settings are looked through for the one that an expiry goes back to.
const SETTINGS_LOOKED_AT: usize = 1_000;

/// One lock: from a `set` of its key while none is active until its expiry.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Lock {
    /// `global`, or the scope key.
    pub key: Text,
    /// Its type.
    pub lock_type: LockType,
    /// Who set it last.
    pub set_by: u32,
    /// Why: the last BackOff's reason.
    pub reason: Text,
    /// Since when.
    pub from: VirtualTime,
    /// Its expiry, the last one in force.
    pub until: VirtualTime,
    /// How often it was set.
    pub times_set: u64,
    /// Each time, the first one too.
    pub settings: Vec<Setting>,
    /// Executions that were deferred and for which it decided.
    pub deferred_executions: u64,
    /// What those cost: the time to their next execution, as announced, in all.
    pub deferred: Millis,
    operations_held: u64,
    held: Millis,
    /// Whom it held, in the order in which it began.
    pub holds: Vec<Hold>,
    /// Holds that are not in `holds`, because there are too many.
    pub holds_left_out: u64,
    /// Its key's place among the keys.
    pub(super) key_no: usize,
    /// Whether its expiry has been reached.
    over: bool,
}

/// One `set` of a lock.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Setting {
    /// When.
    pub at: VirtualTime,
    /// The expiry in force since then.
    pub until: VirtualTime,
    /// The expiry that was asked for.
    pub asked_until: VirtualTime,
    /// The expiry that was in force before.
    pub replaced_until: Option<VirtualTime>,
    /// Who.
    pub set_by: u32,
    /// Why.
    pub reason: Text,
}

/// One operation, held by one lock once: from the first execution in a row that this lock deferred to the next one that
/// it did not.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Hold {
    /// Which operation.
    pub line: u32,
    /// Since when.
    pub from: VirtualTime,
    /// Until when.
    pub until: VirtualTime,
    /// Executions that were deferred meanwhile.
    pub polls: u32,
}

impl Hold {
    /// How long.
    pub const fn duration(&self) -> Millis {
        self.until.since(self.from)
    }
}

impl Lock {
    /// Whether it was active at `at`, by what was in force then.
    pub fn is_active(&self, at: VirtualTime) -> bool {
        self.until_at(at).is_some_and(|until| self.from <= at && at < until)
    }

    /// The setting in force at `at`.
    pub fn setting_at(&self, at: VirtualTime) -> Option<&Setting> {
        let after = self.settings.partition_point(|setting| setting.at <= at);
        self.settings.get(after.checked_sub(1)?)
    }

    /// The setting that the expiry in force at `at` goes back to: the last one that asked for it. A later one that asked
    /// for less and changed nothing held nobody.
    pub fn decided_at(&self, at: VirtualTime) -> Option<&Setting> {
        let in_force = self.setting_at(at)?;
        let after = self.settings.partition_point(|setting| setting.at <= at);
        let so_far = self.settings[..after].iter().rev();
        so_far
            .take(SETTINGS_LOOKED_AT)
            .find(|setting| setting.asked_until == in_force.until)
            .or(Some(in_force))
    }

    /// The expiry in force at `at`.
    pub fn until_at(&self, at: VirtualTime) -> Option<VirtualTime> {
        self.setting_at(at).map(|setting| setting.until)
    }

    /// How many operations it held.
    pub const fn operations_held(&self) -> u64 {
        self.operations_held
    }

    /// How long it held operations, all together.
    pub const fn held(&self) -> Millis {
        self.held
    }
}

/// Every lock of a run.
#[derive(Clone, Debug)]
pub struct Locks {
    all: Vec<Lock>,
    /// The active ones.
    global: Option<usize>,
    scoped: BTreeMap<Text, usize>,
    keys: Keys,
    settings: usize,
}

impl Default for Locks {
    fn default() -> Self {
        Self::keeping(Holds::All)
    }
}

impl Locks {
    /// No locks yet, of which these holds are kept.
    pub(super) const fn keeping(holds: Holds) -> Self {
        Self::with(Keys::keeping(holds))
    }

    /// No locks yet, of which these keys keep the holds.
    pub(super) const fn with(keys: Keys) -> Self {
        Self { all: Vec::new(), global: None, scoped: BTreeMap::new(), keys, settings: 0 }
    }

    /// Every lock, in the order in which they were set.
    pub fn all(&self) -> &[Lock] {
        &self.all
    }

    /// There are so many operations by now.
    pub(super) const fn there_are_operations(&mut self, operations: usize) {
        self.keys.there_are_operations(operations);
    }

    /// Every lock, by `from`, then key.
    pub fn in_order(&self) -> Vec<&Lock> {
        let mut locks: Vec<_> = self.all.iter().collect();
        locks.sort_by(|a, b| (a.from, &a.key, a.lock_type).cmp(&(b.from, &b.key, b.lock_type)));
        locks
    }

    fn active(&self, key: &str, lock_type: LockType) -> Option<usize> {
        match lock_type {
            LockType::Global => self.global,
            LockType::Scoped => self.scoped.get(key).copied(),
        }
    }

    pub(super) fn set(&mut self, at: VirtualTime, set: &LockFact<'_>) -> Text {
        let place = self.all.len();
        let key = Text::from(&*set.key);
        let replaced = match set.lock_type {
            LockType::Global => self.global.replace(place),
            LockType::Scoped => self.scoped.insert(Text::clone(&key), place),
        };
        self.mark_over(replaced);
        self.all.push(Lock {
            key: Text::clone(&key),
            lock_type: set.lock_type,
            set_by: set.set_by.line,
            reason: Text::default(),
            from: at,
            until: set.until_ms,
            times_set: 0,
            settings: Vec::with_capacity(1),
            deferred_executions: 0,
            deferred: Millis::ZERO,
            operations_held: 0,
            held: Millis::ZERO,
            holds: Vec::new(),
            holds_left_out: 0,
            key_no: self.keys.number(&key, set.lock_type, place),
            over: false,
        });
        self.note(place, at, set);
        key
    }

    pub(super) fn extend(&mut self, at: VirtualTime, set: &LockFact<'_>) -> Text {
        let Some(place) = self.active(&set.key, set.lock_type) else { return self.set(at, set) };
        self.note(place, at, set);
        Text::clone(&self.all[place].key)
    }

    fn note(&mut self, place: usize, at: VirtualTime, set: &LockFact<'_>) {
        let lock = &mut self.all[place];
        if *lock.reason != *set.reason {
            lock.reason = (&*set.reason).into();
        }
        lock.set_by = set.set_by.line;
        lock.until = set.until_ms;
        lock.times_set += 1;
        let setting = Setting {
            at,
            until: set.until_ms,
            asked_until: set.asked_until_ms.unwrap_or(set.until_ms),
            replaced_until: set.replaced_until_ms,
            set_by: set.set_by.line,
            reason: Text::clone(&lock.reason),
        };
        self.settings += 1;
        match lock.settings.last_mut() {
            Some(last) if self.settings > KEPT_SETTINGS => *last = setting,
            _ => lock.settings.push(setting),
        }
    }

    pub(super) fn expire(&mut self, key: &str, lock_type: LockType) {
        let expired = match lock_type {
            LockType::Global => self.global.take(),
            LockType::Scoped => self.scoped.remove(key),
        };
        self.mark_over(expired);
    }

    /// The lock at this place holds nobody any more.
    fn mark_over(&mut self, place: Option<usize>) {
        if let Some(lock) = place.and_then(|place| self.all.get_mut(place)) {
            lock.over = true;
        }
    }

    /// Counts an execution of the operation with these counters: a deferral for the lock that decided it, anything else as
    /// the end of a hold.
    #[inline]
    pub(super) fn execution(
        &mut self,
        entry: &mut Entry<'_>,
        line: u32,
        at: VirtualTime,
        execution: &Execution<'_>,
    ) {
        if execution.result == Outcome::Deferred {
            self.deferral(entry, line, at, execution);
        } else if entry.row.is(Mark::Held) {
            self.release(entry, at);
        }
    }

    fn deferral(&mut self, entry: &mut Entry<'_>, line: u32, at: VirtualTime, execution: &Execution<'_>) {
        let by = execution.waits_for.as_ref().and_then(|lock| self.active(&lock.key, lock.lock_type));
        let next_at = execution.next_at_ms.unwrap_or(at);
        let place = by.and_then(|place| u32::try_from(place).ok());
        let goes_on = entry.row.is(Mark::Held) && entry.row.holder() == place;
        if !goes_on {
            self.end_hold(entry, at);
        }
        if let Some(place) = by {
            let lock = &mut self.all[place];
            lock.deferred_executions += 1;
            lock.deferred += next_at.since(at);
            if !goes_on {
                self.begin_hold(entry, place, Hold { line, from: at, until: next_at, polls: 1 });
            } else if let Some(hold) = lock.holds.get_mut(entry.side.hold as usize) {
                hold.polls = hold.polls.saturating_add(1);
                hold.until = next_at;
            }
        }
        if !goes_on {
            entry.hold(at, place);
        }
    }

    /// The lock at `place` begins to hold an operation; its counters still say which lock held it last.
    fn begin_hold(&mut self, entry: &mut Entry<'_>, place: usize, hold: Hold) {
        let last = entry.row.last_holder().map(|last| last as usize);
        if last != Some(place) {
            let before = entry.row.rare_if_any().map_or(&[][..], |rare| &rare.held_by);
            let is_new = !before.iter().any(|before| *before as usize == place);
            self.all[place].operations_held += u64::from(is_new);
        }
        if let Some(last) = last.filter(|last| *last != place) {
            self.remember_holder(entry, last, self.all[place].lock_type);
        }
        entry.side.hold = self.keys.keep(&mut self.all, place, hold).unwrap_or(u32::MAX);
    }

    /// Another lock takes the place of the one at `last`: what is known of an operation from that one alone is kept.
    fn remember_holder(&self, entry: &mut Entry<'_>, last: usize, next: LockType) {
        let lock = &self.all[last];
        // In a run, where the next one is Scoped its key is the same.
        if lock.lock_type == LockType::Scoped && next == LockType::Global {
            entry.uses_scope_key(&lock.key);
        }
        if !lock.over {
            let held_by = &mut entry.row.rare_mut().held_by;
            held_by.retain(|place| !self.all[*place as usize].over);
            held_by.extend(u32::try_from(last));
            held_by.sort_unstable();
            held_by.dedup();
        }
    }

    /// Whatever holds the operation with these counters does so no longer.
    pub(super) fn release(&mut self, entry: &mut Entry<'_>, at: VirtualTime) {
        self.end_hold(entry, at);
        entry.let_go(at);
    }

    /// Ends the hold that the operation with these counters is in, if it is in one.
    fn end_hold(&mut self, entry: &Entry<'_>, at: VirtualTime) {
        let Some(lock) = entry.row.holder().and_then(|place| self.all.get_mut(place as usize)) else {
            return;
        };
        lock.held += at.since(entry.row.at(Number::HeldSince));
        if let Some(hold) = lock.holds.get_mut(entry.side.hold as usize) {
            hold.until = at;
        }
    }
}
