//! The directions in which sparse rows differ most: truncated singular value decomposition by a randomised range finder.
//!
//! After Halko, Martinsson and Tropp (2011), with power iterations. Works on the side of the columns, so that what comes out is the
//! projection that a row seen later is multiplied with. The start is a fixed, named stream of random numbers; sums run in a fixed
//! tree, so that threads change no bit.

use ndarray::{Array2, ArrayView2, Axis};
use rayon::prelude::*;

use crate::dense::Dense;
use crate::random::Random;
use crate::sparse::Sparse;

/// Directions beyond those asked for: they buy accuracy for the last ones.
const OVERSAMPLED: usize = 12;
/// Times that the range is multiplied with the matrix and its transpose.
const POWERS: usize = 2;
/// Rows in one leaf of the tree of sums.
const LEAF: usize = 1024;
/// Directions weaker than this, relative to the strongest, are rounding noise.
const FAINT: f64 = 1e-9;

/// The first `rank` right singular vectors as columns (`width × rank`), the strongest first, each with its largest entry positive.
///
/// Fewer where the matrix has fewer; none for an empty matrix.
pub fn basis(matrix: &Sparse, rank: usize) -> Dense {
    let wide = (rank + OVERSAMPLED).min(matrix.rows()).min(matrix.width());
    if wide == 0 || matrix.stored() == 0 {
        return Dense::zeros(matrix.width(), 0);
    }
    let turned = matrix.transposed();
    let mut range = orthonormal(random(matrix.width(), wide));
    for _ in 0..=POWERS {
        range = orthonormal(turned.times(&matrix.times(&range)));
    }
    let (strengths, turn) = eigen(gram(&matrix.times(&range)));
    let kept = strengths.iter().take(rank).filter(|s| **s > strengths[0] * FAINT).count();
    let turn = turn.slice_axis(Axis(1), ndarray::Slice::from(0..kept)).mapv(|x| x as f32);
    signed(Dense(range.0.dot(&turn)))
}

fn random(rows: usize, width: usize) -> Dense {
    let mut source = Random::named("svd/range");
    Dense::from_values(width, (0..rows * width).map(|_| source.normal() as f32).collect())
}

/// `mᵀ m` in double precision: leaves of fixed size, added in order.
fn gram(m: &Dense) -> Array2<f64> {
    let firsts: Vec<usize> = (0..m.rows()).step_by(LEAF).collect();
    let leaf = |first: &usize| {
        let part = m.block(*first, (*first + LEAF).min(m.rows())).mapv(f64::from);
        part.t().dot(&part)
    };
    let leaves: Vec<Array2<f64>> = firsts.par_iter().map(leaf).collect();
    leaves.into_iter().fold(Array2::zeros((m.width(), m.width())), |sum, part| sum + part)
}

/// An orthonormal basis of the columns, by whitening with the eigenvectors of `mᵀ m`, twice for accuracy.
fn orthonormal(m: Dense) -> Dense {
    (0..2).fold(m, |m, _| {
        let (strengths, turn) = eigen(gram(&m));
        let kept = strengths.iter().filter(|s| **s > strengths[0] * FAINT && **s > 0.0).count();
        let scaled = Array2::from_shape_fn((m.width(), kept), |(i, j)| (turn[[i, j]] / strengths[j].sqrt()) as f32);
        Dense(m.0.dot(&scaled))
    })
}

/// Gives each column the sign that makes its largest entry positive; the first of equal ones counts.
fn signed(mut m: Dense) -> Dense {
    for mut column in m.0.columns_mut() {
        let largest = column.iter().copied().fold(0.0f32, |best, x| if x.abs() > best.abs() { x } else { best });
        if largest < 0.0 {
            column.mapv_inplace(|x| -x);
        }
    }
    m
}

