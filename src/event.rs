//! What happened in a run, as facts: the one thing that every report is made from, and the lines of the event log
//! (SPEC section 9). Below engine and reports; it says nothing about presentation.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::model::{Call, Context, LockType, Millis, Outcome, Status, Text, VirtualTime, WorkType};
use crate::rules::{Delay, Row, Rows, Rules};
use crate::source::dataset::{Costs, Per};
use crate::source::{Staleness, Tally};

/// The event log's schema, in its first line.
pub const SCHEMA: &str = "connector-cli/run-log/1";

/// Whoever wants to know what happens in a run.
pub trait Observer {
    /// Something happened.
    fn event(&mut self, event: &RunEvent<'_>);

    /// Events of these [lines](Subject::line) come soon. A hint, with which whoever keeps something for each line can read
    /// it ahead, all at once, instead of waiting for memory at each event.
    fn soon(&mut self, lines: &[u32]) {
        let _ = lines;
    }
}

impl<F: FnMut(&RunEvent<'_>)> Observer for F {
    fn event(&mut self, event: &RunEvent<'_>) {
        self(event);
    }
}

/// One line of the event log.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct RunEvent<'a> {
    /// Counts the events of a run, from 0.
    pub seq: u64,
    /// When it happened, since the run's start. For an execution: when it started.
    #[serde(rename = "at_ms")]
    pub at: VirtualTime,
    /// What happened.
    #[serde(flatten, borrow)]
    pub fact: Fact<'a>,
}

