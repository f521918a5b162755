//! Tables that a click on a heading sorts.

use std::io::{self, Write};

use super::text;

/// How a column is set, and what it is sorted by.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Column {
    /// Names and other short text.
    Text,
    /// Sentences.
    Words,
    /// Numbers, durations and moments: to the right.
    Number,
}

/// A cell: what it shows, as HTML, and what it is sorted by where that is something else.
#[derive(Clone, Debug)]
pub(super) struct Cell {
    pub(super) html: String,
    pub(super) by: Option<u64>,
}

impl Cell {
    pub(super) const fn html(html: String) -> Self {
        Self { html, by: None }
    }

    pub(super) const fn by(html: String, by: u64) -> Self {
        Self { html, by: Some(by) }
    }

    /// A count; nothing is a dash.
    pub(super) fn count(n: u64) -> Self {
        Self::by(if n == 0 { dash() } else { text::number(n) }, n)
    }

    /// A duration; none is a dash.
    pub(super) fn duration(duration: crate::model::Millis) -> Self {
        let html = if duration.0 == 0 { dash() } else { duration.to_string() };
        Self::by(html, duration.0)
    }

    /// A name from outside.
    pub(super) fn name(name: &str) -> Self {
        Self::html(text::name(name))
    }
}

/// What stands where there is nothing.
pub(super) fn dash() -> String {
    "<span class=\"none\">–</span>".to_owned()
}

/// A table that is being filled.
#[derive(Debug)]
pub(super) struct Table {
    id: &'static str,
    caption: String,
    columns: Vec<(String, Column)>,
    rows: Vec<Vec<Cell>>,
    feet: Vec<Vec<Cell>>,
}

impl Table {
    /// A table with this `id`, a caption (HTML) and these columns.
    pub(super) fn new<'h>(
        id: &'static str,
        caption: String,
        columns: impl IntoIterator<Item = (&'h str, Column)>,
    ) -> Self {
        let columns = columns.into_iter().map(|(heading, column)| (heading.to_owned(), column)).collect();
        Self { id, caption, columns, rows: Vec::new(), feet: Vec::new() }
    }

    /// Adds a row. Its first cell is its heading.
    pub(super) fn row(&mut self, cells: Vec<Cell>) {
        self.rows.push(cells);
    }

    /// Adds a row that stays below, however the table is sorted.
    pub(super) fn foot(&mut self, cells: Vec<Cell>) {
        self.feet.push(cells);
    }

    /// Takes out the columns in which nothing stands.
    pub(super) fn drop_idle_columns(&mut self) {
        for at in (0..self.columns.len()).rev() {
            let idle =
                |row: &Vec<Cell>| row.get(at).is_none_or(|cell| cell.html.is_empty() || cell.html == dash());
            if self.rows.iter().chain(&self.feet).all(idle) {
                self.columns.remove(at);
                for row in self.rows.iter_mut().chain(&mut self.feet).filter(|row| at < row.len()) {
                    row.remove(at);
                }
            }
        }
    }

    pub(super) fn write(&self, to: &mut dyn Write) -> io::Result<()> {
        let Self { id, caption, .. } = self;
        writeln!(
            to,
            "<div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-labelledby=\"{id}-caption\">"
        )?;
        let sortable = if self.rows.len() > 1 { " class=\"sortable\"" } else { "" };
        writeln!(
            to,
            "<table id=\"{id}\"{sortable}><caption id=\"{id}-caption\"><span>{caption}</span></caption>\n<thead><tr>"
        )?;
        for (heading, column) in &self.columns {
            writeln!(to, "<th scope=\"col\"{}>{}</th>", class(*column), text::escape(heading))?;
        }
        writeln!(to, "</tr></thead>\n<tbody>")?;
        self.rows.iter().try_for_each(|row| self.write_row(row, to))?;
        writeln!(to, "</tbody>")?;
        if !self.feet.is_empty() {
            writeln!(to, "<tfoot>")?;
            self.feet.iter().try_for_each(|row| self.write_row(row, to))?;
            writeln!(to, "</tfoot>")?;
        }
        writeln!(to, "</table></div>")
    }

    fn write_row(&self, row: &[Cell], to: &mut dyn Write) -> io::Result<()> {
        write!(to, "<tr>")?;
        for (place, (Cell { html, by }, (_, column))) in row.iter().zip(&self.columns).enumerate() {
            let (tag, scope) = if place == 0 { ("th", " scope=\"row\"") } else { ("td", "") };
            write!(to, "<{tag}{scope}{}", class(*column))?;
            if let Some(by) = by {
                write!(to, " data-by=\"{by}\"")?;
            }
            write!(to, ">{html}</{tag}>")?;
        }
        writeln!(to, "</tr>")
    }
}

const fn class(column: Column) -> &'static str {
    match column {
        Column::Text => "",
        Column::Words => " class=\"words\"",
        Column::Number => " class=\"n\"",
    }
}
