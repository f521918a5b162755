//! The content sources of a run.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use super::ContentSource;
use super::dataset::{Catalogue, Dataset, DatasetPlayer, Limiter};
use super::script::ScriptPlayer;
use crate::config::{ConnectorConfig, SourceConfig};

/// What the connectors that read one dataset share.
struct Shared {
    dataset: Arc<Dataset>,
    catalogue: Rc<Catalogue>,
    limiter: Rc<RefCell<Limiter>>,
}

/// A content source for each connector, in file order. Connectors that name the same dataset see the same items and share
/// its rate limits; nothing else is shared.
pub fn build(config: &ConnectorConfig) -> Vec<Box<dyn ContentSource + '_>> {
    let simulation = &config.simulation;
    let mut shared: Vec<Shared> = Vec::new();
    (config.connectors.iter().enumerate())
        .map(|(place, connector)| match &connector.source {
            SourceConfig::Script(script) => {
                Box::new(ScriptPlayer::new(Arc::clone(script))) as Box<dyn ContentSource>
            }
            SourceConfig::Dataset(dataset) => {
                let known = shared.iter().position(|known| Arc::ptr_eq(&known.dataset, dataset));
                let at = known.unwrap_or_else(|| {
                    let catalogue =
                        Catalogue::new(dataset, simulation.seed, simulation.start, simulation.duration);
                    let limiter = Limiter::new(dataset.rate_limits.clone());
                    shared.push(Shared {
                        dataset: Arc::clone(dataset),
                        catalogue: Rc::new(catalogue),
                        limiter: Rc::new(RefCell::new(limiter)),
                    });
                    shared.len() - 1
                });
                let Shared { dataset, catalogue, limiter } = &shared[at];
                Box::new(DatasetPlayer::new(
                    Arc::clone(dataset),
                    Rc::clone(catalogue),
                    Rc::clone(limiter),
                    simulation.seed,
                    (place, &connector.id, &connector.tenant_id),
                ))
            }
        })
        .collect()
}
