//! One row of the results: what became of one (connector, work type, channel).

use super::row::{Mark, Number, Row, Side};
use super::{Cause, Summary, Waits};
use crate::model::{LockType, Millis, Outcome, Status, Text, VirtualTime, WorkType};
use crate::source::Staleness;

/// What became of one (connector, work type, channel): all its operations, one after the other, together.
#[derive(Clone, Copy, Debug)]
pub struct Operation<'s> {
    summary: &'s Summary,
    line: u32,
    row: &'s Row,
    side: &'s Side,
}

/// How often and for how long locks held something: from a first deferral in a row until the next execution that is not
/// deferred, or the end of the run. Its own back-off is no part of this.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Held {
    /// How many times.
    pub times: u64,
    /// How long in all.
    pub total: Millis,
    /// The longest of them.
    pub longest: Millis,
}

impl Held {
    pub(super) fn add_all(&mut self, other: &Self) {
        self.times += other.times;
        self.total += other.total;
        self.longest = self.longest.max(other.longest);
    }
}

/// Where an operation stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum State<'a> {
    /// It is running, and due then. That can be after the end of the run, or before it: then a call was in flight, or the
    /// kill switch was on.
    Running {
        /// When its next execution was announced for.
        next_at: VirtualTime,
    },
    /// It has ended.
    Ended {
        /// When.
        at: VirtualTime,
        /// How.
        status: Status,
        /// Why; empty where nothing is to be said.
        reason: &'a str,
    },
}

impl<'s> Operation<'s> {
    /// The one with this line, if anything has happened to it.
    pub(super) fn of(summary: &'s Summary, line: u32) -> Option<Self> {
        summary.rows.get(line).map(|(row, side)| Self { summary, line, row, side })
    }

    /// Its [`Subject::line`](crate::event::Subject::line).
    pub const fn line(self) -> u32 {
        self.line
    }

    /// Its connector's place in the file.
    pub(super) fn connector_number(self) -> usize {
        self.summary.rows.connector(self.line)
    }

    /// The connector's id.
    pub fn connector(self) -> &'s str {
        self.summary.connectors.name(self.connector_number())
    }

    /// The kind of work.
    pub const fn work_type(self) -> WorkType {
        self.row.work_type
    }

    /// The channel's external id; none for discovery.
    pub fn channel(self) -> Option<&'s str> {
        self.side.channel.as_deref()
    }

    /// `sharepoint synchronisation hr`: how messages name it. The names are as the input has them.
    pub fn name(self) -> String {
        let (connector, noun) = (self.connector(), self.work_type().noun());
        match self.channel() {
            Some(channel) => format!("{connector} {noun} {channel}"),
            None => format!("{connector} {noun}"),
        }
    }

    /// How often one was started.
    pub fn started(self) -> u32 {
        u32::from(self.row.is(Mark::Started)) + self.row.rare().started_again
    }

    /// How many executions went so.
    pub fn result(self, outcome: Outcome) -> u64 {
        self.row.result(outcome)
    }

    /// All executions, also those without a call.
    pub fn executions(self) -> u64 {
        Outcome::ALL.iter().map(|outcome| self.result(*outcome)).sum()
    }

    /// Channels returned.
    pub fn channels(self) -> u64 {
        self.row.rare().channels
    }

    /// Records submitted.
    pub fn records(self) -> u64 {
        self.row.get(Number::Records)
    }

    /// Binaries submitted.
    pub fn binaries(self) -> u64 {
        self.row.get(Number::Binaries)
    }

    /// Aggregations submitted.
    pub fn aggregations(self) -> u64 {
        self.row.rare().aggregations
    }

    /// Calls of `stop`.
    pub fn stops(self) -> u64 {
        u64::from(self.row.is(Mark::Stopped)) + self.row.rare().stopped_again
    }

    /// Calls that started while the source throttled.
    pub fn calls_while_throttled(self) -> u64 {
        self.row.rare().calls_while_throttled
    }

    /// Locks that it set (extensions not counted).
    pub fn locks_set(self) -> u64 {
        self.row.rare().locks_set
    }

    /// How often and for how long a lock held it (SPEC section 6).
    pub fn held(self) -> Held {
        Held {
            times: self.row.get(Number::HeldTimes),
            total: Millis(self.row.get(Number::Held)),
            longest: self.row.longest(self.side),
        }
    }

    /// From each start to its end, together.
    pub fn running(self) -> Millis {
        self.row.rare().running + self.row.running_now()
    }

    /// What its running time was spent on.
    ///
    /// What it waited for locks is what they held it, less what the kill switch added, since a lock holds it from one
    /// deferral to the next execution; what nothing else explains was spent on the policy's delays.
    pub fn waits(self) -> Waits {
        let rare = self.row.rare();
        let mut waits = rare.waits;
        waits.add(Cause::Source, Millis(self.row.get(Number::InCalls)));
        waits.add(Cause::Lock, Millis(self.row.get(Number::Held).saturating_sub(rare.held_up.0)));
        let rest = self.running().0.saturating_sub(waits.total().0);
        waits.add(Cause::Policy, Millis(rest));
        waits
    }

    /// How old its changes were when they were submitted, where the source says so: all together, and the oldest.
    pub fn staleness(self) -> Staleness {
        self.row.rare().staleness
    }

    /// How many changes that were.
    pub fn changes(self) -> u64 {
        self.row.rare().changes
    }

    /// How stale its content was on average; none where the source does not say.
    pub fn mean_staleness(self) -> Option<Millis> {
        self.staleness().total.0.checked_div(self.changes()).map(Millis)
    }

    /// Whether it is running.
    pub const fn is_running(self) -> bool {
        self.row.is(Mark::Running)
    }

    /// Where it stands.
    pub fn state(self) -> State<'s> {
        match &self.row.rare().ended {
            Some((at, status, reason)) if !self.row.is(Mark::Running) => {
                State::Ended { at: *at, status: *status, reason }
            }
            _ => State::Running { next_at: self.row.at(Number::Due) },
        }
    }

    /// How its last execution went; none where it has not run yet.
    pub const fn last_result(self) -> Option<Outcome> {
        self.row.last_result
    }

    /// Why its last execution went so: empty where nothing was said, and cut where it is very long.
    pub fn last_reason(self) -> &'s str {
        if self.row.is(Mark::Reason) { &self.row.rare().last_reason } else { "" }
    }

    /// The scope key that it has been seen to use: when it set a Scoped lock, or was deferred by one.
    pub fn scope_key(self) -> Option<&'s Text> {
        let last_holder = || {
            let lock = self.summary.locks.all().get(self.row.last_holder()? as usize)?;
            (lock.lock_type == LockType::Scoped).then_some(&lock.key)
        };
        self.row.rare().scope_key.as_ref().or_else(last_holder)
    }
}
