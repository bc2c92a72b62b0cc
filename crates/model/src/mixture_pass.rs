//! The pass over the rows of a mixture: log-likelihood, score and Hessian from those of the components.
//!
//! Notation: `f_j` the log-density of component `j`, `g_j` and `h_j` its gradient and Hessian in its arguments `z_j`, `pi_j` its mixing
//! weight; of a row `p = sum_j pi_j exp f_j`, `r_j = pi_j exp(f_j) / p` the responsibility, `q_j = exp(f_j) / p`. The arguments of
//! the mixing weights, `k - 1` of them, stand behind those of the components; their derivatives are in `mixing.rs`.
//!
//! ```text
//! d ln p / dz_j      = r_j g_j                 d2 ln p / dz_j dz_j   = r_j (h_j + (1 - r_j) g_j g_j')
//!                                              d2 ln p / dz_j dz_m   = -r_j r_m g_j g_m'
//! ```
//! `1 - r_j` is taken as the sum of the other responsibilities: rows that are nearly sure keep their digits.
//!
//! With `a` pseudo-rows as a prior each row also counts `c f_j` for every component that has something to estimate, `c = a / sum_i w_i`.
use std::ops::Range;

use nalgebra::{DMatrix, DVector};

use crate::arguments::{Arguments, sum_derivatives, sum_score, sum_values};
use crate::block::{Buffers, Chosen};
use crate::component::Component;
use crate::cross_product::sum;
use crate::design::BLOCK;
use crate::mixing::{Mixing, Share, share_out, times};
use crate::threads::for_parts_of;
use crate::tile::Scaled;
use crate::{Design, NotFinite, Parameter};

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
    mixing: Mixing<'m>,
    /// The part of a row that counts for every component: `c`.
    prior: f64,
    coefficients: usize,
}

