//! A hidden Markov model as the search from several starts sees it.
use std::ops::{ControlFlow, Range};

use maxlik_model::{HiddenMarkovLikelihood, Initial, Likelihood};
use maxlik_optimizer::{Em, Report};
use nalgebra::{DMatrix, DVector};
use rand::rngs::StdRng;

use super::beginning::Beginning;
use super::draw::{spells, window_each};
use super::em::HiddenMarkovSteps;
use super::trouble::in_words;
use crate::FitError;
use crate::fitting::{fit_em_at, search_em};
use crate::free_scale::Coefficient;
use crate::latent::parts::{Kind, Maximum, Parts};

impl<Row: Sync> Parts for HiddenMarkovLikelihood<'_, Row> {
    const KIND: Kind = Kind::State;

    fn names(&self) -> &[String] {
        self.state_names()
    }

    fn own(&self, j: usize) -> Range<usize> {
        self.coefficients_of_state(j)
    }

    fn counts(&self, row: usize) -> bool {
        !self.is_missing(row)
    }

    fn prior_share(&self) -> f64 {
        HiddenMarkovLikelihood::prior_share(self)
    }

    fn responsibilities(&self, theta: &[f64]) -> (DVector<f64>, DMatrix<f64>) {
        (self.filtered(theta).0, self.expected(theta).1.gamma)
    }

    fn part_ln_densities(&self, theta: &[f64]) -> DMatrix<f64> {
        self.ln_emissions(theta)
    }

    fn part_alone<'m>(&'m self, j: usize, weights: &'m [f64]) -> Box<dyn Likelihood + 'm> {
        self.state_alone(j, weights)
    }

    fn draw(&self, number: usize, rng: &mut StdRng) -> DMatrix<f64> {
        if number.is_multiple_of(2) { window_each(self, rng) } else { spells(self, rng) }
    }

    fn run(&self, em: Em, start: &[Coefficient]) -> Result<Report, FitError> {
        search_em(self, start, em, &HiddenMarkovSteps(self), &mut |_| ControlFlow::Continue(()))
    }

    fn climb(&self, start: Vec<Coefficient>) -> Result<Maximum, FitError> {
        // Newton's method may end before the M-step's maximum, where a density has none: EM still rises.
        let em = Em::default().with_exact_m_step(false);
        let beginning = Beginning(self);
        let fit = if beginning.is_free_once() {
            beginning.fit_sure(em, start)
        } else {
            fit_em_at(self, start, em, &HiddenMarkovSteps(self), &mut |_| ControlFlow::Continue(()))
        };
        let fit = match fit {
            Err(FitError::NotConverged(partial)) => beginning.fit_sure_after(em, partial),
            other => other,
        };
        in_words(self, fit)
    }

    fn permuted(&self, theta: &[f64], from: &[usize]) -> Vec<f64> {
        let mut to = theta.to_vec();
        for (j, &m) in from.iter().enumerate() {
            let (place, own) = (self.own(j), self.own(m));
            if place.len() == own.len() {
                to[place].copy_from_slice(&theta[own]);
            }
        }
        if self.initial_distribution() == &Initial::Free {
            let delta = self.initial_probabilities(theta);
            for (place, &m) in self.coefficients_of_initial().zip(&from[1..]) {
                to[place] = delta[m];
            }
        }
        // The coefficients of a transition move with its states: staying is the reference in each row.
        let columns = |a: usize| self.coefficients_of_transitions(a).len() / (from.len() - 1).max(1);
        let transition = |a: usize, b: usize| {
            let first = self.coefficients_of_transitions(a).start + columns(a) * if b < a { b } else { b - 1 };
            first..first + columns(a)
        };
        for a in 0..from.len() {
            for b in (0..from.len()).filter(|&b| b != a) {
                to[transition(a, b)].copy_from_slice(&theta[transition(from[a], from[b])]);
            }
        }
        to
    }

    fn without_part(&self, j: usize) -> Option<Self> {
        (self.state_names().len() > 1).then(|| self.without(j))
    }

    fn with_prior(&self, a: f64) -> Self {
        self.with_pseudo_rows(a)
    }
}
