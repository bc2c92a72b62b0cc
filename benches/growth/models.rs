//! The models whose passes are timed. The coefficients are those the data were drawn with; what is drawn does not matter for the cost, but
//! for the counts, whose size does.
use maxlik::prelude::*;
use nalgebra::DMatrix;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use rand_distr::{Distribution, Gamma, Poisson, StandardNormal};

use crate::series::Pass;

/// A column of ones and `p` normal ones.
fn design(n: usize, p: usize, random: &mut StdRng) -> DMatrix<f64> {
    DMatrix::from_fn(n, p, |_, _| random.sample::<f64, _>(StandardNormal)).insert_column(0, 1.0)
}

fn named(x: &DMatrix<f64>) -> Design {
    Design::from_matrix(x, (0..x.ncols()).map(|j| format!("x{j}"))).expect("finite columns")
}

struct NegativeBinomial;
impl LogDensity<u64, 2> for NegativeBinomial {
    #[inline(always)]
    fn ln_density<T: Real>(&self, [eta, size]: [T; 2], &y: &u64) -> T {
        negative_binomial::ln_pmf(y, eta.exp(), size)
    }
}

/// Negative binomial regression of `n` rows on ten covariates.
pub(crate) fn negative_binomial(n: usize, pass: Pass<'_>) {
    let mut random = StdRng::seed_from_u64(3);
    let (x, frailty) = (design(n, 10, &mut random), Gamma::new(1.25, 0.8).expect("a distribution"));
    let mut theta: Vec<f64> = (0..x.ncols()).map(|j| 0.9 - 0.1 * j as f64).collect();
    let eta = &x * nalgebra::DVector::from_column_slice(&theta);
    let count = |eta: &f64| {
        let mean = eta.exp() * frailty.sample(&mut random);
        // A count; a mean that underflows has no distribution of its own.
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        Poisson::new(mean).map_or(0, |poisson| poisson.sample(&mut random) as u64)
    };
    let y: Vec<u64> = eta.iter().map(count).collect();
    theta.push(1.25);
    pass(&Model::from_density(&y, [linear("eta", named(&x)), positive("size")], NegativeBinomial), &theta);
}

struct Logistic;
impl LogDensity<bool, 1> for Logistic {
    #[inline(always)]
    fn ln_density<T: Real>(&self, [eta]: [T; 1], &y: &bool) -> T {
        bernoulli::ln_pmf_logit(y, eta)
    }
}

/// Logistic regression of 50 000 rows on `p` covariates.
pub(crate) fn logistic(p: usize, pass: Pass<'_>) {
    let mut random = StdRng::seed_from_u64(2);
    let x = design(50_000, p, &mut random);
    let y: Vec<bool> = (0..x.nrows()).map(|_| random.random::<f64>() < 0.4).collect();
    let theta: Vec<f64> = (0..=p).map(|j| if j % 2 == 0 { 0.1 } else { -0.2 }).collect();
    pass(&Model::from_density(&y, [linear("eta", named(&x))], Logistic), &theta);
}

/// Normal with the mean `sum_k exp(-z_k t)`: `P` exponentials a row, which the parameters being scalars does not take out of the loop.
struct Decays;
impl<const P: usize> LogDensity<(f64, f64), P> for Decays {
    #[inline(always)]
    fn ln_density<T: Real>(&self, rates: [T; P], &(t, y): &(f64, f64)) -> T {
        let mut mean = T::from(0.0);
        for rate in rates {
            mean += (rate * -t).exp();
        }
        normal::ln_pdf(y, mean, T::from(0.3))
    }
}

/// A sum of `p` decays in 100 000 rows.
///
/// # Panics
/// For a number that is not among those measured.
pub(crate) fn decays(p: usize, pass: Pass<'_>) {
    match p {
        1 => sum_of_decays::<1>(pass),
        2 => sum_of_decays::<2>(pass),
        3 => sum_of_decays::<3>(pass),
        4 => sum_of_decays::<4>(pass),
        6 => sum_of_decays::<6>(pass),
        8 => sum_of_decays::<8>(pass),
        other => panic!("no density of {other} parameters"),
    }
}

fn sum_of_decays<const P: usize>(pass: Pass<'_>) {
    let mut random = StdRng::seed_from_u64(6);
    let row = |_| (4.0 * random.random::<f64>(), random.sample::<f64, _>(StandardNormal));
    let rows: Vec<(f64, f64)> = (0..100_000).map(row).collect();
    let theta: Vec<f64> = (1..=P).map(|k| 0.4 * k as f64).collect();
    pass(&Model::from_density(&rows, std::array::from_fn::<_, P, _>(|k| real(format!("rate{k}"))), Decays), &theta);
}
