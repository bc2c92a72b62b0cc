//! Gradient ascent with a line search.
//!
//! Notation of Nocedal & Wright: `p` the direction, `alpha` the step length, `rho` and `c` the constants of the backtracking;
//! `s` and `y` the last step and the change of the gradient. `D` is the scale (see `diagonal_scale.rs`).
use nalgebra::DVector;

use crate::diagonal_scale::{diagonal_decrement, diagonal_scale};
use crate::{Decrement, InvalidProblem, Method, Point, Problem, Standing, Step, Stopping};

/// Ascent along the gradient of the log-likelihood, which is steepest descent of the objective, minus the log-likelihood.
///
/// The textbook's method, to compare others with: it converges linearly, at a rate of `1 - 2 / kappa` a step or so for a Hessian of
/// condition `kappa`. Steps are made in the scale `D_i = sqrt |H_ii|` of the Hessian at the start, so that they do not depend on the
/// units of the coordinates. The line search begins with the step of Barzilai & Borwein and steps back until Armijo's condition holds;
/// steps that leave the bounds are projected on them.
///
/// Where the steps are used up, the result is [`Approximate`](crate::Termination::Approximate), unless the exact Newton decrement says
/// that it has converged.
///
/// # Formula
/// `x(alpha) = P(x + alpha p)` with `p = -D^-2 g` and the projection `P` on the bounds; accepted when
/// `f(x(alpha)) <= f(x) + c g'(x(alpha) - x)`.
///
/// # References
/// Nocedal & Wright, "Numerical Optimization" (2006), algorithm 3.1; Barzilai & Borwein, "Two-point step size gradient methods" (1988),
/// the step that makes `|s - alpha y|` least; Bertsekas, "On the Goldstein-Levitin-Polyak gradient projection method" (1976), for the bounds; Hager & Zhang, "A new
/// conjugate gradient method with guaranteed descent and an efficient line search" (2005), equation (4.1), where rounding hides the
/// decrease.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct GradientAscent {
    /// The number of steps after which the result is an approximation; default 1000.
    pub steps: usize,
    /// Converged when `g' H^-1 g <= tolerance`; default 1e-10.
    pub tolerance: f64,
    /// A step must lower the objective by this part of what the slope promises, `f(x(alpha)) <= f(x) + decrease g'(x(alpha) - x)`;
    /// default 1e-4.
    pub decrease: f64,
    /// A step that does not is multiplied by this number between 0 and 1; default 0.5.
    pub shrink: f64,
}

impl Default for GradientAscent {
    fn default() -> Self {
        Self { steps: 1000, tolerance: Stopping::default().tolerance, decrease: 1e-4, shrink: 0.5 }
    }
}

impl GradientAscent {
    /// The number of steps after which the result is an approximation.
    pub fn with_steps(mut self, steps: usize) -> Self {
        self.steps = steps;
        self
    }

    /// Converged when `g' H^-1 g <= tolerance`.
    pub fn with_tolerance(mut self, tolerance: f64) -> Self {
        self.tolerance = tolerance;
        self
    }
}

/// Where gradient ascent stands.
#[derive(Clone)]
pub struct GradientAscentState {
    point: Point,
    /// `D`
    scale: DVector<f64>,
    /// The step length to try first.
    alpha: f64,
    decrement: f64,
    /// Steps made.
    steps: usize,
}

/// A step shrinks so many times at most: by 1e30 at the default of a half.
const TRIALS: usize = 100;

/// Values count as equal where `|f(x(alpha)) - f(x)| <= 1e-10 |f(x)|`.
const HIDDEN: f64 = 1e-10;

impl Method for GradientAscent {
    type State = GradientAscentState;

    fn name(&self) -> &'static str {
        "gradient ascent"
    }

    fn stopping(&self) -> Stopping {
        // The method counts its steps itself.
        Stopping { tolerance: self.tolerance, max_iterations: usize::MAX, ..Stopping::default() }
    }

    fn validate(&self) -> Result<(), InvalidProblem> {
        let between = |setting, found: f64| {
            InvalidProblem::setting(setting, "a number between 0 and 1", found, 0.0 < found && found < 1.0)
        };
        between("decrease", self.decrease)?;
        between("shrink", self.shrink)
    }

    fn init(&self, problem: &Problem<'_>, start: DVector<f64>) -> GradientAscentState {
        let at = problem.expansion(start);
        let scale = diagonal_scale(&at, 1);
        let decrement = diagonal_decrement(problem, &at.point, &scale);
        GradientAscentState { point: at.point, scale, alpha: 1.0, decrement, steps: 0 }
    }

    fn step(&self, problem: &Problem<'_>, state: &mut GradientAscentState) -> Step {
        if state.steps >= self.steps {
            return Step::Finished;
        }
        let Some((alpha, trial)) = self.line_search(problem, state) else {
            return Step::Exhausted;
        };

        // The step length to try next: that of Barzilai & Borwein, or a longer one where the curvature is negative.
        let s = (&trial.x - &state.point.x).component_mul(&state.scale);
        let y = (&trial.gradient - &state.point.gradient).component_div(&state.scale);
        let barzilai_borwein = s.dot(&y) / y.norm_squared();
        state.alpha =
            if barzilai_borwein > 0.0 && barzilai_borwein.is_finite() { barzilai_borwein } else { 2.0 * alpha };

        state.decrement = diagonal_decrement(problem, &trial, &state.scale);
        state.point = trial;
        state.steps += 1;
        Step::Accepted { length: s.norm() }
    }

    fn current<'s>(&self, state: &'s GradientAscentState) -> Standing<'s> {
        Standing { point: &state.point, hessian: None, decrement: Decrement::assumed(state.decrement) }
    }
}

impl GradientAscent {
    /// The step length and the point there; none where no step along the gradient lowers the objective.
    fn line_search(&self, problem: &Problem<'_>, state: &GradientAscentState) -> Option<(f64, Point)> {
        let GradientAscentState { point, scale, .. } = state;
        let p = -point.gradient.component_div(scale).component_div(scale);
        let mut alpha = state.alpha;
        for _ in 0..TRIALS {
            let x = problem.bounds.project(&(&point.x + &p * alpha));
            if x == point.x {
                return None;
            }
            let trial = problem.point(x);
            let step = &trial.x - &point.x;
            if trial.is_finite() && change(point, &trial, &step) <= self.decrease * point.gradient.dot(&step) {
                return Some((alpha, trial));
            }
            alpha *= self.shrink;
        }
        None
    }
}

/// `f(x + step) - f(x)`; where rounding hides it, what the slopes at both ends say.
fn change(from: &Point, to: &Point, step: &DVector<f64>) -> f64 {
    let difference = to.value - from.value;
    if difference.abs() <= HIDDEN * from.value.abs() {
        0.5 * (from.gradient.dot(step) + to.gradient.dot(step))
    } else {
        difference
    }
}
