//! The words for outcomes on the command line: `empty`, `next-delay:45`, `5xfailed`.

use std::fmt;

use crate::model::{Millis, normalised};
use crate::words::{nearest, seconds};

/// One outcome of a series.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Step {
    /// A Complete that returned nothing.
    Empty,
    /// A Complete that returned something.
    Results,
    /// An Incomplete that returned nothing.
    Incomplete,
    /// A failure.
    Failed,
    /// A pass over a disabled connector.
    Disabled,
    /// A Complete that returned nothing and said when to run next.
    NextDelay(Millis),
    /// A BackOff for this long.
    BackOff(Millis),
}

/// The words for [`Step`], as help and completions show them.
pub const WORDS: [&str; 7] =
    ["empty", "results", "incomplete", "failed", "disabled", "next-delay:45", "back-off:120"];

/// The most rows that a series may have.
pub const MOST_ROWS: usize = 100_000;

/// One argument: the same outcome once or several times.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Steps {
    /// How often.
    pub count: usize,
    /// Which.
    pub step: Step,
}

impl Steps {
    /// Reads one argument: an outcome, with or without a count in front.
    ///
    /// # Errors
    /// In words: what is wrong with it, and the nearest outcome.
    pub fn parse(text: &str) -> Result<Self, String> {
        let digits = text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let (count, word) = text.split_at(digits);
        if count.is_empty() {
            return Ok(Self { count: 1, step: step(text)? });
        }
        let Some(word) = word.strip_prefix(['x', 'X']) else {
            return Err(format!("a count is written `{count}x` in front of an outcome: `{count}xempty`"));
        };
        match count.parse() {
            Ok(count @ 1..=MOST_ROWS) => Ok(Self { count, step: step(word)? }),
            _ => Err(format!("a count is a number from 1 to {MOST_ROWS}")),
        }
    }
}

fn step(text: &str) -> Result<Step, String> {
    let (word, number) = match text.split_once(':') {
        Some((word, number)) => (word, Some(number)),
        None => (text, None),
    };
    let plain = |step, name: &str| match number {
        None => Ok(step),
        Some(_) => Err(format!("`{name}` takes no number; five of them are `5x{name}`")),
    };
    let timed = |step: fn(Millis) -> Step, name: &str, example: &str| match number {
        Some(number) => seconds(number).map(step).map_err(|problem| format!("`{name}`: {problem}")),
        None => Err(format!("`{name}` needs its seconds: `{example}`")),
    };
    match normalised(word).as_str() {
        "empty" => plain(Step::Empty, "empty"),
        "results" => plain(Step::Results, "results"),
        "incomplete" => plain(Step::Incomplete, "incomplete"),
        "failed" => plain(Step::Failed, "failed"),
        "disabled" => plain(Step::Disabled, "disabled"),
        "nextdelay" => timed(Step::NextDelay, "next-delay", "next-delay:45"),
        "backoff" => timed(Step::BackOff, "back-off", "back-off:120"),
        _ => {
            let names = WORDS.map(|word| word.split(':').next().unwrap_or(word));
            Err(match nearest(word, names) {
                Some(name) => format!("there is no such outcome; did you mean `{name}`?"),
                None => format!("there is no such outcome; there are {}", WORDS.join(", ")),
            })
        }
    }
}

/// The word, with seconds as a bare number: `next-delay:45`, `back-off:250ms`.
impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let timed = |word, duration: Millis| {
            if duration.0.is_multiple_of(1000) {
                format!("{word}:{}", duration.0 / 1000)
            } else {
                format!("{word}:{}ms", duration.0)
            }
        };
        match *self {
            Self::Empty => f.pad("empty"),
            Self::Results => f.pad("results"),
            Self::Incomplete => f.pad("incomplete"),
            Self::Failed => f.pad("failed"),
            Self::Disabled => f.pad("disabled"),
            Self::NextDelay(delay) => f.pad(&timed("next-delay", delay)),
            Self::BackOff(lock) => f.pad(&timed("back-off", lock)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, count: usize, expect: &str) {
        let steps = Steps::parse(text).map(|steps| (steps.count, steps.step.to_string()));
        assert_eq!(steps, Ok((count, expect.to_owned())), "{text}");
    }

    fn refused(text: &str, expect: &str) {
        assert_eq!(Steps::parse(text), Err(expect.to_owned()), "{text}");
    }

    #[test]
    fn outcomes_in_every_spelling() {
        check("empty", 1, "empty");
        check("2xresults", 2, "results");
        check("2XFAILED", 2, "failed");
        check("Next_Delay:45", 1, "next-delay:45");
        check("next-delay:2m", 1, "next-delay:120");
        check("BackOff:250ms", 1, "back-off:250ms");
        check("2xback-off:0", 2, "back-off:0");
        check("100000xempty", MOST_ROWS, "empty");
    }

    #[test]
    fn what_is_no_outcome() {
        refused("emtpy", "there is no such outcome; did you mean `empty`?");
        refused("5xemtpy", "there is no such outcome; did you mean `empty`?");
        refused(
            "",
            "there is no such outcome; there are empty, results, incomplete, failed, disabled, next-delay:45, back-off:120",
        );
        refused("backof:120", "there is no such outcome; did you mean `back-off`?");
        refused("5empty", "a count is written `5x` in front of an outcome: `5xempty`");
        refused("5", "a count is written `5x` in front of an outcome: `5xempty`");
        refused("0xempty", "a count is a number from 1 to 100000");
        refused("99999999999999999999xempty", "a count is a number from 1 to 100000");
        refused("empty:5", "`empty` takes no number; five of them are `5xempty`");
        refused("next-delay", "`next-delay` needs its seconds: `next-delay:45`");
        refused("next-delay:-1", "`next-delay`: must be 0 to 2147483647 seconds");
        refused("back-off:2147483648", "`back-off`: must be 0 to 2147483647 seconds");
        refused("back-off:soon", "`back-off`: must be seconds or a duration such as `90s`, `5m` or `1h 30m`");
    }
}
