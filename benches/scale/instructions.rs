//! Instructions an execution, counted by valgrind's callgrind: whatever else the machine does, they are the same.

use std::fs;
use std::io::{self, Write};
use std::process::Command;

use connector_cli::rules::Rules;

use crate::cells::ratio;
use crate::measure::{self, Subject};
use crate::work::{Variant, Work};

/// Of so many channels.
const CHANNELS: u32 = 10_000;
/// From the end of the first of these hours to the end of the last: start-up is no part of it.
const HOURS: [u64; 2] = [2, 6];

const SUBJECTS: [(&str, Subject); 5] = [
    ("own engine", Subject::Own),
    ("own engine, tables", Subject::OwnTables),
    ("own engine, event log to a file", Subject::OwnLog),
    ("plain heap", Subject::Heap),
    ("tokio, paused", Subject::Tokio),
];

/// Counts and shows them, where there is valgrind.
pub(crate) fn print(short: bool, out: &mut impl Write) -> io::Result<()> {
    if !is_there() {
        return writeln!(out, "Instructions are not counted: that takes valgrind, which is not here.");
    }
    let (channels, hours) = if short { (CHANNELS / 100, [1, 2]) } else { (CHANNELS, HOURS) };
    let work = |hours| Work { channels, hours, variant: Variant::Usual, rules: Rules::Documented };
    writeln!(
        out,
        "| {channels} channels, from {} h to {} h | executions | instructions an execution |",
        hours[0], hours[1]
    )?;
    writeln!(out, "| --- | ---: | ---: |")?;
    for (name, subject) in SUBJECTS {
        let [(from, before), (to, after)] =
            [count(subject, work(hours[0]))?, count(subject, work(hours[1]))?];
        let executions = to.saturating_sub(from);
        let each = ratio(after.saturating_sub(before).into(), executions);
        writeln!(out, "| {name} | {executions} | {each:.0} |")?;
    }
    Ok(())
}

fn is_there() -> bool {
    Command::new("valgrind").arg("--version").output().is_ok_and(|output| output.status.success())
}

/// How many executions there were, and how many instructions they took, from the process's start to its end.
fn count(subject: Subject, work: Work) -> io::Result<(u64, u64)> {
    let folder = tempfile::tempdir()?;
    let counts = folder.path().join("callgrind.out");
    let mut into = std::ffi::OsString::from("--callgrind-out-file=");
    into.push(&counts);
    let mut command = Command::new("valgrind");
    command.args(["--tool=callgrind", "--quiet"]).arg(into).arg(std::env::current_exe()?);
    let measured = measure::read(command.args(measure::arguments(subject, work)))?;
    let text = fs::read_to_string(&counts)?;
    let total = text.lines().find_map(|line| line.strip_prefix("totals: ")?.trim().parse().ok());
    let total = total.ok_or_else(|| io::Error::other("callgrind tells no total"))?;
    Ok((measured.done.executions, total))
}
