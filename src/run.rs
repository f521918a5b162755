//! Drives an engine from a run's first event to its last: as fast as it goes, or at somebody's pace.

use std::ops::ControlFlow;

use crate::config::ConnectorConfig;
use crate::engine::{Engine, Observer};
use crate::event::Ending;
use crate::model::VirtualTime;
use crate::rules::Rules;
use crate::source;

/// How many executions of one instant happen before the pace is asked again.
const SLICE: usize = 4096;

/// Decides when a run goes on. The shell's clocks, progress bars and interrupts are one of these each.
pub trait Pace {
    /// Called before something happens at `at`: waits as it likes. `Break` interrupts the run at the moment given.
    fn until(&mut self, at: VirtualTime) -> ControlFlow<VirtualTime>;
}

/// As fast as it goes, to the end.
#[derive(Clone, Copy, Default, Debug)]
pub struct NoPace;

impl Pace for NoPace {
    fn until(&mut self, _: VirtualTime) -> ControlFlow<VirtualTime> {
        ControlFlow::Continue(())
    }
}

/// Runs `config` under `rules`, from its first event to its last.
pub fn run(
    config: &ConnectorConfig,
    rules: Rules,
    pace: &mut dyn Pace,
    observer: &mut dyn Observer,
) -> Ending {
    let mut engine = Engine::new(config, rules.set(), source::build(config));
    engine.start(observer, config.run_started(rules));
    while let Some(now) = engine.next_instant() {
        if let ControlFlow::Break(at) = pace.until(now) {
            return engine.finish(Some(at), observer);
        }
        engine.advance(now, SLICE, observer);
    }
    engine.finish(None, observer)
}
