//! Which of too many things are shown.

use std::cmp::Reverse;

use super::summary::{Operation, State, Summary};
use crate::model::{Outcome, Status};

/// What deserves a look first of an operation: that it gave up, calls while the source throttled, how long it was held, how
/// often it failed and was abandoned, then how much it did.
pub(super) fn badness(operation: &Operation<'_>) -> impl Ord + use<> {
    (
        matches!(operation.state(), State::Ended { status: Status::Failed, .. }),
        operation.calls_while_throttled(),
        operation.held().total,
        operation.result(Outcome::Failed),
        operation.result(Outcome::Abandoned),
        operation.executions(),
    )
}

/// The worst `most` operations of a run and the others, both in the order of the file.
pub(super) fn operations(summary: &Summary, most: usize) -> (Vec<Operation<'_>>, Vec<Operation<'_>>) {
    worst(summary.operations(), most, badness)
}

/// The worst `most` of `all` and the others, both in the order in which they were given; of things that are as bad the first.
/// `badness` is asked once for each, and only if there are too many.
pub(super) fn worst<T, K: Ord>(all: Vec<T>, most: usize, badness: impl Fn(&T) -> K) -> (Vec<T>, Vec<T>) {
    if all.len() <= most {
        return (all, Vec::new());
    }
    let mut ranked: Vec<(Reverse<K>, usize)> =
        all.iter().enumerate().map(|(place, each)| (Reverse(badness(each)), place)).collect();
    if most > 0 {
        ranked.select_nth_unstable(most - 1);
    }
    let mut is_shown = vec![false; all.len()];
    ranked.iter().take(most).for_each(|(_, place)| is_shown[*place] = true);
    let (mut shown, mut rest) = (Vec::with_capacity(most), Vec::with_capacity(all.len() - most));
    for (each, is_shown) in all.into_iter().zip(is_shown) {
        if is_shown { shown.push(each) } else { rest.push(each) }
    }
    (shown, rest)
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_worst_in_the_order_given() {
        let check = |most, expect: (&[u32], &[u32])| {
            let (shown, rest) = super::worst(vec![31, 52, 11, 53, 42, 51], most, |each| each / 10);
            assert_eq!((&*shown, &*rest), expect, "{most}");
        };
        check(0, (&[], &[31, 52, 11, 53, 42, 51]));
        check(1, (&[52], &[31, 11, 53, 42, 51]));
        check(2, (&[52, 53], &[31, 11, 42, 51]));
        check(4, (&[52, 53, 42, 51], &[31, 11]));
        check(6, (&[31, 52, 11, 53, 42, 51], &[]));
        check(99, (&[31, 52, 11, 53, 42, 51], &[]));
    }
}
