//! Skew-normal: a normal distribution leaning to one side.
use std::f64::consts::{FRAC_2_PI, FRAC_PI_2, LN_2, PI};

use maxlik_dual::Real;
use rand::distr::Distribution;

use super::{
    DistributionError, check_observations, distribution, impossible, is_positive, mean_and_variance, normal, undefined,
};
use crate::Domain;

/// The log-density at `x`, for `scale > 0` (in the units of `x`); a positive `shape` makes the right tail the longer one, 0
/// gives the normal distribution.
///
/// There are no tails here: the distribution function needs Owen's T. At `shape = 0` the information is singular: the scores of
/// `location` and `shape` are proportional there.
///
/// # Formula
/// `ln 2 + ln phi(z) - ln scale + ln Phi(shape z)` with `z = (x - location) / scale`
///
/// # Example
/// ```
/// use maxlik_dual::special::normal_cdf;
/// use maxlik_model::distribution::{normal, skew_normal};
/// let density = 2.0 * normal::ln_pdf(1.3, 0.7, 0.4).exp() * normal_cdf(2.5 * 1.5);
/// assert!((skew_normal::ln_pdf(1.3, 0.7, 0.4, 2.5) - density.ln()).abs() < 1e-15);
/// ```
///
/// # References
/// Azzalini, "A class of distributions which includes the normal ones" (1985).
pub fn ln_pdf<T: Real>(x: impl Into<T>, location: T, scale: T, shape: T) -> T {
    if scale.one_by_one() || location.one_by_one() || shape.one_by_one() {
        return scale;
    }
    let x = x.into();
    if !is_positive(scale) || shape.value().is_nan() {
        return undefined();
    }
    let z = (x - location) / scale;
    if z.value().is_infinite() {
        return impossible();
    }
    normal::ln_pdf(x, location, scale) + (shape * z).ln_normal_cdf() + LN_2
}

/// The greatest skewness that an estimate has: shape 30 or so.
const MOST_SKEWNESS: f64 = 0.99;

distribution! {
    /// A skew-normal distribution with known parameters.
    SkewNormal, "skew-normal", { location: Real, scale: Positive, shape: Real }
}

impl SkewNormal {
    /// `delta = shape / sqrt(1 + shape^2)`
    fn delta(&self) -> f64 {
        self.shape / self.shape.hypot(1.0)
    }

    /// `location + scale delta sqrt(2 / pi)` with `delta = shape / sqrt(1 + shape^2)`
    pub fn mean(&self) -> f64 {
        self.location + self.scale * self.delta() * FRAC_2_PI.sqrt()
    }

    /// `scale^2 (1 - 2 delta^2 / pi)` with `delta = shape / sqrt(1 + shape^2)`
    pub fn variance(&self) -> f64 {
        let delta = self.delta();
        self.scale * self.scale * (1.0 - FRAC_2_PI * delta * delta)
    }

    /// The distribution with the mean, the variance (divisor n) and the skewness of the observations: a start for maximum
    /// likelihood, which has no closed form.
    ///
    /// With `m = delta sqrt(2 / pi)`, the skewness is `(4 - pi) / 2 (m^2 / (1 - m^2))^(3/2)` with the sign of `m`. No shape has one
    /// beyond 0.9952 on either side: a sample's skewness beyond 0.99 counts as 0.99.
    ///
    /// # Errors
    /// Without observations, for one that is not finite, and where all are equal (the scale is then 0).
    ///
    /// # References
    /// Azzalini, "A class of distributions which includes the normal ones" (1985), for the moments.
    pub fn method_of_moments(observations: &[f64]) -> Result<Self, DistributionError> {
        check_observations(Self::NAME, observations, Domain::Real)?;
        let (mean, variance) = mean_and_variance(observations.iter().copied());
        let deviation = variance.sqrt();
        let cubes: f64 = observations.iter().map(|x| ((x - mean) / deviation).powi(3)).sum();
        let skewness = (cubes / observations.len() as f64).clamp(-MOST_SKEWNESS, MOST_SKEWNESS);
        let ratio = (2.0 / (4.0 - PI) * skewness).cbrt(); // m / sqrt(1 - m^2)
        let m = ratio / ratio.hypot(1.0);
        let delta = FRAC_PI_2.sqrt() * m;
        let rest = (1.0 - delta * delta).max(0.0);
        let scale = deviation / (1.0 - m * m).sqrt();
        // Equal observations have no skewness; the scale says so.
        if deviation == 0.0 {
            Self::new(mean, 0.0, 0.0).map_err(DistributionError::of_observations)
        } else {
            Self::new(mean - scale * m, scale, delta / rest.sqrt()).map_err(DistributionError::of_observations)
        }
    }
}

impl Distribution<f64> for SkewNormal {
    /// `delta |Z_0| + sqrt(1 - delta^2) Z_1` with independent standard normal numbers.
    ///
    /// # References
    /// Henze, "A probabilistic representation of the 'skew-normal' distribution" (1986).
    fn sample<R: rand::Rng + ?Sized>(&self, rng: &mut R) -> f64 {
        let z: [f64; 2] = [0, 1].map(|_| rand_distr::StandardNormal.sample(rng));
        let z = self.delta() * z[0].abs() + z[1] / self.shape.hypot(1.0);
        self.location + self.scale * z
    }
}
