//! How far two partitions of the same things agree.

use std::collections::BTreeMap;

use crate::special::ln_gamma;

/// Two partitions as counts: how many things are in part i of the one and part j of the other.
struct Table {
    n: usize,
    cells: BTreeMap<(u32, u32), usize>,
    left: BTreeMap<u32, usize>,
    right: BTreeMap<u32, usize>,
}

impl Table {
    fn new(a: &[u32], b: &[u32]) -> Self {
        let mut out = Self { n: a.len().min(b.len()), cells: BTreeMap::new(), left: BTreeMap::new(), right: BTreeMap::new() };
        for (x, y) in a.iter().zip(b) {
            *out.cells.entry((*x, *y)).or_default() += 1;
            *out.left.entry(*x).or_default() += 1;
            *out.right.entry(*y).or_default() += 1;
        }
        out
    }

    fn entropy(sizes: &BTreeMap<u32, usize>, n: usize) -> f64 {
        -sizes.values().map(|s| *s as f64 / n as f64).map(|p| p * p.ln()).sum::<f64>()
    }

    fn mutual_information(&self) -> f64 {
        let n = self.n as f64;
        let term = |((i, j), both): (&(u32, u32), &usize)| {
            let both = *both as f64;
            both / n * (n * both / (self.left[i] as f64 * self.right[j] as f64)).ln()
        };
        self.cells.iter().map(term).sum::<f64>().max(0.0)
    }

    /// Mutual information of two random partitions with these sizes of parts (hypergeometric model). Parts of equal size are
    /// reckoned once.
    fn expected_information(&self) -> f64 {
        let ln_factorial: Vec<f64> = (0..=self.n).map(|k| ln_gamma(k as f64 + 1.0)).collect();
        let (left, right) = (by_size(&self.left), by_size(&self.right));
        let mut sum = 0.0;
        for (a, times_a) in &left {
            for (b, times_b) in &right {
                sum += (times_a * times_b) as f64 * expected_cell(*a, *b, self.n, &ln_factorial);
            }
        }
        sum
    }
}

fn by_size(sizes: &BTreeMap<u32, usize>) -> BTreeMap<usize, usize> {
    let mut out = BTreeMap::new();
    sizes.values().for_each(|s| *out.entry(*s).or_insert(0) += 1);
    out
}

/// Expected term of mutual information for two parts of sizes `a` and `b` among `n`.
fn expected_cell(a: usize, b: usize, n: usize, ln_factorial: &[f64]) -> f64 {
    let fixed = ln_factorial[a] + ln_factorial[b] + ln_factorial[n - a] + ln_factorial[n - b] - ln_factorial[n];
    let term = |both: usize| {
        let chance = fixed - ln_factorial[both] - ln_factorial[a - both] - ln_factorial[b - both] - ln_factorial[n + both - a - b];
        let (both, n) = (both as f64, n as f64);
        both / n * (n * both / (a as f64 * b as f64)).ln() * chance.exp()
    };
    ((a + b).saturating_sub(n).max(1)..=a.min(b)).map(term).sum()
}

/// Adjusted mutual information, arithmetic mean (Vinh, Epps and Bailey 2010): 0 for chance, 1 for equal partitions.
///
/// Two partitions without any structure (one part each, or only single things) agree fully; an empty input gives 1.
pub fn adjusted_mutual_information(a: &[u32], b: &[u32]) -> f64 {
    let table = Table::new(a, b);
    let (parts_a, parts_b) = (table.left.len(), table.right.len());
    if table.n == 0 || (parts_a == parts_b && (parts_a == 1 || parts_a == table.n)) {
        return 1.0;
    }
    let expected = table.expected_information();
    let mean = (Table::entropy(&table.left, table.n) + Table::entropy(&table.right, table.n)) / 2.0;
    let room = mean - expected;
    if room.abs() < 1e-15 { 0.0 } else { (table.mutual_information() - expected) / room }
}

/// Normalised mutual information, arithmetic mean. Rewards many small parts: never report it alone.
pub fn normalised_mutual_information(a: &[u32], b: &[u32]) -> f64 {
    let table = Table::new(a, b);
    let mean = (Table::entropy(&table.left, table.n) + Table::entropy(&table.right, table.n)) / 2.0;
    if table.n == 0 || mean == 0.0 { 1.0 } else { table.mutual_information() / mean }
}

/// Pairs that a partition's parts hold.
fn pairs<'a>(sizes: impl Iterator<Item = &'a usize>) -> f64 {
    sizes.map(|s| (*s as f64) * (*s as f64 - 1.0) / 2.0).sum()
}

