//! The options of `run`, and those that it shares with everything that runs a config.

use std::path::{Path, PathBuf};

use clap::{Args, ValueHint};

use super::{Drawing, Format, jobs, rules};
use crate::clock::{Speed, parse_speed};
use crate::config::Overrides;
use crate::rules::Rules;
use crate::suite::vary::Vary;

/// What a command line may say otherwise than the config; the command line wins.
#[derive(Clone, Debug, Args)]
pub struct Override {
    /// The rule set: `documented`, or `sdk` for what the published SDK really does
    #[arg(long, value_parser = rules())]
    pub rules: Option<Rules>,

    /// Decides everything random
    #[arg(long, value_name = "N")]
    pub seed: Option<u64>,

    /// How long the run covers, in virtual time: `90s`, `2h`, `1d 12h`
    #[arg(long, value_name = "D")]
    pub duration: Option<String>,

    /// Override a key of the config by its dotted path, such as `retry.max_retries=0` or `connectors.0.enabled=false`
    #[arg(long, value_name = "KEY=VALUE")]
    pub set: Vec<String>,
}

impl Override {
    /// For loading a config.
    pub fn overrides(&self) -> Overrides {
        Overrides {
            set: self.set.clone(),
            rules: self.rules,
            seed: self.seed,
            duration: self.duration.clone(),
        }
    }
}

/// The options of `run`.
#[derive(Clone, Debug, Args)]
pub struct Run {
    /// The connector config
    #[arg(value_name = "CONFIG", value_hint = ValueHint::FilePath)]
    pub config: PathBuf,

    /// What the command line says otherwise.
    #[command(flatten)]
    pub overrides: Override,

    /// Run once for each value of a key, and with several keys for each combination; all of them in one table. All well
    /// if any of them keeps every expectation
    #[arg(long, value_name = "KEY=V1,V2", conflicts_with_all = ["event_log", "report", "trace", "pace", "all", "quiet", "verbose"])]
    pub vary: Vec<Vary>,

    /// Run at most N combinations of `--vary` at once [default: one a core]
    #[arg(long, short, value_name = "N", requires = "vary", value_parser = jobs())]
    pub jobs: Option<usize>,

    /// Write the event log here, as JSON Lines; `-` writes it to standard output, and nothing else there
    #[arg(long, value_name = "PATH", value_hint = ValueHint::FilePath)]
    pub event_log: Option<PathBuf>,

    /// Write an HTML report here, one page that needs nothing else: tables, timeline, and why
    #[arg(long, value_name = "PATH", value_hint = ValueHint::FilePath)]
    pub report: Option<PathBuf>,

    /// Write the timeline here in the Chrome trace-event format, which Perfetto opens
    #[arg(long, value_name = "PATH", value_hint = ValueHint::FilePath)]
    pub trace: Option<PathBuf>,

    /// How to print the results
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,

    /// Show the run at this speed instead of as fast as it goes: `real`, or so many times faster, such as `60x`
    #[arg(long, value_name = "real|60x", value_parser = parse_speed)]
    pub pace: Option<Speed>,

    /// Show every operation and every lock, however many there are
    #[arg(long)]
    pub all: bool,

    /// Print only what failed
    #[arg(short, long, conflicts_with = "verbose")]
    pub quiet: bool,

    /// Tell every event as it happens, on standard error
    #[arg(short, long)]
    pub verbose: bool,

    /// How to draw it.
    #[command(flatten)]
    pub drawing: Drawing,
}

impl Run {
    /// Whether the results are printed at the end: standard output may be the event log's, or nobody wants them.
    pub fn shows_results(&self) -> bool {
        !self.quiet && self.event_log.as_deref() != Some(Path::new("-"))
    }
}
