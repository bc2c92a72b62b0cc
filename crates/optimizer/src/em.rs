//! EM: the driver for a model's own E-step and M-step.
//!
//! Notation of Dempster, Laird & Rubin: `theta` the point, `l` the log-likelihood of the observed data and `s` its score,
//! `Q(. | theta)` the expected log-likelihood of the complete data, `M(theta)` the point that maximises it and
//! `r = M(theta) - theta`; `I_c` and `I_o` the information of the complete and of the observed data.
use std::ops::ControlFlow;

use nalgebra::{DMatrix, DVector};

use crate::em_driver::Driver;
use crate::iterate::{approach, validate};
use crate::{Bounds, EmError, Objective, Problem, Progress, Report, Stopping, minimize_watched};

/// The steps of EM for a model with missing data, in the coordinates of the objective, which is `-l`.
///
/// Results are owned by the caller. A log-likelihood that is NaN or infinite marks an impossible point. What the M-step needs
/// beyond sufficient statistics (the point of the E-step, to begin a search of its own) belongs into the statistics.
pub trait ExpectationMaximization {
    /// The expected sufficient statistics of the complete data.
    type Statistics;

    /// The log-likelihood `l(theta)` of the observed data, constants included, and the expected sufficient statistics of the
    /// complete data given them at `theta` (`n`).
    fn e_step(&self, theta: &DVector<f64>) -> (f64, Self::Statistics);

    /// The point (`n`) that maximises `Q(. | statistics)`.
    fn m_step(&self, statistics: &Self::Statistics) -> DVector<f64>;

    /// The gradient (`n`) of `Q(. | statistics)` at `theta`. By Fisher's identity it is the score where the statistics are those
    /// of `theta` itself: the driver takes the score from here.
    fn q_gradient(&self, theta: &DVector<f64>, statistics: &Self::Statistics) -> DVector<f64>;
}

/// Expectation maximisation, extrapolated by SQUAREM, that leaves the last steps to Newton's method.
///
/// The log-likelihood never falls: an extrapolation that lowers it, or leaves the bounds, is shortened towards the plain
/// map. It stops by the estimated distance to the maximum, never by the change of the log-likelihood. Near the maximum
/// `r = I_c^-1 s` (Lange 1995), and the error shrinks by `I - I_c^-1 I_o` from map to map:
///
/// # Formula
/// `s' I_o^-1 s <= s' r / (1 - rate)`, where `rate` is the greatest eigenvalue of `I - I_c^-1 I_o`, measured as
/// `s_1' r_1 / s' r_1` from one map to the next, the greater of the last two.
///
/// The rate is seen only as the slowest direction shows, so that the estimate may still be too small: it says when to ask for
/// the exact Hessian, whose Newton decrement is the verdict.
///
/// # References
/// Dempster, Laird & Rubin, "Maximum likelihood from incomplete data via the EM algorithm" (1977); Varadhan & Roland (2008);
/// Lange, "A gradient algorithm locally equivalent to the EM algorithm" (1995), equation 3.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Em {
    /// When to stop; one iteration is one map, or one extrapolation with its three maps.
    pub stopping: Stopping,
    /// Whether the maps are extrapolated by SQUAREM; default true.
    pub acceleration: bool,
    /// Newton's method takes over where more than six maps would remain, `s' I_o^-1 s <= newton_from` and the observed information
    /// is positive definite; default 1 (within one standard error).
    pub newton_from: f64,
    /// Whether the M-step maximises `Q`, which is checked; default true. False for generalised EM, whose M-step only improves `Q`.
    pub exact_m_step: bool,
}

impl Default for Em {
    fn default() -> Self {
        Self { stopping: Stopping::default(), acceleration: true, newton_from: 1.0, exact_m_step: true }
    }
}

impl Em {
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

    /// Whether the maps are extrapolated.
    pub fn with_acceleration(mut self, acceleration: bool) -> Self {
        self.acceleration = acceleration;
        self
    }

    /// The decrement from which on Newton's method may take over.
    pub fn with_newton_from(mut self, newton_from: f64) -> Self {
        self.newton_from = newton_from;
        self
    }

    /// Whether the M-step maximises `Q`.
    pub fn with_exact_m_step(mut self, exact_m_step: bool) -> Self {
        self.exact_m_step = exact_m_step;
        self
    }

