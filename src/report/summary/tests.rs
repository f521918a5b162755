use super::*;
use crate::event::Fact;
use crate::model::{Millis, Outcome, Status, Text};
use crate::report::testing::{Log, moment, secs};
use crate::rules::{DelayRule, Row, Rules};

fn operation<'s>(summary: &'s Summary, name: &str) -> Operation<'s> {
    let found = summary.operations().into_iter().find(|each| each.name() == name);
    found.unwrap_or_else(|| panic!("no operation {name}"))
}

#[test]
fn time_by_cause_adds_up_to_the_running_time() {
    let mut log = Log::new(Rules::Documented, 600);
    let hr = "box sync hr";
    log.start(0, hr);
    log.ran(0, hr, Outcome::Complete).took(2).next_at(100, DelayRule::Exponential);
    log.ran(100, hr, Outcome::Failed).next_at(130, DelayRule::Retry);
    log.ran(130, hr, Outcome::BackOff).next_at(190, DelayRule::Lock);
    log.deferred(190, hr, "box", 250, 250);
    log.ran(250, hr, Outcome::Disabled).next_at(310, DelayRule::Disabled);
    log.changed(300, "kill-switch-on");
    log.changed(320, "kill-switch-off");
    log.ran(320, hr, Outcome::Complete).next_at(700, DelayRule::Fixed);
    log.finish();
    let summary = log.summary();
    let hr = operation(&summary, "box synchronisation hr");
    let parts = Cause::ALL.map(|cause| (cause.word(), hr.waits().of(cause).0 / 1000));
    assert_eq!(
        parts,
        [
            ("source", 2),
            ("delay", 378),
            ("retry", 30),
            ("held", 60),
            ("own-back-off", 60),
            ("disabled", 60),
            ("kill-switch", 10)
        ]
    );
    assert_eq!((hr.running(), hr.waits().total()), (secs(600), secs(600)));
    assert_eq!(hr.state(), State::Running { next_at: moment(700) });
}

/// What had not run at the end although it was due: a call was in flight, or the kill switch was on.
#[test]
fn overdue_at_the_end() {
    let check = |switch_on: Option<u64>, source, kill_switch| {
        let mut log = Log::new(Rules::Documented, 600);
        log.start(0, "box discovery");
        log.ran(0, "box discovery", Outcome::Complete).next_at(300, DelayRule::Fixed);
        if let Some(at) = switch_on {
            log.changed(at, "kill-switch-on");
        }
        log.finish();
        let summary = log.summary();
        let waits = operation(&summary, "box discovery").waits();
        assert_eq!(waits.total(), secs(600));
        assert_eq!((waits.of(Cause::Source), waits.of(Cause::KillSwitch)), (secs(source), secs(kill_switch)));
    };
    check(None, 300, 0);
    check(Some(300), 0, 300);
    check(Some(301), 300, 0);
}

/// A call in flight at the end leaves no line and no effect, so what is held then stays held: in both numbers alike.
#[test]
fn a_call_in_flight_at_the_end_ends_no_hold() {
    let mut log = Log::new(Rules::Documented, 120);
    log.start(0, "box sync b");
    log.deferred(0, "box sync b", "box", 60, 60);
    log.finish();
    let summary = log.summary();
    let b = operation(&summary, "box synchronisation b");
    let waits = b.waits();
    assert_eq!((b.held().total, waits.of(Cause::Lock)), (secs(120), secs(120)));
    assert_eq!(waits.of(Cause::Source), Millis::ZERO);
}

#[test]
fn held_from_the_first_deferral_in_a_row_however_often_it_polls() {
    let mut log = Log::new(Rules::Sdk, 600);
    let hr = "box sync hr";
    log.start(0, hr);
    log.ran(0, hr, Outcome::Complete).next_at(100, DelayRule::Fixed);
    for at in [100, 120, 140] {
        log.deferred(at, hr, "box", 150, at + 20);
    }
    log.ran(160, hr, Outcome::Complete).next_at(580, DelayRule::Fixed);
    log.deferred(580, hr, "box", 700, 600);
    log.finish();
    let held = operation(&log.summary(), "box synchronisation hr").held();
    assert_eq!(held, Held { times: 2, total: secs(80), longest: secs(60) });
}

