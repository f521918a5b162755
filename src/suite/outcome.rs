//! What came of the scenarios: values that every reporter of `test` is made from.

use std::time::Duration;

use super::Scenario;
use crate::config::Problems;
use crate::report::expect::CheckedCondition;
use crate::report::golden::Difference;
use crate::rules::Rules;

/// A scenario under one rule set, with one seed or many.
#[derive(Clone, Debug)]
pub struct Case {
    /// Which scenario.
    pub scenario: Scenario,
    /// Under which rule set; none where the file is too broken to know.
    pub rules: Option<Rules>,
    /// Whether the command line asked for this rule set, so that a command that repeats the run must, too.
    pub rules_asked: bool,
    /// What came of it.
    pub outcome: Outcome,
    /// How long it took, on however many cores. For people only: nothing that is to be the same twice may depend on it.
    pub took: Duration,
}

/// What came of a scenario.
#[derive(Clone, Debug)]
#[allow(clippy::large_enum_variant, reason = "there is one for each scenario, and nearly all of them ran")]
pub enum Outcome {
    /// It cannot be run.
    Broken(Problems),
    /// It was run.
    Ran(Ran),
    /// Somebody interrupted the tests, or `--fail-fast` ended them before its turn.
    NotRun,
}

/// How a scenario counts.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Status {
    /// All as expected.
    Passed,
    /// Something is not as expected.
    Failed,
    /// It cannot be run.
    Broken,
    /// It was not its turn any more.
    NotRun,
}

/// A scenario that was run.
#[derive(Clone, PartialEq, Debug)]
pub struct Ran {
    /// How many seeds it ran under.
    pub runs: u64,
    /// The seeds were asked for, but nothing in it is drawn at random.
    pub nothing_random: bool,
    /// Its only seed, and whether the command line asked for it; none for many.
    pub seed: Option<u64>,
    /// A run that was stopped because it made no progress (SPEC section 7).
    pub stuck: Option<Stuck>,
    /// Each of its expectations, in file order.
    pub verdicts: Vec<Verdict>,
    /// Its golden summary.
    pub golden: GoldenOutcome,
}

/// A run that was stopped because it made no progress.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Stuck {
    /// Under how many seeds.
    pub seeds: u64,
    /// The first of them.
    pub seed: u64,
    /// Which operation, and why.
    pub reason: String,
}

/// What an expectation came to.
#[derive(Clone, PartialEq, Debug)]
pub struct Verdict {
    /// Its name.
    pub name: String,
    /// The file and the line.
    pub place: (String, usize),
    /// Its `where` in words.
    pub filter: String,
    /// Whether it is one for this rule set. One that is not is only looked at to compare the rule sets.
    pub applies: bool,
    /// How it is broken, where it is.
    pub failure: Option<Failure>,
}

/// How an expectation is broken.
#[derive(Clone, PartialEq, Debug)]
pub struct Failure {
    /// Under how many seeds.
    pub seeds: u64,
    /// Under which the most; the first of those.
    pub worst_seed: u64,
    /// How far off it was then: conditions in units that have nothing to do with one another are added up.
    pub miss: u64,
    /// What does not hold then.
    pub conditions: Vec<CheckedCondition>,
    /// Its `where` matches nothing: in words.
    pub no_match: Option<String>,
    /// The events nearest to the reason, in words.
    pub events: Vec<String>,
}

/// What a golden summary came to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum GoldenOutcome {
    /// There is none, or this is no run to compare with it.
    None,
    /// The run is as this file says.
    Same(String),
    /// It was written: to this file.
    Accepted(String),
    /// The run is not as this file says.
    Differs(String, Box<Difference>),
    /// The file could not be read or written, and why.
    Unusable(String, String),
}

impl Case {
    /// How it counts.
    pub fn status(&self) -> Status {
        match &self.outcome {
            Outcome::Broken(_) => Status::Broken,
            Outcome::NotRun => Status::NotRun,
            Outcome::Ran(ran) => match ran.golden {
                GoldenOutcome::Unusable(..) => Status::Broken,
                _ if ran.failed() => Status::Failed,
                _ => Status::Passed,
            },
        }
    }

    /// What came of its runs, if it was run.
    pub fn ran(&self) -> Option<&Ran> {
        if let Outcome::Ran(ran) = &self.outcome { Some(ran) } else { None }
    }
}

impl Ran {
    fn failed(&self) -> bool {
        self.stuck.is_some()
            || self.failures().next().is_some()
            || matches!(self.golden, GoldenOutcome::Differs(..))
    }

    /// The expectations for this rule set that are broken.
    pub fn failures(&self) -> impl Iterator<Item = (&Verdict, &Failure)> {
        let applying = self.verdicts.iter().filter(|verdict| verdict.applies);
        applying.filter_map(|verdict| Some((verdict, verdict.failure.as_ref()?)))
    }
}
