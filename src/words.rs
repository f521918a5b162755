//! Reading words that people type, durations, and the nearest valid name to one that is none; and paths as all output
//! writes them.

use std::path::Path;

use crate::model::{MAX_SECONDS, Millis, normalised};

/// Reads a number of seconds (`90`) or a duration (`1m 30s`, `250ms`) of at most [`MAX_SECONDS`].
///
/// # Errors
/// In words: what is expected instead.
pub fn seconds(text: &str) -> Result<Millis, String> {
    let text = text.trim();
    let number = text.strip_prefix('-').unwrap_or(text);
    let out_of_range = || format!("must be 0 to {MAX_SECONDS} seconds");
    if !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()) {
        return match text.parse() {
            Ok(seconds @ 0..=MAX_SECONDS) => Ok(Millis::from_secs(seconds)),
            _ => Err(out_of_range()),
        };
    }
    match duration(text) {
        Some(duration) if duration <= Millis::from_secs(MAX_SECONDS) => Ok(duration),
        Some(_) => Err(out_of_range()),
        None => Err("must be seconds or a duration such as `90s`, `5m` or `1h 30m`".to_owned()),
    }
}

/// A path as output writes it: with `/` on every system, so that a run says the same everywhere.
pub fn path(path: &Path) -> String {
    let text = path.to_string_lossy();
    if std::path::MAIN_SEPARATOR == '/' { text.into_owned() } else { text.replace('\\', "/") }
}

/// A duration with its units, as every input writes it: `1h 30m`, `250ms`; in whole milliseconds.
pub fn duration(text: &str) -> Option<Millis> {
    // Numbers beyond every bound are too long, whatever their unit; the parser never sees sums that could overflow.
    const LONGEST: usize = 64;
    const DIGITS: usize = 11;
    if text.len() > LONGEST {
        return None;
    }
    // Milliseconds alone can have more digits within the bounds, as programs write them.
    if let Some(digits) = text.strip_suffix("ms").filter(|digits| digits.len() > DIGITS)
        && digits.bytes().all(|byte| byte.is_ascii_digit())
    {
        return Some(Millis(digits.parse().unwrap_or(u64::MAX)));
    }
    if text.split(|c: char| !c.is_ascii_digit()).any(|digits| digits.len() > DIGITS) {
        return Some(Millis::MAX).filter(|_| text.ends_with(|c: char| c.is_ascii_lowercase()));
    }
    let duration = humantime::parse_duration(text).ok()?;
    if duration.subsec_nanos() % 1_000_000 != 0 {
        return None;
    }
    Some(Millis(u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)))
}

/// The name that somebody who typed `word` most likely meant, if one is near enough.
pub fn nearest<'n>(word: &str, names: impl IntoIterator<Item = &'n str>) -> Option<&'n str> {
    const LONGEST: usize = 80;
    let word = normalised(word);
    if word.len() > LONGEST {
        return None;
    }
    let enough = (word.chars().count() / 3).max(1);
    names
        .into_iter()
        .filter(|name| name.len() <= LONGEST)
        .map(|name| (strsim::damerau_levenshtein(&word, &normalised(name)), name))
        .filter(|(distance, _)| *distance <= enough)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_and_durations() {
        let check = |text: &str, expect: u64| assert_eq!(seconds(text), Ok(Millis(expect)), "{text}");
        check("0", 0);
        check("2147483647", MAX_SECONDS * 1000);
        check("90s", 90_000);
        check("1h 30m", 5_400_000);
        check("250ms", 250);
        check("181439999999ms", 181_439_999_999);
        check("2147483647000ms", MAX_SECONDS * 1000);
        for text in [
            "-1",
            "2147483648",
            "99999999999999999999999",
            "100000000000h",
            "2147483647001ms",
            "99999999999999999999999ms",
        ] {
            assert_eq!(seconds(text), Err("must be 0 to 2147483647 seconds".to_owned()), "{text}");
        }
        for text in ["", "-", "soon", "5 apples", "1.5"] {
            assert!(seconds(text).is_err_and(|problem| problem.starts_with("must be seconds")), "{text}");
        }
    }

    #[test]
    fn the_nearest_name() {
        let check = |word, expect| assert_eq!(nearest(word, ["documented", "sdk"]), expect, "{word}");
        check("documentd", Some("documented"));
        check("SDK2", Some("sdk"));
        check("published", None);
        check("", None);
        check(&"sdk".repeat(100_000), None);
    }

    #[test]
    fn the_nearest_key() {
        let check =
            |word, expect| assert_eq!(nearest(word, ["delay_seconds", "max_delay_seconds", "id"]), expect);
        check("delay_second", Some("delay_seconds"));
        check("Delay-Seconds", Some("delay_seconds"));
        check("max_dealy_seconds", Some("max_delay_seconds"));
        check("ip", Some("id"));
        check("timeout", None);
        check("", None);
    }
}
