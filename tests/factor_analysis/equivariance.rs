//! Other units, weights.
use approx::assert_relative_eq;
use maxlik::prelude::*;
use nalgebra::DMatrix;

use crate::data::{attitude, covariance, with_signs_of};

#[test]
fn other_units_and_origins_give_the_same_fit() {
    let (names, x) = attitude();
    let analysis = FactorAnalysis::new(2).names(names);
    let fit = analysis.fit(&x).unwrap();
    let units = [1e-6, 1e6, -3.0, 0.02, 1.0, 1e3, 250.0];
    let mut rescaled = x.clone();
    for (j, unit) in units.iter().enumerate() {
        rescaled.column_mut(j).scale_mut(*unit);
        rescaled.column_mut(j).add_scalar_mut(7.0 * unit);
    }
    let again = analysis.fit(&rescaled).unwrap();
    assert_relative_eq!(*again.uniquenesses(), *fit.uniquenesses(), epsilon = 1e-11);
    let signed = DMatrix::from_fn(7, 2, |i, r| units[i].signum() * fit.loadings()[(i, r)]);
    assert_relative_eq!(with_signs_of(signed, again.loadings()), *again.loadings(), epsilon = 1e-11);
    let change: f64 = units.iter().map(|unit| 30.0 * unit.abs().ln()).sum();
    assert_relative_eq!(again.log_likelihood(), fit.log_likelihood() - change, max_relative = 1e-12);
    let (d, uniqueness) = (7, |fit: &FactorAnalysisFit, i: usize| fit.std_errors().unwrap()[14 + i]);
    for i in 0..d {
        assert_relative_eq!(uniqueness(&again, i), uniqueness(&fit, i), max_relative = 1e-9);
        let (ours, theirs) = (again.on(Scale::Covariance), fit.on(Scale::Covariance));
        assert_relative_eq!(uniqueness(&ours, i), uniqueness(&theirs, i) * units[i].powi(2), max_relative = 1e-9);
        assert_relative_eq!(ours.uniquenesses()[i], theirs.uniquenesses()[i] * units[i].powi(2), max_relative = 1e-9);
        let mean = (fit.mean().unwrap()[i] + 7.0) * units[i];
        assert_relative_eq!(again.mean().unwrap()[i], mean, max_relative = 1e-12);
    }
    // The correlation matrix alone says the same.
    let s = covariance(&x);
    let unit = s.diagonal().map(f64::sqrt);
    let r = DMatrix::from_fn(7, 7, |i, j| s[(i, j)] / unit[i] / unit[j]);
    let by_correlation = analysis.fit_covariance(&r, 30).unwrap();
    assert_relative_eq!(*by_correlation.loadings(), *fit.loadings(), epsilon = 1e-11);
    let by_covariance = analysis.fit_covariance(&s, 30).unwrap();
    assert_relative_eq!(by_covariance.log_likelihood(), fit.log_likelihood(), max_relative = 1e-13);
    assert_relative_eq!(by_covariance.bic(), fit.bic(), max_relative = 1e-13);
    assert!(by_covariance.mean().is_none());
    assert_relative_eq!(
        by_covariance.on(Scale::Covariance).covariance().diagonal(),
        s.diagonal(),
        max_relative = 1e-12
    );
}

#[test]
fn weights_count_rows() {
    let (_, x) = attitude();
    let weights: Vec<f64> = (0..30).map(|i| f64::from(i % 3)).collect();
    let repeated: Vec<usize> = (0..30).flat_map(|i| std::iter::repeat_n(i, i % 3)).collect();
    let weighted = FactorAnalysis::new(1).weights(&weights).fit(&x).unwrap();
    let rows = FactorAnalysis::new(1).fit(&x.select_rows(&repeated)).unwrap();
    assert_relative_eq!(weighted.log_likelihood(), rows.log_likelihood(), max_relative = 1e-12);
    assert_relative_eq!(weighted.coefficients(), rows.coefficients(), max_relative = 1e-9);
    assert_relative_eq!(weighted.std_errors().unwrap(), rows.std_errors().unwrap(), max_relative = 1e-9);
    assert_eq!((weighted.n_obs(), rows.n_obs()), (20, 30));
    let (ours, theirs) = (weighted.likelihood_ratio_test().unwrap(), rows.likelihood_ratio_test().unwrap());
    assert_relative_eq!(ours.corrected_statistic, theirs.corrected_statistic, max_relative = 1e-9);
}
