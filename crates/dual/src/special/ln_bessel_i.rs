//! The logarithm of the modified Bessel functions of the first kind.
use std::f64::consts::LN_2;

use super::HALF_LN_2_PI;
use crate::recent;
use crate::rules::Derivatives;

/// From here on the asymptotic series in `1/x` is exact to rounding.
const ASYMPTOTIC: f64 = 25.0;

/// `ln I_v(x)` for order `v = 0` or `1` and `x >= 0`, and its derivatives, up to `order`; NaN below 0.
///
/// # Formula
/// With `w = x^2/4`: `I_v(x) = (x/2)^v sum_k w^k / (k! (v + k)!)`, and with `r = I_{v+1} / I_v` the slope is `v/x + r`.
/// The derivative `r' = 1 - (2v + 1) r/x - r^2` cancels; multiplied by `I_v^2` and with the power series of products of
/// Bessel functions it is a series of positive terms,
///
/// `r' I_v^2 = (x/2)^2v sum_k (2v + 1)/2 (2v + 2k)! / (k! (2v + k + 1)! (v + k)! (v + k + 1)!) w^k`.
///
/// Near `x = 1.608`, where `ln I_1` changes sign, the error of the value is absolute, a rounding of 1.
///
/// For `x >= 25`: `I_v(x) ~ e^x / sqrt(2 pi x) (1 - (4v^2 - 1) / (8x) + ...)`.
///
/// # Example
/// ```
/// use maxlik_dual::special::ln_bessel_i;
/// let [f, f1, f2, _] = ln_bessel_i(0, 0.5, 2);
/// assert!((f - 1.063_483_370_741_323_5_f64.ln()).abs() < 1e-15);
/// let ratio = ln_bessel_i(1, 0.5, 0)[0].exp() / f.exp();
/// assert!((f1 - ratio).abs() < 1e-15);
/// assert!((f2 - (1.0 - ratio / 0.5 - ratio * ratio)).abs() < 1e-15);
/// ```
///
/// # References
/// Abramowitz & Stegun (1964), 9.6.10, 9.6.26, 9.7.1; products as in 9.1.14.
pub fn ln_bessel_i(v: u8, x: f64, order: usize) -> Derivatives {
    if x.is_nan() || x < 0.0 {
        return [f64::NAN; 4];
    }
    if x >= ASYMPTOTIC {
        return far(f64::from(v), x);
    }
    recent!([u64::from(v), x.to_bits(), order as u64] -> Derivatives, near(v, x + 0.0, order))
}

/// Sums `sum_{k >= 1} t_k` of positive terms, each the last one times `ratio(k)`, beginning with `t_0 = first`; returns also
/// `sum_k k t_k`.
fn positive_series(first: f64, ratio: impl Fn(f64) -> f64) -> [f64; 2] {
    let (mut term, mut k) = (first, 0.0);
    let mut sums = [0.0; 2];
    loop {
        k += 1.0;
        term *= ratio(k);
        sums = [sums[0] + term, sums[1] + k * term];
        if k * term <= 1e-17 * sums[1] {
            return sums;
        }
    }
}

fn near(v: u8, x: f64, order: usize) -> Derivatives {
    let (half, is_first) = (0.5 * x, v == 1);
    let v = f64::from(v);
    let w = half * half;
    let excess = positive_series(1.0, |k| w / (k * (v + k)))[0]; // I_v / (x/2)^v - 1
    let value = match is_first {
        false => excess.ln_1p(),
        true if half.is_normal() => (half + half * excess).ln(),
        true => x.ln() - LN_2,
    };
    if order == 0 {
        return [value, 0.0, 0.0, 0.0];
    }
    let g = 1.0 + excess;
    let next = 1.0 / (v + 1.0);
    let r = half * (next + positive_series(next, |k| w / (k * (v + 1.0 + k)))[0]) / g;
    // The series for r' I_v^2 / (x/2)^2v; the ratio of its terms.
    let first = 0.5 / (v + 1.0);
    let [rest, weighted] =
        positive_series(first, |k| 2.0 * (2.0 * v + 2.0 * k - 1.0) * w / ((2.0 * v + k + 1.0) * k * (v + k + 1.0)));
    let slope = (first + rest) / g / g;
    // Its derivative by x is sum_k k t_k / (x/2); the logarithmic derivative of g is r.
    let curvature = if half > 0.0 { weighted / half / g / g } else { 0.0 } - 2.0 * r * slope;
    if !is_first {
        return [value, r, slope, curvature];
    }
    let q = 1.0 / x;
    [value, q + r, slope - q * q, curvature + 2.0 * q * q * q]
}

fn far(v: f64, x: f64) -> Derivatives {
    if x.is_infinite() {
        return [x, 1.0, 0.0, 0.0];
    }
    let q = 1.0 / x;
    // The series less its first term, 1, and its derivatives.
    let (mut term, mut sums) = (1.0, [0.0; 4]);
    for k in 1..=30 {
        let k = f64::from(k);
        term *= ((2.0 * k - 1.0) * (2.0 * k - 1.0) - 4.0 * v * v) * q / (8.0 * k);
        let (d1, d2) = (-k * term * q, k * (k + 1.0) * term * q * q);
        sums = [sums[0] + term, sums[1] + d1, sums[2] + d2, sums[3] - (k + 2.0) * d2 * q];
    }
    let s = 1.0 + sums[0];
    let (p1, p2, p3) = (sums[1] / s, sums[2] / s, sums[3] / s);
    [
        x - 0.5 * x.ln() - HALF_LN_2_PI + sums[0].ln_1p(),
        1.0 - 0.5 * q + p1,
        0.5 * q * q + (p2 - p1 * p1),
        -q * q * q + (p3 - 3.0 * p1 * p2 + 2.0 * p1 * p1 * p1),
    ]
}
