//! Channels and items made from the seed (`[generate]`, SPEC section 7). Nothing is stored: item and change are functions of
//! (seed, channel, number).
//!
//! A channel's history are the items `0..history`, created evenly over the two years before the run. Behind it comes a
//! stream of changes, spread by effort (see `calendar`). A change creates an item or modifies an earlier one; the item that
//! change `n` creates has the number `history + n`.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use super::catalogue::{Change, Channel, ItemKind, Items, Position};
use super::{Dice, Generate, calendar};
use crate::model::{Millis, Text, VirtualTime};

/// The most items that a channel's history has, whatever the dice say.
pub const MOST_ITEMS: u64 = 100_000_000;

/// The time before the run over which the history is spread.
const HISTORY: i64 = 2 * 365 * 86_400_000;

/// The kinds of rolls that a channel makes.
const HISTORY_SIZE: u64 = 0;
const CHANGE_RATE: u64 = 1;
const CREATED: u64 = 2;
const MOMENT: u64 = 3;
const WHAT: u64 = 4;

/// The items of one channel.
#[derive(Clone, Debug)]
pub(super) struct Generated {
    history: u64,
    aggregations: u64,
    binaries: u64,
    /// The run's start, in milliseconds since 1970.
    start: i64,
    /// The effort until then.
    start_effort: i64,
    /// The effort from one change to the next, on average; nothing where nothing ever changes.
    step: Option<f64>,
    created: Dice,
    moment: Dice,
    what: Dice,
    /// Only for a synchronisation that has fallen behind.
    index: RefCell<Index>,
}

/// The changes up to some number by item: made when so many are asked for that looking at all of them, page after page,
/// would take too long.
#[derive(Clone, Debug, Default)]
struct Index {
    /// Of each change: the next one of the same item.
    next: Vec<u64>,
    /// Of each item: its first and its latest change.
    first: BTreeMap<u64, u64>,
    latest: BTreeMap<u64, u64>,
}

impl Index {
    fn extend(&mut self, items: &Generated, to: u64) {
        for change in self.next.len() as u64..to {
            let item = items.item_of(change);
            self.next.push(u64::MAX);
            self.first.entry(item).or_insert(change);
            if let Some(before) = self.latest.insert(item, change) {
                self.next[usize(before)] = change;
            }
        }
    }

    fn next(&self, change: u64) -> u64 {
        self.next.get(usize(change)).copied().unwrap_or(u64::MAX)
    }
}

/// So many changes are looked at one by one.
const SCANNED: u64 = 256;

/// The channels of a run.
pub(super) fn channels(generate: &Generate, seed: u64, start: i64, duration: Millis) -> Vec<Channel> {
    let dice = Dice::new(seed, &["dataset", "channels"]);
    let later = turns(generate.channels_appearing_per_day, duration, dice.of(0));
    let mut channels: Vec<Channel> = std::iter::repeat_n(VirtualTime::START, usize(generate.channels))
        .chain(later)
        .enumerate()
        .map(|(number, appears)| {
            let id = Text::from(format!("channel-{}", number + 1));
            let items = Generated::new(generate, Dice::new(seed, &["content", &id]), start);
            Channel::new(id, None, (appears, VirtualTime::NEVER), Items::Generated(items))
        })
        .collect();
    let goings = turns(generate.channels_disappearing_per_day, duration, dice.of(1));
    for (n, disappears) in (0..).zip(goings) {
        let there = channels.iter().filter(|channel| channel.appears < disappears).count();
        if there > 0 {
            let which = usize(dice.of(2).roll(n) % there as u64);
            let gone = &mut channels[which].disappears;
            *gone = (*gone).min(disappears);
        }
    }
    for entry in &generate.channels_named {
        if let Some(channel) = channels.iter_mut().find(|channel| channel.id == entry.external_id) {
            channel.title.clone_from(&entry.title);
            (channel.appears, channel.disappears) = (entry.appears, entry.disappears);
        }
    }
    channels
}

/// The moments of something that happens so many times a day.
#[allow(clippy::cast_precision_loss, reason = "a run has fewer than 2^53 milliseconds")]
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "such a cast saturates")]
fn turns(per_day: f64, duration: Millis, dice: Dice) -> Vec<VirtualTime> {
    let mut moments = Vec::new();
    if per_day > 0.0 {
        for n in 0..super::data::MOST_CHANNELS {
            let at = ((n as f64 + dice.unit(n)) / per_day * 86_400_000.0) as u64;
            if at >= duration.0 {
                break;
            }
            moments.push(VirtualTime(at.max(1)));
        }
    }
    moments
}

fn usize(number: u64) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

impl Generated {
    fn new(generate: &Generate, dice: Dice, start: i64) -> Self {
        let history = generate.history_per_channel.sample_whole(dice.of(HISTORY_SIZE), MOST_ITEMS);
        let per_day = generate.changes_per_day.sample(dice.of(CHANGE_RATE));
        #[allow(clippy::cast_precision_loss, reason = "a small constant")]
        let day = calendar::DAY_EFFORT as f64;
        Self {
            history,
            aggregations: generate.aggregations_per_channel.min(history),
            binaries: generate.binaries_per_record,
            start,
            start_effort: calendar::effort(start),
            step: (per_day > 0.0).then(|| day / per_day.min(day)),
            created: dice.of(CREATED),
            moment: dice.of(MOMENT),
            what: dice.of(WHAT),
            index: RefCell::default(),
        }
    }

