//! Binomial: the number of successes in `n` independent trials.
use maxlik_dual::Real;
use maxlik_dual::special::ln_factorial;

use super::{impossible, undefined};

/// `ln P(k successes in n trials)`, for `0 <= p <= 1`.
///
/// # Formula
/// `ln C(n, k) + k ln p + (n - k) ln(1 - p)`, where `0 ln 0 = 0`.
///
/// # Example
/// ```
/// use maxlik_model::distribution::binomial;
/// assert!((binomial::ln_pmf(2, 5, 0.3) - (10.0_f64 * 0.09 * 0.343).ln()).abs() < 1e-15);
/// ```
pub fn ln_pmf<T: Real>(k: u64, n: u64, p: T) -> T {
    if !(0.0..=1.0).contains(&p.value()) {
        return undefined();
    }
    if k > n {
        return impossible();
    }
    let mut sum = T::from(ln_choose(n, k));
    if k > 0 {
        sum += p.ln() * k as f64;
    }
    if k < n {
        sum += (-p).ln_1p() * (n - k) as f64;
    }
    sum
}

/// `ln P(k successes in n trials)` where the success probability is `1 / (1 + e^-eta)`.
///
/// # Formula
/// `ln C(n, k) - k ln(1 + e^-eta) - (n - k) ln(1 + e^eta)`
///
/// # Example
/// ```
/// use maxlik_model::distribution::binomial;
/// let p = 1.0 / (1.0 + 0.8_f64.exp());
/// assert!((binomial::ln_pmf_logit(2, 5, -0.8) - binomial::ln_pmf(2, 5, p)).abs() < 1e-14);
/// ```
pub fn ln_pmf_logit<T: Real>(k: u64, n: u64, eta: T) -> T {
    if k > n {
        return impossible();
    }
    let mut sum = T::from(ln_choose(n, k));
    if k > 0 {
        sum += eta.ln_sigmoid() * k as f64;
    }
    if k < n {
        sum += (-eta).ln_sigmoid() * (n - k) as f64;
    }
    sum
}

/// `ln C(n, k) = ln((n - j + 1) ... n) - ln j!` with `j = min(k, n - k)`, for `k <= n`
fn ln_choose(n: u64, k: u64) -> f64 {
    let j = k.min(n - k);
    ((n - j) as f64 + 1.0).ln_rising_factorial(j) - ln_factorial(j)
}