impl<'m, Row: Sync> MixturePass<'m, Row> {
    /// `designs` are those of the components' parameters, in order.
    pub(crate) fn new(
        rows: Chosen<'m, Row>,
        weights: Option<&'m [f64]>,
        components: Vec<&'m (dyn Component<Row> + 'm)>,
        mut designs: Vec<Option<&'m Design>>,
        mixing: Mixing<'m>,
        prior: f64,
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
            designs.push(if let Mixing::Concomitant(design) = mixing { Some(design) } else { None });
            first.push(coefficients);
            coefficients += mixing.coefficients();
        }
        Self { rows, weights, components, designs, first, own, mixing, prior, coefficients }
    }

    /// The log-likelihood.
    pub(crate) fn value(&self, theta: &[f64]) -> f64 {
        sum_values(self.blocks(), |blocks, total| {
            self.for_each_block(blocks, theta, 0, |index, rows, _, out| {
                let length = out.weigh_and_pad(rows, self.block_weights(index, rows));
                total.add(sum(&out.value()[..length]));
            });
        })
    }

    /// Log-likelihood and score.
    pub(crate) fn score(&self, theta: &[f64]) -> (f64, DVector<f64>) {
        sum_score(self.blocks(), self.coefficients, |blocks, totals| {
            self.for_each_block(blocks, theta, 1, |index, rows, _, out| {
                let length = out.weigh_and_pad(rows, self.block_weights(index, rows));
                self.arguments().add_score(index, out, length, totals);
            });
        })
    }

    /// Log-likelihood, score and Hessian.
    pub(crate) fn derivatives(&self, theta: &[f64]) -> (f64, DVector<f64>, DMatrix<f64>) {
        sum_derivatives(self.blocks(), self.coefficients, |blocks, totals, hessian| {
            let mut scaled = Scaled::new();
            self.for_each_block(blocks, theta, 2, |index, rows, _, out| {
                let length = out.weigh_and_pad(rows, self.block_weights(index, rows));
                self.arguments().add_score(index, out, length, totals);
                self.arguments().add_hessian(index, out, length, &mut scaled, hessian);
            });
        })
    }

    /// The log-density of each row, and the responsibility of each component for it.
    pub(crate) fn responsibilities(&self, theta: &[f64]) -> (DVector<f64>, DMatrix<f64>) {
        let (n, k) = (self.rows.len(), self.components.len());
        let (mut ln_p, mut responsibilities) = (DVector::zeros(n), DMatrix::zeros(n, k));
        let mut columns: Vec<_> =
            responsibilities.as_mut_slice().chunks_mut(n.max(1)).map(|column| column.chunks_mut(BLOCK)).collect();
        let of_block = |ln_p| (ln_p, columns.iter_mut().filter_map(Iterator::next).collect());
        let mut blocks: Vec<(&mut [f64], Vec<&mut [f64]>)> =
            ln_p.as_mut_slice().chunks_mut(BLOCK).map(of_block).collect();
        let store = |first: usize, to: &mut [(&mut [f64], Vec<&mut [f64]>)]| {
            self.for_each_block(first..first + to.len(), theta, 0, |index, rows, shares, out| {
                let (ln_p, r) = &mut to[index - first];
                ln_p.copy_from_slice(&out.value()[..rows]);
                for (r, share) in r.iter_mut().zip(shares) {
                    r.copy_from_slice(&share.r[..rows]);
                }
            });
        };
        for_parts_of(&mut blocks, 0, store, |(), ()| ());
        (ln_p, responsibilities)
    }

    /// The first row of positive weight whose log-density or one of its derivatives is not finite.
    pub(crate) fn first_not_finite(&self, theta: &[f64]) -> Option<NotFinite> {
        let mut found = None;
        self.for_each_block(0..self.blocks(), theta, 2, |index, rows, _, out| {
            let counts = |i: &usize| self.weights.is_none_or(|weights| weights[index * BLOCK + i] != 0.0);
            let row = (0..rows).filter(counts).find(|&i| !out.is_finite(i));
            found = found.or(row.map(|i| NotFinite { row: Some(index * BLOCK + i), log_density: out.value()[i] }));
        });
        found
    }

    /// The number of blocks.
    pub(crate) fn blocks(&self) -> usize {
        self.rows.len().div_ceil(BLOCK)
    }

    fn arguments(&self) -> Arguments<'_> {
        Arguments { designs: &self.designs, first: &self.first }
    }

    fn block_weights(&self, index: usize, rows: usize) -> Option<&'m [f64]> {
        self.weights.map(|weights| &weights[index * BLOCK..][..rows])
    }

    /// Calls `f` with the index of each of some blocks, its number of rows, the components' shares in them, and the derivatives of the
    /// log-density up to `order`.
    pub(crate) fn for_each_block(
        &self,
        blocks: Range<usize>,
        theta: &[f64],
        order: usize,
        mut f: impl FnMut(usize, usize, &[Share], &mut Buffers),
    ) {
        let n = self.rows.len();
        let mut parts: Vec<Buffers> = self.own.iter().map(|own| Buffers::new(own.len(), n, order)).collect();
        let weights = &theta[self.coefficients - (self.components.len() - 1) * self.mixing.coefficients()..];
        let mut shares = self.mixing.shares(weights, self.components.len(), n.min(BLOCK));
        let mut out = Buffers::new(self.first.len(), n, order);
        for index in blocks {
            let (start, end) = (index * BLOCK, n.min((index + 1) * BLOCK));
            for ((component, own), part) in self.components.iter().zip(&self.own).zip(&mut parts) {
                let arguments = Arguments { designs: &self.designs[own.clone()], first: &self.first[own.clone()] };
                component.differentiate(theta, arguments, index, self.rows.part(start..end), order, part);
            }
            self.mixing.weigh(weights, index, end - start, &mut shares);
            share_out(&parts, end - start, &mut shares, &mut out);
            if order >= 1 {
                self.mix_gradients(&parts, end - start, &shares, &mut out);
            }
            if order >= 2 {
                self.mix_hessians(&parts, end - start, &shares, &mut out);
            }
            if self.prior != 0.0 {
                self.add_prior(&parts, end - start, order, &mut out);
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
        self.mixing.gradients(rows, shares, self.first_weight(), out);
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
                self.mixing.mixed_hessians(rows, shares, self.first_weight(), (j, row, g), out);
            }
        }
        self.mixing.hessians(rows, shares, self.first_weight(), out);
    }

    fn add_prior(&self, parts: &[Buffers], rows: usize, order: usize, out: &mut Buffers) {
        for ((part, own), component) in parts.iter().zip(&self.own).zip(&self.components) {
            // What does not move needs no prior, and some rows may be impossible under it.
            if component.parameters().iter().all(Parameter::is_fixed) {
                continue;
            }
            for i in 0..rows {
                out.store_value(i, out.value()[i] + self.prior * part.value()[i]);
            }
            for a in 0..if order >= 1 { own.len() } else { 0 } {
                let to = out.gradient_mut(own.start + a);
                for i in 0..rows {
                    to[i] += self.prior * part.gradient(a)[i];
                }
                for b in 0..if order >= 2 { a + 1 } else { 0 } {
                    let to = out.hessian_mut(own.start + a, own.start + b);
                    for i in 0..rows {
                        to[i] += self.prior * part.hessian(a, b)[i];
                    }
                }
            }
        }
    }

    /// Where the first of the mixing weights' arguments stands among all.
    fn first_weight(&self) -> usize {
        self.first.len() + 1 - self.components.len()
    }
}
