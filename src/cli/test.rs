//! The options of `test`.

use std::path::PathBuf;

use clap::{Args, ValueEnum, ValueHint};

use super::{Drawing, Format, jobs, rules};
use crate::rules::Rules;
use crate::suite::{Filter, Partition, Seeds};

/// The options of `test`.
#[derive(Clone, Debug, Args)]
pub struct Test {
    /// Scenarios, folders with scenarios anywhere in them, and globs such as `suite/**/late*.connector.toml`
    #[arg(value_name = "PATH", required = true, value_hint = ValueHint::AnyPath)]
    pub paths: Vec<PathBuf>,

    /// Run only scenarios whose path contains TEXT, or fits it if it is a glob; several: any of them
    #[arg(long, value_name = "TEXT|GLOB")]
    pub filter: Vec<Filter>,

    /// Run only one part of the suite: `hash:1/4` by path, so that a new scenario moves no other, or `count:1/4` in turn
    #[arg(long, value_name = "PART")]
    pub partition: Option<Partition>,

    /// Run under these rule sets instead of the file's own; with both, say which expectations hold under only one
    #[arg(long, value_delimiter = ',', value_parser = rules())]
    pub rules: Vec<Rules>,

    /// Run under each of these seeds, both ends included: `1..500`
    #[arg(long, value_name = "A..B")]
    pub seeds: Option<Seeds>,

    /// Override a key of each config by its dotted path
    #[arg(long, value_name = "KEY=VALUE")]
    pub set: Vec<String>,

    /// Run at most N scenarios or seeds at once [default: one a core]
    #[arg(long, short, value_name = "N", value_parser = jobs())]
    pub jobs: Option<usize>,

    /// Write the golden summaries, NAME.golden.txt beside NAME.connector.toml, instead of comparing; never where CI is set
    #[arg(long, conflicts_with_all = ["seeds", "set"])]
    pub accept: bool,

    /// Start no further scenario once one has not passed
    #[arg(long)]
    pub fail_fast: bool,

    /// What it means that there is nothing to run
    #[arg(long, value_enum, default_value_t)]
    pub no_tests: NoTests,

    /// Write the results as JUnit XML, too
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub junit: Option<PathBuf>,

    /// How to print the results
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,

    /// Print only what did not pass, and the summary
    #[arg(long, short)]
    pub quiet: bool,

    /// How to draw them.
    #[command(flatten)]
    pub drawing: Drawing,
}

/// What it means that there is nothing to run.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, ValueEnum)]
pub enum NoTests {
    /// Exit code 4
    #[default]
    Fail,
    /// All well
    Pass,
}
