//! The objective against differences of itself, for every family, with and without missing values, noise and a prior.
use approx::assert_relative_eq;
use maxlik_optimizer::{ExpectationMaximization, Objective};
use nalgebra::{DMatrix, DVector};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use rand_distr::StandardNormal;

use super::chart::Chart;
use super::components::Components;
use super::objective::MixtureObjective;
use super::points::Points;
use super::prior::{Prior, covariance};
use super::statistics::Statistics;
use super::steps::Steps;
use super::{ConjugatePrior, Covariance};

const D: usize = 3;

/// Rows of three columns in two groups; every fifth lacks one or two values if `missing`.
fn rows(missing: bool) -> DMatrix<f64> {
    let mut rng = StdRng::seed_from_u64(11);
    let mut x = DMatrix::from_fn(40, D, |i, a| {
        let z: f64 = rng.sample(StandardNormal);
        1.5 * a as f64 + z * [1.0, 2.0, 0.5][a] + if i % 3 == 0 { 2.5 } else { 0.0 }
    });
    if missing {
        for i in (0..40).step_by(5) {
            x[(i, i % 3)] = f64::NAN;
            if i % 2 == 0 {
                x[(i, (i + 1) % 3)] = f64::NAN;
            }
        }
    }
    x
}

/// Components of a family by an M-step from arbitrary moments: away from the maximum, and away from what is special.
fn components(family: Covariance, noise: bool, spread: &[f64]) -> Components {
    let mut rng = StdRng::seed_from_u64(5);
    let mut random = |rows, columns| DMatrix::from_fn(rows, columns, |_, _| rng.sample::<f64, _>(StandardNormal));
    let weights = if noise { vec![0.3, 0.5, 0.2] } else { vec![0.4, 0.6] };
    let means: Vec<DVector<f64>> =
        (0..2).map(|j| random(D, 1).column(0) + DVector::repeat(D, 1.0 + 2.0 * f64::from(j))).collect();
    let at = Components { weights: weights.clone(), means, factors: vec![DMatrix::identity(D, D); 2] };
    let counts: Vec<f64> = weights.iter().map(|weight| 40.0 * weight).collect();
    let second = (0..2).map(|j| {
        let half = random(D, D + 4);
        &half * half.transpose() * counts[j] / 5.0
    });
    let (rows, log_likelihood) = (vec![0.0; 2], 0.0);
    let statistics =
        Statistics { second: second.collect(), first: vec![DVector::zeros(D); 2], rows, counts, at, log_likelihood };
    statistics.maximise(family, None, spread).unwrap()
}

/// Five-point difference, whose error is of the order of `h^4`.
fn difference(f: impl Fn(f64) -> DVector<f64>) -> DVector<f64> {
    let h = 4e-4;
    (f(h) - f(-h)) * (2.0 / (3.0 * h)) - (f(2.0 * h) - f(-2.0 * h)) * (1.0 / (12.0 * h))
}

