//! The executions of each operation over time, in bounded memory: one by one while they are few, then those near each
//! other together.

use crate::event::Execution;
use crate::model::{Call, Millis, Outcome, VirtualTime};
use crate::rules::{Delay, Rows};

use super::text::{WORDS, plain};

/// About so many marks are kept in all.
const KEPT: usize = 600_000;
/// An operation has at most so many.
const MOST: usize = 400;
/// And may have at least so many, however many operations there are.
const LEAST: usize = 6;
/// With more operations than this only the numbers are kept.
const DETAILED: usize = 2_000;

/// Every operation's executions; those that a lock deferred are its holds, and not here.
#[derive(Debug, Default)]
pub(super) struct Marks {
    lanes: Vec<Lane>,
    duration: Millis,
}

/// The executions of one operation.
#[derive(Debug, Default)]
struct Lane {
    marks: Vec<Mark>,
    /// Executions that start in the same multiple of this are one mark; 0: each is one.
    width: u64,
}

/// One execution, or several near each other.
#[derive(Debug)]
pub(super) struct Mark {
    /// When the first one started.
    pub(super) from: VirtualTime,
    /// When the last one ended.
    pub(super) until: VirtualTime,
    counts: [u32; Outcome::ALL.len()],
    /// How many calls started while the source throttled.
    pub(super) throttled: u32,
    /// What is to be said of a single one.
    pub(super) detail: Option<Box<Detail>>,
}

/// One execution.
#[derive(Debug)]
pub(super) struct Detail {
    pub(super) call: Call,
    pub(super) result: Outcome,
    pub(super) reason: String,
    /// Amounts with their nouns in the singular.
    pub(super) amounts: [(Option<u64>, &'static str); 4],
    pub(super) next_at: Option<VirtualTime>,
    pub(super) delay: Option<Delay>,
    pub(super) differs: Rows,
}

impl Marks {
    /// The run lasts at most so long.
    pub(super) const fn covers(&mut self, duration: Millis) {
        self.duration = duration;
    }

    pub(super) fn execution(&mut self, at: VirtualTime, execution: &Execution<'_>) {
        if execution.result == Outcome::Deferred {
            return;
        }
        let place = execution.subject.line as usize;
        if place >= self.lanes.len() {
            self.lanes.resize_with(place + 1, Lane::default);
        }
        let operations = self.lanes.len();
        let most = (KEPT / operations).clamp(LEAST, MOST);
        let Some(lane) = self.lanes.get_mut(place) else { return };
        lane.add(at, execution, operations <= DETAILED);
        lane.thin(most, self.duration);
    }

    /// The marks of an operation, in the order in which they started.
    pub(super) fn of(&self, line: u32) -> &[Mark] {
        self.lanes.get(line as usize).map_or(&[], |lane| &lane.marks)
    }
}

impl Lane {
    fn add(&mut self, at: VirtualTime, execution: &Execution<'_>, detailed: bool) {
        let mut counts = [0; Outcome::ALL.len()];
        counts[execution.result as usize] = 1;
        let new = Mark {
            from: at,
            until: at + execution.took_ms,
            counts,
            throttled: execution.while_throttled.into(),
            detail: None,
        };
        let width = self.width;
        match self.marks.last_mut() {
            Some(last) if last.is_beside(&new, width) => last.take_in(&new),
            _ => {
                let detail = detailed.then(|| Box::new(Detail::of(execution)));
                self.marks.push(Mark { detail, ..new });
            }
        }
    }

    /// Takes marks together until there are at most `most`.
    fn thin(&mut self, most: usize, duration: Millis) {
        while self.marks.len() > most {
            self.width = self.width.saturating_mul(2).max(duration.0 / most as u64).max(1);
            let width = self.width;
            self.marks.dedup_by(|next, mark| {
                let beside = mark.is_beside(next, width);
                if beside {
                    mark.take_in(next);
                }
                beside
            });
        }
    }
}

impl Mark {
    /// How many executions went so.
    pub(super) const fn result(&self, outcome: Outcome) -> u32 {
        self.counts[outcome as usize]
    }

    /// How many executions it stands for.
    pub(super) fn executions(&self) -> u64 {
        self.counts.iter().map(|count| u64::from(*count)).sum()
    }

    /// The result that deserves a look first.
    pub(super) fn worst(&self) -> Outcome {
        const ORDER: [Outcome; 9] = [
            Outcome::Failed,
            Outcome::Abandoned,
            Outcome::BackOff,
            Outcome::ChannelNotFound,
            Outcome::Removed,
            Outcome::Incomplete,
            Outcome::Complete,
            Outcome::Disabled,
            Outcome::Deferred,
        ];
        ORDER.into_iter().find(|outcome| self.result(*outcome) > 0).unwrap_or(Outcome::Complete)
    }

    fn is_beside(&self, next: &Self, width: u64) -> bool {
        match (self.from.0.checked_div(width), next.from.0.checked_div(width)) {
            (Some(mine), Some(theirs)) => mine == theirs,
            _ => false,
        }
    }

    fn take_in(&mut self, next: &Self) {
        self.until = self.until.max(next.until);
        for (mine, theirs) in self.counts.iter_mut().zip(next.counts) {
            *mine = mine.saturating_add(theirs);
        }
        self.throttled = self.throttled.saturating_add(next.throttled);
        self.detail = None;
    }
}

impl Detail {
    fn of(execution: &Execution<'_>) -> Self {
        Self {
            call: execution.call,
            result: execution.result,
            reason: plain(&execution.reason, WORDS),
            amounts: [
                (execution.channels, "channel"),
                (execution.records, "record"),
                (execution.binaries, "binary"),
                (execution.aggregations, "aggregation"),
            ],
            next_at: execution.next_at_ms,
            delay: execution.delay.as_deref().copied(),
            differs: execution.differs,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::Fact;
    use crate::report::testing::{Log, secs};
    use crate::rules::Rules;

    /// How many marks `operations` operations with `executions` executions each, a second apart, have in all; how many
    /// executions they stand for, and how many marks have details.
    fn check(operations: u32, executions: u64, expect: (usize, u64, usize)) {
        let mut log = Log::new(Rules::Documented, executions);
        log.ran(0, "box sync hr", Outcome::Complete).reason("fine");
        let Fact::Execution(execution) = &log.events()[1].fact else { panic!("no execution") };
        let mut marks = Marks::default();
        marks.covers(secs(executions));
        for line in (0..operations).rev() {
            for second in 0..executions {
                let mut execution = execution.clone().into_owned();
                execution.subject.line = line;
                marks.execution(VirtualTime(second * 1000), &execution);
            }
        }
        let all = || marks.lanes.iter().flat_map(|lane| &lane.marks);
        let detailed = all().filter(|mark| mark.detail.is_some()).count();
        assert_eq!((all().count(), all().map(Mark::executions).sum(), detailed), expect);
    }

    #[test]
    fn a_few_executions_are_kept_one_by_one() {
        check(2, 400, (800, 800, 800));
    }

    #[test]
    fn many_executions_become_few_marks() {
        check(1, 100_000, (400, 100_000, 0));
    }

    #[test]
    fn many_operations_have_few_marks_each() {
        check(200_000, 12, (1_200_000, 2_400_000, 0));
    }
}
