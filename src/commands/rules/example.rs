//! A worked example for each row: a series where the row is about delays, else a short story with exact times.

use std::fmt::Write;

use serde::Serialize;

use super::{pad, wrap};
use crate::model::{Millis, WorkType};
use crate::report::explain::seconds;
use crate::report::series::{Shown, table};
use crate::report::{Style, Tone};
use crate::rules::{DelaySettings, RetrySettings, Row, Rules};
use crate::series::{Comparison, Plan, Series, Step};

/// A worked example.
pub(super) enum Example {
    /// Delays, worked out by the rules themselves.
    Delays {
        /// What the delays are worked out from.
        plan: Plan,
        /// The command that shows the same, where there is one.
        command: Option<&'static str>,
    },
    /// What happens, told.
    Story(Told),
}

/// A situation, and what each rule set makes of it.
#[derive(Serialize)]
pub(super) struct Told {
    situation: String,
    documented: String,
    sdk: String,
}

fn story(situation: &str, documented: &str, sdk: &str) -> Example {
    Example::Story(Told { situation: situation.into(), documented: documented.into(), sdk: sdk.into() })
}

const EMPTY: Step = Step::Empty;

impl Example {
    /// The example for `row`.
    pub(super) fn of(row: Row) -> Self {
        let synchronisation = |steps: &[Step]| plan(WorkType::ContentSynchronisation, Some(300), 3600, steps);
        let shown = |plan, command| Self::Delays { plan, command: Some(command) };
        match row {
            Row::D1 => shown(
                synchronisation(&[EMPTY, EMPTY, Step::Results, EMPTY]),
                "simulate-backoff 2xempty results empty --delay-seconds 300 --max-delay-seconds 3600",
            ),
            Row::D2 => shown(
                synchronisation(&[EMPTY, Step::NextDelay(Millis::from_secs(45)), EMPTY, EMPTY]),
                "simulate-backoff empty next-delay:45 2xempty --delay-seconds 300 --max-delay-seconds 3600",
            ),
            Row::D3 => {
                let mut plan = synchronisation(&[EMPTY; 3]);
                plan.settings.random_delay = true;
                shown(
                    plan,
                    "simulate-backoff 3xempty --random-delay=true --delay-seconds 300 --max-delay-seconds 3600",
                )
            }
            Row::D4 => shown(
                plan(WorkType::ContentRegistration, Some(300), 600, &[Step::Incomplete; 2]),
                "simulate-backoff 2xincomplete --work-type content-registration --delay-seconds 300",
            ),
            Row::D5 => story(
                "A connector's registration of the channel `hr` answers Abandoned at 0:10:00, while a synchronisation of `hr` is due at 0:12:00.",
                "`hr` leaves the channel cache at 0:10:00. At 0:12:00 its synchronisation ends as abandoned, \"channel not found\", without a call. The next discovery that returns `hr` adds it again and synchronises it from the start.",
                "`hr` stays in the channel cache. At 0:12:00 its synchronisation runs as if nothing had happened.",
            ),
            Row::D6 => story(
                "A connector is removed at 0:10:00. Its synchronisation of `hr` is due at 0:12:00.",
                "At 0:12:00 the synchronisation ends as complete, with the result `removed` and without a call.",
                "At 0:12:00 it ends as abandoned, with the same result. An expectation `ended = \"complete\"` fails.",
            ),
            Row::D7 => story(
                "At 0:00:00 a discovery returns the channel `hr` and asks for the registrations of `hr` and `archive`. `archive` is nowhere else.",
                "`hr` is registered at 0:00:00. Nothing is started for `archive`; a warning names it.",
                "Both are registered at 0:00:00, and `archive` is in the channel cache from then on.",
            ),
            Row::D8 => story(
                "The synchronisation of `hr` fails six times in a row and gives up at 0:55:04.411. The discovery at 1:00:00 returns `hr` again.",
                "Nothing: `hr` is in the channel cache already, so it is not synchronised any more.",
                "At 1:00:00 a new synchronisation of `hr` starts, with an empty cursor.",
            ),
            Row::D9 => story(
                "Two calls under the same scope key are in flight. At 0:00:00 one of them backs off for 600 s, at 0:00:05 the other one for 60 s.",
                "The lock that ends later stays: until 0:10:00. Nothing is called before that.",
                "The newer lock replaces the older: until 0:01:05. From then on to 0:10:00 every call reaches a source that still throttles.",
            ),
            Row::D10 => shown(
                synchronisation(&[EMPTY, Step::BackOff(Millis::from_secs(90)), EMPTY]),
                "simulate-backoff empty back-off:90 empty --delay-seconds 300 --max-delay-seconds 3600",
            ),
            Row::D11 => story(
                "The synchronisation of `hr` answers Complete at 0:00:00 and is due again at 0:05:00. Its connector is disabled at 0:02:00.",
                "At 0:05:00, its first pass over the disabled connector, `stop` is called. Once the connector is enabled, it goes on with `continue` and the same cursor.",
                "`stop` is not called then, and never is. What the action keeps open stays open.",
            ),
            Row::D12 => shown(
                plan(WorkType::ChannelDiscovery, Some(300), 600, &[Step::Incomplete, EMPTY]),
                "simulate-backoff incomplete empty --work-type channel-discovery --delay-seconds 300",
            ),
            Row::D13 => story(
                "A synchronisation's first call answers Complete at 0:00:00 and hands back an empty cursor. It is due again at 0:05:00.",
                "At 0:05:00 it calls `continue`, with the empty cursor: it has begun.",
                "At 0:05:00 it calls `begin` again, and does so until a cursor is not empty.",
            ),
            Row::D14 => shown(
                synchronisation(&[Step::Failed, Step::Disabled, Step::Failed]),
                "simulate-backoff failed disabled failed --delay-seconds 300 --max-delay-seconds 3600",
            ),
            Row::D15 => Self::Delays {
                plan: Plan {
                    reschedule_on_complete: true,
                    ..plan(WorkType::ContentRegistration, Some(300), 600, &[EMPTY; 2])
                },
                command: None,
            },
            Row::D16 => shown(
                plan(WorkType::ContentSynchronisation, None, 600, &[EMPTY; 3]),
                "simulate-backoff 3xempty",
            ),
        }
    }

