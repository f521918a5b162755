//! The built binary from outside: exit code, standard output and standard error together.

#![allow(clippy::unwrap_used, reason = "what cannot be unwrapped in a test is the test's failure")]

mod completions;
mod diff;
mod expectations;
mod init;
mod inspect_locks;
mod jobs;
mod logs;
mod program;
mod rules;
mod run;
mod scale;
mod schema;
mod shell;
mod simulate_backoff;
mod test;
mod validate;
mod vary;
mod width;
