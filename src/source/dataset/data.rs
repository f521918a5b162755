//! Items from files (`[data]`, SPEC section 7): JSON Lines or CSV, read row by row. What is kept of a row is its id, its
//! moments, its kind and its number of binaries.

mod csv_rows;
mod json_rows;

use std::collections::BTreeMap;
use std::io::Read;

use super::ChannelEntry;
use super::catalogue::{Change, ItemKind, Position};
use crate::model::{Text, VirtualTime};

/// The most channels that a dataset has.
pub const MOST_CHANNELS: u64 = 10_000_000;

/// The longest row, in bytes.
pub const LONGEST_ROW: usize = 1 << 20;

/// The most columns of the items' own that are remembered.
const MOST_COLUMNS: usize = 64;

/// The most problems of a file that are told.
const MOST_PROBLEMS: usize = 100;

/// The columns that mean something. Others are the item's own metadata.
pub const COLUMNS: [&str; 6] = ["channel", "id", "created", "modified", "kind", "binaries"];

/// How a file is written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Format {
    /// A JSON object a line.
    JsonLines,
    /// A first line of column names, then a line an item.
    Csv,
}

impl Format {
    /// The format that a file's name says.
    pub fn of(name: &str) -> Option<Self> {
        let (_, ending) = name.rsplit_once('.')?;
        match &*ending.to_ascii_lowercase() {
            "jsonl" | "ndjson" => Some(Self::JsonLines),
            "csv" => Some(Self::Csv),
            _ => None,
        }
    }
}

/// The channels of a dataset and their items.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Data {
    /// Those of `[[channels]]`, in file order; then those that only items name, as they come up.
    pub channels: Vec<DataChannel>,
}

/// A channel and its items.
#[derive(Clone, PartialEq, Debug)]
pub struct DataChannel {
    /// Its id, title, appearance and disappearance.
    pub entry: ChannelEntry,
    /// Its items, in the order of their creation; of equal moments, of the files.
    pub items: Vec<Item>,
    /// Everything that happened to them, in order.
    versions: Vec<Version>,
    /// The items by id.
    by_name: Vec<u32>,
}

/// An item.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Item {
    /// Its id, unique in its channel.
    pub id: Text,
    /// When it was created, in milliseconds since 1970.
    pub created: i64,
    /// What it is.
    pub kind: ItemKind,
    /// How many binaries it has.
    pub binaries: u32,
}

/// An item was created or modified.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
struct Version {
    at: i64,
    item: u32,
    /// When it was modified next; none where this is the last time.
    until: Option<i64>,
}

/// What is wrong with a row.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Problem {
    /// Its line, from 1.
    pub line: u64,
    /// The offending piece within the line in bytes, where it is known.
    pub piece: Option<std::ops::Range<usize>>,
    /// What is wrong.
    pub message: String,
    /// What would be right.
    pub expected: String,
}

/// A row of a file, as far as it means something.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
struct Row<'a> {
    channel: Option<&'a str>,
    id: Option<&'a str>,
    created: Option<&'a str>,
    modified: Option<&'a str>,
    kind: Option<&'a str>,
    binaries: Option<&'a str>,
}

/// Reads files into a dataset.
pub struct Reader<'m> {
    /// A moment in milliseconds since 1970: a date-time, or a duration since the run's start.
    moment: &'m dyn Fn(&str) -> Option<i64>,
    channels: Vec<Unsorted>,
    by_id: BTreeMap<Text, usize>,
    /// Some of the columns that are the items' own, so that they are not compared with the known ones in every row.
    own_columns: Vec<Box<str>>,
    problems: Vec<Problem>,
}

/// A channel while it is being read.
struct Unsorted {
    entry: ChannelEntry,
    items: Vec<Item>,
    /// (item, moment) of each modification.
    modified: Vec<(u32, i64)>,
    by_id: BTreeMap<Text, u32>,
}

impl<'m> Reader<'m> {
    /// A reader of rows for these channels and others; `moment` understands moments.
    pub fn new(channels: Vec<ChannelEntry>, moment: &'m dyn Fn(&str) -> Option<i64>) -> Self {
        let (by_id, own_columns, problems) = (BTreeMap::new(), Vec::new(), Vec::new());
        let mut reader = Self { moment, channels: Vec::new(), by_id, own_columns, problems };
        for entry in channels {
            reader.add(entry);
        }
        reader
    }

