//! What `run` shows to people: headline, results, where the time went, locks, expectations, warnings, and how the other
//! rule set would have decided (SPEC section 9).

mod expectations;
mod headline;
pub mod locks;
mod operations;
mod sources;
mod time;
mod warnings;

#[cfg(test)]
mod tests;

use super::expect::Checked;
use super::summary::{Operation, Summary};
use super::{Style, Tone, shorten, timeline, width, worst};

/// More operations than this are not shown one by one, unless all are asked for.
const SHOWN_WHOLE: usize = 40;
/// Of more operations, so many are shown: the worst.
const SHOWN_WORST: usize = 20;
/// So many locks are shown one by one, unless all are asked for.
const SHOWN_LOCKS: usize = 10;

/// What to show of a run.
#[derive(Clone, Copy, Debug)]
pub struct Show<'a> {
    /// The run.
    pub summary: &'a Summary,
    /// What its expectations say.
    pub expectations: &'a [Checked<'a>],
    /// How many expectations are for the other rule set only.
    pub for_other_rules: usize,
    /// Every operation and every lock, however many there are.
    pub all: bool,
}

/// Everything that `run` shows of a run.
pub fn run(show: &Show<'_>, style: &Style) -> String {
    let summary = show.summary;
    let mut parts = vec![headline::draw(summary, style)];
    parts.push(sources::verdict(summary, show.all, style));
    parts.push(operations::draw(summary, show.all, style));
    parts.push(time::draw(summary, show.all, style));
    parts.push(sources::draw(summary, show.all, style));
    let options = if show.all { timeline::Options::ALL } else { timeline::Options::DEFAULT };
    let locks = summary.locks().in_order();
    parts.push(timeline::draw(summary, &locks, &options, style));
    if !locks.is_empty() {
        let shown = if show.all { usize::MAX } else { SHOWN_LOCKS };
        parts.push(locks::draw(summary, &locks, shown, style));
    }
    parts.push(expectations::draw(show.expectations, show.for_other_rules, style));
    parts.push(warnings::draw(summary, style));
    parts.push(headline::ending(summary, style));
    parts.retain(|part| !part.is_empty());
    parts.join("\n")
}

/// A number, or a dash for none.
fn number(number: u64) -> String {
    if number == 0 { "-".to_owned() } else { number.to_string() }
}

/// A heading on a line of its own.
fn heading(text: &str, style: &Style) -> String {
    format!("{}\n", style.paint(Tone::Heading, &style.words(text)))
}

/// An operation's name in at most `columns`: first the noun is cut, then the names, of which each keeps its start.
pub(super) fn name(operation: Operation<'_>, columns: usize, style: &Style) -> String {
    let (connector, noun) = (operation.connector(), operation.work_type().noun());
    let Some(channel) = &operation.channel() else {
        let room = columns.saturating_sub(noun.len() + 1).max(4);
        return shorten(&format!("{} {noun}", shorten(connector, room, style)), columns, style);
    };
    let noun = match () {
        () if short_enough(connector, noun, channel, columns) => noun,
        () => noun.get(..if noun.starts_with('s') { 4 } else { 3 }).unwrap_or(noun),
    };
    let room = columns.saturating_sub(noun.len() + 2);
    let wide = |text: &str| width(&shorten(text, columns, style));
    let for_channel = wide(channel).min(room.saturating_sub(wide(connector).min(room / 3)));
    let connector = shorten(connector, room.saturating_sub(for_channel), style);
    format!("{connector} {noun} {}", shorten(channel, for_channel, style))
}

fn short_enough(connector: &str, noun: &str, channel: &str, columns: usize) -> bool {
    let bytes = connector.len() + noun.len() + channel.len() + 2;
    // A name of many bytes need not be measured: no character has more than four of them to a column worth showing.
    bytes <= columns * 4 && width(connector) + width(channel) + noun.len() + 2 <= columns
}

/// The operations that are shown one by one, and the others: all of them in the order of the file, or the worst few of very
/// many, the worst first.
fn picked(summary: &Summary, all: bool) -> (Vec<Operation<'_>>, Vec<Operation<'_>>) {
    let operations = summary.operations();
    if all || operations.len() <= SHOWN_WHOLE {
        return (operations, Vec::new());
    }
    let (mut shown, rest) = worst::worst(operations, SHOWN_WORST, worst::badness);
    shown.sort_by_cached_key(|operation| std::cmp::Reverse(worst::badness(operation)));
    (shown, rest)
}
