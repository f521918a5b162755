//! A dataset content source (SPEC section 7) from its tree.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;

use super::context::Context;
use super::fields::Fields;
use super::node::{Node, Place, Value};
use super::problem::excerpt;
use crate::model::{LockType, Millis, Text, VirtualTime, WorkType, normalised};
use crate::source::dataset::data::{Data, Format, MOST_CHANNELS, Reader as Rows};
use crate::source::dataset::{
    ChannelEntry, Content, Costs, Dataset, Distribution, Faults, Generate, MOST_ITEMS, Outage, Per,
    RateLimit, WhenIgnored,
};
use crate::words::{self, nearest};

/// The most units, items or binaries that a key may hold.
const MOST: u64 = 1_000_000_000_000;
/// What a source answers that does not say its `page_size`.
const PAGE_SIZE: u64 = 100;

/// A dataset and where the keys stand that a warning may be about.
#[derive(Clone, Debug)]
pub(super) struct Read {
    pub(super) dataset: Arc<Dataset>,
    /// `[generate]`, `[data]`, or what stands for them.
    pub(super) content_at: Place,
    /// Of each rate limit.
    pub(super) limits_at: Vec<Place>,
    /// Of each outage.
    pub(super) outages_at: Vec<Place>,
}

/// Reads what a dataset's table holds beside its `kind`.
pub(super) fn dataset(fields: Fields<'_>, start: Timestamp) -> Read {
    let cx = fields.cx;
    let page_size = fields.take("page_size").map_or(Some(PAGE_SIZE), |node| cx.whole(node, 1, MOST_ITEMS));
    let latency = fields.take("latency").and_then(|node| latency(cx, node)).unwrap_or(Distribution::ZERO);
    let (content, content_at) = content(&fields, start);
    let limits = tables(&fields, "rate_limits");
    let mut costs = Costs::CALLS;
    let rate_limits = limits.iter().filter_map(|node| rate_limit(cx, node, &mut costs)).collect();
    let outages = tables(&fields, "outages");
    let faults = fields.take("faults").map(|node| faults(cx, node)).unwrap_or_default();
    let read = Read {
        dataset: Arc::new(Dataset {
            page_size: page_size.unwrap_or(PAGE_SIZE),
            latency,
            content: content.unwrap_or_else(|| Content::Data(Arc::default())),
            rate_limits,
            outages: outages.iter().filter_map(|node| outage(cx, node, start)).collect(),
            faults,
        }),
        content_at,
        limits_at: limits.iter().map(|node| node.at).collect(),
        outages_at: outages.iter().map(|node| node.at).collect(),
    };
    fields.finish();
    read
}

/// The tables of a list such as `[[outages]]`.
fn tables<'a>(fields: &Fields<'a>, key: &'static str) -> &'a [Node] {
    let list = fields.take(key).and_then(|node| fields.cx.list(node, &format!("tables `[[{key}]]`")));
    list.unwrap_or_default()
}

/// `[generate]` or `[data]`, with `[[channels]]`.
fn content(fields: &Fields<'_>, start: Timestamp) -> (Option<Content>, Place) {
    let cx = fields.cx;
    let channels: Vec<(ChannelEntry, Place)> =
        tables(fields, "channels").iter().filter_map(|node| channel(cx, node, start)).collect();
    let mut first: BTreeMap<&Text, Place> = BTreeMap::new();
    for (entry, at) in &channels {
        if let Some(before) = first.insert(&entry.external_id, *at) {
            let (path, line, _) = cx.locate(before);
            cx.problem(*at, format!("there are two channels `{}`", excerpt(&entry.external_id)))
                .expected("expected an id of its own")
                .help(format!("the other one is at {path}:{line}"))
                .report();
        }
    }
    match (fields.take("generate"), fields.take("data")) {
        (Some(generate), None) => (generated(cx, generate, channels), generate.at),
        (None, Some(data)) => (files(cx, data, channels, start), data.at),
        (Some(_), Some(data)) => {
            cx.problem(data.key.unwrap_or(data.at), "both `[generate]` and `[data]`")
                .expected("expected only one of them")
                .report();
            (None, data.at)
        }
        (None, None) => {
            fields.missing(
                "generate",
                "`[generate]`, which makes items from the seed, or `[data]`, which reads them from files",
            );
            (None, fields.at())
        }
    }
}

fn channel(cx: &Context, node: &Node, start: Timestamp) -> Option<(ChannelEntry, Place)> {
    let fields = Fields::of(cx, node, "[[channels]]")?;
    let id_at = fields.require("external_id", "the channel's id");
    let external_id = id_at.and_then(|node| cx.id(node));
    let title = fields.take("title").and_then(|node| cx.text(node)).map(Text::from);
    let (appears_at, disappears_at) = (fields.take("appears"), fields.take("disappears"));
    let appears = appears_at.and_then(|node| cx.moment_from_start(node, start));
    let disappears = disappears_at.and_then(|node| cx.moment_from_start(node, start));
    fields.finish();
    let appears = appears.unwrap_or(VirtualTime::START);
    if let (Some(disappears), Some(node)) = (disappears, disappears_at)
        && disappears <= appears
    {
        cx.problem(node.at, "the channel disappears before it has appeared")
            .expected("expected a moment after `appears`")
            .report();
    }
    let disappears = disappears.unwrap_or(VirtualTime::NEVER);
    Some((ChannelEntry { external_id: external_id?, title, appears, disappears }, id_at?.at))
}

