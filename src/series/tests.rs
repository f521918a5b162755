//! Every number here is of SPEC sections 4, 5 and 10.

use super::*;
use crate::rules::Rules;

fn plan(words: &str) -> Plan {
    Plan {
        work_type: WorkType::ContentSynchronisation,
        settings: DelaySettings::default(),
        retry: RetrySettings::default(),
        reschedule_on_complete: false,
        seed: 0,
        steps: words
            .split(' ')
            .map(|word| Steps::parse(word).unwrap())
            .flat_map(|steps| std::iter::repeat_n(steps.step, steps.count))
            .collect(),
    }
}

fn delay(seconds: u64, words: &str) -> Plan {
    let plan = plan(words);
    Plan { settings: DelaySettings { delay: Some(Millis::from_secs(seconds)), ..plan.settings }, ..plan }
}

fn of(work_type: WorkType, plan: Plan) -> Plan {
    Plan { work_type, ..plan }
}

/// The delays in seconds, `end` where the operation ends, and behind a row that differs the ids of the rows behind it.
fn show(comparison: &Comparison, rules: Rules) -> String {
    let words = comparison.series(rules).rows.iter().zip(&comparison.differs).map(|(row, differs)| {
        let delay = match row.delay {
            Some(delay) if delay.ms.0.is_multiple_of(1000) => (delay.ms.0 / 1000).to_string(),
            Some(delay) => format!("{}ms", delay.ms.0),
            None => "end".to_owned(),
        };
        if differs.is_empty() { delay } else { format!("{delay}[{differs}]") }
    });
    words.collect::<Vec<_>>().join(" ")
}

fn check(plan: &Plan, documented: &str, sdk: &str) {
    let comparison = Comparison::of(plan);
    assert_eq!(show(&comparison, Rules::Documented), documented, "documented");
    assert_eq!(show(&comparison, Rules::Sdk), sdk, "sdk");
}

#[test]
fn defaults_differ_by_their_default_delay() {
    check(
        &plan("5xempty"),
        "300[D16] 600[D16] 600[D16] 600[D16] 600",
        "60[D16] 120[D16] 240[D16] 480[D16] 600",
    );
}

#[test]
fn results_and_next_delays() {
    check(&delay(300, "4xempty"), "300 600 600 600", "300 600 600 600");
    check(
        &delay(300, "2xempty results 2xempty"),
        "300 600 300[D1, D2] 300[D2] 600",
        "300 600 600[D1, D2] 600[D2] 600",
    );
    let mut capped_later = delay(300, "empty next-delay:45 2xempty");
    capped_later.settings.max_delay = Millis::from_secs(3600);
    check(&capped_later, "300 45 1200[D2] 2400[D2]", "300 45 90[D2] 180[D2]");
}

#[test]
fn an_incomplete_runs_again_at_once_and_starts_the_doubling_again() {
    check(&delay(60, "2xempty incomplete empty"), "60 120 0 240[D2]", "60 120 0 60[D2]");
}

#[test]
fn an_incomplete_registration_follows_the_delay_rules_of_the_sdk() {
    check(
        &of(WorkType::ContentRegistration, delay(60, "2xincomplete empty empty")),
        "0[D4] 0[D2, D4] end",
        "60[D4] 120[D2, D4] end",
    );
}

#[test]
fn an_incomplete_discovery_is_a_failure_of_the_documented_rules() {
    check(&of(WorkType::ChannelDiscovery, delay(60, "incomplete empty")), "30[D12] 60", "0[D12] 60");
}

#[test]
fn a_registration_is_a_one_off_unless_rescheduled() {
    let once = of(WorkType::ContentRegistration, delay(60, "next-delay:5 empty"));
    check(&once, "end", "end");
    check(&Plan { reschedule_on_complete: true, ..once }, "5[D15] 120[D2, D15]", "end[D15]");
}

#[test]
fn a_back_off_waits_for_its_own_lock() {
    check(
        &delay(60, "back-off:120 back-off:90 back-off:0 back-off:20500ms"),
        "120 90[D10] 0[D10] 20500ms[D10]",
        "120 100[D10] 20[D10] 40[D10]",
    );
}

