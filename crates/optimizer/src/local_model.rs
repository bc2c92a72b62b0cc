//! The quadratic model of the objective at a point.
//!
//! Notation: `x` the point, `g` and `H` gradient and Hessian there, `D` a diagonal scale with `D_i ~ sqrt|H_ii|`, so that
//! lengths `|D s|` do not depend on units (for a negative log-likelihood they are measured in standard errors).
use nalgebra::{Cholesky, DMatrix, DVector};

use crate::coordinate_descent::PenalizedModel;
use crate::quadratic_model::QuadraticModel;
use crate::{Curvature, Decrement, Expansion, L1, Point, Problem};

/// The quadratic model at a point over the coordinates that are not held, in the scale `D`.
#[derive(Clone)]
pub(crate) struct LocalModel {
    /// `D`, all coordinates.
    scale: DVector<f64>,
    /// The Newton step over all coordinates where the Hessian is safely positive definite.
    newton: Option<DVector<f64>>,
    /// The scaled length of the Newton step; without one, that of the gradient.
    length: f64,
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
        let moving = moving(problem, point);
        let mut gradient = scaled_gradient(problem, point, &scale, &moving);
        let hessian = scaled_hessian(&at.hessian, &scale, &moving);
        if let Some(cholesky) = safe_cholesky(hessian) {
            // L^-1 g, whose squared length is g' H^-1 g; then L'^-1 L^-1 g, from which the step leads away.
            let factor = cholesky.l_dirty();
            factor.solve_lower_triangular_unchecked_mut(&mut gradient);
            let value = gradient.norm_squared();
            factor.ad_solve_lower_triangular_unchecked_mut(&mut gradient);
            let mut newton = DVector::zeros(n);
            for (&i, s) in moving.iter().zip(&gradient) {
                newton[i] = -s / scale[i];
            }
            let decrement = Decrement { value, curvature: Curvature::PositiveDefinite };
            return Self { scale, newton: Some(newton), length: gradient.norm(), decrement };
        }
        let decrement = if at.is_finite() {
            let hessian = scaled_hessian(&at.hessian, &scale, &moving);
            let decrement = QuadraticModel::new(&gradient, hessian).decrement();
            let level = decrement.curvature == Curvature::Singular;
            let curvature = if level && is_definite_off_kinks(problem, at, &scale, &moving) {
                Curvature::PositiveDefinite
            } else {
                decrement.curvature
            };
            Decrement { curvature, ..decrement }
        } else {
            Decrement::INDEFINITE
        };
        Self { scale, newton: None, length: gradient.norm(), decrement }
    }

    /// A radius that trusts the Newton step where there is one, else the gradient in the scale where the Hessian has a unit diagonal.
    pub(crate) fn trusted_radius(&self) -> f64 {
        self.length.max(1.0)
    }

    /// Whether the Hessian is safely positive definite.
    pub(crate) fn is_positive_definite(&self) -> bool {
        self.newton.is_some()
    }

    /// The unscaled Newton step where the Hessian is safely positive definite.
    pub(crate) fn newton_step(&self) -> Option<DVector<f64>> {
        self.newton.clone()
    }

    /// The unscaled step over all coordinates and its scaled length.
    ///
    /// Where the step would cross bounds, the coordinates that cross are put on their bounds and the others are solved for again.
    pub(crate) fn step(&self, problem: &Problem<'_>, at: &Expansion, radius: f64) -> (DVector<f64>, f64) {
        if let Some(penalty) = problem.penalty {
            return self.proximal_step(problem, penalty, at, radius);
        }
        let (point, n) = (&at.point, at.point.x.len());
        if let Some(newton) = &self.newton
            && self.length <= radius
            && (0..n).all(|i| problem.bounds.contain(i, point.x[i] + newton[i]))
        {
            return (newton.clone(), self.length);
        }
        let mut step = DVector::zeros(n);
        let mut moving = moving(problem, point);
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
            let moving = moving(problem, &at.point);
            let gradient = scaled_gradient(problem, &at.point, &self.scale, &moving);
            let off = QuadraticModel::new(&gradient, scaled_hessian(&at.hessian, &self.scale, &moving));
            for (&i, s) in moving.iter().zip(&off.minimize_within(radius)) {
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

/// The coordinates that are not held.
fn moving(problem: &Problem<'_>, point: &Point) -> Vec<usize> {
    (0..point.x.len()).filter(|&i| !problem.holds(i, point)).collect()
}

/// `D^-1 g` over some coordinates.
fn scaled_gradient(problem: &Problem<'_>, point: &Point, scale: &DVector<f64>, moving: &[usize]) -> DVector<f64> {
    DVector::from_fn(moving.len(), |i, _| problem.slope(moving[i], point) / scale[moving[i]])
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
