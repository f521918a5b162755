//! What a run keeps: its connectors with their channel caches, and a line for each (connector, work type, channel).

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use crate::config::{Connector, ConnectorConfig};
use crate::event::{Execution, Subject};
use crate::lock::{Facts, LockKey};
use crate::model::{Call, Channel, Context, Millis, Outcome, Stream, Text, VirtualTime, WorkType};
use crate::operation::OperationState;
use crate::rules::Rows;
use crate::source::{Answer, ChannelNo, ContentSource, Throttles};

/// A line's number: what `Subject::line` says.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) struct LineNo(pub(super) u32);

/// Everything that happens for one (connector, work type, channel). At most one operation runs for it at a time.
pub(super) struct Line {
    pub(super) connector: usize,
    pub(super) work_type: WorkType,
    pub(super) channel: Option<ChannelNo>,
    /// The Scoped lock that would defer it, where a scope key is configured.
    pub(super) scoped: Option<LockKey>,
    /// The running operation.
    pub(super) operation: Option<Box<Operation>>,
    /// How many operations have run here, the running one included.
    pub(super) operations: u32,
}

/// A running operation.
pub(super) struct Operation {
    pub(super) state: OperationState,
    pub(super) stream: Stream,
    pub(super) context: std::sync::Arc<Context>,
    pub(super) in_flight: Option<Box<InFlight>>,
    /// The instant of its latest executions, and how many there were: the bound on runs that make no progress.
    pub(super) instant: VirtualTime,
    pub(super) executions_at_instant: u32,
}

/// A call that lasts, from its start to its end.
pub(super) struct InFlight {
    pub(super) started: VirtualTime,
    pub(super) call: Call,
    pub(super) while_throttled: bool,
    pub(super) answer: Answer,
}

/// A connector in the run.
pub(super) struct ConnectorState<'c> {
    pub(super) config: &'c Connector,
    pub(super) present: bool,
    pub(super) disabled_since: Option<VirtualTime>,
    pub(super) source: Box<dyn ContentSource + 'c>,
    pub(super) channels: Channels,
    pub(super) discovery: Option<LineNo>,
    throttled_until: VirtualTime,
    throttled_channels: BTreeMap<Option<ChannelNo>, VirtualTime>,
}

/// A connector's channels: every one it has met, and which of them are in the channel cache.
#[derive(Default)]
pub(super) struct Channels {
    numbers: BTreeMap<Text, ChannelNo>,
    pub(super) known: Vec<KnownChannel>,
    cached: usize,
}

/// A channel that a connector has met.
pub(super) struct KnownChannel {
    pub(super) id: Text,
    /// As the channel cache has it; `None` while it is not in there.
    cached: Option<Channel>,
    pub(super) synchronisation: Option<LineNo>,
    pub(super) registration: Option<LineNo>,
}

/// What putting a channel into the cache did.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Cached {
    Added,
    Updated,
    Unchanged,
}

impl Channels {
    /// The channel's number; a new one if it was never met.
    pub(super) fn number(&mut self, id: &Text) -> ChannelNo {
        if let Some(number) = self.numbers.get(id) {
            return *number;
        }
        let number = ChannelNo(u32::try_from(self.known.len()).unwrap_or(u32::MAX));
        self.numbers.insert(id.clone(), number);
        self.known.push(KnownChannel {
            id: id.clone(),
            cached: None,
            synchronisation: None,
            registration: None,
        });
        number
    }

    pub(super) fn get(&self, number: ChannelNo) -> &KnownChannel {
        &self.known[number.0 as usize]
    }

    pub(super) fn is_cached(&self, number: ChannelNo) -> bool {
        self.get(number).cached.is_some()
    }

    pub(super) fn cache(&mut self, number: ChannelNo, channel: &Channel) -> Cached {
        let cached = &mut self.known[number.0 as usize].cached;
        match cached {
            Some(old) if old == channel => Cached::Unchanged,
            Some(old) => {
                old.clone_from(channel);
                Cached::Updated
            }
            None => {
                *cached = Some(channel.clone());
                self.cached += 1;
                Cached::Added
            }
        }
    }

    /// Takes a channel out of the cache; says whether it was in there.
    pub(super) fn uncache(&mut self, number: ChannelNo) -> bool {
        let was = self.known[number.0 as usize].cached.take().is_some();
        self.cached -= usize::from(was);
        was
    }

    /// The channels in the cache, in the order in which they were met.
    pub(super) fn all_cached(&self) -> Vec<ChannelNo> {
        if self.cached == 0 {
            return Vec::new();
        }
        (0..)
            .map(ChannelNo)
            .zip(&self.known)
            .filter(|(_, known)| known.cached.is_some())
            .map(|(no, _)| no)
            .collect()
    }
}

