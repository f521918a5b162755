//! What a source finds when it compares what was submitted with what there was.

use crate::model::{Text, WorkType};

/// What was due in a run, and what was wrong with it.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Audit {
    /// One for each content work type.
    pub tallies: Vec<Tally>,
    /// One for each channel and work type for which something is missing or came twice.
    pub findings: Vec<Finding>,
}

/// Counts of items, for all channels of a connector.
#[derive(Clone, Copy, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
pub struct Tally {
    /// For this kind of work.
    pub work_type: WorkType,
    /// Items that were due, by what the operations had been answered so far; changes of an item count one by one.
    pub due: u64,
    /// Items that were due and never submitted.
    pub missing: u64,
    /// Items that were submitted again, though nothing about them had changed.
    pub repeated: u64,
    /// Items that no operation has come to yet.
    pub to_come: u64,
    /// How many pages those are.
    pub calls_to_come: u64,
    /// In how many channels.
    pub channels_to_come: u64,
}

impl Tally {
    /// Nothing counted yet.
    pub const fn of(work_type: WorkType) -> Self {
        Self { work_type, due: 0, missing: 0, repeated: 0, to_come: 0, calls_to_come: 0, channels_to_come: 0 }
    }

    /// The counts of one kind of work in `tallies`, added up; none if there are none.
    pub fn sum<'t>(work_type: WorkType, tallies: impl IntoIterator<Item = &'t Self>) -> Option<Self> {
        let mine = tallies.into_iter().filter(|tally| tally.work_type == work_type).copied();
        mine.reduce(|sum, more| Self {
            work_type,
            due: sum.due + more.due,
            missing: sum.missing + more.missing,
            repeated: sum.repeated + more.repeated,
            to_come: sum.to_come + more.to_come,
            calls_to_come: sum.calls_to_come + more.calls_to_come,
            channels_to_come: sum.channels_to_come + more.channels_to_come,
        })
    }
}

/// What is wrong with one channel.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Finding {
    /// For this kind of work.
    pub work_type: WorkType,
    /// The channel.
    pub channel: Text,
    /// Items that were due and never submitted.
    pub missing: Listed,
    /// Items that were submitted again.
    pub repeated: Listed,
    /// Items that the source never had.
    pub strangers: u64,
    /// How often the work began from the beginning again, which repeats all of it.
    pub begun_anew: u32,
}

/// Items: how many, and the first few by name.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Listed {
    /// How many.
    pub count: u64,
    /// The first few.
    pub names: Vec<Text>,
}
