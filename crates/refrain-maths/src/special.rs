//! The few special functions that intervals and counts stand on, to about 1e-12.

use std::f64::consts::{PI, SQRT_2};

/// Most terms of a series or continued fraction before it is taken as converged; reached only far outside the domain in use.
const MOST_TERMS: usize = 100_000;
/// Relative size at which a further term changes nothing.
const TINY: f64 = 1e-16;

/// Natural logarithm of the gamma function for `x` > 0; not a number otherwise.
///
/// Source: Stirling's series after shifting the argument to 12 or more (Abramowitz & Stegun 6.1.41).
pub fn ln_gamma(x: f64) -> f64 {
    if x.is_nan() || x <= 0.0 {
        return f64::NAN;
    }
    let (mut at, mut product) = (x, 1.0f64);
    while at < 12.0 {
        product *= at;
        at += 1.0;
    }
    let inverse = 1.0 / at;
    let square = inverse * inverse;
    let coefficients = [1.0 / 12.0, -1.0 / 360.0, 1.0 / 1260.0, -1.0 / 1680.0, 1.0 / 1188.0, -691.0 / 360_360.0, 1.0 / 156.0];
    let series = coefficients.iter().rev().fold(0.0, |sum, c| sum * square + c) * inverse;
    (at - 0.5) * at.ln() - at + 0.5 * (2.0 * PI).ln() + series - product.ln()
}

/// Regularised lower incomplete gamma function P(a, x): the share of a Gamma(a, 1) that lies below `x`.
pub fn gamma_share(a: f64, x: f64) -> f64 {
    if x <= 0.0 {
        return 0.0;
    }
    let front = (a * x.ln() - x - ln_gamma(a)).exp();
    if x < a + 1.0 { (front * gamma_series(a, x)).clamp(0.0, 1.0) } else { (1.0 - front * gamma_fraction(a, x)).clamp(0.0, 1.0) }
}

fn gamma_series(a: f64, x: f64) -> f64 {
    let (mut term, mut sum) = (1.0 / a, 1.0 / a);
    for n in 1..MOST_TERMS {
        term *= x / (a + n as f64);
        sum += term;
        if term < sum * TINY {
            break;
        }
    }
    sum
}

/// Lentz's continued fraction of the upper incomplete gamma function.
fn gamma_fraction(a: f64, x: f64) -> f64 {
    let mut b = x + 1.0 - a;
    let mut c = 1.0 / 1e-300;
    let mut d = 1.0 / b;
    let mut value = d;
    for n in 1..MOST_TERMS {
        let step = -(n as f64) * (n as f64 - a);
        b += 2.0;
        d = 1.0 / away_from_zero(step * d + b);
        c = away_from_zero(b + step / c);
        let change = d * c;
        value *= change;
        if (change - 1.0).abs() < TINY {
            break;
        }
    }
    value
}

/// Regularised incomplete beta function I_x(a, b): the share of a Beta(a, b) that lies below `x`.
pub fn beta_share(a: f64, b: f64, x: f64) -> f64 {
    if x <= 0.0 {
        return 0.0;
    }
    if x >= 1.0 {
        return 1.0;
    }
    let front = (ln_gamma(a + b) - ln_gamma(a) - ln_gamma(b) + a * x.ln() + b * (-x).ln_1p()).exp();
    let share = if x < (a + 1.0) / (a + b + 2.0) { front * beta_fraction(a, b, x) / a } else { 1.0 - front * beta_fraction(b, a, 1.0 - x) / b };
    share.clamp(0.0, 1.0)
}

/// Lentz's continued fraction of the incomplete beta function.
fn beta_fraction(a: f64, b: f64, x: f64) -> f64 {
    let mut c = 1.0;
    let mut d = 1.0 / away_from_zero(1.0 - (a + b) * x / (a + 1.0));
    let mut value = d;
    for n in 1..MOST_TERMS {
        let m = n as f64;
        let even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        let odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        let mut change = 1.0;
        for step in [even, odd] {
            d = 1.0 / away_from_zero(1.0 + step * d);
            c = away_from_zero(1.0 + step / c);
            change = d * c;
            value *= change;
        }
        if (change - 1.0).abs() < TINY {
            break;
        }
    }
    value
}

