//! Reads an event log that was written earlier.

use std::collections::BTreeMap;
use std::fmt;
use std::io::{self, BufRead, Read};

use serde::Deserialize;

use crate::event::{Fact, RunEvent, SCHEMA, Subject};
use crate::model::Text;

/// The longest line that is read, in bytes: a cursor of some megabytes fits.
pub const MAX_LINE: usize = 64 << 20;

const KINDS: [&str; 14] = [
    "run-started",
    "connector-changed",
    "channel-added",
    "channel-updated",
    "channel-removed",
    "operation-started",
    "execution",
    "lock-set",
    "lock-extended",
    "lock-expired",
    "stop-called",
    "operation-ended",
    "warning",
    "run-finished",
];

/// Why an event log could not be read, and where.
#[derive(Debug)]
pub struct LogError {
    /// The line, from 1.
    pub line: u64,
    /// What is wrong.
    pub problem: LogProblem,
}

/// What can be wrong with an event log.
#[derive(Debug)]
pub enum LogProblem {
    /// There is nothing in it.
    Empty,
    /// It does not begin as an event log does.
    NotALog,
    /// It was written by a newer version: this schema.
    Newer(String),
    /// It ends in the middle of a line.
    CutOff,
    /// It ends before the run does.
    Unfinished,
    /// It goes on after the run's end.
    GoesOn,
    /// A line that is no event: what was wrong, and the column.
    Broken {
        /// What was wrong.
        message: String,
        /// The column, from 1.
        column: usize,
    },
    /// An event of a kind that there is not, and the nearest that there is.
    UnknownKind {
        /// The kind that stands there.
        found: String,
        /// The nearest name.
        nearest: Option<&'static str>,
    },
    /// Lines are missing or in another order: this number was expected, that one found.
    OutOfOrder {
        /// The `seq` that should come now.
        expected: u64,
        /// The one that stands there.
        found: u64,
    },
    /// A line is longer than [`MAX_LINE`].
    TooLong,
    /// A line is not UTF-8.
    NotUtf8,
    /// It could not be read.
    Io(io::Error),
}

impl fmt::Display for LogError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let line = self.line;
        match &self.problem {
            LogProblem::Empty => write!(f, "not an event log: it is empty"),
            LogProblem::NotALog => write!(
                f,
                "not an event log: its first line should be {{\"event\":\"run-started\",\"schema\":\"{SCHEMA}\",…}}"
            ),
            LogProblem::Newer(schema) => write!(
                f,
                "written by a newer connector-cli: its schema is {schema}, this one reads {SCHEMA}; update, or write the log again"
            ),
            LogProblem::CutOff => write!(
                f,
                "line {line}: the log is cut off in the middle of this line; was the run killed, or the disk full?"
            ),
            LogProblem::Unfinished => write!(
                f,
                "the log ends after line {line} without run-finished: it is not the whole run; was the run killed?"
            ),
            LogProblem::GoesOn => {
                write!(f, "line {line}: the log goes on after run-finished; are two logs in one file?")
            }
            LogProblem::Broken { message, column } => {
                write!(f, "line {line}, column {column}: not an event: {message}")
            }
            LogProblem::UnknownKind { found, nearest } => {
                write!(f, "line {line}: there is no event \"{found}\"")?;
                nearest.map_or(Ok(()), |nearest| write!(f, "; the nearest is \"{nearest}\""))
            }
            LogProblem::OutOfOrder { expected, found } => write!(
                f,
                "line {line}: seq is {found} where {expected} should come: lines are missing or out of order"
            ),
            LogProblem::TooLong => {
                write!(f, "line {line}: longer than {} MiB, which no event is", MAX_LINE >> 20)
            }
            LogProblem::NotUtf8 => write!(f, "line {line}: not UTF-8"),
            LogProblem::Io(error) => write!(f, "line {line}: {error}"),
        }
    }
}

impl std::error::Error for LogError {}

