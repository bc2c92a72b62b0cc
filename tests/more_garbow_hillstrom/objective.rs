//! A sum of squares with exact derivatives, for the optimizers.
use maxlik::optimizer::Objective;
use maxlik_dual::{Real, gradient_slice, hessian_slice, jacobian_slice};
use nalgebra::{DMatrix, DVector};

use crate::problems::Problem;
use crate::residuals::residuals;

impl Problem {
    /// `f(x) = sum_i r_i(x)^2`
    pub(crate) fn sum_of_squares<T: Real>(&self, x: &[T]) -> T {
        let r = residuals(self.number, x, self.m);
        assert_eq!((x.len(), r.len()), (self.n, self.m), "dimensions of {}", self.name);
        r.into_iter().map(|r| r * r).sum()
    }
}

impl Objective for Problem {
    fn dimension(&self) -> usize {
        self.n
    }

    fn value_gradient_hessian(&self, x: &DVector<f64>) -> (f64, DVector<f64>, DMatrix<f64>) {
        hessian_slice(|x| self.sum_of_squares(x), x.as_slice())
    }

    fn value_gradient(&self, x: &DVector<f64>) -> (f64, DVector<f64>) {
        gradient_slice(|x| self.sum_of_squares(x), x.as_slice())
    }

    fn value(&self, x: &DVector<f64>) -> f64 {
        self.sum_of_squares(x.as_slice())
    }

    /// Gauss and Newton's `2 J'J`, which is the expected Hessian where the residuals are errors with mean zero.
    fn expected_hessian(&self, x: &DVector<f64>) -> Option<DMatrix<f64>> {
        let (_, jacobian) = jacobian_slice(|x| residuals(self.number, x, self.m), x.as_slice()).ok()?;
        Some(jacobian.tr_mul(&jacobian) * 2.0)
    }
}