#[test]
fn one_lock_lasts_from_a_set_until_its_expiry_and_counts_what_it_decided() {
    let mut log = Log::new(Rules::Documented, 600);
    log.start(0, "box sync a");
    log.start(0, "box sync b");
    log.lock(10, "box", "box sync a", 100, None);
    log.deferred(20, "box sync b", "box", 100, 100);
    log.lock(50, "box", "box discovery", 200, Some(100));
    log.lock(60, "global", "dropbox discovery", 150, None);
    log.deferred(100, "box sync b", "box", 200, 200);
    log.deferred(110, "dropbox sync t", "global", 150, 150);
    log.expired(150, "global");
    log.ran(150, "dropbox sync t", Outcome::Complete).next_at(600, DelayRule::Fixed);
    log.expired(200, "box");
    log.ran(200, "box sync b", Outcome::Complete).next_at(600, DelayRule::Fixed);
    log.lock(300, "box", "box sync a", 900, None);
    log.deferred(310, "box sync b", "box", 900, 900);
    log.finish();
    let summary = log.summary();
    let rows: Vec<_> = summary
        .locks()
        .in_order()
        .into_iter()
        .map(|lock| {
            let by = summary.line(lock.set_by).map(Operation::name).unwrap_or_default();
            let (from, until) = (lock.from.0 / 1000, lock.until.0 / 1000);
            let deferred = (lock.deferred_executions, lock.deferred.0 / 1000);
            (&*lock.key, by, from, until, lock.times_set, deferred, lock.held().0 / 1000)
        })
        .collect();
    assert_eq!(
        rows,
        [
            ("box", "box discovery".to_owned(), 10, 200, 2, (2, 180), 180),
            ("global", "dropbox discovery".to_owned(), 60, 150, 1, (1, 40), 40),
            ("box", "box synchronisation a".to_owned(), 300, 900, 1, (1, 590), 290),
        ]
    );
    let first = summary.locks().in_order()[0];
    assert_eq!(first.operations_held(), 1);
    assert_eq!(
        [first.until_at(moment(49)), first.until_at(moment(50)), first.until_at(moment(9))],
        [Some(moment(100)), Some(moment(200)), None]
    );
}

/// A wait that another lock comes to decide is two holds, one under each.
#[test]
fn a_hold_goes_back_to_the_back_off_that_asked_for_the_expiry() {
    let mut log = Log::new(Rules::Documented, 600);
    log.lock(0, "box", "box sync a", 400, None);
    log.lock(2, "box", "box sync b", 400, Some(400));
    log.lock(10, "box", "box sync c", 500, Some(400));
    let mut summary = Summary::new();
    for event in log.events() {
        let mut event = event.clone();
        if let (Fact::LockExtended(lock), 2_000) = (&mut event.fact, event.at.0) {
            lock.asked_until_ms = Some(moment(22));
        }
        summary.observe(&event);
    }
    let lock = &summary.locks().all()[0];
    let decided = |at| lock.decided_at(moment(at)).map(|setting| setting.at);
    assert_eq!([decided(1), decided(5), decided(20)], [Some(moment(0)), Some(moment(0)), Some(moment(10))]);
}

