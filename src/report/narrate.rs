//! One line an event in words, for `-v`.

use std::fmt::Write;

use super::explain::{self, seconds};
use super::words::count;
use super::{Style, shorten};
use crate::event::{ChannelFact, Ending, Execution, Fact, LockFact, RunEvent, Subject};
use crate::model::{Call, LockType, Outcome, VirtualTime};
use crate::rules::DelayRule;

/// Names and reasons are shown up to this many columns.
const NAME: usize = 60;
/// So many record ids are named.
const NAMED: usize = 3;

/// What happened, in one line: `0:05:00 box synchronisation hr: continue → complete, 2 records; next 0:10:00, …`.
pub fn event(event: &RunEvent<'_>, style: &Style) -> String {
    let mut line = format!("{} ", event.at);
    match &event.fact {
        Fact::RunStarted(run) => {
            let connectors = count(run.connectors.len() as u64, "connector");
            let (rules, seed, duration, start) =
                (run.rules, run.seed, run.duration_ms, name(&run.start, style));
            let _ = write!(
                line,
                "the run starts: {connectors}, {rules} rules, seed {seed}, {duration} from {start}"
            );
        }
        Fact::ConnectorChanged(changed) => {
            line.push_str("timeline:");
            let parts = [Some(&changed.change), changed.connector.as_ref(), changed.channel.as_ref()];
            for part in parts.into_iter().flatten() {
                line.push(' ');
                line.push_str(&name(part, style));
            }
            line.push_str(if changed.no_effect { " (changes nothing)" } else { "" });
        }
        Fact::ChannelAdded(channel) => channel_line(&mut line, channel, "is new", style),
        Fact::ChannelUpdated(channel) => channel_line(&mut line, channel, "has changed", style),
        Fact::ChannelRemoved(channel) => channel_line(&mut line, channel, "leaves the cache", style),
        Fact::OperationStarted(started) => {
            let by = started.started_by.replace('-', " ");
            let _ =
                write!(line, "{} starts, by the {}", operation(&started.subject, style), name(&by, style));
        }
        Fact::Execution(execution) => execution_line(&mut line, execution, style),
        Fact::LockSet(lock) => {
            let (who, what) = (operation(&lock.set_by, style), lock_name(&lock.key, lock.lock_type, style));
            let _ = write!(line, "{who} sets {what} until {}", lock.until_ms);
            because(&mut line, &lock.reason, style);
        }
        Fact::LockExtended(lock) => {
            extended(&mut line, lock, event.at, style);
            because(&mut line, &lock.reason, style);
        }
        Fact::LockExpired(lock) => {
            let _ = write!(line, "{} expires", lock_name(&lock.key, lock.lock_type, style));
        }
        Fact::StopCalled(stop) => {
            let why = stop.reason.replace('-', " ");
            let _ = write!(line, "{}: stop is called", operation(&stop.subject, style));
            because(&mut line, &why, style);
        }
        Fact::OperationEnded(ended) => {
            let _ = write!(line, "{} ends as {}", operation(&ended.subject, style), ended.status);
            if *ended.reason != *ended.status.word() {
                because(&mut line, &ended.reason, style);
            }
        }
        Fact::Warning(warning) => {
            let _ = write!(line, "warning: {}", shorten(&warning.message, 4 * NAME, style));
        }
        Fact::RunFinished(finished) => {
            line.push_str(match finished.ending {
                Ending::Duration => "the run ends",
                Ending::RegistrationsEnded => "the run ends: all registrations have ended",
                Ending::Interrupted => "the run is interrupted",
                Ending::NoProgress => "the run is stopped, it makes no progress",
            });
            because(&mut line, &finished.reason, style);
        }
    }
    let differs = event.fact.differs();
    if !differs.is_empty() {
        let _ = write!(line, " [differs: {differs}]");
    }
    style.words(&line)
}

fn channel_line(line: &mut String, channel: &ChannelFact<'_>, what: &str, style: &Style) {
    let (connector, id) = (name(&channel.connector, style), name(&channel.channel, style));
    let _ = write!(line, "{connector}: channel {id} {what}");
    because(line, &channel.reason, style);
}

