//! Distributions of counts.
#![allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "counts are handed over as whole numbers")]
use maxlik_dual::Real;
use maxlik_model::Domain;
use maxlik_model::distribution::DistributionError;
use maxlik_model::distribution::bernoulli::{self, Bernoulli};
use maxlik_model::distribution::beta_binomial::{self, BetaBinomial};
use maxlik_model::distribution::binomial::{self, Binomial};
use maxlik_model::distribution::geometric::{self, Geometric};
use maxlik_model::distribution::hurdle::{self, Hurdle};
use maxlik_model::distribution::negative_binomial::{self, NegativeBinomial};
use maxlik_model::distribution::poisson::{self, Poisson};
use maxlik_model::distribution::zero_inflated::{self, ZeroInflated};
use rand::{Rng, distr::Distribution};

use crate::case;
use crate::case::{Case, Support, counts};

pub(crate) fn cases() -> Vec<Case> {
    vec![
        case! {
            name: "bernoulli",
            support: Support::Counts,
            ln_density: |k, [p]| bernoulli_of_count(k, p),
            distribution: ZeroOrOne,
            parameters: [[0.3], [0.004], [0.95]],
            maximum_likelihood: |x| {
                let outcomes: Vec<bool> = x.iter().map(|&k| k == 1.0).collect();
                Bernoulli::maximum_likelihood(&outcomes).unwrap().parameters().to_vec()
            },
        },
        case! {
            name: "binomial",
            support: Support::Counts,
            ln_density: |k, [n, p]| binomial::ln_pmf(k as u64, trials(n), p),
            tails: |k, [n, p]| {
                (binomial::ln_cdf(k as u64, trials(n), p), binomial::ln_sf(k as u64, trials(n), p))
            },
            distribution: OfTrials<Binomial>,
            parameters: [[10.0, 0.3], [1000.0, 0.02], [60.0, 0.97], [3000.0, 0.4]],
            irregular: [0],
        },
        case! {
            name: "poisson",
            support: Support::Counts,
            ln_density: |k, [mean]| poisson::ln_pmf(k as u64, mean),
            tails: |k, [mean]| (poisson::ln_cdf(k as u64, mean), poisson::ln_sf(k as u64, mean)),
            distribution: Poisson,
            parameters: [[2.5], [0.03], [140.0], [30_000.0]],
            maximum_likelihood: |x| Poisson::maximum_likelihood(&counts(x)).unwrap().parameters().to_vec(),
        },
        case! {
            name: "geometric",
            support: Support::Counts,
            ln_density: |k, [p]| geometric::ln_pmf(k as u64, p),
            tails: |k, [p]| (geometric::ln_cdf(k as u64, p), geometric::ln_sf(k as u64, p)),
            distribution: Geometric,
            parameters: [[0.3], [0.004], [0.95]],
            maximum_likelihood: |x| Geometric::maximum_likelihood(&counts(x)).unwrap().parameters().to_vec(),
        },
        case! {
            name: "negative_binomial",
            support: Support::Counts,
            ln_density: |k, [mean, size]| negative_binomial::ln_pmf(k as u64, mean, size),
            tails: |k, [mean, size]| {
                (negative_binomial::ln_cdf(k as u64, mean, size), negative_binomial::ln_sf(k as u64, mean, size))
            },
            distribution: NegativeBinomial,
            parameters: [[4.0, 1.5], [0.3, 0.2], [120.0, 30.0], [400.0, 3000.0]],
            method_of_moments: |x| NegativeBinomial::method_of_moments(&counts(x)).unwrap().parameters().to_vec(),
        },
        case! {
            name: "beta_binomial",
            support: Support::Counts,
            ln_density: |k, [n, alpha, beta]| beta_binomial::ln_pmf(k as u64, trials(n), alpha, beta),
            distribution: OfTrials<BetaBinomial>,
            parameters: [[10.0, 2.0, 3.5], [25.0, 0.3, 0.2], [1000.0, 40.0, 70.0], [300.0, 4e4, 8e4]],
            irregular: [0],
        },
        case! {
            name: "zero_inflated_poisson",
            support: Support::Counts,
            ln_density: |k, [zero, mean]| zero_inflated::ln_pmf(k as u64, zero, |k| poisson::ln_pmf(k, mean)),
            distribution: OfPoisson<ZeroInflated<Poisson>>,
            parameters: [[0.3, 2.5], [0.04, 0.2], [0.85, 30.0]],
        },
        case! {
            name: "zero_inflated_poisson_logit",
            support: Support::Counts,
            ln_density: |k, [zero, mean]| {
                zero_inflated::ln_pmf_logit(k as u64, zero.logit(), |k| poisson::ln_pmf(k, mean))
            },
            distribution: OfPoisson<ZeroInflated<Poisson>>,
            parameters: [[0.3, 2.5], [0.04, 0.2], [0.85, 30.0]],
        },
        case! {
            name: "hurdle_poisson",
            support: Support::Counts,
            ln_density: |k, [zero, mean]| hurdle::ln_pmf(k as u64, zero, |k| poisson::ln_pmf(k, mean)),
            distribution: OfPoisson<Hurdle<Poisson>>,
            parameters: [[0.3, 2.5], [0.04, 0.2], [0.85, 30.0]],
        },
        case! {
            name: "hurdle_poisson_logit",
            support: Support::Counts,
            ln_density: |k, [zero, mean]| hurdle::ln_pmf_logit(k as u64, zero.logit(), |k| poisson::ln_pmf(k, mean)),
            distribution: OfPoisson<Hurdle<Poisson>>,
            parameters: [[0.3, 2.5], [0.04, 0.2], [0.85, 30.0]],
        },
        case! {
            name: "binomial_logit",
            support: Support::Counts,
            ln_density: |k, [n, p]| binomial::ln_pmf_logit(k as u64, trials(n), p.logit()),
            distribution: OfTrials<Binomial>,
            parameters: [[10.0, 0.3], [1000.0, 0.02], [60.0, 0.97], [3000.0, 0.4]],
            irregular: [0],
        },
    ]
}

