//! One scenario: loaded once, run under one seed or many, and held against its expectations and its golden summary.

use std::fs;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use super::evidence::Witness;
use super::outcome::{Failure, GoldenOutcome, Ran, Stuck, Verdict};
use super::{Goldens, Scenario};
use crate::config::{ConnectorConfig, Expectation};
use crate::event::{Ending, RunEvent};
use crate::model::VirtualTime;
use crate::report::Summary;
use crate::report::expect::{self, Checked};
use crate::report::golden::{self, Golden, Recorder};
use crate::report::summary::Holds;
use crate::rules::Rules;
use crate::run::{Pace, run};
use crate::words;

/// As fast as it goes, unless somebody asks to stop.
pub(super) struct Interruptible<'f>(pub(super) &'f AtomicBool);

impl Pace for Interruptible<'_> {
    fn until(&mut self, at: VirtualTime) -> ControlFlow<VirtualTime> {
        if self.0.load(Ordering::Relaxed) { ControlFlow::Break(at) } else { ControlFlow::Continue(()) }
    }
}

/// A scenario that can be run.
pub(super) struct Loaded {
    pub(super) scenario: Scenario,
    pub(super) config: ConnectorConfig,
    pub(super) rules: Rules,
    /// The expectations; all of them for all rule sets, so that the rule sets can be compared.
    pub(super) expectations: Vec<Expectation>,
    /// The rule set that the file itself asks for.
    pub(super) own_rules: Rules,
}

impl Loaded {
    /// `compare_rules`: expectations for the other rule set are looked at, too.
    pub(super) fn new(
        scenario: Scenario,
        config: ConnectorConfig,
        own_rules: Rules,
        compare_rules: bool,
    ) -> Self {
        let rules = config.simulation.rules;
        let mut expectations = config.expectations.clone();
        if compare_rules {
            for each in &mut expectations {
                each.rules = Rules::ALL.to_vec();
            }
        } else {
            expectations.retain(|each| each.rules.contains(&rules));
        }
        Self { scenario, config, rules, expectations, own_rules }
    }

    /// Whether its seed can make any difference.
    pub(super) fn draws_at_random(&self) -> bool {
        self.config.draws_at_random()
    }

    /// Runs it once under `seed`. None if somebody asked to stop.
    pub(super) fn run(&self, seed: u64, goldens: Goldens, stop: &AtomicBool) -> Option<Ran> {
        let config = self.with_seed(seed);
        // What nothing is compared with need not be recorded.
        let record = goldens == Goldens::Accept
            || goldens == Goldens::Compare && !matches!(self.golden_paths().0.try_exists(), Ok(false));
        let mut recorder = record.then(Recorder::default);
        let mut summary = Summary::keeping(if record { Holds::All } else { Holds::None });
        let mut pace = Interruptible(stop);
        let ending = match &mut recorder {
            None => run(&config, self.rules, &mut pace, &mut summary),
            Some(recorder) => run(&config, self.rules, &mut pace, &mut |event: &RunEvent<'_>| {
                summary.observe(event);
                recorder.observe(event);
            }),
        };
        if ending == Ending::Interrupted {
            return None;
        }
        let reason = summary.finished().map(|finished| finished.reason.to_string()).unwrap_or_default();
        let stuck = (ending == Ending::NoProgress).then_some(Stuck { seeds: 1, seed, reason });
        let golden = match recorder {
            Some(recorder) if stuck.is_none() => self.golden(&recorder.finish(&summary), goldens),
            _ => GoldenOutcome::None,
        };
        let checked = expect::check(&summary, &self.expectations, self.rules);
        let verdicts = checked.iter().map(|checked| self.verdict(checked, seed)).collect();
        Some(Ran { runs: 1, nothing_random: false, seed: Some(seed), stuck, verdicts, golden })
    }

    fn with_seed(&self, seed: u64) -> ConnectorConfig {
        let mut config = self.config.clone();
        config.simulation.seed = seed;
        config
    }

    fn verdict(&self, checked: &Checked<'_>, seed: u64) -> Verdict {
        let expectation = checked.expectation;
        let original = self
            .config
            .expectations
            .iter()
            .find(|each| each.place == expectation.place && each.name == expectation.name);
        let failed = checked.conditions.iter().filter(|condition| !condition.passed);
        let no_match = checked.no_match.as_ref().map(ToString::to_string);
        let miss = failed.clone().fold(0u64, |sum, condition| sum.saturating_add(condition.miss));
        let failure = (!checked.passed()).then(|| Failure {
            seeds: 1,
            worst_seed: seed,
            miss: if no_match.is_some() { u64::MAX } else { miss },
            conditions: failed.cloned().collect(),
            no_match,
            events: Vec::new(),
        });
        Verdict {
            name: expectation.name.clone(),
            place: expectation.place.clone(),
            filter: expect::in_words(&expectation.filter),
            applies: original.is_none_or(|each| each.rules.contains(&self.rules)),
            failure,
        }
    }

    /// Finds the events nearest to the reason of each failure, by running again what failed.
    pub(super) fn explain(&self, ran: &mut Ran, stop: &AtomicBool) {
        let failures = ran.verdicts.iter_mut().zip(&self.expectations).filter(|(verdict, _)| verdict.applies);
        for (verdict, expectation) in failures {
            let Some(failure) = &mut verdict.failure else { continue };
            let mut witnesses: Vec<Witness<'_>> = expectation
                .conditions
                .iter()
                .filter_map(|condition| {
                    let failed = failure
                        .conditions
                        .iter()
                        .find(|each| each.measure == expect::key(condition.measure))?;
                    Some(Witness::new(expectation, condition, failed.below))
                })
                .collect();
            let config = self.with_seed(failure.worst_seed);
            run(&config, self.rules, &mut Interruptible(stop), &mut |event: &RunEvent<'_>| {
                for witness in &mut witnesses {
                    witness.observe(event);
                }
            });
            failure.events = witnesses.into_iter().flat_map(Witness::events).collect();
            let mut seen = std::collections::BTreeSet::new();
            failure.events.retain(|event| seen.insert(event.clone()));
        }
    }

    /// The file of its golden summary, and what it is called in messages.
    fn golden_paths(&self) -> (PathBuf, String) {
        let rules = (self.rules != self.own_rules).then_some(self.rules);
        let name = golden_path(Path::new(&self.scenario.name), rules);
        (golden_path(&self.scenario.path, rules), words::path(&name))
    }

    fn golden(&self, now: &Golden, goldens: Goldens) -> GoldenOutcome {
        let (path, name) = self.golden_paths();
        let accepted = match fs::read_to_string(&path) {
            Ok(text) => Some(text),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
            Err(error) => return GoldenOutcome::Unusable(name, format!("cannot be read: {error}")),
        };
        let difference = accepted.map(|text| golden::compare(&text, now));
        match (difference, goldens) {
            (Some(None), _) => GoldenOutcome::Same(name),
            (_, Goldens::Accept) => match fs::write(&path, now.text()) {
                Ok(()) => GoldenOutcome::Accepted(name),
                Err(error) => GoldenOutcome::Unusable(name, format!("cannot be written: {error}")),
            },
            (Some(Some(difference)), _) => GoldenOutcome::Differs(name, Box::new(difference)),
            (None, _) => GoldenOutcome::None,
        }
    }
}

