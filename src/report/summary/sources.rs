//! How a connector used its content source: calls against the source's quota, refusals, and what was submitted. Only of
//! sources that say what their quota is.

use std::collections::BTreeMap;

use crate::event::{AuditFact, ConnectorFact, Execution, Quota};
use crate::model::{Call, Millis, Outcome, Text, VirtualTime, WorkType};
use crate::source::Tally;

/// An hour.
const HOUR: u64 = 3_600_000;

/// How one connector used its content source.
#[derive(Clone, Debug, Default)]
pub struct SourceUse {
    /// The connector.
    pub connector: Text,
    /// The most items of an answer.
    pub page_size: u64,
    /// The source's rate limits.
    pub quotas: Vec<Quota>,
    /// Calls that the source answered with a Complete or an Incomplete, by work type.
    answered: [u64; WorkType::ALL.len()],
    /// Binaries that they brought.
    binaries: [u64; WorkType::ALL.len()],
    /// All calls.
    pub calls: u64,
    /// Calls that the source refused.
    pub refused: u64,
    /// Calls that started while it throttled.
    pub while_throttled: u64,
    /// What was submitted compared with what there was; known at the end of the run.
    pub tallies: Vec<Tally>,
    /// The channels that its latest discovery returned.
    pub channels: u64,
    /// Starts of calls, by second.
    seconds: BTreeMap<u64, u32>,
    /// Pages of registrations, by hour of their call's start.
    pages: BTreeMap<u64, u64>,
}

/// Calls that started together.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Peak {
    /// How many.
    pub calls: u64,
    /// From when on.
    pub at: VirtualTime,
}

impl SourceUse {
    /// `None` for a source that does not say what it is like.
    pub(super) fn of(fact: &ConnectorFact<'_>) -> Option<Self> {
        let page_size = fact.page_size?;
        let connector = Text::from(&*fact.id);
        Some(Self { connector, page_size, quotas: fact.quotas.clone(), ..Self::default() })
    }

    pub(super) fn execution(&mut self, at: VirtualTime, execution: &Execution<'_>) {
        if execution.call == Call::None {
            return;
        }
        let work_type = execution.subject.work_type;
        self.calls += 1;
        self.while_throttled += u64::from(execution.while_throttled);
        *self.seconds.entry(at.0 / 1000).or_default() += 1;
        match execution.result {
            Outcome::Complete | Outcome::Incomplete => {
                self.answered[work_type as usize] += 1;
                let binaries = &mut self.binaries[work_type as usize];
                *binaries = binaries.saturating_add(execution.binaries.unwrap_or(0));
                self.channels = execution.channels.unwrap_or(self.channels);
                if work_type == WorkType::ContentRegistration {
                    *self.pages.entry(at.0 / HOUR).or_default() += 1;
                }
            }
            Outcome::BackOff => self.refused += 1,
            // Without a scope key a refusal counts as Failed, and says so.
            Outcome::Failed if execution.reason.starts_with("back-off without") => self.refused += 1,
            _ => {}
        }
    }

    pub(super) fn finish(&mut self, audits: &[AuditFact<'_>]) {
        let mine = audits.iter().filter(|audit| *audit.connector == *self.connector);
        self.tallies = mine.map(|audit| audit.tally).collect();
    }

    /// How badly its source was treated: the worst is the greatest.
    pub fn mistreated(&self) -> impl Ord + use<> {
        (self.while_throttled, self.refused * 10_000 / self.calls.max(1), self.calls)
    }

    /// How much is wrong with what was submitted: the worst is the greatest.
    pub fn unfinished(&self) -> impl Ord + use<> {
        let sum = |amount: fn(&Tally) -> u64| self.tallies.iter().map(amount).sum::<u64>();
        [sum(|tally| tally.missing), sum(|tally| tally.repeated), sum(|tally| tally.to_come)]
    }

    /// The counts of one kind of work.
    pub fn tally(&self, work_type: WorkType) -> Option<&Tally> {
        self.tallies.iter().find(|tally| tally.work_type == work_type)
    }

    /// Calls of one kind that the source answered with a Complete or an Incomplete.
    pub const fn answered(&self, work_type: WorkType) -> u64 {
        self.answered[work_type as usize]
    }

    /// Most calls that started in one second: the herd.
    pub fn herd(&self) -> Option<Peak> {
        self.peak(Millis::from_secs(1))
    }

    /// Most calls that started within so much time, by whole seconds.
    pub fn peak(&self, window: Millis) -> Option<Peak> {
        let length = window.secs_ceil().max(1);
        let mut within = 0;
        let mut behind = self.seconds.iter();
        let mut best: Option<Peak> = None;
        let mut first = behind.next();
        for (second, calls) in &self.seconds {
            within += u64::from(*calls);
            while let Some((early, calls)) = first.filter(|(early, _)| **early + length <= *second) {
                _ = early;
                within -= u64::from(*calls);
                first = behind.next();
            }
            if best.is_none_or(|best| within > best.calls) {
                let since = first.map_or(*second, |(early, _)| *early);
                best = Some(Peak { calls: within, at: VirtualTime(since * 1000) });
            }
        }
        best
    }

    /// How many full pages of registrations the tightest quota allows an hour, and the worth of how many of them the
    /// synchronisations took in `elapsed`.
    #[allow(clippy::cast_precision_loss, reason = "figures for people")]
    pub fn pages_an_hour(&self, elapsed: Millis) -> Option<(f64, f64)> {
        let hours = elapsed.0 as f64 / HOUR as f64;
        let allowed = self.quotas.iter().filter(|quota| quota.per != crate::source::dataset::Per::Channel);
        let allowed = allowed.map(|quota| {
            let units = quota.limit as f64 * HOUR as f64 / quota.window_ms.0.max(1) as f64;
            let registration = WorkType::ContentRegistration as usize;
            let pages = self.answered[registration].max(1);
            let page = quota
                .cost
                .with_binaries(WorkType::ContentRegistration, self.binaries[registration].div_ceil(pages));
            let synchronisation = WorkType::ContentSynchronisation;
            let taken = self.answered(synchronisation) * quota.cost.of(synchronisation)
                + self.binaries[synchronisation as usize] * quota.cost.binary;
            let page = page.max(1) as f64;
            (units / page, taken as f64 / page / hours.max(f64::MIN_POSITIVE))
        });
        allowed.min_by(|one, other| one.0.total_cmp(&other.0))
    }

    /// What the latest pace of registrations is judged by: the last quarter of `elapsed`, but at least the longest window
    /// of a quota, in which all the pages may come at the beginning.
    pub fn lately(&self, elapsed: Millis) -> Millis {
        let longest = self.quotas.iter().map(|quota| quota.window_ms.0).max().unwrap_or(0);
        Millis((elapsed.0 / 4).max(longest).min(elapsed.0))
    }

    /// Registrations' pages an hour, lately.
    #[allow(clippy::cast_precision_loss, reason = "figures for people")]
    pub fn recent_pages_an_hour(&self, elapsed: Millis) -> f64 {
        let from = (elapsed.0 - self.lately(elapsed).0) / HOUR;
        let pages: u64 = self.pages.range(from..).map(|(_, pages)| *pages).sum();
        pages as f64 / (elapsed.0.div_ceil(HOUR).saturating_sub(from).max(1)) as f64
    }
}
