//! What is kept of each operation, packed. Counting an execution is mostly waiting for memory, and where there are a hundred
//! thousand operations a byte of each is a hundred kilobytes.
//!
//! - A [`Row`] is one line of the processor's cache, and all that an execution without surprises touches.
//! - A [`Side`] has what is needed at an operation's start and when a hold ends.
//! - [`Rare`] has the rest: made when there is first something to put into it, which for most operations is never.
//!
//! Invariant: a [`Number`] is in its row where it is less than `u32::MAX`, and otherwise, `u32::MAX` being there, in `Rare`.

use super::Waits;
use crate::model::{Cause, Millis, Outcome, Status, Text, VirtualTime, WorkType};
use crate::source::Staleness;

/// What every operation counts. Times are in milliseconds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Number {
    /// Executions that were Complete.
    Complete,
    /// Executions that were Incomplete.
    Incomplete,
    /// Executions that a lock deferred.
    Deferred,
    /// Since when it waits: the end of its last execution, or its start.
    WaitingSince,
    /// When it runs next, as announced.
    Due,
    Records,
    Binaries,
    /// Time in calls.
    InCalls,
    /// How long locks held it, as far as those times are over.
    Held,
    /// How many times.
    HeldTimes,
    /// Since when the lock holds it that does, while it is [`Mark::Held`].
    HeldSince,
    /// Since when it runs.
    RunningSince,
}

const NUMBERS: usize = Number::RunningSince as usize + 1;

/// What executions touch of one (connector, work type, channel): all its operations, one after the other, together.
#[derive(Clone, Debug)]
#[repr(C, align(64))]
pub(super) struct Row {
    numbers: [u32; NUMBERS],
    /// The place of the last lock that held it, from 1 on; 0 for none.
    lock: u32,
    pub(super) last_result: Option<Outcome>,
    /// What the time after its last execution is spent on.
    pub(super) waits_for: Cause,
    pub(super) work_type: WorkType,
    marks: u8,
    rare: Option<Box<Rare>>,
}

const _: () = assert!(size_of::<Row>() == 64, "what an execution touches has outgrown its cache line");

/// What a row is marked with.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub(super) enum Mark {
    /// Something has happened to it.
    Known = 1,
    /// The operation is running; otherwise, once it is known, it has ended.
    Running = 2,
    /// Its last execution was deferred.
    Held = 4,
    /// A lock that is known holds it: `lock`.
    HeldByLock = 8,
    /// Its last execution gave a reason.
    Reason = 16,
    /// It was started at least once.
    Started = 32,
    /// Its `stop` was called at least once, as the run's end does.
    Stopped = 64,
}

/// What an operation is called, and what is needed when a hold ends.
#[derive(Clone, Debug, Default)]
pub(super) struct Side {
    /// The channel's external id; none for discovery.
    pub(super) channel: Option<Text>,
    /// The longest time that locks held it; `u32::MAX` where it is in `Rare`.
    longest: u32,
    /// The place of the hold that it is in among those that were kept of its lock.
    pub(super) hold: u32,
}

/// What few operations have.
#[derive(Clone, Debug, Default)]
pub(super) struct Rare {
    /// The numbers that are too large for the row.
    large: Option<Box<[u64; NUMBERS]>>,
    longest: Millis,
    /// Executions by outcome, but for those that have a [`Number`].
    results: [u64; Outcome::ALL.len()],
    /// What its time was spent on, but for what follows from other numbers.
    pub(super) waits: Waits,
    /// How long the kill switch kept it waiting while a lock held it.
    pub(super) held_up: Millis,
    /// How long other locks had held it, one after the other, before the one that holds it now.
    pub(super) held_before: Millis,
    /// The locks that held it before the last one, as far as they are still active: one Global and one Scoped at most.
    pub(super) held_by: Vec<u32>,
    /// The running time of the operations before this one.
    pub(super) running: Millis,
    /// How often it was started after the first time.
    pub(super) started_again: u32,
    /// How often its `stop` was called after the first time.
    pub(super) stopped_again: u64,
    pub(super) channels: u64,
    pub(super) aggregations: u64,
    pub(super) calls_while_throttled: u64,
    pub(super) locks_set: u64,
    pub(super) staleness: Staleness,
    pub(super) changes: u64,
    /// The scope key that it has been seen to use, where its last lock does not tell.
    pub(super) scope_key: Option<Text>,
    /// The last reason that was given; [`Mark::Reason`] says whether it is that of the last execution.
    pub(super) last_reason: String,
    /// The last end: when, how, and why.
    pub(super) ended: Option<(VirtualTime, Status, Text)>,
}

/// Nothing of the rare things.
static NOTHING: std::sync::LazyLock<Rare> = std::sync::LazyLock::new(Rare::default);

impl Default for Row {
    fn default() -> Self {
        Self {
            numbers: [0; NUMBERS],
            lock: 0,
            rare: None,
            last_result: None,
            waits_for: Cause::Policy,
            work_type: WorkType::ChannelDiscovery,
            marks: 0,
        }
    }
}

impl Row {
    #[inline]
    pub(super) fn get(&self, number: Number) -> u64 {
        match self.numbers[number as usize] {
            u32::MAX => self.rare().large.as_deref().map_or(0, |large| large[number as usize]),
            small => small.into(),
        }
    }

    #[inline]
    pub(super) fn set(&mut self, number: Number, to: u64) {
        let small = packed(to);
        self.numbers[number as usize] = small;
        if small == u32::MAX {
            self.set_large(number, to);
        }
    }

