//! What must not depend on how the engine is tuned or driven.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;

use super::*;
use crate::config::{Change, Connector, Simulation, SourceConfig, TimelineEntry};
use crate::event::RunEvent;
use crate::lock::ScopeKey;
use crate::model::{Channel, Items, LockType, Millis, Registration, ResultType, WorkType};
use crate::rules::{ContentManagerSettings, RetrySettings, Rules};
use crate::source::{Answer, Content, Discovered, Payload, Request};

const CHANNELS: u32 = 12;

/// Answers every kind of result, at odd moments, and with latencies that make calls end together.
struct Moody {
    calls: u64,
}

impl ContentSource for Moody {
    fn answer(&mut self, request: &Request<'_>) -> Answer {
        self.calls += 1;
        let n = self.calls;
        let mood = (n * 2_654_435_761) >> 7;
        let latency = Millis([0, 0, 1, 1000, 999_999][usize::try_from(mood % 5).unwrap()]);
        if request.work_type == WorkType::ChannelDiscovery {
            let channels =
                (0..CHANNELS - u32::try_from(n % 3).unwrap()).map(|n| Channel::from_id(format!("c{n}")));
            let registration =
                Registration { channel: format!("c{}", n % 15).into(), context: Arc::default() };
            let discovered =
                Discovered { channels: channels.collect(), new_channel_registrations: vec![registration] };
            return Answer { payload: Payload::Discovery(Arc::new(discovered)), ..Answer::nothing() };
        }
        let content = Content { records: Items::counted(mood % 3), ..Content::default() };
        let answer = match mood % 23 {
            0 => Answer::of(ResultType::BackOff),
            1 | 2 => Answer {
                next_delay: Some(Millis(mood % 700_000)),
                semaphore_lock_type: Some(if mood.is_multiple_of(2) {
                    LockType::Global
                } else {
                    LockType::Scoped
                }),
                ..Answer::of(ResultType::BackOff)
            },
            3 => Answer { next_delay: Some(Millis(n % 3)), ..Answer::of(ResultType::Incomplete) },
            4 if n.is_multiple_of(7) => Answer::of(ResultType::Abandoned),
            5 => Answer::failed("a bad day"),
            6 => Answer { next_delay: Some(Millis(mood % 40_000_000)), ..Answer::nothing() },
            _ => Answer { payload: Payload::Content(content), ..Answer::nothing() },
        };
        Answer { latency, ..answer }
    }
}

fn config() -> ConnectorConfig {
    let connector = |id: &str| Connector {
        id: id.into(),
        display_name: None,
        tenant_id: String::new(),
        connector_type: String::new(),
        properties: BTreeMap::new(),
        enabled: true,
        present: true,
        consent_authorised_on: None,
        source: SourceConfig::Script(Arc::default()),
    };
    let hour = |hour: u64, change| TimelineEntry { at: VirtualTime(hour * 3_600_000), change };
    let mut content_manager = ContentManagerSettings::default();
    content_manager.content_registration.random_delay = true;
    ConnectorConfig {
        simulation: Simulation {
            duration: Millis::from_secs(12 * 3600),
            start: jiff::Timestamp::UNIX_EPOCH,
            seed: 3,
            rules: Rules::Documented,
            until_registrations_ended: false,
        },
        content_manager,
        retry: RetrySettings::default(),
        scope_key: ScopeKey::parse("{connector_id}/{channel}").ok(),
        connectors: vec![connector("a"), connector("b")],
        timeline: vec![
            hour(2, Change::Disable(0)),
            hour(3, Change::KillSwitchOn),
            hour(4, Change::KillSwitchOff),
            hour(5, Change::Enable(0)),
            hour(6, Change::Remove(1)),
            hour(7, Change::Add(1)),
        ],
        expectations: Vec::new(),
        inputs: Vec::new(),
        warnings: Vec::new(),
    }
}

/// The event log of a run.
fn log(rules: Rules, tuning: Tuning, limit: usize) -> String {
    let config = config();
    let sources = config.connectors.iter().map(|_| Box::new(Moody { calls: 0 }) as Box<dyn ContentSource>);
    let mut engine = Engine::tuned(&config, rules.set(), sources.collect(), tuning);
    let mut log = String::new();
    let mut observer =
        |event: &RunEvent<'_>| writeln!(log, "{}", serde_json::to_string(event).unwrap()).unwrap();
    while let Some(now) = engine.next_instant() {
        engine.advance(now, limit, &mut observer);
    }
    engine.finish(None, &mut observer);
    log
}

/// Order is (time, then scheduling) and nothing else: not a byte of a log depends on a tuning constant, nor on how often
/// the caller looks up.
#[test]
fn no_tuning_changes_a_byte_of_a_log() {
    for rules in Rules::ALL {
        let expect = log(rules, Tuning::DEFAULT, usize::MAX);
        for result in ["back-off", "deferred", "failed", "abandoned", "incomplete", "disabled", "removed"] {
            assert!(expect.contains(&format!("\"result\":\"{result}\"")), "the run has no {result}");
        }
        for (bucket_bits, epoch_bits, block_bits, look_ahead, decided_bits, limit) in
            [(1, 1, 0, 0, 0, 1), (3, 6, 1, 2, 1, 7), (12, 3, 2, 100, 3, 1000), (16, 12, 8, 8, 12, 2)]
        {
            let tuning = Tuning { bucket_bits, epoch_bits, block_bits, look_ahead, decided_bits };
            assert!(log(rules, tuning, limit) == expect, "{tuning:?} with a limit of {limit} under {rules}");
        }
    }
}
