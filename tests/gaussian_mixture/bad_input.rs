//! What is refused, and with which words.
use insta::assert_snapshot;
use maxlik::prelude::*;
use nalgebra::DMatrix;

use crate::data::two_groups;

fn error(mixture: &GaussianMixture, points: &DMatrix<f64>) -> String {
    mixture.fit(points).unwrap_err().to_string()
}

fn with(row: usize, column: usize, value: f64) -> DMatrix<f64> {
    let mut points = two_groups(20, 1);
    points[(row, column)] = value;
    points
}

#[test]
fn points_that_are_no_points() {
    let two = GaussianMixture::new(2);
    assert_snapshot!(error(&two, &DMatrix::zeros(0, 2)), @"points: expected a matrix of at least 1 row and 1 column, found 0 x 2");
    assert_snapshot!(error(&two, &with(3, 1, f64::NAN)), @"row 3, column `x2`: expected a finite number, found NaN - if that stands for a missing value, say so with .missing(true)");
    assert_snapshot!(error(&two.clone().missing(true), &with(3, 1, f64::INFINITY)), @"row 3, column `x2`: expected a finite number, found inf - leave the row out");
    let mut empty = with(3, 0, f64::NAN);
    empty[(3, 1)] = f64::NAN;
    assert_snapshot!(error(&two.clone().missing(true), &empty), @"row 3: expected at least one value, found only missing ones - leave the row out, it says nothing");
    // A sum of this many is not the exact multiple.
    assert_snapshot!(error(&two, &DMatrix::repeat(1000, 2, 0.1)), @"column `x1`: expected values that differ, found 0.1 in every row - its variance is zero; leave the column out");
    assert_snapshot!(error(&two, &(two_groups(20, 1) * 1e200)), @"column `x1`: expected values whose variance can be computed, found inf - take other units");
    let apart = DMatrix::from_fn(40, 2, |i, a| if i % 2 == a { i as f64 } else { f64::NAN });
    assert_snapshot!(error(&two.clone().missing(true), &apart), @"columns `x1` and `x2`: expected rows with a value in both, found none - their covariance is not determined; take diagonal covariances, or set a prior");
    assert_snapshot!(error(&two, &DMatrix::repeat(10, 2, 1.5)), @"column `x1`: expected values that differ, found 1.5 in every row - its variance is zero; leave the column out");
    let mut collinear = two_groups(20, 1);
    for i in 0..20 {
        collinear[(i, 1)] = 3.0 - 2.0 * collinear[(i, 0)];
    }
    assert_snapshot!(error(&two.clone().names(["length", "width"]), &collinear), @"column `width`: expected columns that are linearly independent, found one that those before it determine in these rows - leave it out, take diagonal covariances, or set a prior");
}

#[test]
fn settings_that_fit_no_points() {
    let points = two_groups(20, 1);
    let two = GaussianMixture::new(2);
    assert_snapshot!(error(&GaussianMixture::new(0), &points), @"components: expected at least 1, found 0");
    assert_snapshot!(error(&GaussianMixture::new(21), &points), @"components: expected no more than there are different rows, found 21 components for 20 - ask for fewer");
    let repeated = points.select_rows(&[0, 1, 2, 0, 1, 2, 0, 1, 2]);
    assert_snapshot!(error(&GaussianMixture::new(4), &repeated), @"components: expected no more than there are different rows, found 4 components for 3 - ask for fewer");
    assert_snapshot!(error(&two.clone().names(["length", "length"]), &points), @"names: expected 2 different names, one for each column, found `length`, `length`");
    assert_snapshot!(error(&two.clone().weights(&[1.0, 2.0]), &points), @"weights: expected one for each of 20 rows, found 2");
    assert_snapshot!(error(&two.clone().weights(&[-1.0; 20]), &points), @"weights, row 0: expected a finite number of at least 0, found -1");
    assert_snapshot!(error(&two.clone().weights(&[0.0; 20]), &points), @"points: expected a matrix of at least 1 row and 1 column, found 0 x 2");
    assert_snapshot!(error(&two.clone().starts(0), &points), @"starts: expected at least 1, found 0");
    assert_snapshot!(error(&two.clone().noise(Noise::Volume(-1.0)), &points), @"noise: expected a finite volume above 0, found -1");
    assert_snapshot!(error(&two.clone().prior(ConjugatePrior { shrinkage: 0.1, dof: Some(0.5) }), &points), @"prior, dof: expected a finite number above d - 1, found 0.5");
    let mut em = Em::default();
    em.stopping.tolerance = f64::NAN;
    assert_snapshot!(error(&two.clone().em(em), &points), @"EM: tolerance: expected a finite number of at least 0, found NaN");
}

