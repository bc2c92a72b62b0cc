//! Expectations over the response of models with covariates, atoms, weights and several modes.
use approx::assert_relative_eq;
use maxlik_dual::{Dual2, Real, ln_sum_exp};
use maxlik_model::distribution::{bernoulli, negative_binomial, normal, poisson, tweedie, zero_inflated};
use maxlik_model::{Design, Likelihood, LogDensity, Model, Support, linear, positive, probability, real};
use nalgebra::{DMatrix, SymmetricEigen};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use crate::{distance, information};

#[derive(Clone)]
struct Birth {
    age: f64,
    smoker: f64,
    low: bool,
}

fn births(n: usize) -> Vec<Birth> {
    let mut rng = StdRng::seed_from_u64(5);
    let mut birth = || Birth {
        age: rng.random_range(-2.0..2.0),
        smoker: f64::from(u8::from(rng.random::<bool>())),
        low: rng.random(),
    };
    (0..n).map(|_| birth()).collect()
}

#[test]
fn logistic_regression_has_its_textbook_information() {
    let births = births(700);
    let design = Design::from_rows(&births, ["one", "age", "smoker"], |b| [1.0, b.age, b.smoker]).unwrap();
    let weights: Vec<f64> = (0..births.len()).map(|i| if i % 5 == 0 { 0.0 } else { 0.5 + (i % 3) as f64 }).collect();
    let model = Model::new(&births, [linear("eta", &design)], |[eta], birth| bernoulli::ln_pmf_logit(birth.low, eta))
        .weights(&weights)
        .response(Support::boolean(), |birth| birth.low, |birth, low| birth.low = low);
    let beta = [0.3, -1.2, 0.8];
    let x = design.matrix();
    let mut expected = DMatrix::zeros(3, 3);
    for i in 0..births.len() {
        let row = x.row(i);
        let eta: f64 = (0..3).map(|j| row[j] * beta[j]).sum();
        let p = 1.0 / (1.0 + (-eta).exp());
        expected += row.transpose() * row * (weights[i] * p * (1.0 - p));
    }
    assert!(distance(&information(&model, &beta), &expected) < 1e-12);
    // For a canonical link the observed information is the same.
    let (_, _, hessian) = model.log_likelihood_score_hessian(&beta);
    assert!(distance(&information(&model, &beta), &-hessian) < 1e-12);
}

#[test]
fn scalars_and_predictors_meet_in_the_information_of_a_negative_binomial_regression() {
    let births = births(300);
    let design = Design::from_rows(&births, ["one", "age"], |birth| [1.0, birth.age]).unwrap();
    let rows: Vec<(u64, f64)> = births.iter().enumerate().map(|(i, birth)| (i as u64 % 7, birth.age)).collect();
    let model = || {
        Model::new(&rows, [linear("eta", &design), positive("size")], |[eta, size], row| {
            negative_binomial::ln_pmf(row.0, eta.exp(), size)
        })
    };
    let by_sum = model().response(Support::counts(), |row| row.0, |row, k| row.0 = k);
    let closed =
        model().with_expected_information(|[eta, size], _| negative_binomial::expected_information(eta.exp(), size));
    let theta = [0.9, 0.4, 1.7];
    let expected = information(&closed, &theta);
    assert!(distance(&information(&by_sum, &theta), &expected) < 1e-11);
    let mu = |age: f64| (0.9 + 0.4 * age).exp();
    let of_slope: f64 = rows.iter().map(|(_, age)| age * age * mu(*age) / (1.0 + mu(*age) / 1.7)).sum();
    assert_relative_eq!(expected[(1, 1)], of_slope, max_relative = 1e-13);
    assert_eq!(expected[(2, 0)], 0.0);
}

#[test]
fn the_observed_response_does_not_matter_and_covariates_are_left_alone() {
    let design_rows = births(40);
    let rows = |observed: f64| -> Vec<(f64, f64)> { design_rows.iter().map(|birth| (observed, birth.age)).collect() };
    let at = |observed: f64| {
        let rows = rows(observed);
        let model = Model::new(&rows, [real("slope"), positive("sigma")], |[slope, sigma], &(y, x)| {
            normal::ln_pdf(y, (slope * x).exp(), sigma)
        })
        .response(Support::real(), |row| row.0, |row, y| row.0 = y);
        information(&model, &[0.7, 1.3])
    };
    let expected = at(1.0);
    let of_slope: f64 = design_rows.iter().map(|birth| (birth.age * (0.7 * birth.age).exp() / 1.3).powi(2)).sum();
    assert_relative_eq!(expected[(0, 0)], of_slope, max_relative = 1e-12);
    for observed in [-1e6, 0.0, 1e-9, 3e4] {
        assert!(distance(&at(observed), &expected) < 1e-11);
    }
}