    /// Reads a file.
    ///
    /// # Errors
    /// What is wrong with its rows, at most 100 problems; or why it cannot be read on.
    pub fn read(&mut self, file: impl Read, format: Format) -> Result<(), Vec<Problem>> {
        match format {
            Format::JsonLines => json_rows::read(self, file),
            Format::Csv => csv_rows::read(self, file),
        }
        if self.problems.is_empty() { Ok(()) } else { Err(std::mem::take(&mut self.problems)) }
    }

    /// What was read.
    pub fn finish(self) -> Data {
        Data { channels: self.channels.into_iter().map(Unsorted::sorted).collect() }
    }

    fn add(&mut self, entry: ChannelEntry) -> usize {
        let place = self.channels.len();
        self.by_id.insert(entry.external_id.clone(), place);
        let (items, modified, by_id) = (Vec::new(), Vec::new(), BTreeMap::new());
        self.channels.push(Unsorted { entry, items, modified, by_id });
        place
    }

    /// Whether so many problems were found that reading on is of no use.
    fn gave_up(&self) -> bool {
        self.problems.len() >= MOST_PROBLEMS
    }

    fn problem(&mut self, line: u64, message: impl Into<String>, expected: impl Into<String>) {
        self.problem_at(line, None, message, expected);
    }

    fn problem_at(
        &mut self,
        line: u64,
        piece: Option<std::ops::Range<usize>>,
        message: impl Into<String>,
        expected: impl Into<String>,
    ) {
        self.problems.push(Problem { line, piece, message: message.into(), expected: expected.into() });
    }

    /// One row; `place` says where in the line a column's value stands.
    fn row(&mut self, line: u64, row: &Row<'_>, place: &dyn Fn(&str) -> Option<std::ops::Range<usize>>) {
        let before = self.problems.len();
        let mut required = |name: &'static str, value: Option<&str>, expected: &str| {
            let missing = value.is_none_or(str::is_empty);
            if missing {
                self.problem(line, format!("no `{name}`"), expected);
            }
            missing
        };
        let _ = required("channel", row.channel, "expected the id of the item's channel")
            | required("id", row.id, "expected the item's id")
            | required("created", row.created, A_MOMENT);
        let created = self.moment(line, "created", row.created, place);
        let modified = self.moment(line, "modified", row.modified, place);
        if let (Some(created), Some(modified)) = (created, modified)
            && modified < created
        {
            let message = "`modified` is before `created`";
            self.problem_at(line, place("modified"), message, "expected the same moment or a later one");
        }
        let kind = match row.kind.map(crate::model::normalised).as_deref() {
            None | Some("" | "record") => ItemKind::Record,
            Some("aggregation") => ItemKind::Aggregation,
            Some(_) => {
                let message = format!("unknown kind \"{}\"", shortened(row.kind.unwrap_or_default()));
                self.problem_at(line, place("kind"), message, "expected \"record\" or \"aggregation\"");
                ItemKind::Record
            }
        };
        let binaries = row.binaries.filter(|text| !text.is_empty()).map_or(Ok(0), str::parse::<u32>);
        if binaries.is_err() {
            let message = format!("\"{}\" binaries", shortened(row.binaries.unwrap_or_default()));
            self.problem_at(line, place("binaries"), message, "expected a whole number from 0");
        }
        if let (Some(channel), Some(id), Some(created), Ok(binaries)) =
            (row.channel, row.id, created, binaries)
            && self.problems.len() == before
        {
            self.item(line, channel, Item { id: id.into(), created, kind, binaries }, modified);
        }
    }

    /// A row without problems: an item, or another modification of one that is known.
    fn item(&mut self, line: u64, channel: &str, item: Item, modified: Option<i64>) {
        let place = self.by_id.get(channel).copied().unwrap_or_else(|| {
            let external_id = Text::from(channel);
            let (appears, disappears) = (VirtualTime::START, VirtualTime::NEVER);
            self.add(ChannelEntry { external_id, title: None, appears, disappears })
        });
        let channel = &mut self.channels[place];
        let created = item.created;
        let number = if let Some(number) = channel.by_id.get(&item.id) {
            *number
        } else {
            let Ok(number) = u32::try_from(channel.items.len()) else { return };
            channel.by_id.insert(item.id.clone(), number);
            channel.items.push(item);
            number
        };
        let known = &channel.items[number as usize];
        if known.created != created {
            let message = format!("item `{}` was created at another moment before", shortened(&known.id));
            self.problem(line, message, "expected the same `created` in every row of an item");
            return;
        }
        channel.modified.extend(modified.filter(|at| *at > created).map(|at| (number, at)));
    }

    fn moment(
        &mut self,
        line: u64,
        name: &str,
        value: Option<&str>,
        place: &dyn Fn(&str) -> Option<std::ops::Range<usize>>,
    ) -> Option<i64> {
        let text = value.filter(|text| !text.is_empty())?;
        let moment = (self.moment)(text);
        if moment.is_none() {
            let message = format!("cannot read `{name}` \"{}\"", shortened(text));
            self.problem_at(line, place(name), message, A_MOMENT);
        }
        moment
    }

    /// A column that means nothing; a problem if it nearly has a name that does. `place` says where in the line it stands.
    fn column(&mut self, line: u64, name: &str, place: impl FnOnce() -> Option<std::ops::Range<usize>>) {
        let is_own = self.own_columns.iter().any(|own| **own == *name);
        if is_own || COLUMNS.contains(&name) || name.len() > 40 {
            return;
        }
        let folded = name.to_lowercase();
        let near = COLUMNS.iter().find(|known| {
            folded == **known || (known.len() > 3 && strsim::damerau_levenshtein(&folded, known) <= 2)
        });
        if let Some(near) = near {
            let message = format!("unknown column `{name}`");
            self.problem_at(line, place(), message, format!("did you mean `{near}`?"));
        } else if self.own_columns.len() < MOST_COLUMNS {
            self.own_columns.push(name.into());
        }
    }
}

