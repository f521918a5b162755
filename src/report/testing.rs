//! Event streams made by hand, for tests of the reports. Operations are given as `box sync hr`, moments in seconds.

use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::config::ConnectorConfig;
use crate::engine::Engine;
use crate::event::*;
use crate::model::{Call, LockType, Millis, Outcome, Status, VirtualTime, WorkType};
use crate::rules::{Delay, DelayRule, Row, Rows, Rules};

/// An event stream.
pub(crate) struct Log {
    events: Vec<RunEvent<'static>>,
    operations: Vec<String>,
    duration: Millis,
}

/// The last execution of a [`Log`], to be filled in.
pub(crate) struct Last<'l>(&'l mut Execution<'static>, VirtualTime);

impl Log {
    pub(crate) fn new(rules: Rules, duration: u64) -> Self {
        let mut log = Self { events: Vec::new(), operations: Vec::new(), duration: secs(duration) };
        let connectors = [("box", None), ("dropbox", Some("Dropbox"))];
        log.push(
            0,
            Fact::RunStarted(Box::new(RunStarted {
                schema: SCHEMA.into(),
                start: "2026-01-05T09:00:00Z".into(),
                duration_ms: secs(duration),
                seed: 7,
                rules,
                scope_key: Some("{connector_id}".into()),
                settings: BTreeMap::from([("retry.max_retries".to_owned(), 5.into())]),
                connectors: connectors
                    .map(|(id, name)| ConnectorFact {
                        id: id.into(),
                        display_name: name.map(Into::into),
                        page_size: None,
                        quotas: Vec::new(),
                    })
                    .to_vec(),
                inputs: vec![Input { path: "connector.toml".into(), sha256: "00ff".into() }],
            })),
        );
        log
    }

    pub(crate) fn events(&self) -> &[RunEvent<'static>] {
        &self.events
    }

    pub(crate) fn summary(&self) -> super::Summary {
        let mut summary = super::Summary::new();
        self.events.iter().for_each(|event| summary.observe(event));
        summary
    }

    pub(crate) fn push(&mut self, at: u64, fact: Fact<'static>) {
        self.push_at(moment(at), fact);
    }

    fn push_at(&mut self, at: VirtualTime, fact: Fact<'static>) {
        self.events.push(RunEvent { seq: self.events.len() as u64, at, fact });
    }

