//! `connector-cli init DIR`: files to start from.

use std::fs::{self, File};
use std::io::Write;
use std::path::Path;

use crate::cli::Init;
use crate::config::schema;
use crate::error::{Error, Exit};
use crate::output::Output;

/// The files and what is in them, in the order in which one looks at them.
fn files() -> [(&'static str, &'static str); 4] {
    [
        ("connector.toml", include_str!("init/connector.toml")),
        ("source.toml", include_str!("init/source.toml")),
        (".schemas/connector.json", schema("connector").unwrap_or_default()),
        (".schemas/source.json", schema("source").unwrap_or_default()),
    ]
}

/// Writes the files, unless one of them is there already.
pub(super) fn run(options: &Init, output: &mut Output<'_>) -> Result<Exit, Error> {
    let folder = options.folder.as_path();
    if let Some((name, _)) = files().into_iter().find(|(name, _)| folder.join(name).exists()) {
        let message = format!("{} is there already", shown(folder, name));
        return Err(Error::input(message, "nothing was written; name a folder without it, or move it away"));
    }
    for (name, text) in files() {
        write(&folder.join(name), text).map_err(|error| {
            Error::input(format!("{} cannot be written: {error}", shown(folder, name)), "")
        })?;
        writeln!(output.data(), "{}", shown(folder, name))?;
    }
    output.note(&format!("\nNext: connector-cli run {}", shown(folder, "connector.toml")))?;
    Ok(Exit::Success)
}

/// A file's path as it may be typed, with `/` in front of its name on every system.
fn shown(folder: &Path, name: &str) -> String {
    let folder = folder.display().to_string();
    format!("{}/{name}", folder.trim_end_matches(['/', std::path::MAIN_SEPARATOR]))
}

/// Makes a new file and the folder that it is in.
fn write(path: &Path, text: &str) -> std::io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    File::create_new(path)?.write_all(text.as_bytes())
}
