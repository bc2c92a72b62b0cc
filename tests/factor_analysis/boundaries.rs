//! Uniquenesses of 0, rotations that are not determined, factors too many.
use approx::assert_relative_eq;
use maxlik::prelude::*;
use maxlik::{Status, Warning};
use nalgebra::{DMatrix, DVector};

use crate::data::{attitude, covariance};

/// What a variable leaves of the others: their covariance given it.
fn given(s: &DMatrix<f64>, variable: usize) -> DMatrix<f64> {
    let others: Vec<usize> = (0..s.nrows()).filter(|&i| i != variable).collect();
    let own = DVector::from_iterator(others.len(), others.iter().map(|&i| s[(i, variable)]));
    s.select_rows(&others).select_columns(&others) - &own * own.transpose() / s[(variable, variable)]
}

#[test]
fn a_heywood_case_is_named_and_the_others_are_fitted_given_it() {
    let (names, x) = attitude();
    let analysis = FactorAnalysis::new(3).names(names);
    let fit = analysis.fit(&x).unwrap();
    assert_eq!(fit.warnings(), [Warning::Heywood { variable: "learning".into() }]);
    assert_eq!(fit.estimate("uniqueness[learning]").unwrap(), 0.0);
    assert_eq!(fit.status("uniqueness[learning]"), Ok(Status::AtLimit));
    insta::assert_snapshot!(fit.std_error("uniqueness[learning]").unwrap_err(), @"`uniqueness[learning]`: expected an estimate inside its domain, found the maximum at its open end 0 - a standard error does not exist there; ask for the others by name");
    // The variable is the first factor, and known without error.
    assert_relative_eq!(fit.estimate("loading[learning,1]").unwrap(), 1.0, epsilon = 1e-12);
    assert_eq!(fit.std_error("loading[learning,1]").unwrap(), 0.0);
    assert_eq!(fit.estimate("loading[learning,2]").unwrap(), 0.0);
    // The other variables have a factor less, given this one (Jöreskog 1967).
    let s = covariance(&x);
    let rest = FactorAnalysis::new(2).fit_covariance(&given(&s, 3), x.nrows()).unwrap().on(Scale::Covariance);
    let others = [0, 1, 2, 4, 5, 6];
    let in_units = fit.on(Scale::Covariance);
    assert_relative_eq!(in_units.uniquenesses().select_rows(&others), *rest.uniquenesses(), max_relative = 1e-9);
    let loadings = in_units.loadings().select_rows(&others).columns(1, 2).into_owned();
    assert_relative_eq!(loadings.abs(), rest.loadings().abs(), max_relative = 1e-8, epsilon = 1e-8);
    let rest_std_errors = rest.on(Scale::Covariance);
    for (other, name) in ["x1", "x2", "x3", "x4", "x5", "x6"].iter().enumerate() {
        let name_here = format!("uniqueness[{}]", fit.variables()[others[other]]);
        let here = in_units.std_error(&name_here).unwrap();
        assert_relative_eq!(
            here,
            rest_std_errors.std_error(&format!("uniqueness[{name}]")).unwrap(),
            max_relative = 1e-8
        );
    }
    // It is the limit of bounds that are lowered, from below.
    let gaps: Vec<f64> = [1e-3, 1e-4]
        .iter()
        .map(|&lower| fit.log_likelihood() - analysis.clone().lower(lower).fit(&x).unwrap().log_likelihood())
        .collect();
    assert!(gaps[1] > 0.0);
    assert_relative_eq!(gaps[0] / gaps[1], 10.0, max_relative = 0.01); // linear to first order
    // Scores do not need uniquenesses: those of the first factor are the variable.
    let scores = fit.scores(&x, Scores::Bartlett).unwrap();
    let standardised = (x.column(3).add_scalar(-x.column(3).mean())) / s[(3, 3)].sqrt();
    assert_relative_eq!(scores.column(0).into_owned(), standardised, epsilon = 1e-10);
}

