//! The timeline: time across; a lane for each lock key with whom it held below it, then a lane for each operation.
//!
//! Places are percentages, so that a lane is as wide as the window, or as many times that as the reader asks for. What is
//! under the pointer says what, why and how long, in `<title>`s.

mod axis;
mod keys;
mod operations;
mod span;

use std::io::{self, Write};

use super::page::{Page, end_section, section};
use super::text::{self, escape};
use crate::model::VirtualTime;
use span::{mark, span};

/// About so many things are drawn in all.
const DRAWN: usize = 24_000;
/// In one lane at least so many, before those near each other are drawn as one.
const LEAST: usize = 40;

/// A lane: its label and what is drawn in it, as HTML and SVG.
struct Lane {
    class: &'static str,
    label: String,
    height: u32,
    /// What a reader who does not see it is told.
    words: String,
    drawing: String,
}

/// The shapes that marks are made of, once for the whole page.
pub(super) fn write_symbols(to: &mut dyn Write) -> io::Result<()> {
    writeln!(to, "<svg width=\"0\" height=\"0\" class=\"defs\" aria-hidden=\"true\"><defs>")?;
    writeln!(
        to,
        "<pattern id=\"hatch\" width=\"6\" height=\"6\" patternUnits=\"userSpaceOnUse\" patternTransform=\"rotate(45)\">\
         <rect width=\"6\" height=\"6\" class=\"hatch-ground\"/><rect width=\"2.5\" height=\"6\" class=\"hatch-line\"/></pattern>"
    )?;
    for (id, shape) in SHAPES {
        writeln!(
            to,
            "<g id=\"{id}\"><rect x=\"-4\" y=\"-9\" width=\"8\" height=\"18\" class=\"hit\"/>{shape}</g>"
        )?;
    }
    writeln!(to, "</defs></svg>")
}

const SHAPES: [(&str, &str); 12] = [
    ("m-complete", "<path d=\"M0-6V6\" class=\"line\"/>"),
    ("m-incomplete", "<circle r=\"3\"/>"),
    ("m-failed", "<path d=\"M-4-4 4 4M-4 4 4-4\" class=\"line\"/>"),
    ("m-abandoned", "<rect x=\"-4\" y=\"-4\" width=\"8\" height=\"8\"/>"),
    ("m-back-off", "<path d=\"M-5-4H5L0 5Z\"/>"),
    ("m-deferred", "<path d=\"M0-3V3\" class=\"line\"/>"),
    ("m-disabled", "<circle r=\"3.5\" class=\"line\"/>"),
    ("m-removed", "<rect x=\"-3.5\" y=\"-3.5\" width=\"7\" height=\"7\" class=\"line\"/>"),
    ("m-channel-not-found", "<rect x=\"-3.5\" y=\"-3.5\" width=\"7\" height=\"7\" class=\"line\"/>"),
    ("m-throttled", "<path d=\"M0-9 6 0 0 9-6 0Z\" class=\"line\"/>"),
    ("m-set", "<path d=\"M0-9V9M-4-9H4\" class=\"line\"/>"),
    ("m-change", "<path d=\"M0-6 5 0 0 6-5 0Z\"/>"),
];

pub(super) fn write(page: &Page<'_>, to: &mut dyn Write) -> io::Result<()> {
    if page.shown.is_empty() {
        return Ok(());
    }
    section(to, "timeline", "Timeline")?;
    let keys = keys::Keys::of(page);
    let lanes = keys.lanes() + page.shown.len().min(operations::SHOWN);
    let most = (DRAWN / lanes.max(1)).max(LEAST);
    writeln!(to, "<div class=\"timeline\" data-zoom>")?;
    writeln!(
        to,
        "<div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-label=\"Timeline: locks and operations over time\">"
    )?;
    writeln!(to, "<div class=\"lanes\" style=\"--step:{}%\">", axis::step_percent(page))?;
    axis::write(page, to)?;
    changes(page, to)?;
    keys.write(page, most, to)?;
    operations::write(page, most, to)?;
    writeln!(to, "</div></div>")?;
    legend(to)?;
    writeln!(to, "</div>")?;
    end_section(to)
}

/// What happened to the connectors, and when the kill switch was on.
fn changes(page: &Page<'_>, to: &mut dyn Write) -> io::Result<()> {
    let changes = &page.html.changes;
    if changes.is_empty() {
        return Ok(());
    }
    let mut drawing = String::new();
    let mut on = None;
    for change in changes.iter().filter(|change| change.kill_switch.is_some()) {
        match (change.kill_switch, on) {
            (Some(true), None) => on = Some(change.at),
            (Some(false), Some(from)) => {
                kill_switch(page, from, change.at, &mut drawing);
                on = None;
            }
            _ => {}
        }
    }
    if let Some(from) = on {
        kill_switch(page, from, page.end, &mut drawing);
    }
    for change in changes {
        let title = format!("{}\n{}", text::both(change.at, page.clock), change.words);
        mark(&mut drawing, page, change.at, 12, "m-change", "change", &title);
    }
    let more = match page.html.changes_left_out {
        0 => String::new(),
        more => format!(" <small>the first; {} more</small>", text::number(more)),
    };
    let lane = Lane {
        class: "changes",
        label: format!("<b>Changes</b>{more}"),
        height: 24,
        words: crate::report::words::count(changes.len() as u64, "change"),
        drawing,
    };
    lane.write(to)
}

fn kill_switch(page: &Page<'_>, from: VirtualTime, until: VirtualTime, drawing: &mut String) {
    let title = format!(
        "kill switch on for {}\n{} to {}",
        until.since(from),
        text::both(from, page.clock),
        text::both(until, page.clock)
    );
    span(drawing, page, (from, until), (4, 16), "kill-switch", &title);
}

impl Lane {
    fn write(&self, to: &mut dyn Write) -> io::Result<()> {
        let Self { class, label, height, words, drawing } = self;
        writeln!(
            to,
            "<div class=\"lane {class}\"><div class=\"label\">{label}</div><svg class=\"track\" width=\"100%\" \
             height=\"{height}\" role=\"img\" aria-label=\"{}\">{drawing}</svg></div>",
            escape(words)
        )
    }
}

fn legend(to: &mut dyn Write) -> io::Result<()> {
    let spans = [
        ("lock", "lock active"),
        ("gone", "asked for, but no longer locked"),
        ("held", "held by a lock"),
        ("own", "own back-off"),
        ("retry", "retry delay"),
        ("call", "call in flight"),
        ("kill-switch", "kill switch on"),
    ];
    let marks = [
        ("complete", "complete"),
        ("incomplete", "incomplete"),
        ("failed", "failed"),
        ("abandoned", "abandoned"),
        ("back-off", "back-off"),
        ("disabled", "disabled"),
        ("removed", "removed, or channel not found"),
        ("throttled", "called while the source throttled"),
        ("set", "lock set again"),
        ("change", "change"),
    ];
    write!(to, "<ul class=\"legend\" aria-label=\"Timeline: signs\">")?;
    for (class, words) in spans {
        write!(
            to,
            "<li><svg width=\"18\" height=\"14\" aria-hidden=\"true\"><rect x=\"1\" y=\"2\" width=\"16\" height=\"10\" \
             class=\"s-{class}\"/></svg>{words}</li>"
        )?;
    }
    for (class, words) in marks {
        write!(
            to,
            "<li><svg width=\"18\" height=\"20\" aria-hidden=\"true\"><use href=\"#m-{class}\" x=\"9\" y=\"10\" \
             class=\"k-{class}\"/></svg>{words}</li>"
        )?;
    }
    writeln!(to, "</ul>")
}
