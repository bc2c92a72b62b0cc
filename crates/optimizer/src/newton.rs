//! Newton's method within a trust region, on the exact Hessian.
//!
//! Notation: `x` the point, `g` and `H` gradient and Hessian there, `D` a diagonal scale with `D_i ~ sqrt|H_ii|`, so that
//! lengths `|D s|` do not depend on units (for a negative log-likelihood they are measured in standard errors).
use nalgebra::{Cholesky, DMatrix, DVector};

use crate::trust_region::QuadraticModel;
use crate::{Curvature, Decrement, Method, Point, Problem, Step, Stopping};

/// Trust-region Newton: converges quadratically near a minimum, and from far away goes downhill even where the Hessian is
/// indefinite or singular.
///
/// Coordinates on a bound whose gradient points outwards are held, and released when it turns.
///
/// # References
/// Moré & Sorensen, "Computing a trust region step" (1983); Conn, Gould & Toint, "Trust-Region Methods" (2000), algorithm
/// 6.1.1; Bertsekas, "Projected Newton methods" (1982) for the held coordinates.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Newton {
    /// When to stop.
    pub stopping: Stopping,
    /// A step is accepted when the objective falls by at least this part of what the model predicts; default 1e-4.
    pub accept: f64,
}

impl Default for Newton {
    fn default() -> Self {
        Self { stopping: Stopping::default(), accept: 1e-4 }
    }
}

impl Newton {
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
}

/// Where Newton's method stands.
#[derive(Clone)]
pub struct NewtonState {
    point: Point,
    model: LocalModel,
    /// The trust region is `|D s| <= radius`.
    radius: f64,
}

impl Method for Newton {
    type State = NewtonState;

    fn name(&self) -> &'static str {
        "Newton"
    }

    fn stopping(&self) -> Stopping {
        self.stopping
    }

    fn init(&self, problem: &Problem<'_>, start: DVector<f64>) -> NewtonState {
        let point = problem.point(start);
        let model = LocalModel::new(problem, &point, None);
        // Trust the Newton step where there is one; else the gradient in a scale where the Hessian has a unit diagonal.
        let newton = model.newton.as_ref().map(DVector::norm);
        let radius = newton.unwrap_or_else(|| model.gradient.norm()).max(1.0);
        NewtonState { point, model, radius }
    }

    fn step(&self, problem: &Problem<'_>, state: &mut NewtonState) -> Step {
        // Step: the minimum of the quadratic model within the trust region and the bounds.
        let (step, length) = state.model.step(problem, &state.point, state.radius);
        let mut x = problem.bounds.project(&(&state.point.x + &step));
        if x == state.point.x && state.model.decrement.curvature == Curvature::Indefinite {
            // Down both sides of a saddle, and one side is out of bounds.
            x = problem.bounds.project(&(&state.point.x - &step));
        }
        let step = &x - &state.point.x;
        let predicted = -(state.point.gradient.dot(&step) + 0.5 * step.dot(&(&state.point.hessian * &step)));
        if x == state.point.x || !predicted.is_finite() || !length.is_finite() {
            return Step::Exhausted;
        }
        if predicted <= 0.0 {
            // Coordinates put on their bounds can leave a step that the model itself calls uphill.
            state.radius = 0.25 * length;
            return Step::Rejected { length };
        }
        let trial = problem.point(x);
        if !trial.is_finite() {
            state.radius = 0.25 * length;
            return Step::Rejected { length };
        }

        // Ratio of actual to predicted reduction. Where the value's rounding hides the reduction, only the decrement can tell: a
        // value that is a sum of terms which cancel has more rounding than its size says, so that below the tolerance the
        // decrement decides, unless the value disagrees by far more than rounding.
        let reduction = state.point.value - trial.value;
        let size = state.point.value.abs().max(trial.value.abs());
        let hidden = |rounding: f64| predicted.max(reduction.abs()) <= rounding;
        let settled = state.model.decrement.value <= self.stopping.tolerance && hidden(1e-9 * size.max(1.0));
        if settled || hidden(16.0 * f64::EPSILON * size) {
            let model = LocalModel::new(problem, &trial, Some(&state.model));
            if model.decrement.value < state.model.decrement.value {
                (state.point, state.model) = (trial, model);
                return Step::Accepted { length };
            }
            return Step::Exhausted;
        }
        let ratio = reduction / predicted;

        // Radius, then acceptance.
        if ratio < 0.25 {
            state.radius = 0.25 * length;
        } else if ratio > 0.75 && length > 0.8 * state.radius {
            state.radius *= 3.0;
        }
        if ratio < self.accept {
            return Step::Rejected { length };
        }
        state.model = LocalModel::new(problem, &trial, Some(&state.model));
        state.point = trial;
        Step::Accepted { length }
    }

    fn current<'s>(&self, state: &'s NewtonState) -> (&'s Point, Decrement) {
        (&state.point, state.model.decrement)
    }
}

