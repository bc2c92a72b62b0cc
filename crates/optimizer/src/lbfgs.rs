//! Limited-memory BFGS, with bounds.
//!
//! Notation: `x` the point, `g` the gradient there, `D` the diagonal scale of the start with `D_i = sqrt|H_ii|`; the pairs of
//! steps and changes of the gradient are those of `D x`, so that the search takes the same steps in any units.
use nalgebra::DVector;

use crate::cauchy_point::cauchy_point;
use crate::diagonal_scale::diagonal_scale;
use crate::inverse_hessian::InverseHessian;
use crate::line_search::{LineSearch, Trial};
use crate::subspace::subspace_step;
use crate::{Bounds, Decrement, Expansion, InvalidProblem, Method, Point, Problem, Standing, Step, Stopping};

/// L-BFGS, within bounds L-BFGS-B: from values and gradients alone, for many variables or costly Hessians.
///
/// One Hessian at the start sets the scale of the variables; the next one is evaluated when the search has converged by its own
/// estimate. Each iteration is a line search, of one evaluation in most cases.
///
/// # Evaluations
/// The choices were made by the evaluations with gradient until `g' H^-1 g <= 1e-10`, in total over the problems of Moré, Garbow &
/// Hillstrom, without two whose counts are decided by rounding (18, and 20 with `n = 12`): 2530 with the defaults.
///
/// | instead | evaluations |
/// |---|---|
/// | `memory` 5, 10, 15, 30 | one problem unsolved, 2860, 2620, 2525 |
/// | `flatten` 0.1, 0.5, 0.7, 0.95 | 4305, 2800, 2630, 2500 |
/// | `decrease` 1e-3, 1e-2, 0.1 | 2530, 2490, 2540 |
/// | the line search of Hager & Zhang | 3180 |
/// | no Hessian at the start: `D = I`, first step `-g` | 3250, one problem unsolved |
/// | `D` from it, first step `-D^-2 g` | 2540 |
/// | `D = I`, first step to the minimum along `-g` | 2470, but other units are another search |
///
/// # References
/// Byrd, Lu, Nocedal & Zhu, "A limited memory algorithm for bound constrained optimization", SIAM Journal on Scientific
/// Computing 16(5), 1995; Nocedal & Wright, "Numerical Optimization" (2006), algorithm 7.5.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Lbfgs {
    /// When to stop.
    pub stopping: Stopping,
    /// So many pairs of steps and changes of the gradient are kept at most; default 20.
    pub memory: usize,
    /// A step must lower the objective by this part at least of what the slope at its start promises,
    /// `f(x + t d) <= f(x) + decrease t g'd`; default 1e-4.
    pub decrease: f64,
    /// A step must flatten the slope to this part at least, `|g(x + t d)'d| <= flatten |g'd|`; default 0.9.
    pub flatten: f64,
}

impl Default for Lbfgs {
    fn default() -> Self {
        Self { stopping: Stopping::default(), memory: 20, decrease: 1e-4, flatten: 0.9 }
    }
}

impl Lbfgs {
    /// Converged when `g' H^-1 g <= tolerance`.
    pub fn with_tolerance(mut self, tolerance: f64) -> Self {
        self.stopping.tolerance = tolerance;
        self
    }

    /// The greatest number of iterations.
    pub fn with_max_iterations(mut self, max_iterations: usize) -> Self {
        self.stopping.max_iterations = max_iterations;
        self
    }

    /// The greatest number of pairs that are kept.
    pub fn with_memory(mut self, memory: usize) -> Self {
        self.memory = memory;
        self
    }
}

/// Where L-BFGS stands.
#[derive(Clone)]
pub struct LbfgsState {
    point: Point,
    /// `D`
    scale: DVector<f64>,
    inverse_hessian: InverseHessian,
    /// The step to the minimum of the model within the bounds.
    step: DVector<f64>,
    /// `-g's` for that step: `g' B^-1 g` where there are no bounds.
    decrement: f64,
    /// The lowest value and the lowest decrement so far, and the steps in a row that have lowered neither.
    lowest: (f64, f64),
    idle: usize,
    /// Line searches in a row that have found no end.
    endless: usize,
}

