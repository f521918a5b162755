//! What events change of an operation's counters.

use super::Cause;
use super::kill_switch::KillSwitch;
use super::row::{Mark, Number, Rare, Row, Side};
use crate::event::Execution;
use crate::model::{LockType, Millis, Status, Text, VirtualTime, WorkType};

/// Reasons are kept up to this many bytes; a report shows less.
const REASON_BYTES: usize = 1000;

/// The counters of one operation, to be changed.
pub(super) struct Entry<'r> {
    pub(super) row: &'r mut Row,
    pub(super) side: &'r mut Side,
}

impl Entry<'_> {
    /// What it is called; it counts as running.
    pub(super) fn introduce(&mut self, work_type: WorkType, channel: Option<&Text>) {
        self.row.work_type = work_type;
        self.row.mark(Mark::Known, true);
        self.row.mark(Mark::Running, true);
        self.side.channel = channel.cloned();
    }

    pub(super) fn start(&mut self, at: VirtualTime) {
        let row = &mut *self.row;
        if row.is(Mark::Started) {
            row.rare_mut().started_again += 1;
        }
        row.mark(Mark::Started, true);
        row.set(Number::RunningSince, at.0);
        self.wait(at, at, Cause::Policy);
    }

    pub(super) fn execution(&mut self, at: VirtualTime, execution: &Execution<'_>) {
        let row = &mut *self.row;
        let result = execution.result;
        row.count(result);
        row.last_result = Some(result);
        if row.is(Mark::Reason) || !execution.reason.is_empty() {
            keep_reason(row, &execution.reason);
        }
        let add = |row: &mut Row, number, more: Option<u64>| {
            if let Some(more) = more.filter(|more| *more > 0) {
                row.add(number, more);
            }
        };
        add(row, Number::Records, execution.records);
        add(row, Number::Binaries, execution.binaries);
        count_the_rest(row, execution);

        let (due, waits_for) = (row.at(Number::Due), row.waits_for);
        self.waited(at.min(due));
        if at > due {
            self.kept_waiting_by_switch(at.since(due), waits_for);
        }
        if execution.took_ms > Millis::ZERO {
            self.row.add(Number::InCalls, execution.took_ms.0);
        }
        let end = at + execution.took_ms;
        let cause = Cause::after(result, execution.delay.as_deref().map(|delay| delay.rule));
        self.wait(end, execution.next_at_ms.unwrap_or(end), cause);
    }

    /// What it waited for went on until `until`. That is not counted for a lock, for which it is the time that it held it,
    /// nor for the policy, for which it is what the others leave.
    #[inline]
    fn waited(&mut self, until: VirtualTime) {
        let row = &mut *self.row;
        let (cause, since) = (row.waits_for, row.at(Number::WaitingSince));
        if !matches!(cause, Cause::Policy | Cause::Lock) {
            row.rare_mut().waits.add(cause, until.since(since));
        }
    }

    #[inline]
    fn wait(&mut self, since: VirtualTime, due: VirtualTime, cause: Cause) {
        let row = &mut *self.row;
        row.set(Number::WaitingSince, since.0);
        row.set(Number::Due, due.0);
        row.waits_for = cause;
        row.mark(Mark::Running, true);
    }

    /// The kill switch kept it from running when it was due.
    #[cold]
    fn kept_waiting_by_switch(&mut self, late: Millis, waited_for: Cause) {
        let rare = self.row.rare_mut();
        rare.waits.add(Cause::KillSwitch, late);
        if waited_for == Cause::Lock {
            rare.held_up += late;
        }
    }

    /// An execution was deferred, the first one or the first by this lock, if it is known: it holds it from now on.
    pub(super) fn hold(&mut self, at: VirtualTime, by: Option<u32>) {
        let row = &mut *self.row;
        if row.is(Mark::Held) {
            let before = at.since(row.at(Number::HeldSince));
            row.rare_mut().held_before += before;
        } else {
            row.add(Number::HeldTimes, 1);
        }
        row.mark(Mark::Held, true);
        row.set(Number::HeldSince, at.0);
        row.set_holder(by);
    }

    /// No lock holds it any more.
    pub(super) fn let_go(&mut self, at: VirtualTime) {
        let Self { row, side } = self;
        if !row.is(Mark::Held) {
            return;
        }
        let mut held = at.since(row.at(Number::HeldSince));
        if let Some(rare) = row.rare_if_any() {
            held += std::mem::take(&mut rare.held_before);
        }
        row.add(Number::Held, held.0);
        if held > row.longest(side) {
            row.set_longest(side, held);
        }
        row.mark(Mark::Held, false);
        row.set_holder(None);
    }

    pub(super) fn sets_lock(&mut self, key: &Text, lock_type: LockType, is_new: bool) {
        self.row.rare_mut().locks_set += u64::from(is_new);
        if lock_type == LockType::Scoped {
            self.uses_scope_key(key);
        }
    }

    /// It has been seen to use this scope key.
    pub(super) fn uses_scope_key(&mut self, key: &Text) {
        let kept = &mut self.row.rare_mut().scope_key;
        if kept.is_none() {
            *kept = Some(Text::clone(key));
        }
    }

    pub(super) fn stop(&mut self) {
        if self.row.is(Mark::Stopped) {
            self.row.rare_mut().stopped_again += 1;
        }
        self.row.mark(Mark::Stopped, true);
    }

    /// It ends; before it, its hold has.
    pub(super) fn end(&mut self, at: VirtualTime, status: Status, reason: &str, switch: &KillSwitch) {
        self.finish(at, switch);
        let row = &mut *self.row;
        let running = row.running_now();
        let rare = row.rare_mut();
        rare.running += running;
        rare.ended = Some((at, status, reason.into()));
        row.set(Number::RunningSince, at.0);
        row.mark(Mark::Running, false);
    }

    /// Settles the time up to `end` of an operation that is still running then; before it, its hold has ended.
    pub(super) fn finish(&mut self, end: VirtualTime, switch: &KillSwitch) {
        if !self.row.is(Mark::Running) {
            return;
        }
        let (due, waits_for) = (self.row.at(Number::Due), self.row.waits_for);
        self.waited(end.min(due));
        if end > due {
            let held_up = switch.holds_up(due, end);
            if held_up > Millis::ZERO {
                self.kept_waiting_by_switch(held_up, waits_for);
            }
            // A call that does not end before the run does leaves no line and no effect: it ends no hold either.
            if waits_for != Cause::Lock {
                self.row.add(Number::InCalls, end.since(due + held_up).0);
            }
        }
        let row = &mut *self.row;
        row.set(Number::WaitingSince, end.0);
        row.waits_for = Cause::Policy;
    }
}

