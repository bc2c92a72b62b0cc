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
//!
//! Where there are tails, `ln_cdf` and `ln_sf` are the logarithms of `P(X <= x)` and `P(X > x)`, exact also where these are
//! near 0 or 1. Together with the log-density they make the log-density of [`censored`] and [`truncated`] observations.
//!
//! Where the expected information has a closed form, `expected_information` is it: its parameters are
//! [`Dual2`](maxlik_dual::Dual2) numbers computed from the arguments in which the information is wanted, as for
//! [`Model::with_expected_information`](crate::Model::with_expected_information).
//!
//! Each module also has the distribution itself, at known parameters: its moments, a sampler ([`rand::distr::Distribution`]) and
//! an estimate from observations in closed form: the maximum of the likelihood where there is a formula for it, otherwise by
//! moments (of the observations or their logarithms, or probability-weighted) or by quantiles, as a start.
//!
//! ```
//! use maxlik_model::distribution::gamma::Gamma;
//! use rand::{SeedableRng, distr::Distribution, rngs::StdRng};
//!
//! let gamma = Gamma::new(4.0, 2.5)?;
//! assert_eq!((gamma.mean(), gamma.variance()), (1.6, 0.64));
//! let waits: Vec<f64> = gamma.sample_iter(StdRng::seed_from_u64(7)).take(1000).collect();
//! let start = Gamma::method_of_moments(&waits)?;
//! assert!((start.mean() - 1.6).abs() < 0.1);
//!
//! let error = Gamma::new(4.0, -2.5).unwrap_err();
//! assert_eq!(error.to_string(), "gamma, parameter `rate`: expected a value in (0, inf), found -2.5");
//! # Ok::<(), maxlik_model::distribution::DistributionError>(())
//! ```
mod error;
mod extreme_value;
mod gamma_moments;
mod hazard;
mod information;
mod interval;
mod known;
mod quantile;
mod stirling;

pub mod bernoulli;
pub mod beta;
pub mod beta_binomial;
pub mod binomial;
pub mod categorical;
pub mod cauchy;
pub mod censored;
pub mod chi_squared;
pub mod dirichlet;
pub mod exponential;
pub mod f;
pub mod gamma;
pub mod generalized_pareto;
pub mod geometric;
pub mod gev;
pub mod gumbel;
pub mod hurdle;
pub mod inverse_gamma;
pub mod inverse_gaussian;
pub mod kumaraswamy;
pub mod laplace;
pub mod log_logistic;
pub mod log_normal;
pub mod logistic;
pub mod multinomial;
pub mod multivariate_normal;
pub mod negative_binomial;
pub mod normal;
pub mod pareto;
pub mod poisson;
pub mod rayleigh;
pub mod skew_normal;
pub mod student_t;
pub mod truncated;
pub mod tweedie;
pub mod uniform;
pub mod von_mises;
pub mod weibull;
pub mod zero_inflated;

pub use error::DistributionError;
use known::{check_counts, check_observations, distribution, mean_and_variance};

use maxlik_dual::Real;

/// The log-density at an edge of the support that is finite only where a shape is 1, `value`: it is infinite on one side of that and minus infinity
/// on the other, so that its derivative by the shape is minus infinity.
#[inline(always)]
fn finite_at_shape_one<T: Real>(value: T, shape: T) -> T {
    if shape.is_constant() { value } else { value + shape.chain([0.0, f64::NEG_INFINITY, f64::NAN, f64::NAN]) }
}

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
