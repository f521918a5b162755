//! Numbers the events, hands them on, and counts the totals of `run-finished` from them.

use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::event::{Differs, Ending, Execution, Fact, Observer, RunEvent, RunFinished};
use crate::model::{Outcome, VirtualTime};
use crate::rules::{Decisions, Rows};

/// The events so far, as numbers.
#[derive(Debug, Default)]
pub(super) struct Journal {
    seq: u64,
    results: [u64; Outcome::ALL.len()],
    records: u64,
    binaries: u64,
    aggregations: u64,
    locks: u64,
    calls_while_throttled: u64,
    stops: u64,
    warnings: u64,
    differences: Decisions,
}

impl Journal {
    /// Something happened at `at`.
    pub(super) fn emit(&mut self, observer: &mut dyn Observer, at: VirtualTime, fact: Fact<'_>) {
        let event = RunEvent { seq: self.seq, at, fact };
        self.count(at, &event.fact);
        self.seq += 1;
        observer.event(&event);
    }

    /// An execution happened: what [`Self::emit`] does, without a copy of it.
    pub(super) fn execution(
        &mut self,
        observer: &mut dyn Observer,
        at: VirtualTime,
        execution: &Execution<'_>,
    ) {
        let event = RunEvent { seq: self.seq, at, fact: Fact::Execution(Cow::Borrowed(execution)) };
        self.count_execution(at, execution);
        self.seq += 1;
        observer.event(&event);
        // It owns nothing, and finding that out costs as much as half of the above.
        std::mem::forget(event);
    }

    /// The other rule set would have decided otherwise where nothing happened that an event could say.
    pub(super) fn differs_silently(&mut self, at: VirtualTime, rows: Rows) {
        self.differences.count(at, rows);
    }

    fn count_execution(&mut self, at: VirtualTime, execution: &Execution<'_>) {
        self.results[execution.result as usize] += 1;
        let add = |to: &mut u64, more: Option<u64>| {
            if let Some(more) = more.filter(|more| *more > 0) {
                *to += more;
            }
        };
        add(&mut self.records, execution.records);
        add(&mut self.binaries, execution.binaries);
        add(&mut self.aggregations, execution.aggregations);
        self.calls_while_throttled += u64::from(execution.while_throttled);
        self.differs_silently(at, execution.differs);
    }

    fn count(&mut self, at: VirtualTime, fact: &Fact<'_>) {
        match fact {
            Fact::Execution(execution) => self.count_execution(at, execution),
            Fact::LockSet(lock) => {
                self.locks += 1;
                self.differs_silently(at, lock.differs);
            }
            Fact::LockExtended(lock) => self.differs_silently(at, lock.differs),
            Fact::StopCalled(stop) => {
                self.stops += 1;
                self.differs_silently(at, stop.differs);
            }
            Fact::OperationEnded(ended) => self.differs_silently(at, ended.differs),
            Fact::OperationStarted(started) => self.differs_silently(at, started.differs),
            Fact::ChannelAdded(channel) | Fact::ChannelUpdated(channel) | Fact::ChannelRemoved(channel) => {
                self.differs_silently(at, channel.differs);
            }
            Fact::Warning(_) => self.warnings += 1,
            Fact::RunStarted(_) | Fact::ConnectorChanged(_) | Fact::LockExpired(_) | Fact::RunFinished(_) => {
            }
        }
    }

    /// The last event.
    pub(super) fn finished(&self, ending: Ending, reason: String) -> RunFinished<'static> {
        let results: BTreeMap<Outcome, u64> =
            (Outcome::ALL.iter().copied()).zip(self.results).filter(|(_, times)| *times > 0).collect();
        RunFinished {
            ending,
            reason: reason.into(),
            executions: self.results.iter().sum(),
            results,
            records: self.records,
            binaries: self.binaries,
            aggregations: self.aggregations,
            locks: self.locks,
            calls_while_throttled: self.calls_while_throttled,
            stops: self.stops,
            warnings: self.warnings,
            audits: Vec::new(),
            unused_in_copies: Vec::new(),
            differences: (self.differences.by_row())
                .map(|(row, times, first_at_ms)| Differs { row, times, first_at_ms })
                .collect(),
        }
    }
}
