//! Log-densities, generic over the numbers that are differentiated.
//!
//! One module per distribution. The observation comes first, then the parameters: a continuous observation is `impl Into<T>`
//! (`f64`, or a number being differentiated), a count is `u64`, a binary outcome `bool`. Constants are included, so that
//! log-likelihoods compare across models.
//!
//! - Outside the support the log-density is minus infinity.
//! - A parameter outside its domain gives NaN.
//!
//! ```
//! use maxlik_model::distribution::{gamma, poisson};
//! assert_eq!(poisson::ln_pmf(0, 2.5), -2.5);
//! assert_eq!(gamma::ln_pdf(-1.0, 2.0, 3.0), f64::NEG_INFINITY);
//! assert!(poisson::ln_pmf(2, -0.5).is_nan());
//! ```
pub mod bernoulli;
pub mod binomial;
pub mod exponential;
pub mod gamma;
pub mod negative_binomial;
pub mod normal;
pub mod poisson;
pub mod weibull;

use maxlik_dual::Real;

/// The log-density of what cannot be observed.
#[inline(always)]
fn impossible<T: Real>() -> T {
    T::from(f64::NEG_INFINITY)
}

/// The log-density for parameters outside their domain.
#[inline(always)]
fn undefined<T: Real>() -> T {
    T::from(f64::NAN)
}

/// Whether a scale, shape or rate is in its domain, above 0; NaN is not.
#[inline(always)]
fn is_positive<T: Real>(parameter: T) -> bool {
    parameter.value() > 0.0
}
