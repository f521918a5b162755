//! `run --vary KEY=V1,V2`: one config with every combination of some settings, in one table.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{self, Write};
use std::ops::ControlFlow;
use std::path::Path;
use std::str::FromStr;
use std::sync::atomic::{AtomicBool, Ordering};

use serde::Serialize;

use super::pool;
use super::scenario::Interruptible;
use crate::config::{self, Overrides, Problems};
use crate::event::Ending;
use crate::model::Millis;
use crate::report::expect::{self, Checked};
use crate::report::grid::{Column, Grid};
use crate::report::summary::Holds;
use crate::report::words::short;
use crate::report::{Style, Summary, shorten};
use crate::run::run;

/// More combinations than this are refused: nobody reads such a table.
pub const MOST_COMBINATIONS: usize = 1000;
/// The document's schema.
pub const SCHEMA: &str = "connector-cli/vary/1";

/// One `--vary`: a key of the config and the values to try.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Vary {
    /// Its dotted path.
    pub key: String,
    /// The values, as `--set` takes them.
    pub values: Vec<String>,
}

impl FromStr for Vary {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let expected = || "expected KEY=VALUE,VALUE,…, such as `retry.max_retries=0,5`".to_owned();
        let (key, values) = text.split_once('=').ok_or_else(expected)?;
        let values = split(values);
        if key.trim().is_empty() || values.iter().any(String::is_empty) {
            return Err(expected());
        }
        Ok(Self { key: key.trim().to_owned(), values })
    }
}

/// Splits at commas that are neither in quotes nor in brackets.
fn split(text: &str) -> Vec<String> {
    let (mut parts, mut depth, mut quote) = (vec![String::new()], 0usize, None);
    for c in text.chars() {
        match (quote, c) {
            (Some(open), _) if c == open => quote = None,
            (None, '"' | '\'') => quote = Some(c),
            (None, '[' | '{') => depth += 1,
            (None, ']' | '}') => depth = depth.saturating_sub(1),
            (None, ',') if depth == 0 => {
                parts.push(String::new());
                continue;
            }
            _ => {}
        }
        if let Some(part) = parts.last_mut() {
            part.push(c);
        }
    }
    parts.into_iter().map(|part| part.trim().to_owned()).collect()
}

/// One combination, and what came of it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Row {
    /// The value of each key, in the order of the command line.
    #[serde(serialize_with = "as_table")]
    pub set: Vec<(String, String)>,
    /// Executions in all, also those without a call.
    pub executions: u64,
    /// How long locks held operations, all together.
    pub held_ms: Millis,
    /// Calls that started while the source throttled.
    pub calls_while_throttled: u64,
    /// Records submitted.
    pub records: u64,
    /// How many expectations there are.
    pub expectations: usize,
    /// The names of those that do not hold.
    pub failed: Vec<String>,
    /// Why the run ended.
    pub ending: Ending,
}

fn as_table<S: serde::Serializer>(set: &[(String, String)], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(set.iter().map(|(key, value)| (key, value)))
}

/// How many combinations there are; none if too many.
pub fn combinations(vary: &[Vary]) -> Option<usize> {
    let product = vary.iter().try_fold(1usize, |product, each| product.checked_mul(each.values.len()))?;
    (product <= MOST_COMBINATIONS).then_some(product)
}

