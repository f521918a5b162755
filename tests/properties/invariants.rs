//! What must hold in every event log, recomputed from its lines without the engine's help.

use std::collections::{BTreeMap, BTreeSet};

use connector_cli::config::ConnectorConfig;
use connector_cli::model::{Millis, WorkType};
use connector_cli::rules::Rules;
use serde_json::Value;

/// What was seen, so that a test can ask whether there was anything to see.
#[derive(Default)]
pub(crate) struct Seen {
    pub(crate) calls: u64,
    pub(crate) deferred: u64,
    pub(crate) locks: u64,
}

/// A lock key with its type: a scope key `global` is not the Global lock.
type Key = (String, String);

/// How a lock's expiry changed: (moment, expiry from then on), in order.
type Changes = Vec<(u64, u64)>;

pub(crate) struct Invariants<'a> {
    config: &'a ConnectorConfig,
    rules: Rules,
    locks: BTreeMap<Key, Changes>,
    running: BTreeSet<String>,
    cursors: BTreeMap<String, String>,
    begun: BTreeSet<String>,
    /// The operation whose last execution has no delay, until its end is seen: nothing else may do without.
    without_delay: Option<String>,
    seen: Seen,
}

impl<'a> Invariants<'a> {
    /// Checks a whole log; the first thing that does not hold, in words.
    pub(crate) fn check(config: &'a ConnectorConfig, rules: Rules, log: &[String]) -> Result<Seen, String> {
        let mut invariants = Self {
            config,
            rules,
            locks: BTreeMap::new(),
            running: BTreeSet::new(),
            cursors: BTreeMap::new(),
            begun: BTreeSet::new(),
            without_delay: None,
            seen: Seen::default(),
        };
        let mut executions = 0;
        for (seq, line) in log.iter().enumerate() {
            let event: Value = serde_json::from_str(line).map_err(|error| error.to_string())?;
            if event["seq"] != seq {
                return Err(format!("seq is not {seq}: {line}"));
            }
            executions += u64::from(event["event"] == "execution");
            invariants.event(&event).map_err(|broken| format!("{broken}: {line}"))?;
            if event["event"] == "run-finished" && event["executions"] != executions {
                return Err(format!("{executions} executions counted: {line}"));
            }
            if event["event"] == "run-finished" && invariants.without_delay.is_some() {
                return Err(format!("an execution without a delay or an end: {line}"));
            }
        }
        Ok(invariants.seen)
    }

    fn event(&mut self, event: &Value) -> Result<(), String> {
        let operation = format!("{} {} {}", event["connector"], event["work_type"], event["channel"]);
        match event["event"].as_str().unwrap_or_default() {
            "operation-started" => {
                self.cursors.insert(operation.clone(), String::new());
                self.begun.remove(&operation);
                hold(self.running.insert(operation), "two running operations")
            }
            "operation-ended" => {
                let ending = self.without_delay.take();
                hold(
                    ending.is_none_or(|ending| ending == operation),
                    "an execution without a delay or an end",
                )?;
                hold(self.running.remove(&operation), "an end without a start")
            }
            "lock-set" | "lock-extended" => {
                let key = (text(event, "lock_type"), text(event, "key"));
                self.seen.locks += 1;
                self.locks.entry(key).or_default().push((number(event, "at_ms"), number(event, "until_ms")));
                Ok(())
            }
            "execution" => self.execution(event, &operation),
            _ => Ok(()),
        }
    }

