//! Tweedie with a power between 1 and 2: sums of a Poisson number of gamma variables, as in insurance claims or rainfall.
use maxlik_dual::Real;
use maxlik_dual::special::{HALF_LN_2_PI, stirling_remainder, x_minus_ln_1p};
use rand::distr::Distribution;

use super::{
    DistributionError, check_observations, distribution, impossible, is_positive, mean_and_variance, undefined,
};
use crate::Domain;

/// Terms of a series below `e^-CUT` of the largest do not change the sum.
const CUT: f64 = 40.0;

/// From this number of gamma variables on the series is an integral, if also its width allows.
const MANY: f64 = 100.0;

/// The log-density at `y >= 0`, for `mean > 0`, `dispersion > 0` and `1 < power < 2`; the variance is
/// `dispersion mean^power`. At `y = 0` the logarithm of a probability, elsewhere of a density.
///
/// Where the power is differentiated and above `2 - 1e-5`, derivatives are NaN: the series' own lose digits there in proportion to
/// `1 / (2 - power)^2`, and a search must not take rounding for a maximum. The value is exact up to 2.
///
/// # Formula
/// `y` is the sum of `N` gamma variables of shape `a = (2 - power) / (power - 1)` and scale
/// `dispersion (power - 1) mean^(power - 1)`, where `N` is Poisson with mean `l = mean^(2 - power) / (dispersion (2 - power))`.
/// So `ln P(y = 0) = -l`. With `R` what Stirling's formula leaves of `ln Gamma`, `d` the unit deviance and
/// `m = y^(2 - power) / (dispersion (2 - power))` the density for `y > 0` is
///
/// `e^(-d / (2 dispersion)) sqrt(a) / (2 pi y) sum_n e^(-(1 + a) (m - n + n ln(n / m)) - R(n) - R(n a))`, `n = 1, 2, ...`
///
/// This is the series of Dunn and Smyth with the largest part of each term, which all terms share, in front: nothing cancels.
/// Terms below `e^-40` of the largest are left out.
/// - Up to `m = 100` there are at most some 200 terms.
/// - Beyond, if the width `s = sqrt(m / (1 + a))` of the terms is at least 1.5, the sum over whole numbers is the integral over
///   `n`, to a relative error of `2 e^(-2 pi^2 s^2) < 2e-19` (Poisson's summation formula), and the integral is the trapezoidal
///   sum with step `s / 2`, to a smaller error still: some 40 terms. Narrower series have at most 30 terms.
/// - Where `m` and `m a` are above `1e17` the integral is `sqrt(2 pi) s`, to a relative error below `1e-17`; the density is then
///   its saddle-point approximation.
///
/// # Example
/// ```
/// use maxlik_model::distribution::{gamma, poisson, tweedie};
/// let (mean, dispersion, power) = (2.0_f64, 0.5, 1.5_f64);
/// let (shape, rate) = (1.0, 1.0 / (dispersion * (power - 1.0) * mean.powf(power - 1.0)));
/// let l = mean.powf(2.0 - power) / (dispersion * (2.0 - power));
/// let term = |n: u64| (poisson::ln_pmf(n, l) + gamma::ln_pdf(2.3, n as f64 * shape, rate)).exp();
/// let density: f64 = (1..60).map(term).sum();
/// assert!((tweedie::ln_pdf(2.3, mean, dispersion, power) - density.ln()).abs() < 1e-14);
/// assert!((tweedie::ln_pdf(0.0, mean, dispersion, power) - poisson::ln_pmf(0, l)).abs() < 1e-15);
/// ```
///
/// # References
/// Dunn & Smyth, "Series evaluation of Tweedie exponential dispersion model densities" (2005); Jørgensen,
/// "The Theory of Dispersion Models" (1997), chapter 4.
pub fn ln_pdf<T: Real>(y: impl Into<T>, mean: T, dispersion: T, power: T) -> T {
    if mean.one_by_one() || dispersion.one_by_one() || power.one_by_one() {
        return mean;
    }
    let y = y.into();
    if !(is_positive(mean) && is_positive(dispersion) && power > 1.0 && power < 2.0) {
        return undefined();
    }
    if power > 2.0 - 1e-5 && !power.is_constant() {
        // The value with derivatives that are not known.
        let value = ln_pdf(y.value(), mean.value(), dispersion.value(), power.value());
        return power.chain([value, f64::NAN, f64::NAN, f64::NAN]);
    }
    let q = -power + 2.0;
    if y.value() < 0.0 || y.value().is_infinite() {
        return impossible();
    }
    if y == 0.0 {
        return -(mean.powf(q) / dispersion / q);
    }
    let half_deviance = half_deviance(y, mean, dispersion, power);
    if half_deviance.value().is_infinite() {
        return impossible();
    }
    ln_series(y, dispersion, q, power - 1.0) - half_deviance - y.ln() - 2.0 * HALF_LN_2_PI
}

