//! The table of SPEC section 3 in words: what `connector-cli rules` and the README show. A row's place is its number.

/// One row: where the published SDK does something else than the documents say.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Difference {
    /// The row's name, for reports: `newer-lock-replaces`.
    pub name: &'static str,
    /// What the row is about.
    pub subject: &'static str,
    /// What the documents say.
    pub documented: &'static str,
    /// What the published SDK does.
    pub sdk: &'static str,
}

const fn row(
    name: &'static str,
    subject: &'static str,
    documented: &'static str,
    sdk: &'static str,
) -> Difference {
    Difference { name, subject, documented, sdk }
}

/// D1 to D16.
pub const DIFFERENCES: [Difference; 16] = [
    row(
        "results-keep-doubling",
        "delay after results, with exponential back-off on",
        "falls back to the base delay",
        "still doubles the last delay",
    ),
    row(
        "doubles-last-delay",
        "what doubles",
        "base × 2^(k-1) for the k-th execution in a row that returned nothing",
        "the last delay that a Complete, an Incomplete or a disabled pass led to, a next_delay too; 0 starts again from the base; retry delays and lock waits do not count",
    ),
    row(
        "random-inside",
        "random part of a delay",
        "1..=delay_seconds, added after the doubling, before the cap",
        "0..delay_seconds, added to the base before the doubling, so that it is doubled too; if exponential, only when the last delay was 0",
    ),
    row(
        "registration-incomplete-delays",
        "Incomplete registration without next_delay",
        "runs again at once",
        "normal delay rules",
    ),
    row(
        "abandoned-registration-keeps-channel",
        "Abandoned registration",
        "the channel leaves the channel cache",
        "the channel stays",
    ),
    row("removed-abandons", "removed connector", "its operations end as Complete", "they end as Abandoned"),
    row(
        "registration-only-channels",
        "a channel in new_channel_registrations that is neither cached nor in the same result's channels",
        "nothing is spawned; a warning",
        "it is cached, and its registration is spawned",
    ),
    row(
        "synchronise-what-is-not-running",
        "which returned channels get a synchronisation",
        "those not in the channel cache",
        "those that have no running synchronisation",
    ),
    row(
        "newer-lock-replaces",
        "a lock set while one with the same key is active",
        "the later expiry stays",
        "the newer replaces the older, even if it ends earlier",
    ),
    row(
        "deferral-polls",
        "an execution deferred by a lock",
        "waits until the lock's expiry",
        "polls: runs again 20 s later, again and again, until the lock is gone",
    ),
    row(
        "stop-never-called",
        "stop",
        "called at the first disabled pass, at the kill switch and at the end of the run",
        "never called",
    ),
    row(
        "discovery-incomplete",
        "results of discovery",
        "Complete, Failed, BackOff; any other counts as Failed and says so",
        "also Incomplete (channels count, the cursor goes to the next execute) and Abandoned (the operation ends; the content manager starts a new one)",
    ),
    row(
        "begin-while-cursor-empty",
        "first call of a content operation",
        "begin until it has answered Complete or Incomplete, continue ever after",
        "begin whenever the cursor is empty",
    ),
    row("disabled-resets-failures", "failure count after a disabled pass", "kept", "starts again at 0"),
    row(
        "registration-never-reschedules",
        "reschedule_on_complete",
        "as set",
        "no effect: a Complete registration always ends",
    ),
    row("default-delay-60", "default of delay_seconds for the three operations", "300", "60"),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::Row;

    #[test]
    fn names_are_unique_and_there_is_one_a_row() {
        let names: std::collections::BTreeSet<_> = DIFFERENCES.iter().map(|row| row.name).collect();
        assert_eq!(names.len(), Row::ALL.len());
    }
}
