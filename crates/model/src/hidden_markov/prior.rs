//! Pseudo-rows as a prior: each state sees all rows in addition, with a small weight.
//!
//! Notation: `a` pseudo-rows in all, `n` observed rows, `c = a / n` the part of a row that counts for each state beside its probability.
use nalgebra::{DMatrix, DVector};

use super::HiddenMarkovLikelihood;
use crate::{Likelihood, NotFinite, Parameter};

impl<Row: Sync> HiddenMarkovLikelihood<'_, Row> {
    /// The same model with a prior: each state that has something to estimate sees all observed rows in addition, `a` rows in all. It
    /// cannot collapse on some rows then, unless all rows are equal. The densities of rows and sequences are without it.
    ///
    /// # Formula
    /// `l + a / n sum_t sum_j f_j(z_tj, row_t)` over the `n` observed rows, without the states whose parameters are all fixed
    ///
    /// # Example
    /// ```
    /// use maxlik_model::{HiddenMarkovLikelihood, Likelihood, distribution::exponential, positive};
    /// let chain = HiddenMarkovLikelihood::new(&[0.3, 2.5])
    ///     .state([positive("fast")], |[rate], &t| exponential::ln_pdf(t, rate))
    ///     .state([positive("slow")], |[rate], &t| exponential::ln_pdf(t, rate));
    /// let theta = [3.0, 0.4, 0.1, 0.3];
    /// let all: f64 = [3.0_f64, 0.4].map(|rate| 2.0 * rate.ln() - 2.8 * rate).iter().sum();
    /// let expected = chain.log_likelihood(&theta) + 1.5 / 2.0 * all;
    /// assert!((chain.with_pseudo_rows(1.5).log_likelihood(&theta) - expected).abs() < 1e-14);
    /// ```
    pub fn with_pseudo_rows(&self, a: f64) -> Self {
        Self { pseudo_rows: a, ..self.with(|_| true) }
    }

    /// The part of a row that counts for each state beside its probability, `a / n`; 0 without [pseudo-rows](Self::with_pseudo_rows).
    pub fn prior_share(&self) -> f64 {
        if self.pseudo_rows == 0.0 {
            return 0.0;
        }
        self.pseudo_rows / (0..self.data.len()).filter(|&row| !self.is_missing(row)).count() as f64
    }

    /// [`prior_share`](Self::prior_share) where the prior is for state `j`: what does not move needs none, and some rows may be impossible
    /// under it.
    ///
    /// # Panics
    /// If there is no state `j`, counted from 0.
    pub fn prior_share_of(&self, j: usize) -> f64 {
        if self.states[j].parameters().iter().all(Parameter::is_fixed) { 0.0 } else { self.prior_share() }
    }

    /// The states that the prior is for, each with what all rows say of it by that part.
    fn prior_parts(&self) -> impl Iterator<Item = (usize, Box<dyn Likelihood + '_>)> {
        let share = move |j: usize| Some((j, self.prior_share_of(j))).filter(|&(_, c)| c > 0.0);
        let part = move |(j, c): (usize, f64)| (j, self.state_alone(j, vec![c; self.data.len()]));
        (0..self.states.len()).filter_map(share).map(part)
    }

    pub(super) fn ln_prior(&self, theta: &[f64]) -> f64 {
        self.prior_parts().map(|(j, part)| part.log_likelihood(&theta[self.coefficients_of_state(j)])).sum()
    }

    pub(super) fn add_prior_score(
        &self,
        (mut value, mut score): (f64, DVector<f64>),
        theta: &[f64],
    ) -> (f64, DVector<f64>) {
        for (j, part) in self.prior_parts() {
            let own = self.coefficients_of_state(j);
            let (l, g) = part.log_likelihood_score(&theta[own.clone()]);
            value += l;
            let mut to = score.rows_range_mut(own);
            to += g;
        }
        (value, score)
    }

    pub(super) fn add_prior(
        &self,
        (mut value, mut score, mut hessian): (f64, DVector<f64>, DMatrix<f64>),
        theta: &[f64],
    ) -> (f64, DVector<f64>, DMatrix<f64>) {
        for (j, part) in self.prior_parts() {
            let own = self.coefficients_of_state(j);
            let (l, g, h) = part.log_likelihood_score_hessian(&theta[own.clone()]);
            value += l;
            let mut to = score.rows_range_mut(own.clone());
            to += g;
            let mut to = hessian.view_range_mut(own.clone(), own);
            to += h;
        }
        (value, score, hessian)
    }

    pub(super) fn first_not_finite_of_prior(&self, theta: &[f64]) -> Option<NotFinite> {
        self.prior_parts().find_map(|(j, part)| part.first_not_finite(&theta[self.coefficients_of_state(j)]))
    }
}
