//! How far a run has come, on a terminal.

use std::cell::Cell;
use std::rc::Rc;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::clock::{Clock, Interrupts, Progress, Speed};
use crate::config::ConnectorConfig;
use crate::engine::Observer;
use crate::event::{Ending, Fact, RunEvent};
use crate::model::{Millis, VirtualTime};
use crate::output::Output;
use crate::report::Style;

/// What the progress bar shows.
#[derive(Default)]
struct Counted {
    executions: Cell<u64>,
    locks: Cell<u64>,
}

impl Counted {
    /// Takes in one event.
    fn observe(&self, event: &RunEvent<'_>) {
        let Self { executions, locks } = self;
        match &event.fact {
            Fact::Execution(_) => executions.set(executions.get() + 1),
            Fact::LockSet(_) => locks.set(locks.get() + 1),
            Fact::LockExpired(_) => locks.set(locks.get().saturating_sub(1)),
            _ => {}
        }
    }
}

/// One line on standard error: virtual time, executions, and locks in force.
pub(super) struct Bar {
    line: ProgressBar,
    counted: Rc<Counted>,
    duration: VirtualTime,
}

impl Bar {
    /// A bar for a run of `config`, if the output is a terminal that may show one.
    pub(super) fn on(output: &Output<'_>, config: &ConnectorConfig) -> Option<Self> {
        output.may_animate().then(|| Self::new(config.simulation.duration, output.note_style()))
    }

    fn new(duration: Millis, style: Style) -> Self {
        let bar = ProgressBar::with_draw_target(Some(duration.0), ProgressDrawTarget::stderr());
        let characters = if style.ascii { "=>-" } else { "━╸─" };
        // A line that is too long is cut: wrapped, each frame would leave a line behind. Where the template is refused,
        // indicatif's own bar is as good.
        if let Ok(look) = ProgressStyle::with_template("{bar:16} {wide_msg}") {
            bar.set_style(look.progress_chars(characters));
        }
        Self { line: bar, counted: Rc::default(), duration: VirtualTime::START + duration }
    }
}

impl Progress for Bar {
    fn show(&mut self, at: VirtualTime) {
        let Counted { executions, locks } = &*self.counted;
        self.line.set_position(at.0);
        let locks = match locks.get() {
            0 => String::new(),
            1 => ", 1 lock in force".to_owned(),
            n => format!(", {n} locks in force"),
        };
        let at = VirtualTime(at.0 / 1000 * 1000);
        self.line.set_message(format!("{at} of {}, {} executions{locks}", self.duration, executions.get()));
        self.line.tick();
    }

    fn clear(&mut self) {
        self.line.finish_and_clear();
    }
}

/// Runs `config` at this speed, and shows on `bar` how far it has come.
pub(super) fn run(
    config: &ConnectorConfig,
    (interrupts, speed): (&Interrupts, Speed),
    mut bar: Option<Bar>,
    observer: &mut dyn Observer,
) -> Ending {
    let counted = bar.as_ref().map(|bar| Rc::clone(&bar.counted)).unwrap_or_default();
    let mut clock = Clock::start(interrupts, speed, bar.as_mut().map(|bar| bar as _));
    crate::run::run(
        config,
        config.simulation.rules,
        &mut clock,
        &mut Counting { counted: &counted, observer },
    )
}

/// Counts for the bar what it hands on.
struct Counting<'a> {
    counted: &'a Counted,
    observer: &'a mut dyn Observer,
}

impl Observer for Counting<'_> {
    fn event(&mut self, event: &RunEvent<'_>) {
        self.counted.observe(event);
        self.observer.event(event);
    }

    fn soon(&mut self, lines: &[u32]) {
        self.observer.soon(lines);
    }
}