    /// Minimises `objective`, minus the log-likelihood of the observed data, between `bounds` from `start` (`n`).
    ///
    /// The steps are [checked](Em::check) against the objective at the start, and again where the search ends: a wrong step does
    /// not pass unseen where Newton's method has found the maximum.
    ///
    /// # Errors
    /// If the problem is invalid or a step contradicts the objective.
    pub fn minimize<S: ExpectationMaximization>(
        &self,
        steps: &S,
        objective: &dyn Objective,
        bounds: &Bounds,
        start: &DVector<f64>,
    ) -> Result<Report, EmError> {
        self.minimize_watched(steps, objective, bounds, start, &mut |_| ControlFlow::Continue(()))
    }

    /// [`Em::minimize`] under watch, as [`minimize_watched`].
    ///
    /// # Errors
    /// As [`Em::minimize`].
    pub fn minimize_watched<S: ExpectationMaximization>(
        &self,
        steps: &S,
        objective: &dyn Objective,
        bounds: &Bounds,
        start: &DVector<f64>,
        watch: &mut dyn FnMut(&Progress) -> ControlFlow<()>,
    ) -> Result<Report, EmError> {
        validate(objective.dimension(), bounds, start, None)?;
        let problem = Problem::new(objective, bounds, None);
        self.check_at_start(steps, &problem, &bounds.project(start))?;
        let mut report = minimize_watched(&Driver { em: *self, steps }, objective, bounds, start, watch)?;
        self.check_at_end(steps, &problem, &report)?;
        report.evaluations = report.evaluations + problem.evaluations();
        Ok(report)
    }

    /// Follows the steps to where EM's own estimate of the decrement is within the tolerance, without an objective to compare them with:
    /// to rank starts before the best is [minimised](Em::minimize), or for so many variables that a Hessian is out of reach.
    ///
    /// The report's Hessian is empty, and it ends as [`Termination::Estimated`](crate::Termination::Estimated) at best.
    ///
    /// # Errors
    /// If the problem is invalid.
    ///
    /// # Example
    /// ```
    /// use maxlik_optimizer::{Bounds, Em, ExpectationMaximization, Termination};
    /// use nalgebra::{DVector, dvector};
    ///
    /// /// Linkage of 197 animals in four classes (Rao 1965): the first is a mixture of 1/2 and p / 4.
    /// struct Linkage;
    /// impl ExpectationMaximization for Linkage {
    ///     type Statistics = f64;
    ///     fn e_step(&self, p: &DVector<f64>) -> (f64, f64) {
    ///         let p = p[0];
    ///         (125.0 * (2.0 + p).ln() + 38.0 * (1.0 - p).ln() + 34.0 * p.ln(), 125.0 * p / (2.0 + p))
    ///     }
    ///     fn m_step(&self, x: &f64) -> DVector<f64> {
    ///         dvector![(x + 34.0) / (x + 72.0)]
    ///     }
    ///     fn q_gradient(&self, p: &DVector<f64>, x: &f64) -> DVector<f64> {
    ///         dvector![(x + 34.0) / p[0] - 38.0 / (1.0 - p[0])]
    ///     }
    /// }
    /// let bounds = Bounds { lower: dvector![0.0], upper: dvector![1.0] };
    /// let report = Em::default().approach(&Linkage, &bounds, &dvector![0.5])?;
    /// assert!(matches!(report.termination, Termination::Estimated { .. }));
    /// assert!((report.x[0] - 0.626_821_497_9).abs() < 1e-6);
    /// # Ok::<(), maxlik_optimizer::EmError>(())
    /// ```
    pub fn approach<S: ExpectationMaximization>(
        &self,
        steps: &S,
        bounds: &Bounds,
        start: &DVector<f64>,
    ) -> Result<Report, EmError> {
        let nothing = Unknown(start.len());
        Ok(approach(&Driver { em: *self, steps }, &nothing, bounds, start)?)
    }
}

/// An objective of which only the number of variables is known.
struct Unknown(usize);

impl Objective for Unknown {
    fn dimension(&self) -> usize {
        self.0
    }

    fn value_gradient_hessian(&self, _x: &DVector<f64>) -> (f64, DVector<f64>, DMatrix<f64>) {
        unreachable!("bug: EM alone was asked for its objective")
    }
}
