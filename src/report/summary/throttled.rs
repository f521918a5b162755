//! Calls that reached the source while it throttled, and why no lock stopped them.

use super::{Lock, Summary};
use crate::model::{LockType, Text, VirtualTime};

/// So many are kept one by one; beyond it they are only counted, with their operation.
const KEPT: usize = 100_000;

/// One call that reached the source while it throttled.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Throttled {
    /// When it started.
    pub at: VirtualTime,
    /// Whose it was.
    pub line: u32,
}

/// Why no lock stopped a call that reached the source while it throttled.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Unstopped {
    /// A shorter BackOff had replaced the lock (D9): it would have lasted longer.
    Replaced {
        /// The lock's key.
        key: Text,
        /// Who replaced it.
        by: u32,
        /// When.
        at: VirtualTime,
        /// Until when it would have lasted.
        until: VirtualTime,
    },
    /// The lock that was active has another key.
    OtherKey {
        /// The active lock's key.
        key: Text,
        /// The key of the operation that called, where it is known.
        own: Option<Text>,
    },
    /// No scope key is configured, so that a Scoped BackOff cannot set a lock.
    NoScopeKey,
    /// No lock was set: the BackOff was invalid.
    NoLock,
}

#[derive(Clone, Debug, Default)]
pub(super) struct ThrottledCalls {
    kept: Vec<Throttled>,
}

impl ThrottledCalls {
    pub(super) fn count(&mut self, at: VirtualTime, line: u32) {
        if self.kept.len() < KEPT {
            self.kept.push(Throttled { at, line });
        }
    }

    pub(super) fn kept(&self) -> &[Throttled] {
        &self.kept
    }
}

/// After each BackOff a source throttles the connector from the end of the call on, for as long as the lock that was asked
/// for. So the lock to look for was set by the same connector and asked for a time that `call` lies in.
pub(super) fn explain(summary: &Summary, call: &Throttled) -> Unstopped {
    let Some(caller) = summary.line(call.line) else { return Unstopped::NoLock };
    let own = caller.scope_key.as_ref();
    let is_own =
        |lock: &Lock| lock.lock_type == LockType::Global || own.is_some_and(|own| **own == *lock.key);
    let mut other = None;
    let mut replaced = None;
    for lock in summary.locks.all().iter().take_while(|lock| lock.from <= call.at) {
        let throttles = lock.settings.iter().any(|setting| {
            setting.at <= call.at
                && call.at < setting.asked_until
                && summary.line(setting.set_by).is_some_and(|setter| setter.connector == caller.connector)
        });
        if !throttles {
            continue;
        }
        if lock.is_active(call.at) {
            other.get_or_insert_with(|| Unstopped::OtherKey {
                key: Text::clone(&lock.key),
                own: own.map(Text::clone),
            });
        } else if let Some(shorter) = lock.settings.iter().rev().find(|setting| {
            setting.at <= call.at && setting.replaced_until.is_some_and(|until| until > setting.until)
        }) && (replaced.is_none() || is_own(lock))
        {
            replaced = Some((
                is_own(lock),
                Unstopped::Replaced {
                    key: Text::clone(&lock.key),
                    by: shorter.set_by,
                    at: shorter.at,
                    until: shorter.replaced_until.unwrap_or(shorter.until),
                },
            ));
        }
    }
    match (replaced, other) {
        (Some((true, replaced)), _) | (Some((false, replaced)), None) => replaced,
        (_, Some(other)) => other,
        (None, None) if summary.run().is_some_and(|run| run.scope_key.is_none()) => Unstopped::NoScopeKey,
        (None, None) => Unstopped::NoLock,
    }
}
