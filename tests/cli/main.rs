//! The built binary from outside: exit code, standard output and standard error together.

mod completions;
mod program;
mod rules;
mod run;
mod shell;
mod simulate_backoff;
