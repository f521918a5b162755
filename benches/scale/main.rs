//! Speed and scale of the engine, beside a plain heap and tokio doing the same work.
//!
//! ```text
//! cargo bench --bench scale                   the tables of the README
//! cargo bench --bench scale -- --instructions only instruction counts, which no other process disturbs
//! cargo bench --bench scale -- --short        everything once and small, so that it cannot rot
//! ```
//!
//! Each measurement is a process of its own, so that none finds the heap that another one has left; engines take turns,
//! and the median of their times counts.

mod cells;
mod engines;
mod instructions;
mod measure;
mod table;
mod work;

use std::io::{self, Write};
use std::process::ExitCode;

use table::Table;

fn main() -> io::Result<ExitCode> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let out = &mut io::stdout().lock();
    if let ["--one", subject, work @ ..] = &words[..] {
        let (subject, work) = measure::parse(subject, work).ok_or(io::ErrorKind::InvalidInput)?;
        writeln!(out, "{}", measure::here(subject, work)?)?;
        return Ok(ExitCode::SUCCESS);
    }
    let short = words.contains(&"--short");
    if !words.contains(&"--instructions") {
        table::print(&Table::new(short), out)?;
        writeln!(out)?;
    }
    instructions::print(short, out)?;
    Ok(ExitCode::SUCCESS)
}
