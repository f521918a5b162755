//! The timeline as a Chrome trace, which Perfetto opens: `run --trace`.
//!
//! A process for each connector with a thread for each of its operations, one for the locks with a thread for each key,
//! and one for what happens to the run itself. Executions, locks and waits are slices, what has no duration is an instant,
//! and a flow leads from a lock to each wait that it decided. Times are microseconds since the run's start.
//!
//! It is written as the run goes on. What is kept grows with the operations and the lock keys, not with the executions; what
//! is written has a bound, and what is left out is said ([`LeftOut`]).
//!
//! | what | process | thread |
//! | --- | --- | --- |
//! | the run | 3 | 3 |
//! | the lock keys | 6 | 2, 5, 8, … |
//! | the connectors' operations | 9, 12, 15, … | 1, 4, 7, …: by [`Subject::line`] |
//!
//! Three classes of numbers, so that a thread never has another's number, nor a process's: Perfetto would mix them up.

mod arguments;
mod limits;
mod record;
#[cfg(test)]
mod tests;
mod tracks;

use std::collections::BTreeMap;
use std::io::{self, BufWriter, Write};

use super::wall_clock::WallClock;
use super::{Style, shorten};
use crate::event::{Execution, Fact, LockExpired, LockFact, RunEvent, RunFinished, RunStarted};
use crate::model::{LockType, Millis, Outcome, Status, Text, VirtualTime};
use arguments::Arguments;
pub use limits::LeftOut;
use limits::Limits;
use record::{Phase, Place, Record};
use tracks::{Active, Key, Seen, Wait};

/// What happens to the run itself.
const RUN: Place = Place { pid: 3, tid: 3 };
/// The process of the lock keys.
const LOCKS_PID: u64 = 6;
/// Names, reasons and cursors are cut to this many columns.
const TEXT_COLUMNS: usize = 200;

/// Writes a trace as the run goes on. What goes wrong is kept until [`Trace::finish`]; after it nothing more is written.
pub struct Trace<W: Write> {
    to: BufWriter<W>,
    failed: Option<io::Error>,
    limits: Limits,
    left_out: LeftOut,
    /// The record that is being written.
    record: Vec<u8>,
    written: u64,
    clock: WallClock,
    latest: VirtualTime,
    connectors: BTreeMap<Text, u64>,
    operations: Vec<Seen>,
    /// How many operations have tracks, and how many keys.
    tracks: (usize, usize),
    keys: BTreeMap<(LockType, Text), Key>,
    kill_switch: bool,
    flows: u64,
    channel_changes: u64,
    warnings: u64,
}

impl<W: Write> Trace<W> {
    /// A trace that goes to `to`.
    pub fn new(to: W) -> Self {
        Self::limited(to, Limits::DEFAULT)
    }

    fn limited(to: W, limits: Limits) -> Self {
        Self {
            to: BufWriter::with_capacity(1 << 16, to),
            failed: None,
            limits,
            left_out: LeftOut::default(),
            record: Vec::new(),
            written: 0,
            clock: WallClock::new(""),
            latest: VirtualTime::START,
            connectors: BTreeMap::new(),
            operations: Vec::new(),
            tracks: (0, 0),
            keys: BTreeMap::new(),
            kill_switch: false,
            flows: 0,
            channel_changes: 0,
            warnings: 0,
        }
    }

