//! Log-logistic: lifetimes whose log-odds of survival are linear in the logarithm of age.
use std::f64::consts::PI;

use maxlik_dual::{Dual2, Real};
use rand::distr::{Distribution, Open01};

use super::{
    DistributionError, check_observations, distribution, finite_at_shape_one, impossible, information, is_positive,
    mean_and_variance, undefined,
};
use crate::Domain;

/// The log-density at `x`, for `scale > 0` (the median, in the unit of `x`) and `shape > 0`.
///
/// # Formula
/// `ln(shape / x) + u - 2 ln(1 + e^u)` with `u = shape ln(x / scale)`, for `x > 0`. At `x = 0` the density is 0, `1 / scale` or
/// infinite as the shape is above, at or below 1.
///
/// # Example
/// ```
/// use maxlik_model::distribution::log_logistic;
/// let power = (2.0_f64 / 1.7).powf(2.5);
/// let density = 2.5 / 2.0 * power / (1.0 + power).powi(2);
/// assert!((log_logistic::ln_pdf(2.0, 1.7, 2.5) - density.ln()).abs() < 1e-15);
/// ```
#[inline(always)]
pub fn ln_pdf<T: Real>(x: impl Into<T>, scale: T, shape: T) -> T {
    let x = x.into();
    if shape.exceptional(!(is_positive(scale) && is_positive(shape)) || x.value() <= 0.0) {
        return ln_pdf_unusual(x.value(), scale, shape);
    }
    let u = shape * x.ln_ratio(scale);
    shape.ln() - x.ln() + u - u.softplus() * 2.0
}

/// [`ln_pdf`] at zero and below, and outside the domains.
fn ln_pdf_unusual<T: Real>(x: f64, scale: T, shape: T) -> T {
    if !(is_positive(scale) && is_positive(shape)) {
        undefined()
    } else if x < 0.0 || shape > 1.0 {
        impossible()
    } else if shape == 1.0 {
        finite_at_shape_one(-scale.ln(), shape)
    } else {
        T::from(f64::INFINITY)
    }
}

/// The logarithm of the distribution function `P(X <= x)`.
///
/// # Formula
/// `-ln(1 + (x / scale)^-shape)` for `x > 0`, and minus infinity before
///
/// # Example
/// ```
/// use maxlik_model::distribution::log_logistic;
/// assert!((log_logistic::ln_cdf(2.0, 1.7, 2.5) + (1.0 + (2.0_f64 / 1.7).powf(-2.5)).ln()).abs() < 1e-15);
/// ```
pub fn ln_cdf<T: Real>(x: impl Into<T>, scale: T, shape: T) -> T {
    let x = x.into();
    if !(is_positive(scale) && is_positive(shape)) {
        undefined()
    } else if x.value() <= 0.0 {
        impossible()
    } else {
        (shape * x.ln_ratio(scale)).ln_sigmoid()
    }
}

/// The logarithm of the survival function `P(X > x)`.
///
/// # Formula
/// `-ln(1 + (x / scale)^shape)` for `x > 0`, and 0 before
///
/// # Example
/// ```
/// use maxlik_model::distribution::log_logistic;
/// assert!((log_logistic::ln_sf(2.0, 1.7, 2.5) + (1.0 + (2.0_f64 / 1.7).powf(2.5)).ln()).abs() < 1e-15);
/// ```
pub fn ln_sf<T: Real>(x: impl Into<T>, scale: T, shape: T) -> T {
    let x = x.into();
    if !(is_positive(scale) && is_positive(shape)) {
        undefined()
    } else if x.value() <= 0.0 {
        T::from(0.0)
    } else {
        -(shape * x.ln_ratio(scale)).softplus()
    }
}

