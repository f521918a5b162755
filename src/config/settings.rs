//! `[simulation]`, `[content_manager]`, `[retry]` and `[semaphore_lock]` (SPEC sections 2, 6 and 7), and every setting
//! in force by its dotted key.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::Value as Json;

use super::context::Context;
use super::fields::Fields;
use super::node::{Node, Place};
use super::problem::excerpt;
use super::{ConnectorConfig, LoadWarning, Simulation};
use crate::lock::ScopeKey;
use crate::model::{Millis, WorkType};
use crate::rules::{ContentManagerSettings, DelaySettings, RetrySettings, RuleSet, Rules};
use crate::words::nearest;

/// Midnight UTC, 1 January 2026 (SPEC section 7).
pub(super) const DEFAULT_START: Timestamp = Timestamp::constant(1_767_225_600, 0);
/// Years 1 to 9000: whatever a run adds to its start can still be written down.
const STARTS: std::ops::Range<i64> = -62_135_596_800..221_845_392_000;

/// `[simulation]`, with what the command line says instead.
pub(super) fn simulation(root: &Fields<'_>, rules: Option<Rules>, seed: Option<u64>) -> Option<Simulation> {
    let cx = root.cx;
    let node = root.require("simulation", "the table `[simulation]` with its `duration`, such as \"2h\"")?;
    let fields = Fields::of(cx, node, "[simulation]")?;
    let duration = fields
        .require("duration", "how long the run lasts, such as \"2h\"")
        .and_then(|node| cx.duration(node));
    let start = fields.take("start").and_then(|node| start(cx, node)).unwrap_or(DEFAULT_START);
    let file_seed = fields.take("seed").and_then(|node| cx.whole(node, 0, u64::MAX)).unwrap_or(0);
    let file_rules =
        fields.take("rules").and_then(|node| cx.word(node, &Rules::ALL, Rules::parse)).unwrap_or_default();
    let until = fields.take("until").and_then(|node| {
        cx.word_of(node, &["registrations-ended"], |text| {
            (crate::model::normalised(text) == "registrationsended").then_some(0)
        })
    });
    fields.finish();
    Some(Simulation {
        duration: duration?,
        start,
        seed: seed.unwrap_or(file_seed),
        rules: rules.unwrap_or(file_rules),
        until_registrations_ended: until.is_some(),
    })
}

fn start(cx: &Context, node: &Node) -> Option<Timestamp> {
    let start = cx.wall_clock(node)?;
    if STARTS.contains(&start.as_second()) {
        return Some(start);
    }
    cx.out_of_range(node, "expected a year from 1 to 8999");
    None
}

/// `[content_manager]` and its three sections. `rules` decide the default delay (D16), which a cap may be below.
pub(super) fn content_manager(
    root: &Fields<'_>,
    rules: &RuleSet,
    warnings: &mut Vec<LoadWarning>,
) -> ContentManagerSettings {
    let cx = root.cx;
    let mut settings = ContentManagerSettings::default();
    let Some(fields) =
        root.take("content_manager").and_then(|node| Fields::of(cx, node, "[content_manager]"))
    else {
        return settings;
    };
    let second = Millis::from_secs(1);
    set(&mut settings.delay, fields.take("delay_seconds").and_then(|node| cx.duration_from(node, second)));
    set(
        &mut settings.max_disabled_connector_age,
        fields.take("max_disabled_connector_age").and_then(|node| cx.duration_or_never(node)),
    );
    for work_type in WorkType::ALL {
        let key = work_type.key();
        let Some(section) =
            fields.take(key).and_then(|node| Fields::of(cx, node, format!("[content_manager.{key}]")))
        else {
            continue;
        };
        let (read, cap) = delay_settings(&section);
        if *work_type == WorkType::ContentRegistration {
            let reschedule = section.take("reschedule_on_complete").and_then(|node| cx.flag(node));
            set(&mut settings.reschedule_on_complete, reschedule);
        } else {
            section.refuse("reschedule_on_complete", "only registrations have it");
        }
        section.finish();
        if let Some(place) = cap
            && read.exponential_back_off
            && read.base(rules) > read.max_delay
        {
            let message = format!(
                "the delay of {} never takes effect: `max_delay_seconds` is {}",
                read.base(rules),
                read.max_delay
            );
            warnings.push(cx.warning(place, "delay-above-cap", message));
        }
        *match work_type {
            WorkType::ChannelDiscovery => &mut settings.channel_discovery,
            WorkType::ContentSynchronisation => &mut settings.content_synchronisation,
            WorkType::ContentRegistration => &mut settings.content_registration,
        } = read;
    }
    fields.finish();
    settings
}

