//! Mixtures against the same likelihoods written as one closure.
use approx::assert_relative_eq;
use maxlik::prelude::*;

use crate::data::*;

#[test]
fn death_notices_take_few_evaluations() {
    let mixture = poissons(&DEATHS, [positive("winter").start(2.5), positive("summer").start(1.0)]).weights(&DAYS);
    let fit = mixture.fit().unwrap();
    assert_eq!(fit.names(), ["winter", "summer", "weight[summer]"]);
    for (name, estimate, std_error) in [
        ("weight[summer]", 0.359_885_396_984_934_8, 0.194_684_298_687_775_76),
        ("summer", 1.256_095_101_224_338, 0.350_029_711_396_917_4),
        ("winter", 2.663_404_356_632_472_7, 0.250_478_270_308_696_94),
    ] {
        assert_relative_eq!(fit.estimate(name).unwrap(), estimate, max_relative = 1e-11);
        assert_relative_eq!(fit.std_error(name).unwrap(), std_error, max_relative = 1e-9);
    }
    assert_relative_eq!(fit.log_likelihood(), -1_989.945_859_882_964_2, max_relative = 1e-14);
    assert_eq!(fit.method(), "EM with SQUAREM");
    let evaluations = fit.evaluations();
    let found = evaluations.values + evaluations.gradients + evaluations.hessians;
    assert!(found <= 40, "{evaluations:?}");
}

#[test]
fn score_and_hessian_are_those_of_one_closure() {
    // More rows than a block has, and no whole number of blocks.
    let points = two_lines(601);
    let designs = designs(&points);
    let theta = [0.3, 0.5, 0.8, 1.7, -0.6, 0.2, 1.4, 0.35];
    assert_same_derivatives(&regressions(&points, &designs), &in_one(&points, &designs), &theta);
    // Rows that are all but sure.
    let sure = [-1.0, 0.8, 0.01, 3.0, -1.5, 0.7, 0.02, 0.3];
    assert_same_derivatives(&regressions(&points, &designs), &in_one(&points, &designs), &sure);
}

#[test]
fn score_and_hessian_of_three_different_components_are_those_of_one_closure() {
    let times: Vec<f64> = (1..300).map(|i| 0.02 * f64::from(i)).collect();
    let weights: Vec<f64> = (1..300).map(|i| f64::from(i % 7) / 3.0).collect();
    let mixture = Mixture::new(&times)
        .weights(&weights)
        .component([positive("rate")], |[rate], &t| exponential::ln_pdf(t, rate))
        .component([positive("shape"), positive("scale")], |[shape, scale], &t| weibull::ln_pdf(t, shape, scale))
        .component([real("mu"), positive("sigma")], |[mu, sigma], &t| normal::ln_pdf(t, mu, sigma))
        .named("normal");
    let parameters = ["rate", "shape", "scale", "mu", "sigma", "weight[shape]", "weight[normal]"].map(real);
    let one = Model::new(&times, parameters, |[rate, shape, scale, mu, sigma, v, w], &t| {
        ln_sum_exp(&[
            (1.0 - v - w).ln() + exponential::ln_pdf(t, rate),
            v.ln() + weibull::ln_pdf(t, shape, scale),
            w.ln() + normal::ln_pdf(t, mu, sigma),
        ])
    })
    .weights(&weights);
    let theta = [0.7, 1.9, 2.3, 3.1, 0.8, 0.25, 0.4];
    assert_same_derivatives(&mixture, &one, &theta);
    let names: Vec<String> = mixture.parameters().iter().flat_map(Parameter::coefficient_names).collect();
    assert_eq!(names, ["rate", "shape", "scale", "mu", "sigma", "weight[shape]", "weight[normal]"]);
    // Some of the rows, one of them twice.
    let (value, score) = mixture.log_likelihood_score_of(&[280, 3, 17, 280], &theta);
    let (expected_value, expected_score) = one.log_likelihood_score_of(&[280, 3, 17, 280], &theta);
    assert_relative_eq!(value, expected_value, max_relative = 1e-13);
    assert_relative_eq!(score, expected_score, max_relative = 1e-12);
}