/// What happened.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
#[allow(
    clippy::large_enum_variant,
    reason = "nearly every event is an execution, the largest; a box for each would cost more"
)]
pub enum Fact<'a> {
    /// The run begins.
    #[serde(borrow)]
    RunStarted(Box<RunStarted<'a>>),
    /// A `[[timeline]]` entry took place.
    ConnectorChanged(ConnectorChanged<'a>),
    /// A channel entered the channel cache.
    ChannelAdded(ChannelFact<'a>),
    /// A cached channel's title or metadata changed.
    ChannelUpdated(ChannelFact<'a>),
    /// A channel left the channel cache.
    ChannelRemoved(ChannelFact<'a>),
    /// An operation began.
    OperationStarted(OperationStarted<'a>),
    /// One run of an operation ended. Borrowed where it is made: nearly every event is one, and it is the largest.
    Execution(Cow<'a, Execution<'a>>),
    /// A BackOff set a lock whose key was not active.
    LockSet(LockFact<'a>),
    /// A BackOff set a lock whose key was active.
    LockExtended(LockFact<'a>),
    /// A lock's expiry was reached.
    LockExpired(LockExpired<'a>),
    /// The action's `stop` was called.
    StopCalled(StopCalled<'a>),
    /// An operation ended.
    OperationEnded(OperationEnded<'a>),
    /// Something to look at.
    Warning(Warning<'a>),
    /// The run is over.
    RunFinished(Box<RunFinished<'a>>),
}

impl Fact<'_> {
    /// The rows of SPEC section 3 without which the other rule set would have done the same.
    pub fn differs(&self) -> Rows {
        match self {
            Self::ChannelAdded(fact) | Self::ChannelUpdated(fact) | Self::ChannelRemoved(fact) => {
                fact.differs
            }
            Self::OperationStarted(fact) => fact.differs,
            Self::Execution(fact) => fact.differs,
            Self::LockSet(fact) | Self::LockExtended(fact) => fact.differs,
            Self::StopCalled(fact) => fact.differs,
            Self::OperationEnded(fact) => fact.differs,
            Self::RunStarted(_)
            | Self::ConnectorChanged(_)
            | Self::LockExpired(_)
            | Self::Warning(_)
            | Self::RunFinished(_) => Rows::NONE,
        }
    }
}

/// The operation that an event is about.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Subject<'a> {
    /// The connector's id.
    pub connector: Cow<'a, str>,
    /// The kind of work.
    pub work_type: WorkType,
    /// The channel's external id; none for discovery. Lent as it is kept, so that whoever does not look at it does not read
    /// it, and whoever keeps it shares it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel: Option<Cow<'a, Text>>,
    /// A number for (connector, work type, channel), from 0 without gaps, so that counters can be an array. Not logged:
    /// a reader of a log counts for itself.
    #[serde(skip)]
    pub line: u32,
}

impl Subject<'_> {
    /// The channel's external id; none for discovery.
    pub fn channel(&self) -> Option<&str> {
        self.channel.as_ref().map(|channel| &***channel)
    }
}

/// The first line: what was run.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct RunStarted<'a> {
    /// [`SCHEMA`].
    pub schema: Cow<'a, str>,
    /// The wall clock at the run's start, RFC 3339.
    pub start: Cow<'a, str>,
    /// The end of the run at the latest.
    pub duration_ms: Millis,
    /// The seed.
    pub seed: u64,
    /// The rule set.
    pub rules: Rules,
    /// The scope key's template, where one is configured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope_key: Option<Cow<'a, str>>,
    /// Every setting in force, by its dotted key.
    pub settings: BTreeMap<String, serde_json::Value>,
    /// The connectors, in file order.
    pub connectors: Vec<ConnectorFact<'a>>,
    /// The files that were read, with their SHA-256.
    pub inputs: Vec<Input>,
}

/// One connector of the config.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct ConnectorFact<'a> {
    /// Its id.
    pub id: Cow<'a, str>,
    /// Its name for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub display_name: Option<Cow<'a, str>>,
    /// The most items of an answer, where the content source says it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub page_size: Option<u64>,
    /// The rate limits of its content source, where it says them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub quotas: Vec<Quota>,
}

/// A rate limit of a content source.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Quota {
    /// Units in a window.
    pub limit: u64,
    /// How long a window lasts.
    pub window_ms: Millis,
    /// Whose calls are counted together.
    pub per: Per,
    /// What a call costs.
    #[serde(flatten)]
    pub cost: Costs,
    /// How many connectors of the config are counted together.
    pub shared_by: u64,
}

/// A file that was read.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Input {
    /// Its path relative to the config, with `/`.
    pub path: String,
    /// SHA-256 of its bytes, in hexadecimal.
    pub sha256: String,
}

/// A `[[timeline]]` entry that took place.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct ConnectorChanged<'a> {
    /// `add`, `remove`, `enable`, `disable`, `register`, `kill-switch-on`, `kill-switch-off`.
    pub change: Cow<'a, str>,
    /// The connector; none for the kill switch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub connector: Option<Cow<'a, str>>,
    /// The channel of a `register`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel: Option<Cow<'a, str>>,
    /// It was so already: nothing changed.
    #[serde(default, skip_serializing_if = "is_false")]
    pub no_effect: bool,
}

/// A channel entered, changed in, or left the channel cache.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct ChannelFact<'a> {
    /// The connector's id.
    pub connector: Cow<'a, str>,
    /// The channel's external id.
    pub channel: Cow<'a, str>,
    /// Its title, where it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<Cow<'a, str>>,
    /// Why it left.
    #[serde(default, skip_serializing_if = "is_empty")]
    pub reason: Cow<'a, str>,
    /// The rows of SPEC section 3 without which the other rule set would have done the same.
    #[serde(default, skip_serializing_if = "Rows::is_empty")]
    pub differs: Rows,
}

/// An operation began.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct OperationStarted<'a> {
    /// Which.
    #[serde(flatten, borrow)]
    pub subject: Subject<'a>,
    /// What started it: `content-manager`, `channel-discovery` or `timeline`.
    pub started_by: Cow<'a, str>,
    /// A registration's static context.
    #[serde(default, skip_serializing_if = "is_empty_context")]
    pub context: Cow<'a, Context>,
    /// A synchronisation's start date, RFC 3339.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start_date: Option<Cow<'a, str>>,
    /// See [`ChannelFact::differs`].
    #[serde(default, skip_serializing_if = "Rows::is_empty")]
    pub differs: Rows,
}

/// One run of an operation.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Execution<'a> {
    /// Of which.
    #[serde(flatten, borrow)]
    pub subject: Subject<'a>,
    /// Which method was called.
    pub call: Call,
    /// How it went.
    pub result: Outcome,
    /// Why.
    #[serde(default, skip_serializing_if = "is_empty")]
    pub reason: Cow<'a, str>,
    /// How long the call lasted.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub took_ms: Millis,
    /// The call started while the source throttled.
    #[serde(default, skip_serializing_if = "is_false")]
    pub while_throttled: bool,
    /// The cursor handed in, where the action was called.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor_in: Option<Cow<'a, str>>,
    /// The cursor handed back, on complete and incomplete.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor_out: Option<Cow<'a, str>>,
    /// Channels returned, on complete and incomplete of a discovery.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channels: Option<u64>,
    /// Records submitted, on complete and incomplete of a content operation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub records: Option<u64>,
    /// Binaries submitted, likewise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub binaries: Option<u64>,
    /// Aggregations submitted, likewise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub aggregations: Option<u64>,
    /// The records' ids, where the source names them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub record_ids: Option<Cow<'a, [Text]>>,
    /// The aggregations' ids, where the source names them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub aggregation_ids: Option<Cow<'a, [Text]>>,
    /// Records without names are made up, `<channel>-N`: the first N.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub made_up_from: Option<u64>,
    /// How old the changes were when they were submitted, where the source says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub staleness: Option<Staleness>,
    /// When it runs next; none where the operation ends.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_at_ms: Option<VirtualTime>,
    /// Why then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delay: Option<Cow<'a, Delay>>,
    /// The lock that decided how long a deferred execution or a BackOff waits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waits_for: Option<LockRef<'a>>,
    /// See [`ChannelFact::differs`].
    #[serde(default, skip_serializing_if = "Rows::is_empty")]
    pub differs: Rows,
}

impl<'a> Execution<'a> {
    /// An execution of which no more is known than this.
    #[inline]
    pub fn of(subject: Subject<'a>, call: Call, result: Outcome) -> Self {
        Self {
            subject,
            call,
            result,
            reason: "".into(),
            took_ms: Millis::ZERO,
            while_throttled: false,
            cursor_in: None,
            cursor_out: None,
            channels: None,
            records: None,
            binaries: None,
            aggregations: None,
            record_ids: None,
            aggregation_ids: None,
            made_up_from: None,
            staleness: None,
            next_at_ms: None,
            delay: None,
            waits_for: None,
            differs: Rows::NONE,
        }
    }
}

/// A lock, as something else refers to it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct LockRef<'a> {
    /// `global`, or the scope key.
    pub key: Cow<'a, str>,
    /// Its type.
    pub lock_type: LockType,
    /// Its expiry in force.
    pub until_ms: VirtualTime,
}

