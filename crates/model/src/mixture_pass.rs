//! The pass over the rows of a mixture: log-likelihood, score and Hessian from those of the components.
//!
//! Notation: `f_j` the log-density of component `j`, `g_j` and `h_j` its gradient and Hessian in its arguments, `pi_j` its mixing
//! weight; of a row `p = sum_j pi_j exp f_j`, `r_j = pi_j exp(f_j) / p` the responsibility, `q_j = exp(f_j) / p`. The weights
//! `pi_2 .. pi_k` are arguments of the row behind those of the components; `pi_1 = 1 - pi_2 - .. - pi_k`.
//!
//! ```text
//! d ln p / dz_j      = r_j g_j                 d2 ln p / dz_j dz_j   = r_j (h_j + (1 - r_j) g_j g_j')
//! d ln p / d pi_j    = q_j - q_1               d2 ln p / dz_j dz_m   = -r_j r_m g_j g_m'
//!                                              d2 ln p / dpi_j dpi_m = -(q_j - q_1) (q_m - q_1)
//! d2 ln p / dpi_j dz_j = q_j g_j (1 - r_j + pi_j q_1)
//! d2 ln p / dpi_j dz_1 = -q_1 g_1 (1 - r_1 + pi_1 q_j)
//! d2 ln p / dpi_j dz_m = -r_m g_m (q_j - q_1)
//! ```
//! `1 - r_j` is taken as the sum of the other responsibilities: rows that are nearly sure keep their digits.
use std::ops::Range;

use maxlik_dual::ln_sum_exp;
use nalgebra::{DMatrix, DVector};

use crate::arguments::{Arguments, Totals, Triangle};
use crate::block::{Buffers, Chosen};
use crate::component::Component;
use crate::cross_product::sum;
use crate::design::BLOCK;
use crate::sum::Compensated;
use crate::{Design, NotFinite};

/// A pass over some rows.
pub(crate) struct MixturePass<'m, Row> {
    rows: Chosen<'m, Row>,
    /// One per row of the pass, as are the rows of the designs.
    weights: Option<&'m [f64]>,
    components: Vec<&'m (dyn Component<Row> + 'm)>,
    /// Of all arguments of a row.
    designs: Vec<Option<&'m Design>>,
    first: Vec<usize>,
    /// The arguments of each component.
    own: Vec<Range<usize>>,
    coefficients: usize,
}