/// Runs `config` with every combination, on so many threads. In order, the last key changing first. Those that somebody's asking
/// to stop left out are not there.
///
/// # Errors
/// The problems of the first combination that is no valid config.
pub fn rows(
    config: &Path,
    overrides: &Overrides,
    vary: &[Vary],
    threads: usize,
    stop: &AtomicBool,
    progress: &mut dyn FnMut(usize),
) -> Result<Vec<Row>, Problems> {
    let jobs: Vec<Vec<(String, String)>> = vary.iter().fold(vec![Vec::new()], |jobs, each| {
        let with = |job: &Vec<(String, String)>, value: &String| {
            let mut job = job.clone();
            job.push((each.key.clone(), value.clone()));
            job
        };
        jobs.iter().flat_map(|job| each.values.iter().map(move |value| with(job, value))).collect()
    });
    let mut rows = BTreeMap::new();
    let mut done = 0;
    pool::each(
        &jobs,
        threads,
        |set| row(config, overrides, set, stop),
        |place, row| {
            done += 1;
            progress(done);
            let broken = row.is_err();
            rows.insert(place, row);
            if broken || stop.load(Ordering::Relaxed) {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        },
    );
    rows.into_values().filter_map(Result::transpose).collect()
}

fn row(
    path: &Path,
    overrides: &Overrides,
    set: &[(String, String)],
    stop: &AtomicBool,
) -> Result<Option<Row>, Problems> {
    let mut overrides = overrides.clone();
    overrides.set.extend(set.iter().map(|(key, value)| format!("{key}={value}")));
    let config = config::load(path, &overrides)?;
    let mut summary = Summary::keeping(Holds::None);
    let rules = config.simulation.rules;
    let ending = run(&config, rules, &mut Interruptible(stop), &mut summary);
    if ending == Ending::Interrupted {
        return Ok(None);
    }
    let (totals, checked) = (summary.totals(), expect::check(&summary, &config.expectations, rules));
    let failed = checked.iter().filter(|each| !each.passed());
    Ok(Some(Row {
        set: set.to_vec(),
        executions: totals.executions(),
        held_ms: totals.held.total,
        calls_while_throttled: totals.calls_while_throttled,
        records: totals.records,
        expectations: checked.len(),
        failed: failed.map(|each: &Checked<'_>| each.expectation.name.clone()).collect(),
        ending,
    }))
}

/// The rows for people, and below them the expectations that do not hold somewhere, by number.
pub fn table(rows: &[Row], style: &Style) -> String {
    let Some(first) = rows.first() else { return String::new() };
    let names: Vec<String> = first.set.iter().map(|(key, _)| heading(key, &first.set)).collect();
    // Short values stay whole; what is long is wrapped rather than the table made too wide.
    let is_long =
        |place: usize| rows.iter().filter_map(|row| row.set.get(place)).any(|(_, value)| value.len() > 12);
    let kind = |place| if is_long(place) { Column::Text } else { Column::Number };
    let columns = names.iter().enumerate().map(|(place, name)| (name.as_str(), kind(place)));
    let measures = ["executions", "held", "throttled", "records"].map(|name| (name, Column::Number));
    let mut grid = Grid::new(columns.chain(measures).chain([("expected", Column::Word)]));
    let mut failed: Vec<&str> = Vec::new();
    for row in rows {
        let values = row.set.iter().map(|(_, value)| shorten(value, 40, style));
        let numbers = [
            row.executions.to_string(),
            short(row.held_ms),
            row.calls_while_throttled.to_string(),
            row.records.to_string(),
        ];
        grid.row(values.chain(numbers).chain([verdict(row, &mut failed)]));
    }
    let mut text = grid.draw(style);
    text.push_str(&style.words("\nthrottled: calls that started while the source throttled\n"));
    for (number, name) in (1..).zip(failed) {
        let _ = writeln!(text, "{}: {}", style.words(&format!("✗ {number}")), shorten(name, 200, style));
    }
    text
}

/// The shortest end of a key that no other key has.
fn heading(key: &str, set: &[(String, String)]) -> String {
    let ends = key.char_indices().rev().filter(|(_, c)| *c == '.').map(|(at, _)| &key[at + 1..]);
    let is_own = |end: &&str| set.iter().filter(|(other, _)| other.ends_with(*end)).count() == 1;
    ends.into_iter().find(is_own).unwrap_or(key).to_owned()
}

/// `all hold`, or the numbers of those that do not.
fn verdict<'r>(row: &'r Row, failed: &mut Vec<&'r str>) -> String {
    let mut number = |name: &'r String| {
        let known = failed.iter().position(|each| each == name).unwrap_or(failed.len());
        if known == failed.len() {
            failed.push(name);
        }
        format!("✗ {}", known + 1)
    };
    match row.failed.as_slice() {
        _ if row.ending == Ending::NoProgress => "no progress".to_owned(),
        [] if row.expectations == 0 => "none".to_owned(),
        [] => "all hold".to_owned(),
        failed => failed.iter().map(&mut number).collect::<Vec<_>>().join(", "),
    }
}

/// Writes the rows for programs.
///
/// # Errors
/// Whatever goes wrong with `to`.
pub fn json(rows: &[Row], to: &mut dyn Write) -> io::Result<()> {
    #[derive(Serialize)]
    struct Document<'a> {
        schema: &'static str,
        rows: &'a [Row],
    }
    serde_json::to_writer_pretty(&mut *to, &Document { schema: SCHEMA, rows })?;
    to.write_all(b"\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_and_values() {
        let check = |text: &str, expect: Option<(&str, &[&str])>| {
            let expect = expect.map(|(key, values)| Vary {
                key: key.to_owned(),
                values: values.iter().map(ToString::to_string).collect(),
            });
            assert_eq!(text.parse::<Vary>().ok(), expect, "{text}");
        };
        check("retry.max_retries=0,5", Some(("retry.max_retries", &["0", "5"])));
        check("a = 1m , 1h 30m", Some(("a", &["1m", "1h 30m"])));
        check("a='x,y',z", Some(("a", &["'x,y'", "z"])));
        check("a=[1,2],{ min = 1, max = 2 }", Some(("a", &["[1,2]", "{ min = 1, max = 2 }"])));
        check("a={k}/{l},x", Some(("a", &["{k}/{l}", "x"])));
        for text in ["", "a", "a=", "=1", "a=1,,2", "a=1,"] {
            check(text, None);
        }
    }

    #[test]
    fn headings_are_short_and_tell_keys_apart() {
        let set =
            |keys: &[&str]| keys.iter().map(|key| ((*key).to_owned(), String::new())).collect::<Vec<_>>();
        let keys = set(&[
            "content_manager.channel_discovery.delay_seconds",
            "content_manager.content_synchronisation.delay_seconds",
            "seed",
        ]);
        let headings: Vec<_> = keys.iter().map(|(key, _)| heading(key, &keys)).collect();
        assert_eq!(
            headings,
            ["channel_discovery.delay_seconds", "content_synchronisation.delay_seconds", "seed"]
        );
    }

    #[test]
    fn too_many_combinations() {
        let vary = |n: usize| Vary { key: "a".to_owned(), values: vec!["1".to_owned(); n] };
        assert_eq!(combinations(&[vary(10), vary(100)]), Some(1000));
        assert_eq!(combinations(&[vary(1001)]), None);
        assert_eq!(combinations(&vec![vary(10); 100]), None);
    }
}
