//! Generalized extreme value: maxima of many observations (Gumbel, Fréchet and reversed Weibull).
use std::f64::consts::LN_2;

use maxlik_dual::Real;
use rand::distr::Distribution;

use super::extreme_value::{COVER, level};
use super::gamma_moments::{exp_m1_over, ln_gamma_1p_over, ln_moment_ratio_over};
use super::quantile::sorted;
use super::{DistributionError, check_observations, distribution, hazard, impossible, is_positive, undefined};
use crate::Domain;

/// The log-density at `x`, for any `mu`, `scale > 0` (both in the unit of `x`) and any `shape`.
///
/// # Formula
/// `-ln scale - (1 + shape) y - e^-y` with `y = ln(1 + shape (x - mu) / scale) / shape`, where `1 + shape (x - mu) / scale > 0`. At
/// shape 0, the Gumbel distribution, `y = (x - mu) / scale`; density and derivatives pass smoothly through that.
///
/// # Example
/// ```
/// use maxlik_model::distribution::gev;
/// let power = (1.0_f64 + 0.3 * 1.5 / 1.7).powf(-1.0 / 0.3);
/// let density = power.powf(1.3) * (-power).exp() / 1.7;
/// assert!((gev::ln_pdf(1.9, 0.4, 1.7, 0.3) - density.ln()).abs() < 1e-14);
/// ```
///
/// # References
/// Coles, "An Introduction to Statistical Modeling of Extreme Values" (2001), equation 3.2.
pub fn ln_pdf<T: Real>(x: impl Into<T>, mu: T, scale: T, shape: T) -> T {
    if scale.one_by_one() || mu.one_by_one() || shape.one_by_one() {
        return scale;
    }
    let Some(y) = reduced(x.into(), mu, scale, shape) else { return undefined() };
    let e = (-y).exp();
    if y.value().is_infinite() || e.value().is_infinite() {
        impossible()
    } else {
        -(scale.ln() + (shape + 1.0) * y + e)
    }
}

/// The logarithm of the distribution function `P(X <= x)`.
///
/// # Formula
/// `-e^-y` with `y` of [`ln_pdf`]; minus infinity before the support and 0 behind it
///
/// # Example
/// ```
/// use maxlik_model::distribution::gev;
/// assert!((gev::ln_cdf(1.9, 0.4, 1.7, 0.3) + (1.0_f64 + 0.3 * 1.5 / 1.7).powf(-1.0 / 0.3)).abs() < 1e-15);
/// ```
pub fn ln_cdf<T: Real>(x: impl Into<T>, mu: T, scale: T, shape: T) -> T {
    reduced(x.into(), mu, scale, shape).map_or_else(undefined, |y| -(-y).exp())
}

/// The logarithm of the survival function `P(X > x)`.
///
/// # Formula
/// `ln(1 - exp(-e^-y))` with `y` of [`ln_pdf`]; 0 before the support and minus infinity behind it
///
/// # Example
/// ```
/// use maxlik_model::distribution::gev;
/// let power = (1.0_f64 + 0.3 * 1.5 / 1.7).powf(-1.0 / 0.3);
/// assert!((gev::ln_sf(1.9, 0.4, 1.7, 0.3) - (1.0 - (-power).exp()).ln()).abs() < 1e-15);
/// ```
pub fn ln_sf<T: Real>(x: impl Into<T>, mu: T, scale: T, shape: T) -> T {
    reduced(x.into(), mu, scale, shape).map_or_else(undefined, |y| hazard::ln_cdf((-y).exp(), || -y))
}

/// `y`, infinite outside the support; none for parameters outside their domain.
fn reduced<T: Real>(x: T, mu: T, scale: T, shape: T) -> Option<T> {
    if !is_positive(scale) || shape.value().is_nan() || mu.value().is_nan() {
        return None;
    }
    let distance = x - mu;
    // What rounding takes from the difference (Knuth's two-sum).
    let (x, mu, d) = (x.value(), mu.value(), distance.value());
    let subtracted = x - d;
    let rounding = (x - (d + subtracted)) + (subtracted - mu);
    Some(level(distance, if rounding.is_finite() { rounding } else { 0.0 }, scale, shape))
}

distribution! {
    /// A generalized extreme-value distribution with known parameters.
    Gev, "generalized extreme value", { mu: Real, scale: Positive, shape: Real }
}