impl Method for Lbfgs {
    type State = LbfgsState;

    fn name(&self) -> &'static str {
        "L-BFGS"
    }

    fn stopping(&self) -> Stopping {
        self.stopping
    }

    fn validate(&self) -> Result<(), InvalidProblem> {
        let inside = |found: f64, low: f64| low < found && found < 1.0;
        InvalidProblem::setting("decrease", "a number between 0 and 1", self.decrease, inside(self.decrease, 0.0))?;
        let flatten = inside(self.flatten, self.decrease);
        InvalidProblem::setting("flatten", "a number between `decrease` and 1", self.flatten, flatten)
    }

    fn init(&self, problem: &Problem<'_>, start: DVector<f64>) -> LbfgsState {
        let at = problem.expansion(start);
        let scale = diagonal_scale(&at, 1);
        let inverse_hessian = InverseHessian::new(self.memory, first_theta(&at, &scale));
        let step = DVector::zeros(scale.len());
        let lowest = (at.point.value, f64::INFINITY);
        let mut state = LbfgsState {
            point: at.point,
            scale,
            inverse_hessian,
            step,
            decrement: f64::INFINITY,
            lowest,
            idle: 0,
            endless: 0,
        };
        state.minimize_model(problem);
        state
    }

    fn step(&self, problem: &Problem<'_>, state: &mut LbfgsState) -> Step {
        let length = state.step.component_mul(&state.scale).norm();
        if !(state.decrement > 0.0 && state.decrement.is_finite()) || state.endless == ENDLESS || state.idle == IDLE {
            return Step::Exhausted;
        }

        // Line search from x towards the minimum of the model.
        let Some((t, trial)) = self.line_search(problem, state) else {
            if state.inverse_hessian.is_empty() {
                return Step::Exhausted;
            }
            // Perhaps the pairs mislead: once more down the gradient.
            state.inverse_hessian.clear();
            state.minimize_model(problem);
            return Step::Rejected { length };
        };

        // The pair s, y.
        let s = (&trial.x - &state.point.x).component_mul(&state.scale);
        let y = (&trial.gradient - &state.point.gradient).component_div(&state.scale);
        state.inverse_hessian.update(s, y);

        // The new point, and the minimum of the model there.
        state.point = trial;
        state.minimize_model(problem);
        state.count_idle();
        state.endless = if t > FAR { state.endless + 1 } else { 0 };
        Step::Accepted { length: t * length }
    }

    fn current<'s>(&self, state: &'s LbfgsState) -> Standing<'s> {
        Standing { point: &state.point, hessian: None, decrement: Decrement::assumed(state.decrement) }
    }
}

impl Lbfgs {
    /// The step length and the point there; none if rounding hides all decrease.
    fn line_search(&self, problem: &Problem<'_>, state: &LbfgsState) -> Option<(f64, Point)> {
        let LbfgsState { point, step, decrement, .. } = state;
        let line = Line::new(&point.x, step, problem.bounds);
        let mut tried: Vec<(f64, Point)> = Vec::with_capacity(2);
        let phi = |t| {
            let point = problem.point(line.at(t));
            let value_slope = (point.value, point.gradient.dot(step));
            tried.push((t, point));
            value_slope
        };
        let search = LineSearch { mu: self.decrease, eta: self.flatten, ..LineSearch::default() };
        let Trial { t, .. } = search.search(phi, (point.value, -decrement), 1.0, line.largest())?;
        tried.into_iter().rev().find(|(tried, _)| *tried == t)
    }
}

/// After so many steps in a row that lower neither value nor decrement the search goes round in what is rounding.
const IDLE: usize = 20;

/// After so many line searches in a row whose steps are beyond [`FAR`] there is no end to it.
const ENDLESS: usize = 3;

/// A step `t` that the model, right or wrong, would not have missed by: 4^15.
const FAR: f64 = 1e9;

