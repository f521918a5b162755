//! One connector's side of a dataset: answers its calls, and keeps the ledger of what came of them.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use super::catalogue::{Catalogue, Channel, ItemKind, Position};
use super::cursor::Place;
use super::ledger::Ledger;
use super::limits::{Caller, Limiter, Refusal};
use super::{Dataset, Dice, Per};
use crate::model::{
    Channel as Returned, Context, Items, MAX_SECONDS, Millis, Registration, ResultType, Text, VirtualTime,
    WorkType,
};
use crate::source::{
    Answer, Audit, Bookkeeper, ChannelNo, Content, ContentSource, Discovered, Payload, Request, Staleness,
    Submission, Tally,
};

/// The kinds of rolls for a call.
const LATENCY: u64 = 0;
const FAILED: u64 = 1;
const ABANDONED: u64 = 2;
const SHORT_PAGE: u64 = 3;
const PAGE_SIZE: u64 = 4;

/// A connector that reads a dataset.
#[derive(Debug)]
pub struct DatasetPlayer {
    dataset: Arc<Dataset>,
    catalogue: Rc<Catalogue>,
    limiter: Rc<RefCell<Limiter>>,
    seed: u64,
    connector: usize,
    connector_id: Text,
    tenant: Text,
    discovery: Line,
    /// By the run's channel number: synchronisation and registration.
    lines: Vec<[Option<Box<Line>>; 2]>,
    known: Known,
}

/// What the connector's discoveries have returned so far.
#[derive(Debug, Default)]
struct Known {
    /// How many of the catalogue's turns there had been at the last discovery.
    turns: usize,
    channels: Vec<bool>,
    /// What a discovery answers as long as nothing appears or disappears.
    again: Option<Arc<Discovered>>,
}

/// What is remembered of one (work type, channel).
#[derive(Debug)]
struct Line {
    /// The channel's place in the catalogue; none for a discovery, and where the dataset has no such channel.
    channel: Option<usize>,
    dice: Dice,
    seal: Dice,
    calls: u64,
    ledger: Ledger,
}

impl DatasetPlayer {
    /// The connector at place `connector` of the config, reading `dataset` with others that share `catalogue` and
    /// `limiter`.
    pub fn new(
        dataset: Arc<Dataset>,
        catalogue: Rc<Catalogue>,
        limiter: Rc<RefCell<Limiter>>,
        seed: u64,
        (connector, id, tenant): (usize, &Text, &str),
    ) -> Self {
        let dice = Dice::new(seed, &["call", id]);
        let discovery = Line { channel: None, dice, seal: dice, calls: 0, ledger: Ledger::default() };
        Self {
            dataset,
            catalogue,
            limiter,
            seed,
            connector,
            connector_id: id.clone(),
            tenant: tenant.into(),
            discovery,
            lines: Vec::new(),
            known: Known::default(),
        }
    }

    /// The line of a content operation, made at first use.
    fn line(&mut self, work_type: WorkType, (number, id): (ChannelNo, &Text)) -> &mut Line {
        let number = number.0 as usize;
        if number >= self.lines.len() {
            self.lines.resize_with(number + 1, Default::default);
        }
        let slot = &mut self.lines[number][usize::from(work_type == WorkType::ContentRegistration)];
        slot.get_or_insert_with(|| {
            Box::new(Line {
                channel: self.catalogue.find(id),
                dice: Dice::new(self.seed, &["call", &self.connector_id, work_type.word(), id]),
                // Not from the seed: the same data give the same cursors.
                seal: Dice::new(0, &["cursor", work_type.word(), id]),
                calls: 0,
                ledger: Ledger::default(),
            })
        })
    }

    fn refused(&self, refusal: &Refusal) -> Answer {
        let limit = &self.dataset.rate_limits[refusal.limit];
        let whose = match limit.per {
            Per::Source => "everybody",
            Per::Tenant => "the tenant",
            Per::Connector => "the connector",
            Per::Channel => "the channel",
        };
        let reason = format!("throttled: {} units in {} for {whose} are used up", limit.limit, limit.window);
        Answer {
            next_delay: Some(Millis::from_secs(refusal.left.secs_ceil())),
            semaphore_lock_type: Some(refusal.lock_type),
            ..Answer::with_reason(ResultType::BackOff, reason)
        }
    }

    /// What the discovery answers: every channel that is there, and a registration for those that were not there the last
    /// time.
    fn discover(&mut self, at: VirtualTime) -> Arc<Discovered> {
        let turns = self.catalogue.turns.partition_point(|turn| *turn <= at);
        if let (Some(again), true) = (&self.known.again, turns == self.known.turns) {
            return Arc::clone(again);
        }
        let known = &mut self.known;
        known.turns = turns;
        known.channels.resize(self.catalogue.channels.len(), false);
        let (mut channels, mut registrations) = (Vec::new(), Vec::new());
        let nothing = Arc::new(Context::new());
        for (channel, known) in self.catalogue.channels.iter().zip(&mut known.channels) {
            let exists = channel.exists(at);
            if exists {
                let returned = Returned::from_id(channel.id.clone());
                channels.push(Returned { title: channel.title.clone(), ..returned });
                if !*known {
                    let context = Arc::clone(&nothing);
                    registrations.push(Registration { channel: channel.id.clone(), context });
                }
            }
            *known = exists;
        }
        let again = Discovered { channels: channels.clone(), new_channel_registrations: Vec::new() };
        known.again = Some(Arc::new(again));
        Arc::new(Discovered { channels, new_channel_registrations: registrations })
    }

