//! A connector config: raw TOML in, a validated [`ConnectorConfig`] out, or every problem of the file with its place
//! (SPEC sections 2 and 7). After loading nothing can be wrong any more: the engine takes these types as they are.

mod appsettings;
mod connectors;
mod context;
mod dataset;
mod expect;
mod fields;
mod files;
mod json;
mod lint;
mod load;
mod node;
mod overlay;
mod parse;
mod problem;
mod render;
mod schema;
mod script;
mod settings;
mod settings_alone;
mod started;
#[cfg(test)]
mod tests;
mod timeline;
mod values;

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;

use crate::event::Input;
use crate::lock::ScopeKey;
use crate::model::{Cause, Context, Millis, Status, Text, VirtualTime, WorkType};
use crate::rules::{ContentManagerSettings, RetrySettings, Rules};
use crate::source::dataset::Dataset;
use crate::source::script::Script;

pub use load::{Overrides, check, load};
pub use problem::{Problem, Problems};
pub use schema::{SCHEMAS, schema};
pub use settings::settings;
pub use settings_alone::{Settings, load_settings};

/// A validated config with everything that it names.
#[derive(Clone, Debug)]
pub struct ConnectorConfig {
    /// `[simulation]`.
    pub simulation: Simulation,
    /// `[content_manager]` and its three sections.
    pub content_manager: ContentManagerSettings,
    /// `[retry]`.
    pub retry: RetrySettings,
    /// `[semaphore_lock]` `scope_key`.
    pub scope_key: Option<ScopeKey>,
    /// `[[connectors]]`, in file order.
    pub connectors: Vec<Connector>,
    /// `[[timeline]]`, in file order.
    pub timeline: Vec<TimelineEntry>,
    /// `[[expect]]`, in file order.
    pub expectations: Vec<Expectation>,
    /// Every file that was read, in the order of reading.
    pub inputs: Vec<Input>,
    /// What is allowed but deserves a look.
    pub warnings: Vec<LoadWarning>,
}

impl ConnectorConfig {
    /// Whether a run of this config draws anything at random, so that its seed can make a difference.
    pub fn draws_at_random(&self) -> bool {
        let delays = crate::model::WorkType::ALL
            .iter()
            .any(|work_type| self.content_manager.of(*work_type).random_delay);
        delays || self.connectors.iter().any(|connector| !matches!(connector.source, SourceConfig::Script(_)))
    }
}

/// `[simulation]`.
#[derive(Clone, Debug)]
pub struct Simulation {
    /// The run covers `[0, duration)`.
    pub duration: Millis,
    /// The wall clock at the run's start.
    pub start: Timestamp,
    /// Decides everything random.
    pub seed: u64,
    /// The rule set.
    pub rules: Rules,
    /// Whether the run stops once all registrations have ended.
    pub until_registrations_ended: bool,
}

/// One of `[[connectors]]`.
#[derive(Clone, Debug)]
pub struct Connector {
    /// Its id, unique in the file.
    pub id: Text,
    /// Its name for people.
    pub display_name: Option<String>,
    /// Its tenant; empty where none is given.
    pub tenant_id: String,
    /// Its type; empty where none is given.
    pub connector_type: String,
    /// Its properties.
    pub properties: BTreeMap<String, String>,
    /// Whether it is enabled at the start.
    pub enabled: bool,
    /// Whether it is there at the start.
    pub present: bool,
    /// The synchronisation's start date, if given.
    pub consent_authorised_on: Option<Timestamp>,
    /// Its content source.
    pub source: SourceConfig,
}

impl ConnectorConfig {
    /// A connector's start date (SPEC section 4): its `consent_authorised_on`, else midnight UTC of the run's start day.
    pub fn start_date(&self, connector: &Connector) -> Timestamp {
        const DAY: i64 = 86_400_000;
        let start = self.simulation.start.as_millisecond();
        let midnight = Timestamp::from_millisecond(start - start.rem_euclid(DAY));
        connector.consent_authorised_on.unwrap_or(midnight.unwrap_or(self.simulation.start))
    }
}

