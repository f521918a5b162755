//! What one operation did, folded while it happens: executions that went alike are one phrase, and phrases that come again
//! and again in the same order are one group. What is kept is bounded, however long the run is.

use std::fmt::Write;

use super::phrase::{Delays, phrase};
use crate::event::Execution;
use crate::model::VirtualTime;
use crate::rules::DelayRule;

/// So many phrases and groups are kept; what comes after is only counted.
const KEPT: usize = 60;
/// The longest group, in phrases.
const LONGEST_GROUP: usize = 4;

/// Executions in a row that went alike.
#[derive(Clone, Debug)]
pub(super) struct Phrase {
    what: String,
    from: VirtualTime,
    times: u64,
    delays: Delays,
}

/// When it began is no part of what it says.
impl PartialEq for Phrase {
    fn eq(&self, other: &Self) -> bool {
        (&self.what, self.times, &self.delays) == (&other.what, other.times, &other.delays)
    }
}

impl Phrase {
    /// One execution; none for a deferred one.
    pub(super) fn of(at: VirtualTime, execution: &Execution<'_>) -> Option<Self> {
        let mut delays = Delays::default();
        // How long a back-off waits is the lock's affair, which has its own line.
        if let Some(delay) = execution.delay.as_deref().filter(|delay| delay.rule != DelayRule::Lock) {
            delays.push(delay.ms);
        }
        Some(Self { what: phrase(execution)?, from: at, times: 1, delays })
    }
}

/// Phrases in a row, and how often.
#[derive(Clone, Debug)]
struct Group {
    phrases: Vec<Phrase>,
    times: u64,
}

/// What one operation did.
#[derive(Clone, Debug, Default)]
pub(super) struct History {
    started: bool,
    groups: Vec<Group>,
    /// The phrase that is still growing.
    open: Option<Phrase>,
    /// Executions beyond what is kept.
    more: u64,
}

impl History {
    /// The operation starts, for the first time or again.
    pub(super) fn start(&mut self, at: VirtualTime) {
        if std::mem::replace(&mut self.started, true) {
            let what = "started again".to_owned();
            self.push(Phrase { what, from: at, times: 1, delays: Delays::default() });
        }
    }

    /// An execution.
    pub(super) fn push(&mut self, phrase: Phrase) {
        if let Some(open) = self.open.as_mut().filter(|open| open.what == phrase.what) {
            open.times += 1;
            if let Some(delay) = phrase.delays.first() {
                open.delays.push(delay);
            }
            return;
        }
        if let Some(closed) = self.open.replace(phrase) {
            self.close(closed);
        }
    }

    fn close(&mut self, phrase: Phrase) {
        if self.groups.len() >= KEPT {
            self.more += phrase.times;
            return;
        }
        self.groups.push(Group { phrases: vec![phrase], times: 1 });
        (2..=LONGEST_GROUP).any(|length| self.fold(length));
    }

    /// Folds the last `length` phrases into the group before them, or with the `length` phrases before them into one.
    fn fold(&mut self, length: usize) -> bool {
        let Some(from) = self.groups.len().checked_sub(length) else { return false };
        let (before, last) = self.groups.split_at_mut(from);
        if last.iter().any(|group| group.phrases.len() > 1 || group.times > 1) {
            return false;
        }
        let phrases = || last.iter().flat_map(|group| &group.phrases);
        if let Some(group) = before.last_mut()
            && group.phrases.len() == length
            && group.phrases.iter().eq(phrases())
        {
            group.times += 1;
            self.groups.truncate(from);
            return true;
        }
        let Some(earlier) = from.checked_sub(length) else { return false };
        let pair = &before[earlier..];
        if pair.iter().all(|group| group.phrases.len() == 1 && group.times == 1)
            && pair.iter().flat_map(|group| &group.phrases).eq(phrases())
        {
            let phrases = pair.iter().flat_map(|group| group.phrases.clone()).collect();
            self.groups.truncate(earlier);
            self.groups.push(Group { phrases, times: 2 });
            return true;
        }
        false
    }

    /// All of it in words, each part with when it began.
    pub(super) fn finish(&mut self) -> Vec<(VirtualTime, String)> {
        if let Some(open) = self.open.take() {
            self.close(open);
        }
        let mut parts = Vec::with_capacity(self.groups.len() + 1);
        for (place, group) in self.groups.iter().enumerate() {
            let after = self.groups.get(place + 1).and_then(|group| group.phrases.first());
            let next = if group.times > 1 { group.phrases.first() } else { after };
            let from = group.phrases.first().map_or(VirtualTime::START, |phrase| phrase.from);
            parts.push((from, in_words(group, next)));
        }
        if self.more > 0 {
            let from = parts.last().map_or(VirtualTime::START, |(from, _)| *from);
            parts.push((from, format!("{} more executions", self.more)));
        }
        parts
    }
}

fn in_words(group: &Group, next: Option<&Phrase>) -> String {
    let phrases: Vec<String> = (group.phrases.iter().enumerate())
        .map(|(place, phrase)| phrase_in_words(phrase, group.phrases.get(place + 1).or(next)))
        .collect();
    if group.times == 1 {
        phrases.concat()
    } else {
        format!("({}) ×{}", phrases.join(super::THEN), group.times)
    }
}

/// A phrase with its delays. They are left out where the next phrase starts with the very same one.
fn phrase_in_words(phrase: &Phrase, next: Option<&Phrase>) -> String {
    let mut words = phrase.what.clone();
    if phrase.times > 1 {
        let _ = write!(words, " ×{}", phrase.times);
    }
    let told_next =
        phrase.delays.only().is_some_and(|only| next.and_then(|next| next.delays.first()) == Some(only));
    match phrase.delays.text() {
        Some(delays) if !told_next => format!("{words}, {delays}"),
        _ => words,
    }
}
