//! The time across: which column a moment falls into, and the labels above.

use std::fmt::Write;

use crate::model::VirtualTime;
use crate::report::{Style, WallClock};

/// Steps between labels, in milliseconds.
const STEPS: [u64; 23] = [
    1,
    10,
    100,
    1_000,
    5_000,
    10_000,
    30_000,
    60_000,
    120_000,
    300_000,
    600_000,
    1_200_000,
    1_800_000,
    3_600_000,
    7_200_000,
    10_800_000,
    21_600_000,
    43_200_000,
    DAY,
    2 * DAY,
    5 * DAY,
    10 * DAY,
    30 * DAY,
];
const DAY: u64 = 86_400_000;
/// A label and the space behind it.
const LABEL: usize = 9;

/// A run's time, shared out over columns.
pub(super) struct Axis {
    end: u64,
    columns: usize,
}

impl Axis {
    pub(super) fn new(end: VirtualTime, columns: usize) -> Self {
        Self { end: end.0.max(1), columns }
    }

    pub(super) const fn columns(&self) -> usize {
        self.columns
    }

    /// The column that `at` falls into, if it lies in the run.
    fn column(&self, at: VirtualTime) -> Option<usize> {
        if at.0 >= self.end {
            return None;
        }
        let column = u128::from(at.0) * self.columns as u128 / u128::from(self.end);
        usize::try_from(column).ok()
    }

    /// The first and the last column of `[from, until)`; one column at the least.
    pub(super) fn span(&self, from: VirtualTime, until: VirtualTime) -> Option<(usize, usize)> {
        let first = self.column(from)?;
        let last = VirtualTime(until.0.min(self.end).saturating_sub(1));
        Some((first, self.column(last).unwrap_or(first).max(first)))
    }

    /// The time between two labels.
    fn step(&self) -> u64 {
        let room = self.columns as u128;
        let fits = |step: &u64| u128::from(*step) * room / u128::from(self.end) >= LABEL as u128;
        let longest = 30 * DAY;
        STEPS.into_iter().find(fits).unwrap_or_else(|| longest.max(self.end))
    }

    /// The labels: since the start, by the wall clock, and a line with a tick under each.
    pub(super) fn draw(&self, indent: usize, clock: &WallClock, style: &Style) -> String {
        let step = self.step();
        let (line, tick) = if style.ascii { ('-', '+') } else { ('─', '┬') };
        let (mut since_start, mut wall_clock) = (Labels::default(), Labels::default());
        let mut rule = vec![line; self.columns];
        let mut at = 0;
        while let Some(column) = self.column(VirtualTime(at)) {
            let moment = VirtualTime(at);
            since_start.put(column, &since(moment, step));
            let wall = match step {
                ..60_000 => clock.time(moment),
                60_000..DAY => clock.minute(moment),
                _ => clock.day(moment),
            };
            wall_clock.put(column, &wall.unwrap_or_default());
            if let Some(cell) = rule.get_mut(column).filter(|_| column > 0) {
                *cell = tick;
            }
            at = at.saturating_add(step);
        }
        let margin = " ".repeat(indent);
        let (left, right) = if style.ascii { ('+', '+') } else { ('├', '┤') };
        let rule: String = rule.into_iter().collect();
        let mut text = format!("{margin} {}\n", since_start.0);
        if !wall_clock.0.trim().is_empty() {
            let _ = writeln!(text, "{margin} {}", wall_clock.0);
        }
        let _ = writeln!(text, "{margin}{left}{rule}{right}");
        text
    }
}

/// A line of labels, none of which runs into the next.
#[derive(Default)]
struct Labels(String);

impl Labels {
    fn put(&mut self, column: usize, label: &str) {
        if !self.0.is_empty() && self.0.len() >= column {
            return;
        }
        self.0.extend(std::iter::repeat_n(' ', column - self.0.len()));
        self.0.push_str(label);
    }
}

/// `0:10`, `0:10:30`, `3d`: as short as the step allows.
fn since(at: VirtualTime, step: u64) -> String {
    let (minutes, hours) = (at.0 / 60_000 % 60, at.0 / 3_600_000);
    match step {
        ..60_000 => at.to_string(),
        60_000..DAY => format!("{hours}:{minutes:02}"),
        _ => format!("{}d", at.0 / DAY),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Millis;

    fn check(duration: Millis, columns: usize, expect: &str) {
        let axis = Axis::new(VirtualTime(duration.0), columns);
        let clock = WallClock::new("2026-01-05T09:00:00Z");
        let drawn = axis.draw(2, &clock, &Style { ascii: true, ..Style::plain(80) });
        assert_eq!(drawn, expect);
    }

    #[test]
    fn labels_from_minutes_to_months() {
        check(
            Millis::from_secs(600),
            40,
            "   0:00                0:05\n   09:00               09:05\n  +--------------------+-------------------+\n",
        );
        check(
            Millis::from_secs(30 * 86_400),
            60,
            "   0d        5d        10d       15d       20d       25d\n   Jan 05    Jan 10    Jan 15    Jan 20    Jan 25    Jan 30\n  +----------+---------+---------+---------+---------+---------+\n",
        );
        check(
            Millis::from_secs(15),
            30,
            "   0:00:00   0:00:05   0:00:10\n   09:00:00  09:00:05  09:00:10\n  +----------+---------+---------+\n",
        );
    }

    #[test]
    fn a_moment_has_a_column_and_a_span_one_at_the_least() {
        let axis = Axis::new(VirtualTime(1000), 10);
        let span = |from, until| axis.span(VirtualTime(from), VirtualTime(until));
        assert_eq!(span(0, 100), Some((0, 0)));
        assert_eq!(span(0, 101), Some((0, 1)));
        assert_eq!(span(250, 250), Some((2, 2)));
        assert_eq!(span(900, u64::MAX), Some((9, 9)));
        assert_eq!(span(1000, 2000), None);
        assert_eq!(
            Axis::new(VirtualTime::NEVER, 80).span(VirtualTime::START, VirtualTime::NEVER),
            Some((0, 79))
        );
    }
}
