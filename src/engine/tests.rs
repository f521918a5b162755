//! The exact moments of SPEC section 7, each through a small config and the events it leads to.

#![allow(clippy::cast_precision_loss, reason = "seconds for people")]

use std::fmt::Write;

use crate::config::{self, Overrides};
use crate::event::{Execution, Fact, RunEvent};
use crate::rules::Rules;
use crate::run;

/// Runs a config; one line an event that `keep` wants.
fn events(toml: &str, rules: Rules, keep: impl Fn(&str) -> bool) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("connector.toml");
    std::fs::write(&path, toml).unwrap();
    let overrides = Overrides { rules: Some(rules), ..Overrides::default() };
    let config =
        config::load(&path, &overrides).unwrap_or_else(|problems| panic!("{}", problems.render(100, false)));
    let mut lines = Vec::new();
    let mut observer = |event: &RunEvent<'_>| lines.extend(line(event).filter(|line| keep(line)));
    run::run(&config, rules, &mut run::NoPace, &mut observer);
    lines
}

/// An event in a few words, with its time in seconds.
fn line(event: &RunEvent<'_>) -> Option<String> {
    let mut text = format!("{} ", event.at.0 as f64 / 1000.0);
    match &event.fact {
        Fact::Execution(execution) => {
            let Execution { subject, call, result, next_at_ms, .. } = &**execution;
            let channel = subject.channel().unwrap_or_default();
            write!(text, "{} {channel} {call} {result}", subject.work_type.noun()).unwrap();
            if let Some(next) = next_at_ms {
                write!(text, " next {}", next.0 as f64 / 1000.0).unwrap();
            }
        }
        Fact::LockSet(lock) => {
            write!(text, "set {} until {}", lock.key, lock.until_ms.0 as f64 / 1000.0).unwrap();
        }
        Fact::LockExtended(lock) => {
            write!(text, "extended {} until {}", lock.key, lock.until_ms.0 as f64 / 1000.0).unwrap();
        }
        Fact::LockExpired(lock) => write!(text, "expired {}", lock.key).unwrap(),
        Fact::StopCalled(stop) => {
            write!(text, "stop {}", stop.subject.channel().unwrap_or_default()).unwrap();
        }
        Fact::OperationStarted(started) => {
            let channel = started.subject.channel().unwrap_or_default();
            write!(text, "started {} {channel}", started.subject.work_type.noun()).unwrap();
        }
        Fact::OperationEnded(ended) => {
            let channel = ended.subject.channel().unwrap_or_default();
            write!(text, "ended {} {channel} {}", ended.subject.work_type.noun(), ended.status).unwrap();
        }
        Fact::ConnectorChanged(changed) => write!(text, "{}", changed.change).unwrap(),
        Fact::ChannelRemoved(channel) => write!(text, "removed {}", channel.channel).unwrap(),
        Fact::RunFinished(finished) => write!(text, "{:?}", finished.ending).unwrap(),
        _ => return None,
    }
    Some(text)
}

/// One connector whose discovery finds channel `a` once; `rest` is the tables after `[simulation]`, `steps` the lists of
/// its source.
fn one_channel(simulation: &str, rest: &str, lists: &str) -> String {
    format!(
        "[simulation]\n{simulation}\n{rest}\n[[connectors]]\nid = \"box\"\n[connectors.source]\nkind = \"script\"\n\
         [connectors.source.channel_discovery]\nsteps = [{{ channels = [\"a\"] }}]\n{lists}"
    )
}

fn check(toml: &str, rules: Rules, keep: impl Fn(&str) -> bool, expect: &[&str]) {
    assert_eq!(events(toml, rules, keep), expect, "{toml}");
}

fn about_a(line: &str) -> bool {
    !line.contains("discovery")
}

#[test]
fn what_is_due_at_the_end_does_not_run_and_a_call_that_has_not_ended_leaves_nothing() {
    let lists = "[connectors.source.content_synchronisation.a]\notherwise = \"repeat-last\"\nsteps = [{ records = 1 }, { latency = \"300s\" }]";
    let expect = [
        "0 started synchronisation a",
        "0 synchronisation a begin complete next 300",
        "600 stop a",
        "600 Duration",
    ];
    check(&one_channel("duration = \"600s\"", "", lists), Rules::Documented, about_a, &expect);
    let expect = [
        "0 started synchronisation a",
        "0 synchronisation a begin complete next 300",
        "300 synchronisation a continue complete next 900",
        "601 stop a",
        "601 Duration",
    ];
    check(&one_channel("duration = \"601s\"", "", lists), Rules::Documented, about_a, &expect);
}

