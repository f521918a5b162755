//! The options of `diff`.

use std::path::PathBuf;

use clap::{Args, ValueEnum, ValueHint};

use super::{Drawing, Override};

/// The options of `diff`.
#[derive(Clone, Debug, Args)]
pub struct Diff {
    /// How it was: an event log, or a config, which is run first
    #[arg(value_name = "BEFORE", value_hint = ValueHint::FilePath)]
    pub before: PathBuf,

    /// How it is
    #[arg(value_name = "NOW", value_hint = ValueHint::FilePath)]
    pub now: PathBuf,

    /// What the command line says otherwise; for configs, and for both of them.
    #[command(flatten)]
    pub overrides: Override,

    /// How to print what changed
    #[arg(long, value_enum, default_value_t)]
    pub format: DiffFormat,

    /// How to draw it.
    #[command(flatten)]
    pub drawing: Drawing,
}

/// How to print what changed.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, ValueEnum)]
pub enum DiffFormat {
    /// For people
    #[default]
    Text,
    /// For programs
    Json,
    /// For a pull request
    Markdown,
}
