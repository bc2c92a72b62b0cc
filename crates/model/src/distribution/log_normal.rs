//! Log-normal: positive data whose logarithm is normal.
use maxlik_dual::{Dual2, Real};
use rand::distr::Distribution;

use super::{
    DistributionError, check_observations, distribution, impossible, information, is_positive, mean_and_variance,
    normal, undefined,
};
use crate::Domain;

/// The log-density at `x`, for `mu` and `sigma > 0`, mean and standard deviation of `ln x`; the median is `e^mu`.
///
/// # Formula
/// `-z^2 / 2 - ln sigma - ln(2 pi) / 2 - ln x` with `z = (ln x - mu) / sigma`, for `x > 0`
///
/// # Example
/// ```
/// use maxlik_model::distribution::log_normal;
/// let z = (2.0_f64.ln() - 0.3) / 0.4;
/// let density = (-0.5 * z * z).exp() / (2.0 * 0.4 * (2.0 * std::f64::consts::PI).sqrt());
/// assert!((log_normal::ln_pdf(2.0, 0.3, 0.4) - density.ln()).abs() < 1e-15);
/// ```
#[inline(always)]
pub fn ln_pdf<T: Real>(x: impl Into<T>, mu: T, sigma: T) -> T {
    let x = x.into();
    if x.value() <= 0.0 {
        return if is_known(mu, sigma) { impossible() } else { undefined() };
    }
    let ln_x = x.ln();
    normal::ln_pdf(ln_x, mu, sigma) - ln_x
}

/// The logarithm of the distribution function `P(X <= x)`.
///
/// # Formula
/// `ln Phi((ln x - mu) / sigma)` for `x > 0`
///
/// # Example
/// ```
/// use maxlik_model::distribution::{log_normal, normal};
/// assert_eq!(log_normal::ln_cdf(2.0, 0.3, 0.4), normal::ln_cdf(2.0_f64.ln(), 0.3, 0.4));
/// ```
#[inline(always)]
pub fn ln_cdf<T: Real>(x: impl Into<T>, mu: T, sigma: T) -> T {
    let x = x.into();
    if x.value() <= 0.0 {
        return if is_known(mu, sigma) { impossible() } else { undefined() };
    }
    normal::ln_cdf(x.ln(), mu, sigma)
}

/// The logarithm of the survival function `P(X > x)`.
///
/// # Formula
/// `ln Phi((mu - ln x) / sigma)` for `x > 0`, and 0 before
///
/// # Example
/// ```
/// use maxlik_model::distribution::{log_normal, normal};
/// assert_eq!(log_normal::ln_sf(2.0, 0.3, 0.4), normal::ln_sf(2.0_f64.ln(), 0.3, 0.4));
/// ```
#[inline(always)]
pub fn ln_sf<T: Real>(x: impl Into<T>, mu: T, sigma: T) -> T {
    let x = x.into();
    if x.value() <= 0.0 {
        return if is_known(mu, sigma) { T::from(0.0) } else { undefined() };
    }
    normal::ln_sf(x.ln(), mu, sigma)
}

/// Whether the parameters are in their domains.
#[inline(always)]
fn is_known<T: Real>(mu: T, sigma: T) -> bool {
    is_positive(sigma) && !mu.value().is_nan()
}

/// The expected information of one observation in the `Q` arguments that the parameters depend on; NaN outside their domain.
///
/// # Formula
/// `[1 / sigma^2, 0; 0, 2 / sigma^2]`
///
/// # Example
/// ```
/// use maxlik_dual::Dual2;
/// use maxlik_model::distribution::log_normal;
/// let [mu, sigma] = Dual2::variables([0.7, 0.4]);
/// assert_eq!(log_normal::expected_information(mu, sigma), [[1.0 / (0.4 * 0.4), 0.0], [0.0, 2.0 / (0.4 * 0.4)]]);
/// ```
pub fn expected_information<const Q: usize>(mu: Dual2<Q>, sigma: Dual2<Q>) -> [[f64; Q]; Q] {
    information::expected_information([mu, sigma], sigma.value() > 0.0, || {
        let precision = 1.0 / (sigma.value() * sigma.value());
        [[precision, 0.0], [0.0, 2.0 * precision]]
    })
}

distribution! {
    /// A log-normal distribution with known parameters.
    LogNormal, "log-normal", { mu: Real, sigma: Positive }
}

impl LogNormal {
    /// `exp(mu + sigma^2 / 2)`, infinite where that is no longer a number
    pub fn mean(&self) -> f64 {
        (self.mu + 0.5 * self.sigma * self.sigma).exp()
    }

    /// `exp(2 mu + sigma^2) (exp(sigma^2) - 1)`, infinite where that is no longer a number
    pub fn variance(&self) -> f64 {
        // exp(sigma^2) - 1 = exp(sigma^2) (1 - exp(-sigma^2))
        let square = self.sigma * self.sigma;
        (2.0 * (self.mu + square) + (-square).ln_1m_exp()).exp()
    }

    /// The maximum-likelihood estimate: mean and standard deviation (divisor n) of the logarithms of the observations.
    ///
    /// # Errors
    /// Without observations, for one that is not above 0, and where all are equal (sigma is then 0).
    ///
    /// # Example
    /// ```
    /// use maxlik_model::distribution::log_normal::LogNormal;
    /// let [mu, sigma] = LogNormal::maximum_likelihood(&[2.0, 4.5])?.parameters();
    /// assert!((mu - 3.0_f64.ln()).abs() < 1e-15);
    /// assert!((sigma - 1.5_f64.ln()).abs() < 1e-15);
    /// # Ok::<(), maxlik_model::distribution::DistributionError>(())
    /// ```
    pub fn maximum_likelihood(observations: &[f64]) -> Result<Self, DistributionError> {
        check_observations(Self::NAME, observations, Domain::Positive)?;
        let logarithms: Vec<f64> = observations.iter().map(|x| x.ln()).collect();
        let (mean, variance) = mean_and_variance(logarithms.iter().copied());
        Self::new(mean, variance.sqrt()).map_err(DistributionError::of_observations)
    }
}

impl Distribution<f64> for LogNormal {
    fn sample<R: rand::Rng + ?Sized>(&self, rng: &mut R) -> f64 {
        let z: f64 = rand_distr::StandardNormal.sample(rng);
        (self.mu + self.sigma * z).exp()
    }
}
