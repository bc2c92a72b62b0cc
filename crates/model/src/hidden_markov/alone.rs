//! The parts of the complete data's log-likelihood, each a likelihood by itself: what an M-step maximises.
//!
//! Notation as in `expected.rs`; `N_ij = sum_t xi_t(i, j)`, `n_j` the expected number of sequences that begin in state `j`.
use std::borrow::Cow;
use std::ops::Range;

use maxlik_dual::instructions::{Instructions, Work, run};
use nalgebra::{DMatrix, DVector};

use super::chain::{Chain, InitialLaw, RowArguments};
use super::emissions::Emissions;
use super::stationary::{Stationary, pairs};
use crate::arguments::sum_derivatives;
use crate::block::{Buffers, lanes, pair};
use crate::cross_product::{LANES, sum};
use crate::design::BLOCK;
use crate::threads::for_parts;
use crate::tile::Scaled;
use crate::{Compensated, Likelihood, ModelError, NotFinite, Parameter};

/// `sum_t gamma_tj f_j(z_tj, row_t)` over the rows that are not missing.
pub(crate) struct StateAlone<'m, Row> {
    /// Of this state only.
    pub(crate) emissions: Emissions<'m, Row>,
    pub(crate) parameters: &'m [Parameter],
    /// 0 in missing rows.
    pub(crate) gamma: Cow<'m, [f64]>,
}

impl<Row: Sync> StateAlone<'_, Row> {
    /// Value and score, and the Hessian for order 2.
    fn pass(&self, theta: &[f64], order: usize) -> (f64, DVector<f64>, DMatrix<f64>) {
        if self.parameters.iter().all(|parameter| parameter.design().is_none()) {
            return self.pass_of_scalars(theta, order);
        }
        let arguments = self.emissions.arguments(0);
        sum_derivatives(self.emissions.blocks(), theta.len(), |blocks, totals, hessian| {
            let mut scaled = Scaled::new();
            let mut parts = self.emissions.buffers(order);
            for index in blocks {
                let block = self.emissions.block(index);
                self.emissions.differentiate(theta, index, order, &mut parts);
                let length = parts[0].weigh_and_pad(block.len(), Some(&self.gamma[block]));
                if order == 0 {
                    totals.value.add(sum(&parts[0].value()[..length]));
                    continue;
                }
                arguments.add_score(index, &parts[0], length, totals);
                if order == 2 {
                    arguments.add_hessian(index, &parts[0], length, &mut scaled, hessian);
                }
            }
        })
    }

    /// The same where each argument is a coefficient: weights and sums in one go.
    fn pass_of_scalars(&self, theta: &[f64], order: usize) -> (f64, DVector<f64>, DMatrix<f64>) {
        let m = theta.len();
        let sum = |blocks: Range<usize>| {
            let mut sums = vec![Compensated::default(); 1 + m + pair(m, 0)];
            let mut parts = self.emissions.buffers(order);
            for index in blocks {
                let block = self.emissions.block(index);
                self.emissions.differentiate(theta, index, order, &mut parts);
                let (part, weights) = (&parts[0], &self.gamma[block]);
                sums[0].add(run(WeightedSum { weights, terms: part.value() }));
                for a in 0..if order >= 1 { m } else { 0 } {
                    sums[1 + a].add(run(WeightedSum { weights, terms: part.gradient(a) }));
                    for b in 0..if order >= 2 { a + 1 } else { 0 } {
                        sums[1 + m + pair(a, b)].add(run(WeightedSum { weights, terms: part.hessian(a, b) }));
                    }
                }
            }
            sums
        };
        let sums = for_parts(self.emissions.blocks(), pair(m + 1, 0) * size_of::<Compensated>(), sum, |all, part| {
            all.iter_mut().zip(part).for_each(|(sum, other)| sum.merge(other));
        });
        let at = |place: usize| sums[place].value();
        let hessian = DMatrix::from_fn(m, m, |a, b| at(1 + m + pair(a.max(b), a.min(b))));
        (at(0), DVector::from_fn(m, |a, _| at(1 + a)), hessian)
    }
}

/// `sum_i w_i x_i`. What has weight 0 does not count, be it infinite.
struct WeightedSum<'b> {
    weights: &'b [f64],
    /// As many, and perhaps some more.
    terms: &'b [f64],
}

