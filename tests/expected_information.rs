//! The expected information of fits.
use approx::assert_relative_eq;
use maxlik::prelude::*;
use nalgebra::DMatrix;

/// Growth towards a plateau, with errors that are not small.
const DATA: [(f64, f64); 8] =
    [(0.5, 1.31), (1.0, 1.82), (1.5, 3.05), (2.0, 2.74), (3.0, 4.11), (4.0, 3.86), (6.0, 4.52), (9.0, 4.73)];

#[test]
fn in_nonlinear_regression_it_is_that_of_gauss_and_newton() {
    let fit = Model::new(
        &DATA,
        [real("top").start(4.0), positive("rate").start(0.4), positive("sigma")],
        |[top, rate, sigma], &(x, y)| normal::ln_pdf(y, top * (-(rate * -x).exp() + 1.0), sigma),
    )
    .response(Support::real(), |row| row.1, |row, y| row.1 = y)
    .fit()
    .unwrap();
    let (top, rate, sigma) =
        (fit.estimate("top").unwrap(), fit.estimate("rate").unwrap(), fit.estimate("sigma").unwrap());
    let slopes = DATA.map(|(x, _)| [1.0 - (-rate * x).exp(), top * x * (-rate * x).exp()]);
    let jacobian = DMatrix::from_fn(DATA.len(), 2, |i, k| slopes[i][k]);
    let gauss_newton = jacobian.transpose() * &jacobian / (sigma * sigma);
    let expected = fit.expected_information().unwrap();
    for k in 0..2 {
        for l in 0..2 {
            assert_relative_eq!(expected[(k, l)], gauss_newton[(k, l)], max_relative = 1e-11);
        }
        assert!(expected[(2, k)].abs() < 1e-11 * expected[(2, 2)]);
    }
    assert_relative_eq!(expected[(2, 2)], 16.0 / (sigma * sigma), max_relative = 1e-11);
    // The observed one has the curvature of the mean in it.
    assert!((fit.observed_information()[(1, 1)] / expected[(1, 1)] - 1.0).abs() > 1e-3);
}

#[test]
fn a_fit_that_cannot_know_it_says_why() {
    let plain = Model::new(&DATA, [real("mu"), positive("sigma")], |[mu, sigma], row| normal::ln_pdf(row.1, mu, sigma));
    let error = plain.fit().unwrap().expected_information().unwrap_err();
    assert_eq!(error, InferenceError::ExpectedInformation(ExpectationError::Unknown));
    let kernel =
        Model::new(&DATA, [real("mu"), positive("sigma")], |[mu, sigma], row| normal::ln_pdf(row.1, mu, sigma) + 1.0)
            .response(Support::real(), |row| row.1, |row, y| row.1 = y);
    let fit = kernel.fit().unwrap();
    let InferenceError::ExpectedInformation(ExpectationError::Total { row: 0, total }) =
        fit.expected_information().unwrap_err()
    else {
        panic!("the density is not normalised")
    };
    assert_relative_eq!(total, 1.0_f64.exp(), max_relative = 1e-9);
    assert!(fit.vcov().is_ok(), "the rest of the fit stands");
}

#[test]
fn fixed_coefficients_are_left_out() {
    let model = Model::new(&DATA, [real("mu"), positive("sigma").fixed(1.5)], |[mu, sigma], row| {
        normal::ln_pdf(row.1, mu, sigma)
    })
    .with_expected_information(|[mu, sigma], _| normal::expected_information(mu, sigma));
    let fit = model.fit().unwrap();
    let expected = fit.expected_information().unwrap();
    assert_eq!(expected.shape(), (1, 1));
    assert_relative_eq!(expected[(0, 0)], 8.0 / 2.25, max_relative = 1e-14);
}
