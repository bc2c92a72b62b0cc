//! What is no probability is refused, with the row and what was found.
use insta::assert_snapshot;
use maxlik_dual::{Dual2, Real, ln_sum_exp};
use maxlik_model::distribution::{gamma, normal, poisson, uniform};
use maxlik_model::{ExpectationError, Likelihood, Model, Support, positive, real};

/// The error of a model of two rows that are their own responses.
fn error(support: Support<f64>, f: impl Fn([Dual2<2>; 2], f64) -> Dual2<2> + Sync) -> ExpectationError {
    let rows = [0.4, 1.1];
    let model =
        Model::new(&rows, [real("a"), positive("b")], |z, &y| f(z, y)).response(support, |&y| y, |row, y| *row = y);
    model.expected_information(&[0.7, 1.6]).unwrap_err()
}

/// The total probability that was found, where it is not 1.
#[track_caller]
fn total(error: &ExpectationError) -> f64 {
    let ExpectationError::Total { row: 0, total } = *error else { panic!("{error}") };
    total
}

#[test]
fn a_density_without_its_constant_is_refused() {
    let kernel = error(Support::real(), |[mu, sigma], y| {
        let z = (mu - y) / sigma;
        z * z * -0.5 - sigma.ln()
    });
    assert!((total(&kernel) - (2.0 * std::f64::consts::PI).sqrt()).abs() < 1e-9);
    assert!(kernel.to_string().starts_with(
        "expected information, row 0: expected a total probability of 1 within 1e-9, found 2.50662827463"
    ));
    assert!(kernel.to_string().ends_with(
        " - is the density normalised and one of the response itself, is the support right, are its atoms named?"
    ));
    let slightly = error(Support::real(), |[mu, sigma], y| normal::ln_pdf(y, mu, sigma) + 1e-8);
    assert!((total(&slightly) - 1.0 - 1e-8).abs() < 1e-11);
}

#[test]
fn a_density_of_another_quantity_than_the_response_is_refused() {
    let of_logarithm = error(Support::positive(), |[mu, sigma], y| normal::ln_pdf(y.ln(), mu, sigma));
    // E e^x of a normal x.
    assert!((total(&of_logarithm) / (0.7_f64 + 0.5 * 1.6 * 1.6).exp() - 1.0).abs() < 1e-9);
    let with_jacobian = |[mu, sigma]: [Dual2<2>; 2], y: &f64| normal::ln_pdf(y.ln(), mu, sigma) - y.ln();
    let rows = [0.4];
    let model = Model::new(&rows, [real("mu"), positive("sigma")], with_jacobian).response(
        Support::positive(),
        |&y| y,
        |row, y| *row = y,
    );
    assert!(model.expected_information(&[0.7, 1.6]).is_ok());
}

#[test]
fn a_support_that_is_too_small_is_refused() {
    let half = error(Support::positive(), |[mu, sigma], y| normal::ln_pdf(y, mu, sigma));
    assert!((total(&half) - normal::ln_cdf(0.7 / 1.6, 0.0, 1.0).exp()).abs() < 1e-9);
    let without_atom = error(Support::positive(), |[mu, sigma], y| {
        if y <= 0.0 { normal::ln_cdf(0.0, mu, sigma) } else { normal::ln_pdf(y, mu, sigma) }
    });
    assert_eq!(total(&without_atom), total(&half));
    let atom_twice = error(Support::real().atom(0.3), |[mu, sigma], y| normal::ln_pdf(y, mu, sigma));
    assert!(total(&atom_twice) > 1.0);
    let none = error(Support::between(10.0, 11.0), |[a, b], y| uniform::ln_pdf(y, a, a + b));
    assert_eq!(total(&none), 0.0);
}

#[test]
fn a_support_that_is_too_large_for_the_density_is_refused() {
    let by_hand = error(Support::real(), |[a, b], y| b * (b.ln() - a) - b.ln_gamma() + (b - 1.0) * y.ln() - y);
    assert!(
        matches!(by_hand, ExpectationError::NotFinite { row: 0, response, log_density } if response < 0.0 && log_density.is_nan())
    );
    let infinite = error(Support::real(), |[_, b], y| gamma::ln_pdf(y, b * 0.25, b));
    assert!(matches!(infinite, ExpectationError::NotFinite { .. } | ExpectationError::Unsettled { .. }), "{infinite}");
}

