//! How long a command takes that has hardly anything to do.

use std::io::{self, Write};

use crate::timing::{Measure, millis, process, product, ratio, take_turns};

/// What makes this bench's own binary do nothing: the least that any process takes here.
pub(crate) const NOTHING: &str = "--nothing";

/// Measures and shows it.
pub(crate) fn print(short: bool, out: &mut impl Write) -> io::Result<()> {
    let nothing = std::env::current_exe()?;
    let times = take_turns(
        if short { 1 } else { 200 },
        [
            Box::new(|| process(&nothing, &[NOTHING])) as Measure<'_>,
            Box::new(|| process(product(), &["--help"])),
            Box::new(|| process(product(), &["run", "fixtures/quickstart/connector.toml"])),
        ],
    )?;
    writeln!(out, "| start-up | ms | least | : nothing | at most |\n| --- | ---: | ---: | ---: | ---: |")?;
    let names =
        [("a process that does nothing", "–"), ("`--help`", "2"), ("`run` of the quickstart fixture", "10")];
    for ((name, target), each) in names.into_iter().zip(times) {
        let (median, least) = (millis(each.median), millis(each.least));
        let times_nothing = ratio(each.median, times[0].median);
        writeln!(out, "| {name} | {median:.2} | {least:.2} | {times_nothing:.1} | {target} |")?;
    }
    Ok(())
}
