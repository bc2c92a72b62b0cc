//! Binomial: the number of successes in `n` independent trials.
use maxlik_dual::special::{half_deviance, ln_beta_inc_with, ln_factorial, ln_factorial_remainder, small_ln_factorial};
use maxlik_dual::{Dual2, Real, rules};
use rand::{Rng, distr::Distribution};

use super::stirling::{LARGE_COUNT, exact_product};
use super::{DistributionError, check_counts, distribution, impossible, information, mean_and_variance, undefined};

/// `ln P(k successes in n trials)`, for `0 <= p <= 1`.
///
/// # Formula
/// `ln C(n, k) + k ln p + (n - k) ln(1 - p)`, where `0 ln 0 = 0`. Where these terms cancel, among more than 200 trials, the same is written
/// with half the deviances of `k` and `n - k` from their means, `k ln(k / np) + np - k` and `(n - k) ln((n - k) / nq) + nq - (n - k)`.
///
/// # Example
/// ```
/// use maxlik_model::distribution::binomial;
/// assert!((binomial::ln_pmf(2, 5, 0.3) - (10.0_f64 * 0.09 * 0.343).ln()).abs() < 1e-15);
/// ```
///
/// # References
/// Loader, "Fast and accurate computation of binomial probabilities" (2000), for large counts.
#[inline(always)]
pub fn ln_pmf<T: Real>(k: u64, n: u64, p: T) -> T {
    if p.exceptional(k > n || n > FEW || !(p.value() > TINY && p.value() < 1.0)) {
        return ln_pmf_unusual(k, n, p);
    }
    p.ln() * k as f64 + (-p).ln_1p() * n.saturating_sub(k) as f64 + ln_choose_few::<T>(n, k)
}

/// Below, the derivatives of `ln p` overflow, and 0 times them is not 0.
const TINY: f64 = 1e-100;

/// Up to so many trials the ordinary terms lose at most 4e-14 of the sum near `k = n p` (measured), of 900 trials it would be 4e-13.
const FEW: u64 = 200;

/// [`ln_pmf`] for many trials, and at the ends.
fn ln_pmf_unusual<T: Real>(k: u64, n: u64, p: T) -> T {
    if !(0.0..=1.0).contains(&p.value()) {
        return undefined();
    }
    if k > n {
        return impossible();
    }
    let rare = k.min(n - k);
    let (trials, successes, failures) = (n as f64, k as f64, (n - k) as f64);
    if rare >= LARGE_COUNT {
        let (mean, rounded) = exact_product(trials, p.value());
        let gap = (p * trials).with_value((mean - successes) + rounded);
        return by_deviances(
            n,
            k,
            gap,
            || (p * (trials / successes)).ln(),
            || (-p + 1.0).ln() + (trials / failures).ln(),
        );
    }
    if n == 0 {
        T::from(0.0)
    } else if k == 0 {
        (-p).ln_1p() * trials
    } else if k == n {
        p.ln() * trials
    } else {
        // n^j goes with p^j: apart both logarithms may be much larger than their sum.
        let sum = if rare == k {
            (p * trials).ln() * successes + (-p).ln_1p() * failures
        } else {
            ((-p + 1.0) * trials).ln() * failures + p.ln() * successes
        };
        let falling: f64 = (1..rare).map(|i| 1.0 - i as f64 / trials).product();
        sum + (falling.ln() - ln_factorial(rare))
    }
}

