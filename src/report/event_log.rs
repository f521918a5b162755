//! Writes the event log: JSON Lines, one object an event (SPEC section 9).

mod line;

use std::io::{self, BufWriter, Write};

use crate::event::RunEvent;

/// Writes each event as a line. What goes wrong is kept until [`EventLog::finish`]; after it nothing more is written.
pub struct EventLog<W: Write> {
    to: BufWriter<W>,
    line: Vec<u8>,
    failed: Option<io::Error>,
}

impl<W: Write> EventLog<W> {
    /// A log that goes to `to`.
    pub fn new(to: W) -> Self {
        Self { to: BufWriter::with_capacity(1 << 16, to), line: Vec::new(), failed: None }
    }

    /// Writes one event.
    pub fn observe(&mut self, event: &RunEvent<'_>) {
        if self.failed.is_some() {
            return;
        }
        self.line.clear();
        let written = line::write(&mut self.line, event).map_err(io::Error::from).and_then(|()| {
            self.line.push(b'\n');
            self.to.write_all(&self.line)
        });
        self.failed = written.err();
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
            None => self.to.flush(),
        }
    }
}