    /// Writes what one event adds to the trace. They have to come in the order of the log.
    pub fn observe(&mut self, event: &RunEvent<'_>) {
        if self.failed.is_some() {
            return;
        }
        let at = event.at;
        self.latest = self.latest.max(at);
        if self.is_full(event) {
            return;
        }
        match &event.fact {
            Fact::RunStarted(started) => self.run_started(started),
            Fact::ConnectorChanged(changed) => {
                let who = [changed.connector.as_deref(), changed.channel.as_deref()];
                let words: Vec<&str> =
                    [&*changed.change].into_iter().chain(who.into_iter().flatten()).collect();
                self.instant(RUN, at, &words.join(" "), Arguments::default().effect(!changed.no_effect));
                self.kill_switch(at, &changed.change);
            }
            Fact::ChannelAdded(channel) => self.channel(at, "channel added", channel),
            Fact::ChannelUpdated(channel) => self.channel(at, "channel updated", channel),
            Fact::ChannelRemoved(channel) => self.channel(at, "channel removed", channel),
            Fact::OperationStarted(started) => {
                if let Some(place) = self.place(&started.subject, false) {
                    let arguments = Arguments::started_by(&started.started_by).differs(started.differs);
                    self.instant(place, at, "started", arguments);
                }
            }
            Fact::Execution(execution) => self.execution(at, execution),
            Fact::LockSet(set) => self.lock_set(at, set),
            Fact::LockExtended(set) => self.lock_extended(at, set),
            Fact::LockExpired(expired) => self.lock_expired(at, expired),
            Fact::StopCalled(stop) => {
                if let Some(place) = self.place(&stop.subject, false) {
                    let arguments = Arguments::default().reason(&stop.reason).differs(stop.differs);
                    self.instant(place, at, "stop", arguments);
                }
            }
            Fact::OperationEnded(ended) => {
                self.end_wait(ended.subject.line, at);
                if let Some(place) = self.place(&ended.subject, ended.status != Status::Complete) {
                    let arguments = Arguments::default().reason(&ended.reason).differs(ended.differs);
                    self.instant(place, at, &format!("ended: {}", ended.status), arguments);
                }
            }
            Fact::Warning(warning) => {
                self.warnings += 1;
                if self.warnings > self.limits.notes {
                    self.left_out.notes += 1;
                    return;
                }
                let arguments = Arguments::default().reason(&warning.message);
                self.instant(RUN, at, &format!("warning: {}", warning.code), arguments);
            }
            Fact::RunFinished(finished) => self.run_finished(at, finished),
        }
    }

    /// Nothing more is shown once the trace is large enough: what is left out is counted.
    fn is_full(&mut self, event: &RunEvent<'_>) -> bool {
        if self.written < self.limits.bytes || matches!(event.fact, Fact::RunFinished(_)) {
            return false;
        }
        if self.left_out.from.is_none() {
            self.close_all(event.at);
            self.left_out.from = Some(event.at);
        }
        match &event.fact {
            Fact::Execution(_) => self.left_out.executions += 1,
            Fact::LockSet(_) => self.left_out.locks += 1,
            _ => {}
        }
        true
    }

    /// Writes out what is still in memory and closes the document, also that of a run without an end. What the trace does
    /// not show.
    ///
    /// # Errors
    /// The first thing that went wrong.
    pub fn finish(mut self) -> io::Result<LeftOut> {
        self.close_all(self.latest);
        self.left_out.operations =
            self.operations.iter().filter(|seen| matches!(seen, Seen::LeftOut)).count() as u64;
        self.left_out.keys = self.keys.values().filter(|key| key.place.is_none()).count() as u64;
        if let Some(words) = self.left_out.words() {
            let arguments = Arguments::default().reason(&words);
            self.instant(RUN, self.latest, "left out of this trace", arguments);
        }
        if let Some(error) = self.failed.take() {
            return Err(error);
        }
        self.to.write_all(if self.written > 0 { b"\n]}\n" } else { b"{\"traceEvents\":[]}\n" })?;
        self.to.flush()?;
        Ok(self.left_out)
    }

    fn run_started(&mut self, started: &RunStarted<'_>) {
        self.clock = WallClock::new(&started.start);
        let name = format!("run: {} rules, seed {}, from {}", started.rules, started.seed, started.start);
        self.name_process(RUN.pid, &name);
        self.name_thread(RUN, "changes and warnings");
        self.name_process(LOCKS_PID, "locks");
        for connector in &started.connectors {
            self.connector(&connector.id, connector.display_name.as_deref());
        }
    }

