//! Exponential: waiting times at a constant rate.
use maxlik_dual::Real;

use super::{impossible, is_positive, undefined};

/// The log-density at `x`, for `rate > 0` (one over the unit of `x`).
///
/// # Formula
/// `ln rate - rate x` for `x >= 0`
///
/// # Example
/// ```
/// use maxlik_model::distribution::exponential;
/// assert!((exponential::ln_pdf(2.0, 0.7) - (0.7 * (-1.4_f64).exp()).ln()).abs() < 1e-15);
/// ```
#[inline(always)]
pub fn ln_pdf<T: Real>(x: impl Into<T>, rate: T) -> T {
    let x = x.into();
    if !is_positive(rate) {
        undefined()
    } else if x.value() < 0.0 {
        impossible()
    } else {
        rate.ln() - rate * x
    }
}

/// The logarithm of the survival function `P(X > x)`.
///
/// # Formula
/// `-rate x` for `x >= 0`, and 0 before
///
/// # Example
/// ```
/// assert_eq!(maxlik_model::distribution::exponential::ln_sf(2.0, 0.7), -1.4);
/// ```
#[inline(always)]
pub fn ln_sf<T: Real>(x: impl Into<T>, rate: T) -> T {
    let x = x.into();
    if !is_positive(rate) {
        undefined()
    } else if x.value() < 0.0 {
        T::from(0.0)
    } else {
        -(rate * x)
    }
}
