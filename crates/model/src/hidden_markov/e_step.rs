//! The E-step where the transitions have no covariates, by the [sweeps](super::sweeps) over blocks.
use std::array;

use maxlik_dual::instructions::run;
use nalgebra::{DMatrix, DVector};

use super::expected::Expected;
use super::filter::Recursion;
use super::sweeps::{Backward, Forward, Room};
use crate::cross_product::sum;
use crate::design::BLOCK;
use crate::sum::Compensated;

impl<Row> Recursion<'_, Row> {
    /// The log-likelihood and what is expected of the complete data, for some numbers of states; none where a row is so unlikely that it takes
    /// more care.
    pub(crate) fn e_step(&self, theta: &[f64]) -> Option<(f64, Expected)> {
        if self.chain.design.is_some() {
            return None;
        }
        match self.states() {
            2 => self.e_step_of::<2>(theta),
            3 => self.e_step_of::<3>(theta),
            4 => self.e_step_of::<4>(theta),
            5 => self.e_step_of::<5>(theta),
            6 => self.e_step_of::<6>(theta),
            _ => None,
        }
    }

    fn e_step_of<const S: usize>(&self, theta: &[f64]) -> Option<(f64, Expected)> {
        let n = self.emissions.rows();
        let matrix = self.chain.matrix(theta);
        let p: [[f64; S]; S] = array::from_fn(|a| array::from_fn(|b| matrix[(a, b)]));
        let mut alpha = vec![[0.0; S]; n];
        let mut gamma = DMatrix::zeros(n, S);
        let log_likelihood = self.forward_of(theta, &p, &mut alpha, &mut gamma)?;
        let (q, weight) = self.backward_of(&p, &alpha, &mut gamma);
        let ratios = DMatrix::from_fn(S, S, |a, b| q[a][b].value());
        let first = (0..n).filter(|&row| self.begins[row]);
        let expected = Expected {
            transitions: ratios.component_mul(&matrix),
            transition_ratios: ratios,
            initial: first.fold(DVector::zeros(S), |sum, row| sum + gamma.row(row).transpose()),
            initial_ratios: DVector::from_row_slice(&weight),
            gamma,
            recursions: None,
        };
        Some((log_likelihood, expected))
    }

    /// Stores `alpha`, and `b / c` in the place of `gamma`.
    fn forward_of<const S: usize>(
        &self,
        theta: &[f64],
        p: &[[f64; S]; S],
        alpha: &mut [[f64; S]],
        gamma: &mut DMatrix<f64>,
    ) -> Option<f64> {
        let delta = self.chain.initial(theta).delta;
        let delta: [f64; S] = array::from_fn(|j| delta[j]);
        let mut parts = self.emissions.buffers(0);
        let mut room = Room::new(self.emissions.rows().min(BLOCK));
        let mut last = ([0.0; S], 1.0);
        let mut total = Compensated::default();
        for index in 0..self.emissions.blocks() {
            let block = self.emissions.block(index);
            self.emissions.differentiate(theta, index, 0, &mut parts);
            let likely = run(Forward {
                f: array::from_fn(|j| parts[j].value()),
                begins: &self.begins[block.clone()],
                missing: self.emissions.missing_of(block.clone()),
                p,
                delta: &delta,
                last: &mut last,
                alpha: &mut alpha[block.clone()],
                density: columns(gamma, block.clone()),
                room: &mut room,
            });
            if !likely {
                return None;
            }
            room.ln[block.len()..].fill(0.0);
            total.add(sum(&room.ln));
        }
        Some(total.value()).filter(|total| total.is_finite())
    }

    /// From `b / c` to `gamma`; returns the sums of `q` and of the weights of first rows.
    fn backward_of<const S: usize>(
        &self,
        p: &[[f64; S]; S],
        alpha: &[[f64; S]],
        gamma: &mut DMatrix<f64>,
    ) -> ([[Compensated; S]; S], [f64; S]) {
        let mut q = [[Compensated::default(); S]; S];
        let (mut weight, mut beta) = ([0.0; S], [1.0; S]);
        for index in (0..self.emissions.blocks()).rev() {
            let block = self.emissions.block(index);
            let sums = run(Backward {
                begins: &self.begins[block.clone()],
                p,
                before: block.start.checked_sub(1).map(|row| &alpha[row]),
                alpha: &alpha[block.clone()],
                beta: &mut beta,
                density: columns(gamma, block),
                weight: &mut weight,
            });
            for (q, sums) in q.as_flattened_mut().iter_mut().zip(sums.as_flattened()) {
                q.add(*sums);
            }
        }
        (q, weight)
    }
}

/// Some rows of each column.
fn columns<const S: usize>(matrix: &mut DMatrix<f64>, rows: std::ops::Range<usize>) -> [&mut [f64]; S] {
    let n = matrix.nrows();
    let mut columns = matrix.as_mut_slice().chunks_exact_mut(n);
    array::from_fn(|_| &mut columns.next().expect("bug: a state without a column")[rows.clone()])
}