    /// What a content operation answers if nothing is in its way.
    fn content(&self, request: &Request<'_>, place: Option<usize>, roll: &Roll) -> Answer {
        let named = request.channel.map_or("", |(_, id)| &**id);
        let Some(channel) = place.and_then(|place| self.catalogue.channels.get(place)) else {
            return abandoned(format!("the dataset has no channel \"{}\"", excerpt(named)));
        };
        if !channel.exists(request.at) {
            let when = if request.at < channel.appears {
                format!("appears at {}", channel.appears)
            } else {
                format!("disappeared at {}", channel.disappears)
            };
            return abandoned(format!("channel \"{}\" {when}", excerpt(named)));
        }
        let place = if request.cursor.is_empty() {
            None
        } else {
            let place = Place::parse(request.cursor, request.work_type, roll.seal);
            if place.is_none() {
                let cursor = excerpt(request.cursor);
                let (noun, channel) = (request.work_type.noun(), excerpt(named));
                return Answer::failed(format!(
                    "cursor \"{cursor}\" was never given to a {noun} of channel \"{channel}\""
                ));
            }
            place
        };
        let now = self.catalogue.wall_clock(request.at);
        let start_date = request.start_date.as_millisecond();
        if request.work_type == WorkType::ContentRegistration {
            let from = if let Some(Place::Items(below)) = place { below } else { 0 };
            return registration(channel, from, start_date.min(now.saturating_add(1)), roll);
        }
        let start = Position::after(start_date.saturating_sub(1));
        let from = if let Some(Place::Changes(place)) = place { place.max(start) } else { start };
        let mut answer = synchronisation(channel, from, now, roll);
        if answer.cursor.is_none() && request.cursor.is_empty() {
            answer.cursor = Some(Place::Changes(Position::after(now)).cursor(roll.seal));
        }
        answer
    }
}

/// What the dice say about a call.
struct Roll {
    latency: Millis,
    failed: bool,
    abandoned: bool,
    page: usize,
    seal: Dice,
    /// The run's start, in milliseconds since 1970: nothing is stale before it.
    start: i64,
}

impl Roll {
    fn new(dataset: &Dataset, line: &Line, start: i64) -> Self {
        let dice = line.dice.of(line.calls);
        let faults = &dataset.faults;
        let happens = |what, probability: f64| probability > 0.0 && dice.unit(what) < probability;
        let page = if happens(SHORT_PAGE, faults.short_page) {
            1 + dice.roll(PAGE_SIZE) % dataset.page_size
        } else {
            dataset.page_size
        };
        let latency = dataset.latency.sample_whole(dice.of(LATENCY), MAX_SECONDS * 1000);
        Self {
            latency: Millis(latency),
            failed: happens(FAILED, faults.failed),
            abandoned: happens(ABANDONED, faults.abandoned),
            page: usize::try_from(page).unwrap_or(usize::MAX),
            seal: line.seal,
            start,
        }
    }
}

fn abandoned(reason: String) -> Answer {
    Answer::with_reason(ResultType::Abandoned, reason)
}

fn excerpt(text: &str) -> String {
    text.chars().take(60).collect()
}

/// The next page of the items that were created before `moment`.
fn registration(channel: &Channel, from: u64, moment: i64, roll: &Roll) -> Answer {
    let end = channel.created_before(moment);
    let page: Vec<u64> =
        (from..end).filter(|item| channel.is_item(*item)).take(roll.page.saturating_add(1)).collect();
    let (page, more) = (&page[..page.len().min(roll.page)], page.len() > roll.page);
    let next = if more { page.last().map_or(end, |last| last + 1) } else { end.max(from) };
    Answer {
        cursor: Some(Place::Items(next).cursor(roll.seal)),
        payload: Payload::Content(page_of(channel, page)),
        ..Answer::of(if more { ResultType::Incomplete } else { ResultType::Complete })
    }
}

/// The next page of what has changed.
fn synchronisation(channel: &Channel, from: Position, now: i64, roll: &Roll) -> Answer {
    let changes = channel.changes(from, now, roll.page.saturating_add(1));
    let more = changes.len() > roll.page;
    let changes = &changes[..changes.len().min(roll.page)];
    let items: Vec<u64> = changes.iter().map(|change| change.item).collect();
    let mut content = page_of(channel, &items);
    if !changes.is_empty() {
        let submitted = now.saturating_add(i64::try_from(roll.latency.0).unwrap_or(i64::MAX));
        let ages = changes.iter().map(|change| {
            Millis(u64::try_from(submitted.saturating_sub(change.at.max(roll.start))).unwrap_or(0))
        });
        let worst = ages.clone().max().unwrap_or_default();
        content.staleness = Some(Staleness { total: ages.sum(), worst });
    }
    Answer {
        cursor: changes.last().map(|last| Place::Changes(*last).cursor(roll.seal)),
        payload: Payload::Content(content),
        ..Answer::of(if more { ResultType::Incomplete } else { ResultType::Complete })
    }
}