/// A BackOff set a lock.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct LockFact<'a> {
    /// `global`, or the scope key.
    pub key: Cow<'a, str>,
    /// Its type.
    pub lock_type: LockType,
    /// The expiry now in force.
    pub until_ms: VirtualTime,
    /// The expiry that this BackOff asked for, where another one is in force.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asked_until_ms: Option<VirtualTime>,
    /// The expiry that was in force before, where the key was active.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replaced_until_ms: Option<VirtualTime>,
    /// Who set it.
    #[serde(borrow)]
    pub set_by: Subject<'a>,
    /// Why: the BackOff's reason.
    #[serde(default, skip_serializing_if = "is_empty")]
    pub reason: Cow<'a, str>,
    /// See [`ChannelFact::differs`].
    #[serde(default, skip_serializing_if = "Rows::is_empty")]
    pub differs: Rows,
}

/// A lock's expiry was reached.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct LockExpired<'a> {
    /// `global`, or the scope key.
    pub key: Cow<'a, str>,
    /// Its type.
    pub lock_type: LockType,
}

/// The action's `stop` was called.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct StopCalled<'a> {
    /// Of which operation.
    #[serde(flatten, borrow)]
    pub subject: Subject<'a>,
    /// `connector-disabled`, `kill-switch` or `run-ends`.
    pub reason: Cow<'a, str>,
    /// See [`ChannelFact::differs`].
    #[serde(default, skip_serializing_if = "Rows::is_empty")]
    pub differs: Rows,
}