/// `d / (2 dispersion)`, where `d / 2 = y^q / (q (q - 1)) - y mean^(q - 1) / (q - 1) + mean^q / q` with `q = 2 - power`.
///
/// With `u = ln(y / mean)` and `r = 1 - q` this is `mean^q / dispersion` times
/// `(e^u - 1 - (e^(q u) - 1) / q) / r = u^2/2! + u^3/3! (1 + q) + u^4/4! (1 + q + q^2) + ...`
fn half_deviance<T: Real>(y: T, mean: T, dispersion: T, power: T) -> T {
    let (q, r) = (-power + 2.0, power - 1.0);
    let change = (y - mean) / mean;
    let u = if change.value().abs() < 0.5 { change.ln_1p() } else { y.ln() - mean.ln() };
    if u.value() > 30.0 {
        // From y rather than the mean: y^q / dispersion ((e^(r u) - 1) / r - (1 - e^(-q u)) / q).
        let low = -(q * u * -1.0).exp_m1() / q;
        let ln_scale = q * y.ln() - dispersion.ln();
        let ru = r * u;
        let ln_factor = if ru.value() > 30.0 {
            ru - r.ln() + (-(low * r + 1.0) * (-ru).exp()).ln_1p()
        } else {
            (ru.exp_m1() / r - low).ln()
        };
        return (ln_scale + ln_factor).exp();
    }
    let factor = if u.value().abs() < 0.5 {
        let (mut sum, mut geometric, mut term) = (T::from(0.0), T::from(1.0), u * u * 0.5);
        for k in 3..20 {
            sum += term * geometric;
            geometric = geometric * q + 1.0;
            term *= u * (1.0 / f64::from(k));
        }
        sum
    } else {
        (q * u).exp() * (r * u).exp_m1() / r - (q * u).exp_m1() / q
    };
    let ln_scale = q * mean.ln() - dispersion.ln();
    if factor.value() > 0.0 && ln_scale.value().abs() > 600.0 {
        (ln_scale + factor.ln()).exp()
    } else if ln_scale.value() > 600.0 {
        // At the mean itself.
        factor
    } else {
        power_ratio(mean, q, dispersion) * factor
    }
}

/// `x^q / dispersion`, for `0 < q < 1`
fn power_ratio<T: Real>(x: T, q: T, dispersion: T) -> T {
    let ratio = x.powf(q) / dispersion;
    // Where only logarithms are in range, derivatives are right through them.
    if ratio.value().is_normal() { ratio } else { (q * x.ln() - dispersion.ln()).exp() }
}

/// `ln(sqrt(a) sum_n exp(-(1 + a) (m - n + n ln(n / m)) - R(n) - R(n a)))` with `a = q / r`, `1 + a = 1 / r` and `m = w / q`, where
/// `w = y^q / dispersion`.
fn ln_series<T: Real>(y: T, dispersion: T, q: T, r: T) -> T {
    let w = power_ratio(y, q, dispersion);
    let m = w.value() / q.value();
    let ln_w = q * y.ln() - dispersion.ln();
    if m > 1e17 && w.value() / r.value() > 1e17 {
        ln_w * 0.5 + HALF_LN_2_PI
    } else if m >= MANY && m * r.value() >= 1.5 * 1.5 {
        ln_integral(w, q, r)
    } else {
        ln_sum(w / q, ln_w - q.ln(), q / r, r)
    }
}

/// The series term by term, from the largest in both directions.
fn ln_sum<T: Real>(m: T, ln_m: T, a: T, r: T) -> T {
    let exponent = |n: f64| {
        let difference = m.value() - n;
        let deviance = m - n - (ln_m - n.ln()) * n;
        let deviance =
            if difference.abs() < 0.5 * n { deviance.with_value(n * x_minus_ln_1p(difference / n)) } else { deviance };
        -(deviance / r) - stirling_remainder(n) - stirling_remainder(a * n)
    };
    let peak = m.value().round().max(1.0);
    let top = exponent(peak);
    let mut sum = T::from(1.0);
    for direction in [1.0, -1.0] {
        let mut n = peak + direction;
        while n >= 1.0 {
            let e = exponent(n) - top;
            if e.value() < -CUT {
                break;
            }
            sum += e.exp();
            n += direction;
        }
    }
    top + sum.ln() + a.ln() * 0.5
}