#[test]
fn a_hold_belongs_to_the_lock_that_decides() {
    let mut log = Log::new(Rules::Sdk, 600);
    log.lock(0, "box", "box sync a", 50, None);
    log.lock(0, "global", "dropbox discovery", 90, None);
    log.deferred(10, "box sync b", "global", 90, 30);
    log.lock(20, "box", "box sync a", 120, Some(50));
    log.deferred(30, "box sync b", "box", 120, 50);
    log.deferred(50, "box sync b", "box", 120, 70);
    log.ran(130, "box sync b", Outcome::Complete).next_at(600, DelayRule::Fixed);
    log.finish();
    let summary = log.summary();
    let holds: Vec<_> = summary
        .locks()
        .all()
        .iter()
        .flat_map(|lock| lock.holds.iter().map(|hold| (&*lock.key, hold.from.0, hold.until.0, hold.polls)))
        .collect();
    assert_eq!(holds, [("box", 30_000, 130_000, 2), ("global", 10_000, 30_000, 1)]);
    assert_eq!(operation(&summary, "box synchronisation b").held().total, secs(120));
}

#[test]
fn calls_that_no_lock_stopped_say_why() {
    let mut log = Log::new(Rules::Sdk, 600);
    let check = |log: &Log, expect: Unstopped| {
        let summary = log.summary();
        let call = summary.throttled().last().copied();
        assert_eq!(call.map(|call| summary.explainer().explain(&call)), Some(expect));
    };
    log.lock(0, "box", "box sync a", 400, None);
    log.lock(10, "box", "box sync b", 30, Some(400));
    log.expired(30, "box");
    log.ran(40, "box sync a", Outcome::Complete).throttled();
    let key = || Text::from("box");
    check(&log, Unstopped::Replaced { key: key(), by: 1, at: moment(10), until: moment(400) });

    let mut log = Log::new(Rules::Documented, 600);
    log.lock(0, "box", "box sync a", 400, None);
    log.lock(0, "other", "box sync b", 1, None);
    log.ran(40, "box sync b", Outcome::Complete).throttled();
    check(&log, Unstopped::OtherKey { key: key(), own: Some("other".into()) });

    let mut log = Log::new(Rules::Documented, 600);
    log.ran(0, "box sync a", Outcome::Failed).reason("back-off without a scope key");
    log.ran(40, "box sync b", Outcome::Complete).throttled();
    check(&log, Unstopped::NoLock);
}

#[test]
fn differences_are_counted_by_what_was_decided() {
    let mut log = Log::new(Rules::Documented, 600);
    for at in [0, 60] {
        log.ran(at, "box sync a", Outcome::Complete).differs(&[Row::D1, Row::D16]);
    }
    log.stop(600, "box sync a");
    log.finish();
    let summary = log.summary();
    let groups: Vec<_> = summary
        .differences()
        .groups()
        .map(|(noun, group)| format!("{} {noun} ({})", group.times, group.rows))
        .collect();
    assert_eq!(groups, ["2 delays (D1, D16)", "1 call of stop (D11)"]);
    assert_eq!(summary.differences().first_at(), Some(VirtualTime::START));
}

#[test]
fn rows_come_by_connector_then_work_type_and_totals_add_them_up() {
    let mut log = Log::new(Rules::Documented, 600);
    log.start(0, "dropbox discovery").start(0, "box discovery").start(0, "box reg a").start(0, "box sync a");
    log.ran(0, "box reg a", Outcome::Complete).records(4);
    log.ended(0, "box reg a", Status::Complete, "complete");
    log.ran(0, "box sync a", Outcome::Incomplete).records(3).next_at(0, DelayRule::Incomplete);
    log.ran(0, "box discovery", Outcome::Complete).channels(2).next_at(600, DelayRule::Fixed);
    log.unused(600, "a", 2);
    log.finish();
    let summary = log.summary();
    assert_eq!(operation(&summary, "box discovery").channels(), 2);
    let names: Vec<_> = summary.operations().iter().map(|each| each.name()).collect();
    assert_eq!(names, ["box discovery", "box synchronisation a", "box registration a", "dropbox discovery"]);
    let totals = summary.totals();
    assert_eq!((totals.operations, totals.running, totals.ended(Status::Complete)), (4, 3, 1));
    assert_eq!((totals.executions(), totals.records, totals.warnings), (3, 7, 1));
    assert_eq!(totals.result(Outcome::Incomplete), 1);
    assert_eq!(totals.running_time, Millis(1_800_000));
    assert_eq!(summary.finished().map(|finished| finished.at), Some(moment(600)));
}

