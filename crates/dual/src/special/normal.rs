//! The error function, the standard normal distribution function, its logarithm and its inverse.
//!
//! Below, `phi(x) = exp(-x^2/2) / sqrt(2 pi)` is the normal density and `h(t) = phi(t) / (1 - Phi(t))` the hazard
//! rate (the reciprocal of Mills' ratio).
use super::HALF_LN_2_PI;
use std::f64::consts::{FRAC_1_SQRT_2, FRAC_2_SQRT_PI};

use crate::rules::Derivatives;

/// `1 / sqrt(2 pi)`
const DENSITY_AT_0: f64 = 0.398_942_280_401_432_7;
const SQRT_2PI: f64 = 2.506_628_274_631_000_7;

/// `exp(-c x^2)`: the rounding of the square is taken back, which the exponential magnifies by the square itself.
fn gaussian(x: f64, c: f64) -> f64 {
    let square = x * x;
    let value = (-c * square).exp();
    if value == 0.0 { 0.0 } else { value * (1.0 - c * x.mul_add(x, -square)) }
}

/// The derivatives of an integral of `d1 = scale exp(-c x^2)`: `[d1, -2c x d1, ((2c x)^2 - 2c) d1]`, the last with its factor
/// `x^2 - 1/(2c)` as `(x - r)(x + r)`, which loses no digits near its zero `r`, of which `low` is what the rounded number lacks.
fn gaussian_derivatives(x: f64, c: f64, scale: f64, [r, low]: [f64; 2]) -> [f64; 3] {
    let d1 = scale * gaussian(x, c);
    if d1 == 0.0 {
        return [0.0; 3];
    }
    let distance = (x.abs() - r) - low;
    [d1, -2.0 * c * x * d1, 4.0 * c * c * distance * (x.abs() + r) * d1]
}

/// What `FRAC_1_SQRT_2` lacks.
const FRAC_1_SQRT_2_LOW: f64 = -4.833_646_656_726_457e-17;

/// The derivatives of `sign erf(x)`.
fn error_derivatives(x: f64, sign: f64) -> [f64; 3] {
    gaussian_derivatives(x, 1.0, sign * FRAC_2_SQRT_PI, [FRAC_1_SQRT_2, FRAC_1_SQRT_2_LOW])
}

/// `erf(x)` and its derivatives, up to `order`.
///
/// ```
/// use maxlik_dual::special::erf;
/// let [f, f1, f2, _] = erf(0.3, 2);
/// let slope = std::f64::consts::FRAC_2_SQRT_PI * (-0.09_f64).exp();
/// assert!((f - 0.328_626_759_459_127_4).abs() < 1e-16 && (f1 - slope).abs() < 1e-15 && (f2 + 0.6 * slope).abs() < 1e-15);
/// ```
///
/// # References
/// Abramowitz & Stegun (1964), 7.1.1, 7.1.19.
pub fn erf(x: f64, order: usize) -> Derivatives {
    let [d1, d2, d3] = if order > 0 { error_derivatives(x, 1.0) } else { [0.0; 3] };
    [libm::erf(x), d1, d2, d3]
}

/// `erfc(x) = 1 - erf(x)` and its derivatives, up to `order`; exact where it is small.
///
/// ```
/// use maxlik_dual::special::erfc;
/// assert!((erfc(12.0, 0)[0] / 1.356_261_169_205_904_1e-64 - 1.0).abs() < 1e-15);
/// ```
pub fn erfc(x: f64, order: usize) -> Derivatives {
    let [d1, d2, d3] = if order > 0 { error_derivatives(x, -1.0) } else { [0.0; 3] };
    [libm::erfc(x), d1, d2, d3]
}

/// `Phi(x)`, the probability that a standard normal variable is at most `x`.
///
/// In the tail `erfc` magnifies the rounding of its argument by `x^2`; a first-order correction takes that back.
///
/// ```
/// use maxlik_dual::special::normal_cdf;
/// assert!((normal_cdf(-1.5) / 0.066_807_201_268_858_07 - 1.0).abs() < 1e-15);
/// ```
pub fn normal_cdf(x: f64) -> f64 {
    let (z, rounding) = over_root_2(-x);
    let value = libm::erfc(z);
    let slope = -FRAC_2_SQRT_PI * (-z * z).exp();
    if rounding.is_finite() { 0.5 * (value + slope * rounding) } else { 0.5 * value }
}

