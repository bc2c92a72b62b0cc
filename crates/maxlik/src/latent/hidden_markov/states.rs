//! What a fit says of the hidden states.
use std::cmp::Ordering;

use maxlik_model::{HiddenMarkovLikelihood, Likelihood};
use maxlik_optimizer::Objective;
use nalgebra::{DMatrix, DVector};

use super::HiddenMarkov;
use super::complete::CompleteData;
use crate::face::Face;
use crate::fitting::coefficients;
use crate::free_scale::{Coefficient, FreeScale};
use crate::latent::parts::estimates;
use crate::{Fit, InferenceError, MissingInformation, Status, Warning};

impl<Row: Sync> HiddenMarkov<'_, Row> {
    /// The probability of each state given all rows of the sequence, `n x S`, at the estimates of a fit: of this model, or of one with
    /// coefficients of the same names. For new rows make a model of them. NaN where the rows are impossible. A state that the fit left out
    /// has probability 0, here and in all that follows.
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
        let fitted = Fitted::new(self, fit)?;
        Ok(fitted.with_zeros(&fitted.model.expected(&fitted.theta).1.gamma))
    }

    /// The probability of each state given the rows of the sequence up to it, `n x S`.
    ///
    /// # Formula
    /// `alpha_tj = P(x_t = j | rows up to t)`
    ///
    /// # Errors
    /// As [`HiddenMarkov::smoothed`].
    pub fn filtered(&self, fit: &Fit) -> Result<DMatrix<f64>, InferenceError> {
        let fitted = Fitted::new(self, fit)?;
        Ok(fitted.with_zeros(&fitted.model.filtered(&fitted.theta).1))
    }

    /// The most probable path of the states of each sequence (Viterbi's), counted from 0; of two states that are equally so the earlier in
    /// the order of the model, from the end of the sequence backwards. `None` in a sequence that is impossible.
    ///
    /// It is the likeliest path as a whole, not the likeliest state of each row: that is the greatest of [`HiddenMarkov::smoothed`].
    ///
    /// # Errors
    /// As [`HiddenMarkov::smoothed`].
    pub fn viterbi(&self, fit: &Fit) -> Result<Vec<Option<usize>>, InferenceError> {
        let Fitted { model, kept, theta, .. } = Fitted::new(self, fit)?;
        Ok(model.viterbi(&theta).into_iter().map(|state| state.map(|j| kept[j])).collect())
    }

    /// The log-likelihood of each sequence; their sum is that of the fit.
    ///
    /// # Errors
    /// As [`HiddenMarkov::smoothed`].
    pub fn log_likelihoods(&self, fit: &Fit) -> Result<Vec<f64>, InferenceError> {
        let Fitted { model, theta, .. } = Fitted::new(self, fit)?;
        Ok(model.log_likelihoods(&theta))
    }

    /// The log-density of each row given those before it in its sequence, `n`: 0 for a missing one. Their sum is the log-likelihood.
    ///
    /// # Errors
    /// As [`HiddenMarkov::smoothed`].
    pub fn ln_densities(&self, fit: &Fit) -> Result<DVector<f64>, InferenceError> {
        let Fitted { model, theta, .. } = Fitted::new(self, fit)?;
        Ok(model.filtered(&theta).0)
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
        let fitted = Fitted::new(self, fit)?;
        let columns = fitted.with_zeros(&fitted.model.transition_matrix(&fitted.theta, row));
        Ok(fitted.with_zeros(&columns.transpose()).transpose())
    }

    /// The probabilities of the states where a sequence begins, `S`.
    ///
    /// # Errors
    /// As [`HiddenMarkov::smoothed`].
    pub fn initial_probabilities(&self, fit: &Fit) -> Result<DVector<f64>, InferenceError> {
        let fitted = Fitted::new(self, fit)?;
        let delta = fitted.model.initial_probabilities(&fitted.theta);
        Ok(fitted.with_zeros(&DMatrix::from_row_slice(1, delta.len(), delta.as_slice())).row(0).transpose())
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
        let fitted = Fitted::new(self, fit)?;
        let matrix = fitted.model.transition_matrix(&fitted.theta, 0);
        let delta = HiddenMarkovLikelihood::<Row>::stationary_distribution(&matrix);
        Ok(fitted.with_zeros(&DMatrix::from_row_slice(1, delta.len(), delta.as_slice())).row(0).transpose())
    }

    /// How many of the observed rows each state has, `S`: the sum of its probabilities.
    ///
    /// # Formula
    /// `n_j = sum_t gamma_tj` over the rows that are not missing
    ///
    /// # Errors
    /// As [`HiddenMarkov::smoothed`].
    pub fn effective_rows(&self, fit: &Fit) -> Result<DVector<f64>, InferenceError> {
        let gamma = self.smoothed(fit)?;
        let observed: Vec<usize> = (0..gamma.nrows()).filter(|&row| !self.likelihood.is_missing(row)).collect();
        Ok(DVector::from_fn(gamma.ncols(), |j, _| observed.iter().map(|&row| gamma[(row, j)]).sum()))
    }

    /// The entropy of the path of the states given the rows, in units of `e` (nats), summed over the sequences: how unsure the path is, from 0
    /// where one is certain to `T ln S` where all are equally probable. Computed by forward-backward in one pass.
    ///
    /// # Formula
    /// `H = -sum_x P(x | rows) ln P(x | rows)` over all paths `x`
    ///
    /// # Errors
    /// As [`HiddenMarkov::smoothed`].
    ///
    /// # References
    /// Hernando, Crespi & Cybenko, "Efficient computation of the hidden Markov model entropy for a given observation sequence" (2005).
    pub fn path_entropy(&self, fit: &Fit) -> Result<f64, InferenceError> {
        let Fitted { model, theta, .. } = Fitted::new(self, fit)?;
        Ok(model.path_entropy(&theta))
    }

    /// The integrated completed likelihood as a criterion: smaller is better, as for BIC, from which it differs by what is unsure
    /// about the states. It favours states that are apart.
    ///
    /// # Formula
    /// `BIC + 2 H` with the [entropy of the path](HiddenMarkov::path_entropy) `H`
    ///
    /// # Errors
    /// As [`HiddenMarkov::smoothed`].
    ///
    /// # Example
    /// ```
    /// use maxlik::prelude::*;
    /// let calls = [1, 0, 2, 1, 1, 14, 18, 12, 16, 1, 0, 0, 2, 1, 12, 18, 22, 16, 14, 2_u64];
    /// let model = HiddenMarkov::new(&calls)
    ///     .state([positive("quiet")], |[mean], &k| poisson::ln_pmf(k, mean))
    ///     .state([positive("busy").start(5.0)], |[mean], &k| poisson::ln_pmf(k, mean));
    /// let fit = model.fit()?;
    /// let bic = 4.0 * 20_f64.ln() - 2.0 * fit.log_likelihood();
    /// assert!((fit.icl() - (bic + 2.0 * model.path_entropy(&fit)?)).abs() < 1e-12);
    /// assert!(model.path_entropy(&fit)? < 0.01); // it is plain which hours are busy
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # References
    /// Biernacki, Celeux & Govaert, "Assessing a mixture model for clustering with the integrated completed likelihood" (2000); for
    /// hidden Markov models Celeux & Durand, "Selecting hidden Markov model state number with cross-validated likelihood" (2008).
    pub fn icl(&self, fit: &Fit) -> Result<f64, InferenceError> {
        Ok(fit.bic() + 2.0 * self.path_entropy(fit)?)
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
    /// let fit = model.fit()?;
    /// let missing = model.missing_information(&fit)?;
    /// assert_eq!(missing.fractions().len(), 4);
    /// assert!(missing.rate() < 0.01); // it is plain which hours are busy
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn missing_information(&self, fit: &Fit) -> Result<MissingInformation, InferenceError> {
        let Fitted { model, theta, .. } = Fitted::new(self, fit)?;
        let prior = fit.warnings().iter().find_map(|warning| match warning {
            Warning::Prior { pseudo_rows } => Some(*pseudo_rows),
            _ => None,
        });
        let model = model.with_pseudo_rows(prior.unwrap_or(0.0));
        let mut at = coefficients(&model);
        for (coefficient, &value) in at.iter_mut().zip(&theta) {
            coefficient.held = fit.status(&coefficient.name)? != Status::Estimated;
            coefficient.value = value;
        }
        let expected = model.expected(&theta).1;
        let complete = CompleteData { model: &model, expected: &expected };
        let faces: Vec<String> =
            fit.warnings().iter().filter_map(|warning| greatest_of_nothing(warning, fit)).collect();
        MissingInformation::new(&information(&complete, at.clone(), &faces), &information(&model, at, &faces))
    }
}

