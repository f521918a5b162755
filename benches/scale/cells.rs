//! What stands in the cells of the tables.

/// How many of `whole` a `part` is, in percent.
pub(crate) fn percent(part: u64, whole: u64) -> f64 {
    100.0 * ratio(part.into(), whole)
}

/// A share for each of `whole`, of which there is at least one.
#[allow(clippy::cast_precision_loss, reason = "shown with three digits")]
pub(crate) fn ratio(part: u128, whole: u64) -> f64 {
    part as f64 / whole.max(1) as f64
}

/// A number, or a dash where the system does not say.
pub(crate) fn shown(number: Option<u64>) -> String {
    number.map_or("–".to_owned(), |number| number.to_string())
}
