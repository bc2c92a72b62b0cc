//! Fits by methods that approximate a maximum: they say so, and another method goes on from them.
use std::ops::ControlFlow;

use approx::assert_relative_eq;
use insta::assert_snapshot;
use maxlik::optimizer::{GradientAscent, Rule, Step, StochasticGradient};
use maxlik::prelude::*;
use maxlik::{Status, Warning};

struct Row {
    x: [f64; 2],
    died: bool,
}

/// Rows with two covariates and outcomes by the coefficients (-0.4, 0.7, 0.9), by a linear congruence.
fn rows(n: usize) -> Vec<Row> {
    let mut state = 17_u64;
    let mut uniform = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 11) as f64 / (1_u64 << 53) as f64
    };
    let row = |_| {
        let x = [3.0 * uniform() - 1.5, 3.0 * uniform() - 1.5];
        let eta: f64 = -0.4 + 0.7 * x[0] + 0.9 * x[1];
        Row { x, died: uniform() < 1.0 / (1.0 + (-eta).exp()) }
    };
    (0..n).map(row).collect()
}

fn design(rows: &[Row], unit: f64) -> Design {
    Design::from_rows(rows, ["(intercept)", "age", "dose"], |row| [1.0, row.x[0] * unit, row.x[1]]).unwrap()
}

fn logistic(rows: &[Row], unit: f64) -> impl Likelihood {
    Model::new(rows, [linear("eta", design(rows, unit))], |[eta], row: &Row| bernoulli::ln_pmf_logit(row.died, eta))
}

/// The distance from a maximum in standard errors, by the information there.
fn distance(fit: &Fit, maximum: &Fit) -> f64 {
    let d = fit.coefficients() - maximum.coefficients();
    d.dot(&(maximum.observed_information() * &d)).sqrt()
}

fn decrement(fit: &Fit) -> f64 {
    let Termination::Approximate { decrement, .. } = fit.termination() else { panic!("{}", fit.termination()) };
    *decrement
}

#[test]
fn a_stochastic_fit_is_a_fit_that_says_how_far_from_the_maximum_it_is() {
    let rows = rows(3000);
    let model = logistic(&rows, 1.0);
    let maximum = model.fit().unwrap();
    for rule in [Rule::plain(), Rule::momentum(), Rule::adam()] {
        let fit = model.fit_with(StochasticGradient::default().with_rule(rule)).unwrap();
        assert!(!fit.termination().is_converged() && decrement(&fit) < 1e-2, "{rule:?}: {}", fit.termination());
        let [Warning::Approximate { std_errors }] = fit.warnings() else { panic!("{fit}") };
        assert_relative_eq!(*std_errors, distance(&fit, &maximum), max_relative = 1e-2); // quadratic to that order
        assert_relative_eq!(fit.std_errors().unwrap(), maximum.std_errors().unwrap(), max_relative = 1e-2);
    }
}

/// The verdict and the note of a summary.
fn first_and_last(fit: &Fit) -> String {
    let summary = fit.to_string();
    let mut lines = summary.lines();
    format!("{}\n{}", lines.next().unwrap(), lines.last().unwrap())
}

