//! A scripted content source (SPEC section 7) from its tree.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;

use super::context::Context;
use super::fields::Fields;
use super::node::{Node, Place, Value};
use super::values::MOST;
use crate::model::{
    Call, Channel, Context as StaticContext, Cursor, Items, LockType, Registration, ResultType, Text,
    WorkType, normalised,
};
use crate::source::script::{Otherwise, Script, Step, StepList, When};
use crate::source::{Answer, Content, Discovered, Payload, Throttles};

/// The most channels that a step may make up.
const MOST_CHANNELS: u64 = 1_000_000;

/// The most that all steps of a config may make up together: a few hundred megabytes.
const MOST_CHANNELS_IN_ALL: u64 = 4_000_000;

/// A script and what deserves a look in it.
#[derive(Clone, Debug)]
pub(super) struct Read {
    pub(super) script: Arc<Script>,
    pub(super) notes: Vec<Note>,
}

/// An answer that is valid input and yet counts as Failed (SPEC sections 3 and 4).
#[derive(Clone, Debug)]
pub(super) struct Note {
    pub(super) at: Place,
    pub(super) what: Odd,
}

/// What is odd about an answer.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Odd {
    /// A BackOff that lacks what it needs. A Scoped one also needs a scope key, which the script does not know.
    BackOff { next_delay: bool, lock_type: Option<LockType> },
    /// D12.
    Discovery(ResultType),
}

/// Reads what a script's table holds beside its `kind`.
pub(super) fn script(fields: Fields<'_>, start: Timestamp) -> Read {
    let mut reader = Reader { cx: fields.cx, start, notes: Vec::new() };
    let mut script = Script::default();
    if let Some(node) = fields.take(WorkType::ChannelDiscovery.key()) {
        script.channel_discovery =
            reader.steps(node, WorkType::ChannelDiscovery, "[channel_discovery]").into();
    }
    for work_type in [WorkType::ContentSynchronisation, WorkType::ContentRegistration] {
        let lists =
            fields.take(work_type.key()).map(|node| reader.lists(node, work_type)).unwrap_or_default();
        *match work_type {
            WorkType::ContentRegistration => &mut script.content_registration,
            _ => &mut script.content_synchronisation,
        } = lists;
    }
    fields.finish();
    Read { script: Arc::new(script), notes: reader.notes }
}

struct Reader<'a> {
    cx: &'a Context,
    start: Timestamp,
    notes: Vec<Note>,
}

impl<'a> Reader<'a> {
    /// `[content_synchronisation.CHANNEL]` and its like.
    fn lists(&mut self, node: &'a Node, work_type: WorkType) -> BTreeMap<Text, Arc<StepList>> {
        let key = work_type.key();
        let Value::Table(table) = &node.value else {
            self.cx.wrong_type::<()>(node, &format!("a table [{key}.CHANNEL] for each channel"));
            return BTreeMap::new();
        };
        let mut lists = BTreeMap::new();
        for (channel, node) in &table.0 {
            if matches!(channel.as_str(), "steps" | "otherwise") && !matches!(node.value, Value::Table(_)) {
                self.cx
                    .problem(
                        node.key.unwrap_or(node.at),
                        format!("`{channel}` stands where a channel's name belongs"),
                    )
                    .expected(format!("expected it in a table such as [{key}.\"*\"]"))
                    .report();
                continue;
            }
            let name = format!("[{key}.{}]", super::problem::excerpt(channel));
            lists.insert(Text::from(channel.as_str()), self.steps(node, work_type, &name).into());
        }
        lists
    }

    /// One list with its `otherwise`.
    fn steps(&mut self, node: &'a Node, work_type: WorkType, name: &str) -> StepList {
        let cx = self.cx;
        let Some(fields) = Fields::of(cx, node, name) else { return StepList::default() };
        let steps = fields.take("steps").and_then(|node| cx.list(node, "steps")).unwrap_or_default();
        let otherwise = fields.take("otherwise").and_then(|node| otherwise(cx, node)).unwrap_or_default();
        fields.finish();
        let name = format!("a step of {name}");
        let steps = steps.iter().filter_map(|node| self.step(node, work_type, &name)).collect();
        StepList { steps, otherwise }
    }

