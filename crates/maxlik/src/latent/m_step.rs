//! An M-step without closed form: Newton's method on a part of the complete data's log-likelihood.
use std::ops::ControlFlow;

use maxlik_model::Likelihood;
use maxlik_optimizer::Newton;

use crate::fitting::{coefficients, search};
use crate::free_scale::FreeScale;

/// The coefficients that maximise `part`, from those of `start` on their natural scale; what is fixed stays. Where there is no maximum
/// they are those where the search has ended, which is no lower than where it began.
pub(crate) fn maximise(part: &dyn Likelihood, start: &[f64]) -> Vec<f64> {
    climb(part, start, &Newton::default())
}

/// As [`maximise`], in so many iterations at most: for a part that may have no maximum, after which an exact M-step would run at once.
pub(crate) fn improve(part: &dyn Likelihood, start: &[f64], iterations: usize) -> Vec<f64> {
    climb(part, start, &Newton::default().with_max_iterations(iterations))
}

fn climb(part: &dyn Likelihood, start: &[f64], newton: &Newton) -> Vec<f64> {
    let mut from = coefficients(part);
    for (coefficient, &value) in from.iter_mut().zip(start) {
        coefficient.value = value;
    }
    match search(part, &from, newton, &mut |_| ControlFlow::Continue(())) {
        Ok(report) => FreeScale::new(part, &from).natural(&report.x),
        Err(_) => start.to_vec(),
    }
}
