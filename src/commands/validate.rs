//! `connector-cli validate`: everything that is wrong with configs and content sources, and nothing else.

use std::fmt::Write;

use crate::cli::{ProblemFormat, Validate};
use crate::config::{self, Overrides};
use crate::error::{Error, Exit};
use crate::output::Output;

/// Validates each path, a connector config or a content source, and writes what it finds.
pub(super) fn run(options: &Validate, output: &mut Output<'_>) -> Result<Exit, Error> {
    output.use_ascii(options.drawing.ascii);
    let style = output.style();
    let overrides = Overrides { set: options.set.clone(), rules: options.rules, ..Overrides::default() };
    let mut exit = Exit::Success;
    for path in &options.paths {
        let mut text = String::new();
        match (config::check(path, &overrides), options.format) {
            (Err(problems), ProblemFormat::Short) => {
                exit = Exit::BadInput;
                text.extend(problems.short().map(|line| line + "\n"));
            }
            (Err(problems), ProblemFormat::Full) => {
                exit = Exit::BadInput;
                text = problems.render(style.columns(), style.colour) + "\n";
            }
            (Ok(warnings), format) => {
                for warning in &warnings {
                    let (path, line, column) = &warning.place;
                    let _ = writeln!(text, "{path}:{line}:{column}: warning: {}", warning.message);
                }
                if format == ProblemFormat::Full {
                    let _ = writeln!(text, "{}: valid", path.display());
                }
            }
        }
        output.data().write_all(style.words(&text).as_bytes())?;
    }
    Ok(exit)
}
