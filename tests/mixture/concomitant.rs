//! Mixing weights that depend on covariates.
use approx::assert_relative_eq;
use insta::assert_snapshot;
use maxlik::prelude::*;
use nalgebra::{DMatrix, DVector};
use serde_json::Value;

use crate::data::*;
use crate::uniform::Uniform;

/// Three components of counts, normals and exponentials, whose weights depend on the row's second number.
fn three_kinds(rows: &[(f64, f64)]) -> Mixture<'_, (f64, f64)> {
    Mixture::new(rows)
        .component([positive("rate")], |[rate], row: &(f64, f64)| exponential::ln_pdf(row.0, rate))
        .component([positive("shape"), positive("scale")], |[shape, scale], row| weibull::ln_pdf(row.0, shape, scale))
        .component([real("mu"), positive("sigma")], |[mu, sigma], row| normal::ln_pdf(row.0, mu, sigma))
        .concomitant(kinds(rows))
}

fn kinds(rows: &[(f64, f64)]) -> Design {
    let design = Design::from_rows(rows, ["(intercept)", "x"], |row| [1.0, row.1]).unwrap();
    design.offset(rows.iter().map(|row| 0.3 * row.0.sin())).unwrap()
}

#[test]
fn score_and_hessian_are_those_of_one_closure() {
    let rows: Vec<(f64, f64)> = (1..601).map(|i| (0.01 * f64::from(i), f64::from(i % 13) / 4.0 - 1.5)).collect();
    let weights: Vec<f64> = (1..601).map(|i| f64::from(i % 7) / 3.0).collect();
    let mixture = three_kinds(&rows).weights(&weights);
    let names: Vec<String> = mixture.parameters().iter().flat_map(Parameter::coefficient_names).collect();
    assert_eq!(names[5..], ["weight[shape].(intercept)", "weight[shape].x", "weight[mu].(intercept)", "weight[mu].x"]);
    let [rate, shape, scale, mu, sigma] = ["rate", "shape", "scale", "mu", "sigma"].map(real);
    let parameters = [rate, shape, scale, mu, sigma, linear("v", kinds(&rows)), linear("w", kinds(&rows))];
    let one = Model::new(&rows, parameters, |[rate, shape, scale, mu, sigma, v, w], row: &(f64, f64)| {
        ln_sum_exp(&[
            exponential::ln_pdf(row.0, rate),
            v + weibull::ln_pdf(row.0, shape, scale),
            w + normal::ln_pdf(row.0, mu, sigma),
        ]) - ln_sum_exp(&[v * 0.0, v, w])
    })
    .weights(&weights);
    let theta = [0.7, 1.9, 2.3, 3.1, 0.8, 0.25, 0.4, -0.3, -0.9];
    assert_same_derivatives(&mixture, &one, &theta);
    // Rows that are all but sure, by their weights.
    assert_same_derivatives(&mixture, &one, &[0.7, 1.9, 2.3, 3.1, 0.8, 2.5, 14.0, -3.0, -9.0]);
    let (value, score) = mixture.log_likelihood_score_of(&[480, 3, 17, 480], &theta);
    let (expected_value, expected_score) = one.log_likelihood_score_of(&[480, 3, 17, 480], &theta);
    assert_relative_eq!(value, expected_value, max_relative = 1e-13);
    assert_relative_eq!(score, expected_score, max_relative = 1e-12);
}

/// `NPreg`, artificial data of the R package flexmix: two regressions on `x` and its square.
fn regressions<'a>(points: &'a [Point], design: &Design) -> Mixture<'a, Point> {
    Mixture::new(points)
        .component([linear("a", design).start([0.0, 5.0, 0.0]), positive("sd_a").start(3.0)], |[mu, sd], p: &Point| {
            normal::ln_pdf(p.1, mu, sd)
        })
        .component([linear("b", design).start([15.0, 10.0, -1.0]), positive("sd_b").start(3.0)], |[mu, sd], p| {
            normal::ln_pdf(p.1, mu, sd)
        })
}

#[test]
fn regressions_of_flexmix_agree_with_twenty_digits() {
    let table = Table::from_csv(format!("{}/examples/data/npreg.csv", env!("CARGO_MANIFEST_DIR"))).unwrap();
    let column = |name: &str| table.numbers(name).unwrap();
    let (x, y, z) = (column("x"), column("yn"), column("yb"));
    let points: Vec<Point> = (0..x.len()).map(|i| (x[i], y[i], z[i])).collect();
    let design = Design::from_rows(&points, ["(intercept)", "x", "x^2"], |p| [1.0, p.0, p.0 * p.0]).unwrap();
    let covariate = Design::from_rows(&points, ["(intercept)", "yb"], |p| [1.0, p.2]).unwrap();
    let reference: Value = serde_json::from_str(include_str!("../reference/mixtures.json")).unwrap();
    for name in ["constant", "concomitant"] {
        let mixture = regressions(&points, &design);
        let fit = if name == "concomitant" { mixture.concomitant(&covariate).fit() } else { mixture.fit() }.unwrap();
        let number = |value: &Value| value.as_str().unwrap().parse::<f64>().unwrap();
        let std_errors = fit.std_errors().unwrap();
        for j in 0..fit.dof() {
            let (estimate, se) = (number(&reference[name]["estimates"][j]), number(&reference[name]["std_errors"][j]));
            assert_relative_eq!(fit.coefficients()[j], estimate, max_relative = 1e-9, epsilon = 1e-10 * se);
            assert_relative_eq!(std_errors[j], se, max_relative = 1e-10);
        }
        assert_relative_eq!(fit.log_likelihood(), number(&reference[name]["log_likelihood"]), max_relative = 1e-13);
        // flexmix divides the residual sums by n - p: its log-likelihood is a little lower.
        let flexmix = number(&reference[name]["flexmix_log_likelihood"]);
        assert!((0.0..0.02).contains(&(fit.log_likelihood() - flexmix)));
    }
}

