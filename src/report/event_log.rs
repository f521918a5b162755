//! Writes the event log: JSON Lines, one object an event (SPEC section 9).

mod line;

use std::io::{self, Write};

use crate::event::RunEvent;

/// So many bytes are written at a time.
const WRITTEN_AT_ONCE: usize = 1 << 16;

/// Writes each event as a line. What goes wrong is kept until [`EventLog::finish`]; after it nothing more is written.
pub struct EventLog<W: Write> {
    to: W,
    /// Whole lines that are still to be written.
    lines: Vec<u8>,
    failed: Option<io::Error>,
}

impl<W: Write> EventLog<W> {
    /// A log that goes to `to`, many lines at a time.
    pub const fn new(to: W) -> Self {
        Self { to, lines: Vec::new(), failed: None }
    }

    /// Writes one event.
    pub fn observe(&mut self, event: &RunEvent<'_>) {
        if self.failed.is_some() {
            return;
        }
        let written = line::write(&mut self.lines, event).map_err(io::Error::from);
        self.lines.push(b'\n');
        let written = written.and_then(|()| self.write_out(WRITTEN_AT_ONCE));
        self.failed = written.err();
    }

    /// Writes the lines out if there are at least so many bytes of them.
    fn write_out(&mut self, at_least: usize) -> io::Result<()> {
        if self.lines.len() >= at_least {
            self.to.write_all(&self.lines)?;
            self.lines.clear();
        }
        Ok(())
    }

    /// Whether something has gone wrong.
    pub const fn has_failed(&self) -> bool {
        self.failed.is_some()
    }

    /// Writes out what is still in memory.
    ///
    /// # Errors
    /// The first thing that went wrong.
    pub fn finish(mut self) -> io::Result<()> {
        match self.failed.take() {
            Some(error) => Err(error),
            None => self.write_out(0).and_then(|()| self.to.flush()),
        }
    }
}
