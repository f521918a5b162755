//! What came of the scenarios, for programs: the same for the same input, so without times.

use std::io::{self, Write};

use serde::Serialize;

use super::outcome::{GoldenOutcome, Ran};
use super::{Case, Outcome, Plan, Status, again, seed_asked};
use crate::rules::Rules;

/// The document's schema.
pub const SCHEMA: &str = "connector-cli/test/1";

/// Writes what came of `cases`.
///
/// # Errors
/// Whatever goes wrong with `to`.
pub fn write(cases: &[Case], plan: &Plan, to: &mut dyn Write) -> io::Result<()> {
    let of = |status| cases.iter().filter(|case| case.status() == status).count();
    let document = Document {
        schema: SCHEMA,
        totals: Totals {
            passed: of(Status::Passed),
            failed: of(Status::Failed),
            broken: of(Status::Broken),
            not_run: of(Status::NotRun),
        },
        scenarios: cases.iter().map(|case| row(case, plan)).collect(),
    };
    serde_json::to_writer_pretty(&mut *to, &document)?;
    to.write_all(b"\n")
}

#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    totals: Totals,
    scenarios: Vec<Row<'a>>,
}

#[derive(Serialize)]
struct Totals {
    passed: usize,
    failed: usize,
    broken: usize,
    not_run: usize,
}

#[derive(Serialize)]
struct Row<'a> {
    name: &'a str,
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    rules: Option<Rules>,
    #[serde(skip_serializing_if = "Option::is_none")]
    seed: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    seeds: Option<u64>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    nothing_random: bool,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    problems: Vec<Problem<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    no_progress: Option<NoProgress<'a>>,
    expectations: Vec<Expectation<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    golden: Option<Golden<'a>>,
}

#[derive(Serialize)]
struct Problem<'a> {
    file: &'a str,
    line: usize,
    column: usize,
    message: &'a str,
    expected: &'a str,
}

#[derive(Serialize)]
struct NoProgress<'a> {
    reason: &'a str,
    broken_by_seeds: u64,
    first_seed: u64,
}

#[derive(Serialize)]
struct Expectation<'a> {
    name: &'a str,
    file: &'a str,
    line: usize,
    applies: bool,
    passed: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    broken_by_seeds: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    worst_seed: Option<u64>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    conditions: Vec<Condition<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    no_match: Option<&'a str>,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    events: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    again: Option<String>,
}

#[derive(Serialize)]
struct Condition<'a> {
    measure: &'a str,
    expected: &'a str,
    seen: &'a str,
}

#[derive(Serialize)]
struct Golden<'a> {
    file: &'a str,
    status: &'static str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    changes: Vec<Change<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<&'a str>,
}

#[derive(Serialize)]
struct Change<'a> {
    subject: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    at_ms: Option<u64>,
    accepted: Option<&'a str>,
    now: Option<&'a str>,
}

const fn word(status: Status) -> &'static str {
    match status {
        Status::Passed => "passed",
        Status::Failed => "failed",
        Status::Broken => "broken",
        Status::NotRun => "not-run",
    }
}

fn row<'a>(case: &'a Case, plan: &Plan) -> Row<'a> {
    let mut row = Row {
        name: &case.scenario.name,
        status: word(case.status()),
        rules: case.rules,
        seed: None,
        seeds: None,
        nothing_random: false,
        problems: Vec::new(),
        no_progress: None,
        expectations: Vec::new(),
        golden: None,
    };
    match &case.outcome {
        Outcome::NotRun => {}
        Outcome::Broken(problems) => row.problems = problems.iter().map(problem).collect(),
        Outcome::Ran(ran) => {
            row.seed = ran.seed;
            row.seeds = ran.seed.is_none().then_some(ran.runs);
            row.nothing_random = ran.nothing_random;
            row.no_progress = ran.stuck.as_ref().map(|stuck| NoProgress {
                reason: &stuck.reason,
                broken_by_seeds: stuck.seeds,
                first_seed: stuck.seed,
            });
            row.expectations = expectations(case, ran, plan);
            row.golden = golden(&ran.golden);
        }
    }
    row
}

fn problem(problem: &crate::config::Problem) -> Problem<'_> {
    let (line, column) = problem.line_and_column();
    Problem { file: problem.path(), line, column, message: problem.message(), expected: problem.label() }
}

fn expectations<'a>(case: &Case, ran: &'a Ran, plan: &Plan) -> Vec<Expectation<'a>> {
    let row = |verdict: &'a super::outcome::Verdict| {
        let failure = verdict.failure.as_ref();
        let seed = failure.map(|failure| failure.worst_seed);
        Expectation {
            name: &verdict.name,
            file: &verdict.place.0,
            line: verdict.place.1,
            applies: verdict.applies,
            passed: failure.is_none(),
            broken_by_seeds: failure.map(|failure| failure.seeds),
            worst_seed: seed,
            conditions: failure.map_or_else(Vec::new, |failure| {
                let condition = |each: &'a crate::report::expect::CheckedCondition| Condition {
                    measure: &each.measure,
                    expected: &each.expected,
                    seen: &each.seen,
                };
                failure.conditions.iter().map(condition).collect()
            }),
            no_match: failure.and_then(|failure| failure.no_match.as_deref()),
            events: failure.map_or(&[], |failure| &failure.events),
            again: seed.map(|seed| again(case, seed_asked(ran, seed, plan), "run", plan)),
        }
    };
    ran.verdicts.iter().map(row).collect()
}

fn golden(golden: &GoldenOutcome) -> Option<Golden<'_>> {
    let plain = |file, status| Golden { file, status, changes: Vec::new(), problem: None };
    Some(match golden {
        GoldenOutcome::None => return None,
        GoldenOutcome::Same(file) => plain(file, "same"),
        GoldenOutcome::Accepted(file) => plain(file, "accepted"),
        GoldenOutcome::Unusable(file, problem) => {
            Golden { problem: Some(problem), ..plain(file, "unusable") }
        }
        GoldenOutcome::Differs(file, difference) => {
            let all = std::iter::once(&difference.first).chain(&difference.others);
            let changes = all.map(|each| Change {
                subject: &each.subject,
                at_ms: each.at.map(|at| at.0),
                accepted: each.accepted.as_deref(),
                now: each.now.as_deref(),
            });
            Golden { changes: changes.collect(), ..plain(file, "differs") }
        }
    })
}
