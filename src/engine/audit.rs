//! At the end of a run: what was submitted, compared with what there was (for the sources that can tell).

use super::{Engine, Observer};
use crate::event::{AuditFact, Fact, Warning};
use crate::source::{Finding, Listed};

impl Engine<'_> {
    /// Warns of every channel for which something is missing or came twice; the counts go into `run-finished`.
    pub(super) fn audit(&mut self, observer: &mut dyn Observer) -> Vec<AuditFact<'static>> {
        let mut facts = Vec::new();
        for connector in &mut self.world.connectors {
            let Some(bookkeeper) = connector.source.bookkeeper() else { continue };
            let audit = bookkeeper.audit(self.now, connector.start_date);
            let id = &*connector.config.id;
            for finding in &audit.findings {
                for (code, message) in words(finding) {
                    let fact = Fact::Warning(Warning {
                        code: code.into(),
                        message: format!("{id}: {message}").into(),
                        connector: Some(id.into()),
                        work_type: Some(finding.work_type),
                        channel: Some((&*finding.channel).into()),
                        unused_steps: None,
                    });
                    self.journal.emit(observer, self.now, fact);
                }
            }
            let tallies = audit.tallies.iter();
            facts.extend(tallies.map(|tally| AuditFact { connector: id.to_owned().into(), tally: *tally }));
        }
        facts
    }
}

fn words(finding: &Finding) -> Vec<(&'static str, String)> {
    let Finding { work_type, channel, missing, repeated, strangers, begun_anew } = finding;
    let work = format!("the {} of {channel}", work_type.noun());
    let mut all = Vec::new();
    if missing.count > 0 {
        let text = format!("{work} lost {}: due, and never submitted", listed(missing));
        all.push(("lost-items", text));
    }
    if repeated.count > 0 {
        let why = match begun_anew {
            0 => "though nothing about them had changed".to_owned(),
            1 => "because it began again from the beginning".to_owned(),
            times => format!("because it began again from the beginning {times} times"),
        };
        let text = format!("{work} submitted {} more than once, {why}", listed(repeated));
        all.push(("repeated-items", text));
    }
    if *strangers > 0 {
        all.push(("unknown-items", format!("{work} submitted {strangers} items that the source never had")));
    }
    all
}

/// `3 items (a, b, c)`, `12 items (a, b, … and 10 more)`.
fn listed(items: &Listed) -> String {
    let named: Vec<&str> = items.names.iter().take(5).map(|name| &**name).collect();
    let rest = items.count.saturating_sub(named.len() as u64);
    let noun = if items.count == 1 { "item" } else { "items" };
    let more = if rest > 0 { format!(" and {rest} more") } else { String::new() };
    format!("{} {noun} ({}{more})", items.count, named.join(", "))
}