impl Work for WeightedSum<'_> {
    type Output = f64;

    #[inline(always)]
    fn run<I: Instructions>(self) -> f64 {
        let term = |weight: f64, x: f64| if weight == 0.0 { 0.0 } else { x };
        // Additions do not wait for each other.
        let mut sums = [0.0; 4 * LANES];
        let (weights, rest) = self.weights.as_chunks::<{ 4 * LANES }>();
        for (weights, terms) in weights.iter().zip(self.terms.as_chunks::<{ 4 * LANES }>().0) {
            for i in 0..4 * LANES {
                sums[i] = I::mul_add(weights[i], term(weights[i], terms[i]), sums[i]);
            }
        }
        let rest = rest.iter().zip(&self.terms[self.weights.len() - rest.len()..]);
        rest.map(|(&weight, &x)| weight * term(weight, x)).sum::<f64>() + sums.iter().sum::<f64>()
    }
}

impl<Row: Sync> Likelihood for StateAlone<'_, Row> {
    fn parameters(&self) -> &[Parameter] {
        self.parameters
    }

    fn n_obs(&self) -> Option<usize> {
        Some(self.gamma.iter().filter(|&&gamma| gamma > 0.0).count())
    }

    fn weights(&self) -> Option<&[f64]> {
        Some(&self.gamma)
    }

    fn validate(&self) -> Result<(), ModelError> {
        self.parameters.iter().try_for_each(|parameter| parameter.validate(self.gamma.len()))
    }

    fn log_likelihood_score_hessian(&self, theta: &[f64]) -> (f64, DVector<f64>, DMatrix<f64>) {
        self.pass(theta, 2)
    }

    fn log_likelihood_score(&self, theta: &[f64]) -> (f64, DVector<f64>) {
        let (value, score, _) = self.pass(theta, 1);
        (value, score)
    }

    fn log_likelihood(&self, theta: &[f64]) -> f64 {
        self.pass(theta, 0).0
    }

    fn first_not_finite(&self, theta: &[f64]) -> Option<NotFinite> {
        let mut parts = self.emissions.buffers(2);
        (0..self.emissions.blocks()).find_map(|index| {
            self.emissions.differentiate(theta, index, 2, &mut parts);
            let found = self.emissions.block(index).enumerate();
            let mut found = found.filter(|&(i, row)| self.gamma[row] > 0.0 && !parts[0].is_finite(i));
            found.next().map(|(i, row)| NotFinite { row: Some(row), log_density: parts[0].value()[i] })
        })
    }
}

/// The likelihood of the transitions without covariates, and of a stationary beginning: `sum_ij N_ij ln P(i, j) + sum_j n_j ln delta_j`.
pub(crate) struct CountsAlone<'m> {
    /// With the coefficients from 0 on.
    pub(crate) chain: Chain<'m>,
    pub(crate) parameters: &'m [Parameter],
    /// `N`
    pub(crate) counts: &'m DMatrix<f64>,
    /// `n`, where the initial distribution is that of the transitions.
    pub(crate) initial: &'m DVector<f64>,
}

impl Likelihood for CountsAlone<'_> {
    fn parameters(&self) -> &[Parameter] {
        self.parameters
    }

    fn n_obs(&self) -> Option<usize> {
        None
    }

    fn validate(&self) -> Result<(), ModelError> {
        self.parameters.iter().try_for_each(|parameter| parameter.validate(0))
    }

    fn log_likelihood_score_hessian(&self, theta: &[f64]) -> (f64, DVector<f64>, DMatrix<f64>) {
        let (p, n) = (self.chain.matrix(theta), self.counts);
        let term = |n: f64, p: f64| if n == 0.0 { 0.0 } else { n * p.ln() };
        let ratio = |n: f64, p: f64| if n == 0.0 { 0.0 } else { n / p };
        let mut value: f64 = n.iter().zip(&p).map(|(&n, &p)| term(n, p)).sum();
        let own: Vec<(usize, usize)> = pairs(self.chain.states).collect();
        let slope = |&(a, b): &(usize, usize)| ratio(n[(a, b)], p[(a, b)]) - ratio(n[(a, a)], p[(a, a)]);
        let mut score = DVector::from_iterator(own.len(), own.iter().map(slope));
        let mut hessian = DMatrix::from_fn(own.len(), own.len(), |k, l| {
            let ((a, b), (c, d)) = (own[k], own[l]);
            let square = |i: usize, j: usize| ratio(ratio(n[(i, j)], p[(i, j)]), p[(i, j)]);
            let rest = if a == c { square(a, a) } else { 0.0 };
            -rest - if a == c && b == d { square(a, b) } else { 0.0 }
        });
        if matches!(self.chain.initial, InitialLaw::Stationary) {
            let stationary = Stationary::new(&p);
            let delta = &stationary.delta;
            value += self.initial.iter().zip(delta).map(|(&n, &delta)| term(n, delta)).sum::<f64>();
            let shares = self.initial.zip_map(delta, ratio);
            let slopes = stationary.slopes();
            score += slopes.tr_mul(&shares);
            let squares = shares.zip_map(delta, ratio);
            hessian += stationary.curvature(&shares) - slopes.tr_mul(&(DMatrix::from_diagonal(&squares) * &slopes));
        }
        (value, score, hessian)
    }

    fn first_not_finite(&self, theta: &[f64]) -> Option<NotFinite> {
        let (value, score, hessian) = self.log_likelihood_score_hessian(theta);
        let finite = value.is_finite() && score.iter().chain(&hessian).all(|x| x.is_finite());
        (!finite).then_some(NotFinite { row: None, log_density: value })
    }
}