    #[cold]
    fn set_large(&mut self, number: Number, to: u64) {
        self.rare_mut().large.get_or_insert_default()[number as usize] = to;
    }

    #[inline]
    pub(super) fn add(&mut self, number: Number, more: u64) {
        self.set(number, self.get(number).saturating_add(more));
    }

    /// A number that is a moment.
    #[inline]
    pub(super) fn at(&self, number: Number) -> VirtualTime {
        VirtualTime(self.get(number))
    }

    /// What few operations have; this one perhaps nothing of it.
    pub(super) fn rare(&self) -> &Rare {
        self.rare.as_deref().unwrap_or(&NOTHING)
    }

    /// What few operations have, to be changed.
    pub(super) fn rare_mut(&mut self) -> &mut Rare {
        self.rare.get_or_insert_default()
    }

    /// What few operations have, if this one has anything of it.
    pub(super) fn rare_if_any(&mut self) -> Option<&mut Rare> {
        self.rare.as_deref_mut()
    }

    /// How long it has been running this time, up to its last execution's end.
    pub(super) fn running_now(&self) -> Millis {
        self.at(Number::WaitingSince).since(self.at(Number::RunningSince))
    }

    #[inline]
    pub(super) const fn is(&self, mark: Mark) -> bool {
        self.marks & mark as u8 != 0
    }

    #[inline]
    pub(super) const fn mark(&mut self, mark: Mark, on: bool) {
        if on {
            self.marks |= mark as u8;
        } else {
            self.marks &= !(mark as u8);
        }
    }

    /// How many executions went so.
    pub(super) fn result(&self, outcome: Outcome) -> u64 {
        match Number::of(outcome) {
            Some(number) => self.get(number),
            None => self.rare().results[outcome as usize],
        }
    }

    /// Counts an execution that went so.
    #[inline]
    pub(super) fn count(&mut self, outcome: Outcome) {
        match Number::of(outcome) {
            Some(number) => self.add(number, 1),
            None => self.rare_mut().results[outcome as usize] += 1,
        }
    }

    /// The last lock that held it, by its place.
    pub(super) const fn last_holder(&self) -> Option<u32> {
        self.lock.checked_sub(1)
    }

    /// The lock that holds it now, by its place.
    #[inline]
    pub(super) const fn holder(&self) -> Option<u32> {
        if self.is(Mark::HeldByLock) { self.last_holder() } else { None }
    }

    /// From now on this lock holds it.
    pub(super) const fn set_holder(&mut self, place: Option<u32>) {
        self.mark(Mark::HeldByLock, place.is_some());
        if let Some(place) = place {
            self.lock = place.saturating_add(1);
        }
    }

    /// The longest time that locks held it. `side` is this row's.
    pub(super) fn longest(&self, side: &Side) -> Millis {
        if side.longest == u32::MAX { self.rare().longest } else { Millis(side.longest.into()) }
    }

    pub(super) fn set_longest(&mut self, side: &mut Side, longest: Millis) {
        side.longest = packed(longest.0);
        if side.longest == u32::MAX {
            self.rare_mut().longest = longest;
        }
    }
}

/// A number as far as it fits; `u32::MAX` says that it is in [`Rare`].
#[inline]
fn packed(number: u64) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

impl Number {
    /// The one that counts executions that went so.
    #[inline]
    const fn of(outcome: Outcome) -> Option<Self> {
        match outcome {
            Outcome::Complete => Some(Self::Complete),
            Outcome::Incomplete => Some(Self::Incomplete),
            Outcome::Deferred => Some(Self::Deferred),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const ALL: [Number; NUMBERS] = {
        use Number::*;
        [
            Complete,
            Incomplete,
            Deferred,
            WaitingSince,
            Due,
            Records,
            Binaries,
            InCalls,
            Held,
            HeldTimes,
            HeldSince,
            RunningSince,
        ]
    };

    /// Around the borders, and anywhere.
    fn amount() -> impl Strategy<Value = u64> {
        let border = u64::from(u32::MAX);
        prop_oneof![0..3u64, border - 2..border + 3, Just(u64::MAX), any::<u64>()]
    }

    proptest! {
        #[test]
        fn a_row_is_an_array_of_numbers(
            steps in prop::collection::vec((0..NUMBERS, any::<bool>(), amount()), 0..200)
        ) {
            let (mut row, mut model) = (Row::default(), [0u64; NUMBERS]);
            for (place, add, amount) in steps {
                if add {
                    row.add(ALL[place], amount);
                    model[place] = model[place].saturating_add(amount);
                } else {
                    row.set(ALL[place], amount);
                    model[place] = amount;
                }
                prop_assert_eq!(ALL.map(|number| row.get(number)), model);
            }
        }

        #[test]
        fn the_longest_is_what_was_set(amounts in prop::collection::vec(amount(), 1..20)) {
            let (mut row, mut side) = (Row::default(), Side::default());
            for amount in amounts {
                row.set_longest(&mut side, Millis(amount));
                prop_assert_eq!(row.longest(&side), Millis(amount));
            }
        }
    }

    #[test]
    fn outcomes_are_counted_wherever_they_are_kept() {
        let mut row = Row::default();
        for (place, outcome) in Outcome::ALL.iter().enumerate() {
            (0..=place).for_each(|_| row.count(*outcome));
        }
        let counted: Vec<_> = Outcome::ALL.iter().map(|outcome| row.result(*outcome)).collect();
        assert_eq!(counted, (1..=Outcome::ALL.len() as u64).collect::<Vec<_>>());
    }
}
