//! Failures as GitHub Actions shows them beside the lines of a pull request: `::error file=…,line=…,title=…::…`.

use std::fmt::Write;

use super::human::{expected_and_seen, golden_in_words};
use super::outcome::GoldenOutcome;
use super::{Case, Outcome};

/// A line for each thing that is wrong with a case.
pub fn lines(case: &Case) -> String {
    let mut text = String::new();
    let file = &case.scenario.name;
    match &case.outcome {
        Outcome::NotRun => {}
        Outcome::Broken(problems) => {
            for problem in problems {
                let (line, _) = problem.line_and_column();
                let message = [problem.message(), problem.label()].join("\n");
                annotation(&mut text, problem.path(), Some(line), "broken scenario", message.trim_end());
            }
        }
        Outcome::Ran(ran) => {
            let rules = case.rules.map(|rules| format!(" ({rules} rules)")).unwrap_or_default();
            if let Some(stuck) = &ran.stuck {
                annotation(&mut text, file, None, &format!("no progress{rules}"), &stuck.reason);
            }
            for (verdict, failure) in ran.failures() {
                let (file, line) = &verdict.place;
                let title = format!("{}{rules}", verdict.name);
                annotation(&mut text, file, Some(*line), &title, &expected_and_seen(failure).join("\n"));
            }
            match &ran.golden {
                GoldenOutcome::Differs(golden, difference) => {
                    let message = golden_in_words(difference).join("\n");
                    annotation(&mut text, golden, None, &format!("golden summary{rules}"), &message);
                }
                GoldenOutcome::Unusable(golden, problem) => {
                    annotation(&mut text, golden, None, "golden summary", problem);
                }
                GoldenOutcome::None | GoldenOutcome::Same(_) | GoldenOutcome::Accepted(_) => {}
            }
        }
    }
    text
}

fn annotation(text: &mut String, file: &str, line: Option<usize>, title: &str, message: &str) {
    let line = line.map(|line| format!(",line={line}")).unwrap_or_default();
    let (file, title) = (property(file), property(title));
    let _ = writeln!(text, "::error file={file}{line},title={title}::{}", data(message));
}

/// A message: one line, whatever is in it.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// A property's value: like a message, and without what ends a property.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_a_name_ends_the_line_or_the_property() {
        let mut text = String::new();
        annotation(&mut text, "a,b:c.toml", Some(3), "100%: done\n::error::", "one\r\ntwo, 5%");
        assert_eq!(
            text,
            "::error file=a%2Cb%3Ac.toml,line=3,title=100%25%3A done%0A%3A%3Aerror%3A%3A::one%0D%0Atwo, 5%25\n"
        );
    }
}
