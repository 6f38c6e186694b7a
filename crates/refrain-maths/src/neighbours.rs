//! The nearest points of each point, exactly, block by block.

use ndarray::ArrayView1;
use rayon::prelude::*;

use crate::dense::Dense;

/// Points of one block: 512 × 512 products of 4 bytes stay in the second-level cache.
const BLOCK: usize = 512;
/// Products are compared in millionths, so that the last bits of a sum decide nothing.
const MICRO: f32 = 1e6;

/// A neighbour: its row, and the scalar product in millionths.
pub type Near = (u32, i32);

/// For each row of `from` the `k` rows of `to` with the largest scalar product above 0, the nearest first, the lower row first where
/// equal. `skip_self`: row i of `from` is row i of `to`, and no neighbour of its own.
pub fn nearest(from: &Dense, to: &Dense, k: usize, skip_self: bool) -> Vec<Vec<Near>> {
    let firsts: Vec<usize> = (0..from.rows()).step_by(BLOCK).collect();
    let blocks: Vec<Vec<Vec<Near>>> = firsts.par_iter().map(|first| of_block(from, to, *first, k, skip_self)).collect();
    blocks.into_iter().flatten().collect()
}

fn of_block(from: &Dense, to: &Dense, first: usize, k: usize, skip_self: bool) -> Vec<Vec<Near>> {
    let last = (first + BLOCK).min(from.rows());
    let mut best: Vec<Best> = (first..last).map(|_| Best::new(k)).collect();
    for start in (0..to.rows()).step_by(BLOCK) {
        let products = from.block(first, last).dot(&to.block(start, (start + BLOCK).min(to.rows())).t());
        for (at, best) in best.iter_mut().enumerate() {
            best.take(products.row(at), start, skip_self.then_some(first + at));
        }
    }
    best.into_iter().map(Best::sorted).collect()
}

/// The best so far. Kept unsorted up to twice `k`, then cut: cheaper than a heap for the sizes in use.
struct Best {
    k: usize,
    least: i32,
    found: Vec<Near>,
}

impl Best {
    fn new(k: usize) -> Self {
        Self { k, least: 0, found: Vec::with_capacity(2 * k) }
    }

    fn take(&mut self, products: ArrayView1<'_, f32>, start: usize, own: Option<usize>) {
        for (at, product) in products.iter().enumerate() {
            let product = (product * MICRO).round() as i32;
            if product > self.least && own != Some(start + at) {
                self.found.push(((start + at) as u32, product));
                if self.found.len() >= 2 * self.k.max(1) {
                    self.cut();
                }
            }
        }
    }

    fn cut(&mut self) {
        self.found.sort_unstable_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(&b.0)));
        self.found.truncate(self.k);
        if self.found.len() == self.k {
            // A later row with an equal product loses against a lower one: only what is larger may enter.
            self.least = self.found.last().map_or(i32::MAX, |n| n.1);
        }
    }

    fn sorted(mut self) -> Vec<Near> {
        self.cut();
        self.found
    }
}

/// Undirected edges `(a, b, millionths)` with `a < b`, each once with the larger of its two products, sorted.
pub fn mutual_edges(near: &[Vec<Near>]) -> Vec<(u32, u32, i64)> {
    let both = |(from, near): (usize, &Vec<Near>)| {
        near.iter().map(|(to, product)| ((from as u32).min(*to), (from as u32).max(*to), i64::from(*product))).collect::<Vec<_>>()
    };
    let mut edges: Vec<(u32, u32, i64)> = near.iter().enumerate().flat_map(both).collect();
    edges.sort_unstable_by(|x, y| (x.0, x.1, y.2).cmp(&(y.0, y.1, x.2)));
    edges.dedup_by_key(|edge| (edge.0, edge.1));
    edges
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::dense::dot;

    fn naive(points: &Dense, k: usize) -> Vec<Vec<Near>> {
        let of = |i: usize| {
            let mut all: Vec<Near> = (0..points.rows())
                .filter(|j| *j != i)
                .map(|j| (j as u32, (dot(points.row(i), points.row(j)) * MICRO).round() as i32))
                .filter(|n| n.1 > 0)
                .collect();
            all.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(&b.0)));
            all.truncate(k);
            all
        };
        (0..points.rows()).map(of).collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]
        #[test]
        fn equals_the_naive_way(values in proptest::collection::vec(-3i8..4, 0..1800), k in 1usize..6) {
            // Small whole numbers: products are exact in any order of summation.
            let points = Dense::from_values(3, values.into_iter().map(|v| f32::from(v) / 4.0).collect());
            prop_assert_eq!(nearest(&points, &points, k, true), naive(&points, k));
        }
    }

    #[test]
    fn an_edge_stands_once_with_its_larger_product() {
        let near = vec![vec![(1, 5)], vec![(0, 7), (2, 1)], vec![]];
        assert_eq!(mutual_edges(&near), [(0, 1, 7), (1, 2, 1)]);
    }
}
