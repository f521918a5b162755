//! The dataset content source (SPEC section 7): answers from data, throttles by itself, has outages and faults.
//!
//! ```text
//! Dataset     what the file says, validated
//! Catalogue   its channels and items, read from files or derived from the seed, for one run
//! Limiter     its rate limits, shared by all connectors that read it
//! Player      one connector's side of it: a ContentSource, with the ledger of what was submitted
//! ```
//!
//! Generated items are never stored: each is derived from (seed, channel, number) when it is asked for.

mod calendar;
mod catalogue;
mod cursor;
pub mod data;
mod dice;
mod generate;
mod ledger;
mod limits;
mod player;

use std::sync::Arc;

use crate::model::{LockType, Millis, Text, VirtualTime, WorkType};

pub use catalogue::{Catalogue, Change, ItemKind, Position};
pub use dice::{Dice, Distribution};
pub use generate::MOST_ITEMS;
pub use limits::{Caller, Limiter, Refusal};
pub use player::DatasetPlayer;

/// A dataset source as its file says it.
#[derive(Clone, PartialEq, Debug)]
pub struct Dataset {
    /// The most items that one answer holds; at least 1.
    pub page_size: u64,
    /// How long an answered call lasts, in milliseconds. What a rate limit refuses is refused at once.
    pub latency: Distribution,
    /// Where channels and items come from.
    pub content: Content,
    /// `[[rate_limits]]`, in file order.
    pub rate_limits: Vec<RateLimit>,
    /// `[[outages]]`, in file order.
    pub outages: Vec<Outage>,
    /// `[faults]`.
    pub faults: Faults,
}

impl Dataset {
    /// How many channels there are at one time or another; `None` where some appear at random.
    pub fn channels(&self) -> Option<u64> {
        match &self.content {
            Content::Generated(generate) if generate.channels_appearing_per_day > 0.0 => None,
            Content::Generated(generate) => Some(generate.channels),
            Content::Data(data) => Some(data.channels.len() as u64),
        }
    }

    /// Whether the seed makes a difference.
    pub fn is_random(&self) -> bool {
        let faults = &self.faults;
        matches!(self.content, Content::Generated(_))
            || self.latency.is_random()
            || [faults.failed, faults.abandoned, faults.short_page].iter().any(|each| *each > 0.0)
    }

    /// How many binaries a record has: all of them, or, read from files, on average.
    pub fn binaries_per_record(&self) -> u64 {
        match &self.content {
            Content::Generated(generate) => generate.binaries_per_record,
            Content::Data(data) => {
                let items = || data.channels.iter().flat_map(|channel| &channel.items);
                let binaries: u64 = items().map(|item| u64::from(item.binaries)).sum();
                binaries.checked_div(items().count() as u64).unwrap_or(0)
            }
        }
    }
}

/// Where channels and items come from.
#[derive(Clone, PartialEq, Debug)]
pub enum Content {
    /// `[generate]`: made from the seed.
    Generated(Generate),
    /// `[data]`: read from files.
    Data(Arc<data::Data>),
}

/// `[generate]`.
#[derive(Clone, PartialEq, Debug)]
pub struct Generate {
    /// How many channels there are at the start: `channel-1`, `channel-2`, …
    pub channels: u64,
    /// Items from before the run, a channel: spread over two years.
    pub history_per_channel: Distribution,
    /// New and modified items a day, a channel; more of them in working hours.
    pub changes_per_day: Distribution,
    /// Binaries of each record.
    pub binaries_per_record: u64,
    /// So many of each channel's first items are aggregations; all else are records.
    pub aggregations_per_channel: u64,
    /// Channels that appear during the run, a day.
    pub channels_appearing_per_day: f64,
    /// Channels that disappear during the run, a day.
    pub channels_disappearing_per_day: f64,
    /// `[[channels]]`: when single channels appear and disappear.
    pub channels_named: Vec<ChannelEntry>,
}

/// One of `[[channels]]`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ChannelEntry {
    /// Its id.
    pub external_id: Text,
    /// Its title.
    pub title: Option<Text>,
    /// The first moment at which it is there.
    pub appears: VirtualTime,
    /// The first moment at which it is gone again.
    pub disappears: VirtualTime,
}

/// One of `[[rate_limits]]`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct RateLimit {
    /// Units in a window.
    pub limit: u64,
    /// How long a window lasts; it begins with its first call.
    pub window: Millis,
    /// Whose calls it counts together.
    pub per: Per,
    /// What a call costs.
    pub cost: Costs,
    /// The lock that a refusal asks for.
    pub semaphore_lock_type: LockType,
    /// What a caller gets that calls again before the window has ended.
    pub when_ignored: WhenIgnored,
}

/// Whose calls a rate limit counts together.
#[derive(Clone, Copy, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Per {
    /// Everybody's.
    Source,
    /// Those of the connectors with the same tenant.
    Tenant,
    /// A connector's.
    Connector,
    /// Those for a channel; a discovery has none and is not counted.
    Channel,
}

/// What a call costs, in units of a rate limit.
#[derive(Clone, Copy, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
pub struct Costs {
    /// A channel discovery.
    pub channel_discovery: u64,
    /// A call of a synchronisation.
    pub content_synchronisation: u64,
    /// A call of a registration.
    pub content_registration: u64,
    /// Each binary in the answer.
    pub binary: u64,
}

impl Costs {
    /// What a limit counts that has no costs of its own, and none above it: calls.
    pub const CALLS: Self =
        Self { channel_discovery: 1, content_synchronisation: 1, content_registration: 1, binary: 0 };

    /// A call of this kind, without its binaries.
    pub const fn of(&self, work_type: WorkType) -> u64 {
        match work_type {
            WorkType::ChannelDiscovery => self.channel_discovery,
            WorkType::ContentSynchronisation => self.content_synchronisation,
            WorkType::ContentRegistration => self.content_registration,
        }
    }

    /// A call of this kind that returns so many binaries.
    pub const fn with_binaries(&self, work_type: WorkType, binaries: u64) -> u64 {
        self.of(work_type).saturating_add(self.binary.saturating_mul(binaries))
    }
}

/// What a caller gets that calls again before a window which refused it has ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum WhenIgnored {
    /// Another refusal.
    #[default]
    Reject,
    /// Another refusal, and the window begins anew.
    Extend,
}

/// One of `[[outages]]`: every call that starts in `from..to` is answered with Failed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Outage {
    /// Its first moment.
    pub from: VirtualTime,
    /// The first moment after it.
    pub to: VirtualTime,
    /// The reason of the Failed answers.
    pub reason: Text,
}

/// `[faults]`: how likely each is, for every call that is not refused.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct Faults {
    /// The answer is Failed.
    pub failed: f64,
    /// A content operation's answer is Abandoned although the channel is there.
    pub abandoned: f64,
    /// The page ends after a random part of what would fit.
    pub short_page: f64,
}
