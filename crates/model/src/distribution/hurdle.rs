//! Hurdle: whether a count is zero is one question, how large it is if not is another.
use maxlik_dual::Real;
use rand::{Rng, RngExt, distr::Distribution};

use super::{DistributionError, undefined};
use crate::Domain;

/// `ln P(K = k)` where a count is zero with probability `zero_probability`, from 0 to 1, and otherwise has the
/// log-probabilities that `ln_pmf` gives, under the condition of not being zero.
///
/// Where `ln_pmf(0)` is 0, so that nothing is left for other counts, those have NaN.
///
/// # Formula
/// `ln zero_probability` for `k = 0`, otherwise `ln(1 - zero_probability) + ln_pmf(k) - ln(1 - e^ln_pmf(0))`.
///
/// # Example
/// ```
/// use maxlik_model::distribution::{hurdle, poisson};
/// let ln_pmf = |k, zero: f64, mean| hurdle::ln_pmf(k, zero, |k| poisson::ln_pmf(k, mean));
/// assert_eq!(ln_pmf(0, 0.3, 2.5), 0.3_f64.ln());
/// let positive = 1.0 - (-2.5_f64).exp();
/// assert!((ln_pmf(3, 0.3, 2.5) - (0.7 / positive).ln() - poisson::ln_pmf(3, 2.5)).abs() < 1e-15);
/// ```
///
/// # References
/// Mullahy, "Specification and testing of some modified count data models" (1986).
#[inline(always)]
pub fn ln_pmf<T: Real>(k: u64, zero_probability: T, ln_pmf: impl Fn(u64) -> T) -> T {
    if zero_probability.one_by_one() {
        return zero_probability;
    }
    // Asked for also where the count is zero: parameters outside their domain give NaN there, too.
    let ln_zero = ln_pmf(0);
    if !(0.0..=1.0).contains(&zero_probability.value()) || ln_zero.value().is_nan() {
        undefined()
    } else if k == 0 {
        zero_probability.ln()
    } else {
        (-zero_probability).ln_1p() + (ln_pmf(k) - ln_zero.ln_1m_exp())
    }
}

/// [`ln_pmf`] where the probability of a zero is `1 / (1 + e^-eta)`; nothing overflows for any finite `eta`.
///
/// # Formula
/// `-ln(1 + e^-eta)` for `k = 0`, otherwise `ln_pmf(k) - ln(1 - e^ln_pmf(0)) - ln(1 + e^eta)`.
///
/// # Example
/// ```
/// use maxlik_model::distribution::{hurdle, poisson};
/// let zero = 1.0 / (1.0 + 0.8_f64.exp());
/// for k in [0, 3] {
///     let expected = hurdle::ln_pmf(k, zero, |k| poisson::ln_pmf(k, 2.5));
///     assert!((hurdle::ln_pmf_logit(k, -0.8, |k| poisson::ln_pmf(k, 2.5)) - expected).abs() < 1e-15);
/// }
/// ```
#[inline(always)]
pub fn ln_pmf_logit<T: Real>(k: u64, eta: T, ln_pmf: impl Fn(u64) -> T) -> T {
    if eta.one_by_one() {
        return eta;
    }
    let ln_zero = ln_pmf(0);
    if ln_zero.value().is_nan() {
        undefined()
    } else if k == 0 {
        eta.ln_sigmoid()
    } else {
        (-eta).ln_sigmoid() + (ln_pmf(k) - ln_zero.ln_1m_exp())
    }
}

/// Counts that are zero with known probability, and otherwise from another distribution under the condition of not being zero.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Hurdle<D> {
    zero_probability: f64,
    base_zero_probability: f64,
    base: D,
}

impl<D> Hurdle<D> {
    /// The name in error messages.
    const NAME: &'static str = "hurdle";

    /// Where the probability of a zero may lie.
    pub const ZERO_PROBABILITY: Domain = Domain::Between { lower: 0.0, upper: 1.0 };

    /// Where the probability of a zero under the base may lie: below 1.
    pub const BASE_ZERO_PROBABILITY: Domain = Domain::Between { lower: 0.0, upper: 1.0 - f64::EPSILON / 2.0 };

    /// With this probability of a zero, otherwise from `base`, whose own probability of a zero is `base_zero_probability`.
    ///
    /// # Errors
    /// For a probability outside `[0, 1]`, and where the base is always zero.
    ///
    /// # Example
    /// ```
    /// use maxlik_model::distribution::{hurdle::Hurdle, poisson::{self, Poisson}};
    /// use rand::{SeedableRng, distr::Distribution, rngs::StdRng};
    ///
    /// let base = Poisson::new(2.5)?;
    /// let counts = Hurdle::new(0.3, base, poisson::ln_pmf(0, 2.5_f64).exp())?;
    /// let sum: u64 = counts.sample_iter(StdRng::seed_from_u64(7)).take(10_000).sum();
    /// let mean = 0.7 * 2.5 / (1.0 - (-2.5_f64).exp());
    /// assert!((counts.mean(base.mean()) - mean).abs() < 1e-15);
    /// assert!((sum as f64 / 10_000.0 - mean).abs() < 0.05);
    /// # Ok::<(), maxlik_model::distribution::DistributionError>(())
    /// ```
    pub fn new(zero_probability: f64, base: D, base_zero_probability: f64) -> Result<Self, DistributionError> {
        let checks = [
            ("zero_probability", zero_probability, Self::ZERO_PROBABILITY),
            ("base_zero_probability", base_zero_probability, Self::BASE_ZERO_PROBABILITY),
        ];
        for (parameter, found, domain) in checks {
            if !domain.contains(found) {
                return Err(DistributionError::Parameter { distribution: Self::NAME, parameter, domain, found });
            }
        }
        Ok(Self { zero_probability, base_zero_probability, base })
    }

    /// The share of the base's counts that are not zero, times this, is the share here.
    fn inflation(&self) -> f64 {
        (1.0 - self.zero_probability) / (1.0 - self.base_zero_probability)
    }

    /// The mean, given that of the base: `(1 - zero_probability) / (1 - base_zero_probability) base_mean`
    pub fn mean(&self, base_mean: f64) -> f64 {
        self.inflation() * base_mean
    }

    /// The variance, given the mean and the variance of the base: with `c = (1 - zero_probability) / (1 - base_zero_probability)`
    /// it is `c (base_variance + (1 - c) base_mean^2)`.
    pub fn variance(&self, base_mean: f64, base_variance: f64) -> f64 {
        let c = self.inflation();
        c * (base_variance + (1.0 - c) * base_mean * base_mean)
    }
}

impl<D: Distribution<u64>> Distribution<u64> for Hurdle<D> {
    /// Draws from the base until a count is not zero, on average `1 / (1 - base_zero_probability)` times.
    fn sample<R: Rng + ?Sized>(&self, rng: &mut R) -> u64 {
        if rng.random::<f64>() < self.zero_probability {
            return 0;
        }
        loop {
            let count = self.base.sample(rng);
            if count > 0 {
                return count;
            }
        }
    }
}
