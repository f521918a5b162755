//! The warnings of a run, those of one code about one thing folded into one.

use std::collections::BTreeMap;

use crate::event::{UnusedInCopies, Warning};
use crate::model::{Text, VirtualTime, WorkType};

/// Warnings of one code about one operation.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct WarningGroup {
    /// One word for programs.
    pub code: Text,
    /// The first one in words.
    pub message: Text,
    /// Which connector.
    pub connector: Option<Text>,
    /// Which work type.
    pub work_type: Option<WorkType>,
    /// Which channel.
    pub channel: Option<Text>,
    /// How often.
    pub times: u64,
    /// When first.
    pub first_at: VirtualTime,
    /// Steps that never answered.
    pub unused_steps: u64,
}

type Key = (Text, Option<Text>, Option<WorkType>, Option<Text>);

/// The warnings of a run.
#[derive(Clone, Debug, Default)]
pub struct Warnings {
    groups: Vec<WarningGroup>,
    places: BTreeMap<Key, usize>,
    /// By channel, connector and work type.
    copies: BTreeMap<(Text, Text, WorkType), u64>,
}

impl Warnings {
    pub(super) fn count(&mut self, at: VirtualTime, warning: &Warning<'_>) {
        let text = |text: &str| Text::from(text);
        let key: Key = (
            text(&warning.code),
            warning.connector.as_deref().map(text),
            warning.work_type,
            warning.channel.as_deref().map(text),
        );
        let unused_steps = warning.unused_steps.unwrap_or(0);
        if let Some(group) = self.places.get(&key).and_then(|place| self.groups.get_mut(*place)) {
            group.times += 1;
            group.unused_steps = group.unused_steps.saturating_add(unused_steps);
            return;
        }
        self.places.insert(key.clone(), self.groups.len());
        let (code, connector, work_type, channel) = key;
        let message = text(&warning.message);
        self.groups.push(WarningGroup {
            code,
            message,
            connector,
            work_type,
            channel,
            times: 1,
            first_at: at,
            unused_steps,
        });
    }

    pub(super) fn count_copies(&mut self, alike: &[UnusedInCopies<'_>]) {
        for UnusedInCopies { connector, work_type, steps, channels } in alike {
            let connector = Text::from(&**connector);
            for channel in channels {
                let key = (Text::clone(channel), Text::clone(&connector), *work_type);
                let unused = self.copies.entry(key).or_default();
                *unused = unused.saturating_add(*steps);
            }
        }
    }

    /// Steps that `channel`'s copies of `"*"` lists have left unused: of one connector, one work type, or all.
    pub fn unused_in_copies(
        &self,
        connector: Option<&str>,
        work_type: Option<WorkType>,
        channel: &str,
    ) -> u64 {
        let first = (Text::from(channel), Text::default(), WorkType::ChannelDiscovery);
        let of_channel = self.copies.range(first..).take_while(|((name, ..), _)| &**name == channel);
        let wanted = of_channel.filter(|((_, id, kind), _)| {
            connector.is_none_or(|connector| connector == &**id)
                && work_type.is_none_or(|work_type| work_type == *kind)
        });
        wanted.map(|(_, steps)| steps).sum()
    }

    /// In the order of their first.
    pub fn groups(&self) -> &[WarningGroup] {
        &self.groups
    }

    /// How many there were.
    pub fn total(&self) -> u64 {
        self.groups.iter().map(|group| group.times).sum()
    }
}
