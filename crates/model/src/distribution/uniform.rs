//! Uniform on an interval.
use maxlik_dual::Real;
use rand::distr::Distribution;

use super::{DistributionError, check_observations, impossible, undefined};
use crate::Domain;

/// The log-density at `x`, for `lower < upper`.
///
/// The support moves with the bounds: their score does not vanish in expectation, and the likelihood is largest on the edge
/// of what the observations allow.
///
/// # Formula
/// `-ln(upper - lower)` for `lower <= x <= upper`
///
/// # Example
/// ```
/// use maxlik_model::distribution::uniform;
/// assert_eq!(uniform::ln_pdf(2.0, -1.5, 2.5), -4.0_f64.ln());
/// assert_eq!(uniform::ln_pdf(3.0, -1.5, 2.5), f64::NEG_INFINITY);
/// ```
#[inline(always)]
pub fn ln_pdf<T: Real>(x: impl Into<T>, lower: T, upper: T) -> T {
    let x = x.into();
    if !is_interval(x, lower, upper) {
        undefined()
    } else if x.value() < lower.value() || x.value() > upper.value() {
        impossible()
    } else {
        -(upper - lower).ln()
    }
}

/// The logarithm of the distribution function `P(X <= x)`.
///
/// # Formula
/// `ln((x - lower) / (upper - lower))` between the bounds; in the upper half `ln(1 - (upper - x) / (upper - lower))`
///
/// # Example
/// ```
/// use maxlik_model::distribution::uniform;
/// assert!((uniform::ln_cdf(-0.5, -1.5, 2.5) - 0.25_f64.ln()).abs() < 1e-15);
/// assert!((uniform::ln_cdf(1.5, -1.5, 2.5) - 0.75_f64.ln()).abs() < 1e-15);
/// ```
#[inline(always)]
pub fn ln_cdf<T: Real>(x: impl Into<T>, lower: T, upper: T) -> T {
    let x = x.into();
    if is_interval(x, lower, upper) { ln_share(x - lower, upper - x, upper - lower) } else { undefined() }
}

/// The logarithm of the survival function `P(X > x)`.
///
/// # Formula
/// [`ln_cdf`] mirrored at the middle of the interval
///
/// # Example
/// ```
/// use maxlik_model::distribution::uniform;
/// assert!((uniform::ln_sf(-0.5, -1.5, 2.5) - 0.75_f64.ln()).abs() < 1e-15);
/// ```
#[inline(always)]
pub fn ln_sf<T: Real>(x: impl Into<T>, lower: T, upper: T) -> T {
    let x = x.into();
    if is_interval(x, lower, upper) { ln_share(upper - x, x - lower, upper - lower) } else { undefined() }
}

/// Whether the bounds are in order, and `x` is a number.
#[inline(always)]
fn is_interval<T: Real>(x: T, lower: T, upper: T) -> bool {
    lower.value() < upper.value() && !x.value().is_nan()
}

/// `ln(part / whole)` where `part + rest = whole`; 0 for a negative rest.
#[inline(always)]
fn ln_share<T: Real>(part: T, rest: T, whole: T) -> T {
    if part.value() <= 0.0 {
        impossible()
    } else if rest.value() <= 0.0 {
        T::from(0.0)
    } else if part.value() < rest.value() {
        part.ln_ratio(whole)
    } else {
        (-(rest / whole)).ln_1p()
    }
}

/// A uniform distribution with known bounds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Uniform {
    lower: f64,
    upper: f64,
}

impl Uniform {
    /// The name in error messages.
    const NAME: &'static str = "uniform";

    /// Where the parameters may lie, in the order of [`new`](Self::new).
    pub const DOMAINS: [Domain; 2] = [Domain::Real, Domain::Real];

    /// With these bounds.
    ///
    /// # Errors
    /// [`DistributionError::Parameter`] for a bound that is not finite, and for `upper - lower` that is not above 0 and finite.
    ///
    /// # Example
    /// ```
    /// use maxlik_model::distribution::uniform::Uniform;
    /// assert_eq!(Uniform::new(-1.5, 2.5)?.mean(), 0.5);
    /// let error = Uniform::new(2.5, -1.5).unwrap_err();
    /// assert_eq!(error.to_string(), "uniform, parameter `upper - lower`: expected a value in (0, inf), found -4");
    /// # Ok::<(), maxlik_model::distribution::DistributionError>(())
    /// ```
    pub fn new(lower: f64, upper: f64) -> Result<Self, DistributionError> {
        let [real_lower, real_upper] = Self::DOMAINS;
        let checks = [
            ("lower", lower, real_lower),
            ("upper", upper, real_upper),
            ("upper - lower", upper - lower, Domain::Positive),
        ];
        for (parameter, found, domain) in checks {
            if !domain.contains(found) {
                return Err(DistributionError::Parameter { distribution: Self::NAME, parameter, domain, found });
            }
        }
        Ok(Self { lower, upper })
    }

    /// The bounds, in the order of [`new`](Self::new).
    pub const fn parameters(&self) -> [f64; 2] {
        [self.lower, self.upper]
    }

    /// `(lower + upper) / 2`
    pub fn mean(&self) -> f64 {
        0.5 * self.lower + 0.5 * self.upper
    }

    /// `(upper - lower)^2 / 12`
    pub fn variance(&self) -> f64 {
        let width = self.upper - self.lower;
        width * width / 12.0
    }

    /// The maximum-likelihood estimate: the smallest and the largest observation.
    ///
    /// # Errors
    /// Without observations, for one that is not finite, and where all are equal (the interval is then empty).
    pub fn maximum_likelihood(observations: &[f64]) -> Result<Self, DistributionError> {
        check_observations(Self::NAME, observations, Domain::Real)?;
        let lower = observations.iter().copied().fold(f64::INFINITY, f64::min);
        let upper = observations.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        Self::new(lower, upper).map_err(DistributionError::of_observations)
    }
}

impl Distribution<f64> for Uniform {
    fn sample<R: rand::Rng + ?Sized>(&self, rng: &mut R) -> f64 {
        let p: f64 = rand::distr::StandardUniform.sample(rng);
        // Rounding may lead past the bound.
        (self.lower + (self.upper - self.lower) * p).min(self.upper)
    }
}
