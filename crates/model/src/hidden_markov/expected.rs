//! What the rows say about the states: the E-step, and the score by Fisher's identity.
//!
//! Notation as in `filter.rs`; `gamma_tj` the probability of state `j` given all rows, `q_t(i, j) = alpha_(t-1)i weight_tj`, so that
//! `xi_t(i, j) = q_t(i, j) P_t(i, j)` is the probability of the transition from `i` to `j`. The score is the expectation of the complete
//! data's:
//!
//! ```text
//! d l / d z_j      = sum_t gamma_tj g_tj                             z_j the arguments of the density in state j, g its gradient
//! d l / d P(a, b)  = sum_t q_t(a, b) - q_t(a, a)
//! d l / d eta(a,b) = sum_t xi_t(a, b) - P_t(a, b) sum_j xi_t(a, j)   with covariates
//! d l / d delta_j  = weight_tj                                       where a sequence begins
//! ```
use nalgebra::{DMatrix, DVector};

use super::chain::{Matrices, RowArguments};
use super::filter::{Recursion, Smoothed, predict};
use super::stationary::pairs;
use crate::arguments::Totals;
use crate::block::Buffers;
use crate::design::BLOCK;
use crate::sum::Compensated;

/// What a row says about the states. The slices run over the states; `q` is `S x S` by rows.
pub(crate) struct RowStates<'s> {
    /// The row, and where it stands in its block.
    pub(crate) row: usize,
    pub(crate) i: usize,
    pub(crate) begins: bool,
    /// `alpha` of the row before; nothing where the sequence begins; and of the row itself.
    pub(crate) before: &'s [f64],
    pub(crate) alpha: &'s [f64],
    pub(crate) predicted: &'s [f64],
    pub(crate) weight: &'s [f64],
    pub(crate) gamma: &'s [f64],
    /// The matrix of the transition into the row.
    pub(crate) p: &'s [f64],
}

impl RowStates<'_> {
    /// `q_t(i, j)`
    #[inline(always)]
    pub(crate) fn q(&self, i: usize, j: usize) -> f64 {
        self.before[i] * self.weight[j]
    }

    /// `xi_t(i, j)`
    #[inline(always)]
    pub(crate) fn xi(&self, i: usize, j: usize) -> f64 {
        self.before[i] * self.p[i * self.weight.len() + j] * self.weight[j]
    }
}

/// Room for what a row says.
pub(crate) struct RowRoom {
    predicted: Vec<f64>,
    gamma: Vec<f64>,
    delta: DVector<f64>,
}