fn generated(cx: &Context, node: &Node, channels: Vec<(ChannelEntry, Place)>) -> Option<Content> {
    let fields = Fields::of(cx, node, "[generate]")?;
    let count = fields
        .require("channels", "how many channels there are at the start")
        .and_then(|node| cx.whole(node, 0, MOST_CHANNELS));
    let number = |key| {
        let most = f64::from(u32::MAX);
        fields.take(key).and_then(|node| distribution(node, "a number", |node| fraction(cx, node, most), cx))
    };
    let history_per_channel = number("history_per_channel").unwrap_or(Distribution::ZERO);
    let changes_per_day = number("changes_per_day").unwrap_or(Distribution::ZERO);
    let whole = |key| fields.take(key).and_then(|node| cx.whole(node, 0, MOST)).unwrap_or(0);
    let binaries_per_record = whole("binaries_per_record");
    let aggregations_per_channel = whole("aggregations_per_channel");
    let rate = |key| fields.take(key).and_then(|node| fraction(cx, node, 1e6)).unwrap_or(0.0);
    let channels_appearing_per_day = rate("channels_appearing_per_day");
    let channels_disappearing_per_day = rate("channels_disappearing_per_day");
    fields.finish();
    let count = count?;
    for (entry, at) in &channels {
        let number = entry.external_id.strip_prefix("channel-").and_then(|number| number.parse::<u64>().ok());
        if !number.is_some_and(|number| (1..=count).contains(&number)) {
            let names: Vec<String> =
                (1..=count.min(1000)).map(|number| format!("channel-{number}")).collect();
            let problem =
                cx.problem(*at, format!("no channel `{}` is generated", excerpt(&entry.external_id)));
            match nearest(&entry.external_id, names.iter().map(String::as_str)) {
                Some(name) => problem.expected(format!("did you mean `{name}`?")),
                None => problem.expected(format!("expected `channel-1` to `channel-{count}`")),
            }
            .report();
        }
    }
    Some(Content::Generated(Generate {
        channels: count,
        history_per_channel,
        changes_per_day,
        binaries_per_record,
        aggregations_per_channel,
        channels_appearing_per_day,
        channels_disappearing_per_day,
        channels_named: channels.into_iter().map(|(entry, _)| entry).collect(),
    }))
}

/// `[data]`: reads its files.
fn files(
    cx: &Context,
    node: &Node,
    channels: Vec<(ChannelEntry, Place)>,
    start: Timestamp,
) -> Option<Content> {
    let fields = Fields::of(cx, node, "[data]")?;
    let items =
        fields.require("items", "the path of a file of items (.jsonl or .csv), or a list of such paths");
    fields.finish();
    let moment = |text: &str| {
        if let Some(since) = words::duration(text) {
            return start.as_millisecond().checked_add(i64::try_from(since.0).ok()?);
        }
        text.parse::<Timestamp>().ok().map(Timestamp::as_millisecond)
    };
    let mut rows = Rows::new(channels.into_iter().map(|(entry, _)| entry).collect(), &moment);
    let items = items?;
    let names = match &items.value {
        Value::Array(names) => names.as_slice(),
        _ => std::slice::from_ref(items),
    };
    for node in names {
        let Value::String(name) = &node.value else {
            cx.wrong_type::<()>(node, "the path of a file of items");
            continue;
        };
        let Some(format) = Format::of(name) else {
            cx.problem(node.at, format!("`{}` says no format", excerpt(name)))
                .expected("expected a name that ends in `.jsonl`, `.ndjson` or `.csv`")
                .report();
            continue;
        };
        let Some(mut file) = cx.open_data(name, node) else { continue };
        for problem in rows.read(&mut file, format).err().unwrap_or_default() {
            let line = cx.piece(&file, problem.line);
            let whole = cx.file(line).text.len();
            let piece = problem.piece.unwrap_or(0..whole);
            let place = Place { file: line, start: piece.start.min(whole), end: piece.end.min(whole) };
            cx.problem(place, problem.message).expected(problem.expected).report();
        }
        cx.close_data(file);
    }
    let data: Data = rows.finish();
    Some(Content::Data(Arc::new(data)))
}