    /// When an item of the history was created.
    #[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation, reason = "below 2^53")]
    fn history_at(&self, item: u64) -> i64 {
        let share = (item as f64 + self.created.unit(item)) / self.history as f64;
        let before = HISTORY - (HISTORY as f64 * share) as i64;
        self.start.saturating_sub(before.max(1))
    }

    /// When a change takes place.
    #[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation, reason = "such a cast saturates")]
    fn change_at(&self, change: u64) -> i64 {
        let Some(step) = self.step else { return i64::MAX };
        let effort = ((change as f64 + self.moment.unit(change)) * step) as i64;
        calendar::moment(self.start_effort.saturating_add(effort)).max(self.start)
    }

    /// How many changes there were before `moment`.
    #[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation, reason = "such a cast saturates")]
    #[allow(clippy::cast_sign_loss, reason = "such a cast saturates")]
    fn changes_before(&self, moment: i64) -> u64 {
        let Some(step) = self.step else { return 0 };
        if moment <= self.start {
            return 0;
        }
        let effort = calendar::effort(moment).saturating_sub(self.start_effort);
        // Change n lies between n and n + 1 steps; rounding can be off by one more.
        let mut count = ((effort as f64 / step) as u64).saturating_sub(2);
        while self.change_at(count) < moment {
            count += 1;
        }
        count
    }

    /// Whether a change creates an item.
    fn creates(&self, change: u64) -> bool {
        self.what.roll(change) & 1 == 0 || (change == 0 && self.history == 0)
    }

    /// The item that a change creates or modifies.
    fn item_of(&self, change: u64) -> u64 {
        let new = self.history + change;
        if self.creates(change) {
            return new;
        }
        let mut item = (self.what.roll(change) >> 1) % new;
        while item >= self.history && !self.creates(item - self.history) {
            item -= 1;
        }
        item
    }

    pub(super) fn created_before(&self, moment: i64) -> u64 {
        if moment > self.start {
            return self.history + self.changes_before(moment);
        }
        let (mut low, mut high) = (0, self.history);
        while low < high {
            let middle = low + (high - low) / 2;
            if self.history_at(middle) < moment { low = middle + 1 } else { high = middle }
        }
        low
    }

    pub(super) fn is_item(&self, number: u64) -> bool {
        number < self.history || self.creates(number - self.history)
    }

    pub(super) fn count(&self, from: u64, to: u64) -> u64 {
        let history = to.min(self.history).saturating_sub(from);
        let new = (from.max(self.history)..to.max(self.history)).filter(|number| self.is_item(*number));
        history + new.count() as u64
    }

    pub(super) const fn item(&self, number: u64) -> (ItemKind, u64) {
        if number < self.aggregations {
            (ItemKind::Aggregation, 0)
        } else {
            (ItemKind::Record, self.binaries)
        }
    }

    /// All of the changes `from..to` behind `after` that are their item's latest.
    fn scan(&self, from: u64, to: u64, after: Position) -> Vec<Change> {
        let mut later = BTreeSet::new();
        let changes = (from..to).rev().map(|n| Change { at: self.change_at(n), item: self.item_of(n) });
        let mut found: Vec<Change> =
            changes.filter(|change| *change > after && later.insert(change.item)).collect();
        found.reverse();
        found
    }

    /// At least the first `most` of them, found without looking at the rest.
    fn page(&self, from: u64, to: u64, after: Position, most: usize) -> Vec<Change> {
        let mut index = self.index.borrow_mut();
        index.extend(self, to);
        let mut found: Vec<Change> = Vec::new();
        for n in from..to {
            let at = self.change_at(n);
            // Those of one moment are put into order later, so that none of them may be left out.
            if found.len() >= most && found.last().is_some_and(|last| last.at < at) {
                break;
            }
            if index.next(n) >= to {
                found.extend(Some(Change { at, item: self.item_of(n) }).filter(|change| *change > after));
            }
        }
        found
    }

    /// Whether one of the first `to` changes was of this item.
    fn is_touched(&self, item: u64, to: u64) -> bool {
        let mut index = self.index.borrow_mut();
        index.extend(self, to);
        index.first.get(&item).is_some_and(|change| *change < to)
    }

    pub(super) fn changes(&self, after: Position, until: i64, most: usize) -> Vec<Change> {
        let from = self.changes_before(after.at);
        let to = self.changes_before(until.saturating_add(1));
        let mut found = if to.saturating_sub(from) <= SCANNED && after.at >= self.start {
            self.scan(from, to, after)
        } else {
            self.page(from, to, after, most)
        };
        if after.at < self.start {
            let first = self.created_before(after.at);
            let history = (first..self.created_before(until.saturating_add(1).min(self.start)))
                .map(|item| Change { at: self.history_at(item), item })
                .filter(|change| *change > after && !self.is_touched(change.item, to))
                .take(most);
            found = history.chain(found).collect();
        }
        found.sort_unstable();
        found.truncate(most);
        found
    }
}

