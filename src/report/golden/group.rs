//! Lines that say the same become one, and of lines that all say something else only so many stay: nobody reviews more.

use std::collections::BTreeMap;
use std::fmt::Write;

use sha2::{Digest, Sha256};

use super::{Line, VirtualTime};

/// So many of those who share a line are named.
const NAMED: usize = 3;
/// So many different lines; those beyond it are summed up.
const LINES: usize = 500;

/// Lines about operations or locks, each with what it adds to a sum.
pub(super) struct Groups<T> {
    most: usize,
    lines: Vec<(Line, Names)>,
    places: BTreeMap<(String, String, String), usize>,
    /// By what it is about.
    rest: BTreeMap<String, Rest<T>>,
}

/// Who shares a line.
#[derive(Default)]
struct Names {
    first: Vec<String>,
    all: usize,
}

/// Those whose lines are left out.
struct Rest<T> {
    names: Names,
    amounts: Vec<T>,
    /// Of what their lines would say, so that no change goes unseen.
    digest: Sha256,
}

impl<T> Default for Groups<T> {
    fn default() -> Self {
        Self::at_most(LINES)
    }
}

impl<T> Groups<T> {
    /// Of at most so many lines.
    pub(super) const fn at_most(most: usize) -> Self {
        Self { most, lines: Vec::new(), places: BTreeMap::new(), rest: BTreeMap::new() }
    }

    /// Adds a line about what has these names; `amount` is its part of the sum, should it be left out.
    pub(super) fn add(&mut self, line: Line, names: Vec<String>, amount: T) {
        let key = (line.subject.clone(), line.told(), line.rest.join("; "));
        if let Some((_, group)) = self.places.get(&key).and_then(|place| self.lines.get_mut(*place)) {
            group.add(names);
            return;
        }
        if self.lines.len() < self.most {
            self.places.insert(key, self.lines.len());
            let mut group = Names::default();
            group.add(names);
            self.lines.push((line, group));
            return;
        }
        let (about, ..) = key;
        let rest = self.rest.entry(about).or_insert_with(|| Rest {
            names: Names::default(),
            amounts: Vec::new(),
            digest: Sha256::new(),
        });
        rest.digest.update(format!("{}: {}\n", names.join(" "), line.text()));
        rest.names.add(names);
        rest.amounts.push(amount);
    }

    /// All lines, and for those beyond the bound one each with what `sum` says of them.
    pub(super) fn into_lines(self, lines: &mut Vec<Line>, sum: impl Fn(&[T]) -> String) {
        lines.extend(self.lines.into_iter().map(|(mut line, names)| {
            line.subject.push_str(&names.in_words());
            line
        }));
        for (mut subject, rest) in self.rest {
            subject.push_str(&rest.names.in_words());
            let sums = sum(&rest.amounts);
            let digest = rest.digest.finalize();
            let mut story = format!("each in its own way, in all {}; digest ", sums.trim_end_matches('.'));
            for byte in digest.iter().take(8) {
                let _ = write!(story, "{byte:02x}");
            }
            lines.push(Line { subject, story: vec![(VirtualTime::NEVER, story)], rest: Vec::new() });
        }
    }
}

impl Names {
    fn add(&mut self, names: Vec<String>) {
        self.all += names.len();
        self.first.extend(names.into_iter().take((NAMED + 1).saturating_sub(self.first.len())));
    }

    /// With a space before it: ` hr, finance and it`, ` a, b, c and 7 more`.
    fn in_words(&self) -> String {
        match self.first.as_slice() {
            [] => String::new(),
            [one] => format!(" {one}"),
            [most @ .., last] if self.all <= NAMED => format!(" {} and {last}", most.join(", ")),
            all => format!(" {} and {} more", all[..NAMED].join(", "), self.all - NAMED),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Golden;
    use super::*;

    fn drawn(most: usize, lines: &[(&str, u64)]) -> String {
        let mut groups = Groups::at_most(most);
        for (name, amount) in lines {
            groups.add(Line::new("lock", format!("set ×{amount}")), vec![(*name).to_owned()], *amount);
        }
        let mut lines = Vec::new();
        groups.into_lines(&mut lines, |amounts| format!("{}.", amounts.iter().sum::<u64>()));
        Golden { lines }.text().lines().skip(1).flat_map(|line| [line, "\n"]).collect()
    }

    #[test]
    fn those_that_say_the_same_share_a_line() {
        let lines = [("a", 1), ("b", 2), ("c", 1), ("d", 1), ("e", 2), ("f", 1), ("g", 3)];
        assert_eq!(
            drawn(9, &lines),
            "lock a, c, d and 1 more: set ×1\nlock b and e: set ×2\nlock g: set ×3\n"
        );
    }

    #[test]
    fn those_beyond_the_bound_are_summed_up_and_no_change_goes_unseen() {
        let lines = [("a", 1), ("b", 2), ("c", 1), ("d", 5), ("e", 7)];
        let text = drawn(2, &lines);
        let (kept, rest) = text.split_at(text.find("lock d").unwrap());
        assert_eq!(kept, "lock a and c: set ×1\nlock b: set ×2\n");
        let (words, digest) = rest.split_once("; digest ").unwrap();
        assert_eq!((words, digest.len()), ("lock d and e: each in its own way, in all 12", 17));
        assert_ne!(drawn(2, &[("a", 1), ("b", 2), ("c", 1), ("d", 7), ("e", 5)]), text);
    }
}
