//! Calls that reached the source while it throttled, and why no lock stopped them.

use std::collections::BTreeMap;

use super::{Lock, Setting, Summary};
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

/// Finds out why no lock stopped a call. Made once for many calls: with many locks it has to look at few of them.
#[derive(Debug)]
pub struct Explainer<'s> {
    summary: &'s Summary,
    /// By connector, the locks that it asked for.
    asked: BTreeMap<&'s str, Spans>,
    /// Of these, the ones that a shorter BackOff cut short.
    cut_short: BTreeMap<&'s str, Spans>,
}

impl<'s> Explainer<'s> {
    pub(super) fn of(summary: &'s Summary) -> Self {
        let (mut asked, mut cut_short) = (BTreeMap::new(), BTreeMap::new());
        if !summary.throttled.kept().is_empty() {
            for (place, lock) in summary.locks.all().iter().enumerate() {
                let is_cut_short = lock.settings.iter().any(shortens);
                for setting in &lock.settings {
                    let Some(setter) = summary.line(setting.set_by) else { continue };
                    let spans = |all: &mut BTreeMap<&'s str, Spans>| {
                        all.entry(setter.connector()).or_default().add(place, lock.from, setting.asked_until);
                    };
                    spans(&mut asked);
                    if is_cut_short {
                        spans(&mut cut_short);
                    }
                }
            }
        }
        Self { summary, asked, cut_short }
    }

    /// Why no lock stopped `call`.
    ///
    /// After each BackOff a source throttles the connector from the end of the call on, for as long as the lock that was
    /// asked for. So the lock to look for was set by the same connector and asked for a time that `call` lies in.
    pub fn explain(&self, call: &Throttled) -> Unstopped {
        let Some(caller) = self.summary.line(call.line) else { return Unstopped::NoLock };
        let own = caller.scope_key();
        let is_own =
            |lock: &Lock| lock.lock_type == LockType::Global || own.is_some_and(|own| **own == *lock.key);
        let connector = caller.connector();
        let mut replaced = None;
        for lock in
            self.throttling(&self.cut_short, connector, call.at).filter(|lock| !lock.is_active(call.at))
        {
            let so_far = lock.settings.iter().rev().filter(|setting| setting.at <= call.at);
            if let Some(shorter) = so_far.into_iter().find(|setting| shortens(setting))
                && (replaced.is_none() || is_own(lock))
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
        if let Some((true, replaced)) = replaced {
            return replaced;
        }
        if let Some(other) =
            self.throttling(&self.asked, connector, call.at).find(|lock| lock.is_active(call.at))
        {
            return Unstopped::OtherKey { key: Text::clone(&other.key), own: own.cloned() };
        }
        match replaced {
            Some((_, replaced)) => replaced,
            None if self.summary.run().is_some_and(|run| run.scope_key.is_none()) => Unstopped::NoScopeKey,
            None => Unstopped::NoLock,
        }
    }

    /// Those of `spans` with which `connector` had asked for a time that `at` lies in.
    fn throttling<'e>(
        &'e self,
        spans: &'e BTreeMap<&'s str, Spans>,
        connector: &'e str,
        at: VirtualTime,
    ) -> impl Iterator<Item = &'s Lock> + 'e {
        let asked = move |setting: &Setting| {
            let setter = || self.summary.line(setting.set_by);
            at < setting.asked_until && setter().is_some_and(|setter| *setter.connector() == *connector)
        };
        let places = spans.get(connector).into_iter().flat_map(move |spans| spans.at(at));
        places.filter_map(|place| self.summary.locks.all().get(place)).filter(move |lock| {
            let so_far = lock.settings.partition_point(|setting| setting.at <= at);
            lock.settings[..so_far].iter().rev().any(asked)
        })
    }
}

/// Whether it ended a lock earlier than it would have ended (D9).
fn shortens(setting: &Setting) -> bool {
    setting.replaced_until.is_some_and(|until| until > setting.until)
}

/// Locks in the order in which they were set, each with until when it was asked for.
#[derive(Debug, Default)]
struct Spans(Vec<Span>);

#[derive(Clone, Copy, Debug)]
struct Span {
    place: usize,
    from: VirtualTime,
    /// The latest moment that this one or any before it was asked for.
    latest: VirtualTime,
}

