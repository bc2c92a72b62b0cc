//! Gamma: waiting times for several events, and positive data with constant coefficient of variation.
use maxlik_dual::{Dual2, Real};
use rand::distr::Distribution;

use super::stirling::{LARGE, ln_gamma_density};
use super::{
    DistributionError, check_observations, distribution, finite_at_shape_one, impossible,
    information::{self, trigamma},
    is_positive, mean_and_variance, undefined,
};
use crate::Domain;

/// The log-density at `x`, for `shape > 0` and `rate > 0` (one over the unit of `x`); the mean is `shape / rate`.
///
/// # Formula
/// `shape ln(rate x) - ln x - rate x - ln Gamma(shape)` for `x > 0`. At `x = 0` the density is 0, `rate` or infinite as the
/// shape is above, at or below 1.
///
/// For large shapes, where these terms cancel, `ln(shape / 2 pi) / 2 - R(shape) - D - ln x`, where `R` is what Stirling's formula
/// leaves of `ln Gamma` and `D = m - shape - shape ln(m / shape)` half the deviance of `m = rate x` from `shape`.
///
/// # Example
/// ```
/// use maxlik_model::distribution::gamma;
/// let density = 3.0_f64.powi(4) * 1.5_f64.powi(3) * (-4.5_f64).exp() / 6.0;
/// assert!((gamma::ln_pdf(1.5, 4.0, 3.0) - density.ln()).abs() < 1e-14);
/// // At the mean, for a large shape: a normal density but for 1 / (12 shape).
/// let at_the_mean = gamma::ln_pdf(0.5, 1e10, 2e10);
/// assert!((at_the_mean - (0.5 * (1e10 / std::f64::consts::TAU).ln() + 2_f64.ln() - 1e-10 / 12.0)).abs() < 1e-14);
/// ```
///
/// # References
/// Loader, "Fast and accurate computation of binomial probabilities" (2000), for large shapes.
#[inline(always)]
pub fn ln_pdf<T: Real>(x: impl Into<T>, shape: T, rate: T) -> T {
    let x = x.into();
    if !(is_positive(shape) && is_positive(rate)) {
        return undefined();
    }
    if shape.exceptional(x.value() <= 0.0) {
        return at_or_below_zero(x.value(), shape, rate);
    }
    let scaled = rate * x;
    if shape.exceptional(shape >= LARGE || !scaled.value().is_normal()) {
        return ln_pdf_extreme(x, shape, rate);
    }
    shape * scaled.ln() - x.ln() - scaled - shape.ln_gamma()
}

/// [`ln_pdf`] for large shapes, and where `rate x` over- or underflows.
fn ln_pdf_extreme<T: Real>(x: T, shape: T, rate: T) -> T {
    let scaled = rate * x;
    // The rounding of the product, of which large deviations would make more.
    let rounding = rate.value().mul_add(x.value(), -scaled.value());
    ln_scaled_density(scaled, rounding, || rate.ln() + x.ln(), shape) - x.ln()
}

/// `a ln m - m - ln Gamma(a)` at `m + rounding`; `ln_m` is needed only where `m` underflows.
pub(super) fn ln_scaled_density<T: Real>(m: T, rounding: f64, ln_m: impl FnOnce() -> T, a: T) -> T {
    if m.value() == f64::INFINITY {
        impossible()
    } else if m.value().is_normal() {
        ln_gamma_density(m, m.ln(), a, (m.value() - a.value()) + rounding)
    } else {
        a * ln_m() - m - a.ln_gamma()
    }
}

