//! A run in numbers: what every table, timeline, JSON document and expectation is made from.
//!
//! [`Summary::observe`] takes the events one by one. What is kept grows with the operations, the locks and the holds, not
//! with the executions; counters are found by [`Subject::line`](crate::event::Subject::line).

mod differences;
mod kill_switch;
mod locks;
mod operation;
mod run;
mod sources;
mod throttled;
mod totals;
mod waits;
mod warnings;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use crate::event::{Execution, Fact, Observer, RunEvent, Subject};
use crate::model::{Text, VirtualTime};

pub use differences::Differences;
pub use locks::{Hold, Lock, Locks, Setting};
pub use operation::{Held, Operation, Particulars, State};
pub use run::{Finished, Run};
pub use sources::{Peak, SourceUse};
pub use throttled::{Explainer, Throttled, Unstopped};
pub use totals::Totals;
pub use waits::{Cause, Waits};
pub use warnings::{WarningGroup, Warnings};

use kill_switch::KillSwitch;
use throttled::ThrottledCalls;

/// What happened in a run, counted.
#[derive(Clone, Debug, Default)]
pub struct Summary {
    run: Option<Run>,
    finished: Option<Finished>,
    connectors: BTreeMap<Text, usize>,
    operations: Vec<Operation>,
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
        self.read_ahead(lines);
    }
}

impl Summary {
    /// Nothing has happened yet.
    pub fn new() -> Self {
        Self::default()
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
                    self.connector(&connector.id);
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
                self.operation(&started.subject).start(at);
            }
            Fact::LockSet(set) => {
                self.operation(&set.set_by);
                self.totals.locks += 1;
                let key = self.locks.set(at, set);
                self.operation(&set.set_by).sets_lock(&key, set.lock_type, true);
            }
            Fact::LockExtended(set) => {
                self.operation(&set.set_by);
                let key = self.locks.extend(at, set);
                self.operation(&set.set_by).sets_lock(&key, set.lock_type, false);
            }
            Fact::LockExpired(expired) => self.locks.expire(&expired.key, expired.lock_type),
            Fact::StopCalled(stop) => {
                self.operation(&stop.subject).stops += 1;
                self.totals.stops += 1;
            }
            Fact::OperationEnded(ended) => {
                let line = self.operation_at(&ended.subject);
                let operation = &mut self.operations[line];
                self.locks.release(operation, at);
                operation.end(at, ended.status, &ended.reason, &self.kill_switch);
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

    /// Reads ahead what will be counted soon: see [`Observer::soon`].
    fn read_ahead(&self, lines: &[u32]) {
        let known = lines.iter().filter_map(|line| self.operations.get(*line as usize));
        std::hint::black_box(known.fold(false, |read, operation| read ^ operation.is_known()));
    }

    fn execution(&mut self, at: VirtualTime, execution: &Execution<'_>) {
        let line = self.operation_at(&execution.subject);
        let operation = &mut self.operations[line];
        self.locks.execution(operation, execution.subject.line, at, execution);
        operation.execution(at, execution);
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
        for operation in &mut self.operations {
            self.locks.release(operation, end);
            operation.finish(end, &self.kill_switch);
        }
        self.latest = end;
        self.finished = Some(finished);
    }

    fn operation(&mut self, subject: &Subject<'_>) -> &mut Operation {
        let line = self.operation_at(subject);
        &mut self.operations[line]
    }

    #[inline]
    fn operation_at(&mut self, subject: &Subject<'_>) -> usize {
        let line = subject.line as usize;
        if !self.operations.get(line).is_some_and(Operation::is_known) {
            self.introduce(subject);
        }
        line
    }

    /// An operation turns up for the first time.
    fn introduce(&mut self, subject: &Subject<'_>) {
        let line = subject.line as usize;
        if line >= self.operations.len() {
            self.operations.resize_with(line + 1, Operation::default);
        }
        let connector = self.connector(&subject.connector);
        self.operations[line].introduce(connector, subject.work_type, subject.channel.as_deref());
    }

    /// A connector's id, shared by all its operations.
    fn connector(&mut self, id: &str) -> Text {
        if let Some((known, _)) = self.connectors.get_key_value(id) {
            return Text::clone(known);
        }
        let new = Text::from(id);
        self.connectors.insert(Text::clone(&new), self.connectors.len());
        new
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
    pub fn line(&self, line: u32) -> Option<&Operation> {
        self.operations.get(line as usize).filter(|operation| operation.is_known())
    }

    /// Every operation with its line, in the order of the connectors in the file, then by work type, then as they came up.
    pub fn operations(&self) -> Vec<(u32, &Operation)> {
        let mut rows: Vec<_> = (0u32..).zip(&self.operations).filter(|(_, each)| each.is_known()).collect();
        rows.sort_by_cached_key(|(line, each)| {
            (self.connectors.get(&*each.connector).copied(), each.work_type, *line)
        });
        rows
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
        for operation in self.operations.iter().filter(|each| each.is_known()) {
            totals.add(operation);
        }
        totals.warnings = self.warnings.total();
        totals
    }
}
