//! The work that every engine of this bench does: channels of which each changes some 30 times a day, synchronised with
//! the default delays (300 s after results and the first empty execution, 600 s after more of them), behind one
//! connector a thousand channels that backs off a dozen times a day, for a quarter of an hour. That makes some 174
//! executions a channel a day, 7 % of them deferred; in the first two hours 15, as many of them deferred.

use std::sync::Arc;

use connector_cli::config::{Connector, ConnectorConfig, Simulation, SourceConfig};
use connector_cli::lock::ScopeKey;
use connector_cli::model::{Channel, Cursor, Items, LockType, Millis, ResultType, WorkType};
use connector_cli::rules::{ContentManagerSettings, RetrySettings, Rules};
use connector_cli::source::{Answer, Content, ContentSource, Discovered, Payload, Request};

/// So many channels share a connector, and with it a lock.
pub(crate) const CHANNELS_A_CONNECTOR: u32 = 1000;
/// A connector backs off once in so many calls for each of its channels, the first time after half of them. A multiple of
/// its channels, so that a smaller connector's channels are deferred as often.
const CALLS_A_BACK_OFF: u32 = 13;
/// For so long, in milliseconds.
const BACK_OFF: u64 = 900_000;
/// The mean time between two changes of a channel, in milliseconds.
const CHANGES_EVERY: u64 = 86_400_000 / 30;

/// What is varied.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Work {
    /// How many channels.
    pub(crate) channels: u32,
    /// For how many hours of virtual time.
    pub(crate) hours: u64,
    /// How the work deviates from the description above.
    pub(crate) variant: Variant,
    /// The rule set.
    pub(crate) rules: Rules,
}

/// How the work deviates from the usual.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Variant {
    /// It does not.
    Usual,
    /// `random_delay = true`: no two channels are due together.
    Random,
    /// Every call lasts between 0.1 and 2 s, so each execution is two events.
    Latency,
    /// A scope key a channel.
    OwnKeys,
    /// A Global lock of ten minutes, set anew as soon as it is gone: nearly everything is deferred, again and again.
    Held,
}

/// What a content source answers: the part of the work that does not depend on the engine.
pub(crate) struct Generator {
    next_change: Vec<u32>,
    /// Until the next BackOff.
    calls_left: u32,
    held: bool,
    latency: bool,
}

/// An answer in the abstract.
pub(crate) enum Abstract {
    /// So many records came back.
    Records(u64),
    /// The source throttles, for so many milliseconds.
    BackOff(u64),
}

impl Generator {
    pub(crate) fn new(channels: u32, variant: Variant) -> Self {
        let next_change: Vec<u32> = (0..channels).map(|channel| interval(channel, 0)).collect();
        let (held, latency) = (variant == Variant::Held, variant == Variant::Latency);
        Self { next_change, calls_left: channels * CALLS_A_BACK_OFF / 2, held, latency }
    }

    /// Answers a call for `channel` at `now` milliseconds.
    pub(crate) fn call(&mut self, channel: u32, now: u64) -> Abstract {
        if self.held && now > 0 {
            return Abstract::BackOff(600_000);
        }
        self.calls_left -= 1;
        if self.calls_left == 0 {
            self.calls_left = CALLS_A_BACK_OFF * u32::try_from(self.next_change.len()).unwrap_or(u32::MAX);
            return Abstract::BackOff(BACK_OFF);
        }
        let seconds = u32::try_from(now / 1000).unwrap_or(u32::MAX);
        let next_change = &mut self.next_change[channel as usize];
        if *next_change > seconds {
            return Abstract::Records(0);
        }
        let mut records = 0;
        while *next_change <= seconds {
            *next_change += interval(channel, *next_change);
            records += 1;
        }
        Abstract::Records(records)
    }
}

/// Seconds until a channel's next change: spread evenly around the mean.
fn interval(channel: u32, at: u32) -> u32 {
    let spread = CHANGES_EVERY / 1000 * 2;
    u32::try_from(1 + mixed(u64::from(channel) << 32 | u64::from(at)) % spread).unwrap_or(1)
}