/// The number of trials, which is not differentiated.
fn trials(n: impl Real) -> u64 {
    n.value() as u64
}

/// The Bernoulli distribution of 0 and 1.
struct ZeroOrOne(Bernoulli);

fn bernoulli_of_count<T: Real>(k: f64, p: T) -> T {
    if k <= 1.0 { bernoulli::ln_pmf(k == 1.0, p) } else { T::from(f64::NEG_INFINITY) }
}

impl ZeroOrOne {
    const DOMAINS: [Domain; 1] = Bernoulli::DOMAINS;

    fn new(p: f64) -> Result<Self, DistributionError> {
        Bernoulli::new(p).map(Self)
    }

    fn mean(&self) -> f64 {
        self.0.mean()
    }

    fn variance(&self) -> f64 {
        self.0.variance()
    }
}

impl Distribution<u64> for ZeroOrOne {
    fn sample<R: Rng + ?Sized>(&self, rng: &mut R) -> u64 {
        u64::from(self.0.sample(rng))
    }
}

/// A distribution whose first parameter is a number of trials, which the tables hold as a real number.
struct OfTrials<D>(std::marker::PhantomData<D>);

const TRIALS: Domain = Domain::Between { lower: 0.0, upper: f64::INFINITY };

impl OfTrials<Binomial> {
    const DOMAINS: [Domain; 2] = [TRIALS, Binomial::DOMAINS[0]];

    #[allow(clippy::new_ret_no_self, reason = "the tables only need the distribution itself")]
    fn new(n: f64, p: f64) -> Result<Binomial, DistributionError> {
        Binomial::new(trials(n), p)
    }
}

impl OfTrials<BetaBinomial> {
    const DOMAINS: [Domain; 3] = [TRIALS, BetaBinomial::DOMAINS[0], BetaBinomial::DOMAINS[1]];

    #[allow(clippy::new_ret_no_self, reason = "the tables only need the distribution itself")]
    fn new(n: f64, alpha: f64, beta: f64) -> Result<BetaBinomial, DistributionError> {
        BetaBinomial::new(trials(n), alpha, beta)
    }
}

/// A Poisson distribution in a wrapper, with the moments of the whole.
struct OfPoisson<D> {
    wrapper: D,
    moments: (f64, f64),
}

impl OfPoisson<ZeroInflated<Poisson>> {
    const DOMAINS: [Domain; 2] = [ZeroInflated::<Poisson>::ZERO_PROBABILITY, Poisson::DOMAINS[0]];

    fn new(zero: f64, mean: f64) -> Result<Self, DistributionError> {
        let base = Poisson::new(mean)?;
        let wrapper = ZeroInflated::new(zero, base)?;
        let moments = (wrapper.mean(base.mean()), wrapper.variance(base.mean(), base.variance()));
        Ok(Self { wrapper, moments })
    }
}

impl OfPoisson<Hurdle<Poisson>> {
    const DOMAINS: [Domain; 2] = [Hurdle::<Poisson>::ZERO_PROBABILITY, Poisson::DOMAINS[0]];

    fn new(zero: f64, mean: f64) -> Result<Self, DistributionError> {
        let base = Poisson::new(mean)?;
        let wrapper = Hurdle::new(zero, base, poisson::ln_pmf(0, mean).exp())?;
        let moments = (wrapper.mean(base.mean()), wrapper.variance(base.mean(), base.variance()));
        Ok(Self { wrapper, moments })
    }
}

impl<D> OfPoisson<D> {
    fn mean(&self) -> f64 {
        self.moments.0
    }

    fn variance(&self) -> f64 {
        self.moments.1
    }
}

impl<D: Distribution<u64>> Distribution<u64> for OfPoisson<D> {
    fn sample<R: Rng + ?Sized>(&self, rng: &mut R) -> u64 {
        self.wrapper.sample(rng)
    }
}
