//! When the kill switch was on: it explains why something that was due did not run.

use crate::model::{Millis, VirtualTime};

/// The times during which the kill switch was on, `[on, off)`.
#[derive(Clone, Debug, Default)]
pub(super) struct KillSwitch {
    was_on: Vec<(VirtualTime, VirtualTime)>,
    on_since: Option<VirtualTime>,
}

impl KillSwitch {
    pub(super) fn observe(&mut self, at: VirtualTime, change: &str) {
        match (change, self.on_since) {
            ("kill-switch-on", None) => self.on_since = Some(at),
            ("kill-switch-off", Some(since)) => {
                self.was_on.push((since, at));
                self.on_since = None;
            }
            _ => {}
        }
    }

    pub(super) const fn is_on(&self) -> bool {
        self.on_since.is_some()
    }

    /// How much of the time from `due`, when an execution was due, to `end` passed before the switch let it start. The
    /// rest it was in flight.
    pub(super) fn holds_up(&self, due: VirtualTime, end: VirtualTime) -> Millis {
        let from = self.was_on.partition_point(|(_, off)| *off <= due);
        let until = match self.was_on.get(from) {
            Some((on, off)) if *on <= due => *off,
            _ if self.on_since.is_some_and(|on| on <= due) => end,
            _ => due,
        };
        until.min(end).since(due)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_due_while_the_switch_is_on_waits_for_it() {
        let mut switch = KillSwitch::default();
        for (at, change) in [
            (100, "kill-switch-on"),
            (110, "kill-switch-on"),
            (200, "kill-switch-off"),
            (210, "disable"),
            (300, "kill-switch-on"),
        ] {
            switch.observe(VirtualTime(at), change);
        }
        let check = |due, end, expect| {
            assert_eq!(switch.holds_up(VirtualTime(due), VirtualTime(end)), Millis(expect), "{due}..{end}");
        };
        check(50, 80, 0);
        check(100, 400, 100);
        check(150, 180, 30);
        check(200, 400, 0);
        check(300, 400, 100);
        check(350, 400, 50);
    }
}
