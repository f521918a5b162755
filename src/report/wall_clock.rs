//! Moments both ways: since the run's start, and by the run's wall clock.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::model::VirtualTime;

/// The run's wall clock.
#[derive(Clone, Copy, Debug)]
pub struct WallClock {
    start: Option<Timestamp>,
}

impl WallClock {
    /// The clock of a run that starts at `start` (RFC 3339). One that cannot be read tells no wall clock times.
    pub fn new(start: &str) -> Self {
        Self { start: start.parse().ok() }
    }

    /// The clock of a summary's run.
    pub fn of(summary: &super::Summary) -> Self {
        summary.run().map_or(Self { start: None }, |run| Self::new(&run.start))
    }

    /// Date and time, UTC: `2026-01-05T09:00:00Z`, with milliseconds where there are any.
    pub fn full(&self, at: VirtualTime) -> Option<String> {
        let format = if at.0.is_multiple_of(1000) { "%Y-%m-%dT%H:%M:%SZ" } else { "%Y-%m-%dT%H:%M:%S.%3fZ" };
        self.format(at, format)
    }

    /// The time of day, to the second: `09:00:00`.
    pub fn time(&self, at: VirtualTime) -> Option<String> {
        self.format(at, "%H:%M:%S")
    }

    /// The time of day, to the minute: `09:00`.
    pub fn minute(&self, at: VirtualTime) -> Option<String> {
        self.format(at, "%H:%M")
    }

    /// The day: `Jan 05`.
    pub fn day(&self, at: VirtualTime) -> Option<String> {
        self.format(at, "%b %d")
    }

    fn format(&self, at: VirtualTime, format: &str) -> Option<String> {
        let start = self.start?.as_millisecond();
        let moment = start.checked_add(i64::try_from(at.0).ok()?)?;
        let moment = Timestamp::from_millisecond(moment).ok()?;
        Some(TimeZone::UTC.to_datetime(moment).strftime(format).to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wall_clock() {
        let clock = WallClock::new("2026-01-05T09:00:00Z");
        let check = |ms, expect: &str| assert_eq!(clock.full(VirtualTime(ms)).as_deref(), Some(expect));
        check(0, "2026-01-05T09:00:00Z");
        check(54_000_250, "2026-01-06T00:00:00.250Z");
        assert_eq!(clock.day(VirtualTime(54_000_000)).as_deref(), Some("Jan 06"));
        assert_eq!(clock.full(VirtualTime::NEVER), None);
        assert_eq!(WallClock::new("yesterday").full(VirtualTime::START), None);
    }
}
