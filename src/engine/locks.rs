//! The engine's view of the semaphore locks: keys as small numbers, with the expiry in force of each, so that looking
//! whether a lock is in the way costs two reads. The provider behind it decides what a `set` does, and keeps the order
//! in which locks expire.
//!
//! Invariants: `in_force` is what the provider last said of each key, and `next_expiry` what it last said at all; an expiry
//! that is reached needs no clearing, since a lock is active only before it.

use super::index::Index;
use crate::event::LockRef;
use crate::lock::{LockKey, LockProvider, LockSet};
use crate::model::VirtualTime;

/// A lock key's number.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct KeyNo(u32);

impl KeyNo {
    /// The Global lock; also what a line has that no Scoped lock can defer.
    pub(super) const GLOBAL: Self = Self(0);
}

/// The locks of a process.
pub(super) struct Locks {
    provider: Box<dyn LockProvider>,
    keys: Vec<LockKey>,
    in_force: Vec<VirtualTime>,
    next_expiry: Option<VirtualTime>,
    numbers: Index,
}

impl Locks {
    /// No locks yet, kept by `provider`.
    pub(super) fn new(provider: Box<dyn LockProvider>) -> Self {
        Self {
            next_expiry: provider.next_expiry(),
            provider,
            keys: vec![LockKey::Global],
            in_force: vec![VirtualTime::START],
            numbers: Index::default(),
        }
    }

    /// The number of the Scoped lock with this key.
    pub(super) fn scoped(&mut self, key: &str) -> KeyNo {
        let keys = &self.keys;
        if let Some(number) = self.numbers.find(key, |number| keys[number as usize].word()) {
            return KeyNo(number);
        }
        let number = u32::try_from(self.keys.len()).unwrap_or(u32::MAX);
        self.keys.push(LockKey::Scoped(key.into()));
        self.in_force.push(VirtualTime::START);
        let keys = &self.keys;
        self.numbers.insert(number, |number| keys[number as usize].word());
        KeyNo(number)
    }

    /// The key with this number.
    pub(super) fn key(&self, number: KeyNo) -> &LockKey {
        &self.keys[number.0 as usize]
    }

    /// A lock as an event refers to it.
    pub(super) fn refer_to(&self, number: KeyNo, until_ms: VirtualTime) -> LockRef<'_> {
        let key = self.key(number);
        LockRef { key: key.word().into(), lock_type: key.lock_type(), until_ms }
    }

    /// The active lock among the Global one and `scoped` that decides at `now`: the latest expiry, and the Global one when
    /// equal.
    pub(super) fn deciding(&self, scoped: KeyNo, now: VirtualTime) -> Option<(KeyNo, VirtualTime)> {
        let global = self.in_force[0];
        let until = self.in_force[scoped.0 as usize];
        let deciding = if until > global { (scoped, until) } else { (KeyNo::GLOBAL, global) };
        (now < deciding.1).then_some(deciding)
    }

    /// Sets a lock: see [`LockProvider::set`].
    pub(super) fn set(
        &mut self,
        number: KeyNo,
        now: VirtualTime,
        until: VirtualTime,
        replaces: bool,
    ) -> LockSet {
        let set = self.provider.set(&self.keys[number.0 as usize], now, until, replaces);
        self.in_force[number.0 as usize] = set.until;
        self.next_expiry = self.provider.next_expiry();
        set
    }

    /// The next expiry in force, of any lock.
    pub(super) const fn next_expiry(&self) -> Option<VirtualTime> {
        self.next_expiry
    }

    /// Takes out a lock that is no longer active at `now`: the one that expired first, then by key.
    pub(super) fn take_expired(&mut self, now: VirtualTime) -> Option<(LockKey, VirtualTime)> {
        if self.next_expiry? > now {
            return None;
        }
        let expired = self.provider.take_expired(now);
        self.next_expiry = self.provider.next_expiry();
        expired
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lock::InMemory;

    #[test]
    fn the_latest_expiry_decides_and_global_when_equal() {
        let mut locks = Locks::new(Box::new(InMemory::default()));
        let now = VirtualTime(0);
        let key = locks.scoped("global");
        assert_eq!(locks.scoped("global"), key);
        assert_ne!(key, KeyNo::GLOBAL);
        assert_eq!(locks.deciding(key, now), None);
        locks.set(key, now, VirtualTime(50), false);
        assert_eq!(locks.deciding(key, now), Some((key, VirtualTime(50))));
        assert_eq!(locks.deciding(KeyNo::GLOBAL, now), None);
        locks.set(KeyNo::GLOBAL, now, VirtualTime(50), false);
        assert_eq!(locks.deciding(key, now), Some((KeyNo::GLOBAL, VirtualTime(50))));
        locks.set(key, now, VirtualTime(51), false);
        assert_eq!(locks.deciding(key, now), Some((key, VirtualTime(51))));
        assert_eq!(locks.deciding(key, VirtualTime(50)), Some((key, VirtualTime(51))));
        assert_eq!(locks.deciding(key, VirtualTime(51)), None);
    }

    #[test]
    fn expired_locks_come_out_once() {
        let mut locks = Locks::new(Box::new(InMemory::default()));
        let key = locks.scoped("a");
        locks.set(key, VirtualTime(0), VirtualTime(50), false);
        assert_eq!(locks.take_expired(VirtualTime(49)), None);
        assert_eq!(locks.take_expired(VirtualTime(50)), Some((LockKey::Scoped("a".into()), VirtualTime(50))));
        assert_eq!((locks.take_expired(VirtualTime(50)), locks.next_expiry()), (None, None));
    }
}
