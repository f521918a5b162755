//! What a run keeps: its connectors with their channel caches, and a line for each (connector, work type, channel).

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::num::NonZeroU32;
use std::sync::Arc;

use jiff::Timestamp;

use super::channels::{Cached, Channels};
use super::locks::{KeyNo, Locks};
use crate::config::{Connector, ConnectorConfig};
use crate::event::{Execution, Subject};
use crate::lock::Facts;
use crate::model::{Call, Channel, Context, Millis, Outcome, Stream, VirtualTime, WorkType};
use crate::operation::OperationState;
use crate::source::{Answer, ChannelNo, ContentSource, Discovered, Throttles};

/// A line's number: what `Subject::line` says.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) struct LineNo(NonZeroU32);

impl LineNo {
    /// The first line.
    pub(super) const FIRST: Self = Self(NonZeroU32::MIN);

    /// The line at this place. There are fewer lines than memory holds, so the bound is never met.
    pub(super) fn at(index: usize) -> Self {
        let number =
            u32::try_from(index).map_or(NonZeroU32::MAX, |index| Self::FIRST.0.saturating_add(index));
        Self(number)
    }

    /// The line's place.
    pub(super) const fn index(self) -> usize {
        self.number() as usize
    }

    /// What events call it: [`Subject::line`].
    pub(super) const fn number(self) -> u32 {
        self.0.get() - 1
    }
}

/// Everything that happens for one (connector, work type, channel). At most one operation runs for it at a time.
///
/// It fills one line of the processor's cache, which is what an execution has to wait for when there are many: what only
/// some operations need lies in [`Aside`] and [`Draws`].
#[repr(align(64))]
pub(super) struct Line {
    /// The running operation.
    pub(super) operation: Option<Operation>,
    /// The channel's number, or `u32::MAX` for discovery.
    channel: u32,
    pub(super) connector: u32,
    /// The Scoped lock that would defer it, where a scope key is configured.
    pub(super) scoped: KeyNo,
    /// How many executions there were since time last passed for it: the bound on runs that make no progress.
    pub(super) executions_at_instant: u16,
    pub(super) work_type: WorkType,
    /// Whether its channel is in the channel cache; a discovery has none that could be missing. [`World::cache`] and
    /// [`World::uncache`] say so.
    channel_cached: bool,
}

const _: () = assert!(size_of::<Line>() == 64, "a line has outgrown the processor's");

impl Line {
    /// Its channel; none for discovery.
    pub(super) fn channel(&self) -> Option<ChannelNo> {
        (self.channel != u32::MAX).then_some(ChannelNo(self.channel))
    }

    /// Whether its channel is in the channel cache. Said here too, since every execution asks.
    pub(super) const fn channel_cached(&self) -> bool {
        self.channel_cached
    }
}

/// A running operation.
pub(super) struct Operation {
    pub(super) state: OperationState,
    /// What most operations do not have.
    pub(super) aside: Option<Box<Aside>>,
}

/// What a registration has, and an operation whose calls last.
#[derive(Default)]
pub(super) struct Aside {
    /// The static context, if there is any.
    pub(super) context: Option<Arc<Context>>,
    /// The call that it waits for the end of; otherwise it waits for its next execution.
    pub(super) in_flight: Option<InFlight>,
}

/// Where a line's operations get their random numbers from, if their delays have a random part.
#[derive(Clone)]
pub(super) struct Draws {
    /// The stream of the running operation.
    pub(super) stream: Stream,
    /// How many operations have run here, the running one included.
    pub(super) operations: u32,
}

/// A call that lasts, from its start to its end.
pub(super) struct InFlight {
    pub(super) start: CallStart,
    pub(super) answer: Answer,
}

/// How a call began.
#[derive(Clone, Copy)]
pub(super) struct CallStart {
    pub(super) at: VirtualTime,
    pub(super) call: Call,
    pub(super) while_throttled: bool,
}

/// A connector in the run.
pub(super) struct ConnectorState<'c> {
    pub(super) config: &'c Connector,
    pub(super) start_date: Timestamp,
    pub(super) present: bool,
    pub(super) disabled_since: Option<VirtualTime>,
    pub(super) source: Box<dyn ContentSource + 'c>,
    pub(super) channels: Channels,
    pub(super) discovery: Option<LineNo>,
    /// What a discovery returned that had no effect at all, and would have none now.
    pub(super) settled: Option<Arc<Discovered>>,
    throttled_until: VirtualTime,
    throttled_channels: BTreeMap<Option<ChannelNo>, VirtualTime>,
}

