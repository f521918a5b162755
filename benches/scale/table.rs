//! Which times and sizes are measured, and how they are shown.

use std::io::{self, Write};
use std::time::Duration;

use connector_cli::rules::Rules;

use crate::cells::{percent, ratio, shown};
use crate::measure::{self, Measured, Subject};
use crate::work::{Variant, Work};

/// The plan of a whole bench.
pub(crate) struct Table {
    short: bool,
}

impl Table {
    pub(crate) const fn new(short: bool) -> Self {
        Self { short }
    }

    /// The work on so many channels; in short, a hundredth of them for two hours.
    fn work(&self, channels: u32, hours: u64, variant: Variant, rules: Rules) -> Work {
        if self.short {
            return Work { channels: (channels / 100).max(100), hours: hours.min(2), variant, rules };
        }
        Work { channels, hours, variant, rules }
    }

    /// The median of several measurements of each of `subjects`, which take turns.
    fn medians<const N: usize>(&self, subjects: [(Subject, Work); N]) -> io::Result<[Measured; N]> {
        let times = match subjects[0].1.channels {
            _ if self.short => 1,
            1_000_000.. => 1,
            100_000.. => 3,
            _ => 5,
        };
        let mut all: [Vec<Measured>; N] = std::array::from_fn(|_| Vec::new());
        for _ in 0..times {
            for (measured, (subject, work)) in all.iter_mut().zip(subjects) {
                measured.push(measure::apart(subject, work)?);
            }
        }
        Ok(all.map(|mut measured| {
            measured.sort_by_key(|measured| measured.time);
            measured[measured.len() / 2]
        }))
    }
}

/// Measures everything and shows it, row by row.
pub(crate) fn print(table: &Table, out: &mut impl Write) -> io::Result<()> {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    writeln!(
        out,
        "{cores} cores; nanoseconds of processor time an execution (start-up included), bytes a channel\n"
    )?;
    growth(table, Variant::Usual, &[1_000, 10_000, 100_000, 1_000_000], out)?;
    writeln!(out, "The same with `random_delay = true`, so that no two channels keep step:\n")?;
    growth(table, Variant::Random, &[1_000, 100_000], out)?;
    variants(table, out)?;
    deferrals(table, out)?;
    listeners(table, out)
}

/// How cost grows with the number of channels, beside the other engines: a table of times, then one of memory.
fn growth(table: &Table, variant: Variant, sizes: &[u32], out: &mut impl Write) -> io::Result<()> {
    writeln!(
        out,
        "| channels | executions | deferred | own engine | own, tables | plain heap | tokio, paused | tokio : own | tokio : own, tables |"
    )?;
    writeln!(out, "| ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |")?;
    let mut memory = Vec::new();
    for &channels in sizes {
        let day = table.work(channels, 24, variant, Rules::Documented);
        // An hour tells what tokio costs an execution; a day of a million channels would take it minutes.
        let tokio_work = if channels > 100_000 { Work { hours: day.hours.min(2), ..day } } else { day };
        let [own, tables, heap, tokio, source] = table.medians([
            (Subject::Own, day),
            (Subject::OwnTables, day),
            (Subject::Heap, day),
            (Subject::Tokio, tokio_work),
            (Subject::Sources, day),
        ])?;
        writeln!(
            out,
            "| {} | {} | {:.1} % | {:.0} | {:.0} | {:.0} | {:.0} | {:.1} | {:.1} |",
            day.channels,
            own.done.executions,
            percent(own.done.deferred, own.done.executions),
            nanos(&own),
            nanos(&tables),
            nanos(&heap),
            nanos(&tokio),
            nanos(&tokio) / nanos(&own),
            nanos(&tokio) / nanos(&tables),
        )?;
        memory.push((day.channels, [own, tables, source, tokio]));
    }
    writeln!(out, "\n| bytes a channel | own engine | own, tables | source | tokio |")?;
    writeln!(out, "| ---: | ---: | ---: | ---: | ---: |")?;
    for (channels, measured) in memory {
        let [own, tables, source, tokio] =
            measured.map(|of| of.bytes.map(|bytes| bytes / u64::from(channels)));
        // What the source lists is no engine's.
        let [own, tables] =
            [own, tables].map(|all| all.zip(source).map(|(all, source)| all.saturating_sub(source)));
        let [own, tables, source, tokio] = [own, tables, source, tokio].map(shown);
        writeln!(out, "| {channels} | {own} | {tables} | {source} | {tokio} |")?;
    }
    writeln!(out)
}

/// The same at 100 000 channels, otherwise.
fn variants(table: &Table, out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "| 100 000 channels | rules | executions | ns an execution |")?;
    writeln!(out, "| --- | --- | ---: | ---: |")?;
    for (name, variant, rules) in [
        ("as above", Variant::Usual, Rules::Documented),
        ("as above", Variant::Usual, Rules::Sdk),
        ("every call lasts 0.1 to 2 s", Variant::Latency, Rules::Documented),
        ("a scope key a channel", Variant::OwnKeys, Rules::Documented),
    ] {
        let [own] = table.medians([(Subject::Own, table.work(100_000, 24, variant, rules))])?;
        writeln!(out, "| {name} | {rules} | {} | {:.0} |", own.done.executions, nanos(&own))?;
    }
    writeln!(out)
}

/// A Global lock defers all channels, again and again.
fn deferrals(table: &Table, out: &mut impl Write) -> io::Result<()> {
    writeln!(
        out,
        "| a Global lock in the way of 100 000 channels | executions | deferred | ns an execution |"
    )?;
    writeln!(out, "| --- | ---: | ---: | ---: |")?;
    for (rules, hours) in [(Rules::Documented, 48), (Rules::Sdk, 4)] {
        let [held] = table.medians([(Subject::Own, table.work(100_000, hours, Variant::Held, rules))])?;
        let Measured { done, .. } = held;
        let share = percent(done.deferred, done.executions);
        writeln!(out, "| {rules} | {} | {share:.1} % | {:.0} |", done.executions, nanos(&held))?;
    }
    writeln!(out)
}

/// What those who listen cost, at every size: no longer than a log of some gigabytes takes.
fn listeners(table: &Table, out: &mut impl Write) -> io::Result<()> {
    writeln!(
        out,
        "| channels | hours | events | own engine | own, tables | own, event log | tables: ns an event | log: ns an event | log: bytes an event |"
    )?;
    writeln!(out, "| ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |")?;
    for (channels, hours) in [(1_000, 24), (10_000, 24), (100_000, 2), (1_000_000, 1)] {
        let work = table.work(channels, hours, Variant::Usual, Rules::Documented);
        let [own, tables, log] =
            table.medians([(Subject::Own, work), (Subject::OwnTables, work), (Subject::OwnLog, work)])?;
        let an_event = |time: Duration| ratio(time.as_nanos(), log.done.events);
        writeln!(
            out,
            "| {} | {} | {} | {:.0} | {:.0} | {:.0} | {:.0} | {:.0} | {:.0} |",
            work.channels,
            work.hours,
            log.done.events,
            nanos(&own),
            nanos(&tables),
            nanos(&log),
            an_event(tables.time.saturating_sub(own.time)),
            an_event(log.time.saturating_sub(own.time)),
            ratio(log.log_bytes.into(), log.done.events),
        )?;
    }
    Ok(())
}

/// Nanoseconds an execution.
fn nanos(measured: &Measured) -> f64 {
    ratio(measured.time.as_nanos(), measured.done.executions)
}
