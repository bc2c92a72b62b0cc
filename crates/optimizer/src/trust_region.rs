//! A trust-region search, for Newton's method and Fisher scoring.
//!
//! Notation: `x` the point, `g` the gradient and `H` the matrix of the quadratic model, `D` its scale (see `local_model.rs`).
use std::sync::Arc;

use nalgebra::{DMatrix, DVector};

use crate::local_model::LocalModel;
use crate::{Curvature, Decrement, Expansion, Point, Problem, Standing, Step};

/// The matrix of the quadratic model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Matrix {
    /// The Hessian.
    Observed,
    /// The Hessian where it is safely positive definite, elsewhere its expectation if the objective knows that.
    Safeguarded,
    /// The expectation of the Hessian.
    Expected,
}

/// Where a trust-region method stands. Clones share what belongs to the point.
#[derive(Clone)]
pub struct TrustRegion {
    matrix: Matrix,
    at: Arc<Expansion>,
    /// Whether the matrix at this point is the Hessian itself.
    exact: bool,
    model: Arc<LocalModel>,
    /// The trust region is `|D s| <= radius`.
    radius: f64,
}

impl TrustRegion {
    /// The region around a point; the matrix is not finite where it is not known.
    pub(crate) fn new(problem: &Problem<'_>, start: DVector<f64>, matrix: Matrix) -> Self {
        let unknown = DMatrix::from_element(start.len(), start.len(), f64::NAN);
        let Trial { point, hessian } = Trial::new(problem, start, matrix);
        let trial = Trial { point: point.clone(), hessian };
        let (at, exact, model) = trial.complete(problem, matrix, None).unwrap_or_else(|| {
            let at = Expansion { point, hessian: unknown };
            let model = LocalModel::new(problem, &at, None);
            // Shown as it is, so that the loop sees a start that is not finite.
            (at, true, model)
        });
        let radius = model.trusted_radius();
        Self { matrix, at: at.into(), exact, model: model.into(), radius }
    }

    /// The region around a point with its Hessian.
    pub(crate) fn around(problem: &Problem<'_>, at: Expansion) -> Self {
        let model = LocalModel::new(problem, &at, None);
        let radius = model.trusted_radius();
        Self { matrix: Matrix::Observed, at: at.into(), exact: true, model: model.into(), radius }
    }

    /// Tries one step: to the point where the quadratic model is least within the region. It is accepted when the objective falls by at
    /// least the part `accept` of what the model predicts.
    ///
    /// # References
    /// Conn, Gould & Toint, "Trust-Region Methods" (2000), algorithm 6.1.1.
    pub(crate) fn step(&mut self, problem: &Problem<'_>, accept: f64, tolerance: f64) -> Step {
        let point = &self.at.point;
        // Step: the minimum of the quadratic model within the trust region and the bounds.
        let (step, length) = self.model.step(problem, &self.at, self.radius);
        let mut x = problem.bounds.project(&(&point.x + &step));
        if x == point.x && self.model.decrement.curvature == Curvature::Indefinite {
            // Down both sides of a saddle, and one side is out of bounds.
            x = problem.bounds.project(&(&point.x - &step));
        }
        let step = &x - &point.x;
        let predicted = -(problem.slope_along(point, &x, &step) + 0.5 * step.dot(&(&self.at.hessian * &step)));
        if x == point.x || !predicted.is_finite() || !length.is_finite() {
            return Step::Exhausted;
        }
        if predicted <= 0.0 {
            // Coordinates put on their bounds can leave a step that the model itself calls uphill.
            return self.reject(length);
        }
        let trial = Trial::new(problem, x, self.matrix);
        if !trial.is_finite() {
            return self.reject(length);
        }

        // Ratio of actual to predicted reduction, unless rounding hides it.
        let reduction = point.value - trial.point.value;
        if self.is_hidden(trial.point.value, predicted, tolerance) {
            return self.accept_if_nearer(problem, trial, length);
        }
        let ratio = reduction / predicted;

        // Radius, then acceptance.
        if ratio < accept {
            return self.reject(length);
        }
        let Some((at, exact, model)) = trial.complete(problem, self.matrix, Some(&self.model)) else {
            return self.reject(length);
        };
        if ratio < 0.25 {
            self.radius = 0.25 * length;
        } else if ratio > 0.75 && length > 0.8 * self.radius {
            self.radius *= 3.0;
        }
        (self.at, self.exact, self.model) = (at.into(), exact, model.into());
        Step::Accepted { length }
    }

