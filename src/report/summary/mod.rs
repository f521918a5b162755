//! A run in numbers: what every table, timeline, JSON document and expectation is made from.
//!
//! [`Summary::observe`] takes the events one by one. What is kept grows with the operations, the locks and the holds, not
//! with the executions; counters are found by [`Subject::line`](crate::event::Subject::line).

mod connectors;
mod counting;
mod differences;
mod holds;
mod kill_switch;
mod locks;
mod operation;
mod row;
mod rows;
mod run;
mod sources;
mod throttled;
mod totals;
mod waits;
mod warnings;

#[cfg(test)]
mod tests;

use crate::event::{Execution, Fact, Observer, RunEvent, Subject};
use crate::model::VirtualTime;

pub use differences::Differences;
pub use holds::Holds;
pub use locks::{Hold, Lock, Locks, Setting};
pub use operation::{Held, Operation, State};
pub use run::{Finished, Run};
pub use sources::{Peak, SourceUse};
pub use throttled::{Explainer, Throttled, Unstopped};
pub use totals::Totals;
pub use waits::{Cause, Waits};
pub use warnings::{WarningGroup, Warnings};

use connectors::Connectors;
use counting::Entry;
use kill_switch::KillSwitch;
use rows::Rows;
use throttled::ThrottledCalls;

/// What happened in a run, counted.
#[derive(Clone, Debug, Default)]
pub struct Summary {
    run: Option<Run>,
    finished: Option<Finished>,
    connectors: Connectors,
    rows: Rows,
    locks: Locks,
    warnings: Warnings,
    differences: Differences,
    throttled: ThrottledCalls,
    kill_switch: KillSwitch,
    totals: Totals,
    sources: Vec<SourceUse>,
    /// The source that was counted last.
    source_used: usize,
    latest: VirtualTime,
}

impl Observer for Summary {
    fn event(&mut self, event: &RunEvent<'_>) {
        self.observe(event);
    }

    fn soon(&mut self, lines: &[u32]) {
        self.rows.read_ahead(lines);
    }
}

impl Summary {
    /// Nothing has happened yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Nothing has happened yet; these holds will be kept one by one.
    pub fn keeping(holds: Holds) -> Self {
        Self { locks: Locks::keeping(holds), ..Self::default() }
    }

    /// As [`Self::keeping`], of at most so many holds: those of the worst keys, or the first ones.
    #[cfg(test)]
    pub(super) fn keeping_most(holds: usize, of_worst_keys: bool) -> Self {
        let keys = holds::Keys::keeping_most(holds, of_worst_keys);
        Self { locks: Locks::with(keys), ..Self::default() }
    }

    /// Counts one event. They have to come in the order of the log.
    pub fn observe(&mut self, event: &RunEvent<'_>) {
        let at = event.at;
        self.differences.count(at, event.fact.differs());
        match &event.fact {
            Fact::Execution(execution) => self.execution(at, execution),
            fact => self.happening(at, fact),
        }
    }

    /// Counts what is no execution.
    fn happening(&mut self, at: VirtualTime, fact: &Fact<'_>) {
        self.latest = self.latest.max(at);
        match fact {
            Fact::RunStarted(started) => {
                for connector in &started.connectors {
                    self.connectors.number(&connector.id);
                }
                self.sources = started.connectors.iter().filter_map(SourceUse::of).collect();
                self.run = Some(Run::from(&**started));
            }
            Fact::ConnectorChanged(changed) => self.kill_switch.observe(at, &changed.change),
            Fact::ChannelAdded(_)
            | Fact::ChannelUpdated(_)
            | Fact::ChannelRemoved(_)
            | Fact::Execution(_) => {}
            Fact::OperationStarted(started) => {
                self.entry(&started.subject).start(at);
            }
            Fact::LockSet(set) => {
                self.totals.locks += 1;
                let key = self.locks.set(at, set);
                self.entry(&set.set_by).sets_lock(&key, set.lock_type, true);
            }
            Fact::LockExtended(set) => {
                let key = self.locks.extend(at, set);
                self.entry(&set.set_by).sets_lock(&key, set.lock_type, false);
            }
            Fact::LockExpired(expired) => self.locks.expire(&expired.key, expired.lock_type),
            Fact::StopCalled(stop) => {
                self.entry(&stop.subject).stop();
                self.totals.stops += 1;
            }
            Fact::OperationEnded(ended) => {
                self.know(&ended.subject);
                let mut entry = self.rows.entry(ended.subject.line);
                self.locks.release(&mut entry, at);
                entry.end(at, ended.status, &ended.reason, &self.kill_switch);
            }
            Fact::Warning(warning) => self.warnings.count(at, warning),
            Fact::RunFinished(finished) => {
                self.differences.add_unseen(&finished.differences);
                self.warnings.count_copies(&finished.unused_in_copies);
                self.sources.iter_mut().for_each(|source| source.finish(&finished.audits));
                self.finish(at, Finished { at, ending: finished.ending, reason: (&*finished.reason).into() });
            }
        }
    }

