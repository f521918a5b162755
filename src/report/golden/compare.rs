//! A run against its golden summary: what changed, and what changed first.

use super::{BESIDE, Golden, Line, THEN};
use crate::model::VirtualTime;

/// How a run differs from its golden summary.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Difference {
    /// The change that came first in the run: the cause to look at.
    pub first: Changed,
    /// The other lines that differ.
    pub others: Vec<Changed>,
}

/// One line that differs.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Changed {
    /// What it is about.
    pub subject: String,
    /// When the run left what was accepted; none where only what it came to in the end differs.
    pub at: Option<VirtualTime>,
    /// What came before and is as accepted.
    pub after: Option<String>,
    /// What was accepted; none where the line is new.
    pub accepted: Option<String>,
    /// What it is now; none where the line is gone.
    pub now: Option<String>,
}

/// Compares a run with `accepted`, a file's text. None if they say the same. Line endings, blank lines and lines that begin
/// with `#` do not matter.
pub fn compare(accepted: &str, now: &Golden) -> Option<Difference> {
    let mut accepted: Vec<(&str, &str)> = accepted
        .trim_start_matches('\u{feff}')
        .lines()
        .map(str::trim_end)
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .map(|line| line.split_once(": ").unwrap_or((line, "")))
        .collect();
    let mut changes = Vec::new();
    for line in &now.lines {
        let place = accepted.iter().position(|(subject, _)| *subject == line.subject);
        let old = place.map(|place| accepted.remove(place).1);
        if old != Some(&*line.text()) {
            changes.push(change(line, old));
        }
    }
    changes.extend(accepted.into_iter().map(|(subject, text)| Changed {
        subject: subject.to_owned(),
        at: None,
        after: None,
        accepted: Some(text.to_owned()),
        now: None,
    }));
    // The first in time; of those without a time, the first in the file.
    let first = (0..changes.len()).min_by_key(|place| changes[*place].at.unwrap_or(VirtualTime::NEVER))?;
    let first = changes.remove(first);
    Some(Difference { first, others: changes })
}

/// Where a line leaves what was accepted.
fn change(line: &Line, old: Option<&str>) -> Changed {
    let mut changed = Changed {
        subject: line.subject.clone(),
        at: line.story.first().map(|(at, _)| *at).filter(|at| *at < VirtualTime::NEVER),
        after: None,
        accepted: old.map(str::to_owned),
        now: Some(line.text()),
    };
    let Some(old) = old else { return changed };
    let mut rest = old;
    for (at, part) in &line.story {
        if let Some(left) = rest.strip_prefix(part.as_str()).filter(|rest| ends_a_part(rest)) {
            rest = left.strip_prefix(THEN).unwrap_or(left);
            changed.after = Some(part.clone());
            continue;
        }
        let now = line.text();
        changed.at = Some(*at).filter(|at| *at < VirtualTime::NEVER);
        changed.now = now.get(old.len() - rest.len()..).map(str::to_owned).or(Some(now));
        changed.accepted = Some(rest.to_owned());
        return changed;
    }
    // The story is as accepted, as far as it goes.
    changed.at = None;
    if rest.is_empty() || rest.starts_with(BESIDE) {
        changed.after = None;
    } else {
        changed.accepted = Some(rest.to_owned());
        changed.now = None;
    }
    changed
}

fn ends_a_part(rest: &str) -> bool {
    rest.is_empty() || rest.starts_with(THEN) || rest.starts_with(BESIDE)
}
