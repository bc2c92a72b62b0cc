//! Multinomial: how often each of several categories came in `n` independent trials.
use maxlik_dual::Real;
use maxlik_dual::special::{half_deviance, ln_factorial, ln_factorial_remainder};
use rand::{Rng, distr::Distribution};

use super::categorical::{are_probabilities, check_probabilities, logit, relative_to_mode};
use super::stirling::{LARGE_COUNT, exact_product};
use super::{DistributionError, binomial, undefined};
use crate::Domain;

/// `ln P(counts)`, for probabilities from 0 to 1 that add up to 1 (to `1e-9`, as in [`categorical`](super::categorical)); the
/// number of trials is the sum of the counts. NaN also where there are not as many counts as probabilities.
///
/// # Formula
/// `ln n! - sum of ln k_j! + sum of k_j ln p_j`, where `0 ln 0 = 0`; for many trials, where these terms cancel, with half the
/// deviances of the counts from their means `n p_j`.
///
/// # Example
/// ```
/// use maxlik_model::distribution::multinomial;
/// let expected = (60.0 * 0.2 * 0.3_f64.powi(2) * 0.5_f64.powi(3)).ln();
/// assert!((multinomial::ln_pmf(&[1, 2, 3], &[0.2, 0.3, 0.5]) - expected).abs() < 2e-15);
/// ```
///
/// # References
/// Loader, "Fast and accurate computation of binomial probabilities" (2000), for many trials.
pub fn ln_pmf<T: Real>(counts: &[u64], probabilities: &[T]) -> T {
    if counts.len() != probabilities.len() || !are_probabilities(probabilities) {
        return undefined();
    }
    // Derivatives k / p have nothing to cancel: only the value is calculated otherwise.
    let sum: T = counts.iter().zip(probabilities).filter(|(k, _)| **k > 0).map(|(&k, p)| p.ln() * k as f64).sum();
    sum.with_value(value(counts, |j| probabilities[j].value()))
}

/// `ln P(counts)` from logits: `eta[j - 1]` is the logarithm of the probability of category `j` over that of category 0, the
/// reference, whose own is 0 and not in the slice. Nothing overflows for any finite logits. NaN where there is not one count more
/// than logits.
///
/// # Formula
/// `ln n! - sum of ln k_j! + sum of k_j eta_j - n ln(1 + e^eta_1 + ... + e^eta_m)`, with `eta_0 = 0`.
///
/// # Example
/// ```
/// use maxlik_model::distribution::multinomial;
/// let p = [0.2, 0.3, 0.5_f64];
/// let eta = [(p[1] / p[0]).ln(), (p[2] / p[0]).ln()];
/// let expected: f64 = multinomial::ln_pmf(&[1, 2, 3], &p);
/// assert!((multinomial::ln_pmf_logit(&[1, 2, 3], &eta) - expected).abs() < 1e-14);
/// ```
pub fn ln_pmf_logit<T: Real>(counts: &[u64], eta: &[T]) -> T {
    if counts.len() != eta.len() + 1 {
        return undefined();
    }
    let (mode, ln_rest) = relative_to_mode(eta);
    let ln_ratio = |j: usize| logit(eta, j) - logit(eta, mode);
    let n = total(counts);
    let others = (0..counts.len()).filter(|&j| j != mode && counts[j] > 0);
    let sum = others.map(|j| ln_ratio(j) * counts[j] as f64).sum::<T>() - ln_rest * n as f64;
    let p = |j: usize| (ln_ratio(j) - ln_rest).value().exp();
    let underflow = (0..counts.len()).any(|j| counts[j] > 0 && p(j) < f64::MIN_POSITIVE);
    sum.with_value(if n >= MANY && !underflow { value(counts, p) } else { sum.value() + ln_coefficient(counts, n) })
}

/// From so many trials on the terms of the logarithm may cancel seriously.
const MANY: u64 = 100;

/// `ln(n! / (k_0! k_1! ...))`
fn ln_coefficient(counts: &[u64], n: u64) -> f64 {
    ln_factorial(n) - counts.iter().map(|&k| ln_factorial(k)).sum::<f64>()
}

/// The number of trials; more than the largest `u64` are that many.
fn total(counts: &[u64]) -> u64 {
    counts.iter().fold(0, |sum, &k| sum.saturating_add(k))
}