/// On every fixture and every recording, under both rule sets: the time by cause adds up, the totals are those of the
/// engine, and a log that is written and read back gives the same report.
#[test]
fn real_runs_add_up_and_survive_the_log() {
    use crate::report::testing::run_fixture;
    use crate::report::{EventLog, json, read_log};
    let recordings = (1..=24).map(|n| format!("sdk-recordings/{n:02}"));
    let names = ["quickstart", "back-off", "lifecycle"].map(str::to_owned).into_iter().chain(recordings);
    for (name, rules) in names.flat_map(|name| Rules::ALL.map(|rules| (name.clone(), rules))) {
        let mut live = Summary::new();
        let mut bytes = Vec::new();
        let mut finished = None;
        let mut differing = 0;
        {
            let mut writer = EventLog::new(&mut bytes);
            run_fixture(&name, rules, &mut |event| {
                live.observe(event);
                writer.observe(event);
                differing += u64::from(!event.fact.differs().is_empty());
                if let Fact::RunFinished(facts) = &event.fact {
                    let results: Vec<_> = facts.results.iter().map(|(each, n)| (*each, *n)).collect();
                    finished = Some((results, facts.records, facts.locks, facts.stops, facts.warnings));
                }
            });
            writer.finish().unwrap();
        }
        for operation in live.operations() {
            assert_eq!(operation.waits().total(), operation.running(), "{name} {rules} {}", operation.name());
            assert!(operation.held().longest <= operation.held().total);
        }
        let totals = live.totals();
        let results: Vec<_> = Outcome::ALL.iter().map(|each| (*each, totals.result(*each))).collect();
        let results: Vec<_> = results.into_iter().filter(|(_, n)| *n > 0).collect();
        let counted = (results, totals.records, totals.locks, totals.stops, totals.warnings);
        assert_eq!(Some(counted), finished, "{name} {rules}");
        let deferred: u64 = live.locks().all().iter().map(|lock| lock.deferred_executions).sum();
        assert_eq!(deferred, totals.result(Outcome::Deferred), "{name} {rules}");
        assert!(live.differences().groups().map(|(_, group)| group.times).sum::<u64>() >= differing);

        let mut read = Summary::new();
        read_log::read(&mut bytes.as_slice(), &mut |event| read.observe(event)).unwrap();
        let document = |summary: &Summary| {
            let mut bytes = Vec::new();
            json::run(summary, &[], true, &mut bytes).unwrap();
            String::from_utf8(bytes).unwrap()
        };
        assert!(document(&live) == document(&read), "{name} {rules}: the log says something else");
    }
}

/// Beyond so many holds a lock still says whom and how long it held.
#[test]
fn holds_that_are_not_kept_count_all_the_same() {
    let check = |most_holds, expect| {
        let mut log = Log::new(Rules::Documented, 600);
        log.lock(0, "box", "box sync a", 60, None);
        for name in ["box sync b", "box sync c", "box sync d"] {
            log.deferred(20, name, "box", 60, 60);
        }
        for name in ["box sync b", "box sync c", "box sync d"] {
            log.ran(60, name, Outcome::Complete).next_at(600, DelayRule::Fixed);
        }
        log.finish();
        let mut summary = Summary::keeping_most(most_holds, false);
        log.events().iter().for_each(|event| summary.observe(event));
        let lock = &summary.locks().all()[0];
        assert_eq!((lock.operations_held(), lock.held(), lock.holds_left_out), expect, "{most_holds} kept");
    };
    check(3, (3, secs(120), 0));
    check(1, (3, secs(120), 2));
    check(0, (3, secs(120), 3));
}

