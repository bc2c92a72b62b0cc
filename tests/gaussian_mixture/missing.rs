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
