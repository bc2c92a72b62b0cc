//! A trust-region search, for Newton's method and Fisher scoring.
//!
//! Notation: `x` the point, `g` the gradient and `H` the matrix of the quadratic model, `D` its scale (see `local_model.rs`).
use std::sync::Arc;

use nalgebra::{DMatrix, DVector};

use crate::local_model::LocalModel;
use crate::objective::all_finite;
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
    place: Arc<Place>,
    /// The trust region is `|D s| <= radius`.
    radius: f64,
}

/// A point with the quadratic model there.
struct Place {
    at: Expansion,
    /// Whether the matrix is the Hessian itself.
    exact: bool,
    model: LocalModel,
}

impl Place {
    fn new(problem: &Problem<'_>, at: Expansion, exact: bool, previous: Option<&Self>) -> Self {
        let model = LocalModel::new(problem, &at, previous.map(|place| &place.model));
        Self { at, exact, model }
    }
}

impl TrustRegion {
    /// The region around a point; the matrix is not finite where it is not known.
    pub(crate) fn new(problem: &Problem<'_>, start: DVector<f64>, matrix: Matrix) -> Self {
        let place = Trial::new(problem, start, matrix).complete(problem, matrix, None).unwrap_or_else(|point| {
            let n = point.x.len();
            // Shown as it is, so that the loop sees a start that is not finite.
            Place::new(problem, Expansion { point, hessian: DMatrix::from_element(n, n, f64::NAN) }, true, None)
        });
        Self { matrix, radius: place.model.trusted_radius(), place: place.into() }
    }

    /// The region around a point with its Hessian.
    pub(crate) fn around(problem: &Problem<'_>, at: Expansion) -> Self {
        let place = Place::new(problem, at, true, None);
        Self { matrix: Matrix::Observed, radius: place.model.trusted_radius(), place: place.into() }
    }

    /// Tries one step: to the point where the quadratic model is least within the region. It is accepted when the objective falls by at
    /// least the part `accept` of what the model predicts.
    ///
    /// # References
    /// Conn, Gould & Toint, "Trust-Region Methods" (2000), algorithm 6.1.1.
    pub(crate) fn step(&mut self, problem: &Problem<'_>, accept: f64, tolerance: f64) -> Step {
        let Place { at, model, .. } = &*self.place;
        let point = &at.point;
        // Step: the minimum of the quadratic model within the trust region and the bounds.
        let (mut step, length) = model.step(problem, at, self.radius);
        let mut x = problem.bounds.project(&(&point.x + &step));
        if x == point.x && model.decrement.curvature == Curvature::Indefinite {
            // Down both sides of a saddle, and one side is out of bounds.
            x = problem.bounds.project(&(&point.x - &step));
        }
        x.sub_to(&point.x, &mut step);
        let predicted = -(problem.slope_along(point, &x, &step) + 0.5 * at.curvature_along(&step));
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
        let Ok(place) = trial.complete(problem, self.matrix, Some(&self.place)) else {
            return self.reject(length);
        };
        if ratio < 0.25 {
            self.radius = 0.25 * length;
        } else if ratio > 0.75 && length > 0.8 * self.radius {
            self.radius *= 3.0;
        }
        self.place = place.into();
        Step::Accepted { length }
    }

    pub(crate) fn standing(&self) -> Standing<'_> {
        let Place { at: Expansion { point, hessian }, exact, model } = &*self.place;
        if *exact {
            Standing { point, hessian: Some(hessian), decrement: model.decrement }
        } else {
            Standing { point, hessian: None, decrement: Decrement::assumed(model.decrement.value) }
        }
    }

    /// The whole Newton step, where the Hessian is safely positive definite.
    pub(crate) fn newton_step(&self) -> Option<DVector<f64>> {
        self.place.model.newton_step()
    }

    fn reject(&mut self, length: f64) -> Step {
        self.radius = 0.25 * length;
        Step::Rejected { length }
    }

    /// Whether the value's rounding hides the reduction. A value that is a sum of terms which cancel has more rounding than its size
    /// says, so that below the tolerance the decrement decides, unless the value disagrees by far more than rounding.
    fn is_hidden(&self, to: f64, predicted: f64, tolerance: f64) -> bool {
        let from = self.place.at.point.value;
        let size = from.abs().max(to.abs());
        let below = |rounding: f64| predicted.max((from - to).abs()) <= rounding;
        let settled = self.place.model.decrement.value <= tolerance && below(1e-9 * size.max(1.0));
        settled || below(16.0 * f64::EPSILON * size)
    }

    /// Where only the decrement can tell: a smaller one is an improvement.
    fn accept_if_nearer(&mut self, problem: &Problem<'_>, trial: Trial, length: f64) -> Step {
        match trial.complete(problem, self.matrix, Some(&self.place)) {
            Ok(place) if place.model.decrement.value < self.place.model.decrement.value => {
                self.place = place.into();
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
        self.point.is_finite() && self.hessian.as_ref().is_none_or(all_finite)
    }

    /// The point with its matrix and the quadratic model, or the point alone where the matrix is not known.
    fn complete(self, problem: &Problem<'_>, matrix: Matrix, previous: Option<&Place>) -> Result<Place, Point> {
        let Self { point, hessian } = self;
        if let Some(hessian) = hessian {
            let place = Place::new(problem, Expansion { point, hessian }, true, previous);
            if matrix == Matrix::Observed || place.model.is_positive_definite() || !place.at.is_finite() {
                return Ok(place);
            }
            let Some(hessian) = problem.expected_hessian(&place.at.point.x) else { return Ok(place) };
            return Ok(Place::new(problem, Expansion { hessian, ..place.at }, false, previous));
        }
        match problem.expected_hessian(&point.x) {
            Some(hessian) => Ok(Place::new(problem, Expansion { point, hessian }, false, previous)),
            None => Err(point),
        }
    }
}
