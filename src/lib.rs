//! Runs and tests connectors on one machine, in virtual time.
//!
//! ```text
//! connector.toml ─► config ─► ┌──────── engine (virtual time, one seed) ────────┐
//! source.toml    ─► source ◄──┤ queue ─► operation (pure machine) ─► effects    ├─► event ─► report
//!                             │           uses rules (pure) and lock            │   tables, timeline,
//!                             └─────────────────────────────────────────────────┘   JSON, event log, …
//! ```
//!
//! A functional core with an imperative shell. The core is given the time, the random numbers and the content source's
//! answers; it gives back events. The shell loads files, waits, and prints.
//!
//! # Where to look
//!
//! | module | what it knows |
//! | --- | --- |
//! | [`model`] | the words: durations, moments, ids, enumerations |
//! | [`rules`] | both rule sets as values, delays and retries; the only place that knows which rule set is which |
//! | [`operation`] | one operation's state machine, its transition table on top |
//! | [`lock`] | semaphore locks: provider, scope key, which lock decides |
//! | [`source`] | what answers a connector's calls |
//! | [`engine`] | what is due when, connectors and channel caches, one execution after another |
//! | [`event`] | what happened, as facts: the lines of the event log |
//! | [`run`] | an engine from its first event to its last, at somebody's pace |
//! | [`config`] | files to a validated config, or everything that is wrong with them |
//! | [`series`] | delays of a series of outcomes, without a run |
//! | [`report`] | everything that is shown, made from events alone |
//! | [`cli`], [`commands`] | the command line; one thin file a command |
//! | [`clock`], [`output`], [`error`] | the shell: the real clock, where output goes, exit codes |
//!
//! # What holds everywhere
//!
//! 1. Time goes in as an argument. Nothing but [`clock`] reads a clock or waits.
//! 2. One seed decides everything random; each operation draws from a stream of its own. No unordered map anywhere.
//! 3. What is due at the same instant happens in the order in which it was scheduled.
//! 4. Every number in a report is derived from the events.
//! 5. Failed, BackOff and Abandoned are values. Errors are what stops the tool.
//! 6. The two rule sets differ only by the fields of [`rules::RuleSet`], a field for each row D1 to D16. Nothing outside
//!    [`rules`] asks which rule set it is.
//! 7. Every loop, queue, line and file read has a bound, and meeting it is a clear error.
//! 8. The core knows no reporter: nothing below [`report`] prints, and nothing but the shell knows a terminal.

pub mod cli;
pub mod clock;
pub mod commands;
pub mod config;
pub mod engine;
pub mod error;
pub mod event;
pub mod lock;
pub mod model;
pub mod operation;
pub mod output;
pub mod report;
pub mod rules;
pub mod run;
pub mod series;
pub mod source;
pub mod suite;
pub mod words;
