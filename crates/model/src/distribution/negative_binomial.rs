//! Negative binomial (NB2): counts with more variance than a Poisson count.
use maxlik_dual::Real;
use maxlik_dual::special::ln_factorial;

use super::{impossible, poisson, undefined};

/// `ln P(K = k)`, for `mean >= 0` and `size > 0`; the variance is `mean + mean^2 / size`, and infinite size is Poisson.
///
/// # Formula
/// `ln(size (size + 1) ... (size + k - 1)) - ln k! + k ln(mean / (size + mean)) - size ln(1 + mean / size)`; for large `size`,
/// where these terms cancel, the Poisson log-probability and three terms that vanish.
///
/// # Example
/// ```
/// use maxlik_model::distribution::negative_binomial;
/// let probability = (2.5 * 3.5 / 2.0) * (1.2_f64 / 3.7).powi(2) * (2.5_f64 / 3.7).powf(2.5);
/// assert!((negative_binomial::ln_pmf(2, 1.2, 2.5) - probability.ln()).abs() < 1e-15);
/// ```
///
/// # References
/// Lawless, "Negative binomial and mixed Poisson regression" (1987), equation 2.1, with `size = 1 / a`.
#[inline(always)]
pub fn ln_pmf<T: Real>(k: u64, mean: T, size: T) -> T {
    let (m, s) = (mean.value(), size.value());
    if m.is_nan() || s.is_nan() || m < 0.0 || s <= 0.0 {
        return undefined();
    }
    if s.is_infinite() {
        return poisson::ln_pmf(k, mean);
    }
    let u = mean / size;
    if m < 0.1 * s && k as f64 <= 0.1 * s {
        let more = size * u.x_minus_ln_1p() + size.ln_rising_ratio(k);
        return poisson::ln_pmf(k, mean) + more - u.ln_1p() * k as f64;
    }
    let none = -(size * u.ln_1p());
    if k == 0 {
        none
    } else if m == 0.0 {
        impossible()
    } else {
        size.ln_rising_factorial(k) - ln_factorial(k) + (mean / (size + mean)).ln() * k as f64 + none
    }
}
