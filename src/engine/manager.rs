//! Timeline changes and the content manager's passes (SPEC sections 4 and 7).

use std::sync::Arc;

use super::world::{Aside, LineNo, Operation};
use super::{Engine, Observer};
use crate::config::Change;
use crate::event::{ChannelFact, ConnectorChanged, Fact, OperationStarted};
use crate::model::{Context, VirtualTime, WorkType};
use crate::operation::OperationState;
use crate::rules::Rows;
use crate::source::ChannelNo;

impl Engine<'_> {
    /// Carries out the timeline's entries for this instant, in file order.
    pub(super) fn change_connectors(&mut self, observer: &mut dyn Observer) {
        while let Some(&entry) = self.timeline.get(self.timeline_at) {
            let config = self.config;
            let entry = &config.timeline[entry];
            if entry.at > self.now {
                break;
            }
            self.timeline_at += 1;
            self.change(&entry.change, observer);
        }
    }

    fn change(&mut self, change: &Change, observer: &mut dyn Observer) {
        let now = self.now;
        let connectors = &mut self.world.connectors;
        let (connector, channel, changed) = match change {
            Change::Add(at) => (Some(*at), None, !std::mem::replace(&mut connectors[*at].present, true)),
            Change::Remove(at) => (Some(*at), None, std::mem::replace(&mut connectors[*at].present, false)),
            Change::Enable(at) => (Some(*at), None, connectors[*at].disabled_since.take().is_some()),
            Change::Disable(at) => {
                let since = &mut connectors[*at].disabled_since;
                let was_enabled = since.is_none();
                since.get_or_insert(now);
                (Some(*at), None, was_enabled)
            }
            Change::Register { connector, channel, .. } => {
                let number = connectors[*connector].channels.number(channel);
                let line = self.line_for((*connector, WorkType::ContentRegistration, Some(number)));
                (Some(*connector), Some(channel), self.world.line(line).operation.is_none())
            }
            Change::KillSwitchOn => (None, None, !std::mem::replace(&mut self.kill_switch, true)),
            Change::KillSwitchOff => (None, None, std::mem::replace(&mut self.kill_switch, false)),
        };
        let config = self.config;
        let fact = Fact::ConnectorChanged(ConnectorChanged {
            change: change.word().into(),
            connector: connector.map(|at| (&*config.connectors[at].id).into()),
            channel: channel.map(|id| (&**id).into()),
            no_effect: !changed,
        });
        self.journal.emit(observer, now, fact);
        match change {
            Change::Register { connector, channel, context } => {
                let number = self.world.connectors[*connector].channels.number(channel);
                let work = (*connector, WorkType::ContentRegistration, Some(number));
                self.start_operation(work, context, "timeline", Rows::NONE, observer);
            }
            Change::KillSwitchOn if changed => self.stop_all("kill-switch", observer),
            _ => {}
        }
    }

    /// The content manager's pass, if it is due or has waited for the kill switch.
    pub(super) fn manage_content(&mut self, observer: &mut dyn Observer) {
        let due = self.pass_at <= self.now;
        if self.kill_switch {
            if due {
                self.pass_waits = true;
                self.pass_at = VirtualTime::NEVER;
            }
            return;
        }
        if !due && !self.pass_waits {
            return;
        }
        self.pass_waits = false;
        self.pass_at = self.now + self.config.content_manager.delay;
        let nothing = Arc::clone(&self.no_context);
        for at in 0..self.world.connectors.len() {
            let connector = &self.world.connectors[at];
            if connector.present && connector.disabled_since.is_none() {
                let work = (at, WorkType::ChannelDiscovery, None);
                self.start_operation(work, &nothing, "content-manager", Rows::NONE, observer);
            }
        }
        self.empty_channel_caches(observer);
    }

    /// Empties the channel cache of every connector that is removed, or has been disabled for too long.
    fn empty_channel_caches(&mut self, observer: &mut dyn Observer) {
        let most = self.config.content_manager.max_disabled_connector_age;
        for at in 0..self.world.connectors.len() {
            let connector = &self.world.connectors[at];
            let disabled_too_long =
                connector.disabled_for(self.now).zip(most).is_some_and(|(age, most)| age > most);
            let reason = match (connector.present, disabled_too_long) {
                (false, _) => "connector removed",
                (true, true) => "connector disabled",
                (true, false) => continue,
            };
            for number in connector.channels.all_cached() {
                self.uncache(at, number, reason, observer);
            }
        }
    }

    /// Takes a channel out of the channel cache, if it is in there.
    pub(super) fn uncache(
        &mut self,
        connector: usize,
        number: ChannelNo,
        reason: &str,
        observer: &mut dyn Observer,
    ) {
        if !self.world.uncache(connector, number) {
            return;
        }
        let state = &mut self.world.connectors[connector];
        state.settled = None;
        let fact = Fact::ChannelRemoved(ChannelFact {
            connector: (&*state.config.id).into(),
            channel: (&*state.channels.get(number).id).into(),
            title: None,
            reason: reason.into(),
            differs: Rows::NONE,
        });
        self.journal.emit(observer, self.now, fact);
    }

    /// Starts an operation that runs at once, unless one is running for the same (connector, work type, channel).
    pub(super) fn start_operation(
        &mut self,
        work: (usize, WorkType, Option<ChannelNo>),
        context: &Arc<Context>,
        started_by: &'static str,
        differs: Rows,
        observer: &mut dyn Observer,
    ) {
        let number = self.line_for(work);
        if self.world.line(number).operation.is_some() {
            return;
        }
        if self.config.content_manager.of(work.1).random_delay {
            self.world.draw_anew(number);
        }
        let line = self.world.line_mut(number);
        let aside = || Box::new(Aside { context: Some(Arc::clone(context)), in_flight: None });
        line.operation =
            Some(Operation { state: OperationState::default(), aside: (!context.is_empty()).then(aside) });
        line.executions_at_instant = 0;
        if work.1 == WorkType::ContentRegistration {
            self.registrations_started = true;
            self.registrations_running += 1;
        }
        let synchronisation = work.1 == WorkType::ContentSynchronisation;
        let start_date = synchronisation.then(|| self.world.connectors[work.0].start_date.to_string());
        let fact = Fact::OperationStarted(OperationStarted {
            subject: self.world.subject(number),
            started_by: started_by.into(),
            context: std::borrow::Cow::Borrowed(context),
            start_date: start_date.map(Into::into),
            differs,
        });
        self.journal.emit(observer, self.now, fact);
        self.queue.push(self.now, number);
    }

    /// The line for (connector, work type, channel).
    fn line_for(&mut self, (connector, work_type, channel): (usize, WorkType, Option<ChannelNo>)) -> LineNo {
        self.world.line_for(connector, work_type, channel, &mut self.process.locks)
    }
}