    fn run_finished(&mut self, at: VirtualTime, finished: &RunFinished<'_>) {
        self.close_all(at);
        self.instant(RUN, at, "run finished", Arguments::default().reason(&finished.reason));
    }

    fn channel(&mut self, at: VirtualTime, what: &str, channel: &crate::event::ChannelFact<'_>) {
        self.channel_changes += 1;
        if self.channel_changes > self.limits.notes {
            self.left_out.notes += 1;
            return;
        }
        let arguments = Arguments::default().reason(&channel.reason).differs(channel.differs);
        self.instant(RUN, at, &format!("{what}: {} {}", channel.connector, channel.channel), arguments);
    }

    fn kill_switch(&mut self, at: VirtualTime, change: &str) {
        let on = match change {
            "kill-switch-on" => true,
            "kill-switch-off" => false,
            _ => return,
        };
        if on != self.kill_switch {
            self.kill_switch = on;
            let phase = if on { Phase::Begin } else { Phase::End };
            self.write(&Record::new(phase, RUN, at, "kill switch on"));
        }
    }

    fn execution(&mut self, at: VirtualTime, execution: &Execution<'_>) {
        let line = execution.subject.line;
        let notable = execution.while_throttled
            || matches!(execution.result, Outcome::Failed | Outcome::Abandoned | Outcome::BackOff);
        let place = self.place(&execution.subject, notable);
        let end = at + execution.took_ms;
        let lock = execution.waits_for.as_ref().map(|lock| (lock.lock_type, Text::from(&*lock.key)));
        if execution.result == Outcome::Deferred {
            self.left_out.executions += u64::from(place.is_none());
            self.deferred(line, at, execution, lock);
            return;
        }
        let Some(place) = place else {
            self.left_out.executions += 1;
            return;
        };
        self.end_wait(line, at);
        let arguments = Arguments::of(execution, at, self.clock);
        let name = execution.result.word();
        if execution.took_ms == Millis::ZERO {
            self.instant(place, at, name, arguments);
        } else {
            let record = Record::new(Phase::Complete, place, at, name).lasting(execution.took_ms);
            self.write(&record.with(arguments));
        }
        if let (Some(key), Some(Seen::Track(track))) = (lock, self.operations.get_mut(line as usize)) {
            track.wait = Some(Wait { key, from: end, polls: 0, own: true });
        }
        self.latest = self.latest.max(end);
    }

    /// A deferral begins a wait, or goes on with it.
    fn deferred(
        &mut self,
        line: u32,
        at: VirtualTime,
        execution: &Execution<'_>,
        lock: Option<(LockType, Text)>,
    ) {
        let Some(key) = lock else { return };
        if let Some(active) = self.keys.get_mut(&key).and_then(|key| key.active.as_mut()) {
            active.deferred_executions += 1;
            active.deferred += execution.next_at_ms.unwrap_or(at).since(at);
        }
        let Some(Seen::Track(track)) = self.operations.get_mut(line as usize) else { return };
        if let Some(wait) = track.wait.as_mut().filter(|wait| wait.key == key && !wait.own) {
            wait.polls += 1;
            return;
        }
        self.end_wait(line, at);
        if let Some(Seen::Track(track)) = self.operations.get_mut(line as usize) {
            track.wait = Some(Wait { key, from: at, polls: 1, own: false });
        }
    }

    /// The wait that an operation was in is over: it becomes a slice, with a flow from the lock where a deferral began it.
    fn end_wait(&mut self, line: u32, at: VirtualTime) {
        let Some(Seen::Track(track)) = self.operations.get_mut(line as usize) else { return };
        let place = track.place;
        let Some(wait) = track.wait.take() else { return };
        let duration = at.since(wait.from);
        if wait.own && duration == Millis::ZERO {
            return;
        }
        let key = short(&wait.key.1);
        let name = if wait.own { format!("own back-off: {key}") } else { format!("held: {key}") };
        let arguments = Arguments::wait(wait.key.0, &key, wait.polls, wait.from, self.clock);
        self.write(&Record::new(Phase::Complete, place, wait.from, &name).lasting(duration).with(arguments));
        let Some(lock) = self.keys.get(&wait.key).and_then(|key| key.place).filter(|_| !wait.own) else {
            return;
        };
        self.flows += 1;
        for (phase, place) in [(Phase::FlowStart, lock), (Phase::FlowEnd, place)] {
            self.write(&Record::new(phase, place, wait.from, "defers").flow(self.flows));
        }
    }