/// A connector's content source. Connectors that name the same file share what was read, not what is used up.
#[derive(Clone, Debug)]
pub enum SourceConfig {
    /// `kind = "script"`.
    Script(Arc<Script>),
    /// `kind = "dataset"`.
    Dataset(Arc<Dataset>),
}

/// One of `[[timeline]]`.
#[derive(Clone, Debug)]
pub struct TimelineEntry {
    /// When.
    pub at: VirtualTime,
    /// What.
    pub change: Change,
}

/// What a timeline entry changes. Connectors are given by their place in [`ConnectorConfig::connectors`].
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Change {
    /// The connector appears.
    Add(usize),
    /// The connector disappears.
    Remove(usize),
    /// The connector is enabled.
    Enable(usize),
    /// The connector is disabled.
    Disable(usize),
    /// A registration is started by hand.
    Register {
        /// For this connector.
        connector: usize,
        /// For this channel.
        channel: Text,
        /// With this context.
        context: Arc<Context>,
    },
    /// Nothing runs any more.
    KillSwitchOn,
    /// Everything runs again.
    KillSwitchOff,
}

impl Change {
    /// The word in the file.
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Add(_) => "add",
            Self::Remove(_) => "remove",
            Self::Enable(_) => "enable",
            Self::Disable(_) => "disable",
            Self::Register { .. } => "register",
            Self::KillSwitchOn => "kill-switch-on",
            Self::KillSwitchOff => "kill-switch-off",
        }
    }
}

/// One of `[[expect]]`.
#[derive(Clone, PartialEq, Debug)]
pub struct Expectation {
    /// Its name.
    pub name: String,
    /// Which operations it counts.
    pub filter: Filter,
    /// The rule sets it applies to.
    pub rules: Vec<Rules>,
    /// What must hold, in file order.
    pub conditions: Vec<Condition>,
    /// Where it stands: path as given, line from 1.
    pub place: (String, usize),
}

/// `where` of an expectation; what is not given matches everything.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Filter {
    /// This connector.
    pub connector: Option<String>,
    /// This channel.
    pub channel: Option<String>,
    /// This work type.
    pub work_type: Option<WorkType>,
}

/// One condition of an expectation.
#[derive(Clone, PartialEq, Debug)]
pub struct Condition {
    /// What is measured.
    pub measure: Measure,
    /// What it must be.
    pub bound: Bound,
}

/// What an expectation can measure (SPEC section 7).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[allow(missing_docs, reason = "each is the key of the same name in SPEC section 7")]
pub enum Measure {
    Executions,
    Result(crate::model::Outcome),
    Records,
    Binaries,
    Aggregations,
    Locks,
    CallsWhileThrottled,
    Stops,
    Warnings,
    UnusedSteps,
    Held,
    LongestHeld,
    Ended,
    /// When the last of the operations ended; nothing where one has not.
    FinishedBy,
    /// The share of the operations' running time that went there, in hundredths of a percent.
    Waiting(Cause),
}

/// What a measure must be.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Bound {
    /// A number, or a duration in milliseconds, in this range; a missing end is open.
    Range {
        /// At least.
        min: Option<u64>,
        /// At most.
        max: Option<u64>,
    },
    /// So many percent of the operations are at or below this, each by itself.
    Percentile {
        /// How many percent.
        percent: u8,
        /// At most.
        max: u64,
    },
    /// A status of ended operations.
    Status(Status),
}

/// Something that is allowed but deserves a look.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LoadWarning {
    /// One word for programs: `delay-above-cap`, `invalid-back-off`, …
    pub code: &'static str,
    /// In words.
    pub message: String,
    /// Where: path as given, line and column from 1.
    pub place: (String, usize, usize),
    /// The connector that it is about, where it is about one.
    pub connector: Option<String>,
}