/// For a picture of a few keys: all the holds of those that held longest, none of the others.
#[test]
fn keys_are_given_up_whole_and_those_first_that_held_least() {
    let mut log = Log::new(Rules::Documented, 600);
    for (at, key, long) in [(0, "box", 60), (100, "other", 20), (200, "box", 60), (300, "other", 90)] {
        log.lock(at, key, "box sync a", at + long, None);
        for name in ["box sync b", "box sync c"] {
            log.deferred(at, name, key, at + long, at + long);
            log.ran(at + long, name, Outcome::Complete).next_at(600, DelayRule::Fixed);
        }
        log.expired(at + long, key);
    }
    log.finish();
    let check = |most_holds, expect: [(usize, u64); 4]| {
        let mut summary = Summary::keeping_most(most_holds, true);
        log.events().iter().for_each(|event| summary.observe(event));
        let locks = summary.locks().all();
        let kept: Vec<_> = locks.iter().map(|lock| (lock.holds.len(), lock.holds_left_out)).collect();
        assert_eq!(kept, expect, "{most_holds} kept");
        assert!(locks.iter().all(|lock| lock.operations_held() == 2));
        assert_eq!(locks.iter().map(Lock::held).sum::<Millis>(), secs(2 * 230));
    };
    check(8, [(2, 0), (2, 0), (2, 0), (2, 0)]);
    check(4, [(2, 0), (0, 2), (2, 0), (0, 2)]);
    // The key that held most stays, as far as there is room.
    check(3, [(2, 0), (0, 2), (1, 1), (0, 2)]);
    check(0, [(0, 2), (0, 2), (0, 2), (0, 2)]);
}

/// What a key is holding right now counts; of those that hold alike the first one by name stays.
#[test]
fn which_key_is_given_up() {
    let check = |locks: [(&str, u64); 2], expect| {
        let mut log = Log::new(Rules::Documented, 600);
        for (key, until) in locks.into_iter().chain([("third", 30)]) {
            log.lock(0, key, "box sync a", until, None);
            log.deferred(10, &format!("{key} sync b"), key, until, until);
        }
        log.finish();
        let mut summary = Summary::keeping_most(2, true);
        log.events().iter().for_each(|event| summary.observe(event));
        let kept: Vec<_> = summary.locks().all().iter().map(|lock| lock.holds.len()).collect();
        assert_eq!(kept, expect, "{locks:?}");
    };
    check([("box", 60), ("dropbox", 60)], [1, 0, 1]);
    check([("dropbox", 60), ("box", 60)], [0, 1, 1]);
    check([("box", 60), ("dropbox", 90)], [0, 1, 1]);
}

/// A picture of a few keys of more than ten thousand operations.
#[test]
fn very_many_operations_leave_room_for_fewer_holds() {
    let check = |holds, operations: u32, expect: (usize, u64)| {
        let mut log = Log::new(Rules::Documented, 600);
        log.lock(0, "box", "box sync a", 60, None);
        log.deferred(10, "box sync b", "box", 60, 60);
        let mut summary = Summary::keeping(holds);
        let [start @ .., deferral] = log.events() else { panic!("no events") };
        for event in start {
            summary.observe(event);
        }
        let mut deferral = deferral.clone();
        for line in 1..operations {
            let Fact::Execution(execution) = &mut deferral.fact else { panic!("no execution") };
            execution.to_mut().subject.line = line;
            summary.observe(&deferral);
        }
        let lock = &summary.locks().all()[0];
        assert_eq!((lock.holds.len(), lock.holds_left_out), expect, "{holds:?} of {operations} operations");
    };
    check(Holds::OfWorstKeys, 10_000, (9_999, 0));
    check(Holds::OfWorstKeys, 40_000, (32_000, 7_999));
    check(Holds::All, 40_000, (39_999, 0));
    check(Holds::None, 40_000, (0, 39_999));
}

/// A log that sets a lock again and again without its expiry, as none is written: what an operation remembers of the locks
/// that held it stays short.
#[test]
fn locks_that_are_over_are_forgotten() {
    let mut log = Log::new(Rules::Documented, 6000);
    for at in 0..1000 {
        log.lock(at, "box", "box sync a", 5000, None);
        log.deferred(at, "box sync b", "box", 5000, 5000);
    }
    let summary = log.summary();
    let (row, _) = summary.rows.get(operation(&summary, "box synchronisation b").line()).unwrap();
    assert_eq!(row.rare().held_by, Vec::<u32>::new());
    assert!(summary.locks().all().iter().all(|lock| lock.operations_held() == 1));
}

