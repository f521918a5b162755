//! The time axis: since the start, and by the wall clock.

use std::fmt::Write as _;
use std::io::{self, Write};

use super::super::page::Page;
use super::super::text::percent;
use super::Lane;
use crate::model::{Millis, VirtualTime};

/// So many steps at most, so that their labels have room on a narrow screen.
const STEPS: u64 = 6;

const SECOND: u64 = 1000;
const MINUTE: u64 = 60 * SECOND;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;

/// Steps that read well.
const NICE: [u64; 26] = [
    1,
    10,
    100,
    200,
    500,
    SECOND,
    2 * SECOND,
    5 * SECOND,
    10 * SECOND,
    30 * SECOND,
    MINUTE,
    2 * MINUTE,
    5 * MINUTE,
    10 * MINUTE,
    20 * MINUTE,
    30 * MINUTE,
    HOUR,
    2 * HOUR,
    4 * HOUR,
    6 * HOUR,
    12 * HOUR,
    DAY,
    2 * DAY,
    5 * DAY,
    10 * DAY,
    30 * DAY,
];

/// The time between two ticks.
fn step(end: VirtualTime) -> u64 {
    let fits = |step: &u64| end.0.div_ceil(*step) <= STEPS;
    NICE.into_iter().find(fits).unwrap_or_else(|| (end.0 / STEPS).next_multiple_of(30 * DAY).max(1))
}

/// How wide a step is, in percent.
pub(super) fn step_percent(page: &Page<'_>) -> String {
    percent(step(page.end), page.end.0)
}

pub(super) fn write(page: &Page<'_>, to: &mut dyn Write) -> io::Result<()> {
    let step = step(page.end);
    let several_days = page.clock.day(VirtualTime::START) != page.clock.day(page.end);
    let mut drawing = String::new();
    for tick in (0..=STEPS).map(|tick| tick.saturating_mul(step)).take_while(|tick| *tick < page.end.0) {
        let (at, x) = (VirtualTime(tick), percent(tick, page.end.0));
        let _ =
            write!(drawing, "<text x=\"{x}%\" dx=\"3\" y=\"13\" class=\"since\">{}</text>", since(at, step));
        let wall = if step < MINUTE { page.clock.time(at) } else { page.clock.minute(at) };
        let day = page.clock.day(at).filter(|_| several_days);
        for (y, words) in
            [wall.filter(|_| step < DAY), day].into_iter().flatten().zip([27, 41]).map(|(w, y)| (y, w))
        {
            let _ = write!(drawing, "<text x=\"{x}%\" dx=\"3\" y=\"{y}\">{words}</text>");
        }
    }
    let lane = Lane {
        class: "axis",
        label: "<span class=\"since\">since the start</span><small>wall clock, UTC</small>".to_owned(),
        height: if several_days { 46 } else { 32 },
        words: format!("time axis, a tick every {}", Millis(step)),
        drawing,
    };
    lane.write(to)
}

fn since(at: VirtualTime, step: u64) -> String {
    if step >= DAY {
        return format!("{}d", at.0 / DAY);
    }
    let text = at.to_string();
    if step >= MINUTE {
        text.trim_end_matches(":00").to_owned() + if at.0.is_multiple_of(HOUR) { ":00" } else { "" }
    } else {
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_few_ticks_at_round_moments() {
        let check = |end, expect| assert_eq!(step(VirtualTime(end)), expect, "{end}");
        check(1, 1);
        check(10 * MINUTE, 2 * MINUTE);
        check(HOUR, 10 * MINUTE);
        check(DAY, 4 * HOUR);
        check(30 * DAY, 5 * DAY);
        assert!(u64::MAX.div_ceil(step(VirtualTime(u64::MAX))) <= STEPS + 1);
    }

    #[test]
    fn tick_labels() {
        let check = |at, step, expect| assert_eq!(since(VirtualTime(at), step), expect);
        check(0, MINUTE, "0:00");
        check(10 * MINUTE, MINUTE, "0:10");
        check(26 * HOUR, HOUR, "26:00");
        check(30 * SECOND, SECOND, "0:00:30");
        check(2 * DAY, DAY, "2d");
    }
}