impl<'m, Row> MixturePass<'m, Row> {
    /// `designs` are those of the components' parameters, in order.
    pub(crate) fn new(
        rows: Chosen<'m, Row>,
        weights: Option<&'m [f64]>,
        components: Vec<&'m (dyn Component<Row> + 'm)>,
        mut designs: Vec<Option<&'m Design>>,
    ) -> Self {
        let (mut first, mut own, mut coefficients) = (Vec::new(), Vec::new(), 0);
        for component in &components {
            own.push(first.len()..first.len() + component.parameters().len());
            for parameter in component.parameters() {
                first.push(coefficients);
                coefficients += parameter.len();
            }
        }
        for _ in 1..components.len() {
            designs.push(None);
            first.push(coefficients);
            coefficients += 1;
        }
        Self { rows, weights, components, designs, first, own, coefficients }
    }

    /// The log-likelihood.
    pub(crate) fn value(&self, theta: &[f64]) -> f64 {
        let mut total = Compensated::default();
        self.for_each_block(theta, 0, |index, rows, _, out| {
            let length = out.weigh_and_pad(rows, self.block_weights(index, rows));
            total.add(sum(&out.value()[..length]));
        });
        total.value()
    }

    /// Log-likelihood and score.
    pub(crate) fn score(&self, theta: &[f64]) -> (f64, DVector<f64>) {
        let mut totals = Totals::new(self.coefficients);
        self.for_each_block(theta, 1, |index, rows, _, out| {
            let length = out.weigh_and_pad(rows, self.block_weights(index, rows));
            self.arguments().add_score(index, out, length, &mut totals);
        });
        totals.finish()
    }

    /// Log-likelihood, score and Hessian.
    pub(crate) fn derivatives(&self, theta: &[f64]) -> (f64, DVector<f64>, DMatrix<f64>) {
        let mut totals = Totals::new(self.coefficients);
        let mut hessian = Triangle::new(self.coefficients);
        let mut scaled = self.arguments().scaled_columns(self.rows.len());
        self.for_each_block(theta, 2, |index, rows, _, out| {
            let length = out.weigh_and_pad(rows, self.block_weights(index, rows));
            self.arguments().add_score(index, out, length, &mut totals);
            self.arguments().add_hessian(index, out, length, &mut scaled, &mut hessian);
        });
        let (value, score) = totals.finish();
        (value, score, hessian.finish(self.coefficients))
    }

    /// The log-density of each row, and the responsibility of each component for it.
    pub(crate) fn responsibilities(&self, theta: &[f64]) -> (DVector<f64>, DMatrix<f64>) {
        let (n, k) = (self.rows.len(), self.components.len());
        let (mut ln_p, mut responsibilities) = (DVector::zeros(n), DMatrix::zeros(n, k));
        self.for_each_block(theta, 0, |index, rows, shares, out| {
            ln_p.as_mut_slice()[index * BLOCK..][..rows].copy_from_slice(&out.value()[..rows]);
            for (j, share) in shares.iter().enumerate() {
                responsibilities.column_mut(j).as_mut_slice()[index * BLOCK..][..rows]
                    .copy_from_slice(&share.r[..rows]);
            }
        });
        (ln_p, responsibilities)
    }

    /// The first row of positive weight whose log-density or one of its derivatives is not finite.
    pub(crate) fn first_not_finite(&self, theta: &[f64]) -> Option<NotFinite> {
        let mut found = None;
        self.for_each_block(theta, 2, |index, rows, _, out| {
            let counts = |i: &usize| self.weights.is_none_or(|weights| weights[index * BLOCK + i] != 0.0);
            let row = (0..rows).filter(counts).find(|&i| !out.is_finite(i));
            found = found.or(row.map(|i| NotFinite { row: Some(index * BLOCK + i), log_density: out.value()[i] }));
        });
        found
    }

    fn arguments(&self) -> Arguments<'_> {
        Arguments { designs: &self.designs, first: &self.first }
    }

    fn block_weights(&self, index: usize, rows: usize) -> Option<&'m [f64]> {
        self.weights.map(|weights| &weights[index * BLOCK..][..rows])
    }

    /// Calls `f` with the index of each block, its number of rows, the components' shares in them, and the derivatives of the
    /// log-density up to `order`.
    pub(crate) fn for_each_block(
        &self,
        theta: &[f64],
        order: usize,
        mut f: impl FnMut(usize, usize, &[Share], &mut Buffers),
    ) {
        let n = self.rows.len();
        let mut parts: Vec<Buffers> = self.own.iter().map(|own| Buffers::new(own.len(), n, order)).collect();
        let mut shares = shares(&theta[self.coefficients + 1 - self.components.len()..], n.min(BLOCK));
        let mut out = Buffers::new(self.first.len(), n, order);
        for (index, start) in (0..n).step_by(BLOCK).enumerate() {
            let end = n.min(start + BLOCK);
            for ((component, own), part) in self.components.iter().zip(&self.own).zip(&mut parts) {
                let arguments = Arguments { designs: &self.designs[own.clone()], first: &self.first[own.clone()] };
                component.differentiate(theta, arguments, index, self.rows.part(start..end), order, part);
            }
            share_out(&parts, end - start, &mut shares, &mut out);
            if order >= 1 {
                self.mix_gradients(&parts, end - start, &shares, &mut out);
            }
            if order >= 2 {
                self.mix_hessians(&parts, end - start, &shares, &mut out);
            }
            f(index, end - start, &shares, &mut out);
        }
    }

    fn mix_gradients(&self, parts: &[Buffers], rows: usize, shares: &[Share], out: &mut Buffers) {
        for ((part, own), share) in parts.iter().zip(&self.own).zip(shares) {
            for a in 0..own.len() {
                let (g, to) = (part.gradient(a), out.gradient_mut(own.start + a));
                for i in 0..rows {
                    to[i] = times(share.r[i], g[i]);
                }
            }
        }
        for j in 1..shares.len() {
            let to = out.gradient_mut(self.weight(j));
            for i in 0..rows {
                to[i] = shares[j].q[i] - shares[0].q[i];
            }
        }
    }

    fn mix_hessians(&self, parts: &[Buffers], rows: usize, shares: &[Share], out: &mut Buffers) {
        let k = shares.len();
        for j in 0..k {
            for a in 0..self.own[j].len() {
                let (row, g) = (self.own[j].start + a, parts[j].gradient(a));
                // Within the component.
                for b in 0..=a {
                    let (g_b, h) = (parts[j].gradient(b), parts[j].hessian(a, b));
                    let to = out.hessian_mut(row, self.own[j].start + b);
                    for i in 0..rows {
                        to[i] = times(shares[j].r[i], h[i] + shares[j].others[i] * g[i] * g_b[i]);
                    }
                }
                // With an earlier component.
                for m in 0..j {
                    for b in 0..self.own[m].len() {
                        let (g_b, to) = (parts[m].gradient(b), out.hessian_mut(row, self.own[m].start + b));
                        for i in 0..rows {
                            to[i] = -times(shares[j].r[i], g[i]) * times(shares[m].r[i], g_b[i]);
                        }
                    }
                }
                // With a mixing weight.
                for v in 1..k {
                    let to = out.hessian_mut(self.weight(v), row);
                    let (own, first, other) = (&shares[j], &shares[0], &shares[v]);
                    for i in 0..rows {
                        to[i] = if j == v {
                            times(own.q[i], g[i] * (own.others[i] + own.pi * first.q[i]))
                        } else if j == 0 {
                            -times(own.q[i], g[i] * (own.others[i] + own.pi * other.q[i]))
                        } else {
                            -times(own.r[i], g[i]) * (other.q[i] - first.q[i])
                        };
                    }
                }
            }
        }
        for v in 1..k {
            for w in 1..=v {
                let to = out.hessian_mut(self.weight(v), self.weight(w));
                for i in 0..rows {
                    let first = shares[0].q[i];
                    to[i] = -(shares[v].q[i] - first) * (shares[w].q[i] - first);
                }
            }
        }
    }

    /// Where the mixing weight of component `j >= 1` stands among the arguments.
    fn weight(&self, j: usize) -> usize {
        self.first.len() + j - self.components.len()
    }
}