fn away_from_zero(x: f64) -> f64 {
    if x.abs() < 1e-300 { 1e-300 } else { x }
}

/// Share of a standard normal that lies below `x`.
pub fn normal_share(x: f64) -> f64 {
    let tail = 0.5 * gamma_share(0.5, x * x / 2.0);
    if x >= 0.0 { 0.5 + tail } else { 0.5 - tail }
}

/// The point below which the share `p` of a standard normal lies; infinite at 0 and 1.
pub fn normal_quantile(p: f64) -> f64 {
    if p <= 0.0 {
        return f64::NEG_INFINITY;
    }
    if p >= 1.0 {
        return f64::INFINITY;
    }
    // P(1/2, x²/2) is solved on the positive side, so that the two tails are the mirror of each other.
    let share = (2.0 * p - 1.0).abs();
    let x = SQRT_2 * gamma_quantile(0.5, share).sqrt();
    if p < 0.5 { -x } else { x }
}

/// The point below which the share `p` of a Gamma(`shape`, 1) lies; 0 for a shape of 0.
pub fn gamma_quantile(shape: f64, p: f64) -> f64 {
    if shape <= 0.0 || p <= 0.0 {
        return 0.0;
    }
    let mut high = shape + 1.0;
    while gamma_share(shape, high) < p && high < 1e300 {
        high *= 2.0;
    }
    bisect(0.0, high, |x| gamma_share(shape, x) < p)
}

/// The point below which the share `p` of a Beta(a, b) lies.
pub fn beta_quantile(a: f64, b: f64, p: f64) -> f64 {
    bisect(0.0, 1.0, |x| beta_share(a, b, x) < p)
}

/// The point at which `below` turns from true to false, to the last bit.
fn bisect(mut low: f64, mut high: f64, below: impl Fn(f64) -> bool) -> f64 {
    for _ in 0..1100 {
        let middle = low + (high - low) / 2.0;
        if middle <= low || middle >= high {
            break;
        }
        if below(middle) { low = middle } else { high = middle }
    }
    high
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Values of SciPy 1.17 (`gammaln`, `gammainc`, `betainc`, `ndtri`).
    #[test]
    fn values_equal_an_independent_library() {
        let rows: &[(f64, f64)] = &[
            (ln_gamma(0.1), 2.252712651734206),
            (ln_gamma(0.5), 0.572364942924700),
            (ln_gamma(10.0), 12.801827480081469),
            (ln_gamma(1234.5), 7550.550901077894),
            (gamma_share(0.5, 0.3), 0.561421973919003),
            (gamma_share(7.0, 3.2), 0.044619100955301),
            (gamma_share(30.0, 41.0), 0.968845769908097),
            (beta_share(2.5, 4.0, 0.3), 0.352197585906767),
            (beta_share(40.0, 3.0, 0.99), 0.991416146200267),
            (normal_quantile(0.975), 1.959963984540054),
            (normal_quantile(0.1), -1.281_551_565_544_6),
            (normal_share(-1.0), 0.158655253931457),
        ];
        for (row, (found, expected)) in rows.iter().enumerate() {
            assert!((found - expected).abs() <= 1e-9 * expected.abs().max(1.0), "row {row}: found {found}, expected {expected}");
        }
    }

    #[test]
    fn quantiles_turn_shares_back() {
        for p in [1e-6, 0.025, 0.1, 0.5, 0.9, 0.999] {
            for shape in [0.3, 1.0, 8.0, 400.0] {
                assert!((gamma_share(shape, gamma_quantile(shape, p)) - p).abs() < 1e-10);
                assert!((beta_share(shape, 2.0, beta_quantile(shape, 2.0, p)) - p).abs() < 1e-9);
            }
        }
    }
}
