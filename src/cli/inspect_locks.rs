//! The options of `inspect-locks`.

use std::path::PathBuf;

use clap::{Args, ValueHint};
use jiff::Timestamp;

use super::{Drawing, Format, Override, Word};
use crate::model::{LockType, Millis, VirtualTime};
use crate::words;

/// The options of `inspect-locks`.
#[derive(Clone, Debug, Args)]
pub struct InspectLocks {
    /// A connector config, which is run first, or an event log written earlier; `-` reads a log from standard input
    #[arg(value_name = "CONFIG|RUN-LOG", value_hint = ValueHint::FilePath)]
    pub path: PathBuf,

    /// What the command line says otherwise than the config.
    #[command(flatten)]
    pub overrides: Override,

    /// Only what was locked at this moment: a time since the start (`1h 30m`, `1:30:00`) or a date and time (RFC 3339)
    #[arg(long, value_name = "T", value_parser = Moment::parse)]
    pub at: Option<Moment>,

    /// Only locks whose key matches, with `*` and `?` for any characters
    #[arg(long, value_name = "GLOB", value_parser = glob, allow_hyphen_values = true)]
    pub key: Option<globset::GlobMatcher>,

    /// Only locks of this type: `global` or `scoped`
    #[arg(long = "type", value_name = "T", value_parser = lock_type())]
    pub lock_type: Option<LockType>,

    /// Only locks that this connector set, or that held one of its operations
    #[arg(long, value_name = "ID")]
    pub connector: Option<String>,

    /// Show every lock and everyone it held, however many there are
    #[arg(long)]
    pub all: bool,

    /// How to print the locks
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,

    /// How to draw them.
    #[command(flatten)]
    pub drawing: Drawing,
}

/// A moment of a run, either way that people say it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Moment {
    /// Since the start.
    Since(Millis),
    /// By the wall clock of the run.
    Wall(Timestamp),
}

impl Moment {
    fn parse(text: &str) -> Result<Self, String> {
        if let Ok(wall) = text.trim().parse() {
            return Ok(Self::Wall(wall));
        }
        if let Some(since) = as_printed(text.trim()) {
            return Ok(Self::Since(since));
        }
        words::seconds(text).map(Self::Since).map_err(|_| {
            "expected a duration since the start, such as `1h 30m` or `1:30:00`, or a date and time, such as `2026-01-05T09:30:00Z`"
                .to_owned()
        })
    }

    /// The moment of a run that began at `start`; none if it is before that.
    pub fn of_run(self, start: Timestamp) -> Option<VirtualTime> {
        match self {
            Self::Since(duration) => Some(VirtualTime::START + duration),
            Self::Wall(wall) => {
                let ms = wall.as_millisecond().checked_sub(start.as_millisecond())?;
                u64::try_from(ms).ok().map(VirtualTime)
            }
        }
    }
}

/// A time since the start as the tables print it: `1:30:00`, `0:00:00.250`.
fn as_printed(text: &str) -> Option<Millis> {
    let (clock, millis) = text.split_once('.').unwrap_or((text, "000"));
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    let mut parts = clock.split(':');
    let (hours, minutes, seconds) = (parts.next()?, parts.next()?, parts.next()?);
    let well_formed = parts.next().is_none()
        && (1..=6).contains(&hours.len())
        && (minutes.len(), seconds.len(), millis.len()) == (2, 2, 3)
        && [hours, minutes, seconds, millis].into_iter().all(digits);
    let number = |part: &str| part.parse::<u64>().ok();
    let (hours, minutes, seconds) = (number(hours)?, number(minutes)?, number(seconds)?);
    (well_formed && minutes < 60 && seconds < 60)
        .then(|| Some(Millis(((hours * 60 + minutes) * 60 + seconds) * 1000 + number(millis)?)))?
}

fn glob(text: &str) -> Result<globset::GlobMatcher, String> {
    // A key is no path: `*` goes over its slashes.
    let glob = globset::GlobBuilder::new(text).literal_separator(false).build();
    glob.map(|glob| glob.compile_matcher()).map_err(|error| error.kind().to_string())
}

fn lock_type() -> Word<LockType> {
    Word { words: LockType::ALL.iter().map(|lock_type| lock_type.word()).collect(), parse: LockType::parse }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments() {
        let start: Timestamp = "2026-01-05T09:00:00Z".parse().unwrap();
        let check = |text: &str, expect: Option<u64>| {
            let moment = Moment::parse(text).ok().and_then(|moment| moment.of_run(start));
            assert_eq!(moment, expect.map(VirtualTime), "{text}");
        };
        check("90", Some(90_000));
        check("1h 30m", Some(5_400_000));
        check("2026-01-05T09:30:00Z", Some(1_800_000));
        check("2026-01-05T10:30:00+01:00", Some(1_800_000));
        check("2026-01-05T08:59:59Z", None);
        check("0:35:00", Some(2_100_000));
        check("26:00:00.250", Some(93_600_250));
        for nonsense in
            ["1:60:00", "1:00", "1:2:3", "1:00:00:00", "9999999:00:00", "1:00:00.25", ":00:00", "soon"]
        {
            check(nonsense, None);
        }
        check("", None);
    }
}
