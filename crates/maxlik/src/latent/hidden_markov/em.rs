//! Baum-Welch: EM for a hidden Markov model.
//!
//! ```text
//! E-step   gamma_tj, N_ab and n_j by forward-backward (`CompleteData`)
//! M-step   theta_j = argmax sum_t gamma_tj f_j(theta_j, row_t)      P(a, b) = N_ab / sum_c N_ac      delta_j = n_j / sum_c n_c
//! ```
//! The densities are maximised by Newton's method from where they stood, and so are transitions with covariates, or that also say where
//! a sequence begins: there is no closed form.
//!
//! # References
//! Baum, Petrie, Soules & Weiss, "A maximization technique occurring in the statistical analysis of probabilistic functions of Markov
//! chains" (1970).
use maxlik_model::{Expected, HiddenMarkovLikelihood, Likelihood};
use maxlik_optimizer::ExpectationMaximization;
use nalgebra::DVector;

use super::complete::CompleteData;
use crate::latent::m_step::improve;

/// Newton's steps at most for each density and each state's transitions in an M-step: from where they stood that is the maximum to the
/// last digits, and no run to infinity where a part has none.
const STEPS: usize = 10;

/// The steps of EM for a [`HiddenMarkov`](crate::HiddenMarkov), in its coefficients on their natural scale.
///
/// An M-step is Newton's method on each state's density, to the last digits of the maximum unless there is none.
#[derive(Debug)]
pub struct HiddenMarkovSteps<'m, 'a, Row>(pub(crate) &'m HiddenMarkovLikelihood<'a, Row>);

impl<Row: Sync> ExpectationMaximization for HiddenMarkovSteps<'_, '_, Row> {
    /// The coefficients of the E-step, where the searches of the M-step begin, and the expectations there.
    type Statistics = (DVector<f64>, Expected);

    fn e_step(&self, theta: &DVector<f64>) -> (f64, Self::Statistics) {
        let (log_likelihood, expected) = self.0.expected(theta.as_slice());
        (log_likelihood, (theta.clone(), expected))
    }

    fn m_step(&self, (theta, expected): &Self::Statistics) -> DVector<f64> {
        CompleteData { model: self.0, expected }.maximum(theta, |part, start| improve(part, start, STEPS))
    }

    fn q_gradient(&self, theta: &DVector<f64>, (_, expected): &Self::Statistics) -> DVector<f64> {
        CompleteData { model: self.0, expected }.log_likelihood_score(theta.as_slice()).1
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::MaximumLikelihood;
    use approx::assert_relative_eq;
    use maxlik_model::distribution::normal;
    use maxlik_model::{Design, Initial, positive, real};
    use maxlik_optimizer::Em;
    use nalgebra::DMatrix;

    /// Uniform numbers in (0, 1): a linear congruential generator (Knuth's MMIX).
    struct Uniform(u64);

    impl Uniform {
        fn next(&mut self) -> f64 {
            self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            ((self.0 >> 11) as f64 + 0.5) / (1_u64 << 53) as f64
        }

        fn normal(&mut self) -> f64 {
            (-2.0 * self.next().ln()).sqrt() * (std::f64::consts::TAU * self.next()).cos()
        }
    }

    fn series(n: usize) -> Vec<f64> {
        let (mut random, mut state) = (Uniform(8), 0);
        let row = |_| {
            if random.next() < 0.1 {
                state = (state + 1) % 3;
            }
            [-2.0, 0.5, 3.0][state] + [0.8, 0.6, 1.2][state] * random.normal()
        };
        (0..n).map(row).collect()
    }

    fn model(y: &[f64]) -> HiddenMarkovLikelihood<'_, f64> {
        let sd = |name: &str| positive(name).start(1.5);
        HiddenMarkovLikelihood::new(y)
            .state([real("low").start(-1.0), sd("sd_low")], |[mu, sd], &y| normal::ln_pdf(y, mu, sd))
            .state([real("middle").start(0.0), sd("sd_middle")], |[mu, sd], &y| normal::ln_pdf(y, mu, sd))
            .state([real("high").start(2.0), sd("sd_high")], |[mu, sd], &y| normal::ln_pdf(y, mu, sd))
    }

    fn start(model: &impl Likelihood) -> DVector<f64> {
        model.parameters().iter().flat_map(maxlik_model::Parameter::start_values).collect::<Vec<_>>().into()
    }

    /// Iterations of plain EM, each of which must not lower the log-likelihood.
    fn iterate<Row: Sync>(
        steps: &HiddenMarkovSteps<'_, '_, Row>,
        mut theta: DVector<f64>,
        n: usize,
    ) -> (f64, DVector<f64>) {
        let mut before = f64::NEG_INFINITY;
        for _ in 0..n {
            let (log_likelihood, statistics) = steps.e_step(&theta);
            assert!(log_likelihood >= before - 1e-12 * before.abs(), "{before} to {log_likelihood}");
            before = log_likelihood;
            theta = steps.m_step(&statistics);
        }
        (steps.0.log_likelihood(theta.as_slice()), theta)
    }

