//! What the other cores are worth to many runs: `test --seeds` and `run --vary` on one thread, on a thread a core, and, as
//! the most that this machine has to give at the time, shared out among a process a core.

use std::io::{self, Write};
use std::ops::Range;

use crate::timing::{Measure, at_once, millis, product, ratio, take_turns};

const CONFIG: &str = "fixtures/quota/connector.toml";

/// A command line for some of the runs.
type Sweep = fn(Range<u32>) -> Vec<String>;

/// Measures and shows it.
pub(crate) fn print(short: bool, out: &mut impl Write) -> io::Result<()> {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let runs: u32 = if short { 4 } else { 40 };
    writeln!(
        out,
        "| {runs} runs, {cores} cores | one thread, ms | least | {cores} threads, ms | least | {cores} processes, ms | least | one : {cores} threads | least | {cores} processes : {cores} threads |"
    )?;
    writeln!(out, "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |")?;
    for (name, sweep) in [("`test --seeds`", seeds as Sweep), ("`run --vary`", settings)] {
        let on_one = |range| [sweep(range), vec!["--jobs=1".to_owned()]].concat();
        let shares: Vec<_> = shares(runs, cores).map(on_one).collect();
        let [one, threads, processes] = take_turns(
            if short { 1 } else { 9 },
            [
                Box::new(|| at_once(product(), &[on_one(0..runs)])) as Measure<'_>,
                Box::new(|| at_once(product(), &[sweep(0..runs)])),
                Box::new(|| at_once(product(), &shares)),
            ],
        )?;
        write!(out, "| {name} |")?;
        for each in [one, threads, processes] {
            write!(out, " {:.0} | {:.0} |", millis(each.median), millis(each.least))?;
        }
        writeln!(
            out,
            " {:.2} | {:.2} | {:.2} |",
            ratio(one.median, threads.median),
            ratio(one.least, threads.least),
            ratio(processes.median, threads.median)
        )?;
    }
    Ok(())
}

/// As many parts as there are cores, of the same size.
fn shares(runs: u32, cores: usize) -> impl Iterator<Item = Range<u32>> {
    let cores = u32::try_from(cores).unwrap_or(1).min(runs);
    (0..cores).map(move |core| runs * core / cores..runs * (core + 1) / cores)
}

fn seeds(range: Range<u32>) -> Vec<String> {
    ["test", CONFIG, "--seeds", &format!("{}..{}", range.start, range.end - 1)].map(str::to_owned).to_vec()
}

fn settings(range: Range<u32>) -> Vec<String> {
    let delays: Vec<String> = range.map(|number| (300 + 10 * number).to_string()).collect();
    let key = "content_manager.content_synchronisation.delay_seconds";
    ["run", CONFIG, "--vary", &format!("{key}={}", delays.join(","))].map(str::to_owned).to_vec()
}
