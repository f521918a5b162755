//! From files to a validated config: reads, merges, decodes, and says everything that is wrong in one go.

use std::path::Path;

use super::context::Context;
use super::fields::Fields;
use super::node::{Node, Value};
use super::overlay::{self, Assignment};
use super::problem::Problems;
use super::{ConnectorConfig, LoadWarning, appsettings, connectors, expect, lint, parse, settings, timeline};
use crate::rules::Rules;

/// What the command line says instead of the file (SPEC section 10).
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Overrides {
    /// Each `--set KEY=VALUE`, in order.
    pub set: Vec<String>,
    /// `--rules`.
    pub rules: Option<Rules>,
    /// `--seed`.
    pub seed: Option<u64>,
    /// `--duration`, as typed.
    pub duration: Option<String>,
}

/// Loads the config at `path` with everything that it names.
///
/// # Errors
/// All problems of all files, each with its place; there is at least one.
pub fn load(path: &Path, overrides: &Overrides) -> Result<ConnectorConfig, Problems> {
    let cx = Context::default();
    let config = open(&cx, path).and_then(|root| build(&cx, root, overrides));
    cx.conclude(config)
}

/// Checks the file at `path`: a config with everything that it names, or a content source by itself. What it has to say
/// when nothing is wrong are warnings.
///
/// # Errors
/// As [`load`].
pub fn check(path: &Path, overrides: &Overrides) -> Result<Vec<LoadWarning>, Problems> {
    let cx = Context::default();
    let warnings = open(&cx, path).and_then(|root| {
        if is_source(&root) {
            connectors::check_source(&cx, &root);
            return Some(Vec::new());
        }
        build(&cx, root, overrides).map(|config| config.warnings)
    });
    cx.conclude(warnings)
}

/// Whether this is a content source rather than a config: only that has a `kind`.
fn is_source(root: &Node) -> bool {
    matches!(&root.value, Value::Table(table) if table.get("kind").is_some() && table.get("connectors").is_none())
}

fn open(cx: &Context, path: &Path) -> Option<Node> {
    let file = cx.open_config(path)?;
    Some(parse::document(cx, file))
}

fn build(cx: &Context, mut root: Node, overrides: &Overrides) -> Option<ConnectorConfig> {
    let mut sets: Vec<Assignment> =
        overrides.set.iter().filter_map(|text| Assignment::parse(cx, "--set", text)).collect();
    if let Some(text) = &overrides.duration {
        sets.push(Assignment::of_option(cx, "--duration", text, &["simulation", "duration"]));
    }
    // What a config extends must be known before anything else can be laid over it.
    let (extends, sets): (Vec<_>, Vec<_>) = sets.into_iter().partition(|set| set.is_of("extends"));
    for set in extends {
        set.apply(cx, &mut root);
    }
    overlay::extend(cx, &mut root);
    for set in sets {
        set.apply(cx, &mut root);
    }
    let mut warnings = Vec::new();
    appsettings::lay_under(cx, &mut root, &mut warnings);
    let ids = connector_ids(&root);

    let root = Fields::of(cx, &root, "the config")?;
    // Both are gone by now, but they are keys all the same.
    root.take("extends");
    root.take("settings_from");
    let simulation = settings::simulation(&root, overrides.rules, overrides.seed);
    let rules = simulation.as_ref().map_or_else(Rules::default, |simulation| simulation.rules);
    let start = simulation.as_ref().map_or(settings::DEFAULT_START, |simulation| simulation.start);
    let content_manager = settings::content_manager(&root, rules.set(), &mut warnings);
    let retry = settings::retry(&root);
    let scope_key = settings::scope_key(&root);
    let (connectors, sources) = connectors::connectors(&root, start);
    let timeline = timeline::timeline(&root, simulation.as_ref(), &ids, &mut warnings);
    let settings = lint::Settings {
        manager: &content_manager,
        retry: &retry,
        scope_key: scope_key.as_ref(),
        connectors: &connectors,
        rules: rules.set(),
    };
    lint::lint(&root, &settings, &sources.datasets, &mut warnings);
    let expectations = expect::expectations(&root, start);
    root.finish();
    sources.warnings(cx, scope_key.as_ref(), &mut warnings);
    Some(ConnectorConfig {
        simulation: simulation?,
        content_manager,
        retry,
        scope_key,
        connectors,
        timeline,
        expectations,
        inputs: cx.inputs(),
        warnings,
    })
}

/// Every id that the file gives to a connector, in file order, whatever else is wrong with it.
fn connector_ids(root: &Node) -> Vec<String> {
    let Value::Table(table) = &root.value else { return Vec::new() };
    let Some(Node { value: Value::Array(nodes), .. }) = table.get("connectors") else { return Vec::new() };
    let id = |node: &Node| match &node.value {
        Value::Table(table) => match table.get("id") {
            Some(Node { value: Value::String(id), .. }) => Some(id.clone()),
            _ => None,
        },
        _ => None,
    };
    nodes.iter().map(|node| id(node).unwrap_or_default()).collect()
}
