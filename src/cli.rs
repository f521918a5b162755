//! The command line: clap types whose doc comments are the help text (SPEC section 10). A command or an option is here
//! only once it works.

mod diff;
mod inspect_locks;
mod run;
mod test;
mod word;

use std::path::PathBuf;

use clap::builder::RangedU64ValueParser;
use clap::{Args, Parser, Subcommand, ValueEnum, ValueHint};
use clap_complete::Shell;

use crate::config::{SCHEMAS, schema};
use crate::error::EXIT_CODES;
use crate::model::{Millis, WorkType};
use crate::rules::{Row, Rules};
use crate::series::Steps;
use crate::suite::pool::MOST_THREADS;
use crate::words::seconds;

pub use diff::{Diff, DiffFormat};
pub use inspect_locks::{InspectLocks, Moment};
pub use run::{Override, Run};
pub use test::{NoTests, Test};
pub use word::Word;

/// Run and test connectors on one machine, in virtual time
///
/// Loads a connector config and a content source, takes them through Channel Discovery, Content Synchronisation and
/// Content Registration with every delay, retry and lock, and shows what happened and why.
#[derive(Clone, Debug, Parser)]
#[command(name = "connector-cli", bin_name = "connector-cli", version, max_term_width = 100)]
#[command(subcommand_required = true, arg_required_else_help = true, disable_help_subcommand = true)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What to do.
#[derive(Clone, Debug, Subcommand)]
#[allow(clippy::doc_markdown, reason = "the examples are shown as they are typed")]
pub enum Command {
    /// Run a connector config in virtual time, and show what happened and why
    ///
    ///   connector-cli run connector.toml
    ///   connector-cli run connector.toml --rules sdk --set retry.max_retries=0
    ///   connector-cli run connector.toml --event-log - | jq 'select(.event == "lock-set")'
    ///   connector-cli run connector.toml --pace 60x
    #[command(verbatim_doc_comment)]
    Run(Box<Run>),

    /// Show who held everybody up: every lock, who set it and why, whom it held and for how long
    ///
    ///   connector-cli inspect-locks connector.toml
    ///   connector-cli inspect-locks run.jsonl --at 35m
    ///   connector-cli inspect-locks connector.toml --key 'box*' --type scoped
    #[command(verbatim_doc_comment)]
    InspectLocks(Box<InspectLocks>),

    /// Run scenarios and say which of them do what is expected
    ///
    /// A scenario is a connector config named `connector.toml` or
    /// `NAME.connector.toml`. It passes if every `[[expect]]` holds and its golden
    /// summary, if it has one, is as accepted. A run without progress fails.
    ///
    ///   connector-cli test fixtures
    ///   connector-cli test suite --partition hash:1/4 --junit results.xml
    ///   connector-cli test suite/late.connector.toml --seeds 1..500
    ///   connector-cli test suite --rules documented,sdk
    ///   connector-cli test suite/late.connector.toml --accept
    #[command(verbatim_doc_comment)]
    Test(Box<Test>),

    /// Show what changed between two runs: two event logs, two configs, or one of each
    ///
    /// In all and for each operation, with the first event that differs. A config
    /// is run first. That something changed is no failure.
    ///
    ///   connector-cli diff before.jsonl after.jsonl
    ///   connector-cli diff main/connector.toml connector.toml --format markdown
    #[command(verbatim_doc_comment)]
    Diff(Box<Diff>),

    /// Show when an operation runs again, and why then, for a series of outcomes
    ///
    /// Nothing is run: the outcomes are given, and the delays follow from the
    /// settings. For each execution: its number, when it starts, the outcome, the
    /// delay and the reason in words, under both rule sets side by side. Rows that
    /// differ name the difference; `connector-cli rules` explains it.
    ///
    ///   connector-cli simulate-backoff 3xempty results empty
    ///   connector-cli simulate-backoff 6xfailed --rules sdk
    ///   connector-cli simulate-backoff --config appsettings.json
    ///   connector-cli simulate-backoff empty next-delay:45 back-off:90 empty \
    ///       --delay-seconds 5m --max-delay-seconds 1h
    #[command(verbatim_doc_comment)]
    SimulateBackoff(Box<SimulateBackoff>),

