//! The engines that are compared: the product's own, and the same work on a plain heap and on tokio.

use std::cell::RefCell;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};
use std::io::{self, Write};
use std::rc::Rc;
use std::time::Duration;

use connector_cli::engine::{Engine, Observer};
use connector_cli::event::{Fact, RunEvent, RunStarted};
use connector_cli::model::Outcome;
use connector_cli::report::event_log::EventLog;
use connector_cli::report::summary::{Holds, Summary};

use crate::work::{Abstract, Generator, Variant, Work, delay};

/// What an engine did.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub(crate) struct Done {
    pub(crate) executions: u64,
    pub(crate) deferred: u64,
    pub(crate) events: u64,
}

/// Reads the totals off the last event; nothing else listens.
struct Totals(Done);

impl Observer for Totals {
    fn event(&mut self, event: &RunEvent<'_>) {
        if let Fact::RunFinished(totals) = &event.fact {
            self.0.executions = totals.executions;
            self.0.deferred = totals.results.get(&Outcome::Deferred).copied().unwrap_or(0);
            self.0.events = event.seq;
        }
    }
}

/// The product's own engine, without anybody who listens.
pub(crate) fn own(work: Work) -> Done {
    let mut totals = Totals(Done::default());
    drive(work, &mut totals);
    totals.0
}

/// The product's own engine with the counters that its tables are made from.
pub(crate) fn own_with_tables(work: Work) -> Done {
    let mut tables = Tables(Summary::keeping(Holds::OfWorstKeys), Totals(Done::default()));
    drive(work, &mut tables);
    std::hint::black_box(tables.0.totals());
    tables.1.0
}

/// What the product's tables are made from, and the totals.
struct Tables(Summary, Totals);

impl Observer for Tables {
    fn event(&mut self, event: &RunEvent<'_>) {
        self.0.observe(event);
        self.1.event(event);
    }

    fn soon(&mut self, lines: &[u32]) {
        self.0.soon(lines);
    }
}

/// The product's own engine with its event log.
pub(crate) fn own_with_log(work: Work, out: impl Write) -> io::Result<Done> {
    let mut totals = Totals(Done::default());
    let mut log = EventLog::new(out);
    drive(work, &mut |event: &RunEvent<'_>| {
        log.observe(event);
        totals.event(event);
    });
    log.finish()?;
    Ok(totals.0)
}

pub(crate) fn drive(work: Work, observer: &mut dyn Observer) {
    let config = work.config();
    let mut engine = Engine::new(&config, work.rules.set(), work.sources());
    let started = RunStarted {
        schema: "".into(),
        start: "".into(),
        duration_ms: config.simulation.duration,
        seed: config.simulation.seed,
        rules: work.rules,
        scope_key: None,
        settings: BTreeMap::new(),
        connectors: Vec::new(),
        inputs: Vec::new(),
    };
    engine.start(observer, started);
    while let Some(now) = engine.next_instant() {
        engine.advance(now, 4096, observer);
    }
    engine.finish(None, observer);
}

/// A channel in the abstract.
#[derive(Clone, Copy)]
struct Plain {
    connector: u32,
    number: u32,
    empty_streak: u32,
    variant: Variant,
}

/// The plain channels of a work, and a generator with its lock's expiry for each connector.
fn plain(work: Work) -> (Vec<Plain>, Vec<(Generator, u64)>) {
    let mut channels = Vec::new();
    let mut connectors = Vec::new();
    for (connector, count) in (0..).zip(work.connectors()) {
        channels.extend((0..count).map(|number| Plain {
            connector,
            number,
            empty_streak: 0,
            variant: work.variant,
        }));
        connectors.push((Generator::new(count, work.variant), 0));
    }
    (channels, connectors)
}

/// One execution in the abstract: when the next one is.
fn execute(channel: &mut Plain, connectors: &mut [(Generator, u64)], now: u64, done: &mut Done) -> u64 {
    let (generator, locked_until) = &mut connectors[channel.connector as usize];
    done.executions += 1;
    if now < *locked_until {
        done.deferred += 1;
        return *locked_until;
    }
    match generator.call(channel.number, now) {
        Abstract::Records(records) => {
            let Plain { variant, number, .. } = *channel;
            now + delay(variant, records, &mut channel.empty_streak, number, now)
        }
        Abstract::BackOff(window) => {
            *locked_until = now + window;
            *locked_until
        }
    }
}

/// The standard library's heap of structs; what is deferred is queued again.
pub(crate) fn heap(work: Work) -> Done {
    #[derive(PartialEq, Eq, PartialOrd, Ord)]
    struct Timer {
        at: u64,
        seq: u64,
        channel: u32,
    }
    let (mut channels, mut connectors) = plain(work);
    let mut done = Done::default();
    let end = work.hours * 3_600_000;
    let mut queue: BinaryHeap<Reverse<Timer>> =
        (0..work.channels).map(|channel| Reverse(Timer { at: 0, seq: channel.into(), channel })).collect();
    let mut seq = u64::from(work.channels);
    while let Some(Reverse(Timer { at, channel, .. })) = queue.pop() {
        if at >= end {
            break;
        }
        let next = execute(&mut channels[channel as usize], &mut connectors, at, &mut done);
        queue.push(Reverse(Timer { at: next, seq, channel }));
        seq += 1;
    }
    done
}

/// tokio with paused time, a task a channel.
pub(crate) fn tokio(work: Work) -> io::Result<Done> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build()?;
    let (channels, connectors) = plain(work);
    let shared = Rc::new(RefCell::new((connectors, Done::default())));
    let tasks = tokio::task::LocalSet::new();
    let end = work.hours * 3_600_000;
    tasks.block_on(&runtime, async {
        let start = tokio::time::Instant::now();
        for mut channel in channels {
            let shared = Rc::clone(&shared);
            tokio::task::spawn_local(async move {
                let mut now = 0;
                while now < end {
                    now = {
                        let (connectors, done) = &mut *shared.borrow_mut();
                        execute(&mut channel, connectors, now, done)
                    };
                    tokio::time::sleep_until(start + Duration::from_millis(now)).await;
                }
            });
        }
        tokio::time::sleep_until(start + Duration::from_millis(end)).await;
    });
    let done = shared.borrow().1;
    Ok(done)
}
