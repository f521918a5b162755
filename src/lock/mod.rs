//! Semaphore locks (SPEC section 6): timed back-off locks, Global or Scoped. Not counters of permits.

mod memory;
mod scope_key;

use crate::model::{LockType, Text, VirtualTime};

pub use memory::InMemory;
pub use scope_key::{Facts, Part, ScopeKey, UnknownPlaceholder};

/// What a lock is kept under. A scope key that comes out as `global` is still apart from the Global lock.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum LockKey {
    /// The one Global lock.
    Global,
    /// The Scoped lock with this key.
    Scoped(Text),
}

impl LockKey {
    /// `global`, or the scope key.
    pub fn word(&self) -> &str {
        match self {
            Self::Global => "global",
            Self::Scoped(key) => key,
        }
    }

    /// Its type.
    pub const fn lock_type(&self) -> LockType {
        match self {
            Self::Global => LockType::Global,
            Self::Scoped(_) => LockType::Scoped,
        }
    }
}

/// What setting a lock did.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct LockSet {
    /// The expiry now in force.
    pub until: VirtualTime,
    /// The expiry that was in force before, if the key was active.
    pub before: Option<VirtualTime>,
}

/// Keeps semaphore locks. In production there is one of these a process; so it belongs to a process here, too.
pub trait LockProvider {
    /// Sets the lock `key` at `now` until `until`. With the key active, the later expiry stays; or, if `replaces` (D9),
    /// the newer one.
    fn set(&mut self, key: &LockKey, now: VirtualTime, until: VirtualTime, replaces: bool) -> LockSet;

    /// The expiry of the lock `key` if it is active at `now`, that is `now < expiry`.
    fn active(&self, key: &LockKey, now: VirtualTime) -> Option<VirtualTime>;

    /// The next expiry in force, of any lock.
    fn next_expiry(&self) -> Option<VirtualTime>;

    /// Takes out a lock that is no longer active at `now`: the one that expired first, then by key.
    fn take_expired(&mut self, now: VirtualTime) -> Option<(LockKey, VirtualTime)>;
}
