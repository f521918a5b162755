//! Every kind of bad input of SPEC section 7, with its exact message.

use super::{Overrides, Project, VALID, same};

/// The problems of a config.
#[track_caller]
fn check(config: &str, expect: &str) {
    let lines = Project::new(&[("connector.toml", config)]).lines(&Overrides::default());
    same(&lines.replace("connector.toml:", ""), expect);
}

/// The problems of a valid config to which this is added, from line 6 on.
#[track_caller]
fn check_added(added: &str, expect: &str) {
    check(&format!("{VALID}{added}"), expect);
}

/// The problems of steps of a synchronisation: they begin at 7:1.
#[track_caller]
fn check_steps(steps: &str, expect: &str) {
    check(
        &format!(
            "[simulation]\nduration = '2h'\n[[connectors]]\nid = 'box'\nsource.kind = 'script'\nsource.content_synchronisation.hr.steps = [\n{steps}\n]\n"
        ),
        expect,
    );
}

/// Likewise of a discovery.
#[track_caller]
fn check_discovery(steps: &str, expect: &str) {
    check(
        &format!(
            "[simulation]\nduration = '2h'\n[[connectors]]\nid = 'box'\nsource.kind = 'script'\nsource.channel_discovery.steps = [\n{steps}\n]\n"
        ),
        expect,
    );
}

/// The problems of a scope key, which stands at 7:13.
#[track_caller]
fn check_scope_key(key: &str, expect: &str) {
    check_added(&format!("[semaphore_lock]\nscope_key = {key}"), expect);
}

