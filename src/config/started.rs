//! A config as the first line of the event log tells it.

use std::sync::Arc;

use crate::event::{ConnectorFact, Quota, RunStarted, SCHEMA};
use crate::rules::Rules;
use crate::source::dataset::{Per, RateLimit};

use super::{Connector, ConnectorConfig, SourceConfig, settings};

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
                    page_size: match &connector.source {
                        SourceConfig::Dataset(dataset) => Some(dataset.page_size),
                        SourceConfig::Script(_) => None,
                    },
                    quotas: self.quotas(connector),
                })
                .collect(),
            inputs: self.inputs.clone(),
        }
    }

    /// The rate limits that a connector's source says it has.
    fn quotas(&self, connector: &Connector) -> Vec<Quota> {
        let SourceConfig::Dataset(dataset) = &connector.source else { return Vec::new() };
        let together = |per: Per| {
            let reads = |other: &&Connector| matches!(&other.source, SourceConfig::Dataset(of) if Arc::ptr_eq(of, dataset));
            let counted = |other: &&Connector| match per {
                Per::Source | Per::Channel => true,
                Per::Tenant => other.tenant_id == connector.tenant_id,
                Per::Connector => other.id == connector.id,
            };
            self.connectors.iter().filter(reads).filter(counted).count() as u64
        };
        let quota = |limit: &RateLimit| Quota {
            limit: limit.limit,
            window_ms: limit.window,
            per: limit.per,
            cost: limit.cost,
            shared_by: together(limit.per),
        };
        dataset.rate_limits.iter().map(quota).collect()
    }
}
