//! What was submitted, compared with what there was: nothing that was due is missing, nothing came twice.
//!
//! The ledger knows what the run submitted, not what the source meant to answer, and it compares that with everything that
//! ever happened to the items, not with pages: so a page that loses an item is found, and a cursor that goes astray.

use std::ops::Range;

use super::catalogue::{Catalogue, Change, Channel, Position};
use super::cursor::Place;
use crate::model::{Items, VirtualTime, WorkType};
use crate::source::{Finding, Listed, Submission, Tally};

/// So many items of a finding are named; the rest is counted.
const NAMED: usize = 10;

/// What was submitted for one channel by one kind of work.
#[derive(Clone, Debug, Default)]
pub(super) struct Ledger {
    /// A registration's items.
    ranges: Vec<Range<u64>>,
    /// A synchronisation's items, and when each was asked for.
    submitted: Vec<(u64, i64)>,
    /// How far it says that it has come.
    place: Option<Place>,
    /// When it was last answered.
    last_at: i64,
    /// Whether it said then that this was all.
    complete: bool,
    /// How often it began again after it had come somewhere.
    begun_anew: u32,
    /// The start date, in milliseconds since 1970.
    start_date: i64,
    /// Items that the dataset does not have.
    strangers: u64,
}

impl Ledger {
    /// Something was submitted, asked for at `at`; it has come to `place`.
    pub(super) fn submit(
        &mut self,
        submission: &Submission<'_>,
        channel: &Channel,
        at: i64,
        place: Option<Place>,
    ) {
        if submission.cursor_in.is_empty() && self.place.is_some() {
            self.begun_anew = self.begun_anew.saturating_add(1);
        }
        self.place = place;
        self.last_at = at;
        self.complete = submission.complete;
        self.start_date = submission.start_date.as_millisecond();
        for items in [&submission.content.aggregations, &submission.content.records] {
            self.items(items, channel, submission.work_type, at);
        }
    }

    fn items(&mut self, items: &Items, channel: &Channel, work_type: WorkType, at: i64) {
        match &items.ids {
            None => {
                let from = items.first.saturating_sub(1);
                self.range(from..from.saturating_add(items.count), work_type, at);
            }
            Some(ids) => {
                for id in ids.iter() {
                    match channel.number(id) {
                        Some(item) => self.range(item..item.saturating_add(1), work_type, at),
                        None => self.strangers += 1,
                    }
                }
            }
        }
    }

    fn range(&mut self, range: Range<u64>, work_type: WorkType, at: i64) {
        if work_type == WorkType::ContentSynchronisation {
            self.submitted.extend(range.map(|item| (item, at)));
            return;
        }
        match self.ranges.last_mut() {
            Some(last) if last.end == range.start => last.end = range.end,
            _ if range.is_empty() => {}
            _ => self.ranges.push(range),
        }
    }

    /// What is wrong, and what was due, up to `end`.
    pub(super) fn audit(
        &self,
        channel: &Channel,
        work_type: WorkType,
        end: i64,
        tally: &mut Tally,
    ) -> Option<Finding> {
        let mut found = Found::default();
        if self.place.is_some() {
            if work_type == WorkType::ContentSynchronisation {
                self.synchronised(channel, &mut found);
            } else {
                self.registered(channel, &mut found);
            }
        }
        tally.due += found.due;
        tally.missing += found.missing.count;
        tally.repeated += found.repeated.count + self.strangers;
        debug_assert!(end >= self.last_at, "nothing is submitted after the end");
        let fine = found.missing.count == 0 && found.repeated.count == 0 && self.strangers == 0;
        (!fine).then(|| Finding {
            work_type,
            channel: channel.id.clone(),
            missing: found.missing,
            repeated: found.repeated,
            strangers: self.strangers,
            begun_anew: self.begun_anew,
        })
    }