/// The quadratic model at a point over the coordinates that are not held, in the scale `D`.
#[derive(Clone)]
struct LocalModel {
    /// `D`, all coordinates.
    scale: DVector<f64>,
    /// The coordinates that are not held on a bound.
    moving: Vec<usize>,
    /// `D^-1 g` over the moving coordinates.
    gradient: DVector<f64>,
    /// The scaled Newton step where the Hessian is safely positive definite.
    newton: Option<DVector<f64>>,
    decrement: Decrement,
}

impl LocalModel {
    fn new(problem: &Problem<'_>, point: &Point, previous: Option<&Self>) -> Self {
        let n = point.x.len();
        let scale = DVector::from_fn(n, |i, _| {
            let curvature = point.hessian[(i, i)].abs().sqrt();
            // The scale may shrink by half a step only: a passing inflection must not open the region wide.
            let memory = previous.map_or(0.0, |model| 0.5 * model.scale[i]);
            let scale = curvature.max(memory);
            if scale > 0.0 {
                scale
            } else if point.gradient[i] != 0.0 {
                point.gradient[i].abs()
            } else {
                1.0
            }
        });
        let moving: Vec<usize> = (0..n).filter(|&i| !problem.bounds.holds(i, point.x[i], point.gradient[i])).collect();
        let gradient = DVector::from_fn(moving.len(), |i, _| point.gradient[moving[i]] / scale[moving[i]]);
        let (newton, decrement) = match safe_cholesky(scaled_hessian(point, &scale, &moving)) {
            Some(cholesky) => {
                let newton = -cholesky.solve(&gradient);
                let value = 0.0 - newton.dot(&gradient);
                (Some(newton), Decrement { value, curvature: Curvature::PositiveDefinite })
            }
            None => (None, QuadraticModel::new(&gradient, scaled_hessian(point, &scale, &moving)).decrement()),
        };
        Self { scale, moving, gradient, newton, decrement }
    }

    /// The unscaled step over all coordinates and its scaled length.
    ///
    /// Where the step would cross bounds, the coordinates that cross are put on their bounds and the others are solved for again.
    fn step(&self, problem: &Problem<'_>, point: &Point, radius: f64) -> (DVector<f64>, f64) {
        let n = point.x.len();
        let mut step = DVector::zeros(n);
        if let Some(newton) = &self.newton
            && newton.norm() <= radius
        {
            for (&i, s) in self.moving.iter().zip(newton) {
                step[i] = s / self.scale[i];
            }
            if (0..n).all(|i| problem.bounds.contain(i, point.x[i] + step[i])) {
                return (step, newton.norm());
            }
            step.fill(0.0);
        }
        let mut moving = self.moving.clone();
        loop {
            let shifted = &point.gradient + &point.hessian * &step; // gradient with the coordinates already fixed
            let gradient = DVector::from_fn(moving.len(), |i, _| shifted[moving[i]] / self.scale[moving[i]]);
            let model = QuadraticModel::new(&gradient, scaled_hessian(point, &self.scale, &moving));
            let scaled = model.minimize_within(radius);
            let mut crossed = false;
            let mut inside = Vec::with_capacity(moving.len());
            for (&i, s) in moving.iter().zip(&scaled) {
                let to = point.x[i] + s / self.scale[i];
                if problem.bounds.contain(i, to) {
                    inside.push((i, s / self.scale[i]));
                } else {
                    step[i] = to.max(problem.bounds.lower[i]).min(problem.bounds.upper[i]) - point.x[i];
                    crossed = true;
                }
            }
            if !crossed || inside.is_empty() {
                for (i, s) in inside {
                    step[i] = s;
                }
                let length = step.component_mul(&self.scale).norm();
                return (step, length);
            }
            moving = inside.into_iter().map(|(i, _)| i).collect();
        }
    }
}

/// `D^-1 H D^-1` over some coordinates.
fn scaled_hessian(point: &Point, scale: &DVector<f64>, moving: &[usize]) -> DMatrix<f64> {
    DMatrix::from_fn(moving.len(), moving.len(), |i, j| {
        let (i, j) = (moving[i], moving[j]);
        point.hessian[(i, j)] / scale[i] / scale[j]
    })
}

/// The Cholesky factorization, unless a pivot is so small that the matrix may as well be singular (1e-12 of its diagonal).
fn safe_cholesky(hessian: DMatrix<f64>) -> Option<Cholesky<f64, nalgebra::Dyn>> {
    let cholesky = Cholesky::new(hessian)?;
    let factor = cholesky.l_dirty();
    // A row of the factor has the squared length of the diagonal entry.
    let safe = (0..factor.nrows()).all(|i| {
        let diagonal: f64 = (0..=i).map(|j| factor[(i, j)].powi(2)).sum();
        factor[(i, i)].powi(2) > 1e-12 * diagonal
    });
    safe.then_some(cholesky)
}
