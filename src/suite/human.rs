//! What came of the scenarios, for people: a line each, a block for each failure that can be read alone, a summary last.

use std::fmt::Write;
use std::time::Duration;

use super::outcome::{Failure, GoldenOutcome, Ran};
use super::{Case, Outcome, Plan, Status, again, seed_asked};
use crate::report::golden::{Changed, Difference};
use crate::report::words::count;
use crate::report::{Style, Tone, clean, wrap};

/// So many changed lines of a golden summary are shown beside the first.
const CHANGES: usize = 5;

/// The line for one case.
pub fn line(case: &Case, style: &Style) -> String {
    let (word, tone) = match case.status() {
        Status::Passed => ("PASS", Tone::Good),
        Status::Failed => ("FAIL", Tone::Bad),
        Status::Broken => ("BROKEN", Tone::Bad),
        Status::NotRun => ("NOT RUN", Tone::Caution),
    };
    let word = style.paint(tone, &format!("{word:>8}"));
    let notes = match &case.outcome {
        Outcome::Ran(ran) => notes(ran),
        Outcome::Broken(_) | Outcome::NotRun => String::new(),
    };
    let notes = if notes.is_empty() {
        notes
    } else {
        format!("  {}", style.paint(Tone::Faint, &style.words(&notes)))
    };
    format!("{word}  [{}]  {}{notes}\n", seconds(case.took), title(case))
}

fn title(case: &Case) -> String {
    let name = clean(&case.scenario.name);
    match case.rules.filter(|_| case.rules_asked) {
        Some(rules) => format!("{name} ({rules})"),
        None => name.into_owned(),
    }
}

/// What is worth a word beside the verdict.
fn notes(ran: &Ran) -> String {
    let mut notes = Vec::new();
    if ran.nothing_random {
        notes.push("nothing random in it: run once".to_owned());
    } else if ran.seed.is_none() {
        notes.push(count(ran.runs, "seed"));
    }
    match &ran.golden {
        GoldenOutcome::Accepted(file) => notes.push(format!("{} written", clean(file))),
        GoldenOutcome::None if ran.verdicts.iter().all(|verdict| !verdict.applies) => {
            notes.push("nothing is expected of it".to_owned());
        }
        _ => {}
    }
    notes.join(", ")
}

/// Real time, for people.
fn seconds(took: Duration) -> String {
    format!("{:>7.3} s", took.as_secs_f64())
}

/// The block for a case that did not pass; nothing for one that did.
pub fn block(case: &Case, plan: &Plan, style: &Style) -> String {
    let mut text = String::new();
    let heading = |word: &str| {
        let rule = if style.ascii { "-" } else { "─" };
        let title = format!("{word} {}", title(case));
        let rest = style.columns().saturating_sub(crate::report::width(&title) + 4).max(3);
        format!(
            "\n{}\n",
            style.paint(Tone::Heading, &format!("{} {title} {}", rule.repeat(2), rule.repeat(rest)))
        )
    };
    match &case.outcome {
        Outcome::Broken(problems) => {
            text.push_str(&heading("BROKEN"));
            text.push_str(&problems.render(style.columns(), style.colour));
            let _ = writeln!(text, "  again     {}", again(case, None, "validate", plan));
        }
        Outcome::Ran(ran) if case.status() != Status::Passed => {
            text.push_str(&heading("FAIL"));
            failures(&mut text, case, ran, plan, style);
        }
        Outcome::Ran(_) | Outcome::NotRun => {}
    }
    style.words(&text)
}

fn failures(text: &mut String, case: &Case, ran: &Ran, plan: &Plan, style: &Style) {
    let mut first = true;
    let mut field = |name: &str, values: &[String]| {
        // Each thing that is wrong is a paragraph of its own.
        if name == style.words("✗") && !std::mem::replace(&mut first, false) {
            text.push('\n');
        }
        // A command or a line of a file is there to be copied or compared: it stays on one line.
        let room = if matches!(name, "nearest" | "seen" | "reason") {
            style.columns().saturating_sub(14)
        } else {
            usize::MAX
        };
        for (place, value) in values.iter().enumerate() {
            let lines =
                if room == usize::MAX { vec![clean(value).into_owned()] } else { wrap(&clean(value), room) };
            for (number, line) in lines.iter().enumerate() {
                let name = if place + number == 0 { name } else { "" };
                let hanging = if number == 0 { "" } else { "  " };
                let _ = writeln!(text, "  {name:<9} {hanging}{line}");
            }
        }
    };
    let seed_of = |seed: u64| seed_asked(ran, seed, plan);
    if let Some(stuck) = &ran.stuck {
        field(&style.words("✗"), &["the run makes no progress".to_owned()]);
        if let Some(seeds) = under_seeds(ran, stuck.seeds) {
            field("seeds", &[format!("{seeds}; the first is {}", stuck.seed)]);
        }
        field("reason", std::slice::from_ref(&stuck.reason));
        field("again", &[again(case, seed_of(stuck.seed), "run", plan)]);
    }
    for (verdict, failure) in ran.failures() {
        field(&style.words("✗"), std::slice::from_ref(&verdict.name));
        field("at", &[format!("{}:{}", verdict.place.0, verdict.place.1)]);
        if verdict.filter != "where = {}" {
            field("where", std::slice::from_ref(&verdict.filter));
        }
        if let Some(seeds) = under_seeds(ran, failure.seeds) {
            field("seeds", &[format!("broken by {seeds}; the worst is seed {}", failure.worst_seed)]);
        }
        for condition in &failure.conditions {
            field("expected", &[format!("{}: {}", condition.measure, condition.expected)]);
            if failure.no_match.is_none() {
                field("seen", std::slice::from_ref(&condition.seen));
            }
        }
        field("seen", failure.no_match.as_slice());
        field("nearest", &failure.events);
        field("again", &[again(case, seed_of(failure.worst_seed), "run", plan)]);
    }
    match &ran.golden {
        GoldenOutcome::Differs(file, difference) => {
            field(&style.words("✗"), &[format!("the run is not as {file} says")]);
            for line in golden_in_words(difference) {
                field("", &[line]);
            }
            field("again", &[again(case, None, "test", plan)]);
            field("accept", &[format!("{} --accept", again(case, None, "test", plan))]);
        }
        GoldenOutcome::Unusable(file, problem) => field(&style.words("✗"), &[format!("{file} {problem}")]),
        GoldenOutcome::None | GoldenOutcome::Same(_) | GoldenOutcome::Accepted(_) => {}
    }
}

