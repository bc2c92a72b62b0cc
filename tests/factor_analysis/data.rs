//! Data, and what several tests need.
use approx::assert_relative_eq;
use maxlik::prelude::*;
use nalgebra::{DMatrix, DVector};
use serde_json::Value;

use crate::uniform::Uniform;

pub(crate) fn reference() -> Value {
    serde_json::from_str(include_str!("../reference/factor_analysis.json")).unwrap()
}

pub(crate) fn vector(value: &Value) -> DVector<f64> {
    let numbers: Vec<f64> = value.as_array().unwrap().iter().map(|x| x.as_f64().unwrap()).collect();
    numbers.into()
}

pub(crate) fn matrix(value: &Value) -> DMatrix<f64> {
    let rows: Vec<_> = value.as_array().unwrap().iter().map(|row| vector(row).transpose()).collect();
    DMatrix::from_rows(&rows)
}

pub(crate) fn names(value: &Value) -> Vec<&str> {
    value.as_array().unwrap().iter().map(|name| name.as_str().unwrap()).collect()
}

pub(crate) fn count(value: &Value) -> usize {
    usize::try_from(value.as_u64().unwrap()).unwrap()
}

/// Six tests of ability of 112 persons: Smith & Stanley (1983).
pub(crate) fn ability(factors: usize) -> (FactorAnalysis, DMatrix<f64>, usize) {
    let reference = reference();
    let ability = &reference["ability"];
    let analysis = FactorAnalysis::new(factors).names(names(&ability["names"]));
    (analysis, matrix(&ability["covariance"]), count(&ability["n"]))
}

/// Ratings of 30 departments by their employees: Chatterjee & Price (1977).
pub(crate) fn attitude() -> (Vec<String>, DMatrix<f64>) {
    let table = Table::from_csv("tests/data/attitude.csv").unwrap();
    let columns: Vec<DVector<f64>> =
        table.names().iter().map(|name| DVector::from_vec(table.numbers(name).unwrap())).collect();
    (table.names().to_vec(), DMatrix::from_columns(&columns))
}

/// Covariances with divisor `n`.
pub(crate) fn covariance(x: &DMatrix<f64>) -> DMatrix<f64> {
    let mut centred = x.clone();
    centred.column_iter_mut().for_each(|mut column| {
        let mean = column.mean();
        column.add_scalar_mut(-mean);
    });
    centred.tr_mul(&centred) / x.nrows() as f64
}

pub(crate) fn assert_same_fit(a: &FactorAnalysisFit, b: &FactorAnalysisFit) {
    assert_relative_eq!(a.log_likelihood(), b.log_likelihood(), max_relative = 1e-13);
    assert_relative_eq!(*a.uniquenesses(), *b.uniquenesses(), epsilon = 1e-10);
    assert_relative_eq!(*a.loadings(), *b.loadings(), epsilon = 1e-10);
}

pub(crate) fn with_signs_of(mut loadings: DMatrix<f64>, like: &DMatrix<f64>) -> DMatrix<f64> {
    for (mut column, like) in loadings.column_iter_mut().zip(like.column_iter()) {
        if column.dot(&like) < 0.0 {
            column.neg_mut();
        }
    }
    loadings
}

/// The order of the columns as in another matrix.
pub(crate) fn in_order_of(loadings: &DMatrix<f64>, like: &DMatrix<f64>) -> DMatrix<f64> {
    let m = loadings.ncols();
    let nearest = |k: usize| {
        (0..m).max_by(|&a, &b| {
            let overlap = |r: usize| loadings.column(r).dot(&like.column(k)).abs();
            overlap(a).total_cmp(&overlap(b))
        })
    };
    let order: Vec<usize> = (0..m).map(|k| nearest(k).unwrap()).collect();
    with_signs_of(loadings.select_columns(&order), like)
}

/// Four variables of one factor, some values missing: whether depends on the first, which is always there.
pub(crate) fn with_gaps(n: usize) -> DMatrix<f64> {
    let mut rng = Uniform(11);
    let (loadings, psi, mean) = ([1.1, -0.8, 0.6, 1.4], [0.7, 0.5, 0.9, 0.4], [3.0, -1.0, 10.0, 0.2]);
    let mut x = DMatrix::zeros(n, 4);
    for i in 0..n {
        let z = rng.normal();
        for j in 0..4 {
            let e = rng.normal();
            x[(i, j)] = mean[j] + loadings[j] * z + f64::sqrt(psi[j]) * e;
        }
        for j in 1..4 {
            if rng.next() < if x[(i, 0)] > 3.0 { 0.35 } else { 0.1 } {
                x[(i, j)] = f64::NAN;
            }
        }
    }
    x
}
