//! What a fit says of the hidden states.
use maxlik_model::{HiddenMarkovLikelihood, Likelihood, Parameter};
use maxlik_optimizer::Objective;
use nalgebra::{DMatrix, DVector};

use super::HiddenMarkov;
use super::complete::CompleteData;
use crate::fitting::coefficients;
use crate::free_scale::FreeScale;
use crate::{Fit, InferenceError, MissingInformation, Status};

impl<Row> HiddenMarkov<'_, Row> {
    /// The probability of each state given all rows of the sequence, `n x S`, at the estimates of a fit: of this model, or of one with
    /// coefficients of the same names. For new rows make a model of them. NaN where the rows are impossible.
    ///
    /// # Formula
    /// `gamma_tj = P(x_t = j | all rows)`
    ///
    /// # Errors
    /// If the fit lacks a coefficient of the model.
    ///
    /// # Example
    /// ```
    /// use maxlik::prelude::*;
    /// let calls = [1, 0, 2, 1, 3, 7, 9, 6, 8, 3, 0, 0, 2, 1, 6, 9, 11, 8, 7, 2_u64];
    /// let model = HiddenMarkov::new(&calls)
    ///     .state([positive("quiet")], |[mean], &k| poisson::ln_pmf(k, mean))
    ///     .state([positive("busy").start(5.0)], |[mean], &k| poisson::ln_pmf(k, mean));
    /// let fit = model.fit()?;
    /// let (smoothed, filtered) = (model.smoothed(&fit)?, model.filtered(&fit)?);
    /// // What follows 3 calls tells what they were.
    /// assert!(smoothed[(4, 1)] > filtered[(4, 1)] && smoothed[(9, 1)] < filtered[(9, 1)]);
    /// assert!((smoothed[(4, 0)] + smoothed[(4, 1)] - 1.0).abs() < 1e-14);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn smoothed(&self, fit: &Fit) -> Result<DMatrix<f64>, InferenceError> {
        Ok(self.0.expected(&self.estimates(fit)?).1.gamma)
    }

    /// The probability of each state given the rows of the sequence up to it, `n x S`.
    ///
    /// # Formula
    /// `alpha_tj = P(x_t = j | rows up to t)`
    ///
    /// # Errors
    /// As [`HiddenMarkov::smoothed`].
    pub fn filtered(&self, fit: &Fit) -> Result<DMatrix<f64>, InferenceError> {
        Ok(self.0.filtered(&self.estimates(fit)?).1)
    }

    /// The most probable path of the states of each sequence (Viterbi's), counted from 0; of two states that are equally so the earlier in
    /// the order of the model, from the end of the sequence backwards. `None` in a sequence that is impossible.
    ///
    /// It is the likeliest path as a whole, not the likeliest state of each row: that is the greatest of [`HiddenMarkov::smoothed`].
    ///
    /// # Errors
    /// As [`HiddenMarkov::smoothed`].
    pub fn viterbi(&self, fit: &Fit) -> Result<Vec<Option<usize>>, InferenceError> {
        Ok(self.0.viterbi(&self.estimates(fit)?))
    }

    /// The log-likelihood of each sequence; their sum is that of the fit.
    ///
    /// # Errors
    /// As [`HiddenMarkov::smoothed`].
    pub fn log_likelihoods(&self, fit: &Fit) -> Result<Vec<f64>, InferenceError> {
        Ok(self.0.log_likelihoods(&self.estimates(fit)?))
    }

    /// The log-density of each row given those before it in its sequence, `n`: 0 for a missing one. Their sum is the log-likelihood.
    ///
    /// # Errors
    /// As [`HiddenMarkov::smoothed`].
    pub fn ln_densities(&self, fit: &Fit) -> Result<DVector<f64>, InferenceError> {
        Ok(self.0.filtered(&self.estimates(fit)?).0)
    }

    /// The probabilities of going from each state (row) to each (column), `S x S`. With covariates those into the first row of data; ask
    /// [`HiddenMarkov::transition_matrix_into`] for others.
    ///
    /// # Errors
    /// As [`HiddenMarkov::smoothed`].
    pub fn transition_matrix(&self, fit: &Fit) -> Result<DMatrix<f64>, InferenceError> {
        self.transition_matrix_into(0, fit)
    }

    /// The probabilities of the transitions into a row of data, `S x S`.
    ///
    /// # Errors
    /// As [`HiddenMarkov::smoothed`].
    ///
    /// # Panics
    /// If there is no such row.
    pub fn transition_matrix_into(&self, row: usize, fit: &Fit) -> Result<DMatrix<f64>, InferenceError> {
        Ok(self.0.transition_matrix(&self.estimates(fit)?, row))
    }

    /// The probabilities of the states where a sequence begins, `S`.
    ///
    /// # Errors
    /// As [`HiddenMarkov::smoothed`].
    pub fn initial_probabilities(&self, fit: &Fit) -> Result<DVector<f64>, InferenceError> {
        Ok(self.0.initial_probabilities(&self.estimates(fit)?))
    }

    /// The stationary distribution of the transition matrix, `S`: the share of each state in the long run. NaN where there is not one of
    /// them alone. With covariates it is that of the matrix into the first row.
    ///
    /// # Formula
    /// `delta' P = delta'`
    ///
    /// # Errors
    /// As [`HiddenMarkov::smoothed`].
    pub fn stationary_distribution(&self, fit: &Fit) -> Result<DVector<f64>, InferenceError> {
        Ok(HiddenMarkovLikelihood::<Row>::stationary_distribution(&self.transition_matrix(fit)?))
    }

    /// How much of the information is missing because the states were not seen; the greatest fraction is the rate at which Baum-Welch
    /// converges. Over the coefficients estimated inside their domains.
    ///
    /// # Errors
    /// As [`HiddenMarkov::smoothed`], or if the information of the complete data is not positive definite.
    ///
    /// # Example
    /// ```
    /// use maxlik::prelude::*;
    /// let calls = [1, 0, 2, 1, 1, 14, 18, 12, 16, 1, 0, 0, 2, 1, 12, 18, 22, 16, 14, 2_u64];
    /// let model = HiddenMarkov::new(&calls)
    ///     .state([positive("quiet")], |[mean], &k| poisson::ln_pmf(k, mean))
    ///     .state([positive("busy").start(5.0)], |[mean], &k| poisson::ln_pmf(k, mean));
    /// let missing = model.missing_information(&model.fit()?)?;
    /// assert_eq!(missing.fractions().len(), 4);
    /// assert!(missing.rate() < 0.01); // it is plain which hours are busy
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn missing_information(&self, fit: &Fit) -> Result<MissingInformation, InferenceError> {
        let theta = self.estimates(fit)?;
        let mut at = coefficients(&self.0);
        for (coefficient, &value) in at.iter_mut().zip(&theta) {
            coefficient.held = fit.status(&coefficient.name)? != Status::Estimated;
            coefficient.value = value;
        }
        let expected = self.0.expected(&theta).1;
        let complete = CompleteData { model: &self.0, expected: &expected };
        let (observed, complete) = (FreeScale::new(&self.0, &at), FreeScale::new(&complete, &at));
        let phi = observed.start();
        let information = |scale: &dyn Objective| scale.value_gradient_hessian(&phi).2;
        MissingInformation::new(&information(&complete), &information(&observed))
    }

    pub(super) fn estimates(&self, fit: &Fit) -> Result<Vec<f64>, InferenceError> {
        self.0.parameters().iter().flat_map(Parameter::coefficient_names).map(|name| fit.estimate(&name)).collect()
    }
}
