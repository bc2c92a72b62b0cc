//! The law of the hidden states: where a sequence begins, and the matrix of transitions into each row.
//!
//! Notation: `S` states, `delta` the initial distribution, `P_t(a, b)` the probability of going from `a` to `b` from row `t - 1` to row `t`.
//! Its coefficients are the `P(a, b)` themselves, `b != a`, or with covariates those of the linear predictors of
//!
//! ```text
//! eta_t(a, b) = ln(P_t(a, b) / P_t(a, a))
//! ```
use nalgebra::{DMatrix, DVector};

use super::stationary::{Stationary, pairs};
use crate::Design;
use crate::arguments::Arguments;
use crate::block::lanes;
use crate::design::BLOCK;

/// Where the initial distribution comes from.
#[derive(Clone, Copy)]
pub(crate) enum InitialLaw<'m> {
    /// Coefficients of its own, of all states but the first, from this one on.
    Free(usize),
    /// That of the transitions.
    Stationary,
    /// Known probabilities.
    Given(&'m [f64]),
}

/// The chain of the states.
#[derive(Clone, Copy)]
pub(crate) struct Chain<'m> {
    pub(crate) states: usize,
    /// The first coefficient of the transitions.
    pub(crate) first: usize,
    /// The covariates of the transitions, a row for each row that they lead to.
    pub(crate) design: Option<&'m Design>,
    pub(crate) initial: InitialLaw<'m>,
}

/// The initial distribution with its derivatives in some of the coefficients.
pub(crate) struct InitialPoint {
    pub(crate) delta: DVector<f64>,
    /// The first of these coefficients.
    pub(crate) first: usize,
    /// `d delta_j / d theta_k`, of each of them.
    pub(crate) slopes: DMatrix<f64>,
    stationary: Option<Stationary>,
}

impl InitialPoint {
    /// `sum_j v_j d2 delta_j / d theta_k d theta_l`; none where there is no curvature.
    pub(crate) fn curvature(&self, v: &DVector<f64>) -> Option<DMatrix<f64>> {
        self.stationary.as_ref().map(|stationary| stationary.curvature(v))
    }
}

impl Chain<'_> {
    /// The number of coefficients of each `eta(a, b)`, or 1.
    pub(crate) fn columns(&self) -> usize {
        self.design.map_or(1, |design| design.names().len())
    }

    /// The first coefficient of the transition from `a` to `b`, another state.
    pub(crate) fn coefficient(&self, a: usize, b: usize) -> usize {
        let place = a * (self.states - 1) + if b < a { b } else { b - 1 };
        self.first + place * self.columns()
    }

    /// The transition matrix without covariates, `S x S`.
    pub(crate) fn matrix(&self, theta: &[f64]) -> DMatrix<f64> {
        let mut p = DMatrix::zeros(self.states, self.states);
        for (a, b) in pairs(self.states) {
            p[(a, b)] = theta[self.coefficient(a, b)];
        }
        for a in 0..self.states {
            p[(a, a)] = rest(1.0 - p.row(a).sum(), self.states);
        }
        p
    }

    /// The initial distribution.
    pub(crate) fn initial(&self, theta: &[f64]) -> InitialPoint {
        let states = self.states;
        match self.initial {
            InitialLaw::Given(delta) => InitialPoint {
                delta: DVector::from_row_slice(delta),
                first: 0,
                slopes: DMatrix::zeros(states, 0),
                stationary: None,
            },
            InitialLaw::Free(first) => {
                let others = &theta[first..first + states - 1];
                let rest = rest(1.0 - others.iter().sum::<f64>(), states);
                let delta = std::iter::once(rest).chain(others.iter().copied());
                let slope = |j: usize, k: usize| if j == 0 { -1.0 } else { f64::from(u8::from(j == k + 1)) };
                InitialPoint {
                    delta: DVector::from_iterator(states, delta),
                    first,
                    slopes: DMatrix::from_fn(states, states - 1, slope),
                    stationary: None,
                }
            }
            InitialLaw::Stationary => {
                let stationary = Stationary::new(&self.matrix(theta));
                let (delta, slopes) = (stationary.delta.clone(), stationary.slopes());
                InitialPoint { delta, first: self.first, slopes, stationary: Some(stationary) }
            }
        }
    }

    /// The transition matrices at some coefficients.
    pub(crate) fn matrices<'t>(&'t self, theta: &'t [f64], rows: usize) -> Matrices<'t> {
        let states = self.states;
        let (entries, predictor) = match self.design {
            None => (self.matrix(theta).transpose().as_slice().to_vec(), Vec::new()),
            Some(_) => (vec![0.0; rows.min(BLOCK) * states * states], vec![0.0; lanes(rows.min(BLOCK))]),
        };
        Matrices { chain: self, theta, entries, predictor }
    }
}