/// `ln P(k successes in n trials)` where the success probability is `1 / (1 + e^-eta)`.
///
/// For large counts the rounding of that probability stays: it is multiplied by `k - n p`.
///
/// # Formula
/// `ln C(n, k) - k ln(1 + e^-eta) - (n - k) ln(1 + e^eta)`
///
/// # Example
/// ```
/// use maxlik_model::distribution::binomial;
/// let p = 1.0 / (1.0 + 0.8_f64.exp());
/// assert!((binomial::ln_pmf_logit(2, 5, -0.8) - binomial::ln_pmf(2, 5, p)).abs() < 1e-14);
/// ```
#[inline(always)]
pub fn ln_pmf_logit<T: Real>(k: u64, n: u64, eta: T) -> T {
    let failures = n.saturating_sub(k);
    if eta.exceptional(k > n || (k.min(failures) >= LARGE_COUNT && n > FEW) || !eta.value().is_finite()) {
        return ln_pmf_logit_unusual(k, n, eta);
    }
    // With ln p = eta + ln(1 - p) one logarithm does, and both terms are negative.
    let negative = eta.value() < 0.0;
    let (unlikely, count) = (if negative { eta } else { -eta }, if negative { k } else { failures });
    (-unlikely).ln_sigmoid() * n as f64 + unlikely * count as f64 + ln_choose_few::<T>(n, k)
}

/// [`ln_pmf_logit`] for many trials, and at the ends.
fn ln_pmf_logit_unusual<T: Real>(k: u64, n: u64, eta: T) -> T {
    if k > n {
        return impossible();
    }
    let rare = k.min(n - k);
    let (trials, successes, failures) = (n as f64, k as f64, (n - k) as f64);
    if rare >= LARGE_COUNT && n > FEW {
        let (p, q) = (eta.sigmoid(), (-eta).sigmoid());
        let gap = if eta.value() < 0.0 { p * trials - successes } else { -(q * trials - failures) };
        if gap.value().abs() < 0.5 * rare as f64 {
            return by_deviances(n, k, gap, || undefined(), || undefined());
        }
    }
    let sum = if eta.value() < 0.0 {
        let none = (-eta).ln_sigmoid() * trials;
        if k > 0 { none + eta * successes } else { none }
    } else {
        let all = eta.ln_sigmoid() * trials;
        if k < n { all - eta * failures } else { all }
    };
    sum + ln_choose(n, k)
}

/// The log-probability by deviances, for `k` and `n - k` of at least 16: `gap` is `n p - k`, the other two give the
/// logarithms of `n p / k` and `n q / (n - k)`.
fn by_deviances<T: Real>(n: u64, k: u64, gap: T, of_k: impl FnOnce() -> T, of_failures: impl FnOnce() -> T) -> T {
    let (successes, failures) = (k as f64, (n - k) as f64);
    let constant = ln_factorial_remainder(n) - ln_factorial_remainder(k) - ln_factorial_remainder(n - k);
    let deviances = half_deviance(T::from(successes), gap, of_k) + half_deviance(T::from(failures), -gap, of_failures);
    -deviances + constant
}

/// `ln C(n, k) = ln((n - j + 1) ... n) - ln j!` with `j = min(k, n - k)`, for `k <= n`
fn ln_choose(n: u64, k: u64) -> f64 {
    let j = k.min(n - k);
    ((n - j) as f64 + 1.0).ln_rising_factorial(j) - ln_factorial(j)
}

/// The same where `k` or `n - k` is below 128.
#[inline(always)]
fn ln_choose_few<T: Real>(n: u64, k: u64) -> T {
    let j = k.min(n.saturating_sub(k));
    T::from(n.saturating_sub(j) as f64 + 1.0).ln_rising_factorial(j) - small_ln_factorial(j)
}

/// `ln P(K <= k)` in `n` trials, for `0 <= p <= 1`.
///
/// # Formula
/// `ln I_(1-p)(n - k, k + 1)`, the regularised incomplete beta function.
///
/// # Example
/// ```
/// use maxlik_model::distribution::binomial;
/// let expected = (0.7_f64.powi(5) + 5.0 * 0.3 * 0.7_f64.powi(4)).ln();
/// assert!((binomial::ln_cdf(1, 5, 0.3) - expected).abs() < 1e-15);
/// ```
///
/// # References
/// DLMF 8.17.5.
pub fn ln_cdf<T: Real>(k: u64, n: u64, p: T) -> T {
    if !(0.0..=1.0).contains(&p.value()) {
        undefined()
    } else if k >= n {
        T::from(0.0)
    } else {
        ln_beta_inc_with(-p + 1.0, p, T::from((n - k) as f64), T::from(k as f64 + 1.0))
    }
}

