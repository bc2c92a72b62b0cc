//! The scaled forward and backward recursions.
//!
//! Notation of Rabiner (1989), scaled: `f_tj` the log-density of row `t` in state `j`; `m_t` the greatest of them and
//! `b_tj = exp(f_tj - m_t)`; `alpha_tj` the probability of state `j` given the rows up to `t`, `beta_tj` the ratio of the one given all
//! rows of the sequence to that.
//!
//! ```text
//! predicted_tj = sum_i alpha_(t-1)i P_t(i, j)       or delta_j where a sequence begins
//! c_t = sum_j predicted_tj b_tj                     alpha_tj = predicted_tj b_tj / c_t
//! l = sum_t (ln c_t + m_t)
//! weight_tj = b_tj beta_tj / c_t                    beta_(t-1)i = sum_j P_t(i, j) weight_tj
//! ```
//! Then `predicted_tj weight_tj` is the probability of state `j` given all rows, and `alpha_(t-1)i P_t(i, j) weight_tj` that of the
//! transition from `i` to `j`. No exponential or logarithm is taken of a transition.
//!
//! # References
//! Rabiner, "A tutorial on hidden Markov models and selected applications in speech recognition" (1989), section V.A.
use super::chain::Chain;
use super::emissions::Emissions;
use crate::block::Buffers;
use crate::sum::Compensated;

/// Where no state has both a probability beforehand of at least this and a density of at least this part of the greatest, the row is
/// scaled by the greatest product of both instead: their product cannot underflow otherwise.
const LIKELY: f64 = 1e-140;

/// Beside others a state of a lower probability beforehand than this counts as impossible in such a row.
const HARDLY_POSSIBLE: f64 = 1e-290;

/// Where the sequences begin, the rows, and the law of the states.
pub(crate) struct Recursion<'m, Row> {
    pub(crate) emissions: Emissions<'m, Row>,
    pub(crate) chain: Chain<'m>,
    /// Whether each row is the first of its sequence.
    pub(crate) begins: &'m [bool],
}

/// What the forward recursion leaves behind, `n x S` by rows.
pub(crate) struct Forward {
    pub(crate) alpha: Vec<f64>,
    /// `b / c`
    density: Vec<f64>,
}

/// Both recursions, `n x S` by rows.
#[derive(Clone, Debug)]
pub(crate) struct Smoothed {
    pub(crate) alpha: Vec<f64>,
    pub(crate) weight: Vec<f64>,
}