    fn step(&mut self, node: &'a Node, work_type: WorkType, name: &str) -> Option<Step> {
        let cx = self.cx;
        let fields = Fields::of(cx, node, name)?;
        let result_at = fields.take("result");
        let result = result_at
            .map_or(Some(ResultType::Complete), |node| cx.word(node, ResultType::ALL, ResultType::parse));
        let mut answer = Answer::of(result.unwrap_or(ResultType::Complete));
        let reason = fields.take("reason").and_then(|node| cx.text(node)).filter(|reason| !reason.is_empty());
        answer.reason = reason.map(Into::into);
        answer.payload = if work_type.is_content() { content(&fields) } else { discovered(&fields) };
        answer.cursor = fields.take("cursor").and_then(|node| cx.text(node)).map(Cursor::from);
        let next_delay = fields.take("next_delay");
        answer.next_delay = next_delay.and_then(|node| cx.duration(node));
        let lock_type = fields.take("semaphore_lock_type");
        answer.semaphore_lock_type = lock_type.and_then(|node| cx.word(node, LockType::ALL, LockType::parse));
        answer.throttles = fields.take("throttles").and_then(|node| throttles(cx, node)).unwrap_or_default();
        answer.latency = fields.take("latency").and_then(|node| cx.duration(node)).unwrap_or_default();
        let repeat = fields.take("repeat").map_or(Some(1), |node| cx.whole(node, 1, MOST));
        let when = fields.take("when").map(|node| self.when(node, name)).unwrap_or_default();
        let at = result_at.map_or(fields.at(), |node| node.at);
        fields.finish();
        match result? {
            ResultType::BackOff => self.notes.push(Note {
                at,
                what: Odd::BackOff {
                    next_delay: next_delay.is_some(),
                    lock_type: answer.semaphore_lock_type,
                },
            }),
            result @ (ResultType::Incomplete | ResultType::Abandoned) if !work_type.is_content() => {
                self.notes.push(Note { at, what: Odd::Discovery(result) });
            }
            _ => {}
        }
        Some(Step { when, repeat: repeat?, answer })
    }

    fn when(&self, node: &Node, step: &str) -> When {
        let cx = self.cx;
        let Some(fields) = Fields::of(cx, node, format!("`when` of {step}")) else { return When::default() };
        let calls = [Call::Execute, Call::Begin, Call::Continue];
        let when = When {
            call: fields.take("call").and_then(|node| {
                cx.word(node, &calls, |text| Call::parse(text).filter(|call| *call != Call::None))
            }),
            cursor: fields.take("cursor").and_then(|node| cx.text(node)).map(Cursor::from),
            after: fields.take("after").and_then(|node| cx.moment_from_start(node, self.start)),
            before: fields.take("before").and_then(|node| cx.moment_from_start(node, self.start)),
        };
        fields.finish();
        when
    }
}

fn otherwise(cx: &Context, node: &Node) -> Option<Otherwise> {
    let all = [
        ("empty", Otherwise::Empty),
        ("fail", Otherwise::Fail),
        ("repeat-last", Otherwise::RepeatLast),
        ("cycle", Otherwise::Cycle),
    ];
    one_of(cx, node, &all)
}

fn throttles(cx: &Context, node: &Node) -> Option<Throttles> {
    one_of(cx, node, &[("connector", Throttles::Connector), ("channel", Throttles::Channel)])
}

fn one_of<T: Copy>(cx: &Context, node: &Node, all: &[(&str, T)]) -> Option<T> {
    let words: Vec<&str> = all.iter().map(|(word, _)| *word).collect();
    let find = |text: &str| words.iter().position(|word| normalised(word) == normalised(text));
    let at = cx.word_of(node, &words, find)?;
    all.get(at).map(|(_, value)| *value)
}

/// What a step of a discovery returns.
fn discovered(fields: &Fields<'_>) -> Payload {
    let cx = fields.cx;
    for key in ["records", "aggregations", "binaries"] {
        fields.refuse(key, "a discovery returns `channels`");
    }
    let channels = fields.take("channels");
    let registrations = fields.take("new_channel_registrations");
    if channels.is_none() && registrations.is_none() {
        return Payload::Nothing;
    }
    let channels = channels.map(|node| channel_list(cx, node)).unwrap_or_default();
    let of = "channel ids or tables with `channel` and `context`";
    let registrations = registrations.and_then(|node| cx.list(node, of)).unwrap_or_default();
    Payload::Discovery(Arc::new(Discovered {
        channels,
        new_channel_registrations: registrations.iter().filter_map(|node| registration(cx, node)).collect(),
    }))
}

