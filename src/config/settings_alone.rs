//! The settings of a file and nothing else of it, for commands that run nothing.

use std::path::Path;

use super::context::Context;
use super::fields::Fields;
use super::node::{Node, Place, Value};
use super::overlay::Assignment;
use super::problem::Problems;
use super::{LoadWarning, Overrides, appsettings, load, settings};
use crate::rules::{ContentManagerSettings, RetrySettings};

/// The settings of SPEC section 2.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// `[content_manager]` and its three sections.
    pub content_manager: ContentManagerSettings,
    /// `[retry]`.
    pub retry: RetrySettings,
    /// The seed; 0 in an `appsettings.json`, which has none.
    pub seed: u64,
    /// Settings of an `appsettings.json` that .NET ignores although somebody must have meant something by them.
    pub ignored: Vec<LoadWarning>,
}

/// Loads the settings of a config, or those of an `appsettings.json` (anything that ends in `.json`).
///
/// # Errors
/// All problems of the file, each with its place; there is at least one.
pub fn load_settings(path: &Path, overrides: &Overrides) -> Result<Settings, Problems> {
    if path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("json")) {
        let cx = Context::default();
        let settings = of_appsettings(&cx, path, overrides);
        return cx.conclude(settings);
    }
    let config = load(path, overrides)?;
    Ok(Settings {
        content_manager: config.content_manager,
        retry: config.retry,
        seed: config.simulation.seed,
        ignored: ignored(config.warnings),
    })
}

fn of_appsettings(cx: &Context, path: &Path, overrides: &Overrides) -> Option<Settings> {
    let file = cx.open_config(path)?;
    let mut warnings = Vec::new();
    let table = appsettings::of_files(cx, [file], &mut warnings);
    let mut root = Node { value: Value::Table(table), at: Place::top(file), key: None };
    for text in &overrides.set {
        if let Some(set) = Assignment::parse(cx, "--set", text) {
            set.apply(cx, &mut root);
        }
    }
    let root = Fields::of(cx, &root, "the settings")?;
    let rules = overrides.rules.unwrap_or_default().set();
    let content_manager = settings::content_manager(&root, rules, &mut warnings);
    let retry = settings::retry(&root);
    root.finish();
    Some(Settings { content_manager, retry, seed: overrides.seed.unwrap_or(0), ignored: ignored(warnings) })
}

fn ignored(mut warnings: Vec<LoadWarning>) -> Vec<LoadWarning> {
    warnings.retain(|warning| warning.code == "unknown-setting");
    warnings
}