    /// Show where the published SDK does something else than its documents say
    ///
    /// The table of differences between `--rules documented` and `--rules sdk`. For
    /// one row, given by its id or name, a worked example shows what it comes to.
    ///
    ///   connector-cli rules
    ///   connector-cli rules D9
    ///   connector-cli rules newer-lock-replaces
    #[command(verbatim_doc_comment)]
    Rules(RulesTable),

    /// Say what is wrong with connector configs and content sources
    ///
    /// Nothing is run. Every problem of a file is told in one go, with its place
    /// and what was expected; what is allowed but deserves a look is a warning.
    ///
    ///   connector-cli validate connector.toml source.toml
    ///   connector-cli validate *.toml --format short
    #[command(verbatim_doc_comment)]
    Validate(Validate),

    /// Write a connector config and a content source to start from
    ///
    /// What is written runs and passes at once, says in comments what can be
    /// changed, and comes with schemas, so that an editor knows every key. Files
    /// that are there already are left alone.
    ///
    ///   connector-cli init my-connector
    #[command(verbatim_doc_comment)]
    Init(Init),

    /// Print the JSON Schema of an input, or of the event log
    ///
    ///   connector-cli schema connector > connector.schema.json
    #[command(verbatim_doc_comment)]
    Schema(Schema),

    /// Print the completions for a shell
    ///
    ///   connector-cli completions bash > ~/.local/share/bash-completion/completions/connector-cli
    ///   connector-cli completions fish > ~/.config/fish/completions/connector-cli.fish
    #[command(verbatim_doc_comment)]
    Completions(Completions),
}

impl Cli {
    /// The whole command line, with the exit codes in every help.
    pub fn command_line() -> clap::Command {
        use clap::CommandFactory;
        Self::command().after_help(EXIT_CODES).mut_subcommands(|command| command.after_help(EXIT_CODES))
    }
}

/// How to print what a command finds.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, ValueEnum)]
pub enum Format {
    /// For people
    #[default]
    Table,
    /// For programs
    Json,
}

/// How drawings may look.
#[derive(Clone, Copy, Debug, Args)]
pub struct Drawing {
    /// Draw with ASCII characters only
    #[arg(long)]
    pub ascii: bool,
}

/// The options of `simulate-backoff`.
#[derive(Clone, Debug, Args)]
pub struct SimulateBackoff {
    /// What each execution comes to, in order: empty, results, incomplete, failed, disabled, next-delay:45 (asks to run
    /// again in 45 s), back-off:120 (sets a lock for 120 s). A count goes in front: `5xempty`
    #[arg(value_name = "OUTCOME", default_value = "5xempty", value_parser = Steps::parse)]
    pub outcomes: Vec<Steps>,

    /// Take the settings of the work type from a connector config or an `appsettings.json`
    #[arg(long, value_name = "CONFIG", value_hint = ValueHint::FilePath)]
    pub config: Option<PathBuf>,

    /// Override a key of the config by its dotted path
    #[arg(long, value_name = "KEY=VALUE", requires = "config")]
    pub set: Vec<String>,

    /// The work type whose settings and rules apply
    #[arg(long, value_name = "W", default_value = "content-synchronisation", value_parser = work_type())]
    pub work_type: WorkType,

    /// The delay between executions [default: 300, or 60 under the SDK's rules (D16)]
    #[arg(long, value_name = "N", value_parser = seconds, allow_negative_numbers = true)]
    pub delay_seconds: Option<Millis>,

    /// Whether the delay grows while executions return nothing [default: true]
    #[arg(long, value_name = "BOOL")]
    pub exponential_back_off: Option<bool>,

    /// Whether an execution that returned something is followed by another at once [default: false]
    #[arg(long, value_name = "BOOL")]
    pub immediate_re_execution: Option<bool>,

    /// Whether a random part is added (D3) [default: false]
    #[arg(long, value_name = "BOOL")]
    pub random_delay: Option<bool>,

    /// What a growing delay is capped at [default: 600]
    #[arg(long, value_name = "N", value_parser = seconds, allow_negative_numbers = true)]
    pub max_delay_seconds: Option<Millis>,

