//! `settings_from`: the settings of `appsettings.json` files (SPEC section 2), as .NET reads them, below those of the
//! config.

use std::collections::BTreeMap;

use super::LoadWarning;
use super::context::Context;
use super::json::{self, Entry, Scalar};
use super::node::{FileId, Node, Place, Table, Value, merge};
use super::problem::excerpt;
use crate::words::nearest;

/// How .NET reads a setting.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// An `int`.
    Number,
    /// A `bool`.
    Flag,
}

/// The settings of one section: where .NET finds them, where the config has them.
type Section = (&'static str, &'static [&'static str], &'static [(&'static str, &'static str, Kind)]);

const DELAYS: &[(&str, &str, Kind)] = &[
    ("DelaySeconds", "delay_seconds", Kind::Number),
    ("ExponentialBackOff", "exponential_back_off", Kind::Flag),
    ("ImmediateReExecution", "immediate_re_execution", Kind::Flag),
    ("RandomDelay", "random_delay", Kind::Flag),
    ("MaxDelaySeconds", "max_delay_seconds", Kind::Number),
];

const SECTIONS: [Section; 6] = [
    (
        "ContentManager",
        &["content_manager"],
        &[
            ("DelaySeconds", "delay_seconds", Kind::Number),
            ("MaxDisabledConnectorAge", "max_disabled_connector_age", Kind::Number),
        ],
    ),
    ("ContentManager:ChannelDiscovery", &["content_manager", "channel_discovery"], DELAYS),
    ("ContentManager:ContentSynchronisation", &["content_manager", "content_synchronisation"], DELAYS),
    ("ContentManager:ContentRegistration", &["content_manager", "content_registration"], DELAYS),
    (
        "ContentManager:ContentRegistration",
        &["content_manager", "content_registration"],
        &[("RescheduleOnComplete", "reschedule_on_complete", Kind::Flag)],
    ),
    (
        "Connector",
        &["retry"],
        &[
            ("RetryOnFailure", "retry_on_failure", Kind::Flag),
            ("MaxRetries", "max_retries", Kind::Number),
            ("RetryDelay", "retry_delay", Kind::Number),
            ("ExponentialRetryDelay", "exponential_retry_delay", Kind::Flag),
            ("MaxRetryDelay", "max_retry_delay", Kind::Number),
        ],
    ),
];

/// One setting.
struct Setting {
    path: &'static [&'static str],
    key: &'static str,
    kind: Kind,
}

/// Every setting by its flattened key in lower case, which is how .NET compares them.
fn settings() -> BTreeMap<String, Setting> {
    let each = SECTIONS.iter().flat_map(|(section, path, settings)| {
        settings.iter().map(move |(name, key, kind)| {
            (format!("{section}:{name}").to_lowercase(), Setting { path, key, kind: *kind })
        })
    });
    each.collect()
}

/// Lays the config over the files that its `settings_from` names; of these the later wins.
pub(super) fn lay_under(cx: &Context, root: &mut Node, warnings: &mut Vec<LoadWarning>) {
    let Value::Table(table) = &mut root.value else { return };
    let Some(from) = table.remove("settings_from") else { return };
    let names = match &from.value {
        Value::String(_) => std::slice::from_ref(&from),
        Value::Array(names) => names,
        _ => {
            cx.wrong_type::<()>(&from, "the path of an appsettings.json, or a list of them");
            return;
        }
    };
    let files = names.iter().filter_map(|node| cx.open(cx.text(node)?, node));
    let mut below = of_files(cx, files, warnings);
    merge(&mut below, std::mem::take(table));
    *table = below;
}

/// The settings of these files as a config would write them; the later file wins.
pub(super) fn of_files(
    cx: &Context,
    files: impl IntoIterator<Item = FileId>,
    warnings: &mut Vec<LoadWarning>,
) -> Table {
    let settings = settings();
    let mut found = BTreeMap::new();
    for file in files {
        read(cx, file, &settings, &mut found, warnings);
    }
    let mut table = Table::default();
    for (key, node) in found {
        if let (Some(setting), Some(node)) = (settings.get(&key), node) {
            put(&mut table, setting.path, setting.key, node);
        }
    }
    table
}

/// The settings of one file. One that is `null` there is as if nobody had set it.
fn read(
    cx: &Context,
    file: FileId,
    settings: &BTreeMap<String, Setting>,
    found: &mut BTreeMap<String, Option<Node>>,
    warnings: &mut Vec<LoadWarning>,
) {
    let place = |at: &std::ops::Range<usize>| Place { file, start: at.start, end: at.end };
    let entries = match json::flatten(&cx.file(file).text) {
        Ok(entries) => entries,
        Err(error) => {
            cx.problem(place(&error.at), "not JSON as .NET reads it").expected(error.message).report();
            return;
        }
    };
    let mut here: BTreeMap<String, Option<Node>> = BTreeMap::new();
    for entry in entries {
        let key = entry.key.to_lowercase();
        let key_at = place(&entry.key_at);
        let Some(setting) = settings.get(&key) else {
            if let Some(name) = meant(&key, settings) {
                let message =
                    format!("`{}` is ignored, as by .NET; did you mean `{name}`?", excerpt(&entry.key));
                warnings.push(cx.warning(key_at, "unknown-setting", message));
            }
            continue;
        };
        if here.contains_key(&key) {
            cx.problem(key_at, format!("`{}` is there twice", excerpt(&entry.key)))
                .expected(".NET refuses a key that differs from another one in case only, or not at all")
                .report();
            continue;
        }
        here.insert(key, value(cx, &entry, setting.kind, place(&entry.value_at), key_at));
    }
    found.extend(here);
}

fn value(cx: &Context, entry: &Entry, kind: Kind, at: Place, key: Place) -> Option<Node> {
    let text = match &entry.value {
        Scalar::Null => return None,
        Scalar::Boolean(flag) => flag.to_string(),
        Scalar::Number(text) | Scalar::Text(text) => text.trim().to_owned(),
    };
    let value = match kind {
        Kind::Number => text.parse().ok().map(Value::Integer),
        Kind::Flag => text.to_lowercase().parse().ok().map(Value::Boolean),
    };
    let value = value.unwrap_or_else(|| {
        let expected = if kind == Kind::Number { "a whole number" } else { "true or false" };
        cx.problem(at, format!("`{}` cannot be \"{}\"", excerpt(&entry.key), excerpt(&text)))
            .expected(format!("expected {expected}"))
            .report();
        Value::Broken
    });
    Some(Node { value, at, key: Some(key) })
}

/// What a misspelt key in one of our sections, or in a section misspelt itself, probably means.
fn meant(key: &str, settings: &BTreeMap<String, Setting>) -> Option<&'static str> {
    let (section, name) = key.rsplit_once(':')?;
    let here = SECTIONS.iter().filter(|(of, ..)| of.to_lowercase() == section);
    let names = here.flat_map(|(_, _, settings)| settings.iter().map(|(name, ..)| *name));
    nearest(name, names).or_else(|| {
        let section = nearest(section, SECTIONS.iter().map(|(of, ..)| *of))?;
        settings.contains_key(&format!("{}:{name}", section.to_lowercase())).then_some(section)
    })
}

fn put(table: &mut Table, path: &[&str], key: &str, node: Node) {
    let Some((first, rest)) = path.split_first() else { return table.set(key, node) };
    if table.get(first).is_none() {
        let section = Node { value: Value::Table(Table::default()), at: node.at, key: None };
        table.set(first, section);
    }
    if let Some(Node { value: Value::Table(section), .. }) = table.get_mut(first) {
        put(section, rest, key, node);
    }
}
