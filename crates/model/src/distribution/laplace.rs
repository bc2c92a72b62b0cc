//! Laplace (double exponential): errors whose absolute value is exponential.
use std::f64::consts::{LN_2, SQRT_2};

use maxlik_dual::{Dual2, Real};
use rand::distr::Distribution;

use super::quantile::{quantile, sorted};
use super::{DistributionError, check_observations, distribution, information, is_positive, undefined};
use crate::Domain;

/// The log-density at `x`, for `scale > 0` (the mean absolute deviation, in the units of `x`).
///
/// The density has a corner at `mu`: there the derivative is the one from below, and the second derivative in `mu` is 0
/// everywhere, so that a maximum in `mu` is not found by Newton's method; [`Laplace::maximum_likelihood`] is exact.
///
/// # Formula
/// `-|x - mu| / scale - ln(2 scale)`
///
/// # Example
/// ```
/// use maxlik_model::distribution::laplace;
/// let density = (-1.5_f64).exp() / 0.8;
/// assert!((laplace::ln_pdf(0.1, 0.7, 0.4) - density.ln()).abs() < 1e-15);
/// ```
#[inline(always)]
pub fn ln_pdf<T: Real>(x: impl Into<T>, mu: T, scale: T) -> T {
    -(((x.into() - mu) / scale).abs() + scale.ln()) - LN_2
}

/// The logarithm of the distribution function `P(X <= x)`.
///
/// # Formula
/// `z - ln 2` for `z = (x - mu) / scale <= 0`, and `ln(1 - e^-z / 2)` above
///
/// # Example
/// ```
/// use maxlik_model::distribution::laplace;
/// assert!((laplace::ln_cdf(0.1, 0.7, 0.4) - (0.5 * (-1.5_f64).exp()).ln()).abs() < 1e-15);
/// assert!((laplace::ln_cdf(1.3, 0.7, 0.4) - (1.0 - 0.5 * (-1.5_f64).exp()).ln()).abs() < 1e-15);
/// ```
#[inline(always)]
pub fn ln_cdf<T: Real>(x: impl Into<T>, mu: T, scale: T) -> T {
    if is_positive(scale) { ln_lower_tail((x.into() - mu) / scale) } else { undefined() }
}

/// The logarithm of the survival function `P(X > x)`.
///
/// # Formula
/// [`ln_cdf`] mirrored at `mu`
///
/// # Example
/// ```
/// use maxlik_model::distribution::laplace;
/// assert_eq!(laplace::ln_sf(1.3, 0.75, 0.4), laplace::ln_cdf(0.2, 0.75, 0.4));
/// ```
#[inline(always)]
pub fn ln_sf<T: Real>(x: impl Into<T>, mu: T, scale: T) -> T {
    if is_positive(scale) { ln_lower_tail((mu - x.into()) / scale) } else { undefined() }
}

#[inline(always)]
fn ln_lower_tail<T: Real>(z: T) -> T {
    if z.value() <= 0.0 { z - LN_2 } else { ((-z).exp() * -0.5).ln_1p() }
}

/// The expected information of one observation in the `Q` arguments that the parameters depend on; NaN outside their domain.
///
/// # Formula
/// `[1 / scale^2, 0; 0, 1 / scale^2]`: the expected product of the score with itself; minus the second derivatives
/// misses what the corner at `mu` knows of it
///
/// # Example
/// ```
/// use maxlik_dual::Dual2;
/// use maxlik_model::distribution::laplace;
/// let [mu, scale] = Dual2::variables([2.5, 0.4]);
/// assert_eq!(laplace::expected_information(mu, scale), [[1.0 / (0.4 * 0.4), 0.0], [0.0, 1.0 / (0.4 * 0.4)]]);
/// ```
pub fn expected_information<const Q: usize>(mu: Dual2<Q>, scale: Dual2<Q>) -> [[f64; Q]; Q] {
    information::expected_information([mu, scale], scale.value() > 0.0, || {
        let precision = 1.0 / (scale.value() * scale.value());
        [[precision, 0.0], [0.0, precision]]
    })
}

distribution! {
    /// A Laplace distribution with known parameters.
    Laplace, "Laplace", { mu: Real, scale: Positive }
}

impl Laplace {
    /// `mu`
    pub fn mean(&self) -> f64 {
        self.mu
    }

    /// `2 scale^2`
    pub fn variance(&self) -> f64 {
        let deviation = SQRT_2 * self.scale;
        deviation * deviation
    }

    /// The maximum-likelihood estimate: the median of the observations and their mean absolute deviation from it.
    ///
    /// # Errors
    /// Without observations, for one that is not finite, and where all are equal (the scale is then 0).
    ///
    /// # Example
    /// ```
    /// use maxlik_model::distribution::laplace::Laplace;
    /// let laplace = Laplace::maximum_likelihood(&[2.5, -1.0, 7.0, 2.0])?;
    /// assert_eq!(laplace.parameters(), [2.25, (0.25 + 3.25 + 4.75 + 0.25) / 4.0]);
    /// # Ok::<(), maxlik_model::distribution::DistributionError>(())
    /// ```
    pub fn maximum_likelihood(observations: &[f64]) -> Result<Self, DistributionError> {
        check_observations(Self::NAME, observations, Domain::Real)?;
        let median = quantile(&sorted(observations), 0.5);
        let deviations: f64 = observations.iter().map(|x| (x - median).abs()).sum();
        Self::new(median, deviations / observations.len() as f64).map_err(DistributionError::of_observations)
    }
}

impl Distribution<f64> for Laplace {
    /// A standard exponential number with a random sign.
    fn sample<R: rand::Rng + ?Sized>(&self, rng: &mut R) -> f64 {
        let z: f64 = rand_distr::Exp1.sample(rng);
        let upper: bool = rand::distr::StandardUniform.sample(rng);
        self.mu + self.scale * if upper { z } else { -z }
    }
}
