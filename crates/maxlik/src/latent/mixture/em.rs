//! EM for a mixture whose components are maximised by Newton's method.
//!
//! Notation: `r_ij` the responsibility of component `j` for row `i`, `w_i` the weight of the row, `pi_j` the mixing weights, `gamma` the
//! coefficients that they have where they depend on covariates, `c` the part of a row that a prior adds to each component.
//!
//! ```text
//! E-step   r_ij = pi_ij exp(f_ij) / sum_m pi_im exp(f_im)
//! M-step   theta_j = argmax sum_i w_i (r_ij + c) f_j(theta_j, row_i)   pi_j = sum_i w_i r_ij / sum_i w_i
//!                                                                      or gamma = argmax sum_ij w_i r_ij ln pi_ij(gamma)
//! ```
use maxlik_model::{Likelihood, MixtureLikelihood};
use maxlik_optimizer::ExpectationMaximization;
use nalgebra::{DMatrix, DVector};

use crate::latent::m_step::{maximise, starting_at};

/// The M-step's mixing weight of a component without coefficients to estimate is at least this, near the end of the free scale,
/// which is where it belongs if it has no share in any row. One with coefficients has only gone astray.
const LEAST: f64 = 4.0 * f64::EPSILON;

/// The steps of EM for a mixture, in the coefficients on their natural scale.
pub(crate) struct MixtureSteps<'m, 'a, Row>(pub(crate) &'m MixtureLikelihood<'a, Row>);

/// What the M-step needs of the E-step.
pub(crate) struct Expected {
    /// The coefficients of the E-step, where the components' searches begin.
    theta: DVector<f64>,
    /// `r_ij`
    responsibilities: DMatrix<f64>,
}

impl<Row: Sync> MixtureSteps<'_, '_, Row> {
    fn weight(&self, row: usize) -> f64 {
        Likelihood::weights(self.0).map_or(1.0, |weights| weights[row])
    }

    /// `w_i (r_ij + c)`; what has weight 0 does not count, be it impossible.
    fn shares(&self, r: &DMatrix<f64>, j: usize) -> Vec<f64> {
        let c = self.0.prior_share();
        r.column(j).iter().enumerate().map(|(i, &r)| weighted(self.weight(i), r + c)).collect()
    }

    /// `w_i r_ij`
    fn rows_of(&self, r: &DMatrix<f64>) -> DMatrix<f64> {
        DMatrix::from_fn(r.nrows(), r.ncols(), |i, j| weighted(self.weight(i), r[(i, j)]))
    }

    /// The M-step, where each component's search begins at its coefficients in `theta`.
    pub(crate) fn maximum(&self, theta: &DVector<f64>, r: &DMatrix<f64>) -> DVector<f64> {
        let mut next = theta.clone();
        let mut least = Vec::new();
        for j in 0..r.ncols() {
            let own = self.0.coefficients_of_component(j);
            let shares = self.shares(r, j);
            let component = self.0.component_alone(j, &shares);
            let start = starting_at(&*component, &theta.as_slice()[own.clone()]);
            next.as_mut_slice()[own].copy_from_slice(&maximise(&*component, &start));
            least.push(if start.iter().all(|coefficient| coefficient.held) { LEAST } else { 0.0 });
        }
        let own = self.0.coefficients_of_weights();
        let shares = self.rows_of(r);
        if let Some(weights) = self.0.weights_alone(&shares) {
            let start = starting_at(&*weights, &theta.as_slice()[own.clone()]);
            next.as_mut_slice()[own].copy_from_slice(&maximise(&*weights, &start));
            return next;
        }
        let sums: Vec<f64> = shares.column_iter().map(|column| column.iter().sum()).collect();
        let total: f64 = sums.iter().sum();
        let pi: Vec<f64> = sums.iter().zip(least).map(|(sum, least)| (sum / total).max(least)).collect();
        for (to, pi_j) in next.rows_mut(own.start, own.len()).iter_mut().zip(&pi[1..]) {
            *to = pi_j / pi.iter().sum::<f64>();
        }
        next
    }

    /// The expected information of the complete data at `theta`, given the responsibilities there: minus the Hessian of `Q`.
    pub(crate) fn complete_information(&self, theta: &[f64]) -> DMatrix<f64> {
        let (_, r) = self.0.responsibilities(theta);
        let mut information = DMatrix::zeros(theta.len(), theta.len());
        for j in 0..r.ncols() {
            let own = self.0.coefficients_of_component(j);
            let shares = self.shares(&r, j);
            let (_, _, hessian) = self.0.component_alone(j, &shares).log_likelihood_score_hessian(&theta[own.clone()]);
            information.view_range_mut(own.clone(), own).copy_from(&-hessian);
        }
        let own = self.0.coefficients_of_weights();
        let shares = self.rows_of(&r);
        let of_weights = if let Some(weights) = self.0.weights_alone(&shares) {
            -weights.log_likelihood_score_hessian(&theta[own.clone()]).2
        } else {
            // n_j / pi_j^2 on the diagonal, and n_1 / pi_1^2 everywhere
            let pi = &theta[own.clone()];
            let per_square = |j: usize, pi: f64| shares.column(j).sum() / (pi * pi);
            let first = per_square(0, 1.0 - pi.iter().sum::<f64>());
            let own = |j: usize| per_square(j + 1, pi[j]);
            DMatrix::from_fn(pi.len(), pi.len(), |i, j| first + if i == j { own(i) } else { 0.0 })
        };
        information.view_range_mut(own.clone(), own).copy_from(&of_weights);
        information
    }

