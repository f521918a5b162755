//! Calls that reached a source while it throttled, and why no lock stopped them.

use std::io::{self, Write};

use super::page::{Page, end_section, section};
use super::table::{Cell, Column, Table};
use super::text::{self, escape};
use crate::model::VirtualTime;
use crate::report::summary::{Summary, Throttled, Unstopped};

/// So many calls are explained one by one.
const SHOWN: usize = 200;

/// The first calls that reached a source while it throttled, each with why no lock stopped it: found out once for all
/// who tell it.
pub(super) struct Explained(Vec<(Throttled, Unstopped)>);

impl Explained {
    pub(super) fn of(summary: &Summary) -> Self {
        let explainer = summary.explainer();
        Self(summary.throttled().iter().take(SHOWN).map(|call| (*call, explainer.explain(call))).collect())
    }

    pub(super) fn calls(&self) -> &[(Throttled, Unstopped)] {
        &self.0
    }

    /// Why no lock stopped the call of this operation at this moment, if that was found out.
    pub(super) fn find(&self, line: u32, at: VirtualTime) -> Option<&Unstopped> {
        let call = self.0.iter().find(|(call, _)| *call == Throttled { at, line });
        call.map(|(_, unstopped)| unstopped)
    }
}

pub(super) fn write(page: &Page<'_>, to: &mut dyn Write) -> io::Result<()> {
    let calls = page.explained.calls();
    if calls.is_empty() {
        return Ok(());
    }
    section(to, "throttled", "Calls while the source throttled")?;
    let all = page.summary.totals().calls_while_throttled;
    let caption = if all > SHOWN as u64 {
        format!("The first {SHOWN} of {}.", text::number(all))
    } else {
        "Each one came although the source had asked for silence.".to_owned()
    };
    let columns =
        [("When", Column::Number), ("Who", Column::Text), ("Why no lock stopped it", Column::Words)];
    let mut table = Table::new("throttled", caption, columns);
    for (call, unstopped) in calls {
        table.row(vec![
            Cell::by(text::moment(call.at, page.clock), call.at.0),
            Cell::html(escape(&page.operation(call.line))),
            Cell::html(escape(&why(page, unstopped))),
        ]);
    }
    table.write(to)?;
    end_section(to)
}

/// Why no lock stopped a call, in plain text.
pub(super) fn why(page: &Page<'_>, unstopped: &Unstopped) -> String {
    match unstopped {
        Unstopped::Replaced { key, by, at, until } => format!(
            "{} replaced the lock {} at {at} with a shorter one (D9 newer-lock-replaces); it would have lasted until {until}",
            page.operation(*by),
            text::plain(key, text::NAME)
        ),
        Unstopped::OtherKey { key, own: Some(own) } => format!(
            "the lock has another key: {}, not {}",
            text::plain(key, text::NAME),
            text::plain(own, text::NAME)
        ),
        Unstopped::OtherKey { key, own: None } => {
            format!("the lock has another key: {}", text::plain(key, text::NAME))
        }
        Unstopped::NoScopeKey => {
            "no scope key is configured, so that a scoped back-off sets no lock".to_owned()
        }
        Unstopped::NoLock => "no lock was set: the back-off was not valid".to_owned(),
    }
}
