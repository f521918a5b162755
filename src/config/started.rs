//! A config as the first line of the event log tells it.

use crate::event::{ConnectorFact, RunStarted, SCHEMA};
use crate::rules::Rules;

use super::{ConnectorConfig, settings};

impl ConnectorConfig {
    /// What is run: the first event of a run of this config under `rules` (SPEC section 9).
    pub fn run_started(&self, rules: Rules) -> RunStarted<'_> {
        RunStarted {
            schema: SCHEMA.into(),
            start: self.simulation.start.to_string().into(),
            duration_ms: self.simulation.duration,
            seed: self.simulation.seed,
            rules,
            scope_key: self.scope_key.as_ref().map(|key| key.to_string().into()),
            settings: settings(self, rules.set()),
            connectors: (self.connectors.iter())
                .map(|connector| ConnectorFact {
                    id: (&*connector.id).into(),
                    display_name: connector.display_name.as_deref().map(Into::into),
                })
                .collect(),
            inputs: self.inputs.clone(),
        }
    }
}
