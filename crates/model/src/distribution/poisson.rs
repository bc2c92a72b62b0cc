//! Poisson: counts of rare independent events.
use maxlik_dual::Real;
use maxlik_dual::special::{ln_factorial, ln_factorial_remainder};

use super::{impossible, undefined};

/// `ln P(K = k)`, for `mean >= 0`.
///
/// # Formula
/// `k ln mean - mean - ln k!`, where `0 ln 0 = 0`; for large `k`, where these terms cancel, the same as
/// `k (ln d - d + 1) - (ln k! - k ln k + k)` with `d = mean / k`.
///
/// # Example
/// ```
/// use maxlik_model::distribution::poisson;
/// assert!((poisson::ln_pmf(3, 2.5) - (2.5_f64.powi(3) * (-2.5_f64).exp() / 6.0).ln()).abs() < 1e-15);
/// ```
///
/// # References
/// Loader, "Fast and accurate computation of binomial probabilities" (2000), for large counts.
#[inline(always)]
pub fn ln_pmf<T: Real>(k: u64, mean: T) -> T {
    let m = mean.value();
    if m.is_nan() || m < 0.0 {
        undefined()
    } else if k == 0 {
        -mean
    } else if m.is_infinite() {
        impossible()
    } else if k < 16 {
        mean.ln() * k as f64 - mean - ln_factorial(k)
    } else {
        let d = mean / k as f64;
        (d.ln() - (d - 1.0)) * k as f64 - ln_factorial_remainder(k)
    }
}
