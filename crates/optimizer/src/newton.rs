//! Newton's method within a trust region, on the exact Hessian.
use nalgebra::DVector;

use crate::trust_region::{Matrix, TrustRegion};
use crate::{InvalidProblem, Method, Problem, Standing, Step, Stopping};

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
    /// Whether the expected Hessian, where the objective knows it, stands in for a Hessian that is not positive definite; default true.
    /// It shortens the way through regions where the Hessian misleads.
    pub safeguard: bool,
}

impl Default for Newton {
    fn default() -> Self {
        Self { stopping: Stopping::default(), accept: 1e-4, safeguard: true }
    }
}

impl Newton {
    /// Converged when `g' H^-1 g <= tolerance`.
    pub fn with_tolerance(mut self, tolerance: f64) -> Self {
        self.stopping.tolerance = tolerance;
        self
    }

    /// Whether the expected Hessian stands in for a Hessian that is not positive definite.
    pub fn with_safeguard(mut self, safeguard: bool) -> Self {
        self.safeguard = safeguard;
        self
    }

    /// The greatest number of iterations.
    pub fn with_max_iterations(mut self, max_iterations: usize) -> Self {
        self.stopping.max_iterations = max_iterations;
        self
    }
}

impl Method for Newton {
    type State = TrustRegion;

    fn name(&self) -> &'static str {
        "Newton"
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
        )
    }

    fn init(&self, problem: &Problem<'_>, start: DVector<f64>) -> TrustRegion {
        let matrix = if self.safeguard { Matrix::Safeguarded } else { Matrix::Observed };
        TrustRegion::new(problem, start, matrix)
    }

    fn step(&self, problem: &Problem<'_>, state: &mut TrustRegion) -> Step {
        state.step(problem, self.accept, self.stopping.tolerance)
    }

    fn current<'s>(&self, state: &'s TrustRegion) -> Standing<'s> {
        state.standing()
    }
}
