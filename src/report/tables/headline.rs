//! The first lines and the last: what was run, and what the other rule set would have changed.

use std::fmt::Write;

use crate::event::Ending;
use crate::report::summary::{Run, Summary};
use crate::report::text::wrapped;
use crate::report::{Style, Tone, shorten};
use crate::rules::Rules;

/// So many connectors are named.
const NAMED: usize = 4;

pub(super) fn draw(summary: &Summary, style: &Style) -> String {
    let Some(run) = summary.run() else { return String::new() };
    let (rules, seed) = (run.rules, run.seed);
    let length = match summary.finished() {
        Some(finished) if finished.at.0 < run.duration.0 => {
            format!("{} of {}", crate::model::Millis(finished.at.0), run.duration)
        }
        _ => run.duration.to_string(),
    };
    let start = shorten(&run.start, 40, style);
    let text = format!("{} · {rules} rules · seed {seed} · {length} from {start}", connectors(run, style));
    style.paint(Tone::Heading, &wrapped(&style.words(&text), style))
}

fn connectors(run: &Run, style: &Style) -> String {
    let shown = run.connectors.iter().take(NAMED).map(|(id, display_name)| {
        let id = shorten(id, 24, style);
        match display_name {
            Some(name) if run.connectors.len() == 1 => format!("{id} ({})", shorten(name, 30, style)),
            _ => id,
        }
    });
    let mut text = shown.collect::<Vec<_>>().join(", ");
    if run.connectors.len() > NAMED {
        let _ = write!(text, " and {} more", run.connectors.len() - NAMED);
    }
    text
}

/// Why the run is over where that needs saying, and what the other rule set would have changed.
pub(super) fn ending(summary: &Summary, style: &Style) -> String {
    let mut text = String::new();
    if let Some(finished) = summary.finished() {
        let reason = shorten(&finished.reason, 400, style);
        let words = match finished.ending {
            Ending::Duration => None,
            Ending::RegistrationsEnded => {
                Some((Tone::Good, format!("All registrations had ended at {}.", finished.at)))
            }
            Ending::Interrupted => Some((Tone::Caution, format!("Interrupted at {}.", finished.at))),
            Ending::NoProgress => Some((Tone::Bad, format!("Stopped at {}: {reason}.", finished.at))),
        };
        if let Some((tone, words)) = words {
            text.push_str(&style.paint(tone, &wrapped(&style.words(&words), style)));
        }
    }
    if let Some(words) = differences(summary) {
        text.push_str(&wrapped(&style.words(&words), style));
    }
    text
}

/// `The published SDK differs here: 9 delays (D1, D16), first at 0:10:00; see --rules sdk`.
fn differences(summary: &Summary) -> Option<String> {
    let differences = summary.differences();
    let first_at = differences.first_at()?;
    let rules = summary.run()?.rules;
    let (subject, verb) = match rules {
        Rules::Documented => ("The published SDK", "differs"),
        Rules::Sdk => ("The documents", "differ"),
    };
    let groups: Vec<_> = differences
        .groups()
        .map(|(noun, group)| format!("{} {noun} ({})", group.times, group.rows))
        .collect();
    let other = rules.other();
    Some(format!("{subject} {verb} here: {}, first at {first_at}; see `--rules {other}`", groups.join(", ")))
}
