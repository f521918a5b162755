//! Which measurements there are, and how they are shown.

use std::io::{self, Write};

use connector_cli::rules::Rules;

use crate::work::{Variant, Work};
use crate::{Measured, Subject, measure_apart};

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
                measured.push(measure_apart(subject, work)?);
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

/// How cost grows with the number of channels, beside the other engines.
fn growth(table: &Table, variant: Variant, sizes: &[u32], out: &mut impl Write) -> io::Result<()> {
    writeln!(
        out,
        "| channels | executions | deferred | own engine | plain heap | tokio, paused | tokio : own | bytes: own | source | tokio |"
    )?;
    writeln!(out, "| ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |")?;
    for &channels in sizes {
        let day = table.work(channels, 24, variant, Rules::Documented);
        // An hour tells what tokio costs an execution; a day of a million channels would take it minutes.
        let tokio_work = if channels > 100_000 { Work { hours: day.hours.min(2), ..day } } else { day };
        let [own, heap, tokio, source] = table.medians([
            (Subject::Own, day),
            (Subject::Heap, day),
            (Subject::Tokio, tokio_work),
            (Subject::Sources, day),
        ])?;
        let bytes = |of: &Measured| of.bytes.map(|bytes| bytes / u64::from(day.channels));
        let engine_bytes = bytes(&own).zip(bytes(&source)).map(|(own, source)| own.saturating_sub(source));
        writeln!(
            out,
            "| {} | {} | {:.1} % | {:.0} | {:.0} | {:.0} | {:.1} | {} | {} | {} |",
            day.channels,
            own.done.executions,
            percent(own.done.deferred, own.done.executions),
            nanos(&own),
            nanos(&heap),
            nanos(&tokio),
            nanos(&tokio) / nanos(&own),
            shown(engine_bytes),
            shown(bytes(&source)),
            shown(bytes(&tokio)),
        )?;
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

/// What those who listen cost.
fn listeners(table: &Table, out: &mut impl Write) -> io::Result<()> {
    let work = table.work(100_000, 2, Variant::Usual, Rules::Documented);
    let [without, tables, log] =
        table.medians([(Subject::Own, work), (Subject::OwnTables, work), (Subject::OwnLog, work)])?;
    writeln!(out, "| 100 000 channels, 2 h | events | ns an event more |\n| --- | ---: | ---: |")?;
    for (name, with) in [("the tables' counters", tables), ("event log to a file", log)] {
        let cost = with.time.saturating_sub(without.time);
        writeln!(out, "| {name} | {} | {:.0} |", with.done.events, ratio(cost.as_nanos(), with.done.events))?;
    }
    Ok(())
}

fn nanos(measured: &Measured) -> f64 {
    ratio(measured.time.as_nanos(), measured.done.executions)
}

fn percent(part: u64, whole: u64) -> f64 {
    100.0 * ratio(part.into(), whole)
}

#[allow(clippy::cast_precision_loss, reason = "shown with three digits")]
fn ratio(part: u128, whole: u64) -> f64 {
    part as f64 / whole.max(1) as f64
}

fn shown(bytes: Option<u64>) -> String {
    bytes.map_or("–".to_owned(), |bytes| bytes.to_string())
}
