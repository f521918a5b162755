//! Rate limits: fixed windows that begin with their first call (SPEC section 7). All limits apply at once; what one of them
//! refuses is not counted by any.

use std::collections::BTreeMap;

use super::{Per, RateLimit, WhenIgnored};
use crate::model::{LockType, Millis, Text, VirtualTime, WorkType};

/// The rate limits of one source during a run, for all the connectors that read it.
#[derive(Clone, Debug)]
pub struct Limiter {
    limits: Vec<RateLimit>,
    windows: BTreeMap<(usize, Whose), Window>,
}

/// Whose calls are counted together.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Whose {
    Everybody,
    Tenant(Text),
    Connector(usize),
    Channel(Text),
}

#[derive(Clone, Copy, Debug)]
struct Window {
    since: VirtualTime,
    used: u64,
    /// Somebody was refused: until the window ends, everybody is.
    closed: bool,
}

/// Who calls, and for what.
#[derive(Clone, Copy, Debug)]
pub struct Caller<'a> {
    /// The tenant of the connector.
    pub tenant: &'a Text,
    /// The connector's place in the config.
    pub connector: usize,
    /// What it calls for.
    pub work_type: WorkType,
    /// For which channel; none for a discovery.
    pub channel: Option<&'a Text>,
}

/// A rate limit says no.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Refusal {
    /// The limit's place in the file, from 0.
    pub limit: usize,
    /// How long its window still lasts.
    pub left: Millis,
    /// The lock that it asks for.
    pub lock_type: LockType,
}

impl Limiter {
    /// Limits that nobody has used yet.
    pub fn new(limits: Vec<RateLimit>) -> Self {
        Self { limits, windows: BTreeMap::new() }
    }

    /// The limits, in file order.
    pub fn limits(&self) -> &[RateLimit] {
        &self.limits
    }

    /// Counts a call that starts at `now` and would return so many `binaries`; or refuses it, because a window is closed or
    /// has no room for it. A window that has refused somebody is closed until it ends, and whoever calls then ignores that.
    pub fn admit(&mut self, caller: &Caller<'_>, binaries: u64, now: VirtualTime) -> Option<Refusal> {
        let mut refusal = None;
        for (place, limit) in self.limits.iter().enumerate() {
            let Some(whose) = whose(limit.per, caller) else { continue };
            let window = self.windows.entry((place, whose)).or_insert(Window::beginning(now));
            if now >= window.since + limit.window {
                *window = Window::beginning(now);
            }
            if window.closed {
                if limit.when_ignored == WhenIgnored::Extend {
                    window.since = now;
                }
            } else {
                let cost = limit.cost.with_binaries(caller.work_type, binaries);
                window.closed = window.used.saturating_add(cost) > limit.limit;
            }
            if window.closed {
                refusal = longest(refusal, place, limit, window.since + limit.window, now);
            }
        }
        if refusal.is_none() {
            for (place, limit) in self.limits.iter().enumerate() {
                let window = whose(limit.per, caller).and_then(|whose| self.windows.get_mut(&(place, whose)));
                if let Some(window) = window {
                    let cost = limit.cost.with_binaries(caller.work_type, binaries);
                    window.used = window.used.saturating_add(cost);
                }
            }
        }
        refusal
    }
}

impl Window {
    const fn beginning(now: VirtualTime) -> Self {
        Self { since: now, used: 0, closed: false }
    }
}

/// Whose calls a limit counts this one with; `None`: it does not count it.
fn whose(per: Per, caller: &Caller<'_>) -> Option<Whose> {
    Some(match per {
        Per::Source => Whose::Everybody,
        Per::Tenant => Whose::Tenant(caller.tenant.clone()),
        Per::Connector => Whose::Connector(caller.connector),
        Per::Channel => Whose::Channel(caller.channel?.clone()),
    })
}

