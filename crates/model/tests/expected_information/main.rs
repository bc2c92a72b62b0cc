//! The expected information of models row by row.
mod closed_forms;
mod refusals;
mod responses;

use maxlik_model::{ExpectationError, Likelihood};
use nalgebra::DMatrix;

/// The largest difference of two informations, relative to the diagonal of the second.
fn distance(found: &DMatrix<f64>, expected: &DMatrix<f64>) -> f64 {
    let mut largest = 0.0_f64;
    for i in 0..expected.nrows() {
        for j in 0..expected.ncols() {
            let gap = (found[(i, j)] - expected[(i, j)]).abs() / (expected[(i, i)] * expected[(j, j)]).sqrt();
            largest = if gap.is_nan() { f64::INFINITY } else { largest.max(gap) };
        }
    }
    largest
}

/// The information that must exist.
#[track_caller]
fn information(model: &impl Likelihood, coefficients: &[f64]) -> DMatrix<f64> {
    let result: Result<_, ExpectationError> = model.expected_information(coefficients);
    result.unwrap_or_else(|error| panic!("{error}"))
}
