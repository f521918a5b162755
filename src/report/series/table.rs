//! The series as a table: a row an execution, a cell a rule set, and in each cell when it starts, the delay with its bar
//! and the reason.

use std::fmt::Write;

use super::{Shown, bar::bar, reason};
use crate::model::Millis;
use crate::report::explain::seconds;
use crate::report::{Style, Tone, pad, width, wrap};
use crate::rules::{Row as Difference, Rows, Rules};
use crate::series::{Row, Series};

/// Spaces between two columns.
const GAP: usize = 2;
/// With at least this much room, the reason stands beside the bar, not under it.
const REASON_BESIDE: usize = 44;
/// No bar is longer.
const LONGEST_BAR: usize = 16;

/// A space at which no line is broken.
const GLUE: &str = "\u{a0}";

/// Where everything stands.
struct Layout {
    number: usize,
    outcome: usize,
    start: usize,
    delay: usize,
    bar: usize,
    cell: usize,
    reason_beside: bool,
    /// What a bar of full length stands for.
    longest: Millis,
}

/// The series as a table that fits `style.width`, with how they end under it, and what the differences are if the reader
/// cannot be expected to know.
pub fn table(shown: &Shown<'_>, style: &Style, with_legend: bool) -> String {
    let layout = Layout::of(shown, style);
    let mut text = heading(shown, style);
    column_titles(&mut text, shown, &layout, style);
    for (at, differs) in shown.comparison.differs.iter().enumerate() {
        execution(&mut text, shown, at, *differs, &layout, style);
    }
    text.push('\n');
    endings(&mut text, shown, style);
    if with_legend {
        legend(&mut text, shown, style);
    }
    text
}

impl Layout {
    fn of(shown: &Shown<'_>, style: &Style) -> Self {
        let rows = || shown.rules.iter().flat_map(|rules| &shown.comparison.series(*rules).rows);
        let widest = |text: &dyn Fn(&Row) -> usize, least| rows().map(text).max().unwrap_or(0).max(least);
        let number = shown.comparison.differs.len().to_string().len();
        let outcome = widest(&|row| width(&row.step.to_string()), "outcome".len());
        let start = widest(&|row| width(&row.at.to_string()), "starts".len());
        let delay = widest(&|row| width(&delay_words(row)), "delay".len());
        let left = number + outcome + 2 * GAP;
        let cells = shown.rules.len().max(1);
        let cell =
            (style.columns().saturating_sub(left + GAP * (cells - 1)) / cells).max(start + delay + 2 * GAP);
        let room = cell - start - delay - 2 * GAP;
        let bar = room.min(LONGEST_BAR);
        let reason_beside = room >= LONGEST_BAR + GAP + REASON_BESIDE;
        Self {
            number,
            outcome,
            start,
            delay,
            bar,
            cell,
            reason_beside,
            longest: rows().filter_map(|row| row.delay).map(|delay| delay.ms).max().unwrap_or_default(),
        }
    }

    /// Columns in front of the cells.
    const fn left(&self) -> usize {
        self.number + self.outcome + 2 * GAP
    }
}

fn heading(shown: &Shown<'_>, style: &Style) -> String {
    let settings = &shown.plan.settings;
    let bases: Vec<_> = shown.rules.iter().map(|rules| settings.base(rules.set())).collect();
    let mut words = match bases.as_slice() {
        [one, other] if one != other => {
            let [first, second] = [shown.rules[0], shown.rules[1]];
            format!("delay {} ({first}) or {} ({second})", seconds(*one), seconds(*other))
        }
        bases => format!("delay {}", bases.first().map_or_else(String::new, |base| seconds(*base))),
    };
    if settings.random_delay {
        let _ = write!(words, " and a random part (seed {})", shown.plan.seed);
    }
    if settings.exponential_back_off {
        let _ = write!(words, ", growing up to {}", seconds(settings.max_delay));
    } else {
        words.push_str(", not growing");
    }
    if settings.immediate_re_execution {
        words.push_str("; again at once after results");
    }
    let title = format!("{}: ", shown.plan.work_type.word());
    let mut lines = wrap(&format!("{title}{words}"), style.columns()).into_iter();
    let first = lines.next().unwrap_or_default();
    let mut text = match first.strip_prefix(&title) {
        Some(rest) => style.paint(Tone::Heading, &title) + &style.words(rest),
        None => style.words(&first),
    };
    for line in lines {
        text.push('\n');
        text.push_str(&style.words(&line));
    }
    text + "\n\n"
}

fn column_titles(text: &mut String, shown: &Shown<'_>, layout: &Layout, style: &Style) {
    let mut rule_sets = " ".repeat(layout.left());
    let mut titles = format!("{:>1$}  ", "#", layout.number) + &pad("outcome", layout.outcome + GAP);
    for rules in shown.rules {
        rule_sets += &pad(rules.word(), layout.cell + GAP);
        let mut cell = pad("starts", layout.start + GAP) + &pad("delay", layout.delay + GAP);
        if layout.reason_beside {
            cell = pad(&cell, layout.start + layout.delay + layout.bar + 3 * GAP) + "why";
        }
        titles += &pad(&cell, layout.cell + GAP);
    }
    for line in [rule_sets, titles] {
        text.push_str(&style.paint(Tone::Heading, line.trim_end()));
        text.push('\n');
    }
}