/// `channels`: ids, tables, or how many are to be made up.
fn channel_list(cx: &Context, node: &Node) -> Vec<Channel> {
    if let Value::Integer(_) = node.value {
        let count = cx.whole(node, 0, MOST_CHANNELS).unwrap_or(0);
        if cx.count_made_up(count) > MOST_CHANNELS_IN_ALL {
            cx.problem(node.at, "too many channels are made up")
                .expected(format!("expected all steps together to make up at most {MOST_CHANNELS_IN_ALL}"))
                .report();
            return Vec::new();
        }
        return (1..=count).map(|number| Channel::from_id(format!("channel-{number}"))).collect();
    }
    let of = "channel ids or tables with `external_id`, or how many to make up";
    let nodes = cx.list(node, of).unwrap_or_default();
    nodes.iter().filter_map(|node| channel(cx, node)).collect()
}

fn channel(cx: &Context, node: &Node) -> Option<Channel> {
    if let Value::String(_) = node.value {
        return cx.id(node).map(Channel::from_id);
    }
    let fields =
        Fields::of_either(cx, node, "a channel", "a channel's id, or a table with its `external_id`")?;
    let external_id = fields.require("external_id", "the channel's id").and_then(|node| cx.id(node));
    let title = fields.take("title").and_then(|node| cx.text(node)).map(Text::from);
    let metadata = fields.take("metadata").and_then(|node| cx.strings(node)).unwrap_or_default();
    fields.finish();
    Some(Channel { external_id: external_id?, title, metadata })
}

fn registration(cx: &Context, node: &Node) -> Option<Registration> {
    if let Value::String(_) = node.value {
        return Some(Registration { channel: cx.id(node)?, context: Arc::new(StaticContext::new()) });
    }
    let fields = Fields::of_either(
        cx,
        node,
        "a registration",
        "a channel's id, or a table with `channel` and `context`",
    )?;
    let channel = fields.require("channel", "the channel's id").and_then(|node| cx.id(node));
    let context = fields.take("context").and_then(|node| cx.strings(node)).unwrap_or_default();
    fields.finish();
    Some(Registration { channel: channel?, context: Arc::new(context) })
}

/// What a step of a synchronisation or registration returns.
fn content(fields: &Fields<'_>) -> Payload {
    let cx = fields.cx;
    for key in ["channels", "new_channel_registrations"] {
        fields.refuse(key, "only a discovery returns channels");
    }
    let records = fields.take("records");
    let aggregations = fields.take("aggregations");
    let binaries = fields.take("binaries");
    if records.is_none() && aggregations.is_none() && binaries.is_none() {
        return Payload::Nothing;
    }
    Payload::Content(Content {
        records: records.and_then(|node| items(cx, node, "a record")).unwrap_or_default(),
        aggregations: aggregations.and_then(|node| items(cx, node, "an aggregation")).unwrap_or_default(),
        binaries: binaries.and_then(|node| cx.whole(node, 0, MOST)).unwrap_or_default(),
        staleness: None,
    })
}

/// Records or aggregations: tables, or a count.
fn items(cx: &Context, node: &Node, what: &'static str) -> Option<Items> {
    if let Value::Integer(_) = node.value {
        return cx.whole(node, 0, MOST).map(Items::counted);
    }
    let nodes = cx.list(node, "tables with `external_id`, or a count")?;
    let mut ids = Vec::with_capacity(nodes.len());
    for node in nodes {
        let Some(fields) = Fields::of_either(cx, node, what, "a table with `external_id`") else { continue };
        ids.extend(fields.require("external_id", "its id").and_then(|node| cx.id(node)));
        if let Some(title) = fields.take("title") {
            cx.text(title);
        }
        // Whatever else it has is metadata of the connector's own.
    }
    Some(Items::named(ids))
}
