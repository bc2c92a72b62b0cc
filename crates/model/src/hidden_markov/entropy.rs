//! The entropy of the path of the states given the rows.
//!
//! Notation as in `expected.rs`. Given the rows the path is a Markov chain, too; the entropy is that of its beginning and of each step given
//! the one before:
//!
//! ```text
//! H = -sum_j gamma_1j ln gamma_1j - sum_t sum_ij xi_t(i, j) ln(xi_t(i, j) / sum_m xi_t(i, m))
//! ```
//! One pass over what forward-backward leaves behind; the recursion of Hernando, Crespi & Cybenko takes the same conditional entropies
//! into the forward pass.
//!
//! # References
//! Hernando, Crespi & Cybenko, "Efficient computation of the hidden Markov model entropy for a given observation sequence" (2005).
use super::HiddenMarkovLikelihood;
use super::expected::RowStates;
use crate::sum::Compensated;

impl<Row: Sync> HiddenMarkovLikelihood<'_, Row> {
    /// The entropy of the path of the states given the rows, in units of `e` (nats), summed over the sequences: from 0 where one path is
    /// sure to `n ln S` where all are equally probable. NaN where the rows are impossible.
    ///
    /// # Formula
    /// `H = -sum_x P(x | rows) ln P(x | rows)` over all paths `x`
    ///
    /// # Example
    /// ```
    /// use maxlik_model::{HiddenMarkovLikelihood, Initial, distribution::exponential, positive};
    /// let waits = [0.3, 2.5];
    /// let chain = HiddenMarkovLikelihood::new(&waits)
    ///     .state([positive("fast")], |[rate], &t| exponential::ln_pdf(t, rate))
    ///     .state([positive("slow")], |[rate], &t| exponential::ln_pdf(t, rate))
    ///     .initial(Initial::Given(vec![0.6, 0.4]));
    /// let f = |rate: f64, t: f64| rate * (-rate * t).exp();
    /// let (fast, slow) = (0.6 * f(3.0, 0.3), 0.4 * f(0.4, 0.3));
    /// let (fast_next, slow_next) = (f(3.0, 2.5), f(0.4, 2.5));
    /// let paths = [fast * 0.9 * fast_next, fast * 0.1 * slow_next, slow * 0.3 * fast_next, slow * 0.7 * slow_next];
    /// let sum: f64 = paths.iter().sum();
    /// let entropy: f64 = paths.iter().map(|p| -p / sum * (p / sum).ln()).sum();
    /// assert!((chain.path_entropy(&[3.0, 0.4, 0.1, 0.3]) - entropy).abs() < 1e-14);
    /// ```
    pub fn path_entropy(&self, coefficients: &[f64]) -> f64 {
        let recursion = self.recursion();
        let (_, forward) = recursion.filter(coefficients);
        let smoothed = recursion.smooth(coefficients, forward);
        let mut matrices = recursion.chain.matrices(coefficients, recursion.emissions.rows());
        let mut room = recursion.room(coefficients);
        let mut total = Compensated::default();
        for index in 0..recursion.emissions.blocks() {
            let rows = recursion.emissions.block(index).len();
            matrices.load(index, rows);
            for i in 0..rows {
                total.add(of_row(&recursion.row_states((index, i), &smoothed, &matrices, &mut room)));
            }
        }
        total.value()
    }
}

/// The entropy of the state of a row, given that of the row before.
fn of_row(row: &RowStates<'_>) -> f64 {
    let states = row.weight.len();
    if row.begins {
        return row.gamma.iter().map(|&gamma| surprise(gamma, 1.0)).sum();
    }
    let from = |i: usize| {
        let sum = (0..states).map(|j| row.xi(i, j)).sum();
        (0..states).map(|j| surprise(row.xi(i, j), sum)).sum::<f64>()
    };
    (0..states).map(from).sum()
}

/// `-p ln(p / of)`, 0 where that cannot be.
fn surprise(p: f64, of: f64) -> f64 {
    if p == 0.0 { 0.0 } else { -p * (p / of).ln() }
}
