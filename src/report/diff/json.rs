//! What changed, for programs.

use std::io::{self, Write};

use serde::Serialize;

use super::{Change, Difference, Presence};
use crate::rules::Row;

/// The document's schema.
const SCHEMA: &str = "connector-cli/diff/1";

#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    before: &'a str,
    now: &'a str,
    same: bool,
    settings: Vec<Setting<'a>>,
    totals: Vec<ChangeRow<'a>>,
    rows_now: &'a [Row],
    rows_no_more: &'a [Row],
    first_difference: Option<First<'a>>,
    operations: Vec<Operation<'a>>,
    unchanged_operations: usize,
}

#[derive(Serialize)]
struct Setting<'a> {
    key: &'a str,
    before: Option<&'a str>,
    now: Option<&'a str>,
}

#[derive(Serialize)]
struct ChangeRow<'a> {
    what: &'static str,
    before: &'a serde_json::Value,
    now: &'a serde_json::Value,
    words: &'a str,
}

#[derive(Serialize)]
struct First<'a> {
    event: usize,
    before: Option<&'a str>,
    now: Option<&'a str>,
}

#[derive(Serialize)]
struct Operation<'a> {
    name: &'a str,
    presence: &'static str,
    changes: Vec<ChangeRow<'a>>,
}

/// Writes what changed.
///
/// # Errors
/// Whatever goes wrong with `to`.
pub fn json(difference: &Difference, names: [&str; 2], to: &mut dyn Write) -> io::Result<()> {
    let document = Document {
        schema: SCHEMA,
        before: names[0],
        now: names[1],
        same: difference.is_empty(),
        settings: (difference.settings.iter())
            .map(|(key, was, is)| Setting { key, before: was.as_deref(), now: is.as_deref() })
            .collect(),
        totals: difference.totals.iter().map(row).collect(),
        rows_now: &difference.rows_now,
        rows_no_more: &difference.rows_no_more,
        first_difference: difference.first_event.map(|event| First {
            event,
            before: difference.first[0].as_deref(),
            now: difference.first[1].as_deref(),
        }),
        operations: (difference.operations.iter())
            .map(|each| Operation {
                name: &each.name,
                presence: match each.presence {
                    Presence::Both => "both",
                    Presence::New => "new",
                    Presence::Gone => "gone",
                },
                changes: each.changes.iter().map(row).collect(),
            })
            .collect(),
        unchanged_operations: difference.unchanged,
    };
    serde_json::to_writer_pretty(&mut *to, &document)?;
    to.write_all(b"\n")
}

fn row(change: &Change) -> ChangeRow<'_> {
    ChangeRow { what: change.what, before: &change.before, now: &change.now, words: &change.words }
}
