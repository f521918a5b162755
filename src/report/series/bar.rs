//! Bars: lengths that the eye can compare.

use crate::model::Millis;

/// A bar of at most `columns` columns for `part` of `whole`; whatever is more than nothing can be seen.
pub(super) fn bar(part: Millis, whole: Millis, columns: usize, ascii: bool) -> String {
    const EIGHTHS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];
    let steps = if ascii { 1 } else { 8 };
    let most = columns as u128 * steps;
    let length = (u128::from(part.0) * most).div_ceil(u128::from(whole.0).max(1)).min(most);
    let (full, eighths) = (usize::try_from(length / steps).unwrap_or(columns), (length % steps) as usize);
    let (block, rest) = if ascii { ("#", "") } else { ("█", EIGHTHS[eighths]) };
    block.repeat(full) + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars() {
        let check = |part, whole, columns, ascii, expect: &str| {
            assert_eq!(bar(Millis(part), Millis(whole), columns, ascii), expect);
        };
        check(600, 600, 4, false, "████");
        check(300, 600, 4, false, "██");
        check(1, 1_000_000, 4, false, "▏");
        check(1, 1_000_000, 4, true, "#");
        check(225, 600, 4, false, "█▌");
        check(0, 600, 4, false, "");
        check(0, 0, 4, false, "");
        check(u64::MAX, u64::MAX, 4, true, "####");
        check(5, 5, 0, false, "");
    }
}
