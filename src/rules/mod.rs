//! The rules of SPEC sections 2, 3 and 5: pure functions of settings, rule set and state.
//!
//! A rule set is a value, [`RuleSet`]: one field for each row D1…D16 and two constants. Each place asks the one field
//! that it needs; nothing outside this module asks which rule set it is.

mod decisions;
mod delay;
mod differences;
mod retry;
mod set;
mod settings;

pub use decisions::{DecisionCount, Decisions};
pub use delay::{Comparison, Delay, DelayRule, DelayState, Occasion, after, at_once};
pub use differences::{DIFFERENCES, Difference};
pub use retry::{Retry, after_failure};
pub use set::{POLL_INTERVAL, Row, Rows, RuleSet, Rules};
pub use settings::{ContentManagerSettings, DelaySettings, RetrySettings};
