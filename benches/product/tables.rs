//! How long it takes to show a run of 100 000 operations, apart from the run.

use std::fmt::Write as _;
use std::fs;
use std::io::{self, Write};

use connector_cli::config::{self, ConnectorConfig, Overrides};
use connector_cli::event::RunEvent;
use connector_cli::report::tables::{self, Show};
use connector_cli::report::timeline::{self, Options};
use connector_cli::report::{Style, Summary, expect, json};
use connector_cli::run::{NoPace, run};

use crate::timing::{Measure, call, millis, nanos_each, take_turns};

const CONNECTORS: u32 = 100;
/// Each is synchronised and registered, which makes 100 000 operations, and one more a connector.
const CHANNELS_EACH: u32 = 500;

/// Connectors that are throttled while they begin, so that there are locks, and operations that they held.
fn config(short: bool) -> io::Result<ConnectorConfig> {
    let (connectors, channels) = if short { (10, 50) } else { (CONNECTORS, CHANNELS_EACH) };
    let source = format!(
        "kind = \"dataset\"\n[generate]\nchannels = {channels}\nchanges_per_day = 30\n\
         [[rate_limits]]\nlimit = {}\nwindow = \"1m\"\nper = \"connector\"\nsemaphore_lock_type = \"scoped\"\n",
        channels / 2
    );
    let mut text =
        "[simulation]\nduration = \"30m\"\n[semaphore_lock]\nscope_key = \"{connector_id}\"\n".to_owned();
    for number in 1..=connectors {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "[[connectors]]\nid = \"connector-{number}\"\nsource = \"source.toml\"");
    }
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("connector.toml");
    fs::write(folder.path().join("source.toml"), source)?;
    fs::write(&path, text)?;
    config::load(&path, &Overrides::default())
        .map_err(|problems| io::Error::other(problems.short().collect::<Vec<_>>().join("\n")))
}

/// Measures and shows it.
pub(crate) fn print(short: bool, out: &mut impl Write) -> io::Result<()> {
    let config = config(short)?;
    let rules = config.simulation.rules;
    let mut summary = Summary::new();
    let took = call(|| run(&config, rules, &mut NoPace, &mut |event: &RunEvent<'_>| summary.observe(event)));
    let totals = summary.totals();
    let checked = expect::check(&summary, &config.expectations, rules);
    let style = Style::plain(100);
    let show = |all| Show { summary: &summary, expectations: &checked, for_other_rules: 0, all };
    let locks = summary.locks().in_order();
    let mut document = Vec::new();

    let times = take_turns(
        if short { 1 } else { 5 },
        [
            Box::new(|| Ok(call(|| tables::run(&show(false), &style)))) as Measure<'_>,
            Box::new(|| Ok(call(|| tables::run(&show(true), &style)))),
            Box::new(|| Ok(call(|| timeline::draw(&summary, &locks, &Options::ALL, &style)))),
            Box::new(|| {
                document.clear();
                Ok(call(|| json::run(&summary, &checked, false, &mut document)))
            }),
        ],
    )?;
    writeln!(
        out,
        "| {} operations, {} locks | ms | least | ns an operation |\n| --- | ---: | ---: | ---: |",
        totals.operations, totals.locks
    )?;
    let names = ["tables, the worst 20", "tables, `--all`", "the timeline in them, `--all`", "JSON document"];
    for (name, each) in names.into_iter().zip(times) {
        let (median, least) = (millis(each.median), millis(each.least));
        let an_operation = nanos_each(each.median, totals.operations);
        writeln!(out, "| {name} | {median:.1} | {least:.1} | {an_operation:.0} |")?;
    }
    writeln!(out, "| the run itself, {} executions | {:.1} | – | – |", totals.executions(), millis(took))
}
