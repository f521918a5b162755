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