    fn execution(&mut self, at: VirtualTime, execution: &Execution<'_>) {
        let line = execution.subject.line;
        self.know(&execution.subject);
        let mut entry = self.rows.entry(line);
        self.locks.execution(&mut entry, line, at, execution);
        entry.execution(at, execution);
        if !self.sources.is_empty() {
            self.count_use(at, execution);
        }
        if execution.while_throttled {
            self.throttled.count(at, execution.subject.line);
        }
        self.latest = self.latest.max(at + execution.took_ms);
    }

    /// Counts an execution for its connector's source, if that says what its quota is.
    fn count_use(&mut self, at: VirtualTime, execution: &Execution<'_>) {
        let connector = &*execution.subject.connector;
        let is_same = |source: &SourceUse| *source.connector == *connector;
        // Executions of a connector mostly follow one another.
        if !self.sources.get(self.source_used).is_some_and(is_same) {
            let Some(found) = self.sources.iter().position(is_same) else { return };
            self.source_used = found;
        }
        self.sources[self.source_used].execution(at, execution);
    }

    fn finish(&mut self, end: VirtualTime, finished: Finished) {
        for mut entry in self.rows.entries() {
            self.locks.release(&mut entry, end);
            entry.finish(end, &self.kill_switch);
        }
        self.latest = end;
        self.finished = Some(finished);
    }

    fn entry(&mut self, subject: &Subject<'_>) -> Entry<'_> {
        self.know(subject);
        self.rows.entry(subject.line)
    }

    /// Makes counters for an operation that turns up for the first time.
    #[inline]
    fn know(&mut self, subject: &Subject<'_>) {
        if !self.rows.is_known(subject.line) {
            self.introduce(subject);
        }
    }

    #[cold]
    fn introduce(&mut self, subject: &Subject<'_>) {
        let connector = self.connectors.number(&subject.connector);
        self.rows.introduce(subject, connector);
        self.locks.there_are_operations(self.rows.len());
    }

    /// What was run; none before the first event.
    pub const fn run(&self) -> Option<&Run> {
        self.run.as_ref()
    }

    /// How the run ended; none while it runs.
    pub const fn finished(&self) -> Option<&Finished> {
        self.finished.as_ref()
    }

    /// The latest moment that is known to have been reached: the run's end, once it has ended.
    pub const fn end(&self) -> VirtualTime {
        self.latest
    }

    /// Whether the kill switch is on at the end.
    pub const fn kill_switch_is_on(&self) -> bool {
        self.kill_switch.is_on()
    }

    /// The operation with this [`line`](crate::event::Subject::line).
    pub fn line(&self, line: u32) -> Option<Operation<'_>> {
        Operation::of(self, line)
    }

    /// Every operation, in the order of the connectors in the file, then by work type, then as they came up.
    pub fn operations(&self) -> Vec<Operation<'_>> {
        let mut operations: Vec<_> = self.rows.lines().filter_map(|line| self.line(line)).collect();
        operations.sort_by_cached_key(|each| (each.connector_number(), each.work_type(), each.line()));
        operations
    }

    /// Every lock, in the order in which they were set.
    pub const fn locks(&self) -> &Locks {
        &self.locks
    }

    /// How the sources were used that say what their quota is, in file order.
    pub fn sources(&self) -> &[SourceUse] {
        &self.sources
    }

    /// The warnings, folded.
    pub const fn warnings(&self) -> &Warnings {
        &self.warnings
    }

    /// Where the other rule set would have decided otherwise.
    pub const fn differences(&self) -> &Differences {
        &self.differences
    }

    /// The calls that reached the source while it throttled.
    pub fn throttled(&self) -> &[Throttled] {
        self.throttled.kept()
    }

    /// For finding out why no lock stopped a call that reached the source while it throttled.
    pub fn explainer(&self) -> Explainer<'_> {
        Explainer::of(self)
    }

    /// The totals of all operations.
    pub fn totals(&self) -> Totals {
        let mut totals = self.totals.clone();
        for operation in self.rows.lines().filter_map(|line| self.line(line)) {
            totals.add(operation);
        }
        totals.warnings = self.warnings.total();
        totals
    }
}
