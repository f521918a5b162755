use super::*;
use crate::config::{self, Overrides};
use crate::run::{NoPace, run};

/// The golden summary of a fixture, run with these settings over its own.
fn golden(fixture: &str, set: &[&str]) -> Golden {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("fixtures")
        .join(fixture)
        .join("connector.toml");
    let overrides = Overrides { set: set.iter().map(ToString::to_string).collect(), ..Overrides::default() };
    let config = config::load(&path, &overrides).unwrap();
    let (mut summary, mut recorder) = (Summary::new(), Recorder::default());
    run(&config, config.simulation.rules, &mut NoPace, &mut |event: &RunEvent<'_>| {
        summary.observe(event);
        recorder.observe(event);
    });
    recorder.finish(&summary)
}

#[test]
fn results_failures_and_registrations() {
    insta::assert_snapshot!(golden("quickstart", &[]).text());
}

#[test]
fn locks_and_throttling() {
    insta::assert_snapshot!(golden("back-off", &["simulation.rules=sdk"]).text());
}

#[test]
fn cycles_ends_and_stops() {
    insta::assert_snapshot!(golden("lifecycle", &[]).text());
}

/// How a fixture differs when it is run with these settings, the first cause first.
fn changes(fixture: &str, set: &[&str]) -> Vec<Changed> {
    let difference = compare(&golden(fixture, &[]).text(), &golden(fixture, set));
    difference.map(|all| std::iter::once(all.first).chain(all.others).collect()).unwrap_or_default()
}

#[test]
fn the_first_cause() {
    assert_eq!(changes("quickstart", &[]), []);
    insta::assert_debug_snapshot!(changes(
        "quickstart",
        &["content_manager.content_synchronisation.max_delay_seconds=600"]
    ));
    let subjects: Vec<_> =
        changes("back-off", &["simulation.rules=sdk"]).into_iter().map(|each| each.subject).collect();
    assert_eq!(subjects[0], "run", "another rule set comes before all that follows from it");
}

#[test]
fn lines_that_are_new_or_gone() {
    let lines =
        |changes: &[Changed]| changes.iter().map(|each| each.subject.clone()).collect::<Vec<_>>().join(" | ");
    let before = "# x\na: 1\n";
    let now = Golden { lines: vec![Line::new("a", "1".to_owned()), Line::new("b", "2".to_owned())] };
    let difference = compare(before, &now).unwrap();
    assert_eq!((lines(&[difference.first]), difference.others.len()), ("b".to_owned(), 0));
    let gone = compare("a: 1\nb: 2\nc: 3\n", &now).unwrap();
    assert_eq!((gone.first.subject.as_str(), gone.first.now), ("c", None));
}

#[test]
fn line_endings_and_comments_do_not_matter() {
    let now = golden("quickstart", &[]);
    let text = format!("\u{feff}{}\r\n\r\n# reviewed\r\n", now.text().replace('\n', "\r\n"));
    assert_eq!(compare(&text, &now), None);
}
