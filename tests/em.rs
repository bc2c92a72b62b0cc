//! EM with a user's own steps on models written as closures: the same fit as by Newton's method, or a word on why not.
use std::ops::ControlFlow;

use approx::assert_relative_eq;
use insta::assert_snapshot;
use maxlik::Status;
use maxlik::optimizer::EmError;
use maxlik::prelude::*;
use nalgebra::{DVector, dvector};

/// Deaths of women over 80 per day, The Times 1910-1912; Hasselblad (1969). Days with 0 to 9 deaths.
const DAYS: [f64; 10] = [162., 267., 271., 185., 111., 61., 27., 8., 3., 1.];
const DEATHS: [u64; 10] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];

/// A mixture of two Poisson distributions of weights `1 - w` and `w`; `theta = (winter, summer, w)`.
fn mixture(parameters: [Parameter; 3]) -> impl MaximumLikelihood {
    mixture_of(&DAYS, parameters)
}

fn mixture_of(days: &'static [f64], parameters: [Parameter; 3]) -> impl MaximumLikelihood {
    Model::new(&DEATHS[..days.len()], parameters, |[winter, summer, w], &k| {
        let parts = [(1.0 - w).ln() + poisson::ln_pmf(k, winter), w.ln() + poisson::ln_pmf(k, summer)];
        ln_sum_exp(&parts)
    })
    .weights(days)
}

fn parameters() -> [Parameter; 3] {
    [positive("winter").start(2.5), positive("summer").start(1.0), probability("w")]
}

/// The mixture's steps; components of a fixed mean keep it.
struct Steps {
    days: &'static [f64],
    fixed: [Option<f64>; 2],
    /// What is wrong: the statistics are multiplied by this.
    fault: f64,
}

const STEPS: Steps = Steps { days: &DAYS, fixed: [None; 2], fault: 1.0 };

impl ExpectationMaximization for Steps {
    /// Days and deaths of each component.
    type Statistics = [[f64; 2]; 2];

    fn e_step(&self, theta: &DVector<f64>) -> (f64, [[f64; 2]; 2]) {
        let weights = [1.0 - theta[2], theta[2]];
        let (mut log_likelihood, mut t) = (0.0, [[0.0; 2]; 2]);
        for (k, days) in self.days.iter().enumerate() {
            let ln_parts = [0, 1].map(|j| weights[j].ln() + poisson::ln_pmf(k as u64, theta[j]));
            let ln_density = ln_sum_exp(&ln_parts);
            log_likelihood += days * ln_density;
            for j in 0..2 {
                let expected = days * (ln_parts[j] - ln_density).exp();
                t[j][0] += expected;
                t[j][1] += self.fault * expected * k as f64;
            }
        }
        (log_likelihood, t)
    }

    fn m_step(&self, t: &[[f64; 2]; 2]) -> DVector<f64> {
        let mean = |j: usize| self.fixed[j].unwrap_or(t[j][1] / t[j][0]);
        dvector![mean(0), mean(1), t[1][0] / (t[0][0] + t[1][0])]
    }

    fn q_gradient(&self, theta: &DVector<f64>, t: &[[f64; 2]; 2]) -> DVector<f64> {
        let slope = |j: usize| t[j][1] / theta[j] - t[j][0];
        dvector![slope(0), slope(1), t[1][0] / theta[2] - t[0][0] / (1.0 - theta[2])]
    }
}

/// The fit that does not know of EM.
fn assert_same_fit(em: &Fit, newton: &Fit) {
    assert_relative_eq!(em.coefficients(), newton.coefficients(), max_relative = 1e-11);
    assert_relative_eq!(em.std_errors().unwrap(), newton.std_errors().unwrap(), max_relative = 1e-9);
    assert_relative_eq!(em.log_likelihood(), newton.log_likelihood(), max_relative = 1e-14);
}

#[test]
fn a_mixture_has_exact_standard_errors() {
    let fit = mixture(parameters()).fit_em(Em::default(), &STEPS).unwrap();
    for (name, estimate, std_error) in [
        ("w", 0.359_885_396_984_934_8, 0.194_684_298_687_775_76),
        ("summer", 1.256_095_101_224_338, 0.350_029_711_396_917_4),
        ("winter", 2.663_404_356_632_472_7, 0.250_478_270_308_696_94),
    ] {
        assert_relative_eq!(fit.estimate(name).unwrap(), estimate, max_relative = 1e-11);
        assert_relative_eq!(fit.std_error(name).unwrap(), std_error, max_relative = 1e-9);
    }
    assert_relative_eq!(fit.log_likelihood(), -1_989.945_859_882_964_2, max_relative = 1e-14);
    assert_eq!(fit.method(), "EM with SQUAREM");
    // Maps and evaluations, where plain EM takes thousands.
    let evaluations = fit.evaluations();
    let found = evaluations.values + evaluations.gradients + evaluations.hessians;
    assert!(found <= 40, "{evaluations:?}");
}

#[test]
fn every_setting_finds_the_maximum_of_newton() {
    let model = mixture(parameters());
    let newton = model.fit().unwrap();
    let alone = Em::default().with_newton_from(0.0);
    for em in [Em::default(), Em::default().with_acceleration(false), alone, alone.with_acceleration(false)] {
        assert_same_fit(&model.fit_em(em, &STEPS).unwrap(), &newton);
    }
}

#[test]
fn a_fixed_coefficient_stays_fixed() {
    let model = mixture([positive("winter").start(3.0), positive("summer").fixed(1.25), probability("w")]);
    let newton = model.fit().unwrap();
    // Whether the M-step knows that it is fixed or not: here the other coefficients do not depend on it.
    for fixed in [[None, Some(1.25)], [None, None]] {
        let fit = model.fit_em(Em::default(), &Steps { fixed, ..STEPS }).unwrap();
        assert_eq!(fit.estimate("summer").unwrap(), 1.25);
        assert_eq!(fit.names(), ["winter", "w"]);
        assert_same_fit(&fit, &newton);
    }
}

