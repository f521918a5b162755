//! Runs and tests connectors on one machine, in virtual time.

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
pub mod words;
