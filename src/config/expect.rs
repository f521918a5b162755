//! `[[expect]]` (SPEC section 7): what must hold at the end of a run.

use jiff::Timestamp;

use super::context::Context;
use super::fields::Fields;
use super::node::{Node, Value};
use super::{Bound, Condition, Expectation, Filter, Measure};
use crate::model::{Cause, Millis, Outcome, Status, WorkType};
use crate::rules::Rules;

/// How a measure's value is written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Unit {
    Count,
    Duration,
    Moment,
    Share,
    Status,
}

/// The measures that are no result.
const MEASURES: [(&str, Measure, Unit); 20] = [
    ("executions", Measure::Executions, Unit::Count),
    ("records", Measure::Records, Unit::Count),
    ("binaries", Measure::Binaries, Unit::Count),
    ("aggregations", Measure::Aggregations, Unit::Count),
    ("locks", Measure::Locks, Unit::Count),
    ("calls_while_throttled", Measure::CallsWhileThrottled, Unit::Count),
    ("stops", Measure::Stops, Unit::Count),
    ("warnings", Measure::Warnings, Unit::Count),
    ("unused_steps", Measure::UnusedSteps, Unit::Count),
    ("held", Measure::Held, Unit::Duration),
    ("longest_held", Measure::LongestHeld, Unit::Duration),
    ("ended", Measure::Ended, Unit::Status),
    ("finished_by", Measure::FinishedBy, Unit::Moment),
    (Cause::Source.key(), Measure::Waiting(Cause::Source), Unit::Share),
    (Cause::Policy.key(), Measure::Waiting(Cause::Policy), Unit::Share),
    (Cause::Retry.key(), Measure::Waiting(Cause::Retry), Unit::Share),
    (Cause::Lock.key(), Measure::Waiting(Cause::Lock), Unit::Share),
    (Cause::OwnBackOff.key(), Measure::Waiting(Cause::OwnBackOff), Unit::Share),
    (Cause::Disabled.key(), Measure::Waiting(Cause::Disabled), Unit::Share),
    (Cause::KillSwitch.key(), Measure::Waiting(Cause::KillSwitch), Unit::Share),
];

/// The keys that count results, as the specification writes them. Like all such words they may be spelt otherwise.
const RESULTS: [&str; 9] = [
    "complete",
    "incomplete",
    "failed",
    "abandoned",
    "back_off",
    "deferred",
    "disabled",
    "removed",
    "channel_not_found",
];

/// `[[expect]]`, in file order.
pub(super) fn expectations(root: &Fields<'_>, start: Timestamp) -> Vec<Expectation> {
    let cx = root.cx;
    let nodes = root.take("expect").and_then(|node| cx.list(node, "tables `[[expect]]`")).unwrap_or_default();
    (1..).zip(nodes).filter_map(|(number, node)| expectation(cx, node, number, start)).collect()
}

fn expectation(cx: &Context, node: &Node, number: usize, start: Timestamp) -> Option<Expectation> {
    let fields = Fields::of(cx, node, "[[expect]]")?;
    let name = fields.take("name").and_then(|node| cx.text(node));
    let name = name.map_or_else(|| format!("expectation {number}"), str::to_owned);
    let filter = fields.take("where").and_then(|node| filter(cx, node)).unwrap_or_default();
    let rules = fields.take("rules").map_or_else(|| Rules::ALL.to_vec(), |node| rule_sets(cx, node));
    let mut conditions = Vec::new();
    let mut wrong = 0;
    for (key, node) in fields.rest() {
        let Some((name, measure, unit)) = measure(key) else {
            wrong += 1;
            continue;
        };
        if name == key {
            fields.take(name);
        } else {
            fields.take_alias(key);
        }
        let bounds = bounds(cx, node, unit, start);
        wrong += usize::from(bounds.is_empty());
        conditions.extend(bounds.into_iter().map(|bound| Condition { measure, bound }));
    }
    if conditions.is_empty() && wrong == 0 {
        cx.problem(fields.at(), "this expectation expects nothing")
            .expected("expected at least one condition, such as `calls_while_throttled = 0`")
            .report();
    }
    let (path, line, _) = cx.locate(fields.at());
    let known: Vec<&'static str> = MEASURES.iter().map(|(name, ..)| *name).chain(RESULTS).collect();
    fields.finish_with(&known);
    Some(Expectation { name, filter, rules, conditions, place: (path, line) })
}

/// What a key measures, with the key as the specification writes it.
fn measure(key: &str) -> Option<(&'static str, Measure, Unit)> {
    if let Some(found) = MEASURES.iter().find(|(name, ..)| *name == key) {
        return Some(*found);
    }
    let outcome = Outcome::parse(key)?;
    let at = Outcome::ALL.iter().position(|known| *known == outcome)?;
    Some((RESULTS.get(at)?, Measure::Result(outcome), Unit::Count))
}