#[test]
fn nan_and_infinite_densities_name_the_row_and_the_response() {
    let undefined =
        error(Support::real(), |[mu, sigma], y| if y > 5.0 { mu * f64::NAN } else { normal::ln_pdf(y, mu, sigma) });
    assert!(matches!(undefined, ExpectationError::NotFinite { row: 0, response, .. } if response > 5.0));
    let edge = error(Support::real(), |[mu, sigma], y| {
        let f = normal::ln_pdf(y, mu, sigma);
        // A slope that is infinite where the density is not.
        if y > 2.0 { f + (sigma - 1.6).abs().sqrt() } else { f }
    });
    assert!(
        matches!(edge, ExpectationError::NotFinite { row: 0, log_density, .. } if log_density.is_finite()),
        "{edge}"
    );
    assert!(edge.to_string().contains("with a derivative that is not"));
}

#[test]
fn a_spike_that_nobody_points_to_is_missed_and_said_to_be() {
    let spiked = |z: [Dual2<2>; 2], y: f64| {
        let broad = normal::ln_pdf(y, z[0], z[1]) + 0.5_f64.ln();
        ln_sum_exp(&[broad, normal::ln_pdf(y, z[0] * 0.0 + 0.123, z[1] * 1e-7) + 0.5_f64.ln()])
    };
    assert!((total(&error(Support::real(), spiked)) - 0.5).abs() < 1e-6);
    // Alone it is climbed to, however far away.
    let rows = [-3e4];
    let model = Model::new(&rows, [real("mu"), positive("sigma")], |[mu, sigma], &y| normal::ln_pdf(y, mu, sigma))
        .response(Support::real(), |&y| y, |row, y| *row = y);
    for (mu, sigma) in [(1e5, 0.5), (-2e12, 1e6), (1e150, 1e147)] {
        let found = model.expected_information(&[mu, sigma]).unwrap();
        assert!((found[(0, 0)] * sigma * sigma - 1.0).abs() < 1e-9, "{mu}: {found}");
    }
}

#[test]
fn counts_beyond_their_number_of_trials_are_missed() {
    let rows = [3_u64];
    let model = Model::new(&rows, [positive("mean")], |[mean], &k| poisson::ln_pmf(k, mean)).response(
        Support::counts_up_to(5),
        |&k| k,
        |row, k| *row = k,
    );
    let error = model.expected_information(&[3.0]).unwrap_err();
    let up_to_five = (-3.0_f64).exp() * (1.0 + 3.0 + 4.5 + 4.5 + 3.375 + 2.025);
    assert!((total(&error) - up_to_five).abs() < 1e-13);
}

#[test]
fn models_that_cannot_know_say_what_to_do() {
    let rows = [0.4];
    let density = |[mu, sigma]: [Dual2<2>; 2], y: &f64| normal::ln_pdf(*y, mu, sigma);
    let plain = Model::new(&rows, [real("mu"), positive("sigma")], density);
    assert_snapshot!(plain.expected_information(&[0.7, 1.6]).unwrap_err(), @"expected information: expected a model that names the response of its rows or has a closed form, found neither - call .response(..) or .with_expected_information(..) on the model");
    let joint = Model::joint([real("mu"), positive("sigma")], |[mu, sigma]| normal::ln_pdf(rows[0], mu, sigma));
    assert_snapshot!(joint.expected_information(&[0.7, 1.6]).unwrap_err(), @"expected information: expected a model row by row, found a joint one, whose observations depend on each other - use the observed information");
    let closed = plain.with_expected_information(|[mu, sigma], _| normal::expected_information(mu, sigma));
    assert_snapshot!(closed.expected_information(&[0.7, -1.6]).unwrap_err(), @"expected information, row 0: expected finite entries of the closed form, found one that is not - is a parameter outside its domain?");
}
