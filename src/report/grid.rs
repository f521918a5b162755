//! A table without lines but for one under its header, as wide as its content needs and no wider than it may be.

use comfy_table::{CellAlignment, ColumnConstraint, ContentArrangement, LineStyle, Table, TableStyle, Width};

use super::{Style, width};

/// Text is not wrapped into fewer columns than this.
const LEAST_TEXT: u16 = 12;

/// How a column is set.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Column {
    /// Text that may be wrapped where there is too little room.
    Text,
    /// Text that is never wrapped.
    Word,
    /// A number or a duration: to the right, never wrapped.
    Number,
}

/// A table that is being filled.
#[derive(Debug)]
pub struct Grid {
    columns: Vec<(String, Column)>,
    rows: Vec<Vec<String>>,
}

impl Grid {
    /// A table with these columns.
    pub fn new<'h>(columns: impl IntoIterator<Item = (&'h str, Column)>) -> Self {
        Self {
            columns: columns.into_iter().map(|(name, column)| (name.to_owned(), column)).collect(),
            rows: Vec::new(),
        }
    }

    /// Adds a row: a cell for each column.
    pub fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        self.rows.push(cells.into_iter().collect());
    }

    /// Takes out the columns that say nothing: every cell `-` or empty. The first one stays.
    pub fn drop_idle_columns(&mut self) {
        for at in (1..self.columns.len()).rev() {
            let idle = |row: &Vec<String>| row.get(at).is_none_or(|cell| cell.is_empty() || cell == "-");
            if self.rows.iter().all(idle) {
                self.columns.remove(at);
                for row in &mut self.rows {
                    if at < row.len() {
                        row.remove(at);
                    }
                }
            }
        }
    }

    /// The table's lines, each with its line break.
    pub fn draw(&self, style: &Style) -> String {
        let line = if style.ascii { '-' } else { '─' };
        let mut table = Table::new();
        table.load_style(TableStyle::new().header_separator(LineStyle::none().fill(line)));
        table.set_content_arrangement(ContentArrangement::Dynamic);
        table.set_width(u16::try_from(style.columns()).unwrap_or(u16::MAX));
        table.set_header(self.columns.iter().map(|(name, _)| name.as_str()));
        for row in &self.rows {
            table.add_row(row.iter().map(|cell| style.words(cell)));
        }
        let last = self.columns.len().saturating_sub(1);
        for (at, (_, kind)) in self.columns.iter().enumerate() {
            let Some(column) = table.column_mut(at) else { continue };
            let gap = if at == last { 0 } else { 2 };
            column.set_padding((0, gap));
            if *kind == Column::Number {
                column.set_cell_alignment(CellAlignment::Right);
            }
            // Where there is no room at all, a line that is too long can still be read; a letter a line cannot.
            column.set_constraint(match kind {
                Column::Text => ColumnConstraint::LowerBoundary(Width::Fixed(gap + self.least(at))),
                Column::Word | Column::Number => ColumnConstraint::ContentWidth,
            });
        }
        let mut drawn = table.trim_fmt();
        drawn.push('\n');
        drawn
    }

    /// The columns that the text in column `at` needs at the least.
    fn least(&self, at: usize) -> u16 {
        let heading = self.columns.get(at).map(|(name, _)| name.as_str());
        let cells = self.rows.iter().filter_map(|row| row.get(at)).flat_map(|cell| cell.lines());
        let widest = heading.into_iter().chain(cells).map(width).max();
        widest
            .and_then(|widest| u16::try_from(widest).ok())
            .map_or(LEAST_TEXT, |widest| widest.min(LEAST_TEXT))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(width: usize, ascii: bool, expect: &str) {
        let mut grid = Grid::new([
            ("name", Column::Text),
            ("n", Column::Number),
            ("idle", Column::Number),
            ("why", Column::Text),
        ]);
        grid.row(["one".into(), "1".into(), "-".into(), "because it is so, and not otherwise".into()]);
        grid.row(["another".into(), "1000".into(), String::new(), "–".into()]);
        grid.drop_idle_columns();
        assert_eq!(grid.draw(&Style { ascii, ..Style::plain(width) }), expect);
    }

    #[test]
    fn as_wide_as_needed_and_no_wider_than_allowed() {
        check(
            80,
            false,
            "name        n  why\n\
             ──────────────────────────────────────────────────\n\
             one         1  because it is so, and not otherwise\n\
             another  1000  –\n",
        );
        check(
            40,
            true,
            "name        n  why\n\
             ----------------------------------------\n\
             one         1  because it is so, and not\n\
             \u{20}              otherwise\n\
             another  1000  –\n",
        );
    }

    #[test]
    fn too_little_room_is_no_reason_to_write_a_letter_a_line() {
        let mut grid = Grid::new([("what", Column::Word), ("then", Column::Text)]);
        grid.row(["x".repeat(50), "next 1:05:00 or so".into()]);
        let drawn = grid.draw(&Style::plain(40));
        assert_eq!(drawn.lines().count(), 4, "{drawn}");
        assert!(drawn.contains("next 1:05:00\n"), "{drawn}");
    }
}
