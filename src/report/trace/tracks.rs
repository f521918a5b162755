//! Who has a track: operations, lock keys, and the connectors around the former.

use std::io::Write;

use super::record::{Place, Record};
use super::{LOCKS_PID, Trace, short};
use crate::event::{LockFact, Subject};
use crate::model::{LockType, Millis, Text, VirtualTime};

/// An operation, by its line.
#[derive(Clone, Default)]
pub(super) enum Seen {
    /// Nothing is known of it.
    #[default]
    No,
    /// There is no room for a track of its own.
    LeftOut,
    /// It has one.
    Track(Track),
}

/// The thread of an operation.
#[derive(Clone)]
pub(super) struct Track {
    pub(super) place: Place,
    /// What it waits for a lock for.
    pub(super) wait: Option<Wait>,
}

/// An operation waits for a lock: polls of one wait are one slice.
#[derive(Clone)]
pub(super) struct Wait {
    pub(super) key: (LockType, Text),
    pub(super) from: VirtualTime,
    pub(super) polls: u64,
    /// It backed off itself.
    pub(super) own: bool,
}

/// A lock key.
pub(super) struct Key {
    /// Its thread, if there is room for one.
    pub(super) place: Option<Place>,
    /// The lock that is active: how often set so far, and whom it has deferred.
    pub(super) active: Option<Active>,
}

#[derive(Default)]
pub(super) struct Active {
    pub(super) times_set: u64,
    pub(super) deferred_executions: u64,
    pub(super) deferred: Millis,
}

impl<W: Write> Trace<W> {
    /// The thread of a lock key.
    pub(super) fn key(&mut self, set: &LockFact<'_>) -> Option<Place> {
        let key = (set.lock_type, Text::from(&*set.key));
        if let Some(known) = self.keys.get(&key) {
            return known.place;
        }
        let (_, tracks) = &mut self.tracks;
        let place = (*tracks < self.limits.keys).then(|| {
            *tracks += 1;
            Place { pid: LOCKS_PID, tid: 3 * *tracks as u64 - 1 }
        });
        self.keys.insert(key, Key { place, active: None });
        if let Some(place) = place {
            let name = match set.lock_type {
                LockType::Global => "global".to_owned(),
                LockType::Scoped => format!("scoped: {}", short(&set.key)),
            };
            self.name_thread(place, &name);
        }
        place
    }

    /// The thread of an operation. One that something `notable` happens to may have one where others may not.
    pub(super) fn place(&mut self, subject: &Subject<'_>, notable: bool) -> Option<Place> {
        let line = subject.line as usize;
        if line >= self.operations.len() {
            self.operations.resize(line + 1, Seen::No);
        }
        if let Some(Seen::Track(track)) = self.operations.get(line) {
            return Some(track.place);
        }
        let room = if notable { self.limits.notable } else { self.limits.operations };
        if self.tracks.0 >= room {
            self.operations[line] = Seen::LeftOut;
            return None;
        }
        self.tracks.0 += 1;
        let pid = self.connector(&subject.connector, None);
        let place = Place { pid, tid: 3 * u64::from(subject.line) + 1 };
        self.operations[line] = Seen::Track(Track { place, wait: None });
        let noun = subject.work_type.noun();
        let name = subject.channel.as_ref().map_or(noun.to_owned(), |channel| format!("{noun} {channel}"));
        self.name_thread(place, &name);
        Some(place)
    }

    /// The process of a connector.
    pub(super) fn connector(&mut self, id: &str, display_name: Option<&str>) -> u64 {
        if let Some(pid) = self.connectors.get(id) {
            return *pid;
        }
        let pid = 3 * self.connectors.len() as u64 + 9;
        self.connectors.insert(id.into(), pid);
        let name = display_name.map_or_else(|| id.to_owned(), |name| format!("{id} ({name})"));
        self.name_process(pid, &name);
        pid
    }

    pub(super) fn name_process(&mut self, pid: u64, name: &str) {
        self.write(&Record::process_name(pid, short(name)));
        self.write(&Record::process_order(pid));
    }

    pub(super) fn name_thread(&mut self, place: Place, name: &str) {
        self.write(&Record::thread_name(place, short(name)));
        self.write(&Record::thread_order(place));
    }
}