/// Items as an answer holds them. Where their ids are made up and follow one another, the first one says it all.
fn page_of(channel: &Channel, items: &[u64]) -> Content {
    let (mut records, mut aggregations, mut binaries) = (Vec::new(), Vec::new(), 0u64);
    for item in items {
        let (kind, more) = channel.item(*item);
        binaries = binaries.saturating_add(more);
        if kind == ItemKind::Aggregation { &mut aggregations } else { &mut records }.push(*item);
    }
    let made_up = records.first().is_none_or(|first| channel.given_name(*first).is_none());
    let in_a_row = records.windows(2).all(|two| two[1] == two[0] + 1);
    let records = match records.first() {
        Some(first) if made_up && in_a_row => {
            Items { count: records.len() as u64, ids: None, first: first + 1 }
        }
        _ => named(channel, &records),
    };
    Content { records, aggregations: named(channel, &aggregations), binaries, staleness: None }
}

fn named(channel: &Channel, items: &[u64]) -> Items {
    if items.is_empty() {
        Items::default()
    } else {
        Items::named(items.iter().map(|item| channel.name(*item)).collect())
    }
}

impl ContentSource for DatasetPlayer {
    fn answer(&mut self, request: &Request<'_>) -> Answer {
        let dataset = Arc::clone(&self.dataset);
        let start = self.catalogue.start;
        let line = match request.channel {
            None => &mut self.discovery,
            Some(channel) => self.line(request.work_type, channel),
        };
        let roll = Roll::new(&dataset, line, start);
        let place = line.channel;
        line.calls += 1;
        let outage =
            dataset.outages.iter().find(|outage| outage.from <= request.at && request.at < outage.to);
        if let Some(outage) = outage {
            return Answer { latency: roll.latency, ..Answer::failed(outage.reason.clone()) };
        }
        let answer = if roll.failed {
            Answer::failed("a fault of the source")
        } else if roll.abandoned && request.channel.is_some() {
            abandoned("a fault of the source".to_owned())
        } else if request.channel.is_some() {
            self.content(request, place, &roll)
        } else {
            Answer::nothing()
        };
        let caller = Caller {
            tenant: &self.tenant,
            connector: self.connector,
            work_type: request.work_type,
            channel: request.channel.map(|(_, id)| id),
        };
        let binaries = if let Payload::Content(content) = &answer.payload { content.binaries } else { 0 };
        let refusal = self.limiter.borrow_mut().admit(&caller, binaries, request.at);
        if let Some(refusal) = refusal {
            return self.refused(&refusal);
        }
        let payload = match (request.channel, answer.result) {
            (None, ResultType::Complete) => Payload::Discovery(self.discover(request.at)),
            _ => answer.payload,
        };
        Answer { latency: roll.latency, payload, ..answer }
    }

    fn bookkeeper(&mut self) -> Option<&mut dyn Bookkeeper> {
        Some(self)
    }
}

impl Bookkeeper for DatasetPlayer {
    fn submitted(&mut self, submission: &Submission<'_>) {
        let at = self.catalogue.wall_clock(submission.at);
        let catalogue = Rc::clone(&self.catalogue);
        let line = self.line(submission.work_type, submission.channel);
        let Some(channel) = line.channel.and_then(|place| catalogue.channels.get(place)) else { return };
        let place = Place::parse(submission.cursor_out, submission.work_type, line.seal);
        line.ledger.submit(submission, channel, at, place);
    }

    fn audit(&self, at: VirtualTime, start_date: jiff::Timestamp) -> Audit {
        let mut audit = Audit { tallies: Vec::new(), findings: Vec::new() };
        let (end, start_date) = (self.catalogue.wall_clock(at), start_date.as_millisecond());
        let nothing = Ledger::default();
        for (slot, work_type) in
            [WorkType::ContentSynchronisation, WorkType::ContentRegistration].into_iter().enumerate()
        {
            let mut tally = Tally::of(work_type);
            let mut ledgers: Vec<Option<&Ledger>> = vec![None; self.catalogue.channels.len()];
            for line in self.lines.iter().filter_map(|lines| lines[slot].as_ref()) {
                if let Some(channel) = line.channel {
                    ledgers[channel] = Some(&line.ledger);
                }
            }
            for (channel, ledger) in self.catalogue.channels.iter().zip(ledgers) {
                let ledger = ledger.unwrap_or(&nothing);
                audit.findings.extend(ledger.audit(channel, work_type, end, &mut tally));
                if channel.exists(at) {
                    let to_come = ledger.to_come(&self.catalogue, channel, work_type, start_date, at);
                    tally.to_come += to_come;
                    tally.calls_to_come += to_come.div_ceil(self.dataset.page_size);
                    tally.channels_to_come += u64::from(to_come > 0);
                }
            }
            audit.tallies.push(tally);
        }
        audit
    }
}
