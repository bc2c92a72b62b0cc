//! Gamma: waiting times for several events, and positive data with constant coefficient of variation.
use maxlik_dual::Real;
use rand::distr::Distribution;

use super::{
    DistributionError, check_observations, distribution, impossible, is_positive, mean_and_variance, undefined,
};
use crate::Domain;

/// The log-density at `x`, for `shape > 0` and `rate > 0` (one over the unit of `x`); the mean is `shape / rate`.
///
/// # Formula
/// `shape ln(rate x) - ln x - rate x - ln Gamma(shape)` for `x > 0`. At `x = 0` the density is 0, `rate` or infinite as the
/// shape is above, at or below 1.
///
/// # Example
/// ```
/// use maxlik_model::distribution::gamma;
/// let density = 3.0_f64.powi(4) * 1.5_f64.powi(3) * (-4.5_f64).exp() / 6.0;
/// assert!((gamma::ln_pdf(1.5, 4.0, 3.0) - density.ln()).abs() < 1e-14);
/// ```
#[inline(always)]
pub fn ln_pdf<T: Real>(x: impl Into<T>, shape: T, rate: T) -> T {
    let x = x.into();
    if !(is_positive(shape) && is_positive(rate)) {
        return undefined();
    }
    if x.value() <= 0.0 {
        return at_or_below_zero(x.value(), shape, rate);
    }
    let scaled = rate * x;
    shape * scaled.ln() - x.ln() - scaled - shape.ln_gamma()
}

#[inline(always)]
fn at_or_below_zero<T: Real>(x: f64, shape: T, rate: T) -> T {
    if x < 0.0 || shape > 1.0 {
        impossible()
    } else if shape == 1.0 {
        rate.ln()
    } else {
        T::from(f64::INFINITY)
    }
}

distribution! {
    /// A gamma distribution with known parameters.
    Gamma, "gamma", { shape: Positive, rate: Positive }
}

impl Gamma {
    /// `shape / rate`
    pub fn mean(&self) -> f64 {
        self.shape / self.rate
    }

    /// `shape / rate^2`
    pub fn variance(&self) -> f64 {
        self.mean() / self.rate
    }

    /// The distribution with the mean and the variance (divisor n) of the observations: a start for maximum likelihood, which
    /// has no closed form.
    ///
    /// # Errors
    /// Without observations, for one that is not above 0, and where all are equal (the shape is then infinite).
    pub fn method_of_moments(observations: &[f64]) -> Result<Self, DistributionError> {
        check_observations(Self::NAME, observations, Domain::Positive)?;
        let (mean, variance) = mean_and_variance(observations.iter().copied());
        Self::new(mean * mean / variance, mean / variance)
    }
}

impl Distribution<f64> for Gamma {
    fn sample<R: rand::Rng + ?Sized>(&self, rng: &mut R) -> f64 {
        rand_distr::Gamma::new(self.shape, 1.0).map_or(f64::NAN, |standard| standard.sample(rng) / self.rate)
    }
}
