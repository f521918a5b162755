//! Whether the settings can keep up with the source's quota, in a sentence: what a run on a dataset says first of all.

use std::collections::BTreeMap;

use super::summary::{SourceUse, State, Summary};
use super::words::count;
use crate::model::{Millis, Status, WorkType};

/// The verdict on each connector whose source says what its quota is.
pub fn verdicts(summary: &Summary) -> Vec<String> {
    let several = summary.sources().len() > 1;
    let elapsed = Millis(summary.end().0);
    let mut all = Registrations::of(summary);
    let words = summary.sources().iter().filter(|each| !each.tallies.is_empty()).map(|each| {
        let verdict = verdict(each, elapsed, all.remove(&*each.connector).unwrap_or_default());
        if several { format!("{}: {verdict}", each.connector) } else { verdict }
    });
    words.collect()
}

/// How far a connector's registrations are at the end.
#[derive(Clone, Copy, Default)]
struct Registrations {
    running: u64,
    given_up: u64,
    /// When the last one ended.
    last: Millis,
}

impl Registrations {
    /// By connector, in one pass: there may be as many operations as there are channels, for each of many connectors.
    fn of(summary: &Summary) -> BTreeMap<&str, Self> {
        let mut all: BTreeMap<&str, Self> = BTreeMap::new();
        for (_, operation) in summary.operations() {
            if operation.work_type != WorkType::ContentRegistration {
                continue;
            }
            let sum = all.entry(&operation.connector).or_default();
            match operation.state() {
                State::Ended { at, status, .. } => {
                    sum.given_up += u64::from(status != Status::Complete);
                    sum.last = sum.last.max(Millis(at.0));
                }
                _ => sum.running += 1,
            }
        }
        all
    }
}

fn verdict(source: &SourceUse, elapsed: Millis, registrations: Registrations) -> String {
    let Some(tally) = source.tally(WorkType::ContentRegistration) else { return String::new() };
    if source.channels == 0 && tally.due == 0 && tally.to_come == 0 {
        return "The source has no channels: there is nothing to keep up with".to_owned();
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
        return format!(
            "Registrations end after {}{also}, in {}{because}",
            rounded(last),
            count(pages, "page")
        );
    }
    let to_come = format!(
        "{} in {} still to come",
        count(tally.calls_to_come, "page"),
        count(tally.channels_to_come, "channel")
    );
    let recent = source.recent_pages_an_hour(elapsed);
    let starved = source.pages_an_hour(elapsed).is_some_and(|(allowed, taken)| taken >= allowed);
    if running == 0 && given_up > 0 {
        return format!(
            "Registrations never end: {} given up, with {to_come}{because}",
            count(given_up, "registration")
        );
    }
    if starved || recent <= 0.0 {
        return format!("Registrations never end, with {to_come}{because}");
    }
    format!(
        "Registrations do not end within {}, with {to_come}: at the {} an hour that the last {} came to they need another {}{}",
        rounded(elapsed),
        pages_of(recent),
        rounded(source.lately(elapsed)),
        rounded(needed(tally.calls_to_come, recent)),
        because.replacen(": ", "; ", 1)
    )
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
