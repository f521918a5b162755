//! One execution of an operation: SPEC section 4, steps 1 to 6.

use std::borrow::Cow;

use super::locks::KeyNo;
use super::world::{CallStart, InFlight, LineNo};
use super::{Engine, Kind, NO_PROGRESS, Observer};
use crate::event::{Execution, Fact, LockFact, OperationEnded, StopCalled};
use crate::model::{Call, Items, LockType, Millis, Outcome, ResultType, Status, Text, VirtualTime, WorkType};
use crate::operation::{self, Applied, Next, Pass, Situation};
use crate::rules::{Delay, Row, Rows};
use crate::source::{Answer, Content, Payload, Request, Submission};

/// A BackOff's lock once it is set.
struct SetLock {
    key: KeyNo,
    asked: VirtualTime,
    until: VirtualTime,
    before: Option<VirtualTime>,
}

/// How long an operation waits that has backed off, and for which lock.
struct Waits {
    deciding: Option<(KeyNo, VirtualTime)>,
    delay: Delay,
    differs: Rows,
}

impl Engine<'_> {
    /// An operation's execution falls due.
    pub(super) fn execute(&mut self, number: LineNo, observer: &mut dyn Observer) {
        let now = self.now;
        let (line, stream, connector) = self.world.parts(number);
        line.executions_at_instant = line.executions_at_instant.saturating_add(1);
        if line.executions_at_instant >= NO_PROGRESS {
            self.stuck = Some(number);
        }
        let (work_type, channel, scoped) = (line.work_type, line.channel(), line.scoped);
        let channel_cached = line.channel_cached();
        let Some(operation) = &mut line.operation else { return };

        let situation = Situation {
            present: connector.present,
            disabled_for: connector.disabled_for(now),
            channel_cached,
        };
        let terms = &self.kinds[work_type as usize].terms;
        if let Some(pass) = operation::without_call(&mut operation.state, situation, terms, stream) {
            self.finish_pass(number, &pass, observer);
            return;
        }
        if let Some((key, until)) = self.process.locks.deciding(scoped, now) {
            self.defer(number, key, until, observer);
            return;
        }

        let call = operation.state.call(work_type, self.rules);
        operation.state.called = true;
        let context = operation.aside.as_ref().and_then(|aside| aside.context.as_deref());
        let while_throttled = connector.throttles(channel, now);
        let mut answer = connector.source.answer(&Request {
            at: now,
            call,
            work_type,
            channel: channel.map(|channel| (channel, &connector.channels.get(channel).id)),
            cursor: &operation.state.cursor,
            context: context.unwrap_or(&self.no_context),
            start_date: connector.start_date,
        });
        let start = CallStart { at: now, call, while_throttled };
        if answer.latency == Millis::ZERO {
            self.end_call(number, start, &mut answer, observer);
        } else {
            self.queue.push(now + answer.latency, number);
            operation.aside.get_or_insert_default().in_flight = Some(InFlight { start, answer });
        }
    }

    /// An execution that did not get as far as the lock.
    fn finish_pass(&mut self, number: LineNo, pass: &Pass, observer: &mut dyn Observer) {
        let (delay, ended) = match &pass.next {
            Next::After(delay) => (Some(delay), None),
            Next::Ends(status, reason) => (None, Some((*status, reason))),
        };
        let reason = match (&pass.next, pass.outcome) {
            (Next::Ends(_, reason), _) => Cow::Borrowed(&**reason),
            (Next::After(_), Outcome::Disabled) => "connector disabled".into(),
            (Next::After(_), _) => "".into(),
        };
        // That a removed connector's operation ends as something else is said by its end.
        let (on_end, on_execution) = if pass.outcome == Outcome::Removed {
            (pass.differs, Rows::NONE)
        } else {
            (Rows::NONE, pass.differs)
        };
        let fact = Execution {
            reason,
            next_at_ms: delay.map(|delay| self.now + delay.ms),
            delay: delay.map(Cow::Borrowed),
            differs: on_execution,
            ..self.world.execution(number, Call::None, pass.outcome)
        };
        self.journal.execution(observer, self.now, &fact);
        if pass.stop {
            let fact = StopCalled {
                subject: self.world.subject(number),
                reason: "connector-disabled".into(),
                differs: Rows::when(true, Row::D11),
            };
            self.journal.emit(observer, self.now, Fact::StopCalled(fact));
        }
        self.go_on(number, delay.map(|delay| delay.ms), ended, on_end, observer);
    }

    /// A lock is in the way.
    fn defer(&mut self, number: LineNo, key: KeyNo, until: VirtualTime, observer: &mut dyn Observer) {
        let (delay, differs) = operation::after_lock(until.since(self.now), self.rules, self.other_rules);
        let mut execution = self.world.execution(number, Call::None, Outcome::Deferred);
        execution.next_at_ms = Some(self.now + delay.ms);
        execution.delay = Some(Cow::Borrowed(&delay));
        execution.waits_for = Some(self.process.locks.refer_to(key, until));
        execution.differs = differs;
        self.journal.execution(observer, self.now, &execution);
        self.go_on(number, Some(delay.ms), None, Rows::NONE, observer);
    }

    /// A call has ended: its answer takes effect.
    pub(super) fn end_call(
        &mut self,
        number: LineNo,
        start: CallStart,
        answer: &mut Answer,
        observer: &mut dyn Observer,
    ) {
        let CallStart { at: started, call, while_throttled } = start;
        let now = self.now;
        let (line, stream, state) = self.world.parts(number);
        let (work_type, connector, channel) = (line.work_type, line.connector as usize, line.channel());
        let Some(operation) = &mut line.operation else { return };
        let Kind { terms, decided } = &mut self.kinds[work_type as usize];
        let mut applied = Applied::nothing_yet();
        applied.apply(&mut operation.state, answer, terms, decided, stream);
        let Applied { outcome, lock, channel_leaves, .. } = applied;
        let reason = applied.reason(answer);
        if let (ResultType::BackOff, Some(window)) = (answer.result, answer.next_delay) {
            state.throttle(answer.throttles, channel, now + window);
        }

        let lock = lock.map(|(lock_type, window)| self.set_lock(number, lock_type, window));
        let waits = (outcome == Outcome::BackOff).then(|| self.wait_after_back_off(number));
        let delay = applied.delay(&self.kinds[work_type as usize].decided);
        let delay = delay.or(waits.as_ref().map(|waits| &waits.delay));
        let wait = delay.map(|delay| delay.ms);

        let productive = matches!(outcome, Outcome::Complete | Outcome::Incomplete);
        let cursor_out = self.world.cursor(number);
        let cursor_in = applied.cursor_in.as_deref().unwrap_or(cursor_out);
        let mut execution = self.world.execution(number, call, outcome);
        execution.reason = Cow::Borrowed(reason);
        execution.took_ms = now.since(started);
        execution.while_throttled = while_throttled;
        if work_type != WorkType::ChannelDiscovery || self.rules.discovery_incomplete {
            execution.cursor_in = Some(Cow::Borrowed(cursor_in));
            execution.cursor_out = productive.then_some(Cow::Borrowed(cursor_out));
        }
        if productive {
            tell_what_came_back(&mut execution, &answer.payload);
        }
        execution.next_at_ms = wait.map(|wait| now + wait);
        execution.delay = delay.map(Cow::Borrowed);
        execution.differs = applied.differs;
        if let Some(waits) = &waits {
            execution.differs = execution.differs.union(waits.differs);
            execution.waits_for = waits.deciding.map(|(key, until)| self.process.locks.refer_to(key, until));
        }
        self.journal.execution(observer, started, &execution);
        // It owns nothing: see there.
        std::mem::forget(execution);

        if let (Some(channel), true) = (channel, productive) {
            let state = &mut self.world.connectors[connector];
            if let Some(bookkeeper) = state.source.bookkeeper() {
                let operation = self.world.lines[number.index()].operation.as_ref();
                let cursor_out = operation.map_or("", |operation| &*operation.state.cursor);
                bookkeeper.submitted(&Submission {
                    at: started,
                    work_type,
                    channel: (channel, &state.channels.get(channel).id),
                    cursor_in: applied.cursor_in.as_deref().unwrap_or(cursor_out),
                    cursor_out,
                    complete: outcome == Outcome::Complete,
                    content: content(&answer.payload),
                    start_date: state.start_date,
                });
            }
        }

        if let Some(lock) = lock {
            self.log_lock(number, &lock, reason, observer);
        }
        if let (Some(channel), true) = (channel, channel_leaves) {
            self.uncache(connector, channel, "abandoned", observer);
        }
        if let (Payload::Discovery(discovered), true) = (&answer.payload, productive) {
            self.discovered(connector, discovered, observer);
        }
        self.go_on(number, wait, applied.ends(), Rows::NONE, observer);
    }

    /// Sets a BackOff's lock from now on.
    fn set_lock(&mut self, number: LineNo, lock_type: LockType, window: Millis) -> SetLock {
        let key = match lock_type {
            LockType::Global => KeyNo::GLOBAL,
            // A BackOff that asks for a Scoped lock without a scope key has been judged Failed before.
            LockType::Scoped => self.world.line(number).scoped,
        };
        let asked = self.now + window;
        let set = self.process.locks.set(key, self.now, asked, self.rules.newer_lock_replaces);
        SetLock { key, asked, until: set.until, before: set.before }
    }

    /// How long an operation waits that has just backed off: like all the others, its own lock included.
    fn wait_after_back_off(&self, number: LineNo) -> Waits {
        let deciding = self.process.locks.deciding(self.world.line(number).scoped, self.now);
        let until = deciding.map_or(self.now, |(_, until)| until);
        let (delay, differs) = operation::after_lock(until.since(self.now), self.rules, self.other_rules);
        Waits { deciding, delay, differs }
    }

    fn log_lock(&mut self, number: LineNo, lock: &SetLock, reason: &str, observer: &mut dyn Observer) {
        let key = self.process.locks.key(lock.key);
        let fact = LockFact {
            key: key.word().into(),
            lock_type: key.lock_type(),
            until_ms: lock.until,
            asked_until_ms: (lock.asked != lock.until).then_some(lock.asked),
            replaced_until_ms: lock.before,
            set_by: self.world.subject(number),
            reason: reason.into(),
            differs: Rows::when(lock.before.is_some_and(|before| lock.asked < before), Row::D9),
        };
        let fact = if lock.before.is_none() { Fact::LockSet(fact) } else { Fact::LockExtended(fact) };
        self.journal.emit(observer, self.now, fact);
    }

    /// Ends the operation, or schedules its next execution: the last thing that a result does.
    #[inline]
    fn go_on(
        &mut self,
        number: LineNo,
        wait: Option<Millis>,
        ended: Option<(Status, &Text)>,
        differs: Rows,
        observer: &mut dyn Observer,
    ) {
        if let Some(wait) = wait {
            if wait > Millis::ZERO {
                self.world.line_mut(number).executions_at_instant = 0;
            }
            self.queue.push(self.now + wait, number);
        }
        if let Some((status, reason)) = ended {
            self.end_operation(number, status, reason, differs, observer);
        }
    }

    fn end_operation(
        &mut self,
        number: LineNo,
        status: Status,
        reason: &Text,
        differs: Rows,
        observer: &mut dyn Observer,
    ) {
        let line = self.world.line_mut(number);
        line.operation = None;
        if line.work_type == WorkType::ContentRegistration {
            self.registrations_running -= 1;
        }
        let connector = line.connector as usize;
        self.world.connectors[connector].settled = None;
        let subject = self.world.subject(number);
        let fact =
            Fact::OperationEnded(OperationEnded { subject, status, reason: Cow::Borrowed(reason), differs });
        self.journal.emit(observer, self.now, fact);
    }
}