/// The lines of one execution.
fn execution(text: &mut String, shown: &Shown<'_>, at: usize, differs: Rows, layout: &Layout, style: &Style) {
    let cells: Vec<_> = shown
        .rules
        .iter()
        .map(|rules| {
            let series = shown.comparison.series(*rules);
            series.rows.get(at).map_or_else(Vec::new, |row| cell(row, series, shown, layout, style))
        })
        .collect();
    let step = shown.plan.steps.get(at).map(ToString::to_string).unwrap_or_default();
    let first = format!("{:>1$}  ", at + 1, layout.number) + &pad(&step, layout.outcome + GAP);
    let height = cells.iter().map(Vec::len).max().unwrap_or(0);
    for line in 0..height {
        let mut columns = if line == 0 { first.clone() } else { " ".repeat(layout.left()) };
        for cell in &cells {
            let (words, tone) = cell.get(line).cloned().unwrap_or_default();
            // Spaces stay outside the colour, so that those behind the last cell can go: they would wrap on a terminal.
            let space = " ".repeat((layout.cell + GAP).saturating_sub(width(&words)));
            columns += &tone.map_or_else(|| words.clone(), |tone| style.paint(tone, &words));
            columns += &space;
        }
        text.push_str(columns.trim_end());
        text.push('\n');
    }
    if !differs.is_empty() {
        let names: Vec<_> = differs.iter().map(|row| name(row).replace(' ', GLUE)).collect();
        let mark = if style.ascii { "!= " } else { "≠ " };
        for (n, line) in
            wrap(&names.join(", "), style.columns() - layout.left() - mark.len()).iter().enumerate()
        {
            let mark = if n == 0 { mark.to_owned() } else { " ".repeat(width(mark)) };
            let line = style.paint(Tone::Caution, &(mark + &line.replace(GLUE, " ")));
            let _ = writeln!(text, "{}{line}", " ".repeat(layout.left()));
        }
    }
}

/// The lines of one cell, each with its tone.
fn cell(
    row: &Row,
    series: &Series,
    shown: &Shown<'_>,
    layout: &Layout,
    style: &Style,
) -> Vec<(String, Option<Tone>)> {
    let length = row.delay.map_or(Millis::ZERO, |delay| delay.ms);
    let numbers = pad(&row.at.to_string(), layout.start + GAP)
        + &pad(&delay_words(row), layout.delay + GAP)
        + &bar(length, layout.longest, layout.bar, style.ascii);
    let mut why = reason::reason(row, series, shown.plan);
    if let Some((least, greatest)) = row.range {
        let _ = write!(why, " (can be {} to {})", seconds(least), seconds(greatest));
    }
    let why = style.words(&why);
    let indent = if layout.reason_beside { layout.start + layout.delay + layout.bar + 3 * GAP } else { 0 };
    let mut why = wrap(&why, layout.cell - indent).into_iter();
    let mut lines = Vec::new();
    if layout.reason_beside {
        lines.push((pad(&numbers, indent) + &why.next().unwrap_or_default(), None));
    } else {
        lines.push((numbers, None));
    }
    lines
        .extend(why.map(|line| (" ".repeat(indent) + &line, (!layout.reason_beside).then_some(Tone::Faint))));
    lines
}

fn delay_words(row: &Row) -> String {
    row.delay.map_or_else(|| "ends".to_owned(), |delay| delay.ms.to_string())
}

fn endings(text: &mut String, shown: &Shown<'_>, style: &Style) {
    let label = shown.rules.iter().map(|rules| rules.word().len()).max().unwrap_or(0) + GAP;
    for rules in shown.rules {
        let series = shown.comparison.series(*rules);
        let words = match (series.ending, series.rows.last()) {
            (Some(ending), _) => reason::ending(&ending, shown.plan),
            (None, Some(row)) => {
                format!(
                    "the next execution starts at {}",
                    row.at + row.delay.map_or(Millis::ZERO, |delay| delay.ms)
                )
            }
            (None, None) => continue,
        };
        labelled(text, rules.word(), &words, label, style);
    }
}

fn legend(text: &mut String, shown: &Shown<'_>, style: &Style) {
    let all = shown.comparison.differs.iter().fold(Rows::NONE, |all, row| all.union(*row));
    if all.is_empty() {
        let both = shown.rules.len() > 1;
        if both {
            text.push_str("\nBoth rule sets lead to the same delays.\n");
        }
        return;
    }
    text.push('\n');
    for row in all.iter() {
        let difference = row.difference();
        let title = format!("{}: {}", name(row), difference.subject);
        for line in wrap(&style.words(&title), style.columns()) {
            let _ = writeln!(text, "{}", style.paint(Tone::Caution, &line));
        }
        for rules in Rules::ALL {
            let words = match rules {
                Rules::Documented => difference.documented,
                Rules::Sdk => difference.sdk,
            };
            labelled(text, &format!("  {rules}"), words, "  documented".len() + GAP, style);
        }
    }
}

/// `words` behind a label, wrapped beside it.
fn labelled(text: &mut String, label: &str, words: &str, columns: usize, style: &Style) {
    for (n, line) in wrap(&style.words(words), style.columns().saturating_sub(columns)).iter().enumerate() {
        let label = if n == 0 { label } else { "" };
        let _ = writeln!(text, "{}{line}", pad(label, columns));
    }
}

/// `D16 default-delay-60`.
fn name(row: Difference) -> String {
    format!("{row} {}", row.difference().name)
}
