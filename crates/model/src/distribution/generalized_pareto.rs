//! Generalized Pareto: excesses over a high threshold.
use maxlik_dual::{Dual2, Real};
use rand::distr::Distribution;

use super::extreme_value::{COVER, level};
use super::gamma_moments::exp_m1_over;
use super::{
    DistributionError, check_observations, distribution, hazard, impossible, information, is_positive,
    mean_and_variance, undefined,
};
use crate::Domain;

/// The log-density at `x`, an excess over the threshold, for `scale > 0` (in the unit of `x`) and any `shape`.
///
/// # Formula
/// `-ln scale - (1 + shape) h` with the cumulative hazard `h = ln(1 + shape x / scale) / shape`, for `x >= 0` and, where the shape is
/// negative, `x < -scale / shape`. At shape 0, the exponential distribution, `h = x / scale`; density and derivatives pass smoothly
/// through that.
///
/// # Example
/// ```
/// use maxlik_model::distribution::generalized_pareto;
/// let density = (1.0_f64 + 0.3 * 2.0 / 1.7).powf(-1.0 - 1.0 / 0.3) / 1.7;
/// assert!((generalized_pareto::ln_pdf(2.0, 1.7, 0.3) - density.ln()).abs() < 1e-15);
/// assert!((generalized_pareto::ln_pdf(2.0, 1.7, 0.0) - (-2.0 / 1.7 - 1.7_f64.ln())).abs() < 1e-15);
/// ```
///
/// # References
/// Coles, "An Introduction to Statistical Modeling of Extreme Values" (2001), equation 4.2.
pub fn ln_pdf<T: Real>(x: impl Into<T>, scale: T, shape: T) -> T {
    if scale.one_by_one() || shape.one_by_one() {
        return scale;
    }
    let x = x.into();
    if !is_positive(scale) || shape.value().is_nan() {
        return undefined();
    }
    if x.value() < 0.0 {
        return impossible();
    }
    let h = level(x, 0.0, scale, shape);
    if h.value() == f64::INFINITY { impossible() } else { -(scale.ln() + (shape + 1.0) * h) }
}

/// The logarithm of the distribution function `P(X <= x)`.
///
/// # Formula
/// `ln(1 - e^-h)` with `h` of [`ln_pdf`]; minus infinity before the support and 0 behind it
///
/// # Example
/// ```
/// use maxlik_model::distribution::generalized_pareto;
/// let survival = (1.0_f64 + 0.3 * 2.0 / 1.7).powf(-1.0 / 0.3);
/// assert!((generalized_pareto::ln_cdf(2.0, 1.7, 0.3) - (1.0 - survival).ln()).abs() < 1e-15);
/// ```
pub fn ln_cdf<T: Real>(x: impl Into<T>, scale: T, shape: T) -> T {
    let x = x.into();
    if !is_positive(scale) || shape.value().is_nan() {
        return undefined();
    }
    if x.value() < 0.0 {
        return impossible();
    }
    let h = level(x, 0.0, scale, shape);
    if h.value() == f64::INFINITY {
        return T::from(0.0);
    }
    // Where h is small, beside its logarithm, so is shape x / scale, unless the shape is huge.
    hazard::ln_cdf(h, || if h.value().is_normal() { h.ln() } else { x.ln_ratio(scale) })
}

/// The logarithm of the survival function `P(X > x)`.
///
/// # Formula
/// `-h` with `h` of [`ln_pdf`]; 0 before the support and minus infinity behind it
///
/// # Example
/// ```
/// use maxlik_model::distribution::generalized_pareto;
/// assert!((generalized_pareto::ln_sf(2.0, 1.7, 0.3) + (1.0_f64 + 0.6 / 1.7).ln() / 0.3).abs() < 1e-15);
/// ```
pub fn ln_sf<T: Real>(x: impl Into<T>, scale: T, shape: T) -> T {
    let x = x.into();
    if !is_positive(scale) || shape.value().is_nan() {
        undefined()
    } else if x.value() < 0.0 {
        T::from(0.0)
    } else {
        -level(x, 0.0, scale, shape)
    }
}