/// Reads the log in `from` and gives its events to `observe`, in order, with their lines numbered.
///
/// # Errors
/// The first thing that is wrong with it. The events before it have been given to `observe`.
pub fn read(from: &mut dyn BufRead, observe: &mut dyn FnMut(&RunEvent<'_>)) -> Result<(), LogError> {
    let mut lines = Lines::default();
    let mut bytes = Vec::new();
    let mut number = 0;
    let mut finished = false;
    loop {
        let at = |problem| LogError { line: number + 1, problem };
        bytes.clear();
        let limit = MAX_LINE as u64 + 1;
        let read = Read::take(&mut *from, limit).read_until(b'\n', &mut bytes);
        match read {
            Err(error) => return Err(at(LogProblem::Io(error))),
            Ok(0) if number == 0 => return Err(at(LogProblem::Empty)),
            Ok(0) if finished => return Ok(()),
            Ok(0) => return Err(LogError { line: number, problem: LogProblem::Unfinished }),
            Ok(length) if length > MAX_LINE => return Err(at(LogProblem::TooLong)),
            Ok(_) => {}
        }
        if finished && bytes.iter().all(u8::is_ascii_whitespace) {
            continue;
        }
        if finished {
            return Err(at(LogProblem::GoesOn));
        }
        let text = if number == 0 { bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes) } else { &bytes };
        let whole = text.ends_with(b"\n");
        let text = match std::str::from_utf8(text) {
            Ok(text) => text,
            Err(_) if number == 0 => return Err(at(LogProblem::NotALog)),
            Err(error) if error.error_len().is_none() && !whole => return Err(at(LogProblem::CutOff)),
            Err(_) => return Err(at(LogProblem::NotUtf8)),
        };
        if number == 0 {
            check_first(text, whole).map_err(at)?;
        }
        let mut event: RunEvent<'_> =
            serde_json::from_str(text).map_err(|error| at(diagnose(text, whole, &error)))?;
        if event.seq != number {
            return Err(at(LogProblem::OutOfOrder { expected: number, found: event.seq }));
        }
        if number > 0 && matches!(event.fact, Fact::RunStarted(_)) {
            return Err(at(LogProblem::GoesOn));
        }
        if let Some(subject) = subject_of(&mut event.fact) {
            lines.number(subject);
        }
        finished = matches!(event.fact, Fact::RunFinished(_));
        observe(&event);
        number += 1;
    }
}

/// The two keys that a log is known by.
#[derive(Deserialize)]
struct Head {
    event: Option<String>,
    schema: Option<String>,
}

fn check_first(text: &str, whole: bool) -> Result<(), LogProblem> {
    let (name, version) = SCHEMA.rsplit_once('/').unwrap_or((SCHEMA, ""));
    let head: Head = serde_json::from_str(text).map_err(|error| {
        let began = error.is_eof() && !whole && text.contains("\"event\":\"run-started\"");
        if began { LogProblem::CutOff } else { LogProblem::NotALog }
    })?;
    let schema = head.schema.filter(|_| head.event.as_deref() == Some("run-started"));
    let schema = schema.ok_or(LogProblem::NotALog)?;
    match schema.rsplit_once('/') {
        _ if schema == SCHEMA => Ok(()),
        Some((other, found)) if other == name => {
            let newer = found.parse::<u64>().is_ok_and(|found| found > version.parse().unwrap_or(0));
            if newer { Err(LogProblem::Newer(schema)) } else { Err(LogProblem::NotALog) }
        }
        _ => Err(LogProblem::NotALog),
    }
}

/// What is wrong with a line that is no event.
fn diagnose(text: &str, whole: bool, error: &serde_json::Error) -> LogProblem {
    if error.is_eof() && !whole {
        return LogProblem::CutOff;
    }
    if let Ok(Head { event: Some(found), .. }) = serde_json::from_str(text)
        && !KINDS.contains(&&*found)
    {
        let found: String = found.chars().take(60).collect();
        let nearest = KINDS
            .into_iter()
            .max_by(|a, b| strsim::jaro_winkler(a, &found).total_cmp(&strsim::jaro_winkler(b, &found)));
        let nearest = nearest.filter(|nearest| strsim::jaro_winkler(nearest, &found) > 0.7);
        return LogProblem::UnknownKind { found: super::clean(&found).into_owned(), nearest };
    }
    let message = error.to_string();
    // Serde says "at line 1 column 5"; the line is ours to say.
    let message = message.rsplit_once(" at line ").map_or(&*message, |(message, _)| message);
    let message = super::shorten(message, 200, &super::Style::plain(200));
    LogProblem::Broken { message, column: error.column().max(1) }
}

/// Whose event it is.
fn subject_of<'e, 'a>(fact: &'e mut Fact<'a>) -> Option<&'e mut Subject<'a>> {
    match fact {
        Fact::OperationStarted(started) => Some(&mut started.subject),
        Fact::Execution(execution) => Some(&mut execution.to_mut().subject),
        Fact::LockSet(lock) | Fact::LockExtended(lock) => Some(&mut lock.set_by),
        Fact::StopCalled(stop) => Some(&mut stop.subject),
        Fact::OperationEnded(ended) => Some(&mut ended.subject),
        Fact::RunStarted(_)
        | Fact::ConnectorChanged(_)
        | Fact::ChannelAdded(_)
        | Fact::ChannelUpdated(_)
        | Fact::ChannelRemoved(_)
        | Fact::LockExpired(_)
        | Fact::Warning(_)
        | Fact::RunFinished(_) => None,
    }
}

/// Numbers (connector, work type, channel) in the order in which they come up.
#[derive(Default)]
struct Lines {
    next: u32,
    connectors: BTreeMap<Text, [LinesOf; 3]>,
}

