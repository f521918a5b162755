//! When things happen in a week of generated data: more in working hours. The week is one of UTC, Monday to Friday from
//! eight to six being work.
//!
//! Time is measured in *effort*: an hour of work has 8 times as much of it as an hour of a weekend, an hour of a weekday's
//! night twice as much. What is evenly spread in effort is spread as people work.

/// Milliseconds of an hour.
const HOUR: i64 = 3_600_000;
/// Milliseconds of a week.
const WEEK: i64 = 7 * 24 * HOUR;
/// The first Monday of 1970.
const A_MONDAY: i64 = 4 * 24 * HOUR;

/// Effort of one millisecond.
const WORKING: i64 = 8;
const NIGHT: i64 = 2;
const WEEKEND: i64 = 1;

/// Effort of a weekday.
const WEEKDAY_EFFORT: i64 = (10 * WORKING + 14 * NIGHT) * HOUR;
/// Effort of a week.
const WEEK_EFFORT: i64 = 5 * WEEKDAY_EFFORT + 48 * WEEKEND * HOUR;
/// Effort of a day on average.
pub(super) const DAY_EFFORT: i64 = WEEK_EFFORT / 7;

/// A weekday's parts: from when, and how much effort a millisecond has.
const WEEKDAY: [(i64, i64); 3] = [(0, NIGHT), (8 * HOUR, WORKING), (18 * HOUR, NIGHT)];

/// The effort from the beginning of a Monday in 1970 until `at`, both in milliseconds since 1970.
pub(super) fn effort(at: i64) -> i64 {
    let since = at.saturating_sub(A_MONDAY);
    let (weeks, in_week) = (since.div_euclid(WEEK), since.rem_euclid(WEEK));
    let (day, in_day) = (in_week / (24 * HOUR), in_week % (24 * HOUR));
    let in_week = if day >= 5 {
        5 * WEEKDAY_EFFORT + (in_week - 5 * 24 * HOUR) * WEEKEND
    } else {
        let parts = WEEKDAY.iter().zip(WEEKDAY[1..].iter().map(|part| part.0).chain([24 * HOUR]));
        let today: i64 = parts.map(|((from, rate), to)| (in_day.min(to) - from).max(0) * rate).sum();
        day * WEEKDAY_EFFORT + today
    };
    weeks * WEEK_EFFORT + in_week
}

/// The first moment at which there was so much effort.
pub(super) fn moment(effort: i64) -> i64 {
    let (weeks, in_week) = (effort.div_euclid(WEEK_EFFORT), effort.rem_euclid(WEEK_EFFORT));
    let in_week = if in_week >= 5 * WEEKDAY_EFFORT {
        5 * 24 * HOUR + (in_week - 5 * WEEKDAY_EFFORT) / WEEKEND
    } else {
        let (day, mut left) = (in_week / WEEKDAY_EFFORT, in_week % WEEKDAY_EFFORT);
        let mut in_day = 0;
        for ((from, rate), to) in WEEKDAY.iter().zip([8 * HOUR, 18 * HOUR, 24 * HOUR]) {
            let part = (to - from) * rate;
            if left < part {
                in_day = from + left / rate;
                break;
            }
            left -= part;
        }
        day * 24 * HOUR + in_day
    };
    weeks.saturating_mul(WEEK).saturating_add(in_week).saturating_add(A_MONDAY)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn effort_and_moment_are_each_other_s_inverse() {
        for at in (-3 * WEEK..3 * WEEK).step_by(1_234_567) {
            assert_eq!(moment(effort(at)), at);
        }
    }

    #[test]
    fn most_happens_in_working_hours() {
        let day = 24 * HOUR;
        let of = |from: i64, to: i64| (effort(A_MONDAY + to) - effort(A_MONDAY + from)) * 100 / WEEK_EFFORT;
        assert_eq!(of(0, 7 * day), 100);
        assert_eq!(of(8 * HOUR, 18 * HOUR), 13);
        assert_eq!(of(0, day), 18);
        assert_eq!(of(5 * day, 7 * day), 8);
    }
}
