//! Missing values, against the likelihood of what was observed, written as a mixture of closures.
use approx::assert_relative_eq;
use maxlik::prelude::*;
use nalgebra::DMatrix;

use crate::data::two_groups;

fn with_holes() -> DMatrix<f64> {
    let mut points = two_groups(200, 21);
    for i in (0..200).step_by(4) {
        points[(i, i / 4 % 2)] = f64::NAN;
    }
    points
}

/// The bivariate normal density of the values that are there.
fn ln_observed<const P: usize>([m1, m2, s1, s2, r]: [Dual2<P>; 5], row: &[f64; 2]) -> Dual2<P> {
    let [x, y] = *row;
    match (x.is_nan(), y.is_nan()) {
        (false, false) => {
            // y given x
            let conditional = m2 + r * s2 / s1 * (x - m1);
            normal::ln_pdf(x, m1, s1) + normal::ln_pdf(y, conditional, s2 * (1.0 - r * r).sqrt())
        }
        (false, true) => normal::ln_pdf(x, m1, s1),
        _ => normal::ln_pdf(y, m2, s2),
    }
}

#[test]
fn are_integrated_out_exactly() {
    let points = with_holes();
    let fit = GaussianMixture::new(2).missing(true).names(["x", "y"]).fit(&points).unwrap();
    let rows: Vec<[f64; 2]> = points.row_iter().map(|row| [row[0], row[1]]).collect();
    let parameters = |j: usize| {
        let (mean, s) = (fit.means(), &fit.covariances()[j]);
        [
            real(format!("m1{j}")).start(mean[(j, 0)] + 0.02),
            real(format!("m2{j}")).start(mean[(j, 1)]),
            positive(format!("s1{j}")).start(s[(0, 0)].sqrt()),
            positive(format!("s2{j}")).start(s[(1, 1)].sqrt()),
            between(format!("r{j}"), -1.0, 1.0).start(s[(0, 1)] / (s[(0, 0)] * s[(1, 1)]).sqrt()),
        ]
    };
    let mixture = Mixture::new(&rows)
        .component(parameters(0), ln_observed)
        .named("1")
        .component(parameters(1), ln_observed)
        .named("2");
    let closures = mixture.fit_with(Newton::default()).unwrap();
    assert_relative_eq!(fit.log_likelihood(), closures.log_likelihood(), max_relative = 1e-12);
    for (name, other) in [("weight[2]", "weight[2]"), ("mean[1].x", "m10"), ("mean[2].y", "m21")] {
        assert_relative_eq!(fit.estimate(name).unwrap(), closures.estimate(other).unwrap(), max_relative = 1e-8);
        assert_relative_eq!(fit.std_error(name).unwrap(), closures.std_error(other).unwrap(), max_relative = 1e-7);
    }
    // Responsibilities of rows that lack a value.
    let expected = mixture.responsibilities(&closures).unwrap();
    assert_relative_eq!(fit.responsibilities(&points).unwrap(), expected, epsilon = 1e-7);
}

#[test]
fn complete_rows_are_fitted_the_same_with_and_without() {
    let points = two_groups(100, 4);
    let plain = GaussianMixture::new(2).fit(&points).unwrap();
    let missing = GaussianMixture::new(2).missing(true).fit(&points).unwrap();
    assert_eq!(plain.coefficients(), missing.coefficients());
}

#[test]
fn noise_sees_the_values_that_are_there() {
    let mut points = with_holes();
    // Twenty rows spread over a box, some of them with one value.
    for i in 0..20 {
        points[(10 * i, 0)] = (i * 37 % 41) as f64 - 20.0;
        points[(10 * i, 1)] = if i % 3 == 0 { f64::NAN } else { (i * 29 % 43) as f64 - 20.0 };
    }
    let fit = GaussianMixture::new(2).missing(true).noise(Noise::BoundingBox).fit(&points).unwrap();
    // The likelihood written out: each value that is there has its own side of the box.
    let side = |a: usize| {
        let column = || points.column(a).iter().copied().filter(|x| !x.is_nan()).collect::<Vec<f64>>();
        column().into_iter().fold(f64::MIN, f64::max) - column().into_iter().fold(f64::MAX, f64::min)
    };
    let (means, covariances, noise) = (fit.means(), fit.covariances(), fit.noise_weight().unwrap());
    let row = |x: [f64; 2]| {
        let there: Vec<usize> = (0..2).filter(|&a| !x[a].is_nan()).collect();
        let x = nalgebra::DVector::from_iterator(there.len(), there.iter().map(|&a| x[a]));
        let density = |j: usize| {
            let mean = means.row(j).transpose().select_rows(&there);
            crate::data::ln_normal(&x, &mean, &covariances[j].select_rows(&there).select_columns(&there)).exp()
        };
        let uniform: f64 = there.iter().map(|&a| 1.0 / side(a)).product();
        (fit.weights()[0] * density(0) + fit.weights()[1] * density(1) + noise * uniform).ln()
    };
    let expected: f64 = points.row_iter().map(|x| row([x[0], x[1]])).sum();
    assert_relative_eq!(fit.log_likelihood(), expected, max_relative = 1e-12);
    // Other units shift the log-likelihood by a constant, and change nothing else.
    let mut scaled = points.clone();
    scaled.column_mut(1).scale_mut(1e3);
    let other = GaussianMixture::new(2).missing(true).noise(Noise::BoundingBox).fit(&scaled).unwrap();
    assert_relative_eq!(other.noise_weight().unwrap(), noise, max_relative = 1e-7);
    let there = points.column(1).iter().filter(|x| !x.is_nan()).count() as f64;
    assert_relative_eq!(other.log_likelihood() + there * 1e3_f64.ln(), fit.log_likelihood(), max_relative = 1e-10);
}

#[test]
fn many_patterns_take_little_room() {
    // Each row lacks other values: as many patterns as there are.
    let complete = two_groups(300, 9);
    let points = DMatrix::from_fn(100, 6, |i, a| {
        let x = complete[(3 * i + a / 2, a % 2)];
        if (i * 7 + a * 13) % 11 < 2 && a != i % 6 { f64::NAN } else { x }
    });
    let fit = GaussianMixture::new(1).missing(true).fit(&points).unwrap();
    assert!(fit.termination().is_converged());
    assert!(fit.missing_information().unwrap().rate() < 0.9);
}

#[test]
fn columns_that_are_nearly_the_same_are_not_collinear() {
    // No row has all three columns, and the covariances of pairs make no covariance matrix.
    let n = f64::NAN;
    let points = nalgebra::dmatrix![
        1., 1.2, n; 2., 1.7, n; 3., 3.3, n; 4., 3.9, n; 5., n, 4.8; 6., n, 6.1;
        7., n, 7.5; 8., n, 7.6; n, 9., 9.4; n, 10., 9.7; n, 11., 11.2; n, 12., 11.9
    ];
    let fit = GaussianMixture::new(1).missing(true).fit(&points).unwrap();
    assert!(fit.termination().is_converged());
    let covariance = &fit.covariances()[0];
    assert!(covariance[(0, 1)] / (covariance[(0, 0)] * covariance[(1, 1)]).sqrt() > 0.98);
}