#[test]
fn a_censored_response_has_an_atom_at_its_limit() {
    let rows = [0.0, 1.3];
    let tobit = |[mu, sigma]: [Dual2<2>; 2], &y: &f64| {
        if y <= 0.0 { normal::ln_cdf(0.0, mu, sigma) } else { normal::ln_pdf(y, mu, sigma) }
    };
    let model = Model::new(&rows, [real("mu"), positive("sigma")], tobit).response(
        Support::positive().atom(0.0),
        |&y| y,
        |row, y| *row = y,
    );
    // Of mu, in units of 1 / sigma^2: Phi - z phi + phi^2 / (1 - Phi) at z = mu / sigma.
    for (mu, sigma) in [(0.4, 1.7), (-2.0, 0.8), (3.0, 1.1)] {
        let z: f64 = mu / sigma;
        let density = (-0.5 * z * z).exp() / (2.0 * std::f64::consts::PI).sqrt();
        let above = normal::ln_cdf(z, 0.0, 1.0).exp();
        let expected = above - z * density + density * density / (1.0 - above);
        let found = information(&model, &[mu, sigma])[(0, 0)];
        assert_relative_eq!(found, 2.0 * expected / (sigma * sigma), max_relative = 1e-10);
    }
}

#[test]
fn a_tweedie_response_knows_of_its_mean_what_its_variance_says() {
    let rows = [0.0, 2.5];
    let model = Model::new(&rows, [positive("mean"), positive("dispersion"), real("power")], |[m, d, p], &y| {
        tweedie::ln_pdf(y, m, d, p)
    })
    .response(Support::positive().atom(0.0), |&y| y, |row, y| *row = y);
    let found = information(&model, &[1.7, 0.9, 1.4]);
    assert_relative_eq!(found[(0, 0)], 2.0 / (0.9 * 1.7_f64.powf(1.4)), max_relative = 1e-9);
    assert!(found[(0, 1)].abs() < 1e-9 * (found[(0, 0)] * found[(1, 1)]).sqrt());
}

fn two_normals<T: Real>([p, gap]: [T; 2], y: f64) -> T {
    let one = p.ln() + normal::ln_pdf(y, T::from(0.0), T::from(1.0));
    let other = (-p).ln_1p() + normal::ln_pdf(y, gap, T::from(1.0));
    ln_sum_exp(&[one, other])
}

#[test]
fn mass_in_two_places_is_found() {
    let rows = [0.2];
    let model = Model::new(&rows, [probability("p"), real("gap")], |z, &y| two_normals(z, y)).response(
        Support::real(),
        |&y| y,
        |row, y| *row = y,
    );
    // Far apart each observation tells where it comes from.
    for gap in [40.0, -300.0, 1e5] {
        let found = information(&model, &[0.3, gap]);
        assert_relative_eq!(found[(0, 0)], 1.0 / (0.3 * 0.7), max_relative = 1e-9);
        assert_relative_eq!(found[(1, 1)], 0.7, max_relative = 1e-9);
    }
    // Nearby: the trapezoidal rule with a step of 0.01 from -12 to 15 is exact to rounding.
    let mut expected = DMatrix::zeros(2, 2);
    for i in -1200..=1500 {
        let f = two_normals(Dual2::variables([0.3, 2.5]), 0.01 * f64::from(i));
        let weight = 0.01 * f.value().exp();
        expected -= DMatrix::from_fn(2, 2, |k, l| weight * f.hessian(k, l));
    }
    assert!(distance(&information(&model, &[0.3, 2.5]), &expected) < 1e-10);
}

#[test]
fn zeros_beside_large_counts_are_found() {
    let rows = [20_000_u64];
    let model = Model::new(&rows, [probability("zero"), positive("mean")], |[zero, mean], &k| {
        zero_inflated::ln_pmf(k, zero, |k| poisson::ln_pmf(k, mean))
    })
    .response(Support::counts(), |&k| k, |row, k| *row = k);
    let found = information(&model, &[0.2, 2e4]);
    assert_relative_eq!(found[(0, 0)], 1.0 / 0.16, max_relative = 1e-10);
    assert_relative_eq!(found[(1, 1)], 0.8 / 2e4, max_relative = 1e-10);
}