    pub(crate) fn standing(&self) -> Standing<'_> {
        let (point, Decrement { value, .. }) = (&self.at.point, self.model.decrement);
        if self.exact {
            Standing { point, hessian: Some(&self.at.hessian), decrement: self.model.decrement }
        } else {
            Standing { point, hessian: None, decrement: Decrement::assumed(value) }
        }
    }

    /// The whole Newton step, where the Hessian is safely positive definite.
    pub(crate) fn newton_step(&self) -> Option<DVector<f64>> {
        self.model.newton_step()
    }

    fn reject(&mut self, length: f64) -> Step {
        self.radius = 0.25 * length;
        Step::Rejected { length }
    }

    /// Whether the value's rounding hides the reduction. A value that is a sum of terms which cancel has more rounding than its size
    /// says, so that below the tolerance the decrement decides, unless the value disagrees by far more than rounding.
    fn is_hidden(&self, to: f64, predicted: f64, tolerance: f64) -> bool {
        let from = self.at.point.value;
        let size = from.abs().max(to.abs());
        let below = |rounding: f64| predicted.max((from - to).abs()) <= rounding;
        let settled = self.model.decrement.value <= tolerance && below(1e-9 * size.max(1.0));
        settled || below(16.0 * f64::EPSILON * size)
    }

    /// Where only the decrement can tell: a smaller one is an improvement.
    fn accept_if_nearer(&mut self, problem: &Problem<'_>, trial: Trial, length: f64) -> Step {
        match trial.complete(problem, self.matrix, Some(&self.model)) {
            Some((at, exact, model)) if model.decrement.value < self.model.decrement.value => {
                (self.at, self.exact, self.model) = (at.into(), exact, model.into());
                Step::Accepted { length }
            }
            _ => Step::Exhausted,
        }
    }
}

/// A point that may become the next one: with the Hessian where that comes with value and gradient.
struct Trial {
    point: Point,
    hessian: Option<DMatrix<f64>>,
}

impl Trial {
    fn new(problem: &Problem<'_>, x: DVector<f64>, matrix: Matrix) -> Self {
        match matrix {
            Matrix::Observed | Matrix::Safeguarded => {
                let Expansion { point, hessian } = problem.expansion(x);
                Self { point, hessian: Some(hessian) }
            }
            Matrix::Expected => Self { point: problem.point(x), hessian: None },
        }
    }

    fn is_finite(&self) -> bool {
        self.point.is_finite() && self.hessian.iter().flatten().all(|h| h.is_finite())
    }

    /// The point with its matrix, whether that is the Hessian itself, and the quadratic model; none where the matrix is not known.
    fn complete(
        self,
        problem: &Problem<'_>,
        matrix: Matrix,
        previous: Option<&LocalModel>,
    ) -> Option<(Expansion, bool, LocalModel)> {
        let Self { point, hessian } = self;
        if let Some(hessian) = hessian {
            let at = Expansion { point, hessian };
            let model = LocalModel::new(problem, &at, previous);
            if matrix == Matrix::Observed || model.is_positive_definite() || !at.is_finite() {
                return Some((at, true, model));
            }
            let Some(expected) = problem.expected_hessian(&at.point.x) else { return Some((at, true, model)) };
            let at = Expansion { hessian: expected, ..at };
            let model = LocalModel::new(problem, &at, previous);
            return Some((at, false, model));
        }
        let hessian = problem.expected_hessian(&point.x)?;
        let at = Expansion { point, hessian };
        let model = LocalModel::new(problem, &at, previous);
        Some((at, false, model))
    }
}
