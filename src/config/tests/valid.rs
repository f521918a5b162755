//! Every spelling of SPEC section 7 is accepted, and warnings say what deserves a look.

use super::{Overrides, Project, VALID, fixtures, same};
use crate::config::{Bound, Change, ConnectorConfig, Measure, SourceConfig, load};
use crate::model::{Millis, Outcome, ResultType, VirtualTime, WorkType};
use crate::rules::Rules;
use crate::source::Payload;
use crate::source::script::{Script, Step};

#[track_caller]
fn loaded(config: &str) -> ConnectorConfig {
    let project = Project::new(&[("connector.toml", config)]);
    project.load(&Overrides::default()).unwrap_or_else(|problems| panic!("{problems}"))
}

fn script(config: &ConnectorConfig) -> &Script {
    let SourceConfig::Script(script) = &config.connectors[0].source else { panic!("a script") };
    script
}

/// The steps of a synchronisation.
#[track_caller]
fn steps(steps: &str) -> Vec<Step> {
    let config = loaded(&format!(
        "[simulation]\nduration = '2h'\n[semaphore_lock]\nscope_key = 'x'\n[[connectors]]\nid = 'box'\n[connectors.source]\nkind = 'script'\n[connectors.source.content_synchronisation.hr]\nsteps = [{steps}]\n"
    ));
    script(&config).content_synchronisation["hr"].steps.clone()
}

/// The warnings of a valid config to which this is added.
#[track_caller]
fn check_warnings(added: &str, expect: &str) {
    let project = Project::new(&[("connector.toml", &format!("{VALID}{added}"))]);
    project.load(&Overrides::default()).unwrap_or_else(|problems| panic!("{problems}"));
    same(&project.lines(&Overrides::default()), expect);
}

#[test]
fn examples_and_recordings_load() {
    for config in fixtures() {
        load(&config, &Overrides::default()).unwrap_or_else(|problems| panic!("{problems}"));
    }
}

#[test]
fn durations() {
    let check = |written: &str, ms| {
        let config = loaded(&format!("{VALID}[retry]\nretry_delay = {written}\n"));
        assert_eq!(config.retry.retry_delay, Millis(ms), "{written}");
    };
    check("'250ms'", 250);
    check("'90s'", 90_000);
    check("'5m'", 300_000);
    check("'1h 30m'", 5_400_000);
    check("'2d'", 172_800_000);
    check("30", 30_000);
    check("1_000", 1_000_000);
    check("0x10", 16_000);
    check("0", 0);
    check("2147483647", 2_147_483_647_000);
    check("'2147483647s'", 2_147_483_647_000);
}

#[test]
fn without_limit() {
    let check = |written: &str| {
        let config = loaded(&format!(
            "{VALID}[retry]\nmax_retries = {written}\n[content_manager]\nmax_disabled_connector_age = {written}\n"
        ));
        assert_eq!(
            (config.retry.max_retries, config.content_manager.max_disabled_connector_age),
            (None, None)
        );
    };
    check("-1");
    check("'never'");
    check("'Unlimited'");
}

#[test]
fn moments() {
    let check = |written: &str, at| {
        let config = loaded(&format!("{VALID}[[timeline]]\nat = {written}\nchange = 'kill-switch-on'\n"));
        assert_eq!(config.timeline[0].at, VirtualTime(at), "{written}");
    };
    check("'1h 10m'", 4_200_000);
    check("90", 90_000);
    check("'2026-01-01T00:30:00Z'", 1_800_000);
    check("2026-01-01T00:30:00Z", 1_800_000);
    check("2026-01-01 01:30:00.250+01:00", 1_800_250);
}

#[test]
fn moments_of_a_step_may_be_before_the_start() {
    let all =
        steps("{ when = { after = '2020-01-01T00:00:00Z', before = 60, call = 'BEGIN', cursor = '' } }");
    assert_eq!((all[0].when.after, all[0].when.before), (Some(VirtualTime(0)), Some(VirtualTime(60_000))));
}

