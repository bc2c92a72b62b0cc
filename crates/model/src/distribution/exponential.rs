//! Exponential: waiting times at a constant rate.
use maxlik_dual::{Dual2, Real};
use rand::distr::Distribution;

use super::{
    DistributionError, check_observations, distribution, hazard, impossible, information, is_positive,
    mean_and_variance, undefined,
};
use crate::Domain;

/// The log-density at `x`, for `rate > 0` (one over the unit of `x`).
///
/// # Formula
/// `ln rate - rate x` for `x >= 0`
///
/// # Example
/// ```
/// use maxlik_model::distribution::exponential;
/// assert!((exponential::ln_pdf(2.0, 0.7) - (0.7 * (-1.4_f64).exp()).ln()).abs() < 1e-15);
/// ```
#[inline(always)]
pub fn ln_pdf<T: Real>(x: impl Into<T>, rate: T) -> T {
    let x = x.into();
    if !is_positive(rate) {
        undefined()
    } else if x.value() < 0.0 {
        impossible()
    } else {
        rate.ln() - rate * x
    }
}

/// The logarithm of the distribution function `P(X <= x)`.
///
/// # Formula
/// `ln(1 - e^(-rate x))` for `x >= 0`, and minus infinity before
///
/// # Example
/// ```
/// use maxlik_model::distribution::exponential;
/// assert!((exponential::ln_cdf(2.0, 0.7) - (1.0 - (-1.4_f64).exp()).ln()).abs() < 1e-15);
/// assert!((exponential::ln_cdf(1e-200, 1e-150) + 350.0 * 10_f64.ln()).abs() < 1e-12);
/// ```
#[inline(always)]
pub fn ln_cdf<T: Real>(x: impl Into<T>, rate: T) -> T {
    let x = x.into();
    if !is_positive(rate) {
        undefined()
    } else if x.value() < 0.0 {
        impossible()
    } else {
        hazard::ln_cdf(rate * x, || rate.ln() + x.ln())
    }
}

/// The logarithm of the survival function `P(X > x)`.
///
/// # Formula
/// `-rate x` for `x >= 0`, and 0 before
///
/// # Example
/// ```
/// assert_eq!(maxlik_model::distribution::exponential::ln_sf(2.0, 0.7), -1.4);
/// ```
#[inline(always)]
pub fn ln_sf<T: Real>(x: impl Into<T>, rate: T) -> T {
    let x = x.into();
    if !is_positive(rate) {
        undefined()
    } else if x.value() < 0.0 {
        T::from(0.0)
    } else {
        -(rate * x)
    }
}

/// The expected information of one observation in the `Q` arguments that the parameters depend on; NaN outside their domain.
///
/// # Formula
/// `1 / rate^2`
///
/// # Example
/// ```
/// use maxlik_dual::Dual2;
/// use maxlik_model::distribution::exponential;
/// let [rate] = Dual2::variables([0.4]);
/// assert_eq!(exponential::expected_information(rate), [[1.0 / (0.4 * 0.4)]]);
/// ```
pub fn expected_information<const Q: usize>(rate: Dual2<Q>) -> [[f64; Q]; Q] {
    information::expected_information([rate], is_positive(rate), || [[1.0 / (rate.value() * rate.value())]])
}

distribution! {
    /// An exponential distribution with known rate.
    Exponential, "exponential", { rate: Positive }
}

impl Exponential {
    /// `1 / rate`
    pub fn mean(&self) -> f64 {
        1.0 / self.rate
    }

    /// `1 / rate^2`
    pub fn variance(&self) -> f64 {
        self.mean() / self.rate
    }

    /// The maximum-likelihood estimate: one over the mean of the observations.
    ///
    /// # Errors
    /// Without observations, for one that is negative or not finite, and where all are 0 (the rate is then infinite).
    pub fn maximum_likelihood(observations: &[f64]) -> Result<Self, DistributionError> {
        check_observations(Self::NAME, observations, Domain::Between { lower: 0.0, upper: f64::INFINITY })?;
        Self::new(1.0 / mean_and_variance(observations.iter().copied()).0).map_err(DistributionError::of_observations)
    }
}

impl Distribution<f64> for Exponential {
    fn sample<R: rand::Rng + ?Sized>(&self, rng: &mut R) -> f64 {
        let standard: f64 = rand_distr::Exp1.sample(rng);
        standard / self.rate
    }
}
