//! The page around everything: head, sections, styles, script.

use std::fmt::Write as _;
use std::io::{self, Write};

use sha2::{Digest, Sha256};

use super::throttled::Explained;
use super::{Html, headline, locks, operations, settings, sources, text, throttled, timeline};
use crate::model::VirtualTime;
use crate::report::WallClock;
use crate::report::expect::Checked;
use crate::report::summary::{Operation, Summary};
use crate::report::worst;

const STYLE: &str = include_str!("style.css");
const SCRIPT: &str = include_str!("script.js");

/// So many operations are shown one by one.
const OPERATIONS: usize = 200;

/// What every part of the report is drawn from.
pub(super) struct Page<'a> {
    pub(super) html: &'a Html,
    pub(super) name: String,
    pub(super) summary: &'a Summary,
    pub(super) expectations: &'a [Checked<'a>],
    pub(super) clock: WallClock,
    /// The end of the time axis.
    pub(super) end: VirtualTime,
    /// The operations that are shown one by one, and the others.
    pub(super) shown: Vec<Operation<'a>>,
    pub(super) rest: Vec<Operation<'a>>,
    pub(super) explained: Explained,
}

impl<'a> Page<'a> {
    pub(super) fn new(
        html: &'a Html,
        name: &str,
        summary: &'a Summary,
        expectations: &'a [Checked<'a>],
    ) -> Self {
        let (shown, rest) = worst::operations(summary, OPERATIONS);
        let end = summary.end().max(VirtualTime(1));
        Self {
            html,
            name: text::cut(name, 120),
            summary,
            expectations,
            clock: WallClock::of(summary),
            end,
            shown,
            rest,
            explained: Explained::of(summary),
        }
    }

    /// An operation's name, not escaped.
    pub(super) fn operation(&self, line: u32) -> String {
        self.summary.line(line).map_or_else(|| "an unknown operation".to_owned(), text::operation)
    }

    pub(super) fn write(&self, to: &mut dyn Write) -> io::Result<()> {
        // A checkout with other line endings must not change the bytes, nor the script's digest.
        let (style, script) = (STYLE.replace('\r', ""), SCRIPT.replace('\r', ""));
        let digest = base64(&Sha256::digest(script.as_bytes()));
        write!(
            to,
            "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; \
             script-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
             <meta name=\"color-scheme\" content=\"light dark\">\n\
             <meta name=\"generator\" content=\"connector-cli {}\">\n\
             <title>{} · connector-cli</title>\n<style>{style}</style>\n</head>\n<body>\n",
            env!("CARGO_PKG_VERSION"),
            self.name
        )?;
        timeline::write_symbols(to)?;
        writeln!(to, "<main>")?;
        headline::write(self, to)?;
        sources::write(self, to)?;
        timeline::write(self, to)?;
        operations::write(self, to)?;
        locks::write(self, to)?;
        throttled::write(self, to)?;
        settings::write(self, to)?;
        writeln!(to, "</main>\n<div id=\"tip\" role=\"status\" hidden></div>\n<script>{script}</script>")?;
        writeln!(to, "</body>\n</html>")
    }
}

/// Begins a section with a heading that links can name.
pub(super) fn section(to: &mut dyn Write, id: &str, heading: &str) -> io::Result<()> {
    writeln!(to, "<section aria-labelledby=\"{id}-heading\">\n<h2 id=\"{id}-heading\">{heading}</h2>")
}

/// Ends it.
pub(super) fn end_section(to: &mut dyn Write) -> io::Result<()> {
    writeln!(to, "</section>")
}

/// The digest of the script, as a content security policy writes it.
fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for three in bytes.chunks(3) {
        let number =
            (0..3).fold(0u32, |number, at| number << 8 | u32::from(three.get(at).copied().unwrap_or(0)));
        for digit in 0..4 {
            if digit <= three.len() {
                let _ = write!(text, "{}", char::from(DIGITS[(number >> (18 - 6 * digit) & 63) as usize]));
            } else {
                text.push('=');
            }
        }
    }
    text
}

#[cfg(test)]
mod tests {
    #[test]
    fn base64() {
        let check = |bytes: &str, expect| assert_eq!(super::base64(bytes.as_bytes()), expect);
        check("", "");
        check("M", "TQ==");
        check("Ma", "TWE=");
        check("Man", "TWFu");
        check("Man~?", "TWFufj8=");
    }
}