impl<Row: Sync> Recursion<'_, Row> {
    pub(crate) fn room(&self, theta: &[f64]) -> RowRoom {
        let states = self.states();
        RowRoom { predicted: vec![0.0; states], gamma: vec![0.0; states], delta: self.chain.initial(theta).delta }
    }

    /// What row `i` of block `index` says.
    #[inline(always)]
    pub(crate) fn row_states<'s>(
        &self,
        (index, i): (usize, usize),
        smoothed: &'s Smoothed,
        matrices: &'s Matrices<'_>,
        room: &'s mut RowRoom,
    ) -> RowStates<'s> {
        let (states, row) = (self.states(), index * BLOCK + i);
        let begins = self.begins[row];
        let before = if begins { &[][..] } else { &smoothed.alpha[(row - 1) * states..][..states] };
        if begins {
            room.predicted.copy_from_slice(room.delta.as_slice());
        } else {
            predict(before, matrices.at(i), &mut room.predicted);
        }
        let weight = &smoothed.weight[row * states..][..states];
        for j in 0..states {
            room.gamma[j] = if weight[j] == 0.0 { 0.0 } else { room.predicted[j] * weight[j] };
        }
        let (predicted, gamma, p) = (&room.predicted[..], &room.gamma[..], matrices.at(i));
        let alpha = &smoothed.alpha[row * states..][..states];
        RowStates { row, i, begins, before, alpha, predicted, weight, gamma, p }
    }

    /// What is expected of the complete data.
    pub(crate) fn expected(&self, theta: &[f64], smoothed: Smoothed) -> Expected {
        let states = self.states();
        let mut sums = Counts::new(states);
        let mut gamma = DMatrix::zeros(self.emissions.rows(), states);
        let mut matrices = self.chain.matrices(theta, self.emissions.rows());
        let mut room = self.room(theta);
        for index in 0..self.emissions.blocks() {
            let rows = self.emissions.block(index).len();
            matrices.load(index, rows);
            for i in 0..rows {
                let row = self.row_states((index, i), &smoothed, &matrices, &mut room);
                sums.add(&row);
                for j in 0..states {
                    gamma[(row.row, j)] = row.gamma[j];
                }
            }
            sums.end_block();
        }
        let (q, xi, weight) = (sums.matrix(&sums.q), sums.matrix(&sums.xi), sums.weight);
        let first = self.begins.iter().enumerate().filter(|&(_, &begins)| begins).map(|(row, _)| row);
        let initial = first.fold(DVector::zeros(states), |sum, row| sum + gamma.row(row).transpose());
        let recursions = self.chain.design.map(|_| (theta.to_vec(), smoothed));
        Expected { gamma, transitions: xi, transition_ratios: q, initial, initial_ratios: weight, recursions }
    }

    /// `xi_t(a, j)`, `n x S`, 0 where a sequence begins; that of the state itself first, then those of the others in order.
    pub(crate) fn transitions_from(&self, a: usize, theta: &[f64], smoothed: &Smoothed) -> DMatrix<f64> {
        let mut counts = DMatrix::zeros(self.emissions.rows(), self.states());
        let mut matrices = self.chain.matrices(theta, self.emissions.rows());
        let mut room = self.room(theta);
        for index in 0..self.emissions.blocks() {
            let rows = self.emissions.block(index).len();
            matrices.load(index, rows);
            for i in 0..rows {
                let row = self.row_states((index, i), smoothed, &matrices, &mut room);
                if !row.begins {
                    let others = (0..self.states()).filter(|&j| j != a);
                    for (to, j) in std::iter::once(a).chain(others).enumerate() {
                        counts[(row.row, to)] = row.xi(a, j);
                    }
                }
            }
        }
        counts
    }

    /// The score.
    pub(crate) fn score(&self, theta: &[f64], smoothed: &Smoothed) -> DVector<f64> {
        let (states, n) = (self.states(), self.emissions.rows());
        let mut totals = Totals::new(theta.len());
        let mut sums = Counts::new(states);
        let mut matrices = self.chain.matrices(theta, n);
        let mut room = self.room(theta);
        let mut parts = self.emissions.buffers(1);
        let mut shares = vec![vec![0.0; n.min(BLOCK)]; states];
        let mut covariates = TransitionBuffers::new(self, 1);
        for index in 0..self.emissions.blocks() {
            let rows = self.emissions.block(index).len();
            matrices.load(index, rows);
            for i in 0..rows {
                let row = self.row_states((index, i), smoothed, &matrices, &mut room);
                sums.add(&row);
                self.share_out(&row, &mut shares);
                covariates.store_gradient(&row);
            }
            sums.end_block();
            self.emissions.differentiate(theta, index, 1, &mut parts);
            for (j, (part, shares)) in parts.iter_mut().zip(&shares).enumerate() {
                let length = part.weigh_and_pad(rows, Some(&shares[..rows]));
                self.emissions.arguments(j).add_score(index, part, length, &mut totals);
            }
            covariates.add_score(index, rows, &mut totals);
        }
        let mut score = totals.finish().1;
        self.add_chain_score(theta, &sums, &mut score);
        score
    }

    /// Stores the probabilities of the states as weights of the row's densities; a missing row has none.
    pub(crate) fn share_out(&self, row: &RowStates<'_>, shares: &mut [Vec<f64>]) {
        let missing = self.emissions.is_missing(row.row);
        for (shares, gamma) in shares.iter_mut().zip(row.gamma) {
            shares[row.i] = if missing { 0.0 } else { *gamma };
        }
    }

    /// Adds the score of the initial distribution, and that of the transitions where they have no covariates.
    pub(crate) fn add_chain_score(&self, theta: &[f64], sums: &Counts, score: &mut DVector<f64>) {
        if self.chain.design.is_none() {
            let q = sums.matrix(&sums.q);
            for (a, b) in pairs(self.states()) {
                score[self.chain.coefficient(a, b)] += q[(a, b)] - q[(a, a)];
            }
        }
        let initial = self.chain.initial(theta);
        let slopes = initial.slopes.tr_mul(&sums.weight);
        let mut own = score.rows_mut(initial.first, slopes.len());
        own += slopes;
    }
}

