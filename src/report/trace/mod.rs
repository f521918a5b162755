//! The timeline as a Chrome trace, which Perfetto opens: `run --trace`.
//!
//! A process for each connector with a thread for each of its operations, one for the locks with a thread for each key,
//! and one for what happens to the run itself. Executions, locks and waits are slices, what has no duration is an instant,
//! and a flow leads from a lock to each wait that it decided. Times are microseconds since the run's start.
//!
//! It is written as the run goes on. What is kept grows with the operations and the lock keys, not with the executions.
//!
//! | what | process | thread |
//! | --- | --- | --- |
//! | the run | 3 | 3 |
//! | the lock keys | 6 | 2, 5, 8, … |
//! | the connectors' operations | 9, 12, 15, … | 1, 4, 7, …: by [`Subject::line`] |
//!
//! Three classes of numbers, so that a thread never has another's number, nor a process's: Perfetto would mix them up.

mod arguments;
mod record;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::io::{self, BufWriter, Write};

use super::wall_clock::WallClock;
use super::{Style, shorten};
use crate::event::{Execution, Fact, LockExpired, LockFact, RunEvent, RunFinished, RunStarted, Subject};
use crate::model::{LockType, Millis, Outcome, Text, VirtualTime};
use arguments::Arguments;
use record::{Phase, Place, Record};

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
    any_written: bool,
    clock: WallClock,
    latest: VirtualTime,
    connectors: BTreeMap<Text, u64>,
    operations: Vec<Option<Track>>,
    keys: BTreeMap<(LockType, Text), Key>,
    kill_switch: bool,
    flows: u64,
}

/// The thread of an operation.
#[derive(Clone)]
struct Track {
    place: Place,
    /// What it waits for a lock for.
    wait: Option<Wait>,
}

/// An operation waits for a lock: polls of one wait are one slice.
#[derive(Clone)]
struct Wait {
    key: (LockType, Text),
    from: VirtualTime,
    polls: u64,
    /// It backed off itself.
    own: bool,
}

/// The thread of a lock key.
struct Key {
    place: Place,
    /// The lock that is active: how often set so far, and whom it has deferred.
    active: Option<Active>,
}

#[derive(Default)]
struct Active {
    times_set: u64,
    deferred_executions: u64,
    deferred: Millis,
}

impl<W: Write> Trace<W> {
    /// A trace that goes to `to`.
    pub fn new(to: W) -> Self {
        Self {
            to: BufWriter::with_capacity(1 << 16, to),
            failed: None,
            any_written: false,
            clock: WallClock::new(""),
            latest: VirtualTime::START,
            connectors: BTreeMap::new(),
            operations: Vec::new(),
            keys: BTreeMap::new(),
            kill_switch: false,
            flows: 0,
        }
    }

