//! One row of the results: what became of one (connector, work type, channel).

use std::ops::{Deref, DerefMut};

use super::kill_switch::KillSwitch;
use super::{Cause, Waits};
use crate::event::Execution;
use crate::model::{LockType, Millis, Outcome, Status, Text, VirtualTime, WorkType};
use crate::source::Staleness;

/// Reasons are kept up to this many bytes; a report shows less.
const REASON_BYTES: usize = 1000;

/// What became of one (connector, work type, channel): all its operations, one after the other, together.
///
/// Laid out for the processor's cache, since nearly all that observing an execution costs is waiting for memory: the usual
/// execution that returns nothing touches the first line of it, one that returns something or is held the other two, and
/// [`Particulars`] are for the rest.
#[derive(Clone, Debug)]
#[repr(C, align(64))]
pub struct Operation {
    /// Executions by outcome, as far as they are usual.
    usual: [u32; USUAL],
    /// The kind of work.
    pub work_type: WorkType,
    /// How its last execution went; none where it has not run yet.
    pub last_result: Option<Outcome>,
    standing: Standing,
    waits_for: Cause,
    /// Whether `held_since`, `holding` or `last_reason` say anything.
    lingers: bool,
    has_reason: bool,
    has_scope_key: bool,
    due: VirtualTime,
    waiting_since: VirtualTime,
    /// When its last execution started.
    pub last_at: VirtualTime,
    particulars: Box<Particulars>,

    /// What its running time was spent on, but for [`Cause::Policy`]: that is the rest of it.
    waits: Waits,
    /// Records submitted.
    pub records: u64,

    /// Binaries submitted.
    pub binaries: u64,
    /// How often and for how long a lock held it (SPEC section 6).
    pub held: Held,
    held_since: Option<VirtualTime>,
    /// The hold that it is in: the lock, and the place among that lock's holds.
    holding: Option<(u32, Option<u32>)>,
}

const _: () = assert!(size_of::<Operation>() == 192, "what executions touch has outgrown its cache lines");

/// The outcomes before [`Outcome::Disabled`]: the others come once an operation, or rarely.
const USUAL: usize = Outcome::Disabled as usize;

/// What an execution seldom changes of an [`Operation`].
#[derive(Clone, Default, Debug)]
pub struct Particulars {
    /// The connector's id.
    pub connector: Text,
    /// The channel's external id; none for discovery.
    pub channel: Option<Text>,
    /// How often one was started.
    pub started: u32,
    /// Executions by outcome, those that are not usual.
    unusual: [u32; Outcome::ALL.len() - USUAL],
    /// Channels returned.
    pub channels: u64,
    /// Aggregations submitted.
    pub aggregations: u64,
    /// Calls of `stop`.
    pub stops: u64,
    /// Calls that started while the source throttled.
    pub calls_while_throttled: u64,
    /// Locks that it set (extensions not counted).
    pub locks_set: u64,
    /// From each start to its end, together.
    pub running: Millis,
    running_since: VirtualTime,
    /// How long ago its changes had taken place when they were submitted, where the source says so: all together, and the
    /// oldest.
    pub staleness: Staleness,
    /// How many changes that were.
    pub changes: u64,
    /// The scope key that it has been seen to use.
    pub(super) scope_key: Option<Text>,
    /// The last reason that was given; `has_reason` says whether it is that of the last execution.
    last_reason: String,
    /// The last end: when, how, and why.
    ended: Option<(VirtualTime, Status, Text)>,
}

impl Deref for Operation {
    type Target = Particulars;

    fn deref(&self) -> &Particulars {
        &self.particulars
    }
}

impl DerefMut for Operation {
    fn deref_mut(&mut self) -> &mut Particulars {
        &mut self.particulars
    }
}

/// Whether it runs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Standing {
    NotStarted,
    Running,
    Ended,
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
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum State<'a> {
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
        reason: &'a str,
    },
}