    /// Every item that was created before the start date, once.
    fn registered(&self, channel: &Channel, found: &mut Found) {
        let all = channel.created_before(self.start_date.min(self.last_at.saturating_add(1)));
        let due = match self.place {
            Some(Place::Items(below)) if !self.complete => below.min(all),
            _ => all,
        };
        let mut ranges = self.ranges.clone();
        ranges.sort_unstable_by_key(|range| range.start);
        let mut next = 0;
        for range in ranges {
            found.missing_range(channel, next..range.start.min(due));
            let again = range.start..range.end.min(next);
            found.repeated.add(again.end.saturating_sub(again.start), again.map(|item| channel.name(item)));
            next = next.max(range.end);
        }
        found.missing_range(channel, next..due);
        found.due = channel.count(0, due);
    }

    /// Every item in its latest shape, each shape once.
    fn synchronised(&self, channel: &Channel, found: &mut Found) {
        let start = Position::after(self.start_date.saturating_sub(1));
        let mut versions = channel.history(start, self.last_at);
        versions.sort_unstable_by_key(|version| (version.item, version.at));
        versions.dedup();
        let mut submitted = self.submitted.clone();
        submitted.sort_unstable();
        let mut rest = submitted.as_slice();
        for shapes in versions.chunk_by(|a, b| a.item == b.item) {
            let Some(&Change { item, at: latest }) = shapes.last() else { continue };
            let strangers = rest.partition_point(|(other, _)| *other < item);
            found
                .repeated
                .add(strangers as u64, rest[..strangers].iter().map(|(item, _)| channel.name(*item)));
            rest = &rest[strangers..];
            let (mine, others) = rest.split_at(rest.partition_point(|(other, _)| *other == item));
            rest = others;
            let mut shown = 0;
            for (_, asked) in mine {
                // How many shapes there had been by then: the one that was submitted.
                let shape = shapes.partition_point(|shape| shape.at <= *asked);
                if shape > shown {
                    found.due += 1;
                    shown = shape;
                } else {
                    found.repeated.add(1, [channel.name(item)]);
                }
            }
            if shown < shapes.len() && self.has_passed(Position { at: latest, item }) {
                found.due += 1;
                found.missing.add(1, [channel.name(item)]);
            }
        }
        found.repeated.add(rest.len() as u64, rest.iter().map(|(item, _)| channel.name(*item)));
    }

    fn has_passed(&self, change: Change) -> bool {
        self.complete || matches!(self.place, Some(Place::Changes(place)) if change <= place)
    }

    /// What is still to come at `end`: items.
    pub(super) fn to_come(
        &self,
        catalogue: &Catalogue,
        channel: &Channel,
        work_type: WorkType,
        start_date: i64,
        end: VirtualTime,
    ) -> u64 {
        let now = catalogue.wall_clock(end);
        match (work_type, self.place) {
            (WorkType::ContentSynchronisation, place) => {
                let start = Position::after(start_date.saturating_sub(1));
                let from = if let Some(Place::Changes(place)) = place { place.max(start) } else { start };
                channel.changes(from, now, usize::MAX).len() as u64
            }
            (_, Some(_)) if self.complete => 0,
            (_, place) => {
                let from = if let Some(Place::Items(below)) = place { below } else { 0 };
                channel.count(from, channel.created_before(start_date.min(now.saturating_add(1))))
            }
        }
    }
}

#[derive(Default)]
struct Found {
    due: u64,
    missing: Listed,
    repeated: Listed,
}

impl Found {
    fn missing_range(&mut self, channel: &Channel, range: Range<u64>) {
        if range.start < range.end {
            let count = channel.count(range.start, range.end);
            let items = range.filter(|item| channel.is_item(*item)).map(|item| channel.name(item));
            self.missing.add(count, items.take(NAMED));
        }
    }
}

impl Listed {
    fn add(&mut self, count: u64, names: impl IntoIterator<Item = crate::model::Text>) {
        self.count += count;
        let room = NAMED.saturating_sub(self.names.len());
        self.names.extend(names.into_iter().take(room));
    }
}
