//! Settings that cannot work together (timing lint): each a warning with its arithmetic. Only datasets say what their
//! quotas are, so only they are looked at.

use std::sync::Arc;

use super::context::Context;
use super::dataset::Read;
use super::fields::Fields;
use super::node::Place;
use super::{Connector, LoadWarning, SourceConfig};
use crate::lock::{Facts, Part, ScopeKey};
use crate::model::{LockType, Millis, WorkType};
use crate::rules::{ContentManagerSettings, Retry, RetrySettings, RuleSet, after_failure};
use crate::source::dataset::{Content, Dataset, Per, RateLimit, WhenIgnored};

/// A day.
const DAY: Millis = Millis::from_secs(86_400);

/// What the lint looks at.
pub(super) struct Settings<'a> {
    pub(super) manager: &'a ContentManagerSettings,
    pub(super) retry: &'a RetrySettings,
    pub(super) scope_key: Option<&'a ScopeKey>,
    pub(super) connectors: &'a [Connector],
    pub(super) rules: &'a RuleSet,
}

/// Warns of everything in `datasets` that the settings do not go with.
pub(super) fn lint(
    root: &Fields<'_>,
    settings: &Settings<'_>,
    datasets: &[Read],
    warnings: &mut Vec<LoadWarning>,
) {
    let mut lint = Lint { cx: root.cx, settings, warnings };
    let key_at = root.place_of(&["semaphore_lock", "scope_key"]);
    for read in datasets {
        let readers: Vec<&Connector> = lint.readers(&read.dataset);
        if read.dataset.channels() == Some(0) {
            lint.warn(
                read.content_at,
                "empty-dataset",
                "the dataset has no channels: discoveries will return nothing, and nothing else will run"
                    .to_owned(),
            );
        }
        for (limit, at) in read.dataset.rate_limits.iter().zip(&read.limits_at) {
            lint.page(&read.dataset, limit, *at);
            lint.retries(limit, *at);
            lint.polling(&read.dataset, limit, readers.len(), *at);
            lint.narrow_key(&read.dataset, limit, &readers, key_at);
        }
        for (outage, at) in read.dataset.outages.iter().zip(&read.outages_at) {
            lint.outage(outage.to.since(outage.from), *at);
        }
    }
    lint.wide_key(key_at);
}

struct Lint<'a> {
    cx: &'a Context,
    settings: &'a Settings<'a>,
    warnings: &'a mut Vec<LoadWarning>,
}

impl<'a> Lint<'a> {
    fn warn(&mut self, place: Place, code: &'static str, message: String) {
        self.warnings.push(self.cx.warning(place, code, message));
    }