#[test]
fn words_ignore_case_and_separators() {
    let all = steps(
        "{ result = 'BackOff', semaphore_lock_type = 'SCOPED', next_delay = 1 }, { result = 'Abandonded' }",
    );
    assert_eq!(all[0].answer.result, ResultType::BackOff);
    assert_eq!(all[1].answer.result, ResultType::Abandoned);
    let config = loaded(&VALID.replace("'2h'", "'2h'\nrules = 'SDK'\nuntil = 'Registrations_Ended'"));
    assert_eq!(config.simulation.rules, Rules::Sdk);
    assert!(config.simulation.until_registrations_ended);
}

#[test]
fn counts_or_lists() {
    let all = steps(
        "{ records = 2, binaries = 1 }, { records = [{ external_id = 'a', title = 'A', size = 3 }], aggregations = 1 }, {}",
    );
    let Payload::Content(first) = &all[0].answer.payload else { panic!() };
    assert_eq!((first.records.count, first.records.ids.is_none(), first.binaries), (2, true, 1));
    let Payload::Content(second) = &all[1].answer.payload else { panic!() };
    assert_eq!(second.records.ids.as_deref(), Some(&["a".into()][..]));
    assert_eq!(second.aggregations.count, 1);
    assert_eq!(all[2].answer.payload, Payload::Nothing);
    assert_eq!(all[2].repeat, 1);
}

#[test]
fn channels() {
    let config = loaded(
        "[simulation]\nduration = '2h'\n[[connectors]]\nid = 'box'\n[connectors.source]\nkind = 'script'\n[[connectors.source.channel_discovery.steps]]\nchannels = 3\n[[connectors.source.channel_discovery.steps]]\nchannels = ['a', { external_id = 'b', title = 'B', metadata = { size = 3 } }]\nnew_channel_registrations = ['a', { channel = 'b', context = { from = '2020' } }]\n",
    );
    let steps = &script(&config).channel_discovery.steps;
    let Payload::Discovery(made_up) = &steps[0].answer.payload else { panic!() };
    let ids: Vec<&str> = made_up.channels.iter().map(|channel| &*channel.external_id).collect();
    assert_eq!(ids, ["channel-1", "channel-2", "channel-3"]);
    let Payload::Discovery(listed) = &steps[1].answer.payload else { panic!() };
    assert_eq!(listed.channels[1].title.as_deref(), Some("B"));
    assert_eq!(listed.channels[1].metadata["size"], "3");
    assert_eq!(listed.new_channel_registrations[1].context["from"], "2020");
}

#[test]
fn connectors_that_name_the_same_file_share_it() {
    let project = Project::new(&[
        (
            "connector.toml",
            "[simulation]\nduration = '2h'\n[[connectors]]\nid = 'a'\nsource = 's.toml'\nconsent_authorised_on = '1h'\nproperties = { n = 1, b = true }\n[[connectors]]\nid = 'b'\nsource = './s.toml'\npresent = false\n",
        ),
        ("s.toml", "kind = 'Script'"),
    ]);
    let config = project.load(&Overrides::default()).unwrap();
    let SourceConfig::Script(first) = &config.connectors[0].source else { panic!("a script") };
    let SourceConfig::Script(second) = &config.connectors[1].source else { panic!("a script") };
    assert!(std::sync::Arc::ptr_eq(first, second));
    assert_eq!(config.inputs.len(), 2);
    same(&config.inputs[1].sha256, "be022ca910df044565a239e36e2fa4972f0000d38c5b8595ae2b2d181987654c");
    assert_eq!(config.connectors[0].consent_authorised_on.unwrap().to_string(), "2026-01-01T01:00:00Z");
    assert_eq!(config.connectors[0].properties["b"], "true");
}