    /// The rule sets to show
    #[arg(long, value_delimiter = ',', default_value = "documented,sdk", value_parser = rules())]
    pub rules: Vec<Rules>,

    /// Decides the random parts [default: 0]
    #[arg(long, value_name = "N")]
    pub seed: Option<u64>,

    /// How to print the series
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,

    /// How to draw it.
    #[command(flatten)]
    pub drawing: Drawing,
}

/// The options of `rules`.
#[derive(Clone, Debug, Args)]
pub struct RulesTable {
    /// One row: D1 to D16, or its name
    #[arg(value_name = "ID|NAME", value_parser = row(), hide_possible_values = true)]
    pub row: Option<Row>,

    /// How to print it
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,

    /// How to draw it.
    #[command(flatten)]
    pub drawing: Drawing,
}

/// The options of `validate`.
#[derive(Clone, Debug, Args)]
pub struct Validate {
    /// Connector configs and content sources
    #[arg(value_name = "PATH", required = true, value_hint = ValueHint::FilePath)]
    pub paths: Vec<PathBuf>,

    /// Override a key of each config by its dotted path
    #[arg(long, value_name = "KEY=VALUE")]
    pub set: Vec<String>,

    /// Override the rule set
    #[arg(long, value_name = "RULES", value_parser = rules())]
    pub rules: Option<Rules>,

    /// How to print problems
    #[arg(long, value_enum, default_value_t)]
    pub format: ProblemFormat,

    /// How to draw them.
    #[command(flatten)]
    pub drawing: Drawing,
}

/// How to print problems.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, ValueEnum)]
pub enum ProblemFormat {
    /// With the source shown
    #[default]
    Full,
    /// `path:line:column: message`, a line each
    Short,
}

/// The options of `init`.
#[derive(Clone, Debug, Args)]
pub struct Init {
    /// The folder to write to; it is made if need be
    #[arg(value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub folder: PathBuf,
}

/// The options of `schema`.
#[derive(Clone, Debug, Args)]
pub struct Schema {
    /// Whose schema
    #[arg(value_name = "NAME", value_parser = schemas())]
    pub schema: &'static str,
}

/// The options of `completions`.
#[derive(Clone, Debug, Args)]
pub struct Completions {
    /// The shell
    #[arg(value_enum)]
    pub shell: Shell,
}

fn work_type() -> Word<WorkType> {
    Word { words: WorkType::ALL.iter().map(|work_type| work_type.word()).collect(), parse: WorkType::parse }
}

fn schemas() -> Word<&'static str> {
    Word { words: SCHEMAS.to_vec(), parse: schema }
}

fn rules() -> Word<Rules> {
    Word { words: Rules::ALL.map(Rules::word).to_vec(), parse: Rules::parse }
}

/// How many runs there may be at once.
fn jobs() -> RangedU64ValueParser<usize> {
    RangedU64ValueParser::new().range(1..=MOST_THREADS)
}

fn row() -> Word<Row> {
    let ids = [
        "D1", "D2", "D3", "D4", "D5", "D6", "D7", "D8", "D9", "D10", "D11", "D12", "D13", "D14", "D15", "D16",
    ];
    let names = Row::ALL.iter().map(|row| row.difference().name);
    Word { words: ids.into_iter().chain(names).collect(), parse: Row::parse }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_well_formed() {
        Cli::command_line().debug_assert();
    }

    #[test]
    fn the_words_for_rows_are_those_that_are_read() {
        let rows: Vec<_> = row().words.iter().filter_map(|word| Row::parse(word)).collect();
        assert_eq!(rows, [Row::ALL, Row::ALL].concat());
    }

    /// Every help ends with the exit codes, and none breaks at a narrow width.
    #[test]
    fn every_help_names_the_exit_codes() {
        let mut command = Cli::command_line();
        assert!(command.render_help().to_string().trim_end().ends_with(EXIT_CODES));
        for sub in command.get_subcommands_mut() {
            assert!(sub.render_help().to_string().trim_end().ends_with(EXIT_CODES), "{}", sub.get_name());
        }
    }
}
