//! Geometric: the number of failures before the first success.
use maxlik_dual::{Dual2, Real};
use rand::{Rng, distr::Distribution};

use super::{DistributionError, distribution, information, mean_and_variance, undefined};

/// `ln P(k failures before the first success)`, for `0 < p <= 1`.
///
/// # Formula
/// `ln p + k ln(1 - p)`, where `0 ln 0 = 0`.
///
/// # Example
/// ```
/// use maxlik_model::distribution::geometric;
/// assert!((geometric::ln_pmf(2, 0.3) - (0.3 * 0.49_f64).ln()).abs() < 1e-15);
/// ```
#[inline(always)]
pub fn ln_pmf<T: Real>(k: u64, p: T) -> T {
    if !in_domain(p) {
        undefined()
    } else if k == 0 {
        p.ln()
    } else {
        p.ln() + (-p).ln_1p() * k as f64
    }
}

/// `ln P(K <= k)`, for `0 < p <= 1`.
///
/// # Formula
/// `ln(1 - (1 - p)^(k + 1))`
///
/// # Example
/// ```
/// use maxlik_model::distribution::geometric;
/// assert!((geometric::ln_cdf(2, 0.3) - (1.0 - 0.343_f64).ln()).abs() < 1e-15);
/// ```
pub fn ln_cdf<T: Real>(k: u64, p: T) -> T {
    if !in_domain(p) {
        undefined()
    } else if k == 0 {
        p.ln()
    } else if p.value() == 1.0 {
        T::from(0.0)
    } else {
        ln_sf(k, p).ln_1m_exp()
    }
}

/// `ln P(K > k)`, for `0 < p <= 1`.
///
/// # Formula
/// `(k + 1) ln(1 - p)`
///
/// # Example
/// ```
/// use maxlik_model::distribution::geometric;
/// assert!((geometric::ln_sf(2, 0.3) - 3.0 * 0.7_f64.ln()).abs() < 1e-15);
/// ```
#[inline(always)]
pub fn ln_sf<T: Real>(k: u64, p: T) -> T {
    if in_domain(p) { (-p).ln_1p() * (k as f64 + 1.0) } else { undefined() }
}

#[inline(always)]
fn in_domain<T: Real>(p: T) -> bool {
    0.0 < p.value() && p.value() <= 1.0
}

/// The expected information of one observation in the `Q` arguments that the parameters depend on; NaN outside their domain.
///
/// # Formula
/// `1 / (p^2 (1 - p))`
///
/// # Example
/// ```
/// use maxlik_dual::Dual2;
/// use maxlik_model::distribution::geometric;
/// let [p] = Dual2::variables([0.4]);
/// assert!((geometric::expected_information(p)[0][0] - 1.0 / (0.16 * 0.6)).abs() < 1e-14);
/// ```
pub fn expected_information<const Q: usize>(p: Dual2<Q>) -> [[f64; Q]; Q] {
    information::expected_information([p], 0.0 < p.value() && p.value() < 1.0, || {
        let p = p.value();
        [[1.0 / (p * p * (1.0 - p))]]
    })
}

distribution! {
    /// A geometric distribution with known probability of success, which is above 0.
    Geometric, "geometric", { p: Between { lower: f64::MIN_POSITIVE, upper: 1.0 } }
}

impl Geometric {
    /// `(1 - p) / p`
    pub fn mean(&self) -> f64 {
        (1.0 - self.p) / self.p
    }

    /// `(1 - p) / p^2`
    pub fn variance(&self) -> f64 {
        self.mean() / self.p
    }

    /// The maximum-likelihood estimate: one over one plus the mean of the observations.
    ///
    /// # Errors
    /// Without observations.
    pub fn maximum_likelihood(observations: &[u64]) -> Result<Self, DistributionError> {
        if observations.is_empty() {
            return Err(DistributionError::NoObservations { distribution: Self::NAME });
        }
        Self::new(1.0 / (1.0 + mean_and_variance(observations.iter().map(|&k| k as f64)).0))
            .map_err(DistributionError::of_observations)
    }
}

impl Distribution<u64> for Geometric {
    /// The whole part of an exponential waiting time; counts that no `u64` holds give the largest `u64`.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "at least 0, and the whole part is what is wanted; saturates"
    )]
    fn sample<R: Rng + ?Sized>(&self, rng: &mut R) -> u64 {
        let exponential: f64 = rand_distr::Exp1.sample(rng);
        (exponential / -(-self.p).ln_1p()) as u64
    }
}
