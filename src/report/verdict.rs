//! Whether the settings can keep up with the source's quota, in a sentence: what a run on a dataset says first of all.

use std::collections::BTreeMap;

use super::summary::{SourceUse, State, Summary};
use super::words::count;
use super::worst;
use crate::model::{Millis, Status, WorkType};

/// The verdict on each connector whose source says what its quota is, in file order.
pub fn verdicts(summary: &Summary) -> Vec<String> {
    all(summary).into_iter().map(|verdict| verdict.words).collect()
}

/// Of more than `most` verdicts the worst, in file order, and the others in one sentence.
pub fn worst(summary: &Summary, most: usize) -> Vec<String> {
    let (shown, rest) = worst::worst(all(summary), most, |verdict| (verdict.outlook, verdict.to_come));
    let mut sentences: Vec<String> = shown.into_iter().map(|verdict| verdict.words).collect();
    if rest.is_empty() {
        return sentences;
    }
    let parts: Vec<(usize, &str)> = [
        (Outlook::Never, "never end"),
        (Outlook::TooLate, "do not end within the run"),
        (Outlook::Ends, "end"),
    ]
    .into_iter()
    .filter_map(|(outlook, words)| {
        let connectors = rest.iter().filter(|verdict| verdict.outlook == outlook).count();
        (connectors > 0).then_some((connectors, words))
    })
    .collect();
    let more = count(rest.len() as u64, "more connector");
    sentences.push(if let [(_, words)] = parts.as_slice() {
        format!("Registrations of {more} {words}")
    } else {
        let parts: Vec<String> =
            parts.iter().map(|(connectors, words)| format!("of {connectors} they {words}")).collect();
        format!("Registrations of {more}: {}", parts.join(", "))
    });
    sentences
}

/// The verdict on one connector.
struct Verdict {
    words: String,
    outlook: Outlook,
    /// Pages of registrations that are still to come.
    to_come: u64,
}

/// What becomes of a connector's registrations, the worst last.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Outlook {
    Ends,
    TooLate,
    Never,
}

/// What has become of a connector's registrations so far.
#[derive(Clone, Copy, Default)]
struct Registrations {
    running: u64,
    given_up: u64,
    last: Millis,
}

fn all(summary: &Summary) -> Vec<Verdict> {
    let several = summary.sources().len() > 1;
    let mut registrations: BTreeMap<&str, Registrations> = BTreeMap::new();
    if !summary.sources().is_empty() {
        for operation in summary.operations() {
            if operation.work_type() == WorkType::ContentRegistration {
                let mine = registrations.entry(operation.connector()).or_default();
                match operation.state() {
                    State::Ended { at, status, .. } => {
                        mine.given_up += u64::from(status != Status::Complete);
                        mine.last = mine.last.max(Millis(at.0));
                    }
                    State::Running { .. } => mine.running += 1,
                }
            }
        }
    }
    let verdicts = summary.sources().iter().filter(|each| !each.tallies.is_empty()).map(|each| {
        let registrations = registrations.get(&*each.connector).copied().unwrap_or_default();
        let (outlook, mut words) = verdict(summary, each, registrations);
        if several {
            words = format!("{}: {words}", each.connector);
        }
        let to_come = each.tally(WorkType::ContentRegistration).map_or(0, |tally| tally.calls_to_come);
        Verdict { words, outlook, to_come }
    });
    verdicts.collect()
}

fn verdict(summary: &Summary, source: &SourceUse, registrations: Registrations) -> (Outlook, String) {
    let elapsed = Millis(summary.end().0);
    let Some(tally) = source.tally(WorkType::ContentRegistration) else {
        return (Outlook::Ends, String::new());
    };
    if source.channels == 0 && tally.due == 0 && tally.to_come == 0 {
        let words = "The source has no channels: there is nothing to keep up with".to_owned();
        return (Outlook::Ends, words);
    }
    let Registrations { running, given_up, last } = registrations;
    let pages = source.answered(WorkType::ContentRegistration);
    let quota = source.pages_an_hour(elapsed).map(|(allowed, taken)| {
        let (allowed, taken) = (figure(allowed), figure(taken));
        format!("the quota allows {allowed} pages an hour and the synchronisations take the worth of {taken}")
    });
    let because = quota.map_or(String::new(), |quota| format!(": {quota}"));
    if tally.to_come == 0 && running == 0 {
        let also = match given_up {
            0 => String::new(),
            _ => format!(" ({} given up)", count(given_up, "registration")),
        };
        let (last, pages) = (rounded(last), count(pages, "page"));
        return (Outlook::Ends, format!("Registrations end after {last}{also}, in {pages}{because}"));
    }
    let to_come = format!(
        "{} in {} still to come",
        count(tally.calls_to_come, "page"),
        count(tally.channels_to_come, "channel")
    );
    let recent = source.recent_pages_an_hour(elapsed);
    let starved = source.pages_an_hour(elapsed).is_some_and(|(allowed, taken)| taken >= allowed);
    if running == 0 && given_up > 0 {
        let given_up = count(given_up, "registration");
        let words = format!("Registrations never end: {given_up} given up, with {to_come}{because}");
        return (Outlook::Never, words);
    }
    if starved || recent <= 0.0 {
        return (Outlook::Never, format!("Registrations never end, with {to_come}{because}"));
    }
    let words = format!(
        "Registrations do not end within {}, with {to_come}: at the {} an hour that the last {} came to they need another {}{}",
        rounded(elapsed),
        pages_of(recent),
        rounded(source.lately(elapsed)),
        rounded(needed(tally.calls_to_come, recent)),
        because.replacen(": ", "; ", 1)
    );
    (Outlook::TooLate, words)
}

#[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation, reason = "such a cast saturates")]
#[allow(clippy::cast_sign_loss, reason = "such a cast saturates")]
fn needed(calls: u64, an_hour: f64) -> Millis {
    Millis::from_secs((calls as f64 / an_hour * 3600.0) as u64)
}

/// To the minute, from an hour on: a forecast says no more.
fn rounded(duration: Millis) -> Millis {
    const MINUTE: u64 = 60_000;
    if duration.0 < 60 * MINUTE {
        return Millis(duration.0 / 1000 * 1000);
    }
    Millis(duration.0 / MINUTE * MINUTE)
}

/// `248`, or `0.4` where that is less than ten.
fn figure(number: f64) -> String {
    if number < 9.95 { format!("{number:.1}") } else { format!("{number:.0}") }
}

fn pages_of(number: f64) -> String {
    format!("{} pages", figure(number))
}