impl Generated {
    pub(super) fn history(&self, after: Position, until: i64) -> Vec<Change> {
        let created = (0..self.history).map(|item| Change { at: self.history_at(item), item });
        let created = created.skip_while(|change| *change <= after).take_while(|change| change.at <= until);
        let changes =
            (0..).map_while(|n| Some(self.change_at(n)).filter(|at| *at <= until).map(|at| (n, at)));
        let changes = changes.map(|(n, at)| Change { at, item: self.item_of(n) });
        created.chain(changes.filter(|change| *change > after)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::dataset::Distribution;

    const MONDAY: i64 = 1_767_571_200_000;
    const DAY: i64 = 86_400_000;

    fn generate() -> Generate {
        Generate {
            channels: 3,
            history_per_channel: Distribution::Value(50.0),
            changes_per_day: Distribution::Value(30.0),
            binaries_per_record: 1,
            aggregations_per_channel: 2,
            channels_appearing_per_day: 0.0,
            channels_disappearing_per_day: 0.0,
            channels_named: Vec::new(),
        }
    }

    fn items(generate: &Generate, seed: u64) -> Generated {
        Generated::new(generate, Dice::new(seed, &["x"]), MONDAY)
    }

    #[test]
    fn history_lies_in_the_two_years_before_the_run() {
        let items = items(&generate(), 1);
        let moments: Vec<i64> = (0..50).map(|item| items.history_at(item)).collect();
        assert!(moments.is_sorted());
        assert!(moments.iter().all(|at| (MONDAY - HISTORY..MONDAY).contains(at)));
        for (n, at) in (0..).zip(&moments) {
            assert_eq!(items.created_before(*at), n);
            assert_eq!(items.created_before(*at + 1), n + 1);
        }
    }

    #[test]
    fn changes_come_as_often_as_asked_for_and_in_working_hours() {
        let items = items(&generate(), 2);
        let week = items.changes_before(MONDAY + 7 * DAY);
        assert!((209..=211).contains(&week), "{week}");
        let worked: u64 = (0..5)
            .map(|day| {
                let of = |hour: i64| items.changes_before(MONDAY + day * DAY + hour * 3_600_000);
                of(18) - of(8)
            })
            .sum();
        assert!((140..=148).contains(&worked), "{worked}");
        assert!((0..300).map(|change| items.change_at(change)).is_sorted());
    }

    /// Pages of any size, taken at any moment, give what a single look over everything gives.
    #[test]
    fn changes_are_each_item_s_latest() {
        for seed in 0..20 {
            let items = items(&generate(), seed);
            let until = MONDAY + 3 * DAY;
            let after = Position::after(MONDAY - 300 * DAY);
            let mut naive = std::collections::BTreeMap::new();
            for item in 0..50 {
                naive.insert(item, items.history_at(item));
            }
            for change in (0..).take_while(|change| items.change_at(*change) <= until) {
                naive.insert(items.item_of(change), items.change_at(change));
            }
            let mut expect: Vec<Change> = naive.iter().map(|(&item, &at)| Change { at, item }).collect();
            expect.retain(|change| *change > after);
            expect.sort_unstable();
            assert_eq!(items.changes(after, until, usize::MAX), expect);

            let (mut paged, mut last) = (Vec::new(), after);
            while let Some(page) = Some(items.changes(last, until, 7)).filter(|page| !page.is_empty()) {
                last = *page.last().unwrap();
                paged.extend(page);
            }
            assert_eq!(paged, expect);
        }
    }

    #[test]
    fn a_channel_without_history_or_changes() {
        let nothing = Generate {
            history_per_channel: Distribution::ZERO,
            changes_per_day: Distribution::ZERO,
            ..generate()
        };
        let items_of = items(&nothing, 1);
        assert_eq!(items_of.created_before(i64::MAX), 0);
        assert_eq!(items_of.changes(Position::after(i64::MIN), i64::MAX, 10), []);
        let only_changes = items(&Generate { changes_per_day: Distribution::Value(1e12), ..nothing }, 1);
        assert_eq!(only_changes.changes(Position::after(i64::MIN), MONDAY + 1, 3)[0].item, 0);
    }

    #[test]
    fn channels_appear_and_disappear() {
        let some =
            Generate { channels_appearing_per_day: 2.0, channels_disappearing_per_day: 1.0, ..generate() };
        let found = channels(&some, 1, MONDAY, Millis::from_secs(3 * 86_400));
        assert_eq!(found.len(), 9);
        assert!(found[3..].is_sorted_by_key(|channel| channel.appears));
        assert!(found.iter().any(|channel| channel.disappears < VirtualTime::NEVER));
        assert!(found.iter().all(|channel| channel.appears < channel.disappears));
    }
}