impl LbfgsState {
    /// The step to the minimum of the model `g's + s'Bs/2` within the bounds, by `B = theta I` where the pairs do not lead downhill.
    fn minimize_model(&mut self, problem: &Problem<'_>) {
        let gradient = self.point.gradient.component_div(&self.scale);
        loop {
            let step = self.model_step(problem, &gradient);
            self.decrement = 0.0 - step.as_ref().map_or(f64::NAN, |step| step.dot(&self.point.gradient));
            self.step = step.unwrap_or_default();
            if self.decrement > 0.0 || self.inverse_hessian.is_empty() {
                break;
            }
            self.inverse_hessian.clear();
        }
    }

    /// The step to the minimum of the model; none if rounding has made it singular.
    fn model_step(&self, problem: &Problem<'_>, gradient: &DVector<f64>) -> Option<DVector<f64>> {
        let (x, bounds) = (&self.point.x, problem.bounds);
        if bounds.lower.iter().chain(&bounds.upper).all(|bound| bound.is_infinite()) {
            return Some(-self.inverse_hessian.apply(gradient).component_div(&self.scale));
        }
        let within = Bounds {
            lower: (&bounds.lower - x).component_mul(&self.scale),
            upper: (&bounds.upper - x).component_mul(&self.scale),
        };
        let hessian = self.inverse_hessian.hessian(x.len())?;
        let cauchy = cauchy_point(gradient, &hessian, &within);
        let step = subspace_step(gradient, &hessian, &cauchy, &within)?;
        Some(DVector::from_fn(x.len(), |i, _| {
            if step[i] <= within.lower[i] {
                bounds.lower[i] - x[i]
            } else if step[i] >= within.upper[i] {
                bounds.upper[i] - x[i]
            } else {
                step[i] / self.scale[i]
            }
        }))
    }

    /// Counts the steps in a row, with the last, that have lowered neither the value beyond its rounding nor the decrement.
    fn count_idle(&mut self) {
        let (value, decrement) = self.lowest;
        let lower = self.point.value < value - 16.0 * f64::EPSILON * value.abs() || self.decrement < decrement;
        self.idle = if lower { 0 } else { self.idle + 1 };
        self.lowest = (value.min(self.point.value), decrement.min(self.decrement));
    }
}

/// The points `x + t step`, none beyond the bounds.
struct Line<'a> {
    x: &'a DVector<f64>,
    step: &'a DVector<f64>,
    bounds: &'a Bounds,
    /// The `t` at which each coordinate meets its bound; exactly 1 where the step is to lead there.
    ends: DVector<f64>,
}

impl<'a> Line<'a> {
    fn new(x: &'a DVector<f64>, step: &'a DVector<f64>, bounds: &'a Bounds) -> Self {
        let ends = DVector::from_fn(x.len(), |i, _| match step[i] {
            s if s > 0.0 => (bounds.upper[i] - x[i]) / s,
            s if s < 0.0 => (bounds.lower[i] - x[i]) / s,
            _ => f64::INFINITY,
        });
        Self { x, step, bounds, ends }
    }

    /// Where the first coordinate meets its bound.
    fn largest(&self) -> f64 {
        self.ends.iter().copied().fold(f64::INFINITY, f64::min)
    }

    fn at(&self, t: f64) -> DVector<f64> {
        DVector::from_fn(self.x.len(), |i, _| {
            let (lower, upper) = (self.bounds.lower[i], self.bounds.upper[i]);
            if t < self.ends[i] {
                (self.x[i] + t * self.step[i]).max(lower).min(upper)
            } else if self.step[i] > 0.0 {
                upper
            } else {
                lower
            }
        })
    }
}

/// `theta` for the first step: the curvature along the gradient, `g'Hg / g'g` in the scale `D`; 1 where that is not positive.
fn first_theta(at: &Expansion, scale: &DVector<f64>) -> f64 {
    let gradient = at.point.gradient.component_div(scale);
    let direction = gradient.component_div(scale);
    let theta = direction.dot(&(&at.hessian * &direction)) / gradient.norm_squared();
    if theta > 0.0 && theta.is_finite() { theta } else { 1.0 }
}
