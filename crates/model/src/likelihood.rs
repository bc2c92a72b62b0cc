//! What optimizers and inference see of a model.
use nalgebra::{DMatrix, DVector};

use crate::{ExpectationError, ModelError, Parameter};

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

    /// The weights of the rows, of as many as the designs have; `None` where each counts once.
    fn weights(&self) -> Option<&[f64]> {
        None
    }

    /// Checks everything that can be checked without evaluating the log-density.
    ///
    /// # Errors
    /// The first thing found wrong.
    fn validate(&self) -> Result<(), ModelError>;

    /// Log-likelihood, score (`m`) and Hessian (`m x m`, the negative of the observed information) at `coefficients` (`m`).
    fn log_likelihood_score_hessian(&self, coefficients: &[f64]) -> (f64, DVector<f64>, DMatrix<f64>);

    /// Log-likelihood and score (`m`) at `coefficients` (`m`); to be overridden where they are cheaper than with the Hessian.
    ///
    /// # Example
    /// ```
    /// use maxlik_dual::Real;
    /// use maxlik_model::{Likelihood, Model, positive};
    /// let model = Model::new(&[1.5, 0.5], [positive("rate")], |[rate], &y| rate.ln() - rate * y);
    /// let (log_likelihood, score) = model.log_likelihood_score(&[0.8]);
    /// assert_eq!(log_likelihood, 2.0 * 0.8_f64.ln() - 0.8 * 2.0);
    /// assert_eq!(score[0], 2.0 / 0.8 - 2.0);
    /// ```
    fn log_likelihood_score(&self, coefficients: &[f64]) -> (f64, DVector<f64>) {
        let (value, score, _) = self.log_likelihood_score_hessian(coefficients);
        (value, score)
    }

    /// How many terms the log-likelihood is a sum of: the rows of a model row by row; one where it is not known as a sum.
    fn n_terms(&self) -> usize {
        1
    }

    /// Log-likelihood and score (`m`) of some terms, given by their indices from 0, at `coefficients` (`m`): what a
    /// stochastic method evaluates.
    ///
    /// A term named twice counts twice; weights count as in the whole sum. Work and memory grow with the number of terms
    /// named. To be overridden together with [`n_terms`](Likelihood::n_terms).
    ///
    /// # Formula
    /// `sum_{i in terms} w_i l_i(theta)` and its gradient. For `b` terms drawn at random, `n_terms / b` times the result has
    /// the whole log-likelihood and score for its expectation.
    ///
    /// # Panics
    /// If an index is not below `n_terms`.
    ///
    /// # Example
    /// ```
    /// use maxlik_dual::Real;
    /// use maxlik_model::{Likelihood, Model, positive};
    /// let model = Model::new(&[1.5, 0.5, 4.0], [positive("rate")], |[rate], &y| rate.ln() - rate * y);
    /// assert_eq!(model.n_terms(), 3);
    /// let (log_likelihood, score) = model.log_likelihood_score_of(&[2, 0, 2], &[0.8]);
    /// assert_eq!(log_likelihood, 3.0 * 0.8_f64.ln() - 0.8 * 9.5);
    /// assert_eq!(score[0], 3.0 / 0.8 - 9.5);
    /// ```
    fn log_likelihood_score_of(&self, terms: &[usize], coefficients: &[f64]) -> (f64, DVector<f64>) {
        assert!(self.n_terms() == 1, "bug: a likelihood of {} terms does not say what each is", self.n_terms());
        if let Some(term) = terms.iter().find(|&&term| term > 0) {
            panic!("bug: term {term} was asked of a likelihood that is one term, counted from 0");
        }
        if terms.is_empty() {
            return (0.0, DVector::zeros(coefficients.len()));
        }
        let (value, score) = self.log_likelihood_score(coefficients);
        (value * terms.len() as f64, score * terms.len() as f64)
    }

    /// The likelihood of some terms alone, given by their indices from 0, ascending and each once: what a search over fewer rows
    /// maximises to find a start. It has the same coefficients. None where the likelihood is no sum, or does not say what its
    /// terms are.
    ///
    /// # Panics
    /// If an index is not below `n_terms`.
    ///
    /// # Example
    /// ```
    /// use maxlik_dual::Real;
    /// use maxlik_model::{Likelihood, Model, positive};
    /// let model = Model::new(&[1.5, 0.5, 4.0], [positive("rate")], |[rate], &y| rate.ln() - rate * y);
    /// let part = model.part(&[0, 2]).expect("rows are terms");
    /// assert_eq!(part.log_likelihood(&[0.8]), 2.0 * 0.8_f64.ln() - 0.8 * 5.5);
    /// ```
    fn part<'a>(&'a self, terms: &'a [usize]) -> Option<Box<dyn Likelihood + 'a>> {
        let _ = terms;
        None
    }

    /// The log-likelihood at `coefficients` (`m`); to be overridden where it is cheaper than with derivatives.
    fn log_likelihood(&self, coefficients: &[f64]) -> f64 {
        self.log_likelihood_score_hessian(coefficients).0
    }

    /// The expected (Fisher) information at `coefficients`, `m x m`: the expectation of the product of the score with itself if
    /// the observations came from the model with these coefficients; positive semi-definite everywhere.
    ///
    /// # Errors
    /// If the model does not know it, or it cannot be computed at these coefficients.
    fn expected_information(&self, coefficients: &[f64]) -> Result<DMatrix<f64>, ExpectationError> {
        let _ = coefficients;
        Err(ExpectationError::Unknown)
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