/// The logarithm of the distribution function `P(X <= x)`.
///
/// # Formula
/// `ln P(shape, rate x)`, the regularised lower incomplete gamma function, for `x > 0`, and minus infinity before
///
/// # Example
/// ```
/// use maxlik_model::distribution::gamma;
/// // Two events within 1.5 at rate 0.8: 1 - e^-1.2 (1 + 1.2)
/// assert!((gamma::ln_cdf(1.5, 2.0, 0.8) - (1.0 - 2.2 * (-1.2_f64).exp()).ln()).abs() < 1e-14);
/// ```
pub fn ln_cdf<T: Real>(x: impl Into<T>, shape: T, rate: T) -> T {
    let x = x.into();
    if !(is_positive(shape) && is_positive(rate)) {
        undefined()
    } else if x.value() <= 0.0 {
        impossible()
    } else {
        ln_lower(shape, rate * x, || rate.ln() + x.ln())
    }
}

/// The logarithm of the survival function `P(X > x)`.
///
/// # Formula
/// `ln Q(shape, rate x)`, the regularised upper incomplete gamma function, for `x > 0`, and 0 before
///
/// # Example
/// ```
/// use maxlik_model::distribution::gamma;
/// assert!((gamma::ln_sf(1.5, 2.0, 0.8) - (2.2_f64.ln() - 1.2)).abs() < 1e-15);
/// ```
pub fn ln_sf<T: Real>(x: impl Into<T>, shape: T, rate: T) -> T {
    let x = x.into();
    if !(is_positive(shape) && is_positive(rate)) {
        undefined()
    } else if x.value() <= 0.0 {
        T::from(0.0)
    } else {
        ln_upper(shape, rate * x, || rate.ln() + x.ln())
    }
}

/// `ln P(a, m)`; where `m` underflows `P = m^a / Gamma(a + 1)`.
pub(super) fn ln_lower<T: Real>(a: T, m: T, ln_m: impl FnOnce() -> T) -> T {
    if m.value() < f64::MIN_POSITIVE { a * ln_m() - (a + 1.0).ln_gamma() } else { a.ln_gamma_p(m) }
}

/// `ln Q(a, m)`, `1 - P` where `m` underflows.
pub(super) fn ln_upper<T: Real>(a: T, m: T, ln_m: impl FnOnce() -> T) -> T {
    if m.value() < f64::MIN_POSITIVE { ln_lower(a, m, ln_m).ln_1m_exp() } else { a.ln_gamma_q(m) }
}

#[inline(always)]
fn at_or_below_zero<T: Real>(x: f64, shape: T, rate: T) -> T {
    if x < 0.0 || shape > 1.0 {
        impossible()
    } else if shape == 1.0 {
        finite_at_shape_one(rate.ln(), shape)
    } else {
        T::from(f64::INFINITY)
    }
}

/// The expected information of one observation in the `Q` arguments that the parameters depend on; NaN outside their domain.
///
/// # Formula
/// `[psi1(shape), -1 / rate; -1 / rate, shape / rate^2]`, `psi1` being the trigamma function
///
/// # Example
/// ```
/// use maxlik_dual::Dual2;
/// use maxlik_model::distribution::gamma;
/// let [shape, rate] = Dual2::variables([2.0, 0.4]);
/// let trigamma = std::f64::consts::PI.powi(2) / 6.0 - 1.0;
/// let [[a, b], [_, c]] = gamma::expected_information(shape, rate);
/// assert!((a - trigamma).abs() < 1e-15 && b == -2.5 && (c - 12.5).abs() < 1e-14);
/// ```
pub fn expected_information<const Q: usize>(shape: Dual2<Q>, rate: Dual2<Q>) -> [[f64; Q]; Q] {
    information::expected_information([shape, rate], is_positive(shape) && is_positive(rate), || {
        let (shape, rate) = (shape.value(), rate.value());
        [[trigamma(shape), 0.0], [-1.0 / rate, shape / (rate * rate)]]
    })
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
        Self::new(mean * mean / variance, mean / variance).map_err(DistributionError::of_observations)
    }
}

impl Distribution<f64> for Gamma {
    fn sample<R: rand::Rng + ?Sized>(&self, rng: &mut R) -> f64 {
        rand_distr::Gamma::new(self.shape, 1.0).map_or(f64::NAN, |standard| standard.sample(rng) / self.rate)
    }
}
