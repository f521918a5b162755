//! `[[timeline]]` (SPEC section 7): what happens to connectors while they run.

use std::sync::Arc;

use super::fields::Fields;
use super::node::Node;
use super::problem::excerpt;
use super::{Change, LoadWarning, Simulation, TimelineEntry};
use crate::model::{VirtualTime, normalised};
use crate::words::nearest;

/// The words of `change`.
const CHANGES: [&str; 7] =
    ["add", "remove", "enable", "disable", "register", "kill-switch-on", "kill-switch-off"];

/// `[[timeline]]`. `ids` are all ids that the file gives to connectors, right or wrong; an entry's connector is its place
/// among them.
pub(super) fn timeline(
    root: &Fields<'_>,
    simulation: Option<&Simulation>,
    ids: &[String],
    warnings: &mut Vec<LoadWarning>,
) -> Vec<TimelineEntry> {
    let cx = root.cx;
    let nodes =
        root.take("timeline").and_then(|node| cx.list(node, "tables `[[timeline]]`")).unwrap_or_default();
    nodes.iter().filter_map(|node| entry(root, node, simulation, ids, warnings)).collect()
}

fn entry(
    root: &Fields<'_>,
    node: &Node,
    simulation: Option<&Simulation>,
    ids: &[String],
    warnings: &mut Vec<LoadWarning>,
) -> Option<TimelineEntry> {
    let cx = root.cx;
    let fields = Fields::of(cx, node, "[[timeline]]")?;
    let at_node = fields.require("at", "when it happens, such as \"20m\"");
    let change = fields.require("change", "what happens, such as \"disable\"").and_then(|node| {
        cx.word_of(node, &CHANGES, |text| {
            CHANGES.iter().position(|word| normalised(word) == normalised(text))
        })
    });
    let word = change.and_then(|at| CHANGES.get(at).copied());
    let kill_switch = word.is_some_and(|word| word.starts_with("kill-switch"));
    let register = word == Some("register");
    let connector = if kill_switch {
        fields.refuse("connector", "the kill switch is for all connectors");
        None
    } else {
        let node = if word.is_some() {
            fields.require("connector", "the id of the connector that it happens to")
        } else {
            fields.take("connector")
        };
        node.and_then(|node| connector(root, node, ids))
    };
    let (mut channel, mut context) = (None, None);
    if register || word.is_none() {
        channel = if register {
            fields.require("channel", "the channel to register")
        } else {
            fields.take("channel")
        };
        context = fields.take("context").and_then(|node| cx.strings(node));
    } else {
        for key in ["channel", "context"] {
            fields.refuse(key, "only `change = \"register\"` has it");
        }
    }
    let channel = channel.and_then(|node| cx.id(node));
    fields.finish();

    let simulation = simulation?;
    let at_node = at_node?;
    let Ok(ms) = u64::try_from(cx.moment(at_node, simulation.start)?) else {
        cx.problem(at_node.at, format!("`{}` is before the run's start", excerpt(&cx.text_at(at_node.at))))
            .expected(format!("expected {} or later", simulation.start))
            .report();
        return None;
    };
    let at = VirtualTime(ms);
    if ms >= simulation.duration.0 {
        let message = format!("this entry has no effect: the run ends at {}", simulation.duration);
        let mut warning = cx.warning(at_node.at, "timeline-after-end", message);
        warning.connector = connector.and_then(|at| ids.get(at).cloned());
        warnings.push(warning);
    }
    let change = match word? {
        "kill-switch-on" => Change::KillSwitchOn,
        "kill-switch-off" => Change::KillSwitchOff,
        "add" => Change::Add(connector?),
        "remove" => Change::Remove(connector?),
        "enable" => Change::Enable(connector?),
        "disable" => Change::Disable(connector?),
        _ => Change::Register {
            connector: connector?,
            channel: channel?,
            context: Arc::new(context.unwrap_or_default()),
        },
    };
    Some(TimelineEntry { at, change })
}

/// The place of the connector that an entry names.
fn connector(root: &Fields<'_>, node: &Node, ids: &[String]) -> Option<usize> {
    let cx = root.cx;
    let id = cx.text(node)?;
    let found = ids.iter().position(|known| known == id);
    if found.is_none() {
        let problem = cx.problem(node.at, format!("there is no connector `{}`", excerpt(id)));
        match nearest(id, ids.iter().map(String::as_str)) {
            Some(known) => problem.expected(format!("did you mean `{}`?", excerpt(known))),
            None => problem.expected("expected the `id` of one of `[[connectors]]`"),
        }
        .report();
    }
    found
}
