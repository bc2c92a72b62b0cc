//! Newton's method with an L1 penalty.
use nalgebra::DVector;

use crate::trust_region::{Matrix, TrustRegion};
use crate::{InvalidProblem, L1, Method, Problem, Standing, Step, Stopping};

/// Proximal Newton: minimises `f(x) + sum_i w_i |x_i|`. Each step goes to where the quadratic model of `f` with the penalty itself
/// is least, found by coordinate descent and made exact on the coordinates that are not zero, so that it converges
/// quadratically and zeros are exactly 0.
///
/// Steps stay within a trust region, `|s_i| <= radius / sqrt|H_ii|`: a box, in which the model has a minimum even where the Hessian
/// is indefinite or singular. The search ends as every other does, by the Newton decrement over the coordinates that are not
/// held, with the penalty's derivative in the gradient; a coordinate is held at zero where `|df/dx_i| <= w_i`. If all weights are
/// 0 it is [`Newton`](crate::Newton).
///
/// # Example
/// ```
/// use maxlik_optimizer::{Bounds, L1, Objective, ProximalNewton, minimize};
/// use nalgebra::{DMatrix, DVector, dmatrix, dvector};
///
/// /// `(x_1 - 3)^2 + (x_2 + 1)^2 / 2`
/// struct Bowl;
/// impl Objective for Bowl {
///     fn dimension(&self) -> usize {
///         2
///     }
///     fn value_gradient_hessian(&self, x: &DVector<f64>) -> (f64, DVector<f64>, DMatrix<f64>) {
///         let (u, v) = (x[0] - 3.0, x[1] + 1.0);
///         (u * u + 0.5 * v * v, dvector![2.0 * u, v], dmatrix![2.0, 0.0; 0.0, 1.0])
///     }
/// }
/// let method = ProximalNewton::new(L1 { weights: dvector![1.5, 1.5] });
/// let report = minimize(&method, &Bowl, &Bounds::none(2), &dvector![-0.7, 4.0])?;
/// assert!(report.termination.is_converged());
/// assert!((report.x[0] - 2.25).abs() < 1e-15); // 3 - 1.5 / 2
/// assert_eq!(report.x[1], 0.0); // 1 <= 1.5
/// # Ok::<(), maxlik_optimizer::InvalidProblem>(())
/// ```
///
/// # References
/// Lee, Sun & Saunders, "Proximal Newton-type methods for minimizing composite functions" (2014), algorithm 1, with a trust
/// region in place of the line search; Yuan, Ho & Lin, "An improved GLMNET for L1-regularized logistic regression" (2012).
#[derive(Clone, Debug, PartialEq)]
pub struct ProximalNewton {
    /// The penalty.
    pub penalty: L1,
    /// When to stop.
    pub stopping: Stopping,
    /// A step is accepted when the penalised objective falls by at least this part of what the model predicts; default 1e-4.
    pub accept: f64,
}

impl ProximalNewton {
    /// With default settings.
    pub fn new(penalty: L1) -> Self {
        Self { penalty, stopping: Stopping::default(), accept: 1e-4 }
    }

    /// When to stop.
    pub fn with_stopping(mut self, stopping: Stopping) -> Self {
        self.stopping = stopping;
        self
    }

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

impl Method for ProximalNewton {
    type State = TrustRegion;

    fn name(&self) -> &'static str {
        "proximal Newton"
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
        TrustRegion::new(problem, start, Matrix::Observed)
    }

    fn step(&self, problem: &Problem<'_>, state: &mut TrustRegion) -> Step {
        state.step(problem, self.accept, self.stopping.tolerance)
    }

    fn current<'s>(&self, state: &'s TrustRegion) -> Standing<'s> {
        state.standing()
    }

    fn penalty(&self) -> Option<&L1> {
        Some(&self.penalty)
    }
}