#[test]
fn syntax() {
    check_added("retry = {", "6:1: unknown key `retry` in [[connectors]]; expected one of `id`, `source`, `display_name`, `tenant_id`, `connector_type`, `properties`, `enabled`, `present`, `consent_authorised_on`
6:10: not TOML: unclosed inline table; expected `}`");
    check_added(
        "[retry]\nmax_retries = five",
        "7:15: not TOML; expected `true`, `false`, or quotes around text",
    );
    check_added(
        "[retry]\nmax_retries =\nretry_dely = 3",
        "7:14: a value is missing; expected one behind the `=`
8:1: unknown key `retry_dely` in [retry]; did you mean `retry_delay`?",
    );
    check_added("[retry\nmax_retries = 3", "6:7: not TOML: unclosed table; expected `]`");
    check_added(
        "[retry]\nmax_retries = 3\nmax_retries = 4",
        "8:1: `max_retries` is there twice; expected each key once in its table",
    );
    check_added("[retry]\nmax_retries = 03", "7:15: not TOML: unexpected leading zero");
    check_added("[simulation]", "6:2: `simulation` is there twice; expected each key once in its table");
    check_added(
        "[retry]\n= 3",
        "7:1: not TOML: unquoted keys cannot be empty; expected letters, numbers, `-`, `_`",
    );
    check_added("[retry]\nmax_retries = 'a", "7:17: not TOML: invalid literal string; expected `'`");
    check_added("display = 2026-13-01T00:00:00Z", "6:1: unknown key `display` in [[connectors]]; expected one of `id`, `source`, `display_name`, `tenant_id`, `connector_type`, `properties`, `enabled`, `present`, `consent_authorised_on`
6:11: not TOML: invalid date; expected month between 01 and 12");
}

#[test]
fn missing() {
    check(
        r#"1:1: the config has no `connectors`; expected at least one connector, as a table `[[connectors]]` with `id` and `source`
1:1: the config has no `simulation`; expected the table `[simulation]` with its `duration`, such as "2h""#,
        "1:2: not TOML: invalid unquoted key; expected letters, numbers, `-`, `_`
1:4: not TOML: invalid unquoted key; expected letters, numbers, `-`, `_`
1:6: not TOML: key with no value; expected `=`
2:6: not TOML: key with no value; expected `=`",
    );
    check(
        "[simulation]\n",
        r#"1:1: the config has no `connectors`; expected at least one connector, as a table `[[connectors]]` with `id` and `source`
1:1: [simulation] has no `duration`; expected how long the run lasts, such as "2h""#,
    );
    check(
        "[simulation]\nduration = '1h'\n[[connectors]]\n[[timeline]]\n",
        r#"3:1: [[connectors]] has no `id`; expected the connector's id
3:1: [[connectors]] has no `source`; expected the path of its content source, or the source itself as a table
4:1: [[timeline]] has no `at`; expected when it happens, such as "20m"
4:1: [[timeline]] has no `change`; expected what happens, such as "disable""#,
    );
    check(
        "connectors = []\n[simulation]\nduration = '1h'",
        "1:1: there is no connector; expected at least one connector, as a table `[[connectors]]` with `id` and `source`",
    );
}

#[test]
fn unknown_keys() {
    check_added("[retri]", "6:2: unknown key `retri` in the config; did you mean `retry`?");
    check_added("[retry]\nMax-Retries = 3\nbackoff = 1", "7:1: unknown key `Max-Retries` in [retry]; did you mean `max_retries`?
8:1: unknown key `backoff` in [retry]; expected one of `retry_on_failure`, `max_retries`, `retry_delay`, `exponential_retry_delay`, `max_retry_delay`");
    check_added(
        "[content_manager.channel_discover]",
        "6:18: unknown key `channel_discover` in [content_manager]; did you mean `channel_discovery`?",
    );
    check_added(
        "[content_manager.channel_discovery]\nreschedule_on_complete = true",
        "7:1: `reschedule_on_complete` does not belong in [content_manager.channel_discovery]; only registrations have it",
    );
    check_steps(
        "{ recods = 3 },\n{ when = { cursr = '' } }",
        "7:3: unknown key `recods` in a step of [content_synchronisation.hr]; did you mean `records`?
8:12: unknown key `cursr` in `when` of a step of [content_synchronisation.hr]; did you mean `cursor`?",
    );
}

#[test]
fn wrong_types() {
    check(
        "simulation = 3\nconnectors = 'box'\ntimeline = {}\nexpect = 1",
        "1:14: `simulation` is an integer; expected a table
2:14: `connectors` is a string; expected a list of tables `[[connectors]]`
3:12: `timeline` is a table; expected a list of tables `[[timeline]]`
4:10: `expect` is an integer; expected a list of tables `[[expect]]`",
    );
    check(
        "[simulation]\nduration = true\nseed = 'x'\nstart = 3\nrules = []\n[[connectors]]\nid = 3\nsource = 4\nenabled = 'yes'\nproperties = { a = [] }",
        r#"2:12: `duration` is a boolean; expected a duration such as "5m", or whole seconds
3:8: `seed` is a string; expected a whole number
4:9: `start` is an integer; expected a date-time such as "2026-01-05T09:00:00Z"
5:9: `rules` is a list; expected one of "documented", "sdk"
7:6: `id` is an integer; expected a string
8:10: `source` is an integer; expected a path, or a table with `kind`
9:11: `enabled` is a string; expected `true` or `false`
10:20: `a` is a list; expected a string, a number or a boolean"#,
    );
    check_added(
        "[retry]\nmax_retries = 1.5\nretry_delay = 0.5",
        r#"7:15: `max_retries` is a fraction; expected a whole number, or "unlimited"
8:15: `retry_delay` is a fraction; expected a duration such as "5m", or whole seconds"#,
    );
    check_steps(
        "3,\n{ records = '3', aggregations = ['x'], binaries = [], when = 3, cursor = 5 }",
        "7:1: an integer does not belong here; expected a table
8:13: `records` is a string; expected a list of tables with `external_id`, or a count
8:34: a string does not belong here; expected a table with `external_id`
8:51: `binaries` is a list; expected a whole number
8:62: `when` is an integer; expected a table
8:74: `cursor` is an integer; expected a string",
    );
    check_discovery(
        "{ channels = 'hr', new_channel_registrations = 3 },\n{ channels = [1], new_channel_registrations = [[]] }",
        "7:14: `channels` is a string; expected a list of channel ids or tables with `external_id`, or how many to make up
7:48: `new_channel_registrations` is an integer; expected a list of channel ids or tables with `channel` and `context`
8:15: an integer does not belong here; expected a channel's id, or a table with its `external_id`
8:48: a list does not belong here; expected a channel's id, or a table with `channel` and `context`",
    );
}

#[test]
fn impossible_values() {
    check_added(
        "[content_manager]\ndelay_seconds = 0\nmax_disabled_connector_age = -2",
        "7:1: `0` is out of range; expected 1 to 2147483647 seconds
8:1: `-2` is out of range; expected 0 to 2147483647 seconds, or -1",
    );
    check_added(
        "[content_manager]\ndelay_seconds = '999ms'",
        "7:1: `'999ms'` is out of range; expected 1 to 2147483647 seconds",
    );
    check_added(
        "[content_manager.channel_discovery]\ndelay_seconds = -1\nmax_delay_seconds = 2147483648",
        "7:1: `-1` is out of range; expected 0 to 2147483647 seconds
8:1: `2147483648` is out of range; expected 0 to 2147483647 seconds",
    );
    check_added(
        "[retry]\nmax_retries = -2\nretry_delay = 'never'\nmax_retry_delay = '69y'",
        r#"7:1: `-2` is out of range; expected 0 to 2147483647, or -1
8:15: "never" is no duration; expected a duration such as "5m", or whole seconds
9:1: `'69y'` is out of range; expected 0 to 2147483647 seconds"#,
    );
    check_added(
        "[retry]\nmax_retries = 99999999999999999999999999999999999999999999999",
        "7:1: `99999999999999999999999999999999999999999999999` is out of range; expected 0 to 2147483647, or -1",
    );
    check_added(
        "[retry]\nretry_delay = '99999999999999999999s'\nmax_retry_delay = '5 fortnights'",
        r#"7:1: `'99999999999999999999s'` is out of range; expected 0 to 2147483647 seconds
8:19: "5 fortnights" is no duration; expected a duration such as "5m", or whole seconds"#,
    );
    check_added(
        "[retry]\nretry_delay = '90'\nmax_retry_delay = ''",
        r#"7:15: "90" is no duration; expected a duration such as "5m", or whole seconds
8:19: "" is no duration; expected a duration such as "5m", or whole seconds"#,
    );
    check_added(
        "[retry]\nretry_delay = '18446744073709551615s 1000ms'\nmax_retry_delay = '1us'",
        r#"7:1: `'18446744073709551615s 1000ms'` is out of range; expected 0 to 2147483647 seconds
8:19: "1us" is no duration; expected a duration such as "5m", or whole seconds"#,
    );
    check(
        "[simulation]\nduration = '2h'\nstart = 2026-01-01\nseed = -1\nrules = 'skd'\nuntil = 'x'\n[[connectors]]\nid = ''\nsource.kind = 'database'",
        r#"3:9: `2026-01-01` leaves open which moment it is; expected a time of day and an offset such as `Z` or `+02:00`
4:1: `-1` is out of range; expected 0 to 18446744073709551615
5:9: unknown `rules` "skd"; did you mean "sdk"?
6:9: unknown `until` "x"; expected "registrations-ended"
8:6: an empty id; expected at least one character
9:15: unknown `kind` "database"; expected one of "script", "dataset""#,
    );
    check(
        "[simulation]\nduration = '2h'\nstart = '9999-01-01T00:00:00Z'\n[[connectors]]\nid = 'a'\nsource.kind = 'scrip'\nconsent_authorised_on = 'yesterday'",
        r#"3:1: `'9999-01-01T00:00:00Z'` is out of range; expected a year from 1 to 8999
6:15: unknown `kind` "scrip"; did you mean "script"?
7:25: "yesterday" is no point in time; expected a duration since the start such as "20m", or a date-time such as "2026-01-05T09:00:00Z""#,
    );
    check_steps(
        "{ result = 'bakoff', repeat = 0, records = -1, latency = '-1s' },\n{ when = { call = 'stop', after = 'noon' }, throttles = 'all' }",
        r#"7:12: unknown `result` "bakoff"; did you mean "back-off"?
7:22: `0` is out of range; expected 1 to 1000000000000
7:34: `-1` is out of range; expected 0 to 1000000000000
7:58: "-1s" is no duration; expected a duration such as "5m", or whole seconds
8:19: unknown `call` "stop"; expected one of "execute", "begin", "continue"
8:35: "noon" is no point in time; expected a duration since the start such as "20m", or a date-time such as "2026-01-05T09:00:00Z"
8:57: unknown `throttles` "all"; expected one of "connector", "channel""#,
    );
    check_steps(
        "{ records = 1000000000001, semaphore_lock_type = 'tenant' }",
        r#"7:3: `1000000000001` is out of range; expected 0 to 1000000000000
7:50: unknown `semaphore_lock_type` "tenant"; expected one of "global", "scoped""#,
    );
    check_discovery(
        "{ channels = 1000001 },\n{ channels = ['', { title = 'x' }] }",
        "7:3: `1000001` is out of range; expected 0 to 1000000
8:15: an empty id; expected at least one character
8:19: a channel has no `external_id`; expected the channel's id",
    );
    check_discovery(
        "{ records = 1, binaries = 1 }",
        "7:3: `records` does not belong in a step of [channel_discovery]; a discovery returns `channels`
7:16: `binaries` does not belong in a step of [channel_discovery]; a discovery returns `channels`",
    );
    check_steps("{ channels = ['a'], records = [{ title = 'x' }] }", "7:3: `channels` does not belong in a step of [content_synchronisation.hr]; only a discovery returns channels
7:32: a record has no `external_id`; expected its id");
}

#[test]
fn megabytes() {
    let cursor = "x".repeat(1 << 20);
    check_steps(
        &format!("{{ cursor = '{cursor}' }}"),
        "7:12: 1048576 bytes of text; at most 65536 bytes are possible",
    );
}

#[test]
fn too_many_channels_in_all() {
    let steps = "{ channels = 1_000_000 },".repeat(5);
    check_discovery(
        &steps,
        "7:114: too many channels are made up; expected all steps together to make up at most 4000000",
    );
}

#[test]
fn connectors() {
    check_added(
        "[[connectors]]\nid = 'box'\nsource = { kind = 'script' }",
        "7:6: there are two connectors `box`; expected an id of its own",
    );
    check_added(
        "[[connectors]]\nid = 'other'\nsource = 'nope.toml'",
        "8:10: `nope.toml` cannot be read: there is no such file; expected a path, relative to this file",
    );
    check_added(
        "[[connectors]]\nid = 'other'\nsource = '.'",
        "8:10: `.` cannot be read: it is a directory; expected a path, relative to this file",
    );
    check_added(
        "[[connectors]]\nid = 'other'\nsource = {}",
        r#"8:10: `source` has no `kind`; expected its kind, such as `kind = "script"`"#,
    );
}

#[test]
fn timeline() {
    check_added(
        "[[timeline]]\nat = '1m'\nchange = 'disable'\nconnector = 'bok'",
        "9:13: there is no connector `bok`; did you mean `box`?",
    );
    check_added(
        "[[timeline]]\nat = '1m'\nchange = 'disable'\nconnector = 'sharepoint'",
        "9:13: there is no connector `sharepoint`; expected the `id` of one of `[[connectors]]`",
    );
    check_added(
        "[[timeline]]\nat = '1m'\nchange = 'disable'",
        "6:1: [[timeline]] has no `connector`; expected the id of the connector that it happens to",
    );
    check_added(
        "[[timeline]]\nat = '1m'\nchange = 'kill-switch-on'\nconnector = 'box'\nchannel = 'a'",
        r#"9:1: `connector` does not belong in [[timeline]]; the kill switch is for all connectors
10:1: `channel` does not belong in [[timeline]]; only `change = "register"` has it"#,
    );
    check_added(
        "[[timeline]]\nat = '1m'\nchange = 'register'\nconnector = 'box'",
        "6:1: [[timeline]] has no `channel`; expected the channel to register",
    );
    check_added(
        "[[timeline]]\nat = '1m'\nchange = 'swich-off'\nconnector = 'box'",
        r#"8:10: unknown `change` "swich-off"; expected one of "add", "remove", "enable", "disable", "register", "kill-switch-on", "kill-switch-off""#,
    );
    check_added(
        "[[timeline]]\nat = 2025-12-31T23:59:59Z\nchange = 'add'\nconnector = 'box'",
        "7:6: `2025-12-31T23:59:59Z` is before the run's start; expected 2026-01-01T00:00:00Z or later",
    );
    check_added(
        "[[timeline]]\nat = '2026-01-01T00:00:00'\nchange = 'add'\nconnector = 'box'",
        "7:6: `2026-01-01T00:00:00` leaves open which moment it is; expected a time of day and an offset such as `Z` or `+02:00`",
    );
}

#[test]
fn scope_keys() {
    check_scope_key(
        "'{conector_id}/{channel}'",
        "7:14: unknown placeholder `{conector_id}`; did you mean `{connector_id}`?",
    );
    check_scope_key("\"a\\t{tenant}\"", "7:13: unknown placeholder `{tenant}`; did you mean `{tenant_id}`?");
    check_scope_key("'{channel'", "7:14: `{` has no partner; expected a placeholder in braces");
    check_scope_key("3", "7:13: `scope_key` is an integer; expected a string");
}

#[test]
fn expectations() {
    check_added(
        "[[expect]]",
        "6:1: this expectation expects nothing; expected at least one condition, such as `calls_while_throttled = 0`",
    );
    check_added(
        "[[expect]]\nname = 'x'\nrecods = 3",
        "8:1: unknown key `recods` in [[expect]]; did you mean `records`?",
    );
    check_added(
        "[[expect]]\nrecords = { min = 3, max = 2 }\nheld = {}\nended = 'finished'",
        r#"7:28: `max` is below `min`; expected at least `min`
8:8: this range has no end; expected `min`, `max` or both
9:9: unknown `ended` "finished"; expected one of "complete", "abandoned", "failed""#,
    );
    check_added(
        "[[expect]]\nwaiting_held = '101%'\nwaiting_retry = { max = '5' }\nwaiting_source = { p95_max = '5%' }\nfinished_bye = '1h'\nheld = { p95_max = 'x' }",
        r#"7:16: not a share; expected `"0%"` to `"100%"`, such as `"12.5%"`
8:25: not a share; expected `"0%"` to `"100%"`, such as `"12.5%"`
9:20: unknown key `p95_max` in a range; expected one of `min`, `max`
10:1: unknown key `finished_bye` in [[expect]]; did you mean `finished_by`?
11:20: "x" is no duration; expected a duration such as "5m", or whole seconds"#,
    );
    check_added(
        "[[expect]]\nrecords = { least = 3 }\nbackoff = -1\nrules = []",
        r#"7:13: unknown key `least` in a range; expected one of `min`, `max`, `p50_max`, `p90_max`, `p95_max`, `p99_max`
8:1: `-1` is out of range; expected 0 to 9223372036854775807
9:9: this expectation applies to no rule set; expected "documented", "sdk" or both"#,
    );
    check_added(
        "[[expect]]\nrecords = 1\nwhere = { conector = 'box', work_type = 'sync' }\nrules = ['sdk', 'both']",
        r#"8:11: unknown key `conector` in `where`; did you mean `connector`?
8:41: unknown `work_type` "sync"; expected one of "channel-discovery", "content-synchronisation", "content-registration"
9:17: unknown value "both"; expected one of "documented", "sdk""#,
    );
}

#[test]
fn places_are_right_with_windows_line_endings_and_a_byte_order_mark() {
    let text = format!("\u{feff}{VALID}# ß→\r\nx = 'ß→' y\n").replace('\n', "\r\n").replace("\r\r", "\r");
    check(&text, "7:1: unknown key `x` in [[connectors]]; expected one of `id`, `source`, `display_name`, `tenant_id`, `connector_type`, `properties`, `enabled`, `present`, `consent_authorised_on`
7:10: not TOML: unexpected key or value; expected newline, `#`");
    check(&format!("\u{feff}{}", VALID.replace('\n', "\r\n")), "");
    check(
        "\u{feff}durashion = 1",
        r#"1:1: the config has no `connectors`; expected at least one connector, as a table `[[connectors]]` with `id` and `source`
1:1: the config has no `simulation`; expected the table `[simulation]` with its `duration`, such as "2h"
1:1: unknown key `durashion` in the config; expected one of `extends`, `settings_from`, `simulation`, `content_manager`, `retry`, `semaphore_lock`, `connectors`, `timeline`, `expect`"#,
    );
}