impl<'c> ConnectorState<'c> {
    pub(super) fn new(config: &'c Connector, source: Box<dyn ContentSource + 'c>) -> Self {
        Self {
            config,
            present: config.present,
            disabled_since: (!config.enabled).then_some(VirtualTime::START),
            source,
            channels: Channels::default(),
            discovery: None,
            throttled_until: VirtualTime::START,
            throttled_channels: BTreeMap::new(),
        }
    }

    /// For how long it has been disabled at `now`.
    pub(super) fn disabled_for(&self, now: VirtualTime) -> Option<Millis> {
        self.disabled_since.map(|since| now.since(since))
    }

    /// Whether a call for `channel` that starts at `now` does so while the source throttles (SPEC section 7). Windows
    /// begin when they are learnt of, so the latest end says it all.
    pub(super) fn throttles(&self, channel: Option<ChannelNo>, now: VirtualTime) -> bool {
        now < self.throttled_until || self.throttled_channels.get(&channel).is_some_and(|until| now < *until)
    }

    /// The source throttles from now until `until`.
    pub(super) fn throttle(&mut self, throttles: Throttles, channel: Option<ChannelNo>, until: VirtualTime) {
        let window = match throttles {
            Throttles::Connector => &mut self.throttled_until,
            Throttles::Channel => self.throttled_channels.entry(channel).or_default(),
        };
        *window = (*window).max(until);
    }
}

/// The connectors and lines of a run.
pub(super) struct World<'c> {
    config: &'c ConnectorConfig,
    pub(super) connectors: Vec<ConnectorState<'c>>,
    pub(super) lines: Vec<Line>,
    /// Every scope key that occurred, so that lines with the same key share it.
    scope_keys: BTreeMap<String, LockKey>,
}

impl<'c> World<'c> {
    pub(super) fn new(config: &'c ConnectorConfig, connectors: Vec<ConnectorState<'c>>) -> Self {
        Self { config, connectors, lines: Vec::new(), scope_keys: BTreeMap::new() }
    }

    pub(super) fn line(&self, line: LineNo) -> &Line {
        &self.lines[line.0 as usize]
    }

    pub(super) fn line_mut(&mut self, line: LineNo) -> &mut Line {
        &mut self.lines[line.0 as usize]
    }

    /// The line for this work, made at first use.
    pub(super) fn line_for(
        &mut self,
        connector: usize,
        work_type: WorkType,
        channel: Option<ChannelNo>,
    ) -> LineNo {
        let next = LineNo(u32::try_from(self.lines.len()).unwrap_or(u32::MAX));
        let state = &mut self.connectors[connector];
        let known = channel.map(|number| &mut state.channels.known[number.0 as usize]);
        let (slot, channel_id) = match (work_type, known) {
            (WorkType::ContentSynchronisation, Some(known)) => (&mut known.synchronisation, &*known.id),
            (WorkType::ContentRegistration, Some(known)) => (&mut known.registration, &*known.id),
            _ => (&mut state.discovery, ""),
        };
        if let Some(line) = *slot {
            return line;
        }
        *slot = Some(next);
        let scoped = self.config.scope_key.as_ref().map(|template| {
            let key = template.fill(&Facts {
                connector_id: &state.config.id,
                tenant_id: &state.config.tenant_id,
                connector_type: &state.config.connector_type,
                properties: &state.config.properties,
                work_type,
                channel: channel_id,
            });
            let shared = self.scope_keys.get(&key).cloned();
            shared.unwrap_or_else(|| {
                let new = LockKey::Scoped(key.as_str().into());
                self.scope_keys.insert(key, new.clone());
                new
            })
        });
        self.lines.push(Line { connector, work_type, channel, scoped, operation: None, operations: 0 });
        next
    }

    /// A line as events name it.
    pub(super) fn subject(&self, line: LineNo) -> Subject<'_> {
        let Line { connector, work_type, channel, .. } = *self.line(line);
        let connector = &self.connectors[connector];
        Subject {
            connector: Cow::Borrowed(&connector.config.id),
            work_type,
            channel: channel.map(|number| Cow::Borrowed(&*connector.channels.get(number).id)),
            line: line.0,
        }
    }

    /// An execution event with nothing in it yet.
    pub(super) fn execution(&self, line: LineNo, call: Call, result: Outcome) -> Execution<'_> {
        Execution {
            subject: self.subject(line),
            call,
            result,
            reason: "".into(),
            took_ms: Millis::ZERO,
            while_throttled: false,
            cursor_in: None,
            cursor_out: None,
            channels: None,
            records: None,
            binaries: None,
            aggregations: None,
            record_ids: None,
            aggregation_ids: None,
            made_up_from: None,
            next_at_ms: None,
            delay: None,
            waits_for: None,
            differs: Rows::NONE,
        }
    }
}

/// An operation as messages name it: `box content-synchronisation hr`.
impl fmt::Display for Subject<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.connector, self.work_type)?;
        self.channel.as_ref().map_or(Ok(()), |channel| write!(f, " {channel}"))
    }
}
