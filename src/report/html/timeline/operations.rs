//! A lane for each operation: what it waited for, and its executions as marks.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{self, Write};

use super::super::marks::{Detail, Mark};
use super::super::page::Page;
use super::super::text::{self, both, escape};
use super::super::{headline, throttled};
use super::Lane;
use super::keys::hold_words;
use super::span::{Spans, mark, span};
use crate::model::Outcome;
use crate::report::explain;
use crate::report::summary::{Hold, Lock, Operation};
use crate::report::words::count;
use crate::report::worst;
use crate::rules::DelayRule;

/// So many operations have lanes.
pub(super) const SHOWN: usize = 80;

pub(super) fn write(page: &Page<'_>, most: usize, to: &mut dyn Write) -> io::Result<()> {
    let (shown, rest) = worst::operations(page.summary, SHOWN);
    let lines = shown.iter().map(|operation| (operation.line(), Vec::new()));
    let mut holds: BTreeMap<u32, Vec<(&Lock, Hold)>> = lines.collect();
    for lock in page.summary.locks().all() {
        for hold in &lock.holds {
            if let Some(holds) = holds.get_mut(&hold.line) {
                holds.push((lock, *hold));
            }
        }
    }
    writeln!(to, "<h3>Operations</h3>")?;
    for operation in &shown {
        let mut holds = holds.remove(&operation.line()).unwrap_or_default();
        holds.sort_by_key(|(_, hold)| hold.from);
        lane(page, most, *operation, &holds).write(to)?;
    }
    if !rest.is_empty() {
        writeln!(
            to,
            "<p class=\"more\">{} more operations: these are the {SHOWN} that gave up, were held longest or failed most.</p>",
            text::number(rest.len() as u64)
        )?;
    }
    Ok(())
}

fn lane(page: &Page<'_>, most: usize, operation: Operation<'_>, holds: &[(&Lock, Hold)]) -> Lane {
    let mut drawing = String::new();
    let line = operation.line();
    let marks = page.html.marks.of(line);
    for mark in marks {
        waits(page, mark, &mut drawing);
    }
    let spans = Spans { page, things: holds, most, place: (5, 12), noun: "wait" };
    spans.draw(
        &mut drawing,
        |(_, hold)| (hold.from, hold.until),
        |(lock, hold)| hold_words(page, lock, hold),
    );
    for each in marks {
        let mut words = words(page, each);
        if each.throttled > 0 {
            let unstopped = page.explained.find(line, each.from).filter(|_| each.detail.is_some());
            if let Some(unstopped) = unstopped {
                let _ = write!(words, "\nwhy no lock stopped it: {}", throttled::why(page, unstopped));
            }
            mark(&mut drawing, page, each.from, 11, "m-throttled", "throttled", &words);
        }
        if each.until > each.from {
            span(&mut drawing, page, (each.from, each.until), (9, 4), "call", &words);
        }
        let result = each.worst().word();
        mark(&mut drawing, page, each.from, 11, &format!("m-{result}"), result, &words);
    }
    let name = text::operation(operation);
    Lane {
        class: "operation",
        label: format!("<bdi>{}</bdi>", escape(&name)),
        height: 22,
        words: format!(
            "{name}: {}, {}",
            count(operation.executions(), "execution"),
            in_words(&headline::results(|outcome| operation.result(outcome)))
        ),
        drawing,
    }
}

/// What follows a single execution where that is no plain delay.
fn waits(page: &Page<'_>, mark: &Mark, drawing: &mut String) {
    let Some(detail) = &mark.detail else { return };
    let (Some(delay), Some(next_at)) = (&detail.delay, detail.next_at) else { return };
    let class = match delay.rule {
        DelayRule::Lock => "own",
        DelayRule::Retry => "retry",
        DelayRule::Disabled => "disabled",
        _ => return,
    };
    let title = format!(
        "{}\n{} to {}",
        explain::delay(delay, detail.result),
        both(mark.until, page.clock),
        both(next_at, page.clock)
    );
    span(drawing, page, (mark.until, next_at), (7, 8), class, &title);
}

fn words(page: &Page<'_>, mark: &Mark) -> String {
    if let Some(detail) = &mark.detail {
        return single(page, mark, detail);
    }
    let results = headline::results(|outcome| mark.result(outcome).into());
    let mut words = both(mark.from, page.clock);
    if mark.executions() > 1 {
        let until = both(mark.until, page.clock);
        words = format!("{} from {words} to {until}", count(mark.executions(), "execution"));
    }
    let _ = write!(words, "\n{}", in_words(&results));
    if mark.throttled > 0 {
        let _ = write!(words, "\n{} while the source throttled", count(mark.throttled.into(), "call"));
    }
    words
}

fn single(page: &Page<'_>, mark: &Mark, detail: &Detail) -> String {
    let mut words = format!("{}\n", both(mark.from, page.clock));
    let _ = match detail.call {
        crate::model::Call::None => write!(words, "{}, not called", detail.result),
        call => write!(words, "{call}: {}", detail.result),
    };
    for (amount, noun) in detail.amounts {
        if let Some(amount @ 1..) = amount {
            let _ = write!(words, ", {}", count(amount, noun));
        }
    }
    let took = mark.until.since(mark.from);
    if took.0 > 0 {
        let _ = write!(words, ", took {took}");
    }
    if mark.throttled > 0 {
        words.push_str("\nwhile the source throttled");
    }
    if !detail.reason.is_empty() {
        let _ = write!(words, "\n{}", detail.reason);
    }
    if let (Some(next_at), Some(delay)) = (detail.next_at, &detail.delay) {
        let why = explain::delay(delay, detail.result);
        let _ = write!(words, "\nnext at {}: {why}", both(next_at, page.clock));
    }
    for row in detail.differs.iter() {
        let _ = write!(words, "\ndiffers: {row} {}", row.difference().name);
    }
    words
}

fn in_words(results: &[(Outcome, u64)]) -> String {
    let words: Vec<_> =
        results.iter().map(|(outcome, times)| format!("{} {outcome}", text::number(*times))).collect();
    words.join(", ")
}