/// Counts what few executions have.
fn count_the_rest(row: &mut Row, execution: &Execution<'_>) {
    let add = |row: &mut Row, of: fn(&mut Rare) -> &mut u64, more: Option<u64>| {
        if let Some(more) = more.filter(|more| *more > 0) {
            let count = of(row.rare_mut());
            *count = count.saturating_add(more);
        }
    };
    add(row, |rare| &mut rare.aggregations, execution.aggregations);
    add(row, |rare| &mut rare.channels, execution.channels);
    if execution.while_throttled {
        row.rare_mut().calls_while_throttled += 1;
    }
    if let Some(staleness) = execution.staleness {
        let rare = row.rare_mut();
        rare.staleness.total += staleness.total;
        rare.staleness.worst = rare.staleness.worst.max(staleness.worst);
        for more in [execution.records, execution.aggregations].into_iter().flatten() {
            rare.changes = rare.changes.saturating_add(more);
        }
    }
}

/// Keeps a reason, if there is one, without an allocation where it is the last one again or there is room for it.
fn keep_reason(row: &mut Row, reason: &str) {
    row.mark(Mark::Reason, !reason.is_empty());
    if reason.is_empty() || row.rare().last_reason == reason {
        return;
    }
    let mut end = reason.len().min(REASON_BYTES);
    while !reason.is_char_boundary(end) {
        end -= 1;
    }
    let kept = &mut row.rare_mut().last_reason;
    kept.clear();
    kept.push_str(&reason[..end]);
    if end < reason.len() {
        kept.push('…');
    }
}
