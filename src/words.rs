//! Reading words that people type: durations, and the nearest valid name to one that is none.

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
    match crate::config::duration(text) {
        Some(duration) if duration <= Millis::from_secs(MAX_SECONDS) => Ok(duration),
        Some(_) => Err(out_of_range()),
        None => Err("must be seconds or a duration such as `90s`, `5m` or `1h 30m`".to_owned()),
    }
}

/// The name that somebody who typed `word` most likely meant, if there is one near enough.
pub fn nearest<'n>(word: &str, names: impl IntoIterator<Item = &'n str>) -> Option<&'n str> {
    const LONGEST: usize = 80;
    let word = normalised(word);
    names
        .into_iter()
        .filter(|_| word.len() <= LONGEST)
        .map(|name| (strsim::normalized_damerau_levenshtein(&word, &normalised(name)), name))
        .filter(|(likeness, _)| *likeness >= 0.5)
        .fold(None, |best: Option<(f64, &str)>, next| match best {
            Some(best) if best.0 >= next.0 => Some(best),
            _ => Some(next),
        })
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
        for text in ["-1", "2147483648", "99999999999999999999999", "100000000000h"] {
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
}
