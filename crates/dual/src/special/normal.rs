//! The standard normal distribution function and its inverse.
use std::f64::consts::{FRAC_1_SQRT_2, FRAC_2_SQRT_PI, PI};

/// `Phi(x)`, the probability that a standard normal variable is at most `x`.
///
/// In the tail `erfc` magnifies the rounding of its argument by `x^2`; a first-order correction takes that back.
///
/// ```
/// use maxlik_dual::special::normal_cdf;
/// assert!((normal_cdf(-1.5) / 0.066_807_201_268_858_07 - 1.0).abs() < 1e-15);
/// ```
pub fn normal_cdf(x: f64) -> f64 {
    /// What `FRAC_1_SQRT_2` lacks.
    const LOW: f64 = -4.833_646_656_726_457e-17;
    let z = -x * FRAC_1_SQRT_2;
    let rounding = (-x).mul_add(FRAC_1_SQRT_2, -z) - x * LOW;
    let value = libm::erfc(z);
    let slope = -FRAC_2_SQRT_PI * (-z * z).exp();
    if rounding.is_finite() { 0.5 * (value + slope * rounding) } else { 0.5 * value }
}

/// The inverse of [`normal_cdf`] for `0 <= p <= 1`; NaN elsewhere.
///
/// A rough start (Abramowitz & Stegun 26.2.23, absolute error below 4.5e-4), then Halley's method on `Phi(x) = p` in the
/// lower tail, where nothing cancels.
///
/// ```
/// use maxlik_dual::special::normal_quantile;
/// assert!((normal_quantile(0.975) / 1.959_963_984_540_054 - 1.0).abs() < 1e-15);
/// assert!((normal_quantile(1e-20) / -9.262_340_089_798_408 - 1.0).abs() < 1e-15);
/// assert!((normal_quantile(1e-305) / -37.356_346_093_067_104 - 1.0).abs() < 1e-15);
/// ```
pub fn normal_quantile(p: f64) -> f64 {
    if p.is_nan() || !(0.0..=1.0).contains(&p) {
        return f64::NAN;
    }
    let tail = p.min(1.0 - p);
    if tail == 0.0 {
        return if p == 0.0 { f64::NEG_INFINITY } else { f64::INFINITY };
    }
    let t = (-2.0 * tail.ln()).sqrt();
    let mut x =
        (2.515_517 + t * (0.802_853 + t * 0.010_328)) / (1.0 + t * (1.432_788 + t * (0.189_269 + t * 0.001_308))) - t;
    for _ in 0..3 {
        // u = (Phi(x) - p) / phi(x)
        let u = (normal_cdf(x) - tail) * (2.0 * PI).sqrt() * (0.5 * x * x).exp();
        x -= u / (1.0 + 0.5 * x * u);
    }
    if p < 0.5 { x } else { -x }
}
