//! The E-step where the transitions have no covariates, by the [sweeps](super::sweeps) over blocks.
use std::array;

use maxlik_dual::instructions::run;
use nalgebra::{DMatrix, DVector};

use super::densities::Densities;
use super::expected::Expected;
use super::filter::Recursion;
use super::sweeps::{Rows, Sweep, sweep};
use crate::block::lanes;
use crate::design::BLOCK;
use crate::sum::Compensated;

impl<Row> Recursion<'_, Row> {
    /// The log-likelihood and what is expected of the complete data, for some numbers of states; none where a row is so unlikely that it takes
    /// more care.
    pub(crate) fn e_step(&self, theta: &[f64]) -> Option<(f64, Expected)> {
        if self.chain.design.is_some() || self.begins.is_empty() {
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
        let (matrix, delta) = (self.chain.matrix(theta), self.chain.initial(theta).delta);
        let p: [[f64; S]; S] = array::from_fn(|a| array::from_fn(|b| matrix[(a, b)]));
        let delta: [f64; S] = array::from_fn(|j| delta[j]);
        // What is returned and what is not, in one piece of memory. Two pieces, freed one after the other, were given back to the system and
        // asked for again at each iteration, which took 40 % of its time.
        let mut memory = vec![0.0; 2 * n * S];
        let (gamma, after) = memory.split_at_mut(n * S);
        let after = after.as_chunks_mut().0;
        let mut ends = self.begins[1..].to_vec();
        ends.push(true);

        let shift = self.densities(theta, columns::<S>(gamma, n));
        let (mut forward, mut backward) = (Sweep::new(&p, &delta), Sweep::new(&p, &delta));
        let rows = Rows { begins: self.begins, ends: &ends, b: columns(gamma, n), after };
        sweep(&mut forward, &mut backward, rows);
        let log_likelihood = Some(shift + forward.ln()?).filter(|l| l.is_finite() && backward.is_likely())?;

        let mut initial = DVector::zeros(S);
        let mut initial_ratios = DVector::zeros(S);
        for row in (0..n).filter(|&row| self.begins[row]) {
            let sum: f64 = after[row].iter().zip(&delta).map(|(after, delta)| delta * after).sum();
            for j in 0..S {
                initial[j] += gamma[j * n + row];
                initial_ratios[j] += after[row][j] / sum;
            }
        }
        memory.truncate(n * S);
        let ratios = DMatrix::from_fn(S, S, |i, j| forward.ratio(i, j) + backward.ratio(i, j));
        let expected = Expected {
            transitions: ratios.component_mul(&matrix),
            transition_ratios: ratios,
            initial,
            initial_ratios,
            gamma: DMatrix::from_vec(n, S, memory),
            recursions: None,
        };
        Some((log_likelihood, expected))
    }

    /// Stores `b`. Gives the sum of `m`.
    fn densities<const S: usize>(&self, theta: &[f64], mut b: [&mut [f64]; S]) -> f64 {
        let mut parts = self.emissions.buffers(0);
        let mut shift = vec![0.0; lanes(self.emissions.rows().min(BLOCK))];
        let mut total = Compensated::default();
        for index in 0..self.emissions.blocks() {
            let block = self.emissions.block(index);
            self.emissions.differentiate(theta, index, 0, &mut parts);
            total.add(run(Densities {
                f: array::from_fn(|j| parts[j].value()),
                missing: self.emissions.missing_of(block.clone()),
                b: b.each_mut().map(|b| &mut b[block.clone()]),
                shift: &mut shift,
            }));
        }
        total.value()
    }
}

/// The columns of a matrix of `n` rows.
fn columns<const S: usize>(matrix: &mut [f64], n: usize) -> [&mut [f64]; S] {
    let mut columns = matrix.chunks_exact_mut(n);
    array::from_fn(|_| columns.next().expect("bug: a state without a column"))
}