fn execution_line(line: &mut String, execution: &Execution<'_>, style: &Style) {
    let _ = write!(line, "{}: ", operation(&execution.subject, style));
    match execution.result {
        Outcome::Deferred => {
            line.push_str("deferred");
            if let Some(lock) = &execution.waits_for {
                let key = lock_name(&lock.key, lock.lock_type, style);
                let _ = write!(line, " by {key} until {}", lock.until_ms);
            }
        }
        Outcome::Disabled => line.push_str("not called, the connector is disabled"),
        Outcome::Removed => line.push_str("not called, the connector is gone"),
        Outcome::ChannelNotFound => line.push_str("not called, the channel is not in the cache"),
        result => {
            let call = if execution.call == Call::None { "no call" } else { execution.call.word() };
            let _ = write!(line, "{call} → {result}");
        }
    }
    for (amount, noun) in [
        (execution.channels, "channel"),
        (execution.records, "record"),
        (execution.binaries, "binary"),
        (execution.aggregations, "aggregation"),
    ] {
        match amount {
            None | Some(0) => {}
            Some(n) => {
                let _ = write!(line, ", {}", count(n, noun));
            }
        }
        if noun == "record" {
            named(line, execution, style);
        }
    }
    if execution.took_ms.0 > 0 {
        let _ = write!(line, ", took {}", execution.took_ms);
    }
    if execution.while_throttled {
        line.push_str(", WHILE THE SOURCE THROTTLED");
    }
    if !execution.reason.is_empty() {
        let _ = write!(line, " ({})", shorten(&execution.reason, 2 * NAME, style));
    }
    if let (Some(next_at), Some(delay)) = (execution.next_at_ms, &execution.delay) {
        let _ = match delay.rule {
            DelayRule::Incomplete | DelayRule::Immediate => {
                write!(line, "; {}", explain::delay(delay, execution.result))
            }
            DelayRule::Lock => write!(line, "; next {next_at}, in {}", seconds(delay.ms)),
            _ => write!(line, "; next {next_at}, {}", explain::delay(delay, execution.result)),
        };
    }
}

fn named(line: &mut String, execution: &Execution<'_>, style: &Style) {
    let Some(ids) = execution.record_ids.as_deref().filter(|ids| !ids.is_empty()) else { return };
    let shown: Vec<_> = ids.iter().take(NAMED).map(|id| shorten(id, NAME / 2, style)).collect();
    let more = if ids.len() > NAMED { ", …" } else { "" };
    let _ = write!(line, " ({}{more})", shown.join(", "));
}

fn extended(line: &mut String, lock: &LockFact<'_>, at: VirtualTime, style: &Style) {
    let (who, what) = (operation(&lock.set_by, style), lock_name(&lock.key, lock.lock_type, style));
    let _ = match (lock.replaced_until_ms, lock.asked_until_ms) {
        (Some(before), _) if lock.until_ms < before => {
            write!(line, "{who} replaces {what}: until {}, no longer until {before}", lock.until_ms)
        }
        (_, Some(asked)) => {
            write!(line, "{who} asks for {what} until {}; it stays until {}", asked.max(at), lock.until_ms)
        }
        _ => write!(line, "{who} extends {what} until {}", lock.until_ms),
    };
}

fn lock_name(key: &str, lock_type: LockType, style: &Style) -> String {
    match lock_type {
        LockType::Global => "the global lock".to_owned(),
        LockType::Scoped => format!("the lock {}", name(key, style)),
    }
}

fn operation(subject: &Subject<'_>, style: &Style) -> String {
    let (connector, noun) = (name(&subject.connector, style), subject.work_type.noun());
    match &subject.channel {
        Some(channel) => format!("{connector} {noun} {}", name(channel, style)),
        None => format!("{connector} {noun}"),
    }
}

fn name(name: &str, style: &Style) -> String {
    shorten(name, NAME, style)
}

fn because(line: &mut String, reason: &str, style: &Style) {
    if !reason.is_empty() {
        let _ = write!(line, ": {}", shorten(reason, 2 * NAME, style));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::testing::{self, Log, moment};
    use crate::rules::Rules;

    fn lines(log: &Log) -> Vec<String> {
        log.events().iter().map(|each| event(each, &Style::plain(80))).collect()
    }

    #[test]
    fn every_event_in_words() {
        insta::assert_snapshot!(lines(&testing::everything()).join("\n"));
    }

    #[test]
    fn what_a_lock_does() {
        let mut log = Log::new(Rules::Sdk, 600);
        log.lock(0, "box", "box sync a", 400, None);
        log.lock(2, "box", "box sync b", 22, Some(400));
        log.lock(5, "box", "box sync b", 900, Some(22));
        log.lock(6, "global", "box sync b", 900, None);
        let asked = |fact: &mut Fact<'static>| {
            if let Fact::LockSet(lock) = fact {
                lock.asked_until_ms = Some(moment(500));
            }
        };
        let mut last = log.events().last().unwrap().clone();
        asked(&mut last.fact);
        let Fact::LockSet(lock) = last.fact else { panic!("not a lock") };
        log.push(7, Fact::LockExtended(lock));
        log.deferred(30, "box sync a", "box", 900, 50);
        log.ran(900, "box sync a", Outcome::BackOff).next_at(1000, DelayRule::Lock);
        assert_eq!(
            lines(&log)[1..],
            [
                "0:00:00 box synchronisation a sets the lock box until 0:06:40: HTTP 429",
                "0:00:02 box synchronisation b replaces the lock box: until 0:00:22, no longer until 0:06:40: HTTP 429 [differs: D9]",
                "0:00:05 box synchronisation b extends the lock box until 0:15:00: HTTP 429",
                "0:00:06 box synchronisation b sets the global lock until 0:15:00: HTTP 429",
                "0:00:07 box synchronisation b asks for the global lock until 0:08:20; it stays until 0:15:00: HTTP 429",
                "0:00:30 box synchronisation a: deferred by the lock box until 0:15:00; next 0:00:50, in 20 s",
                "0:15:00 box synchronisation a: continue → back-off; next 0:16:40, in 100 s",
            ]
        );
    }
}
