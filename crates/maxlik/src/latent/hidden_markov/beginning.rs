//! A free initial distribution whose maximum is a corner.
//!
//! The likelihood of one sequence is linear in `delta`: `L = sum_j delta_j a_j`, with the likelihood `a_j` of beginning in state `j`. Whatever
//! the other coefficients, its maximum is where the greatest `a_j` has a probability of 1. The likelihood of several sequences is a
//! product of such factors, `l` concave in `delta`; if all of them begin in the same state its maximum is that corner, too. It is one where
//!
//! ```text
//! sum_q a_qj / a_qs <= number of sequences        for all states j, with s the state of probability 1.
//! ```
use std::ops::ControlFlow;

use maxlik_model::{HiddenMarkovLikelihood, Initial};
use maxlik_optimizer::Em;

use super::em::HiddenMarkovSteps;
use crate::fitting::{coefficients_of, fit_em_at};
use crate::free_scale::Coefficient;
use crate::latent::parts::estimates;
use crate::{Fit, FitError};

/// The mean ratio of two beginnings' likelihoods counts as above 1 from here on.
const BETTER: f64 = 1.0 + 1e-9;

/// A beginning that is this sure where a search failed is tried as the one of probability 1.
const SURE: f64 = 0.99;

/// The model, as far as it is about where sequences begin.
pub(super) struct Beginning<'m, 'a, Row>(pub(super) &'m HiddenMarkovLikelihood<'a, Row>);

impl<Row: Sync> Beginning<'_, '_, Row> {
    fn is_free(&self) -> bool {
        self.0.initial_distribution() == &Initial::Free
    }

    /// Whether the beginning of a single sequence is free.
    pub(super) fn is_free_once(&self) -> bool {
        self.is_free() && self.0.n_sequences() == 1
    }

    /// The fit with a sure beginning: the most likely one at the start. Where another one turns out to be more likely the search goes on
    /// with that; each change raises the likelihood.
    pub(super) fn fit_sure(&self, em: Em, mut at: Vec<Coefficient>) -> Result<Fit, FitError> {
        let mut state = self.likeliest(&at).0;
        loop {
            self.hold(&mut at, state);
            let fit = fit_em_at(self.0, at, em, &HiddenMarkovSteps(self.0), &mut |_| ControlFlow::Continue(()))?;
            at = coefficients_of(self.0, &fit)?;
            self.hold(&mut at, state);
            let (better, ratio) = self.likeliest(&at);
            if ratio > BETTER {
                state = better;
            } else {
                return Ok(fit);
            }
        }
    }

    /// Where a search with several sequences failed because all begin in the same state: the fit given that.
    pub(super) fn fit_sure_after(&self, em: Em, failed: Box<Fit>) -> Result<Fit, FitError> {
        let sure = self.is_free()
            && !self.is_free_once()
            && estimates(self.0, &failed).is_ok_and(|theta| self.0.initial_probabilities(&theta).max() >= SURE);
        if !sure {
            return Err(FitError::NotConverged(failed));
        }
        match self.fit_sure(em, coefficients_of(self.0, &failed)?) {
            Ok(fit)
                if fit.log_likelihood() >= failed.log_likelihood() - 1e-9 * failed.log_likelihood().abs().max(1.0) =>
            {
                Ok(fit.preceded_by(&failed))
            }
            _ => Err(FitError::NotConverged(failed)),
        }
    }

    /// The state whose beginning would raise the likelihood most, and the mean ratio of the likelihoods.
    fn likeliest(&self, at: &[Coefficient]) -> (usize, f64) {
        let theta: Vec<f64> = at.iter().map(|coefficient| coefficient.value).collect();
        let (_, expected) = self.0.expected(&theta);
        let (state, ratio) = expected.initial_ratios.argmax();
        (state, ratio / self.0.n_sequences() as f64)
    }

    fn hold(&self, at: &mut [Coefficient], state: usize) {
        for (j, coefficient) in at[self.0.coefficients_of_initial()].iter_mut().enumerate() {
            coefficient.value = f64::from(u8::from(j + 1 == state));
            coefficient.held = true;
        }
    }
}