#[test]
fn the_score_on_a_bound_is_what_the_likelihood_loses_by_it() {
    let (names, x) = attitude();
    let analysis = FactorAnalysis::new(1).names(names);
    let free = analysis.fit(&x).unwrap();
    let smallest = free.uniquenesses().imin();
    let bound = free.uniquenesses()[smallest] + 0.03;
    let bounded = |lower: f64| analysis.clone().lower(lower).fit(&x).unwrap();
    let fit = bounded(bound);
    let on_bound: Vec<usize> =
        (0..fit.names().len()).filter(|&i| fit.status(&fit.names()[i]) == Ok(Status::OnBound)).collect();
    assert_eq!(on_bound, [7 + smallest]);
    let slope = (bounded(bound + 1e-4).log_likelihood() - bounded(bound - 1e-4).log_likelihood()) / 2e-4;
    assert!(slope < -1.0);
    assert_relative_eq!(fit.score()[7 + smallest], slope, max_relative = 1e-6); // h^2, and rounding / h
    let others = (0..21).filter(|&i| i != 7 + smallest).map(|i| fit.score()[i].abs()).fold(0.0, f64::max);
    assert!(others < 1e-6 * slope.abs());
}

/// Correlations of `groups` groups of three variables, `r` within and 0 between them.
fn groups(groups: usize, r: f64) -> DMatrix<f64> {
    DMatrix::from_fn(3 * groups, 3 * groups, |i, j| match (i, j) {
        _ if i == j => 1.0,
        _ if i / 3 == j / 3 => r,
        _ => 0.0,
    })
}

#[test]
fn a_rotation_that_is_not_determined_is_named() {
    // Two factors of the same strength: which is the first?
    let fit = FactorAnalysis::new(2).fit_covariance(&groups(2, 0.5), 90).unwrap();
    assert_relative_eq!(*fit.uniquenesses(), DVector::repeat(6, 0.5), epsilon = 1e-12);
    assert_eq!(fit.warnings().iter().map(Warning::code).collect::<Vec<_>>(), ["undetermined-rotation"]);
    assert!(fit.std_error("loading[x1,1]").is_err() && fit.vcov().is_err());
    assert_eq!(fit.status("loading[x1,1]"), Ok(Status::Undetermined));
    assert!(fit.score().iter().all(|score| score.is_nan()));
    // Varimax finds the groups, and uniquenesses do not depend on it.
    let varimax = fit.rotated(Rotation::Varimax).unwrap();
    assert!(varimax.warnings().is_empty());
    let large = varimax.loadings().iter().filter(|loading| loading.abs() > 0.7).count();
    let small = varimax.loadings().iter().filter(|loading| loading.abs() < 1e-10).count();
    assert_eq!((large, small), (6, 6));
    assert!(varimax.std_error("loading[x1,1]").is_ok());
    let (here, there) = (fit.std_error("uniqueness[x1]").unwrap(), varimax.std_error("uniqueness[x1]").unwrap());
    assert_relative_eq!(here, there, max_relative = 1e-12);
}

#[test]
fn a_factor_too_many_is_not_given_standard_errors() {
    // One factor fits exactly; the second has nothing left to explain.
    let r = DMatrix::from_fn(6, 6, |i, j| if i == j { 1.0 } else { 0.4 });
    let one = FactorAnalysis::new(1).fit_covariance(&r, 90).unwrap();
    assert_relative_eq!(*one.loadings(), DMatrix::repeat(6, 1, 0.4_f64.sqrt()), epsilon = 1e-12);
    assert_relative_eq!(one.likelihood_ratio_test().unwrap().p_value, 1.0, epsilon = 1e-12);
    let two = FactorAnalysis::new(2).fit_covariance(&r, 90).unwrap();
    assert_relative_eq!(two.log_likelihood(), one.log_likelihood(), max_relative = 1e-12);
    assert_eq!(two.warnings().iter().map(Warning::code).collect::<Vec<_>>(), ["singular-information"]);
    assert!(two.to_string().lines().next().unwrap().ends_with("; information singular"));
    assert!(two.std_error("uniqueness[x1]").is_err());
}

#[test]
fn degenerate_likelihoods_have_singular_information_whatever_rounding_leaves() {
    // The second factor is at 0, nearly at 0, or one of many that only one variable has.
    for (r, n) in [(0.3, 90), (0.55, 90), (0.55, 2000), (0.4, 90), (0.4, 2000)] {
        let r = DMatrix::from_fn(6, 6, |i, j| if i == j { 1.0 } else { r });
        let fit = FactorAnalysis::new(2).fit_covariance(&r, n).unwrap();
        assert!(matches!(fit.vcov(), Err(InferenceError::SingularInformation { .. })), "{fit}");
    }
}
