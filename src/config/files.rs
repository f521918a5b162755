//! Reads files: bounded, UTF-8, each only once, and each with the digest that the event log shows.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs::File;
use std::io::{self, BufRead, Read};
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use sha2::{Digest, Sha256};

use super::node::{FileId, Place};
use crate::event::Input;
use crate::words;

/// The most that a file may hold.
const MAX_BYTES: u64 = 64 << 20;

/// A file that was read, or an argument of the command line.
#[derive(PartialEq, Eq, Debug)]
pub(super) struct SourceFile {
    /// As messages show it.
    pub(super) name: String,
    /// Without a byte order mark.
    pub(super) text: String,
    /// Where its relative paths begin.
    folder: PathBuf,
    /// Its folder, relative to the config's.
    relative_folder: PathBuf,
    /// Where each line begins, in bytes.
    lines: Vec<usize>,
    /// The number of its first line: 1, but for a piece of a file that is not kept.
    first_line: usize,
}

impl SourceFile {
    fn new(name: String, text: String, folder: PathBuf, relative_folder: PathBuf) -> Self {
        let lines = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        Self { name, text, folder, relative_folder, lines, first_line: 1 }
    }

    /// One line of a file that is not kept.
    fn piece(name: String, text: String, line: usize) -> Self {
        Self { first_line: line.max(1), ..Self::new(name, text, PathBuf::new(), PathBuf::new()) }
    }

    /// Line and column, both from 1; the column in characters.
    pub(super) fn line_and_column(&self, at: usize) -> (usize, usize) {
        let line = self.lines.partition_point(|start| *start <= at).max(1);
        let start = self.lines.get(line - 1).copied().unwrap_or(0);
        let before = self.text.get(start..at).unwrap_or_default();
        (line - 1 + self.first_line, before.chars().count() + 1)
    }

    /// The line (from 1) without its end, and where it begins in bytes.
    pub(super) fn line(&self, line: usize) -> (&str, usize) {
        let at = line.saturating_sub(self.first_line);
        let start = self.lines.get(at).copied().unwrap_or(0);
        let end = self.lines.get(at + 1).copied().unwrap_or(self.text.len());
        let text = self.text.get(start..end).unwrap_or_default();
        (text.trim_end_matches(['\n', '\r']), start)
    }
}

/// All files that were read so far.
#[derive(Default, Debug)]
pub(super) struct Files {
    all: Vec<Arc<SourceFile>>,
    inputs: Vec<Input>,
    /// By path without detours, so that a file is read once however it is named.
    known: BTreeMap<PathBuf, FileId>,
    /// The config's folder, as it was given.
    shown_folder: PathBuf,
}

/// Why a file could not be read.
#[derive(PartialEq, Eq, Debug)]
pub(super) enum Unreadable {
    /// There is nothing to show: the reason in words.
    Reason(String),
    /// Its bytes are not UTF-8, from here on.
    NotUtf8(Place),
}

impl Files {
    /// Reads the config itself. If that fails there is still an (empty) file to which a problem can point.
    pub(super) fn open_config(&mut self, path: &Path) -> (FileId, Result<(), Unreadable>) {
        let folder = path.parent().unwrap_or(Path::new("")).to_owned();
        self.shown_folder.clone_from(&folder);
        let name = path.file_name().map(PathBuf::from).unwrap_or_default();
        match self.read(path, &name, words::path(path)) {
            Ok(file) => (file, Ok(())),
            Err(Unreadable::NotUtf8(place)) => (place.file, Err(Unreadable::NotUtf8(place))),
            Err(reason) => {
                let empty = SourceFile::new(words::path(path), String::new(), folder, PathBuf::new());
                (self.add(empty), Err(reason))
            }
        }
    }

    /// Reads the file that `from` calls `name`.
    pub(super) fn open(&mut self, from: FileId, name: &str) -> Result<FileId, Unreadable> {
        let file = self.get(from);
        let path = file.folder.join(name);
        let relative = without_detours(&file.relative_folder.join(name));
        let shown = words::path(&without_detours(&self.shown_folder.join(&relative)));
        self.read(&path, &relative, shown)
    }

    /// Opens the file that `from` calls `name`, to be read from its beginning to its end without being kept.
    pub(super) fn open_data(&self, from: FileId, name: &str) -> Result<DataFile, String> {
        let file = self.get(from);
        let path = file.folder.join(name);
        let relative = without_detours(&file.relative_folder.join(name));
        let shown = words::path(&without_detours(&self.shown_folder.join(&relative)));
        let opened = open_file(&path)?;
        Ok(DataFile { shown, relative: words::path(&relative), path, file: opened, hash: Sha256::new() })
    }

    /// A data file has been read: its digest is known, and it is an input.
    pub(super) fn close_data(&mut self, data: DataFile) {
        self.inputs.push(Input { path: data.relative, sha256: hexadecimal(&data.hash.finalize()) });
    }

    /// A line of a data file, for a problem to point at; without its text where that cannot be had.
    pub(super) fn piece(&mut self, data: &DataFile, line: u64) -> FileId {
        let text = data.line(line).unwrap_or_default();
        self.add(SourceFile::piece(data.shown.clone(), text, usize::try_from(line).unwrap_or(usize::MAX)))
    }

    /// An argument of the command line; relative paths in it begin at the config's folder.
    pub(super) fn argument(&mut self, option: &str, text: &str) -> FileId {
        let folder = self.all.first().map(|config| config.folder.clone()).unwrap_or_default();
        self.add(SourceFile::new(option.to_owned(), text.to_owned(), folder, PathBuf::new()))
    }

