//! Everything that is shown of a run, made from its events alone (SPEC sections 6, 7 and 9): tables, timelines, JSON, the
//! event log, and what the expectations say. A report reads no clock and no file, and knows neither engine nor terminal:
//! it is given events, a [`Style`] and somewhere to write.

pub mod diff;
pub mod differences;
pub mod event_log;
pub mod expect;
pub mod explain;
pub mod golden;
pub mod grid;
mod html;
pub mod json;
pub mod locks_at;
pub mod narrate;
pub mod read_log;
pub mod series;
mod style;
pub mod summary;
mod sums;
pub mod tables;
mod text;
pub mod timeline;
mod trace;
pub mod verdict;
pub mod wall_clock;
pub mod words;
mod worst;

#[cfg(test)]
mod testing;

pub use event_log::EventLog;
pub use html::Html;
pub use style::{Style, Tone};
pub use summary::Summary;
pub use text::{clean, pad, shorten, width, wrap};
pub use trace::{LeftOut, Trace};
pub use wall_clock::WallClock;
