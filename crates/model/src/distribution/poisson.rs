//! Poisson: counts of rare independent events.
use maxlik_dual::special::{ln_factorial, ln_factorial_remainder, small_ln_factorial_remainder};
use maxlik_dual::{Dual2, Real};
use rand::distr::Distribution;

use super::{DistributionError, distribution, impossible, information, mean_and_variance, undefined};

/// Below, the derivatives of `ln mean` overflow, and 0 times them is not 0.
const TINY: f64 = 1e-100;

/// Up to here `ln k!` is in a table.
const LARGE: u64 = 128;

/// From here on also the rounding of `ln d` counts, which is `k` times the smallest step at 1.
const EVEN_LARGER: u64 = 10_000;

/// `ln P(K = k)`, for `mean >= 0`.
///
/// # Formula
/// `k ln mean - mean - ln k!`, where `0 ln 0 = 0`; so that large terms do not cancel, as
/// `k (ln d - d + 1) - (ln k! - k ln k + k)` with `d = mean / k`.
///
/// # Example
/// ```
/// use maxlik_model::distribution::poisson;
/// assert!((poisson::ln_pmf(3, 2.5) - (2.5_f64.powi(3) * (-2.5_f64).exp() / 6.0).ln()).abs() < 1e-15);
/// ```
///
/// # References
/// Loader, "Fast and accurate computation of binomial probabilities" (2000), for large counts.
#[inline(always)]
pub fn ln_pmf<T: Real>(k: u64, mean: T) -> T {
    let m = mean.value();
    if mean.exceptional(!(m > TINY && m < f64::INFINITY) || k >= LARGE) {
        return ln_pmf_unusual(k, mean);
    }
    // ln k! = k ln k - k + rest: large terms cancel by twos.
    let count = k as f64;
    (mean / count.max(1.0)).ln() * count - (mean - count) - small_ln_factorial_remainder(k)
}

/// [`ln_pmf`] for large counts, and at the ends of the domain of the mean.
fn ln_pmf_unusual<T: Real>(k: u64, mean: T) -> T {
    let m = mean.value();
    if m.is_nan() || m < 0.0 {
        undefined()
    } else if k == 0 {
        -mean
    } else if m.is_infinite() {
        impossible()
    } else if k < LARGE {
        mean.ln() * k as f64 - mean - ln_factorial(k)
    } else if k > EVEN_LARGER && (m - k as f64).abs() < 0.5 * k as f64 {
        -(((mean - k as f64) / k as f64).x_minus_ln_1p() * k as f64) - ln_factorial_remainder(k)
    } else {
        let d = mean / k as f64;
        (d.ln() - (d - 1.0)) * k as f64 - ln_factorial_remainder(k)
    }
}

/// `ln P(K <= k)`, for `mean >= 0`.
///
/// # Formula
/// `ln Q(k + 1, mean)`, the regularised incomplete gamma function.
///
/// # Example
/// ```
/// use maxlik_model::distribution::poisson;
/// assert!((poisson::ln_cdf(1, 2.5) - (3.5 * (-2.5_f64).exp()).ln()).abs() < 1e-15);
/// ```
///
/// # References
/// DLMF 8.4.10.
pub fn ln_cdf<T: Real>(k: u64, mean: T) -> T {
    T::from(k as f64 + 1.0).ln_gamma_q(mean)
}

/// `ln P(K > k)`, for `mean >= 0`.
///
/// # Formula
/// `ln P(k + 1, mean)`, the regularised incomplete gamma function.
///
/// # Example
/// ```
/// use maxlik_model::distribution::poisson;
/// assert!((poisson::ln_sf(1, 2.5) - (1.0 - 3.5 * (-2.5_f64).exp()).ln()).abs() < 1e-15);
/// ```
pub fn ln_sf<T: Real>(k: u64, mean: T) -> T {
    T::from(k as f64 + 1.0).ln_gamma_p(mean)
}

/// The expected information of one observation in the `Q` arguments that the parameters depend on; NaN outside their domain.
///
/// # Formula
/// `1 / mean`
///
/// # Example
/// ```
/// use maxlik_dual::Dual2;
/// use maxlik_model::distribution::poisson;
/// let [mean] = Dual2::variables([0.4]);
/// assert_eq!(poisson::expected_information(mean), [[2.5]]);
/// ```
pub fn expected_information<const Q: usize>(mean: Dual2<Q>) -> [[f64; Q]; Q] {
    information::expected_information([mean], mean.value() > 0.0, || [[1.0 / mean.value()]])
}

distribution! {
    /// A Poisson distribution with known mean.
    Poisson, "Poisson", { mean: Between { lower: 0.0, upper: f64::INFINITY } }
}

impl Poisson {
    /// `mean`
    pub fn mean(&self) -> f64 {
        self.mean
    }

    /// `mean`
    pub fn variance(&self) -> f64 {
        self.mean
    }

    /// The maximum-likelihood estimate: the mean of the observations.
    ///
    /// # Errors
    /// Without observations.
    pub fn maximum_likelihood(observations: &[u64]) -> Result<Self, DistributionError> {
        if observations.is_empty() {
            return Err(DistributionError::NoObservations { distribution: Self::NAME });
        }
        Self::new(mean_and_variance(observations.iter().map(|&k| k as f64)).0)
            .map_err(DistributionError::of_observations)
    }
}

impl Distribution<u64> for Poisson {
    /// Means above `1.8e19`, whose counts no `u64` holds, give the largest `u64`.
    fn sample<R: rand::Rng + ?Sized>(&self, rng: &mut R) -> u64 {
        draw(self.mean, rng)
    }
}

/// A count with this mean, which may be 0 or infinite.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a whole number of at least 0; saturates")]
pub(super) fn draw<R: rand::Rng + ?Sized>(mean: f64, rng: &mut R) -> u64 {
    if mean == 0.0 {
        return 0;
    }
    let count: f64 = rand_distr::Poisson::new(mean).map_or(f64::INFINITY, |poisson| poisson.sample(rng));
    count as u64
}
