//! Single values: text, flags, numbers, durations, moments, words (SPEC section 7, *Values*). Each function reports what
//! is wrong and then has no value.

use std::collections::BTreeMap;
use std::fmt::Display;

use jiff::Timestamp;

use super::context::Context;
use super::node::{Node, Value};
use super::problem::excerpt;
use crate::model::{MAX_SECONDS, Millis, Text, VirtualTime, normalised};
use crate::words::{self, nearest};

/// The longest text that travels through a run: a cursor, an id, a reason. It is in every line of the event log.
const LONGEST_TEXT: usize = 64 * 1024;

/// The largest count of a step; sums over any run stay exact.
pub(super) const MOST: u64 = 1_000_000_000_000;

const A_DURATION: &str = "a duration such as \"5m\", or whole seconds";
const A_MOMENT: &str =
    "a duration since the start such as \"20m\", or a date-time such as \"2026-01-05T09:00:00Z\"";
const A_DATE_TIME: &str = "a date-time such as \"2026-01-05T09:00:00Z\"";

impl Context {
    /// A string.
    pub(super) fn text<'a>(&self, node: &'a Node) -> Option<&'a str> {
        let Value::String(text) = &node.value else {
            return self.wrong_type(node, "a string");
        };
        if text.len() > LONGEST_TEXT {
            self.problem(node.at, format!("{} bytes of text", text.len()))
                .expected(format!("at most {LONGEST_TEXT} bytes are possible"))
                .report();
            return None;
        }
        Some(text)
    }

    /// A string that may not be empty.
    pub(super) fn id(&self, node: &Node) -> Option<Text> {
        let text = self.text(node)?;
        if text.is_empty() {
            self.problem(node.at, "an empty id").expected("expected at least one character").report();
            return None;
        }
        Some(text.into())
    }

    /// `true` or `false`.
    pub(super) fn flag(&self, node: &Node) -> Option<bool> {
        match node.value {
            Value::Boolean(flag) => Some(flag),
            _ => self.wrong_type(node, "`true` or `false`"),
        }
    }

    /// A whole number from `least` to `most`.
    pub(super) fn whole(&self, node: &Node, least: u64, most: u64) -> Option<u64> {
        let Value::Integer(number) = node.value else {
            return self.wrong_type(node, "a whole number");
        };
        let inside = u64::try_from(number).ok().filter(|number| (least..=most).contains(number));
        if inside.is_none() {
            self.out_of_range(node, &format!("expected {least} to {most}"));
        }
        inside
    }

    /// A list.
    pub(super) fn list<'a>(&self, node: &'a Node, of: &str) -> Option<&'a [Node]> {
        match &node.value {
            Value::Array(elements) => Some(elements),
            _ => self.wrong_type(node, &format!("a list of {of}")),
        }
    }

    /// A duration: `"5m"`, or an integer of seconds.
    pub(super) fn duration(&self, node: &Node) -> Option<Millis> {
        self.duration_from(node, Millis::ZERO)
    }

    /// A duration of at least `least`.
    pub(super) fn duration_from(&self, node: &Node, least: Millis) -> Option<Millis> {
        let most = Millis::from_secs(MAX_SECONDS);
        let found = match &node.value {
            Value::Integer(seconds) => u64::try_from(*seconds).ok().map(Millis::from_secs),
            Value::String(text) => {
                let duration = words::duration(text);
                if duration.is_none() {
                    self.no_time(node, text, A_DURATION);
                    return None;
                }
                duration
            }
            _ => return self.wrong_type(node, A_DURATION),
        };
        let inside = found.filter(|duration| (least..=most).contains(duration));
        if inside.is_none() {
            self.out_of_range(node, &format!("expected {} to {MAX_SECONDS} seconds", least.secs_ceil()));
        }
        inside
    }

    /// A duration, or -1, `"never"` or `"unlimited"`, which are `None` inside.
    #[allow(
        clippy::option_option,
        reason = "the outer one says whether it could be read, as everywhere here"
    )]
    pub(super) fn duration_or_never(&self, node: &Node) -> Option<Option<Millis>> {
        if is_unlimited(node) {
            return Some(None);
        }
        match node.value {
            Value::Integer(..0) => {
                self.out_of_range(node, &format!("expected 0 to {MAX_SECONDS} seconds, or -1"));
                None
            }
            _ => self.duration(node).map(Some),
        }
    }

    /// A count up to that of an SDK's `int`, or -1, `"never"` or `"unlimited"`, which are `None` inside.
    #[allow(
        clippy::option_option,
        reason = "the outer one says whether it could be read, as everywhere here"
    )]
    pub(super) fn count_or_unlimited(&self, node: &Node) -> Option<Option<u32>> {
        if is_unlimited(node) {
            return Some(None);
        }
        let Value::Integer(number) = node.value else {
            return self.wrong_type(node, "a whole number, or \"unlimited\"");
        };
        let inside = u32::try_from(number).ok().filter(|number| u64::from(*number) <= MAX_SECONDS);
        if inside.is_none() {
            self.out_of_range(node, &format!("expected 0 to {MAX_SECONDS}, or -1"));
        }
        inside.map(Some)
    }

    /// A point in time, in milliseconds since `start`; before it is less than 0.
    pub(super) fn moment(&self, node: &Node, start: Timestamp) -> Option<i64> {
        match &node.value {
            Value::String(text) if words::duration(text).is_none() => {
                let moment = self.date_time(node, text, A_MOMENT)?;
                Some(moment.as_millisecond().saturating_sub(start.as_millisecond()))
            }
            Value::Datetime(text) => {
                let moment = self.date_time(node, text, A_MOMENT)?;
                Some(moment.as_millisecond().saturating_sub(start.as_millisecond()))
            }
            Value::String(_) | Value::Integer(_) => {
                self.duration(node).and_then(|ms| i64::try_from(ms.0).ok())
            }
            _ => self.wrong_type(node, A_MOMENT),
        }
    }

    /// A point in time of the run; what is before the start counts as the start.
    pub(super) fn moment_from_start(&self, node: &Node, start: Timestamp) -> Option<VirtualTime> {
        self.moment(node, start).map(|ms| VirtualTime(u64::try_from(ms).unwrap_or(0)))
    }

    /// A date-time by the wall clock.
    pub(super) fn wall_clock(&self, node: &Node) -> Option<Timestamp> {
        match &node.value {
            Value::String(text) | Value::Datetime(text) => self.date_time(node, text, A_DATE_TIME),
            _ => self.wrong_type(node, A_DATE_TIME),
        }
    }

    /// A date-time by the wall clock, or a duration since `start`.
    pub(super) fn wall_clock_or_since(&self, node: &Node, start: Timestamp) -> Option<Timestamp> {
        match &node.value {
            Value::Datetime(text) => self.date_time(node, text, A_MOMENT),
            Value::String(text) if words::duration(text).is_none() => self.date_time(node, text, A_MOMENT),
            _ => {
                let since = i64::try_from(self.duration(node)?.0).ok()?;
                start.checked_add(jiff::SignedDuration::from_millis(since)).ok()
            }
        }
    }

    fn date_time(&self, node: &Node, text: &str, expected: &str) -> Option<Timestamp> {
        if let Ok(moment) = text.parse::<Timestamp>() {
            return Some(moment);
        }
        if text.parse::<jiff::civil::DateTime>().is_ok() {
            self.problem(node.at, format!("`{}` leaves open which moment it is", excerpt(text)))
                .expected("expected a time of day and an offset such as `Z` or `+02:00`")
                .report();
        } else {
            self.no_time(node, text, expected);
        }
        None
    }

    /// One of some words, however it is spelt.
    pub(super) fn word<T: Copy + Display>(
        &self,
        node: &Node,
        all: &[T],
        parse: impl Fn(&str) -> Option<T>,
    ) -> Option<T> {
        let words: Vec<String> = all.iter().map(ToString::to_string).collect();
        let at = self.word_of(node, &words.iter().map(String::as_str).collect::<Vec<_>>(), |text| {
            let value = parse(text)?.to_string();
            words.iter().position(|word| *word == value)
        })?;
        all.get(at).copied()
    }

    /// One of some words by its place among them.
    pub(super) fn word_of(
        &self,
        node: &Node,
        words: &[&str],
        find: impl Fn(&str) -> Option<usize>,
    ) -> Option<usize> {
        let listed = match words {
            [only] => format!("\"{only}\""),
            _ => words.iter().map(|word| format!("\"{word}\"")).collect::<Vec<_>>().join(", "),
        };
        let expected = if words.len() == 1 { listed } else { format!("one of {listed}") };
        let Value::String(text) = &node.value else {
            return self.wrong_type(node, &expected);
        };
        let found = find(text);
        if found.is_none() {
            let name = node
                .key
                .map_or_else(|| "value".to_owned(), |key| format!("`{}`", excerpt(&self.text_at(key))));
            let problem = self.problem(node.at, format!("unknown {name} \"{}\"", excerpt(text)));
            match nearest(text, words.iter().copied()) {
                Some(word) => {
                    problem.expected(format!("did you mean \"{word}\"?")).help(format!("expected {expected}"))
                }
                None => problem.expected(format!("expected {expected}")),
            }
            .report();
        }
        found
    }

    /// A table of strings; numbers and booleans count as what they are written like.
    pub(super) fn strings(&self, node: &Node) -> Option<BTreeMap<String, String>> {
        let Value::Table(table) = &node.value else {
            return self.wrong_type(node, "a table of strings");
        };
        let mut strings = BTreeMap::new();
        for (key, node) in &table.0 {
            if let Some(text) = self.string_like(node) {
                strings.insert(key.clone(), text);
            }
        }
        Some(strings)
    }

    fn string_like(&self, node: &Node) -> Option<String> {
        match &node.value {
            Value::String(_) => self.text(node).map(str::to_owned),
            Value::Integer(number) => Some(number.to_string()),
            Value::Float(text) | Value::Datetime(text) => Some(text.clone()),
            Value::Boolean(flag) => Some(flag.to_string()),
            Value::Array(_) | Value::Table(_) | Value::Broken => {
                self.wrong_type(node, "a string, a number or a boolean")
            }
        }
    }

    /// A number outside of what is possible: the problem begins at its key.
    pub(super) fn out_of_range(&self, node: &Node, expected: &str) {
        let place = node.key.map_or(node.at, |key| key.to(node.at));
        let text = self.text_at(node.at);
        self.problem(place, format!("`{}` is out of range", excerpt(&text))).expected(expected).report();
    }

    fn no_time(&self, node: &Node, text: &str, expected: &str) {
        let what = match expected {
            A_DURATION => "duration",
            A_MOMENT => "point in time",
            _ => "date-time",
        };
        let problem = self
            .problem(node.at, format!("\"{}\" is no {what}", excerpt(text)))
            .expected(format!("expected {expected}"));
        if matches!(&*normalised(text), "never" | "unlimited" | "-1") {
            problem.help("this key has no value for \"without limit\"").report();
        } else if text.bytes().all(|byte| byte.is_ascii_digit()) && !text.is_empty() {
            problem.help(format!("a duration in quotes has a unit: \"{}s\"", excerpt(text))).report();
        } else {
            problem.report();
        }
    }
}

fn is_unlimited(node: &Node) -> bool {
    match &node.value {
        Value::Integer(number) => *number == -1,
        Value::String(text) => matches!(&*normalised(text), "never" | "unlimited"),
        _ => false,
    }
}