/// A number that looks random (`SplitMix64`).
fn mixed(number: u64) -> u64 {
    let mut z = number.wrapping_add(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

/// The delay after an execution in the abstract, and the streak that follows.
pub(crate) fn delay(variant: Variant, records: u64, empty_streak: &mut u32, channel: u32, now: u64) -> u64 {
    *empty_streak = if records > 0 { 0 } else { *empty_streak + 1 };
    let delay = if *empty_streak > 1 { 600_000 } else { 300_000 };
    if variant != Variant::Random {
        return delay;
    }
    let random = 1 + mixed(u64::from(channel) << 40 | now) % 300;
    (delay + random * 1000).min(600_000)
}

/// A connector whose channels never come or go.
struct GeneratedSource {
    discovered: Arc<Discovered>,
    generator: Generator,
}

impl ContentSource for GeneratedSource {
    fn answer(&mut self, request: &Request<'_>) -> Answer {
        let Some((channel, _)) = request.channel else {
            let payload = Payload::Discovery(Arc::clone(&self.discovered));
            return Answer { payload, ..Answer::nothing() };
        };
        let latency = if self.generator.latency {
            Millis(100 + mixed(u64::from(channel.0) << 40 | request.at.0) % 1900)
        } else {
            Millis::ZERO
        };
        match self.generator.call(channel.0, request.at.0) {
            Abstract::BackOff(window) => {
                let lock_type = if self.generator.held { LockType::Global } else { LockType::Scoped };
                Answer {
                    latency,
                    next_delay: Some(Millis(window)),
                    semaphore_lock_type: Some(lock_type),
                    ..Answer::of(ResultType::BackOff)
                }
            }
            Abstract::Records(0) => Answer { latency, ..Answer::nothing() },
            Abstract::Records(count) => {
                let records = Items::counted(count);
                let payload = Payload::Content(Content { records, binaries: count, ..Content::default() });
                Answer { latency, cursor: Some(cursor(request.at.0)), payload, ..Answer::nothing() }
            }
        }
    }
}

/// A moment as a cursor.
fn cursor(at: u64) -> Cursor {
    let mut digits = [b'0'; 8];
    let mut rest = at / 1000;
    for digit in digits.iter_mut().rev() {
        *digit = b'0' + u8::try_from(rest % 10).unwrap_or(0);
        rest /= 10;
    }
    str::from_utf8(&digits).unwrap_or("0").into()
}

impl Work {
    /// How many channels each connector has.
    pub(crate) fn connectors(self) -> impl Iterator<Item = u32> {
        let each = if self.variant == Variant::Held { self.channels } else { CHANNELS_A_CONNECTOR };
        let left = move |done: u32| (self.channels > done).then(|| (self.channels - done).min(each));
        (0..).step_by(each as usize).map_while(left)
    }

    /// The content sources.
    pub(crate) fn sources(self) -> Vec<Box<dyn ContentSource>> {
        let source = |channels: u32| {
            let listed = (0..channels).map(|number| Channel::from_id(format!("channel-{number}")));
            let discovered = Discovered { channels: listed.collect(), ..Discovered::default() };
            let generator = Generator::new(channels, self.variant);
            Box::new(GeneratedSource { discovered: Arc::new(discovered), generator })
                as Box<dyn ContentSource>
        };
        self.connectors().map(source).collect()
    }

    /// The config.
    pub(crate) fn config(self) -> ConnectorConfig {
        let connector = |number: usize| Connector {
            id: format!("connector-{number}").into(),
            display_name: None,
            tenant_id: String::new(),
            connector_type: String::new(),
            properties: std::collections::BTreeMap::default(),
            enabled: true,
            present: true,
            consent_authorised_on: None,
            source: SourceConfig::Script(Arc::default()),
        };
        let template = if self.variant == Variant::OwnKeys {
            "{connector_id}/{work_type}/{channel}"
        } else {
            "{connector_id}"
        };
        let mut content_manager = ContentManagerSettings::default();
        content_manager.content_synchronisation.delay = Some(Millis::from_secs(300));
        content_manager.content_synchronisation.random_delay = self.variant == Variant::Random;
        debug_assert!(!content_manager.of(WorkType::ContentSynchronisation).immediate_re_execution);
        ConnectorConfig {
            simulation: Simulation {
                duration: Millis::from_secs(self.hours * 3600),
                start: jiff::Timestamp::UNIX_EPOCH,
                seed: 7,
                rules: self.rules,
                until_registrations_ended: false,
            },
            content_manager,
            retry: RetrySettings::default(),
            scope_key: ScopeKey::parse(template).ok(),
            connectors: self.connectors().enumerate().map(|(number, _)| connector(number)).collect(),
            timeline: Vec::new(),
            expectations: Vec::new(),
            inputs: Vec::new(),
            warnings: Vec::new(),
        }
    }
}
