//! One measurement: in this process, or in one of its own.

use std::fmt;
use std::io;
use std::process::Command;
use std::str::FromStr;
use std::time::{Duration, Instant};

use connector_cli::rules::Rules;

use crate::engines::{self, Done};
use crate::work::{Variant, Work};

/// A run that is shorter is timed by the clock on the wall.
const COARSE: Duration = Duration::from_millis(200);

/// Whom a measurement is of.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Subject {
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

/// What was measured. Written as numbers in a line, by which a process tells the one that started it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Measured {
    pub(crate) done: Done,
    /// Of the processor, where the system tells it.
    pub(crate) time: Duration,
    /// How long the event log is, in bytes; nought without one.
    pub(crate) log_bytes: u64,
    /// Bytes of memory that it took at most, where the system says so.
    pub(crate) bytes: Option<u64>,
}

impl fmt::Display for Measured {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Done { executions, deferred, events } = self.done;
        write!(f, "{executions} {deferred} {events} {} {}", self.time.as_nanos(), self.log_bytes)?;
        self.bytes.map_or(Ok(()), |bytes| write!(f, " {bytes}"))
    }
}

impl FromStr for Measured {
    type Err = io::Error;

    fn from_str(line: &str) -> io::Result<Self> {
        let mut numbers = line.split_whitespace().map(|word| word.parse::<u64>().ok());
        let mut number = || numbers.next().flatten();
        match (number(), number(), number(), number(), number()) {
            (Some(executions), Some(deferred), Some(events), Some(nanos), Some(log_bytes)) => Ok(Self {
                done: Done { executions, deferred, events },
                time: Duration::from_nanos(nanos),
                log_bytes,
                bytes: number(),
            }),
            _ => Err(io::Error::other(format!("no measurement: {line:?}"))),
        }
    }
}

/// The subject and the work that a command line names.
pub(crate) fn parse(subject: &str, work: &[&str]) -> Option<(Subject, Work)> {
    let [variant, rules, channels, hours] = work else { return None };
    let work = Work {
        variant: VARIANTS.iter().find(|(name, _)| name == variant)?.1,
        rules: Rules::parse(rules)?,
        channels: channels.parse().ok()?,
        hours: hours.parse().ok()?,
    };
    Some((SUBJECTS.iter().find(|(name, _)| *name == subject)?.1, work))
}

/// The command line for a process that measures this and nothing else.
pub(crate) fn arguments(subject: Subject, work: Work) -> [String; 6] {
    let subject = SUBJECTS.iter().find(|(_, is)| *is == subject).map_or("", |(name, _)| *name);
    let variant = VARIANTS.iter().find(|(_, is)| *is == work.variant).map_or("", |(name, _)| *name);
    let words = ["--one", subject, variant, work.rules.word()].map(str::to_owned);
    let [one, subject, variant, rules] = words;
    [one, subject, variant, rules, work.channels.to_string(), work.hours.to_string()]
}

/// Measures in a process of its own.
pub(crate) fn apart(subject: Subject, work: Work) -> io::Result<Measured> {
    read(Command::new(std::env::current_exe()?).args(arguments(subject, work)))
}

/// What a process that measures says.
pub(crate) fn read(command: &mut Command) -> io::Result<Measured> {
    let output = command.output()?;
    if !output.status.success() {
        let why = String::from_utf8_lossy(&output.stderr).into_owned();
        return Err(io::Error::other(format!("{command:?}: {why}")));
    }
    String::from_utf8_lossy(&output.stdout).parse()
}

/// Measures in this process.
#[allow(clippy::disallowed_methods, reason = "a bench is what a clock is for")]
pub(crate) fn here(subject: Subject, work: Work) -> io::Result<Measured> {
    let before = memory("VmRSS:");
    let spent = processor_time().unwrap_or_default();
    let start = Instant::now();
    let mut log_bytes = 0;
    let done = match subject {
        Subject::Own => engines::own(work),
        Subject::OwnTables => engines::own_with_tables(work),
        Subject::OwnLog => {
            let file = tempfile::tempfile()?;
            let done = engines::own_with_log(work, &file)?;
            log_bytes = file.metadata()?.len();
            done
        }
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
    Ok(Measured { done, time, log_bytes, bytes })
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