impl Gev {
    /// `mu + scale (Gamma(1 - shape) - 1) / shape`, at shape 0 `mu + gamma scale` (Euler's constant), infinite from `shape = 1` on
    pub fn mean(&self) -> f64 {
        if self.shape >= 1.0 {
            return f64::INFINITY;
        }
        let h = -self.shape;
        self.mu - self.scale * exp_m1_over(h, ln_gamma_1p_over(h))
    }

    /// `scale^2 (Gamma(1 - 2 shape) - Gamma(1 - shape)^2) / shape^2`, at shape 0 `pi^2 scale^2 / 6`, infinite from `shape = 1/2` on,
    /// and NaN where the mean is infinite
    pub fn variance(&self) -> f64 {
        if self.shape >= 1.0 {
            return f64::NAN;
        }
        if self.shape >= 0.5 {
            return f64::INFINITY;
        }
        let h = -self.shape;
        let scaled = self.scale * (h * ln_gamma_1p_over(h)).exp();
        scaled * scaled * exp_m1_over(h * h, ln_moment_ratio_over(h))
    }

    /// An estimate by probability-weighted moments, a start for maximum likelihood: with the sorted observations' moments `b_0`, `b_1`
    /// and `b_2`, `c = (2 b_1 - b_0) / (3 b_2 - b_0) - ln 2 / ln 3` and `shape = -(7.8590 c + 2.9554 c^2)`; scale and location follow.
    ///
    /// Where an observation would lie beyond the end of the support, the scale is widened until none does.
    ///
    /// # Errors
    /// Without observations or for fewer than three, for one that is not finite, and where all are equal (the scale is then 0).
    ///
    /// # Example
    /// ```
    /// use maxlik_model::distribution::gev::Gev;
    /// use rand::{SeedableRng, distr::Distribution, rngs::StdRng};
    ///
    /// let maxima: Vec<f64> = Gev::new(40.0, 2.5, -0.1)?.sample_iter(StdRng::seed_from_u64(7)).take(2000).collect();
    /// let [mu, scale, shape] = Gev::probability_weighted_moments(&maxima)?.parameters();
    /// assert!((mu - 40.0).abs() < 0.2 && (scale - 2.5).abs() < 0.2 && (shape + 0.1).abs() < 0.06);
    /// # Ok::<(), maxlik_model::distribution::DistributionError>(())
    /// ```
    ///
    /// # References
    /// Hosking, Wallis and Wood, "Estimation of the generalized extreme-value distribution by the method of probability-weighted
    /// moments" (1985), where the shape has the opposite sign.
    pub fn probability_weighted_moments(observations: &[f64]) -> Result<Self, DistributionError> {
        check_observations(Self::NAME, observations, Domain::Real)?;
        if observations.len() < 3 {
            let (distribution, parameter) = (Self::NAME, "observations");
            return Err(DistributionError::Length { distribution, parameter, expected: 3, found: observations.len() });
        }
        let sorted = sorted(observations);
        // From the median, so that a location far away costs no digits.
        let (n, centre) = (sorted.len() as f64, sorted[sorted.len() / 2]);
        let mut moments = [0.0; 3];
        for (j, x) in sorted.iter().enumerate() {
            let (j, x) = (j as f64, (x - centre) / n);
            moments[0] += x;
            moments[1] += x * j / (n - 1.0);
            moments[2] += x * j * (j - 1.0) / ((n - 1.0) * (n - 2.0));
        }
        let [b0, b1, b2] = moments;
        let spread = 2.0 * b1 - b0;
        if spread == 0.0 {
            return Self::new(centre, spread, 0.0).map_err(DistributionError::of_observations);
        }
        let c = spread / (3.0 * b2 - b0) - LN_2 / 3_f64.ln();
        let h = 7.859 * c + 2.9554 * c * c;
        // scale Gamma(1 + h) (1 - 2^-h) / h = 2 b_1 - b_0
        let scale = spread / ((h * ln_gamma_1p_over(h)).exp() * -exp_m1_over(h, -LN_2));
        let mu = centre + b0 + scale * exp_m1_over(h, ln_gamma_1p_over(h));
        // The support ends where 1 + shape z = 0.
        let reach = if h > 0.0 { sorted[sorted.len() - 1] - mu } else { mu - sorted[0] };
        Self::new(mu, scale.max(COVER * h.abs() * reach), -h).map_err(DistributionError::of_observations)
    }
}

impl Distribution<f64> for Gev {
    fn sample<R: rand::Rng + ?Sized>(&self, rng: &mut R) -> f64 {
        let exponential: f64 = rand_distr::Exp1.sample(rng);
        self.mu + self.scale * exp_m1_over(self.shape, -exponential.ln())
    }
}