    pub(super) fn get(&self, id: FileId) -> Arc<SourceFile> {
        Arc::clone(&self.all[id.0 as usize])
    }

    pub(super) fn inputs(&self) -> Vec<Input> {
        self.inputs.clone()
    }

    fn add(&mut self, file: SourceFile) -> FileId {
        let id = FileId(u32::try_from(self.all.len()).unwrap_or(u32::MAX));
        self.all.push(Arc::new(file));
        id
    }

    fn read(&mut self, path: &Path, relative: &Path, shown: String) -> Result<FileId, Unreadable> {
        let identity = path.canonicalize().unwrap_or_else(|_| path.to_owned());
        if let Some(known) = self.known.get(&identity) {
            return Ok(*known);
        }
        let mut bytes = read_bounded(path).map_err(Unreadable::Reason)?;
        let mut sha256 = String::with_capacity(64);
        for byte in Sha256::digest(&bytes) {
            // Writing to a string cannot fail.
            let _ = write!(sha256, "{byte:02x}");
        }
        self.inputs.push(Input { path: words::path(relative), sha256 });
        if bytes.starts_with(b"\xef\xbb\xbf") {
            bytes.drain(..3);
        }
        let folder = path.parent().map(Path::to_owned).unwrap_or_default();
        let relative_folder = relative.parent().map(Path::to_owned).unwrap_or_default();
        match String::from_utf8(bytes) {
            Ok(text) => {
                let id = self.add(SourceFile::new(shown, text, folder, relative_folder));
                self.known.insert(identity, id);
                Ok(id)
            }
            Err(error) => {
                let start = error.utf8_error().valid_up_to();
                let text = String::from_utf8_lossy(error.as_bytes()).into_owned();
                let end = start + char::REPLACEMENT_CHARACTER.len_utf8();
                let file = self.add(SourceFile::new(shown, text, folder, relative_folder));
                Err(Unreadable::NotUtf8(Place { file, start, end }))
            }
        }
    }
}

/// A file that is read without being kept.
#[derive(Debug)]
pub(super) struct DataFile {
    shown: String,
    relative: String,
    path: PathBuf,
    file: File,
    hash: Sha256,
}

impl Read for DataFile {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read(buffer)?;
        self.hash.update(buffer.get(..read).unwrap_or_default());
        Ok(read)
    }
}

impl DataFile {
    /// A line (from 1), read once more.
    fn line(&self, line: u64) -> Option<String> {
        const LONGEST: u64 = 1 << 20;
        let mut file = io::BufReader::new(File::open(&self.path).ok()?);
        for _ in 1..line {
            file.skip_until(b'\n').ok()?;
        }
        let mut bytes = Vec::new();
        file.take(LONGEST).read_until(b'\n', &mut bytes).ok()?;
        let text = String::from_utf8_lossy(&bytes);
        Some(text.trim_start_matches('\u{feff}').trim_end_matches(['\n', '\r']).to_owned())
    }
}

fn hexadecimal(digest: &[u8]) -> String {
    digest.iter().fold(String::with_capacity(2 * digest.len()), |mut text, byte| {
        text.push(char::from_digit(u32::from(byte >> 4), 16).unwrap_or_default());
        text.push(char::from_digit(u32::from(byte & 15), 16).unwrap_or_default());
        text
    })
}

fn read_bounded(path: &Path) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    let file = open_file(path)?;
    file.take(MAX_BYTES + 1).read_to_end(&mut bytes).map_err(|error| unreadable(&error))?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err(format!("it is larger than {} MiB", MAX_BYTES >> 20));
    }
    Ok(bytes)
}

fn open_file(path: &Path) -> Result<File, String> {
    // Asked first, because not every system says it when a directory is opened.
    if path.is_dir() {
        return Err("it is a directory".to_owned());
    }
    File::open(path).map_err(|error| unreadable(&error))
}

fn unreadable(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "there is no such file".to_owned(),
        io::ErrorKind::PermissionDenied => "it may not be read".to_owned(),
        io::ErrorKind::IsADirectory => "it is a directory".to_owned(),
        kind => kind.to_string(),
    }
}

/// Without `.` and, as far as a name stands before it, `..`.
fn without_detours(path: &Path) -> PathBuf {
    let mut parts: Vec<Component<'_>> = Vec::new();
    for part in path.components() {
        match (part, parts.last()) {
            (Component::CurDir, _) | (Component::ParentDir, Some(Component::RootDir)) => {}
            (Component::ParentDir, Some(Component::Normal(_))) => {
                parts.pop();
            }
            _ => parts.push(part),
        }
    }
    parts.iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn detours_go() {
        let check =
            |path: &str, expect: &str| assert_eq!(words::path(&without_detours(Path::new(path))), expect);
        check("a/./b", "a/b");
        check("a/../b", "b");
        check("../a/../../b", "../../b");
        check("/../a", "/a");
    }

    #[test]
    fn lines_and_columns() {
        let text = "ab\r\nß→c\n".to_owned();
        let file = SourceFile::new(String::new(), text, PathBuf::new(), PathBuf::new());
        let check = |at, expect| assert_eq!(file.line_and_column(at), expect, "{at}");
        check(0, (1, 1));
        check(1, (1, 2));
        check(4, (2, 1));
        check(9, (2, 3));
        check(11, (3, 1));
        check(usize::MAX, (3, 1));
        assert_eq!(file.line(1), ("ab", 0));
        assert_eq!(file.line(2), ("ß→c", 4));
        assert_eq!(file.line(3), ("", 11));
    }
}
