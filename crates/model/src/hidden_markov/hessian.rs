//! The exact Hessian, by one more forward recursion: Louis' identity with the covariances summed over time.
//!
//! Notation as in `expected.rs`; `s_t` the score of the complete data in row `t`: of the transition into it and of its density. With `p_t`
//! the factor whose logarithm has the slope `s_t`,
//!
//! ```text
//! l'' = sum_t E p_t'' / p_t - E s_t E s_t' + C_t + C_t'        C_t = Cov(s_t, s_1 + .. + s_(t-1)), all given the rows
//! ```
//! Given the state of row `t - 1` its past does not depend on what follows, so that `C_t = E s_t (G_(t-1)(x_(t-1)) - E G_(t-1))'` with the
//! score of the past given the state it led to, a vector for each state:
//!
//! ```text
//! V_t(j) = sum_i P(x_(t-1) = i | x_t = j, rows before t) (G_(t-1)(i) + s_t(i, j)), without the density's part
//! G_t(j) = V_t(j) + g_tj - the mean of this over alpha_t
//! ```
//! Taking away the mean changes no covariance and keeps `G` as small as the chain's memory is short: no digits are lost in long sequences.
//! The work of a row is `S^2 m + m^2` for `m` coefficients.
//!
//! # References
//! Louis, "Finding the observed information matrix when using the EM algorithm" (1982); Lystig & Hughes, "Exact computation of the
//! observed information matrix for hidden Markov models" (2002); Cappé, Moulines & Rydén, "Inference in Hidden Markov Models" (2005),
//! section 10.3.4.
use nalgebra::{DMatrix, DVector};

use super::expected::{Counts, RowStates, TransitionBuffers};
use super::filter::{Recursion, Smoothed};
use super::past::Past;
use crate::arguments::{Totals, Triangle};
use crate::block::{Buffers, lanes};
use crate::design::BLOCK;
use crate::tile::Scaled;

impl<Row: Sync> Recursion<'_, Row> {
    /// Score and Hessian.
    pub(crate) fn derivatives(&self, theta: &[f64], smoothed: &Smoothed) -> (DVector<f64>, DMatrix<f64>) {
        let (m, states, n) = (theta.len(), self.states(), self.emissions.rows());
        let (mut totals, mut triangle) = (Totals::new(m), Triangle::new(m));
        let mut scaled = Scaled::new();
        let mut sums = Counts::new(states);
        let mut past = Past::new(self, theta);
        let mut matrices = self.chain.matrices(theta, n);
        let mut room = self.room(theta);
        let mut parts = self.emissions.buffers(2);
        let mut shares = vec![vec![0.0; n.min(BLOCK)]; states];
        let mut covariates = TransitionBuffers::new(self, 2);
        for index in 0..self.emissions.blocks() {
            let rows = self.emissions.block(index).len();
            matrices.load(index, rows);
            self.emissions.differentiate(theta, index, 2, &mut parts);
            for i in 0..rows {
                let row = self.row_states((index, i), smoothed, &matrices, &mut room);
                sums.add(&row);
                self.share_out(&row, &mut shares);
                covariates.store_gradient(&row);
                covariates.store_curvature(&row);
                past.advance(self, &row, index, &parts);
            }
            sums.end_block();
            past.end_block();
            for (j, (part, shares)) in parts.iter_mut().zip(&shares).enumerate() {
                add_outer_products(part, self.emissions.arguments(j).first.len(), rows);
                let length = part.weigh_and_pad(rows, Some(&shares[..rows]));
                self.emissions.arguments(j).add_score(index, part, length, &mut totals);
                self.emissions.arguments(j).add_hessian(index, part, length, &mut scaled, &mut triangle);
            }
            covariates.add_score(index, rows, &mut totals);
            covariates.add_hessian(index, rows, &mut scaled, &mut triangle);
        }
        let mut score = totals.finish().1;
        self.add_chain_score(theta, &sums, &mut score);
        let mut hessian = triangle.finish(m) + past.finish();
        let initial = self.chain.initial(theta);
        if let Some(curvature) = initial.curvature(&sums.weight) {
            let k = curvature.nrows();
            let mut own = hessian.view_mut((initial.first, initial.first), (k, k));
            own += curvature;
        }
        (score, hessian)
    }
}

/// From the second derivatives of the logarithm of a density to those of the density, divided by it: `h + g g'`.
fn add_outer_products(part: &mut Buffers, arguments: usize, rows: usize) {
    for a in 0..arguments {
        for b in 0..=a {
            for i in 0..rows {
                let product = part.gradient(a)[i] * part.gradient(b)[i];
                part.hessian_mut(a, b)[i] += product;
            }
        }
    }
}

impl TransitionBuffers<'_> {
    /// `E P'' / P` in the linear predictors of each state's transitions.
    fn store_curvature(&mut self, row: &RowStates<'_>) {
        let states = row.weight.len();
        for (a, part) in self.parts.iter_mut().enumerate() {
            let others: Vec<usize> = (0..states).filter(|&b| b != a).collect();
            let sum: f64 = if row.begins { 0.0 } else { (0..states).map(|j| row.xi(a, j)).sum() };
            for (k, &b) in others.iter().enumerate() {
                for (l, &c) in others[..=k].iter().enumerate() {
                    part.hessian_mut(k, l)[row.i] = if row.begins {
                        0.0
                    } else {
                        let (p_b, p_c) = (row.p[a * states + b], row.p[a * states + c]);
                        let both = if b == c { row.xi(a, b) - p_b * sum } else { 0.0 };
                        both - row.xi(a, b) * p_c - row.xi(a, c) * p_b + 2.0 * sum * p_b * p_c
                    };
                }
            }
        }
    }

    fn add_hessian(&self, index: usize, rows: usize, scaled: &mut Scaled, triangle: &mut Triangle) {
        let length = lanes(rows);
        for (part, arguments) in self.parts.iter().zip(self.arguments()) {
            arguments.arguments().add_hessian(index, part, length, scaled, triangle);
        }
    }
}
