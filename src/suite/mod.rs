//! Scenarios in numbers: which there are, which of them run here, and what came of them.

mod again;
pub mod annotations;
mod discover;
mod evidence;
pub mod human;
pub mod json;
pub mod junit;
pub mod outcome;
pub mod pool;
mod runner;
mod scenario;
mod select;
pub mod vary;

pub use again::{again, seed_asked};
pub use discover::{Scenario, discover, is_scenario};
pub use outcome::{Case, Outcome, Status};
pub use runner::{Goldens, Listener, Plan, run};
pub use select::{Filter, Partition, Seeds};
