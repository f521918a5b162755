use super::Html;
use crate::config::{Bound, Condition, Expectation, Filter, Measure};
use crate::event::{Fact, RunEvent};
use crate::model::{Outcome, Status};
use crate::report::expect::{self, Checked};
use crate::report::summary::Summary;
use crate::report::testing::{self, Log};
use crate::rules::{DelayRule, Row, Rules};

fn report_of(events: &[RunEvent<'_>], expectations: &[Expectation]) -> String {
    let (mut html, mut summary) = (Html::new(), Summary::new());
    for event in events {
        html.observe(event);
        summary.observe(event);
    }
    let checked: Vec<Checked<'_>> = expect::check(&summary, expectations, Rules::Sdk);
    let mut bytes = Vec::new();
    html.write("connector.toml", &summary, &checked, &mut bytes).unwrap();
    String::from_utf8(bytes).unwrap()
}

fn report(log: &Log) -> String {
    report_of(log.events(), &[])
}

fn expectation(name: &str, measure: Measure, max: u64) -> Expectation {
    Expectation {
        name: name.to_owned(),
        filter: Filter::default(),
        rules: Rules::ALL.to_vec(),
        conditions: vec![Condition { measure, bound: Bound::Range { min: None, max: Some(max) } }],
        place: ("connector.toml".to_owned(), 7),
    }
}

/// Two locks that overlap, a shorter lock that replaces a longer one, a call that is due to that, and a failure.
fn overlapping() -> Log {
    let mut log = Log::new(Rules::Sdk, 3600);
    log.start(0, "box discovery")
        .start(0, "box sync hr")
        .start(0, "box sync it")
        .start(0, "dropbox sync team");
    log.ran(0, "box discovery", Outcome::Complete).channels(2).next_at(300, DelayRule::Exponential);
    log.ran(0, "box sync hr", Outcome::BackOff)
        .took(1)
        .reason("HTTP 429")
        .waits_for("box", 401)
        .next_at(21, DelayRule::Lock);
    log.lock(1, "box", "box sync hr", 401, None);
    log.deferred(5, "box sync it", "box", 401, 25);
    log.deferred(25, "box sync it", "box", 401, 45);
    log.lock(30, "global", "dropbox sync team", 90, None);
    log.lock(40, "box", "box sync it", 60, Some(401));
    log.deferred(45, "box sync it", "global", 90, 65);
    log.expired(60, "box");
    log.expired(90, "global");
    log.ran(105, "box sync it", Outcome::Complete)
        .throttled()
        .records(12)
        .differs(&[Row::D9])
        .next_at(405, DelayRule::Exponential);
    log.ran(110, "dropbox sync team", Outcome::Failed).reason("HTTP 503");
    log.ended(110, "dropbox sync team", Status::Failed, "failed, and max_retries is 0: HTTP 503");
    log.changed(1200, "kill-switch-on");
    log.changed(1800, "kill-switch-off");
    log.unused(3600, "hr", 2);
    log.finish();
    log
}

#[test]
fn a_report_of_a_small_run() {
    let expectations = [
        expectation("the source is left alone", Measure::CallsWhileThrottled, 0),
        expectation("not too much runs", Measure::Executions, 50),
    ];
    let html = report_of(overlapping().events(), &expectations);
    let body = html.split_once("<main>").unwrap().1.split_once("<script>").unwrap().0;
    insta::assert_snapshot!(body);
    assert_eq!(html, report_of(overlapping().events(), &expectations), "not the same bytes");
}

/// Element and attribute names that stand in `html`, outside of the script and the styles.
fn is_well_formed(html: &str) {
    let mut open: Vec<&str> = Vec::new();
    let mut rest = html.strip_prefix("<!DOCTYPE html>").unwrap();
    while let Some((text, after)) = rest.split_once('<') {
        let raw = matches!(open.last(), Some(&("script" | "style")));
        assert!(raw || !text.contains('>'), "a stray > in {text:?}");
        let Some((tag, after)) = after.split_once('>') else { panic!("an open tag: {after:.80}") };
        if raw && !tag.starts_with('/') {
            rest = after;
            continue;
        }
        rest = after;
        let name = tag.trim_start_matches('/').split([' ', '\n', '/']).next().unwrap();
        assert!(name.bytes().all(|byte| byte.is_ascii_alphanumeric()), "an odd tag: {tag:.80}");
        let mut names = tag.split('"').step_by(2).flat_map(str::split_ascii_whitespace);
        assert!(!names.any(|name| name.starts_with("on")), "a handler: {tag:.80}");
        assert!(tag.matches('"').count().is_multiple_of(2), "an odd attribute: {tag:.80}");
        if tag.starts_with('/') {
            if !(raw && open.last() != Some(&name)) {
                assert_eq!(open.pop(), Some(name), "before {rest:.80}");
            }
        } else if !tag.ends_with('/') && !matches!(name, "meta" | "br") {
            open.push(name);
        }
    }
    assert!(open.is_empty(), "left open: {open:?}");
}

#[test]
fn every_kind_of_event_makes_a_well_formed_page() {
    is_well_formed(&report(&testing::everything()));
    is_well_formed(&report(&overlapping()));
}

#[test]
fn text_from_outside_stays_text() {
    for hostile in [
        "</script><img src=x onerror=alert(1)>",
        "\"><svg/onload=alert(1)>",
        "' onmouseover='alert(1)",
        "]]><!-- <![CDATA[ </title></style>",
        "a\u{0}b\u{1b}[31m\u{202e}\r\nc",
        "{{constructor}} `${1}` &lt;b&gt;",
    ] {
        let endless = format!("{hostile}{}", "x".repeat(3_000_000));
        let mut log = Log::new(Rules::Sdk, 60);
        let operation = format!("box sync {hostile}");
        log.start(0, &operation);
        log.lock(1, hostile, &operation, 50, None);
        log.deferred(2, &operation, hostile, 50, 22);
        log.ran(51, &operation, Outcome::Failed).throttled().reason(&endless).edit(|execution| {
            execution.cursor_in = Some(endless.clone().into());
        });
        log.start(0, &format!("{hostile} discovery"));
        let mut events = log.events().to_vec();
        let edits: [&dyn Fn(&mut Fact<'static>); 2] = [
            &|fact| {
                if let Fact::RunStarted(started) = fact {
                    started.connectors[0].display_name = Some(hostile.into());
                    started.scope_key = Some(hostile.into());
                    started.settings.insert(hostile.to_owned(), hostile.into());
                    started.inputs[0].path = hostile.to_owned();
                }
            },
            &|fact| {
                if let Fact::LockSet(lock) = fact {
                    lock.reason = endless.clone().into();
                }
            },
        ];
        for event in &mut events {
            for edit in edits {
                edit(&mut event.fact);
            }
        }

        let page = report_of(&events, &[expectation(hostile, Measure::Executions, 0)]);
        is_well_formed(&page);
        assert!(page.len() < 80_000, "{} bytes", page.len());
        assert!(!page.contains(hostile), "{hostile:?} is in the page as it is");
        assert!(!page.contains(['\u{0}', '\u{1b}', '\u{202e}', '\r']), "control characters");
        for (tag, times) in [("<script>", 1), ("<style>", 1), ("<img", 0), ("<!--", 0), ("<![", 0)] {
            assert_eq!(page.matches(tag).count(), times, "{tag}");
        }
    }
}

#[test]
fn many_operations_and_locks_are_summed_up() {
    let mut log = Log::new(Rules::Documented, 86_400);
    for n in 0..1_000 {
        let operation = format!("box sync c{n}");
        log.start(0, &operation);
        let key = format!("key-{n}");
        log.lock(n, &key, &operation, n + 60, None);
        log.deferred(n + 1, &format!("box sync c{}", (n + 1) % 1_000), &key, n + 60, n + 60);
    }
    for n in 0..20_000 {
        log.ran(1_100 + n, "box sync c7", Outcome::Complete).next_at(1_101 + n, DelayRule::Immediate);
    }
    log.finish();
    let html = report(&log);
    is_well_formed(&html);
    assert!(html.len() < 1_500_000, "{} bytes", html.len());
    for words in [
        "200 of 1\u{a0}000 operations",
        "800 others",
        "The 200 of 1\u{a0}000 locks",
        "960 more keys",
        "920 more operations",
    ] {
        assert!(html.contains(words), "{words}");
    }
}

/// Thirty locks of one key, each set two thousand times.
#[test]
fn a_lock_that_is_set_again_and_again_has_few_marks() {
    let mut log = Log::new(Rules::Documented, 3600);
    log.start(0, "box sync hr");
    for lock in 0..30 {
        let from = lock * 100;
        log.lock(from, "box", "box sync hr", from + 90, None);
        for again in 1..2000 {
            log.lock(from + again / 25, "box", "box sync hr", from + 90, Some(from + 90));
        }
        log.expired(from + 90, "box");
    }
    log.finish();
    let html = report(&log);
    assert!(html.len() < 3_000_000, "{} bytes", html.len());
    assert!(html.contains("set again 24 times from 0:00:00"), "{}", &html[html.len() - 2000..]);
    is_well_formed(&html);
}

#[test]
fn a_run_that_has_not_ended_or_begun_is_a_page_too() {
    for events in 0..3 {
        is_well_formed(&report_of(&overlapping().events()[..events], &[]));
    }
}
