//! Bernoulli: one trial that succeeds with probability `p`.
use maxlik_dual::{Dual2, Real, rules};
use rand::{Rng, RngExt, distr::Distribution};

use super::{DistributionError, distribution, information, undefined};

/// `ln P(success)`, for `0 <= p <= 1`.
///
/// # Formula
/// `ln p` for a success, `ln(1 - p)` otherwise.
///
/// # Example
/// ```
/// use maxlik_model::distribution::bernoulli;
/// assert!((bernoulli::ln_pmf(false, 0.3) - 0.7_f64.ln()).abs() < 1e-15);
/// ```
#[inline(always)]
pub fn ln_pmf<T: Real>(success: bool, p: T) -> T {
    if !(0.0..=1.0).contains(&p.value()) {
        undefined()
    } else if success {
        p.ln()
    } else {
        (-p).ln_1p()
    }
}

/// `ln P(success)` where the success probability is `1 / (1 + e^-eta)`; nothing overflows for any finite `eta`.
///
/// # Formula
/// `-ln(1 + e^-eta)` for a success, `-ln(1 + e^eta)` otherwise.
///
/// # Example
/// ```
/// use maxlik_model::distribution::bernoulli;
/// let p = 1.0 / (1.0 + 0.8_f64.exp());
/// assert!((bernoulli::ln_pmf_logit(true, -0.8) - bernoulli::ln_pmf(true, p)).abs() < 1e-15);
/// ```
#[inline(always)]
pub fn ln_pmf_logit<T: Real>(success: bool, eta: T) -> T {
    // One evaluation for both outcomes, so that no branch depends on the data.
    (eta * if success { 1.0 } else { -1.0 }).ln_sigmoid()
}

/// The expected information of one observation in the `Q` arguments that the parameters depend on; NaN outside their domain.
///
/// # Formula
/// `1 / (p (1 - p))`
///
/// # Example
/// ```
/// use maxlik_dual::Dual2;
/// use maxlik_model::distribution::bernoulli;
/// let [p] = Dual2::variables([0.4]);
/// assert!((bernoulli::expected_information(p)[0][0] - 1.0 / 0.24).abs() < 1e-15);
/// ```
pub fn expected_information<const Q: usize>(p: Dual2<Q>) -> [[f64; Q]; Q] {
    information::expected_information([p], 0.0 < p.value() && p.value() < 1.0, || {
        let p = p.value();
        [[1.0 / (p * (1.0 - p))]]
    })
}

/// The expected information of one observation in the `Q` arguments that the logit `eta` depends on.
///
/// # Formula
/// `p (1 - p)` with `p = 1 / (1 + e^-eta)`
///
/// # Example
/// ```
/// use maxlik_dual::Dual2;
/// use maxlik_model::distribution::bernoulli;
/// let [eta] = Dual2::variables([0.4]);
/// let p = 1.0 / (1.0 + (-0.4_f64).exp());
/// assert!((bernoulli::expected_information_logit(eta)[0][0] - p * (1.0 - p)).abs() < 1e-15);
/// ```
pub fn expected_information_logit<const Q: usize>(eta: Dual2<Q>) -> [[f64; Q]; Q] {
    information::expected_information([eta], true, || [[rules::sigmoid(eta.value(), 1)[1]]])
}

distribution! {
    /// A Bernoulli distribution with known probability of success.
    Bernoulli, "Bernoulli", { p: Between { lower: 0.0, upper: 1.0 } }
}

impl Bernoulli {
    /// `p`, where a success counts 1.
    pub fn mean(&self) -> f64 {
        self.p
    }

    /// `p (1 - p)`
    pub fn variance(&self) -> f64 {
        self.p * (1.0 - self.p)
    }

    /// The maximum-likelihood estimate: the share of successes.
    ///
    /// # Errors
    /// Without observations.
    pub fn maximum_likelihood(observations: &[bool]) -> Result<Self, DistributionError> {
        if observations.is_empty() {
            return Err(DistributionError::NoObservations { distribution: Self::NAME });
        }
        let successes = observations.iter().filter(|&&success| success).count();
        Self::new(successes as f64 / observations.len() as f64).map_err(DistributionError::of_observations)
    }
}

impl Distribution<bool> for Bernoulli {
    fn sample<R: Rng + ?Sized>(&self, rng: &mut R) -> bool {
        rng.random::<f64>() < self.p
    }
}
