//! Von Mises: angles that gather around a direction.
use std::f64::consts::{PI, TAU};

use maxlik_dual::rules::Derivatives;
use maxlik_dual::special::{HALF_LN_2_PI, ln_bessel_i};
use maxlik_dual::{Dual2, Dual3, Real, recent};
use rand::RngExt;
use rand::distr::Distribution;

use super::{DistributionError, check_observations, distribution, information, undefined};
use crate::Domain;

/// The log-density at the angle `x` in radians, for the direction `mu` and the concentration `kappa >= 0`.
///
/// Angles are taken modulo `2 pi`: every finite `x` has a density, and over any interval of length `2 pi` it integrates to one.
///
/// # Formula
/// `kappa cos(x - mu) - ln(2 pi I0(kappa))`, with the modified Bessel function `I0`; calculated as
/// `-2 kappa sin((x - mu) / 2)^2 - ln(2 pi) - ln(e^-kappa I0(kappa))`, whose terms do not cancel for large `kappa`.
///
/// # Example
/// ```
/// use maxlik_model::distribution::von_mises;
/// let i0 = (0..30).rev().fold(1.0, |sum, k| 1.0 + sum * 1.25_f64.powi(2) / f64::from(k + 1).powi(2)); // I0(2.5)
/// let expected = 2.5 * 1.7_f64.cos() - (std::f64::consts::TAU * i0).ln();
/// assert!((von_mises::ln_pdf(2.0, 0.3, 2.5) - expected).abs() < 1e-14);
/// ```
///
/// # References
/// Mardia & Jupp, "Directional Statistics" (2000), section 3.5.4.
pub fn ln_pdf<T: Real>(x: impl Into<T>, mu: T, kappa: T) -> T {
    if kappa.one_by_one() || mu.one_by_one() {
        return kappa;
    }
    if kappa.value() < 0.0 || kappa.value().is_nan() {
        return undefined();
    }
    // Halves first: the difference of two finite angles may overflow.
    let sine = (x.into() * 0.5 - mu * 0.5).sin();
    sine * sine * kappa * -2.0 - ln_scaled_bessel_i0(kappa) - 2.0 * HALF_LN_2_PI
}

/// `ln(e^-kappa I0(kappa))` for `kappa >= 0`. Its slope is `A(kappa) - 1`, where `A = I1 / I0` is the mean resultant length.
///
/// The power series below 20, where its terms, all positive, are summed by Horner's scheme; the asymptotic series from there on
/// (smallest term `e^-40` of the sum).
///
/// # References
/// Abramowitz & Stegun (1964), 9.6.12 and 9.7.1.
fn ln_scaled_bessel_i0<T: Real>(kappa: T) -> T {
    let x = kappa.value();
    kappa.chain(recent!([x.to_bits(), T::ORDER as u64] -> Derivatives, {
        match T::ORDER {
            0 => [by_series(x), 0.0, 0.0, 0.0],
            1 | 2 => {
                let [f] = Dual2::variables([x]).map(by_series);
                [f.value(), f.gradient()[0], f.hessian(0, 0), 0.0]
            }
            _ => {
                let [f] = Dual3::variables([x]).map(by_series);
                [f.value(), f.gradient()[0], f.hessian(0, 0), f.third(0, 0, 0)]
            }
        }
    }))
}

/// The same by the series for a kind of number.
fn by_series<T: Real>(kappa: T) -> T {
    let large = kappa.value() >= 20.0;
    // I0 = 1 + z (1 + z/4 (1 + z/9 (...))) with z = kappa^2 / 4; sqrt(2 pi kappa) e^-kappa I0 = 1 + z (1 + 9 z/2 (1 + 25 z/3 (...)))
    // with z = 1 / (8 kappa). Either way `series` is what comes after the first 1.
    let z = if large { T::from(0.125) / kappa } else { kappa * kappa * 0.25 };
    let terms = if large { 30 } else { 52 };
    let mut series = T::from(0.0);
    for k in (1..=terms).rev() {
        let k = f64::from(k);
        let factor = if large { (2.0 * k - 1.0) * (2.0 * k - 1.0) / k } else { 1.0 / (k * k) };
        series = (series + 1.0) * z * factor;
    }
    let scale = if large { kappa.ln() * 0.5 + HALF_LN_2_PI } else { kappa };
    series.ln_1p() - scale
}

/// The expected information of one observation in the `Q` arguments that the parameters depend on; NaN outside their domain.
///
/// # Formula
/// `[kappa A, 0; 0, 1 - A / kappa - A^2]` with `A = I1(kappa) / I0(kappa)`
///
/// # Example
/// ```
/// use maxlik_dual::Dual2;
/// use maxlik_model::distribution::von_mises;
/// let [mu, kappa] = Dual2::variables([0.3, 1.5]);
/// let ratio = 0.596_133_238_831_290; // I1(1.5) / I0(1.5)
/// let [[a, b], [_, c]] = von_mises::expected_information(mu, kappa);
/// assert!((a - 1.5 * ratio).abs() < 1e-11 && b == 0.0 && (c - (1.0 - ratio / 1.5 - ratio * ratio)).abs() < 1e-11);
/// ```
///
/// # References
/// Mardia & Jupp, "Directional Statistics" (2000).
pub fn expected_information<const Q: usize>(mu: Dual2<Q>, kappa: Dual2<Q>) -> [[f64; Q]; Q] {
    information::expected_information([mu, kappa], kappa.value() >= 0.0, || {
        let [_, ratio, slope, _] = ln_bessel_i(0, kappa.value(), 2);
        [[kappa.value() * ratio, 0.0], [0.0, slope]]
    })
}