#[test]
fn a_mixture_of_regressions_is_recovered_and_agrees_with_newton_on_one_closure() {
    let points = two_lines(1500);
    let designs = designs(&points);
    let mixture = regressions(&points, &designs);
    let fit = mixture.fit().unwrap();
    let newton = in_one(&points, &designs).fit_from(&fit, Newton::default()).unwrap();
    assert_relative_eq!(fit.coefficients(), newton.coefficients(), max_relative = 1e-10);
    assert_relative_eq!(fit.std_errors().unwrap(), newton.std_errors().unwrap(), max_relative = 1e-10);
    assert_relative_eq!(fit.log_likelihood(), newton.log_likelihood(), max_relative = 1e-13);

    let truth = [-1.0, 0.8, 0.5, 3.0, -1.6, 0.7, 0.9, 0.3];
    for (name, truth) in fit.names().iter().zip(truth) {
        let (estimate, std_error) = (fit.estimate(name).unwrap(), fit.std_error(name).unwrap());
        assert!((estimate - truth).abs() < 3.0 * std_error, "{name}: {estimate} +- {std_error}, truth {truth}");
    }
    // Newton's method alone, from a start nearby.
    let direct = mixture.fit_from(&fit, Newton::default()).unwrap();
    assert_relative_eq!(direct.coefficients(), fit.coefficients(), max_relative = 1e-10);

    let responsibilities = mixture.responsibilities(&fit).unwrap();
    assert_eq!(responsibilities.shape(), (1500, 2));
    for row in responsibilities.row_iter() {
        assert_relative_eq!(row.sum(), 1.0, max_relative = 1e-14);
    }
    assert_relative_eq!(mixture.ln_densities(&fit).unwrap().sum(), fit.log_likelihood(), max_relative = 1e-12);
    let labels = mixture.labels(&fit).unwrap();
    let second = labels.iter().filter(|&&label| label == Some(1)).count() as f64;
    assert!((second / 1500.0 - 0.3).abs() < 0.05, "{second}");
}

#[test]
fn three_components_have_joint_weights_and_the_fit_of_one_closure() {
    let x = three_groups();
    let fit = three_normals(&x).fit().unwrap();
    let one = Model::new(
        &x,
        [
            real("low"),
            positive("sd_low"),
            real("middle"),
            positive("sd_middle"),
            real("high"),
            positive("sd_high"),
            real("weight[middle]"),
            real("weight[high]"),
        ],
        |[a, sd_a, b, sd_b, c, sd_c, v, w], &x| {
            ln_sum_exp(&[
                (1.0 - v - w).ln() + normal::ln_pdf(x, a, sd_a),
                v.ln() + normal::ln_pdf(x, b, sd_b),
                w.ln() + normal::ln_pdf(x, c, sd_c),
            ])
        },
    );
    let newton = one.fit_from(&fit, Newton::default()).unwrap();
    assert_eq!(fit.names(), newton.names());
    assert_relative_eq!(fit.coefficients(), newton.coefficients(), max_relative = 1e-10, epsilon = 1e-10);
    assert_relative_eq!(fit.std_errors().unwrap(), newton.std_errors().unwrap(), max_relative = 1e-10);
    assert_relative_eq!(fit.vcov().unwrap(), newton.vcov().unwrap(), max_relative = 1e-8, epsilon = 1e-14);
    // The information on the natural scale goes there and back through the free one.
    let scale = newton.observed_information().amax();
    assert_relative_eq!(fit.observed_information(), newton.observed_information(), epsilon = 1e-12 * scale);
    for (name, truth) in [("middle", 4.0), ("sd_low", 0.8), ("weight[middle]", 0.3), ("weight[high]", 0.2)] {
        let (estimate, std_error) = (fit.estimate(name).unwrap(), fit.std_error(name).unwrap());
        assert!((estimate - truth).abs() < 3.0 * std_error, "{name}: {estimate} +- {std_error}, truth {truth}");
    }
    // Newton's method and L-BFGS on the joint free scale, from a distance.
    let again = three_normals(&x).fit_with(Lbfgs::default()).unwrap();
    assert_relative_eq!(again.coefficients(), fit.coefficients(), max_relative = 1e-6, epsilon = 1e-6); // its tolerance
    let (lower, upper) = fit.confint_of("weight[high]", 0.95).unwrap();
    assert!(0.0 < lower && lower < 0.2 && 0.2 < upper && upper < 1.0, "{lower} {upper}");
}
