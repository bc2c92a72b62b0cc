//! Negative binomial (NB2): counts with more variance than a Poisson count.
use maxlik_dual::special::{
    half_deviance, ln_beta_inc_with, ln_factorial, ln_factorial_remainder, small_ln_factorial, stirling_remainder,
    x_minus_ln_1p,
};
use maxlik_dual::{Dual2, Real};
use rand::{Rng, distr::Distribution};

use super::{DistributionError, distribution, impossible, information, mean_and_variance, poisson, undefined};

/// `ln P(K = k)`, for `mean >= 0` and `size > 0`; the variance is `mean + mean^2 / size`, and infinite size is Poisson.
///
/// # Formula
/// `ln(size (size + 1) ... (size + k - 1)) - ln k! + k ln(mean / (size + mean)) - size ln(1 + mean / size)`. These terms cancel
/// for large `size` and for large `k`: there the same is the Poisson log-probability and three terms that vanish, or is written
/// with half the deviances of `k` and of `size` from their means.
///
/// # Example
/// ```
/// use maxlik_model::distribution::negative_binomial;
/// let probability = (2.5 * 3.5 / 2.0) * (1.2_f64 / 3.7).powi(2) * (2.5_f64 / 3.7).powf(2.5);
/// assert!((negative_binomial::ln_pmf(2, 1.2, 2.5) - probability.ln()).abs() < 1e-15);
/// ```
///
/// # References
/// Lawless, "Negative binomial and mixed Poisson regression" (1987), equation 2.1, with `size = 1 / a`. Loader, "Fast and
/// accurate computation of binomial probabilities" (2000), for large counts.
#[inline(always)]
pub fn ln_pmf<T: Real>(k: u64, mean: T, size: T) -> T {
    let (m, s) = (mean.value(), size.value());
    let moderate = |x: f64| x > 1e-100 && x < 1e100;
    if mean.exceptional(!(moderate(m) && moderate(s)) || k >= LARGE || s > NEARLY_POISSON) {
        return ln_pmf_unusual(k, mean, size);
    }
    let odds = mean / size;
    let ln_share = (mean / (size + mean)).ln();
    size.ln_rising_factorial(k) - small_ln_factorial(k) + ln_share * k as f64 - size * odds.ln_1p()
}

/// From here on, where the density is nearly that of a Poisson count, derivatives by the size may cancel.
const NEARLY_POISSON: f64 = 100.0;

/// [`ln_pmf`] for large counts and sizes, and at the ends of the domains.
fn ln_pmf_unusual<T: Real>(k: u64, mean: T, size: T) -> T {
    let (m, s) = (mean.value(), size.value());
    if m.is_nan() || s.is_nan() || m < 0.0 || s <= 0.0 {
        return undefined();
    }
    if s.is_infinite() {
        return poisson::ln_pmf(k, mean);
    }
    if k > 0 && (m == 0.0 || m.is_infinite()) {
        return impossible();
    }
    if k < LARGE {
        small_count(k, mean, size, mean / size, || (mean / (size + mean)).ln())
    } else {
        large_count(k, mean, size, || mean.ln_ratio(size + mean), mean - k as f64)
    }
}

/// Below, the terms of the ordinary formula are at most 500 or so and lose nothing worth the price of deviances, which is
/// twice that of the formula.
pub(super) const LARGE: u64 = 128;

/// For counts that are not large, with `odds = mean / size` and `ln_share`, `ln(mean / (size + mean))`.
#[inline(always)]
pub(super) fn small_count<T: Real>(k: u64, mean: T, size: T, odds: T, ln_share: impl FnOnce() -> T) -> T {
    let s = size.value();
    if odds.value() < 0.1 && k as f64 <= 0.1 * s {
        let more = size * odds.x_minus_ln_1p() + size.ln_rising_ratio(k);
        return poisson::ln_pmf(k, mean) + more - odds.ln_1p() * k as f64;
    }
    let none = if odds.value().is_finite() { -(size * odds.ln_1p()) } else { size * size.ln_ratio(size + mean) };
    if k == 0 { none } else { size.ln_rising_factorial(k) - ln_factorial(k) + ln_share() * k as f64 + none }
}

