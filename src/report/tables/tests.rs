use super::*;
use crate::report::expect;
use crate::report::testing::fixture;
use crate::rules::Rules;

fn drawn(name: &str, rules: Rules, style: Style) -> String {
    let (summary, config) = fixture(name, rules);
    let expectations = expect::check(&summary, &config.expectations, rules);
    let for_other_rules = config.expectations.len() - expectations.len();
    run(&Show { summary: &summary, expectations: &expectations, for_other_rules, all: false }, &style)
}

fn check(name: &str, rules: Rules, style: Style) {
    let drawn = drawn(name, rules, style);
    for line in drawn.lines() {
        assert!(width(line) <= style.columns(), "too wide: {line}");
        assert_eq!(line, line.trim_end());
    }
    let snapshot = format!(
        "{}-{rules}-{}{}",
        name.replace('/', "-"),
        style.width,
        if style.ascii { "-ascii" } else { "" }
    );
    insta::assert_snapshot!(snapshot, drawn);
}

#[test]
fn quickstart() {
    check("quickstart", Rules::Documented, Style::plain(80));
    check("quickstart", Rules::Documented, Style::plain(160));
}

#[test]
fn back_off() {
    for rules in Rules::ALL {
        check("back-off", rules, Style::plain(80));
        check("back-off", rules, Style::plain(160));
    }
    check("back-off", Rules::Sdk, Style { ascii: true, ..Style::plain(80) });
}

#[test]
fn lifecycle() {
    check("lifecycle", Rules::Documented, Style::plain(80));
}

/// Many operations with hostile names, and many warnings: the worst are shown, the rest is counted.
#[test]
fn many_operations() {
    use crate::model::{Outcome, Status};
    use crate::report::testing::Log;
    use crate::rules::DelayRule;
    let mut log = Log::new(Rules::Documented, 3600);
    for n in 0..50 {
        let name = format!("box sync {n}\u{1b}[2J{}", "x".repeat(n * 3));
        log.start(0, &name);
        log.ran(0, &name, Outcome::Failed).reason("HTTP 503\nagain").next_at(30, DelayRule::Retry);
        if n == 7 {
            log.ran(30, &name, Outcome::Failed).reason("HTTP 503");
            log.ended(30, &name, Status::Failed, "failed, and so did its one retry: HTTP 503");
        }
    }
    for channel in ["a", "b", "c", "d", "e"] {
        log.unused(3600, channel, 2);
    }
    log.finish_as(
        crate::event::Ending::NoProgress,
        "box synchronisation 7 was executed 10000 times at 0:30:00",
    );
    let summary = log.summary();
    let show = Show { summary: &summary, expectations: &[], for_other_rules: 0, all: false };
    for columns in [80, 160] {
        let drawn = run(&show, &Style::plain(columns));
        assert!(drawn.lines().all(|line| width(line) <= columns && !line.contains('\u{1b}')), "{drawn}");
        insta::assert_snapshot!(format!("many-{columns}"), drawn);
    }
    let everything = run(&Show { all: true, ..show }, &Style::plain(160));
    // A row in each of two tables, and the reason at the end.
    assert_eq!(everything.matches("box sync").count(), 101, "{everything}");
}

/// A long run behind locks has numbers of many digits everywhere: names make room for them.
#[test]
fn names_make_room_for_numbers() {
    use crate::model::Outcome;
    use crate::report::testing::Log;
    use crate::rules::DelayRule;
    let mut log = Log::new(Rules::Documented, 360_000);
    let name = "box sync a-channel-with-a-name";
    log.start(0, name);
    for at in (0..40_000).step_by(1_000) {
        log.ran(at, name, Outcome::Complete).records(1_000_000).next_at(at + 500, DelayRule::Fixed);
        log.lock(at + 400, "box", "box discovery", at + 999, None);
        log.deferred(at + 500, name, "box", at + 999, at + 1_000);
        log.expired(at + 999, "box");
    }
    log.ran(40_000, name, Outcome::Complete).records(1_000_000).next_at(400_000, DelayRule::Fixed);
    log.finish();
    let summary = log.summary();
    let show = Show { summary: &summary, expectations: &[], for_other_rules: 0, all: false };
    let drawn = run(&show, &Style::plain(80));
    assert!(drawn.lines().all(|line| width(line) <= 80), "{drawn}");
    assert!(drawn.contains("41000000 rec."), "{drawn}");
    let roomy = run(&show, &Style::plain(110));
    assert!(roomy.contains("box sync a-channel-with-a"), "{roomy}");
}