/// The likelihood of the transitions from one state with covariates, `sum_t sum_j xi_t(a, j) ln P_t(a, j)`: a multinomial logit.
pub(crate) struct RowAlone<'m> {
    /// With the coefficients of this state from 0 on.
    pub(crate) arguments: RowArguments<'m>,
    pub(crate) parameters: &'m [Parameter],
    /// `xi_t(a, j)`, `n x S`, 0 where a sequence begins; that of the state itself first.
    pub(crate) counts: DMatrix<f64>,
}

impl RowAlone<'_> {
    fn pass(&self, theta: &[f64], order: usize) -> (f64, DVector<f64>, DMatrix<f64>) {
        let (n, others) = (self.counts.nrows(), self.counts.ncols() - 1);
        let arguments = self.arguments.arguments();
        sum_derivatives(n.div_ceil(BLOCK), theta.len(), |blocks, totals, hessian| {
            let mut scaled = Scaled::new();
            let mut part = Buffers::new(others, n, order);
            let mut predictors = vec![vec![0.0; lanes(n.min(BLOCK))]; others];
            for index in blocks {
                let start = index * BLOCK;
                let rows = n.min(start + BLOCK) - start;
                arguments.predict_each(theta, index, rows, &mut predictors);
                for i in 0..rows {
                    self.differentiate(start + i, i, &predictors, order, &mut part);
                }
                let length = part.weigh_and_pad(rows, None);
                arguments.add_score(index, &part, length, totals);
                if order == 2 {
                    arguments.add_hessian(index, &part, length, &mut scaled, hessian);
                }
            }
        })
    }

    /// Row `t`, at `i` in its block: `ln P_j = eta_j - ln(1 + sum_m exp eta_m)`.
    fn differentiate(&self, t: usize, i: usize, eta: &[Vec<f64>], order: usize, out: &mut Buffers) {
        let others = eta.len();
        let highest = eta.iter().map(|eta| eta[i]).fold(0.0, f64::max);
        let total = (-highest).exp() + eta.iter().map(|eta| (eta[i] - highest).exp()).sum::<f64>();
        let ln_total = highest + total.ln();
        let sum = self.counts.row(t).sum();
        let terms = (0..others).map(|j| self.counts[(t, j + 1)] * eta[j][i]).sum::<f64>();
        out.store_value(i, terms - sum * ln_total);
        let p = |j: usize| (eta[j][i] - ln_total).exp();
        for j in 0..others {
            out.gradient_mut(j)[i] = self.counts[(t, j + 1)] - sum * p(j);
            for l in (0..=j).filter(|_| order == 2) {
                out.hessian_mut(j, l)[i] = sum * p(j) * (p(l) - f64::from(u8::from(j == l)));
            }
        }
    }
}

impl Likelihood for RowAlone<'_> {
    fn parameters(&self) -> &[Parameter] {
        self.parameters
    }

    fn n_obs(&self) -> Option<usize> {
        None
    }

    fn validate(&self) -> Result<(), ModelError> {
        self.parameters.iter().try_for_each(|parameter| parameter.validate(self.counts.nrows()))
    }

    fn log_likelihood_score_hessian(&self, theta: &[f64]) -> (f64, DVector<f64>, DMatrix<f64>) {
        self.pass(theta, 2)
    }

    fn log_likelihood_score(&self, theta: &[f64]) -> (f64, DVector<f64>) {
        let (value, score, _) = self.pass(theta, 1);
        (value, score)
    }

    fn first_not_finite(&self, theta: &[f64]) -> Option<NotFinite> {
        let value = self.pass(theta, 1).0;
        (!value.is_finite()).then_some(NotFinite { row: None, log_density: value })
    }
}
