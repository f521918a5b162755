//! Exit codes, and errors as words: the one place that maps one to the other (SPEC section 9).

use std::io::{self, Write};
use std::panic::PanicHookInfo;

use crate::config::Problems;
use crate::output::Output;

/// How the program ends.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Exit {
    /// All well.
    Success,
    /// An expectation or test failed.
    ExpectationFailed,
    /// Bad usage or bad input.
    BadInput,
    /// A run was stopped because it made no progress.
    NoProgress,
    /// Nothing ran.
    NothingRan,
    /// An internal error.
    Internal,
    /// Interrupted.
    Interrupted,
}

/// The exit codes as every `--help` shows them.
pub const EXIT_CODES: &str = "\
Exit codes:
    0  all well
    1  an expectation or test failed
    2  bad usage or bad input (in `test` this beats 1)
    3  a run was stopped because it made no progress
    4  nothing ran (`test` found no scenario)
   70  an internal error, with what to report
  130  interrupted, with the tables of what had run";

impl Exit {
    /// The number for the operating system.
    pub const fn code(self) -> u8 {
        match self {
            Self::Success => 0,
            Self::ExpectationFailed => 1,
            Self::BadInput => 2,
            Self::NoProgress => 3,
            Self::NothingRan => 4,
            Self::Internal => 70,
            Self::Interrupted => 130,
        }
    }
}

impl From<Exit> for std::process::ExitCode {
    fn from(exit: Exit) -> Self {
        exit.code().into()
    }
}

/// What stops the tool. Failed, BackOff and Abandoned are values, not errors.
#[derive(Debug)]
pub enum Error {
    /// The command line is wrong, or asks for help, which clap tells in the same way.
    Usage(Box<clap::Error>),
    /// An input or a place to write is no good.
    Input {
        /// What is wrong, with the name of the file or option.
        message: String,
        /// What to do about it; may be empty.
        hint: String,
    },
    /// A config, or what it names, is no good.
    Config(Problems),
    /// Standard output or standard error cannot be written.
    Output(io::Error),
}

impl Error {
    /// An [`Error::Input`].
    pub fn input(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self::Input { message: message.into(), hint: hint.into() }
    }

    /// Says what is wrong, and gives the exit code.
    pub fn report(&self, output: &mut Output<'_>) -> Exit {
        let written = match self {
            Self::Usage(error) if !error.use_stderr() => output.styled(&error.render()),
            Self::Usage(error) => output.styled_error(&error.render()),
            Self::Input { message, hint } => output.error(message, hint),
            Self::Config(problems) => output.problems(problems),
            // Whoever reads standard output has had enough (`connector-cli rules | head -1`): no reason to complain.
            Self::Output(error) if error.kind() == io::ErrorKind::BrokenPipe => return Exit::Success,
            Self::Output(error) => output.error(&format!("the output cannot be written: {error}"), ""),
        };
        match (self, written) {
            (Self::Usage(error), Ok(())) if !error.use_stderr() => Exit::Success,
            (Self::Usage(error), Err(failed)) if !error.use_stderr() => Self::Output(failed).report(output),
            _ => Exit::BadInput,
        }
    }
}

impl From<io::Error> for Error {
    fn from(error: io::Error) -> Self {
        Self::Output(error)
    }
}

impl From<Problems> for Error {
    fn from(problems: Problems) -> Self {
        Self::Config(problems)
    }
}

impl From<clap::Error> for Error {
    fn from(error: clap::Error) -> Self {
        Self::Usage(Box::new(error))
    }
}

/// The panic hook: a broken rule of ours is told with everything that a report of it needs.
pub fn report_panic(panic: &PanicHookInfo<'_>) {
    let place = panic.location().map(ToString::to_string).unwrap_or_default();
    let payload = panic.payload();
    let message = payload
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| payload.downcast_ref::<&str>().copied())
        .unwrap_or("no message");
    let command: Vec<_> = std::env::args_os().map(|word| word.to_string_lossy().into_owned()).collect();
    // Nothing more can be done where even this cannot be written.
    let _ = io::stderr().write_all(internal_error(message, &place, &command).as_bytes());
}

fn internal_error(message: &str, place: &str, command: &[String]) -> String {
    format!(
        "\ninternal error: {message}\n\n\
         This is a mistake in connector-cli, not in your input. To report it, please send these lines, and the files that\n\
         the command names:\n  \
           version   {version}\n  \
           system    {os} {arch}\n  \
           command   {command}\n  \
           place     {place}\n  \
           message   {message}\n",
        version = env!("CARGO_PKG_VERSION"),
        os = std::env::consts::OS,
        arch = std::env::consts::ARCH,
        command = command.join(" "),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn help_names_every_exit_code() {
        use Exit::{BadInput, ExpectationFailed, Internal, Interrupted, NoProgress, NothingRan, Success};
        let all = [Success, ExpectationFailed, BadInput, NoProgress, NothingRan, Internal, Interrupted];
        let listed: Vec<_> = EXIT_CODES.lines().skip(1).map(|line| line.trim().split_once("  ")).collect();
        let numbers: Vec<_> = listed.iter().map(|line| line.map(|(code, _)| code.to_owned())).collect();
        assert_eq!(numbers, all.map(|exit| Some(exit.code().to_string())));
    }

    #[test]
    fn an_internal_error_says_what_to_report() {
        let command = ["connector-cli".to_owned(), "rules".to_owned()];
        let text = internal_error("index out of bounds", "src/x.rs:1:2", &command);
        for part in ["index out of bounds", "src/x.rs:1:2", "connector-cli rules", env!("CARGO_PKG_VERSION")]
        {
            assert!(text.contains(part), "{part}");
        }
    }

    #[test]
    fn errors_have_their_exit_codes() {
        let check = |error: &Error, exit, expect: &str| {
            let (mut out, mut err) = (Vec::new(), Vec::new());
            assert_eq!(error.report(&mut Output::plain(&mut out, &mut err)), exit);
            assert_eq!(
                (String::from_utf8(out).unwrap(), String::from_utf8(err).unwrap().as_str()),
                (String::new(), expect)
            );
        };
        check(&Error::input("no such file", ""), Exit::BadInput, "error: no such file\n");
        check(&Error::input("a", "b"), Exit::BadInput, "error: a\n  b\n");
        check(&Error::Output(io::ErrorKind::BrokenPipe.into()), Exit::Success, "");
        check(
            &Error::Output(io::ErrorKind::StorageFull.into()),
            Exit::BadInput,
            "error: the output cannot be written: no storage space\n",
        );
    }
}
