//! Which operations are shown where there are too many: the worst ones, in the order of the file.

use std::cmp::Reverse;

use crate::model::{Outcome, Status};
use crate::report::summary::{Operation, State, Summary};

/// Operations with their lines.
pub(super) type Lines<'s> = Vec<(u32, &'s Operation)>;

/// The worst `most` operations of a run, in the order of the file, and the rest.
pub(super) fn worst(summary: &Summary, most: usize) -> (Lines<'_>, Lines<'_>) {
    let all = summary.operations();
    if all.len() <= most {
        return (all, Vec::new());
    }
    let mut ranked: Vec<(usize, _)> = all.into_iter().enumerate().collect();
    ranked.sort_by_key(|(place, (_, operation))| (Reverse(badness(operation)), *place));
    let mut rest = ranked.split_off(most);
    let in_order = |lines: &mut Vec<(usize, _)>| lines.sort_by_key(|(place, _)| *place);
    in_order(&mut ranked);
    in_order(&mut rest);
    let plain = |lines: Vec<(usize, _)>| lines.into_iter().map(|(_, line)| line).collect();
    (plain(ranked), plain(rest))
}

/// What deserves a look first: given up, called while the source throttled, held long, failed often, then what did most.
fn badness(operation: &Operation) -> (bool, u64, u64, u64, u64) {
    (
        matches!(operation.state(), State::Ended { status: Status::Failed, .. }),
        operation.calls_while_throttled,
        operation.held.total.0,
        operation.result(Outcome::Failed),
        operation.executions(),
    )
}
