//! Why a row's delay is what it is, in words.

use std::fmt::Write;

use crate::model::{Outcome, Status};
use crate::report::explain::{self, ordinal, seconds};
use crate::series::{Ending, Plan, Row, Series, Step};

/// The reason behind a row of `series`.
pub(super) fn reason(row: &Row, series: &Series, plan: &Plan) -> String {
    let words = match (row.delay, series.ending) {
        (None, Some(ending)) => end(&ending, plan),
        (Some(_), _) if row.outcome == Outcome::BackOff => lock(row),
        (Some(delay), _) => explain::delay(&delay, row.outcome),
        (None, None) => String::new(), // a row without a delay is the last of a series that ended
    };
    if row.step == Step::Incomplete && row.outcome == Outcome::Failed {
        return format!("a discovery cannot be incomplete, so it failed; {words}");
    }
    words
}

/// How the operation ended, in a sentence of its own: when it gave up, and how long after the first failure.
pub(super) fn ending(ending: &Ending, plan: &Plan) -> String {
    let mut sentence = match ending.status {
        Status::Failed if ending.failures > 1 => format!(
            "gives up at {}, with the {} failure in a row, {} after the first",
            ending.at,
            ordinal(ending.failures),
            ending.at - ending.first_failure_at,
        ),
        Status::Failed => format!("gives up at {}, with the first failure", ending.at),
        Status::Complete | Status::Abandoned => format!("ends at {} as {}", ending.at, ending.status),
    };
    if ending.status == Status::Failed && !plan.retry.retry_on_failure {
        sentence.push_str(" (retry_on_failure is off)");
    }
    match ending.left_over {
        0 => {}
        1 => sentence.push_str("; the outcome behind it is not reached"),
        n => {
            let _ = write!(sentence, "; the {n} outcomes behind it are not reached");
        }
    }
    sentence
}

fn end(ending: &Ending, plan: &Plan) -> String {
    match (ending.status, plan.retry.max_retries) {
        (Status::Failed, most) if !plan.retry.retry_on_failure || most == Some(0) => {
            "failed, and nothing is retried: the operation ends as failed".to_owned()
        }
        (Status::Failed, Some(most)) => format!(
            "failed, {} time in a row: no more than {most} {}, the operation ends as failed",
            ordinal(ending.failures),
            if most == 1 { "retry" } else { "retries" },
        ),
        (status, _) => format!("a registration is a one-off: the operation ends as {status}"),
    }
}

fn lock(row: &Row) -> String {
    let (Step::BackOff(lock), Some(delay)) = (row.step, row.delay) else { return String::new() };
    let lock = seconds(lock);
    match row.polls {
        0 => format!("backed off: waits for its own lock, {lock}"),
        1 => format!("backed off for {lock}: looks again {} later, the lock is gone", seconds(delay.ms)),
        polls => format!(
            "backed off for {lock}: looks again every {}, and the {} time the lock is gone, {} later",
            seconds(crate::rules::POLL_INTERVAL),
            u32::try_from(polls).map_or_else(|_| polls.to_string(), ordinal),
            seconds(delay.ms),
        ),
    }
}
