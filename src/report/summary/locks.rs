//! Every lock of a run, and whom it held (SPEC section 6).

use std::collections::BTreeMap;

use super::Operation;
use crate::event::{Execution, LockFact};
use crate::model::{LockType, Millis, Outcome, Text, VirtualTime};

/// Whom a lock held is kept up to this many holds in all; beyond it they are only counted.
const KEPT_HOLDS: usize = 4_000_000;
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
    /// Whom it held, in the order in which it began.
    pub holds: Vec<Hold>,
    /// Holds that are not in `holds`, because there are too many.
    pub holds_left_out: u64,
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

    /// How many operations it held; where there were too many holds to keep them all, those beyond it count each.
    pub fn operations_held(&self) -> usize {
        let mut lines: Vec<_> = self.holds.iter().map(|hold| hold.line).collect();
        lines.sort_unstable();
        lines.dedup();
        lines.len().saturating_add(usize::try_from(self.holds_left_out).unwrap_or(usize::MAX))
    }

    /// How long it held operations, all together; where there were too many holds to keep them all, by what the deferrals
    /// announced.
    pub fn held(&self) -> Millis {
        if self.holds_left_out > 0 {
            return self.deferred;
        }
        self.holds.iter().map(Hold::duration).sum()
    }
}

/// Every lock of a run.
#[derive(Clone, Debug)]
pub struct Locks {
    all: Vec<Lock>,
    global: Option<usize>,
    scoped: BTreeMap<Text, usize>,
    holds: usize,
    most_holds: usize,
    settings: usize,
}

impl Default for Locks {
    fn default() -> Self {
        Self::keeping(KEPT_HOLDS)
    }
}

impl Locks {
    /// No locks yet, of which so many holds are kept in all.
    pub(super) const fn keeping(most_holds: usize) -> Self {
        Self { all: Vec::new(), global: None, scoped: BTreeMap::new(), holds: 0, most_holds, settings: 0 }
    }

    /// Every lock, in the order in which they were set.
    pub fn all(&self) -> &[Lock] {
        &self.all
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
        match set.lock_type {
            LockType::Global => self.global = Some(place),
            LockType::Scoped => drop(self.scoped.insert(Text::clone(&key), place)),
        }
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
            holds: Vec::new(),
            holds_left_out: 0,
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
        match lock_type {
            LockType::Global => self.global = None,
            LockType::Scoped => drop(self.scoped.remove(key)),
        }
    }

    /// Counts an execution of `operation`: a deferral for the lock that decided it, anything else as the end of a hold.
    pub(super) fn execution(
        &mut self,
        operation: &mut Operation,
        line: u32,
        at: VirtualTime,
        execution: &Execution<'_>,
    ) {
        let waits_for = execution.waits_for.as_ref().filter(|_| execution.result == Outcome::Deferred);
        let held_by = waits_for.and_then(|lock| Some((lock, self.active(&lock.key, lock.lock_type)?)));
        match held_by {
            Some((lock, place)) => self.hold(operation, line, at, execution, lock.lock_type, place),
            None => self.release(operation, at),
        }
    }

    /// Counts a deferral of `operation` by the lock at `place`.
    fn hold(
        &mut self,
        operation: &mut Operation,
        line: u32,
        at: VirtualTime,
        execution: &Execution<'_>,
        lock_type: LockType,
        place: usize,
    ) {
        let next_at = execution.next_at_ms.unwrap_or(at);
        if !matches!(operation.holding(), Some((held_by, _)) if held_by as usize == place) {
            self.release(operation, at);
        }
        let lock = &mut self.all[place];
        lock.deferred_executions += 1;
        lock.deferred += next_at.since(at);
        if lock_type == LockType::Scoped {
            operation.uses_scope_key(&lock.key);
        }
        if let Some((_, kept)) = operation.holding() {
            if let Some(hold) = kept.and_then(|kept| lock.holds.get_mut(kept as usize)) {
                hold.polls = hold.polls.saturating_add(1);
                hold.until = next_at;
            }
            return;
        }
        let kept = if self.holds < self.most_holds { u32::try_from(lock.holds.len()).ok() } else { None };
        if kept.is_some() {
            self.holds += 1;
            lock.holds.push(Hold { line, from: at, until: next_at, polls: 1 });
        } else {
            lock.holds_left_out += 1;
        }
        if let Ok(place) = u32::try_from(place) {
            operation.hold((place, kept));
        }
    }

    /// Ends the hold that `operation` is in, if it is in one.
    pub(super) fn release(&mut self, operation: &mut Operation, at: VirtualTime) {
        let Some((place, Some(kept))) = operation.release() else { return };
        let lock = self.all.get_mut(place as usize);
        if let Some(hold) = lock.and_then(|lock| lock.holds.get_mut(kept as usize)) {
            hold.until = at;
        }
    }
}