/// The expected information of one observation in the `Q` arguments that the parameters depend on; NaN outside their domain.
///
/// # Formula
/// `[shape^2 / (3 scale^2), 0; 0, (3 + pi^2) / (9 shape^2)]`
///
/// # Example
/// ```
/// use maxlik_dual::Dual2;
/// use maxlik_model::distribution::log_logistic;
/// let [scale, shape] = Dual2::variables([0.4, 2.5]);
/// let [[a, b], [_, c]] = log_logistic::expected_information(scale, shape);
/// assert!((a - 6.25 / 0.48).abs() < 1e-14 && b == 0.0);
/// assert!((c - (3.0 + std::f64::consts::PI.powi(2)) / 56.25).abs() < 1e-15);
/// ```
pub fn expected_information<const Q: usize>(scale: Dual2<Q>, shape: Dual2<Q>) -> [[f64; Q]; Q] {
    information::expected_information([scale, shape], is_positive(scale) && is_positive(shape), || {
        let (scale, shape) = (scale.value(), shape.value());
        let ratio = shape / scale;
        [[ratio * ratio / 3.0, 0.0], [0.0, (3.0 + PI * PI) / 9.0 / (shape * shape)]]
    })
}

distribution! {
    /// A log-logistic distribution with known parameters.
    LogLogistic, "log-logistic", { scale: Positive, shape: Positive }
}

impl LogLogistic {
    /// `scale b / sin b` with `b = pi / shape`, infinite up to `shape = 1`
    pub fn mean(&self) -> f64 {
        if self.shape <= 1.0 {
            return f64::INFINITY;
        }
        let b = PI / self.shape;
        // Near shape = 1 the sine is taken from the other side of the half-circle.
        let sine = if self.shape < 2.0 { (PI * ((self.shape - 1.0) / self.shape)).sin() } else { b.sin() };
        self.scale * (b / sine)
    }

    /// `mean^2 (tan b - b) / b` with `b = pi / shape`, infinite up to `shape = 2`, and NaN where the mean is infinite
    ///
    /// The second moment is `scale^2 2 b / sin 2b`.
    pub fn variance(&self) -> f64 {
        if self.shape <= 1.0 {
            return f64::NAN;
        }
        if self.shape <= 2.0 {
            return f64::INFINITY;
        }
        let b = PI / self.shape;
        let cosine = if self.shape < 4.0 { (0.5 * PI * ((self.shape - 2.0) / self.shape)).sin() } else { b.cos() };
        self.mean() * self.mean() * (sine_minus_over(b) / cosine)
    }

    /// The distribution with the mean and the variance (divisor n) of the observations' logarithms, a start for maximum likelihood:
    /// `ln x` has mean `ln scale` and variance `pi^2 / (3 shape^2)`.
    ///
    /// # Errors
    /// Without observations, for one that is not above 0, and where all are equal (the shape is then infinite).
    ///
    /// # Example
    /// ```
    /// use maxlik_model::distribution::log_logistic::LogLogistic;
    /// let [scale, shape] = LogLogistic::method_of_log_moments(&[1.5, 6.0])?.parameters();
    /// assert!((scale - 3.0).abs() < 1e-14);
    /// assert!((shape - std::f64::consts::PI / 3_f64.sqrt() / 2_f64.ln()).abs() < 1e-14);
    /// # Ok::<(), maxlik_model::distribution::DistributionError>(())
    /// ```
    pub fn method_of_log_moments(observations: &[f64]) -> Result<Self, DistributionError> {
        check_observations(Self::NAME, observations, Domain::Positive)?;
        let (mean, variance) = mean_and_variance(observations.iter().map(|x| x.ln()));
        Self::new(mean.exp(), PI / (3.0 * variance).sqrt()).map_err(DistributionError::of_observations)
    }
}

/// `(sin b - b cos b) / b = b^2 (2/3! - 4/5! b^2 + 6/7! b^4 - ...)` for `0 < b < pi / 2`
fn sine_minus_over(b: f64) -> f64 {
    let square = b * b;
    // 2 k / (2 k + 1)! (-b^2)^(k - 1), from the last term backwards; the first one omitted is below 1e-17 of the sum.
    let mut sum = 0.0;
    for k in (1..=11).rev() {
        let k = f64::from(k);
        // The ratio of the next term to this one is -b^2 (k + 1) / k / ((2 k + 2) (2 k + 3)).
        sum = 1.0 - square * (k + 1.0) / (k * (2.0 * k + 2.0) * (2.0 * k + 3.0)) * sum;
    }
    square / 3.0 * sum
}

impl Distribution<f64> for LogLogistic {
    fn sample<R: rand::Rng + ?Sized>(&self, rng: &mut R) -> f64 {
        let u: f64 = Open01.sample(rng);
        self.scale * (u / (1.0 - u)).powf(1.0 / self.shape)
    }
}