/// Eigenvalues, the largest first, and eigenvectors as columns, of a symmetric matrix: cyclic Jacobi rotations (Golub and Van Loan §8.5).
pub(crate) fn eigen(mut a: Array2<f64>) -> (Vec<f64>, Array2<f64>) {
    let n = a.nrows();
    let mut vectors = Array2::eye(n);
    for _ in 0..60 {
        if off_diagonal(a.view()) <= 1e-24 * a.diag().iter().map(|x| x * x).sum::<f64>() {
            break;
        }
        for p in 0..n {
            for q in p + 1..n {
                rotate(&mut a, &mut vectors, p, q);
            }
        }
    }
    let mut order: Vec<usize> = (0..n).collect();
    order.sort_by(|x, y| a[[*y, *y]].total_cmp(&a[[*x, *x]]).then(x.cmp(y)));
    (order.iter().map(|i| a[[*i, *i]]).collect(), vectors.select(Axis(1), &order))
}

fn off_diagonal(a: ArrayView2<'_, f64>) -> f64 {
    a.indexed_iter().filter(|((i, j), _)| i != j).map(|(_, x)| x * x).sum()
}

/// Turns rows and columns `p` and `q` so that their common entry becomes 0.
fn rotate(a: &mut Array2<f64>, vectors: &mut Array2<f64>, p: usize, q: usize) {
    let common = a[[p, q]];
    if common == 0.0 {
        return;
    }
    let theta = (a[[q, q]] - a[[p, p]]) / (2.0 * common);
    let tangent = if theta >= 0.0 { 1.0 / (theta + theta.hypot(1.0)) } else { -1.0 / (-theta + theta.hypot(1.0)) };
    let cosine = 1.0 / tangent.hypot(1.0);
    let sine = tangent * cosine;
    for k in 0..a.nrows() {
        let (x, y) = (a[[k, p]], a[[k, q]]);
        (a[[k, p]], a[[k, q]]) = (cosine * x - sine * y, sine * x + cosine * y);
    }
    for k in 0..a.nrows() {
        let (x, y) = (a[[p, k]], a[[q, k]]);
        (a[[p, k]], a[[q, k]]) = (cosine * x - sine * y, sine * x + cosine * y);
    }
    for k in 0..a.nrows() {
        let (x, y) = (vectors[[k, p]], vectors[[k, q]]);
        (vectors[[k, p]], vectors[[k, q]]) = (cosine * x - sine * y, sine * x + cosine * y);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rank 3 plus little noise: 200 rows in three groups over 40 columns.
    fn planted() -> Sparse {
        let mut source = Random::named("svd/test");
        let rows: Vec<Vec<(u32, f32)>> = (0..200)
            .map(|i| (0..40u32).filter(|c| c % 3 == i % 3).map(|c| (c, 1.0 + (i % 3) as f32 + 0.01 * source.normal() as f32)).collect())
            .collect();
        Sparse::from_rows(40, rows.iter().map(Vec::as_slice))
    }

    #[test]
    fn finds_the_planted_directions() {
        let matrix = planted();
        let found = basis(&matrix, 3);
        assert_eq!((found.rows(), found.width()), (40, 3));
        let held: f32 = matrix.times(&found).values().iter().map(|x| x * x).sum();
        let all: f32 = (0..200).flat_map(|r| matrix.row(r).1.to_vec()).map(|x| x * x).sum();
        assert!(held / all > 0.999, "{held} of {all}");
    }

    #[test]
    fn columns_are_orthonormal_and_threads_change_nothing() {
        let matrix = planted();
        let on = |threads: usize| rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap().install(|| basis(&matrix, 5));
        let one = on(1);
        assert_eq!(one, on(3));
        let product = gram(&one);
        assert!(product.indexed_iter().all(|((i, j), x)| (x - f64::from(u8::from(i == j))).abs() < 1e-4), "{product:?}");
    }

    #[test]
    fn an_empty_matrix_has_no_direction() {
        assert_eq!(basis(&Sparse::from_rows(5, []), 3).width(), 0);
        assert_eq!(basis(&Sparse::default(), 3).width(), 0);
    }
}
