//! Rows of equal width in one block of memory: points of the mechanism view, factors of a matrix.

use ndarray::{Array2, ArrayView2, Axis, Slice};

/// Points as rows. Wraps an array of `ndarray`, which no other room knows.
#[derive(Clone, Debug, PartialEq)]
pub struct Dense(pub(crate) Array2<f32>);

impl Dense {
    /// All zero.
    pub fn zeros(rows: usize, width: usize) -> Self {
        Self(Array2::zeros((rows, width)))
    }

    /// From rows one after another. Values beyond the last whole row are dropped.
    pub fn from_values(width: usize, mut values: Vec<f32>) -> Self {
        let rows = values.len().checked_div(width).unwrap_or(0);
        values.truncate(rows * width);
        Self(Array2::from_shape_vec((rows, width), values).unwrap_or_else(|_| Array2::zeros((0, width))))
    }

    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.0.nrows()
    }

    /// Width of a row.
    pub fn width(&self) -> usize {
        self.0.ncols()
    }

    /// One row.
    pub fn row(&self, row: usize) -> &[f32] {
        let width = self.width();
        &self.values()[row * width..(row + 1) * width]
    }

    /// One row, to be written.
    pub fn row_mut(&mut self, row: usize) -> &mut [f32] {
        let width = self.width();
        &mut self.values_mut()[row * width..(row + 1) * width]
    }

    /// All values, row after row.
    pub fn values(&self) -> &[f32] {
        self.0.as_slice().unwrap_or(&[])
    }

    /// All values, row after row, to be written.
    pub fn values_mut(&mut self) -> &mut [f32] {
        self.0.as_slice_mut().unwrap_or(&mut [])
    }

    /// Rows `first..last`.
    pub(crate) fn block(&self, first: usize, last: usize) -> ArrayView2<'_, f32> {
        self.0.slice_axis(Axis(0), Slice::from(first..last))
    }
}

/// Scalar product. Summed in eight fixed lanes, so that the result does not depend on how the compiler vectorises.
pub fn dot(a: &[f32], b: &[f32]) -> f32 {
    let mut lanes = [0f32; 8];
    let (whole_a, whole_b) = (a.chunks_exact(8), b.chunks_exact(8));
    let rest: f32 = whole_a.remainder().iter().zip(whole_b.remainder()).map(|(x, y)| x * y).sum();
    for (x, y) in whole_a.zip(whole_b) {
        for lane in 0..8 {
            lanes[lane] += x[lane] * y[lane];
        }
    }
    (lanes[0] + lanes[4]) + (lanes[2] + lanes[6]) + ((lanes[1] + lanes[5]) + (lanes[3] + lanes[7])) + rest
}

/// Scales to length 1; leaves what has no length.
pub fn normalise(row: &mut [f32]) {
    let length = dot(row, row).sqrt();
    if length > 1e-12 {
        row.iter_mut().for_each(|x| *x /= length);
    }
}

/// `into += factor · row`.
pub fn add_scaled(into: &mut [f32], row: &[f32], factor: f32) {
    into.iter_mut().zip(row).for_each(|(x, y)| *x += factor * y);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dot_is_the_sum_of_products_at_every_width() {
        for width in 0..40usize {
            let a: Vec<f32> = (0..width).map(|i| i as f32).collect();
            let expected: f32 = (0..width).map(|i| (i * i) as f32).sum();
            assert_eq!(dot(&a, &a), expected, "width {width}");
        }
    }

    #[test]
    fn nothing_stays_nothing() {
        let mut row = [0.0; 3];
        normalise(&mut row);
        assert_eq!(row, [0.0; 3]);
        assert_eq!((Dense::from_values(0, vec![1.0]).rows(), Dense::from_values(2, vec![1.0; 5]).rows()), (0, 2));
    }
}