    #[test]
    fn twenty_iterations_are_those_of_hmmlearn() {
        // tests/reference/make_hidden_markov.py, hmmlearn 0.3.3
        let y = series(240);
        let model = model(&y).initial(Initial::Free);
        let (log_likelihood, theta) = iterate(&HiddenMarkovSteps(&model), start(&model), 20);
        assert_relative_eq!(log_likelihood, -393.209_083_996_118_5, max_relative = 1e-12);
        let densities = [
            -2.091_662_364_270_219,
            0.765_006_179_898_480_2,
            0.465_855_591_433_953_93,
            0.622_888_270_513_214_7,
            3.136_369_250_099_546,
            1.222_881_875_374_167_5,
        ];
        assert_relative_eq!(theta.as_slice()[..6], densities, max_relative = 1e-11);
        assert!(theta[6] < 1e-14 && theta[7] < 1e-14, "{theta}");
        let transitions = [
            0.163_790_758_400_531_45,
            0.014_485_599_051_309_393,
            0.0,
            0.124_662_812_574_065_9,
            0.130_044_346_320_038_22,
            0.0,
        ];
        assert_relative_eq!(theta.as_slice()[8..], transitions, max_relative = 1e-11, epsilon = 1e-14);
    }

    #[test]
    fn the_steps_are_right_and_never_lower_the_log_likelihood() {
        let y = series(300);
        let x: Vec<f64> = (0..300).map(|i| (0.37 * f64::from(i)).sin()).collect();
        let covariate = Design::from_rows(&x, ["(intercept)", "x"], |&x| [1.0, x]).unwrap();
        let models = [
            model(&y).initial(Initial::Free).sequences(&[100, 1, 199]),
            model(&y).initial(Initial::Stationary).missing(|&y| (0.2..0.4).contains(&y)),
            model(&y).initial(Initial::Given(vec![0.5, 0.2, 0.3])).sequences(&[150, 150]),
            model(&y).transition_design(&covariate).missing(|&y| (0.2..0.4).contains(&y)).sequences(&[150, 150]),
        ];
        for model in &models {
            let steps = HiddenMarkovSteps(model);
            let (_, theta) = iterate(&steps, start(model), 3);
            let (log_likelihood, statistics) = steps.e_step(&theta);
            let (expected, score) = model.log_likelihood_score(theta.as_slice());
            assert_relative_eq!(log_likelihood, expected, max_relative = 1e-14);
            // Fisher's identity; and the maximum of Q.
            let gradient = steps.q_gradient(&theta, &statistics);
            assert_relative_eq!(gradient, score, max_relative = 1e-10, epsilon = 1e-10 * score.amax());
            let complete = CompleteData { model, expected: &statistics.1 };
            let at_maximum =
                steps.q_gradient(&complete.maximum(&theta, |part, start| improve(part, start, 100)), &statistics);
            assert!(at_maximum.amax() < 1e-9 * score.amax(), "{at_maximum} beside {score}");
            let near = steps.q_gradient(&steps.m_step(&statistics), &statistics);
            assert!(near.amax() < 1e-7 * score.amax(), "{near} beside {score}"); // ten steps of Newton's
        }
    }

    #[test]
    fn the_driver_finds_the_m_steps_exact() {
        // All transitions occur.
        let mut random = Uniform(5);
        let mut state = 0;
        let row = |i| {
            if random.next() < 0.3 {
                state = (state + if random.next() < 0.4 { 1 } else { 2 }) % 3;
            }
            ([-2.0, 0.5, 3.0][state] + 0.7 * random.normal(), (0.37 * f64::from(i)).sin())
        };
        let (y, x): (Vec<f64>, Vec<f64>) = (0..300).map(row).unzip();
        let covariate = Design::from_rows(&x, ["(intercept)", "x"], |&x| [1.0, x]).unwrap();
        for model in [model(&y), model(&y).transition_design(&covariate).initial(Initial::Given(vec![0.2, 0.3, 0.5]))] {
            let fit = model.fit_em(Em::default(), &HiddenMarkovSteps(&model)).unwrap();
            assert!(fit.termination().is_converged());
        }
    }

    #[test]
    fn the_second_derivatives_of_q_are_those_of_its_gradient() {
        let y = series(300);
        let x: Vec<f64> = (0..300).map(|i| (0.37 * f64::from(i)).sin()).collect();
        let covariate = Design::from_rows(&x, ["(intercept)", "x"], |&x| [1.0, x]).unwrap();
        let models = [model(&y).initial(Initial::Free), model(&y), model(&y).transition_design(&covariate)];
        for model in &models {
            let theta = start(model);
            let expected = model.expected(theta.as_slice()).1;
            let complete = CompleteData { model, expected: &expected };
            let (_, score, hessian) = complete.log_likelihood_score_hessian(theta.as_slice());
            assert_relative_eq!(score, complete.log_likelihood_score(theta.as_slice()).1, max_relative = 1e-13);
            let moved = |k: usize, h: f64| {
                let mut theta = theta.clone();
                theta[k] += h;
                complete.log_likelihood_score(theta.as_slice()).1
            };
            // Five points: the error is of the order of h^4.
            let h = 1e-3;
            let difference = |k: usize| {
                (moved(k, h) - moved(k, -h)) * (2.0 / (3.0 * h))
                    - (moved(k, 2.0 * h) - moved(k, -2.0 * h)) * (1.0 / (12.0 * h))
            };
            let columns: Vec<DVector<f64>> = (0..theta.len()).map(difference).collect();
            assert_relative_eq!(hessian, DMatrix::from_columns(&columns), epsilon = 1e-7 * hessian.amax());
        }
    }
}
