//! Tables whose columns are as wide as what they show, and not wider than the terminal.

/// A table of text.
pub struct Table<const N: usize> {
    rows: Vec<[String; N]>,
}

impl<const N: usize> Table<N> {
    /// A table with a heading.
    pub fn new(heading: [&str; N]) -> Table<N> {
        Table { rows: vec![heading.map(str::to_owned)] }
    }

    /// Adds a row.
    pub fn row(&mut self, cells: [String; N]) {
        self.rows.push(cells);
    }

    /// The lines. Where they would be too wide, the widest column is cut.
    pub fn text(&self, indent: &str, columns: usize) -> String {
        let mut widths = [0; N];
        for row in &self.rows {
            for (width, cell) in widths.iter_mut().zip(row) {
                *width = (*width).max(cell.chars().count());
            }
        }
        let gaps = 2 * N.saturating_sub(1) + indent.chars().count();
        while gaps + widths.iter().sum::<usize>() > columns {
            let widest = widths.iter_mut().max();
            match widest.filter(|width| **width > 12) {
                Some(width) => *width -= 1,
                None => break,
            }
        }
        let mut text = String::new();
        for row in &self.rows {
            let cells = row.iter().zip(widths).map(|(cell, width)| cut(cell, width));
            let line = cells.collect::<Vec<_>>().join("  ");
            text += indent;
            text += line.trim_end();
            text.push('\n');
        }
        text
    }
}

/// A cell in its column; what is too wide ends in `...`.
fn cut(cell: &str, width: usize) -> String {
    if cell.chars().count() <= width {
        return format!("{cell:<width$}");
    }
    cell.chars().take(width.saturating_sub(3)).collect::<String>() + "..."
}
