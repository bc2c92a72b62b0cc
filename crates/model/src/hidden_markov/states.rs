//! What the likelihood of a hidden Markov model says of the states, and its parts by themselves.
use std::borrow::Cow;

use nalgebra::{DMatrix, DVector};

use super::alone::{CountsAlone, RowAlone, StateAlone};
use super::chain::{Chain, RowArguments};
use super::emissions::Emissions;
use super::expected::Expected;
use super::stationary::Stationary;
use super::{HiddenMarkovLikelihood, total};
use crate::Likelihood;
use crate::design::BLOCK;

impl<Row: Sync> HiddenMarkovLikelihood<'_, Row> {
    /// The log-likelihood of each sequence.
    pub fn log_likelihoods(&self, coefficients: &[f64]) -> Vec<f64> {
        self.recursion().log_likelihoods(coefficients)
    }

    /// The log-density of each row given those before it in its sequence (`n`), 0 for a missing one; and the probability of each state given
    /// the rows up to it (`n x S`).
    pub fn filtered(&self, coefficients: &[f64]) -> (DVector<f64>, DMatrix<f64>) {
        let (n, states) = (self.data.len(), self.names.len());
        let (mut ln_densities, mut alpha) = (DVector::zeros(n), DMatrix::zeros(n, states));
        self.recursion().forward(coefficients, |row, ln_density, own, _| {
            ln_densities[row] = if self.is_missing(row) { 0.0 } else { ln_density };
            for (j, own) in own.iter().enumerate() {
                alpha[(row, j)] = *own;
            }
        });
        (ln_densities, alpha)
    }

    /// The log-likelihood (with that of a [prior](Self::with_pseudo_rows)), and what is expected of the hidden states given the rows: what an
    /// M-step needs. NaN where the log-likelihood is not finite.
    pub fn expected(&self, coefficients: &[f64]) -> (f64, Expected) {
        let recursion = self.recursion();
        if let Some((log_likelihood, expected)) = recursion.e_step(coefficients) {
            return (log_likelihood + self.ln_prior(coefficients), expected);
        }
        let (ln, forward) = recursion.filter(coefficients);
        let expected = recursion.expected(coefficients, recursion.smooth(coefficients, forward));
        (total(&ln) + self.ln_prior(coefficients), expected)
    }

    /// The most probable path of each sequence, the earlier of two states that are equally so; `None` for an impossible sequence.
    pub fn viterbi(&self, coefficients: &[f64]) -> Vec<Option<usize>> {
        self.recursion().viterbi(coefficients)
    }

    /// The log-density of each row in each state, `n x S`; 0 for a missing row.
    pub fn ln_emissions(&self, coefficients: &[f64]) -> DMatrix<f64> {
        self.recursion().emissions.ln_densities(coefficients)
    }

    /// The probabilities of the transitions into row `row`, `S x S`; the same for all rows without covariates.
    ///
    /// # Panics
    /// If there is no such row.
    pub fn transition_matrix(&self, coefficients: &[f64], row: usize) -> DMatrix<f64> {
        let (chain, recursion) = (self.chain(), self.recursion());
        let mut matrices = chain.matrices(coefficients, self.data.len());
        let index = row / BLOCK;
        let block = recursion.emissions.block(index);
        matrices.load(index, block.len());
        DMatrix::from_row_slice(chain.states, chain.states, matrices.at(row - block.start))
    }

    /// The probabilities of the states where a sequence begins.
    pub fn initial_probabilities(&self, coefficients: &[f64]) -> DVector<f64> {
        self.chain().initial(coefficients).delta
    }

    /// The stationary distribution of a transition matrix; NaN where it is not unique.
    pub fn stationary_distribution(matrix: &DMatrix<f64>) -> DVector<f64> {
        Stationary::new(matrix).delta
    }

    /// The log-likelihood of state `j` by itself, with the probability `gamma` of the state in each row for a weight; missing rows do not
    /// count.
    ///
    /// # Panics
    /// If there is no state `j`, counted from 0.
    pub fn state_alone<'m>(&'m self, j: usize, gamma: impl Into<Cow<'m, [f64]>>) -> Box<dyn Likelihood + 'm> {
        let emissions = Emissions::new(self.chosen(), self.mask(), vec![&*self.states[j]]);
        let gamma = gamma.into();
        let gamma = match self.mask() {
            None => gamma,
            Some(mask) => gamma.iter().zip(mask).map(|(&gamma, &missing)| if missing { 0.0 } else { gamma }).collect(),
        };
        Box::new(StateAlone { emissions, parameters: self.states[j].parameters(), gamma })
    }

    /// The log-likelihood of the transitions without covariates by themselves, with that of the beginnings where these are stationary.
    pub fn transitions_alone<'m>(&'m self, expected: &'m Expected) -> Box<dyn Likelihood + 'm> {
        let chain = Chain { first: 0, ..self.chain() };
        let parameters = &self.parameters[self.parameters.len() - chain.states..];
        Box::new(CountsAlone { chain, parameters, counts: &expected.transitions, initial: &expected.initial })
    }

    /// The log-likelihood of the transitions from state `a` by themselves, where they have covariates.
    ///
    /// # Panics
    /// If they have none.
    pub fn transitions_alone_from<'m>(&'m self, a: usize, expected: &Expected) -> Box<dyn Likelihood + 'm> {
        let (theta, smoothed) = expected.recursions.as_ref().expect("bug: transitions without covariates row by row");
        let others = self.names.len() - 1;
        let first = self.parameters.len() - (others + 1) * others + a * others;
        Box::new(RowAlone {
            arguments: RowArguments::new(&Chain { first: 0, ..self.chain() }, a).counted_from_zero(),
            parameters: &self.parameters[first..][..others],
            counts: self.recursion().transitions_from(a, theta, smoothed),
        })
    }

    /// The first two states whose log-densities `f`, `g` differ by at most `tolerance max(|f|, 1)` in each row.
    pub fn equal_states(&self, coefficients: &[f64], tolerance: f64) -> Option<[usize; 2]> {
        let f = self.ln_emissions(coefficients);
        let equal = |m: usize, j: usize| {
            let same = |f: f64, g: f64| f == g || (f - g).abs() <= tolerance * f.abs().max(1.0);
            (0..f.nrows()).all(|row| same(f[(row, m)], f[(row, j)]))
        };
        (1..f.ncols()).flat_map(|j| (0..j).map(move |m| [m, j])).find(|&[m, j]| equal(m, j))
    }
}