/// `x / sqrt(2)`, rounded, and the rounding.
fn over_root_2(x: f64) -> (f64, f64) {
    let z = x * FRAC_1_SQRT_2;
    (z, x.mul_add(FRAC_1_SQRT_2, -z) + x * FRAC_1_SQRT_2_LOW)
}

/// The derivatives of [`normal_cdf`]: `[phi(x), -x phi(x), (x^2 - 1) phi(x)]`.
///
/// ```
/// use maxlik_dual::special::normal_cdf_derivatives;
/// let density = (-0.5 * 1.5_f64.powi(2)).exp() / (2.0 * std::f64::consts::PI).sqrt();
/// let [d1, d2, d3] = normal_cdf_derivatives(1.5);
/// assert!((d1 / density - 1.0).abs() < 1e-15 && (d2 / density + 1.5).abs() < 1e-15 && (d3 / density - 1.25).abs() < 1e-15);
/// ```
pub fn normal_cdf_derivatives(x: f64) -> [f64; 3] {
    gaussian_derivatives(x, 0.5, DENSITY_AT_0, [1.0, 0.0])
}

/// From here on (upwards) the hazard rate is a continued fraction.
const FRACTION: f64 = 2.0;

/// The hazard rate `h(t)` and its first two derivatives for `t >= 2`.
///
/// # Formula
/// `h = t + K_1` with the continued fraction `K_j = j / (t + K_{j+1})` (Abramowitz & Stegun 26.2.14). From `h' = h (h - t)`
/// the derivatives follow as `h' = 1 - K_1 (K_2 - K_1)` and `h'' = h K_1^2 K_2 (K_3 - K_2)`, where
/// `K_3 - K_2 = K_2 K_3 (t + 3 K_3 - 2 K_4) / 6`: nothing cancels, while `h' = 1` and `h'' = 0` to all digits far out.
fn hazard(t: f64) -> Derivatives {
    if t.is_infinite() {
        return [t, t, 1.0, 0.0];
    }
    // As many as leave the second derivative exact to 3e-13 (found by trial at t = 2 to 100).
    let terms = 12.0 + 390.0 / (t * t);
    let mut k = [0.0; 4];
    let mut j = terms.ceil();
    while j > 0.0 {
        k = [j / (t + k[0]), k[0], k[1], k[2]];
        j -= 1.0;
    }
    let [k1, k2, k3, k4] = k;
    let h = t + k1;
    let gap = k2 * (k3 * (t + (3.0 * k3 - 2.0 * k4))) / 6.0;
    let slope = 1.0 - k1 * (k2 - k1);
    [0.0, h, slope, h * k1 * (k1 * k2 * gap)]
}

/// `ln Phi(x)` and its derivatives, up to `order`, exact in both tails.
///
/// # Formula
/// The first derivative is `h(-x)`; for `x < -2` the value is `-x^2/2 - ln(2 pi)/2 - ln h(-x)`.
///
/// # Example
/// ```
/// use maxlik_dual::special::{ln_normal_cdf, normal_cdf};
/// let [f, f1, ..] = ln_normal_cdf(-1.5, 1);
/// let density = (-0.5 * 1.5_f64.powi(2)).exp() / (2.0 * std::f64::consts::PI).sqrt();
/// assert!((f - normal_cdf(-1.5).ln()).abs() < 1e-15);
/// assert!((f1 - density / normal_cdf(-1.5)).abs() < 1e-15);
/// assert!((ln_normal_cdf(-1000.0, 0)[0] / -500_007.826_694_812_2 - 1.0).abs() < 1e-15);
/// ```
pub fn ln_normal_cdf(x: f64, order: usize) -> Derivatives {
    if x < -FRACTION {
        let [_, h, slope, curvature] = hazard(-x);
        return [-0.5 * x * x - HALF_LN_2_PI - h.ln(), h, -slope, curvature];
    }
    let value = if x > 0.0 { (-normal_cdf(-x)).ln_1p() } else { normal_cdf(x).ln() };
    if order == 0 {
        return [value, 0.0, 0.0, 0.0];
    }
    let d1 = DENSITY_AT_0 * gaussian(x, 0.5) / normal_cdf(x);
    if d1 == 0.0 {
        return [value, 0.0, 0.0, 0.0];
    }
    // h' = h (h - t) with t = -x.
    let excess = d1 + x;
    [value, d1, -d1 * excess, d1 * (excess * (d1 + excess) - 1.0)]
}