/// For large counts, at least 16, with `ln_share`, `ln(mean / (size + mean))`, and `gap = mean - k`. The means to which `k` and `size` are
/// compared are their sum times this share and times the rest.
pub(super) fn large_count<T: Real>(k: u64, mean: T, size: T, ln_share: impl FnOnce() -> T, gap: T) -> T {
    let (count, both) = (k as f64, size + mean);
    let all = size + count;
    let difference = gap * (size / both);
    let of_count = half_deviance(T::from(count), difference, || ln_share() + (all / count).ln());
    let of_size = half_deviance(size, -difference, || all.ln_ratio(both));
    // ln Gamma(k + size) - ln Gamma(size) - ln k! but for what is in the deviances.
    let gammas = if size.value() >= 16.0 {
        (T::from(count) / size).ln_1p() * -0.5 + (stirling_remainder(all) - stirling_remainder(size))
    } else {
        let of_all = (all * std::f64::consts::TAU).ln() * 0.5 + stirling_remainder(all);
        size.ln_ratio(all) + of_all - ((size + 1.0).ln_gamma() - size * size.ln() + size)
    };
    gammas - ln_factorial_remainder(k) - of_count - of_size
}

/// `ln P(K <= k)`, for `mean >= 0` and `size > 0`.
///
/// # Formula
/// `ln I_q(size, k + 1)` with `q = size / (size + mean)`, the regularised incomplete beta function.
///
/// # Example
/// ```
/// use maxlik_model::distribution::negative_binomial;
/// let q = 2.5_f64 / 3.7;
/// let expected = (q.powf(2.5) * (1.0 + 2.5 * (1.0 - q))).ln();
/// assert!((negative_binomial::ln_cdf(1, 1.2, 2.5) - expected).abs() < 1e-15);
/// ```
///
/// # References
/// DLMF 8.17.24.
pub fn ln_cdf<T: Real>(k: u64, mean: T, size: T) -> T {
    if near_poisson(k, mean, size) {
        return poisson::ln_cdf(k, mean);
    }
    let both = size + mean;
    ln_beta_inc_with(size / both, mean / both, size, T::from(k as f64 + 1.0))
}

/// `ln P(K > k)`, for `mean >= 0` and `size > 0`.
///
/// # Formula
/// `ln I_p(k + 1, size)` with `p = mean / (size + mean)`, the regularised incomplete beta function.
///
/// # Example
/// ```
/// use maxlik_model::distribution::negative_binomial;
/// let q = 2.5_f64 / 3.7;
/// let expected = (1.0 - q.powf(2.5) * (1.0 + 2.5 * (1.0 - q))).ln();
/// assert!((negative_binomial::ln_sf(1, 1.2, 2.5) - expected).abs() < 1e-15);
/// ```
pub fn ln_sf<T: Real>(k: u64, mean: T, size: T) -> T {
    if near_poisson(k, mean, size) {
        return poisson::ln_sf(k, mean);
    }
    let both = size + mean;
    ln_beta_inc_with(mean / both, size / both, T::from(k as f64 + 1.0), size)
}

/// Whether the distribution function is that of the Poisson distribution to rounding, which is off by about
/// `((k - mean)^2 + k) / (2 size)`.
fn near_poisson<T: Real>(k: u64, mean: T, size: T) -> bool {
    let largest = 1.0 + k as f64 + mean.value();
    mean.value() >= 0.0 && size.value() > 1e17 * largest * largest
}