/// `12 of 500 seeds`; nothing where there was but one run.
fn under_seeds(ran: &Ran, seeds: u64) -> Option<String> {
    ran.seed.is_none().then(|| format!("{seeds} of {}", count(ran.runs, "seed")))
}

/// What was expected and what was seen, a line each.
pub(super) fn expected_and_seen(failure: &Failure) -> Vec<String> {
    match &failure.no_match {
        Some(no_match) => vec![no_match.clone()],
        None => failure
            .conditions
            .iter()
            .map(|each| format!("{}: expected {}, seen {}", each.measure, each.expected, each.seen))
            .collect(),
    }
}

/// How a run differs from its golden summary, the first cause first, a line each.
pub(super) fn golden_in_words(difference: &Difference) -> Vec<String> {
    let mut lines = Vec::new();
    let first = &difference.first;
    let when = first.at.map(|at| format!("first at {at}, ")).unwrap_or_default();
    let after = first.after.as_ref().map(|after| format!(", after {after}")).unwrap_or_default();
    lines.push(format!("{when}{}{after}:", first.subject));
    lines.extend(was_and_is(first));
    for other in difference.others.iter().take(CHANGES) {
        lines.push(format!("then {}:", other.subject));
        lines.extend(was_and_is(other));
    }
    if difference.others.len() > CHANGES {
        lines.push(format!("and {} differ", count((difference.others.len() - CHANGES) as u64, "more line")));
    }
    lines
}

fn was_and_is(changed: &Changed) -> [String; 2] {
    let or = |text: &Option<String>, none: &str| text.clone().unwrap_or_else(|| none.to_owned());
    [
        format!("  accepted  {}", or(&changed.accepted, "(no such line)")),
        format!("  now       {}", or(&changed.now, "(no more)")),
    ]
}

/// Which expectations hold under only one rule set; nothing where only one was asked for or all agree. `brief`: leaves out
/// those that are meant for that one only.
pub fn rule_sets(cases: &[Case], brief: bool, style: &Style) -> String {
    let mut text = String::new();
    for pair in cases.windows(2) {
        let [one, other] = pair else { continue };
        let (Some(a), Some(b)) = (one.ran(), other.ran()) else { continue };
        if one.scenario != other.scenario {
            continue;
        }
        for (mine, theirs) in a.verdicts.iter().zip(&b.verdicts) {
            let (holds, fails, failure) = match (&mine.failure, &theirs.failure) {
                (None, Some(failure)) => (one, (other, theirs.applies), failure),
                (Some(failure), None) => (other, (one, mine.applies), failure),
                _ => continue,
            };
            if brief && !fails.1 {
                continue;
            }
            let word = |case: &Case| case.rules.map_or("", |rules| rules.word());
            let meant = if fails.1 { "" } else { " (as it says: it is not meant for it)" };
            let _ = writeln!(
                text,
                "  {}:{} \"{}\" holds under {} only; under {} {}{meant}",
                clean(&mine.place.0),
                mine.place.1,
                clean(&mine.name),
                word(holds),
                word(fails.0),
                clean(&expected_and_seen(failure).join("; ")),
            );
        }
    }
    if text.is_empty() {
        return text;
    }
    style.words(&format!("\n{}\n{text}", style.paint(Tone::Heading, "Only under one rule set")))
}

/// The last line.
pub fn summary(cases: &[Case], took: Duration, style: &Style) -> String {
    let of = |status| cases.iter().filter(|case| case.status() == status).count();
    let mut parts = Vec::new();
    for (status, word, tone) in [
        (Status::Passed, "passed", Tone::Good),
        (Status::Failed, "failed", Tone::Bad),
        (Status::Broken, "broken", Tone::Bad),
        (Status::NotRun, "not run", Tone::Caution),
    ] {
        if of(status) > 0 || status == Status::Passed {
            parts.push(style.paint(tone, &format!("{} {word}", of(status))));
        }
    }
    let what =
        count(cases.len() as u64, if cases.iter().any(|case| case.rules_asked) { "run" } else { "scenario" });
    format!("\n{what}: {}  [{}]\n", parts.join(", "), seconds(took))
}
