//! One execution in a few words, and delays folded into one: `empty`, `300→600 s`.

use crate::event::Execution;
use crate::model::{Millis, Outcome};
use crate::report::words::count;

use super::name;

/// What one execution came to; nothing for a deferred one, which what is said of holds covers.
pub(super) fn phrase(execution: &Execution<'_>) -> Option<String> {
    let mut words = match execution.result {
        Outcome::Deferred => return None,
        Outcome::Complete => returned(execution).unwrap_or_else(|| "empty".to_owned()),
        Outcome::Incomplete => match returned(execution) {
            Some(what) => format!("{what} and more to come"),
            None => "nothing yet and more to come".to_owned(),
        },
        Outcome::ChannelNotFound => "channel not found".to_owned(),
        result => result.word().to_owned(),
    };
    if matches!(execution.result, Outcome::Failed | Outcome::Abandoned | Outcome::BackOff)
        && !execution.reason.is_empty()
    {
        words = format!("{words} ({})", name(&execution.reason));
    }
    if execution.while_throttled {
        words.push_str(" while throttled");
    }
    Some(words)
}

fn returned(execution: &Execution<'_>) -> Option<String> {
    let amounts = [
        (execution.channels, "channel"),
        (execution.records, "record"),
        (execution.binaries, "binary"),
        (execution.aggregations, "aggregation"),
    ];
    let parts: Vec<String> = amounts
        .into_iter()
        .filter_map(|(amount, noun)| amount.filter(|amount| *amount > 0).map(|amount| count(amount, noun)))
        .collect();
    (!parts.is_empty()).then(|| parts.join(", "))
}

/// A duration in words with room to breathe: `6 min 40 s`.
pub(super) fn spaced(duration: Millis) -> String {
    let units = [("d", 86_400_000), ("h", 3_600_000), ("min", 60_000), ("s", 1000), ("ms", 1)];
    let mut rest = duration.0;
    let mut words = Vec::new();
    for (unit, size) in units {
        if rest >= size {
            words.push(format!("{} {unit}", rest / size));
            rest %= size;
        }
    }
    if words.is_empty() { "0 s".to_owned() } else { words.join(" ") }
}

/// Delays one after the other, equal ones once: `300→600 s`, `at once`.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Delays {
    /// The first few that differ from the one before.
    steps: Vec<Millis>,
    last: Millis,
    least: Millis,
    most: Millis,
    /// There are more than are kept.
    more: bool,
}

impl Delays {
    const KEPT: usize = 6;

    pub(super) fn push(&mut self, delay: Millis) {
        if self.steps.is_empty() {
            (self.least, self.most) = (delay, delay);
        } else if delay == self.last {
            return;
        }
        (self.least, self.most, self.last) = (self.least.min(delay), self.most.max(delay), delay);
        if self.steps.len() < Self::KEPT {
            self.steps.push(delay);
        } else {
            self.more = true;
        }
    }

    pub(super) fn first(&self) -> Option<Millis> {
        self.steps.first().copied()
    }

    /// The only one there is.
    pub(super) fn only(&self) -> Option<Millis> {
        if self.steps.len() == 1 { self.first() } else { None }
    }

    /// In words; nothing where there is none.
    pub(super) fn text(&self) -> Option<String> {
        match self.only() {
            Some(Millis::ZERO) => return Some("at once".to_owned()),
            None if self.steps.is_empty() => return None,
            _ => {}
        }
        if self.more {
            return Some(format!("{} to {} s", seconds(self.least), seconds(self.most)));
        }
        let steps: Vec<String> = self.steps.iter().map(|step| seconds(*step)).collect();
        Some(format!("{} s", steps.join("→")))
    }
}

/// Seconds without their unit: `169.706`.
fn seconds(duration: Millis) -> String {
    let text = crate::report::explain::seconds(duration);
    text.strip_suffix(" s").unwrap_or(&text).to_owned()
}
