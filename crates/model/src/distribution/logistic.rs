//! Logistic: like the normal, with heavier tails and a distribution function in closed form.
use std::f64::consts::PI;

use maxlik_dual::{Dual2, Real};
use rand::distr::Distribution;

use super::{
    DistributionError, check_observations, distribution, information, is_positive, mean_and_variance, undefined,
};
use crate::Domain;

/// The log-density at `x`, for `scale > 0` (in the units of `x`; the standard deviation is `pi / sqrt(3)` times as large).
///
/// # Formula
/// `-|z| - 2 ln(1 + e^-|z|) - ln scale` with `z = (x - mu) / scale`; the density is symmetric
///
/// # Example
/// ```
/// use maxlik_model::distribution::logistic;
/// let e = (-1.5_f64).exp();
/// let density = e / (0.4 * (1.0 + e).powi(2));
/// assert!((logistic::ln_pdf(1.3, 0.7, 0.4) - density.ln()).abs() < 1e-15);
/// ```
#[inline(always)]
pub fn ln_pdf<T: Real>(x: impl Into<T>, mu: T, scale: T) -> T {
    let distance = ((x.into() - mu) / scale).abs();
    -distance - (-distance).softplus() * 2.0 - scale.ln()
}

/// The logarithm of the distribution function `P(X <= x)`.
///
/// # Formula
/// `-ln(1 + e^-z)` with `z = (x - mu) / scale`
///
/// # Example
/// ```
/// use maxlik_model::distribution::logistic;
/// assert!((logistic::ln_cdf(1.3, 0.7, 0.4) + (1.0 + (-1.5_f64).exp()).ln()).abs() < 1e-15);
/// ```
#[inline(always)]
pub fn ln_cdf<T: Real>(x: impl Into<T>, mu: T, scale: T) -> T {
    if is_positive(scale) { ((x.into() - mu) / scale).ln_sigmoid() } else { undefined() }
}

/// The logarithm of the survival function `P(X > x)`.
///
/// # Formula
/// `-ln(1 + e^z)` with `z = (x - mu) / scale`
///
/// # Example
/// ```
/// use maxlik_model::distribution::logistic;
/// assert!((logistic::ln_sf(1.3, 0.7, 0.4) + (1.0 + 1.5_f64.exp()).ln()).abs() < 1e-15);
/// ```
#[inline(always)]
pub fn ln_sf<T: Real>(x: impl Into<T>, mu: T, scale: T) -> T {
    if is_positive(scale) { ((mu - x.into()) / scale).ln_sigmoid() } else { undefined() }
}

/// The expected information of one observation in the `Q` arguments that the parameters depend on; NaN outside their domain.
///
/// # Formula
/// `[1 / 3, 0; 0, (3 + pi^2) / 9] / scale^2`
///
/// # Example
/// ```
/// use maxlik_dual::Dual2;
/// use maxlik_model::distribution::logistic;
/// let [mu, scale] = Dual2::variables([2.5, 0.4]);
/// let [[a, b], [_, c]] = logistic::expected_information(mu, scale);
/// assert!((a - 6.25 / 3.0).abs() < 1e-15 && b == 0.0);
/// assert!((c - 6.25 * (3.0 + std::f64::consts::PI.powi(2)) / 9.0).abs() < 1e-14);
/// ```
pub fn expected_information<const Q: usize>(mu: Dual2<Q>, scale: Dual2<Q>) -> [[f64; Q]; Q] {
    information::expected_information([mu, scale], scale.value() > 0.0, || {
        let precision = 1.0 / (scale.value() * scale.value());
        [[precision / 3.0, 0.0], [0.0, (3.0 + PI * PI) / 9.0 * precision]]
    })
}

distribution! {
    /// A logistic distribution with known parameters.
    Logistic, "logistic", { mu: Real, scale: Positive }
}

impl Logistic {
    /// `mu`
    pub fn mean(&self) -> f64 {
        self.mu
    }

    /// `pi^2 scale^2 / 3`
    pub fn variance(&self) -> f64 {
        let deviation = PI * self.scale;
        deviation * deviation / 3.0
    }

    /// The distribution with the mean and the variance (divisor n) of the observations: a start for maximum likelihood, which
    /// has no closed form.
    ///
    /// # Errors
    /// Without observations, for one that is not finite, and where all are equal (the scale is then 0).
    pub fn method_of_moments(observations: &[f64]) -> Result<Self, DistributionError> {
        check_observations(Self::NAME, observations, Domain::Real)?;
        let (mean, variance) = mean_and_variance(observations.iter().copied());
        Self::new(mean, (3.0 * variance).sqrt() / PI).map_err(DistributionError::of_observations)
    }
}

impl Distribution<f64> for Logistic {
    /// By inversion.
    fn sample<R: rand::Rng + ?Sized>(&self, rng: &mut R) -> f64 {
        let p: f64 = rand::distr::Open01.sample(rng);
        self.mu + self.scale * p.logit()
    }
}
