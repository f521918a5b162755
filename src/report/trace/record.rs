//! One object of `traceEvents`.

use serde::Serialize;

use super::arguments::Arguments;
use crate::model::{Millis, VirtualTime};

/// A process and a thread of it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Place {
    pub(super) pid: u64,
    pub(super) tid: u64,
}

/// What kind of record it is: `ph`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
pub(super) enum Phase {
    /// A slice with its duration.
    #[serde(rename = "X")]
    Complete,
    /// A slice begins.
    #[serde(rename = "B")]
    Begin,
    /// It ends.
    #[serde(rename = "E")]
    End,
    /// Something without a duration.
    #[serde(rename = "i")]
    Instant,
    /// An arrow begins.
    #[serde(rename = "s")]
    FlowStart,
    /// It ends.
    #[serde(rename = "f")]
    FlowEnd,
    /// A name, or a place in the order.
    #[serde(rename = "M")]
    Metadata,
}

#[derive(Debug, Serialize)]
pub(super) struct Record {
    ph: Phase,
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    cat: Option<&'static str>,
    /// Microseconds since the run's start.
    #[serde(skip_serializing_if = "Option::is_none")]
    ts: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    dur: Option<u64>,
    pid: u64,
    tid: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<u64>,
    /// An arrow ends in the slice around it, not in the next one.
    #[serde(skip_serializing_if = "Option::is_none")]
    bp: Option<&'static str>,
    /// An instant is its thread's.
    #[serde(skip_serializing_if = "Option::is_none")]
    s: Option<&'static str>,
    #[serde(skip_serializing_if = "Arguments::is_empty")]
    args: Arguments,
}

impl Record {
    pub(super) fn new(ph: Phase, place: Place, at: VirtualTime, name: &str) -> Self {
        Self {
            ts: Some(at.0.saturating_mul(1000)),
            s: (ph == Phase::Instant).then_some("t"),
            ..Self::plain(ph, place, name.to_owned())
        }
    }

    pub(super) fn process_name(pid: u64, name: String) -> Self {
        Self::metadata("process_name", Place { pid, tid: pid }, Arguments::name(name))
    }

    pub(super) fn process_order(pid: u64) -> Self {
        Self::metadata("process_sort_index", Place { pid, tid: pid }, Arguments::order(pid))
    }

    pub(super) fn thread_name(place: Place, name: String) -> Self {
        Self::metadata("thread_name", place, Arguments::name(name))
    }

    pub(super) fn thread_order(place: Place) -> Self {
        Self::metadata("thread_sort_index", place, Arguments::order(place.tid))
    }

    fn metadata(what: &str, place: Place, args: Arguments) -> Self {
        Self { args, ..Self::plain(Phase::Metadata, place, what.to_owned()) }
    }

    fn plain(ph: Phase, Place { pid, tid }: Place, name: String) -> Self {
        let cat = match ph {
            Phase::Metadata => None,
            Phase::FlowStart | Phase::FlowEnd => Some("deferral"),
            _ => Some("run"),
        };
        Self {
            ph,
            name,
            cat,
            ts: None,
            dur: None,
            pid,
            tid,
            id: None,
            bp: None,
            s: None,
            args: Arguments::default(),
        }
    }

    pub(super) fn named(mut self, name: String) -> Self {
        self.name = name;
        self
    }

    pub(super) fn lasting(mut self, duration: Millis) -> Self {
        self.dur = Some(duration.0.saturating_mul(1000));
        self
    }

    pub(super) fn flow(mut self, id: u64) -> Self {
        self.id = Some(id);
        self.bp = (self.ph == Phase::FlowEnd).then_some("e");
        self
    }

    pub(super) fn with(mut self, args: Arguments) -> Self {
        self.args = args;
        self
    }
}