    pub(crate) fn subject(&mut self, operation: &str) -> Subject<'static> {
        let line = self.operations.iter().position(|known| known == operation).unwrap_or_else(|| {
            self.operations.push(operation.to_owned());
            self.operations.len() - 1
        });
        let mut words = operation.splitn(3, ' ').map(str::to_owned);
        Subject {
            connector: words.next().unwrap().into(),
            work_type: match &*words.next().unwrap() {
                "sync" => WorkType::ContentSynchronisation,
                "reg" => WorkType::ContentRegistration,
                _ => WorkType::ChannelDiscovery,
            },
            channel: words.next().map(|id| Cow::Owned(id.into())),
            line: u32::try_from(line).unwrap(),
        }
    }

    pub(crate) fn start(&mut self, at: u64, operation: &str) -> &mut Self {
        let started = OperationStarted {
            subject: self.subject(operation),
            started_by: "content-manager".into(),
            context: Cow::default(),
            start_date: None,
            differs: Rows::NONE,
        };
        self.push(at, Fact::OperationStarted(started));
        self
    }

    /// One execution; what is to be said beyond the result goes on the value returned.
    pub(crate) fn ran(&mut self, at: u64, operation: &str, result: Outcome) -> Last<'_> {
        let subject = self.subject(operation);
        let call = match (result, subject.work_type) {
            (Outcome::Deferred | Outcome::Disabled | Outcome::Removed | Outcome::ChannelNotFound, _) => {
                Call::None
            }
            (_, WorkType::ChannelDiscovery) => Call::Execute,
            _ => Call::Continue,
        };
        let execution = Execution::of(subject, call, result);
        self.push(at, Fact::Execution(Cow::Owned(execution)));
        match &mut self.events.last_mut().unwrap().fact {
            Fact::Execution(execution) => Last(execution.to_mut(), moment(at)),
            _ => unreachable!("just pushed"),
        }
    }

    /// A lock that `operation` sets; `before`: the expiry in force until then.
    pub(crate) fn lock(&mut self, at: u64, key: &str, operation: &str, until: u64, before: Option<u64>) {
        let fact = LockFact {
            key: key.to_owned().into(),
            lock_type: lock_type(key),
            until_ms: moment(until),
            asked_until_ms: None,
            replaced_until_ms: before.map(moment),
            set_by: self.subject(operation),
            reason: "HTTP 429".into(),
            differs: Rows::when(before.is_some_and(|before| before > until), Row::D9),
        };
        self.push(at, if before.is_none() { Fact::LockSet(fact) } else { Fact::LockExtended(fact) });
    }

    /// A deferral of `operation` by the lock `key`.
    pub(crate) fn deferred(&mut self, at: u64, operation: &str, key: &str, until: u64, next_at: u64) {
        self.ran(at, operation, Outcome::Deferred).waits_for(key, until).next_at(next_at, DelayRule::Lock);
    }

    pub(crate) fn expired(&mut self, at: u64, key: &str) {
        self.push(
            at,
            Fact::LockExpired(LockExpired { key: key.to_owned().into(), lock_type: lock_type(key) }),
        );
    }

    pub(crate) fn changed(&mut self, at: u64, change: &'static str) {
        let fact =
            ConnectorChanged { change: change.into(), connector: None, channel: None, no_effect: false };
        self.push(at, Fact::ConnectorChanged(fact));
    }

    pub(crate) fn ended(&mut self, at: u64, operation: &str, status: Status, reason: &'static str) {
        let subject = self.subject(operation);
        let fact = OperationEnded { subject, status, reason: reason.into(), differs: Rows::NONE };
        self.push(at, Fact::OperationEnded(fact));
    }

    pub(crate) fn stop(&mut self, at: u64, operation: &str) {
        let subject = self.subject(operation);
        let differs = Rows::when(true, Row::D11);
        self.push(at, Fact::StopCalled(StopCalled { subject, reason: "run-ends".into(), differs }));
    }

    pub(crate) fn unused(&mut self, at: u64, channel: &'static str, steps: u64) {
        let fact = Warning {
            code: "unused-steps".into(),
            message: format!("box: {steps} steps of [content_synchronisation.{channel}] were never used")
                .into(),
            connector: Some("box".into()),
            work_type: Some(WorkType::ContentSynchronisation),
            channel: Some(channel.into()),
            unused_steps: Some(steps),
        };
        self.push(at, Fact::Warning(fact));
    }

    /// The end of the run, with totals that nothing reads.
    pub(crate) fn finish(&mut self) {
        self.finish_as(Ending::Duration, "");
    }

    pub(crate) fn finish_as(&mut self, ending: Ending, reason: &'static str) {
        let finished = RunFinished {
            ending,
            reason: reason.into(),
            executions: 0,
            results: BTreeMap::new(),
            records: 0,
            binaries: 0,
            aggregations: 0,
            locks: 0,
            calls_while_throttled: 0,
            stops: 0,
            audits: Vec::new(),
            unused_in_copies: Vec::new(),
            warnings: 0,
            differences: Vec::new(),
        };
        let end = VirtualTime::START + self.duration;
        self.push_at(end, Fact::RunFinished(Box::new(finished)));
    }
}

impl Last<'_> {
    pub(crate) fn reason(&mut self, reason: &str) -> &mut Self {
        self.0.reason = reason.to_owned().into();
        self
    }

    pub(crate) fn took(&mut self, seconds: u64) -> &mut Self {
        self.0.took_ms = secs(seconds);
        self
    }

    pub(crate) fn channels(&mut self, channels: u64) -> &mut Self {
        self.0.channels = Some(channels);
        self
    }

    pub(crate) fn records(&mut self, records: u64) -> &mut Self {
        self.0.records = Some(records);
        self
    }

    pub(crate) fn throttled(&mut self) -> &mut Self {
        self.0.while_throttled = true;
        self
    }

    pub(crate) fn differs(&mut self, rows: &[Row]) -> &mut Self {
        self.0.differs = rows.iter().copied().collect();
        self
    }

    pub(crate) fn waits_for(&mut self, key: &str, until: u64) -> &mut Self {
        let key_text = key.to_owned().into();
        self.0.waits_for =
            Some(LockRef { key: key_text, lock_type: lock_type(key), until_ms: moment(until) });
        self
    }

    pub(crate) fn next_at(&mut self, next_at: u64, rule: DelayRule) -> &mut Self {
        let next_at = moment(next_at);
        let ms = next_at.since(self.1 + self.0.took_ms);
        let streak = u32::from(rule == DelayRule::Exponential);
        self.0.next_at_ms = Some(next_at);
        self.0.delay = Some(Cow::Owned(Delay { streak, base: ms, ..Delay::new(ms, rule) }));
        self
    }

    pub(crate) fn edit(&mut self, edit: impl FnOnce(&mut Execution<'static>)) {
        edit(self.0);
    }
}

fn lock_type(key: &str) -> LockType {
    if key == "global" { LockType::Global } else { LockType::Scoped }
}