impl Default for Operation {
    fn default() -> Self {
        Self {
            usual: [0; USUAL],
            work_type: WorkType::ChannelDiscovery,
            last_result: None,
            standing: Standing::NotStarted,
            waits_for: Cause::Policy,
            lingers: false,
            has_reason: false,
            has_scope_key: false,
            due: VirtualTime::START,
            waiting_since: VirtualTime::START,
            last_at: VirtualTime::START,
            particulars: Box::default(),
            waits: Waits::default(),
            records: 0,
            binaries: 0,
            held: Held::default(),
            held_since: None,
            holding: None,
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
        let place = outcome as usize;
        let count = if place < USUAL { self.usual[place] } else { self.unusual[place - USUAL] };
        count.into()
    }

    /// All executions, also those without a call.
    pub fn executions(&self) -> u64 {
        self.usual.iter().chain(&self.unusual).map(|count| u64::from(*count)).sum()
    }

    /// What its running time was spent on.
    pub fn waits(&self) -> Waits {
        let so_far = self.running + self.waiting_since.since(self.running_since);
        let rest = so_far.0.saturating_sub(self.waits.total().0);
        let mut waits = self.waits;
        waits.add(Cause::Policy, Millis(rest));
        waits
    }

    /// Whether it was ever started or ran.
    pub const fn is_known(&self) -> bool {
        !matches!(self.standing, Standing::NotStarted)
    }

    /// Whether it is running.
    pub const fn is_running(&self) -> bool {
        matches!(self.standing, Standing::Running)
    }

    /// Where it stands.
    pub fn state(&self) -> State<'_> {
        match (self.standing, &self.ended) {
            (Standing::NotStarted, _) => State::NotStarted,
            (Standing::Ended, Some((at, status, reason))) => {
                State::Ended { at: *at, status: *status, reason }
            }
            (Standing::Running | Standing::Ended, _) => State::Running { next_at: self.due },
        }
    }