#[test]
fn starts_that_are_no_mixture() {
    let points = two_groups(20, 1);
    let start = |weights: &[f64], means: DMatrix<f64>, covariance: DMatrix<f64>| {
        error(&GaussianMixture::new(2).start_from(weights, &means, &[covariance.clone(), covariance]), &points)
    };
    let (means, identity) = (DMatrix::zeros(2, 2), DMatrix::identity(2, 2));
    assert_snapshot!(start(&[1.0], means.clone(), identity.clone()), @"start: expected 2 weights, 2 means and 2 covariances, found 1, 2 and 2");
    assert_snapshot!(start(&[0.5, 0.6], means.clone(), identity.clone()), @"start: expected weights above 0 with a sum of 1, found [0.5, 0.6]");
    assert_snapshot!(start(&[0.5, 0.5], DMatrix::zeros(2, 3), identity), @"start: expected means of 2 columns, found 3 columns");
    assert_snapshot!(start(&[0.5, 0.5], means.clone(), DMatrix::repeat(2, 3, 1.0)), @"start: expected covariances of 2 x 2, symmetric and positive definite, found one of component 1 that is not");
    assert_snapshot!(start(&[0.5, 0.5], means.clone(), DMatrix::from_row_slice(2, 2, &[2.0, 0.5, 0.0, 1.0])), @"start: expected covariances of 2 x 2, symmetric and positive definite, found one of component 1 that is not");
    let tied = GaussianMixture::new(2).covariance(Covariance::Tied);
    let covariances = [DMatrix::identity(2, 2), DMatrix::identity(2, 2) * 25.0];
    assert_snapshot!(error(&tied.start_from(&[0.5, 0.5], &means, &covariances), &points), @"start: expected covariances of the family tied (EEE), found one of component 1 that does not belong to it with the others");
    let far = DMatrix::from_row_slice(2, 2, &[0.0, 0.0, 1e6, 1e6]);
    assert_snapshot!(start(&[0.5, 0.5], far, DMatrix::identity(2, 2)), @"component 2: expected one that fits some of the rows, found one without any, and no maximum from 1 start - ask for fewer components, or start elsewhere");
    assert_snapshot!(start(&[0.5, 0.5], means, DMatrix::repeat(2, 2, 1.0)), @"start: expected covariances of 2 x 2, symmetric and positive definite, found one of component 1 that is not");
}

#[test]
fn what_a_fit_cannot_answer() {
    let fit = GaussianMixture::new(2).fit(&two_groups(100, 1)).unwrap();
    assert_snapshot!(fit.labels(&DMatrix::zeros(1, 3)).unwrap_err(), @"points: expected the 2 columns of the mixture, found 3");
    assert_snapshot!(fit.ln_density(&with(0, 0, f64::NAN)).unwrap_err(), @"row 0, column `x1`: expected a finite number, found NaN - if that stands for a missing value, say so with .missing(true)");
    assert_snapshot!(fit.estimate("mean[3].x1").unwrap_err(), @"fit: expected the name of a coefficient, found `mean[3].x1` - the names are `weight[1]`, `weight[2]`, `mean[1].x1`, `mean[1].x2`, `mean[2].x1`, `mean[2].x2`, `variance[1].x1`, `variance[1].x2`, `covariance[1].x1.x2`, `variance[2].x1`, `variance[2].x2`, `covariance[2].x1.x2`");
    assert_eq!(fit.labels(&DMatrix::from_row_slice(1, 2, &[3.0, 1.0])).unwrap().len(), 1);
}
