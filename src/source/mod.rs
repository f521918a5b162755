//! Content sources: what answers a connector's calls. A source may take real time to answer; virtual time stands still
//! meanwhile, and how long the call lasts in virtual time is part of the answer.

pub mod script;

use std::sync::Arc;

use crate::config::{Connector, ConnectorConfig, SourceConfig};
use crate::model::{
    Call, Channel, Context, Cursor, Items, LockType, Millis, Registration, ResultType, Text, VirtualTime,
    WorkType,
};

/// A channel's number within its connector, in the order in which the run met them.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct ChannelNo(pub u32);

/// One call of the action.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// When the call starts.
    pub at: VirtualTime,
    /// Which method.
    pub call: Call,
    /// For which kind of work.
    pub work_type: WorkType,
    /// For which channel; `None` for discovery.
    pub channel: Option<(ChannelNo, &'a Text)>,
    /// The cursor handed in; empty at first.
    pub cursor: &'a Cursor,
    /// The registration's static context; empty for anything else.
    pub context: &'a Context,
}

/// What the action answers.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Answer {
    /// The result type.
    pub result: ResultType,
    /// The reason; empty where none was given.
    pub reason: Text,
    /// The new cursor; `None` hands back the one that was given.
    pub cursor: Option<Cursor>,
    /// When to run next, or for how long to back off.
    pub next_delay: Option<Millis>,
    /// Which lock a BackOff asks for.
    pub semaphore_lock_type: Option<LockType>,
    /// Whom a BackOff's throttling window is for.
    pub throttles: Throttles,
    /// How long the call lasts in virtual time.
    pub latency: Millis,
    /// What came back.
    pub payload: Payload,
}

/// Whom a throttling window is for (SPEC section 7).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Throttles {
    /// Every call of the connector.
    #[default]
    Connector,
    /// Only calls with the same channel.
    Channel,
}

/// What came back with an answer.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub enum Payload {
    /// Nothing.
    #[default]
    Nothing,
    /// Discovery's channels and registrations.
    Discovery(Arc<Discovered>),
    /// A content operation's records, aggregations and binaries.
    Content(Content),
}

/// Channels that a discovery returned.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Discovered {
    /// Every returned channel, in order.
    pub channels: Vec<Channel>,
    /// Channels to register, in order.
    pub new_channel_registrations: Vec<Registration>,
}

/// Content that a synchronisation or registration returned.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Content {
    /// Records.
    pub records: Items,
    /// Aggregations.
    pub aggregations: Items,
    /// How many binaries.
    pub binaries: u64,
}

impl Answer {
    /// A Complete that returned nothing.
    pub fn nothing() -> Self {
        Self::of(ResultType::Complete)
    }

    /// An answer of this type, with nothing in it.
    pub fn of(result: ResultType) -> Self {
        Self {
            result,
            reason: Text::default(),
            cursor: None,
            next_delay: None,
            semaphore_lock_type: None,
            throttles: Throttles::Connector,
            latency: Millis::ZERO,
            payload: Payload::Nothing,
        }
    }

    /// A Failed with its reason.
    pub fn failed(reason: impl Into<Text>) -> Self {
        Self { reason: reason.into(), ..Self::of(ResultType::Failed) }
    }
}

/// A list of steps some of which never answered: a warning at the end of the run (SPEC section 7).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct UnusedSteps {
    /// The list's work type.
    pub work_type: WorkType,
    /// The list's name in the file: a channel or `*`; `None` for discovery.
    pub channel: Option<Text>,
    /// The steps that were never used, counted from 1.
    pub steps: Vec<usize>,
    /// How many steps the list has.
    pub of: usize,
}

/// The content sources of a run, one for each connector of `config` in file order.
pub fn build(config: &ConnectorConfig) -> Vec<Box<dyn ContentSource + '_>> {
    let build = |connector: &Connector| -> Box<dyn ContentSource> {
        match &connector.source {
            SourceConfig::Script(script) => Box::new(script::ScriptPlayer::new(Arc::clone(script))),
        }
    };
    config.connectors.iter().map(build).collect()
}

/// Anything that answers a connector's calls.
pub trait ContentSource {
    /// Answers one call. Whatever goes wrong inside is a Failed answer, never an end of the run.
    fn answer(&mut self, request: &Request<'_>) -> Answer;

    /// Steps that no call ever used.
    fn unused_steps(&self) -> Vec<UnusedSteps> {
        Vec::new()
    }
}
