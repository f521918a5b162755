//! Channels and content: what an action hands back and what travels with a call.

use std::collections::BTreeMap;
use std::sync::Arc;

/// Shared, immutable text: ids, reasons. Cloning is a counter, not a copy; it is one word, since every channel keeps some.
pub type Text = arcstr::ArcStr;

/// The opaque progress string that is handed back on the next `continue`; empty at first (SPEC section 1). Each operation
/// has one of its own and most are short, so they lie where they are used and not in memory of their own.
pub type Cursor = ecow::EcoString;

/// A registration's static context (SPEC section 4).
pub type Context = BTreeMap<String, String>;

/// A channel as the content source describes it (SPEC section 1).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Channel {
    /// The channel's id at the content source.
    pub external_id: Text,
    /// Its title, where the source gives one.
    pub title: Option<Text>,
    /// Anything else that the source says of it.
    pub metadata: BTreeMap<String, String>,
}

impl Channel {
    /// A channel of which only the id is known.
    pub fn from_id(external_id: impl Into<Text>) -> Self {
        Self { external_id: external_id.into(), title: None, metadata: BTreeMap::new() }
    }
}

/// One entry of `new_channel_registrations`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Registration {
    /// The channel's external id.
    pub channel: Text,
    /// What the registration's action gets with every call.
    pub context: Arc<Context>,
}

/// Records or aggregations in an answer: how many, and their ids where the source names them.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Items {
    /// How many there are.
    pub count: u64,
    /// Their external ids, in order; `None` where the source gave only a number.
    pub ids: Option<Arc<[Text]>>,
    /// Without ids, they are made up: `<channel>-N`, this being the first N.
    pub first: u64,
}

impl Items {
    /// `count` items without names.
    pub const fn counted(count: u64) -> Self {
        Self { count, ids: None, first: 1 }
    }

    /// Items with these ids.
    pub fn named(ids: Vec<Text>) -> Self {
        Self { count: ids.len() as u64, ids: Some(ids.into()), first: 1 }
    }
}
