//! JSON Lines: an object a line.

use std::borrow::Cow;
use std::fmt;
use std::io::{BufRead, BufReader, Read};

use serde::Deserializer;
use serde::de::{IgnoredAny, MapAccess, Visitor};

use super::{COLUMNS, LONGEST_ROW, Reader, Row};

pub(super) fn read(reader: &mut Reader<'_>, file: impl Read) {
    let mut file = BufReader::new(file);
    let mut bytes = Vec::new();
    for line in 1.. {
        bytes.clear();
        let limit = LONGEST_ROW as u64 + 1;
        match file.by_ref().take(limit).read_until(b'\n', &mut bytes) {
            Ok(0) => return,
            Ok(_) => {}
            Err(error) => return reader.problem(line, format!("cannot be read on: {error}"), ""),
        }
        if bytes.len() > LONGEST_ROW {
            return reader.problem(line, "a line of more than 1 MiB", "expected one JSON object a line");
        }
        let mark: &[u8] = if line == 1 { b"\xef\xbb\xbf" } else { b"" };
        let row = bytes.strip_prefix(mark).unwrap_or(&bytes).trim_ascii_end();
        if !row.trim_ascii().is_empty() {
            self::row(reader, line, row);
        }
        if reader.gave_up() {
            return;
        }
    }
}

fn row(reader: &mut Reader<'_>, line: u64, bytes: &[u8]) {
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => {
            let at = error.valid_up_to();
            return reader.problem_at(line, Some(at..at + 1), "not UTF-8", "expected a text file in UTF-8");
        }
    };
    let mut json = serde_json::Deserializer::from_str(text);
    let columns = json.deserialize_map(Columns::default()).and_then(|columns| json.end().map(|()| columns));
    match columns {
        Ok(columns) => {
            for name in &columns.unknown {
                reader.column(line, name, || text.find(&**name).map(|at| at..at + name.len()));
            }
            let [channel, id, created, modified, kind, binaries] =
                columns.known.each_ref().map(Option::as_deref);
            let place = |column: &str| {
                let value = columns.of(column).filter(|value| !value.is_empty())?;
                text.find(value).map(|at| at..at + value.len())
            };
            reader.row(line, &Row { channel, id, created, modified, kind, binaries }, &place);
        }
        Err(error) => {
            let words = error.to_string();
            let words = words.split(" at line ").next().unwrap_or_default();
            let at = error.column().saturating_sub(1).min(text.len());
            reader.problem_at(line, Some(at..at), format!("not an item: {words}"), "expected a JSON object");
        }
    }
}

/// The values of the columns that mean something, as text; and the names of some that do not.
#[derive(Default)]
struct Columns<'a> {
    known: [Option<Cow<'a, str>>; COLUMNS.len()],
    unknown: Vec<Cow<'a, str>>,
}

impl Columns<'_> {
    fn of(&self, column: &str) -> Option<&str> {
        let at = COLUMNS.iter().position(|name| *name == column)?;
        self.known[at].as_deref()
    }
}

impl<'de> Visitor<'de> for Columns<'de> {
    type Value = Self;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<Self, A::Error> {
        while let Some(Name(key)) = map.next_key::<Name<'de>>()? {
            if let Some(at) = COLUMNS.iter().position(|name| *name == key) {
                self.known[at] = map.next_value::<Scalar<'de>>()?.0;
            } else {
                map.next_value::<IgnoredAny>()?;
                if self.unknown.len() < 64 {
                    self.unknown.push(key);
                }
            }
        }
        Ok(self)
    }
}

#[derive(serde::Deserialize)]
#[serde(transparent)]
struct Name<'a>(#[serde(borrow)] Cow<'a, str>);

/// Text, or a number as it is written; `null` is nothing.
struct Scalar<'a>(Option<Cow<'a, str>>);

impl<'de> serde::Deserialize<'de> for Scalar<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;
        impl<'de> Visitor<'de> for Text {
            type Value = Scalar<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("text or a whole number")
            }
            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Scalar<'de>, E> {
                Ok(Scalar(Some(Cow::Borrowed(text))))
            }
            fn visit_str<E>(self, text: &str) -> Result<Scalar<'de>, E> {
                Ok(Scalar(Some(Cow::Owned(text.to_owned()))))
            }
            fn visit_u64<E>(self, number: u64) -> Result<Scalar<'de>, E> {
                Ok(Scalar(Some(Cow::Owned(number.to_string()))))
            }
            fn visit_i64<E>(self, number: i64) -> Result<Scalar<'de>, E> {
                Ok(Scalar(Some(Cow::Owned(number.to_string()))))
            }
            fn visit_unit<E>(self) -> Result<Scalar<'de>, E> {
                Ok(Scalar(None))
            }
        }
        deserializer.deserialize_any(Text)
    }
}
