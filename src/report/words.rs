//! Small words that several reports share.

use crate::model::Millis;

/// A duration in its two largest units: `1h 54m`, `6m 40s`, `2.5s`, `250ms`. For tables; what is exact says [`Millis`].
pub fn short(duration: Millis) -> String {
    let ms = duration.0;
    let units = [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000)];
    if ms < 1000 {
        return if ms == 0 { "0s".to_owned() } else { format!("{ms}ms") };
    }
    if ms < 60_000 {
        let tenths = ms % 1000 / 100;
        return if tenths == 0 { format!("{}s", ms / 1000) } else { format!("{}.{tenths}s", ms / 1000) };
    }
    for pair in units.windows(2) {
        let ((large, size), (small, part)) = (pair[0], pair[1]);
        if ms >= size {
            let rest = ms % size / part;
            return if rest == 0 {
                format!("{}{large}", ms / size)
            } else {
                format!("{}{large} {rest}{small}", ms / size)
            };
        }
    }
    duration.to_string()
}

/// `1 lock`, `2 keys`, `2 binaries`: `noun` in the number that fits.
pub fn count(n: u64, noun: &str) -> String {
    match (n, noun.strip_suffix("ry")) {
        (1, _) => format!("1 {noun}"),
        (_, Some(stem)) => format!("{n} {stem}ries"),
        (_, None) => format!("{n} {noun}s"),
    }
}

/// What share `part` is of `whole`: `0%`, `<1%`, `37%`.
pub fn share(part: Millis, whole: Millis) -> String {
    if part == Millis::ZERO || whole == Millis::ZERO {
        return "0%".to_owned();
    }
    let percent = u128::from(part.0) * 100 / u128::from(whole.0);
    if percent == 0 { "<1%".to_owned() } else { format!("{percent}%") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_durations() {
        let check = |ms, expect| assert_eq!(short(Millis(ms)), expect);
        check(0, "0s");
        check(250, "250ms");
        check(2_560, "2.5s");
        check(60_000, "1m");
        check(400_999, "6m 40s");
        check(6_900_000, "1h 55m");
        check(86_460_000, "1d");
        check(2_592_000_000, "30d");
    }

    #[test]
    fn counts() {
        assert_eq!(
            [count(1, "binary"), count(0, "binary"), count(2, "lock")],
            ["1 binary", "0 binaries", "2 locks"]
        );
    }

    #[test]
    fn shares() {
        let check = |part, expect| assert_eq!(share(Millis(part), Millis(1000)), expect);
        check(0, "0%");
        check(1, "<1%");
        check(375, "37%");
        check(1000, "100%");
        assert_eq!(share(Millis::MAX, Millis::MAX), "100%");
    }
}
