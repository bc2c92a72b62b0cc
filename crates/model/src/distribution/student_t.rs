//! Student's t with location and scale: errors with heavy tails.
//!
//! Notation: `z = (x - mu) / sigma`, `u = z^2 / nu`, `y = u / (1 + u)`.
use std::f64::consts::{LN_2, PI};

use maxlik_dual::functions::Functions;
use maxlik_dual::rules::Derivatives;
use maxlik_dual::special::{HALF_LN_2_PI, ln_beta_inc_with, polygamma_differences};
use maxlik_dual::{Dual2, Real, recent};
use rand::distr::Distribution;

use super::normal;
use super::{
    DistributionError, check_observations, distribution, information, is_positive, mean_and_variance, undefined,
};
use crate::Domain;

/// From here on `1 + u` is `u` to all digits of the log-density and its derivatives, and `u` itself may soon overflow.
const FAR: f64 = 1e100;

/// The log-density at `x`, for `sigma > 0` (a scale in the units of `x`, not the standard deviation) and `nu > 0` degrees of
/// freedom; infinite `nu` is the normal distribution.
///
/// # Formula
/// `ln Gamma((nu + 1)/2) - ln Gamma(nu/2) - ln(nu pi)/2 - ln sigma - (nu + 1)/2 ln(1 + z^2/nu)`, `z = (x - mu) / sigma`.
/// For large `nu` the gamma functions are replaced by an asymptotic series and the last term is
/// `(z^2 + u - (nu + 1)(u - ln(1 + u))) / 2` with `u = z^2 / nu`, so that nothing cancels on the way to the normal
/// distribution.
///
/// # Example
/// ```
/// use maxlik_model::distribution::{normal, student_t};
/// // Three degrees of freedom: 2 / (pi sqrt 3 sigma (1 + z^2/3)^2)
/// let density = 2.0 / (std::f64::consts::PI * 3.0_f64.sqrt() * 0.4 * (1.0 + 1.5_f64.powi(2) / 3.0).powi(2));
/// assert!((student_t::ln_pdf(1.3, 0.7, 0.4, 3.0) - density.ln()).abs() < 1e-15);
/// // Towards the normal distribution the difference is (z^4 - 2 z^2 - 1) / (4 nu).
/// let difference = student_t::ln_pdf(1.3, 0.7, 0.4, 1e7) - normal::ln_pdf(1.3, 0.7, 0.4);
/// assert!((difference - (1.5_f64.powi(4) - 2.0 * 1.5_f64.powi(2) - 1.0) / 4e7).abs() < 1e-14);
/// ```
#[inline(always)]
pub fn ln_pdf<T: Real>(x: impl Into<T>, mu: T, sigma: T, nu: T) -> T {
    let distance = x.into() - mu;
    if nu.exceptional(!(is_positive(sigma) && is_positive(nu)) || nu.value().is_infinite()) {
        return ln_pdf_unusual(distance, sigma, nu);
    }
    standard_ln_pdf(distance, sigma, nu) - sigma.ln()
}

/// [`ln_pdf`] at the ends of the parameters' domains.
fn ln_pdf_unusual<T: Real>(distance: T, sigma: T, nu: T) -> T {
    if is_positive(sigma) && is_positive(nu) { normal::ln_pdf(distance, T::from(0.0), sigma) } else { undefined() }
}

/// The log-density of `z = distance / sigma`.
#[inline(always)]
fn standard_ln_pdf<T: Real>(distance: T, sigma: T, nu: T) -> T {
    let z = distance / sigma;
    let square = z * z;
    let u = square / nu;
    let kernel = if nu.exceptional(u.value() > FAR) {
        (nu + 1.0) * ln_far(distance, sigma, nu)
    } else if u.value() < 0.25 {
        square + u - (nu + 1.0) * u.x_minus_ln_1p()
    } else {
        (nu + 1.0) * u.ln_1p()
    };
    ln_gamma_ratio(nu) - kernel * 0.5 - HALF_LN_2_PI
}

/// `ln u` where `u` may overflow.
fn ln_far<T: Real>(distance: T, sigma: T, nu: T) -> T {
    (distance.abs().ln() - sigma.ln()) * 2.0 - nu.ln()
}

