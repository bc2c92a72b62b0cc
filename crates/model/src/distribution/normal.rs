//! Normal (Gaussian).
use maxlik_dual::special::HALF_LN_2_PI;
use maxlik_dual::{Dual2, Real};
use rand::distr::Distribution;

use super::{
    DistributionError, check_observations, distribution, information, is_positive, mean_and_variance, undefined,
};
use crate::Domain;

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

/// The logarithm of the distribution function `P(X <= x)`.
///
/// # Formula
/// `ln Phi((x - mu) / sigma)`
///
/// # Example
/// ```
/// use maxlik_model::distribution::normal;
/// // Mills' ratio far out: Phi(-z) is about phi(z) (1 - 1/z^2 + 3/z^4) / z.
/// let z = 150.0_f64;
/// let mills = (-1.0 / z.powi(2) + 3.0 / z.powi(4)).ln_1p() - z.ln();
/// let tail = normal::ln_pdf(0.7 - 0.4 * z, 0.7, 0.4) + 0.4_f64.ln() + mills;
/// assert!((normal::ln_cdf(0.7 - 0.4 * z, 0.7, 0.4) / tail - 1.0).abs() < 1e-14);
/// ```
#[inline(always)]
pub fn ln_cdf<T: Real>(x: impl Into<T>, mu: T, sigma: T) -> T {
    if is_positive(sigma) { ((x.into() - mu) / sigma).ln_normal_cdf() } else { undefined() }
}

/// The logarithm of the survival function `P(X > x)`.
///
/// # Formula
/// `ln Phi((mu - x) / sigma)`
///
/// # Example
/// ```
/// use maxlik_model::distribution::normal;
/// let (cdf, sf) = (normal::ln_cdf(1.3, 0.7, 0.4), normal::ln_sf(1.3, 0.7, 0.4));
/// assert!((cdf.exp() + sf.exp() - 1.0).abs() < 1e-15);
/// ```
#[inline(always)]
pub fn ln_sf<T: Real>(x: impl Into<T>, mu: T, sigma: T) -> T {
    if is_positive(sigma) { ((mu - x.into()) / sigma).ln_normal_cdf() } else { undefined() }
}

/// The expected information of one observation in the `Q` arguments that the parameters depend on; NaN outside their domain.
///
/// # Formula
/// `[1 / sigma^2, 0; 0, 2 / sigma^2]`
///
/// # Example
/// ```
/// use maxlik_dual::Dual2;
/// use maxlik_model::distribution::normal;
/// let [mu, sigma] = Dual2::variables([0.7, 0.4]);
/// assert_eq!(normal::expected_information(mu, sigma), [[1.0 / (0.4 * 0.4), 0.0], [0.0, 2.0 / (0.4 * 0.4)]]);
/// ```
pub fn expected_information<const Q: usize>(mu: Dual2<Q>, sigma: Dual2<Q>) -> [[f64; Q]; Q] {
    information::expected_information([mu, sigma], is_positive(sigma), || {
        let precision = 1.0 / (sigma.value() * sigma.value());
        [[precision, 0.0], [0.0, 2.0 * precision]]
    })
}

distribution! {
    /// A normal distribution with known parameters.
    Normal, "normal", { mu: Real, sigma: Positive }
}

impl Normal {
    /// `mu`
    pub fn mean(&self) -> f64 {
        self.mu
    }

    /// `sigma^2`
    pub fn variance(&self) -> f64 {
        self.sigma * self.sigma
    }

    /// The maximum-likelihood estimate: the mean of the observations and their standard deviation (divisor n).
    ///
    /// # Errors
    /// Without observations, for one that is not finite, and where all are equal (sigma is then 0).
    pub fn maximum_likelihood(observations: &[f64]) -> Result<Self, DistributionError> {
        check_observations(Self::NAME, observations, Domain::Real)?;
        let (mean, variance) = mean_and_variance(observations.iter().copied());
        Self::new(mean, variance.sqrt()).map_err(DistributionError::of_observations)
    }
}

impl Distribution<f64> for Normal {
    fn sample<R: rand::Rng + ?Sized>(&self, rng: &mut R) -> f64 {
        let z: f64 = rand_distr::StandardNormal.sample(rng);
        self.mu + self.sigma * z
    }
}
