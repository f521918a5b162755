//! Speed and scale of the engine, beside a plain heap and tokio doing the same work.
//!
//! ```text
//! cargo bench --bench scale              the tables of the README
//! cargo bench --bench scale -- --short   everything once and small, so that it cannot rot
//! ```
//!
//! Each measurement is a process of its own, so that none finds the heap that another one has left; engines take turns,
//! and the median of their times counts.

mod engines;
mod table;
mod work;

use std::io::{self, BufWriter, Write};
use std::process::{Command, ExitCode};
use std::time::{Duration, Instant};

use connector_cli::rules::Rules;
use engines::Done;
use table::Table;
use work::{Variant, Work};

/// A run that is shorter is timed by the clock on the wall.
const COARSE: Duration = Duration::from_millis(200);

/// Whom a measurement is of.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Subject {
    /// The product's engine.
    Own,
    /// The product's engine, with the counters of its tables.
    OwnTables,
    /// The product's engine, with its event log in a file.
    OwnLog,
    /// The content sources alone, not called: their memory is no engine's.
    Sources,
    /// The standard library's heap.
    Heap,
    /// tokio with paused time.
    Tokio,
}

/// One measurement.
#[derive(Clone, Copy, Debug)]
struct Measured {
    done: Done,
    time: Duration,
    /// Bytes of memory that it took at most, where the system says so.
    bytes: Option<u64>,
}

fn main() -> io::Result<ExitCode> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    if let ["--one", subject, variant, rules, channels, hours] = words[..] {
        let work = parse_work(variant, rules, channels, hours).ok_or(io::ErrorKind::InvalidInput)?;
        let subject =
            SUBJECTS.iter().find(|(name, _)| *name == subject).ok_or(io::ErrorKind::InvalidInput)?;
        let Measured { done, time, bytes } = measure(subject.1, work)?;
        let bytes = bytes.map_or("-".to_owned(), |bytes| bytes.to_string());
        writeln!(
            io::stdout(),
            "{} {} {} {} {bytes}",
            done.executions,
            done.deferred,
            done.events,
            time.as_nanos()
        )?;
        return Ok(ExitCode::SUCCESS);
    }
    let short = words.contains(&"--short");
    table::print(&Table::new(short), &mut io::stdout().lock())?;
    Ok(ExitCode::SUCCESS)
}

const SUBJECTS: [(&str, Subject); 6] = [
    ("own", Subject::Own),
    ("own-tables", Subject::OwnTables),
    ("own-log", Subject::OwnLog),
    ("sources", Subject::Sources),
    ("heap", Subject::Heap),
    ("tokio", Subject::Tokio),
];

const VARIANTS: [(&str, Variant); 5] = [
    ("usual", Variant::Usual),
    ("random", Variant::Random),
    ("latency", Variant::Latency),
    ("own-keys", Variant::OwnKeys),
    ("held", Variant::Held),
];

fn parse_work(variant: &str, rules: &str, channels: &str, hours: &str) -> Option<Work> {
    Some(Work {
        variant: VARIANTS.iter().find(|(name, _)| *name == variant)?.1,
        rules: Rules::parse(rules)?,
        channels: channels.parse().ok()?,
        hours: hours.parse().ok()?,
    })
}

/// Measures in this process.
#[allow(clippy::disallowed_methods, reason = "a bench is what a clock is for")]
fn measure(subject: Subject, work: Work) -> io::Result<Measured> {
    let before = memory("VmRSS:");
    let spent = processor_time().unwrap_or_default();
    let start = Instant::now();
    let done = match subject {
        Subject::Own => engines::own(work),
        Subject::OwnTables => engines::own_with_tables(work),
        Subject::OwnLog => engines::own_with_log(work, BufWriter::new(tempfile::tempfile()?))?,
        Subject::Sources => {
            std::hint::black_box(work.sources());
            Done::default()
        }
        Subject::Heap => engines::heap(work),
        Subject::Tokio => engines::tokio(work)?,
    };
    let elapsed = start.elapsed();
    // The system counts processor time tick by tick, which is too coarse for a short run.
    let counted = if elapsed > COARSE { processor_time() } else { None };
    let time = counted.map_or(elapsed, |now| now.saturating_sub(spent));
    let bytes = memory("VmHWM:").zip(before).map(|(most, before)| most.saturating_sub(before));
    Ok(Measured { done, time, bytes })
}

/// The time that this process, which has one thread, has run on a processor, where Linux counts it: what else the machine
/// does is no part of it.
fn processor_time() -> Option<Duration> {
    let counts = std::fs::read_to_string("/proc/self/schedstat").ok()?;
    counts.split_whitespace().next()?.parse().ok().map(Duration::from_nanos)
}

/// What Linux says of this process's memory.
fn memory(key: &str) -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(key))?;
    Some(line.split_whitespace().next()?.parse::<u64>().ok()? * 1024)
}

/// Measures in a process of its own.
fn measure_apart(subject: Subject, work: Work) -> io::Result<Measured> {
    let name = |names: &[(&'static str, Subject)]| {
        names.iter().find(|(_, is)| *is == subject).map(|(name, _)| *name)
    };
    let variant = VARIANTS.iter().find(|(_, is)| *is == work.variant).map(|(name, _)| *name);
    let output = Command::new(std::env::current_exe()?)
        .args(["--one", name(&SUBJECTS).unwrap_or_default(), variant.unwrap_or_default()])
        .args([work.rules.word(), &work.channels.to_string(), &work.hours.to_string()])
        .output()?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let mut numbers = text.split_whitespace().map(|word| word.parse::<u64>().ok());
    let mut number = || numbers.next().flatten();
    match (number(), number(), number(), number()) {
        (Some(executions), Some(deferred), Some(events), Some(nanos)) => Ok(Measured {
            done: Done { executions, deferred, events },
            time: Duration::from_nanos(nanos),
            bytes: number(),
        }),
        _ => Err(io::Error::other(format!(
            "{subject:?} {work:?}: {}",
            String::from_utf8_lossy(&output.stderr)
        ))),
    }
}
