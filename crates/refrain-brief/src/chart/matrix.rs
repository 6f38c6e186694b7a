//! Ideal stage against stage found, the count in each cell.

use super::{Drawing, WIDTH, width};

/// A matrix whose last row and column may stand apart (unknown).
#[derive(Clone, Debug, Default)]
pub struct Matrix {
    /// Heads of rows.
    pub rows: Vec<String>,
    /// Short heads of columns.
    pub columns: Vec<String>,
    /// Columns in production.
    pub production: Vec<bool>,
    /// Counts; nothing where no escape is possible.
    pub cells: Vec<Vec<Option<u64>>>,
    /// The last row is that of unknown ideal stage.
    pub row_apart: bool,
    /// The last column is that of unknown stage found.
    pub column_apart: bool,
}

const APART: f64 = 5.0;
const ROW: f64 = 17.6;
const ALL: f64 = 26.0;

/// Heat by steps that hold in print and in black and white: the count is always in the cell.
fn heat(n: u64) -> (&'static str, &'static str) {
    match n {
        0 => ("h0", "h0t"),
        1..=2 => ("h1", "h1t"),
        3..=5 => ("h2", "h2t"),
        6..=9 => ("h3", "h3t"),
        _ => ("h4", "h4t"),
    }
}

struct Grid {
    left: f64,
    cell: f64,
    columns: usize,
    column_apart: bool,
}

/// Above the first row: "found at" and the heads of columns, with the line over production between them.
const TOP: f64 = 39.0;

impl Grid {
    fn of(m: &Matrix) -> Self {
        let left = m.rows.iter().map(|r| width::of(r, 10.2)).fold(50.0, f64::max).min(78.0) + 7.0;
        let apart = if m.column_apart { APART } else { 0.0 };
        let cell = (WIDTH - left - ALL - apart) / m.columns.len().max(1) as f64;
        Self { left, cell, columns: m.columns.len(), column_apart: m.column_apart }
    }

    fn x(&self, column: usize) -> f64 {
        let apart = if self.column_apart && column + 1 == self.columns { APART } else { 0.0 };
        self.left + self.cell * column as f64 + apart
    }
}

/// Rows from the earliest ideal stage, columns from the earliest stage found, sums at the margins.
pub fn matrix(m: &Matrix) -> Drawing {
    let mut d = Drawing::new();
    let grid = Grid::of(m);
    heads(&mut d, m, &grid);
    let mut y = TOP;
    for (r, name) in m.rows.iter().enumerate() {
        if m.row_apart && r + 1 == m.rows.len() {
            y += APART;
        }
        d.text(0.0, y + 12.4, "tk", width::fit(name, 10.2, grid.left - 5.0));
        for (c, n) in m.cells[r].iter().enumerate() {
            cell(&mut d, &grid, c, y, *n);
        }
        d.end(WIDTH, y + 12.4, "tk", crate::print::count(m.cells[r].iter().flatten().sum()));
        y += ROW;
    }
    sums(&mut d, m, &grid, y + 3.0);
    d.height = y + 21.0;
    d
}

fn heads(d: &mut Drawing, m: &Matrix, grid: &Grid) {
    let base = TOP - 6.0;
    d.text(0.0, base, "th", "ideal stage");
    d.text(grid.left, 9.0, "th", "found at");
    for (c, name) in m.columns.iter().enumerate() {
        d.middle(grid.x(c) + (grid.cell - 2.0) / 2.0, base, "th", width::abbreviated(name, 9.4, grid.cell - 1.0));
    }
    d.end(WIDTH, base, "th", "all");
    production(d, m, grid);
}

/// A line above the columns that are in production, with the word where it fits.
fn production(d: &mut Drawing, m: &Matrix, grid: &Grid) {
    let inside: Vec<usize> = (0..m.columns.len()).filter(|c| m.production.get(*c) == Some(&true)).collect();
    let (Some(first), Some(last)) = (inside.first(), inside.last()) else { return };
    let (from, to) = (grid.x(*first), grid.x(*last) + grid.cell - 2.0);
    let y = 22.0;
    d.line((from, y), (to, y), "rule");
    let half = width::of("Production", 9.4) / 2.0;
    d.middle(((from + to) / 2.0).min(WIDTH - half), y - 3.0, "th", "Production");
}

fn cell(d: &mut Drawing, grid: &Grid, column: usize, y: f64, n: Option<u64>) {
    let Some(n) = n else { return };
    let (fill, ink) = heat(n);
    d.rect(grid.x(column), y, grid.cell - 2.0, ROW - 1.8, fill);
    d.middle(grid.x(column) + (grid.cell - 2.0) / 2.0, y + 11.6, ink, crate::print::count(n));
}

fn sums(d: &mut Drawing, m: &Matrix, grid: &Grid, y: f64) {
    d.line((0.0, y), (WIDTH, y), "rule");
    d.text(0.0, y + 13.0, "th", "all");
    for c in 0..m.columns.len() {
        let sum: u64 = m.cells.iter().filter_map(|row| row[c]).sum();
        d.middle(grid.x(c) + (grid.cell - 2.0) / 2.0, y + 13.0, "tk", crate::print::count(sum));
    }
    let all: u64 = m.cells.iter().flatten().flatten().sum();
    d.end(WIDTH, y + 13.0, "tk", crate::print::count(all));
}
