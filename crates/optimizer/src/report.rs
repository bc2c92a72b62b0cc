//! What a search leaves behind.
use nalgebra::{DMatrix, DVector};

use crate::{Decrement, Evaluations, Step, Termination};

/// One line of the trace: where the method stood when an iteration began, and what its step became.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Progress {
    /// The iteration, from 0.
    pub iteration: usize,
    /// The objective.
    pub value: f64,
    /// The Newton decrement, infinite where the curvature is indefinite; of a method without exact Hessians its own estimate.
    pub decrement: f64,
    /// What became of the step; none where the loop stopped before one.
    pub step: Option<Step>,
}

/// The result of [`minimize`](crate::minimize).
#[derive(Clone, Debug)]
pub struct Report {
    /// The best point, `n`.
    pub x: DVector<f64>,
    /// The objective there, a penalty included.
    pub value: f64,
    /// The gradient there, `n`, without a penalty's.
    pub gradient: DVector<f64>,
    /// The Hessian there, `n x n`, whatever the method; `0 x 0` after [`Em::approach`](crate::Em::approach).
    pub hessian: DMatrix<f64>,
    /// The Newton decrement there.
    pub decrement: Decrement,
    /// Why the loop stopped.
    pub termination: Termination,
    /// One line per iteration.
    pub trace: Vec<Progress>,
    /// How often the objective was evaluated.
    pub evaluations: Evaluations,
    /// The name of the method that began; near the minimum Newton's makes the last steps of a method without exact Hessians.
    pub method: &'static str,
}

impl Report {
    /// The report of a search that went on from this one, with the method of this one, and the trace and evaluations of both.
    pub fn followed_by(mut self, next: Self) -> Self {
        self.trace.extend(next.trace);
        for (iteration, line) in self.trace.iter_mut().enumerate() {
            line.iteration = iteration;
        }
        Self { trace: self.trace, evaluations: self.evaluations + next.evaluations, method: self.method, ..next }
    }
}