    fn lock_set(&mut self, at: VirtualTime, set: &LockFact<'_>) {
        self.place(&set.set_by, true);
        let place = self.key(set);
        self.end_lock(&(set.lock_type, (&*set.key).into()), at);
        if let Some(place) = place {
            let record = Record::new(Phase::Begin, place, at, "locked").named(short(&set.key));
            self.write(&record.with(Arguments::lock(set, at, self.clock)));
        } else {
            self.left_out.locks += 1;
        }
        if let Some(key) = self.keys.get_mut(&(set.lock_type, (&*set.key).into())) {
            key.active = Some(Active { times_set: 1, ..Active::default() });
        }
    }

    fn lock_extended(&mut self, at: VirtualTime, set: &LockFact<'_>) {
        let place = self.key(set);
        let Some(active) =
            self.keys.get_mut(&(set.lock_type, (&*set.key).into())).and_then(|key| key.active.as_mut())
        else {
            self.lock_set(at, set);
            return;
        };
        active.times_set += 1;
        let what = match set.replaced_until_ms {
            Some(before) if set.until_ms < before => "replaced by a shorter one (D9)",
            Some(before) if set.until_ms == before => "set again, expiry unchanged",
            _ => "extended",
        };
        if let Some(place) = place {
            self.instant(place, at, what, Arguments::lock(set, at, self.clock));
        }
    }

    fn lock_expired(&mut self, at: VirtualTime, expired: &LockExpired<'_>) {
        self.end_lock(&(expired.lock_type, (&*expired.key).into()), at);
    }

    /// The active lock of a key, if there is one, is over.
    fn end_lock(&mut self, key: &(LockType, Text), at: VirtualTime) {
        let Some(Key { place, active }) = self.keys.get_mut(key) else { return };
        let (Some(active), Some(place)) = (active.take(), *place) else { return };
        let arguments = Arguments::lock_end(active.times_set, active.deferred_executions, active.deferred);
        self.write(&Record::new(Phase::End, place, at, "locked").named(short(&key.1)).with(arguments));
    }

    /// Ends what is still open at the end of the run.
    fn close_all(&mut self, at: VirtualTime) {
        for line in 0..self.operations.len() {
            self.end_wait(u32::try_from(line).unwrap_or(u32::MAX), at);
        }
        let open: Vec<_> =
            self.keys.iter().filter(|(_, key)| key.active.is_some()).map(|(key, _)| key.clone()).collect();
        for key in open {
            self.end_lock(&key, at);
        }
        self.kill_switch(at, "kill-switch-off");
    }

    fn instant(&mut self, place: Place, at: VirtualTime, name: &str, arguments: Arguments) {
        self.write(&Record::new(Phase::Instant, place, at, "").named(short(name)).with(arguments));
    }

    fn write(&mut self, record: &Record) {
        if self.failed.is_some() {
            return;
        }
        let before: &[u8] =
            if self.written > 0 { b",\n" } else { b"{\"displayTimeUnit\":\"ms\",\"traceEvents\":[\n" };
        self.record.clear();
        self.record.extend_from_slice(before);
        let written = serde_json::to_writer(&mut self.record, record).map_err(io::Error::from);
        self.written += self.record.len() as u64;
        self.failed = written.and_then(|()| self.to.write_all(&self.record)).err();
    }
}

/// Text from outside: no control characters, not too long.
fn short(text: &str) -> String {
    shorten(text, TEXT_COLUMNS, &Style::plain(TEXT_COLUMNS))
}