    /// Writes what one event adds to the trace. They have to come in the order of the log.
    pub fn observe(&mut self, event: &RunEvent<'_>) {
        if self.failed.is_some() {
            return;
        }
        let at = event.at;
        self.latest = self.latest.max(at);
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
                let place = self.place(&started.subject);
                let arguments = Arguments::started_by(&started.started_by).differs(started.differs);
                self.instant(place, at, "started", arguments);
            }
            Fact::Execution(execution) => self.execution(at, execution),
            Fact::LockSet(set) => self.lock_set(at, set),
            Fact::LockExtended(set) => self.lock_extended(at, set),
            Fact::LockExpired(expired) => self.lock_expired(at, expired),
            Fact::StopCalled(stop) => {
                let place = self.place(&stop.subject);
                self.instant(
                    place,
                    at,
                    "stop",
                    Arguments::default().reason(&stop.reason).differs(stop.differs),
                );
            }
            Fact::OperationEnded(ended) => {
                let place = self.place(&ended.subject);
                self.end_wait(ended.subject.line, at);
                let arguments = Arguments::default().reason(&ended.reason).differs(ended.differs);
                self.instant(place, at, &format!("ended: {}", ended.status), arguments);
            }
            Fact::Warning(warning) => {
                let arguments = Arguments::default().reason(&warning.message);
                self.instant(RUN, at, &format!("warning: {}", warning.code), arguments);
            }
            Fact::RunFinished(finished) => self.run_finished(at, finished),
        }
    }

    /// Writes out what is still in memory and closes the document, also that of a run without an end.
    ///
    /// # Errors
    /// The first thing that went wrong.
    pub fn finish(mut self) -> io::Result<()> {
        self.close_all(self.latest);
        if let Some(error) = self.failed.take() {
            return Err(error);
        }
        self.to.write_all(if self.any_written { b"\n]}\n" } else { b"{\"traceEvents\":[]}\n" })?;
        self.to.flush()
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
        let place = self.place(&execution.subject);
        let end = at + execution.took_ms;
        let lock = execution.waits_for.as_ref().map(|lock| (lock.lock_type, Text::from(&*lock.key)));
        if execution.result == Outcome::Deferred {
            self.deferred(line, at, execution, lock);
            return;
        }
        self.end_wait(line, at);
        let arguments = Arguments::of(execution, at, self.clock);
        let name = execution.result.word();
        if execution.took_ms == Millis::ZERO {
            self.instant(place, at, name, arguments);
        } else {
            let record = Record::new(Phase::Complete, place, at, name).lasting(execution.took_ms);
            self.write(&record.with(arguments));
        }
        if let (Some(key), Some(Some(track))) = (lock, self.operations.get_mut(line as usize)) {
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
        let Some(Some(track)) = self.operations.get_mut(line as usize) else { return };
        if let Some(wait) = track.wait.as_mut().filter(|wait| wait.key == key && !wait.own) {
            wait.polls += 1;
            return;
        }
        self.end_wait(line, at);
        if let Some(Some(track)) = self.operations.get_mut(line as usize) {
            track.wait = Some(Wait { key, from: at, polls: 1, own: false });
        }
    }

    /// The wait that an operation was in is over: it becomes a slice, with a flow from the lock where a deferral began it.
    fn end_wait(&mut self, line: u32, at: VirtualTime) {
        let Some(Some(track)) = self.operations.get_mut(line as usize) else { return };
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
        let Some(lock) = self.keys.get(&wait.key).map(|key| key.place).filter(|_| !wait.own) else { return };
        self.flows += 1;
        for (phase, place) in [(Phase::FlowStart, lock), (Phase::FlowEnd, place)] {
            self.write(&Record::new(phase, place, wait.from, "defers").flow(self.flows));
        }
    }

    fn lock_set(&mut self, at: VirtualTime, set: &LockFact<'_>) {
        self.place(&set.set_by);
        let place = self.key(set);
        self.end_lock(&(set.lock_type, (&*set.key).into()), at);
        let record = Record::new(Phase::Begin, place, at, "locked").named(short(&set.key));
        self.write(&record.with(Arguments::lock(set, at, self.clock)));
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
        self.instant(place, at, what, Arguments::lock(set, at, self.clock));
    }

    fn lock_expired(&mut self, at: VirtualTime, expired: &LockExpired<'_>) {
        self.end_lock(&(expired.lock_type, (&*expired.key).into()), at);
    }

    /// The active lock of a key, if there is one, is over.
    fn end_lock(&mut self, key: &(LockType, Text), at: VirtualTime) {
        let Some(Key { place, active }) = self.keys.get_mut(key) else { return };
        let (place, Some(active)) = (*place, active.take()) else { return };
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

    fn key(&mut self, set: &LockFact<'_>) -> Place {
        let key = (set.lock_type, Text::from(&*set.key));
        if let Some(known) = self.keys.get(&key) {
            return known.place;
        }
        let place = Place { pid: LOCKS_PID, tid: 3 * self.keys.len() as u64 + 2 };
        self.keys.insert(key, Key { place, active: None });
        let name = match set.lock_type {
            LockType::Global => "global".to_owned(),
            LockType::Scoped => format!("scoped: {}", short(&set.key)),
        };
        self.name_thread(place, &name);
        place
    }

    fn place(&mut self, subject: &Subject<'_>) -> Place {
        let line = subject.line as usize;
        if let Some(Some(track)) = self.operations.get(line) {
            return track.place;
        }
        let pid = self.connector(&subject.connector, None);
        let place = Place { pid, tid: 3 * u64::from(subject.line) + 1 };
        if line >= self.operations.len() {
            self.operations.resize(line + 1, None);
        }
        self.operations[line] = Some(Track { place, wait: None });
        let noun = subject.work_type.noun();
        let name = subject.channel.as_ref().map_or(noun.to_owned(), |channel| format!("{noun} {channel}"));
        self.name_thread(place, &name);
        place
    }

    fn connector(&mut self, id: &str, display_name: Option<&str>) -> u64 {
        if let Some(pid) = self.connectors.get(id) {
            return *pid;
        }
        let pid = 3 * self.connectors.len() as u64 + 9;
        self.connectors.insert(id.into(), pid);
        let name = display_name.map_or_else(|| id.to_owned(), |name| format!("{id} ({name})"));
        self.name_process(pid, &name);
        pid
    }

    fn name_process(&mut self, pid: u64, name: &str) {
        self.write(&Record::process_name(pid, short(name)));
        self.write(&Record::process_order(pid));
    }

    fn name_thread(&mut self, place: Place, name: &str) {
        self.write(&Record::thread_name(place, short(name)));
        self.write(&Record::thread_order(place));
    }

    fn instant(&mut self, place: Place, at: VirtualTime, name: &str, arguments: Arguments) {
        self.write(&Record::new(Phase::Instant, place, at, "").named(short(name)).with(arguments));
    }

    fn write(&mut self, record: &Record) {
        if self.failed.is_some() {
            return;
        }
        let before: &[u8] =
            if self.any_written { b",\n" } else { b"{\"displayTimeUnit\":\"ms\",\"traceEvents\":[\n" };
        self.any_written = true;
        let written = self
            .to
            .write_all(before)
            .and_then(|()| serde_json::to_writer(&mut self.to, record).map_err(io::Error::from));
        self.failed = written.err();
    }
}

/// Text from outside: no control characters, not too long.
fn short(text: &str) -> String {
    shorten(text, TEXT_COLUMNS, &Style::plain(TEXT_COLUMNS))
}
