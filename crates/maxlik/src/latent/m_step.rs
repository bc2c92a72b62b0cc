//! An M-step without closed form: Newton's method on a part of the complete data's log-likelihood.
use std::ops::ControlFlow;

use maxlik_model::Likelihood;
use maxlik_optimizer::Newton;

use crate::fitting::{coefficients, search};
use crate::free_scale::{Coefficient, FreeScale};

/// The coefficients that maximise `part`. Where it has no maximum they are those where the search has ended, which is no lower than where
/// it began.
pub(crate) fn maximise(part: &dyn Likelihood, start: &[Coefficient]) -> Vec<f64> {
    climb(part, start, &Newton::default())
}

/// As [`maximise`] from values on the natural scale, in so many iterations at most: for a part that may have no maximum, where an exact
/// M-step would run away at once. What is fixed stays.
pub(crate) fn improve(part: &dyn Likelihood, start: &[f64], iterations: usize) -> Vec<f64> {
    climb(part, &starting_at(part, start), &Newton::default().with_max_iterations(iterations))
}

/// The coefficients of a likelihood at these values.
pub(crate) fn starting_at(likelihood: &dyn Likelihood, values: &[f64]) -> Vec<Coefficient> {
    let mut start = coefficients(likelihood);
    for (coefficient, &value) in start.iter_mut().zip(values) {
        coefficient.value = value;
    }
    start
}

fn climb(part: &dyn Likelihood, start: &[Coefficient], newton: &Newton) -> Vec<f64> {
    match search(part, start, newton, &mut |_| ControlFlow::Continue(())) {
        Ok(report) => FreeScale::new(part, start).natural(&report.x),
        Err(_) => start.iter().map(|coefficient| coefficient.value).collect(),
    }
}
