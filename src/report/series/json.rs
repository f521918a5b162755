//! The series as JSON, schema `connector-cli/simulate-backoff/1` (SPEC section 9).

use serde::Serialize;

use super::{Shown, reason};
use crate::model::{Millis, Status, VirtualTime, WorkType};
use crate::rules::{DelayRule, Rows, Rules};

/// The schema's name, in the document.
const SCHEMA: &str = "connector-cli/simulate-backoff/1";

#[derive(Serialize)]
struct Document<'a> {
    schema: &'a str,
    work_type: WorkType,
    seed: u64,
    series: Vec<SeriesFact>,
}

#[derive(Serialize)]
struct SeriesFact {
    rules: Rules,
    base_delay_ms: Millis,
    rows: Vec<RowFact>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ended: Option<EndedFact>,
}

#[derive(Serialize)]
struct RowFact {
    execution: usize,
    at_ms: VirtualTime,
    outcome: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    delay_ms: Option<Millis>,
    #[serde(skip_serializing_if = "Option::is_none")]
    least_ms: Option<Millis>,
    #[serde(skip_serializing_if = "Option::is_none")]
    greatest_ms: Option<Millis>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rule: Option<DelayRule>,
    reason: String,
    differs: Rows,
}

#[derive(Serialize)]
struct EndedFact {
    status: Status,
    at_ms: VirtualTime,
    #[serde(skip_serializing_if = "Option::is_none")]
    after_first_failure_ms: Option<Millis>,
    outcomes_left_over: usize,
}

/// The series as one line of JSON.
///
/// # Errors
/// None that these types can lead to; serialising is fallible by its signature.
pub fn json(shown: &Shown<'_>) -> serde_json::Result<String> {
    let series = shown.rules.iter().map(|&rules| series(shown, rules)).collect();
    let Shown { plan, .. } = shown;
    let document = Document { schema: SCHEMA, work_type: plan.work_type, seed: plan.seed, series };
    serde_json::to_string(&document).map(|text| text + "\n")
}

fn series(shown: &Shown<'_>, rules: Rules) -> SeriesFact {
    let series = shown.comparison.series(rules);
    let rows = series.rows.iter().zip(&shown.comparison.differs).enumerate();
    SeriesFact {
        rules,
        base_delay_ms: shown.plan.settings.base(rules.set()),
        rows: rows
            .map(|(at, (row, differs))| RowFact {
                execution: at + 1,
                at_ms: row.at,
                outcome: row.step.to_string(),
                delay_ms: row.delay.map(|delay| delay.ms),
                least_ms: row.range.map(|(least, _)| least),
                greatest_ms: row.range.map(|(_, greatest)| greatest),
                rule: row.delay.map(|delay| delay.rule),
                reason: reason::reason(row, series, shown.plan),
                differs: *differs,
            })
            .collect(),
        ended: series.ending.map(|ending| EndedFact {
            status: ending.status,
            at_ms: ending.at,
            after_first_failure_ms: (ending.status == Status::Failed)
                .then(|| ending.at - ending.first_failure_at),
            outcomes_left_over: ending.left_over,
        }),
    }
}
