//! One row of the results: what became of one (connector, work type, channel).

use super::kill_switch::KillSwitch;
use super::{Cause, Waits};
use crate::event::Execution;
use crate::model::{LockType, Millis, Outcome, Status, Text, VirtualTime, WorkType};
use crate::source::Staleness;

/// Reasons are kept up to this many bytes; a report shows less.
const REASON_BYTES: usize = 1000;

/// What became of one (connector, work type, channel): all its operations, one after the other, together.
#[derive(Clone, Debug)]
pub struct Operation {
    /// The connector's id.
    pub connector: Text,
    /// The kind of work.
    pub work_type: WorkType,
    /// The channel's external id; none for discovery.
    pub channel: Option<Text>,
    /// How often one was started.
    pub started: u32,
    results: [u32; Outcome::ALL.len()],
    /// Channels returned.
    pub channels: u64,
    /// Records submitted.
    pub records: u64,
    /// Binaries submitted.
    pub binaries: u64,
    /// Aggregations submitted.
    pub aggregations: u64,
    /// Calls of `stop`.
    pub stops: u64,
    /// Calls that started while the source throttled.
    pub calls_while_throttled: u64,
    /// Locks that it set (extensions not counted).
    pub locks_set: u64,
    /// How often and for how long a lock held it (SPEC section 6).
    pub held: Held,
    /// What its running time was spent on.
    pub waits: Waits,
    /// From each start to its end, together.
    pub running: Millis,
    /// How long ago its changes had taken place when they were submitted, where the source says so: all together, and the
    /// oldest.
    pub staleness: Staleness,
    /// How many changes that were.
    pub changes: u64,
    /// How its last execution went; none where it has not run yet.
    pub last_result: Option<Outcome>,
    /// Why: cut where it is very long.
    pub last_reason: String,
    /// When its last execution started.
    pub last_at: VirtualTime,
    /// Where it stands.
    pub state: State,
    /// The scope key that it has been seen to use.
    pub(super) scope_key: Option<Text>,
    /// The hold that it is in: the lock, and the place among that lock's holds.
    pub(super) holding: Option<(u32, Option<u32>)>,
    running_since: VirtualTime,
    waiting_since: VirtualTime,
    due: VirtualTime,
    waits_for: Cause,
    held_since: Option<VirtualTime>,
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
    fn add(&mut self, duration: Millis) {
        self.total += duration;
        self.longest = self.longest.max(duration);
    }

    pub(super) fn add_all(&mut self, other: &Self) {
        self.times += other.times;
        self.total += other.total;
        self.longest = self.longest.max(other.longest);
    }
}

/// Where an operation stands.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum State {
    /// It has not started.
    NotStarted,
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
        reason: Text,
    },
}

impl Default for Operation {
    fn default() -> Self {
        Self {
            connector: Text::default(),
            work_type: WorkType::ChannelDiscovery,
            channel: None,
            started: 0,
            results: [0; Outcome::ALL.len()],
            channels: 0,
            records: 0,
            binaries: 0,
            aggregations: 0,
            stops: 0,
            calls_while_throttled: 0,
            locks_set: 0,
            held: Held::default(),
            waits: Waits::default(),
            running: Millis::ZERO,
            staleness: Staleness::default(),
            changes: 0,
            last_result: None,
            last_reason: String::new(),
            last_at: VirtualTime::START,
            state: State::NotStarted,
            scope_key: None,
            holding: None,
            running_since: VirtualTime::START,
            waiting_since: VirtualTime::START,
            due: VirtualTime::START,
            waits_for: Cause::Policy,
            held_since: None,
        }
    }
}

impl Operation {
    /// How stale its content was on average; none where the source does not say.
    pub fn mean_staleness(&self) -> Option<Millis> {
        self.staleness.total.0.checked_div(self.changes).map(Millis)
    }

    /// How many executions went so.
    pub fn result(&self, outcome: Outcome) -> u64 {
        self.results[outcome as usize].into()
    }

    /// All executions, also those without a call.
    pub fn executions(&self) -> u64 {
        self.results.iter().map(|count| u64::from(*count)).sum()
    }

    /// Whether it was ever started or ran.
    pub const fn is_known(&self) -> bool {
        !matches!(self.state, State::NotStarted)
    }

    /// Whether it is running.
    pub const fn is_running(&self) -> bool {
        matches!(self.state, State::Running { .. })
    }