/// `r(nu) = ln Gamma((nu + 1)/2) - ln Gamma(nu/2) - ln(nu/2)/2`, which vanishes for large `nu` as
/// `-1/(4 nu) + 1/(24 nu^3) - 1/(20 nu^5) + ..`: the difference of two of Stirling's series with Bernoulli polynomials; from 20
/// on the first omitted term is below 3e-17 of the value.
///
/// Below, ten steps up: `Gamma(x + 1) = x Gamma(x)` gives `r(nu) = r(nu + 2) + ln(nu (nu + 2) / (nu + 1)^2) / 2`, the derivative of
/// which is that of `r(nu + 2)` and `1 / (nu (nu + 1) (nu + 2))`: terms of one sign, and one logarithm for all.
///
/// # References
/// DLMF 5.5.1 for the steps, 5.11.8 for the series.
#[inline(always)]
fn ln_gamma_ratio<T: Real>(nu: T) -> T {
    let x = nu.value();
    // All that do not go in lanes have the same functions.
    nu.chain(if T::Functions::IN_LANES {
        ln_gamma_ratio_rule::<T::Functions>(x)
    } else {
        recent!([x.to_bits()] -> Derivatives, ln_gamma_ratio_rule::<T::Functions>(x))
    })
}

#[inline(always)]
fn ln_gamma_ratio_rule<F: Functions>(low: f64) -> Derivatives {
    const STEPS: usize = 10;
    /// The powers 1, 3, .. of `1 / nu`, the highest first, and the coefficients.
    const SERIES: [(f64, f64); 9] = [
        (17.0, -3_202_291.0 / 68.0),
        (15.0, 929_569.0 / 480.0),
        (13.0, -5461.0 / 52.0),
        (11.0, 691.0 / 88.0),
        (9.0, -31.0 / 36.0),
        (7.0, 17.0 / 112.0),
        (5.0, -1.0 / 20.0),
        (3.0, 1.0 / 24.0),
        (1.0, -1.0 / 4.0),
    ];
    let (mut sum, mut high) = ([0.0; 4], low);
    if low < 2.0 * STEPS as f64 {
        let (mut quotient, mut divisor) = (1.0, 1.0);
        for j in 0..STEPS {
            // 1 / g with g = (m - 1) m (m + 1)
            let (below, m, above) = (low + (2 * j) as f64, low + (2 * j + 1) as f64, low + (2 * j + 2) as f64);
            quotient *= below * above;
            divisor *= m * m;
            let r = 1.0 / (below * m * above);
            let slope = (3.0 * m * m - 1.0) * r;
            sum[1] += r;
            sum[2] -= slope * r;
            sum[3] += (2.0 * slope * slope - 6.0 * m * r) * r;
        }
        sum[0] = 0.5 * F::ln(quotient / divisor);
        high += 2.0 * STEPS as f64;
    }
    let r = 1.0 / high;
    let square = r * r;
    let series = |factor: fn(f64) -> f64| SERIES.iter().fold(0.0, |tail, &(m, c)| tail * square + c * factor(m));
    [
        sum[0] + r * series(|_| 1.0),
        sum[1] - square * series(|m| m),
        sum[2] + square * r * series(|m| m * (m + 1.0)),
        sum[3] - square * square * series(|m| m * (m + 1.0) * (m + 2.0)),
    ]
}

/// The logarithm of the distribution function `P(X <= x)`.
///
/// # Formula
/// `P(X <= mu - sigma z) = P(X > mu + sigma z) = I_(1 - y)(nu/2, 1/2) / 2` for `z >= 0` with the regularised incomplete beta
/// function and `y = z^2 / (nu + z^2)`; around the centre, where this has no derivative by its arguments, the integral of the
/// density from `mu` on.
///
/// # Example
/// ```
/// use maxlik_model::distribution::student_t;
/// // Two degrees of freedom: P = 1/2 + z / (2 sqrt(2 + z^2))
/// for z in [0.5_f64, 1.5] {
///     let cdf = 0.5 + 0.5 * z / (2.0 + z * z).sqrt();
///     assert!((student_t::ln_cdf(0.7 + 0.4 * z, 0.7, 0.4, 2.0) - cdf.ln()).abs() < 1e-15);
/// }
/// ```
///
/// # References
/// Abramowitz & Stegun (1964), 26.5.27.
pub fn ln_cdf<T: Real>(x: impl Into<T>, mu: T, sigma: T, nu: T) -> T {
    ln_below(x.into() - mu, sigma, nu)
}

