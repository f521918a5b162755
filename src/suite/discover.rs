//! Which files are scenarios (SPEC section 7): those named `connector.toml` or `*.connector.toml`, wherever they are found.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Component, Path, PathBuf};

use globset::GlobBuilder;

use crate::error::Error;
use crate::words;

/// Folders are searched no deeper than this below the one that was given.
const DEEPEST: usize = 64;
/// So many files and folders are looked at for one argument; more is a mistake in the argument.
const MOST_ENTRIES: usize = 1_000_000;

/// A file that is to be run.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Scenario {
    /// Its path for people, reports, filters and partitions: relative, with `/`, the same on every machine.
    pub name: String,
    /// The path that it is read from.
    pub path: PathBuf,
}

/// Whether a file of this name is a scenario.
pub fn is_scenario(name: &str) -> bool {
    name == "connector.toml" || name.ends_with(".connector.toml")
}

/// The scenarios that `arguments` name, sorted by name: files, folders with everything in them, and globs. Hidden folders
/// and links to folders are left out, unless they are given themselves.
///
/// # Errors
/// A path that is not there or cannot be read, a file that is no scenario, a pattern that is none.
pub fn discover(arguments: &[PathBuf], current: &Path) -> Result<Vec<Scenario>, Error> {
    let mut found = Found { current, seen: BTreeSet::new(), scenarios: Vec::new() };
    for argument in arguments {
        found.argument(argument)?;
    }
    found.scenarios.sort();
    Ok(found.scenarios)
}

struct Found<'c> {
    current: &'c Path,
    seen: BTreeSet<PathBuf>,
    scenarios: Vec<Scenario>,
}

impl Found<'_> {
    fn argument(&mut self, argument: &Path) -> Result<(), Error> {
        let text = argument.to_string_lossy();
        match fs::metadata(argument) {
            Ok(data) if data.is_dir() => {
                let mut entries = 0;
                walk(argument, 0, &mut entries, &mut |path| self.add(path, argument))
            }
            Ok(_) if file_name(argument).is_some_and(is_scenario) => {
                self.add(argument, argument.parent().unwrap_or(argument));
                Ok(())
            }
            Ok(_) => Err(Error::input(
                format!("{text} is not a scenario"),
                "a scenario is named `connector.toml` or `NAME.connector.toml`; `connector-cli run` takes any config",
            )),
            Err(_) if is_glob(&text) => self.glob(argument, &text),
            Err(error) => Err(Error::input(format!("{text} cannot be read: {error}"), "")),
        }
    }

    fn glob(&mut self, argument: &Path, text: &str) -> Result<(), Error> {
        let glob = GlobBuilder::new(&words::path(&lexical(argument))).literal_separator(true).build();
        let matcher = glob
            .map_err(|error| Error::input(format!("{text} is not a pattern: {}", error.kind()), ""))?
            .compile_matcher();
        let literal: PathBuf =
            argument.components().take_while(|part| !is_glob(&part.as_os_str().to_string_lossy())).collect();
        let base = if literal.as_os_str().is_empty() { Path::new(".") } else { literal.as_path() };
        if !base.is_dir() {
            let message = format!("{text} matches nothing: there is no folder {}", base.display());
            return Err(Error::input(message, ""));
        }
        let mut entries = 0;
        walk(base, 0, &mut entries, &mut |path| {
            if matcher.is_match(words::path(&lexical(path))) {
                self.add(path, base);
            }
        })
    }

    fn add(&mut self, path: &Path, below: &Path) {
        let same = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        if self.seen.insert(same) {
            let name = name(path, below, self.current);
            self.scenarios.push(Scenario { name, path: path.to_owned() });
        }
    }
}

/// Gives every scenario below `folder` to `found`.
fn walk(folder: &Path, depth: usize, entries: &mut usize, found: &mut dyn FnMut(&Path)) -> Result<(), Error> {
    let unreadable =
        |error: std::io::Error| Error::input(format!("{} cannot be read: {error}", folder.display()), "");
    if depth > DEEPEST {
        let message = format!("{} is more than {DEEPEST} folders deep", folder.display());
        return Err(Error::input(message, "name the folder that holds the scenarios"));
    }
    for entry in fs::read_dir(folder).map_err(unreadable)? {
        let entry = entry.map_err(unreadable)?;
        *entries += 1;
        if *entries > MOST_ENTRIES {
            let message = format!("there are more than {MOST_ENTRIES} files below {}", folder.display());
            return Err(Error::input(message, "name the folder that holds the scenarios"));
        }
        let (path, kind) = (entry.path(), entry.file_type().map_err(unreadable)?);
        let Some(name) = file_name(&path) else { continue };
        if kind.is_dir() {
            if !name.starts_with('.') {
                walk(&path, depth + 1, entries, found)?;
            }
        } else if is_scenario(name) && path.is_file() {
            found(&path);
        }
    }
    Ok(())
}

