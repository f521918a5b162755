//! How long the whole product takes, from the command line to the last line printed: start-up, drawing, reading, sweeps.
//!
//! ```text
//! cargo bench --bench product              the tables of the README
//! cargo bench --bench product -- --short   everything once and small, so that it cannot rot
//! ```
//!
//! Whatever is compared takes turns in the same run. After a warm-up the median of several times counts, and the shortest
//! stands beside it.

mod dataset;
mod start_up;
mod sweeps;
mod tables;
mod timing;

use std::io::{self, Write};

fn main() -> io::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if arguments.iter().any(|argument| argument == start_up::NOTHING) {
        return Ok(());
    }
    let short = arguments.iter().any(|argument| argument == "--short");
    let out = &mut io::stdout().lock();
    start_up::print(short, out)?;
    writeln!(out)?;
    tables::print(short, out)?;
    writeln!(out)?;
    dataset::print(short, out)?;
    writeln!(out)?;
    sweeps::print(short, out)
}