pub(crate) const fn secs(seconds: u64) -> Millis {
    Millis::from_secs(seconds)
}

pub(crate) const fn moment(seconds: u64) -> VirtualTime {
    VirtualTime(seconds * 1000)
}

/// A short run with every kind of event and every field.
pub(crate) fn everything() -> Log {
    let mut log = Log::new(Rules::Sdk, 600);
    let channel = |title: Option<&'static str>, reason: &'static str| ChannelFact {
        connector: "box".into(),
        channel: "hr".into(),
        title: title.map(Into::into),
        reason: reason.into(),
        differs: Rows::when(true, Row::D5),
    };
    log.changed(0, "kill-switch-off");
    log.push(0, Fact::ChannelAdded(channel(Some("Human \"Resources\"\n"), "")));
    log.push(0, Fact::ChannelUpdated(channel(None, "")));
    log.start(0, "box discovery");
    log.start(0, "box sync hr");
    log.ran(0, "box sync hr", Outcome::Complete)
        .took(2)
        .records(3)
        .throttled()
        .differs(&[Row::D1, Row::D16])
        .reason("fine")
        .next_at(100, DelayRule::Exponential)
        .edit(|execution| {
            execution.cursor_in = Some("".into());
            execution.cursor_out = Some("c\u{1}".into());
            execution.binaries = Some(u64::MAX);
            execution.aggregations = Some(0);
            execution.record_ids = Some(vec!["a".into(), "b".into()].into());
            execution.aggregation_ids = Some(vec![].into());
            execution.made_up_from = Some(4);
            execution.delay = Some(Cow::Owned(Delay {
                ms: Millis(98_000),
                rule: DelayRule::Exponential,
                streak: 2,
                failures: 3,
                base: Millis(1),
                doubled: Millis(2),
                random: Millis(3),
                uncapped: Millis(4),
                capped: true,
            }));
        });
    log.lock(3, "box", "box sync hr", 60, None);
    log.lock(4, "global", "box discovery", 60, Some(90));
    log.deferred(5, "box sync hr", "box", 60, 60);
    log.expired(60, "box");
    log.push(61, Fact::ChannelRemoved(channel(None, "abandoned")));
    log.stop(70, "box sync hr");
    log.ended(70, "box sync hr", Status::Abandoned, "channel not found");
    log.unused(600, "hr", 2);
    log.finish_as(Ending::NoProgress, "box sync hr goes on for ever");
    if let Some(Fact::RunFinished(finished)) = log.events.last_mut().map(|event| &mut event.fact) {
        finished.results = BTreeMap::from([(Outcome::Complete, 1), (Outcome::Deferred, 1)]);
        finished.differences = vec![Differs { row: Row::D16, times: 1, first_at_ms: moment(0) }];
    }
    log
}

/// Runs a fixture, and gives its summary and its config.
pub(crate) fn fixture(name: &str, rules: Rules) -> (super::Summary, ConnectorConfig) {
    let mut summary = super::Summary::new();
    let config = run_fixture(name, rules, &mut |event: &RunEvent<'_>| summary.observe(event));
    (summary, config)
}

/// Runs a fixture and gives every event of it to `observe`.
pub(crate) fn run_fixture(
    name: &str,
    rules: Rules,
    observe: &mut dyn FnMut(&RunEvent<'_>),
) -> ConnectorConfig {
    // Tests run in the folder of the crate; a relative path is the same on every machine.
    let path = format!("fixtures/{name}/connector.toml");
    let config = crate::config::load(path.as_ref(), &crate::config::Overrides::default());
    let config = config.unwrap_or_else(|_| panic!("{name} does not load"));
    let mut observer = |event: &RunEvent<'_>| observe(event);
    let mut engine = Engine::new(&config, rules.set(), crate::source::build(&config));
    engine.start(
        &mut observer,
        RunStarted {
            schema: SCHEMA.into(),
            start: config.simulation.start.to_string().into(),
            duration_ms: config.simulation.duration,
            seed: config.simulation.seed,
            rules,
            scope_key: config.scope_key.as_ref().map(|key| key.to_string().into()),
            settings: BTreeMap::new(),
            connectors: config
                .connectors
                .iter()
                .map(|each| ConnectorFact {
                    id: each.id.to_string().into(),
                    display_name: each.display_name.clone().map(Into::into),
                    page_size: None,
                    quotas: Vec::new(),
                })
                .collect(),
            inputs: Vec::new(),
        },
    );
    while let Some(now) = engine.next_instant() {
        engine.advance(now, usize::MAX, &mut observer);
    }
    engine.finish(None, &mut observer);
    drop(engine);
    config
}
