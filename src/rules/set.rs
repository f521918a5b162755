//! The two rule sets as values (SPEC section 3).

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{DIFFERENCES, Difference};
use crate::model::Millis;

/// How long after a deferral the published SDK tries again (D10).
pub const POLL_INTERVAL: Millis = Millis::from_secs(20);

/// The name of a rule set: what `rules = "…"` and `--rules` say.
#[derive(
    Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default, clap::ValueEnum, Serialize, Deserialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum Rules {
    /// The documents' rules.
    #[default]
    Documented,
    /// What the published SDK really does.
    Sdk,
}

impl Rules {
    /// Both, in the order of the specification.
    pub const ALL: [Self; 2] = [Self::Documented, Self::Sdk];

    /// The word that output writes.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Documented => "documented",
            Self::Sdk => "sdk",
        }
    }

    /// Reads a word in any case.
    pub fn parse(text: &str) -> Option<Self> {
        let text = crate::model::normalised(text);
        Self::ALL.into_iter().find(|rules| rules.word() == text)
    }

    /// The one that this is not.
    #[must_use]
    pub const fn other(self) -> Self {
        match self {
            Self::Documented => Self::Sdk,
            Self::Sdk => Self::Documented,
        }
    }

    /// Its rules, as a value.
    pub const fn set(self) -> &'static RuleSet {
        match self {
            Self::Documented => &RuleSet::DOCUMENTED,
            Self::Sdk => &RuleSet::SDK,
        }
    }
}

impl fmt::Display for Rules {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

macro_rules! rows {
    ($($(#[$doc:meta])* $id:ident $field:ident: $type:ty = $documented:expr, $sdk:expr;)+) => {
        /// One field for each row of SPEC section 3; `true` (or the value itself) is what the row's name says.
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        #[allow(clippy::struct_excessive_bools, reason = "the specification asks for one field a row")]
        pub struct RuleSet {
            $($(#[$doc])* pub $field: $type,)+
        }

        impl RuleSet {
            /// What the documents say.
            pub const DOCUMENTED: Self = Self { $($field: $documented,)+ };
            /// What the published SDK does.
            pub const SDK: Self = Self { $($field: $sdk,)+ };

            /// These rules, with one row as `other` has it.
            #[must_use]
            pub fn with_row(mut self, row: Row, other: &Self) -> Self {
                match row { $(Row::$id => self.$field = other.$field,)+ }
                self
            }
        }

        /// A row of the table of differences, by its id.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
        #[allow(missing_docs, reason = "each is documented at its field of `RuleSet` and in `DIFFERENCES`")]
        pub enum Row { $($id),+ }

        impl Row {
            /// All rows, D1 first.
            pub const ALL: &'static [Self] = &[$(Self::$id),+];
        }
    };
}

rows! {
    /// D1: a delay after results still doubles the last delay, where exponential back-off is on.
    D1 results_keep_doubling: bool = false, true;
    /// D2: what doubles is the last delay, not the base by the number of empty executions in a row.
    D2 doubles_last_delay: bool = false, true;
    /// D3: the random part is `0..delay`, added to the base before the doubling.
    D3 random_inside: bool = false, true;
    /// D4: an Incomplete registration follows the normal delay rules instead of running again at once.
    D4 registration_incomplete_delays: bool = false, true;
    /// D5: an Abandoned registration leaves its channel in the channel cache.
    D5 abandoned_registration_keeps_channel: bool = false, true;
    /// D6: an operation whose connector was removed ends as Abandoned, not Complete.
    D6 removed_abandons: bool = false, true;
    /// D7: a channel named only in `new_channel_registrations` is cached and registered.
    D7 registration_only_channels: bool = false, true;
    /// D8: a returned channel gets a synchronisation when none is running, not when it is new to the cache.
    D8 synchronise_what_is_not_running: bool = false, true;
    /// D9: a lock set while one with its key is active replaces it, even if it ends earlier.
    D9 newer_lock_replaces: bool = false, true;
    /// D10: a deferred execution polls every [`POLL_INTERVAL`] instead of waiting for the lock's expiry.
    D10 deferral_polls: bool = false, true;
    /// D11: `stop` is never called.
    D11 stop_never_called: bool = false, true;
    /// D12: discovery may also answer Incomplete and Abandoned.
    D12 discovery_incomplete: bool = false, true;
    /// D13: `begin` is called whenever the cursor is empty.
    D13 begin_while_cursor_empty: bool = false, true;
    /// D14: a disabled pass starts the failure count again at 0.
    D14 disabled_resets_failures: bool = false, true;
    /// D15: `reschedule_on_complete` has no effect.
    D15 registration_never_reschedules: bool = false, true;
    /// D16: `delay_seconds` where nothing sets it.
    D16 default_delay: Millis = Millis::from_secs(300), Millis::from_secs(60);
}

impl RuleSet {
    /// The rule set to compare this one with. One that is a mixture is compared with the SDK's.
    pub fn other(&self) -> &'static Self {
        if *self == Self::SDK { &Self::DOCUMENTED } else { &Self::SDK }
    }

    /// Which rows make `decide` come out otherwise than `ours`, its outcome here, under the rule set `other`: none if both
    /// decide alike, else each row that changes either side's decision when it alone is exchanged. `rows` are those that
    /// `decide` can depend on at all: asking only about them makes this cheap enough for every execution.
    #[inline]
    pub fn differing<T: PartialEq>(
        &self,
        other: &Self,
        ours: &T,
        rows: Rows,
        decide: impl Fn(&Self) -> T,
    ) -> Rows {
        if rows.is_empty() {
            return Rows::NONE;
        }
        let theirs = decide(other);
        if *ours == theirs {
            return Rows::NONE;
        }
        if rows.0.is_power_of_two() {
            return rows;
        }
        rows.iter()
            .filter(|row| {
                decide(&self.with_row(*row, other)) != *ours || decide(&other.with_row(*row, self)) != theirs
            })
            .collect()
    }
}

impl Row {
    /// The row's words.
    pub fn difference(self) -> &'static Difference {
        &DIFFERENCES[self as usize]
    }

    /// Finds a row by id (`D9`) or name (`newer-lock-replaces`), in any case.
    pub fn parse(text: &str) -> Option<Self> {
        let text = crate::model::normalised(text);
        Self::ALL.iter().copied().find(|row| {
            crate::model::normalised(&row.to_string()) == text
                || crate::model::normalised(row.difference().name) == text
        })
    }
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("D{}", *self as usize + 1))
    }
}

/// A set of rows.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, Hash)]
pub struct Rows(u16);

impl Rows {
    /// No row.
    pub const NONE: Self = Self(0);