/// `NAME.golden.txt` beside `NAME.connector.toml`; `connector.golden.txt` beside `connector.toml`. Under another rule set than
/// the file's own, `NAME.sdk.golden.txt`.
fn golden_path(scenario: &Path, rules: Option<Rules>) -> PathBuf {
    let name = scenario.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let stem = name.strip_suffix(".connector.toml").or_else(|| name.strip_suffix(".toml")).unwrap_or(&name);
    let marker = rules.map(|rules| format!(".{rules}")).unwrap_or_default();
    scenario.with_file_name(format!("{stem}{marker}.golden.txt"))
}

impl Ran {
    /// Takes in what came of other seeds of the same scenario.
    pub(super) fn add(&mut self, other: Self) {
        self.runs += other.runs;
        self.seed = None;
        self.stuck = match (self.stuck.take(), other.stuck) {
            (Some(mine), Some(theirs)) => {
                let seeds = mine.seeds + theirs.seeds;
                Some(if mine.seed <= theirs.seed {
                    Stuck { seeds, ..mine }
                } else {
                    Stuck { seeds, ..theirs }
                })
            }
            (mine, theirs) => mine.or(theirs),
        };
        for (mine, theirs) in self.verdicts.iter_mut().zip(other.verdicts) {
            mine.failure = match (mine.failure.take(), theirs.failure) {
                (Some(mine), Some(theirs)) => {
                    let seeds = mine.seeds + theirs.seeds;
                    let worse = (theirs.miss, mine.worst_seed) > (mine.miss, theirs.worst_seed);
                    Some(Failure { seeds, ..if worse { theirs } else { mine } })
                }
                (mine, theirs) => mine.or(theirs),
            };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn golden_files_stand_beside_their_scenario() {
        let check = |scenario: &str, rules, expect: &str| {
            assert_eq!(golden_path(Path::new(scenario), rules), Path::new(expect));
        };
        check("a/connector.toml", None, "a/connector.golden.txt");
        check("a/late.connector.toml", None, "a/late.golden.txt");
        check("late.connector.toml", Some(Rules::Sdk), "late.sdk.golden.txt");
    }

    #[test]
    fn seeds_add_up_in_any_order() {
        let ran = |seed: u64, miss: u64| Ran {
            runs: 1,
            nothing_random: false,
            seed: Some(seed),
            stuck: None,
            verdicts: vec![Verdict {
                name: "n".to_owned(),
                place: ("f".to_owned(), 1),
                filter: String::new(),
                applies: true,
                failure: (miss > 0).then(|| Failure {
                    seeds: 1,
                    worst_seed: seed,
                    miss,
                    conditions: Vec::new(),
                    no_match: None,
                    events: Vec::new(),
                }),
            }],
            golden: GoldenOutcome::None,
        };
        for order in [[1, 2, 3, 4], [4, 3, 2, 1], [3, 1, 4, 2]] {
            let mut runs =
                order.map(|seed| ran(seed, [0, 5, 9, 9][usize::try_from(seed).unwrap() - 1])).into_iter();
            let mut sum = runs.next().unwrap();
            runs.for_each(|run| sum.add(run));
            let failure = sum.verdicts[0].failure.as_ref().unwrap();
            assert_eq!(
                (sum.runs, failure.seeds, failure.miss, failure.worst_seed),
                (4, 3, 9, 3),
                "{order:?}"
            );
        }
    }
}