/// The series as an integral over `n = m (1 + z)`, by the trapezoidal sum at `z = k / 2` widths. The points move with the
/// parameters, so that nothing of the derivatives cancels: the exponent is nearly `-k^2 / 8`, and step, `dn/dz` and `sqrt(a)`
/// together are `sqrt(w) / 2`.
fn ln_integral<T: Real>(w: T, q: T, r: T) -> T {
    let m = w / q;
    let step = (q * r / w).sqrt() * 0.5;
    let exponent = |k: f64| {
        let z = step * k;
        -(curvature(z) * (0.25 * k * k)) - stirling_remainder(m * (z + 1.0)) - stirling_remainder(w / r * (z + 1.0))
    };
    let top = exponent(0.0);
    let mut sum = T::from(1.0);
    for direction in [1.0, -1.0] {
        let mut k = direction;
        while step.value() * k > -1.0 {
            let e = exponent(k) - top;
            if e.value() < -CUT {
                break;
            }
            sum += e.exp();
            k += direction;
        }
    }
    top + sum.ln() + w.ln() * 0.5 - std::f64::consts::LN_2
}

/// `((1 + z) ln(1 + z) - z) / z^2 = 1/2 - z/6 + z^2/12 - z^3/20 + ...`
fn curvature<T: Real>(z: T) -> T {
    if z.value().abs() > 0.5 {
        return (z * z.ln_1p() - z.x_minus_ln_1p()) / (z * z);
    }
    // Value and derivatives over factorials by Horner's scheme; 2^-56 is what the worst tail begins with.
    let z0 = z.value();
    let mut c = [0.0; 4];
    for j in (0..56).rev() {
        let coefficient = (if j % 2 == 0 { 1.0 } else { -1.0 }) / f64::from((j + 1) * (j + 2));
        c = [c[0] * z0 + coefficient, c[1] * z0 + c[0], c[2] * z0 + c[1], c[3] * z0 + c[2]];
    }
    z.chain([c[0], c[1], 2.0 * c[2], 6.0 * c[3]])
}

distribution! {
    /// A Tweedie distribution with known parameters.
    Tweedie, "Tweedie", {
        mean: Positive,
        dispersion: Positive,
        power: Between { lower: 1.0_f64.next_up(), upper: 2.0_f64.next_down() },
    }
}

impl Tweedie {
    /// `mean`
    pub fn mean(&self) -> f64 {
        self.mean
    }

    /// `dispersion mean^power`
    pub fn variance(&self) -> f64 {
        self.dispersion * self.mean.powf(self.power)
    }

    /// `P(Y = 0)`
    pub fn zero_probability(&self) -> f64 {
        ln_pdf(0.0, self.mean, self.dispersion, self.power).exp()
    }

    /// The distribution of this power with the mean and the variance (divisor n) of the observations: a start for maximum
    /// likelihood. The mean is the maximum-likelihood estimate itself, whatever the power.
    ///
    /// # Errors
    /// Without observations, for one below 0, where all are equal (the dispersion is then 0), and for a power that is not
    /// between 1 and 2.
    pub fn method_of_moments(observations: &[f64], power: f64) -> Result<Self, DistributionError> {
        check_observations(Self::NAME, observations, Domain::Between { lower: 0.0, upper: f64::INFINITY })?;
        let (mean, variance) = mean_and_variance(observations.iter().copied());
        Self::new(mean, variance / mean.powf(power), power).map_err(DistributionError::of_observations)
    }
}

impl Distribution<f64> for Tweedie {
    /// By definition. Where a Poisson number above `1.8e19` is expected, its mean stands for it.
    fn sample<R: rand::Rng + ?Sized>(&self, rng: &mut R) -> f64 {
        let (q, r) = (2.0 - self.power, self.power - 1.0);
        let l = self.mean.powf(q) / (self.dispersion * q);
        let number = rand_distr::Poisson::new(l).map_or(l, |poisson| poisson.sample(rng));
        let scale = self.dispersion * r * self.mean.powf(r);
        rand_distr::Gamma::new(number * q / r, 1.0).map_or(0.0, |gamma| gamma.sample(rng) * scale)
    }
}
