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

    /// The expectation of the Hessian under the model at `x` (`n x n`, positive semi-definite), for
    /// [`FisherScoring`](crate::FisherScoring); `None` where it is not known.
    fn expected_hessian(&self, _x: &DVector<f64>) -> Option<DMatrix<f64>> {
        None
    }

    /// The number of terms that the objective is a sum of, for stochastic methods.
    fn terms(&self) -> usize {
        1
    }

    /// Value and gradient of some of the terms, by their indices; to be overridden together with [`terms`](Objective::terms).
    ///
    /// # Panics
    /// Of an objective of several terms that does not override this.
    fn value_gradient_of(&self, terms: &[usize], x: &DVector<f64>) -> (f64, DVector<f64>) {
        assert_eq!(self.terms(), 1, "bug: an objective of several terms does not say what they are");
        let (value, gradient) = self.value_gradient(x);
        let times = terms.len() as f64;
        (times * value, gradient * times)
    }
}

/// How often the objective was evaluated, by the highest derivative asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Evaluations {
    /// Values alone.
    pub values: usize,
    /// Values with gradients.
    pub gradients: usize,
    /// Values with gradients and Hessians, observed or expected.
    pub hessians: usize,
}

impl std::ops::Add for Evaluations {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            values: self.values + other.values,
            gradients: self.gradients + other.gradients,
            hessians: self.hessians + other.hessians,
        }
    }
}

/// A point with the value and the gradient of the objective there.
#[derive(Clone, Debug)]
pub struct Point {
    /// The point, `n`.
    pub x: DVector<f64>,
    /// The value there, a penalty included.
    pub value: f64,
    /// The gradient, `n`, without a penalty's.
    pub gradient: DVector<f64>,
}

impl Point {
    /// Whether the value and the gradient are finite numbers.
    pub fn is_finite(&self) -> bool {
        self.value.is_finite() && self.gradient.iter().all(|g| g.is_finite())
    }
}

/// The second-order expansion of the objective at a point.
#[derive(Clone, Debug)]
pub struct Expansion {
    /// Point, value and gradient.
    pub point: Point,
    /// The Hessian, or its expectation, `n x n`.
    pub hessian: DMatrix<f64>,
}

impl Expansion {
    /// `s' H s`
    pub(crate) fn curvature_along(&self, step: &DVector<f64>) -> f64 {
        step.iter().zip(self.hessian.column_iter()).map(|(s, column)| s * column.dot(step)).sum()
    }

    /// Whether the value and all derivatives are finite numbers.
    pub fn is_finite(&self) -> bool {
        self.point.is_finite() && all_finite(&self.hessian)
    }
}

/// Whether all entries are finite numbers.
pub(crate) fn all_finite(matrix: &DMatrix<f64>) -> bool {
    matrix.as_slice().iter().all(|entry| entry.is_finite())
}
