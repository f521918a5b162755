//! Which operations are shown where there are too many: the worst ones, in the order of the file.

use crate::model::{Outcome, Status};
use crate::report::summary::{Operation, State, Summary};
use crate::report::worst;

/// The worst `most` operations of a run, in the order of the file, and the rest.
pub(super) fn worst(summary: &Summary, most: usize) -> (Vec<Operation<'_>>, Vec<Operation<'_>>) {
    worst::worst(summary.operations(), most, |operation| badness(*operation))
}

/// What deserves a look first: given up, called while the source throttled, held long, failed often, then what did most.
fn badness(operation: Operation<'_>) -> (bool, u64, u64, u64, u64) {
    (
        matches!(operation.state(), State::Ended { status: Status::Failed, .. }),
        operation.calls_while_throttled(),
        operation.held().total.0,
        operation.result(Outcome::Failed),
        operation.executions(),
    )
}
