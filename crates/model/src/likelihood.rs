//! What optimizers and inference see of a model.
use nalgebra::{DMatrix, DVector};

use crate::{ModelError, Parameter};

/// A log-likelihood as a function of the coefficients on their natural scale.
///
/// The coefficients are those of all [`parameters`](Likelihood::parameters) in order, fixed ones included; `m` of
/// them.
/// Results are owned by the caller. Minus infinity is an impossible point, NaN an undefined one.
pub trait Likelihood {
    /// The parameters in the order of their coefficients.
    fn parameters(&self) -> &[Parameter];

    /// The number of independent observations, or `None` where only the user could know.
    fn n_obs(&self) -> Option<usize>;

    /// Checks everything that can be checked without evaluating the log-density.
    ///
    /// # Errors
    /// The first thing found wrong.
    fn validate(&self) -> Result<(), ModelError>;

    /// Log-likelihood, score (`m`) and Hessian (`m x m`, the negative of the observed information) at `coefficients` (`m`).
    fn log_likelihood_score_hessian(&self, coefficients: &[f64]) -> (f64, DVector<f64>, DMatrix<f64>);

    /// The log-likelihood at `coefficients` (`m`); to be overridden where it is cheaper than with derivatives.
    fn log_likelihood(&self, coefficients: &[f64]) -> f64 {
        self.log_likelihood_score_hessian(coefficients).0
    }

    /// The first observation whose log-density or one of its derivatives is not finite.
    fn first_not_finite(&self, coefficients: &[f64]) -> Option<NotFinite>;
}

/// An observation whose log-density, or one of its derivatives, is not finite.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct NotFinite {
    /// The row, from 0; none in a joint model.
    pub row: Option<usize>,
    /// The log-density; where this is finite, a derivative is not.
    pub log_density: f64,
}
