//! Weibull: lifetimes whose hazard is a power of age.
use maxlik_dual::Real;

use super::{impossible, is_positive, undefined};

/// The log-density at `x`, for `shape > 0` and `scale > 0` (in the unit of `x`).
///
/// # Formula
/// `ln(shape / x) + u - e^u` with `u = shape ln(x / scale)`, for `x > 0`. At `x = 0` the density is 0, `1 / scale` or
/// infinite as the shape is above, at or below 1.
///
/// # Example
/// ```
/// use maxlik_model::distribution::weibull;
/// let (x, k, s) = (2.0_f64, 1.7, 2.5);
/// let density = k / s * (x / s).powf(k - 1.0) * (-(x / s).powf(k)).exp();
/// assert!((weibull::ln_pdf(x, k, s) - density.ln()).abs() < 1e-15);
/// ```
#[inline(always)]
pub fn ln_pdf<T: Real>(x: impl Into<T>, shape: T, scale: T) -> T {
    let x = x.into();
    if !(is_positive(shape) && is_positive(scale)) {
        return undefined();
    }
    if x.value() <= 0.0 {
        return at_or_below_zero(x.value(), shape, scale);
    }
    // Near x = scale the difference of logarithms loses relative precision, but there u - e^u does not depend on u.
    let ln_x = x.ln();
    let u = shape * (ln_x - scale.ln());
    shape.ln() + u - u.exp() - ln_x
}

/// The logarithm of the survival function `P(X > x)`.
///
/// # Formula
/// `-(x / scale)^shape` for `x > 0`, and 0 before
///
/// # Example
/// ```
/// use maxlik_model::distribution::weibull;
/// assert!((weibull::ln_sf(2.0, 1.7, 2.5) + 0.8_f64.powf(1.7)).abs() < 1e-15);
/// ```
#[inline(always)]
pub fn ln_sf<T: Real>(x: impl Into<T>, shape: T, scale: T) -> T {
    let x = x.into();
    if !(is_positive(shape) && is_positive(scale)) {
        undefined()
    } else if x.value() <= 0.0 {
        T::from(0.0)
    } else {
        -(shape * x.ln_ratio(scale)).exp()
    }
}

#[inline(always)]
fn at_or_below_zero<T: Real>(x: f64, shape: T, scale: T) -> T {
    if x < 0.0 || shape > 1.0 {
        impossible()
    } else if shape == 1.0 {
        -scale.ln()
    } else {
        T::from(f64::INFINITY)
    }
}