    /// Adds a row.
    pub const fn insert(&mut self, row: Row) {
        self.0 |= 1 << row as u16;
    }

    /// A set of one row if `holds`, else of none.
    pub fn when(holds: bool, row: Row) -> Self {
        let mut rows = Self::NONE;
        if holds {
            rows.insert(row);
        }
        rows
    }

    /// Every row.
    pub const ALL: Self = Self(u16::MAX);

    /// Everything in either.
    #[must_use]
    pub const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether there is none.
    pub const fn is_empty(&self) -> bool {
        self.0 == 0
    }

    /// Whether `row` is in it.
    pub const fn contains(self, row: Row) -> bool {
        self.0 & (1 << row as u16) != 0
    }

    /// The rows, D1 first.
    pub fn iter(self) -> impl Iterator<Item = Row> {
        let mut left = self.0;
        std::iter::from_fn(move || {
            let row = Row::ALL.get(left.trailing_zeros() as usize)?;
            left &= left - 1;
            Some(*row)
        })
    }
}

impl FromIterator<Row> for Rows {
    fn from_iter<I: IntoIterator<Item = Row>>(rows: I) -> Self {
        rows.into_iter().fold(Self::NONE, |set, row| set.union(Self::when(true, row)))
    }
}

/// `D1, D16`.
impl fmt::Display for Rows {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ids: Vec<_> = self.iter().map(|row| row.to_string()).collect();
        f.pad(&ids.join(", "))
    }
}

impl Serialize for Rows {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter())
    }
}

impl<'de> Deserialize<'de> for Rows {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Vec::<Row>::deserialize(deserializer)?.into_iter().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_differs_and_exchanging_all_of_them_gives_the_other_set() {
        let mut mixed = RuleSet::DOCUMENTED;
        for &row in Row::ALL {
            let next = mixed.with_row(row, &RuleSet::SDK);
            assert_ne!(next, mixed, "{row} is the same in both rule sets");
            mixed = next;
        }
        assert_eq!(mixed, RuleSet::SDK);
        assert_eq!(Row::ALL.len(), 16);
    }

    #[test]
    fn rows_are_found_by_id_and_by_name() {
        let check = |text, expect| assert_eq!(Row::parse(text), expect, "{text}");
        check("D9", Some(Row::D9));
        check("d16", Some(Row::D16));
        check("newer-lock-replaces", Some(Row::D9));
        check("Newer_Lock_Replaces", Some(Row::D9));
        check("D17", None);
    }

    #[test]
    fn a_difference_names_the_rows_behind_it() {
        let decide = |rules: &RuleSet| (rules.default_delay, rules.deferral_polls);
        let check = |rules: &RuleSet, rows, expect| {
            assert_eq!(rules.differing(rules.other(), &decide(rules), rows, decide).to_string(), expect);
        };
        check(&RuleSet::DOCUMENTED, Rows::ALL, "D10, D16");
        check(&RuleSet::SDK, Rows::ALL, "D10, D16");
        check(&RuleSet::SDK, [Row::D10, Row::D16].into_iter().collect(), "D10, D16");
        assert!(RuleSet::SDK.differing(&RuleSet::DOCUMENTED, &1, Rows::ALL, |_| 1).is_empty());
    }
}
