//! What a discovery's channels and registrations do (SPEC section 4).

use std::sync::Arc;

use super::channels::Cached;
use super::{Engine, Observer};
use crate::event::{ChannelFact, Fact, Warning};
use crate::model::{Channel, WorkType};
use crate::rules::{Row, Rows};
use crate::source::{ChannelNo, Discovered};

impl Engine<'_> {
    /// Adds or updates the returned channels in the channel cache and starts what is due for them: synchronisations in
    /// the order of `channels`, then registrations in list order.
    pub(super) fn discovered(
        &mut self,
        connector: usize,
        discovered: &Arc<Discovered>,
        observer: &mut dyn Observer,
    ) {
        let settled = &self.world.connectors[connector].settled;
        if settled.as_ref().is_some_and(|settled| Arc::ptr_eq(settled, discovered)) {
            return;
        }
        self.world.connectors[connector].channels.reserve(discovered.channels.len());
        let mut had_effect = !discovered.new_channel_registrations.is_empty();
        for channel in &discovered.channels {
            let number = self.world.connectors[connector].channels.number(&channel.external_id);
            let cached = self.cache(connector, number, channel, Rows::NONE, observer);
            let is_new = cached == Cached::Added;
            had_effect |= cached != Cached::Unchanged;
            had_effect |= self.synchronise(connector, number, is_new, observer);
        }
        for registration in &discovered.new_channel_registrations {
            let number = self.world.connectors[connector].channels.number(&registration.channel);
            let work = (connector, WorkType::ContentRegistration, Some(number));
            let mut differs = Rows::NONE;
            if !self.world.connectors[connector].channels.is_cached(number) {
                differs.insert(Row::D7);
                if !self.rules.registration_only_channels {
                    self.journal.differs_silently(self.now, differs);
                    self.warn_unknown_registration(connector, &registration.channel, observer);
                    continue;
                }
                let channel = Channel::from_id(registration.channel.clone());
                self.cache(connector, number, &channel, differs, observer);
            }
            self.start_operation(work, &registration.context, "channel-discovery", differs, observer);
        }
        if !had_effect {
            self.world.connectors[connector].settled = Some(Arc::clone(discovered));
        }
    }

    /// Puts a channel into the channel cache.
    fn cache(
        &mut self,
        connector: usize,
        number: ChannelNo,
        channel: &Channel,
        differs: Rows,
        observer: &mut dyn Observer,
    ) -> Cached {
        let cached = self.world.cache(connector, number, channel);
        if cached == Cached::Unchanged {
            return cached;
        }
        let state = &mut self.world.connectors[connector];
        state.settled = None;
        let fact = ChannelFact {
            connector: (&*state.config.id).into(),
            channel: (&*channel.external_id).into(),
            title: channel.title.as_deref().map(Into::into),
            reason: "".into(),
            differs,
        };
        let fact =
            if cached == Cached::Added { Fact::ChannelAdded(fact) } else { Fact::ChannelUpdated(fact) };
        self.journal.emit(observer, self.now, fact);
        cached
    }

    /// Starts a returned channel's synchronisation if it is new (documented), or if none is running (sdk): D8. Says
    /// whether there was anything to do or to count.
    fn synchronise(
        &mut self,
        connector: usize,
        number: ChannelNo,
        is_new: bool,
        observer: &mut dyn Observer,
    ) -> bool {
        let line = self.world.connectors[connector].channels.get(number).synchronisation;
        if line.is_some_and(|line| self.world.line(line).operation.is_some()) {
            return false;
        }
        let differs = Rows::when(!is_new, Row::D8);
        if is_new || self.rules.synchronise_what_is_not_running {
            let work = (connector, WorkType::ContentSynchronisation, Some(number));
            let nothing = Arc::clone(&self.no_context);
            self.start_operation(work, &nothing, "channel-discovery", differs, observer);
        } else {
            self.journal.differs_silently(self.now, differs);
        }
        true
    }

    fn warn_unknown_registration(&mut self, connector: usize, channel: &str, observer: &mut dyn Observer) {
        let id = &*self.world.connectors[connector].config.id;
        let message = format!(
            "{id}: no registration for {channel:?}: the channel is neither known nor among the returned channels (D7)"
        );
        let fact = Fact::Warning(Warning {
            code: "unknown-channel".into(),
            message: message.into(),
            connector: Some(id.into()),
            work_type: Some(WorkType::ContentRegistration),
            channel: Some(channel.into()),
            unused_steps: None,
        });
        self.journal.emit(observer, self.now, fact);
    }
}