/// Adjusted Rand index (Hubert and Arabie 1985).
pub fn adjusted_rand_index(a: &[u32], b: &[u32]) -> f64 {
    let table = Table::new(a, b);
    let (both, left, right) = (pairs(table.cells.values()), pairs(table.left.values()), pairs(table.right.values()));
    let all = table.n as f64 * (table.n as f64 - 1.0) / 2.0;
    if all == 0.0 {
        return 1.0;
    }
    let (expected, most) = (left * right / all, (left + right) / 2.0);
    if most == expected { 1.0 } else { (both - expected) / (most - expected) }
}

/// Precision, recall and their harmonic mean.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Retrieval {
    /// Of what was put together, the share that belongs together.
    pub precision: f64,
    /// Of what belongs together, the share that was put together.
    pub recall: f64,
}

impl Retrieval {
    /// Harmonic mean; 0 where both are 0.
    pub fn f1(&self) -> f64 {
        let sum = self.precision + self.recall;
        if sum == 0.0 { 0.0 } else { 2.0 * self.precision * self.recall / sum }
    }
}

/// B-cubed precision and recall of `found` against `gold` (Bagga and Baldwin 1998).
pub fn b_cubed(found: &[u32], gold: &[u32]) -> Retrieval {
    let table = Table::new(found, gold);
    let n = table.n.max(1) as f64;
    let over = |sizes: &dyn Fn(&(u32, u32)) -> usize| table.cells.iter().map(|(at, both)| (*both * *both) as f64 / sizes(at) as f64).sum::<f64>() / n;
    Retrieval { precision: over(&|(i, _)| table.left[i]), recall: over(&|(_, j)| table.right[j]) }
}

/// Precision and recall over the pairs of things from different `owners`.
pub fn pairs_between(found: &[u32], gold: &[u32], owners: &[u32]) -> Retrieval {
    let count = |keys: &dyn Fn(usize) -> (u32, u32)| -> f64 {
        let (mut all, mut own) = (BTreeMap::new(), BTreeMap::new());
        for (at, owner) in owners.iter().enumerate() {
            *all.entry(keys(at)).or_insert(0usize) += 1;
            *own.entry((keys(at), *owner)).or_insert(0usize) += 1;
        }
        pairs(all.values()) - pairs(own.values())
    };
    let both = count(&|at| (found[at], gold[at]));
    let share = |of: f64| if of == 0.0 { 0.0 } else { both / of };
    Retrieval { precision: share(count(&|at| (found[at], 0))), recall: share(count(&|at| (gold[at], 0))) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(a: f64, b: f64) {
        assert!((a - b).abs() < 1e-9, "{a} is not {b}");
    }

    /// Values of scikit-learn 1.9.1 for the same partitions.
    #[test]
    fn values_equal_an_independent_library() {
        let a = [0, 0, 0, 1, 1, 1, 2, 2, 3, 4];
        let b = [0, 0, 1, 1, 1, 2, 2, 2, 2, 3];
        near(adjusted_mutual_information(&a, &b), 0.295570796830);
        near(normalised_mutual_information(&a, &b), 0.644927111318);
        near(adjusted_rand_index(&a, &b), 0.208000000000);
    }

    #[test]
    fn ends_of_the_scale() {
        let (a, one, single) = ([0, 0, 1, 1], [7; 4], [1, 2, 3, 4]);
        near(adjusted_mutual_information(&a, &a), 1.0);
        near(adjusted_mutual_information(&a, &one), 0.0);
        near(adjusted_mutual_information(&a, &single), 0.0);
        near(adjusted_rand_index(&a, &one), 0.0);
        near(adjusted_mutual_information(&[], &[]), 1.0);
    }

    #[test]
    fn b_cubed_by_hand() {
        // Found {0,1,2}{3}, gold {0,1}{2,3}: precision (2/3 + 2/3 + 1/3 + 1) / 4, recall (1 + 1 + 1/2 + 1/2) / 4.
        let found = b_cubed(&[0, 0, 0, 1], &[0, 0, 1, 1]);
        near(found.precision, 2.0 / 3.0);
        near(found.recall, 0.75);
    }

    #[test]
    fn pairs_within_an_owner_do_not_count() {
        // Pairs between owners that were found: (0,2), (1,2); right: none of gold's {0,1}, so (0,1) is within one owner.
        let found = pairs_between(&[0, 0, 0], &[0, 0, 1], &[5, 5, 6]);
        assert_eq!((found.precision, found.recall, found.f1()), (0.0, 0.0, 0.0));
        let all = pairs_between(&[0, 0, 0], &[0, 0, 0], &[5, 5, 6]);
        assert_eq!((all.precision, all.recall), (1.0, 1.0));
    }
}