/// The logarithm of the survival function `P(X > x)`.
///
/// # Formula
/// [`ln_cdf`] mirrored at `mu`
///
/// # Example
/// ```
/// use maxlik_model::distribution::student_t;
/// // Two degrees of freedom, far out: P(X > x) is 1 / (2 z^2).
/// assert!((student_t::ln_sf(4e199, 0.7, 0.4, 2.0) / (0.5_f64.ln() - 2.0 * 1e200_f64.ln()) - 1.0).abs() < 1e-15);
/// ```
pub fn ln_sf<T: Real>(x: impl Into<T>, mu: T, sigma: T, nu: T) -> T {
    ln_below(mu - x.into(), sigma, nu)
}

/// `ln P(X - mu <= distance)`
fn ln_below<T: Real>(distance: T, sigma: T, nu: T) -> T {
    if !(is_positive(sigma) && is_positive(nu)) || distance.value().is_nan() {
        return undefined();
    }
    let z = distance / sigma;
    if nu.value().is_infinite() {
        return z.ln_normal_cdf();
    }
    let square = z * z;
    let u = square.value() / nu.value();
    if (nu.value() + 3.0) * u < 1.0 + u {
        (centre(z, nu) + 0.5).ln()
    } else if distance.value() < 0.0 {
        ln_beyond(-distance, sigma, nu)
    } else {
        ln_beyond(distance, sigma, nu).ln_1m_exp()
    }
}

/// `P(0 < Z <= z)`, of the sign of `z`, for `(nu + 3) y < 1`.
///
/// With the density `f`, `z f(z) (1 + (nu + 1)/3 y + (nu + 1)(nu + 3)/(3 5) y^2 + ..)`: every term is less than a third of
/// the one before or less than `1 / (2 k)` of it.
///
/// # References
/// DLMF 15.8.1 on the integral of the density.
fn centre<T: Real>(z: T, nu: T) -> T {
    let square = z * z;
    let y = square / (square + nu);
    let (mut sum, mut term, mut k) = (T::from(1.0), T::from(1.0), 1.0);
    while term.value() > 1e-22 {
        term *= (nu + (2.0 * k - 1.0)) * y / (2.0 * k + 1.0);
        sum += term;
        k += 1.0;
    }
    z * standard_ln_pdf(z, T::from(1.0), nu).exp() * sum
}

/// `ln P(X - mu > distance)` for `distance > 0` outside the centre.
fn ln_beyond<T: Real>(distance: T, sigma: T, nu: T) -> T {
    let z = distance / sigma;
    let u = z * z / nu;
    let half = nu * 0.5;
    if u.value() > FAR {
        // I_x(a, 1/2) = x^a Gamma(a + 1/2) / Gamma(a + 1) / sqrt(pi) as x vanishes, with x = 1 / u.
        let ratio = if nu.value() < 32.0 {
            (half + 0.5).ln_gamma() - (half + 1.0).ln_gamma()
        } else {
            ln_gamma_ratio(nu) - half.ln() * 0.5
        };
        return ratio - half * ln_far(distance, sigma, nu) - (0.5 * PI.ln() + LN_2);
    }
    let rest = (u + 1.0).recip();
    ln_beta_inc_with(rest, u * rest, half, T::from(0.5)) - LN_2
}

/// The expected information of one observation in the `Q` arguments that the parameters depend on; NaN outside their domain.
///
/// # Formula
/// Of `mu`: `(nu + 1) / ((nu + 3) sigma^2)`; of `sigma`: `2 nu / ((nu + 3) sigma^2)`;
/// of `sigma` with `nu`: `-2 / (sigma (nu + 1) (nu + 3))`;
/// of `nu`: `(psi1(nu / 2) - psi1((nu + 1) / 2)) / 4 - (nu + 5) / (2 nu (nu + 1) (nu + 3))`, `psi1` being the trigamma function;
/// for large `nu` by the asymptotic series of that, because these terms cancel.
///
/// # Example
/// ```
/// use maxlik_dual::Dual2;
/// use maxlik_model::distribution::student_t;
/// let [mu, sigma, nu] = Dual2::variables([0.7, 0.4, 2.0]);
/// let information = student_t::expected_information(mu, sigma, nu);
/// let trigamma = std::f64::consts::PI.powi(2); // psi1(1) - psi1(3/2) = pi^2 / 6 - (pi^2 / 2 - 4)
/// assert!((information[0][0] - 0.6 / 0.16).abs() < 1e-14);
/// assert!((information[1][1] - 0.8 / 0.16).abs() < 1e-14);
/// assert!((information[2][1] + 2.0 / (0.4 * 15.0)).abs() < 1e-15);
/// assert!((information[2][2] - (0.25 * (4.0 - trigamma / 3.0) - 7.0 / 60.0)).abs() < 1e-15);
/// ```
///
/// # References
/// Lange, Little & Taylor, "Robust statistical modeling using the t distribution" (1989).
pub fn expected_information<const Q: usize>(mu: Dual2<Q>, sigma: Dual2<Q>, nu: Dual2<Q>) -> [[f64; Q]; Q] {
    information::expected_information([mu, sigma, nu], is_positive(sigma) && is_positive(nu), || {
        let (sigma, nu) = (sigma.value(), nu.value());
        let precision = 1.0 / (sigma * sigma);
        let both = (nu + 1.0) * (nu + 3.0);
        [
            [(nu + 1.0) / (nu + 3.0) * precision, 0.0, 0.0],
            [0.0, 2.0 * nu / (nu + 3.0) * precision, 0.0],
            [0.0, -2.0 / (sigma * both), information_of_nu(nu)],
        ]
    })
}

