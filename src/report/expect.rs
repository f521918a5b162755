//! What the `[[expect]]` of a config say of a run (SPEC section 7).

use std::fmt;

use super::Summary;
use super::summary::{Operation, State, WarningGroup};
use crate::config::{Bound, Condition, Expectation, Filter, Measure};
use crate::model::{Millis, Outcome, VirtualTime};
use crate::rules::Rules;

/// Names are compared by at most this many characters, and at most so many operations are looked at.
const COMPARED: (usize, usize) = (80, 10_000);

/// One expectation, held against a run.
#[derive(Clone, PartialEq, Debug)]
pub struct Checked<'e> {
    /// What was expected.
    pub expectation: &'e Expectation,
    /// Each of its conditions, in file order.
    pub conditions: Vec<CheckedCondition>,
    /// Its `where` matches no operation, and it expects something of them.
    pub no_match: Option<NoMatch>,
}

/// One condition, held against a run.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CheckedCondition {
    /// The key in the file: `calls_while_throttled`.
    pub measure: String,
    /// What it should be, in words: `at least 5`.
    pub expected: String,
    /// What it was, in words.
    pub seen: String,
    /// Whether it holds.
    pub passed: bool,
    /// How far it is from holding, in its own unit: 0 where it holds.
    pub miss: u64,
    /// It does not hold because there was too little of it.
    pub below: bool,
}

/// A `where` that matches no operation.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NoMatch {
    /// The `where`, in words.
    pub filter: String,
    /// The operation that is nearest to it; none if there were none at all.
    pub nearest: Option<String>,
}

impl Checked<'_> {
    /// Whether it holds.
    pub fn passed(&self) -> bool {
        self.no_match.is_none() && self.conditions.iter().all(|condition| condition.passed)
    }
}

impl fmt::Display for NoMatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "no operation matches {}", self.filter)?;
        match &self.nearest {
            Some(nearest) => write!(f, "; the nearest is {nearest}"),
            None => write!(f, "; no operation was started"),
        }
    }
}

/// Holds those of `expectations` that apply to `rules` against a run.
pub fn check<'e>(summary: &Summary, expectations: &'e [Expectation], rules: Rules) -> Vec<Checked<'e>> {
    let mut applying = expectations.iter().filter(|each| each.rules.contains(&rules)).peekable();
    // Put in order once, however much is expected.
    let operations = if applying.peek().is_some() { summary.operations() } else { Vec::new() };
    applying.map(|expectation| check_one(summary, &operations, expectation)).collect()
}

fn check_one<'e>(summary: &Summary, all: &[Operation<'_>], expectation: &'e Expectation) -> Checked<'e> {
    let filter = &expectation.filter;
    let operations: Vec<Operation<'_>> = all.iter().copied().filter(|each| matches(filter, *each)).collect();
    let warnings: Vec<&WarningGroup> =
        summary.warnings().groups().iter().filter(|each| matches_warning(filter, each)).collect();
    // A channel that a `"*"` list answers has a copy of its own, with steps of its own to leave unused.
    let in_copy = filter.channel.as_deref().map_or(0, |channel| {
        summary.warnings().unused_in_copies(filter.connector.as_deref(), filter.work_type, channel)
    });
    let seen = |condition| seen(condition, &operations, &warnings, in_copy);
    let conditions = expectation.conditions.iter().map(seen).collect();
    let expects_nothing = expectation.conditions.iter().all(is_zero);
    let no_match = (operations.is_empty() && !expects_nothing)
        .then(|| NoMatch { filter: in_words(filter), nearest: nearest(all, filter) });
    Checked { expectation, conditions, no_match }
}

fn matches(filter: &Filter, operation: Operation<'_>) -> bool {
    allows(filter.connector.as_ref(), Some(operation.connector()))
        && allows(filter.channel.as_ref(), operation.channel())
        && filter.work_type.is_none_or(|work_type| work_type == operation.work_type())
}

