//! What a fit says of rows and components.
use approx::assert_relative_eq;
use maxlik::MissingInformation;
use maxlik::prelude::*;
use nalgebra::DVector;

use crate::data::*;

fn deaths() -> Mixture<'static, u64> {
    poissons(&DEATHS, [positive("winter").start(2.5), positive("summer").start(1.0)]).weights(&DAYS)
}

#[test]
fn criteria_and_rows_count_the_weights() {
    let (mixture, fit) = (deaths(), deaths().fit().unwrap());
    let r = mixture.responsibilities(&fit).unwrap();
    let (mut entropy, mut winter) = (0.0, 0.0);
    for i in 0..10 {
        entropy -= DAYS[i] * (r[(i, 0)] * r[(i, 0)].ln() + r[(i, 1)] * r[(i, 1)].ln());
        winter += DAYS[i] * r[(i, 0)];
    }
    assert_relative_eq!(mixture.icl(&fit).unwrap(), fit.bic() + 2.0 * entropy, max_relative = 1e-13);
    assert_eq!(fit.icl(), mixture.icl(&fit).unwrap());
    let rows = mixture.effective_rows(&fit).unwrap();
    assert_relative_eq!(rows[0], winter, max_relative = 1e-13);
    assert_relative_eq!(rows.sum(), 1096.0, max_relative = 1e-13);
    let weights = mixture.mixing_weights(&fit).unwrap();
    assert_eq!(weights.shape(), (1, 2));
    assert_relative_eq!(weights[(0, 0)], rows[0] / 1096.0, max_relative = 1e-10);
    insta::assert_snapshot!("summary_of_the_death_notices", printed(&fit));
}

/// Plain EM's rate: how much nearer the last of many maps is than the one before.
fn rate_of_plain_em(mixture: &Mixture<'_, u64>, fit: &Fit, closed_form: impl Fn(&[f64]) -> Vec<f64>) -> f64 {
    let estimate = fit.coefficients();
    let mut theta: DVector<f64> = estimate * 1.000_01;
    let distance = |theta: &DVector<f64>| (theta - estimate).norm();
    let mut rate = 0.0;
    for _ in 0..200 {
        let next = DVector::from(closed_form(theta.as_slice()));
        rate = distance(&next) / distance(&theta);
        theta = next;
    }
    assert!(mixture.log_likelihood(theta.as_slice()) <= fit.log_likelihood() + 1e-9);
    rate
}

#[test]
fn the_greatest_fraction_of_missing_information_is_the_rate_of_em() {
    let (mixture, fit) = (deaths(), deaths().fit().unwrap());
    let missing: MissingInformation = mixture.missing_information(&fit).unwrap();
    assert_eq!(missing.fractions().len(), 3);
    // In one direction, that of the mean of all rows, nothing is missing: 0 but for rounding.
    assert!(missing.fractions().iter().all(|fraction| (-1e-14..1.0).contains(fraction)));
    let map = |theta: &[f64]| {
        let part = |pi: f64, mean: f64, i: usize| pi * (-mean + mean.ln() * i as f64).exp();
        let (mut rows, mut sums) = ([0.0; 2], [0.0; 2]);
        for i in 0..10 {
            let parts = [part(1.0 - theta[2], theta[0], i), part(theta[2], theta[1], i)];
            for j in 0..2 {
                let share = DAYS[i] * parts[j] / (parts[0] + parts[1]);
                rows[j] += share;
                sums[j] += share * i as f64;
            }
        }
        vec![sums[0] / rows[0], sums[1] / rows[1], rows[1] / 1096.0]
    };
    // The second greatest fraction has died out by then.
    assert_relative_eq!(missing.rate(), rate_of_plain_em(&mixture, &fit, map), max_relative = 1e-6);
}

#[test]
fn weights_with_covariates_are_those_of_each_row() {
    let points = two_lines(500);
    let design = Design::from_rows(&points, ["(intercept)", "z"], |p| [1.0, p.2]).unwrap();
    let mixture = regressions(&points, &designs(&points)).concomitant(&design);
    let fit = mixture.fit().unwrap();
    let weights = mixture.mixing_weights(&fit).unwrap();
    assert_eq!(weights.shape(), (500, 2));
    let (constant, slope) = (fit.estimate("weight[b].(intercept)").unwrap(), fit.estimate("weight[b].z").unwrap());
    for i in [0, 17, 499] {
        let expected = 1.0 / (1.0 + (-constant - slope * points[i].2).exp());
        assert_relative_eq!(weights[(i, 1)], expected, max_relative = 1e-13);
    }
    // At the maximum of a logit with an intercept the mean weight is the mean responsibility.
    let rows = mixture.effective_rows(&fit).unwrap();
    assert_relative_eq!(weights.column(1).sum(), rows[1], max_relative = 1e-9);
    let missing = mixture.missing_information(&fit).unwrap();
    assert_eq!(missing.fractions().len(), 9);
    assert!(missing.fractions().iter().all(|fraction| (0.0..1.0).contains(fraction)));
    // A mixture of one part of the rows, at the estimates of all.
    let first = &points[..20];
    let part = Design::from_rows(first, ["(intercept)", "z"], |p| [1.0, p.2]).unwrap();
    let of_part = regressions(first, &designs(first)).concomitant(part).responsibilities(&fit).unwrap();
    assert_eq!(of_part, mixture.responsibilities(&fit).unwrap().rows(0, 20));
}