#[test]
fn expectations() {
    let config = loaded(&format!(
        "{VALID}[[expect]]\nname = 'x'\nwhere = {{ connector = 'box', channel = 'hr', work_type = 'ContentSynchronisation' }}\nrules = 'sdk'\nback-off = 1\nchannel_not_found = {{ max = 2 }}\nheld = {{ min = '1m', max = 90 }}\nended = 'Complete'\n[[expect]]\nlocks = 0\n"
    ));
    let [first, second] = config.expectations.as_slice() else { panic!() };
    assert_eq!(first.rules, [Rules::Sdk]);
    assert_eq!(first.filter.work_type, Some(WorkType::ContentSynchronisation));
    let found: Vec<(Measure, Bound)> = first.conditions.iter().map(|one| (one.measure, one.bound)).collect();
    let range = |min, max| Bound::Range { min, max };
    assert_eq!(
        found,
        [
            (Measure::Result(Outcome::BackOff), range(Some(1), Some(1))),
            (Measure::Result(Outcome::ChannelNotFound), range(None, Some(2))),
            (Measure::Held, range(Some(60_000), Some(90_000))),
            (Measure::Ended, Bound::Status(crate::model::Status::Complete)),
        ]
    );
    assert_eq!((second.name.as_str(), second.rules.len(), second.place.1), ("expectation 2", 2, 14));
}

#[test]
fn changes() {
    let config = loaded(&format!(
        "{VALID}[[timeline]]\nat = 1\nchange = 'Register'\nconnector = 'box'\nchannel = 'hr'\ncontext = {{ why = 'x' }}\n[[timeline]]\nat = 0\nchange = 'kill_switch_off'\n"
    ));
    assert!(
        matches!(&config.timeline[0].change, Change::Register { connector: 0, channel, context } if &**channel == "hr" && context["why"] == "x")
    );
    assert_eq!(config.timeline[1].change, Change::KillSwitchOff);
}

#[test]
fn warnings() {
    check_warnings(
        "[content_manager.channel_discovery]\ndelay_seconds = 900\n",
        "connector.toml:7:17: warning delay-above-cap: the delay of 15m never takes effect: `max_delay_seconds` is 10m",
    );
    check_warnings(
        "[content_manager.channel_discovery]\nmax_delay_seconds = 299\n",
        "connector.toml:7:21: warning delay-above-cap: the delay of 5m never takes effect: `max_delay_seconds` is 4m 59s",
    );
    check_warnings(
        "[content_manager.channel_discovery]\nmax_delay_seconds = 299\nexponential_back_off = false\n",
        "",
    );
    check_warnings(
        "[[timeline]]\nat = '2h'\nchange = 'disable'\nconnector = 'box'\n",
        "connector.toml:7:6: warning timeline-after-end (box): this entry has no effect: the run ends at 2h",
    );
    let steps = "[connectors.source]\nkind = 'script'\n[connectors.source.content_synchronisation.hr]\nsteps = [\n{ result = 'back-off' },\n{ result = 'back-off', next_delay = 1, semaphore_lock_type = 'scoped' },\n{ result = 'back-off', next_delay = 1, semaphore_lock_type = 'global' },\n]\n[connectors.source.channel_discovery]\nsteps = [\n{ result = 'incomplete' },\n{ result = 'abandoned' },\n]\n";
    let config = VALID.replace("source = { kind = 'script' }\n", steps);
    let project = Project::new(&[("connector.toml", &config)]);
    same(&project.lines(&Overrides::default()), "connector.toml:9:12: warning invalid-back-off (box): this BackOff counts as Failed: it lacks `next_delay` and `semaphore_lock_type`
connector.toml:10:12: warning invalid-back-off (box): this BackOff counts as Failed: it lacks a scope key (`[semaphore_lock]` `scope_key`)
connector.toml:15:12: warning discovery-incomplete (box): a discovery that answers Incomplete counts as Failed under the documented rules; the published SDK takes it (D12)
connector.toml:16:12: warning discovery-incomplete (box): a discovery that answers Abandoned counts as Failed under the documented rules; the published SDK takes it (D12)");
}
