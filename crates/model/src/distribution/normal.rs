//! Normal (Gaussian).
use maxlik_dual::Real;

/// `ln(2 pi) / 2`
const HALF_LN_2_PI: f64 = 0.918_938_533_204_672_8;

/// The log-density at `x`, for `sigma > 0` (a standard deviation, in the units of `x`).
///
/// # Formula
/// `-((x - mu) / sigma)^2 / 2 - ln sigma - ln(2 pi) / 2`
///
/// # Example
/// ```
/// use maxlik_model::distribution::normal;
/// let density = (-0.5 * 1.5_f64.powi(2)).exp() / (0.4 * (2.0 * std::f64::consts::PI).sqrt());
/// assert!((normal::ln_pdf(1.3, 0.7, 0.4) - density.ln()).abs() < 1e-14);
/// ```
#[inline(always)]
pub fn ln_pdf<T: Real>(x: impl Into<T>, mu: T, sigma: T) -> T {
    let z = (x.into() - mu) / sigma;
    z * z * -0.5 - sigma.ln() - HALF_LN_2_PI
}
