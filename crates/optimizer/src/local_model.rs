//! The quadratic model of the objective at a point.
//!
//! Notation: `x` the point, `g` and `H` gradient and Hessian there, `D` a diagonal scale with `D_i ~ sqrt|H_ii|`, so that
//! lengths `|D s|` do not depend on units (for a negative log-likelihood they are measured in standard errors).
use nalgebra::{Cholesky, DMatrix, DVector};

use crate::coordinate_descent::PenalizedModel;
use crate::quadratic_model::QuadraticModel;
use crate::{Curvature, Decrement, Expansion, L1, Problem};

/// The quadratic model at a point over the coordinates that are not held, in the scale `D`.
#[derive(Clone)]
pub(crate) struct LocalModel {
    /// `D`, all coordinates.
    scale: DVector<f64>,
    /// The coordinates that are not held.
    moving: Vec<usize>,
    /// `D^-1 g` over the moving coordinates.
    gradient: DVector<f64>,
    /// The scaled Newton step where the Hessian is safely positive definite.
    newton: Option<DVector<f64>>,
    pub(crate) decrement: Decrement,
}

impl LocalModel {
    pub(crate) fn new(problem: &Problem<'_>, at: &Expansion, previous: Option<&Self>) -> Self {
        let (point, n) = (&at.point, at.point.x.len());
        let scale = DVector::from_fn(n, |i, _| {
            let curvature = at.hessian[(i, i)].abs().sqrt();
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
        let moving: Vec<usize> = (0..n).filter(|&i| !problem.holds(i, point)).collect();
        let gradient = DVector::from_fn(moving.len(), |i, _| problem.slope(moving[i], point) / scale[moving[i]]);
        let (newton, decrement) = match safe_cholesky(scaled_hessian(&at.hessian, &scale, &moving)) {
            Some(cholesky) => {
                let mut newton = gradient.clone();
                cholesky.solve_mut(&mut newton);
                newton.neg_mut();
                let value = 0.0 - newton.dot(&gradient);
                (Some(newton), Decrement { value, curvature: Curvature::PositiveDefinite })
            }
            None if !at.is_finite() => (None, Decrement::INDEFINITE),
            None => {
                let mut decrement =
                    QuadraticModel::new(&gradient, scaled_hessian(&at.hessian, &scale, &moving)).decrement();
                if decrement.curvature == Curvature::Singular && is_definite_off_kinks(problem, at, &scale, &moving) {
                    decrement.curvature = Curvature::PositiveDefinite;
                }
                (None, decrement)
            }
        };
        Self { scale, moving, gradient, newton, decrement }
    }

    /// A radius that trusts the Newton step where there is one, else the gradient in the scale where the Hessian has a unit diagonal.
    pub(crate) fn trusted_radius(&self) -> f64 {
        self.newton.as_ref().unwrap_or(&self.gradient).norm().max(1.0)
    }

    /// Whether the Hessian is safely positive definite.
    pub(crate) fn is_positive_definite(&self) -> bool {
        self.newton.is_some()
    }

    /// The unscaled Newton step where the Hessian is safely positive definite.
    pub(crate) fn newton_step(&self) -> Option<DVector<f64>> {
        let mut step = DVector::zeros(self.scale.len());
        for (&i, s) in self.moving.iter().zip(self.newton.as_ref()?) {
            step[i] = s / self.scale[i];
        }
        Some(step)
    }

    /// The unscaled step over all coordinates and its scaled length.
    ///
    /// Where the step would cross bounds, the coordinates that cross are put on their bounds and the others are solved for again.
    pub(crate) fn step(&self, problem: &Problem<'_>, at: &Expansion, radius: f64) -> (DVector<f64>, f64) {
        if let Some(penalty) = problem.penalty {
            return self.proximal_step(problem, penalty, at, radius);
        }
        let (point, n) = (&at.point, at.point.x.len());
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
            let shifted = &point.gradient + &at.hessian * &step; // gradient with the coordinates already fixed
            let gradient = DVector::from_fn(moving.len(), |i, _| shifted[moving[i]] / self.scale[moving[i]]);
            let model = QuadraticModel::new(&gradient, scaled_hessian(&at.hessian, &self.scale, &moving));
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

    /// The step to where the model with the penalty is least, within the bounds and the box `|D_i s_i| <= radius`, and its
    /// longest coordinate.
    fn proximal_step(&self, problem: &Problem<'_>, penalty: &L1, at: &Expansion, radius: f64) -> (DVector<f64>, f64) {
        let (x, bounds) = (&at.point.x, problem.bounds);
        let room = self.scale.map(|scale| radius / scale);
        let model = PenalizedModel {
            x,
            gradient: &at.point.gradient,
            hessian: &at.hessian,
            weights: &penalty.weights,
            lower: (x - &room).sup(&bounds.lower),
            upper: (x + &room).inf(&bounds.upper),
        };
        let mut step = model.minimize() - x;
        if step.iter().all(|&s| s == 0.0) && self.decrement.curvature == Curvature::Indefinite {
            // A saddle that single coordinates cannot see.
            let off = QuadraticModel::new(&self.gradient, scaled_hessian(&at.hessian, &self.scale, &self.moving));
            for (&i, s) in self.moving.iter().zip(&off.minimize_within(radius)) {
                step[i] = s / self.scale[i];
            }
            step = problem.short_of_kinks(&at.point, step);
        }
        let length = step.component_mul(&self.scale).amax();
        (step, length)
    }
}

/// Whether the Hessian is safely positive definite over the moving coordinates that do not stand at a kink of the penalty. A level
/// direction in which one leaves its kink leads nowhere: as one of two equal columns comes in, the other goes out.
fn is_definite_off_kinks(problem: &Problem<'_>, at: &Expansion, scale: &DVector<f64>, moving: &[usize]) -> bool {
    let Some(penalty) = problem.penalty else { return false };
    let off_kinks: Vec<usize> =
        moving.iter().copied().filter(|&i| at.point.x[i] != 0.0 || penalty.weights[i] == 0.0).collect();
    safe_cholesky(scaled_hessian(&at.hessian, scale, &off_kinks)).is_some()
}

/// `D^-1 H D^-1` over some coordinates.
fn scaled_hessian(hessian: &DMatrix<f64>, scale: &DVector<f64>, moving: &[usize]) -> DMatrix<f64> {
    DMatrix::from_fn(moving.len(), moving.len(), |i, j| {
        let (i, j) = (moving[i], moving[j]);
        hessian[(i, j)] / scale[i] / scale[j]
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