#[test]
fn a_call_in_flight_ends_whatever_happens_meanwhile_and_the_next_execution_meets_it() {
    let lists =
        "[connectors.source.content_synchronisation.a]\nsteps = [{ records = 1, latency = \"100s\" }]";
    let timeline = "[[timeline]]\nat = 10\nchange = \"remove\"\nconnector = \"box\"";
    let expect = [
        "0 started synchronisation a",
        "10 remove",
        "0 synchronisation a begin complete next 400",
        "300 removed a",
        "400 synchronisation a none removed",
        "400 ended synchronisation a complete",
        "500 Duration",
    ];
    check(&one_channel("duration = 500", timeline, lists), Rules::Documented, about_a, &expect);
}

#[test]
fn a_connector_added_back_before_the_next_execution_goes_on_as_before() {
    let timeline = "[[timeline]]\nat = 10\nchange = \"remove\"\nconnector = \"box\"\n[[timeline]]\nat = 20\nchange = \"add\"\nconnector = \"box\"";
    let expect = [
        "0 started synchronisation a",
        "0 synchronisation a begin complete next 300",
        "10 remove",
        "20 add",
        "300 synchronisation a continue complete next 900",
        "400 stop a",
        "400 Duration",
    ];
    check(&one_channel("duration = 400", timeline, ""), Rules::Documented, about_a, &expect);
}

#[test]
fn after_the_kill_switch_the_pass_then_what_is_due_anyway_then_what_waited_in_due_order() {
    let toml = "[simulation]\nduration = 700\n[content_manager]\ndelay_seconds = 200\n\
        [content_manager.content_synchronisation]\ndelay_seconds = 100\nexponential_back_off = false\n\
        [content_manager.channel_discovery]\ndelay_seconds = 10000\nmax_delay_seconds = 10000\n\
        [[timeline]]\nat = 50\nchange = \"kill-switch-on\"\n[[timeline]]\nat = 300\nchange = \"kill-switch-off\"\n\
        [[timeline]]\nat = 60\nchange = \"add\"\nconnector = \"late\"\n\
        [[connectors]]\nid = \"box\"\n[connectors.source]\nkind = \"script\"\n\
        [connectors.source.channel_discovery]\nsteps = [{ channels = [\"slow\", \"due\", \"quick\"] }]\n\
        [connectors.source.content_synchronisation.slow]\nsteps = [{ next_delay = 90 }, { next_delay = 9000 }]\n\
        [connectors.source.content_synchronisation.due]\nsteps = [{ next_delay = 300 }, { next_delay = 9000 }]\n\
        [connectors.source.content_synchronisation.quick]\nsteps = [{ next_delay = 80 }, { next_delay = 9000 }]\n\
        [[connectors]]\nid = \"late\"\npresent = false\nsource = { kind = \"script\" }\n";
    let expect = [
        "300 kill-switch-off",
        "300 started discovery ",
        "300 synchronisation due continue complete next 9300",
        "300 discovery  execute complete next 10300",
        "300 synchronisation quick continue complete next 9300",
        "300 synchronisation slow continue complete next 9300",
    ];
    check(toml, Rules::Documented, |line| line.starts_with("300 "), &expect);
}

#[test]
fn stop_is_called_at_the_switch_and_again_only_once_the_action_was_called_again() {
    let timeline = "[[timeline]]\nat = 10\nchange = \"kill-switch-on\"\n[[timeline]]\nat = 20\nchange = \"kill-switch-off\"\n[[timeline]]\nat = 30\nchange = \"kill-switch-on\"\n[[timeline]]\nat = 310\nchange = \"kill-switch-off\"";
    let expect = [
        "0 started synchronisation a",
        "0 synchronisation a begin complete next 300",
        "10 kill-switch-on",
        "10 stop a",
        "20 kill-switch-off",
        "30 kill-switch-on",
        "310 kill-switch-off",
        "310 synchronisation a continue complete next 910",
        "400 stop a",
        "400 Duration",
    ];
    check(&one_channel("duration = 400", timeline, ""), Rules::Documented, about_a, &expect);
    let without_stop: Vec<_> = expect.iter().copied().filter(|line| !line.contains("stop")).collect();
    let without_stop: Vec<String> =
        without_stop.iter().map(|line| line.replace("continue", "begin")).collect();
    let sdk = one_channel("duration = 400", timeline, "").replace(
        "[simulation]",
        "[content_manager.content_synchronisation]\ndelay_seconds = 300\n[simulation]",
    );
    check(&sdk, Rules::Sdk, about_a, &without_stop.iter().map(String::as_str).collect::<Vec<_>>());
}

