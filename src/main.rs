//! The `connector-cli` binary: parse, run, exit code.

use std::io::BufWriter;
use std::panic;
use std::process::ExitCode;

use connector_cli::error::{Exit, report_panic};
use connector_cli::output::{Output, Surroundings};

fn main() -> ExitCode {
    panic::set_hook(Box::new(report_panic));
    panic::catch_unwind(run).unwrap_or(Exit::Internal).into()
}

fn run() -> Exit {
    let mut out = BufWriter::with_capacity(1 << 16, std::io::stdout().lock());
    let mut err = std::io::stderr();
    let mut output = Output::new(&mut out, &mut err, &Surroundings::of_this_process());
    connector_cli::commands::run(std::env::args_os(), &mut output)
}
