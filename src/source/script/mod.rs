//! The scripted content source (SPEC section 7): lists of steps, each with what it waits for and what it answers.

mod player;

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::model::{Call, Cursor, Text, VirtualTime, WorkType};
use crate::source::Answer;

pub use player::ScriptPlayer;

/// A script as its file says it.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Script {
    /// `[channel_discovery]`.
    pub channel_discovery: Arc<StepList>,
    /// `[content_synchronisation.CHANNEL]`, by channel; `*` answers any channel not named.
    pub content_synchronisation: BTreeMap<Text, Arc<StepList>>,
    /// `[content_registration.CHANNEL]`, by channel; `*` answers any channel not named.
    pub content_registration: BTreeMap<Text, Arc<StepList>>,
}

impl Script {
    /// The list that answers for `channel`, and its name in the file.
    pub fn list(
        &self,
        work_type: WorkType,
        channel: Option<&str>,
    ) -> Option<(Option<&Text>, &Arc<StepList>)> {
        let lists = match work_type {
            WorkType::ChannelDiscovery => return Some((None, &self.channel_discovery)),
            WorkType::ContentSynchronisation => &self.content_synchronisation,
            WorkType::ContentRegistration => &self.content_registration,
        };
        let (name, list) =
            channel.and_then(|channel| lists.get_key_value(channel)).or_else(|| lists.get_key_value("*"))?;
        Some((Some(name), list))
    }
}

/// A list of steps and what answers when none of them does.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct StepList {
    /// The steps, in order.
    pub steps: Vec<Step>,
    /// What answers when no unused step's `when` holds.
    pub otherwise: Otherwise,
}

/// One step of a list.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Step {
    /// What it waits for.
    pub when: When,
    /// How many calls it answers; at least 1.
    pub repeat: u64,
    /// What it answers.
    pub answer: Answer,
}

/// What a step waits for; all that is given must hold, judged at the call's start.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct When {
    /// This method.
    pub call: Option<Call>,
    /// This cursor handed in.
    pub cursor: Option<Cursor>,
    /// This moment or later.
    pub after: Option<VirtualTime>,
    /// Before this moment.
    pub before: Option<VirtualTime>,
}

/// What answers when no unused step's `when` holds (SPEC section 7).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Otherwise {
    /// Complete with nothing.
    #[default]
    Empty,
    /// Failed; the reason names the nearest step and what it waited for.
    Fail,
    /// The step that answered last.
    RepeatLast,
    /// All steps are unused again, and one more try.
    Cycle,
}