impl Spans {
    fn add(&mut self, place: usize, from: VirtualTime, until: VirtualTime) {
        let latest = self.0.last().map_or(until, |last| last.latest.max(until));
        match self.0.last_mut() {
            Some(last) if last.place == place => last.latest = latest,
            _ => self.0.push(Span { place, from, latest }),
        }
    }

    /// The places of the locks that may have been asked for at `at`.
    fn at(&self, at: VirtualTime) -> impl Iterator<Item = usize> {
        let over = self.0.partition_point(|span| span.latest <= at);
        self.0[over..].iter().take_while(move |span| span.from <= at).map(|span| span.place)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::model::Outcome;
    use crate::report::testing::{Log, moment};
    use crate::rules::Rules;

    const OPERATIONS: [&str; 4] = ["box sync a", "box sync b", "box sync c", "dropbox sync t"];
    const KEYS: [&str; 4] = ["box", "other", "third", "global"];

    /// As [`Explainer::explain`], looking through every lock.
    fn plainly(summary: &Summary, call: &Throttled) -> Unstopped {
        let caller = summary.line(call.line).unwrap();
        let is_own = |lock: &Lock| {
            lock.lock_type == LockType::Global || caller.scope_key().is_some_and(|own| *own == *lock.key)
        };
        let asked = |setting: &&Setting| {
            let setter = summary.line(setting.set_by).unwrap();
            setting.at <= call.at && call.at < setting.asked_until && setter.connector() == caller.connector()
        };
        let locks = summary.locks().all().iter().filter(|lock| lock.settings.iter().any(|each| asked(&each)));
        let (active, over): (Vec<&Lock>, Vec<&Lock>) = locks.partition(|lock| lock.is_active(call.at));
        let replaced = |lock: &&Lock| {
            let cut = lock.settings.iter().rev().find(|each| each.at <= call.at && shortens(each))?;
            let until = cut.replaced_until.unwrap();
            let words = Unstopped::Replaced { key: lock.key.clone(), by: cut.set_by, at: cut.at, until };
            Some((is_own(lock), words))
        };
        let replaced: Vec<(bool, Unstopped)> = over.iter().filter_map(replaced).collect();
        let own = replaced.iter().rev().find(|(own, _)| *own).map(|(_, words)| words.clone());
        let other = active.first().map(|lock| Unstopped::OtherKey {
            key: lock.key.clone(),
            own: caller.scope_key().map(Text::from),
        });
        let first = replaced.into_iter().next().map(|(_, words)| words);
        own.or(other).or(first).unwrap_or(Unstopped::NoLock)
    }

    /// Locks and calls of a run: what happens, which key, which operation, for how long.
    fn run(steps: &[(u8, usize, usize, u64)]) -> Summary {
        let mut log = Log::new(Rules::Sdk, 10_000);
        let mut until = [0; KEYS.len()];
        for (at, (what, key, operation, length)) in (1..).zip(steps) {
            for (key, until) in KEYS.iter().zip(&mut until).filter(|(_, until)| **until == at) {
                log.expired(at, key);
                *until = 0;
            }
            let (key, operation) = (*key, OPERATIONS[*operation]);
            if *what == 0 {
                let before = (until[key] > at).then_some(until[key]);
                log.lock(at, KEYS[key], operation, at + length, before);
                until[key] = at + length;
            } else {
                log.ran(at, operation, Outcome::Complete).throttled();
            }
        }
        log.summary()
    }

    proptest! {
        #[test]
        fn many_locks_are_looked_through_as_a_few_are(
            steps in prop::collection::vec((0..2u8, 0..KEYS.len(), 0..OPERATIONS.len(), 1..40u64), 1..200)
        ) {
            let summary = run(&steps);
            let explainer = summary.explainer();
            for call in summary.throttled() {
                prop_assert_eq!(explainer.explain(call), plainly(&summary, call));
            }
        }
    }

    /// Of a hundred thousand locks, one after the other.
    #[test]
    fn each_call_looks_at_few_locks() {
        let mut spans = Spans::default();
        (0..100_000).for_each(|place| spans.add(place, moment(place as u64), moment(place as u64 + 10)));
        let found: Vec<usize> = spans.at(moment(50_000)).collect();
        assert_eq!(found, (49_991..=50_000).collect::<Vec<_>>());
    }
}