/// One work type's five settings, and where its delay or else its cap stands.
fn delay_settings(fields: &Fields<'_>) -> (DelaySettings, Option<Place>) {
    let cx = fields.cx;
    let mut settings = DelaySettings::default();
    let delay = fields.take("delay_seconds");
    settings.delay = delay.and_then(|node| cx.duration(node));
    let flag = |key| fields.take(key).and_then(|node| cx.flag(node));
    set(&mut settings.exponential_back_off, flag("exponential_back_off"));
    set(&mut settings.immediate_re_execution, flag("immediate_re_execution"));
    set(&mut settings.random_delay, flag("random_delay"));
    let cap = fields.take("max_delay_seconds");
    set(&mut settings.max_delay, cap.and_then(|node| cx.duration(node)));
    (settings, delay.or(cap).map(|node| node.at))
}

/// `[retry]`.
pub(super) fn retry(root: &Fields<'_>) -> RetrySettings {
    let cx = root.cx;
    let mut settings = RetrySettings::default();
    if let Some(fields) = root.take("retry").and_then(|node| Fields::of(cx, node, "[retry]")) {
        let flag = |key| fields.take(key).and_then(|node| cx.flag(node));
        let duration = |key| fields.take(key).and_then(|node| cx.duration(node));
        set(&mut settings.retry_on_failure, flag("retry_on_failure"));
        set(
            &mut settings.max_retries,
            fields.take("max_retries").and_then(|node| cx.count_or_unlimited(node)),
        );
        set(&mut settings.retry_delay, duration("retry_delay"));
        set(&mut settings.exponential_retry_delay, flag("exponential_retry_delay"));
        set(&mut settings.max_retry_delay, duration("max_retry_delay"));
        fields.finish();
    }
    settings
}

/// `[semaphore_lock]`.
pub(super) fn scope_key(root: &Fields<'_>) -> Option<ScopeKey> {
    let cx = root.cx;
    let fields = Fields::of(cx, root.take("semaphore_lock")?, "[semaphore_lock]")?;
    let node = fields.take("scope_key");
    fields.finish();
    let node = node?;
    let template = cx.text(node)?;
    let unknown = match ScopeKey::parse(template) {
        Ok(key) => return Some(key),
        Err(unknown) => unknown,
    };
    // Without escapes the template stands in the file as it is, so the very piece can be shown.
    let place = match cx.text_at(node.at).find(template) {
        Some(at) => {
            let start = node.at.start + at;
            Place { start: start + unknown.at.start, end: start + unknown.at.end, ..node.at }
        }
        None => node.at,
    };
    let all = ScopeKey::PLACEHOLDERS.map(|name| format!("`{{{name}}}`")).join(", ");
    let found = excerpt(&unknown.found);
    if matches!(&*found, "{" | "}") {
        cx.problem(place, format!("`{found}` has no partner"))
            .expected("expected a placeholder in braces")
            .help(format!("the placeholders are {all}"))
    } else {
        let problem = cx.problem(place, format!("unknown placeholder `{{{found}}}`"));
        match nearest(&found, ScopeKey::PLACEHOLDERS) {
            Some(name) => problem
                .expected(format!("did you mean `{{{name}}}`?"))
                .help(format!("the placeholders are {all}")),
            None => problem.expected(format!("expected one of {all}")),
        }
    }
    .report();
    None
}

fn set<T>(setting: &mut T, value: Option<T>) {
    if let Some(value) = value {
        *setting = value;
    }
}

/// Each setting in force under `rules` by its dotted key: durations in seconds, or in words where they are no whole
/// seconds; -1 is without limit.
pub fn settings(config: &ConnectorConfig, rules: &RuleSet) -> BTreeMap<String, Json> {
    let manager = &config.content_manager;
    let mut all = BTreeMap::new();
    let mut put = |key: String, value: Json| all.insert(key, value);
    put("content_manager.delay_seconds".into(), seconds(manager.delay));
    let age = manager.max_disabled_connector_age.map_or(Json::from(-1), seconds);
    put("content_manager.max_disabled_connector_age".into(), age);
    for work_type in WorkType::ALL {
        let of = manager.of(*work_type);
        let key = |name: &str| format!("content_manager.{}.{name}", work_type.key());
        put(key("delay_seconds"), seconds(of.base(rules)));
        put(key("exponential_back_off"), of.exponential_back_off.into());
        put(key("immediate_re_execution"), of.immediate_re_execution.into());
        put(key("random_delay"), of.random_delay.into());
        put(key("max_delay_seconds"), seconds(of.max_delay));
    }
    put(
        "content_manager.content_registration.reschedule_on_complete".into(),
        manager.reschedule_on_complete.into(),
    );
    let retry = &config.retry;
    put("retry.retry_on_failure".into(), retry.retry_on_failure.into());
    put("retry.max_retries".into(), retry.max_retries.map_or(Json::from(-1), Json::from));
    put("retry.retry_delay".into(), seconds(retry.retry_delay));
    put("retry.exponential_retry_delay".into(), retry.exponential_retry_delay.into());
    put("retry.max_retry_delay".into(), seconds(retry.max_retry_delay));
    all
}

fn seconds(duration: Millis) -> Json {
    if duration.0.is_multiple_of(1000) { (duration.0 / 1000).into() } else { duration.to_string().into() }
}