fn rate_limit(cx: &Context, node: &Node, costs: &mut Costs) -> Option<RateLimit> {
    let fields = Fields::of(cx, node, "[[rate_limits]]")?;
    let limit =
        fields.require("limit", "how many units a window has").and_then(|node| cx.whole(node, 0, MOST));
    let window = fields
        .require("window", "how long a window lasts, such as \"1m\"")
        .and_then(|node| cx.duration_from(node, Millis(1)));
    let per = fields.take("per").map_or(Some(Per::Source), |node| {
        let all = [
            ("source", Per::Source),
            ("tenant", Per::Tenant),
            ("connector", Per::Connector),
            ("channel", Per::Channel),
        ];
        one_of(cx, node, &all)
    });
    if let Some(own) = fields.take("cost").and_then(|node| cost(cx, node)) {
        *costs = own;
    }
    let lock_type = fields
        .require("semaphore_lock_type", "\"global\" or \"scoped\": the lock that a refusal asks for")
        .and_then(|node| cx.word(node, LockType::ALL, LockType::parse));
    let when_ignored = fields.take("when_ignored").map_or(Some(WhenIgnored::Reject), |node| {
        one_of(cx, node, &[("reject", WhenIgnored::Reject), ("extend", WhenIgnored::Extend)])
    });
    fields.finish();
    Some(RateLimit {
        limit: limit?,
        window: window?,
        per: per?,
        cost: *costs,
        semaphore_lock_type: lock_type?,
        when_ignored: when_ignored?,
    })
}

fn cost(cx: &Context, node: &Node) -> Option<Costs> {
    let fields = Fields::of(cx, node, "`cost`")?;
    let of = |key, default| fields.take(key).map_or(Some(default), |node| cx.whole(node, 0, MOST));
    let costs = Costs {
        channel_discovery: of(WorkType::ChannelDiscovery.key(), Costs::CALLS.channel_discovery)?,
        content_synchronisation: of(
            WorkType::ContentSynchronisation.key(),
            Costs::CALLS.content_synchronisation,
        )?,
        content_registration: of(WorkType::ContentRegistration.key(), Costs::CALLS.content_registration)?,
        binary: of("binary", Costs::CALLS.binary)?,
    };
    fields.finish();
    Some(costs)
}

fn outage(cx: &Context, node: &Node, start: Timestamp) -> Option<Outage> {
    let fields = Fields::of(cx, node, "[[outages]]")?;
    let moment = |key, what| {
        let node = fields.require(key, what)?;
        Some((cx.moment_from_start(node, start)?, node))
    };
    let from = moment("from", "when it begins, such as \"10h\"");
    let to = moment("to", "when it is over, such as \"10h 20m\"");
    let reason = fields.take("reason").and_then(|node| cx.text(node)).unwrap_or("outage");
    fields.finish();
    let ((from, _), (to, at)) = (from?, to?);
    if to <= from {
        cx.problem(at.at, "the outage is over before it begins")
            .expected("expected a moment after `from`")
            .report();
    }
    Some(Outage { from, to, reason: reason.into() })
}

fn faults(cx: &Context, node: &Node) -> Faults {
    let Some(fields) = Fields::of(cx, node, "[faults]") else { return Faults::default() };
    let probability = |key| fields.take(key).and_then(|node| fraction(cx, node, 1.0)).unwrap_or(0.0);
    let faults = Faults {
        failed: probability("failed"),
        abandoned: probability("abandoned"),
        short_page: probability("short_page"),
    };
    fields.finish();
    faults
}

/// How long calls last, in milliseconds.
fn latency(cx: &Context, node: &Node) -> Option<Distribution> {
    #[allow(clippy::cast_precision_loss, reason = "a duration of a config has fewer than 2^53 milliseconds")]
    let millis = |node: &Node| cx.duration(node).map(|duration| duration.0 as f64);
    distribution(node, "a duration", millis, cx)
}

/// A value, or `{ median, p95 }`.
fn distribution(
    node: &Node,
    what: &str,
    value: impl Fn(&Node) -> Option<f64>,
    cx: &Context,
) -> Option<Distribution> {
    let Value::Table(_) = &node.value else { return value(node).map(Distribution::Value) };
    let fields = Fields::of(cx, node, "a distribution")?;
    let median = fields.require("median", &format!("{what} that half of all are below"));
    let p95_at = fields.require("p95", &format!("{what} that 95 % of all are below"));
    let (median, p95) = (median.and_then(&value), p95_at.and_then(&value));
    fields.finish();
    let found = Distribution::log_normal(median?, p95?);
    if found.is_none() {
        let at = p95_at?.at;
        let expected = "expected a median above 0 and a p95 that is not below it";
        cx.problem(at, "no log-normal distribution is like that").expected(expected).report();
    }
    found
}

/// A number from 0, whole or not.
fn fraction(cx: &Context, node: &Node, most: f64) -> Option<f64> {
    let number = match &node.value {
        #[allow(clippy::cast_precision_loss, reason = "what is too large stays so")]
        Value::Integer(number) => Some(*number as f64),
        Value::Float(text) => text.replace('_', "").parse::<f64>().ok(),
        _ => return cx.wrong_type(node, "a number"),
    };
    let inside = number.filter(|number| (0.0..=most).contains(number));
    if inside.is_none() {
        cx.out_of_range(node, &format!("expected 0 to {most}"));
    }
    inside
}

fn one_of<T: Copy>(cx: &Context, node: &Node, all: &[(&str, T)]) -> Option<T> {
    let words: Vec<&str> = all.iter().map(|(word, _)| *word).collect();
    let find = |text: &str| words.iter().position(|word| normalised(word) == normalised(text));
    let at = cx.word_of(node, &words, find)?;
    all.get(at).map(|(_, value)| *value)
}
