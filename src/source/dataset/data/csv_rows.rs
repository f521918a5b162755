//! CSV: a first row of column names, then a row an item.

use std::cell::Cell;
use std::io::{self, Read};
use std::rc::Rc;

use csv::{ErrorKind, ReaderBuilder, StringRecord};

use super::{COLUMNS, LONGEST_ROW, Reader, Row};

/// What the reader reads ahead.
const BUFFER: usize = 64 * 1024;

pub(super) fn read(reader: &mut Reader<'_>, file: impl Read) {
    let left = Rc::new(Cell::new(LONGEST_ROW + BUFFER));
    let file = Bounded { file, left: Rc::clone(&left) };
    let mut rows = ReaderBuilder::new().has_headers(false).buffer_capacity(BUFFER).from_reader(file);
    let mut row = StringRecord::new();
    let mut columns: Option<[Option<usize>; COLUMNS.len()]> = None;
    while !reader.gave_up() {
        left.set(LONGEST_ROW + BUFFER);
        match rows.read_record(&mut row) {
            Ok(false) => break,
            Ok(true) => {}
            Err(error) => {
                let line = error.position().map_or(rows.position().line(), csv::Position::line);
                let (message, expected) = words(&error);
                reader.problem(line, message, expected);
                // Whatever else is wrong with a row, the next one can be read.
                if matches!(error.kind(), ErrorKind::Io(_)) {
                    return;
                }
                continue;
            }
        }
        let line = row.position().map_or(0, csv::Position::line);
        match &columns {
            None => match header(reader, line, &row) {
                Some(found) => columns = Some(found),
                None => return,
            },
            Some(columns) => {
                let [channel, id, created, modified, kind, binaries] =
                    columns.map(|column| column.and_then(|column| row.get(column)).map(str::trim));
                reader.row(line, &Row { channel, id, created, modified, kind, binaries }, &|_| None);
            }
        }
    }
}

/// Where the columns are that mean something; `None` where one is missing that must be there.
fn header(reader: &mut Reader<'_>, line: u64, row: &StringRecord) -> Option<[Option<usize>; COLUMNS.len()]> {
    let names: Vec<&str> = row.iter().map(|name| name.trim_start_matches('\u{feff}').trim()).collect();
    let before = reader.gave_up();
    for name in &names {
        reader.column(line, name, || None);
    }
    let columns = COLUMNS.map(|column| names.iter().position(|name| *name == column));
    let mut complete = !before;
    for (name, column) in COLUMNS.iter().zip(columns).take(3) {
        if column.is_none() {
            let expected = "expected a first row of column names with `channel`, `id` and `created`";
            reader.problem(line, format!("there is no column `{name}`"), expected);
            complete = false;
        }
    }
    complete.then_some(columns)
}

fn words(error: &csv::Error) -> (String, &'static str) {
    match error.kind() {
        ErrorKind::UnequalLengths { expected_len, len, .. } => (
            format!("{len} values where the first row names {expected_len} columns"),
            "expected a value for each column",
        ),
        ErrorKind::Utf8 { .. } => ("not UTF-8".to_owned(), "expected a text file in UTF-8"),
        ErrorKind::Io(error) if error.kind() == io::ErrorKind::InvalidData => {
            ("a row of more than 1 MiB".to_owned(), "expected a quote that ends what a quote began")
        }
        ErrorKind::Io(error) => (format!("cannot be read on: {error}"), ""),
        _ => (error.to_string(), ""),
    }
}

/// A file of which no row may be longer than there is `left`.
struct Bounded<R> {
    file: R,
    left: Rc<Cell<usize>>,
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read(buffer)?;
        let left = self.left.get().checked_sub(read);
        self.left.set(left.ok_or_else(|| io::Error::from(io::ErrorKind::InvalidData))?);
        Ok(read)
    }
}
