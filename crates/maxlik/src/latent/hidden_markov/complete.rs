//! The expected log-likelihood of the complete data: rows and states.
//!
//! Notation of `HiddenMarkovLikelihood`'s parts: `gamma_tj` the probability of state `j` in row `t` given all rows, `N_ab` the expected number of
//! transitions, `n_j` that of sequences that begin in `j`.
//!
//! ```text
//! Q = sum_j sum_t gamma_tj f_tj + sum_ab N_ab ln P(a, b) + sum_j n_j ln delta_j
//! ```
//! With a prior by pseudo-rows `gamma_tj + c` stands in the place of `gamma_tj`.
use std::borrow::Cow;
use std::ops::Range;

use maxlik_model::{Expected, HiddenMarkovLikelihood, Initial, Likelihood, ModelError, NotFinite, Parameter};
use nalgebra::{DMatrix, DVector};

/// `Q(. | theta)`, with the expectations at the `theta` where it was made.
pub(crate) struct CompleteData<'m, 'a, Row> {
    pub(crate) model: &'m HiddenMarkovLikelihood<'a, Row>,
    pub(crate) expected: &'m Expected,
}

impl<Row: Sync> CompleteData<'_, '_, Row> {
    /// The parts of `Q` that have coefficients of their own, with the places of these; all but that of a free beginning.
    fn parts(&self) -> Vec<(Range<usize>, Box<dyn Likelihood + '_>)> {
        let (model, expected) = (self.model, self.expected);
        let states = model.state_names().len();
        let mut parts: Vec<(Range<usize>, Box<dyn Likelihood + '_>)> =
            (0..states).map(|j| (model.coefficients_of_state(j), model.state_alone(j, self.weights_of(j)))).collect();
        // A single state, where others were left out, goes nowhere.
        if states == 1 {
            return parts;
        }
        if model.has_covariates() {
            parts.extend(
                (0..states).map(|a| (model.coefficients_of_transitions(a), model.transitions_alone_from(a, expected))),
            );
        } else {
            let own = model.coefficients_of_transitions(0).start..model.coefficients_of_transitions(states - 1).end;
            parts.push((own, model.transitions_alone(expected)));
        }
        parts
    }

    /// `gamma_tj`, and what a prior adds to it.
    fn weights_of(&self, j: usize) -> Cow<'_, [f64]> {
        let gamma = &self.expected.gamma.as_slice()[j * self.expected.gamma.nrows()..][..self.expected.gamma.nrows()];
        match self.model.prior_share_of(j) {
            0.0 => gamma.into(),
            c => gamma.iter().map(|gamma| gamma + c).collect(),
        }
    }

    /// Value, score and information's negative of `sum_j n_j ln delta_j`, where it is free.
    fn beginning(&self, theta: &[f64]) -> (f64, DVector<f64>, DMatrix<f64>) {
        let n = &self.expected.initial;
        let own = self.model.coefficients_of_initial();
        let delta = self.model.initial_probabilities(theta);
        let ratio = |j: usize, power: i32| if n[j] == 0.0 { 0.0 } else { n[j] / delta[j].powi(power) };
        let value = match self.model.initial_distribution() {
            Initial::Stationary => 0.0,
            _ => n.iter().zip(&delta).map(|(&n, &delta)| if n == 0.0 { 0.0 } else { n * delta.ln() }).sum(),
        };
        let score = DVector::from_fn(own.len(), |k, _| ratio(k + 1, 1) - ratio(0, 1));
        let hessian =
            DMatrix::from_fn(own.len(), own.len(), |k, l| -ratio(0, 2) - if k == l { ratio(k + 1, 2) } else { 0.0 });
        (value, score, hessian)
    }
}

impl<Row: Sync> Likelihood for CompleteData<'_, '_, Row> {
    fn parameters(&self) -> &[Parameter] {
        self.model.parameters()
    }

    fn n_obs(&self) -> Option<usize> {
        self.model.n_obs()
    }

    fn validate(&self) -> Result<(), ModelError> {
        self.model.validate()
    }

    fn log_likelihood_score_hessian(&self, theta: &[f64]) -> (f64, DVector<f64>, DMatrix<f64>) {
        let m = theta.len();
        let (mut value, mut score, mut hessian) = (0.0, DVector::zeros(m), DMatrix::zeros(m, m));
        let mut put = |own: Range<usize>, (l, g, h): (f64, DVector<f64>, DMatrix<f64>)| {
            value += l;
            score.rows_mut(own.start, own.len()).copy_from(&g);
            hessian.view_mut((own.start, own.start), (own.len(), own.len())).copy_from(&h);
        };
        for (own, part) in self.parts() {
            put(own.clone(), part.log_likelihood_score_hessian(&theta[own]));
        }
        put(self.model.coefficients_of_initial(), self.beginning(theta));
        (value, score, hessian)
    }

    fn log_likelihood_score(&self, theta: &[f64]) -> (f64, DVector<f64>) {
        let (mut value, first, _) = self.beginning(theta);
        let mut score = DVector::zeros(theta.len());
        let own = self.model.coefficients_of_initial();
        score.rows_mut(own.start, own.len()).copy_from(&first);
        for (own, part) in self.parts() {
            let (l, g) = part.log_likelihood_score(&theta[own.clone()]);
            value += l;
            score.rows_mut(own.start, own.len()).copy_from(&g);
        }
        (value, score)
    }

    fn first_not_finite(&self, theta: &[f64]) -> Option<NotFinite> {
        self.parts().iter().find_map(|(own, part)| part.first_not_finite(&theta[own.clone()]))
    }
}

impl<Row: Sync> CompleteData<'_, '_, Row> {
    /// The coefficients that maximise `Q`, from `theta`.
    pub(crate) fn maximum(
        &self,
        theta: &DVector<f64>,
        maximise: impl Fn(&dyn Likelihood, &[f64]) -> Vec<f64>,
    ) -> DVector<f64> {
        let (model, mut next) = (self.model, theta.clone());
        let states = model.state_names().len();
        let closed = !model.has_covariates() && model.initial_distribution() != &Initial::Stationary;
        let first = model.coefficients_of_transitions(0).start;
        for (own, part) in self.parts() {
            if own.start < first || !closed {
                next.as_mut_slice()[own.clone()].copy_from_slice(&maximise(&*part, &theta.as_slice()[own]));
            }
        }
        let n = &self.expected.initial;
        for (k, p) in model.coefficients_of_initial().zip(shares(n.as_slice()).into_iter().skip(1)) {
            next[k] = p;
        }
        for a in (0..states).filter(|_| closed) {
            let row: Vec<f64> = self.expected.transitions.row(a).iter().copied().collect();
            // A state that is never left nor stayed in says nothing of its transitions.
            if row.iter().sum::<f64>() > 0.0 {
                let others = shares(&row).into_iter().enumerate().filter(|&(b, _)| b != a);
                for (k, (_, p)) in model.coefficients_of_transitions(a).zip(others) {
                    next[k] = p;
                }
            }
        }
        next
    }
}

/// A probability of the M-step is at least this, near the end of the free scale, where one that belongs at 0 is recognised.
const LEAST: f64 = 4.0 * f64::EPSILON;

fn shares(counts: &[f64]) -> Vec<f64> {
    let total: f64 = counts.iter().sum();
    let p: Vec<f64> = counts.iter().map(|count| (count / total).max(LEAST)).collect();
    let sum: f64 = p.iter().sum();
    p.into_iter().map(|p| p / sum).collect()
}
