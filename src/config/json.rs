//! Reads JSON as .NET's configuration does: comments and trailing commas are allowed, objects are flattened to keys such
//! as `ContentManager:DelaySeconds`, and every value knows where it stands.

use std::iter::Peekable;
use std::ops::Range;
use std::str::CharIndices;

/// As deep as .NET reads.
const DEEPEST: usize = 64;

/// A value that is neither object nor list.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Scalar {
    Null,
    Boolean(bool),
    /// As it is written.
    Number(String),
    Text(String),
}

/// One value with its flattened key.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Entry {
    pub(super) key: String,
    pub(super) key_at: Range<usize>,
    pub(super) value: Scalar,
    pub(super) value_at: Range<usize>,
}

/// What is wrong, and where.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct SyntaxError {
    pub(super) at: Range<usize>,
    pub(super) message: &'static str,
}

/// All values of a document whose top level is an object, in file order.
pub(super) fn flatten(text: &str) -> Result<Vec<Entry>, SyntaxError> {
    let mut reader =
        Reader { text, chars: text.char_indices().peekable(), entries: Vec::new(), path: Vec::new() };
    reader.skip()?;
    if !reader.next_is('{') {
        return Err(reader.error("expected an object in braces"));
    }
    reader.object(0)?;
    reader.skip()?;
    if reader.chars.peek().is_some() {
        return Err(reader.error("expected nothing after the closing brace"));
    }
    Ok(reader.entries)
}

struct Reader<'a> {
    text: &'a str,
    chars: Peekable<CharIndices<'a>>,
    entries: Vec<Entry>,
    /// The keys down to here, and where the last one stands.
    path: Vec<(String, Range<usize>)>,
}

impl Reader<'_> {
    fn at(&mut self) -> usize {
        self.chars.peek().map_or(self.text.len(), |(at, _)| *at)
    }

    fn error(&mut self, message: &'static str) -> SyntaxError {
        let start = self.at();
        let len = self.chars.peek().map_or(0, |(_, c)| c.len_utf8());
        SyntaxError { at: start..start + len, message }
    }

    fn peek(&mut self) -> Option<char> {
        self.chars.peek().map(|(_, c)| *c)
    }

    fn next_is(&mut self, expected: char) -> bool {
        self.chars.next_if(|(_, c)| *c == expected).is_some()
    }

    /// Skips blanks and comments.
    fn skip(&mut self) -> Result<(), SyntaxError> {
        loop {
            while self.chars.next_if(|(_, c)| matches!(c, ' ' | '\t' | '\n' | '\r')).is_some() {}
            let start = self.at();
            let rest = self.text.get(start..).unwrap_or_default();
            let length = if rest.starts_with("//") {
                rest.find(['\n', '\r']).unwrap_or(rest.len())
            } else if rest.starts_with("/*") {
                match rest.find("*/") {
                    Some(end) if end >= 2 => end + 2,
                    _ => {
                        return Err(SyntaxError { at: start..start + 2, message: "this comment has no end" });
                    }
                }
            } else {
                return Ok(());
            };
            while self.chars.next_if(|(at, _)| *at < start + length).is_some() {}
        }
    }

    /// After the opening brace.
    fn object(&mut self, depth: usize) -> Result<(), SyntaxError> {
        loop {
            self.skip()?;
            if self.next_is('}') {
                return Ok(());
            }
            if self.peek() != Some('"') {
                return Err(self.error("expected a key in quotes, or a closing brace"));
            }
            let start = self.at();
            let key = self.string()?;
            let end = self.at();
            self.skip()?;
            if !self.next_is(':') {
                return Err(self.error("expected a colon"));
            }
            self.path.push((key, start..end));
            self.value(depth)?;
            self.path.pop();
            self.skip()?;
            if !self.next_is(',') && self.peek() != Some('}') {
                return Err(self.error("expected a comma or a closing brace"));
            }
        }
    }

    /// After the opening bracket. Elements are keyed by their number, as .NET does it.
    fn list(&mut self, depth: usize) -> Result<(), SyntaxError> {
        for number in 0u64.. {
            self.skip()?;
            if self.next_is(']') {
                break;
            }
            let at = self.at();
            self.path.push((number.to_string(), at..at));
            self.value(depth)?;
            self.path.pop();
            self.skip()?;
            if !self.next_is(',') && self.peek() != Some(']') {
                return Err(self.error("expected a comma or a closing bracket"));
            }
        }
        Ok(())
    }

    fn value(&mut self, depth: usize) -> Result<(), SyntaxError> {
        self.skip()?;
        let start = self.at();
        let value = match self.peek() {
            Some('{' | '[') if depth >= DEEPEST => return Err(self.error("nested too deeply")),
            Some('{') => {
                self.chars.next();
                return self.object(depth + 1);
            }
            Some('[') => {
                self.chars.next();
                return self.list(depth + 1);
            }
            Some('"') => Scalar::Text(self.string()?),
            _ => {
                while self.chars.next_if(|(_, c)| c.is_ascii_alphanumeric() || "+-.".contains(*c)).is_some() {
                }
                let end = self.at();
                let word = self.text.get(start..end).unwrap_or_default();
                match word {
                    "null" => Scalar::Null,
                    "true" => Scalar::Boolean(true),
                    "false" => Scalar::Boolean(false),
                    _ if is_number(word) => Scalar::Number(word.to_owned()),
                    "" => return Err(self.error("expected a value")),
                    _ => return Err(SyntaxError { at: start..end, message: "expected a value" }),
                }
            }
        };
        let value_at = start..self.at();
        let key: Vec<&str> = self.path.iter().map(|(key, _)| key.as_str()).collect();
        let key_at = self.path.last().map_or(0..0, |(_, at)| at.clone());
        self.entries.push(Entry { key: key.join(":"), key_at, value, value_at });
        Ok(())
    }

    fn string(&mut self) -> Result<String, SyntaxError> {
        let start = self.at();
        self.chars.next();
        let mut text = String::new();
        let unended = SyntaxError { at: start..start + 1, message: "this text has no closing quote" };
        loop {
            match self.chars.next() {
                None | Some((_, '\n' | '\r')) => return Err(unended),
                Some((_, '"')) => return Ok(text),
                Some((at, '\\')) => {
                    let unknown = |end| SyntaxError { at: at..end, message: "unknown escape" };
                    let (next, escape) = self.chars.next().ok_or(unended.clone())?;
                    text.push(match escape {
                        '"' | '\\' | '/' => escape,
                        'b' => '\u{8}',
                        'f' => '\u{c}',
                        'n' => '\n',
                        'r' => '\r',
                        't' => '\t',
                        'u' => self.unicode().ok_or_else(|| unknown(next + 1))?,
                        _ => return Err(unknown(next + escape.len_utf8())),
                    });
                }
                Some((_, c)) => text.push(c),
            }
        }
    }

    /// After `\u`: one character, which may be written as two halves.
    fn unicode(&mut self) -> Option<char> {
        let first = self.four_digits()?;
        if let Some(c) = char::from_u32(first) {
            return Some(c);
        }
        (self.next_is('\\') && self.next_is('u')).then_some(())?;
        let second = self.four_digits()?;
        char::decode_utf16([u16::try_from(first).ok()?, u16::try_from(second).ok()?]).next()?.ok()
    }

    fn four_digits(&mut self) -> Option<u32> {
        (0..4).try_fold(0, |number, _| Some(number * 16 + self.chars.next()?.1.to_digit(16)?))
    }
}