/// The expected information of one observation in the `Q` arguments that the parameters depend on; NaN outside their domain.
///
/// # Formula
/// Of `mean`: `1 / mean - 1 / (size + mean)`; of `size`: `sum_{r >= 2} p^r (r - 1)! / (r size (size + 1) ... (size + r - 1))`
/// with `p = mean / (size + mean)`; nothing of both. The sum is calculated as an integral.
///
/// # Example
/// ```
/// use maxlik_dual::Dual2;
/// use maxlik_model::distribution::negative_binomial;
/// let [mean, size] = Dual2::variables([1.2, 2.5]);
/// let [[of_mean, both], [_, of_size]] = negative_binomial::expected_information(mean, size);
/// let (p, mut term, mut sum) = (1.2_f64 / 3.7, 1.0 / 2.5, 0.0);
/// for r in (2..60).map(f64::from) {
///     term *= (r - 1.0) / (2.5 + r - 1.0); // (r - 1)! / (size ... (size + r - 1))
///     sum += p.powf(r) * term / r;
/// }
/// assert!((of_mean - (1.0 / 1.2 - 1.0 / 3.7)).abs() < 1e-15 && both == 0.0);
/// assert!((of_size / sum - 1.0).abs() < 1e-13);
/// ```
///
/// # References
/// Fisher, "The negative binomial distribution" (1941), for the series.
pub fn expected_information<const Q: usize>(mean: Dual2<Q>, size: Dual2<Q>) -> [[f64; Q]; Q] {
    information::expected_information([mean, size], mean.value() > 0.0 && size.value() > 0.0, || {
        let (mean, size) = (mean.value(), size.value());
        [[size / (mean * (size + mean)), 0.0], [0.0, information_of_size(mean, size)]]
    })
}

/// The information of the size about itself.
///
/// With `(r - 1)! / (s (s + 1) ... (s + r - 1)) = integral of x^(r - 1) (1 - x)^(s - 1) dx` the series is that of a logarithm
/// under the integral, and with `x = 1 - e^(-v / s)`
///
/// `I = 1/s integral of e^-v (-ln(1 - p x) - p x) / x dv` for `v > 0`,
///
/// taken by the trapezoidal rule in `t = ln v` (measured: 1e-11 for means and sizes from 1e-6 to 1e6, mostly 1e-15).
fn information_of_size(mean: f64, size: f64) -> f64 {
    const STEP: f64 = 1.0 / 32.0;
    let (p, q) = (mean / (size + mean), size / (size + mean));
    let integrand = |v: f64| {
        let x = -(-v / size).exp_m1();
        let y = p * x;
        let logarithm = if y < 0.5 { x_minus_ln_1p(-y) } else { -y - (q + p * (-v / size).exp()).ln() };
        (-v).exp() * logarithm / x
    };
    // Below, where the integrand is proportional to v, it is less than e^-38 of what it is at size; above, e^-800.
    let (mut t, mut sum) = (size.min(1.0).ln() - 19.0, 0.0);
    while t < 6.7 {
        sum += t.exp() * integrand(t.exp());
        t += STEP;
    }
    sum * STEP / size
}

distribution! {
    /// A negative binomial distribution with known mean and size.
    NegativeBinomial, "negative binomial", { mean: Between { lower: 0.0, upper: f64::INFINITY }, size: Positive }
}

impl NegativeBinomial {
    /// `mean`
    pub fn mean(&self) -> f64 {
        self.mean
    }

    /// `mean + mean^2 / size`
    pub fn variance(&self) -> f64 {
        self.mean + self.mean * (self.mean / self.size)
    }

    /// The distribution with the mean and the variance (divisor n) of the observations: a start for maximum likelihood, which
    /// has no closed form. The size is `mean^2 / (variance - mean)`.
    ///
    /// # Errors
    /// Without observations, and where their variance is not above their mean (the size is then infinite).
    pub fn method_of_moments(observations: &[u64]) -> Result<Self, DistributionError> {
        if observations.is_empty() {
            return Err(DistributionError::NoObservations { distribution: Self::NAME });
        }
        let (mean, variance) = mean_and_variance(observations.iter().map(|&k| k as f64));
        Self::new(mean, if variance > mean { mean * (mean / (variance - mean)) } else { f64::INFINITY })
            .map_err(DistributionError::of_observations)
    }
}

impl Distribution<u64> for NegativeBinomial {
    /// A Poisson count whose mean is a gamma variable. Counts that no `u64` holds give the largest `u64`.
    fn sample<R: Rng + ?Sized>(&self, rng: &mut R) -> u64 {
        let gamma = rand_distr::Gamma::new(self.size, 1.0).map_or(0.0, |gamma| gamma.sample(rng));
        // Quotient first: gamma variables of tiny size are exactly 0, and the mean over such a size may be infinite.
        poisson::draw(gamma / self.size * self.mean, rng)
    }
}