/// A component's part in the rows of a block.
pub(crate) struct Share {
    pi: f64,
    pub(crate) f: Vec<f64>,
    r: Vec<f64>,
    pub(crate) q: Vec<f64>,
    /// `1 - r`
    others: Vec<f64>,
}

/// Room for the shares in so many rows, from the mixing weights of all components but the first.
fn shares(weights: &[f64], rows: usize) -> Vec<Share> {
    let rest = 1.0 - weights.iter().sum::<f64>();
    // Three weights and more that leave nothing may leave less than that by rounding.
    let rounding = f64::EPSILON * weights.len() as f64;
    let first = if -rounding <= rest && rest < 0.0 { 0.0 } else { rest };
    let all = std::iter::once(first).chain(weights.iter().copied());
    all.map(|pi| Share { pi, f: vec![0.0; rows], r: vec![0.0; rows], q: vec![0.0; rows], others: vec![0.0; rows] })
        .collect()
}

/// Stores the log-densities of the rows, and the shares of the components in them.
fn share_out(parts: &[Buffers], rows: usize, shares: &mut [Share], out: &mut Buffers) {
    let mut ln_parts = vec![0.0; parts.len()];
    for i in 0..rows {
        for ((to, part), share) in ln_parts.iter_mut().zip(parts).zip(&*shares) {
            // A component of weight 0 does not count, whatever its log-density.
            *to = if share.pi == 0.0 { f64::NEG_INFINITY } else { share.pi.ln() + part.value()[i] };
        }
        let ln_p = ln_sum_exp(&ln_parts);
        out.store_value(i, ln_p);
        for ((share, part), &ln_part) in shares.iter_mut().zip(parts).zip(&ln_parts) {
            share.f[i] = part.value()[i];
            share.r[i] = (ln_part - ln_p).exp();
            share.q[i] = if share.pi == 0.0 { (share.f[i] - ln_p).exp() } else { share.r[i] / share.pi };
        }
        for j in 0..shares.len() {
            shares[j].others[i] = (0..shares.len()).filter(|&m| m != j).map(|m| shares[m].r[i]).sum();
        }
    }
}

/// What a component has no share in does not count, be it infinite or undefined there.
fn times(share: f64, x: f64) -> f64 {
    if share == 0.0 { 0.0 } else { share * x }
}
