//! Where output goes and how it may look, decided in one place: data to standard output, everything else to standard
//! error; colour, width and characters from the surroundings.
//!
//! * Colour: none if `NO_COLOR` is set to anything; else always if `CLICOLOR_FORCE` is set to anything but `0`; else on a
//!   terminal that is not `TERM=dumb`.
//! * Width: `COLUMNS`, else the terminal's, else [`PIPE_WIDTH`].
//! * Characters: ASCII with `--ascii`, or where the locale says that it is not UTF-8.

use std::io::{self, IsTerminal, Write};

use clap::builder::StyledStr;

use crate::config::Problems;
use crate::report::{Style, Tone};

/// Columns where nobody says how many there are: in a pipe or a file.
pub const PIPE_WIDTH: usize = 100;

/// No line is made wider, whatever `COLUMNS` says: a drawing takes memory for each column.
const WIDEST: usize = 1000;

/// What the program finds around it, read once.
#[derive(Clone, Debug, Default)]
pub struct Surroundings {
    /// The environment variables that matter here, where they are set.
    pub variables: Variables,
    /// Whether standard output is a terminal.
    pub stdout_is_terminal: bool,
    /// Whether standard error is a terminal.
    pub stderr_is_terminal: bool,
    /// The terminal's columns, where there is one.
    pub terminal_columns: Option<usize>,
}

/// Environment variables; empty where they are not set, since an empty one counts as not set.
#[derive(Clone, Debug, Default)]
#[allow(missing_docs, reason = "each is the variable of the same name")]
pub struct Variables {
    pub no_color: String,
    pub clicolor_force: String,
    pub term: String,
    pub columns: String,
    pub lc_all: String,
    pub lc_ctype: String,
    pub lang: String,
    pub ci: String,
    pub github_actions: String,
}

impl Surroundings {
    /// Those of this process.
    pub fn of_this_process() -> Self {
        let read = |name| {
            std::env::var_os(name).map(|value| value.to_string_lossy().into_owned()).unwrap_or_default()
        };
        Self {
            variables: Variables {
                no_color: read("NO_COLOR"),
                clicolor_force: read("CLICOLOR_FORCE"),
                term: read("TERM"),
                columns: read("COLUMNS"),
                lc_all: read("LC_ALL"),
                lc_ctype: read("LC_CTYPE"),
                lang: read("LANG"),
                ci: read("CI"),
                github_actions: read("GITHUB_ACTIONS"),
            },
            stdout_is_terminal: io::stdout().is_terminal(),
            stderr_is_terminal: io::stderr().is_terminal(),
            terminal_columns: terminal_size::terminal_size().map(|(columns, _)| usize::from(columns.0)),
        }
    }

    /// How standard output may look.
    fn stdout_style(&self) -> Style {
        self.style(self.stdout_is_terminal)
    }

    /// How standard error may look.
    fn stderr_style(&self) -> Style {
        self.style(self.stderr_is_terminal)
    }

    fn style(&self, is_terminal: bool) -> Style {
        let variables = &self.variables;
        let forced = !matches!(variables.clicolor_force.as_str(), "" | "0");
        let colour = variables.no_color.is_empty() && (forced || is_terminal && variables.term != "dumb");
        let told = variables.columns.trim().parse().ok().filter(|columns| *columns > 0);
        let terminal = self.terminal_columns.filter(|columns| is_terminal && *columns > 0);
        let width = told.or(terminal).unwrap_or(PIPE_WIDTH).min(WIDEST);
        Style { width, colour, ascii: !self.is_utf8() }
    }

    /// Whether the locale allows more than ASCII. One that is not set, as in containers and on Windows, does not forbid it.
    fn is_utf8(&self) -> bool {
        let Variables { lc_all, lc_ctype, lang, .. } = &self.variables;
        let locale = [lc_all, lc_ctype, lang].into_iter().find(|locale| !locale.is_empty());
        locale.is_none_or(|locale| match locale.split_once('.') {
            Some((_, codeset)) => crate::model::normalised(codeset).starts_with("utf8"),
            None => !matches!(locale.as_str(), "C" | "POSIX"),
        })
    }
}