fn value(counts: &[u64], p: impl Fn(usize) -> f64) -> f64 {
    let n = total(counts);
    let observed = (0..counts.len()).filter(|&j| counts[j] > 0);
    if n < MANY {
        return ln_coefficient(counts, n) + observed.map(|j| counts[j] as f64 * p(j).ln()).sum::<f64>();
    }
    // ln n! - n ln n + n, and for each category k ln(n p) - k - ln k!. Sums of n p - k are kept in two parts, of which the
    // first are exact and cancel.
    let mut sum = ln_factorial_remainder(n);
    let (mut gaps, mut roundings) = (0.0, 0.0);
    for j in observed {
        let k = counts[j] as f64;
        let (mean, rounding) = exact_product(n as f64, p(j));
        if counts[j] < LARGE_COUNT {
            sum += k * mean.ln() - k - ln_factorial(counts[j]);
        } else if (mean - k).abs() < 0.5 * k {
            gaps += mean - k;
            roundings += rounding;
            sum -= half_deviance(k, mean - k + rounding, || f64::NAN) + ln_factorial_remainder(counts[j]);
        } else {
            sum += k * (mean / k).ln() - ln_factorial_remainder(counts[j]);
        }
    }
    sum + (gaps + roundings)
}

/// A multinomial distribution with known number of trials and probabilities.
#[derive(Clone, Debug, PartialEq)]
pub struct Multinomial {
    n: u64,
    probabilities: Vec<f64>,
}

impl Multinomial {
    /// The name in error messages.
    const NAME: &'static str = "multinomial";

    /// With this number of trials and these probabilities of the categories.
    ///
    /// # Errors
    /// For a probability outside `[0, 1]`, and where they add up to anything but 1.
    pub fn new(n: u64, probabilities: Vec<f64>) -> Result<Self, DistributionError> {
        check_probabilities(Self::NAME, &probabilities)?;
        Ok(Self { n, probabilities })
    }

    /// The probabilities of the categories.
    pub fn probabilities(&self) -> &[f64] {
        &self.probabilities
    }

    /// The means of the counts: `n p_j`
    pub fn mean(&self) -> Vec<f64> {
        self.probabilities.iter().map(|p| self.n as f64 * p).collect()
    }

    /// The variances of the counts: `n p_j (1 - p_j)`
    pub fn variance(&self) -> Vec<f64> {
        self.probabilities.iter().map(|p| self.n as f64 * p * (1.0 - p)).collect()
    }

    /// The covariance of two different counts: `-n p_i p_j`
    ///
    /// # Panics
    /// If there is no such category.
    pub fn covariance(&self, i: usize, j: usize) -> f64 {
        let (p, q) = (self.probabilities[i], self.probabilities[j]);
        self.n as f64 * p * if i == j { 1.0 - p } else { -q }
    }

    /// The maximum-likelihood estimate of the probabilities: the shares of the categories in all observations together.
    ///
    /// # Errors
    /// Without observations or trials, for observations of different lengths, and for different numbers of trials.
    pub fn maximum_likelihood(observations: &[Vec<u64>]) -> Result<Self, DistributionError> {
        let distribution = Self::NAME;
        let Some(first) = observations.first() else {
            return Err(DistributionError::NoObservations { distribution });
        };
        let n = total(first);
        let mut totals = vec![0.0; first.len()];
        for (index, counts) in observations.iter().enumerate() {
            if counts.len() != first.len() {
                let (expected, found) = (first.len(), counts.len());
                return Err(DistributionError::Length { distribution, parameter: "observation", expected, found });
            }
            let found = total(counts);
            if found != n {
                let support = Domain::Between { lower: n as f64, upper: n as f64 };
                return Err(DistributionError::OutsideSupport { distribution, index, support, found: found as f64 });
            }
            for (total, &count) in totals.iter_mut().zip(counts) {
                *total += count as f64;
            }
        }
        let trials = n as f64 * observations.len() as f64;
        Self::new(n, totals.into_iter().map(|total| total / trials).collect())
            .map_err(DistributionError::of_observations)
    }
}

impl Distribution<Vec<u64>> for Multinomial {
    /// One category after the other, each a binomial count of the trials that are left.
    fn sample<R: Rng + ?Sized>(&self, rng: &mut R) -> Vec<u64> {
        let mut trials = self.n;
        let mut counts = Vec::with_capacity(self.probabilities.len());
        for (j, &p) in self.probabilities.iter().enumerate() {
            // The sum of what is left, rather than one minus what is gone, ends at the last category exactly.
            let left: f64 = self.probabilities[j..].iter().sum();
            let share = if p == 0.0 { 0.0 } else { (p / left).min(1.0) };
            let count = binomial::Binomial::new(trials, share).map_or(0, |binomial| binomial.sample(rng));
            trials -= count;
            counts.push(count);
        }
        counts
    }
}
