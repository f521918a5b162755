//! All operations together.

use super::{Held, Operation, State, Waits};
use crate::model::{Millis, Outcome, Status};
use crate::source::Staleness;

/// All operations together.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Totals {
    /// How many operations there were.
    pub operations: u64,
    /// How many are still running.
    pub running: u64,
    ended: [u64; Status::ALL.len()],
    results: [u64; Outcome::ALL.len()],
    /// Records submitted.
    pub records: u64,
    /// Binaries submitted.
    pub binaries: u64,
    /// Aggregations submitted.
    pub aggregations: u64,
    /// Locks set (extensions not counted).
    pub locks: u64,
    /// Calls that started while the source throttled.
    pub calls_while_throttled: u64,
    /// Calls of `stop`.
    pub stops: u64,
    /// Warnings.
    pub warnings: u64,
    /// How often and for how long locks held operations.
    pub held: Held,
    /// What the running time was spent on.
    pub waits: Waits,
    /// As [`Operation::staleness`].
    pub staleness: Staleness,
    /// How many changes that were.
    pub changes: u64,
    /// The running time of all operations.
    pub running_time: Millis,
}

impl Totals {
    /// How stale the content was on average; none where no source says.
    pub fn mean_staleness(&self) -> Option<Millis> {
        self.staleness.total.0.checked_div(self.changes).map(Millis)
    }

    /// How many executions went so.
    pub const fn result(&self, outcome: Outcome) -> u64 {
        self.results[outcome as usize]
    }

    /// All executions, also those without a call.
    pub fn executions(&self) -> u64 {
        self.results.iter().sum()
    }

    /// How many operations have ended so.
    pub const fn ended(&self, status: Status) -> u64 {
        self.ended[status as usize]
    }

    /// Those of some operations: what is no operation's own, such as warnings, is not in them.
    pub fn of<'o>(operations: impl IntoIterator<Item = Operation<'o>>) -> Self {
        let mut totals = Self::default();
        for operation in operations {
            totals.add(operation);
            totals.locks += operation.locks_set();
            totals.stops += operation.stops();
        }
        totals
    }

    pub(super) fn add(&mut self, operation: Operation<'_>) {
        self.operations += 1;
        self.changes = self.changes.saturating_add(operation.changes());
        self.staleness.total += operation.staleness().total;
        self.staleness.worst = self.staleness.worst.max(operation.staleness().worst);
        match operation.state() {
            State::Ended { status, .. } => self.ended[status as usize] += 1,
            State::Running { .. } => self.running += 1,
        }
        for &outcome in Outcome::ALL {
            self.results[outcome as usize] += operation.result(outcome);
        }
        self.records = self.records.saturating_add(operation.records());
        self.binaries = self.binaries.saturating_add(operation.binaries());
        self.aggregations = self.aggregations.saturating_add(operation.aggregations());
        self.calls_while_throttled += operation.calls_while_throttled();
        self.held.add_all(&operation.held());
        self.waits.add_all(&operation.waits());
        self.running_time += operation.running();
    }
}
