//! One execution of an operation: SPEC section 4, steps 1 to 6.

use std::borrow::Cow;

use super::locks::KeyNo;
use super::world::{CallStart, InFlight, Line, LineNo};
use super::{Engine, NO_PROGRESS, Observer};
use crate::event::{Execution, Fact, LockFact, LockRef, OperationEnded, RunEvent, StopCalled};
use crate::model::{Call, Items, LockType, Millis, Outcome, ResultType, Status, Text, VirtualTime, WorkType};
use crate::operation::{self, Applied, Next, Pass, Situation, Terms};
use crate::rules::{Delay, Row, Rows};
use crate::source::{Answer, Content, Payload, Request, Submission};

/// A BackOff's lock once it is set.
struct SetLock {
    key: KeyNo,
    asked: VirtualTime,
    until: VirtualTime,
    before: Option<VirtualTime>,
}

impl<'c> Engine<'c> {
    /// An operation's execution falls due.
    pub(super) fn execute(&mut self, number: LineNo, observer: &mut dyn Observer) {
        let now = self.now;
        let terms = self.terms(self.world.line(number).work_type);
        let Line { connector, work_type, channel, scoped, operation, executions_at_instant, .. } =
            &mut self.world.lines[number.index()];
        let Some(operation) = operation else { return };
        *executions_at_instant = executions_at_instant.saturating_add(1);
        if *executions_at_instant >= NO_PROGRESS {
            self.stuck = Some(number);
        }

        let state = &mut self.world.connectors[*connector as usize];
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
        if let Some((key, until)) = self.process.locks.deciding(*scoped, now) {
            self.defer(number, key, until, observer);
            return;
        }

        let call = operation.state.call(*work_type, self.rules);
        let while_throttled = state.throttles(*channel, now);
        operation.state.called = true;
        let known = channel.map(|channel| (channel, &state.channels.get(channel).id));
        let answer = state.source.answer(&Request {
            at: now,
            call,
            work_type: *work_type,
            channel: known,
            cursor: &operation.state.cursor,
            context: &operation.context,
            start_date: state.start_date,
        });
        let start = CallStart { at: now, call, while_throttled };
        if answer.latency == Millis::ZERO {
            self.end_call(number, start, &answer, observer);
        } else {
            self.queue.push(now + answer.latency, number);
            operation.in_flight = Some(Box::new(InFlight { start, answer }));
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
    fn defer(&mut self, number: LineNo, key: KeyNo, until: VirtualTime, observer: &mut dyn Observer) {
        let key = self.process.locks.key(key);
        let (delay, differs) = operation::after_lock(until.since(self.now), self.rules, self.other_rules);
        let event = RunEvent {
            seq: self.journal.next_seq(),
            at: self.now,
            fact: Fact::Execution(Execution {
                next_at_ms: Some(self.now + delay.ms),
                delay: Some(delay),
                waits_for: Some(LockRef {
                    key: key.word().into(),
                    lock_type: key.lock_type(),
                    until_ms: until,
                }),
                differs,
                ..self.world.execution(number, Call::None, Outcome::Deferred)
            }),
        };
        self.journal.pass_on(observer, &event);
        drop(event);
        self.go_on(number, Some(delay), None, Rows::NONE, observer);
    }

    /// A call has ended: its answer takes effect.
    pub(super) fn end_call(
        &mut self,
        number: LineNo,
        start: CallStart,
        answer: &Answer,
        observer: &mut dyn Observer,
    ) {
        let CallStart { at: started, call, while_throttled } = start;
        let now = self.now;
        let terms = self.terms(self.world.line(number).work_type);
        let Line { connector, channel, operation, .. } = self.world.line_mut(number);
        let (connector, channel) = (*connector as usize, *channel);
        let Some(operation) = operation else { return };
        // Taken apart at once: parts on the stack are quicker at hand than a whole that has to be copied.
        let Applied { outcome, reason, cursor_in, next, lock, channel_leaves, mut differs } =
            operation::apply(&mut operation.state, answer, &terms, &mut operation.stream);
        let reason = reason.as_ref().unwrap_or(&answer.reason);
        if let (ResultType::BackOff, Some(window)) = (answer.result, answer.next_delay) {
            self.world.connectors[connector].throttle(answer.throttles, channel, now + window);
        }

        let lock = lock.map(|(lock_type, window)| self.set_lock(number, lock_type, window));
        let mut waits_for = None;
        let (delay, ended) = match next {
            Some(Next::After(delay)) => (Some(delay), None),
            Some(Next::Ends(status, reason)) => (None, Some((status, reason))),
            None => {
                let (deciding, delay, rows) = self.wait_after_back_off(number);
                waits_for = deciding;
                differs = differs.union(rows);
                (Some(delay), None)
            }
        };

        let productive = matches!(outcome, Outcome::Complete | Outcome::Incomplete);
        let discovery = terms.work_type == WorkType::ChannelDiscovery;
        let has_cursor = !discovery || terms.rules.discovery_incomplete;
        let cursor_out = match &self.world.line(number).operation {
            Some(operation) => &*operation.state.cursor,
            None => "",
        };
        let handed_in = cursor_in.as_deref().unwrap_or(cursor_out);
        let returned = Returned::by(answer, productive, discovery);
        let event = RunEvent {
            seq: self.journal.next_seq(),
            at: started,
            fact: Fact::Execution(Execution {
                subject: self.world.subject(number),
                call,
                result: outcome,
                reason: Cow::Borrowed(reason),
                took_ms: now.since(started),
                while_throttled,
                cursor_in: has_cursor.then_some(Cow::Borrowed(handed_in)),
                cursor_out: (has_cursor && productive).then_some(Cow::Borrowed(cursor_out)),
                channels: returned.channels,
                records: returned.content.map(|content| content.records.count),
                binaries: returned.content.map(|content| content.binaries),
                aggregations: returned.content.map(|content| content.aggregations.count),
                record_ids: returned.ids(|content| &content.records),
                aggregation_ids: returned.ids(|content| &content.aggregations),
                made_up_from: returned.made_up_from(),
                staleness: returned.content.and_then(|content| content.staleness),
                next_at_ms: delay.map(|delay| now + delay.ms),
                delay,
                waits_for: waits_for.map(|(key, until_ms)| {
                    let key = self.process.locks.key(key);
                    LockRef { key: key.word().into(), lock_type: key.lock_type(), until_ms }
                }),
                differs,
            }),
        };
        self.journal.pass_on(observer, &event);
        drop(event);
        if let (Some(channel), Some(content)) = (channel, returned.content) {
            let world = &mut self.world;
            let operation = world.lines[number.index()].operation.as_ref();
            let cursor_out = operation.map_or("", |operation| &*operation.state.cursor);
            let state = &mut world.connectors[connector];
            state.source.submitted(&Submission {
                at: started,
                work_type: terms.work_type,
                channel: (channel, &state.channels.get(channel).id),
                cursor_in: cursor_in.as_deref().unwrap_or(cursor_out),
                cursor_out,
                complete: outcome == Outcome::Complete,
                content,
                start_date: state.start_date,
            });
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
        self.go_on(number, delay, ended, Rows::NONE, observer);
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
    fn wait_after_back_off(&self, number: LineNo) -> (Option<(KeyNo, VirtualTime)>, Delay, Rows) {
        let deciding = self.process.locks.deciding(self.world.line(number).scoped, self.now);
        let until = deciding.map_or(self.now, |(_, until)| until);
        let (delay, differs) = operation::after_lock(until.since(self.now), self.rules, self.other_rules);
        (deciding, delay, differs)
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
    fn go_on(
        &mut self,
        number: LineNo,
        delay: Option<Delay>,
        ended: Option<(Status, Text)>,
        differs: Rows,
        observer: &mut dyn Observer,
    ) {
        let line = self.world.line_mut(number);
        if let Some(delay) = delay {
            if delay.ms > Millis::ZERO {
                line.executions_at_instant = 0;
            }
            self.queue.push(self.now + delay.ms, number);
        }
        let Some((status, reason)) = ended else { return };
        line.operation = None;
        if line.work_type == WorkType::ContentRegistration {
            self.registrations_running -= 1;
        }
        let connector = line.connector as usize;
        self.world.connectors[connector].settled = None;
        let subject = self.world.subject(number);
        let fact =
            Fact::OperationEnded(OperationEnded { subject, status, reason: Cow::Borrowed(&reason), differs });
        self.journal.emit(observer, self.now, fact);
    }

    fn terms(&self, work_type: WorkType) -> Terms<'c> {
        Terms {
            work_type,
            rules: self.rules,
            other_rules: self.other_rules,
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

/// What came back with a productive answer.
struct Returned<'a> {
    channels: Option<u64>,
    content: Option<&'a Content>,
}

impl<'a> Returned<'a> {
    fn by(answer: &'a Answer, productive: bool, discovery: bool) -> Self {
        const NOTHING: &Content = &Content {
            records: Items::counted(0),
            aggregations: Items::counted(0),
            binaries: 0,
            staleness: None,
        };
        let (channels, content) = match &answer.payload {
            Payload::Nothing => (0, NOTHING),
            Payload::Discovery(discovered) => (discovered.channels.len() as u64, NOTHING),
            Payload::Content(content) => (0, content),
        };
        Self {
            channels: (productive && discovery).then_some(channels),
            content: (productive && !discovery).then_some(content),
        }
    }

    fn ids(&self, of: impl Fn(&'a Content) -> &'a Items) -> Option<Cow<'a, [Text]>> {
        self.content.and_then(|content| of(content).ids.as_deref()).map(Cow::Borrowed)
    }

    fn made_up_from(&self) -> Option<u64> {
        let records = &self.content?.records;
        (records.ids.is_none() && records.count > 0).then_some(records.first)
    }
}