    /// Why its last execution went so: empty where nothing was said, and cut where it is very long.
    pub fn last_reason(&self) -> &str {
        if self.has_reason { &self.last_reason } else { "" }
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

    pub(super) fn introduce(&mut self, connector: Text, work_type: WorkType, channel: Option<&Text>) {
        self.connector = connector;
        self.work_type = work_type;
        self.channel = channel.cloned();
        self.standing = Standing::Running;
    }

    pub(super) fn start(&mut self, at: VirtualTime) {
        self.started = self.started.saturating_add(1);
        self.running_since = at;
        self.wait(at, at, Cause::Policy);
    }

    pub(super) fn execution(&mut self, at: VirtualTime, execution: &Execution<'_>) {
        let result = execution.result;
        let place = result as usize;
        let count = if place < USUAL { &mut self.usual[place] } else { &mut self.unusual[place - USUAL] };
        *count = count.saturating_add(1);
        self.last_result = Some(result);
        self.last_at = at;
        if let Some(records) = execution.records.filter(|records| *records > 0) {
            self.records = self.records.saturating_add(records);
        }
        if result == Outcome::Deferred || self.lingers || !execution.reason.is_empty() {
            self.linger(at, execution);
        }
        self.count_the_rest(execution);

        let due = self.due;
        self.waited(at.min(due));
        if at > due {
            self.waits.add(Cause::KillSwitch, at.since(due));
        }
        if execution.took_ms > Millis::ZERO {
            self.waits.add(Cause::Source, execution.took_ms);
        }
        let end = at + execution.took_ms;
        let cause =
            execution.delay.as_deref().map_or(Cause::Policy, |delay| Cause::after(result, delay.rule));
        self.wait(end, execution.next_at_ms.unwrap_or(end), cause);
    }

    /// Counts what few executions have.
    fn count_the_rest(&mut self, execution: &Execution<'_>) {
        let add = |to: &mut u64, more: Option<u64>| {
            if let Some(more) = more.filter(|more| *more > 0) {
                *to = to.saturating_add(more);
            }
        };
        add(&mut self.binaries, execution.binaries);
        add(&mut self.aggregations, execution.aggregations);
        add(&mut self.channels, execution.channels);
        if execution.while_throttled {
            self.calls_while_throttled += 1;
        }
        if let Some(staleness) = execution.staleness {
            self.staleness.total += staleness.total;
            self.staleness.worst = self.staleness.worst.max(staleness.worst);
            self.changes += execution.records.unwrap_or(0) + execution.aggregations.unwrap_or(0);
        }
    }

    /// Keeps what is true until the next execution.
    fn linger(&mut self, at: VirtualTime, execution: &Execution<'_>) {
        self.keep_reason(&execution.reason);
        if execution.result != Outcome::Deferred {
            self.let_go(at);
        } else if self.held_since.is_none() {
            self.held_since = Some(at);
            self.held.times += 1;
        }
        self.lingers = self.has_reason || self.held_since.is_some() || self.holding.is_some();
    }

    /// The hold that it is in: the lock, and the place among that lock's holds.
    pub(super) fn holding(&self) -> Option<(u32, Option<u32>)> {
        if self.lingers { self.holding } else { None }
    }

    /// From now on it is in this hold.
    pub(super) fn hold(&mut self, holding: (u32, Option<u32>)) {
        self.holding = Some(holding);
        self.lingers = true;
    }

    /// It is in no hold any more; gives back the one that it was in.
    pub(super) fn release(&mut self) -> Option<(u32, Option<u32>)> {
        if self.lingers { self.holding.take() } else { None }
    }

    pub(super) fn sets_lock(&mut self, key: &Text, lock_type: LockType, is_new: bool) {
        self.locks_set += u64::from(is_new);
        if lock_type == LockType::Scoped {
            self.uses_scope_key(key);
        }
    }

    pub(super) fn uses_scope_key(&mut self, key: &Text) {
        if !self.has_scope_key {
            self.has_scope_key = true;
            self.scope_key = Some(Text::clone(key));
        }
    }

    pub(super) fn end(&mut self, at: VirtualTime, status: Status, reason: &str, switch: &KillSwitch) {
        self.finish(at, switch);
        self.standing = Standing::Ended;
        self.ended = Some((at, status, reason.into()));
    }

    /// Settles the time up to `end` of an operation that is still running then.
    pub(super) fn finish(&mut self, end: VirtualTime, switch: &KillSwitch) {
        if !self.is_running() {
            return;
        }
        // A call that does not end before the run does leaves no line and no effect: it ends no hold either.
        let in_flight = if self.held_since.is_some() { Cause::Lock } else { Cause::Source };
        self.let_go(end);
        let (due, running_since) = (self.due, self.running_since);
        self.running += end.since(running_since);
        self.running_since = end;
        self.waited(end.min(due));
        self.waiting_since = end;
        if end > due {
            let held_up = switch.holds_up(due, end);
            self.waits.add(Cause::KillSwitch, held_up);
            self.waits.add(in_flight, end.since(due + held_up));
        }
    }

    /// What it waited for went on until `until`.
    fn waited(&mut self, until: VirtualTime) {
        if self.waits_for != Cause::Policy {
            let (cause, since) = (self.waits_for, self.waiting_since);
            self.waits.add(cause, until.since(since));
        }
    }

    /// Keeps a reason, if there is one, without an allocation where it is the last one again or there is room for it.
    fn keep_reason(&mut self, reason: &str) {
        self.has_reason = !reason.is_empty();
        if !self.has_reason || self.last_reason == reason {
            return;
        }
        let mut end = reason.len().min(REASON_BYTES);
        while !reason.is_char_boundary(end) {
            end -= 1;
        }
        let kept = &mut self.last_reason;
        kept.clear();
        kept.push_str(&reason[..end]);
        if end < reason.len() {
            kept.push('…');
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
        self.standing = Standing::Running;
    }
}
