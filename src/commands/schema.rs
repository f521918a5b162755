//! `connector-cli schema NAME`.

use crate::cli::Schema;
use crate::error::{Error, Exit};
use crate::output::Output;

/// Prints a JSON Schema.
pub(super) fn run(options: &Schema, output: &mut Output<'_>) -> Result<Exit, Error> {
    output.data().write_all(options.schema.as_bytes())?;
    Ok(Exit::Success)
}