/// Where a command writes to. Standard output is held back for speed, but never behind something that is written to
/// standard error later.
#[allow(
    clippy::struct_excessive_bools,
    reason = "each is a fact about the surroundings that has nothing to do with the others"
)]
pub struct Output<'w> {
    out: &'w mut dyn Write,
    err: &'w mut dyn Write,
    out_style: Style,
    err_style: Style,
    animated: bool,
    in_ci: bool,
    annotates: bool,
    quiet: bool,
}

impl<'w> Output<'w> {
    /// Writes to these, looking as the surroundings allow.
    pub fn new(out: &'w mut dyn Write, err: &'w mut dyn Write, surroundings: &Surroundings) -> Self {
        let (out_style, err_style) = (surroundings.stdout_style(), surroundings.stderr_style());
        let animated = surroundings.stderr_is_terminal && surroundings.variables.term != "dumb";
        let in_ci = !surroundings.variables.ci.is_empty();
        let annotates = surroundings.variables.github_actions == "true";
        Self { out, err, out_style, err_style, animated, in_ci, annotates, quiet: false }
    }

    /// Writes to these as to a pipe.
    pub fn plain(out: &'w mut dyn Write, err: &'w mut dyn Write) -> Self {
        Self::new(out, err, &Surroundings::default())
    }

    /// Draws with ASCII characters only, if `ascii`.
    pub fn use_ascii(&mut self, ascii: bool) {
        self.out_style.ascii |= ascii;
        self.err_style.ascii |= ascii;
    }

    /// Leaves notes out, if `quiet`.
    pub fn be_quiet(&mut self, quiet: bool) {
        self.quiet |= quiet;
    }

    /// How data for people may look.
    pub const fn style(&self) -> Style {
        self.out_style
    }

    /// Standard output: the data that the command is asked for.
    pub fn data(&mut self) -> &mut dyn Write {
        self.out
    }

    /// Standard output for data and standard error for what is told beside it, both at once.
    pub fn streams(&mut self) -> (&mut dyn Write, &mut dyn Write) {
        (self.out, self.err)
    }

    /// How what is told beside the data may look.
    pub const fn note_style(&self) -> Style {
        self.err_style
    }

    /// Whether something live, such as a progress bar, may be drawn on standard error.
    pub const fn may_animate(&self) -> bool {
        self.animated && !self.quiet
    }

    /// Whether this is a CI system (`CI` is set), where nothing of the input may be written.
    pub const fn in_ci(&self) -> bool {
        self.in_ci
    }

    /// Whether whoever reads standard output makes annotations of lines such as `::error file=…::…` (GitHub Actions).
    pub const fn annotates(&self) -> bool {
        self.annotates
    }

    /// Something that the user may like to know beside the data.
    ///
    /// # Errors
    /// Standard error cannot be written.
    pub fn note(&mut self, text: &str) -> io::Result<()> {
        if self.quiet {
            return Ok(());
        }
        self.out.flush()?;
        writeln!(self.err, "{}", self.err_style.words(text))
    }

    /// Something that deserves a look.
    ///
    /// # Errors
    /// Standard error cannot be written.
    pub fn warning(&mut self, text: &str) -> io::Result<()> {
        self.out.flush()?;
        let heading = self.err_style.paint(Tone::Caution, "warning:");
        writeln!(self.err, "{heading} {}", self.err_style.words(text))
    }

    /// Something that stopped the command, and what to do about it.
    ///
    /// # Errors
    /// Standard error cannot be written.
    pub fn error(&mut self, message: &str, hint: &str) -> io::Result<()> {
        let heading = self.err_style.paint(Tone::Bad, "error:");
        writeln!(self.err, "{heading} {}", self.err_style.words(message))?;
        hint.lines().try_for_each(|line| writeln!(self.err, "  {}", self.err_style.words(line)))
    }

