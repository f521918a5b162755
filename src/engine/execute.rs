//! One execution of an operation: SPEC section 4, steps 1 to 6.

use std::borrow::Cow;

use super::world::{InFlight, Line, LineNo};
use super::{Due, Engine, NO_PROGRESS, Observer};
use crate::event::{Execution, Fact, LockFact, LockRef, OperationEnded, StopCalled};
use crate::lock::{LockKey, deciding};
use crate::model::{Call, LockType, Millis, Outcome, ResultType, Status, Text, VirtualTime, WorkType};
use crate::operation::{self, Next, Pass, Situation, Terms};
use crate::rules::{Delay, Row, Rows};
use crate::source::{Answer, Content, Payload, Request};

/// A BackOff's lock once it is set.
struct SetLock {
    key: LockKey,
    asked: VirtualTime,
    until: VirtualTime,
    before: Option<VirtualTime>,
}

impl<'c> Engine<'c> {
    /// An operation's execution falls due.
    pub(super) fn execute(&mut self, number: LineNo, observer: &mut dyn Observer) {
        let now = self.now;
        let terms = self.terms(self.world.line(number).work_type);
        let Line { connector, work_type, channel, scoped, operation, .. } =
            &mut self.world.lines[number.0 as usize];
        let Some(operation) = operation else { return };
        if operation.instant == now {
            operation.executions_at_instant += 1;
            if operation.executions_at_instant >= NO_PROGRESS {
                self.stuck = Some(number);
            }
        } else {
            operation.instant = now;
            operation.executions_at_instant = 1;
        }

        let state = &mut self.world.connectors[*connector];
        let situation = Situation {
            present: state.present,
            disabled_for: state.disabled_for(now),
            channel_cached: channel.is_none_or(|channel| state.channels.is_cached(channel)),
        };
        if let Some(pass) =
            operation::without_call(&mut operation.state, situation, &terms, &mut operation.stream)
        {
            self.finish_pass(number, &pass, observer);
            return;
        }
        if let Some((key, until)) = deciding(&*self.process.locks, scoped.as_ref(), now) {
            let key = key.clone();
            self.defer(number, &key, until, observer);
            return;
        }

        let call = operation.state.call(*work_type, self.rules);
        let while_throttled = state.throttles(*channel, now);
        operation.state.called = true;
        let known = channel.map(|channel| (channel, &state.channels.known[channel.0 as usize].id));
        let answer = state.source.answer(&Request {
            at: now,
            call,
            work_type: *work_type,
            channel: known,
            cursor: &operation.state.cursor,
            context: &operation.context,
        });
        let flight = InFlight { started: now, call, while_throttled, answer };
        if flight.answer.latency == Millis::ZERO {
            self.apply(number, flight, observer);
        } else {
            self.queue.push(now + flight.answer.latency, Due::CallEnd(number));
            operation.in_flight = Some(Box::new(flight));
        }
    }

    /// A call in flight ends.
    pub(super) fn end_call(&mut self, number: LineNo, observer: &mut dyn Observer) {
        let operation = self.world.line_mut(number).operation.as_mut();
        if let Some(flight) = operation.and_then(|operation| operation.in_flight.take()) {
            self.apply(number, *flight, observer);
        }
    }

