//! Some rows of a model, as a model.
use nalgebra::{DMatrix, DVector};

use crate::block::Chosen;
use crate::log_density::Kernel;
use crate::model::{n_obs, validate};
use crate::pass::Pass;
use crate::{Likelihood, ModelError, NotFinite, Parameter};

/// The rows of a model that were chosen: the data stay where they are, weights and designs are copies of their part.
///
/// Its expected information is not known, which nobody asks of a part.
pub(crate) struct Part<'m, Row, K, const P: usize> {
    rows: &'m [Row],
    indices: &'m [usize],
    weights: Option<Vec<f64>>,
    parameters: [Parameter; P],
    kernel: &'m K,
}

impl<'m, Row, K: Kernel<Row, P>, const P: usize> Part<'m, Row, K, P> {
    /// # Panics
    /// If an index is not that of a row.
    pub(crate) fn new(
        rows: &'m [Row],
        indices: &'m [usize],
        weights: Option<&[f64]>,
        parameters: &[Parameter; P],
        kernel: &'m K,
    ) -> Self {
        let weights = weights.map(|weights| indices.iter().map(|&row| weights[row]).collect());
        let parameters = parameters.each_ref().map(|parameter| parameter.of_rows(indices));
        Self { rows, indices, weights, parameters, kernel }
    }

    fn pass(&self) -> Pass<'_, Row, K, P> {
        let rows = Chosen { rows: self.rows, indices: Some(self.indices) };
        let designs = self.parameters.each_ref().map(Parameter::design);
        Pass::new(rows, self.weights.as_deref(), &self.parameters, designs, self.kernel)
    }
}

impl<Row: Sync, K: Kernel<Row, P>, const P: usize> Likelihood for Part<'_, Row, K, P> {
    fn parameters(&self) -> &[Parameter] {
        &self.parameters
    }

    fn n_obs(&self) -> Option<usize> {
        Some(n_obs(self.indices.len(), self.weights()))
    }

    fn weights(&self) -> Option<&[f64]> {
        self.weights.as_deref()
    }

    fn validate(&self) -> Result<(), ModelError> {
        validate(self.indices.len(), self.weights(), &self.parameters)
    }

    fn log_likelihood_score_hessian(&self, coefficients: &[f64]) -> (f64, DVector<f64>, DMatrix<f64>) {
        self.pass().derivatives(coefficients)
    }

    fn log_likelihood_score(&self, coefficients: &[f64]) -> (f64, DVector<f64>) {
        self.pass().score(coefficients)
    }

    fn log_likelihood(&self, coefficients: &[f64]) -> f64 {
        self.pass().value(coefficients)
    }

    fn first_not_finite(&self, coefficients: &[f64]) -> Option<NotFinite> {
        self.pass().first_not_finite(coefficients)
    }
}
