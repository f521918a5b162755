//! Runs a config in virtual time. Knows no clock, opens no file, prints nothing: whoever drives it asks when something is
//! due next ([`Engine::next_instant`]), waits as it likes, and lets it happen ([`Engine::advance`]).
//!
//! At one instant (SPEC section 7, "Exact moments"): locks that expire, then timeline changes in file order, then the
//! content manager, then what is due in the order in which it was scheduled.

mod audit;
mod channels;
mod discovery;
mod execute;
mod index;
mod journal;
mod locks;
mod manager;
mod queue;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod tuning;
mod world;

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::config::ConnectorConfig;
use crate::event::{Ending, Fact, LockExpired, RunFinished, RunStarted, StopCalled, UnusedInCopies, Warning};
use crate::lock::InMemory;
use crate::model::{Context, Text, VirtualTime, WorkType};
use crate::operation::{Decided, Terms};
use crate::rules::{Row, Rows, RuleSet};
use crate::source::ContentSource;

pub use crate::event::Observer;
use journal::Journal;
use locks::Locks;
use queue::TimerQueue;
use world::{ConnectorState, LineNo, World};

/// So many executions of one operation at one instant are a run that makes no progress (SPEC section 7).
pub const NO_PROGRESS: u16 = 10_000;

/// What makes a run fast or slow, and changes nothing else: a test proves that not a byte of the log depends on it.
#[derive(Clone, Copy, Debug)]
struct Tuning {
    /// The timer queue's buckets last 2^this ms.
    bucket_bits: u32,
    /// It has 2^this of them.
    epoch_bits: u32,
    /// Its lists take memory for 2^this timers at a time.
    block_bits: u32,
    /// So many lines are read ahead of their execution: see [`World::look_ahead`].
    look_ahead: usize,
    /// 2^this decisions on delays are remembered for each kind of operation.
    decided_bits: u32,
}

impl Tuning {
    /// Measured with `cargo bench --bench scale`. Buckets of a second, half an hour of them: most timers then go straight
    /// into the bucket that they are taken out of.
    const DEFAULT: Self =
        Self { bucket_bits: 10, epoch_bits: 11, block_bits: 6, look_ahead: 32, decided_bits: 6 };
}

/// A kind of operation in a run.
struct Kind<'c> {
    terms: Terms<'c>,
    /// What has been decided under these terms.
    decided: Decided,
}

impl<'c> Kind<'c> {
    fn new(work_type: WorkType, config: &'c ConnectorConfig, rules: &'c RuleSet, tuning: Tuning) -> Self {
        let terms = Terms {
            work_type,
            rules,
            other_rules: rules.other(),
            settings: &config.content_manager,
            retry: &config.retry,
            has_scope_key: config.scope_key.is_some(),
        };
        Self { terms, decided: Decided::new(tuning.decided_bits) }
    }
}

/// A process of production: its operations share one lock table. There is one, for now.
struct Process {
    locks: Locks,
}

/// A run.
pub struct Engine<'c> {
    config: &'c ConnectorConfig,
    rules: &'c RuleSet,
    /// The rule set that they are compared with.
    other_rules: &'static RuleSet,
    /// By work type.
    kinds: [Kind<'c>; WorkType::ALL.len()],
    world: World<'c>,
    process: Process,
    queue: TimerQueue,
    look_ahead: usize,
    /// The lines that were looked ahead to last.
    soon: Vec<u32>,
    /// How many of them are still to come.
    looked_ahead: usize,
    journal: Journal,
    now: VirtualTime,
    /// Places in the config's timeline by (moment, place in the file); those before `timeline_at` are done.
    timeline: Vec<usize>,
    timeline_at: usize,
    /// The content manager's next pass.
    pass_at: VirtualTime,
    kill_switch: bool,
    /// A pass fell due while the kill switch was on.
    pass_waits: bool,
    /// Executions that fell due while the kill switch was on, in due order.
    waiting: Vec<LineNo>,
    registrations_started: bool,
    registrations_running: u32,
    /// The static context of what has none.
    no_context: Arc<Context>,
    /// The operation that makes no progress.
    stuck: Option<LineNo>,
}

impl<'c> Engine<'c> {
    /// A run of `config` under `rules`, with a content source for each of its connectors, in file order.
    pub fn new(
        config: &'c ConnectorConfig,
        rules: &'c RuleSet,
        sources: Vec<Box<dyn ContentSource + 'c>>,
    ) -> Self {
        Self::tuned(config, rules, sources, Tuning::DEFAULT)
    }