distribution! {
    /// A von Mises distribution with known parameters.
    VonMises, "von Mises", { mu: Real, kappa: Between { lower: 0.0, upper: f64::INFINITY } }
}

impl VonMises {
    /// The mean direction `mu`; without meaning for `kappa = 0`.
    pub fn mean(&self) -> f64 {
        self.mu
    }

    /// `1 - A(kappa)` with `A = I1 / I0`: one minus the length of the mean of the unit vectors, from 0 (one direction) to 1
    /// (no direction). No variance of numbers: that of an angle depends on where the circle is cut open.
    ///
    /// # References
    /// Mardia & Jupp, "Directional Statistics" (2000), section 3.4.
    pub fn circular_variance(&self) -> f64 {
        circular_variance(self.kappa)[0]
    }

    /// The maximum-likelihood estimate: the mean direction, in `[-pi, pi]`, and the concentration whose mean resultant length is
    /// that of the observations, `A(kappa) = R`, by Newton's method.
    ///
    /// # Errors
    /// Without observations, for one that is not finite, and where all are the same direction (kappa is then infinite).
    ///
    /// # References
    /// Mardia & Jupp, "Directional Statistics" (2000), section 5.3.1; Banerjee et al., "Clustering on the unit hypersphere
    /// using von Mises-Fisher distributions" (2005), equation 4.4, for the start.
    pub fn maximum_likelihood(observations: &[f64]) -> Result<Self, DistributionError> {
        check_observations(Self::NAME, observations, Domain::Real)?;
        let n = observations.len() as f64;
        let direction = |origin: f64| {
            let (sine, cosine) = observations.iter().fold((0.0, 0.0), |(sine, cosine), x| {
                let (s, c) = (x - origin).sin_cos();
                (sine + s, cosine + c)
            });
            (sine.atan2(cosine), sine.hypot(cosine) / n)
        };
        // The second pass takes back the rounding of the first.
        let rough = direction(0.0).0;
        let (correction, resultant) = direction(rough);
        let mu = (rough + correction).clamp(-PI, PI);
        let variance = observations.iter().map(|x| 2.0 * (0.5 * x - 0.5 * mu).sin().powi(2)).sum::<f64>() / n;
        Self::new(mu, concentration(resultant, variance)).map_err(DistributionError::of_observations)
    }
}

/// `1 - A(kappa)` and its slope.
fn circular_variance(kappa: f64) -> [f64; 2] {
    let [k] = Dual2::variables([kappa]);
    let f = ln_scaled_bessel_i0(k);
    [-f.gradient()[0], -f.hessian(0, 0)]
}

/// The `kappa` with `A(kappa)` the mean resultant length, given with its difference from one.
fn concentration(resultant: f64, variance: f64) -> f64 {
    if variance == 0.0 {
        return f64::INFINITY;
    }
    let mut kappa = resultant * (2.0 - resultant * resultant) / (variance * (1.0 + resultant));
    // A is concave: from the second step on Newton's method comes from below. Six steps are the most seen.
    for _ in 0..50 {
        let [found, slope] = circular_variance(kappa);
        let step = (found - variance) / -slope;
        // On the scale of the logarithm where the step would leave the domain.
        let next = if step > -0.5 * kappa { kappa + step } else { 0.5 * kappa };
        if !next.is_finite() || (next - kappa).abs() <= 1e-15 * kappa {
            break;
        }
        kappa = next;
    }
    kappa
}

impl Distribution<f64> for VonMises {
    /// Angles in `[mu - pi, mu + pi]`, from a wrapped Cauchy envelope.
    ///
    /// # References
    /// Best & Fisher, "Efficient simulation of the von Mises distribution" (1979). With `s` its `r - 1` and cosines
    /// replaced by half angles, because for large `kappa` all cosines are near one.
    fn sample<R: rand::Rng + ?Sized>(&self, rng: &mut R) -> f64 {
        let kappa = self.kappa;
        if kappa < 1e-16 {
            return self.mu + PI * (2.0 * rng.random::<f64>() - 1.0);
        }
        // The quotient by kappa comes last: twice the largest kappa overflows, and without `s` no angle would be accepted.
        let s = (0.5 + 0.5 / (1.0_f64.hypot(2.0 * kappa) + 2.0 * kappa)) / kappa;
        loop {
            let (sine, cosine) = (0.25 * TAU * rng.random::<f64>()).sin_cos();
            // 1 - f = (r - 1) (1 - z) / (r + z), z = 1 - 2 sine^2
            let versine = 2.0 * s * sine * sine / (s + 2.0 * cosine * cosine);
            let c = kappa * (s + versine);
            let u: f64 = rng.random();
            if u <= c * (1.0 - c).exp() {
                let angle = 2.0 * (0.5 * versine).sqrt().min(1.0).asin();
                return if rng.random() { self.mu + angle } else { self.mu - angle };
            }
        }
    }
}
