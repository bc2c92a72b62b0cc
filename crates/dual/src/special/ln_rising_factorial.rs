//! Ratios of gamma functions that differ by an integer.
use super::ln_gamma::large_stirling_remainder;
use super::{ln_gamma, polygamma, x_minus_ln_1p};
use crate::rules::Derivatives;

/// Up to here the product and its logarithmic derivatives are summed factor by factor.
const FACTORS: u64 = 24;

/// `ln Gamma(x + k) - ln Gamma(x) = ln(x (x + 1) ... (x + k - 1))` and its derivatives in `x > 0`, up to `order`.
///
/// The difference of two gamma functions loses all digits for large `x` (at `x = 1e10` each is about 2e11). Few factors are
/// multiplied out; with many factors and large `x` the two Stirling series are subtracted term by term:
/// `(x - 1/2) ln(1 + k/x) + k (ln(x + k) - 1) + c(x + k) - c(x)`, `c(x) = 1/(12x) - 1/(360x^3) + ...`.
///
/// ```
/// use maxlik_dual::special::ln_rising_factorial;
/// let [f, f1, ..] = ln_rising_factorial(2.5, 3, 1);
/// assert!((f - (2.5_f64 * 3.5 * 4.5).ln()).abs() < 1e-15);
/// assert!((f1 - (1.0 / 2.5 + 1.0 / 3.5 + 1.0 / 4.5)).abs() < 1e-15);
/// ```
///
/// # References
/// Abramowitz & Stegun (1964), 6.1.22, 6.1.40.
pub fn ln_rising_factorial(x: f64, k: u64, order: usize) -> Derivatives {
    if x.is_nan() || x < 0.0 {
        return [f64::NAN; 4];
    }
    if k <= FACTORS {
        return by_factors(x, k, order);
    }
    if x.is_infinite() {
        return [x, 0.0, 0.0, 0.0];
    }
    let n = k as f64;
    if x < 16.0 {
        // Both arguments are moderate, or the larger one dominates: no cancellation worth the name.
        let (high, low) = (polygamma(x + n, order), polygamma(x, order));
        return [ln_gamma(x + n) - ln_gamma(x), high[0] - low[0], high[1] - low[1], high[2] - low[2]];
    }
    let y = x + n;
    let ratio = (n / x).ln_1p();
    let value = (x - 0.5) * ratio + n * (y.ln() - 1.0) + large_stirling_remainder(y) - large_stirling_remainder(x);
    // Differences of psi(x) ~ ln x - 1/(2x) - 1/(12x^2) + 1/(120x^4) - ..., term by term.
    let (rx, ry) = (1.0 / x, 1.0 / y);
    let gap = n * rx * ry; // 1/x - 1/y
    let tail = |r: f64| {
        let r2 = r * r;
        let series = |c: [f64; 5]| c.iter().rev().fold(0.0, |t, c| (t + c) * r2);
        [
            series([1.0 / 12.0, -1.0 / 120.0, 1.0 / 252.0, -1.0 / 240.0, 1.0 / 132.0]),
            r * series([1.0 / 6.0, -1.0 / 30.0, 1.0 / 42.0, -1.0 / 30.0, 5.0 / 66.0]),
            r2 * series([0.5, -1.0 / 6.0, 1.0 / 6.0, -0.3, 5.0 / 6.0]),
        ]
    };
    let (tx, ty) = (tail(rx), tail(ry));
    [
        value,
        ratio + 0.5 * gap - (ty[0] - tx[0]),
        -gap * (1.0 + 0.5 * (rx + ry)) + ty[1] - tx[1],
        gap * ((rx + ry) + (rx * rx + rx * ry + ry * ry)) - (ty[2] - tx[2]),
    ]
}

