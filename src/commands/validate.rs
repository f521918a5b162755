//! `connector-cli validate`: everything that is wrong with configs and content sources, and nothing else.

use std::io::{self, Write};
use std::path::PathBuf;

use crate::config::{self, Overrides};

/// How problems are shown.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Style {
    /// A line each, `path:line:column: message`, instead of with the source.
    pub short: bool,
    /// In colour.
    pub colour: bool,
    /// So many columns wide.
    pub width: usize,
}

/// Validates each of `paths`, a connector config or a content source, and writes what it finds. The exit code: 0, or 2 if
/// there was a problem.
///
/// # Errors
/// `out` cannot be written to.
pub fn run(paths: &[PathBuf], overrides: &Overrides, style: Style, out: &mut dyn Write) -> io::Result<u8> {
    let mut exit = 0;
    for path in paths {
        match config::check(path, overrides) {
            Err(problems) => {
                exit = 2;
                if style.short {
                    problems.short().try_for_each(|line| writeln!(out, "{line}"))?;
                } else {
                    writeln!(out, "{}", problems.render(style.width, style.colour))?;
                }
            }
            Ok(warnings) => {
                for warning in &warnings {
                    let (path, line, column) = &warning.place;
                    writeln!(out, "{path}:{line}:{column}: warning: {}", warning.message)?;
                }
                if !style.short {
                    writeln!(out, "{}: valid", path.display())?;
                }
            }
        }
    }
    Ok(exit)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The exit code and what is written, `fixtures` being the current folder.
    fn check(paths: &[&str], style: Style, exit: u8, expect: &str) {
        let fixtures = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
        let paths: Vec<PathBuf> = paths.iter().map(|path| fixtures.join(path)).collect();
        let mut out = Vec::new();
        assert_eq!(run(&paths, &Overrides::default(), style, &mut out).unwrap(), exit);
        let out = String::from_utf8(out).unwrap().replace('\\', "/");
        let folder = format!("{}/", fixtures.display()).replace('\\', "/");
        assert_eq!(out.replace(&folder, ""), expect);
    }

    const SHORT: Style = Style { short: true, colour: false, width: 80 };

    #[test]
    fn valid_configs_and_sources() {
        let style = Style { short: false, ..SHORT };
        let paths = ["quickstart/connector.toml", "quickstart/source.toml"];
        check(&paths, style, 0, "quickstart/connector.toml: valid\nquickstart/source.toml: valid\n");
        check(&paths, SHORT, 0, "");
    }

    #[test]
    fn one_problem_is_enough_for_the_exit_code_and_does_not_stop_the_rest() {
        let paths = ["nope.toml", "quickstart", "back-off/connector.toml"];
        check(
            &paths,
            SHORT,
            2,
            "nope.toml:1:1: cannot be read: there is no such file\nquickstart:1:1: cannot be read: it is a directory\n",
        );
    }
}
