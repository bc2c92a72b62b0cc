//! Beta-binomial: the number of successes in `n` trials whose probability of success varies from observation to observation.
use maxlik_dual::Real;
use rand::{Rng, distr::Distribution};

use super::negative_binomial::{LARGE, large_count, small_count};
use super::{
    DistributionError, beta, binomial, check_counts, distribution, impossible, is_positive, mean_and_variance,
    undefined,
};

/// `ln P(k successes in n trials)` where the probability of success has a beta distribution with parameters `alpha > 0` and
/// `beta > 0`; for large `alpha` and `beta` the binomial with `p = alpha / (alpha + beta)`.
///
/// # Formula
/// `ln C(n, k) + ln B(k + alpha, n - k + beta) - ln B(alpha, beta)`. Gamma functions of large arguments cancel; what is computed
/// is the same probability as that of a negative binomial count `k` of size `alpha` given that its sum with another one, of size
/// `beta`, is `n`, where both have the same odds of a mean to its size, `n / (alpha + beta)`.
///
/// # Example
/// ```
/// use maxlik_model::distribution::beta_binomial;
/// // C(3, 2) B(4.5, 2.5) / B(2.5, 1.5)
/// let probability = 3.0 * (2.5 * 3.5 * 1.5) / (4.0 * 5.0 * 6.0_f64);
/// assert!((beta_binomial::ln_pmf(2, 3, 2.5, 1.5) - probability.ln()).abs() < 1e-15);
/// ```
///
/// # References
/// Johnson, Kemp and Kotz, "Univariate discrete distributions" (2005), chapter 6: the negative hypergeometric distribution.
pub fn ln_pmf<T: Real>(k: u64, n: u64, alpha: T, beta: T) -> T {
    if alpha.one_by_one() || beta.one_by_one() {
        return alpha;
    }
    if !(is_positive(alpha) && is_positive(beta)) {
        return undefined();
    }
    if k > n {
        return impossible();
    }
    // The probability depends on ratios, whose parts must not overflow.
    let scale = if alpha.value() > 1e250 || beta.value() > 1e250 { 0.5_f64.powi(100) } else { 1.0 };
    let (a, b) = (alpha * scale, beta * scale);
    let (trials, successes, failures) = (n as f64, k as f64, (n - k) as f64);
    // k is compared to n alpha / (alpha + beta)
    let gap = a * failures - b * successes;
    let rounding = difference_of_products((a.value(), failures), (b.value(), successes));
    let gap = gap.with_value(rounding) / (a + b);
    let sum = alpha + beta;
    let odds = T::from(trials) / sum;
    let ln_share = || T::from(trials).ln_ratio(sum + trials);
    let ln_pmf = |k: u64, mean: T, size: T, gap: T| {
        if k < LARGE { small_count(k, mean, size, odds, ln_share) } else { large_count(k, mean, size, ln_share, gap) }
    };
    ln_pmf(k, a / (a + b) * trials, alpha, gap) + ln_pmf(n - k, b / (a + b) * trials, beta, -gap)
        - ln_pmf(n, T::from(trials), sum, T::from(0.0))
}

/// `x y - z w`, where the products' rounding is taken back.
fn difference_of_products((x, y): (f64, f64), (z, w): (f64, f64)) -> f64 {
    let product = z * w;
    x.mul_add(y, -product) - z.mul_add(w, -product)
}

distribution! {
    /// A beta-binomial distribution with known number of trials and parameters.
    BetaBinomial, "beta-binomial", counts { n }, { alpha: Positive, beta: Positive }
}

impl BetaBinomial {
    /// `n alpha / (alpha + beta)`
    pub fn mean(&self) -> f64 {
        self.n as f64 * (self.alpha / (self.alpha + self.beta))
    }

    /// `n p (1 - p) (alpha + beta + n) / (alpha + beta + 1)` with `p = alpha / (alpha + beta)`
    pub fn variance(&self) -> f64 {
        let sum = self.alpha + self.beta;
        self.mean() * (self.beta / sum) * ((sum + self.n as f64) / (sum + 1.0))
    }

    /// The distribution with the mean and the variance (divisor n) of the observations, each from `n` trials: a start for
    /// maximum likelihood, which has no closed form.
    ///
    /// # Formula
    /// With `p = mean / n` and `r = (variance / (n p (1 - p)) - 1) / (n - 1)`, the correlation of two trials,
    /// `alpha + beta = (1 - r) / r`.
    ///
    /// # Errors
    /// Without observations, for one above `n`, and where the variance is not above that of a binomial count (the parameters
    /// are then infinite) or above that of `n` equal trials.
    pub fn method_of_moments(n: u64, observations: &[u64]) -> Result<Self, DistributionError> {
        check_counts(Self::NAME, observations, n)?;
        let (mean, variance) = mean_and_variance(observations.iter().map(|&k| k as f64));
        let trials = n as f64;
        let p = mean / trials;
        let correlation = (variance / (mean * (1.0 - p)) - 1.0) / (trials - 1.0);
        let sum = if correlation > 0.0 { (1.0 - correlation) / correlation } else { f64::INFINITY };
        Self::new(n, p * sum, (1.0 - p) * sum).map_err(DistributionError::of_observations)
    }
}

impl Distribution<u64> for BetaBinomial {
    /// A binomial count whose probability is a beta variable.
    fn sample<R: Rng + ?Sized>(&self, rng: &mut R) -> u64 {
        let p = beta::Beta::new(self.alpha, self.beta).map_or(f64::NAN, |beta| beta.sample(rng));
        binomial::Binomial::new(self.n, p).map_or(0, |binomial| binomial.sample(rng))
    }
}