    /// The connectors that read a dataset.
    fn readers(&self, dataset: &Arc<Dataset>) -> Vec<&'a Connector> {
        let reads = |connector: &&Connector| matches!(&connector.source, SourceConfig::Dataset(of) if Arc::ptr_eq(of, dataset));
        self.settings.connectors.iter().filter(reads).collect()
    }

    /// A full page that no window has room for.
    fn page(&mut self, dataset: &Dataset, limit: &RateLimit, at: Place) {
        let binaries = dataset.page_size.saturating_mul(dataset.binaries_per_record());
        for work_type in [WorkType::ContentSynchronisation, WorkType::ContentRegistration] {
            let cost = limit.cost.with_binaries(work_type, binaries);
            if cost > limit.limit {
                let message = format!(
                    "a full page of a {} costs {} + {binaries} × {} = {cost} units, and a window has {}: it is never let through",
                    work_type.noun(),
                    limit.cost.of(work_type),
                    limit.cost.binary,
                    limit.limit
                );
                return self.warn(at, "page-above-limit", message);
            }
        }
    }

    /// Refusals that count as Failed, and retries that are used up before the window has ended.
    fn retries(&mut self, limit: &RateLimit, at: Place) {
        if limit.semaphore_lock_type != LockType::Scoped || self.settings.scope_key.is_some() {
            return;
        }
        let failed = "without a scope key (`[semaphore_lock]` `scope_key`) every refusal counts as Failed";
        match horizon(self.settings.retry) {
            Some((retries, gave_up)) if gave_up < limit.window => {
                let message = format!(
                    "{failed}, and the {retries} retries give up after {gave_up}, {} before the window of {} ends",
                    Millis(limit.window.0 - gave_up.0),
                    limit.window
                );
                self.warn(at, "retries-before-window", message);
            }
            _ => self.warn(at, "invalid-back-off", failed.to_owned()),
        }
    }

    /// An outage that outlasts the retries.
    fn outage(&mut self, lasts: Millis, at: Place) {
        if let Some((retries, gave_up)) = horizon(self.settings.retry)
            && gave_up < lasts
        {
            let message = format!(
                "the outage lasts {lasts}, and the {retries} retries give up after {gave_up}: whatever fails at its beginning ends as Failed"
            );
            self.warn(at, "retries-before-outage-ends", message);
        }
    }

    /// More asked for, or more arriving, than the limit lets through.
    #[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation, reason = "figures for people")]
    #[allow(clippy::cast_sign_loss, reason = "figures for people")]
    fn polling(&mut self, dataset: &Dataset, limit: &RateLimit, readers: usize, at: Place) {
        let Content::Generated(generate) = &dataset.content else { return };
        if limit.per == Per::Channel || limit.window == Millis::ZERO {
            return;
        }
        let readers = if limit.per == Per::Connector { 1.0 } else { readers as f64 };
        let windows = DAY.0 as f64 / limit.window.0 as f64;
        let units = limit.limit as f64 * windows;
        let channels = generate.channels as f64 * readers;
        let synchronisation = self.settings.manager.of(WorkType::ContentSynchronisation);
        let longest = if synchronisation.exponential_back_off {
            synchronisation.max_delay
        } else {
            synchronisation.base(self.settings.rules)
        };
        let cost = limit.cost.of(WorkType::ContentSynchronisation);
        let polls = channels * DAY.0 as f64 / longest.0.max(1) as f64;
        if polls * cost as f64 > units {
            let message = format!(
                "{channels} channels that are synchronised every {longest} at the least ask {} times a day, at {cost} units {} in all; the limit allows {} a day, so registrations get nothing",
                polls as u64,
                (polls * cost as f64) as u64,
                units as u64
            );
            return self.warn(at, "polling-above-limit", message);
        }
        let binaries = dataset.page_size.saturating_mul(dataset.binaries_per_record());
        let page = limit.cost.with_binaries(WorkType::ContentSynchronisation, binaries).max(1);
        let executions = (limit.limit / page) as f64 * windows;
        let arrivals = channels * generate.changes_per_day.mean();
        if arrivals > executions * dataset.page_size as f64 {
            let message = format!(
                "{} changes arrive a day, and the limit allows {} executions of {} items each ({page} units a full page), {} items: synchronisations fall behind for ever",
                arrivals as u64,
                executions as u64,
                dataset.page_size,
                (executions * dataset.page_size as f64) as u64
            );
            self.warn(at, "arrivals-above-limit", message);
        }
    }

    /// A scope key that differs between operations which share a quota.
    fn narrow_key(&mut self, dataset: &Dataset, limit: &RateLimit, readers: &[&Connector], at: Place) {
        let (Some(key), LockType::Scoped) = (self.settings.scope_key, limit.semaphore_lock_type) else {
            return;
        };
        let has = |part: &Part| key.parts().contains(part);
        let channels = dataset.channels().unwrap_or(0);
        let (keys, by) = if has(&Part::Channel) && limit.per != Per::Channel {
            let types = if has(&Part::WorkType) { 2 } else { 1 };
            (channels * types + 1, "channel")
        } else if has(&Part::WorkType) {
            (if limit.per == Per::Channel { 2 } else { 3 }, "work type")
        } else {
            let mut keys: Vec<String> = Vec::new();
            for reader in readers {
                let first = readers.iter().find(|other| shares(limit.per, other, reader));
                if first.is_some_and(|first| filled(key, first) != filled(key, reader)) {
                    keys.push(filled(key, reader));
                }
            }
            keys.sort();
            keys.dedup();
            (if keys.is_empty() { 0 } else { keys.len() as u64 + 1 }, "connector")
        };
        if keys < 2 {
            return;
        }
        let whose = match limit.per {
            Per::Source => "source",
            Per::Tenant => "tenant",
            Per::Connector => "connector",
            Per::Channel => "channel",
        };
        let start = format!(
            "the quota of {} units in {} is one for the {whose}, and `{key}` makes {keys} keys of it, one a {by}",
            limit.limit, limit.window
        );
        if limit.when_ignored == WhenIgnored::Extend {
            let message = format!(
                "{start}: each operation's lock ends with the window as it was then, and every call of the other {} begins it anew, so the lock is shorter than the window",
                keys - 1
            );
            self.warn(at, "lock-shorter-than-window", message);
        } else {
            let message = format!("{start}: in each window up to {} more calls are refused", keys - 1);
            self.warn(at, "scope-key-too-narrow", message);
        }
    }

    /// A scope key that is the same for connectors which share no quota.
    fn wide_key(&mut self, at: Place) {
        let Some(key) = self.settings.scope_key else { return };
        if key.parts().contains(&Part::Channel) {
            return;
        }
        let limited: Vec<(&Connector, &Arc<Dataset>)> = (self.settings.connectors.iter())
            .filter_map(|connector| match &connector.source {
                SourceConfig::Dataset(dataset) if scoped(dataset).next().is_some() => {
                    Some((connector, dataset))
                }
                _ => None,
            })
            .collect();
        for (place, (one, source)) in limited.iter().enumerate() {
            let apart = limited[place + 1..].iter().find(|(other, of)| {
                let together =
                    Arc::ptr_eq(source, of) && scoped(source).any(|limit| shares(limit.per, one, other));
                !together && filled(key, one) == filled(key, other)
            });
            if let Some((other, _)) = apart {
                let message = format!(
                    "`{key}` comes out as \"{}\" for both `{}` and `{}`, which share no quota: when one is throttled, the other waits, too",
                    filled(key, one),
                    one.id,
                    other.id
                );
                return self.warn(at, "scope-key-too-wide", message);
            }
            let channels = source.channels().unwrap_or(0);
            if channels > 1 && scoped(source).all(|limit| limit.per == Per::Channel) {
                let message = format!(
                    "the quota is one for each channel, and `{key}` is the same for all {channels} of them: when one is throttled, all wait"
                );
                return self.warn(at, "scope-key-too-wide", message);
            }
        }
    }
}

