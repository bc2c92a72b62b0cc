//! Censored observations: what is known is that the value lies below, above or between limits.
use maxlik_dual::Real;

use super::interval::ln_probability;

/// What is known of the value of a continuous variable.
///
/// A limit that is infinite on the open side says nothing: `Below(inf)`, `Above(-inf)` and `Between(-inf, inf)` are certain,
/// `Between(-inf, b)` is `Below(b)`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Observation {
    /// The value itself.
    Exact(f64),
    /// At most this (left-censored): below the limit of detection, say.
    Below(f64),
    /// Above this (right-censored): alive at the end of the study, say.
    Above(f64),
    /// Above the first and at most the second (interval-censored): between two inspections, say.
    Between(f64, f64),
}

/// The log-density of an exact observation, or the logarithm of the probability of what is known of a censored one.
///
/// The three functions are those of one distribution, of one number: log-density, logarithm of the distribution function and
/// of the survival function. An interval is the difference of two distribution functions in the lower half of the
/// distribution and of two survival functions in the upper half, so that nothing cancels in either tail; a narrow one is an
/// integral of the density.
///
/// An empty interval, whose first limit is not below the second, and a limit that is NaN are mistakes in the data and give
/// NaN; so do `Below(-inf)` and `Above(inf)`. Rounded data are intervals: a height of 1.72 is `Between(1.715, 1.725)`.
///
/// # Formula
/// `ln f(x)`, `ln F(x)`, `ln S(x)` or `ln(F(b) - F(a)) = ln(S(a) - S(b))`
///
/// # Example
/// Lifetimes in hours, one of them still running, one that ended between two looks, one before the first look:
/// ```
/// use maxlik_model::distribution::censored::{self, Observation};
/// use maxlik_model::distribution::log_normal;
/// use maxlik_model::{Likelihood, Model, positive, real};
///
/// let lifetimes =
///     [Observation::Exact(2.5), Observation::Above(10.0), Observation::Between(3.0, 4.0), Observation::Below(1.0)];
/// let model = Model::new(&lifetimes, [real("mu"), positive("sigma")], |[mu, sigma], lifetime| {
///     censored::ln_density(
///         lifetime,
///         |x| log_normal::ln_pdf(x, mu, sigma),
///         |x| log_normal::ln_cdf(x, mu, sigma),
///         |x| log_normal::ln_sf(x, mu, sigma),
///     )
/// });
/// model.validate()?;
/// let (mu, sigma) = (1.2, 0.75);
/// let cdf = |x: f64| log_normal::ln_cdf(x, mu, sigma).exp();
/// let expected = log_normal::ln_pdf(2.5, mu, sigma) + ((1.0 - cdf(10.0)) * (cdf(4.0) - cdf(3.0)) * cdf(1.0)).ln();
/// assert!((model.log_likelihood(&[mu, sigma]) - expected).abs() < 1e-14);
/// # Ok::<(), maxlik_model::ModelError>(())
/// ```
pub fn ln_density<T: Real>(
    observation: &Observation,
    ln_pdf: impl Fn(f64) -> T,
    ln_cdf: impl Fn(f64) -> T,
    ln_sf: impl Fn(f64) -> T,
) -> T {
    let (lower, upper) = match *observation {
        Observation::Exact(x) => return ln_pdf(x),
        Observation::Below(limit) => (f64::NEG_INFINITY, limit),
        Observation::Above(limit) => (limit, f64::INFINITY),
        Observation::Between(lower, upper) => (lower, upper),
    };
    ln_probability(lower, upper, ln_pdf, ln_cdf, ln_sf)
}