fn check(family: Covariance, missing: bool, noise: bool, prior: bool) {
    let x = rows(missing);
    let names: Vec<String> = (0..D).map(|a| a.to_string()).collect();
    let weights: Vec<f64> = (0..40).map(|i| 0.5 + f64::from(i % 4)).collect();
    let points = Points::new(&x, Some(&weights), missing, &names).unwrap();
    let prior = prior.then(|| Prior::new(ConjugatePrior { shrinkage: 0.3, dof: Some(6.0) }, &points, 2, family));
    let at = components(family, noise, &points.spread);
    let chart = Chart::around(family, &at);
    let objective =
        MixtureObjective { points: &points, chart: &chart, prior: prior.as_ref(), ln_sides: &[1.2, 2.5, 0.8] };
    // Away from the centre of the chart.
    let phi = chart.to_free(&at).map_with_location(|i, _, phi| phi + 0.1 * ((i * 7 % 5) as f64 - 2.0) / 2.0);
    let case = format!("{family:?}, missing {missing}, noise {noise}, prior {}", prior.is_some());
    assert_eq!(phi.len(), 2 * D + at.weights.len() - 1 + family.coefficients(2, D), "{case}");

    let (value, gradient, hessian) = objective.value_gradient_hessian(&phi);
    let moved = |i: usize, h: f64| {
        let mut phi = phi.clone();
        phi[i] += h;
        phi
    };
    for i in 0..phi.len() {
        let slope = difference(|h| DVector::from_element(1, objective.value(&moved(i, h))))[0];
        assert_relative_eq!(gradient[i], slope, max_relative = 1e-8, epsilon = 1e-7);
        let column = difference(|h| objective.value_gradient(&moved(i, h)).1);
        // The differences themselves are good for some 1e-9.
        assert_relative_eq!(
            hessian.column(i).into_owned(),
            column,
            max_relative = 1e-7,
            epsilon = 1e-6 * hessian.amax().sqrt()
        );
    }

    // Fisher's identity, and an M-step that maximises Q within the family.
    let steps = Steps::new(&objective, family);
    let (log_likelihood, statistics) = steps.e_step(&phi);
    assert_relative_eq!(log_likelihood, -value, max_relative = 1e-14);
    assert_relative_eq!(steps.q_gradient(&phi, &statistics), -&gradient, max_relative = 1e-9, epsilon = 1e-9);
    let next = steps.m_step(&statistics);
    let slope = steps.q_gradient(&next, &statistics);
    assert!(slope.amax() < 1e-8, "{case}: {slope}");
    assert!(objective.value(&next) <= value, "{case}: EM fell");

    // The information of the complete data is minus the derivative of the gradient of Q.
    let complete = objective.complete_information(&phi).unwrap();
    for i in 0..phi.len() {
        let column = -difference(|h| steps.q_gradient(&moved(i, h), &statistics));
        assert_relative_eq!(
            complete.column(i).into_owned(),
            column,
            max_relative = 1e-7,
            epsilon = 1e-6 * complete.amax().sqrt()
        );
    }
}

#[test]
fn every_family_has_exact_derivatives() {
    for family in Covariance::ALL {
        check(family, false, false, false);
    }
}

#[test]
fn every_family_has_exact_derivatives_with_missing_values_noise_and_a_prior() {
    for family in Covariance::ALL {
        check(family, true, true, true);
    }
}

#[test]
fn there_and_back() {
    for family in Covariance::ALL {
        let at = components(family, true, &[1.0; D]);
        let chart = Chart::around(family, &at);
        let back = chart.components(&chart.to_free(&at)).unwrap();
        for j in 0..2 {
            assert_relative_eq!(back.factors[j], at.factors[j], max_relative = 1e-12, epsilon = 1e-12);
            assert_relative_eq!(back.means[j], at.means[j]);
        }
        for (back, weight) in back.weights.iter().zip(&at.weights) {
            assert_relative_eq!(back, weight, max_relative = 1e-14);
        }
    }
}

#[test]
fn the_covariance_of_the_rows_is_that_of_all_pairs() {
    let n = 2500;
    let x = DMatrix::from_fn(n, D, |i, a| {
        let value = ((i * (7 + a)) as f64).sin() * (1.0 + a as f64) + if i % 3 == 0 { 0.5 } else { 100.0 };
        if i % 4 == a { f64::NAN } else { value }
    });
    let weights: Vec<f64> = (0..n).map(|i| (i % 5) as f64 * 0.5).collect();
    let names: Vec<String> = (0..D).map(|a| a.to_string()).collect();
    let points = Points::new(&x, Some(&weights), true, &names).unwrap();
    let found = covariance(&points);
    for a in 0..D {
        for b in 0..D {
            let (mut sum, mut total) = (0.0, 0.0);
            for i in (0..n).filter(|&i| !(x[(i, a)] * x[(i, b)]).is_nan()) {
                sum += weights[i] * (x[(i, a)] - points.center[a]) * (x[(i, b)] - points.center[b]);
                total += weights[i];
            }
            assert_relative_eq!(found[(a, b)], sum / total, max_relative = 1e-12);
        }
    }
}