/// How many retries there are, and how long after the first failure the operation is given up; `None`: never.
fn horizon(retry: &RetrySettings) -> Option<(u32, Millis)> {
    /// More retries than this outlast every window.
    const MANY: u32 = 100_000;
    let mut waited = Millis::ZERO;
    for failures in 1..MANY {
        match after_failure(retry, failures) {
            Retry::After(delay) => waited += delay.ms,
            Retry::GiveUp => return Some((failures - 1, waited)),
        }
    }
    None
}

/// The limits of a dataset that ask for Scoped locks.
fn scoped(dataset: &Dataset) -> impl Iterator<Item = &RateLimit> {
    dataset.rate_limits.iter().filter(|limit| limit.semaphore_lock_type == LockType::Scoped)
}

/// Whether a limit of their common source counts two connectors together.
fn shares(per: Per, one: &Connector, other: &Connector) -> bool {
    match per {
        Per::Source | Per::Channel => true,
        Per::Tenant => one.tenant_id == other.tenant_id,
        Per::Connector => one.id == other.id,
    }
}

/// The key of a connector's synchronisations.
fn filled(key: &ScopeKey, connector: &Connector) -> String {
    key.fill(&Facts {
        connector_id: &connector.id,
        tenant_id: &connector.tenant_id,
        connector_type: &connector.connector_type,
        properties: &connector.properties,
        work_type: WorkType::ContentSynchronisation,
        channel: "",
    })
}
