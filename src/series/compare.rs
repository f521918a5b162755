//! A series under both rule sets, and which rows of SPEC section 3 are behind each difference.

use super::{Plan, Series};
use crate::model::Millis;
use crate::rules::{Row, Rows, RuleSet, Rules};

/// A series under both rule sets.
#[derive(Clone, Debug)]
pub struct Comparison {
    /// Under the documents' rules.
    pub documented: Series,
    /// Under the SDK's.
    pub sdk: Series,
    /// For each execution that either of them has: the rows behind a delay that differs.
    pub differs: Vec<Rows>,
}

/// The delay of the row at a place: none where there is no row, `Some(None)` where the operation ended with it.
type Seen = Option<Option<Millis>>;

impl Comparison {
    /// Works out both series and compares them execution by execution.
    pub fn of(plan: &Plan) -> Self {
        let (documented, sdk) = (plan.series(&RuleSet::DOCUMENTED), plan.series(&RuleSet::SDK));
        let places = documented.rows.len().max(sdk.rows.len());
        let differing: Vec<_> = (0..places).filter(|&at| seen(&documented, at) != seen(&sdk, at)).collect();
        let mut differs = vec![Rows::NONE; places];
        if !differing.is_empty() {
            for &row in Row::ALL {
                let alone = [
                    (&documented, RuleSet::DOCUMENTED.with_row(row, &RuleSet::SDK)),
                    (&sdk, RuleSet::SDK.with_row(row, &RuleSet::DOCUMENTED)),
                ];
                for (ours, rules) in alone {
                    let exchanged = plan.drawn(&rules, &mut plan.stream());
                    for &at in &differing {
                        if seen(ours, at) != seen(&exchanged, at) {
                            differs[at].insert(row);
                        }
                    }
                }
            }
        }
        Self { documented, sdk, differs }
    }

    /// The series of one rule set.
    pub const fn series(&self, rules: Rules) -> &Series {
        match rules {
            Rules::Documented => &self.documented,
            Rules::Sdk => &self.sdk,
        }
    }
}

fn seen(series: &Series, at: usize) -> Seen {
    series.rows.get(at).map(|row| row.delay.map(|delay| delay.ms))
}