    fn execution(&mut self, event: &Value, operation: &str) -> Result<(), String> {
        hold(self.without_delay.is_none(), "an execution without a delay or an end")?;
        hold(self.running.contains(operation), "an execution of nothing that runs")?;
        let end = number(event, "at_ms") + number(event, "took_ms");
        if let Some(delay) = event.get("delay") {
            hold(
                number(event, "next_at_ms") == end + number(delay, "ms"),
                "next_at_ms is not at_ms + took_ms + delay.ms",
            )?;
            self.within_caps(event, delay)?;
        } else {
            hold(event.get("next_at_ms").is_none(), "a next_at_ms without a delay")?;
            self.without_delay = Some(operation.to_owned());
        }
        self.seen.deferred += u64::from(event["result"] == "deferred");
        if event["call"] == "none" {
            return Ok(());
        }
        self.seen.calls += 1;
        self.no_call_inside_a_lock(event)?;
        // A discovery has a cursor under the SDK's rules alone (D12).
        let has_cursor = self.rules == Rules::Sdk || event["work_type"] != "channel-discovery";
        match event.get("cursor_in") {
            Some(cursor) => {
                hold(
                    cursor == &Value::from(&*self.cursors[operation]),
                    "the cursor is not the one last given",
                )?;
            }
            None => hold(!has_cursor, "a call without its cursor")?,
        }
        if let Some(cursor) = event.get("cursor_out").and_then(Value::as_str) {
            self.cursors.insert(operation.to_owned(), cursor.to_owned());
        }
        if self.rules == Rules::Sdk && event["call"] != "execute" {
            let first = event["cursor_in"] == "";
            hold((event["call"] == "begin") == first, "begin or continue against the cursor (D13)")?;
        }
        if self.rules == Rules::Documented {
            let begun = self.begun.contains(operation);
            hold(event["call"] != "begin" || !begun, "a begin after one that completed")?;
            hold(event["call"] != "continue" || begun, "a continue before a begin")?;
        }
        if event["result"] == "complete" || event["result"] == "incomplete" {
            self.begun.insert(operation.to_owned());
        }
        Ok(())
    }

    fn within_caps(&self, event: &Value, delay: &Value) -> Result<(), String> {
        let work_type = WorkType::parse(&text(event, "work_type")).ok_or("no work type")?;
        let settings = self.config.content_manager.of(work_type);
        let ms = Millis(number(delay, "ms"));
        match delay["rule"].as_str().unwrap_or_default() {
            "exponential" => hold(ms <= settings.max_delay, "an exponential delay over its cap"),
            "disabled" if settings.exponential_back_off => {
                hold(ms <= settings.max_delay, "a disabled delay over its cap")
            }
            "retry" if self.config.retry.exponential_retry_delay => {
                hold(ms <= self.config.retry.max_retry_delay, "a retry delay over its cap")
            }
            "immediate" | "incomplete" => hold(ms == Millis::ZERO, "at once, and yet a delay"),
            "retry" | "next-delay" | "lock" | "fixed" | "disabled" => Ok(()),
            other => Err(format!("unknown rule {other}")),
        }
    }

    /// No call starts while a lock that matches it is in force. Calls with a latency are logged when they end, so what
    /// was in force is looked up for the start; a change at that very instant may have come before or after it.
    fn no_call_inside_a_lock(&self, event: &Value) -> Result<(), String> {
        let start = number(event, "at_ms");
        let scoped = self.scope_key(event).map(|key| ("scoped".to_owned(), key));
        for key in [Some(("global".to_owned(), "global".to_owned())), scoped].into_iter().flatten() {
            let Some(changes) = self.locks.get(&key) else { continue };
            let at_once = number(event, "took_ms") == 0;
            let before = changes.iter().rev().find(|(at, _)| *at < start || (at_once && *at == start));
            let changed_at_start = !at_once && changes.iter().any(|(at, _)| *at == start);
            if let Some((_, until)) = before {
                // A BackOff's own lock is logged after it, so it cannot be its own obstacle.
                hold(changed_at_start || *until <= start, "a call inside an active lock")?;
            }
        }
        Ok(())
    }

    fn scope_key(&self, event: &Value) -> Option<String> {
        let connector =
            self.config.connectors.iter().find(|connector| *connector.id == *text(event, "connector"))?;
        let template = self.config.scope_key.as_ref()?.to_string();
        Some(
            template
                .replace("{connector_id}", &connector.id)
                .replace("{tenant_id}", &connector.tenant_id)
                .replace("{work_type}", &text(event, "work_type"))
                .replace("{channel}", &text(event, "channel"))
                .replace("{property.region}", connector.properties.get("region").map_or("", |region| region)),
        )
    }
}

fn hold(holds: bool, broken: &str) -> Result<(), String> {
    if holds { Ok(()) } else { Err(broken.to_owned()) }
}

fn text(event: &Value, key: &str) -> String {
    event[key].as_str().unwrap_or_default().to_owned()
}

fn number(event: &Value, key: &str) -> u64 {
    event[key].as_u64().unwrap_or(0)
}
