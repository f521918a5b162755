//! Content sources: what answers a connector's calls. A source may take real time to answer; virtual time stands still
//! meanwhile, and how long the call lasts in virtual time is part of the answer.

mod audit;
mod build;
pub mod dataset;
pub mod script;

use std::sync::Arc;

use jiff::Timestamp;

use crate::model::{
    Call, Channel, Context, Cursor, Items, LockType, Millis, Registration, ResultType, Text, VirtualTime,
    WorkType,
};

pub use audit::{Audit, Finding, Listed, Tally};
pub use build::build;

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
    /// The connector's start date: what is older is for the registration, what is newer for the synchronisation.
    pub start_date: Timestamp,
}

/// What the action answers.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Answer {
    /// The result type.
    pub result: ResultType,
    /// The reason, where one was given.
    pub reason: Option<Text>,
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
    /// How old its changes are by the time they are submitted; none where the source does not say.
    pub staleness: Option<Staleness>,
}

/// How long ago the changes of an answer took place when they are submitted, which is at the call's end.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, serde::Serialize, serde::Deserialize)]
pub struct Staleness {
    /// All of them together; divided by the number of items it is the average.
    #[serde(rename = "total_ms")]
    pub total: Millis,
    /// The oldest.
    #[serde(rename = "worst_ms")]
    pub worst: Millis,
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
            reason: None,
            cursor: None,
            next_delay: None,
            semaphore_lock_type: None,
            throttles: Throttles::Connector,
            latency: Millis::ZERO,
            payload: Payload::Nothing,
        }
    }

    /// An answer of this type, with a reason; one that is empty is none.
    pub fn with_reason(result: ResultType, reason: impl Into<Text>) -> Self {
        let reason = reason.into();
        Self { reason: (!reason.is_empty()).then_some(reason), ..Self::of(result) }
    }

    /// The reason; empty where none was given.
    pub fn reason(&self) -> &str {
        self.reason.as_deref().unwrap_or_default()
    }

    /// A Failed with its reason.
    pub fn failed(reason: impl Into<Text>) -> Self {
        Self::with_reason(ResultType::Failed, reason)
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

/// Anything that answers a connector's calls.
pub trait ContentSource {
    /// Answers one call. Whatever goes wrong inside is a Failed answer, never an end of the run.
    fn answer(&mut self, request: &Request<'_>) -> Answer;

    /// Whoever compares what is submitted with what there was, where the source can tell.
    fn bookkeeper(&mut self) -> Option<&mut dyn Bookkeeper> {
        None
    }

    /// Steps that no call ever used.
    fn unused_steps(&self) -> Vec<UnusedSteps> {
        Vec::new()
    }

    /// For each channel that a `"*"` list answered: how many steps its own copy has left unused, if any.
    fn unused_in_copies(&self) -> Vec<(WorkType, Text, u64)> {
        Vec::new()
    }
}

/// Compares what is submitted with what there was.
pub trait Bookkeeper {
    /// A Complete or Incomplete answer of a content operation has been applied: its content is submitted. An answer whose
    /// call had not ended by the end of the run never is.
    fn submitted(&mut self, submission: &Submission<'_>);

    /// What was submitted until `at`, the end of the run, compared with what there was.
    fn audit(&self, at: VirtualTime, start_date: Timestamp) -> Audit;
}

/// An answer of a content operation that was applied.
#[derive(Clone, Copy, Debug)]
pub struct Submission<'a> {
    /// When its call started.
    pub at: VirtualTime,
    /// For which kind of work.
    pub work_type: WorkType,
    /// For which channel.
    pub channel: (ChannelNo, &'a Text),
    /// The cursor that was handed in.
    pub cursor_in: &'a str,
    /// The cursor from now on.
    pub cursor_out: &'a str,
    /// Whether it was a Complete.
    pub complete: bool,
    /// What was submitted.
    pub content: &'a Content,
    /// The connector's start date.
    pub start_date: Timestamp,
}
