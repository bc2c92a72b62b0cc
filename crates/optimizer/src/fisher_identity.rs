//! Which step of EM is wrong?
//!
//! Notation as in `em.rs`. Fisher's identity: the gradient of `Q(. | theta)` at `theta` is the score `s(theta)`, for the term of `Q`
//! that is missing in `l` has its maximum there.
use nalgebra::DVector;

use crate::em_driver::is_no_higher;
use crate::{Bounds, Em, EmError, ExpectationMaximization, Objective, Point, Problem, Report, Termination};

/// Gradients agree when `|difference| <= 1e-4 (|s_i| + sqrt|H_ii|)`: the estimate differs by a ten-thousandth of the standard error that
/// the variable would have by itself. Sums of large numbers that cancel, in sufficient statistics, come near that by rounding.
const AGREE: f64 = 1e-4;

/// Slopes count as none below this part of the log-likelihood, `1e-13 max(|l|, 1)`: what the sum has lost to rounding.
const ROUNDING: f64 = 1e-13;

/// Log-likelihoods agree when they differ by at most `1e-8 max(|l|, 1)`.
const SAME: f64 = 1e-8;

impl Em {
    /// Checks the steps against `objective`, minus the log-likelihood, at `theta` (`n`): one evaluation with gradient, an E-step and
    /// an M-step; a Hessian only where something looks wrong.
    ///
    /// What is checked: that the E-step returns the log-likelihood; Fisher's identity, that `Q` has the slope of the log-likelihood
    /// at `theta`; that the slope of `Q` vanishes at the M-step's point, which is within the bounds. If both gradients are wrong, so
    /// is what they have in common, the gradient of `Q`; if one is, then the E-step or the M-step. A gradient of `Q` that is
    /// wrong by a factor alone looks like a wrong E-step.
    ///
    /// Where the objective is not finite there is nothing to compare with, and nothing is found.
    ///
    /// # Errors
    /// The step that is wrong, with the variable that shows it best.
    pub fn check<S: ExpectationMaximization>(
        &self,
        steps: &S,
        objective: &dyn Objective,
        bounds: &Bounds,
        theta: &DVector<f64>,
    ) -> Result<(), EmError> {
        let problem = Problem::new(objective, bounds, None);
        self.check_at_start(steps, &problem, theta)
    }

    pub(crate) fn check_at_start<S: ExpectationMaximization>(
        &self,
        steps: &S,
        problem: &Problem<'_>,
        theta: &DVector<f64>,
    ) -> Result<(), EmError> {
        let point = problem.point(theta.clone());
        if !point.is_finite() {
            return Ok(());
        }
        let curvature = || problem.expansion(theta.clone()).hessian.diagonal();
        compare(steps, problem, &point, self.exact_m_step, curvature)
    }

    /// Where the search has ended the objective is known: it costs an E-step to see that the E-step is right there, too, unless
    /// something is at the edge of what it can be. Where the search got stuck, the M-step and the map are looked at as well.
    pub(crate) fn check_at_end<S: ExpectationMaximization>(
        &self,
        steps: &S,
        problem: &Problem<'_>,
        report: &Report,
    ) -> Result<(), EmError> {
        let Report { x, value, gradient, hessian, .. } = report;
        let stuck = match report.termination {
            Termination::Stalled { .. } => true,
            Termination::NonFiniteStart => value.is_finite() && gradient.iter().all(|g| g.is_finite()),
            _ => false,
        };
        let point = Point { x: x.clone(), value: *value, gradient: gradient.clone() };
        let on_bound = (0..x.len()).any(|i| x[i] <= problem.bounds.lower[i] || x[i] >= problem.bounds.upper[i]);
        if !stuck {
            let comparable = report.termination.is_converged() && !on_bound;
            return if comparable { compare(steps, problem, &point, false, || hessian.diagonal()) } else { Ok(()) };
        }
        // An M-step that is not finite here may as well be right, and the maximum at the edge of the domain.
        let next = map(steps, problem, x).1;
        let at_edge = next.iter().any(|x| !x.is_finite());
        compare(steps, problem, &point, self.exact_m_step && !at_edge, || hessian.diagonal())?;
        if at_edge { Ok(()) } else { check_rise(steps, problem, x) }
    }
}

