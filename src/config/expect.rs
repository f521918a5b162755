//! `[[expect]]` (SPEC section 7): what must hold at the end of a run.

use super::context::Context;
use super::fields::Fields;
use super::node::{Node, Value};
use super::{Bound, Condition, Expectation, Filter, Measure};
use crate::model::{Millis, Outcome, Status, WorkType};
use crate::rules::Rules;

/// How a measure's value is written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Unit {
    Count,
    Duration,
    Status,
}

/// The measures that are no result.
const MEASURES: [(&str, Measure, Unit); 12] = [
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
pub(super) fn expectations(root: &Fields<'_>) -> Vec<Expectation> {
    let cx = root.cx;
    let nodes = root.take("expect").and_then(|node| cx.list(node, "tables `[[expect]]`")).unwrap_or_default();
    (1..).zip(nodes).filter_map(|(number, node)| expectation(cx, node, number)).collect()
}

fn expectation(cx: &Context, node: &Node, number: usize) -> Option<Expectation> {
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
        match bound(cx, node, unit) {
            Some(bound) => conditions.push(Condition { measure, bound }),
            None => wrong += 1,
        }
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

/// An exact value, or `{ min, max }`.
fn bound(cx: &Context, node: &Node, unit: Unit) -> Option<Bound> {
    if unit == Unit::Status {
        return cx.word(node, Status::ALL, Status::parse).map(Bound::Status);
    }
    let value = |node: &Node| match unit {
        Unit::Duration => cx.duration(node).map(|Millis(ms)| ms),
        _ => cx.whole(node, 0, i64::MAX.unsigned_abs()),
    };
    if !matches!(node.value, Value::Table(_)) {
        return value(node).map(|exact| Bound::Range { min: Some(exact), max: Some(exact) });
    }
    let fields = Fields::of(cx, node, "a range")?;
    let (min_at, max_at) = (fields.take("min"), fields.take("max"));
    let (min, max) = (min_at.and_then(value), max_at.and_then(value));
    let empty = fields.is_empty();
    fields.finish();
    if empty {
        cx.problem(node.at, "this range has no end").expected("expected `min`, `max` or both").report();
        return None;
    }
    if let (Some(min), Some(max), Some(at)) = (min, max, max_at)
        && min > max
    {
        cx.problem(at.at, "`max` is below `min`").expected("expected at least `min`").report();
        return None;
    }
    // A bound that could not be read leaves its end open; it has been reported.
    Some(Bound::Range { min, max })
}
