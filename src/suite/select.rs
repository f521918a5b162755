//! Which of the scenarios run here: `--filter`, `--partition` and `--seeds`.

use std::str::FromStr;

use globset::{GlobBuilder, GlobMatcher};

use super::Scenario;

/// More seeds than this are refused: nobody waits for them.
const MOST_SEEDS: u64 = 1_000_000;

/// `--filter`: a part of the name, or a glob that the whole name fits.
#[derive(Clone, Debug)]
pub enum Filter {
    /// The name contains this.
    Part(String),
    /// The name fits this.
    Glob(GlobMatcher),
}

impl Filter {
    /// Whether a scenario of this name runs.
    pub fn allows(&self, name: &str) -> bool {
        match self {
            Self::Part(part) => name.contains(part.as_str()),
            Self::Glob(glob) => glob.is_match(name),
        }
    }
}

impl FromStr for Filter {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if !text.contains(['*', '?', '[', '{']) {
            return Ok(Self::Part(text.to_owned()));
        }
        let glob = GlobBuilder::new(text).literal_separator(false).build();
        glob.map(|glob| Self::Glob(glob.compile_matcher())).map_err(|error| error.kind().to_string())
    }
}

/// `--partition`: one of several parts of a suite, for machines that share it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Partition {
    by: By,
    part: u64,
    of: u64,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum By {
    /// By the scenario's name alone: a new scenario moves no other.
    Hash,
    /// In turn, by the place in the sorted list: parts of the same size.
    Count,
}

impl Partition {
    /// Those of `scenarios`, which are sorted, that belong to this part.
    pub fn select(self, scenarios: Vec<Scenario>) -> Vec<Scenario> {
        let belongs = |place: u64, scenario: &Scenario| {
            let number = match self.by {
                By::Hash => hash(scenario.name.as_bytes()),
                By::Count => place,
            };
            number % self.of == self.part - 1
        };
        (0..).zip(scenarios).filter(|(place, each)| belongs(*place, each)).map(|(_, each)| each).collect()
    }
}

impl FromStr for Partition {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let expected =
            || "expected `hash:K/N` or `count:K/N` with K from 1 to N, such as `hash:1/4`".to_owned();
        let (by, parts) = text.split_once(':').ok_or_else(expected)?;
        let by = match by {
            "hash" => By::Hash,
            "count" => By::Count,
            _ => return Err(expected()),
        };
        let (part, of) = parts.split_once('/').ok_or_else(expected)?;
        let number = |text: &str| text.parse::<u64>().map_err(|_| expected());
        let (part, of) = (number(part)?, number(of)?);
        if part == 0 || part > of { Err(expected()) } else { Ok(Self { by, part, of }) }
    }
}

/// FNV-1a, spread so that the last bits are as good as the first: the same on every machine and in every version.
fn hash(bytes: &[u8]) -> u64 {
    let sum = bytes.iter().fold(0xcbf2_9ce4_8422_2325_u64, |sum, byte| {
        (sum ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3)
    });
    let sum = (sum ^ (sum >> 33)).wrapping_mul(0xff51_afd7_ed55_8ccd);
    sum ^ (sum >> 33)
}

/// `--seeds A..B`: both ends included.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Seeds {
    /// The first.
    pub first: u64,
    /// The last.
    pub last: u64,
}

impl Seeds {
    /// Every seed, in order.
    pub fn iter(self) -> impl Iterator<Item = u64> {
        self.first..=self.last
    }
}

impl FromStr for Seeds {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let expected = || "expected `A..B`, both included, such as `1..500`".to_owned();
        let (first, last) = text.split_once("..").ok_or_else(expected)?;
        let number = |text: &str| text.parse::<u64>().map_err(|_| expected());
        let (first, last) = (number(first)?, number(last)?);
        match last.checked_sub(first) {
            None => Err(expected()),
            Some(more) if more >= MOST_SEEDS => Err(format!("more than {MOST_SEEDS} seeds")),
            Some(_) => Ok(Self { first, last }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::PathBuf;

    fn scenarios(n: usize) -> Vec<Scenario> {
        let name = |i| format!("suite/s{i:03}.connector.toml");
        (0..n).map(|i| Scenario { name: name(i), path: PathBuf::from(name(i)) }).collect()
    }

    #[test]
    fn filters() {
        let check = |filter: &str, expect| {
            assert_eq!(
                filter.parse::<Filter>().unwrap().allows("suite/a/late.connector.toml"),
                expect,
                "{filter}"
            );
        };
        check("late", true);
        check("a/late", true);
        check("Late", false);
        check("*late*", true);
        check("late*", false);
        check("suite/{a,b}/*", true);
        assert!("[".parse::<Filter>().is_err());
    }

    /// Pins the hash: another one would move every team's scenarios between their machines.
    #[test]
    fn a_partition_by_hash_never_changes() {
        let names = |text: &str| -> Vec<String> {
            let part: Partition = text.parse().unwrap();
            part.select(scenarios(12)).into_iter().map(|each| each.name[7..10].to_owned()).collect()
        };
        assert_eq!(names("hash:1/3").join(" "), "007 008 010");
        assert_eq!(names("count:2/3").join(" "), "001 004 007 010");
    }

    #[test]
    fn the_parts_are_the_whole_and_alike_in_size() {
        for by in ["hash", "count"] {
            let mut all = Vec::new();
            for part in 1..=4 {
                let part: Partition = format!("{by}:{part}/4").parse().unwrap();
                let selected = part.select(scenarios(400));
                assert!((70..=130).contains(&selected.len()), "{by}: {}", selected.len());
                all.extend(selected);
            }
            all.sort();
            assert_eq!(all, scenarios(400));
        }
    }

    #[test]
    fn what_is_no_partition_and_no_seeds() {
        for text in
            ["", "hash", "hash:1", "hash:0/4", "hash:5/4", "hash:1/0", "slice:1/4", "hash:a/b", "hash:-1/4"]
        {
            assert!(text.parse::<Partition>().is_err(), "{text}");
        }
        for text in ["", "5", "5..", "..5", "5..1", "a..b", "1...5", "0..1000000", "-1..5"] {
            assert!(text.parse::<Seeds>().is_err(), "{text}");
        }
        assert_eq!("1..500".parse::<Seeds>().unwrap().iter().count(), 500);
        assert_eq!("7..7".parse::<Seeds>().unwrap().iter().collect::<Vec<_>>(), [7]);
    }
}
