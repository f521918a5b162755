//! Runs scenarios, under one or both rule sets, with their own seed or with many, on all cores.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use super::outcome::{Case, Outcome, Ran, Status};
use super::scenario::Loaded;
use super::{Scenario, Seeds, pool};
use crate::clock::now;
use crate::config::{self, Overrides, Problems};
use crate::rules::Rules;

/// Seeds are handed out in portions of at most this many.
const MOST_SEEDS_A_PORTION: u64 = 64;
/// So many portions a thread, at least, so that at the end no thread waits long for another one's last.
const PORTIONS_A_THREAD: u64 = 32;

/// What to do about golden summaries.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Goldens {
    /// Nothing: the run is not the one that they are about.
    Ignore,
    /// Compare with those that there are.
    Compare,
    /// Write them anew.
    Accept,
}

/// How to run scenarios.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Under these rule sets; under the file's own if there is none.
    pub rules: Vec<Rules>,
    /// Under these seeds; under the file's own if there is none.
    pub seeds: Option<Seeds>,
    /// Each `--set KEY=VALUE`.
    pub set: Vec<String>,
    /// Whether the first one that does not pass ends the tests.
    pub fail_fast: bool,
    /// What to do about golden summaries.
    pub goldens: Goldens,
    /// On so many threads.
    pub threads: usize,
}

/// Whoever wants to know while scenarios run.
pub trait Listener {
    /// So many of so many runs are done.
    fn progress(&mut self, done: usize, of: usize);
    /// This is the next in order, and it is done.
    fn finished(&mut self, case: &Case);
}

/// Runs `scenarios`, and tells what came of each, in their order; those of one scenario by rule set. Ends early when `stop`
/// becomes true.
pub fn run(scenarios: &[Scenario], plan: &Plan, stop: &AtomicBool, listener: &mut dyn Listener) -> Vec<Case> {
    let rules: Vec<Option<Rules>> =
        if plan.rules.is_empty() { vec![None] } else { plan.rules.iter().copied().map(Some).collect() };
    let jobs: Vec<(&Scenario, Option<Rules>)> =
        scenarios.iter().flat_map(|scenario| rules.iter().map(move |rules| (scenario, *rules))).collect();
    let mut loaded: Vec<Option<(Result<Loaded, Problems>, Duration)>> = jobs.iter().map(|_| None).collect();
    pool::each(
        &jobs,
        plan.threads,
        |(scenario, rules)| load(scenario, *rules, plan),
        |place, result| {
            loaded[place] = Some(result);
            go_on(stop)
        },
    );

    let mut cases = Cases {
        listener,
        stop,
        all: Vec::new(),
        waiting: BTreeMap::new(),
        told: 0,
        ended: false,
        done: 0,
        of: 0,
    };
    let mut ready: Vec<Option<Loaded>> = Vec::new();
    let mut portions = Vec::new();
    for (place, ((scenario, rules), loaded)) in jobs.iter().zip(loaded).enumerate() {
        let mut case = Case {
            scenario: (*scenario).clone(),
            rules: *rules,
            rules_asked: rules.is_some(),
            outcome: Outcome::NotRun,
            took: Duration::ZERO,
        };
        let loaded = match loaded {
            None => None,
            Some((Err(problems), took)) => {
                (case.outcome, case.took) = (Outcome::Broken(problems), took);
                None
            }
            Some((Ok(loaded), took)) => {
                (case.rules, case.took) = (Some(loaded.rules), took);
                portions.extend(portions_of(&loaded, plan).into_iter().map(|seeds| (place, seeds)));
                Some(loaded)
            }
        };
        cases.all.push(case);
        ready.push(loaded);
    }
    for (place, _) in &portions {
        *cases.waiting.entry(*place).or_insert((0, None)) =
            (cases.waiting.get(place).map_or(0, |each| each.0) + 1, None);
    }
    cases.of = portions.len();
    if cases.tell(plan, &ready).is_continue() {
        pool::each(
            &portions,
            plan.threads,
            |(place, seeds)| {
                let started = now();
                let ran = ready[*place].as_ref().and_then(|loaded| run_portion(loaded, *seeds, plan, stop));
                (ran, started.elapsed())
            },
            |portion, (ran, took)| cases.take_in(portions[portion].0, ran, took, plan, &ready),
        );
    }
    cases.finish(plan)
}

fn go_on(stop: &AtomicBool) -> ControlFlow<()> {
    if stop.load(std::sync::atomic::Ordering::Relaxed) {
        ControlFlow::Break(())
    } else {
        ControlFlow::Continue(())
    }
}