impl<Row: Sync> Recursion<'_, Row> {
    pub(crate) fn states(&self) -> usize {
        self.chain.states
    }

    /// Calls `each` with every row, its log-density given those before it in its sequence, `alpha` and `b / c`.
    pub(crate) fn forward(&self, theta: &[f64], mut each: impl FnMut(usize, f64, &[f64], &[f64])) {
        let states = self.states();
        let delta = self.chain.initial(theta).delta;
        let mut matrices = self.chain.matrices(theta, self.emissions.rows());
        let mut parts = self.emissions.buffers(0);
        let (mut predicted, mut alpha, mut b) = (vec![0.0; states], vec![0.0; states], vec![0.0; states]);
        for index in 0..self.emissions.blocks() {
            let block = self.emissions.block(index);
            self.emissions.differentiate(theta, index, 0, &mut parts);
            matrices.load(index, block.len());
            for (i, row) in block.enumerate() {
                if self.begins[row] {
                    predicted.copy_from_slice(delta.as_slice());
                } else {
                    predict(&alpha, matrices.at(i), &mut predicted);
                }
                let shift = if self.emissions.is_missing(row) {
                    b.fill(1.0);
                    0.0
                } else {
                    densities(&parts, i, &predicted, &mut b)
                };
                let mut c = 0.0;
                for j in 0..states {
                    alpha[j] = times(predicted[j], b[j]);
                    c += alpha[j];
                }
                if c == 0.0 {
                    // An impossible row: whatever follows, the log-likelihood is minus infinity.
                    alpha.copy_from_slice(&predicted);
                } else {
                    for j in 0..states {
                        alpha[j] /= c;
                        b[j] /= c;
                    }
                }
                each(row, c.ln() + shift, &alpha, &b);
            }
        }
    }

    /// The log-likelihood of each sequence.
    pub(crate) fn log_likelihoods(&self, theta: &[f64]) -> Vec<f64> {
        let mut sums: Vec<Compensated> = Vec::new();
        self.forward(theta, |row, ln_density, _, _| self.add(row, ln_density, &mut sums));
        sums.into_iter().map(Compensated::value).collect()
    }

    fn add(&self, row: usize, ln_density: f64, sums: &mut Vec<Compensated>) {
        if self.begins[row] {
            sums.push(Compensated::default());
        }
        sums.last_mut().expect("bug: the first row begins no sequence").add(ln_density);
    }

    /// The log-likelihood of each sequence, and what the backward recursion needs.
    pub(crate) fn filter(&self, theta: &[f64]) -> (Vec<f64>, Forward) {
        let size = self.emissions.rows() * self.states();
        let mut forward = Forward { alpha: Vec::with_capacity(size), density: Vec::with_capacity(size) };
        let mut sums: Vec<Compensated> = Vec::new();
        self.forward(theta, |row, ln_density, alpha, b| {
            self.add(row, ln_density, &mut sums);
            forward.alpha.extend_from_slice(alpha);
            forward.density.extend_from_slice(b);
        });
        (sums.into_iter().map(Compensated::value).collect(), forward)
    }

    /// The backward recursion. Each `beta` is brought to the scale on which the probabilities of the states have a sum of 1: rounding
    /// does not pile up.
    pub(crate) fn smooth(&self, theta: &[f64], Forward { alpha, density: mut weight }: Forward) -> Smoothed {
        let (n, states) = (self.emissions.rows(), self.states());
        let mut matrices = self.chain.matrices(theta, n);
        let mut beta = vec![1.0; states];
        for index in (0..self.emissions.blocks()).rev() {
            let block = self.emissions.block(index);
            matrices.load(index, block.len());
            for (i, row) in block.enumerate().rev() {
                if row + 1 == n || self.begins[row + 1] {
                    beta.fill(1.0);
                }
                let alpha = &alpha[row * states..][..states];
                let sum: f64 = alpha.iter().zip(&beta).map(|(&alpha, &beta)| times(alpha, beta)).sum();
                let weight = &mut weight[row * states..][..states];
                for (weight, beta) in weight.iter_mut().zip(&beta) {
                    *weight = times(*weight, *beta) / sum;
                }
                for (beta, p) in beta.iter_mut().zip(matrices.at(i).chunks_exact(states)) {
                    *beta = p.iter().zip(&*weight).map(|(p, weight)| p * weight).sum();
                }
            }
        }
        Smoothed { alpha, weight }
    }
}

/// `out_j = sum_i alpha_i P(i, j)`
#[inline(always)]
pub(crate) fn predict(alpha: &[f64], p: &[f64], out: &mut [f64]) {
    out.fill(0.0);
    for (alpha, p) in alpha.iter().zip(p.chunks_exact(out.len())) {
        for (out, p) in out.iter_mut().zip(p) {
            *out += alpha * p;
        }
    }
}

/// Stores `b` of row `i` of a block and returns `m`.
#[inline(always)]
fn densities(parts: &[Buffers], i: usize, predicted: &[f64], b: &mut [f64]) -> f64 {
    let mut greatest = f64::NEG_INFINITY;
    for (b, part) in b.iter_mut().zip(parts) {
        *b = part.value()[i];
        greatest = greatest.max(*b);
    }
    if !greatest.is_finite() {
        // Impossible in all states, or not a density: the sum says so, and a NaN beside it stays one.
        for b in b.iter_mut() {
            *b = b.exp();
        }
        return 0.0;
    }
    let likely = |j: usize, f: f64| predicted[j] >= LIKELY && f >= greatest + LIKELY.ln();
    if !b.iter().enumerate().any(|(j, &f)| likely(j, f)) {
        return scaled_by_both(predicted, b);
    }
    for b in b.iter_mut() {
        *b = (*b - greatest).exp();
    }
    greatest
}

/// The greatest densities are those of states that the chain cannot be in, or hardly: the scale is that of the others.
#[cold]
fn scaled_by_both(predicted: &[f64], b: &mut [f64]) -> f64 {
    let mut scale = f64::NEG_INFINITY;
    for (f, p) in b.iter_mut().zip(predicted) {
        if *p < HARDLY_POSSIBLE && !f.is_nan() {
            *f = f64::NEG_INFINITY;
        }
        scale = scale.max(*f + p.ln());
    }
    if scale == f64::NEG_INFINITY {
        b.fill(0.0);
        return 0.0;
    }
    for b in b.iter_mut() {
        *b = (*b - scale).exp();
    }
    scale
}

/// What is impossible does not count, be the other factor infinite; a NaN stays one.
#[inline(always)]
pub(crate) fn times(probability: f64, x: f64) -> f64 {
    if probability == 0.0 && !x.is_nan() { 0.0 } else { probability * x }
}