/// Of two refusals the one that lasts longer; the first where both do.
fn longest(
    so_far: Option<Refusal>,
    place: usize,
    limit: &RateLimit,
    until: VirtualTime,
    now: VirtualTime,
) -> Option<Refusal> {
    let left = until.since(now);
    if so_far.is_some_and(|so_far| so_far.left >= left) {
        return so_far;
    }
    Some(Refusal { limit: place, left, lock_type: limit.semaphore_lock_type })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::dataset::Costs;

    fn limit(limit: u64, window: u64) -> RateLimit {
        RateLimit {
            limit,
            window: Millis(window),
            per: Per::Tenant,
            cost: Costs { content_registration: 3, binary: 1, ..Costs::CALLS },
            semaphore_lock_type: LockType::Scoped,
            when_ignored: WhenIgnored::Reject,
        }
    }

    /// Plays calls (moment, tenant, channel's registration or discovery, binaries); for how long each is refused, or -1.
    fn check(limits: Vec<RateLimit>, calls: &[(u64, &str, &str, u64)], expect: &[i64]) {
        let mut limiter = Limiter::new(limits);
        let answers: Vec<i64> = calls
            .iter()
            .map(|(now, tenant, channel, binaries)| {
                let (tenant, channel, now) = (Text::from(*tenant), Text::from(*channel), VirtualTime(*now));
                let caller = if channel.is_empty() {
                    Caller {
                        tenant: &tenant,
                        connector: 0,
                        work_type: WorkType::ChannelDiscovery,
                        channel: None,
                    }
                } else {
                    let (work_type, channel) = (WorkType::ContentRegistration, Some(&channel));
                    Caller { tenant: &tenant, connector: 0, work_type, channel }
                };
                let refusal = limiter.admit(&caller, *binaries, now);
                refusal.map_or(-1, |refusal| i64::try_from(refusal.left.0).unwrap_or(i64::MAX))
            })
            .collect();
        assert_eq!(answers, expect);
    }

    #[test]
    fn a_window_begins_with_its_first_call() {
        let calls =
            [(50, "a", "", 0), (60, "a", "", 0), (70, "a", "", 0), (149, "a", "", 0), (150, "a", "", 0)];
        check(vec![limit(2, 100)], &calls, &[-1, -1, 80, 1, -1]);
    }

    #[test]
    fn costs_are_by_work_type_and_binary_and_what_is_refused_is_not_counted() {
        let calls = [(0, "a", "x", 4), (1, "a", "x", 1), (100, "a", "x", 7), (101, "a", "", 0)];
        check(vec![limit(10, 100)], &calls, &[-1, 99, -1, 99]);
    }

    #[test]
    fn a_closed_window_refuses_what_would_fit() {
        check(vec![limit(5, 100)], &[(0, "a", "x", 0), (1, "a", "x", 0), (2, "a", "", 0)], &[-1, 99, 98]);
    }

    #[test]
    fn ignoring_a_refusal_can_begin_the_window_anew() {
        let extend = RateLimit { when_ignored: WhenIgnored::Extend, ..limit(1, 100) };
        let calls =
            [(0, "a", "", 0), (10, "a", "", 0), (50, "a", "", 0), (149, "a", "", 0), (249, "a", "", 0)];
        check(vec![extend], &calls, &[-1, 90, 100, 100, -1]);
    }

    #[test]
    fn limits_are_for_somebody() {
        let calls = [(0, "a", "x", 0), (0, "b", "y", 0), (0, "a", "y", 0)];
        check(vec![limit(3, 100)], &calls, &[-1, -1, 100]);
        check(vec![RateLimit { per: Per::Source, ..limit(3, 100) }], &calls, &[-1, 100, 100]);
        check(vec![RateLimit { per: Per::Connector, ..limit(6, 100) }], &calls, &[-1, -1, 100]);
        check(vec![RateLimit { per: Per::Channel, ..limit(3, 100) }], &calls, &[-1, -1, 100]);
        let discoveries = [(0, "a", "", 0); 3];
        check(vec![RateLimit { per: Per::Channel, ..limit(1, 100) }], &discoveries, &[-1; 3]);
    }

    #[test]
    fn of_several_the_longest_wait_is_answered() {
        let calls =
            [(0, "a", "", 0), (1, "a", "", 0), (100, "a", "", 0), (101, "a", "", 0), (1000, "a", "", 0)];
        check(vec![limit(1, 100), limit(2, 1000)], &calls, &[-1, 99, -1, 899, -1]);
    }
}