fn load(scenario: &Scenario, rules: Option<Rules>, plan: &Plan) -> (Result<Loaded, Problems>, Duration) {
    let started = now();
    let overrides = |rules| Overrides { set: plan.set.clone(), rules, ..Overrides::default() };
    let loaded = config::load(&scenario.path, &overrides(rules)).map(|config| {
        // Which golden summary belongs to a rule set that was asked for depends on the file's own.
        let own = match rules {
            Some(asked) if plan.goldens != Goldens::Ignore => {
                config::load(&scenario.path, &overrides(None)).map_or(asked, |config| config.simulation.rules)
            }
            _ => config.simulation.rules,
        };
        Loaded::new(scenario.clone(), config, own, plan.rules.len() > 1)
    });
    (loaded, started.elapsed())
}

/// Seeds that one job runs: the first, the last.
type Portion = (u64, u64);

fn portions_of(loaded: &Loaded, plan: &Plan) -> Vec<Portion> {
    let own = loaded.config.simulation.seed;
    let Some(seeds) = plan.seeds else { return vec![(own, own)] };
    if !loaded.draws_at_random() {
        return vec![(seeds.first, seeds.first)];
    }
    let count = seeds.last - seeds.first + 1;
    let size = (count / (plan.threads as u64 * PORTIONS_A_THREAD)).clamp(1, MOST_SEEDS_A_PORTION);
    let starts = (0..count.div_ceil(size)).map(|portion| seeds.first + portion * size);
    starts.map(|first| (first, first.saturating_add(size - 1).min(seeds.last))).collect()
}

fn run_portion(loaded: &Loaded, (first, last): Portion, plan: &Plan, stop: &AtomicBool) -> Option<Ran> {
    let mut sum: Option<Ran> = None;
    for seed in first..=last {
        let ran = loaded.run(seed, plan.goldens, stop)?;
        match &mut sum {
            None => sum = Some(ran),
            Some(sum) => sum.add(ran),
        }
    }
    sum
}

/// The cases, as they come in.
struct Cases<'l> {
    listener: &'l mut dyn Listener,
    stop: &'l AtomicBool,
    all: Vec<Case>,
    /// By place: how many portions are still to come, and what came of the others.
    waiting: BTreeMap<usize, (usize, Option<Ran>)>,
    /// So many were told to the listener, in order.
    told: usize,
    /// One that did not pass has ended the tests.
    ended: bool,
    done: usize,
    of: usize,
}

impl Cases<'_> {
    fn take_in(
        &mut self,
        place: usize,
        ran: Option<Ran>,
        took: Duration,
        plan: &Plan,
        ready: &[Option<Loaded>],
    ) -> ControlFlow<()> {
        self.done += 1;
        self.listener.progress(self.done, self.of);
        self.all[place].took += took;
        let Some(ran) = ran else { return ControlFlow::Break(()) };
        if let Some((left, sum)) = self.waiting.get_mut(&place) {
            *left -= 1;
            match sum {
                None => *sum = Some(ran),
                Some(sum) => sum.add(ran),
            }
            if *left > 0 {
                return go_on(self.stop);
            }
        }
        if let (Some((_, Some(mut ran))), Some(loaded)) = (self.waiting.remove(&place), &ready[place]) {
            ran.nothing_random = plan.seeds.is_some() && !loaded.draws_at_random();
            loaded.explain(&mut ran, self.stop);
            self.all[place].outcome = Outcome::Ran(ran);
        }
        self.tell(plan, ready)
    }

    /// Tells the listener of what is done, as far as all before it are.
    fn tell(&mut self, plan: &Plan, ready: &[Option<Loaded>]) -> ControlFlow<()> {
        while let Some(case) = self.all.get(self.told).filter(|_| !self.ended) {
            let unfinished = case.status() == Status::NotRun && ready[self.told].is_some();
            if unfinished {
                break;
            }
            self.told += 1;
            self.listener.finished(case);
            if plan.fail_fast && matches!(case.status(), Status::Failed | Status::Broken) {
                self.ended = true;
            }
        }
        if self.ended { ControlFlow::Break(()) } else { go_on(self.stop) }
    }

    /// What was not told is not run: with `--fail-fast` some may have been, but which ones would be chance.
    fn finish(mut self, plan: &Plan) -> Vec<Case> {
        for case in &mut self.all[self.told..] {
            if plan.fail_fast {
                case.outcome = Outcome::NotRun;
            }
            self.listener.finished(case);
        }
        self.all
    }
}