    fn tuned(
        config: &'c ConnectorConfig,
        rules: &'c RuleSet,
        sources: Vec<Box<dyn ContentSource + 'c>>,
        tuning: Tuning,
    ) -> Self {
        let connectors = config
            .connectors
            .iter()
            .zip(sources)
            .map(|(connector, source)| ConnectorState::new(connector, config.start_date(connector), source))
            .collect();
        // What lies at or after the end has no effect, not even on when `until` is reached.
        let end = VirtualTime::START + config.simulation.duration;
        let mut timeline: Vec<usize> =
            (0..config.timeline.len()).filter(|entry| config.timeline[*entry].at < end).collect();
        timeline.sort_by_key(|entry| config.timeline[*entry].at);
        Self {
            config,
            rules,
            other_rules: rules.other(),
            kinds: std::array::from_fn(|kind| Kind::new(WorkType::ALL[kind], config, rules, tuning)),
            world: World::new(config, connectors),
            process: Process { locks: Locks::new(Box::new(InMemory::default())) },
            queue: TimerQueue::new(tuning.bucket_bits, tuning.epoch_bits, tuning.block_bits),
            look_ahead: tuning.look_ahead,
            soon: Vec::new(),
            looked_ahead: 0,
            journal: Journal::default(),
            now: VirtualTime::START,
            timeline,
            timeline_at: 0,
            pass_at: VirtualTime::START,
            kill_switch: false,
            pass_waits: false,
            waiting: Vec::new(),
            registrations_started: false,
            registrations_running: 0,
            no_context: Arc::default(),
            stuck: None,
        }
    }

    /// The first events: what is run, and what was to look at when it was loaded.
    pub fn start(&mut self, observer: &mut dyn Observer, started: RunStarted<'_>) {
        self.journal.emit(observer, VirtualTime::START, Fact::RunStarted(Box::new(started)));
        for warning in &self.config.warnings {
            let fact = Fact::Warning(Warning {
                code: warning.code.into(),
                message: warning.message.as_str().into(),
                connector: warning.connector.as_deref().map(Into::into),
                work_type: None,
                channel: None,
                unused_steps: None,
            });
            self.journal.emit(observer, VirtualTime::START, fact);
        }
    }

    /// When something happens next; `None` when nothing does before the run's end.
    pub fn next_instant(&self) -> Option<VirtualTime> {
        if self.stuck.is_some() || self.registrations_ended() {
            return None;
        }
        let next = [
            self.queue.next_at(),
            self.process.locks.next_expiry(),
            self.timeline.get(self.timeline_at).map(|entry| self.config.timeline[*entry].at),
            Some(self.pass_at),
        ];
        next.into_iter().flatten().min().filter(|at| *at < self.end())
    }

    /// Lets happen what is due at `now`, which [`Self::next_instant`] gave: at most `limit` executions of it, so that the
    /// caller can look up from a long instant. The rest is still due at `now`.
    pub fn advance(&mut self, now: VirtualTime, limit: usize, observer: &mut dyn Observer) {
        self.now = now;
        self.expire_locks(observer);
        let kill_switch_was_on = self.kill_switch;
        self.change_connectors(observer);
        self.manage_content(observer);
        if kill_switch_was_on && !self.kill_switch {
            for line in std::mem::take(&mut self.waiting) {
                self.queue.push(now, line);
            }
        }
        for _ in 0..limit {
            let Some(line) = self.queue.pop_due(now) else { break };
            // Where few lines are due together, it is for many instants that one looks ahead.
            if let Some(left) = self.looked_ahead.checked_sub(1) {
                self.looked_ahead = left;
            } else {
                self.look_ahead(observer);
            }
            self.run_due(line, observer);
            self.expire_locks(observer);
            if self.stuck.is_some() {
                break;
            }
        }
    }

    /// Has read ahead what the next lines need.
    fn look_ahead(&mut self, observer: &mut dyn Observer) {
        self.soon.clear();
        self.queue.upcoming().take(self.look_ahead).for_each(|line| self.soon.push(line.number()));
        self.looked_ahead = self.soon.len();
        self.world.look_ahead(&self.soon);
        observer.soon(&self.soon);
    }

    /// A line's timer is due: its call ends, or it executes, or it waits for the kill switch.
    fn run_due(&mut self, number: LineNo, observer: &mut dyn Observer) {
        let line = self.world.line_mut(number);
        let Some(operation) = &mut line.operation else { return };
        if let Some(mut flight) = operation.aside.as_mut().and_then(|aside| aside.in_flight.take()) {
            line.executions_at_instant = 0;
            self.end_call(number, flight.start, &mut flight.answer, observer);
        } else if self.kill_switch {
            line.executions_at_instant = 0;
            self.waiting.push(number);
        } else {
            self.execute(number, observer);
        }
    }