#[derive(Default)]
struct LinesOf {
    without_channel: Option<u32>,
    channels: BTreeMap<Text, u32>,
}

impl Lines {
    fn number(&mut self, subject: &mut Subject<'_>) {
        let new = self.next;
        if !self.connectors.contains_key(&*subject.connector) {
            self.connectors.insert((&*subject.connector).into(), <[LinesOf; 3]>::default());
        }
        let Some(connector) = self.connectors.get_mut(&*subject.connector) else { return };
        let lines = &mut connector[subject.work_type as usize];
        subject.line = match &subject.channel {
            None => *lines.without_channel.get_or_insert(new),
            Some(channel) => match lines.channels.get(&***channel) {
                Some(line) => *line,
                None => *lines.channels.entry(Text::clone(channel)).or_insert(new),
            },
        };
        if subject.line == new {
            self.next = self.next.saturating_add(1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::EventLog;
    use crate::report::testing::{self, Log};

    fn written(log: &Log) -> String {
        let mut bytes = Vec::new();
        let mut writer = EventLog::new(&mut bytes);
        log.events().iter().for_each(|event| writer.observe(event));
        writer.finish().unwrap();
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn what_was_written_is_read_back() {
        let log = testing::everything();
        let mut expected = log.events().iter().map(|event| format!("{event:?}"));
        let mut compare = |event: &RunEvent<'_>| assert_eq!(Some(format!("{event:?}")), expected.next());
        read(&mut written(&log).as_bytes(), &mut compare).unwrap();
        assert_eq!(expected.next(), None);
    }

    #[test]
    fn a_byte_order_mark_and_windows_line_endings_are_no_errors() {
        let text = format!("\u{feff}{}\r\n", written(&testing::everything()).replace('\n', "\r\n"));
        read(&mut text.as_bytes(), &mut |_| {}).unwrap();
    }

    /// What is said of the log of [`testing::everything`] after `change`.
    fn check(change: impl FnOnce(&str) -> String, expect: &str) {
        let text = change(&written(&testing::everything()));
        let error = read(&mut text.as_bytes(), &mut |_| {}).unwrap_err();
        assert_eq!(error.to_string(), expect);
    }

    #[test]
    fn bad_logs() {
        let lines = |text: &str, count| text.lines().take(count).collect::<Vec<_>>().join("\n") + "\n";
        let not_a_log = "not an event log: its first line should be {\"event\":\"run-started\",\"schema\":\"connector-cli/run-log/1\",…}";
        check(|_| String::new(), "not an event log: it is empty");
        check(|_| "[simulation]\nduration = 3\n".into(), not_a_log);
        check(|_| "{}\n".into(), not_a_log);
        check(|_| "{".into(), not_a_log);
        check(|text| text.replacen("run-log/1", "run-lock/1", 1), not_a_log);
        check(
            |text| text.replacen("run-log/1", "run-log/2", 1),
            "written by a newer connector-cli: its schema is connector-cli/run-log/2, this one reads connector-cli/run-log/1; update, or write the log again",
        );
        check(
            |text| text.split_at(text.len() - 20).0.to_owned(),
            "line 16: the log is cut off in the middle of this line; was the run killed, or the disk full?",
        );
        check(
            |text| text.split_at(60).0.to_owned(),
            "line 1: the log is cut off in the middle of this line; was the run killed, or the disk full?",
        );
        check(
            |text| lines(text, 5),
            "the log ends after line 5 without run-finished: it is not the whole run; was the run killed?",
        );
        check(
            |text| text.repeat(2),
            "line 17: the log goes on after run-finished; are two logs in one file?",
        );
        check(
            |text| text.replacen("\"event\":\"lock-set\"", "\"event\":\"lock-sett\"", 1),
            "line 8: there is no event \"lock-sett\"; the nearest is \"lock-set\"",
        );
        check(
            |text| text.replacen("\"event\":\"lock-set\"", "\"event\":\"teapot\"", 1),
            "line 8: there is no event \"teapot\"",
        );
        check(
            |text| lines(text, 2) + "{\"seq\":2,\"at_ms\":-1,\"event\":\"warning\"}\n",
            "line 3, column 19: not an event: invalid value: integer `-1`, expected u64",
        );
        check(
            |text| lines(text, 2) + text.lines().nth(3).unwrap() + "\n",
            "line 3: seq is 3 where 2 should come: lines are missing or out of order",
        );
    }

    #[test]
    fn a_line_without_end_is_given_up() {
        struct Endless;
        impl Read for Endless {
            fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
                into.fill(b'x');
                Ok(into.len())
            }
        }
        let error = read(&mut io::BufReader::new(Endless), &mut |_| {}).unwrap_err();
        assert_eq!(error.to_string(), "line 1: longer than 64 MiB, which no event is");
    }
}
