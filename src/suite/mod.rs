//! Scenarios in numbers: which there are, which of them run here, and what came of them.

mod discover;
pub mod pool;
mod select;

pub use discover::{Scenario, discover, is_scenario};
pub use select::{Filter, Partition, Seeds};
