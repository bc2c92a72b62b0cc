//! An M-step without closed form: Newton's method on a part of the complete data's log-likelihood.
use std::ops::ControlFlow;

use maxlik_model::Likelihood;
use maxlik_optimizer::{Newton, Objective};
use nalgebra::{Cholesky, DVector};

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
    if let Some(found) = full_steps(&FreeScale::new(part, start), newton.stopping.max_iterations.min(FEW)) {
        return found;
    }
    match search(part, start, newton, &mut |_| ControlFlow::Continue(())) {
        Ok(report) => FreeScale::new(part, start).natural(&report.x),
        Err(_) => start.iter().map(|coefficient| coefficient.value).collect(),
    }
}

/// From where an M-step begins so many steps are enough, if full steps lead there at all.
const FEW: usize = 8;

/// The last step is taken where it is no longer than this, as a decrement: the point it leads to is not looked at any more.
const LAST: f64 = 1e-10;

/// Full steps of Newton's method to a maximum; none where there are more, one leads up or out of the bounds, or a Hessian is not positive
/// definite: all that is left to the search. What an M-step costs is passes over the rows, and this makes no more of them than it must.
fn full_steps(objective: &FreeScale<'_>, steps: usize) -> Option<Vec<f64>> {
    let (bounds, mut x) = (objective.bounds(), objective.start());
    let inside = |x: &DVector<f64>| (0..x.len()).all(|i| bounds.lower[i] <= x[i] && x[i] <= bounds.upper[i]);
    let mut before = f64::INFINITY;
    for _ in 0..steps {
        let (value, gradient, hessian) = objective.value_gradient_hessian(&x);
        if x.is_empty() || !value.is_finite() || value > before + 1e-12 * before.abs().max(1.0) {
            return None;
        }
        let step = Cholesky::new(hessian)?.solve(&-&gradient);
        let decrement = -gradient.dot(&step);
        x += step;
        if !inside(&x) {
            return None;
        }
        if decrement <= LAST {
            return Some(objective.natural(&x));
        }
        before = value;
    }
    None
}
