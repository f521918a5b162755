//! The report as one HTML file: `run --report`.
//!
//! It needs nothing from anywhere: no network, no other file; styles and a little script are inside, and without script
//! everything but sorting and zooming is there. Whatever the content source said is text in it and nothing else: cut,
//! cleaned and escaped in [`text`], and none of it stands in the script.
//!
//! What is kept grows with the operations, not with the executions, and what is shown has a bound: the worst operations
//! and locks, with the rest summed up and said so.

mod headline;
mod locks;
mod marks;
mod operations;
mod page;
mod settings;
mod sources;
mod table;
mod text;
mod throttled;
mod timeline;

#[cfg(test)]
mod tests;

use std::io::{self, Write};

use super::expect::Checked;
use super::summary::Summary;
use crate::event::{Fact, RunEvent};
use crate::model::VirtualTime;
use marks::Marks;
use page::Page;

/// Changes to connectors are shown one by one up to this many.
const CHANGES_KEPT: usize = 500;

/// Sees a run, and then writes its report.
#[derive(Debug, Default)]
pub struct Html {
    marks: Marks,
    changes: Vec<Change>,
    changes_left_out: u64,
}

/// Something that happened to a connector, or the kill switch.
#[derive(Debug)]
struct Change {
    at: VirtualTime,
    /// In words; as the input has the names.
    words: String,
    /// The kill switch went on, or off.
    kill_switch: Option<bool>,
}

impl Html {
    /// Nothing has happened yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes in one event. They have to come in the order of the log.
    pub fn observe(&mut self, event: &RunEvent<'_>) {
        match &event.fact {
            Fact::RunStarted(started) => self.marks.covers(started.duration_ms),
            Fact::Execution(execution) => self.marks.execution(event.at, execution),
            Fact::ConnectorChanged(_) if self.changes.len() >= CHANGES_KEPT => self.changes_left_out += 1,
            Fact::ConnectorChanged(changed) => {
                let parts = [Some(&changed.change), changed.connector.as_ref(), changed.channel.as_ref()];
                let mut words: Vec<&str> = parts.into_iter().flatten().map(|part| &**part).collect();
                words.extend(changed.no_effect.then_some("(changes nothing)"));
                let words = text::plain(&words.join(" "), 200);
                let kill_switch = match &*changed.change {
                    "kill-switch-on" => Some(true),
                    "kill-switch-off" => Some(false),
                    _ => None,
                };
                self.changes.push(Change { at: event.at, words, kill_switch });
            }
            _ => {}
        }
    }

    /// Writes the report of the run called `name`: `summary` has seen the same events, and `expectations` are what its
    /// config expects of it.
    ///
    /// # Errors
    /// What `to` says.
    pub fn write(
        &self,
        name: &str,
        summary: &Summary,
        expectations: &[Checked<'_>],
        to: &mut dyn Write,
    ) -> io::Result<()> {
        Page::new(self, name, summary, expectations).write(to)
    }
}