    /// An execution that did not get as far as the lock.
    fn finish_pass(&mut self, number: LineNo, pass: &Pass, observer: &mut dyn Observer) {
        let (delay, ended) = parts(&pass.next);
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
            delay,
            differs: on_execution,
            ..self.world.execution(number, Call::None, pass.outcome)
        };
        self.journal.emit(observer, self.now, Fact::Execution(fact));
        if pass.stop {
            let fact = StopCalled {
                subject: self.world.subject(number),
                reason: "connector-disabled".into(),
                differs: Rows::when(true, Row::D11),
            };
            self.journal.emit(observer, self.now, Fact::StopCalled(fact));
        }
        self.go_on(number, delay, ended, on_end, observer);
    }

    /// A lock is in the way.
    fn defer(&mut self, number: LineNo, key: &LockKey, until: VirtualTime, observer: &mut dyn Observer) {
        let (delay, differs) = operation::after_lock(until.since(self.now), self.rules);
        let fact = Execution {
            next_at_ms: Some(self.now + delay.ms),
            delay: Some(delay),
            waits_for: Some(LockRef { key: key.word().into(), lock_type: key.lock_type(), until_ms: until }),
            differs,
            ..self.world.execution(number, Call::None, Outcome::Deferred)
        };
        self.journal.emit(observer, self.now, Fact::Execution(fact));
        self.go_on(number, Some(delay), None, Rows::NONE, observer);
    }

    /// A call has ended: its answer takes effect.
    fn apply(&mut self, number: LineNo, flight: InFlight, observer: &mut dyn Observer) {
        let InFlight { started, call, while_throttled, answer } = flight;
        let now = self.now;
        let terms = self.terms(self.world.line(number).work_type);
        let Line { connector, channel, operation, .. } = self.world.line_mut(number);
        let (connector, channel) = (*connector, *channel);
        let Some(operation) = operation else { return };
        let cursor_in = operation.state.cursor.clone();
        let applied = operation::apply(&mut operation.state, &answer, &terms, &mut operation.stream);
        let cursor_out = operation.state.cursor.clone();
        if let (ResultType::BackOff, Some(window)) = (answer.result, answer.next_delay) {
            self.world.connectors[connector].throttle(answer.throttles, channel, now + window);
        }

        let lock = applied.lock.map(|(lock_type, window)| self.set_lock(number, lock_type, window));
        let mut differs = applied.differs;
        let mut waits_for = None;
        let next = applied.next.unwrap_or_else(|| {
            let (deciding, delay, rows) = self.wait_after_back_off(number);
            waits_for = deciding;
            differs = differs.union(rows);
            Next::After(delay)
        });
        let (delay, ended) = parts(&next);

        let productive = matches!(applied.outcome, Outcome::Complete | Outcome::Incomplete);
        let discovery = terms.work_type == WorkType::ChannelDiscovery;
        let has_cursor = !discovery || terms.rules.discovery_incomplete;
        let mut fact = Execution {
            reason: Cow::Borrowed(&applied.reason),
            took_ms: now.since(started),
            while_throttled,
            cursor_in: has_cursor.then_some(Cow::Borrowed(&*cursor_in)),
            cursor_out: (has_cursor && productive).then_some(Cow::Borrowed(&*cursor_out)),
            next_at_ms: delay.map(|delay| now + delay.ms),
            delay,
            waits_for: waits_for.as_ref().map(|(key, until)| LockRef {
                key: key.word().into(),
                lock_type: key.lock_type(),
                until_ms: *until,
            }),
            differs,
            ..self.world.execution(number, call, applied.outcome)
        };
        if productive {
            count_payload(&mut fact, &answer, discovery);
        }
        self.journal.emit(observer, started, Fact::Execution(fact));

        if let Some(lock) = lock {
            self.log_lock(number, &lock, &applied.reason, observer);
        }
        if let (Some(channel), true) = (channel, applied.channel_leaves) {
            self.uncache(connector, channel, "abandoned", observer);
        }
        if let (Payload::Discovery(discovered), true) = (&answer.payload, productive) {
            self.discovered(connector, discovered, observer);
        }
        self.go_on(number, delay, ended, Rows::NONE, observer);
    }

    /// Sets a BackOff's lock from now on.
    fn set_lock(&mut self, number: LineNo, lock_type: LockType, window: Millis) -> SetLock {
        let scoped = self.world.line(number).scoped.clone();
        let key = match lock_type {
            LockType::Global => LockKey::Global,
            // A BackOff that asks for a Scoped lock without a scope key has been judged Failed before.
            LockType::Scoped => scoped.unwrap_or(LockKey::Global),
        };
        let asked = self.now + window;
        let set = self.process.locks.set(&key, self.now, asked, self.rules.newer_lock_replaces);
        SetLock { key, asked, until: set.until, before: set.before }
    }

    /// How long an operation waits that has just backed off: like all the others, its own lock included.
    fn wait_after_back_off(&self, number: LineNo) -> (Option<(LockKey, VirtualTime)>, Delay, Rows) {
        let scoped = self.world.line(number).scoped.as_ref();
        let deciding =
            deciding(&*self.process.locks, scoped, self.now).map(|(key, until)| (key.clone(), until));
        let until = deciding.as_ref().map_or(self.now, |(_, until)| *until);
        let (delay, differs) = operation::after_lock(until.since(self.now), self.rules);
        (deciding, delay, differs)
    }

    fn log_lock(&mut self, number: LineNo, lock: &SetLock, reason: &str, observer: &mut dyn Observer) {
        let fact = LockFact {
            key: lock.key.word().into(),
            lock_type: lock.key.lock_type(),
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
    fn go_on(
        &mut self,
        number: LineNo,
        delay: Option<Delay>,
        ended: Option<(Status, Text)>,
        differs: Rows,
        observer: &mut dyn Observer,
    ) {
        if let Some(delay) = delay {
            self.queue.push(self.now + delay.ms, Due::Execution(number));
        }
        let Some((status, reason)) = ended else { return };
        let line = self.world.line_mut(number);
        line.operation = None;
        if line.work_type == WorkType::ContentRegistration {
            self.registrations_running -= 1;
        }
        let subject = self.world.subject(number);
        let fact =
            Fact::OperationEnded(OperationEnded { subject, status, reason: Cow::Borrowed(&reason), differs });
        self.journal.emit(observer, self.now, fact);
    }

    fn terms(&self, work_type: WorkType) -> Terms<'c> {
        Terms {
            work_type,
            rules: self.rules,
            settings: &self.config.content_manager,
            retry: &self.config.retry,
            has_scope_key: self.config.scope_key.is_some(),
        }
    }
}

/// The delay, or the end.
fn parts(next: &Next) -> (Option<Delay>, Option<(Status, Text)>) {
    match next {
        Next::After(delay) => (Some(*delay), None),
        Next::Ends(status, reason) => (None, Some((*status, reason.clone()))),
    }
}

/// The counts of what came back.
fn count_payload<'a>(fact: &mut Execution<'a>, answer: &'a Answer, discovery: bool) {
    if discovery {
        let channels =
            if let Payload::Discovery(discovered) = &answer.payload { discovered.channels.len() } else { 0 };
        fact.channels = Some(channels as u64);
        return;
    }
    let nothing = Content::default();
    let content = if let Payload::Content(content) = &answer.payload { content } else { &nothing };
    fact.records = Some(content.records.count);
    fact.binaries = Some(content.binaries);
    fact.aggregations = Some(content.aggregations.count);
    if let Payload::Content(content) = &answer.payload {
        let named = content.records.ids.as_deref();
        fact.record_ids = named.map(Cow::Borrowed);
        fact.made_up_from = (named.is_none() && content.records.count > 0).then_some(content.records.first);
        fact.aggregation_ids = content.aggregations.ids.as_deref().map(Cow::Borrowed);
    }
}
