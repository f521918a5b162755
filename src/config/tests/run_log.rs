//! The event log's schema has exactly the fields that events are written with.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value as Json;

use crate::config::schema;
use crate::event::{
    AuditFact, ChannelFact, ConnectorChanged, ConnectorFact, Differs, Ending, Execution, Fact, Input,
    LockExpired, LockFact, LockRef, OperationEnded, OperationStarted, Quota, RunEvent, RunFinished,
    RunStarted, StopCalled, Subject, UnusedInCopies, Warning,
};
use crate::model::{Call, Context, LockType, Millis, Outcome, Status, VirtualTime, WorkType};
use crate::rules::{Delay, DelayRule, Row, Rows, Rules};
use crate::source::dataset::{Costs, Per};
use crate::source::{Staleness, Tally};

/// One event of each kind, with everything in it that can be.
#[allow(clippy::too_many_lines, reason = "a table, one entry a kind of event")]
fn events() -> Vec<Fact<'static>> {
    let subject = || Subject {
        connector: "box".into(),
        work_type: WorkType::ContentSynchronisation,
        channel: Some(Cow::Owned("hr".into())),
        line: 0,
    };
    let differs = Rows::when(true, Row::D9);
    let channel = || ChannelFact {
        connector: "box".into(),
        channel: "hr".into(),
        title: Some("HR".into()),
        reason: "gone".into(),
        differs,
    };
    let lock = || LockFact {
        key: "global".into(),
        lock_type: LockType::Global,
        until_ms: VirtualTime(1),
        asked_until_ms: Some(VirtualTime(1)),
        replaced_until_ms: Some(VirtualTime(1)),
        set_by: subject(),
        reason: "HTTP 429".into(),
        differs,
    };
    let delay = Delay {
        streak: 1,
        failures: 1,
        base: Millis(1),
        doubled: Millis(1),
        random: Millis(1),
        uncapped: Millis(1),
        capped: true,
        ..Delay::new(Millis(1), DelayRule::Exponential)
    };
    vec![
        Fact::RunStarted(Box::new(RunStarted {
            schema: crate::event::SCHEMA.into(),
            start: "2026-01-01T00:00:00Z".into(),
            duration_ms: Millis(1),
            seed: 1,
            rules: Rules::Sdk,
            scope_key: Some("x".into()),
            settings: BTreeMap::new(),
            connectors: vec![ConnectorFact {
                id: "box".into(),
                display_name: Some("Box".into()),
                page_size: Some(1),
                quotas: vec![Quota {
                    limit: 1,
                    window_ms: Millis(1),
                    per: Per::Tenant,
                    cost: Costs::CALLS,
                    shared_by: 1,
                }],
            }],
            inputs: vec![Input { path: "connector.toml".into(), sha256: "0".repeat(64) }],
        })),
        Fact::ConnectorChanged(ConnectorChanged {
            change: "register".into(),
            connector: Some("box".into()),
            channel: Some("hr".into()),
            no_effect: true,
        }),
        Fact::ChannelAdded(channel()),
        Fact::ChannelUpdated(channel()),
        Fact::ChannelRemoved(channel()),
        Fact::OperationStarted(OperationStarted {
            subject: subject(),
            started_by: "timeline".into(),
            context: std::borrow::Cow::Owned(Context::from([("a".to_owned(), "b".to_owned())])),
            start_date: Some("x".into()),
            differs,
        }),
        Fact::Execution(Cow::Owned(Execution {
            subject: subject(),
            call: Call::Begin,
            result: Outcome::Complete,
            reason: "x".into(),
            took_ms: Millis(1),
            while_throttled: true,
            cursor_in: Some("a".into()),
            cursor_out: Some("b".into()),
            channels: Some(1),
            records: Some(1),
            binaries: Some(1),
            aggregations: Some(1),
            record_ids: Some(vec!["r".into()].into()),
            aggregation_ids: Some(vec!["a".into()].into()),
            made_up_from: Some(1),
            staleness: Some(Staleness { total: Millis(1), worst: Millis(1) }),
            next_at_ms: Some(VirtualTime(1)),
            delay: Some(Cow::Owned(delay)),
            waits_for: Some(LockRef {
                key: "global".into(),
                lock_type: LockType::Global,
                until_ms: VirtualTime(1),
            }),
            differs,
        })),
        Fact::LockSet(lock()),
        Fact::LockExtended(lock()),
        Fact::LockExpired(LockExpired { key: "global".into(), lock_type: LockType::Global }),
        Fact::StopCalled(StopCalled { subject: subject(), reason: "run-ends".into(), differs }),
        Fact::OperationEnded(OperationEnded {
            subject: subject(),
            status: Status::Complete,
            reason: "x".into(),
            differs,
        }),
        Fact::Warning(Warning {
            code: "unused-steps".into(),
            message: "x".into(),
            connector: Some("box".into()),
            work_type: Some(WorkType::ChannelDiscovery),
            channel: Some("hr".into()),
            unused_steps: Some(1),
        }),
        Fact::RunFinished(Box::new(RunFinished {
            ending: Ending::Duration,
            reason: "x".into(),
            executions: 1,
            results: BTreeMap::from([(Outcome::Complete, 1)]),
            records: 1,
            binaries: 1,
            aggregations: 1,
            unused_in_copies: vec![UnusedInCopies {
                connector: "box".into(),
                work_type: WorkType::ContentSynchronisation,
                steps: 2,
                channels: vec!["hr".into()],
            }],
            audits: vec![AuditFact {
                connector: "box".into(),
                tally: Tally::of(WorkType::ContentSynchronisation),
            }],
            locks: 1,
            calls_while_throttled: 1,
            stops: 1,
            warnings: 1,
            differences: vec![Differs { row: Row::D9, times: 1, first_at_ms: VirtualTime(1) }],
        })),
    ]
}

/// The same keys in a value and in its schema, at every level.
fn check(root: &Json, schema: &Json, value: &Json, path: &str) {
    let reference = schema["$ref"].as_str().or_else(|| schema["allOf"][0]["$ref"].as_str());
    let schema =
        reference.map_or(schema, |reference| root.pointer(reference.trim_start_matches('#')).unwrap());
    if let (Json::Array(values), Some(items)) = (value, schema.get("items")) {
        for value in values {
            check(root, items, value, path);
        }
    }
    let (Json::Object(entries), Some(properties)) = (value, schema["properties"].as_object()) else { return };
    let found: BTreeSet<&String> = entries.keys().collect();
    assert_eq!(found, properties.keys().collect(), "{path}");
    for (key, value) in entries {
        check(root, &properties[key], value, &format!("{path}.{key}"));
    }
}

#[test]
fn fields_of_events_are_those_of_the_schema() {
    let root: Json = serde_json::from_str(schema("run-log").unwrap()).unwrap();
    let schemas = root["oneOf"].as_array().unwrap();
    let events = events();
    assert_eq!(schemas.len(), events.len());
    for (schema, fact) in schemas.iter().zip(events) {
        let event = RunEvent { seq: 0, at: VirtualTime(0), fact };
        let value = serde_json::to_value(&event).unwrap();
        assert_eq!(schema["properties"]["event"]["const"], value["event"]);
        check(&root, schema, &value, schema["title"].as_str().unwrap());
    }
}