/// The expected information of one observation in the `Q` arguments that the parameters depend on; NaN outside their domain.
///
/// # Formula
/// With `d = 1 + 2 shape`, of `scale`: `1 / (scale^2 d)`; of both: `1 / (scale (1 + shape) d)`;
/// of `shape`: `2 / ((1 + shape) d)`. It exists for `shape > -1/2`, and is NaN elsewhere.
///
/// # Example
/// ```
/// use maxlik_dual::Dual2;
/// use maxlik_model::distribution::generalized_pareto;
/// let [scale, shape] = Dual2::variables([1.5, 0.4]);
/// let [[a, b], [_, c]] = generalized_pareto::expected_information(scale, shape);
/// assert!((a - 1.0 / (2.25 * 1.8)).abs() < 1e-15 && (b - 1.0 / (1.5 * 1.4 * 1.8)).abs() < 1e-15);
/// assert!((c - 2.0 / (1.4 * 1.8)).abs() < 1e-15);
/// ```
///
/// # References
/// Smith, "Estimating tails of probability distributions" (1987).
pub fn expected_information<const Q: usize>(scale: Dual2<Q>, shape: Dual2<Q>) -> [[f64; Q]; Q] {
    information::expected_information([scale, shape], is_positive(scale) && shape.value() > -0.5, || {
        let (scale, shape) = (scale.value(), shape.value());
        let (one, two) = (1.0 + shape, 1.0 + 2.0 * shape);
        [[1.0 / (scale * scale * two), 0.0], [1.0 / (scale * one * two), 2.0 / (one * two)]]
    })
}

distribution! {
    /// A generalized Pareto distribution with known parameters.
    GeneralizedPareto, "generalized Pareto", { scale: Positive, shape: Real }
}

impl GeneralizedPareto {
    /// `scale / (1 - shape)`, infinite from `shape = 1` on
    pub fn mean(&self) -> f64 {
        if self.shape < 1.0 { self.scale / (1.0 - self.shape) } else { f64::INFINITY }
    }

    /// `mean^2 / (1 - 2 shape)`, infinite from `shape = 1/2` on, and NaN where the mean is infinite
    pub fn variance(&self) -> f64 {
        if self.shape >= 1.0 {
            f64::NAN
        } else if self.shape >= 0.5 {
            f64::INFINITY
        } else {
            self.mean() * self.mean() / (1.0 - 2.0 * self.shape)
        }
    }

    /// The distribution with the mean and the variance (divisor n) of the observations, a start for maximum likelihood:
    /// `shape = (1 - mean^2 / variance) / 2`.
    ///
    /// Where the largest observation would lie beyond the end of the support, the scale is widened until it does not.
    ///
    /// # Errors
    /// Without observations, for one that is negative or not finite, and where all are equal.
    ///
    /// # References
    /// Hosking and Wallis, "Parameter and quantile estimation for the generalized Pareto distribution" (1987), where the
    /// shape has the opposite sign.
    pub fn method_of_moments(observations: &[f64]) -> Result<Self, DistributionError> {
        check_observations(Self::NAME, observations, Domain::Between { lower: 0.0, upper: f64::INFINITY })?;
        let (mean, variance) = mean_and_variance(observations.iter().copied());
        let ratio = mean * mean / variance;
        let (scale, shape) = (0.5 * mean * (1.0 + ratio), 0.5 * (1.0 - ratio));
        let largest = observations.iter().fold(0.0, |largest: f64, &x| largest.max(x));
        Self::new(scale.max(COVER * -shape * largest), shape).map_err(DistributionError::of_observations)
    }
}

impl Distribution<f64> for GeneralizedPareto {
    fn sample<R: rand::Rng + ?Sized>(&self, rng: &mut R) -> f64 {
        let exponential: f64 = rand_distr::Exp1.sample(rng);
        self.scale * exp_m1_over(self.shape, exponential)
    }
}