/// The greatest of the probabilities that leave nothing.
fn greatest_of_nothing(warning: &Warning, fit: &Fit) -> Option<String> {
    let Warning::NothingRemains { names } = warning else { return None };
    let inside = names.iter().filter(|name| fit.status(name) == Ok(Status::Estimated));
    inside.max_by(|a, b| fit.estimate(a).ok().partial_cmp(&fit.estimate(b).ok()).unwrap_or(Ordering::Equal)).cloned()
}

/// The information on the free scale, on the faces where one of these coefficients has what others leave.
fn information(likelihood: &dyn Likelihood, at: Vec<Coefficient>, faces: &[String]) -> DMatrix<f64> {
    let place = faces.first().and_then(|name| at.iter().position(|coefficient| coefficient.name == *name));
    let Some(place) = place else {
        let scale = FreeScale::new(likelihood, &at);
        return scale.value_gradient_hessian(&scale.start()).2;
    };
    let face = Face::new(likelihood, place);
    let at = face.coefficients(at);
    information(&face, at, &faces[1..])
}

/// The model of the states that a fit has not left out, which these are, and the estimates of its coefficients.
struct Fitted<'a, Row> {
    model: HiddenMarkovLikelihood<'a, Row>,
    kept: Vec<usize>,
    /// All states.
    states: usize,
    theta: Vec<f64>,
}

impl<'a, Row: Sync> Fitted<'a, Row> {
    fn new(model: &HiddenMarkov<'a, Row>, fit: &Fit) -> Result<Self, InferenceError> {
        let left_out = |j: &usize| {
            let name = &model.state_names()[*j];
            fit.warnings().iter().any(|warning| matches!(warning, Warning::DroppedState { state, .. } if state == name))
        };
        let states = model.state_names().len();
        let (out, kept): (Vec<usize>, Vec<usize>) = (0..states).partition(left_out);
        let all = model.likelihood.with_pseudo_rows(0.0);
        let model = out.iter().rev().fold(all, |model, &j| model.without(j));
        let theta = estimates(&model, fit)?;
        Ok(Self { model, kept, states, theta })
    }

    /// Columns of 0 for the states that were left out.
    fn with_zeros(&self, columns: &DMatrix<f64>) -> DMatrix<f64> {
        let mut all = DMatrix::zeros(columns.nrows(), self.states);
        for (&j, column) in self.kept.iter().zip(columns.column_iter()) {
            all.set_column(j, &column);
        }
        all
    }
}