/// A warning about something counts for a `where` that names it; one about nothing in particular, for an empty `where`.
fn matches_warning(filter: &Filter, warning: &WarningGroup) -> bool {
    allows(filter.connector.as_ref(), warning.connector.as_deref())
        && allows(filter.channel.as_ref(), warning.channel.as_deref())
        && filter.work_type.is_none_or(|work_type| warning.work_type == Some(work_type))
}

/// Whether a part of a `where` lets this through.
fn allows(wanted: Option<&String>, found: Option<&str>) -> bool {
    wanted.is_none_or(|wanted| found == Some(wanted))
}

/// Whether it expects that there is none of something. A deadline of zero is not that.
const fn is_zero(condition: &Condition) -> bool {
    matches!(condition.bound, Bound::Range { max: Some(0), .. } | Bound::Percentile { max: 0, .. })
        && !matches!(condition.measure, Measure::FinishedBy)
}

fn seen(
    condition: &Condition,
    operations: &[Operation<'_>],
    warnings: &[&WarningGroup],
    unused_in_copy: u64,
) -> CheckedCondition {
    let sum = |count: &dyn Fn(Operation<'_>) -> u64| {
        operations.iter().fold(0u64, |sum, each| sum.saturating_add(count(*each)))
    };
    let number = match condition.measure {
        Measure::Ended => return ended(condition, operations),
        Measure::Warnings => warnings.iter().map(|group| group.times).sum(),
        Measure::UnusedSteps => {
            warnings.iter().fold(unused_in_copy, |sum, group| sum.saturating_add(group.unused_steps))
        }
        Measure::Waiting(cause) => {
            let spent = sum(&|each| each.waits().of(cause).0);
            let whole = sum(&|each| each.waits().total().0).max(1);
            u64::try_from(u128::from(spent) * 10_000 / u128::from(whole)).unwrap_or(10_000)
        }
        measure => match condition.bound {
            Bound::Percentile { percent, .. } => {
                percentile(operations.iter().map(|each| of_one(measure, *each)).collect(), percent)
            }
            _ if matches!(measure, Measure::LongestHeld | Measure::FinishedBy) => {
                operations.iter().map(|each| of_one(measure, *each)).max().unwrap_or(0)
            }
            _ => sum(&|each| of_one(measure, each)),
        },
    };
    let (min, max) = match condition.bound {
        Bound::Range { min, max } => (min, max),
        Bound::Percentile { max, .. } => (None, Some(max)),
        Bound::Status(_) => (None, None),
    };
    let below = min.map_or(0, |min| min.saturating_sub(number));
    let above = max.map_or(0, |max| number.saturating_sub(max));
    CheckedCondition {
        measure: key(condition.measure),
        expected: expected(condition),
        seen: amount(condition.measure, number),
        passed: below == 0 && above == 0,
        miss: below.max(above),
        below: below > 0,
    }
}

/// What one operation counts for a measure that is a number of operations.
fn of_one(measure: Measure, operation: Operation<'_>) -> u64 {
    match measure {
        Measure::Executions => operation.executions(),
        Measure::Result(outcome) => operation.result(outcome),
        Measure::Records => operation.records(),
        Measure::Binaries => operation.binaries(),
        Measure::Aggregations => operation.aggregations(),
        Measure::Locks => operation.locks_set(),
        Measure::CallsWhileThrottled => operation.calls_while_throttled(),
        Measure::Stops => operation.stops(),
        Measure::Held => operation.held().total.0,
        Measure::LongestHeld => operation.held().longest.0,
        Measure::FinishedBy => match operation.state() {
            State::Ended { at, .. } => at.0,
            State::Running { .. } => VirtualTime::NEVER.0,
        },
        Measure::Warnings | Measure::UnusedSteps | Measure::Ended | Measure::Waiting(_) => 0,
    }
}

/// The smallest of `values` that so many percent of them do not exceed.
fn percentile(mut values: Vec<u64>, percent: u8) -> u64 {
    values.sort_unstable();
    let rank = (values.len() * usize::from(percent)).div_ceil(100).max(1);
    values.get(rank - 1).copied().unwrap_or(0)
}

fn ended(condition: &Condition, operations: &[Operation<'_>]) -> CheckedCondition {
    let wanted = match condition.bound {
        Bound::Status(wanted) => Some(wanted),
        Bound::Range { .. } | Bound::Percentile { .. } => None,
    };
    let others: Vec<Operation<'_>> = operations
        .iter()
        .copied()
        .filter(|each| !matches!(each.state(), State::Ended { status, .. } if Some(status) == wanted))
        .collect();
    let seen = match others.as_slice() {
        [] => expected(condition),
        [one] => format!("{} {}", one.name(), standing(*one)),
        [one, rest @ ..] => format!(
            "{} {}, and {} more of {} did not end so",
            one.name(),
            standing(*one),
            rest.len(),
            operations.len()
        ),
    };
    CheckedCondition {
        measure: key(condition.measure),
        expected: expected(condition),
        seen,
        passed: others.is_empty() && wanted.is_some(),
        miss: wanted.map_or(u64::MAX, |_| others.len() as u64),
        below: others.iter().any(|each| each.is_running()),
    }
}

/// Where an operation stands, as a verb: `is still running, next at 2:05:00`.
fn standing(operation: Operation<'_>) -> String {
    match operation.state() {
        State::Running { next_at } => format!("is still running, next at {next_at}"),
        State::Ended { at, status, reason } if reason.is_empty() || reason == status.word() => {
            format!("ended as {status} at {at}")
        }
        State::Ended { at, status, reason } => format!("ended as {status} at {at}: {reason}"),
    }
}

/// The key in the file.
pub fn key(measure: Measure) -> String {
    match measure {
        Measure::Executions => "executions",
        Measure::Result(Outcome::BackOff) => "back_off",
        Measure::Result(Outcome::ChannelNotFound) => "channel_not_found",
        Measure::Result(outcome) => outcome.word(),
        Measure::Records => "records",
        Measure::Binaries => "binaries",
        Measure::Aggregations => "aggregations",
        Measure::Locks => "locks",
        Measure::CallsWhileThrottled => "calls_while_throttled",
        Measure::Stops => "stops",
        Measure::Warnings => "warnings",
        Measure::UnusedSteps => "unused_steps",
        Measure::Held => "held",
        Measure::LongestHeld => "longest_held",
        Measure::Ended => "ended",
        Measure::FinishedBy => "finished_by",
        Measure::Waiting(cause) => cause.key(),
    }
    .to_owned()
}

fn amount(measure: Measure, number: u64) -> String {
    match measure {
        Measure::Held | Measure::LongestHeld => Millis(number).to_string(),
        Measure::FinishedBy if number == VirtualTime::NEVER.0 => "not finished".to_owned(),
        Measure::FinishedBy => VirtualTime(number).to_string(),
        Measure::Waiting(_) => share(number),
        _ => number.to_string(),
    }
}

/// Hundredths of a percent: `12.5%`.
fn share(number: u64) -> String {
    let text = format!("{}.{:02}", number / 100, number % 100);
    format!("{}%", text.trim_end_matches('0').trim_end_matches('.'))
}

fn expected(condition: &Condition) -> String {
    let amount = |number| amount(condition.measure, number);
    match condition.bound {
        Bound::Status(status) => status.to_string(),
        Bound::Percentile { percent, max } => {
            format!("at most {} for {percent}% of the operations", amount(max))
        }
        Bound::Range { min: Some(min), max: Some(max) } if min == max => amount(min),
        Bound::Range { min: Some(min), max: Some(max) } => format!("{} to {}", amount(min), amount(max)),
        Bound::Range { min: Some(min), max: None } => format!("at least {}", amount(min)),
        Bound::Range { min: None, max: Some(max) } => format!("at most {}", amount(max)),
        Bound::Range { min: None, max: None } => "anything".to_owned(),
    }
}

/// A `where` in words: `connector = "box"`.
pub fn in_words(filter: &Filter) -> String {
    let mut words = Vec::new();
    if let Some(connector) = &filter.connector {
        words.push(format!("connector = \"{connector}\""));
    }
    if let Some(work_type) = filter.work_type {
        words.push(format!("work_type = \"{work_type}\""));
    }
    if let Some(channel) = &filter.channel {
        words.push(format!("channel = \"{channel}\""));
    }
    if words.is_empty() { "where = {}".to_owned() } else { words.join(", ") }
}

/// The operation that fits `filter` best: as many of its parts as possible, and the rest nearly.
fn nearest(all: &[Operation<'_>], filter: &Filter) -> Option<String> {
    let likeness = |wanted: Option<&str>, found: Option<&str>| match (wanted, found) {
        (None, _) => 0.0,
        (Some(wanted), Some(found)) if wanted == found => 2.0,
        (Some(wanted), Some(found)) => strsim::jaro_winkler(start(wanted), start(found)),
        (Some(_), None) => -1.0,
    };
    let mut best: Option<(f64, Operation<'_>)> = None;
    for each in all.iter().copied().take(COMPARED.1) {
        let likeness = likeness(filter.connector.as_deref(), Some(each.connector()))
            + likeness(filter.channel.as_deref(), each.channel())
            + if filter.work_type == Some(each.work_type()) { 1.0 } else { 0.0 };
        if best.is_none_or(|(most, _)| likeness > most) {
            best = Some((likeness, each));
        }
    }
    best.map(|(_, operation)| operation.name())
}

/// The first characters of a name, which can be long.
fn start(name: &str) -> &str {
    name.char_indices().nth(COMPARED.0).map_or(name, |(end, _)| &name[..end])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Status, WorkType};
    use crate::report::testing::Log;
    use crate::rules::DelayRule;

    fn run() -> Summary {
        let mut log = Log::new(Rules::Documented, 600);
        log.start(0, "box discovery").start(0, "box sync hr").start(0, "box reg hr").start(0, "box reg it");
        log.ran(0, "box sync hr", Outcome::Complete).records(3).next_at(100, DelayRule::Fixed);
        log.lock(5, "box", "box sync hr", 200, None);
        log.deferred(100, "box sync hr", "box", 200, 200);
        log.ran(200, "box sync hr", Outcome::Complete).throttled().records(4).next_at(700, DelayRule::Fixed);
        log.ran(0, "box reg hr", Outcome::Complete).records(250);
        log.ended(0, "box reg hr", Status::Complete, "complete");
        log.ended(9, "box reg it", Status::Abandoned, "channel not found");
        log.stop(600, "box sync hr");
        log.unused(600, "hr", 2);
        log.finish();
        log.summary()
    }

    fn expectation(filter: Filter, measure: Measure, bound: Bound) -> Expectation {
        Expectation {
            name: "as expected".to_owned(),
            filter,
            rules: Rules::ALL.to_vec(),
            conditions: vec![Condition { measure, bound }],
            place: ("connector.toml".to_owned(), 1),
        }
    }

    const fn exactly(number: u64) -> Bound {
        Bound::Range { min: Some(number), max: Some(number) }
    }

    fn of(connector: &str, work_type: Option<WorkType>, channel: Option<&str>) -> Filter {
        Filter { connector: Some(connector.to_owned()), channel: channel.map(str::to_owned), work_type }
    }

    #[track_caller]
    fn check(filter: Filter, measure: Measure, bound: Bound, expect: &str) {
        let expectation = expectation(filter, measure, bound);
        let summary = run();
        let checked = &super::check(&summary, std::slice::from_ref(&expectation), Rules::Documented)[0];
        let condition = &checked.conditions[0];
        let mark = if checked.passed() { "✓" } else { "✗" };
        let seen = checked.no_match.as_ref().map_or_else(|| condition.seen.clone(), ToString::to_string);
        assert_eq!(format!("{mark} {}: {}; {seen}", condition.measure, condition.expected), expect);
    }

    #[test]
    fn every_measure() {
        let all = Filter::default;
        check(all(), Measure::Executions, exactly(4), "✓ executions: 4; 4");
        check(
            all(),
            Measure::Executions,
            Bound::Range { min: Some(5), max: None },
            "✗ executions: at least 5; 4",
        );
        check(all(), Measure::Result(Outcome::Deferred), exactly(1), "✓ deferred: 1; 1");
        check(all(), Measure::Result(Outcome::BackOff), exactly(1), "✗ back_off: 1; 0");
        check(all(), Measure::Result(Outcome::ChannelNotFound), exactly(0), "✓ channel_not_found: 0; 0");
        check(all(), Measure::Records, Bound::Range { min: None, max: Some(9) }, "✗ records: at most 9; 257");
        check(all(), Measure::Binaries, exactly(0), "✓ binaries: 0; 0");
        check(
            all(),
            Measure::Aggregations,
            Bound::Range { min: Some(1), max: Some(2) },
            "✗ aggregations: 1 to 2; 0",
        );
        check(all(), Measure::Locks, exactly(1), "✓ locks: 1; 1");
        check(all(), Measure::CallsWhileThrottled, exactly(0), "✗ calls_while_throttled: 0; 1");
        check(all(), Measure::Stops, exactly(1), "✓ stops: 1; 1");
        check(all(), Measure::Warnings, exactly(1), "✓ warnings: 1; 1");
        check(all(), Measure::UnusedSteps, exactly(0), "✗ unused_steps: 0; 2");
        check(all(), Measure::Held, exactly(100_000), "✓ held: 1m 40s; 1m 40s");
        check(
            all(),
            Measure::LongestHeld,
            Bound::Range { min: None, max: Some(60_000) },
            "✗ longest_held: at most 1m; 1m 40s",
        );
    }

    #[test]
    fn ended() {
        let ended = |filter, status, expect| check(filter, Measure::Ended, Bound::Status(status), expect);
        let registration = Some(WorkType::ContentRegistration);
        ended(of("box", registration, Some("hr")), Status::Complete, "✓ ended: complete; complete");
        ended(
            of("box", registration, None),
            Status::Complete,
            "✗ ended: complete; box registration it ended as abandoned at 0:00:09: channel not found",
        );
        ended(
            of("box", registration, Some("hr")),
            Status::Failed,
            "✗ ended: failed; box registration hr ended as complete at 0:00:00",
        );
        ended(
            Filter::default(),
            Status::Complete,
            "✗ ended: complete; box discovery is still running, next at 0:00:00, and 2 more of 4 did not end so",
        );
    }

    #[test]
    fn a_where_that_matches_nothing() {
        check(
            of("box", Some(WorkType::ContentSynchronisation), Some("hrr")),
            Measure::Records,
            exactly(7),
            "✗ records: 7; no operation matches connector = \"box\", work_type = \"content-synchronisation\", channel = \"hrr\"; the nearest is box synchronisation hr",
        );
        check(of("ghost", None, None), Measure::Records, exactly(0), "✓ records: 0; 0");
        check(
            of("bax", None, None),
            Measure::Records,
            Bound::Range { min: None, max: Some(3) },
            "✗ records: at most 3; no operation matches connector = \"bax\"; the nearest is box discovery",
        );
        let filter = Filter { work_type: Some(WorkType::ContentRegistration), ..Filter::default() };
        let expectation = expectation(filter, Measure::Executions, exactly(1));
        let nothing = super::check_one(&Summary::new(), &[], &expectation);
        assert_eq!(
            nothing.no_match.map(|each| each.to_string()).as_deref(),
            Some("no operation matches work_type = \"content-registration\"; no operation was started")
        );
    }

    #[test]
    fn only_those_of_the_run_s_rule_set() {
        let mut sdk = expectation(Filter::default(), Measure::Executions, exactly(0));
        sdk.rules = vec![Rules::Sdk];
        assert!(super::check(&run(), &[sdk], Rules::Documented).is_empty());
    }
}
