//! Aligns cells in columns: the first few, which are names, to the left, and the figures to the right.
//!
//! Every bench prints a table, and a general table crate would add too much to its build time. A test checks that the
//! output equals comfy-table's.

use unicode_width::UnicodeWidthStr as _;

/// How columns are separated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Look {
    /// By spaces.
    Plain,
    /// As a table of Markdown.
    Markdown,
}

/// Rows of cells, the header first. A cell has one line.
pub(super) struct Grid {
    look: Look,
    /// How many columns are aligned to the left.
    names: usize,
    rows: Vec<Vec<String>>,
}

impl Grid {
    pub(super) fn new(look: Look, names: usize, header: Vec<String>) -> Self {
        Self {
            look,
            names,
            rows: vec![header],
        }
    }

    pub(super) fn add(&mut self, row: Vec<String>) {
        self.rows.push(row);
    }

    /// The rows as aligned lines, without trailing spaces.
    pub(super) fn lines(&self) -> Vec<String> {
        let mut widths = Vec::new();
        for row in &self.rows {
            widths.resize(widths.len().max(row.len()), 1);
            for (width, cell) in widths.iter_mut().zip(row) {
                *width = cell.width().max(*width);
            }
        }
        let mut lines = Vec::new();
        for row in &self.rows {
            lines.push(self.line(row, &widths));
            if self.look == Look::Markdown && lines.len() == 1 {
                let dashes = widths.iter().map(|width| "-".repeat(width + 2));
                lines.push(format!("|{}|", dashes.collect::<Vec<_>>().join("|")));
            }
        }
        lines
    }

    fn line(&self, row: &[String], widths: &[usize]) -> String {
        let bar = match self.look {
            Look::Plain => "",
            Look::Markdown => "|",
        };
        let mut line = bar.to_owned();
        for (place, &width) in widths.iter().enumerate() {
            let cell = row.get(place).map_or("", String::as_str);
            let space = " ".repeat(width - cell.width());
            let (before, behind) = match place < self.names {
                true => ("", space.as_str()),
                false => (space.as_str(), ""),
            };
            for part in [" ", before, cell, behind, " ", bar] {
                line.push_str(part);
            }
        }
        line.truncate(line.trim_end().len());
        line
    }
}

#[cfg(all(test, feature = "evidence"))]
mod tests {
    use comfy_table::{CellAlignment, Table, presets};

    use super::*;

    /// The same cells as comfy-table shows them.
    fn comfy(look: Look, names: usize, rows: &[Vec<String>]) -> Vec<String> {
        let mut table = Table::new();
        table
            .load_style(match look {
                Look::Plain => presets::NOTHING,
                Look::Markdown => presets::ASCII_MARKDOWN,
            })
            .set_header(rows[0].clone());
        for column in table.column_iter_mut().skip(names) {
            column.set_cell_alignment(CellAlignment::Right);
        }
        for row in &rows[1..] {
            table.add_row(row.clone());
        }
        let text = table.to_string();
        text.lines()
            .map(|line| line.trim_end().to_owned())
            .collect()
    }

    #[test]
    fn it_looks_as_a_table_of_comfy_table() {
        let cells: [&[[&str; 4]]; 4] = [
            &[["subject", "input", "time/op", "allocs/op"]],
            &[
                ["subject", "input", "time/op", "allocs/op"],
                ["parse/one", "", "* 1.50 µs (+1.50 %) [1]", "* 0"],
                ["", "", "", ""],
                ["parse/two and more", "日本語", "n/a", "1,000,000"],
                ["e\u{301}tude", "👩‍🚀", "~7", "n/a"],
            ],
            &[["a", "b", "c", "d"], ["", "", "", ""]],
            &[["", "", "", ""], ["x", "", "", "  y  "]],
        ];
        for rows in cells {
            let rows: Vec<Vec<String>> = (rows.iter())
                .map(|row| row.map(str::to_owned).to_vec())
                .collect();
            for look in [Look::Plain, Look::Markdown] {
                let mut grid = Grid::new(look, 2, rows[0].clone());
                rows[1..].iter().for_each(|row| grid.add(row.clone()));
                assert_eq!(grid.lines(), comfy(look, 2, &rows));
            }
        }
    }
}