#[test]
fn a_lock_expires_before_anything_else_of_its_instant_and_one_of_no_length_at_once() {
    let lists = "[connectors.source.content_synchronisation.a]\nsteps = [\n\
        { result = \"back-off\", next_delay = 0, semaphore_lock_type = \"global\" },\n\
        { result = \"back-off\", next_delay = 30, semaphore_lock_type = \"global\" },\n\
        { records = 1, next_delay = 9000 }]";
    let expect = [
        "0 started synchronisation a",
        "0 synchronisation a begin back-off next 0",
        "0 set global until 0",
        "0 expired global",
        "0 synchronisation a begin back-off next 30",
        "0 set global until 30",
        "30 expired global",
        "30 synchronisation a begin complete next 9030",
        "60 stop a",
        "60 Duration",
    ];
    check(&one_channel("duration = 60", "", lists), Rules::Documented, about_a, &expect);
}

#[test]
fn no_lock_expires_at_the_end_of_the_run() {
    let lists = "[connectors.source.content_synchronisation.a]\nsteps = [{ result = \"back-off\", next_delay = 60, semaphore_lock_type = \"global\" }]";
    let expect = [
        "0 started synchronisation a",
        "0 synchronisation a begin back-off next 60",
        "0 set global until 60",
        "60 Duration",
    ];
    check(&one_channel("duration = 60", "", lists), Rules::Documented, about_a, &expect);
}

#[test]
fn a_run_stops_once_its_registrations_have_ended() {
    let timeline = "[[timeline]]\nat = 100\nchange = \"register\"\nconnector = \"box\"\nchannel = \"a\"";
    let simulation = "duration = \"1d\"\nuntil = \"registrations-ended\"";
    let expect = [
        "0 started synchronisation a",
        "0 synchronisation a begin complete next 300",
        "100 register",
        "100 started registration a",
        "100 registration a begin complete",
        "100 ended registration a complete",
        "100 stop a",
        "100 RegistrationsEnded",
    ];
    check(&one_channel(simulation, timeline, ""), Rules::Documented, about_a, &expect);
}

/// What is on the timeline at or after `duration` has no effect: the run does not wait for a registration there.
#[test]
fn a_registration_beyond_the_end_is_not_waited_for() {
    let timeline = "[[timeline]]\nat = 0\nchange = \"register\"\nconnector = \"box\"\nchannel = \"a\"\n[[timeline]]\nat = 600\nchange = \"register\"\nconnector = \"box\"\nchannel = \"a\"";
    let simulation = "duration = 600\nuntil = \"registrations-ended\"";
    let expect = ["0 RegistrationsEnded"];
    check(&one_channel(simulation, timeline, ""), Rules::Documented, |line| line.contains("Ended"), &expect);
}

#[test]
fn ten_thousand_executions_at_one_instant_are_no_progress() {
    let lists = "[connectors.source.content_synchronisation.a]\notherwise = \"repeat-last\"\nsteps = [{ result = \"incomplete\" }]";
    let toml = one_channel("duration = 60", "", lists);
    let lines =
        events(&toml, Rules::Documented, |line| line.contains("incomplete") || line.contains("NoProgress"));
    assert_eq!(lines.len(), super::NO_PROGRESS as usize + 1);
    assert_eq!(lines.last().map(String::as_str), Some("0 NoProgress"));
}

#[test]
fn a_connector_disabled_for_too_long_loses_its_operations_and_its_channels() {
    let rest = "[content_manager]\ndelay_seconds = 60\nmax_disabled_connector_age = 300\n[[timeline]]\nat = 10\nchange = \"disable\"\nconnector = \"box\"";
    let expect = [
        "0 started synchronisation a",
        "0 synchronisation a begin complete next 300",
        "10 disable",
        "300 synchronisation a none disabled next 900",
        "300 stop a",
        "360 removed a",
        "900 synchronisation a none disabled",
        "900 ended synchronisation a abandoned",
        "1000 Duration",
    ];
    check(&one_channel("duration = 1000", rest, ""), Rules::Documented, about_a, &expect);
}
