//! A trust-region search, for Newton's method and Fisher scoring.
//!
//! Notation: `x` the point, `g` the gradient and `H` the matrix of the quadratic model, `D` its scale (see `local_model.rs`).
use nalgebra::DVector;

use crate::local_model::LocalModel;
use crate::{Curvature, Expansion, Problem, Standing, Step};

/// Where a trust-region method stands.
#[derive(Clone)]
pub struct TrustRegion {
    at: Expansion,
    model: LocalModel,
    /// The trust region is `|D s| <= radius`.
    radius: f64,
}

impl TrustRegion {
    pub(crate) fn new(problem: &Problem<'_>, at: Expansion) -> Self {
        let model = LocalModel::new(problem, &at, None);
        let radius = model.trusted_radius();
        Self { at, model, radius }
    }

    /// Tries one step: to the point where the quadratic model is least within the region, which `expand` evaluates. It is accepted when the
    /// objective falls by at least the part `accept` of what the model predicts.
    ///
    /// # References
    /// Conn, Gould & Toint, "Trust-Region Methods" (2000), algorithm 6.1.1.
    pub(crate) fn step(
        &mut self,
        problem: &Problem<'_>,
        expand: impl Fn(DVector<f64>) -> Expansion,
        accept: f64,
        tolerance: f64,
    ) -> Step {
        let point = &self.at.point;
        // Step: the minimum of the quadratic model within the trust region and the bounds.
        let (step, length) = self.model.step(problem, &self.at, self.radius);
        let mut x = problem.bounds.project(&(&point.x + &step));
        if x == point.x && self.model.decrement.curvature == Curvature::Indefinite {
            // Down both sides of a saddle, and one side is out of bounds.
            x = problem.bounds.project(&(&point.x - &step));
        }
        let step = &x - &point.x;
        let predicted = -(point.gradient.dot(&step) + 0.5 * step.dot(&(&self.at.hessian * &step)));
        if x == point.x || !predicted.is_finite() || !length.is_finite() {
            return Step::Exhausted;
        }
        if predicted <= 0.0 {
            // Coordinates put on their bounds can leave a step that the model itself calls uphill.
            self.radius = 0.25 * length;
            return Step::Rejected { length };
        }
        let trial = expand(x);
        if !trial.is_finite() {
            self.radius = 0.25 * length;
            return Step::Rejected { length };
        }

        // Ratio of actual to predicted reduction, unless rounding hides it.
        let reduction = point.value - trial.point.value;
        if self.is_hidden(&trial, predicted, tolerance) {
            return self.accept_if_nearer(problem, trial, length);
        }
        let ratio = reduction / predicted;

        // Radius, then acceptance.
        if ratio < 0.25 {
            self.radius = 0.25 * length;
        } else if ratio > 0.75 && length > 0.8 * self.radius {
            self.radius *= 3.0;
        }
        if ratio < accept {
            return Step::Rejected { length };
        }
        self.model = LocalModel::new(problem, &trial, Some(&self.model));
        self.at = trial;
        Step::Accepted { length }
    }

    pub(crate) fn standing(&self) -> Standing<'_> {
        Standing { point: &self.at.point, hessian: Some(&self.at.hessian), decrement: self.model.decrement }
    }

    /// The whole Newton step, where the Hessian is safely positive definite.
    pub(crate) fn newton_step(&self) -> Option<DVector<f64>> {
        self.model.newton_step()
    }

    /// Whether the value's rounding hides the reduction. A value that is a sum of terms which cancel has more rounding than its size
    /// says, so that below the tolerance the decrement decides, unless the value disagrees by far more than rounding.
    fn is_hidden(&self, trial: &Expansion, predicted: f64, tolerance: f64) -> bool {
        let (from, to) = (self.at.point.value, trial.point.value);
        let size = from.abs().max(to.abs());
        let below = |rounding: f64| predicted.max((from - to).abs()) <= rounding;
        let settled = self.model.decrement.value <= tolerance && below(1e-9 * size.max(1.0));
        settled || below(16.0 * f64::EPSILON * size)
    }

    /// Where only the decrement can tell: a smaller one is an improvement.
    fn accept_if_nearer(&mut self, problem: &Problem<'_>, trial: Expansion, length: f64) -> Step {
        let model = LocalModel::new(problem, &trial, Some(&self.model));
        if model.decrement.value < self.model.decrement.value {
            (self.at, self.model) = (trial, model);
            return Step::Accepted { length };
        }
        Step::Exhausted
    }
}
