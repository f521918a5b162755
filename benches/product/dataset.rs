//! How long it takes to read a dataset from files, beside a parser that only parses them.

use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Write};
use std::path::Path;

use connector_cli::config::{self, Overrides};
use serde::de::IgnoredAny;

use crate::timing::{Measure, Times, call, millis, nanos_each, ratio, take_turns};

const ITEMS: u32 = 200_000;
const CHANNELS: u32 = 1_000;

/// Measures and shows it.
pub(crate) fn print(short: bool, out: &mut impl Write) -> io::Result<()> {
    let folder = tempfile::tempdir()?;
    let count = if short { ITEMS / 100 } else { ITEMS };
    let times = if short { 1 } else { 7 };
    writeln!(out, "| a dataset of {count} items | MB | ms | least | ns an item | MB/s | : parsing alone |")?;
    writeln!(out, "| --- | ---: | ---: | ---: | ---: | ---: | ---: |")?;
    for (name, file, parse) in [
        ("JSON Lines", "items.jsonl", parse_json as fn(&Path) -> io::Result<()>),
        ("CSV", "items.csv", parse_csv),
    ] {
        let items = folder.path().join(file);
        fs::write(&items, if file.ends_with("csv") { csv(count) } else { json(count) })?;
        let config = folder.path().join(file).with_extension("connector.toml");
        fs::write(&config, config_of(file))?;
        let [load, alone] = take_turns(
            times,
            [Box::new(|| timed(|| check(&config))) as Measure<'_>, Box::new(|| timed(|| parse(&items)))],
        )?;
        let bytes = fs::metadata(&items)?.len();
        row(out, name, load, (count, bytes), ratio(load.median, alone.median))?;
        row(out, &format!("{name}, parsing alone"), alone, (count, bytes), 1.0)?;
    }
    Ok(())
}

fn row(
    out: &mut impl Write,
    name: &str,
    times: Times,
    (count, bytes): (u32, u64),
    ratio: f64,
) -> io::Result<()> {
    #[allow(clippy::cast_precision_loss, reason = "shown with three digits")]
    let megabytes = bytes as f64 / 1e6;
    let (median, least) = (millis(times.median), millis(times.least));
    let (an_item, a_second) =
        (nanos_each(times.median, count.into()), megabytes / times.median.as_secs_f64());
    writeln!(
        out,
        "| {name} | {megabytes:.1} | {median:.0} | {least:.0} | {an_item:.0} | {a_second:.0} | {ratio:.1} |"
    )
}

/// How long it takes, unless it fails.
fn timed(work: impl FnOnce() -> io::Result<()>) -> io::Result<std::time::Duration> {
    let mut result = Ok(());
    let took = call(|| result = work());
    result.map(|()| took)
}

/// Everything that `validate` does.
fn check(config: &Path) -> io::Result<()> {
    match config::check(config, &Overrides::default()) {
        Ok(_) => Ok(()),
        Err(problems) => Err(io::Error::other(problems.short().collect::<Vec<_>>().join("\n"))),
    }
}

fn parse_json(items: &Path) -> io::Result<()> {
    let mut file = BufReader::with_capacity(1 << 16, File::open(items)?);
    let mut line = Vec::new();
    while file.read_until(b'\n', &mut line)? > 0 {
        serde_json::from_slice::<IgnoredAny>(&line)?;
        line.clear();
    }
    Ok(())
}

fn parse_csv(items: &Path) -> io::Result<()> {
    let mut reader = csv::Reader::from_path(items)?;
    let mut record = csv::ByteRecord::new();
    while reader.read_byte_record(&mut record)? {}
    Ok(())
}

/// An item's columns: channel, id, created, modified, kind, binaries, and two of its own.
fn columns(number: u32) -> [String; 8] {
    let (channel, day, hour) = (number % CHANNELS, 1 + number % 28, number % 24);
    let moment = |month: u32| {
        format!("2025-{month:02}-{day:02}T{hour:02}:{:02}:{:02}Z", number % 60, number / 60 % 60)
    };
    [
        format!("site-{channel}"),
        format!("document-{number}"),
        moment(1 + number % 6),
        moment(7 + number % 6),
        "record".to_owned(),
        (number % 4).to_string(),
        format!("Minutes of meeting {number}"),
        format!("/sites/{channel}/documents/{number}.docx"),
    ]
}

fn json(items: u32) -> String {
    (0..items).fold(String::new(), |mut text, number| {
        let [channel, id, created, modified, kind, binaries, title, path] = columns(number);
        // Writing to a string cannot fail.
        let _ = writeln!(
            text,
            "{{\"channel\":\"{channel}\",\"id\":\"{id}\",\"created\":\"{created}\",\"modified\":\"{modified}\",\
             \"kind\":\"{kind}\",\"binaries\":{binaries},\"title\":\"{title}\",\"path\":\"{path}\"}}"
        );
        text
    })
}

fn csv(items: u32) -> String {
    let header = "channel,id,created,modified,kind,binaries,title,path\n".to_owned();
    (0..items).fold(header, |text, number| text + &columns(number).join(",") + "\n")
}

fn config_of(items: &str) -> String {
    format!(
        "[simulation]\nstart = \"2026-01-01T00:00:00Z\"\nduration = \"1d\"\n\
         [[connectors]]\nid = \"files\"\n[connectors.source]\nkind = \"dataset\"\ndata = {{ items = \"{items}\" }}\n"
    )
}
