//! Categorical: one of several categories, counted from 0.
use maxlik_dual::Real;
use rand::{Rng, RngExt, distr::Distribution};

use super::{DistributionError, impossible, undefined};
use crate::Domain;

/// How far from 1 probabilities may add up to: rounding, not probabilities that were rounded for print.
pub(super) const ROUNDING: f64 = 1e-9;

/// `ln P(category k)`, for probabilities from 0 to 1 that add up to 1; they count as given, so that they stay probabilities only
/// where one is written as one minus the others.
///
/// Probabilities whose sum differs from 1 by more than `1e-9` are outside the domain: the result is NaN.
///
/// # Formula
/// `ln probabilities[k]`; minus infinity for a category that has no probability.
///
/// # Example
/// ```
/// use maxlik_model::distribution::categorical;
/// assert_eq!(categorical::ln_pmf(2, &[0.2, 0.3, 0.5]), 0.5_f64.ln());
/// assert!(categorical::ln_pmf(2, &[0.2, 0.3, 0.6]).is_nan());
/// ```
pub fn ln_pmf<T: Real>(k: usize, probabilities: &[T]) -> T {
    if !are_probabilities(probabilities) {
        return undefined();
    }
    probabilities.get(k).map_or_else(impossible, |p| p.ln())
}

/// Whether the numbers lie between 0 and 1 and add up to 1.
pub(super) fn are_probabilities<T: Real>(probabilities: &[T]) -> bool {
    let sum: f64 = probabilities.iter().map(|p| p.value()).sum();
    probabilities.iter().all(|p| (0.0..=1.0).contains(&p.value())) && (sum - 1.0).abs() <= ROUNDING
}

/// `ln P(category k)` from logits: `eta[j - 1]` is the logarithm of the probability of category `j` over that of category 0, the
/// reference, whose own is 0 and not in the slice. Nothing overflows for any finite logits.
///
/// # Formula
/// `eta_k - ln(1 + e^eta_1 + ... + e^eta_m)`, with `eta_0 = 0`.
///
/// # Example
/// ```
/// use maxlik_model::distribution::categorical;
/// let p = [0.2, 0.3, 0.5_f64];
/// let eta = [(p[1] / p[0]).ln(), (p[2] / p[0]).ln()];
/// for k in 0..3 {
///     assert!((categorical::ln_pmf_logit(k, &eta) - p[k].ln()).abs() < 1e-15);
/// }
/// ```
pub fn ln_pmf_logit<T: Real>(k: usize, eta: &[T]) -> T {
    if k > eta.len() {
        return if eta.iter().any(|eta| eta.value().is_nan()) { undefined() } else { impossible() };
    }
    let (mode, ln_rest) = relative_to_mode(eta);
    if k == mode { -ln_rest } else { logit(eta, k) - logit(eta, mode) - ln_rest }
}

/// The logit of a category, 0 for the reference.
pub(super) fn logit<T: Real>(eta: &[T], k: usize) -> T {
    if k == 0 { T::from(0.0) } else { eta[k - 1] }
}

/// The most probable category, and minus the logarithm of its probability: `ln(1 + sum of e^(eta_j - eta_mode))` over the others,
/// whose terms are at most 1.
pub(super) fn relative_to_mode<T: Real>(eta: &[T]) -> (usize, T) {
    let categories = 0..=eta.len();
    let mode = categories.clone().fold(0, |mode, k| if logit(eta, k) > logit(eta, mode) { k } else { mode });
    let most = logit(eta, mode);
    let others: T = categories.filter(|&k| k != mode).map(|k| (logit(eta, k) - most).exp()).sum();
    (mode, others.ln_1p())
}

/// A categorical distribution with known probabilities.
///
/// # Example
/// ```
/// use maxlik_model::distribution::categorical::Categorical;
/// let error = Categorical::new(vec![0.2, 0.3, 0.6]).unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "categorical, parameter `sum of probabilities`: expected a value in [0.999999999, 1.000000001], found 1.1"
/// );
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Categorical {
    probabilities: Vec<f64>,
}

impl Categorical {
    /// The name in error messages.
    const NAME: &'static str = "categorical";

    /// With these probabilities of the categories 0, 1, ...
    ///
    /// # Errors
    /// For a probability outside `[0, 1]`, and where they add up to anything but 1.
    pub fn new(probabilities: Vec<f64>) -> Result<Self, DistributionError> {
        check_probabilities(Self::NAME, &probabilities)?;
        Ok(Self { probabilities })
    }

    /// The probabilities of the categories.
    pub fn probabilities(&self) -> &[f64] {
        &self.probabilities
    }

    /// The mean of the category's number, for categories that are scores: `sum of k p_k`
    pub fn mean(&self) -> f64 {
        self.probabilities.iter().enumerate().map(|(k, p)| k as f64 * p).sum()
    }

    /// The variance of the category's number, for categories that are scores: `sum of (k - mean)^2 p_k`
    pub fn variance(&self) -> f64 {
        let mean = self.mean();
        self.probabilities.iter().enumerate().map(|(k, p)| (k as f64 - mean) * (k as f64 - mean) * p).sum()
    }

    /// The maximum-likelihood estimate for this number of categories: their shares in the observations.
    ///
    /// # Errors
    /// Without observations, and for one that is not below the number of categories.
    pub fn maximum_likelihood(categories: usize, observations: &[usize]) -> Result<Self, DistributionError> {
        if observations.is_empty() {
            return Err(DistributionError::NoObservations { distribution: Self::NAME });
        }
        let mut counts = vec![0.0; categories];
        for (index, &k) in observations.iter().enumerate() {
            let support = Domain::Between { lower: 0.0, upper: categories as f64 - 1.0 };
            let outside =
                DistributionError::OutsideSupport { distribution: Self::NAME, index, support, found: k as f64 };
            *counts.get_mut(k).ok_or(outside)? += 1.0;
        }
        Self::new(counts.into_iter().map(|count| count / observations.len() as f64).collect())
            .map_err(DistributionError::of_observations)
    }
}

/// That the numbers lie between 0 and 1 and add up to 1.
pub(super) fn check_probabilities(distribution: &'static str, probabilities: &[f64]) -> Result<(), DistributionError> {
    let error = |parameter, domain, found| Err(DistributionError::Parameter { distribution, parameter, domain, found });
    let domain = Domain::Between { lower: 0.0, upper: 1.0 };
    if let Some(&found) = probabilities.iter().find(|&&p| !domain.contains(p)) {
        return error("probabilities", domain, found);
    }
    let sum: f64 = probabilities.iter().sum();
    if are_probabilities(probabilities) {
        return Ok(());
    }
    error("sum of probabilities", Domain::Between { lower: 1.0 - ROUNDING, upper: 1.0 + ROUNDING }, sum)
}

impl Distribution<usize> for Categorical {
    fn sample<R: Rng + ?Sized>(&self, rng: &mut R) -> usize {
        let mut left: f64 = rng.random();
        for (k, p) in self.probabilities.iter().enumerate() {
            left -= p;
            if left < 0.0 {
                return k;
            }
        }
        // Rounding has left something over: the last category that can be.
        self.probabilities.iter().rposition(|&p| p > 0.0).unwrap_or(0)
    }
}
