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

    /// Only what was locked at this moment: a duration since the start (`1h 30m`) or a date and time (RFC 3339)
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
        words::seconds(text).map(Self::Since).map_err(|_| {
            "expected a duration since the start, such as `1h 30m`, or a date and time, such as `2026-01-05T09:30:00Z`"
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
        check("soon", None);
        check("", None);
    }
}
