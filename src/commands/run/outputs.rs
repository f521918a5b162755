//! The files that a run writes: none of them may be one that it reads, nor may two be one.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::cli::Run;
use crate::config::ConnectorConfig;
use crate::error::Error;

/// Refuses to write over the config or anything that it names, or to write two things to one file.
pub(super) fn check(options: &Run, config: &ConnectorConfig) -> Result<(), Error> {
    let folder = options.config.parent().unwrap_or(Path::new(""));
    let mut taken: BTreeMap<PathBuf, &str> =
        config.inputs.iter().map(|input| (identity(&folder.join(&input.path)), "the run reads it")).collect();
    let outputs = [
        ("--event-log", options.event_log.as_ref().filter(|path| *path != Path::new("-"))),
        ("--report", options.report.as_ref()),
        ("--trace", options.trace.as_ref()),
    ];
    for (option, path) in outputs {
        // A device, such as `/dev/null`, takes whatever is written to it.
        let Some(path) = path.filter(|path| path.is_file() || !path.exists()) else { continue };
        let why = match option {
            "--event-log" => "the event log goes there",
            "--report" => "the report goes there",
            _ => "the trace goes there",
        };
        if let Some(taken) = taken.insert(identity(path), why) {
            return Err(Error::input(format!("{option} cannot be {}: {taken}", path.display()), ""));
        }
    }
    Ok(())
}

/// The path without detours; where there is no such file yet, that of its folder and its name.
fn identity(path: &Path) -> PathBuf {
    path.canonicalize().unwrap_or_else(|_| {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let name = path.file_name().unwrap_or_default();
        folder.canonicalize().map_or_else(|_| path.to_owned(), |folder| folder.join(name))
    })
}