    /// What is wrong with a config: each problem with its source shown.
    ///
    /// # Errors
    /// Standard error cannot be written.
    pub fn problems(&mut self, problems: &Problems) -> io::Result<()> {
        let text = problems.render(self.err_style.columns(), self.err_style.colour);
        self.err.write_all(self.err_style.words(&text).as_bytes())
    }

    /// What clap says to standard output: help and version.
    ///
    /// # Errors
    /// Standard output cannot be written.
    pub fn styled(&mut self, text: &StyledStr) -> io::Result<()> {
        write_styled(self.out, text, &self.out_style)
    }

    /// What clap says to standard error: wrong usage.
    ///
    /// # Errors
    /// Standard error cannot be written.
    pub fn styled_error(&mut self, text: &StyledStr) -> io::Result<()> {
        write_styled(self.err, text, &self.err_style)
    }

    /// Writes out everything that is still held back.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn flush(&mut self) -> io::Result<()> {
        self.out.flush()?;
        self.err.flush()
    }
}

fn write_styled(to: &mut dyn Write, text: &StyledStr, style: &Style) -> io::Result<()> {
    let text = if style.colour { text.ansi().to_string() } else { text.to_string() };
    to.write_all(style.words(&text).as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(surroundings: &Surroundings, is_terminal: bool, colour: bool, width: usize, ascii: bool) {
        assert_eq!(surroundings.style(is_terminal), Style { width, colour, ascii }, "{surroundings:?}");
    }

    fn with(variables: Variables) -> Surroundings {
        Surroundings { variables, terminal_columns: Some(80), ..Surroundings::default() }
    }

    #[test]
    fn colour() {
        let plain = with(Variables::default());
        check(&plain, true, true, 80, false);
        check(&plain, false, false, PIPE_WIDTH, false);
        check(&with(Variables { no_color: "1".into(), ..Variables::default() }), true, false, 80, false);
        check(&with(Variables { term: "dumb".into(), ..Variables::default() }), true, false, 80, false);
        let forced = Variables { clicolor_force: "1".into(), ..Variables::default() };
        check(&with(forced.clone()), false, true, PIPE_WIDTH, false);
        check(&with(Variables { no_color: "1".into(), ..forced }), false, false, PIPE_WIDTH, false);
        check(
            &with(Variables { clicolor_force: "0".into(), ..Variables::default() }),
            false,
            false,
            PIPE_WIDTH,
            false,
        );
    }

    #[test]
    fn width() {
        let columns = |columns: &str| with(Variables { columns: columns.into(), ..Variables::default() });
        check(&columns("132"), true, true, 132, false);
        check(&columns("132"), false, false, 132, false);
        check(&columns("99999999999"), false, false, WIDEST, false);
        for nonsense in ["0", "-5", "wide", "99999999999999999999999999"] {
            check(&columns(nonsense), true, true, 80, false);
        }
    }

    #[test]
    fn characters() {
        let check = |lc_all: &str, lang: &str, ascii| {
            let variables = Variables { lc_all: lc_all.into(), lang: lang.into(), ..Variables::default() };
            assert_eq!(with(variables).style(false).ascii, ascii, "{lc_all:?} {lang:?}");
        };
        check("", "", false);
        check("", "C", true);
        check("", "POSIX", true);
        check("", "C.UTF-8", false);
        check("", "de_DE.utf8", false);
        check("", "de_DE.ISO-8859-1", true);
        check("C", "de_DE.UTF-8", true);
    }

    #[test]
    fn notes_are_left_out_when_quiet_and_errors_are_not() {
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let mut output = Output::plain(&mut out, &mut err);
        output.use_ascii(true);
        output.be_quiet(true);
        output.note("3 × 4").unwrap();
        output.warning("3 × 4").unwrap();
        output.error("3 × 4", "one\ntwo").unwrap();
        assert_eq!(String::from_utf8(err).unwrap(), "warning: 3 x 4\nerror: 3 x 4\n  one\n  two\n");
    }
}
