//! The in-memory provider: like the documented one it is seen by one process only.

use std::collections::{BTreeMap, BTreeSet};

use super::{LockKey, LockProvider, LockSet};
use crate::model::VirtualTime;

/// Locks in memory.
#[derive(Clone, Default, Debug)]
pub struct InMemory {
    expiries: BTreeMap<LockKey, VirtualTime>,
    by_expiry: BTreeSet<(VirtualTime, LockKey)>,
}

impl LockProvider for InMemory {
    fn set(&mut self, key: &LockKey, now: VirtualTime, until: VirtualTime, replaces: bool) -> LockSet {
        let before = self.active(key, now);
        let until = match before {
            Some(before) if !replaces => before.max(until),
            _ => until,
        };
        if let Some(old) = self.expiries.insert(key.clone(), until) {
            self.by_expiry.remove(&(old, key.clone()));
        }
        self.by_expiry.insert((until, key.clone()));
        LockSet { until, before }
    }

    fn active(&self, key: &LockKey, now: VirtualTime) -> Option<VirtualTime> {
        if self.expiries.is_empty() {
            return None;
        }
        self.expiries.get(key).copied().filter(|until| now < *until)
    }

    fn next_expiry(&self) -> Option<VirtualTime> {
        self.by_expiry.first().map(|(until, _)| *until)
    }

    fn take_expired(&mut self, now: VirtualTime) -> Option<(LockKey, VirtualTime)> {
        if self.next_expiry()? > now {
            return None;
        }
        let (until, key) = self.by_expiry.pop_first()?;
        self.expiries.remove(&key);
        Some((key, until))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scoped(key: &str) -> LockKey {
        LockKey::Scoped(key.into())
    }

    /// Sets locks in order, each (key, now, until), and compares what is active of the first key at `now` after them.
    fn check(replaces: bool, sets: &[(&str, u64, u64)], now: u64, expect: Option<u64>) {
        let mut locks = InMemory::default();
        for (key, at, until) in sets {
            locks.set(&scoped(key), VirtualTime(*at), VirtualTime(*until), replaces);
        }
        assert_eq!(locks.active(&scoped(sets[0].0), VirtualTime(now)), expect.map(VirtualTime));
        assert_eq!(locks.by_expiry.len(), locks.expiries.len());
    }

    #[test]
    fn active_while_before_the_expiry() {
        check(false, &[("a", 0, 100)], 99, Some(100));
        check(false, &[("a", 0, 100)], 100, None);
        check(false, &[("a", 5, 5)], 5, None);
    }

    #[test]
    fn the_later_expiry_stays_or_the_newer_replaces() {
        check(false, &[("a", 0, 100), ("a", 10, 50)], 20, Some(100));
        check(true, &[("a", 0, 100), ("a", 10, 50)], 20, Some(50));
        check(false, &[("a", 0, 100), ("a", 10, 150)], 120, Some(150));
        check(false, &[("a", 0, 100), ("a", 100, 110)], 105, Some(110));
    }

    #[test]
    fn keys_are_apart() {
        check(false, &[("a", 0, 10), ("b", 0, 100)], 20, None);
    }

    #[test]
    fn expired_locks_come_out_in_order() {
        let mut locks = InMemory::default();
        for (key, until) in [("b", 20), ("a", 20), ("c", 10)] {
            locks.set(&scoped(key), VirtualTime(0), VirtualTime(until), false);
        }
        assert_eq!(locks.next_expiry(), Some(VirtualTime(10)));
        let mut order = Vec::new();
        while let Some((key, _)) = locks.take_expired(VirtualTime(20)) {
            order.push(key.word().to_owned());
        }
        assert_eq!(order, ["c", "a", "b"]);
        assert_eq!(locks.next_expiry(), None);
    }
}
