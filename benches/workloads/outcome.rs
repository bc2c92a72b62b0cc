//! What a fit has found, in the order and on the scale of the references.
use maxlik::optimizer::Evaluations;
use maxlik::prelude::Fit;

/// Log-likelihood, coefficients and what they took.
pub(crate) struct Outcome {
    pub(crate) log_likelihood: f64,
    pub(crate) coefficients: Vec<f64>,
    pub(crate) iterations: usize,
    pub(crate) evaluations: Evaluations,
}

impl Outcome {
    /// Of a fit, with its coefficients as they are.
    ///
    /// # Panics
    /// If there are no standard errors.
    pub(crate) fn of(fit: &Fit) -> Self {
        fit.std_errors().expect("standard errors");
        Self {
            log_likelihood: fit.log_likelihood(),
            coefficients: fit.coefficients().as_slice().to_vec(),
            // One line is that of the start.
            iterations: fit.trace().len().saturating_sub(1),
            evaluations: fit.evaluations(),
        }
    }

    /// With other coefficients.
    pub(crate) fn with_coefficients(self, coefficients: Vec<f64>) -> Self {
        Self { coefficients, ..self }
    }
}
