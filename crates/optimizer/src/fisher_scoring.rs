//! Fisher scoring: Newton's method on the expected Hessian.
use nalgebra::DVector;

use crate::trust_region::{Matrix, TrustRegion};
use crate::{InvalidProblem, Method, Problem, Standing, Step, Stopping};

/// Fisher scoring within a trust region: [`Newton`](crate::Newton) with the expected information in place of the observed one.
///
/// The expected information is positive semi-definite everywhere, so that it also points downhill where the Hessian misleads; for a normal
/// density it is the matrix `J'J` of Gauss and Newton. Close to the minimum its steps converge linearly, at a rate that depends on how
/// well the model fits: there the loop goes over to the exact Hessian, as for every method that does without.
///
/// The objective must know its [`expected_hessian`](crate::Objective::expected_hessian).
///
/// # References
/// Osborne, "Fisher's method of scoring" (1992).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FisherScoring {
    /// When to stop.
    pub stopping: Stopping,
    /// A step is accepted when the objective falls by at least this part of what the model predicts; default 1e-4.
    pub accept: f64,
    /// Newton's method takes over from `g' H^-1 g <= newton_from` with the exact Hessian positive definite; default 0.01: within a
    /// tenth of a standard error of the minimum, where steps with the expected Hessian converge more slowly.
    pub newton_from: f64,
}

impl Default for FisherScoring {
    fn default() -> Self {
        Self { stopping: Stopping::default(), accept: 1e-4, newton_from: 0.01 }
    }
}

impl FisherScoring {
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

impl Method for FisherScoring {
    type State = TrustRegion;

    fn name(&self) -> &'static str {
        "Fisher scoring"
    }

    fn stopping(&self) -> Stopping {
        self.stopping
    }

    fn validate(&self) -> Result<(), InvalidProblem> {
        InvalidProblem::setting(
            "accept",
            "a number between 0 and 1",
            self.accept,
            0.0 < self.accept && self.accept < 1.0,
        )?;
        InvalidProblem::setting("newton_from", "a number of at least 0", self.newton_from, self.newton_from >= 0.0)
    }

    fn init(&self, problem: &Problem<'_>, start: DVector<f64>) -> TrustRegion {
        TrustRegion::new(problem, start, Matrix::Expected)
    }

    fn step(&self, problem: &Problem<'_>, state: &mut TrustRegion) -> Step {
        state.step(problem, self.accept, self.stopping.tolerance)
    }

    fn current<'s>(&self, state: &'s TrustRegion) -> Standing<'s> {
        state.standing()
    }

    fn newton_from(&self, _state: &TrustRegion) -> f64 {
        self.newton_from
    }
}