/// Compares the steps with the objective at `point`. `curvature` is the diagonal of the Hessian there.
fn compare<S: ExpectationMaximization>(
    steps: &S,
    problem: &Problem<'_>,
    point: &Point,
    exact_m_step: bool,
    curvature: impl FnOnce() -> DVector<f64>,
) -> Result<(), EmError> {
    // The log-likelihood.
    let theta = &point.x;
    problem.count_value();
    let (found, statistics) = steps.e_step(theta);
    let expected = -point.value;
    let same = (found - expected).abs() <= SAME * expected.abs().max(1.0);
    if !same {
        return Err(EmError::LogLikelihood { expected, found });
    }
    // The gradients of Q, here and at the M-step's point.
    let (score, zero) = (-&point.gradient, DVector::zeros(theta.len()));
    let here = steps.q_gradient(theta, &statistics);
    has_length("gradient of Q", &here, theta.len())?;
    let there = if exact_m_step {
        let next = steps.m_step(&statistics);
        has_length("M-step", &next, theta.len())?;
        is_possible(problem, &next)?;
        let there = steps.q_gradient(&next, &statistics);
        let held = |i: usize| problem.bounds.holds(i, next[i], -there[i]);
        DVector::from_fn(theta.len(), |i, _| if held(i) { 0.0 } else { there[i] })
    } else {
        zero.clone()
    };
    let none = ROUNDING * expected.abs().max(1.0);
    let find = |scale: &DVector<f64>| (worst(&here, &score, scale, none), worst(&there, &zero, scale, none));
    let mut found = find(&score.abs());
    if found != (None, None) {
        found = find(&score.zip_map(&curvature(), |s, h| s.abs() + h.abs().sqrt()));
    }
    match found {
        (None, None) => Ok(()),
        (Some(i), None) => Err(EmError::EStep { variable: i, expected: score[i], found: here[i] }),
        (None, Some(i)) => Err(EmError::MStep { variable: i, found: there[i], before: here[i] }),
        (Some(i), Some(_)) => Err(EmError::QGradient { variable: i, expected: score[i], found: here[i] }),
    }
}

/// Checks that the map does not lower the log-likelihood.
fn check_rise<S: ExpectationMaximization>(
    steps: &S,
    problem: &Problem<'_>,
    theta: &DVector<f64>,
) -> Result<(), EmError> {
    let (before, next) = map(steps, problem, theta);
    let (after, _) = map(steps, problem, &next);
    if is_no_higher(-after, -before) { Ok(()) } else { Err(EmError::Fell { before, after }) }
}

/// The log-likelihood and the M-step's point.
fn map<S: ExpectationMaximization>(steps: &S, problem: &Problem<'_>, theta: &DVector<f64>) -> (f64, DVector<f64>) {
    problem.count_value();
    let (log_likelihood, statistics) = steps.e_step(theta);
    (log_likelihood, steps.m_step(&statistics))
}

fn has_length(step: &'static str, found: &DVector<f64>, expected: usize) -> Result<(), EmError> {
    if found.len() == expected { Ok(()) } else { Err(EmError::Length { step, expected, found: found.len() }) }
}

/// Whether the M-step's point is finite and within the bounds.
fn is_possible(problem: &Problem<'_>, next: &DVector<f64>) -> Result<(), EmError> {
    let outside = (0..next.len()).find(|&i| !next[i].is_finite() || !problem.bounds.contain(i, next[i]));
    outside.map_or(Ok(()), |i| {
        let (lower, upper) = (problem.bounds.lower[i], problem.bounds.upper[i]);
        Err(EmError::Impossible { variable: i, lower, upper, found: next[i] })
    })
}

/// The variable in which two gradients differ most in this scale, if they differ by more than `none`.
fn worst(found: &DVector<f64>, expected: &DVector<f64>, scale: &DVector<f64>, none: f64) -> Option<usize> {
    let gap = |i: usize| {
        let gap = (found[i] - expected[i]).abs();
        if gap <= none { 0.0 } else { gap / scale[i] }
    };
    let gaps = (0..found.len()).map(|i| (i, if gap(i).is_nan() { f64::INFINITY } else { gap(i) }));
    gaps.filter(|&(_, gap)| gap > AGREE).max_by(|a, b| a.1.total_cmp(&b.1)).map(|(i, _)| i)
}
