//! `connector-cli rules [ID|NAME]`: the table of SPEC section 3; for one row, a worked example.

mod example;

use serde::Serialize;

use crate::cli::{Format, RulesTable};
use crate::error::{Error, Exit};
use crate::output::Output;
use crate::report::{differences, pad, wrap};
use crate::rules::Row;

use example::Example;

/// Shows the table, or one row of it.
pub(super) fn run(options: &RulesTable, output: &mut Output<'_>) -> Result<Exit, Error> {
    output.use_ascii(options.drawing.ascii);
    let rows = options.row.as_ref().map_or(Row::ALL, std::slice::from_ref);
    let text = match options.format {
        Format::Json => json(rows, options.row)?,
        Format::Table => {
            let style = output.style();
            let mut text = differences::table(rows, &style);
            if let Some(row) = options.row {
                text.push('\n');
                text.push_str(&Example::of(row).draw(&style));
            }
            text
        }
    };
    output.data().write_all(text.as_bytes())?;
    if options.row.is_none() && options.format == Format::Table {
        output.note("\nconnector-cli rules D9 shows one of them with a worked example.")?;
    }
    Ok(Exit::Success)
}

#[derive(Serialize)]
struct Document {
    schema: &'static str,
    rules: Vec<RowFact>,
}

#[derive(Serialize)]
struct RowFact {
    id: Row,
    name: &'static str,
    subject: &'static str,
    documented: &'static str,
    sdk: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    example: Option<example::Told>,
}

fn json(rows: &[Row], with_example: Option<Row>) -> Result<String, Error> {
    let facts = rows.iter().map(|&row| {
        let difference = row.difference();
        RowFact {
            id: row,
            name: difference.name,
            subject: difference.subject,
            documented: difference.documented,
            sdk: difference.sdk,
            example: with_example.map(|row| Example::of(row).told()),
        }
    });
    let document = Document { schema: "connector-cli/rules/1", rules: facts.collect() };
    Ok(serde_json::to_string(&document).map_err(std::io::Error::from)? + "\n")
}
