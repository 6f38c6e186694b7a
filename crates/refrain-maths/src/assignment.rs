//! The best one-to-one assignment.

/// For each row the column assigned to it, so that the sum of the weights of the assigned pairs is the largest possible (Kuhn 1955, in
/// the form of Jonker and Volgenant with potentials). Pairs of weight 0 or less are not assigned.
///
/// `weights`: rows of equal length. Cubic in the larger side.
pub fn assign(weights: &[Vec<i64>]) -> Vec<Option<usize>> {
    let rows = weights.len();
    let width = weights.first().map_or(0, Vec::len);
    let n = rows.max(width);
    let cost = |row: usize, column: usize| if row < rows && column < width { -weights[row][column].max(0) } else { 0 };
    // 1-based, with a column 0 that holds the row being placed.
    let (mut of_row, mut of_column) = (vec![0i64; n + 1], vec![0i64; n + 1]);
    let mut taken = vec![0usize; n + 1];
    for row in 1..=n {
        taken[0] = row;
        let way = shortest_way(n, &cost, &mut taken, &mut of_row, &mut of_column);
        let mut column = way.0;
        while column != 0 {
            let back = way.1[column];
            taken[column] = taken[back];
            column = back;
        }
    }
    let mut out = vec![None; rows];
    for (column, row) in taken.iter().enumerate().skip(1) {
        if *row >= 1 && *row <= rows && column <= width && weights[row - 1][column - 1] > 0 {
            out[row - 1] = Some(column - 1);
        }
    }
    out
}

/// The cheapest way from the row in column 0 to a free column: that column, and for each column the one before it.
fn shortest_way(n: usize, cost: &dyn Fn(usize, usize) -> i64, taken: &mut [usize], of_row: &mut [i64], of_column: &mut [i64]) -> (usize, Vec<usize>) {
    let (mut least, mut back, mut done) = (vec![i64::MAX; n + 1], vec![0usize; n + 1], vec![false; n + 1]);
    let mut at = 0;
    while taken[at] != 0 {
        done[at] = true;
        let row = taken[at];
        let (mut delta, mut next) = (i64::MAX, 0);
        for column in (1..=n).filter(|c| !done[*c]) {
            let reduced = cost(row - 1, column - 1) - of_row[row] - of_column[column];
            if reduced < least[column] {
                (least[column], back[column]) = (reduced, at);
            }
            if least[column] < delta {
                (delta, next) = (least[column], column);
            }
        }
        for column in 0..=n {
            if done[column] {
                of_row[taken[column]] += delta;
                of_column[column] -= delta;
            } else {
                least[column] = least[column].saturating_sub(delta);
            }
        }
        at = next;
    }
    (at, back)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn total(weights: &[Vec<i64>], of: &[Option<usize>]) -> i64 {
        of.iter().zip(weights).filter_map(|(c, row)| c.map(|c| row[c])).sum()
    }

    /// Tries everything.
    fn best(weights: &[Vec<i64>], row: usize, used: &mut Vec<bool>) -> i64 {
        if row == weights.len() {
            return 0;
        }
        let mut most = best(weights, row + 1, used);
        for column in 0..used.len() {
            if !used[column] {
                used[column] = true;
                most = most.max(weights[row][column] + best(weights, row + 1, used));
                used[column] = false;
            }
        }
        most
    }

    proptest! {
        #[test]
        fn no_assignment_is_better(rows in 0usize..5, width in 0usize..5, values in proptest::collection::vec(0i64..9, 25)) {
            let weights: Vec<Vec<i64>> = (0..rows).map(|r| (0..width).map(|c| values[r * 5 + c]).collect()).collect();
            let found = assign(&weights);
            let mut columns: Vec<usize> = found.iter().flatten().copied().collect();
            columns.sort_unstable();
            let count = columns.len();
            columns.dedup();
            prop_assert_eq!(columns.len(), count);
            prop_assert_eq!(total(&weights, &found), best(&weights, 0, &mut vec![false; width]));
        }
    }
}
