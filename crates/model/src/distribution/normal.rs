//! Normal (Gaussian).
use maxlik_dual::Real;
use rand::distr::Distribution;

use super::{DistributionError, check_observations, distribution, mean_and_variance};
use crate::Domain;

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
        Self::new(mean, variance.sqrt())
    }
}

impl Distribution<f64> for Normal {
    fn sample<R: rand::Rng + ?Sized>(&self, rng: &mut R) -> f64 {
        let z: f64 = rand_distr::StandardNormal.sample(rng);
        self.mu + self.sigma * z
    }
}
