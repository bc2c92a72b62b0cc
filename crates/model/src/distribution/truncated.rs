//! Truncated distributions: values outside an interval were never recorded.
use maxlik_dual::Real;

use super::interval::ln_probability;
use super::{impossible, undefined};

/// The log-density at `x` of a continuous variable that is observed only where `lower < X <= upper`; either bound may be
/// infinite.
///
/// The three functions are those of the distribution without truncation: log-density, logarithm of the distribution function
/// and of the survival function. The probability of the interval is the difference of two distribution functions in the
/// lower half of the distribution and of two survival functions in the upper half, so that nothing cancels in either tail; in
/// a narrow one it is an integral of the density.
///
/// Outside the interval the result is minus infinity. An empty interval (`lower >= upper`, or a bound that is NaN) gives NaN,
/// and so does one that has no probability.
///
/// # Formula
/// `ln f(x) - ln(F(upper) - F(lower))` for `lower < x <= upper`
///
/// # Example
/// Claims that are reported only above a deductible of 0.5:
/// ```
/// use maxlik_model::distribution::{log_normal, truncated};
/// use maxlik_model::{Likelihood, Model, positive, real};
///
/// let claims = [0.7, 3.1, 1.2];
/// let model = Model::new(&claims, [real("mu"), positive("sigma")], |[mu, sigma], &claim| {
///     truncated::ln_pdf(
///         claim,
///         0.5,
///         f64::INFINITY,
///         |x| log_normal::ln_pdf(x, mu, sigma),
///         |x| log_normal::ln_cdf(x, mu, sigma),
///         |x| log_normal::ln_sf(x, mu, sigma),
///     )
/// });
/// model.validate()?;
/// let (mu, sigma) = (0.3, 1.25);
/// let complete: f64 = claims.iter().map(|&x| log_normal::ln_pdf(x, mu, sigma)).sum();
/// let reported = 1.0 - log_normal::ln_cdf(0.5, mu, sigma).exp();
/// assert!((model.log_likelihood(&[mu, sigma]) - (complete - 3.0 * reported.ln())).abs() < 1e-14);
/// # Ok::<(), maxlik_model::ModelError>(())
/// ```
pub fn ln_pdf<T: Real>(
    x: f64,
    lower: f64,
    upper: f64,
    ln_pdf: impl Fn(f64) -> T,
    ln_cdf: impl Fn(f64) -> T,
    ln_sf: impl Fn(f64) -> T,
) -> T {
    let probability = ln_probability(lower, upper, &ln_pdf, ln_cdf, ln_sf);
    if probability.value().is_nan() || probability.value() == f64::NEG_INFINITY {
        undefined()
    } else if x <= lower || x > upper {
        impossible()
    } else {
        ln_pdf(x) - probability
    }
}
