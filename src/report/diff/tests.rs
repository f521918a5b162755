use super::*;
use crate::model::Status;
use crate::report::Style;
use crate::report::testing::Log;
use crate::rules::{DelayRule, Rules};

fn side(log: &Log) -> Side {
    let mut side = Side::default();
    log.events().iter().for_each(|event| side.observe(event));
    side
}

/// One connector: its registration of `hr` is retried so often, and ends then.
fn run(retries: u64, ends: u64) -> Log {
    let mut log = Log::new(Rules::Documented, 3600);
    log.start(0, "box reg hr");
    for retry in 0..retries {
        log.ran(retry, "box reg hr", Outcome::Failed).next_at(retry + 1, DelayRule::Retry);
    }
    log.ran(ends, "box reg hr", Outcome::Complete).records(5);
    log.ended(ends, "box reg hr", Status::Complete, "complete");
    log
}

#[track_caller]
fn check(before: &Log, now: &Log, expect: &[&str]) {
    let difference = compare(&side(before), &side(now));
    let mut lines: Vec<String> = difference.totals.iter().map(|change| change.words.clone()).collect();
    for operation in &difference.operations {
        let words: Vec<_> = operation.changes.iter().map(|change| change.words.as_str()).collect();
        lines.push(format!("{} {:?}: {}", operation.name, operation.presence, words.join(", ")));
    }
    assert_eq!(lines, expect);
}

#[test]
fn numbers_and_moments() {
    check(&run(0, 60), &run(0, 60), &[]);
    check(
        &run(0, 60),
        &run(14, 1380),
        &[
            "executions +14",
            "retries +14",
            "failures +14",
            "finished 22m later",
            "box registration hr Both: executions +14, retries +14, failures +14, finished 22m later",
        ],
    );
    check(
        &run(1, 90),
        &run(0, 60),
        &[
            "executions -1",
            "retries -1",
            "failures -1",
            "finished 30s earlier",
            "box registration hr Both: executions -1, retries -1, failures -1, finished 30s earlier",
        ],
    );
}

#[test]
fn operations_that_come_go_and_end_otherwise() {
    let mut more = run(0, 60);
    more.start(61, "box sync hr").lock(62, "box", "box sync hr", 90, None);
    more.deferred(63, "box sync hr", "box", 90, 90);
    more.ran(90, "box sync hr", Outcome::Complete).next_at(100, DelayRule::Fixed);
    check(
        &run(0, 60),
        &more,
        &[
            "executions +2",
            "1 new lock",
            "1 new lock wait",
            "held 27s longer",
            "box synchronisation hr New: executions +2, 1 new lock wait, held 27s longer",
        ],
    );
    check(
        &more,
        &run(0, 60),
        &[
            "executions -2",
            "1 lock fewer",
            "1 lock wait fewer",
            "held 27s less",
            "box synchronisation hr Gone: ",
        ],
    );
    let mut failed = Log::new(Rules::Documented, 3600);
    failed.start(0, "box reg hr").ran(60, "box reg hr", Outcome::Complete).records(5);
    failed.ended(60, "box reg hr", Status::Failed, "retries used up");
    check(&run(0, 60), &failed, &["box registration hr Both: ended failed, was complete"]);
}

#[test]
fn the_first_event_that_differs() {
    let first = |before: &Log, now: &Log| compare(&side(before), &side(now)).first_event;
    assert_eq!(first(&run(0, 60), &run(0, 60)), None);
    assert_eq!(first(&run(2, 60), &run(2, 61)), Some(4));
    assert_eq!(first(&run(0, 60), &run(1, 60)), Some(2));
    let mut other_rules = run(0, 60);
    let mut same = run(0, 60);
    for (log, rows) in [(&mut other_rules, &[Row::D1, Row::D16][..]), (&mut same, &[])] {
        log.ran(70, "box reg hr", Outcome::Complete).records(1).differs(rows).next_at(80, DelayRule::Fixed);
    }
    assert_eq!(first(&other_rules, &same), None, "what would have been is not what was");
    let mut longer = run(0, 60);
    longer.stop(70, "box reg hr");
    assert_eq!(first(&run(0, 60), &longer), Some(longer.events().len() - 1));
}

/// Sixty operations that changed: the fifty that changed most, in order, and the others counted.
#[test]
fn of_many_operations_those_that_changed_most() {
    let run = |held: u64| {
        let mut log = Log::new(Rules::Documented, 3600);
        log.lock(0, "box", "box discovery", 1000, None);
        for number in 0..60 {
            let name = format!("box sync {number:02}");
            log.start(0, &name);
            if held > 0 {
                log.deferred(1, &name, "box", 1000, 1000);
                log.ran(held + (number * 7) % 60, &name, Outcome::Complete).next_at(2000, DelayRule::Fixed);
            }
        }
        for more in 0..held / 100 {
            log.start(1, &format!("dropbox sync {more}"));
        }
        log.finish();
        log
    };
    let difference = compare(&side(&run(0)), &side(&run(200)));
    let text = text(&difference, ["a", "b"], &Style::plain(100));
    let shown: Vec<&str> =
        text.lines().filter_map(|line| line.strip_prefix("  box synchronisation ")).collect();
    let numbers = shown.iter().filter_map(|line| line.split(':').next()?.parse::<u64>().ok());
    let expect = (0..60).filter(|number| (number * 7) % 60 >= 10);
    assert!(numbers.eq(expect), "{text}");
    assert!(text.contains("Operations: the 50 of 62 that changed most"), "{text}");
    assert!(text.contains("\n  12 more operations changed (2 new), 1 operation is as before"), "{text}");
}