fn by_factors(x: f64, k: u64, order: usize) -> Derivatives {
    let mut derivatives = [0.0; 4];
    let mut product = 1.0;
    for j in 0..k {
        let factor = x + j as f64;
        if (1e-270..1e270).contains(&(product * factor)) {
            product *= factor;
        } else {
            derivatives[0] += product.ln();
            product = factor;
        }
        if order > 0 {
            let r = 1.0 / (factor + 0.0);
            derivatives[1] += r;
            derivatives[2] -= r * r;
            derivatives[3] += 2.0 * r * r * r;
        }
    }
    derivatives[0] += product.ln();
    derivatives
}

/// `ln(x (x + 1) ... (x + k - 1) / x^k) = sum_{j < k} ln(1 + j / x)` and its derivatives in `x`, up to `order`, for
/// `x >= 10 k`: what is left of [`ln_rising_factorial`] without its large part `k ln x`, and with its own relative precision.
///
/// Few terms are summed; many by Euler and Maclaurin's formula, `x ((1 + v) ln(1 + v) - v) - ln(1 + v) / 2 + c(x + k) - c(x)`
/// with `v = k / x` and `c` as in [`ln_rising_factorial`].
///
/// ```
/// use maxlik_dual::special::ln_rising_ratio;
/// let [f, f1, ..] = ln_rising_ratio(50.0, 3, 1);
/// assert!((f - (1.02_f64 * 1.04).ln()).abs() < 1e-16);
/// assert!((f1 + 1.0 / (50.0 * 51.0) + 2.0 / (50.0 * 52.0)).abs() < 1e-18);
/// ```
pub fn ln_rising_ratio(x: f64, k: u64, order: usize) -> Derivatives {
    if x.is_nan() || x < 0.0 {
        return [f64::NAN; 4];
    }
    if x.is_infinite() {
        return [0.0; 4];
    }
    let (n, rx) = (k as f64, 1.0 / x);
    if k <= FACTORS {
        let mut sums = [0.0; 4];
        let mut excess = 0.0; // the product minus 1
        for j in 1..k {
            let j = j as f64;
            excess += j * rx * (1.0 + excess);
            let (r, gap) = (1.0 / (x + j), j * rx / (x + j)); // gap = 1/x - 1/(x + j)
            sums[1] -= gap;
            sums[2] += gap * (rx + r);
            sums[3] -= 2.0 * gap * (rx * rx + rx * r + r * r);
        }
        return [excess.ln_1p(), sums[1], sums[2], sums[3]];
    }
    let (y, v) = (x + n, n * rx);
    if v < 1e-20 {
        // The first term of the sum's expansion; the squares below would vanish.
        let first = 0.5 * n * (n - 1.0) * rx;
        return [first, -first * rx, 2.0 * first * rx * rx, -6.0 * first * rx * rx * rx];
    }
    let ry = 1.0 / y;
    let gap = n * rx * ry;
    let log = v.ln_1p();
    // (1 + v) ln(1 + v) - v = v ln(1 + v) - (v - ln(1 + v))
    let main = x * (v * log - x_minus_ln_1p(v));
    let mut derivatives =
        [main - 0.5 * log + (large_stirling_remainder(y) - large_stirling_remainder(x)), 0.0, 0.0, 0.0];
    if order > 0 {
        // The remainder's derivatives: those of 1/(12 x) - 1/(360 x^3) + 1/(1260 x^5), differences taken factor by factor.
        let c = |r: f64, p: [f64; 3]| r * r * (p[0] + r * r * (p[1] + r * r * p[2]));
        let first = [-1.0 / 12.0, 1.0 / 120.0, -1.0 / 252.0];
        let second = [1.0 / 6.0, -1.0 / 30.0, 1.0 / 42.0];
        let third = [-0.5, 1.0 / 6.0, -1.0 / 6.0];
        derivatives[1] = -x_minus_ln_1p(v) + 0.5 * gap + c(ry, first) - c(rx, first);
        derivatives[2] = v * gap - 0.5 * gap * (rx + ry) + ry * c(ry, second) - rx * c(rx, second);
        derivatives[3] = -v * gap * (2.0 * rx + ry) + gap * (rx * rx + rx * ry + ry * ry) + ry * ry * c(ry, third)
            - rx * rx * c(rx, third);
    }
    derivatives
}