#[test]
fn counts_that_are_rounded_to_even_ones_are_added_up_one_by_one() {
    // Even counts are three times as likely as their odd neighbours: the generating function at -1 gives the constant.
    let rows = [6_u64];
    let model = Model::new(&rows, [positive("mean")], |[mean], &k| {
        let parity: f64 = if k % 2 == 0 { 1.5 } else { 0.5 };
        poisson::ln_pmf(k, mean) + parity.ln() - ((mean * -2.0).exp() * 0.5).ln_1p()
    })
    .response(Support::counts(), |&k| k, |row, k| *row = k);
    assert_relative_eq!(information(&model, &[4000.0])[(0, 0)], 1.0 / 4000.0, max_relative = 1e-9);
}

#[test]
fn it_is_positive_semi_definite_far_from_any_maximum() {
    let rows = [(1.2, 0.3), (-0.7, 1.1), (0.4, -2.0)];
    let model = Model::new(&rows, [real("a"), real("b"), positive("sigma")], |[a, b, sigma], &(y, x)| {
        normal::ln_pdf(y, a * (b * x).exp() + (a * b).sin(), sigma * (1.0 + x * x))
    })
    .response(Support::real(), |row| row.0, |row, y| row.0 = y);
    let mut rng = StdRng::seed_from_u64(17);
    let mut indefinite = 0;
    for _ in 0..200 {
        let theta = [rng.random_range(-5.0..5.0), rng.random_range(-5.0..5.0), rng.random_range(0.01..20.0)];
        let found = information(&model, &theta);
        let scale = found.diagonal().map(f64::sqrt);
        let scaled = DMatrix::from_fn(3, 3, |i, j| found[(i, j)] / scale[i] / scale[j]);
        assert!(SymmetricEigen::new(scaled).eigenvalues.min() > -1e-12, "{theta:?}");
        let (_, _, hessian) = model.log_likelihood_score_hessian(&theta);
        indefinite += usize::from(SymmetricEigen::new(-hessian).eigenvalues.min() < 0.0);
    }
    assert!(indefinite > 20, "the observed information is not: it was indefinite {indefinite} times");
}

struct Exponential;

impl LogDensity<f64, 1> for Exponential {
    fn ln_density<T: Real>(&self, [rate]: [T; 1], &time: &f64) -> T {
        rate.ln() - rate * time
    }
}

#[test]
fn a_density_of_the_expert_trait_knows_it_too() {
    let rows = [0.4, 1.9, 0.8];
    let model = || Model::from_density(&rows, [positive("rate")], Exponential);
    let by_integral = model().response(Support::positive(), |&y| y, |row, y| *row = y);
    assert_relative_eq!(information(&by_integral, &[0.7])[(0, 0)], 3.0 / 0.49, max_relative = 1e-12);
    let closed = by_integral.with_expected_information(|[rate], _| [[5.0 / (rate.value() * rate.value())]]);
    assert_relative_eq!(information(&closed, &[0.7])[(0, 0)], 15.0 / 0.49, max_relative = 1e-15);
    let still_closed = closed.response(Support::positive(), |&y| y, |row, y| *row = y);
    assert_relative_eq!(information(&still_closed, &[0.7])[(0, 0)], 15.0 / 0.49, max_relative = 1e-15);
}

#[test]
fn rows_that_are_alike_are_integrated_once() {
    use std::sync::atomic::{AtomicUsize, Ordering};
    let rows: Vec<f64> = (0..600).map(f64::from).collect();
    let weights: Vec<f64> = (0..600).map(|i| f64::from(i % 3)).collect();
    let calls = AtomicUsize::new(0);
    let model = || {
        Model::new(&rows, [positive("rate")], |[rate], &y| {
            calls.fetch_add(1, Ordering::Relaxed);
            Exponential.ln_density([rate], &y)
        })
        .weights(&weights)
        .response(Support::positive(), |&y| y, |row, y| *row = y)
    };
    assert_relative_eq!(information(&model().rows_alike(), &[0.7])[(0, 0)], 600.0 / 0.49, max_relative = 1e-12);
    assert!(calls.load(Ordering::Relaxed) < 1000);
    assert_relative_eq!(information(&model(), &[0.7])[(0, 0)], 600.0 / 0.49, max_relative = 1e-12);
}