/// What is expected of the complete data, given the rows.
#[derive(Clone, Debug)]
pub struct Expected {
    /// `gamma`, `n x S`: the probability of each state given all rows of the sequence.
    pub gamma: DMatrix<f64>,
    /// `sum_t xi_t(i, j)`, `S x S`: the expected number of transitions from `i` to `j`.
    pub transitions: DMatrix<f64>,
    /// `sum_t q_t(i, j)`: the same divided by the probability of the transition, also where that is 0. Without covariates only.
    pub transition_ratios: DMatrix<f64>,
    /// The expected number of sequences that begin in each state.
    pub initial: DVector<f64>,
    /// The same divided by the probability of beginning there, also where that is 0.
    pub initial_ratios: DVector<f64>,
    /// Where there are covariates: the coefficients and both recursions, from which the transitions of each row follow.
    pub(crate) recursions: Option<(Vec<f64>, Smoothed)>,
}

/// Sums of `q`, `xi` and the weights of first rows.
pub(crate) struct Counts {
    states: usize,
    q: Vec<Compensated>,
    xi: Vec<Compensated>,
    pub(crate) weight: DVector<f64>,
    block: Vec<f64>,
}

impl Counts {
    pub(crate) fn new(states: usize) -> Self {
        let zero = || vec![Compensated::default(); states * states];
        Self { states, q: zero(), xi: zero(), weight: DVector::zeros(states), block: vec![0.0; 2 * states * states] }
    }

    #[inline(always)]
    pub(crate) fn add(&mut self, row: &RowStates<'_>) {
        if row.begins {
            for (sum, weight) in self.weight.iter_mut().zip(row.weight) {
                *sum += weight;
            }
            return;
        }
        let (q, xi) = self.block.split_at_mut(self.states * self.states);
        for i in 0..self.states {
            let (q, xi, p) = (&mut q[i * self.states..], &mut xi[i * self.states..], &row.p[i * self.states..]);
            for j in 0..self.states {
                let ratio = row.before[i] * row.weight[j];
                q[j] += ratio;
                xi[j] += ratio * p[j];
            }
        }
    }

    pub(crate) fn end_block(&mut self) {
        for (sum, block) in self.q.iter_mut().chain(&mut self.xi).zip(&mut self.block) {
            sum.add(std::mem::take(block));
        }
    }

    fn matrix(&self, sums: &[Compensated]) -> DMatrix<f64> {
        DMatrix::from_fn(self.states, self.states, |i, j| sums[i * self.states + j].value())
    }
}

/// The derivatives of a block of rows in the linear predictors of the transitions, where there are covariates: one buffer for each state
/// that a transition comes from.
pub(crate) struct TransitionBuffers<'m> {
    states: usize,
    arguments: Vec<RowArguments<'m>>,
    pub(crate) parts: Vec<Buffers>,
}

impl<'m> TransitionBuffers<'m> {
    pub(crate) fn new<Row: Sync>(recursion: &Recursion<'m, Row>, order: usize) -> Self {
        let states = recursion.states();
        let from = if recursion.chain.design.is_some() { 0..states } else { 0..0 };
        let buffers = |_| Buffers::new(states - 1, recursion.emissions.rows(), order);
        Self {
            states,
            parts: from.clone().map(buffers).collect(),
            arguments: from.map(|a| RowArguments::new(&recursion.chain, a)).collect(),
        }
    }

    /// `xi(a, b) - P(a, b) sum_j xi(a, j)`, 0 where a sequence begins.
    pub(crate) fn store_gradient(&mut self, row: &RowStates<'_>) {
        for (a, part) in self.parts.iter_mut().enumerate() {
            let sum: f64 = if row.begins { 0.0 } else { (0..self.states).map(|j| row.xi(a, j)).sum() };
            for (k, b) in (0..self.states).filter(|&b| b != a).enumerate() {
                let slope = if row.begins { 0.0 } else { row.xi(a, b) - row.p[a * self.states + b] * sum };
                part.gradient_mut(k)[row.i] = slope;
            }
        }
    }

    pub(crate) fn add_score(&mut self, index: usize, rows: usize, totals: &mut Totals) {
        for (part, arguments) in self.parts.iter_mut().zip(&self.arguments) {
            let length = part.weigh_and_pad(rows, None);
            arguments.arguments().add_score(index, part, length, totals);
        }
    }

    pub(crate) fn arguments(&self) -> impl Iterator<Item = &RowArguments<'m>> {
        self.arguments.iter()
    }
}