fn is_number(word: &str) -> bool {
    let digits = word.strip_prefix('-').unwrap_or(word);
    digits.starts_with(|c: char| c.is_ascii_digit()) && word.parse::<f64>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    type Expected<'a> = Result<&'a [(&'a str, &'a str)], (Range<usize>, &'a str)>;

    fn check(text: &str, expect: Expected<'_>) {
        let found = flatten(text).map(|entries| {
            let value = |value| match value {
                Scalar::Null => "null".to_owned(),
                Scalar::Boolean(flag) => flag.to_string(),
                Scalar::Number(text) => text,
                Scalar::Text(text) => format!("{text:?}"),
            };
            entries.into_iter().map(|entry| (entry.key, value(entry.value))).collect::<Vec<_>>()
        });
        let expect = expect.map(|entries| {
            entries.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect::<Vec<_>>()
        });
        let expect = expect.map_err(|(at, message)| (at, message.to_owned()));
        assert_eq!(found.map_err(|error| (error.at, error.message.to_owned())), expect, "{text}");
    }

    #[test]
    fn what_net_reads() {
        check("{}", Ok(&[]));
        check(
            "// c\n{ /* { */ \"A\": { \"b\": 1, \"C\": [true, \"x\",], }, \"d:e\": null, } // end",
            Ok(&[("A:b", "1"), ("A:C:0", "true"), ("A:C:1", "\"x\""), ("d:e", "null")]),
        );
        check(r#"{"a":"\"\\\/\u00df\ud83d\ude00\n"}"#, Ok(&[("a", r#""\"\\/ß😀\n""#)]));
        check(r#"{"a":-1.5e3}"#, Ok(&[("a", "-1.5e3")]));
    }

    #[test]
    fn what_it_does_not() {
        check("", Err((0..0, "expected an object in braces")));
        check("[]", Err((0..1, "expected an object in braces")));
        check("{", Err((1..1, "expected a key in quotes, or a closing brace")));
        check("{a:1}", Err((1..2, "expected a key in quotes, or a closing brace")));
        check("{\"a\" 1}", Err((5..6, "expected a colon")));
        check("{\"a\":}", Err((5..6, "expected a value")));
        check("{\"a\":nil}", Err((5..8, "expected a value")));
        check("{\"a\":1 \"b\":2}", Err((7..8, "expected a comma or a closing brace")));
        check("{\"a\":[1 2]}", Err((8..9, "expected a comma or a closing bracket")));
        check("{\"a\":\"x}", Err((5..6, "this text has no closing quote")));
        check("{\"a\":\"\\x\"}", Err((6..8, "unknown escape")));
        check("{\"a\":\"\\ud83d\"}", Err((6..8, "unknown escape")));
        check("{} /*", Err((3..5, "this comment has no end")));
        check("{} {}", Err((3..4, "expected nothing after the closing brace")));
        let deep = "{\"a\":".repeat(100);
        check(&deep, Err((325..326, "nested too deeply")));
    }
}
