//! The channels and items of a dataset during one run: what exists when, and what changed in which order.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;

use super::data::Data;
use super::generate::{self, Generated};
use super::{Content, Dataset};
use crate::model::{Millis, Text, VirtualTime};

/// A place in the order of changes: by moment (milliseconds since 1970), then by item. The item breaks ties, so that a page
/// can end between two changes of the same moment and lose neither.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Position {
    /// The moment of the change.
    pub at: i64,
    /// The item's number.
    pub item: u64,
}

impl Position {
    /// Behind everything that happened at `at` or before.
    pub const fn after(at: i64) -> Self {
        Self { at, item: u64::MAX }
    }
}

/// An item's latest change, as far as it is known at a moment.
pub type Change = Position;

/// What an item is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum ItemKind {
    /// A record, which may have binaries.
    #[default]
    Record,
    /// An aggregation of records.
    Aggregation,
}

/// All channels of a dataset.
#[derive(Debug)]
pub struct Catalogue {
    /// The wall clock at the run's start, in milliseconds since 1970.
    pub(super) start: i64,
    pub(super) channels: Vec<Channel>,
    by_id: BTreeMap<Text, usize>,
    /// The moments at which a channel appears or disappears, in order.
    pub(super) turns: Vec<VirtualTime>,
}

/// One channel.
#[derive(Debug)]
pub(super) struct Channel {
    pub(super) id: Text,
    pub(super) title: Option<Text>,
    pub(super) appears: VirtualTime,
    pub(super) disappears: VirtualTime,
    items: Items,
}

#[derive(Debug)]
pub(super) enum Items {
    Generated(Generated),
    /// The channel at this place of the data.
    Data(Arc<Data>, usize),
}

impl Catalogue {
    /// The channels of `dataset` in a run that starts at `start` and lasts `duration`.
    pub fn new(dataset: &Dataset, seed: u64, start: Timestamp, duration: Millis) -> Self {
        let start = start.as_millisecond();
        let channels = match &dataset.content {
            Content::Generated(generate) => generate::channels(generate, seed, start, duration),
            Content::Data(data) => data
                .channels
                .iter()
                .enumerate()
                .map(|(at, channel)| {
                    let entry = &channel.entry;
                    Channel::new(
                        entry.external_id.clone(),
                        entry.title.clone(),
                        (entry.appears, entry.disappears),
                        Items::Data(Arc::clone(data), at),
                    )
                })
                .collect(),
        };
        let by_id = channels.iter().enumerate().map(|(at, channel)| (channel.id.clone(), at)).collect();
        let mut turns: Vec<VirtualTime> =
            channels.iter().flat_map(|channel| [channel.appears, channel.disappears]).collect();
        turns.sort_unstable();
        turns.dedup();
        Self { start, channels, by_id, turns }
    }

    /// The wall clock at a moment of the run, in milliseconds since 1970.
    pub(super) fn wall_clock(&self, at: VirtualTime) -> i64 {
        self.start.saturating_add(i64::try_from(at.0).unwrap_or(i64::MAX))
    }

    pub(super) fn find(&self, id: &str) -> Option<usize> {
        self.by_id.get(id).copied()
    }
}

impl Channel {
    pub(super) const fn new(
        id: Text,
        title: Option<Text>,
        (appears, disappears): (VirtualTime, VirtualTime),
        items: Items,
    ) -> Self {
        Self { id, title, appears, disappears, items }
    }

    pub(super) fn exists(&self, at: VirtualTime) -> bool {
        self.appears <= at && at < self.disappears
    }

    /// The number behind the last item that was created before `moment`: all such items have a lower one. Not every lower
    /// number is an item.
    pub(super) fn created_before(&self, moment: i64) -> u64 {
        match &self.items {
            Items::Generated(items) => items.created_before(moment),
            Items::Data(data, at) => data.channels[*at].created_before(moment),
        }
    }

    /// Whether there is an item with this number, in the order of creation.
    pub(super) fn is_item(&self, number: u64) -> bool {
        match &self.items {
            Items::Generated(items) => items.is_item(number),
            Items::Data(data, at) => number < data.channels[*at].items.len() as u64,
        }
    }

    /// How many items have numbers in `from..to`.
    pub(super) fn count(&self, from: u64, to: u64) -> u64 {
        match &self.items {
            Items::Generated(items) => items.count(from, to),
            Items::Data(..) => to.saturating_sub(from),
        }
    }

    /// What the item is, and its binaries.
    pub(super) fn item(&self, number: u64) -> (ItemKind, u64) {
        match &self.items {
            Items::Generated(items) => items.item(number),
            Items::Data(data, at) => {
                let item = data.channels[*at].items.get(usize::try_from(number).unwrap_or(usize::MAX));
                item.map_or((ItemKind::Record, 0), |item| (item.kind, u64::from(item.binaries)))
            }
        }
    }

    /// The item's id; `None` where it is made up, `<channel>-<number + 1>`.
    pub(super) fn given_name(&self, number: u64) -> Option<Text> {
        match &self.items {
            Items::Generated(_) => None,
            Items::Data(data, at) => {
                let item = data.channels[*at].items.get(usize::try_from(number).unwrap_or(usize::MAX))?;
                Some(item.id.clone())
            }
        }
    }

    /// The item's id.
    pub(super) fn name(&self, number: u64) -> Text {
        self.given_name(number).unwrap_or_else(|| format!("{}-{}", self.id, number.saturating_add(1)).into())
    }

    /// The item that has this id.
    pub(super) fn number(&self, name: &str) -> Option<u64> {
        match &self.items {
            Items::Generated(_) => {
                name.strip_prefix(&*self.id)?.strip_prefix('-')?.parse::<u64>().ok()?.checked_sub(1)
            }
            Items::Data(data, at) => data.channels[*at].number(name),
        }
    }

    /// The items that have changed after `after`, as they are at `until`: each once, at its latest change, the oldest first,
    /// at most `most` of them.
    pub(super) fn changes(&self, after: Position, until: i64, most: usize) -> Vec<Change> {
        match &self.items {
            Items::Generated(items) => items.changes(after, until, most),
            Items::Data(data, at) => data.channels[*at].changes(after, until, most),
        }
    }

    /// Everything that happened to its items after `after`, until `until` at the latest, in no particular order.
    pub(super) fn history(&self, after: Position, until: i64) -> Vec<Change> {
        match &self.items {
            Items::Generated(items) => items.history(after, until),
            Items::Data(data, at) => data.channels[*at].history(after, until),
        }
    }
}
