//! What is minimised.
use nalgebra::{DMatrix, DVector};

/// A twice differentiable function of `n` numbers.
///
/// Functions are pure and return `(value, gradient, hessian)` in that order, each owned by the caller. A value or derivative
/// that is NaN or infinite marks an impossible point: a step that leads there is shortened. Only at the start is it an error.
pub trait Objective {
    /// The number of variables `n`.
    fn dimension(&self) -> usize;

    /// Value, gradient (`n`) and symmetric Hessian (`n x n`).
    fn value_gradient_hessian(&self, x: &DVector<f64>) -> (f64, DVector<f64>, DMatrix<f64>);

    /// Value and gradient; to be overridden where they are cheaper than with the Hessian.
    fn value_gradient(&self, x: &DVector<f64>) -> (f64, DVector<f64>) {
        let (value, gradient, _) = self.value_gradient_hessian(x);
        (value, gradient)
    }

    /// The value alone; to be overridden where it is cheaper than with derivatives.
    fn value(&self, x: &DVector<f64>) -> f64 {
        self.value_gradient(x).0
    }
}

/// How often the objective was evaluated, by the highest derivative asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Evaluations {
    /// Values alone.
    pub values: usize,
    /// Values with gradients.
    pub gradients: usize,
    /// Values with gradients and Hessians.
    pub hessians: usize,
}

/// A point with the value and both derivatives of the objective there.
#[derive(Clone, Debug)]
pub struct Point {
    /// The point, `n`.
    pub x: DVector<f64>,
    /// The value there.
    pub value: f64,
    /// The gradient, `n`.
    pub gradient: DVector<f64>,
    /// The Hessian, `n x n`.
    pub hessian: DMatrix<f64>,
}

impl Point {
    /// Whether the value and all derivatives are finite numbers.
    pub fn is_finite(&self) -> bool {
        self.value.is_finite()
            && self.gradient.iter().all(|g| g.is_finite())
            && self.hessian.iter().all(|h| h.is_finite())
    }
}
