//! What the other cores are worth to many runs: `test --seeds` and `run --vary`, on one thread and on all.

use std::io::{self, Write};

use crate::timing::{Measure, millis, process, product, ratio, take_turns};

/// Measures and shows it.
pub(crate) fn print(short: bool, out: &mut impl Write) -> io::Result<()> {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let runs: u32 = if short { 2 } else { 40 };
    let seeds = format!("1..{runs}");
    let delays: Vec<String> = (0..runs).map(|number| (300 + 10 * number).to_string()).collect();
    let delays = format!("content_manager.content_synchronisation.delay_seconds={}", delays.join(","));
    let quota = "fixtures/quota/connector.toml";

    writeln!(
        out,
        "| {cores} cores | runs | ms on one thread | least | on {cores} | least | one : {cores} | processor time {cores} : one |"
    )?;
    writeln!(out, "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |")?;
    for (name, command) in [
        ("`test --seeds`", ["test", quota, "--seeds", &seeds]),
        ("`run --vary`", ["run", quota, "--vary", &delays]),
    ] {
        let (mut ticks_on_one, mut ticks_on_all) = (0, 0);
        let [one, all] = take_turns(
            if short { 1 } else { 7 },
            [
                Box::new(|| {
                    counted(&mut ticks_on_one, || {
                        process(product(), &[&command[..], &["--jobs", "1"]].concat())
                    })
                }) as Measure<'_>,
                Box::new(|| counted(&mut ticks_on_all, || process(product(), &command))),
            ],
        )?;
        writeln!(
            out,
            "| {name} | {runs} | {:.0} | {:.0} | {:.0} | {:.0} | {:.2} | {} |",
            millis(one.median),
            millis(one.least),
            millis(all.median),
            millis(all.least),
            ratio(one.median, all.median),
            share(ticks_on_all, ticks_on_one),
        )?;
    }
    Ok(())
}

/// Adds the processor time of the processes that `work` starts and waits for.
fn counted<T>(ticks: &mut u32, work: impl FnOnce() -> io::Result<T>) -> io::Result<T> {
    let before = children_ticks();
    let result = work()?;
    *ticks += children_ticks().zip(before).map_or(0, |(after, before)| after.saturating_sub(before));
    Ok(result)
}

/// The processor time of all processes that have ended so far and were started by this one, in the system's clock ticks,
/// where Linux counts it.
fn children_ticks() -> Option<u32> {
    let status = std::fs::read_to_string("/proc/self/stat").ok()?;
    // The command's name stands in brackets and may hold anything; the third field comes after it.
    let (_, fields) = status.rsplit_once(") ")?;
    let mut times = fields.split(' ').skip(13).map(|field| field.parse::<u32>().ok());
    Some(times.next()?? + times.next()??)
}

fn share(part: u32, whole: u32) -> String {
    if whole == 0 { "–".to_owned() } else { format!("{:.2}", f64::from(part) / f64::from(whole)) }
}