#[test]
fn the_summary_says_it_first_and_how_to_go_on() {
    let y = [2.1, 0.4, 1.7, 3.3, 0.9];
    let model = Model::new(&y, [positive("mean")], |[mean], &y| exponential::ln_pdf(y, 1.0 / mean));
    let fit = model.fit_with(GradientAscent::default().with_steps(2)).unwrap();
    assert_snapshot!(first_and_last(&fit), @r"
    approximate, not converged: Newton decrement 3.5e-3 > 1e-10 (0.059 standard errors); information positive definite (condition 1.0e0)
    note [approximate] each estimate is within about 0.059 standard errors of the maximum; to go on from here: model.fit_from(&fit, Newton::default())
    ");
    // Far out a Cauchy likelihood is curved the other way: no distance, and no standard errors.
    let model = Model::new(&y, [real("location").start(40.0)], |[m], &y| -((y - m) * (y - m) + 1.0).ln());
    let fit = model.fit_with(GradientAscent::default().with_steps(0)).unwrap();
    assert!(matches!(fit.std_errors(), Err(InferenceError::IndefiniteInformation { .. })));
    assert_snapshot!(first_and_last(&fit), @r"
    approximate, not converged: Newton decrement inf > 1e-10; information not positive definite
    note [approximate] the method has not come near a maximum; to go on from here: model.fit_from(&fit, Newton::default())
    ");
}

#[test]
fn newton_goes_on_from_an_approximate_fit_to_the_same_maximum() {
    let rows = rows(500);
    let model = logistic(&rows, 1.0);
    let maximum = model.fit().unwrap();
    let approximate = model.fit_with(StochasticGradient::default()).unwrap();
    let fit = model.fit_from(&approximate, Newton::default()).unwrap();
    assert!(fit.termination().is_converged());
    assert_relative_eq!(fit.coefficients(), maximum.coefficients(), max_relative = 1e-12);
    assert!(fit.trace().len() < maximum.trace().len());
    assert_eq!(fit.trace()[0].value, -approximate.log_likelihood());
}

#[test]
fn a_partial_fit_is_gone_on_from_too() {
    let rows = rows(500);
    let model = logistic(&rows, 1.0);
    let Err(FitError::NotConverged(partial)) = model.fit_with(Newton::default().with_max_iterations(2)) else {
        panic!("two iterations are too few")
    };
    let fit = model.fit_from(&partial, Newton::default()).unwrap();
    assert_eq!(fit.trace()[0].value, -partial.log_likelihood());
    assert_relative_eq!(fit.coefficients(), model.fit().unwrap().coefficients(), max_relative = 1e-12);
}

#[test]
fn a_fit_with_other_coefficients_is_no_start() {
    let x = [1.5, 2.5, 0.7];
    let normal = Model::new(&x, [real("mu"), positive("sigma")], |[mu, sigma], &x| normal::ln_pdf(x, mu, sigma));
    let other = Model::new(&x, [real("mu"), positive("scale")], |[mu, scale], &x| normal::ln_pdf(x, mu, scale));
    let exponential = Model::new(&x, [positive("sigma")], |[mean], &x| exponential::ln_pdf(x, 1.0 / mean));
    let fit = normal.fit().unwrap();
    assert_snapshot!(other.fit_from(&fit, Newton::default()).unwrap_err(), @"start: expected a fit with the coefficients `mu`, `scale`, found `mu`, `sigma` - values are taken over by name");
    assert_snapshot!(exponential.fit_from(&fit, Newton::default()).unwrap_err(), @"start: expected a fit with the coefficients `sigma`, found `mu`, `sigma` - values are taken over by name");
}

#[test]
fn a_warm_start_keeps_what_its_model_fixes_and_begins_inside_the_domains() {
    // Less variance than Poisson's: the size goes to infinity.
    let k = [2_u64, 3, 2, 3, 2, 3, 2, 3, 2, 2];
    let model = |mean: Parameter| {
        Model::new(&k, [mean, positive("size")], |[mean, size], &k| negative_binomial::ln_pmf(k, mean, size))
    };
    let fit = model(positive("mean")).fit().unwrap();
    assert_eq!(fit.status("size").unwrap(), Status::AtLimit);
    let again = model(positive("mean")).fit_from(&fit, Newton::default()).unwrap();
    assert_eq!(again.status("size").unwrap(), Status::AtLimit);
    assert_relative_eq!(again.estimate("mean").unwrap(), 2.4, max_relative = 1e-12);
    let fixed = model(positive("mean").fixed(2.75)).fit_from(&fit, Newton::default()).unwrap();
    assert_eq!((fixed.estimate("mean").unwrap(), fixed.status("mean").unwrap()), (2.75, Status::Fixed));
}

#[test]
fn a_covariate_in_other_units_takes_the_same_steps() {
    let rows = rows(500);
    let (one, other) = (logistic(&rows, 1.0), logistic(&rows, 1024.0));
    let pairs = [
        [one.fit_with(StochasticGradient::default()), other.fit_with(StochasticGradient::default())],
        [one.fit_with(GradientAscent::default()), other.fit_with(GradientAscent::default())],
    ];
    for pair in pairs {
        let [one, other] = pair.map(Result::unwrap);
        assert_eq!(one.trace(), other.trace());
        let age = "eta.age";
        assert_eq!(one.estimate(age).unwrap(), 1024.0 * other.estimate(age).unwrap());
        assert_eq!(one.estimate("eta.dose").unwrap(), other.estimate("eta.dose").unwrap());
    }
}

#[test]
fn gradient_ascent_converges_given_steps_enough() {
    let rows = rows(500);
    let model = logistic(&rows, 1.0);
    let fit = model.fit_with(GradientAscent::default()).unwrap();
    assert!(fit.termination().is_converged(), "{}", fit.termination());
    assert_relative_eq!(fit.coefficients(), model.fit().unwrap().coefficients(), max_relative = 1e-12);
    assert_eq!(fit.method(), "gradient ascent");
}

#[test]
fn rows_of_weight_zero_have_no_say() {
    let mut rows = rows(1000);
    let weights: Vec<f64> = (0..rows.len()).map(|i| [0.0, 2.5, 1.0][i % 3]).collect();
    for row in rows.iter_mut().step_by(3) {
        row.died = !row.died;
    }
    let model = Model::new(&rows, [linear("eta", design(&rows, 1.0))], |[eta], row: &Row| {
        bernoulli::ln_pmf_logit(row.died, eta)
    })
    .weights(&weights);
    let fit = model.fit_with(StochasticGradient::default()).unwrap();
    assert!(decrement(&fit) < 1e-2, "{}", fit.termination());
    assert!(distance(&fit, &model.fit().unwrap()) < 0.1);
}

#[test]
fn a_joint_model_is_one_term() {
    let y = [1.2, 0.7, 1.9, 1.4, 2.2, 1.1, 0.3];
    let model = Model::joint([between("rho", -1.0, 1.0), positive("sigma")], |[rho, sigma]| {
        y.windows(2).map(|pair| normal::ln_pdf(pair[1], rho * pair[0], sigma)).sum()
    });
    let fit = model.fit_with(StochasticGradient::default().with_epochs(200)).unwrap();
    let maximum = model.fit().unwrap();
    assert!(distance(&fit, &maximum) < 1e-3, "{}", fit.termination());
}

#[test]
fn collinear_columns_are_named() {
    let rows = rows(200);
    let design =
        Design::from_rows(&rows, ["x", "y", "both"], |row| [row.x[0], row.x[1], row.x[0] + 2.0 * row.x[1]]).unwrap();
    let model = Model::new(&rows, [linear("eta", design)], |[eta], row| bernoulli::ln_pmf_logit(row.died, eta));
    let error = model.fit_with(StochasticGradient::default()).unwrap_err();
    assert!(matches!(&error, FitError::Collinear { column, .. } if column == "both"), "{error}");
}

#[test]
fn a_limit_that_is_not_reached_is_not_claimed() {
    let k = [2_u64, 3, 2, 3, 2, 3, 2, 3, 2, 2];
    let model = Model::new(&k, [positive("mean"), positive("size")], |[mean, size], &k| {
        negative_binomial::ln_pmf(k, mean, size)
    });
    let fit = model.fit_with(StochasticGradient::default().with_epochs(3)).unwrap();
    assert_eq!(fit.status("size").unwrap(), Status::Estimated);
    decrement(&fit);
    let fit = model.fit_from(&fit, Newton::default()).unwrap();
    assert_eq!(fit.status("size").unwrap(), Status::AtLimit);
}

#[test]
fn several_stochastic_starts_lead_to_maxima_and_not_to_approximations_of_them() {
    let x = [-10.0, -9.5, 10.0, 10.5, 9.0];
    let model = Model::new(&x, [real("mu")], |[mu], &x| -((x - mu) * (x - mu) + 1.0).ln());
    let starts = maxlik::Multistart::default().with_starts(8);
    let optima = model.fit_multistart(StochasticGradient::default(), &starts).unwrap();
    assert_eq!(optima.all().len(), 2);
    assert!(optima.all().iter().all(|optimum| optimum.fit.termination().is_converged()));
}

#[test]
fn wrong_settings_are_an_error_of_the_method() {
    let x = [1.5, 2.5, 0.7];
    let model = Model::new(&x, [positive("mean")], |[mean], &x| exponential::ln_pdf(x, 1.0 / mean));
    let error = model.fit_with(StochasticGradient::default().with_batch(0)).unwrap_err();
    assert_snapshot!(error, @"method: batch: expected at least 1, found 0");
}

#[test]
fn no_epochs_are_the_start() {
    let x = [1.5, 2.5, 0.7];
    let model = Model::new(&x, [positive("mean").start(1.25)], |[mean], &x| exponential::ln_pdf(x, 1.0 / mean));
    let fit = model.fit_with(StochasticGradient::default().with_epochs(0)).unwrap();
    assert_eq!(fit.trace().iter().map(|line| line.step).collect::<Vec<_>>(), [Some(Step::Finished)]);
    assert_relative_eq!(fit.estimate("mean").unwrap(), 1.25, max_relative = 1e-15);
}

/// Separated outcomes: the log-likelihood rises for ever along the slope.
fn separated() -> Vec<(f64, bool)> {
    (0..40).map(|i| (f64::from(i) - 19.7, i >= 20)).collect()
}

#[test]
fn separated_outcomes_have_no_maximum_to_be_near_to() {
    let rows = separated();
    let design = Design::from_rows(&rows, ["(intercept)", "x"], |row| [1.0, row.0]).unwrap();
    let model = Model::new(&rows, [linear("eta", &design)], |[eta], row| bernoulli::ln_pmf_logit(row.1, eta));
    for steps in [5, 20, 80, 300] {
        let result = model.fit_with(GradientAscent::default().with_steps(steps));
        let Err(FitError::NotConverged(fit)) = result else { panic!("{steps} steps: {}", result.unwrap()) };
        assert!(matches!(fit.termination(), Termination::AtInfinity { .. }), "{steps} steps: {}", fit.termination());
    }
    // However the search is ended.
    for until in [1e-6, 1e-9, 1e-10, 1e-11] {
        let result = model.fit_watched(Newton::default(), |progress| {
            if progress.decrement <= until { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        });
        let Err(FitError::NotConverged(_)) = result else { panic!("until {until:e}: {}", result.unwrap()) };
    }
}
