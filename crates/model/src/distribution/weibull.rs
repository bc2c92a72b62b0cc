//! Weibull: lifetimes whose hazard is a power of age.
use std::f64::consts::PI;

use maxlik_dual::{Dual2, Real};
use rand::distr::Distribution;

use super::gamma_moments::{EULER, exp_m1_over, ln_gamma_1p_over, ln_moment_ratio_over};
use super::{
    DistributionError, check_observations, distribution, finite_at_shape_one, hazard, impossible, information,
    is_positive, mean_and_variance, undefined,
};
use crate::Domain;

/// The log-density at `x`, for `shape > 0` and `scale > 0` (in the unit of `x`).
///
/// # Formula
/// `ln(shape / x) + u - e^u` with `u = shape ln(x / scale)`, for `x > 0`. At `x = 0` the density is 0, `1 / scale` or
/// infinite as the shape is above, at or below 1.
///
/// # Example
/// ```
/// use maxlik_model::distribution::weibull;
/// let (x, k, s) = (2.0_f64, 1.7, 2.5);
/// let density = k / s * (x / s).powf(k - 1.0) * (-(x / s).powf(k)).exp();
/// assert!((weibull::ln_pdf(x, k, s) - density.ln()).abs() < 1e-15);
/// ```
#[inline(always)]
pub fn ln_pdf<T: Real>(x: impl Into<T>, shape: T, scale: T) -> T {
    let x = x.into();
    if !(is_positive(shape) && is_positive(scale)) {
        return undefined();
    }
    if shape.exceptional(x.value() <= 0.0) {
        return at_or_below_zero(x.value(), shape, scale);
    }
    // Near x = scale the difference of logarithms loses relative precision, but there u - e^u does not depend on u.
    let ln_x = x.ln();
    let u = shape * (ln_x - scale.ln());
    shape.ln() + u - u.exp() - ln_x
}

/// The logarithm of the distribution function `P(X <= x)`.
///
/// # Formula
/// `ln(1 - e^(-(x / scale)^shape))` for `x > 0`, and minus infinity before
///
/// # Example
/// ```
/// use maxlik_model::distribution::weibull;
/// assert!((weibull::ln_cdf(2.0, 1.7, 2.5) - (1.0 - (-0.8_f64.powf(1.7)).exp()).ln()).abs() < 1e-15);
/// ```
#[inline(always)]
pub fn ln_cdf<T: Real>(x: impl Into<T>, shape: T, scale: T) -> T {
    let x = x.into();
    if !(is_positive(shape) && is_positive(scale)) {
        undefined()
    } else if x.value() <= 0.0 {
        impossible()
    } else {
        let u = shape * x.ln_ratio(scale);
        hazard::ln_cdf(u.exp(), || u)
    }
}

/// The logarithm of the survival function `P(X > x)`.
///
/// # Formula
/// `-(x / scale)^shape` for `x > 0`, and 0 before
///
/// # Example
/// ```
/// use maxlik_model::distribution::weibull;
/// assert!((weibull::ln_sf(2.0, 1.7, 2.5) + 0.8_f64.powf(1.7)).abs() < 1e-15);
/// ```
#[inline(always)]
pub fn ln_sf<T: Real>(x: impl Into<T>, shape: T, scale: T) -> T {
    let x = x.into();
    if !(is_positive(shape) && is_positive(scale)) {
        undefined()
    } else if x.value() <= 0.0 {
        T::from(0.0)
    } else {
        -(shape * x.ln_ratio(scale)).exp()
    }
}

#[inline(always)]
fn at_or_below_zero<T: Real>(x: f64, shape: T, scale: T) -> T {
    if x < 0.0 || shape > 1.0 {
        impossible()
    } else if shape == 1.0 {
        finite_at_shape_one(-scale.ln(), shape)
    } else {
        T::from(f64::INFINITY)
    }
}

/// The expected information of one observation in the `Q` arguments that the parameters depend on; NaN outside their domain.
///
/// # Formula
/// `[(pi^2 / 6 + (1 - gamma)^2) / shape^2, -(1 - gamma) / scale; -(1 - gamma) / scale, (shape / scale)^2]`,
/// `gamma` being Euler's constant
///
/// # Example
/// ```
/// use maxlik_dual::Dual2;
/// use maxlik_model::distribution::weibull;
/// let [shape, scale] = Dual2::variables([2.5, 0.4]);
/// let [[a, b], [_, c]] = weibull::expected_information(shape, scale);
/// assert!((a - 1.823_680_660_852_88 / 6.25).abs() < 1e-14 && (b + 0.422_784_335_098_467_1 / 0.4).abs() < 1e-14);
/// assert!((c - 6.25 / 0.16).abs() < 1e-13);
/// ```
pub fn expected_information<const Q: usize>(shape: Dual2<Q>, scale: Dual2<Q>) -> [[f64; Q]; Q] {
    information::expected_information([shape, scale], is_positive(shape) && is_positive(scale), || {
        let (shape, scale) = (shape.value(), scale.value());
        let ratio = shape / scale;
        let of_shape = PI * PI / 6.0 + (1.0 - EULER) * (1.0 - EULER);
        [[of_shape / (shape * shape), 0.0], [-(1.0 - EULER) / scale, ratio * ratio]]
    })
}

distribution! {
    /// A Weibull distribution with known parameters.
    Weibull, "Weibull", { shape: Positive, scale: Positive }
}

impl Weibull {
    /// `scale Gamma(1 + 1 / shape)`
    pub fn mean(&self) -> f64 {
        let h = 1.0 / self.shape;
        self.scale * (h * ln_gamma_1p_over(h)).exp()
    }

    /// `scale^2 (Gamma(1 + 2 / shape) - Gamma(1 + 1 / shape)^2)`
    pub fn variance(&self) -> f64 {
        let h = 1.0 / self.shape;
        let scaled = self.mean() * h;
        scaled * scaled * exp_m1_over(h * h, ln_moment_ratio_over(h))
    }

    /// The distribution with the mean and the variance (divisor n) of the observations' logarithms, a start for maximum likelihood:
    /// `ln x` has mean `ln scale - gamma / shape` (Euler's constant) and variance `pi^2 / (6 shape^2)`.
    ///
    /// # Errors
    /// Without observations, for one that is not above 0, and where all are equal (the shape is then infinite).
    ///
    /// # Example
    /// ```
    /// use maxlik_model::distribution::weibull::Weibull;
    /// let [shape, scale] = Weibull::method_of_log_moments(&[0.5, 2.0])?.parameters();
    /// assert!((shape - std::f64::consts::PI / 6_f64.sqrt() / 2_f64.ln()).abs() < 1e-15);
    /// assert!((scale - (0.577_215_664_901_532_9 / shape).exp()).abs() < 1e-15);
    /// # Ok::<(), maxlik_model::distribution::DistributionError>(())
    /// ```
    pub fn method_of_log_moments(observations: &[f64]) -> Result<Self, DistributionError> {
        check_observations(Self::NAME, observations, Domain::Positive)?;
        let (mean, variance) = mean_and_variance(observations.iter().map(|x| x.ln()));
        let shape = std::f64::consts::PI / (6.0 * variance).sqrt();
        Self::new(shape, (mean + EULER / shape).exp()).map_err(DistributionError::of_observations)
    }
}

impl Distribution<f64> for Weibull {
    fn sample<R: rand::Rng + ?Sized>(&self, rng: &mut R) -> f64 {
        let exponential: f64 = rand_distr::Exp1.sample(rng);
        self.scale * exponential.powf(1.0 / self.shape)
    }
}
