//! Parts of log-densities with gamma functions of large arguments, arranged so that nothing cancels.
use maxlik_dual::Real;
use maxlik_dual::special::{HALF_LN_2_PI, half_deviance, stirling_remainder};

/// From here on Stirling's series with six terms is exact to rounding, and log-densities go by deviances.
pub(super) const LARGE: f64 = 16.0;

/// The same for counts.
pub(super) const LARGE_COUNT: u64 = 16;

/// `a ln m - m - ln Gamma(a)`: the log-density of a gamma variable of shape `a` at `m`, but for `-ln m`; `difference` is the
/// best value known of `m - a`, and `ln_m` is `ln m`.
pub(super) fn ln_gamma_density<T: Real>(m: T, ln_m: T, a: T, difference: f64) -> T {
    if a.value() < LARGE {
        a * ln_m - m - a.ln_gamma()
    } else {
        let half_deviance = half_deviance(a, (m - a).with_value(difference), || m.ln_ratio(a));
        a.ln() * 0.5 - HALF_LN_2_PI - stirling_remainder(a) - half_deviance
    }
}

/// `n p` and what its rounding took away.
#[inline(always)]
pub(super) fn exact_product(n: f64, p: f64) -> (f64, f64) {
    let product = n * p;
    (product, n.mul_add(p, -product))
}
