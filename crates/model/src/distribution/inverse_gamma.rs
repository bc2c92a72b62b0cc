//! Inverse gamma: one over a gamma variable; a prior for variances.
use maxlik_dual::{Dual2, Real};
use rand::distr::Distribution;

use super::gamma::{ln_lower, ln_scaled_density, ln_upper};
use super::{
    DistributionError, check_observations, distribution, impossible,
    information::{self, trigamma},
    is_positive, mean_and_variance, undefined,
};
use crate::Domain;

/// The log-density at `x`, for `shape > 0` and `scale > 0` (in the unit of `x`).
///
/// # Formula
/// `shape ln(scale / x) - ln x - scale / x - ln Gamma(shape)` for `x > 0`; for large shapes, where these terms cancel, by the
/// deviance of `scale / x` from `shape`, as in [`gamma::ln_pdf`](super::gamma::ln_pdf).
///
/// # Example
/// ```
/// use maxlik_model::distribution::inverse_gamma;
/// let density = 3.0_f64.powi(4) / 1.5_f64.powi(5) * (-2.0_f64).exp() / 6.0;
/// assert!((inverse_gamma::ln_pdf(1.5, 4.0, 3.0) - density.ln()).abs() < 1e-14);
/// ```
pub fn ln_pdf<T: Real>(x: impl Into<T>, shape: T, scale: T) -> T {
    if shape.one_by_one() || scale.one_by_one() {
        return shape;
    }
    let x = x.into();
    if !(is_positive(shape) && is_positive(scale)) {
        return undefined();
    }
    if x.value() <= 0.0 {
        return impossible();
    }
    let m = scale / x;
    // What the rounding of the quotient leaves.
    let rounding = (-m.value()).mul_add(x.value(), scale.value()) / x.value();
    ln_scaled_density(m, rounding, || scale.ln() - x.ln(), shape) - x.ln()
}

/// The logarithm of the distribution function `P(X <= x)`.
///
/// # Formula
/// `ln Q(shape, scale / x)`, the regularised upper incomplete gamma function, for `x > 0`, and minus infinity before
///
/// # Example
/// ```
/// use maxlik_model::distribution::inverse_gamma;
/// assert!((inverse_gamma::ln_cdf(1.5, 2.0, 1.8) - (2.2_f64.ln() - 1.2)).abs() < 1e-15);
/// ```
pub fn ln_cdf<T: Real>(x: impl Into<T>, shape: T, scale: T) -> T {
    let x = x.into();
    if !(is_positive(shape) && is_positive(scale)) {
        undefined()
    } else if x.value() <= 0.0 {
        impossible()
    } else {
        ln_upper(shape, scale / x, || scale.ln() - x.ln())
    }
}

/// The logarithm of the survival function `P(X > x)`.
///
/// # Formula
/// `ln P(shape, scale / x)`, the regularised lower incomplete gamma function, for `x > 0`, and 0 before
///
/// # Example
/// ```
/// use maxlik_model::distribution::inverse_gamma;
/// assert!((inverse_gamma::ln_sf(1.5, 2.0, 1.8) - (1.0 - 2.2 * (-1.2_f64).exp()).ln()).abs() < 1e-14);
/// ```
pub fn ln_sf<T: Real>(x: impl Into<T>, shape: T, scale: T) -> T {
    let x = x.into();
    if !(is_positive(shape) && is_positive(scale)) {
        undefined()
    } else if x.value() <= 0.0 {
        T::from(0.0)
    } else {
        ln_lower(shape, scale / x, || scale.ln() - x.ln())
    }
}

/// The expected information of one observation in the `Q` arguments that the parameters depend on; NaN outside their domain.
///
/// # Formula
/// `[psi1(shape), -1 / scale; -1 / scale, shape / scale^2]`, `psi1` being the trigamma function
///
/// # Example
/// ```
/// use maxlik_dual::Dual2;
/// use maxlik_model::distribution::inverse_gamma;
/// let [shape, scale] = Dual2::variables([2.0, 0.4]);
/// let trigamma = std::f64::consts::PI.powi(2) / 6.0 - 1.0;
/// let [[a, b], [_, c]] = inverse_gamma::expected_information(shape, scale);
/// assert!((a - trigamma).abs() < 1e-15 && b == -2.5 && (c - 12.5).abs() < 1e-14);
/// ```
pub fn expected_information<const Q: usize>(shape: Dual2<Q>, scale: Dual2<Q>) -> [[f64; Q]; Q] {
    information::expected_information([shape, scale], is_positive(shape) && is_positive(scale), || {
        let (shape, scale) = (shape.value(), scale.value());
        [[trigamma(shape), 0.0], [-1.0 / scale, shape / (scale * scale)]]
    })
}

distribution! {
    /// An inverse gamma distribution with known parameters.
    InverseGamma, "inverse gamma", { shape: Positive, scale: Positive }
}

impl InverseGamma {
    /// `scale / (shape - 1)`, infinite up to `shape = 1`
    pub fn mean(&self) -> f64 {
        if self.shape > 1.0 { self.scale / (self.shape - 1.0) } else { f64::INFINITY }
    }

    /// `mean^2 / (shape - 2)`, infinite up to `shape = 2`, and NaN where the mean is infinite
    pub fn variance(&self) -> f64 {
        if self.shape <= 1.0 {
            f64::NAN
        } else if self.shape <= 2.0 {
            f64::INFINITY
        } else {
            self.mean() * self.mean() / (self.shape - 2.0)
        }
    }

    /// The distribution with the mean and the variance (divisor n) of the observations, a start for maximum likelihood: `shape = 2 +
    /// mean^2 / variance`.
    ///
    /// # Errors
    /// Without observations, for one that is not above 0, and where all are equal (the shape is then infinite).
    pub fn method_of_moments(observations: &[f64]) -> Result<Self, DistributionError> {
        check_observations(Self::NAME, observations, Domain::Positive)?;
        let (mean, variance) = mean_and_variance(observations.iter().copied());
        let excess = mean * mean / variance;
        Self::new(excess + 2.0, mean * (excess + 1.0)).map_err(DistributionError::of_observations)
    }
}

impl Distribution<f64> for InverseGamma {
    fn sample<R: rand::Rng + ?Sized>(&self, rng: &mut R) -> f64 {
        rand_distr::Gamma::new(self.shape, 1.0).map_or(f64::NAN, |standard| self.scale / standard.sample(rng))
    }
}
