//! How output for people may look.

/// How output for people may look; whoever calls knows the terminal, the drawing code does not.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Style {
    /// Columns to fill at most. Drawings keep to [`Self::MIN_WIDTH`] at the least.
    pub width: usize,
    /// Whether escape sequences for colour are allowed.
    pub colour: bool,
    /// Whether everything that we draw ourselves must be ASCII. Names from the input stay as they are.
    pub ascii: bool,
}

/// What a colour stands for. Nothing is said by colour alone.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Tone {
    /// A heading.
    Heading,
    /// As it should be.
    Good,
    /// Something failed.
    Bad,
    /// Deserves a look.
    Caution,
    /// Less important than the rest.
    Faint,
}

impl Style {
    /// Narrower than this nothing can be read, so nothing is drawn narrower.
    pub const MIN_WIDTH: usize = 40;

    /// No colour, UTF-8, this wide.
    pub const fn plain(width: usize) -> Self {
        Self { width, colour: false, ascii: false }
    }

    /// The columns to fill.
    pub const fn columns(&self) -> usize {
        if self.width < Self::MIN_WIDTH { Self::MIN_WIDTH } else { self.width }
    }

    /// `text` in the colour of `tone`, where colour is allowed.
    pub fn paint(&self, tone: Tone, text: &str) -> String {
        if !self.colour {
            return text.to_owned();
        }
        let style = match tone {
            Tone::Heading => anstyle::Style::new().bold(),
            Tone::Good => anstyle::AnsiColor::Green.on_default(),
            Tone::Bad => anstyle::AnsiColor::Red.on_default().bold(),
            Tone::Caution => anstyle::AnsiColor::Yellow.on_default(),
            Tone::Faint => anstyle::Style::new().dimmed(),
        };
        format!("{style}{text}{style:#}")
    }

    /// Words of our own in the characters allowed: `×` becomes `x` where they must be ASCII.
    pub fn words(&self, text: &str) -> String {
        if !self.ascii || text.is_ascii() {
            return text.to_owned();
        }
        let mut plain = String::with_capacity(text.len());
        for c in text.chars() {
            match c {
                '×' => plain.push('x'),
                '→' => plain.push_str("->"),
                '…' => plain.push_str("..."),
                '·' => plain.push('-'),
                '✓' => plain.push_str("ok"),
                '✗' => plain.push_str("FAIL"),
                '≥' => plain.push_str(">="),
                c => plain.push(c),
            }
        }
        plain
    }

    /// What stands for text that was cut.
    pub const fn ellipsis(&self) -> &'static str {
        if self.ascii { "..." } else { "…" }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colour_and_characters_only_where_allowed() {
        let check = |colour, ascii, expect: (&str, &str)| {
            let style = Style { width: 80, colour, ascii };
            assert_eq!((&*style.paint(Tone::Good, "ok"), &*style.words("2 × 3 → 6")), expect);
        };
        check(false, false, ("ok", "2 × 3 → 6"));
        check(true, false, ("\u{1b}[32mok\u{1b}[0m", "2 × 3 → 6"));
        check(false, true, ("ok", "2 x 3 -> 6"));
    }
}
