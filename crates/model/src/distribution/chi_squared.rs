//! Chi-squared: sums of squares of standard normal variables.
use maxlik_dual::{Dual2, Real};
use rand::distr::Distribution;

use super::{
    DistributionError, check_observations, distribution, gamma,
    information::{self, trigamma},
    mean_and_variance,
};
use crate::Domain;

/// The log-density at `x`, for `nu > 0` degrees of freedom: a gamma distribution of shape `nu / 2` and rate 1/2.
///
/// # Formula
/// `(nu / 2 - 1) ln x - x / 2 - (nu / 2) ln 2 - ln Gamma(nu / 2)` for `x > 0`
///
/// # Example
/// ```
/// use maxlik_model::distribution::chi_squared;
/// let density = 1.5_f64.powi(2) * (-0.75_f64).exp() / 16.0; // nu = 6, Gamma(3) = 2
/// assert!((chi_squared::ln_pdf(1.5, 6.0) - density.ln()).abs() < 1e-15);
/// ```
#[inline(always)]
pub fn ln_pdf<T: Real>(x: impl Into<T>, nu: T) -> T {
    gamma::ln_pdf(x, nu * 0.5, T::from(0.5))
}

/// The logarithm of the distribution function `P(X <= x)`.
///
/// # Formula
/// `ln P(nu / 2, x / 2)`, the regularised lower incomplete gamma function
///
/// # Example
/// ```
/// use maxlik_model::distribution::chi_squared;
/// assert!((chi_squared::ln_cdf(2.4, 4.0) - (1.0 - 2.2 * (-1.2_f64).exp()).ln()).abs() < 1e-14);
/// ```
pub fn ln_cdf<T: Real>(x: impl Into<T>, nu: T) -> T {
    gamma::ln_cdf(x, nu * 0.5, T::from(0.5))
}

/// The logarithm of the survival function `P(X > x)`: the p-value of a chi-squared test.
///
/// # Formula
/// `ln Q(nu / 2, x / 2)`, the regularised upper incomplete gamma function
///
/// # Example
/// ```
/// use maxlik_model::distribution::chi_squared;
/// assert!((chi_squared::ln_sf(2.4, 4.0) - (2.2_f64.ln() - 1.2)).abs() < 1e-15);
/// ```
pub fn ln_sf<T: Real>(x: impl Into<T>, nu: T) -> T {
    gamma::ln_sf(x, nu * 0.5, T::from(0.5))
}

/// The expected information of one observation in the `Q` arguments that the parameters depend on; NaN outside their domain.
///
/// # Formula
/// `psi1(nu / 2) / 4`, `psi1` being the trigamma function
///
/// # Example
/// ```
/// use maxlik_dual::Dual2;
/// use maxlik_model::distribution::chi_squared;
/// let [nu] = Dual2::variables([4.0]);
/// let trigamma = std::f64::consts::PI.powi(2) / 6.0 - 1.0;
/// assert!((chi_squared::expected_information(nu)[0][0] - 0.25 * trigamma).abs() < 1e-15);
/// ```
pub fn expected_information<const Q: usize>(nu: Dual2<Q>) -> [[f64; Q]; Q] {
    information::expected_information([nu], nu.value() > 0.0, || [[0.25 * trigamma(0.5 * nu.value())]])
}

distribution! {
    /// A chi-squared distribution with known degrees of freedom.
    ChiSquared, "chi-squared", { nu: Positive }
}

impl ChiSquared {
    /// `nu`
    pub fn mean(&self) -> f64 {
        self.nu
    }

    /// `2 nu`
    pub fn variance(&self) -> f64 {
        2.0 * self.nu
    }

    /// The distribution with the mean of the observations, a start for maximum likelihood.
    ///
    /// # Errors
    /// Without observations, and for one that is not above 0.
    ///
    /// # Example
    /// ```
    /// use maxlik_model::distribution::chi_squared::ChiSquared;
    /// assert_eq!(ChiSquared::method_of_moments(&[2.5, 7.5])?.parameters(), [5.0]);
    /// # Ok::<(), maxlik_model::distribution::DistributionError>(())
    /// ```
    pub fn method_of_moments(observations: &[f64]) -> Result<Self, DistributionError> {
        check_observations(Self::NAME, observations, Domain::Positive)?;
        Self::new(mean_and_variance(observations.iter().copied()).0).map_err(DistributionError::of_observations)
    }
}

impl Distribution<f64> for ChiSquared {
    fn sample<R: rand::Rng + ?Sized>(&self, rng: &mut R) -> f64 {
        rand_distr::Gamma::new(0.5 * self.nu, 2.0).map_or(f64::NAN, |gamma| gamma.sample(rng))
    }
}
