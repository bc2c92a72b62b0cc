//! Baum-Welch: EM for a hidden Markov model.
//!
//! ```text
//! E-step   gamma_tj, N_ab and n_j by forward-backward (`CompleteData`)
//! M-step   theta_j = argmax sum_t gamma_tj f_j(theta_j, row_t)      P(a, b) = N_ab / sum_c N_ac      delta_j = n_j / sum_c n_c
//! ```
//! The densities are maximised by Newton's method from where they stood, and so are transitions with covariates, or that also say where
//! a sequence begins: there is no closed form.
//!
//! # References
//! Baum, Petrie, Soules & Weiss, "A maximization technique occurring in the statistical analysis of probabilistic functions of Markov
//! chains" (1970).
use maxlik_model::{Expected, HiddenMarkovLikelihood, Likelihood};
use maxlik_optimizer::ExpectationMaximization;
use nalgebra::DVector;

use super::complete::CompleteData;
use crate::latent::m_step::maximise;

/// The steps of EM, in the coefficients on their natural scale.
pub(crate) struct HiddenMarkovSteps<'m, 'a, Row>(pub(crate) &'m HiddenMarkovLikelihood<'a, Row>);

impl<Row> ExpectationMaximization for HiddenMarkovSteps<'_, '_, Row> {
    /// The coefficients of the E-step, where the searches of the M-step begin, and the expectations there.
    type Statistics = (DVector<f64>, Expected);

    fn e_step(&self, theta: &DVector<f64>) -> (f64, Self::Statistics) {
        let (log_likelihood, expected) = self.0.expected(theta.as_slice());
        (log_likelihood, (theta.clone(), expected))
    }

    fn m_step(&self, (theta, expected): &Self::Statistics) -> DVector<f64> {
        CompleteData { model: self.0, expected }.maximum(theta, maximise)
    }

    fn q_gradient(&self, theta: &DVector<f64>, (_, expected): &Self::Statistics) -> DVector<f64> {
        CompleteData { model: self.0, expected }.log_likelihood_score(theta.as_slice()).1
    }
}