/// `ln P(K > k)` in `n` trials, for `0 <= p <= 1`.
///
/// # Formula
/// `ln I_p(k + 1, n - k)`, the regularised incomplete beta function.
///
/// # Example
/// ```
/// use maxlik_model::distribution::binomial;
/// let expected = (0.3_f64.powi(5) + 5.0 * 0.7 * 0.3_f64.powi(4)).ln();
/// assert!((binomial::ln_sf(3, 5, 0.3) - expected).abs() < 1e-15);
/// ```
pub fn ln_sf<T: Real>(k: u64, n: u64, p: T) -> T {
    if !(0.0..=1.0).contains(&p.value()) {
        undefined()
    } else if k >= n {
        impossible()
    } else {
        ln_beta_inc_with(p, -p + 1.0, T::from(k as f64 + 1.0), T::from((n - k) as f64))
    }
}

/// The expected information of one observation in the `Q` arguments that the parameters depend on; NaN outside their domain.
///
/// # Formula
/// `n / (p (1 - p))`
///
/// # Example
/// ```
/// use maxlik_dual::Dual2;
/// use maxlik_model::distribution::binomial;
/// let [p] = Dual2::variables([0.4]);
/// assert!((binomial::expected_information(7, p)[0][0] - 7.0 / 0.24).abs() < 1e-14);
/// ```
pub fn expected_information<const Q: usize>(n: u64, p: Dual2<Q>) -> [[f64; Q]; Q] {
    information::expected_information([p], 0.0 < p.value() && p.value() < 1.0, || {
        let p = p.value();
        [[n as f64 / (p * (1.0 - p))]]
    })
}

/// The expected information of one observation in the `Q` arguments that the logit `eta` depends on.
///
/// # Formula
/// `n p (1 - p)` with `p = 1 / (1 + e^-eta)`
///
/// # Example
/// ```
/// use maxlik_dual::Dual2;
/// use maxlik_model::distribution::binomial;
/// let [eta] = Dual2::variables([0.4]);
/// let p = 1.0 / (1.0 + (-0.4_f64).exp());
/// assert!((binomial::expected_information_logit(7, eta)[0][0] - 7.0 * p * (1.0 - p)).abs() < 1e-14);
/// ```
pub fn expected_information_logit<const Q: usize>(n: u64, eta: Dual2<Q>) -> [[f64; Q]; Q] {
    information::expected_information([eta], true, || [[n as f64 * rules::sigmoid(eta.value(), 1)[1]]])
}

distribution! {
    /// A binomial distribution with known number of trials and probability of success.
    Binomial, "binomial", counts { n }, { p: Between { lower: 0.0, upper: 1.0 } }
}

impl Binomial {
    /// `n p`
    pub fn mean(&self) -> f64 {
        self.n as f64 * self.p
    }

    /// `n p (1 - p)`
    pub fn variance(&self) -> f64 {
        self.mean() * (1.0 - self.p)
    }

    /// The maximum-likelihood estimate of `p`, where each observation is from `n` trials: the mean of the observations over
    /// `n`.
    ///
    /// # Errors
    /// Without observations, for one above `n`, and for no trials at all.
    pub fn maximum_likelihood(n: u64, observations: &[u64]) -> Result<Self, DistributionError> {
        check_counts(Self::NAME, observations, n)?;
        Self::new(n, mean_and_variance(observations.iter().map(|&k| k as f64)).0 / n as f64)
            .map_err(DistributionError::of_observations)
    }
}

impl Distribution<u64> for Binomial {
    fn sample<R: Rng + ?Sized>(&self, rng: &mut R) -> u64 {
        // A probability is all that the sampler asks for.
        rand_distr::Binomial::new(self.n, self.p).map_or(0, |binomial| binomial.sample(rng))
    }
}
