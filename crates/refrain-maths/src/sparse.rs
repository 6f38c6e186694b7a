//! Sparse rows: records as weighted terms.

use rayon::prelude::*;

use crate::dense::{Dense, add_scaled};

/// Rows of (column, value), columns rising within a row.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sparse {
    starts: Vec<usize>,
    columns: Vec<u32>,
    values: Vec<f32>,
    width: usize,
}

impl Sparse {
    /// From rows whose columns rise; a column at or beyond `width` is dropped.
    pub fn from_rows<'a>(width: usize, rows: impl IntoIterator<Item = &'a [(u32, f32)]>) -> Self {
        let mut out = Self { starts: vec![0], width, ..Self::default() };
        for row in rows {
            for (column, value) in row.iter().filter(|(column, _)| (*column as usize) < width) {
                out.columns.push(*column);
                out.values.push(*value);
            }
            out.starts.push(out.columns.len());
        }
        out
    }

    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.starts.len().saturating_sub(1)
    }

    /// Number of columns.
    pub fn width(&self) -> usize {
        self.width
    }

    /// Stored values.
    pub fn stored(&self) -> usize {
        self.values.len()
    }

    /// One row: columns and values.
    pub fn row(&self, row: usize) -> (&[u32], &[f32]) {
        let span = self.starts[row]..self.starts[row + 1];
        (&self.columns[span.clone()], &self.values[span])
    }

    /// Columns as rows.
    pub fn transposed(&self) -> Self {
        let mut starts = vec![0usize; self.width + 1];
        self.columns.iter().for_each(|c| starts[*c as usize + 1] += 1);
        for at in 1..starts.len() {
            starts[at] += starts[at - 1];
        }
        let (mut next, mut columns, mut values) = (starts.clone(), vec![0; self.columns.len()], vec![0.0; self.values.len()]);
        for row in 0..self.rows() {
            let (row_columns, row_values) = self.row(row);
            for (column, value) in row_columns.iter().zip(row_values) {
                let at = &mut next[*column as usize];
                (columns[*at], values[*at]) = (row as u32, *value);
                *at += 1;
            }
        }
        Self { starts, columns, values, width: self.rows() }
    }

    /// This matrix times `right`: each row is summed by one thread in the order of its columns, so threads change nothing.
    pub fn times(&self, right: &Dense) -> Dense {
        let width = right.width();
        let mut out = Dense::zeros(self.rows(), width);
        if width > 0 {
            out.values_mut().par_chunks_mut(width).enumerate().for_each(|(row, into)| {
                let (columns, values) = self.row(row);
                columns.iter().zip(values).for_each(|(column, value)| add_scaled(into, right.row(*column as usize), *value));
            });
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn turning_twice_gives_the_same() {
        let rows: [&[(u32, f32)]; 3] = [&[(0, 1.0), (2, 2.0)], &[], &[(1, 3.0), (9, 1.0)]];
        let sparse = Sparse::from_rows(3, rows);
        assert_eq!((sparse.rows(), sparse.width(), sparse.stored()), (3, 3, 3));
        assert_eq!(sparse.transposed().transposed(), sparse);
    }

    #[test]
    fn product_by_hand() {
        let rows: [&[(u32, f32)]; 2] = [&[(0, 1.0), (1, 2.0)], &[(1, 3.0)]];
        let product = Sparse::from_rows(2, rows).times(&Dense::from_values(2, vec![1.0, 2.0, 10.0, 20.0]));
        assert_eq!(product.values(), [21.0, 42.0, 30.0, 60.0]);
    }
}