const A_MOMENT: &str = "expected a date-time such as \"2026-01-05T09:00:00Z\", or a duration since the run's start such as \"20m\"";

/// Text from a file as a message can show it.
fn shortened(text: &str) -> String {
    let mut shown: String =
        text.chars().take(40).map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect();
    if text.chars().nth(40).is_some() {
        shown.push('…');
    }
    shown
}

impl Unsorted {
    fn sorted(self) -> DataChannel {
        let mut order: Vec<u32> = (0..).take(self.items.len()).collect();
        order.sort_by_key(|old| self.items[*old as usize].created);
        let mut number = vec![0u32; order.len()];
        for (new, old) in (0u32..).zip(&order) {
            number[*old as usize] = new;
        }
        let items: Vec<Item> = order.iter().map(|old| self.items[*old as usize].clone()).collect();
        let created = (0u32..).zip(&items).map(|(item, each)| (item, each.created));
        let modified = self.modified.iter().map(|(old, at)| (number[*old as usize], *at));
        let mut by_item: Vec<(u32, i64)> = created.chain(modified).collect();
        by_item.sort_unstable();
        by_item.dedup();
        let next = by_item.iter().skip(1).map(Some).chain([None]);
        let mut versions: Vec<Version> = (by_item.iter().zip(next))
            .map(|(&(item, at), next)| {
                let until = next.filter(|(of, _)| *of == item).map(|(_, until)| *until);
                Version { at, item, until }
            })
            .collect();
        versions.sort_unstable();
        let mut by_name: Vec<u32> = (0..).take(items.len()).collect();
        by_name.sort_by(|a, b| items[*a as usize].id.cmp(&items[*b as usize].id));
        DataChannel { entry: self.entry, items, versions, by_name }
    }
}

impl DataChannel {
    pub(super) fn created_before(&self, moment: i64) -> u64 {
        self.items.partition_point(|item| item.created < moment) as u64
    }

    pub(super) fn number(&self, name: &str) -> Option<u64> {
        let at = self.by_name.binary_search_by(|number| (*self.items[*number as usize].id).cmp(name)).ok()?;
        Some(self.by_name[at].into())
    }

    pub(super) fn changes(&self, after: Position, until: i64, most: usize) -> Vec<Change> {
        let from = self.versions.partition_point(|v| Position { at: v.at, item: v.item.into() } <= after);
        (self.versions[from..].iter())
            .take_while(|version| version.at <= until)
            .filter(|version| version.until.is_none_or(|next| next > until))
            .map(|version| Change { at: version.at, item: version.item.into() })
            .take(most)
            .collect()
    }
}

impl DataChannel {
    pub(super) fn history(&self, after: Position, until: i64) -> Vec<Change> {
        (self.versions.iter())
            .map(|version| Change { at: version.at, item: version.item.into() })
            .filter(|change| *change > after && change.at <= until)
            .collect()
    }
}

#[cfg(test)]
mod tests;