    /// The gradient of `Q` in the mixing weights.
    fn weights_gradient(&self, theta: &[f64], r: &DMatrix<f64>) -> DVector<f64> {
        let theta = &theta[self.0.coefficients_of_weights()];
        let shares = self.rows_of(r);
        if let Some(weights) = self.0.weights_alone(&shares) {
            return weights.log_likelihood_score(theta).1;
        }
        // Row by row: where two components are the same the difference vanishes without rounding.
        let rest = 1.0 - theta.iter().sum::<f64>();
        let ratio = |r: f64, pi: f64| if r == 0.0 { 0.0 } else { r / pi };
        let slope = |i: usize, j: usize| ratio(r[(i, j + 1)], theta[j]) - ratio(r[(i, 0)], rest);
        let sum = |j: usize| (0..r.nrows()).map(|i| weighted(self.weight(i), slope(i, j))).sum();
        DVector::from_fn(theta.len(), |j, _| sum(j))
    }
}

impl<Row: Sync> ExpectationMaximization for MixtureSteps<'_, '_, Row> {
    type Statistics = Expected;

    fn e_step(&self, theta: &DVector<f64>) -> (f64, Expected) {
        let (ln_p, responsibilities) = self.0.responsibilities(theta.as_slice());
        let log_likelihood = ln_p.iter().enumerate().map(|(i, &l)| weighted(self.weight(i), l)).sum();
        (log_likelihood, Expected { theta: theta.clone(), responsibilities })
    }

    fn m_step(&self, Expected { theta, responsibilities }: &Expected) -> DVector<f64> {
        self.maximum(theta, responsibilities)
    }

    fn q_gradient(&self, theta: &DVector<f64>, Expected { responsibilities: r, .. }: &Expected) -> DVector<f64> {
        let mut gradient = DVector::zeros(theta.len());
        for j in 0..r.ncols() {
            let own = self.0.coefficients_of_component(j);
            let shares = self.shares(r, j);
            let (_, score) = self.0.component_alone(j, &shares).log_likelihood_score(&theta.as_slice()[own.clone()]);
            gradient.rows_mut(own.start, own.len()).copy_from(&score);
        }
        let own = self.0.coefficients_of_weights();
        gradient.rows_mut(own.start, own.len()).copy_from(&self.weights_gradient(theta.as_slice(), r));
        gradient
    }
}

fn weighted(weight: f64, x: f64) -> f64 {
    if weight == 0.0 { 0.0 } else { weight * x }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::MaximumLikelihood;
    use approx::assert_relative_eq;
    use maxlik_model::distribution::{gamma, poisson};
    use maxlik_model::positive;
    use maxlik_optimizer::Em;

    fn counts() -> (Vec<u64>, Vec<f64>) {
        ((0..10).collect(), vec![162., 267., 271., 185., 111., 61., 27., 8., 3., 1.])
    }

    #[test]
    fn the_m_step_is_that_of_the_closed_form() {
        let (deaths, days) = counts();
        let mixture = MixtureLikelihood::new(&deaths)
            .weights(&days)
            .component([positive("winter")], |[mean], &k| poisson::ln_pmf(k, mean))
            .component([positive("summer")], |[mean], &k| poisson::ln_pmf(k, mean));
        let steps = MixtureSteps(&mixture);
        let theta = DVector::from_vec(vec![2.5, 1.1, 0.4]);
        let (log_likelihood, expected) = steps.e_step(&theta);
        assert_relative_eq!(log_likelihood, mixture.log_likelihood(theta.as_slice()), max_relative = 1e-14);
        let next = steps.m_step(&expected);
        for j in 0..2 {
            let shares = steps.shares(&expected.responsibilities, j);
            let mean = shares.iter().zip(&deaths).map(|(s, &k)| s * k as f64).sum::<f64>() / shares.iter().sum::<f64>();
            assert_relative_eq!(next[j], mean, max_relative = 1e-12);
        }
        let summer: f64 = steps.shares(&expected.responsibilities, 1).iter().sum();
        assert_relative_eq!(next[2], summer / days.iter().sum::<f64>(), max_relative = 1e-14);
        // Fisher's identity.
        let (_, score) = mixture.log_likelihood_score(theta.as_slice());
        assert_relative_eq!(steps.q_gradient(&theta, &expected), score, max_relative = 1e-11, epsilon = 1e-11);
    }

    #[test]
    fn the_driver_finds_an_m_step_without_closed_form_exact() {
        let waits: Vec<f64> = (1..200).map(|i| -2.0 * (f64::from(i) / 200.0).ln() + f64::from(i % 3)).collect();
        let mixture = MixtureLikelihood::new(&waits)
            .component([positive("shape_a").start(0.8), positive("rate_a")], |[a, b], &x| gamma::ln_pdf(x, a, b))
            .component([positive("shape_b").start(3.0), positive("rate_b")], |[a, b], &x| gamma::ln_pdf(x, a, b));
        let checked = mixture.fit_em(Em::default(), &MixtureSteps(&mixture)).unwrap();
        assert!(checked.termination().is_converged());
    }
}
