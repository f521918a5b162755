//! `args` of a record: what Perfetto shows of the slice that is selected.

use serde::Serialize;

use super::short;
use crate::event::{Execution, LockFact};
use crate::model::{LockType, Millis, VirtualTime};
use crate::report::explain;
use crate::report::wall_clock::WallClock;
use crate::rules::Rows;

/// What is to be said of a record beyond its name; nothing is said of what is not there.
#[derive(Debug, Default, Serialize)]
pub(super) struct Arguments {
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sort_index: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    since_start: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    wall_clock: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    started_by: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    call: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    result: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    while_throttled: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    no_effect: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    channels: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    records: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    binaries: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    aggregations: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cursor_in: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cursor_out: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    delay_ms: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rule: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    why: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    lock_type: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    set_by: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    until: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    asked_until: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    replaced_until: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    polls: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    times_set: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    deferred_executions: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    deferred_ms: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    differs: Option<String>,
    #[serde(skip)]
    some: bool,
}

impl Arguments {
    /// Whether there is nothing to say.
    pub(super) const fn is_empty(&self) -> bool {
        !self.some
    }

    pub(super) fn name(name: String) -> Self {
        Self { name: Some(name), some: true, ..Self::default() }
    }

    pub(super) fn order(sort_index: u64) -> Self {
        Self { sort_index: Some(sort_index), some: true, ..Self::default() }
    }

    pub(super) fn started_by(who: &str) -> Self {
        Self { started_by: Some(short(who)), some: true, ..Self::default() }
    }

    pub(super) fn reason(mut self, reason: &str) -> Self {
        if !reason.is_empty() {
            self.reason = Some(short(reason));
            self.some = true;
        }
        self
    }

    pub(super) fn differs(mut self, rows: Rows) -> Self {
        if !rows.is_empty() {
            let names = rows.iter().map(|row| format!("{row} {}", row.difference().name));
            self.differs = Some(names.collect::<Vec<_>>().join(", "));
            self.some = true;
        }
        self
    }

    pub(super) fn effect(mut self, effect: bool) -> Self {
        if !effect {
            self.no_effect = Some(true);
            self.some = true;
        }
        self
    }

    fn at(at: VirtualTime, clock: WallClock) -> Self {
        Self { since_start: Some(at.to_string()), wall_clock: clock.full(at), some: true, ..Self::default() }
    }

    pub(super) fn of(execution: &Execution<'_>, at: VirtualTime, clock: WallClock) -> Self {
        let delay = execution.delay.as_ref();
        let arguments = Self {
            call: Some(execution.call.word()),
            result: Some(execution.result.word()),
            while_throttled: execution.while_throttled.then_some(true),
            channels: execution.channels,
            records: execution.records,
            binaries: execution.binaries,
            aggregations: execution.aggregations,
            cursor_in: execution.cursor_in.as_deref().map(short),
            cursor_out: execution.cursor_out.as_deref().map(short),
            next_at: execution.next_at_ms.map(|next_at| next_at.to_string()),
            delay_ms: delay.map(|delay| delay.ms.0),
            rule: delay.map(|delay| delay.rule.word()),
            why: delay.map(|delay| explain::delay(delay, execution.result)),
            ..Self::at(at, clock)
        };
        arguments.reason(&execution.reason).differs(execution.differs)
    }

    pub(super) fn wait(
        lock_type: LockType,
        key: &str,
        polls: u64,
        from: VirtualTime,
        clock: WallClock,
    ) -> Self {
        Self {
            lock_type: Some(lock_type.word()),
            key: Some(key.to_owned()),
            polls: (polls > 0).then_some(polls),
            ..Self::at(from, clock)
        }
    }

    pub(super) fn lock(set: &LockFact<'_>, at: VirtualTime, clock: WallClock) -> Self {
        let by = &set.set_by;
        let channel = by.channel().unwrap_or_default();
        let arguments = Self {
            lock_type: Some(set.lock_type.word()),
            key: Some(short(&set.key)),
            set_by: Some(short(format!("{} {} {channel}", by.connector, by.work_type.noun()).trim_end())),
            until: Some(set.until_ms.to_string()),
            asked_until: set.asked_until_ms.map(|until| until.to_string()),
            replaced_until: set.replaced_until_ms.map(|until| until.to_string()),
            ..Self::at(at, clock)
        };
        arguments.reason(&set.reason).differs(set.differs)
    }

    pub(super) fn lock_end(times_set: u64, deferred_executions: u64, deferred: Millis) -> Self {
        Self {
            times_set: Some(times_set),
            deferred_executions: Some(deferred_executions),
            deferred_ms: Some(deferred.0),
            some: true,
            ..Self::default()
        }
    }
}
