//! Pareto: sizes above a minimum whose logarithms are exponential.
use maxlik_dual::Real;
use maxlik_dual::functions::Functions;
use rand::distr::Distribution;

use super::{
    DistributionError, check_observations, distribution, hazard, impossible, is_positive, mean_and_variance, undefined,
};
use crate::Domain;

/// The log-density at `x`, for `minimum > 0` (in the unit of `x`) and `shape > 0`.
///
/// # Formula
/// `ln shape - ln x - shape ln(x / minimum)` for `x >= minimum`
///
/// # Example
/// ```
/// use maxlik_model::distribution::pareto;
/// let density = 2.5 * 1.7_f64.powf(2.5) / 3.0_f64.powf(3.5);
/// assert!((pareto::ln_pdf(3.0, 1.7, 2.5) - density.ln()).abs() < 1e-15);
/// ```
#[inline(always)]
pub fn ln_pdf<T: Real>(x: impl Into<T>, minimum: T, shape: T) -> T {
    let x = x.into();
    if shape.exceptional(!(is_positive(minimum) && is_positive(shape)) || x.value() < minimum.value()) {
        return if is_positive(minimum) && is_positive(shape) { impossible() } else { undefined() };
    }
    shape.ln() - x.ln() - shape * ln_excess(x, minimum)
}

/// The logarithm of the distribution function `P(X <= x)`.
///
/// # Formula
/// `ln(1 - (minimum / x)^shape)` for `x >= minimum`, and minus infinity before
///
/// # Example
/// ```
/// use maxlik_model::distribution::pareto;
/// assert!((pareto::ln_cdf(3.0, 1.7, 2.5) - (1.0 - (1.7_f64 / 3.0).powf(2.5)).ln()).abs() < 1e-15);
/// ```
pub fn ln_cdf<T: Real>(x: impl Into<T>, minimum: T, shape: T) -> T {
    let x = x.into();
    if !(is_positive(minimum) && is_positive(shape)) {
        undefined()
    } else if x.value() < minimum.value() {
        impossible()
    } else {
        let excess = ln_excess(x, minimum);
        hazard::ln_cdf(shape * excess, || shape.ln() + excess.ln())
    }
}

/// The logarithm of the survival function `P(X > x)`.
///
/// # Formula
/// `-shape ln(x / minimum)` for `x >= minimum`, and 0 before
///
/// # Example
/// ```
/// use maxlik_model::distribution::pareto;
/// assert!((pareto::ln_sf(3.0, 1.7, 2.5) + 2.5 * (3.0_f64 / 1.7).ln()).abs() < 1e-15);
/// ```
pub fn ln_sf<T: Real>(x: impl Into<T>, minimum: T, shape: T) -> T {
    let x = x.into();
    if !(is_positive(minimum) && is_positive(shape)) {
        undefined()
    } else if x.value() < minimum.value() {
        T::from(0.0)
    } else {
        -(shape * ln_excess(x, minimum))
    }
}

/// `ln(x / minimum)`, by the difference where the quotient is near 1 and its rounding would be all that is seen.
#[inline(always)]
fn ln_excess<T: Real>(x: T, minimum: T) -> T {
    let log = x.ln_ratio(minimum);
    let (x, m) = (x.value(), minimum.value());
    if x < 2.0 * m { log.with_value(T::Functions::ln_1p((x - m) / m)) } else { log }
}

distribution! {
    /// A Pareto distribution with known parameters.
    Pareto, "Pareto", { minimum: Positive, shape: Positive }
}

impl Pareto {
    /// `shape minimum / (shape - 1)`, infinite up to `shape = 1`
    pub fn mean(&self) -> f64 {
        if self.shape > 1.0 { self.minimum * (self.shape / (self.shape - 1.0)) } else { f64::INFINITY }
    }

    /// `mean^2 / (shape (shape - 2))`, infinite up to `shape = 2`, and NaN where the mean is infinite
    pub fn variance(&self) -> f64 {
        if self.shape <= 1.0 {
            f64::NAN
        } else if self.shape <= 2.0 {
            f64::INFINITY
        } else {
            self.mean() / self.shape * self.mean() / (self.shape - 2.0)
        }
    }

    /// The maximum-likelihood estimate: the smallest observation, and one over the mean of `ln(x / minimum)`.
    ///
    /// # Errors
    /// Without observations, for one that is not above 0, and where all are equal (the shape is then infinite).
    ///
    /// # References
    /// Hill, "A simple general approach to inference about the tail of a distribution" (1975), for the shape.
    pub fn maximum_likelihood(observations: &[f64]) -> Result<Self, DistributionError> {
        check_observations(Self::NAME, observations, Domain::Positive)?;
        let minimum = observations.iter().copied().fold(f64::INFINITY, f64::min);
        let (mean, _) = mean_and_variance(observations.iter().map(|&x| ln_excess(x, minimum)));
        Self::new(minimum, 1.0 / mean).map_err(DistributionError::of_observations)
    }
}

impl Distribution<f64> for Pareto {
    fn sample<R: rand::Rng + ?Sized>(&self, rng: &mut R) -> f64 {
        let exponential: f64 = rand_distr::Exp1.sample(rng);
        self.minimum * (exponential / self.shape).exp()
    }
}