/// What probabilities leave of 1: they may leave less than nothing by rounding; otherwise they are none, and so is what they leave.
fn rest(rest: f64, states: usize) -> f64 {
    let rounding = f64::EPSILON * states as f64;
    match rest {
        _ if rest >= 0.0 => rest,
        _ if rest >= -rounding => 0.0,
        _ => f64::NAN,
    }
}

/// The transition matrices of a block of rows, each `S x S` by rows.
pub(crate) struct Matrices<'t> {
    chain: &'t Chain<'t>,
    theta: &'t [f64],
    /// One for all rows where there are no covariates.
    entries: Vec<f64>,
    predictor: Vec<f64>,
}

impl Matrices<'_> {
    /// Computes the matrices of block `index`, of so many rows.
    pub(crate) fn load(&mut self, index: usize, rows: usize) {
        let Some(design) = self.chain.design else { return };
        let (states, columns) = (self.chain.states, self.chain.columns());
        for (a, b) in pairs(states) {
            let beta = &self.theta[self.chain.coefficient(a, b)..][..columns];
            let length = lanes(rows);
            design.predict(index, beta, length, &mut self.predictor[..length]);
            for (p, eta) in self.entries.chunks_exact_mut(states * states).zip(&self.predictor[..rows]) {
                p[a * states + b] = *eta;
            }
        }
        for p in self.entries.chunks_exact_mut(states * states).take(rows) {
            for (a, row) in p.chunks_exact_mut(states).enumerate() {
                row[a] = 0.0;
                softmax(row);
            }
        }
    }

    /// The matrix of the transition into row `i` of the block.
    #[inline(always)]
    pub(crate) fn at(&self, i: usize) -> &[f64] {
        let size = self.chain.states * self.chain.states;
        let first = if self.chain.design.is_some() { i * size } else { 0 };
        &self.entries[first..][..size]
    }
}

fn softmax(eta: &mut [f64]) {
    let highest = eta.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    for eta in &mut *eta {
        *eta = (*eta - highest).exp();
    }
    let sum: f64 = eta.iter().sum();
    for p in eta {
        *p /= sum;
    }
}

/// The arguments of the transitions from one state, where they have covariates.
pub(crate) struct RowArguments<'m> {
    designs: Vec<Option<&'m Design>>,
    first: Vec<usize>,
}

impl<'m> RowArguments<'m> {
    pub(crate) fn new(chain: &Chain<'m>, a: usize) -> Self {
        let first = (0..chain.states).filter(|&b| b != a).map(|b| chain.coefficient(a, b)).collect();
        Self { designs: vec![chain.design; chain.states - 1], first }
    }

    /// With the coefficients counted from the first of these.
    pub(crate) fn counted_from_zero(mut self) -> Self {
        let start = self.first[0];
        for first in &mut self.first {
            *first -= start;
        }
        self
    }

    pub(crate) fn arguments(&self) -> Arguments<'_> {
        Arguments { designs: &self.designs, first: &self.first }
    }
}
