//! `[[connectors]]` and the content sources that they name (SPEC section 7).

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;

use super::context::Context;
use super::dataset;
use super::fields::Fields;
use super::node::{FileId, Node, Place, Value};
use super::parse;
use super::problem::excerpt;
use super::script::{self, Note, Odd};
use super::{Connector, LoadWarning, SourceConfig};
use crate::lock::ScopeKey;
use crate::model::{LockType, ResultType, Text, normalised};

/// The kinds of content source, as `kind` says them.
const KINDS: [&str; 2] = ["script", "dataset"];

/// `[[connectors]]`; a connector that is not right is left out, and reported.
pub(super) fn connectors(root: &Fields<'_>, start: Timestamp) -> (Vec<Connector>, Sources) {
    let cx = root.cx;
    let mut sources = Sources { start, files: BTreeMap::new(), notes: BTreeMap::new(), datasets: Vec::new() };
    let what = "at least one connector, as a table `[[connectors]]` with `id` and `source`";
    let Some(node) = root.require("connectors", what) else { return (Vec::new(), sources) };
    let nodes = cx.list(node, "tables `[[connectors]]`").unwrap_or_default();
    if nodes.is_empty() && matches!(node.value, Value::Array(_)) {
        cx.problem(node.key.unwrap_or(node.at), "there is no connector")
            .expected(format!("expected {what}"))
            .report();
    }
    let mut first: BTreeMap<Text, Place> = BTreeMap::new();
    let mut connectors = Vec::new();
    for node in nodes {
        let Some(fields) = Fields::of(cx, node, "[[connectors]]") else { continue };
        let id_at = fields.require("id", "the connector's id");
        let id = id_at.and_then(|node| cx.id(node));
        if let (Some(id), Some(node)) = (&id, id_at) {
            match first.get(id) {
                Some(before) => {
                    let (path, line, _) = cx.locate(*before);
                    cx.problem(node.at, format!("there are two connectors `{}`", excerpt(id)))
                        .expected("expected an id of its own")
                        .help(format!("the other one is at {path}:{line}"))
                        .report();
                }
                None => {
                    first.insert(Text::clone(id), node.at);
                }
            }
        }
        let source = fields
            .require("source", "the path of its content source, or the source itself as a table")
            .and_then(|node| sources.read(cx, node, id.as_ref()));
        let text = |key| fields.take(key).and_then(|node| cx.text(node)).map(str::to_owned);
        let flag = |key| fields.take(key).and_then(|node| cx.flag(node)).unwrap_or(true);
        let display_name = text("display_name");
        let tenant_id = text("tenant_id").unwrap_or_default();
        let connector_type = text("connector_type").unwrap_or_default();
        let properties = fields.take("properties").and_then(|node| cx.strings(node)).unwrap_or_default();
        let enabled = flag("enabled");
        let present = flag("present");
        let consent_authorised_on =
            fields.take("consent_authorised_on").and_then(|node| cx.wall_clock_or_since(node, start));
        fields.finish();
        if let (Some(id), Some(source)) = (id, source) {
            connectors.push(Connector {
                id,
                display_name,
                tenant_id,
                connector_type,
                properties,
                enabled,
                present,
                consent_authorised_on,
                source,
            });
        }
    }
    (connectors, sources)
}

/// Reports what is wrong with a content source that no config has named.
pub(super) fn check_source(cx: &Context, root: &Node) {
    let mut sources = Sources {
        start: super::settings::DEFAULT_START,
        files: BTreeMap::new(),
        notes: BTreeMap::new(),
        datasets: Vec::new(),
    };
    sources.table(cx, root, "the content source");
}

/// Reads content sources, each file once.
pub(super) struct Sources {
    start: Timestamp,
    files: BTreeMap<FileId, Option<(SourceConfig, Vec<Note>)>>,
    /// What deserves a look, and the connectors that it is about.
    notes: BTreeMap<Place, (Odd, Vec<Text>)>,
    /// Every dataset, each once.
    pub(super) datasets: Vec<dataset::Read>,
}

impl Sources {
    fn read(&mut self, cx: &Context, node: &Node, connector: Option<&Text>) -> Option<SourceConfig> {
        let (source, notes) = match &node.value {
            Value::String(name) => {
                let file = cx.open(name, node)?;
                if !self.files.contains_key(&file) {
                    let source = self.table(cx, &parse::document(cx, file), "the content source");
                    self.files.insert(file, source);
                }
                self.files.get(&file).cloned().flatten()?
            }
            _ => self.table(cx, node, "`source`")?,
        };
        for note in notes {
            let (_, connectors) = self.notes.entry(note.at).or_insert((note.what, Vec::new()));
            connectors.extend(connector.cloned());
        }
        Some(source)
    }

    /// A content source from its table: `kind` decides what else belongs there.
    fn table(&mut self, cx: &Context, node: &Node, name: &str) -> Option<(SourceConfig, Vec<Note>)> {
        let fields = Fields::of_either(cx, node, name, "a path, or a table with `kind`")?;
        let kind = fields.require("kind", &format!("its kind, such as `kind = \"{}\"`", KINDS[0]))?;
        let find = |text: &str| KINDS.iter().position(|kind| *kind == normalised(text));
        if cx.word_of(kind, &KINDS, find)? == 1 {
            let read = dataset::dataset(fields, self.start);
            let source = SourceConfig::Dataset(Arc::clone(&read.dataset));
            self.datasets.push(read);
            return Some((source, Vec::new()));
        }
        let read = script::script(fields, self.start);
        Some((SourceConfig::Script(read.script), read.notes))
    }

    /// A warning for each answer that will count as Failed.
    pub(super) fn warnings(
        &self,
        cx: &Context,
        scope_key: Option<&ScopeKey>,
        warnings: &mut Vec<LoadWarning>,
    ) {
        for (place, (odd, connectors)) in &self.notes {
            let Some((code, message)) = words(*odd, scope_key) else { continue };
            let connector = match connectors.as_slice() {
                [only] => Some(only.to_string()),
                _ => None,
            };
            warnings.push(LoadWarning { connector, ..cx.warning(*place, code, message) });
        }
    }
}

fn words(odd: Odd, scope_key: Option<&ScopeKey>) -> Option<(&'static str, String)> {
    match odd {
        Odd::BackOff { next_delay, lock_type } => {
            let mut lacks = Vec::new();
            if !next_delay {
                lacks.push("`next_delay`");
            }
            match lock_type {
                None => lacks.push("`semaphore_lock_type`"),
                Some(LockType::Scoped) if scope_key.is_none() => {
                    lacks.push("a scope key (`[semaphore_lock]` `scope_key`)");
                }
                Some(_) => {}
            }
            let lacks = (!lacks.is_empty()).then(|| lacks.join(" and "))?;
            Some(("invalid-back-off", format!("this BackOff counts as Failed: it lacks {lacks}")))
        }
        Odd::Discovery(result) => {
            let result = if result == ResultType::Incomplete { "Incomplete" } else { "Abandoned" };
            let message = format!(
                "a discovery that answers {result} counts as Failed under the documented rules; the published SDK takes it (D12)"
            );
            Some(("discovery-incomplete", message))
        }
    }
}