#[test]
fn a_wrong_step_is_named_with_the_coefficients() {
    let wrong = Steps { fault: 1.5, ..STEPS };
    let error = mixture(parameters()).fit_em(Em::default(), &wrong).unwrap_err();
    assert!(matches!(&error, FitError::Em { error: EmError::EStep { .. }, .. }));
    assert_snapshot!(error, @"EM (variable 0 is `winter` on its free scale): E-step: expected statistics whose Q has the slope of the log-likelihood, 2.223255e2 in variable 0, found 1.112358e3 - are they the expectations given the observed data at this point? (if the slopes differ by a factor: is it missing in the gradient of Q?)");
}

#[test]
fn a_weight_at_the_open_end_is_the_limit_that_newton_finds() {
    // Poisson counts of mean 1.9, and a component of mean 6 that does not occur.
    const POISSON: [f64; 6] = [15.0, 29.0, 27.0, 17.0, 6.0, 1.0];
    let parameters = [positive("winter").start(2.5), positive("summer").fixed(6.0), probability("w").start(0.1)];
    let model = mixture_of(&POISSON, parameters);
    let newton = model.fit().unwrap();
    assert_eq!(newton.status("w"), Ok(Status::AtLimit));
    let steps = Steps { days: &POISSON, fixed: [None, Some(6.0)], ..STEPS };
    for em in [Em::default(), Em::default().with_newton_from(0.0), Em::default().with_acceleration(false)] {
        let fit = model.fit_em(em, &steps).unwrap();
        assert_eq!((fit.status("w"), fit.estimate("w")), (Ok(Status::AtLimit), Ok(0.0)));
        assert_relative_eq!(fit.estimate("winter").unwrap(), newton.estimate("winter").unwrap(), max_relative = 1e-11);
        assert_relative_eq!(fit.std_error("winter").unwrap(), newton.std_error("winter").unwrap(), max_relative = 1e-9);
    }
}

#[test]
fn who_watches_has_the_partial_fit() {
    let mut lines = 0;
    let stopped = mixture(parameters()).fit_em_watched(Em::default(), &STEPS, |_| {
        lines += 1;
        if lines < 3 { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    });
    let Err(FitError::NotConverged(partial)) = stopped else { panic!("three iterations are too few") };
    assert!(matches!(partial.termination(), Termination::Interrupted { .. }));
    assert_eq!(partial.trace().len(), 3);
}

#[test]
fn a_start_that_is_not_finite_is_the_same_error_as_for_every_method() {
    // The log-likelihood itself overflows.
    let far = [positive("winter").start(1e306), positive("summer").start(2e306), probability("w")];
    let by_em = mixture(far.clone()).fit_em(Em::default(), &STEPS).unwrap_err();
    let by_newton = mixture(far).fit().unwrap_err();
    assert_eq!(by_em.to_string(), by_newton.to_string());
}

/// Half of the data are standard normal, half are normal around 2.5, which is one of them, with a deviation to be estimated.
struct Collapse([f64; 6]);

impl ExpectationMaximization for Collapse {
    /// The probabilities that the data are around 2.5.
    type Statistics = Vec<f64>;

    fn e_step(&self, sd: &DVector<f64>) -> (f64, Vec<f64>) {
        let mut log_likelihood = 0.0;
        let probabilities = self.0.iter().map(|&x| {
            let parts = [0.5_f64.ln() + normal::ln_pdf(x, 0.0, 1.0), 0.5_f64.ln() + normal::ln_pdf(x, 2.5, sd[0])];
            let ln_density = ln_sum_exp(&parts);
            log_likelihood += ln_density;
            (parts[1] - ln_density).exp()
        });
        let probabilities = probabilities.collect();
        (log_likelihood, probabilities)
    }

    fn m_step(&self, probabilities: &Vec<f64>) -> DVector<f64> {
        let squares: f64 = probabilities.iter().zip(self.0).map(|(p, x)| p * (x - 2.5).powi(2)).sum();
        dvector![(squares / probabilities.iter().sum::<f64>()).sqrt()]
    }

    fn q_gradient(&self, sd: &DVector<f64>, probabilities: &Vec<f64>) -> DVector<f64> {
        let slope = |x: f64| ((x - 2.5).powi(2) / (sd[0] * sd[0]) - 1.0) / sd[0];
        dvector![probabilities.iter().zip(self.0).map(|(p, x)| p * slope(x)).sum::<f64>()]
    }
}

#[test]
fn a_component_that_collapses_on_one_point_is_no_maximum() {
    let x = [0.4, -1.1, 2.5, 3.2, 1.9, -0.3];
    let fit = |start: f64, em: Em| {
        let model = Model::new(&x, [positive("sd").start(start)], |[sd], &x| {
            let parts = [Dual2::from(normal::ln_pdf(x, 0.0, 1.0)), normal::ln_pdf(x, 2.5.into(), sd)];
            ln_sum_exp(&parts) + 0.5_f64.ln()
        });
        model.fit_em(em, &Collapse(x))
    };
    for em in [Em::default(), Em::default().with_newton_from(0.0), Em::default().with_acceleration(false)] {
        assert!(fit(0.7, em).is_ok());
        let Err(FitError::NotConverged(partial)) = fit(0.05, em) else { panic!("the likelihood is unbounded") };
        assert!(matches!(partial.termination(), Termination::AtInfinity { .. }), "{}", partial.termination());
    }
}
