//! Gumbel, the type I extreme value distribution: the largest of many observations with exponential tails.
use std::f64::consts::PI;

use maxlik_dual::{Dual2, Real};
use rand::distr::Distribution;

use super::gamma_moments::EULER;
use super::{
    DistributionError, check_observations, distribution, impossible, information, is_positive, mean_and_variance,
    undefined,
};
use crate::Domain;

/// The log-density at `x`, for `scale > 0` (in the units of `x`; `mu` is the mode).
///
/// For the smallest of many observations, negate observation and `mu`.
///
/// # Formula
/// `-z - e^-z - ln scale` with `z = (x - mu) / scale`
///
/// # Example
/// ```
/// use maxlik_model::distribution::gumbel;
/// let density = (-1.5_f64).exp() * (-(-1.5_f64).exp()).exp() / 0.4;
/// assert!((gumbel::ln_pdf(1.3, 0.7, 0.4) - density.ln()).abs() < 1e-15);
/// ```
#[inline(always)]
pub fn ln_pdf<T: Real>(x: impl Into<T>, mu: T, scale: T) -> T {
    let z = (x.into() - mu) / scale;
    if !is_positive(scale) {
        undefined()
    } else if z.value() == f64::NEG_INFINITY {
        impossible()
    } else {
        -z - (-z).exp() - scale.ln()
    }
}

/// The logarithm of the distribution function `P(X <= x)`.
///
/// # Formula
/// `-e^-z` with `z = (x - mu) / scale`
///
/// # Example
/// ```
/// use maxlik_model::distribution::gumbel;
/// assert!((gumbel::ln_cdf(1.3, 0.7, 0.4) + (-1.5_f64).exp()).abs() < 1e-15);
/// ```
#[inline(always)]
pub fn ln_cdf<T: Real>(x: impl Into<T>, mu: T, scale: T) -> T {
    if is_positive(scale) { -((mu - x.into()) / scale).exp() } else { undefined() }
}

/// The logarithm of the survival function `P(X > x)`.
///
/// # Formula
/// `ln(1 - exp(-y))` with `y = e^-z`, `z = (x - mu) / scale`; in the upper tail, where `y` is small and may vanish,
/// `-z - y/2 + y^2/24`, of which the next term is `-y^4/2880`
///
/// # Example
/// ```
/// use maxlik_model::distribution::gumbel;
/// assert!((gumbel::ln_sf(1.3, 0.7, 0.4) - (1.0 - (-(-1.5_f64).exp()).exp()).ln()).abs() < 1e-15);
/// assert!((gumbel::ln_sf(401.0, 1.0, 0.4) / -1000.0 - 1.0).abs() < 1e-15);
/// ```
#[inline(always)]
pub fn ln_sf<T: Real>(x: impl Into<T>, mu: T, scale: T) -> T {
    if !is_positive(scale) {
        return undefined();
    }
    let z = (x.into() - mu) / scale;
    let y = (-z).exp();
    if z.value() > 10.0 {
        // The omitted term is below 2e-21.
        y * (y * (1.0 / 24.0) - 0.5) - z
    } else if y.value() > 750.0 {
        // exp(-y) vanishes, and with it what its derivatives multiply, which may be infinite.
        T::from(0.0)
    } else {
        (-y).ln_1m_exp()
    }
}

/// The expected information of one observation in the `Q` arguments that the parameters depend on; NaN outside their domain.
///
/// # Formula
/// `[1, -(1 - gamma); -(1 - gamma), pi^2 / 6 + (1 - gamma)^2] / scale^2`, `gamma` being Euler's constant
///
/// # Example
/// ```
/// use maxlik_dual::Dual2;
/// use maxlik_model::distribution::gumbel;
/// let [mu, scale] = Dual2::variables([2.5, 0.4]);
/// let [[a, b], [_, c]] = gumbel::expected_information(mu, scale);
/// assert!((a - 6.25).abs() < 1e-14 && (b + 0.422_784_335_098_467_1 * 6.25).abs() < 1e-14);
/// assert!((c - 1.823_680_660_852_88 * 6.25).abs() < 1e-13);
/// ```
pub fn expected_information<const Q: usize>(mu: Dual2<Q>, scale: Dual2<Q>) -> [[f64; Q]; Q] {
    information::expected_information([mu, scale], is_positive(scale), || {
        let precision = 1.0 / (scale.value() * scale.value());
        let of_scale = PI * PI / 6.0 + (1.0 - EULER) * (1.0 - EULER);
        [[precision, 0.0], [-(1.0 - EULER) * precision, of_scale * precision]]
    })
}

distribution! {
    /// A Gumbel distribution (of maxima) with known parameters.
    Gumbel, "Gumbel", { mu: Real, scale: Positive }
}

impl Gumbel {
    /// `mu + gamma scale` with Euler's constant `gamma = 0.5772..`
    pub fn mean(&self) -> f64 {
        self.mu + EULER * self.scale
    }

    /// `pi^2 scale^2 / 6`
    pub fn variance(&self) -> f64 {
        let deviation = PI * self.scale;
        deviation * deviation / 6.0
    }

    /// The distribution with the mean and the variance (divisor n) of the observations: a start for maximum likelihood, which
    /// has no closed form.
    ///
    /// # Errors
    /// Without observations, for one that is not finite, and where all are equal (the scale is then 0).
    pub fn method_of_moments(observations: &[f64]) -> Result<Self, DistributionError> {
        check_observations(Self::NAME, observations, Domain::Real)?;
        let (mean, variance) = mean_and_variance(observations.iter().copied());
        let scale = (6.0 * variance).sqrt() / PI;
        Self::new(mean - EULER * scale, scale).map_err(DistributionError::of_observations)
    }
}

impl Distribution<f64> for Gumbel {
    /// By inversion.
    fn sample<R: rand::Rng + ?Sized>(&self, rng: &mut R) -> f64 {
        let p: f64 = rand::distr::Open01.sample(rng);
        self.mu - self.scale * (-p.ln()).ln()
    }
}
