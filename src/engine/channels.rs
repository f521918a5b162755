//! A connector's channels: every one it has met, and which of them are in the channel cache.

use std::collections::BTreeMap;

use super::index::Index;
use super::world::LineNo;
use crate::model::{Channel, Text};
use crate::source::ChannelNo;

/// The channels of a connector, numbered in the order in which the run met them.
#[derive(Default)]
pub(super) struct Channels {
    numbers: Index,
    known: Vec<KnownChannel>,
    /// What the channel cache has beyond the id, where there is any.
    details: BTreeMap<ChannelNo, Details>,
    /// By number: whether the channel is in the channel cache. A byte of its own would make every channel four larger.
    cached: Vec<bool>,
    how_many_cached: usize,
}

/// A channel that a connector has met.
pub(super) struct KnownChannel {
    pub(super) id: Text,
    pub(super) synchronisation: Option<LineNo>,
    pub(super) registration: Option<LineNo>,
}

/// A channel's title and metadata.
#[derive(PartialEq, Eq)]
struct Details {
    title: Option<Text>,
    metadata: BTreeMap<String, String>,
}

/// What putting a channel into the cache did.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Cached {
    Added,
    Updated,
    Unchanged,
}

impl Channels {
    /// Makes room for `more` channels that are about to be met.
    pub(super) fn reserve(&mut self, more: usize) {
        if self.known.is_empty() {
            self.known.reserve_exact(more);
            self.cached.reserve_exact(more);
        }
    }

    /// The channel's number; a new one if it was never met.
    pub(super) fn number(&mut self, id: &Text) -> ChannelNo {
        let known = &self.known;
        if let Some(number) = self.numbers.find(id, |number| &known[number as usize].id) {
            return ChannelNo(number);
        }
        let number = u32::try_from(self.known.len()).unwrap_or(u32::MAX);
        self.known.push(KnownChannel { id: id.clone(), synchronisation: None, registration: None });
        self.cached.push(false);
        let known = &self.known;
        self.numbers.insert(number, |number| &known[number as usize].id);
        ChannelNo(number)
    }

    pub(super) fn get(&self, number: ChannelNo) -> &KnownChannel {
        &self.known[number.0 as usize]
    }

    pub(super) fn get_mut(&mut self, number: ChannelNo) -> &mut KnownChannel {
        &mut self.known[number.0 as usize]
    }

    pub(super) fn is_cached(&self, number: ChannelNo) -> bool {
        self.cached[number.0 as usize]
    }

    /// Puts a channel into the cache; for [`World::cache`](super::world::World::cache), since lines know it too.
    pub(super) fn cache(&mut self, number: ChannelNo, channel: &Channel) -> Cached {
        let cached = &mut self.cached[number.0 as usize];
        let same = Details::are(self.details.get(&number), channel);
        if *cached && same {
            return Cached::Unchanged;
        }
        if !same {
            match Details::of(channel) {
                Some(details) => _ = self.details.insert(number, details),
                None => _ = self.details.remove(&number),
            }
        }
        if std::mem::replace(cached, true) {
            return Cached::Updated;
        }
        self.how_many_cached += 1;
        Cached::Added
    }

    /// Takes a channel out of the cache; says whether it was in there. For [`World::uncache`](super::world::World::uncache).
    pub(super) fn uncache(&mut self, number: ChannelNo) -> bool {
        let was = std::mem::replace(&mut self.cached[number.0 as usize], false);
        self.how_many_cached -= usize::from(was);
        was
    }

    /// The channels in the cache, in the order in which they were met.
    pub(super) fn all_cached(&self) -> Vec<ChannelNo> {
        if self.how_many_cached == 0 {
            return Vec::new();
        }
        let numbers = (0..).map(ChannelNo).zip(&self.cached);
        numbers.filter(|(_, cached)| **cached).map(|(number, _)| number).collect()
    }
}

impl Details {
    /// What there is of `channel` beyond its id.
    fn of(channel: &Channel) -> Option<Self> {
        let Channel { title, metadata, .. } = channel;
        let has_any = title.is_some() || !metadata.is_empty();
        has_any.then(|| Self { title: title.clone(), metadata: metadata.clone() })
    }

    /// Whether these are the details of `channel`.
    fn are(details: Option<&Self>, channel: &Channel) -> bool {
        match details {
            Some(details) => details.title == channel.title && details.metadata == channel.metadata,
            None => channel.title.is_none() && channel.metadata.is_empty(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_channel_is_added_updated_left_alone_and_taken_out() {
        let mut channels = Channels::default();
        let plain = Channel::from_id("hr");
        let titled = Channel { title: Some("People".into()), ..plain.clone() };
        let (other, number) = (channels.number(&"it".into()), channels.number(&plain.external_id));
        assert_eq!((other, number), (ChannelNo(0), ChannelNo(1)));
        let mut check = |channel, expect| assert_eq!(channels.cache(number, channel), expect);
        check(&plain, Cached::Added);
        check(&plain, Cached::Unchanged);
        check(&titled, Cached::Updated);
        check(&titled, Cached::Unchanged);
        assert_eq!(channels.all_cached(), [number]);
        assert_eq!((channels.uncache(number), channels.uncache(number)), (true, false));
        assert_eq!(channels.cache(number, &plain), Cached::Added);
        assert_eq!(channels.cache(number, &plain), Cached::Unchanged);
        assert!(channels.is_cached(number) && !channels.is_cached(other));
    }
}