#[test]
fn lock_waits_and_retry_delays_are_not_doubled() {
    check(&delay(60, "empty back-off:100 failed empty"), "60 100 30 120", "60 100 30 120");
}

#[test]
fn failures_until_it_gives_up() {
    let series = plan("6xfailed 2xempty").series(&RuleSet::DOCUMENTED);
    let ms: Vec<_> = series.rows.iter().map(|row| row.delay.map(|delay| delay.ms.0)).collect();
    assert_eq!(ms, [Some(30_000), Some(169_706), Some(467_654), Some(960_000), Some(1_677_051), None]);
    let at = VirtualTime(30_000 + 169_706 + 467_654 + 960_000 + 1_677_051);
    assert_eq!(
        series.ending,
        Some(Ending {
            status: Status::Failed,
            at,
            failures: 6,
            first_failure_at: VirtualTime::START,
            left_over: 2
        })
    );
}

#[test]
fn a_disabled_pass_counts_as_empty_and_resets_failures_under_the_sdk() {
    let mut plan = delay(60, "failed disabled failed disabled");
    plan.retry.max_retries = Some(1);
    check(&plan, "30 60 end[D14]", "30 60 30[D14] 120[D14]");
    let series = plan.series(&RuleSet::DOCUMENTED);
    assert_eq!(series.ending.map(|ending| ending.first_failure_at), Some(VirtualTime::START));
}

#[test]
fn random_delays_have_a_range_and_one_draw_that_lies_in_it() {
    let mut plan = delay(300, "3xempty");
    plan.settings.random_delay = true;
    plan.settings.max_delay = Millis::from_secs(1000);
    let ranges = |rules: &RuleSet| {
        let rows = plan.series(rules).rows;
        for row in &rows {
            let delay = row.delay.unwrap().ms;
            let (least, greatest) = row.range.unwrap_or((delay, delay));
            assert!((least..=greatest).contains(&delay));
        }
        rows.iter()
            .map(|row| row.range.map(|(least, most)| (least.0 / 1000, most.0 / 1000)))
            .collect::<Vec<_>>()
    };
    assert_eq!(ranges(&RuleSet::DOCUMENTED), [Some((301, 600)), Some((601, 900)), None]);
    assert_eq!(ranges(&RuleSet::SDK), [Some((300, 599)), Some((600, 1000)), None]);
}

#[test]
fn each_row_starts_where_the_one_before_said() {
    let plan = plan("2xempty failed back-off:90 next-delay:45 disabled results");
    for rules in Rules::ALL {
        let rows = plan.series(rules.set()).rows;
        for pair in rows.windows(2) {
            assert_eq!(pair[1].at, pair[0].at + pair[0].delay.unwrap().ms);
        }
    }
}

proptest::proptest! {
    /// A row that differs always has a reason, and one that does not differ has none.
    #[test]
    fn every_difference_has_a_name(
        words in proptest::collection::vec(0usize..7, 1..30),
        work_type in 0usize..3,
        seconds in proptest::option::of(0u64..400),
        flags in 0u8..16,
    ) {
        let words: Vec<_> = words.into_iter().map(|word| WORDS[word]).collect();
        let flag = |bit: u8| flags & bit != 0;
        let plan = Plan {
            work_type: WorkType::ALL[work_type],
            settings: DelaySettings {
                delay: seconds.map(Millis::from_secs),
                exponential_back_off: flag(1),
                immediate_re_execution: flag(2),
                random_delay: flag(4),
                max_delay: Millis::from_secs(600),
            },
            reschedule_on_complete: flag(8),
            ..plan(&words.join(" "))
        };
        let comparison = Comparison::of(&plan);
        for (at, differs) in comparison.differs.iter().enumerate() {
            let delay = |rules| comparison.series(rules).rows.get(at).map(|row| row.delay.map(|delay| delay.ms));
            proptest::prop_assert_eq!(delay(Rules::Documented) == delay(Rules::Sdk), differs.is_empty(), "row {}", at);
        }
    }
}