    /// The end of the run: `stop` for what is still running, and the totals. `interrupted`: at this moment, by somebody.
    pub fn finish(&mut self, interrupted: Option<VirtualTime>, observer: &mut dyn Observer) -> Ending {
        let (ending, reason) = if let Some(line) = self.stuck {
            let subject = self.world.subject(line);
            let reason = format!(
                "{subject} was executed {NO_PROGRESS} times at {} and would go on for ever",
                self.now
            );
            (Ending::NoProgress, reason)
        } else if let Some(at) = interrupted {
            self.now = self.now.max(at);
            (Ending::Interrupted, String::new())
        } else if self.registrations_ended() {
            (Ending::RegistrationsEnded, String::new())
        } else {
            self.now = self.end();
            (Ending::Duration, String::new())
        };
        self.stop_all("run-ends", observer);
        for connector in &self.world.connectors {
            for unused in connector.source.unused_steps() {
                let fact = Fact::Warning(unused_steps_warning(&connector.config.id, &unused));
                self.journal.emit(observer, self.now, fact);
            }
        }
        let audits = self.audit(observer);
        let unused_in_copies = self.unused_in_copies();
        let finished = RunFinished { audits, unused_in_copies, ..self.journal.finished(ending, reason) };
        self.journal.emit(observer, self.now, Fact::RunFinished(Box::new(finished)));
        ending
    }

    fn unused_in_copies(&self) -> Vec<UnusedInCopies<'static>> {
        let mut all = Vec::new();
        for connector in &self.world.connectors {
            let mut alike = BTreeMap::<_, Vec<Text>>::new();
            for (work_type, channel, steps) in connector.source.unused_in_copies() {
                alike.entry((work_type, steps)).or_default().push(channel);
            }
            all.extend(alike.into_iter().map(|((work_type, steps), channels)| UnusedInCopies {
                connector: connector.config.id.to_string().into(),
                work_type,
                steps,
                channels,
            }));
        }
        all
    }

    /// The moment that the run has come to.
    pub const fn now(&self) -> VirtualTime {
        self.now
    }

    /// The first moment that the run does not cover.
    fn end(&self) -> VirtualTime {
        VirtualTime::START + self.config.simulation.duration
    }

    /// Whether `until = "registrations-ended"` is reached: some have started, all have ended, nothing more is due at this
    /// instant, and the timeline starts no other.
    fn registrations_ended(&self) -> bool {
        use crate::config::Change;
        self.config.simulation.until_registrations_ended
            && self.registrations_started
            && self.registrations_running == 0
            && self.queue.next_at() != Some(self.now)
            && !self.timeline[self.timeline_at..]
                .iter()
                .any(|entry| matches!(self.config.timeline[*entry].change, Change::Register { .. }))
    }

    /// Logs the locks whose expiry is reached.
    #[inline]
    fn expire_locks(&mut self, observer: &mut dyn Observer) {
        if self.process.locks.next_expiry().is_some_and(|expiry| expiry <= self.now) {
            self.log_expired_locks(observer);
        }
    }

    #[cold]
    fn log_expired_locks(&mut self, observer: &mut dyn Observer) {
        while let Some((key, until)) = self.process.locks.take_expired(self.now) {
            let fact = LockExpired { key: key.word().into(), lock_type: key.lock_type() };
            self.journal.emit(observer, until, Fact::LockExpired(fact));
        }
    }

    /// Calls `stop` wherever it is due (D11), whatever the connector's state.
    fn stop_all(&mut self, reason: &'static str, observer: &mut dyn Observer) {
        for number in 0..self.world.lines.len() {
            let line = LineNo::at(number);
            let work_type = self.world.line(line).work_type;
            let Some(operation) = &mut self.world.line_mut(line).operation else { continue };
            if !operation.state.stop_due(work_type) {
                continue;
            }
            let differs = Rows::when(true, Row::D11);
            if self.rules.stop_never_called {
                self.journal.differs_silently(self.now, differs);
                continue;
            }
            operation.state.called = false;
            let subject = self.world.subject(line);
            let fact = Fact::StopCalled(StopCalled { subject, reason: reason.into(), differs });
            self.journal.emit(observer, self.now, fact);
        }
    }
}

fn unused_steps_warning<'a>(connector: &'a str, unused: &crate::source::UnusedSteps) -> Warning<'a> {
    let steps: Vec<String> = unused.steps.iter().map(ToString::to_string).collect();
    let list = match &unused.channel {
        Some(channel) => format!("{}.{channel}", unused.work_type.key()),
        None => unused.work_type.key().to_owned(),
    };
    let message = if unused.steps.len() == unused.of {
        format!("{connector}: none of the {} steps of [{list}] was used", unused.of)
    } else {
        let plural = if unused.steps.len() == 1 { "" } else { "s" };
        format!("{connector}: step{plural} {} of {} of [{list}] never used", steps.join(", "), unused.of)
    };
    Warning {
        code: "unused-steps".into(),
        message: message.into(),
        connector: Some(connector.into()),
        work_type: Some(unused.work_type),
        channel: unused.channel.as_deref().map(|channel| channel.to_owned().into()),
        unused_steps: Some(unused.steps.len() as u64),
    }
}
