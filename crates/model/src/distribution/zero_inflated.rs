//! Zero inflation: counts with more zeros than their distribution has, because some of them are zero in any case.
use maxlik_dual::Real;
use rand::{Rng, RngExt, distr::Distribution};

use super::{DistributionError, undefined};
use crate::Domain;

/// `ln P(K = k)` where a count is zero in any case with probability `zero_probability`, from 0 to 1, and otherwise has the
/// log-probabilities that `ln_pmf` gives.
///
/// # Formula
/// `ln(zero_probability + (1 - zero_probability) e^ln_pmf(0))` for `k = 0`, otherwise `ln(1 - zero_probability) + ln_pmf(k)`.
///
/// # Example
/// ```
/// use maxlik_model::distribution::{poisson, zero_inflated};
/// let ln_pmf = |k, zero: f64, mean| zero_inflated::ln_pmf(k, zero, |k| poisson::ln_pmf(k, mean));
/// assert!((ln_pmf(0, 0.3, 2.5) - (0.3 + 0.7 * (-2.5_f64).exp()).ln()).abs() < 1e-15);
/// assert!((ln_pmf(3, 0.3, 2.5) - 0.7_f64.ln() - poisson::ln_pmf(3, 2.5)).abs() < 1e-15);
/// ```
///
/// # References
/// Lambert, "Zero-inflated Poisson regression, with an application to defects in manufacturing" (1992).
#[inline(always)]
pub fn ln_pmf<T: Real>(k: u64, zero_probability: T, ln_pmf: impl Fn(u64) -> T) -> T {
    if !(0.0..=1.0).contains(&zero_probability.value()) {
        return undefined();
    }
    // Called in one place, so that it can be inlined.
    let ln_base = ln_pmf(k);
    if k > 0 {
        (-zero_probability).ln_1p() + ln_base
    } else if zero_probability.exceptional(ln_base.value() <= UNDERFLOW) {
        zero_probability.ln().ln_add_exp((-zero_probability).ln_1p() + ln_base)
    } else {
        ln_mixture(zero_probability, -zero_probability + 1.0, ln_base)
    }
}

/// [`ln_pmf`] where the probability of a zero in any case is `1 / (1 + e^-eta)`; nothing overflows for any finite `eta`.
///
/// # Formula
/// `ln(e^eta + e^ln_pmf(0)) - ln(1 + e^eta)` for `k = 0`, otherwise `ln_pmf(k) - ln(1 + e^eta)`.
///
/// # Example
/// ```
/// use maxlik_model::distribution::{poisson, zero_inflated};
/// let zero = 1.0 / (1.0 + 0.8_f64.exp());
/// for k in [0, 3] {
///     let expected = zero_inflated::ln_pmf(k, zero, |k| poisson::ln_pmf(k, 2.5));
///     assert!((zero_inflated::ln_pmf_logit(k, -0.8, |k| poisson::ln_pmf(k, 2.5)) - expected).abs() < 1e-15);
/// }
/// ```
#[inline(always)]
pub fn ln_pmf_logit<T: Real>(k: u64, eta: T, ln_pmf: impl Fn(u64) -> T) -> T {
    let ln_base = ln_pmf(k);
    if k > 0 {
        (-eta).ln_sigmoid() + ln_base
    } else if eta.exceptional(ln_base.value() <= UNDERFLOW) {
        (-eta).ln_sigmoid() + eta.ln_add_exp(ln_base)
    } else {
        ln_mixture(eta.sigmoid(), (-eta).sigmoid(), ln_base)
    }
}

/// The exponential of numbers above is a normal number.
const UNDERFLOW: f64 = -700.0;

/// `ln(zero + rest e^x)` where `zero + rest = 1`: exact also where it is near 0.
#[inline(always)]
fn ln_mixture<T: Real>(zero: T, rest: T, x: T) -> T {
    let lacking = rest * x.exp_m1();
    if lacking.value() > -0.5 { lacking.ln_1p() } else { (zero + rest * x.exp()).ln() }
}

/// Counts that are zero in any case with known probability, and otherwise from another distribution.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ZeroInflated<D> {
    zero_probability: f64,
    base: D,
}

impl<D> ZeroInflated<D> {
    /// The name in error messages.
    const NAME: &'static str = "zero inflation";

    /// Where the probability of a zero in any case may lie.
    pub const ZERO_PROBABILITY: Domain = Domain::Between { lower: 0.0, upper: 1.0 };

    /// With this probability of a zero in any case, otherwise from `base`.
    ///
    /// # Errors
    /// For a probability outside `[0, 1]`.
    ///
    /// # Example
    /// ```
    /// use maxlik_model::distribution::{poisson::Poisson, zero_inflated::ZeroInflated};
    /// use rand::{SeedableRng, distr::Distribution, rngs::StdRng};
    ///
    /// let base = Poisson::new(2.5)?;
    /// let counts = ZeroInflated::new(0.3, base)?;
    /// let sum: u64 = counts.sample_iter(StdRng::seed_from_u64(7)).take(10_000).sum();
    /// assert!((counts.mean(base.mean()) - 1.75).abs() < 1e-15);
    /// assert!((sum as f64 / 10_000.0 - 1.75).abs() < 0.05);
    /// # Ok::<(), maxlik_model::distribution::DistributionError>(())
    /// ```
    pub fn new(zero_probability: f64, base: D) -> Result<Self, DistributionError> {
        let domain = Self::ZERO_PROBABILITY;
        if domain.contains(zero_probability) {
            return Ok(Self { zero_probability, base });
        }
        let parameter = "zero_probability";
        Err(DistributionError::Parameter { distribution: Self::NAME, parameter, domain, found: zero_probability })
    }

    /// The mean, given that of the base: `(1 - zero_probability) base_mean`
    pub fn mean(&self, base_mean: f64) -> f64 {
        (1.0 - self.zero_probability) * base_mean
    }

    /// The variance, given the mean and the variance of the base:
    /// `(1 - zero_probability) (base_variance + zero_probability base_mean^2)`
    pub fn variance(&self, base_mean: f64, base_variance: f64) -> f64 {
        (1.0 - self.zero_probability) * (base_variance + self.zero_probability * base_mean * base_mean)
    }
}

impl<D: Distribution<u64>> Distribution<u64> for ZeroInflated<D> {
    fn sample<R: Rng + ?Sized>(&self, rng: &mut R) -> u64 {
        if rng.random::<f64>() < self.zero_probability { 0 } else { self.base.sample(rng) }
    }
}