/// What a scenario is called. A path below the current folder is relative to it; an absolute one elsewhere is relative to
/// the folder that holds the argument, so that where a machine keeps its files makes no difference.
fn name(path: &Path, below: &Path, current: &Path) -> String {
    let path = lexical(path);
    if !path.is_absolute() {
        return words::path(&path);
    }
    let outside = || below.parent().and_then(|above| path.strip_prefix(lexical(above)).ok());
    words::path(path.strip_prefix(current).ok().or_else(outside).unwrap_or(&path))
}

/// The path without `.` and without `folder/..`.
fn lexical(path: &Path) -> PathBuf {
    let mut parts = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir if matches!(parts.components().next_back(), Some(Component::Normal(_))) => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    parts
}

fn file_name(path: &Path) -> Option<&str> {
    path.file_name().and_then(|name| name.to_str())
}

fn is_glob(text: &str) -> bool {
    text.contains(['*', '?', '[', '{'])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for file in [
            "base.toml",
            "connector.toml",
            "b/late.connector.toml",
            "b/connector.toml",
            "b/source.toml",
            "a/deep/er/x.connector.toml",
            ".hidden/connector.toml",
            "odd[1]/connector.toml",
        ] {
            let path = folder.path().join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "").unwrap();
        }
        folder
    }

    /// The names found, `tree` being the current folder and also where the arguments are.
    fn check(arguments: &[&str], expect: &[&str]) {
        let tree = tree();
        let arguments: Vec<PathBuf> = arguments.iter().map(|argument| tree.path().join(argument)).collect();
        let names = |current: &Path| {
            let found = discover(&arguments, current).unwrap();
            found.into_iter().map(|scenario| scenario.name).collect::<Vec<_>>()
        };
        assert_eq!(names(tree.path()), expect);
    }

    #[test]
    fn folders_files_and_globs() {
        check(
            &["."],
            &[
                "a/deep/er/x.connector.toml",
                "b/connector.toml",
                "b/late.connector.toml",
                "connector.toml",
                "odd[1]/connector.toml",
            ],
        );
        check(&["b", "b/connector.toml", "a/../b"], &["b/connector.toml", "b/late.connector.toml"]);
        check(&["b/*.toml"], &["b/connector.toml", "b/late.connector.toml"]);
        check(&["*/connector.toml"], &["b/connector.toml", "odd[1]/connector.toml"]);
        check(&["**/x.connector.toml"], &["a/deep/er/x.connector.toml"]);
        check(&["{a,b}/**/*"], &["a/deep/er/x.connector.toml", "b/connector.toml", "b/late.connector.toml"]);
        check(&["odd[1]"], &["odd[1]/connector.toml"]);
        check(&[".hidden"], &[".hidden/connector.toml"]);
        check(&["b/c*r.tom?", "nothing*"], &["b/connector.toml"]);
    }

    #[test]
    fn a_name_does_not_depend_on_where_a_machine_keeps_its_files() {
        let check = |path: &str, below: &str, expect: &str| {
            assert_eq!(name(Path::new(path), Path::new(below), Path::new("/home/ci/work")), expect);
        };
        check("./suite/a/connector.toml", "./suite", "suite/a/connector.toml");
        check("suite/../other/connector.toml", "suite/../other", "other/connector.toml");
        check("../suite/connector.toml", "../suite", "../suite/connector.toml");
        if cfg!(unix) {
            check("/home/ci/work/suite/connector.toml", "/home/ci/work/suite", "suite/connector.toml");
            check("/srv/suite/a/connector.toml", "/srv/suite", "suite/a/connector.toml");
        }
    }

    #[test]
    fn what_is_no_scenario_is_said() {
        let tree = tree();
        let check = |argument: &str, expect: &str| {
            let error = discover(&[tree.path().join(argument)], tree.path()).unwrap_err();
            let Error::Input { message, .. } = error else { panic!("{error:?}") };
            let message =
                message.replace(&format!("{}{}", tree.path().display(), std::path::MAIN_SEPARATOR), "");
            assert!(message.starts_with(expect), "{message}");
        };
        check("base.toml", "base.toml is not a scenario");
        check("nowhere", "nowhere cannot be read: ");
        check("nowhere/*.toml", "nowhere/*.toml matches nothing: there is no folder nowhere");
        check("b/[*.toml", "b/[*.toml is not a pattern: ");
    }
}
