//! Fits of models with latent variables do not depend on the number of threads.
#[path = "common/uniform.rs"]
mod uniform;

use maxlik::prelude::*;
use nalgebra::{DMatrix, DVector};

use crate::uniform::Uniform;

/// Many parts of each pass, the last block not full; long enough to be shared.
const N: usize = 20_011;

/// Calls `fit` outside of any pool and in pools of several sizes.
fn assert_same_bits<T: PartialEq + std::fmt::Debug + Send>(fit: impl Fn() -> T + Sync) {
    let outside = fit();
    for threads in [1, 2, 3, 8] {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        assert!(pool.install(&fit) == outside, "{threads} threads");
    }
}

/// A chain of two states that are left in one row of twenty, and a covariate.
fn series() -> Vec<(f64, f64)> {
    let (mut random, mut state) = (Uniform(11), 0);
    let row = |i: usize| {
        if random.next() < 0.05 {
            state = 1 - state;
        }
        ([-1.0, 2.0][state] + [0.7, 1.3][state] * random.normal(), (0.37 * i as f64).sin())
    };
    (0..N).map(row).collect()
}

/// All numbers of a fit, bit by bit: what is at a limit has an information that is NaN.
fn bits(fit: &Fit) -> (u64, DVector<u64>, DMatrix<u64>, usize) {
    let (coefficients, information) =
        (fit.coefficients().map(f64::to_bits), fit.observed_information().map(f64::to_bits));
    (fit.log_likelihood().to_bits(), coefficients, information, fit.trace().len())
}

#[test]
fn a_gaussian_mixture_has_the_same_bits_for_any_number_of_threads() {
    let mut random = Uniform(5);
    let mut x = DMatrix::from_fn(N, 3, |i, a| f64::from(u8::from(i % 3 == 0)) * [3.0, -2.0, 1.5][a] + random.normal());
    let means = DMatrix::from_row_slice(2, 3, &[0.2, 0.1, -0.1, 2.5, -1.5, 1.0]);
    let covariances = vec![DMatrix::identity(3, 3); 2];
    for missing in [false, true] {
        // Two patterns of missingness, each of many rows.
        for i in (0..N).filter(|i| missing && i % 4 == 1) {
            x[(i, 2)] = f64::NAN;
        }
        let mixture = GaussianMixture::new(2).start_from(&[0.6, 0.4], &means, &covariances).missing(missing);
        assert_same_bits(|| {
            let fit = mixture.fit(&x).unwrap();
            (bits(&fit), fit.entropy().to_bits())
        });
    }
    // The prior's scale is the covariance of the rows.
    let prior = ConjugatePrior { shrinkage: 0.01, dof: None };
    let mixture = GaussianMixture::new(2).start_from(&[0.6, 0.4], &means, &covariances).missing(true).prior(prior);
    let weights: Vec<f64> = (0..N).map(|i| 0.5 + (i % 3) as f64).collect();
    assert_same_bits(|| bits(&mixture.clone().weights(&weights).fit(&x).unwrap()));
}

fn low() -> [Parameter; 2] {
    [real("low").start(-0.5), positive("sd_low").start(1.0)]
}

fn high() -> [Parameter; 2] {
    [real("high").start(1.0), positive("sd_high").start(1.0)]
}

fn covariate(rows: &[(f64, f64)]) -> Design {
    Design::from_rows(rows, ["(intercept)", "x"], |row| [1.0, row.1]).unwrap()
}

#[test]
fn a_hidden_markov_model_has_the_same_bits_for_any_number_of_threads() {
    let rows = series();
    let covariate = covariate(&rows);
    let model = || {
        HiddenMarkov::new(&rows)
            .state(low(), |[mu, sd], row| normal::ln_pdf(row.0, mu, sd))
            .state(high(), |[mu, sd], row| normal::ln_pdf(row.0, mu, sd))
            .starts(1)
    };
    assert_same_bits(|| bits(&model().sequences(&[N / 3, 1, N - N / 3 - 1]).fit().unwrap()));
    assert_same_bits(|| bits(&model().missing(|row| row.1 > 0.95).fit().unwrap()));
    assert_same_bits(|| bits(&model().transition_design(&covariate).fit().unwrap()));
}

#[test]
fn a_mixture_has_the_same_bits_for_any_number_of_threads() {
    let rows = series();
    let covariate = covariate(&rows);
    let weights: Vec<f64> = (0..N).map(|i| (i % 4) as f64 * 0.5).collect();
    let model = || {
        Mixture::new(&rows)
            .component(low(), |[mu, sd], row| normal::ln_pdf(row.0, mu, sd))
            .component(high(), |[mu, sd], row| normal::ln_pdf(row.0, mu, sd))
            .starts(1)
    };
    assert_same_bits(|| bits(&model().weights(&weights).fit().unwrap()));
    assert_same_bits(|| bits(&model().concomitant(&covariate).fit().unwrap()));
}
