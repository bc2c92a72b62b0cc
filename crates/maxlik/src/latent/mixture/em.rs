//! EM for a mixture whose components are maximised by Newton's method.
//!
//! Notation: `r_ij` the responsibility of component `j` for row `i`, `w_i` the weight of the row, `pi_j` the mixing weights.
//!
//! ```text
//! E-step   r_ij = pi_j exp(f_ij) / sum_m pi_m exp(f_im)
//! M-step   theta_j = argmax sum_i w_i r_ij f_j(theta_j, row_i)         pi_j = sum_i w_i r_ij / sum_i w_i
//! ```
use maxlik_model::{Likelihood, MixtureLikelihood};
use maxlik_optimizer::ExpectationMaximization;
use nalgebra::{DMatrix, DVector};

use crate::fitting::coefficients;
use crate::latent::m_step::maximise;

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

impl<Row> MixtureSteps<'_, '_, Row> {
    fn weight(&self, row: usize) -> f64 {
        Likelihood::weights(self.0).map_or(1.0, |weights| weights[row])
    }

    /// `w_i r_ij`; what has weight 0 does not count, be it impossible.
    fn shares(&self, r: &DMatrix<f64>, j: usize) -> Vec<f64> {
        r.column(j).iter().enumerate().map(|(i, &r)| weighted(self.weight(i), r)).collect()
    }

    /// Where the mixing weight of component `j >= 1` stands.
    fn mixing_weight(&self, j: usize) -> usize {
        self.0.coefficients_of_component(self.0.component_names().len() - 1).end + j - 1
    }
}

impl<Row> ExpectationMaximization for MixtureSteps<'_, '_, Row> {
    type Statistics = Expected;

    fn e_step(&self, theta: &DVector<f64>) -> (f64, Expected) {
        let (ln_p, responsibilities) = self.0.responsibilities(theta.as_slice());
        let log_likelihood = ln_p.iter().enumerate().map(|(i, &l)| weighted(self.weight(i), l)).sum();
        (log_likelihood, Expected { theta: theta.clone(), responsibilities })
    }

    fn m_step(&self, Expected { theta, responsibilities: r }: &Expected) -> DVector<f64> {
        let mut next = theta.clone();
        let (mut sums, mut least) = (Vec::new(), Vec::new());
        for j in 0..r.ncols() {
            let own = self.0.coefficients_of_component(j);
            let shares = self.shares(r, j);
            let component = self.0.component_alone(j, &shares);
            let start = coefficients(&*component);
            next.as_mut_slice()[own.clone()].copy_from_slice(&maximise(&*component, &theta.as_slice()[own]));
            sums.push(shares.iter().sum::<f64>());
            least.push(if start.iter().all(|coefficient| coefficient.held) { LEAST } else { 0.0 });
        }
        let total: f64 = sums.iter().sum();
        let pi: Vec<f64> = sums.iter().zip(least).map(|(sum, least)| (sum / total).max(least)).collect();
        for j in 1..r.ncols() {
            next[self.mixing_weight(j)] = pi[j] / pi.iter().sum::<f64>();
        }
        next
    }

    fn q_gradient(&self, theta: &DVector<f64>, Expected { responsibilities: r, .. }: &Expected) -> DVector<f64> {
        let mut gradient = DVector::zeros(theta.len());
        let pi: Vec<f64> = (1..r.ncols()).map(|j| theta[self.mixing_weight(j)]).collect();
        let rest = 1.0 - pi.iter().sum::<f64>();
        // Row by row: where two components are the same the difference vanishes without rounding.
        let ratio = |r: f64, pi: f64| if r == 0.0 { 0.0 } else { r / pi };
        for j in 0..r.ncols() {
            let own = self.0.coefficients_of_component(j);
            let shares = self.shares(r, j);
            let (_, score) = self.0.component_alone(j, &shares).log_likelihood_score(&theta.as_slice()[own.clone()]);
            gradient.rows_mut(own.start, own.len()).copy_from(&score);
            if j > 0 {
                let slope = |i: usize| ratio(r[(i, j)], pi[j - 1]) - ratio(r[(i, 0)], rest);
                let sum = (0..r.nrows()).map(|i| weighted(self.weight(i), slope(i))).sum();
                gradient[self.mixing_weight(j)] = sum;
            }
        }
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
