//! An event as a line of the log, byte for byte as `RunEvent`'s derived `Serialize` writes it, which tests prove.
//!
//! Executions, which nearly all lines are, are written by hand: the derived form goes through serde's tagging and
//! flattening and takes several times as long. Everything else is left to it.

use serde::Serialize;

use crate::event::{Execution, Fact, LockRef, RunEvent, Subject};
use crate::model::Text;
use crate::rules::{Delay, Rows};
use crate::source::Staleness;

/// Appends `event` to `line`, without a line break.
///
/// # Errors
/// As `serde_json`, which has nothing to complain about in an event.
pub(super) fn write(line: &mut Vec<u8>, event: &RunEvent<'_>) -> serde_json::Result<()> {
    match &event.fact {
        Fact::Execution(execution) => Line(line).execution(event, execution),
        _ => serde_json::to_writer(line, event),
    }
}

/// A line that is being written.
struct Line<'l>(&'l mut Vec<u8>);

impl Line<'_> {
    /// The structs are taken apart whole, so that none can get a field that the log has not.
    fn execution(&mut self, event: &RunEvent<'_>, execution: &Execution<'_>) -> serde_json::Result<()> {
        let RunEvent { seq, at, fact: _ } = event;
        let Execution {
            subject: subject @ Subject { connector, work_type, channel: _, line: _ },
            call,
            result,
            reason,
            took_ms,
            while_throttled,
            cursor_in,
            cursor_out,
            channels,
            records,
            binaries,
            aggregations,
            record_ids,
            aggregation_ids,
            made_up_from,
            staleness,
            next_at_ms,
            delay,
            waits_for,
            differs,
        } = execution;
        self.number(r#"{"seq":"#, *seq);
        self.number(r#","at_ms":"#, at.0);
        self.text(r#","event":"execution","connector":"#, connector)?;
        self.word(r#","work_type":""#, work_type.word());
        self.text_if_any(r#","channel":"#, subject.channel())?;
        self.word(r#","call":""#, call.word());
        self.word(r#","result":""#, result.word());
        self.text_if_any(r#","reason":"#, Some(&**reason).filter(|reason| !reason.is_empty()))?;
        self.number_if_any(r#","took_ms":"#, Some(took_ms.0).filter(|took| *took > 0));
        if *while_throttled {
            self.raw(r#","while_throttled":true"#);
        }
        self.text_if_any(r#","cursor_in":"#, cursor_in.as_deref())?;
        self.text_if_any(r#","cursor_out":"#, cursor_out.as_deref())?;
        self.number_if_any(r#","channels":"#, *channels);
        self.number_if_any(r#","records":"#, *records);
        self.number_if_any(r#","binaries":"#, *binaries);
        self.number_if_any(r#","aggregations":"#, *aggregations);
        self.texts_if_any(r#","record_ids":"#, record_ids.as_deref())?;
        self.texts_if_any(r#","aggregation_ids":"#, aggregation_ids.as_deref())?;
        self.number_if_any(r#","made_up_from":"#, *made_up_from);
        if let Some(Staleness { total, worst }) = staleness {
            self.number(r#","staleness":{"total_ms":"#, total.0);
            self.number(r#","worst_ms":"#, worst.0);
            self.raw("}");
        }
        self.number_if_any(r#","next_at_ms":"#, next_at_ms.map(|at| at.0));
        if let Some(delay) = delay {
            self.delay(delay);
        }
        if let Some(LockRef { key, lock_type, until_ms }) = waits_for {
            self.text(r#","waits_for":{"key":"#, key)?;
            self.word(r#","lock_type":""#, lock_type.word());
            self.number(r#","until_ms":"#, until_ms.0);
            self.raw("}");
        }
        self.rows(*differs);
        self.raw("}");
        Ok(())
    }

    fn delay(&mut self, delay: &Delay) {
        let Delay { ms, rule, streak, failures, base, doubled, random, uncapped, capped } = delay;
        let positive = |number: u64| Some(number).filter(|number| *number > 0);
        self.number(r#","delay":{"ms":"#, ms.0);
        self.word(r#","rule":""#, rule.word());
        self.number(r#","streak":"#, u64::from(*streak));
        self.number_if_any(r#","failures":"#, positive(u64::from(*failures)));
        self.number_if_any(r#","base_ms":"#, positive(base.0));
        self.number_if_any(r#","doubled_ms":"#, positive(doubled.0));
        self.number_if_any(r#","random_ms":"#, positive(random.0));
        self.number_if_any(r#","uncapped_ms":"#, positive(uncapped.0));
        self.raw(if *capped { r#","capped":true}"# } else { r#","capped":false}"# });
    }

    fn rows(&mut self, rows: Rows) {
        let mut separator = r#","differs":["D"#;
        for row in rows.iter() {
            self.number(separator, row as u64 + 1);
            separator = r#"","D"#;
        }
        if !rows.is_empty() {
            self.raw(r#""]"#);
        }
    }

    // Inlined, so that what is as long as the compiler knows is copied without a call.
    #[inline]
    fn raw(&mut self, text: &str) {
        self.0.extend_from_slice(text.as_bytes());
    }

    /// One of the specification's words, which need no escapes; `key` ends with its opening quotation mark.
    #[inline]
    fn word(&mut self, key: &str, word: &str) {
        self.raw(key);
        self.raw(word);
        self.raw("\"");
    }

    #[inline]
    fn number(&mut self, key: &str, number: u64) {
        self.raw(key);
        self.raw(itoa::Buffer::new().format(number));
    }

    fn number_if_any(&mut self, key: &str, number: Option<u64>) {
        if let Some(number) = number {
            self.number(key, number);
        }
    }

    /// A string. What has to be escaped is left to `serde_json`.
    fn text(&mut self, key: &str, text: &str) -> serde_json::Result<()> {
        self.raw(key);
        // Without a way out half-way, so that many bytes can be looked at together.
        let has_escapes =
            text.bytes().fold(false, |found, byte| found | matches!(byte, 0..=0x1f | b'"' | b'\\'));
        if has_escapes {
            return self.derived(text);
        }
        self.raw("\"");
        self.raw(text);
        self.raw("\"");
        Ok(())
    }

    fn text_if_any(&mut self, key: &str, text: Option<&str>) -> serde_json::Result<()> {
        text.map_or(Ok(()), |text| self.text(key, text))
    }

    fn texts_if_any(&mut self, key: &str, texts: Option<&[Text]>) -> serde_json::Result<()> {
        let Some(texts) = texts else { return Ok(()) };
        self.raw(key);
        self.derived(texts)
    }

    fn derived(&mut self, value: &(impl Serialize + ?Sized)) -> serde_json::Result<()> {
        serde_json::to_writer(&mut *self.0, value)
    }
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use proptest::option;
    use proptest::prelude::*;

    use super::*;
    use crate::model::{Call, LockType, Millis, Outcome, VirtualTime, WorkType};
    use crate::report::testing;
    use crate::rules::{DelayRule, Row};

    fn check(event: &RunEvent<'_>) {
        let mut line = Vec::new();
        write(&mut line, event).unwrap();
        assert_eq!(String::from_utf8(line).unwrap(), serde_json::to_string(event).unwrap());
    }

    #[test]
    fn every_kind_of_event_is_written_as_its_derived_form() {
        testing::everything().events().iter().for_each(check);
    }

    /// A string, often one that needs escapes.
    fn text() -> impl Strategy<Value = String> {
        prop_oneof!["[a-z0-9-]{0,9}", "\\PC{0,6}", "[\"\\\\/\u{0}-\u{1f}\u{7f}é\u{2028}😀a]{0,6}"]
    }

    /// A number: of any length, and every second time nothing, which is left out in places.
    fn number() -> impl Strategy<Value = u64> {
        prop_oneof![2 => Just(0), 1 => (0..64_u32).prop_map(|bits| u64::MAX >> bits), 1 => any::<u64>()]
    }

    fn of<T: Copy + std::fmt::Debug + 'static>(all: &'static [T]) -> impl Strategy<Value = T> {
        proptest::sample::select(all)
    }

    fn delay() -> impl Strategy<Value = Delay> {
        const RULES: &[DelayRule] = &[
            DelayRule::NextDelay,
            DelayRule::Immediate,
            DelayRule::Incomplete,
            DelayRule::Exponential,
            DelayRule::Fixed,
            DelayRule::Disabled,
            DelayRule::Retry,
            DelayRule::Lock,
        ];
        let counts = (any::<u32>(), prop_oneof![Just(0), any::<u32>()], any::<bool>());
        let times = proptest::array::uniform5(number().prop_map(Millis));
        (of(RULES), counts, times).prop_map(|(rule, (streak, failures, capped), times)| {
            let [ms, base, doubled, random, uncapped] = times;
            Delay { ms, rule, streak, failures, base, doubled, random, uncapped, capped }
        })
    }

    fn rows() -> impl Strategy<Value = Rows> {
        proptest::collection::vec(of(Row::ALL), 0..4).prop_map(|rows| rows.into_iter().collect())
    }

    prop_compose! {
        fn subject()(connector in text(), work_type in of(WorkType::ALL), channel in option::of(text()))
            -> Subject<'static> {
            Subject { connector: connector.into(), work_type, channel: channel.map(|id| Cow::Owned(id.into())), line: 1 }
        }
    }

    prop_compose! {
        fn lock_ref()(key in text(), lock_type in of(LockType::ALL), until in number()) -> LockRef<'static> {
            LockRef { key: key.into(), lock_type, until_ms: VirtualTime(until) }
        }
    }

    prop_compose! {
        fn execution()(
            subject in subject(),
            call in of(Call::ALL),
            result in of(Outcome::ALL),
            reason in text(),
            took in number(),
            while_throttled in any::<bool>(),
            [cursor_in, cursor_out] in proptest::array::uniform2(option::of(text())),
            [channels, records, binaries, aggregations, made_up_from, next_at] in
                proptest::array::uniform6(option::of(number())),
            ids in proptest::array::uniform2(option::of(proptest::collection::vec(text(), 0..3))),
            stale in option::of((number(), number())),
            (delay, waits_for, differs) in (option::of(delay()), option::of(lock_ref()), rows()),
        ) -> Execution<'static> {
            let [record_ids, aggregation_ids] =
                ids.map(|ids| ids.map(|ids| ids.into_iter().map(Text::from).collect::<Vec<_>>().into()));
            Execution {
                subject,
                call,
                result,
                reason: reason.into(),
                took_ms: Millis(took),
                while_throttled,
                cursor_in: cursor_in.map(Into::into),
                cursor_out: cursor_out.map(Into::into),
                channels,
                records,
                binaries,
                aggregations,
                record_ids,
                aggregation_ids,
                made_up_from,
                staleness: stale.map(|(total, worst)| Staleness { total: Millis(total), worst: Millis(worst) }),
                next_at_ms: next_at.map(VirtualTime),
                delay: delay.map(Cow::Owned),
                waits_for,
                differs,
            }
        }
    }

    proptest! {
        #[test]
        fn any_execution_is_written_as_its_derived_form(
            (seq, at, execution) in (number(), number(), execution())
        ) {
            check(&RunEvent { seq, at: VirtualTime(at), fact: Fact::Execution(Cow::Owned(execution)) });
        }
    }
}