/// Waiting times of two kinds; how many are of the slow one depends on `x`.
fn waits(n: usize, random: &mut Uniform) -> Vec<(f64, f64)> {
    let wait = |_| {
        let x = 4.0 * random.next() - 2.0;
        let slow = random.next() < 1.0 / (1.0 + (0.4 - 1.1 * x).exp());
        (-random.next().ln() / if slow { 0.2 } else { 3.0 }, x)
    };
    (0..n).map(wait).collect()
}

fn fast_and_slow(waits: &[(f64, f64)]) -> Mixture<'_, (f64, f64)> {
    let design = Design::from_rows(waits, ["(intercept)", "x"], |row| [1.0, row.1]).unwrap();
    Mixture::new(waits)
        .component([positive("fast").start(2.0)], |[rate], row: &(f64, f64)| exponential::ln_pdf(row.0, rate))
        .component([positive("slow").start(0.5)], |[rate], row| exponential::ln_pdf(row.0, rate))
        .concomitant(design)
}

/// Minus the second derivatives by central differences of the log-likelihood, of order 6 in the step.
fn numerical_information(likelihood: &impl Likelihood, theta: &[f64], steps: &[f64]) -> DMatrix<f64> {
    let at = |moves: &[(usize, f64)]| {
        let mut moved = theta.to_vec();
        for &(i, by) in moves {
            moved[i] += by * steps[i];
        }
        likelihood.log_likelihood(&moved)
    };
    // First derivatives by seven points, applied twice.
    let points = [(1.0, 0.75), (2.0, -0.15), (3.0, 1.0 / 60.0)];
    let both_ways: Vec<(f64, f64)> = points.iter().flat_map(|&(h, w)| [(h, w), (-h, -w)]).collect();
    DMatrix::from_fn(theta.len(), theta.len(), |i, j| {
        let mut sum = 0.0;
        for &(h, v) in &both_ways {
            for &(k, w) in &both_ways {
                sum += v * w * at(&[(i, h), (j, k)]);
            }
        }
        -sum / (steps[i] * steps[j])
    })
}

#[test]
fn standard_errors_are_those_of_a_numerical_hessian() {
    let waits = waits(500, &mut Uniform(8));
    let mixture = fast_and_slow(&waits);
    let fit = mixture.fit().unwrap();
    let std_errors = fit.std_errors().unwrap();
    let steps: Vec<f64> = std_errors.iter().map(|se| 0.1 * se).collect();
    let numerical = numerical_information(&mixture, fit.coefficients().as_slice(), &steps);
    let expected = numerical.try_inverse().unwrap().diagonal().map(f64::sqrt);
    assert_relative_eq!(std_errors, expected, max_relative = 1e-6);
}

#[test]
fn standard_errors_are_the_sampling_spread() {
    let mut random = Uniform(77);
    let (mut estimates, mut std_errors) = (Vec::new(), Vec::new());
    for _ in 0..300 {
        let fit = fast_and_slow(&waits(1000, &mut random)).fit().unwrap();
        estimates.push(fit.coefficients().clone());
        std_errors.push(fit.std_errors().unwrap());
    }
    let mean = |of: &[DVector<f64>]| of.iter().sum::<DVector<f64>>() / of.len() as f64;
    let centre = mean(&estimates);
    let squares: Vec<DVector<f64>> = estimates.iter().map(|e| (e - &centre).map(|d| d * d)).collect();
    let spread = mean(&squares).map(f64::sqrt);
    // 300 samples know their spread to 4 %; the information varies from sample to sample as well.
    assert_relative_eq!(mean(&std_errors), spread, max_relative = 0.12);
    for (j, truth) in [3.0, 0.2, -0.4, 1.1].into_iter().enumerate() {
        let gap = (centre[j] - truth).abs();
        // Of the order of 1 / n is the bias of maximum likelihood.
        assert!(gap < 0.3 * spread[j], "{j}: {gap} of {}", spread[j]);
    }
}

#[test]
fn a_covariate_that_separates_the_components_is_named() {
    let points: Vec<(f64, f64)> =
        (0..40).map(|i| (f64::from(i % 7) + if i < 20 { 0.0 } else { 50.0 }, f64::from(i))).collect();
    let design = Design::from_rows(&points, ["(intercept)", "time"], |row| [1.0, row.1 - 19.5]).unwrap();
    let mixture = Mixture::new(&points)
        .component([real("early"), positive("sd_early")], |[mu, sd], row: &(f64, f64)| normal::ln_pdf(row.0, mu, sd))
        .component([real("late").start(50.0), positive("sd_late")], |[mu, sd], row| normal::ln_pdf(row.0, mu, sd))
        .concomitant(design);
    assert_snapshot!(mixture.fit().unwrap_err(), @"not converged: still improving towards infinity, no maximum at finite values; the log-likelihood rises without end along `weight[late].time` - do these columns separate the outcomes, or fit some rows exactly? drop them, or fix their coefficients");
}