impl<'c> ConnectorState<'c> {
    pub(super) fn new(
        config: &'c Connector,
        start_date: Timestamp,
        source: Box<dyn ContentSource + 'c>,
    ) -> Self {
        Self {
            config,
            start_date,
            present: config.present,
            disabled_since: (!config.enabled).then_some(VirtualTime::START),
            source,
            channels: Channels::default(),
            discovery: None,
            settled: None,
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
    /// By line, as far as any has a random delay.
    draws: Vec<Draws>,
    /// For whoever has no random delay, and so draws nothing.
    idle: Stream,
}

impl<'c> World<'c> {
    pub(super) fn new(config: &'c ConnectorConfig, connectors: Vec<ConnectorState<'c>>) -> Self {
        Self { config, connectors, lines: Vec::new(), draws: Vec::new(), idle: Stream::idle() }
    }

    pub(super) fn line(&self, line: LineNo) -> &Line {
        &self.lines[line.index()]
    }

    pub(super) fn line_mut(&mut self, line: LineNo) -> &mut Line {
        &mut self.lines[line.index()]
    }

    /// A line, where its operations get their random numbers from, and its connector.
    pub(super) fn parts(&mut self, line: LineNo) -> (&mut Line, &mut Stream, &mut ConnectorState<'c>) {
        let stream = self.draws.get_mut(line.index()).map_or(&mut self.idle, |draws| &mut draws.stream);
        let line = &mut self.lines[line.index()];
        let connector = &mut self.connectors[line.connector as usize];
        (line, stream, connector)
    }

    /// A line's next operation draws from a stream of its own, so that adding a channel changes nothing for the others.
    pub(super) fn draw_anew(&mut self, line: LineNo) {
        if line.index() >= self.draws.len() {
            let nothing = Draws { stream: Stream::idle(), operations: 0 };
            self.draws.resize(self.lines.len(), nothing);
        }
        let operations = self.draws[line.index()].operations + 1;
        let subject = self.subject(line);
        let channel = subject.channel().unwrap_or_default();
        let name = [&*subject.connector, subject.work_type.word(), channel, &operations.to_string()];
        let stream = Stream::new(self.config.simulation.seed, &name);
        self.draws[line.index()] = Draws { stream, operations };
    }

    /// Reads a little of lines that are used soon, all at once, so that the processor has them in its cache by then: with
    /// a hundred thousand channels an execution would spend most of its time waiting for memory, once for each thing.
    pub(super) fn look_ahead(&self, lines: &[u32]) {
        let mut read = 0;
        for line in lines {
            let line = &self.lines[*line as usize];
            read ^= line.operation.as_ref().map_or(0, |operation| operation.state.failures);
        }
        std::hint::black_box(read);
    }

    /// The line for this work, made at first use.
    pub(super) fn line_for(
        &mut self,
        connector: usize,
        work_type: WorkType,
        channel: Option<ChannelNo>,
        locks: &mut Locks,
    ) -> LineNo {
        let next = LineNo::at(self.lines.len());
        let state = &mut self.connectors[connector];
        let known = channel.map(|number| state.channels.get_mut(number));
        let (slot, channel_id) = match (work_type, known) {
            (WorkType::ContentSynchronisation, Some(known)) => (&mut known.synchronisation, &*known.id),
            (WorkType::ContentRegistration, Some(known)) => (&mut known.registration, &*known.id),
            _ => (&mut state.discovery, ""),
        };
        if let Some(line) = *slot {
            return line;
        }
        *slot = Some(next);
        let scoped = self.config.scope_key.as_ref().map_or(KeyNo::GLOBAL, |template| {
            locks.scoped(&template.fill(&Facts {
                connector_id: &state.config.id,
                tenant_id: &state.config.tenant_id,
                connector_type: &state.config.connector_type,
                properties: &state.config.properties,
                work_type,
                channel: channel_id,
            }))
        });
        let channel_cached = channel.is_none_or(|channel| state.channels.is_cached(channel));
        let connector = u32::try_from(connector).unwrap_or(u32::MAX);
        self.lines.push(Line {
            operation: None,
            channel: channel.map_or(u32::MAX, |channel| channel.0),
            connector,
            scoped,
            executions_at_instant: 0,
            work_type,
            channel_cached,
        });
        next
    }

    /// Puts a channel into a connector's channel cache.
    pub(super) fn cache(&mut self, connector: usize, number: ChannelNo, channel: &Channel) -> Cached {
        let cached = self.connectors[connector].channels.cache(number, channel);
        self.tell_lines(connector, number, true);
        cached
    }

    /// Takes a channel out of a connector's channel cache; says whether it was in there.
    pub(super) fn uncache(&mut self, connector: usize, number: ChannelNo) -> bool {
        self.tell_lines(connector, number, false);
        self.connectors[connector].channels.uncache(number)
    }

    /// Tells the lines of a channel whether it is in the channel cache.
    fn tell_lines(&mut self, connector: usize, number: ChannelNo, cached: bool) {
        let channel = self.connectors[connector].channels.get(number);
        for line in [channel.synchronisation, channel.registration].into_iter().flatten() {
            self.lines[line.index()].channel_cached = cached;
        }
    }

    /// A line as events name it.
    #[inline]
    pub(super) fn subject(&self, line: LineNo) -> Subject<'_> {
        let at = self.line(line);
        let connector = &self.connectors[at.connector as usize];
        Subject {
            connector: Cow::Borrowed(&connector.config.id),
            work_type: at.work_type,
            channel: at.channel().map(|number| Cow::Borrowed(&connector.channels.get(number).id)),
            line: line.number(),
        }
    }

    /// The cursor of a line's operation; empty where none runs.
    pub(super) fn cursor(&self, line: LineNo) -> &str {
        self.line(line).operation.as_ref().map_or("", |operation| &*operation.state.cursor)
    }

    /// An execution event with nothing in it yet.
    #[inline]
    pub(super) fn execution(&self, line: LineNo, call: Call, result: Outcome) -> Execution<'_> {
        Execution::of(self.subject(line), call, result)
    }
}

/// An operation as messages name it: `box content-synchronisation hr`.
impl fmt::Display for Subject<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.connector, self.work_type)?;
        self.channel.as_ref().map_or(Ok(()), |channel| write!(f, " {channel}"))
    }
}
