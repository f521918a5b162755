//! `--junit FILE`: what came of the scenarios as JUnit XML. A suite for each scenario and rule set; in it a case that says
//! whether the run came to its end, one for each expectation, and one for the golden summary.
//!
//! Written by hand: what there is to know are the five characters that are escaped and those that XML cannot hold at all.

use std::fmt::Write;
use std::time::Duration;

use super::human::{block, expected_and_seen, golden_in_words};
use super::outcome::{Failure, GoldenOutcome, Ran, Verdict};
use super::{Case, Outcome, Plan, again, seed_asked};
use crate::report::Style;

/// One `<testcase>`.
struct Row {
    name: String,
    verdict: Option<Wrong>,
}

/// Why a case is not passed.
struct Wrong {
    /// `failure`, `error` or `skipped`.
    element: &'static str,
    message: String,
    text: String,
}

/// The whole file.
pub fn document(cases: &[Case], took: Duration, plan: &Plan) -> String {
    let suites: Vec<(&Case, Vec<Row>)> = cases.iter().map(|case| (case, rows(case, plan))).collect();
    let mut text = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    let all = || suites.iter().flat_map(|(_, rows)| rows);
    let _ = writeln!(text, "<testsuites name=\"connector-cli\" {}>", attributes(all, took));
    for (case, rows) in &suites {
        let rules =
            case.rules.filter(|_| case.rules_asked).map(|rules| format!(" ({rules})")).unwrap_or_default();
        let name = attribute(&format!("{}{rules}", case.scenario.name));
        let counted = attributes(|| rows.iter(), case.took);
        let _ = writeln!(text, "  <testsuite name=\"{name}\" {counted}>");
        for (place, row) in rows.iter().enumerate() {
            // The whole run is one case's time; an expectation is a look at its numbers.
            let time = if place == 0 { case.took } else { Duration::ZERO };
            write_row(&mut text, &name, row, time);
        }
        text.push_str("  </testsuite>\n");
    }
    text.push_str("</testsuites>\n");
    text
}

fn attributes<'r, R: Iterator<Item = &'r Row>>(rows: impl Fn() -> R, took: Duration) -> String {
    let of = |element| {
        rows().filter(|row| row.verdict.as_ref().is_some_and(|wrong| wrong.element == element)).count()
    };
    format!(
        "tests=\"{}\" failures=\"{}\" errors=\"{}\" skipped=\"{}\" time=\"{:.3}\"",
        rows().count(),
        of("failure"),
        of("error"),
        of("skipped"),
        took.as_secs_f64()
    )
}

fn write_row(text: &mut String, class: &str, row: &Row, time: Duration) {
    let name = attribute(&row.name);
    let _ = write!(
        text,
        "    <testcase classname=\"{class}\" name=\"{name}\" time=\"{:.3}\"",
        time.as_secs_f64()
    );
    let Some(Wrong { element, message, text: words }) = &row.verdict else {
        text.push_str("/>\n");
        return;
    };
    let (message, words) = (attribute(message), escape(words));
    let _ = match *element {
        "skipped" => writeln!(text, "><skipped message=\"{message}\"/></testcase>"),
        element => writeln!(
            text,
            ">\n      <{element} message=\"{message}\" type=\"{element}\">{words}</{element}>\n    </testcase>"
        ),
    };
}

fn rows(case: &Case, plan: &Plan) -> Vec<Row> {
    let style = Style::plain(100);
    let run = |verdict| vec![Row { name: "runs to its end".to_owned(), verdict }];
    match &case.outcome {
        Outcome::NotRun => {
            let message = "the tests ended before its turn".to_owned();
            run(Some(Wrong { element: "skipped", message, text: String::new() }))
        }
        Outcome::Broken(problems) => {
            let message = problems.short().next().unwrap_or_default();
            run(Some(Wrong { element: "error", message, text: block(case, plan, &style) }))
        }
        Outcome::Ran(ran) => {
            let mut rows = run(ran.stuck.as_ref().map(|stuck| Wrong {
                element: "failure",
                message: stuck.reason.clone(),
                text: again(case, seed_asked(ran, stuck.seed, plan), "run", plan),
            }));
            rows.extend(expectations(case, ran, plan));
            rows.extend(golden(case, ran, plan));
            rows
        }
    }
}

fn expectations(case: &Case, ran: &Ran, plan: &Plan) -> Vec<Row> {
    let wrong = |verdict: &Verdict, failure: &Failure| {
        let seen = expected_and_seen(failure);
        let mut lines = vec![format!("{}:{}", verdict.place.0, verdict.place.1), verdict.filter.clone()];
        if ran.seed.is_none() {
            lines.push(format!(
                "broken by {} of {} seeds; the worst is {}",
                failure.seeds, ran.runs, failure.worst_seed
            ));
        }
        lines.extend(seen.iter().chain(&failure.events).cloned());
        lines.push(again(case, seed_asked(ran, failure.worst_seed, plan), "run", plan));
        Wrong { element: "failure", message: seen.join("; "), text: lines.join("\n") }
    };
    let applying = ran.verdicts.iter().filter(|verdict| verdict.applies);
    let row = |verdict: &Verdict| Row {
        name: verdict.name.clone(),
        verdict: verdict.failure.as_ref().map(|failure| wrong(verdict, failure)),
    };
    applying.map(row).collect()
}

fn golden(case: &Case, ran: &Ran, plan: &Plan) -> Option<Row> {
    let repeat = || again(case, None, "test", plan);
    let verdict = match &ran.golden {
        GoldenOutcome::None => return None,
        GoldenOutcome::Same(_) | GoldenOutcome::Accepted(_) => None,
        GoldenOutcome::Differs(file, difference) => Some(Wrong {
            element: "failure",
            message: format!("the run is not as {file} says"),
            text: format!("{}\n{}", golden_in_words(difference).join("\n"), repeat()),
        }),
        GoldenOutcome::Unusable(file, problem) => {
            Some(Wrong { element: "error", message: format!("{file} {problem}"), text: repeat() })
        }
    };
    Some(Row { name: "golden summary".to_owned(), verdict })
}

/// An attribute's value: as text, and line breaks survive a reader that makes spaces of them.
fn attribute(text: &str) -> String {
    escape(text).replace('\n', "&#10;").replace('\t', "&#9;")
}

/// Text for XML: markup escaped, and characters that XML cannot hold replaced.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\n' | '\t' => escaped.push(c),
            '\u{0}'..='\u{1f}' | '\u{7f}'..='\u{9f}' | '\u{fffe}' | '\u{ffff}' => {
                escaped.push(char::REPLACEMENT_CHARACTER);
            }
            c => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_a_name_holds_the_file_stays_well_formed() {
        let check = |text, expect: &str| assert_eq!(attribute(text), expect);
        check("a < b && \"c\" > 'd'", "a &lt; b &amp;&amp; &quot;c&quot; &gt; 'd'");
        check("]]>", "]]&gt;");
        check("one\ntwo\u{1b}[31m\u{0}", "one&#10;two\u{fffd}[31m\u{fffd}");
        check("人事 – ✗", "人事 – ✗");
    }
}
