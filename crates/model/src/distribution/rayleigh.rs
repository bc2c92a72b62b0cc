//! Rayleigh: lengths of vectors in the plane with independent normal coordinates.
use maxlik_dual::{Dual2, Real};
use rand::distr::Distribution;

use super::{
    DistributionError, check_observations, distribution, hazard, impossible, information, is_positive,
    mean_and_variance, undefined,
};
use crate::Domain;

/// The log-density at `x`, for `sigma > 0` (the standard deviation of one coordinate, in the unit of `x`).
///
/// # Formula
/// `ln x - 2 ln sigma - (x / sigma)^2 / 2` for `x > 0`
///
/// # Example
/// ```
/// use maxlik_model::distribution::rayleigh;
/// let density = 2.0 / 2.25 * (-0.5 * (2.0_f64 / 1.5).powi(2)).exp();
/// assert!((rayleigh::ln_pdf(2.0, 1.5) - density.ln()).abs() < 1e-15);
/// ```
#[inline(always)]
pub fn ln_pdf<T: Real>(x: impl Into<T>, sigma: T) -> T {
    let x = x.into();
    if !is_positive(sigma) {
        undefined()
    } else if x.value() <= 0.0 {
        impossible()
    } else {
        x.ln_ratio(sigma) - sigma.ln() - hazard_at(x, sigma)
    }
}

/// The logarithm of the distribution function `P(X <= x)`.
///
/// # Formula
/// `ln(1 - e^(-(x / sigma)^2 / 2))` for `x > 0`, and minus infinity before
///
/// # Example
/// ```
/// use maxlik_model::distribution::rayleigh;
/// assert!((rayleigh::ln_cdf(2.0, 1.5) - (1.0 - (-0.5 * (2.0_f64 / 1.5).powi(2)).exp()).ln()).abs() < 1e-15);
/// ```
pub fn ln_cdf<T: Real>(x: impl Into<T>, sigma: T) -> T {
    let x = x.into();
    if !is_positive(sigma) {
        undefined()
    } else if x.value() <= 0.0 {
        impossible()
    } else {
        hazard::ln_cdf(hazard_at(x, sigma), || x.ln_ratio(sigma) * 2.0 - std::f64::consts::LN_2)
    }
}

/// The logarithm of the survival function `P(X > x)`.
///
/// # Formula
/// `-(x / sigma)^2 / 2` for `x > 0`, and 0 before
///
/// # Example
/// ```
/// assert!((maxlik_model::distribution::rayleigh::ln_sf(2.0, 1.5) + 8.0 / 9.0).abs() < 1e-15);
/// ```
pub fn ln_sf<T: Real>(x: impl Into<T>, sigma: T) -> T {
    let x = x.into();
    if !is_positive(sigma) {
        undefined()
    } else if x.value() <= 0.0 {
        T::from(0.0)
    } else {
        -hazard_at(x, sigma)
    }
}

#[inline(always)]
fn hazard_at<T: Real>(x: T, sigma: T) -> T {
    let z = x / sigma;
    z * z * 0.5
}

/// The expected information of one observation in the `Q` arguments that the parameters depend on; NaN outside their domain.
///
/// # Formula
/// `4 / sigma^2`
///
/// # Example
/// ```
/// use maxlik_dual::Dual2;
/// use maxlik_model::distribution::rayleigh;
/// let [sigma] = Dual2::variables([0.4]);
/// assert_eq!(rayleigh::expected_information(sigma), [[4.0 / (0.4 * 0.4)]]);
/// ```
pub fn expected_information<const Q: usize>(sigma: Dual2<Q>) -> [[f64; Q]; Q] {
    information::expected_information([sigma], sigma.value() > 0.0, || [[4.0 / (sigma.value() * sigma.value())]])
}

distribution! {
    /// A Rayleigh distribution with known scale.
    Rayleigh, "Rayleigh", { sigma: Positive }
}

impl Rayleigh {
    /// `sigma sqrt(pi / 2)`
    pub fn mean(&self) -> f64 {
        self.sigma * std::f64::consts::FRAC_PI_2.sqrt()
    }

    /// `sigma^2 (2 - pi / 2)`
    pub fn variance(&self) -> f64 {
        self.sigma * self.sigma * (2.0 - std::f64::consts::FRAC_PI_2)
    }

    /// The maximum-likelihood estimate: `sigma^2` is half the mean square of the observations.
    ///
    /// # Errors
    /// Without observations, and for one that is not above 0.
    pub fn maximum_likelihood(observations: &[f64]) -> Result<Self, DistributionError> {
        check_observations(Self::NAME, observations, Domain::Positive)?;
        Self::new((0.5 * mean_and_variance(observations.iter().map(|x| x * x)).0).sqrt())
            .map_err(DistributionError::of_observations)
    }
}

impl Distribution<f64> for Rayleigh {
    fn sample<R: rand::Rng + ?Sized>(&self, rng: &mut R) -> f64 {
        let exponential: f64 = rand_distr::Exp1.sample(rng);
        self.sigma * (2.0 * exponential).sqrt()
    }
}