    /// The example for people.
    pub(super) fn draw(&self, style: &Style) -> String {
        match self {
            Self::Delays { plan, command } => {
                let comparison = Comparison::of(plan);
                let mut text =
                    table(&Shown { plan, comparison: &comparison, rules: &Rules::ALL }, style, false);
                if plan.reschedule_on_complete {
                    text.push_str("\nThe config says reschedule_on_complete = true.\n");
                }
                if let Some(command) = command {
                    let _ = writeln!(text, "\nTry: connector-cli {command}");
                }
                text
            }
            Self::Story(told) => {
                let mut text = String::new();
                for line in wrap(&told.situation, style.columns()) {
                    text.push_str(&(line + "\n"));
                }
                for (rules, words) in [("documented", &told.documented), ("sdk", &told.sdk)] {
                    for (n, line) in wrap(words, style.columns() - 12).into_iter().enumerate() {
                        let label = pad(if n == 0 { rules } else { "" }, 12);
                        text.push_str(&(style.paint(Tone::Heading, &label) + &line + "\n"));
                    }
                }
                text
            }
        }
    }

    /// The example in words alone.
    pub(super) fn told(self) -> Told {
        match self {
            Self::Story(told) => told,
            Self::Delays { plan, command } => {
                let comparison = Comparison::of(&plan);
                let steps: Vec<_> = plan.steps.iter().map(ToString::to_string).collect();
                let situation = match command {
                    Some(command) => format!("connector-cli {command}"),
                    None => format!("{} with reschedule_on_complete: {}", plan.work_type, steps.join(", ")),
                };
                Told { situation, documented: delays(&comparison.documented), sdk: delays(&comparison.sdk) }
            }
        }
    }
}

fn delays(series: &Series) -> String {
    let delays = series.rows.iter().map(|row| row.delay.map_or("ends".to_owned(), |delay| seconds(delay.ms)));
    delays.collect::<Vec<_>>().join(", ")
}

fn plan(work_type: WorkType, delay: Option<u64>, cap: u64, steps: &[Step]) -> Plan {
    Plan {
        work_type,
        settings: DelaySettings {
            delay: delay.map(Millis::from_secs),
            max_delay: Millis::from_secs(cap),
            ..DelaySettings::default()
        },
        retry: RetrySettings::default(),
        reschedule_on_complete: false,
        seed: 0,
        steps: steps.to_vec(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::{Cli, Command};
    use crate::config::Settings;
    use crate::lock::{InMemory, LockKey, LockProvider};
    use crate::model::VirtualTime;

    /// Each example shows the row that it is for.
    #[test]
    fn examples_show_their_row() {
        for &row in Row::ALL {
            if let Example::Delays { plan, .. } = Example::of(row) {
                let differs = Comparison::of(&plan).differs;
                assert!(differs.iter().any(|rows| rows.contains(row)), "{row}");
            }
        }
    }

    /// The command under an example gives the outcomes of that example.
    #[test]
    fn commands_of_examples_are_read() {
        use clap::FromArgMatches;
        for &row in Row::ALL {
            let Example::Delays { plan, command: Some(command) } = Example::of(row) else { continue };
            let words = std::iter::once("connector-cli").chain(command.split(' '));
            let matches = Cli::command_line().try_get_matches_from(words).unwrap();
            let Command::SimulateBackoff(options) = Cli::from_arg_matches(&matches).unwrap().command else {
                panic!("{command}")
            };
            let given = crate::commands::simulate_backoff::plan(&options, &Settings::default()).unwrap();
            assert_eq!((given.steps, given.settings), (plan.steps, plan.settings), "{row}");
            assert_eq!(given.work_type, plan.work_type, "{row}");
        }
    }

    /// The times of the story about D9.
    #[test]
    fn the_times_of_two_locks() {
        let check = |rules: Rules, expect: &str| {
            let mut locks = InMemory::default();
            let key = LockKey::Scoped("box".into());
            let replaces = rules.set().newer_lock_replaces;
            locks.set(&key, VirtualTime::START, VirtualTime(600_000), replaces);
            let set = locks.set(&key, VirtualTime(5_000), VirtualTime(65_000), replaces);
            assert_eq!(set.until.to_string(), expect);
        };
        check(Rules::Documented, "0:10:00");
        check(Rules::Sdk, "0:01:05");
    }
}
