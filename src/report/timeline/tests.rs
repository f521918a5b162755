use super::*;
use crate::model::Outcome;
use crate::report::testing::Log;
use crate::report::width;
use crate::rules::{DelayRule, Rules};

fn check(name: &str, log: &Log, style: Style) {
    let summary = log.summary();
    let drawn = draw(&summary, &summary.locks().in_order(), &Options::DEFAULT, &style);
    for line in drawn.lines() {
        assert!(width(line) <= style.columns(), "too wide: {line}");
    }
    let ascii = if style.ascii {
        assert!(drawn.is_ascii(), "{drawn}");
        "-ascii"
    } else {
        ""
    };
    insta::assert_snapshot!(format!("{name}-{}{ascii}", style.width), drawn);
}

/// A scoped and a global lock that overlap: who blocked whom?
#[test]
fn two_overlapping_locks() {
    let mut log = Log::new(Rules::Documented, 600);
    log.start(0, "box sync hr").start(0, "box sync finance").start(0, "dropbox sync team");
    log.lock(60, "box", "box sync hr", 360, None);
    log.deferred(90, "box sync finance", "box", 360, 360);
    log.lock(120, "global", "dropbox discovery", 300, None);
    log.deferred(150, "dropbox sync team", "global", 300, 300);
    log.expired(300, "global");
    log.ran(300, "dropbox sync team", Outcome::Complete).next_at(600, DelayRule::Fixed);
    log.expired(360, "box");
    log.ran(360, "box sync finance", Outcome::Complete).next_at(660, DelayRule::Fixed);
    log.finish();
    check("overlap", &log, Style::plain(80));
    check("overlap", &log, Style::plain(200));
    check("overlap", &log, Style { ascii: true, ..Style::plain(80) });
}

/// Where there are too many holds to keep them all, they are drawn for some keys and counted for the others.
#[test]
fn keys_whose_holds_are_not_drawn() {
    let mut log = Log::new(Rules::Documented, 600);
    for (at, key, long) in [(60, "box", 200), (120, "dropbox", 100), (300, "box", 100)] {
        log.lock(at, key, &format!("{key} sync setter"), at + long, None);
        for channel in ["hr", "it"] {
            let held = format!("{key} sync {channel}");
            log.deferred(at + 10, &held, key, at + long, at + long);
            log.ran(at + long, &held, Outcome::Complete).next_at(600, DelayRule::Fixed);
        }
        log.expired(at + long, key);
    }
    log.finish();
    let mut summary = Summary::keeping_most(4, true);
    log.events().iter().for_each(|event| summary.observe(event));
    let drawn = draw(&summary, &summary.locks().in_order(), &Options::DEFAULT, &Style::plain(80));
    insta::assert_snapshot!(drawn);
}

/// 500 keys over 30 days: the worst first, the rest counted.
#[test]
fn many_keys_over_a_month() {
    let day = 86_400;
    let mut log = Log::new(Rules::Documented, 30 * day);
    for n in 0..500u64 {
        let (setter, held) = (format!("box sync setter-{n}"), format!("box sync held-{n}"));
        let key = format!("box/content-synchronisation/{n}");
        for repeat in 0..3 {
            let at = (n % 10 + 10 * repeat) * day + n;
            log.lock(at, &key, &setter, at + 60 * (n + 1), None);
            log.deferred(at + 1, &held, &key, at + 60 * (n + 1), at + 60 * (n + 1));
            log.expired(at + 60 * (n + 1), &key);
            log.ran(at + 60 * (n + 1), &held, Outcome::Complete).next_at(at + day, DelayRule::Fixed);
        }
    }
    log.finish();
    check("month", &log, Style::plain(80));
    check("month", &log, Style::plain(200));
}

/// Every reason that a lock did not stop a call.
#[test]
fn calls_that_no_lock_stopped() {
    let mut log = Log::new(Rules::Sdk, 600);
    log.lock(0, "box", "box sync a", 400, None);
    log.lock(10, "box", "box sync b", 30, Some(400));
    log.expired(30, "box");
    log.ran(40, "box sync a", Outcome::Complete).throttled().next_at(100, DelayRule::Fixed);
    log.ran(60, "box sync b", Outcome::Complete).throttled().next_at(100, DelayRule::Fixed);
    log.lock(420, "box/other", "box sync c", 580, None);
    log.ran(430, "box sync a", Outcome::Complete).throttled().next_at(500, DelayRule::Fixed);
    log.ran(440, "dropbox discovery", Outcome::Failed).throttled().next_at(500, DelayRule::Retry);
    log.finish();
    check("reached", &log, Style::plain(80));
}

/// Of very many calls only the first are kept, and the drawing says so.
#[test]
fn calls_that_are_not_drawn_are_counted() {
    let mut log = Log::new(Rules::Sdk, 600);
    log.lock(0, "box/other", "box sync c", 580, None);
    for call in 0..100_007 {
        log.ran(1 + call / 1000, "box sync a", Outcome::Complete).throttled();
    }
    log.finish();
    check("many-calls", &log, Style::plain(80));
}

/// Names from outside cannot break the picture.
#[test]
fn hostile_names() {
    let mut log = Log::new(Rules::Documented, 600);
    let setter = format!("box sync {}", "x".repeat(100_000));
    let key = format!("\u{1b}[31mred\n{}", "k".repeat(100_000));
    log.lock(0, &key, &setter, 300, None);
    log.deferred(30, "box sync \u{202e}人事部門の書類\u{7}", &key, 300, 300);
    log.finish();
    check("hostile", &log, Style::plain(80));
}

#[test]
fn no_locks_no_timeline() {
    let summary = Log::new(Rules::Documented, 600).summary();
    assert_eq!(draw(&summary, &[], &Options::DEFAULT, &Style::plain(80)), "");
}