/// The inverse of [`normal_cdf`] for `0 <= p <= 1`; NaN elsewhere.
///
/// A rough start, then Halley's method: on `Phi(x) - 1/2 = p - 1/2` in the centre and on `ln Phi(x) = ln p` in the lower
/// tail, so that nothing cancels.
///
/// ```
/// use maxlik_dual::special::normal_quantile;
/// assert!((normal_quantile(0.975) / 1.959_963_984_540_054 - 1.0).abs() < 1e-15);
/// assert!((normal_quantile(1e-20) / -9.262_340_089_798_408 - 1.0).abs() < 1e-15);
/// assert!((normal_quantile(1e-305) / -37.356_346_093_067_104 - 1.0).abs() < 1e-15);
/// ```
///
/// # References
/// Abramowitz & Stegun (1964), 26.2.23, for the start in the tail.
pub fn normal_quantile(p: f64) -> f64 {
    if p.is_nan() || !(0.0..=1.0).contains(&p) {
        return f64::NAN;
    }
    let centre = p - 0.5;
    if centre.abs() < 0.25 {
        let u = SQRT_2PI * centre;
        let mut x = u * (1.0 + u * u * (1.0 / 6.0 + u * u * 7.0 / 120.0));
        for _ in 0..2 {
            let (z, rounding) = over_root_2(x);
            let miss = 0.5 * libm::erf(z) - centre;
            let u = miss * SQRT_2PI * (0.5 * x * x).exp() + rounding * 2.0 * FRAC_1_SQRT_2;
            x -= u / (1.0 + 0.5 * x * u);
        }
        return x;
    }
    let tail = p.min(1.0 - p);
    if tail == 0.0 {
        return if p == 0.0 { f64::NEG_INFINITY } else { f64::INFINITY };
    }
    let log = tail.ln();
    let t = (-2.0 * log).sqrt();
    let mut x =
        (2.515_517 + t * (0.802_853 + t * 0.010_328)) / (1.0 + t * (1.432_788 + t * (0.189_269 + t * 0.001_308))) - t;
    for _ in 0..2 {
        let [f, f1, f2, _] = ln_normal_cdf(x, 2);
        let u = (f - log) / f1;
        x -= u / (1.0 - 0.5 * u * f2 / f1);
    }
    if centre < 0.0 { x } else { -x }
}

/// The derivatives of [`normal_quantile`] at `p`, where its value is `x`: `[r, x r^2, (1 + 2 x^2) r^3]` with
/// `r = 1 / phi(x)`, and `phi(x)` taken as tail probability times hazard rate.
///
/// ```
/// use maxlik_dual::special::{normal_cdf_derivatives, normal_quantile, normal_quantile_derivatives};
/// let x = normal_quantile(0.2);
/// let [d1, d2, _] = normal_quantile_derivatives(0.2, x);
/// let density = normal_cdf_derivatives(x)[0];
/// assert!((d1 * density - 1.0).abs() < 1e-14 && (d2 * density * density - x).abs() < 1e-14);
/// ```
pub fn normal_quantile_derivatives(p: f64, x: f64) -> [f64; 3] {
    if x.is_infinite() {
        return [f64::INFINITY, x, f64::INFINITY];
    }
    let d1 = 1.0 / (p.min(1.0 - p) * ln_normal_cdf(-x.abs(), 1)[1]);
    [d1, x * d1 * d1, (1.0 + 2.0 * x * x) * d1 * d1 * d1]
}