/// Coefficients of `nu^-4`, `nu^-5`, ... in the information of `nu`: from 50 on what is cut off is below 1e-13 of the first.
const SERIES: [f64; 12] =
    [3.5, -13.0, 39.5, -119.0, 363.5, -1101.0, 3279.5, -9763.0, 29_523.5, -89_609.0, 265_719.5, -778_047.0];

/// The information of `nu` about itself, for `nu > 0`.
fn information_of_nu(nu: f64) -> f64 {
    if nu < 50.0 {
        let [_, difference, _] = polygamma_differences(0.5 * nu, 0.5);
        return -0.25 * difference - (nu + 5.0) / (2.0 * nu * (nu + 1.0) * (nu + 3.0));
    }
    let x = 1.0 / nu;
    SERIES.iter().rev().fold(0.0, |sum, coefficient| sum * x + coefficient) * x * x * x * x
}

distribution! {
    /// A t distribution with known parameters.
    StudentT, "Student t", { mu: Real, sigma: Positive, nu: Positive }
}

impl StudentT {
    /// `mu` for `nu > 1`; NaN below, where there is no mean
    pub fn mean(&self) -> f64 {
        if self.nu > 1.0 { self.mu } else { f64::NAN }
    }

    /// `sigma^2 nu / (nu - 2)` for `nu > 2`; infinite for `1 < nu <= 2` and NaN below, where there is no mean
    pub fn variance(&self) -> f64 {
        if self.nu > 2.0 {
            self.sigma * self.sigma * (self.nu / (self.nu - 2.0))
        } else if self.nu > 1.0 {
            f64::INFINITY
        } else {
            f64::NAN
        }
    }

    /// The distribution with the mean, the variance (divisor n) and the kurtosis of the observations: a start for maximum
    /// likelihood, which has no closed form.
    ///
    /// The kurtosis is `3 + 6 / (nu - 4)`; an estimate of `nu` is above 4 even where the truth is not.
    ///
    /// # Errors
    /// Without observations, for one that is not finite, where all are equal (sigma is then 0), and for a kurtosis of at most
    /// 3, the normal distribution's (nu is then infinite).
    pub fn method_of_moments(observations: &[f64]) -> Result<Self, DistributionError> {
        check_observations(Self::NAME, observations, Domain::Real)?;
        let (mean, variance) = mean_and_variance(observations.iter().copied());
        let deviation = variance.sqrt();
        let powers: f64 = observations.iter().map(|x| ((x - mean) / deviation).powi(4)).sum();
        let excess = (powers / observations.len() as f64 - 3.0).max(0.0);
        let nu = 4.0 + 6.0 / excess;
        Self::new(mean, deviation * (1.0 - 2.0 / nu).sqrt(), nu).map_err(DistributionError::of_observations)
    }
}

impl Distribution<f64> for StudentT {
    /// `Z / sqrt(W / nu)` with a standard normal `Z` and a chi-squared `W`; infinite where this is no longer a number, as it
    /// mostly is for `nu` of a thousandth.
    fn sample<R: rand::Rng + ?Sized>(&self, rng: &mut R) -> f64 {
        let z: f64 = rand_distr::StandardNormal.sample(rng);
        // Gamma with mean 1: W / nu.
        let half = 0.5 * self.nu;
        let share = rand_distr::Gamma::new(half, 1.0).map_or(f64::NAN, |gamma| gamma.sample(rng) / half);
        self.mu + self.sigma * (z / share.sqrt())
    }
}