    /// `sharepoint synchronisation hr`: how messages name it. The names are as the input has them.
    pub fn name(&self) -> String {
        match &self.channel {
            Some(channel) => format!("{} {} {channel}", self.connector, self.work_type.noun()),
            None => format!("{} {}", self.connector, self.work_type.noun()),
        }
    }

    /// The scope key that it has been seen to use: when it set a Scoped lock, or was deferred by one.
    pub fn scope_key(&self) -> Option<&str> {
        self.scope_key.as_deref()
    }

    pub(super) fn introduce(&mut self, connector: Text, work_type: WorkType, channel: Option<&str>) {
        self.connector = connector;
        self.work_type = work_type;
        self.channel = channel.map(Text::from);
        self.state = State::Running { next_at: VirtualTime::START };
    }

    pub(super) fn start(&mut self, at: VirtualTime) {
        self.started = self.started.saturating_add(1);
        self.running_since = at;
        self.wait(at, at, Cause::Policy);
    }

    pub(super) fn execution(&mut self, at: VirtualTime, execution: &Execution<'_>) {
        let result = execution.result;
        let count = &mut self.results[result as usize];
        *count = count.saturating_add(1);
        self.channels = self.channels.saturating_add(execution.channels.unwrap_or(0));
        self.records = self.records.saturating_add(execution.records.unwrap_or(0));
        self.binaries = self.binaries.saturating_add(execution.binaries.unwrap_or(0));
        self.aggregations = self.aggregations.saturating_add(execution.aggregations.unwrap_or(0));
        self.calls_while_throttled += u64::from(execution.while_throttled);
        if let Some(staleness) = execution.staleness {
            self.staleness.total += staleness.total;
            self.staleness.worst = self.staleness.worst.max(staleness.worst);
            self.changes += execution.records.unwrap_or(0) + execution.aggregations.unwrap_or(0);
        }
        self.last_result = Some(result);
        self.last_at = at;
        keep(&mut self.last_reason, &execution.reason);

        if result != Outcome::Deferred {
            self.let_go(at);
        } else if self.held_since.is_none() {
            self.held_since = Some(at);
            self.held.times += 1;
        }

        self.waits.add(self.waits_for, at.min(self.due).since(self.waiting_since));
        self.waits.add(Cause::KillSwitch, at.since(self.due));
        self.waits.add(Cause::Source, execution.took_ms);
        let end = at + execution.took_ms;
        let cause = execution.delay.map_or(Cause::Policy, |delay| Cause::after(result, delay.rule));
        self.wait(end, execution.next_at_ms.unwrap_or(end), cause);
    }

    pub(super) fn sets_lock(&mut self, key: Text, lock_type: LockType, is_new: bool) {
        self.locks_set += u64::from(is_new);
        if lock_type == LockType::Scoped {
            self.uses_scope_key(key);
        }
    }

    pub(super) fn uses_scope_key(&mut self, key: Text) {
        self.scope_key.get_or_insert(key);
    }

    pub(super) fn end(&mut self, at: VirtualTime, status: Status, reason: &str, switch: &KillSwitch) {
        self.finish(at, switch);
        self.state = State::Ended { at, status, reason: reason.into() };
    }

    /// Settles the time up to `end` of an operation that is still running then.
    pub(super) fn finish(&mut self, end: VirtualTime, switch: &KillSwitch) {
        if !self.is_running() {
            return;
        }
        // A call that does not end before the run does leaves no line and no effect: it ends no hold either.
        let in_flight = if self.held_since.is_some() { Cause::Lock } else { Cause::Source };
        self.let_go(end);
        self.running += end.since(self.running_since);
        self.waits.add(self.waits_for, end.min(self.due).since(self.waiting_since));
        if end > self.due {
            let held_up = switch.holds_up(self.due, end);
            self.waits.add(Cause::KillSwitch, held_up);
            self.waits.add(in_flight, end.since(self.due + held_up));
        }
    }

    fn let_go(&mut self, at: VirtualTime) {
        if let Some(since) = self.held_since.take() {
            self.held.add(at.since(since));
        }
    }

    fn wait(&mut self, since: VirtualTime, due: VirtualTime, cause: Cause) {
        self.waiting_since = since;
        self.due = due;
        self.waits_for = cause;
        self.state = State::Running { next_at: due };
    }
}

/// Replaces what is in `kept`, without an allocation where there is room for it.
fn keep(kept: &mut String, text: &str) {
    kept.clear();
    let mut end = text.len().min(REASON_BYTES);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    kept.push_str(&text[..end]);
    if end < text.len() {
        kept.push('…');
    }
}
