//! Cauchy: tails so heavy that there is no mean.
use std::f64::consts::{FRAC_1_PI, PI};

use maxlik_dual::{Dual2, Real};
use rand::distr::Distribution;

use super::quantile::{quantile, sorted};
use super::{DistributionError, check_observations, distribution, information, is_positive, undefined};
use crate::Domain;

/// `ln pi`
const LN_PI: f64 = 1.144_729_885_849_400_2;

/// The log-density at `x`, for `scale > 0` (half the interquartile range, in the units of `x`).
///
/// # Formula
/// `-ln(1 + z^2) - ln(pi scale)` with `z = (x - location) / scale`; far out, where the square overflows,
/// `ln(scale / pi) - 2 ln|x - location|`
///
/// # Example
/// ```
/// use maxlik_model::distribution::cauchy;
/// let density = 1.0 / (std::f64::consts::PI * 0.4 * (1.0 + 1.5_f64.powi(2)));
/// assert!((cauchy::ln_pdf(1.3, 0.7, 0.4) - density.ln()).abs() < 1e-15);
/// ```
#[inline(always)]
pub fn ln_pdf<T: Real>(x: impl Into<T>, location: T, scale: T) -> T {
    if !is_positive(scale) {
        return undefined();
    }
    let distance = x.into() - location;
    let z = distance / scale;
    if z.value().abs() > 1e100 {
        return scale.ln() - distance.abs().ln() * 2.0 - LN_PI;
    }
    -(z * z + 1.0).ln() - scale.ln() - LN_PI
}

/// The logarithm of the distribution function `P(X <= x)`.
///
/// # Formula
/// `ln(atan(scale / (location - x)) / pi)` below the location; above, `ln(1 - atan(scale / (x - location)) / pi)`
///
/// # Example
/// ```
/// use maxlik_model::distribution::cauchy;
/// let cdf = 0.5 + 1.5_f64.atan() / std::f64::consts::PI;
/// assert!((cauchy::ln_cdf(1.3, 0.7, 0.4) - cdf.ln()).abs() < 1e-15);
/// let tail = 0.4e-200 / std::f64::consts::PI;
/// assert!((cauchy::ln_cdf(-1e200, 0.7, 0.4) / tail.ln() - 1.0).abs() < 1e-15);
/// ```
#[inline(always)]
pub fn ln_cdf<T: Real>(x: impl Into<T>, location: T, scale: T) -> T {
    ln_below(x.into() - location, scale)
}

/// The logarithm of the survival function `P(X > x)`.
///
/// # Formula
/// [`ln_cdf`] mirrored at the location
///
/// # Example
/// ```
/// use maxlik_model::distribution::cauchy;
/// assert!((cauchy::ln_sf(1.3, 0.7, 0.4) - (0.5 - 1.5_f64.atan() / std::f64::consts::PI).ln()).abs() < 1e-15);
/// ```
#[inline(always)]
pub fn ln_sf<T: Real>(x: impl Into<T>, location: T, scale: T) -> T {
    ln_below(location - x.into(), scale)
}

/// `ln P(X - location <= distance)`
fn ln_below<T: Real>(distance: T, scale: T) -> T {
    if !is_positive(scale) {
        undefined()
    } else if distance.value() <= 0.0 {
        ln_beyond(-distance, scale)
    } else {
        (-ln_beyond(distance, scale).exp()).ln_1p()
    }
}

/// `ln P(X - location > distance)` for `distance >= 0`
fn ln_beyond<T: Real>(distance: T, scale: T) -> T {
    if distance.value() > 1e10 * scale.value() {
        // atan u = u - u^3/3 + .., and the quotient may underflow.
        scale.ln_ratio(distance) - LN_PI
    } else {
        (scale.atan2(distance) * FRAC_1_PI).ln()
    }
}

/// The expected information of one observation in the `Q` arguments that the parameters depend on; NaN outside their domain.
///
/// # Formula
/// `[1 / (2 scale^2), 0; 0, 1 / (2 scale^2)]`
///
/// # Example
/// ```
/// use maxlik_dual::Dual2;
/// use maxlik_model::distribution::cauchy;
/// let [location, scale] = Dual2::variables([2.5, 0.4]);
/// assert_eq!(cauchy::expected_information(location, scale), [[0.5 / (0.4 * 0.4), 0.0], [0.0, 0.5 / (0.4 * 0.4)]]);
/// ```
pub fn expected_information<const Q: usize>(location: Dual2<Q>, scale: Dual2<Q>) -> [[f64; Q]; Q] {
    information::expected_information([location, scale], is_positive(scale), || {
        let half = 0.5 / (scale.value() * scale.value());
        [[half, 0.0], [0.0, half]]
    })
}

distribution! {
    /// A Cauchy distribution with known parameters.
    Cauchy, "Cauchy", { location: Real, scale: Positive }
}

impl Cauchy {
    /// NaN: there is no mean.
    pub fn mean(&self) -> f64 {
        f64::NAN
    }

    /// NaN: there is no variance.
    pub fn variance(&self) -> f64 {
        f64::NAN
    }

    /// The distribution with the median and the interquartile range of the observations: a start for maximum likelihood, which
    /// has no closed form.
    ///
    /// # Errors
    /// Without observations, for one that is not finite, and where the middle half is equal (the scale is then 0).
    ///
    /// # Example
    /// ```
    /// use maxlik_model::distribution::cauchy::Cauchy;
    /// let cauchy = Cauchy::method_of_quantiles(&[2.5, -1.0, 1e9, 2.0, 7.0])?;
    /// assert_eq!(cauchy.parameters(), [2.5, 0.5 * (7.0 - 2.0)]);
    /// # Ok::<(), maxlik_model::distribution::DistributionError>(())
    /// ```
    pub fn method_of_quantiles(observations: &[f64]) -> Result<Self, DistributionError> {
        check_observations(Self::NAME, observations, Domain::Real)?;
        let sorted = sorted(observations);
        let [lower, median, upper] = [0.25, 0.5, 0.75].map(|p| quantile(&sorted, p));
        Self::new(median, 0.5 * upper - 0.5 * lower).map_err(DistributionError::of_observations)
    }
}

impl Distribution<f64> for Cauchy {
    /// By inversion.
    fn sample<R: rand::Rng + ?Sized>(&self, rng: &mut R) -> f64 {
        let p: f64 = rand::distr::Open01.sample(rng);
        self.location + self.scale * (PI * (p - 0.5)).tan()
    }
}
