//! What a method of optimization supplies to the loop.
use nalgebra::{DMatrix, DVector};

use crate::objective::all_finite;
use crate::{Decrement, InvalidProblem, L1, Point, Problem, Stopping};

/// An iterative method: how to begin and how to make one step. The loop does the rest.
pub trait Method {
    /// What the method keeps from step to step.
    type State: Clone;

    /// The name to print.
    fn name(&self) -> &'static str;

    /// When to stop.
    fn stopping(&self) -> Stopping;

    /// Checks the method's own settings.
    ///
    /// # Errors
    /// The first setting that is out of its range.
    fn validate(&self) -> Result<(), InvalidProblem> {
        Ok(())
    }

    /// The state at the start, a point within the bounds.
    fn init(&self, problem: &Problem<'_>, start: DVector<f64>) -> Self::State;

    /// Tries one step.
    fn step(&self, problem: &Problem<'_>, state: &mut Self::State) -> Step;

    /// Where the method stands.
    fn current<'s>(&self, state: &'s Self::State) -> Standing<'s>;

    /// A method without exact Hessians: the exact decrement from which on Newton's method may take over, where the Hessian is
    /// positive definite. The method's own estimate of the decrement says when the Hessian is worth evaluating for this.
    fn newton_from(&self, _state: &Self::State) -> f64 {
        self.stopping().tolerance
    }

    /// The penalty that is added to the objective.
    fn penalty(&self) -> Option<&L1> {
        None
    }
}

/// Where a method stands.
#[derive(Clone, Copy, Debug)]
pub struct Standing<'s> {
    /// The point, with value and gradient.
    pub point: &'s Point,
    /// The exact Hessian there, where the method has it. Only then does the loop judge by the method's own decrement; otherwise
    /// that is an estimate, which says when it is time to evaluate the Hessian and judge by that.
    pub hessian: Option<&'s DMatrix<f64>>,
    /// The Newton decrement there, or the method's estimate of it.
    pub decrement: Decrement,
}

impl Standing<'_> {
    /// Whether the value and all derivatives are finite numbers.
    pub(crate) fn is_finite(&self) -> bool {
        self.point.is_finite() && self.hessian.is_none_or(all_finite)
    }
}

/// What became of a step.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Step {
    /// The method stands at a new point.
    Accepted {
        /// The length of the step in the method's own scale.
        length: f64,
    },
    /// The trial point was worse or impossible; the next trial will be nearer.
    Rejected {
        /// The length of the step in the method's own scale.
        length: f64,
    },
    /// No step can improve on the point: improvements are below rounding.
    Exhausted,
    /// The method has made all the steps that it was asked for: it approximates a minimum and knows no better.
    Finished,
}