/// An operation ended.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct OperationEnded<'a> {
    /// Which.
    #[serde(flatten, borrow)]
    pub subject: Subject<'a>,
    /// How.
    pub status: Status,
    /// Why.
    #[serde(default, skip_serializing_if = "is_empty")]
    pub reason: Cow<'a, str>,
    /// See [`ChannelFact::differs`].
    #[serde(default, skip_serializing_if = "Rows::is_empty")]
    pub differs: Rows,
}

/// Something to look at. Whose it is, as far as that is known.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Warning<'a> {
    /// What about: one word for programs, such as `unused-steps`.
    pub code: Cow<'a, str>,
    /// In words.
    pub message: Cow<'a, str>,
    /// Which connector.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub connector: Option<Cow<'a, str>>,
    /// Which work type.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub work_type: Option<WorkType>,
    /// Which channel.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel: Option<Cow<'a, str>>,
    /// For `unused-steps`: how many steps never answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unused_steps: Option<u64>,
}

/// Why a run is over.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ending {
    /// `duration` was reached.
    Duration,
    /// `until = "registrations-ended"` was reached.
    RegistrationsEnded,
    /// Somebody interrupted it.
    Interrupted,
    /// An operation made no progress in time (exit code 3).
    NoProgress,
}

/// The last line: the totals.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct RunFinished<'a> {
    /// Why the run is over.
    pub ending: Ending,
    /// In words, where `ending` alone does not say it.
    #[serde(default, skip_serializing_if = "is_empty")]
    pub reason: Cow<'a, str>,
    /// Executions in all, also those without a call.
    pub executions: u64,
    /// Executions by result; results that did not occur are left out.
    pub results: BTreeMap<Outcome, u64>,
    /// Records submitted.
    pub records: u64,
    /// Binaries submitted.
    pub binaries: u64,
    /// Aggregations submitted.
    pub aggregations: u64,
    /// Locks set (extensions not counted).
    pub locks: u64,
    /// Calls that started while the source throttled.
    pub calls_while_throttled: u64,
    /// Calls of `stop`.
    pub stops: u64,
    /// Warnings.
    pub warnings: u64,
    /// What was submitted compared with what there was, for the sources that can tell.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub audits: Vec<AuditFact<'a>>,
    /// Steps that a channel's own copy of a `"*"` list has left unused, whether other channels used them or not.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unused_in_copies: Vec<UnusedInCopies<'a>>,
    /// Where the other rule set would have decided otherwise, each time given everything up to there.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub differences: Vec<Differs>,
}

/// What was submitted for a connector compared with what its source had.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct AuditFact<'a> {
    /// The connector's id.
    pub connector: Cow<'a, str>,
    /// The counts for one kind of work.
    #[serde(flatten)]
    pub tally: Tally,
}

/// What channels' copies of a `"*"` list have left unused (SPEC section 7: each channel has a copy), those that left as many
/// steps together: there may be a copy for each of a million channels, and a log line has a bound.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct UnusedInCopies<'a> {
    /// The connector's id.
    pub connector: Cow<'a, str>,
    /// The list's work type.
    pub work_type: WorkType,
    /// How many steps each copy has left.
    pub steps: u64,
    /// The channels whose copies they are.
    pub channels: Vec<Text>,
}

/// One row of SPEC section 3 that mattered in a run.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Differs {
    /// Which row.
    pub row: Row,
    /// In how many decisions.
    pub times: u64,
    /// When first.
    pub first_at_ms: VirtualTime,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde calls it with a reference")]
fn is_false(flag: &bool) -> bool {
    !flag
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde calls it with a reference")]
fn is_zero(duration: &Millis) -> bool {
    *duration == Millis::ZERO
}

fn is_empty(text: &str) -> bool {
    text.is_empty()
}

fn is_empty_context(context: &Context) -> bool {
    context.is_empty()
}