/// Puts into an execution's event what came back with a productive answer.
fn tell_what_came_back<'a>(execution: &mut Execution<'a>, payload: &'a Payload) {
    if execution.subject.work_type == WorkType::ChannelDiscovery {
        execution.channels = Some(match payload {
            Payload::Discovery(discovered) => discovered.channels.len() as u64,
            Payload::Nothing | Payload::Content(_) => 0,
        });
        return;
    }
    let Content { records, aggregations, binaries, staleness } = content(payload);
    execution.records = Some(records.count);
    execution.binaries = Some(*binaries);
    execution.aggregations = Some(aggregations.count);
    execution.record_ids = records.ids.as_deref().map(Cow::Borrowed);
    execution.aggregation_ids = aggregations.ids.as_deref().map(Cow::Borrowed);
    execution.made_up_from = (records.ids.is_none() && records.count > 0).then_some(records.first);
    execution.staleness = *staleness;
}

/// The content that came back; nothing where the payload is something else.
fn content(payload: &Payload) -> &Content {
    const NOTHING: &Content = &Content {
        records: Items::counted(0),
        aggregations: Items::counted(0),
        binaries: 0,
        staleness: None,
    };
    match payload {
        Payload::Content(content) => content,
        Payload::Nothing | Payload::Discovery(_) => NOTHING,
    }
}