fn filter(cx: &Context, node: &Node) -> Option<Filter> {
    let fields = Fields::of(cx, node, "`where`")?;
    let text = |key| fields.take(key).and_then(|node| cx.text(node)).map(str::to_owned);
    let filter = Filter {
        connector: text("connector"),
        channel: text("channel"),
        work_type: fields.take("work_type").and_then(|node| cx.word(node, WorkType::ALL, WorkType::parse)),
    };
    fields.finish();
    Some(filter)
}

fn rule_sets(cx: &Context, node: &Node) -> Vec<Rules> {
    let word = |node: &Node| cx.word(node, &Rules::ALL, Rules::parse);
    if let Value::String(_) = node.value {
        return word(node).into_iter().collect();
    }
    let nodes = cx.list(node, "rule sets").unwrap_or_default();
    if nodes.is_empty() && matches!(node.value, Value::Array(_)) {
        cx.problem(node.at, "this expectation applies to no rule set")
            .expected("expected \"documented\", \"sdk\" or both")
            .report();
    }
    let mut rules: Vec<Rules> = nodes.iter().filter_map(word).collect();
    rules.sort_unstable();
    rules.dedup();
    rules
}

/// The percentiles that a range can bound.
const PERCENTILES: [(&str, u8); 4] = [("p50_max", 50), ("p90_max", 90), ("p95_max", 95), ("p99_max", 99)];

/// An exact value, or `{ min, max }` with percentiles. A moment is a deadline: earlier is as good. None is a problem that has
/// been reported.
fn bounds(cx: &Context, node: &Node, unit: Unit, start: Timestamp) -> Vec<Bound> {
    let value = |node: &Node| match unit {
        Unit::Duration => cx.duration(node).map(|Millis(ms)| ms),
        Unit::Moment => cx.moment_from_start(node, start).map(|at| at.0),
        Unit::Share => share(cx, node),
        Unit::Count | Unit::Status => cx.whole(node, 0, i64::MAX.unsigned_abs()),
    };
    if unit == Unit::Status {
        return cx.word(node, Status::ALL, Status::parse).map(Bound::Status).into_iter().collect();
    }
    if !matches!(node.value, Value::Table(_)) {
        let min = |exact| (unit != Unit::Moment).then_some(exact);
        return value(node)
            .map(|exact| Bound::Range { min: min(exact), max: Some(exact) })
            .into_iter()
            .collect();
    }
    let Some(fields) = Fields::of(cx, node, "a range") else { return Vec::new() };
    let (min_at, max_at) = (fields.take("min"), fields.take("max"));
    let (min, max) = (min_at.and_then(value), max_at.and_then(value));
    let mut bounds = Vec::new();
    if min_at.is_some() || max_at.is_some() {
        // A bound that could not be read leaves its end open; it has been reported.
        bounds.push(Bound::Range { min, max });
    }
    // The share of all operations together has no percentiles.
    if unit != Unit::Share {
        for (key, percent) in PERCENTILES {
            if let Some(max) = fields.take(key).map(value) {
                bounds.push(Bound::Percentile { percent, max: max.unwrap_or(u64::MAX) });
            }
        }
    }
    let empty = fields.is_empty();
    fields.finish();
    if empty {
        cx.problem(node.at, "this range has no end").expected("expected `min`, `max` or both").report();
        return Vec::new();
    }
    if let (Some(min), Some(max), Some(at)) = (min, max, max_at)
        && min > max
    {
        cx.problem(at.at, "`max` is below `min`").expected("expected at least `min`").report();
        return Vec::new();
    }
    bounds
}

/// `"12.5%"`, in hundredths of a percent.
fn share(cx: &Context, node: &Node) -> Option<u64> {
    let text = cx.text(node)?;
    let share = percent(text);
    if share.is_none() {
        cx.problem(node.at, "not a share")
            .expected("expected `\"0%\"` to `\"100%\"`, such as `\"12.5%\"`")
            .report();
    }
    share
}

fn percent(text: &str) -> Option<u64> {
    let number = text.trim().strip_suffix('%')?.trim();
    let (whole, part) = number.split_once('.').unwrap_or((number, "0"));
    let digits =
        |text: &str| !text.is_empty() && text.len() <= 3 && text.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(whole) || !digits(part) || part.len() > 2 {
        return None;
    }
    let hundredths: u64 = format!("{part:0<2}").parse().ok()?;
    let share = whole.parse::<u64>().ok()? * 100 + hundredths;
    (share <= 10_000).then_some(share)
}
