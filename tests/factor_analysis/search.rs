//! The profile method, EM and several starts.
use approx::assert_relative_eq;
use maxlik::prelude::*;
use nalgebra::{DMatrix, DVector};

use crate::data::{ability, assert_same_fit, attitude, count, covariance, matrix, names, reference};

#[test]
fn em_and_the_profile_method_find_the_same_maximum() {
    let (analysis, s, n) = ability(2);
    let profile = analysis.fit_covariance(&s, n).unwrap();
    for em in [Em::default(), Em::default().with_acceleration(false), Em::default().with_newton_from(0.0)] {
        assert_same_fit(&analysis.clone().em(em).fit_covariance(&s, n).unwrap(), &profile);
    }
    let reference = &reference()["harman74"];
    let analysis = FactorAnalysis::new(4).names(names(&reference["names"]));
    let (r, n) = (matrix(&reference["correlation"]), count(&reference["n"]));
    let em = analysis.clone().em(Em::default()).fit_covariance(&r, n).unwrap();
    assert_same_fit(&em, &analysis.fit_covariance(&r, n).unwrap());
    // On the boundary, too, and on a bound.
    let (names, x) = attitude();
    let analysis = FactorAnalysis::new(3).names(names);
    assert_same_fit(&analysis.clone().em(Em::default()).fit(&x).unwrap(), &analysis.fit(&x).unwrap());
    let bounded = analysis.lower(0.005);
    assert_same_fit(&bounded.clone().em(Em::default()).fit(&x).unwrap(), &bounded.fit(&x).unwrap());
}

#[test]
fn the_greatest_fraction_of_missing_information_is_the_rate_of_em() {
    let (_, x) = attitude();
    let fit = FactorAnalysis::new(1).fit(&x).unwrap();
    let missing = fit.missing_information().unwrap();
    assert_eq!(missing.fractions().len(), fit.dof() - 7);
    // EM by the book, in the covariances alone (Rubin & Thayer 1982).
    let s = covariance(&x);
    let mut loadings = s.column(0) / s[(0, 0)].sqrt();
    let mut psi = s.diagonal() * 0.5;
    let mut steps = Vec::new();
    for _ in 0..150 {
        let sigma = &loadings * loadings.transpose() + DMatrix::from_diagonal(&psi);
        let beta = sigma.cholesky().unwrap().solve(&loadings);
        let yz = &s * &beta;
        let zz = 1.0 - beta.dot(&loadings) + beta.dot(&yz);
        let next = &yz / zz;
        psi = DVector::from_fn(7, |i, _| s[(i, i)] - next[i] * yz[i]);
        steps.push((&next - &loadings).norm());
        loadings = next;
    }
    // The next fraction, 0.828, still has a part of (0.828 / 0.852)^150 in the steps.
    assert_relative_eq!(missing.rate(), steps[149] / steps[148], max_relative = 2e-3);
    // Gaps leave more to be guessed.
    let mut gaps = x.clone();
    for i in (0..30).step_by(3) {
        gaps[(i, i % 7)] = f64::NAN;
    }
    let with_gaps = FactorAnalysis::new(1).missing(true).fit(&gaps).unwrap().missing_information().unwrap();
    assert_eq!(with_gaps.fractions().len(), fit.dof());
    assert!((missing.rate()..1.0).contains(&with_gaps.rate()), "{with_gaps:?}");
}

#[test]
fn starts_agree_on_a_likelihood_with_one_maximum() {
    let (analysis, s, n) = ability(2);
    let one = analysis.fit_covariance(&s, n).unwrap();
    let many = analysis.starts(12).seed(3).fit_covariance(&s, n).unwrap();
    assert_eq!(many.starts(), (12, 12));
    assert_same_fit(&many, &one);
    assert_eq!(one.starts(), (5, 5));
    assert!(many.to_string().contains("starts          12, 12 of which led to this maximum"));
}

#[test]
fn a_search_that_is_stopped_keeps_what_it_has() {
    let (names, x) = attitude();
    let em = Em::default().with_max_iterations(2).with_newton_from(0.0);
    let stopped = FactorAnalysis::new(2).names(names).starts(1).em(em).fit(&x);
    let Err(FactorAnalysisError::NotConverged(partial)) = stopped else { panic!("two iterations are too few") };
    assert!(partial.to_string().starts_with("not converged: 2 iterations used up"));
    assert!(partial.log_likelihood().is_finite());
}
