//! What was run, and how the run ended.

use std::collections::BTreeMap;

use crate::event::{Ending, Input, RunStarted};
use crate::model::{Millis, Text, VirtualTime};
use crate::rules::Rules;

/// What was run: the first line of the event log.
#[derive(Clone, PartialEq, Debug)]
pub struct Run {
    /// The wall clock at the start, RFC 3339.
    pub start: Text,
    /// The end at the latest.
    pub duration: Millis,
    /// The seed.
    pub seed: u64,
    /// The rule set.
    pub rules: Rules,
    /// The scope key's template.
    pub scope_key: Option<Text>,
    /// Every setting in force.
    pub settings: BTreeMap<String, serde_json::Value>,
    /// The connectors, in file order: id, and name for people.
    pub connectors: Vec<(Text, Option<Text>)>,
    /// The files that were read.
    pub inputs: Vec<Input>,
}

impl From<&RunStarted<'_>> for Run {
    fn from(started: &RunStarted<'_>) -> Self {
        let connectors = started.connectors.iter();
        Self {
            start: (&*started.start).into(),
            duration: started.duration_ms,
            seed: started.seed,
            rules: started.rules,
            scope_key: started.scope_key.as_deref().map(Text::from),
            settings: started.settings.clone(),
            connectors: connectors
                .map(|each| (Text::from(&*each.id), each.display_name.as_deref().map(Text::from)))
                .collect(),
            inputs: started.inputs.clone(),
        }
    }
}

/// How the run ended.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Finished {
    /// When.
    pub at: VirtualTime,
    /// Why.
    pub ending: Ending,
    /// In words, where `ending` alone does not say it.
    pub reason: Text,
}
