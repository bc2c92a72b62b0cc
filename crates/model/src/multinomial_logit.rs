//! The mixing weights of a mixture by themselves: what the M-step maximises where they depend on covariates.
//!
//! Notation: `s_ij` the share of component `j` in row `i` (weight times responsibility), `s_i = sum_j s_ij`.
//!
//! ```text
//! l = sum_i sum_j s_ij ln pi_ij        d l_i / d eta_j = s_ij - s_i pi_ij        d2 l_i / deta_j deta_m = -s_i pi_ij (delta_jm - pi_im)
//! ```
use std::ops::Range;

use nalgebra::{DMatrix, DVector};

use crate::arguments::{Arguments, sum_derivatives, sum_values};
use crate::block::Buffers;
use crate::cross_product::sum;
use crate::design::BLOCK;
use crate::mixing::Mixing;
use crate::tile::Scaled;
use crate::{Design, Likelihood, ModelError, NotFinite, Parameter};

/// A multinomial logit whose outcomes are shares.
pub(crate) struct MultinomialLogit<'m> {
    /// Of the components but the first.
    pub(crate) parameters: &'m [Parameter],
    pub(crate) design: &'m Design,
    /// `s`, `n x k`
    pub(crate) shares: &'m DMatrix<f64>,
}

impl MultinomialLogit<'_> {
    fn blocks(&self) -> usize {
        self.shares.nrows().div_ceil(BLOCK)
    }

    /// Calls `f` with the index of each of some blocks, its number of rows and the derivatives up to `order`.
    fn for_each_block(
        &self,
        blocks: Range<usize>,
        theta: &[f64],
        order: usize,
        mut f: impl FnMut(usize, &mut Buffers, usize),
    ) {
        let (n, k) = self.shares.shape();
        let mixing = Mixing::Concomitant(self.design);
        let mut weights = mixing.shares(theta, k, n.min(BLOCK));
        let mut out = Buffers::new(k - 1, n, order);
        for index in blocks {
            let start = index * BLOCK;
            let rows = BLOCK.min(n - start);
            mixing.weigh(theta, index, rows, &mut weights);
            let s = |j: usize| &self.shares.as_slice()[j * n + start..][..rows];
            let total: Vec<f64> = (0..rows).map(|i| (0..k).map(|j| self.shares[(start + i, j)]).sum()).collect();
            for i in 0..rows {
                let term = |j: usize| {
                    let s = self.shares[(start + i, j)];
                    if s == 0.0 { 0.0 } else { s * weights[j].ln_pi[i] }
                };
                out.store_value(i, (0..k).map(term).sum());
            }
            for j in 1..if order >= 1 { k } else { 0 } {
                let (pi, s, to) = (&weights[j].pi, s(j), out.gradient_mut(j - 1));
                for i in 0..rows {
                    to[i] = s[i] - total[i] * pi[i];
                }
                for m in 1..if order >= 2 { j + 1 } else { 0 } {
                    let (other, to) = (&weights[m].pi, out.hessian_mut(j - 1, m - 1));
                    for i in 0..rows {
                        to[i] = total[i] * pi[i] * if m == j { pi[i] - 1.0 } else { other[i] };
                    }
                }
            }
            let length = out.weigh_and_pad(rows, None);
            f(index, &mut out, length);
        }
    }

    fn coefficients(&self) -> usize {
        self.parameters.len() * self.design.names().len()
    }
}

impl Likelihood for MultinomialLogit<'_> {
    fn parameters(&self) -> &[Parameter] {
        self.parameters
    }

    fn n_obs(&self) -> Option<usize> {
        Some(self.shares.nrows())
    }

    fn validate(&self) -> Result<(), ModelError> {
        self.parameters.iter().try_for_each(|parameter| parameter.validate(self.shares.nrows()))
    }

    fn log_likelihood_score_hessian(&self, theta: &[f64]) -> (f64, DVector<f64>, DMatrix<f64>) {
        let m = self.coefficients();
        let designs = vec![Some(self.design); self.parameters.len()];
        let first: Vec<usize> = (0..self.parameters.len()).map(|j| j * self.design.names().len()).collect();
        let arguments = Arguments { designs: &designs, first: &first };
        sum_derivatives(self.blocks(), m, |blocks, totals, hessian| {
            let mut scaled = Scaled::new();
            self.for_each_block(blocks, theta, 2, |index, out, length| {
                arguments.add_score(index, out, length, totals);
                arguments.add_hessian(index, out, length, &mut scaled, hessian);
            });
        })
    }

    fn log_likelihood(&self, theta: &[f64]) -> f64 {
        sum_values(self.blocks(), |blocks, total| {
            self.for_each_block(blocks, theta, 0, |_, out, length| total.add(sum(&out.value()[..length])));
        })
    }

    /// What the weights do not depend on is not finite only with the shares.
    fn first_not_finite(&self, _: &[f64]) -> Option<NotFinite> {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Model, linear};
    use approx::assert_relative_eq;
    use maxlik_dual::ln_sum_exp;

    #[test]
    fn score_and_hessian_are_those_of_one_closure() {
        let rows: Vec<usize> = (0..300).collect();
        let design = Design::from_rows(&rows, ["(intercept)", "x"], |&i| [1.0, (i as f64 / 50.0).sin()]).unwrap();
        let design = design.offset(rows.iter().map(|&i| 0.2 * (i as f64 / 30.0).cos())).unwrap();
        let shares = DMatrix::from_fn(300, 3, |i, j| 0.1 + ((7 * i + 3 * j) % 11) as f64 / 5.0);
        let parameters = [linear("b", &design), linear("c", &design)];
        let logit = MultinomialLogit { parameters: &parameters, design: &design, shares: &shares };
        let theta = [0.4, -1.3, -0.7, 2.1];
        let one = Model::new(&rows, parameters.clone(), |[b, c], &i| {
            let ln_sum = ln_sum_exp(&[b * 0.0, b, c]);
            (b - ln_sum) * shares[(i, 1)] + (c - ln_sum) * shares[(i, 2)] - ln_sum * shares[(i, 0)]
        });
        let (value, score, hessian) = logit.log_likelihood_score_hessian(&theta);
        let (expected, expected_score, expected_hessian) = one.log_likelihood_score_hessian(&theta);
        assert_relative_eq!(value, expected, max_relative = 1e-14);
        assert_relative_eq!(score, expected_score, max_relative = 1e-12);
        assert_relative_eq!(hessian, expected_hessian, max_relative = 1e-12);
        assert_eq!(logit.log_likelihood(&theta), value);
    }
}