/// Due while a lock held it, and run when the kill switch let it: what it was held is shared out among both.
#[test]
fn what_the_kill_switch_adds_to_a_hold_is_no_waiting_for_the_lock() {
    let mut log = Log::new(Rules::Documented, 600);
    let hr = "box sync hr";
    log.start(0, hr);
    log.deferred(0, hr, "box", 60, 60);
    log.changed(50, "kill-switch-on");
    log.changed(100, "kill-switch-off");
    log.ran(100, hr, Outcome::Complete).next_at(300, DelayRule::Fixed);
    log.deferred(300, hr, "box", 360, 360);
    log.changed(350, "kill-switch-on");
    log.finish();
    let summary = log.summary();
    let hr = operation(&summary, "box synchronisation hr");
    let parts =
        [Cause::Lock, Cause::KillSwitch, Cause::Policy, Cause::Source].map(|cause| hr.waits().of(cause));
    assert_eq!(parts, [secs(120), secs(40 + 240), secs(200), secs(0)]);
    assert_eq!(hr.held().total, secs(100 + 300));
}

/// Held by a Scoped lock, then by a Global one, then again by the first: that one held it once.
#[test]
fn a_lock_that_holds_an_operation_again_held_one() {
    let mut log = Log::new(Rules::Sdk, 600);
    log.lock(0, "box", "box sync a", 300, None);
    log.lock(0, "global", "dropbox discovery", 100, None);
    log.deferred(10, "box sync b", "box", 300, 30);
    log.deferred(30, "box sync b", "global", 100, 50);
    log.deferred(50, "box sync b", "box", 300, 70);
    log.deferred(70, "box sync b", "global", 100, 90);
    log.deferred(90, "box sync c", "box", 300, 110);
    log.finish();
    let summary = log.summary();
    let held: Vec<_> =
        summary.locks().all().iter().map(|lock| (&*lock.key, lock.operations_held())).collect();
    assert_eq!(held, [("box", 2), ("global", 1)]);
    assert_eq!(operation(&summary, "box synchronisation b").scope_key().map(|key| &**key), Some("box"));
}

/// Numbers that do not fit a row: a run of a thousand years.
#[test]
fn very_long_times_are_counted_as_short_ones_are() {
    const YEAR: u64 = 365 * 86_400;
    let mut log = Log::new(Rules::Documented, 1000 * YEAR);
    let hr = "box sync hr";
    log.start(YEAR, hr);
    log.ran(YEAR, hr, Outcome::Complete).records(u64::MAX).next_at(100 * YEAR, DelayRule::Fixed);
    log.lock(100 * YEAR, "box", "box sync a", 400 * YEAR, None);
    log.deferred(100 * YEAR, hr, "box", 400 * YEAR, 400 * YEAR);
    log.ran(400 * YEAR, hr, Outcome::Complete)
        .took(2 * YEAR)
        .records(1)
        .next_at(1001 * YEAR, DelayRule::Fixed);
    log.finish();
    let summary = log.summary();
    let hr = operation(&summary, "box synchronisation hr");
    let (held, waits) = (secs(300 * YEAR), hr.waits());
    assert_eq!(hr.held(), Held { times: 1, total: held, longest: held });
    assert_eq!((hr.records(), hr.running()), (u64::MAX, secs(999 * YEAR)));
    let parts = [Cause::Source, Cause::Lock, Cause::Policy].map(|cause| waits.of(cause));
    assert_eq!(parts, [secs(2 * YEAR), secs(300 * YEAR), secs(697 * YEAR)]);
    assert_eq!(hr.state(), State::Running { next_at: moment(1001 * YEAR) });
}
