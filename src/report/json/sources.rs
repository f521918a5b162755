//! How the sources were used that say what their quota is.

use serde::Serialize;

use crate::event::Quota;
use crate::model::{Millis, VirtualTime};
use crate::report::summary::{Peak, SourceUse};
use crate::source::Tally;

#[derive(Serialize)]
pub(super) struct SourceRow<'a> {
    connector: &'a str,
    page_size: u64,
    calls: u64,
    refused: u64,
    calls_while_throttled: u64,
    herd: Option<PeakRow>,
    quotas: Vec<QuotaRow>,
    submitted: &'a [Tally],
}

#[derive(Serialize)]
struct QuotaRow {
    #[serde(flatten)]
    quota: Quota,
    /// Most calls that started within one window, by whole seconds.
    peak: Option<PeakRow>,
}

#[derive(Serialize)]
struct PeakRow {
    calls: u64,
    within_ms: Millis,
    from_ms: VirtualTime,
}

impl<'a> SourceRow<'a> {
    pub(super) fn new(source: &'a SourceUse) -> Self {
        let row =
            |within_ms: Millis| move |peak: Peak| PeakRow { calls: peak.calls, within_ms, from_ms: peak.at };
        let quotas = source.quotas.iter();
        Self {
            connector: &source.connector,
            page_size: source.page_size,
            calls: source.calls,
            refused: source.refused,
            calls_while_throttled: source.while_throttled,
            herd: source.herd().map(row(Millis::from_secs(1))),
            quotas: quotas
                .map(|quota| QuotaRow {
                    quota: *quota,
                    peak: source.peak(quota.window_ms).map(row(quota.window_ms)),
                })
                .collect(),
            submitted: &source.tallies,
        }
    }
}
