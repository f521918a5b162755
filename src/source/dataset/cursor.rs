//! The cursors that a dataset gives: a place that people can read, sealed, so that one which it never gave is recognised
//! without remembering those that it did.

use std::fmt::Write;

use jiff::Timestamp;

use super::Dice;
use super::catalogue::Position;
use crate::model::{Cursor, WorkType};

/// How far a content operation has come.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Place {
    /// A registration: all items below this number.
    Items(u64),
    /// A synchronisation: all changes up to here.
    Changes(Position),
}

impl Place {
    /// The cursor for this place of the channel that `seal` belongs to: `400~1f3c9a2b`,
    /// `2026-01-05T00:05:00Z/412~1f3c9a2b`, or without an item where everything of that moment is behind it.
    pub(super) fn cursor(self, seal: Dice) -> Cursor {
        let mut text = Cursor::new();
        match self {
            Self::Items(below) => _ = write!(text, "{below}"),
            Self::Changes(position) => {
                let moment = Timestamp::from_millisecond(position.at).unwrap_or_default();
                _ = write!(text, "{moment}");
                if position.item != u64::MAX {
                    _ = write!(text, "/{}", position.item);
                }
            }
        }
        _ = write!(text, "~{:08x}", self.check(seal));
        text
    }

    /// The place that a cursor of this channel and work type means; `None`: it was never given.
    pub(super) fn parse(cursor: &str, work_type: WorkType, seal: Dice) -> Option<Self> {
        let (place, _) = cursor.rsplit_once('~')?;
        let place = if work_type == WorkType::ContentRegistration {
            Self::Items(place.parse().ok()?)
        } else {
            let (moment, item) = place.split_once('/').map_or((place, None), |(at, item)| (at, Some(item)));
            let at = moment.parse::<Timestamp>().ok()?.as_millisecond();
            let item = item.map_or(Some(u64::MAX), |item| item.parse().ok())?;
            Self::Changes(Position { at, item })
        };
        (*place.cursor(seal) == *cursor).then_some(place)
    }

    #[allow(clippy::cast_sign_loss, reason = "only to be mixed")]
    const fn check(self, seal: Dice) -> u64 {
        let mixed = match self {
            Self::Items(below) => seal.roll(below),
            Self::Changes(position) => {
                seal.roll(position.at as u64 ^ position.item.rotate_left(40) ^ 1 << 63)
            }
        };
        mixed >> 32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(place: Place, work_type: WorkType, expect: &str) {
        let seal = Dice::new(1, &["hr"]);
        let cursor = place.cursor(seal);
        assert_eq!(cursor.split('~').next(), Some(expect));
        assert_eq!(Place::parse(&cursor, work_type, seal), Some(place));
        assert_eq!(Place::parse(&cursor, work_type, Dice::new(1, &["finance"])), None, "another channel's");
        assert_eq!(Place::parse(&cursor[1..], work_type, seal), None);
    }

    #[test]
    fn cursors_come_back_as_the_place_they_mean() {
        let changes = |at, item| Place::Changes(Position { at, item });
        check(Place::Items(400), WorkType::ContentRegistration, "400");
        check(
            changes(1_767_571_200_120, 412),
            WorkType::ContentSynchronisation,
            "2026-01-05T00:00:00.12Z/412",
        );
        check(changes(-86_400_000, u64::MAX), WorkType::ContentSynchronisation, "1969-12-31T00:00:00Z");
    }

    #[test]
    fn what_was_never_given_is_no_cursor() {
        for cursor in ["x", "~", "400", "400~00000000", "2026-01-05T00:00:00Z~zz", "+400~1", "é~é"] {
            for work_type in [WorkType::ContentRegistration, WorkType::ContentSynchronisation] {
                assert_eq!(Place::parse(cursor, work_type, Dice::new(1, &["hr"])), None, "{cursor}");
            }
        }
    }
}
