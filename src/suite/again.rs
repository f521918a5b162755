//! The one command that repeats what failed.

use super::outcome::Ran;
use super::{Case, Plan};
use crate::words;

/// A command line that repeats a case: with `run`, which shows everything, or with `test`, which knows golden summaries.
pub fn again(case: &Case, seed: Option<u64>, verb: &str, plan: &Plan) -> String {
    let mut command =
        vec!["connector-cli".to_owned(), verb.to_owned(), quoted(&words::path(&case.scenario.path))];
    let mut option = |name: &str, value: &str| command.extend([name.to_owned(), quoted(value)]);
    if let Some(rules) = case.rules.filter(|_| case.rules_asked) {
        option("--rules", rules.word());
    }
    if let Some(seed) = seed {
        option("--seed", &seed.to_string());
    }
    for set in &plan.set {
        option("--set", set);
    }
    command.join(" ")
}

/// The seed that a command has to name to repeat a run: none where it is the file's own, or makes no difference.
pub fn seed_asked(ran: &Ran, seed: u64, plan: &Plan) -> Option<u64> {
    (plan.seeds.is_some() && !ran.nothing_random).then_some(seed)
}

/// A word as a shell takes it: as it is where that is safe, else in double quotes, which every shell knows.
fn quoted(word: &str) -> String {
    let safe = |c: char| c.is_alphanumeric() || "-_./:=,+@\\".contains(c);
    if !word.is_empty() && word.chars().all(safe) {
        return word.to_owned();
    }
    if word.contains(['"', '$', '`', '!']) {
        return format!("'{}'", word.replace('\'', r"'\''"));
    }
    format!("\"{word}\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_survive_the_shell() {
        let check = |word, expect: &str| assert_eq!(quoted(word), expect);
        check("fixtures/a.connector.toml", "fixtures/a.connector.toml");
        check("my tests/a.toml", "\"my tests/a.toml\"");
        check("it's", "\"it's\"");
        check("a=\"b\"", "'a=\"b\"'");
        check("$(rm)'", r"'$(rm)'\'''");
        check("", "\"\"");
    }
}
