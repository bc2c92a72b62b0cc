//! What goes in wrong, and what a fit cannot answer.
use maxlik::prelude::*;
use nalgebra::DMatrix;

use crate::data::{ability, attitude};

#[test]
fn bad_input_is_refused_with_what_to_try() {
    let (names, x) = attitude();
    let fails = |analysis: FactorAnalysis, x: &DMatrix<f64>| analysis.fit(x).unwrap_err().to_string();
    let one = || FactorAnalysis::new(1);
    insta::assert_snapshot!(fails(FactorAnalysis::new(0), &x), @"factors: expected at least 1, found 0 - without factors the variables are independent");
    insta::assert_snapshot!(fails(FactorAnalysis::new(4), &x), @"factors: expected ((d - m)^2 - (d + m)) / 2 degrees of freedom of at least 0 and m < d, found -1 for m = 4 and d = 7 - 7 variables determine 3 factors at most");
    insta::assert_snapshot!(fails(FactorAnalysis::new(9), &x), @"factors: expected ((d - m)^2 - (d + m)) / 2 degrees of freedom of at least 0 and m < d, found -6 for m = 9 and d = 7 - 7 variables determine 3 factors at most");
    insta::assert_snapshot!(fails(one(), &x.columns(0, 2).into_owned()), @"factors: expected ((d - m)^2 - (d + m)) / 2 degrees of freedom of at least 0 and m < d, found -1 for m = 1 and d = 2 - a factor needs three variables");
    insta::assert_snapshot!(fails(one().names(["a", "b"]), &x), @"names: expected one for each of the 7 variables, found 2");
    let twice = ["a", "b", "c", "d", "b", "e", "f"];
    insta::assert_snapshot!(fails(one().names(twice), &x), @"names: expected a different one for each variable, found `b` twice");
    insta::assert_snapshot!(fails(one(), &x.rows(0, 7).into_owned()), @"rows: expected more than the 7 variables, found 7 - with fewer the covariance matrix is singular");
    insta::assert_snapshot!(fails(one().lower(0.0), &x), @"lower: expected a bound of uniquenesses strictly between 0 and 1, found 0");
    insta::assert_snapshot!(fails(one().weights(&[1.0, 2.0]), &x), @"weights: expected one for each of the 30 rows, found 2");
    let mut weights = [1.0; 30];
    weights[4] = -0.5;
    insta::assert_snapshot!(fails(one().weights(&weights), &x), @"weights, row 4: expected a finite number of at least 0, found -0.5");
    insta::assert_snapshot!(fails(one().em(Em::default().with_tolerance(-1.0)), &x), @"method: tolerance: expected a finite number of at least 0, found -1");
    let changed = |i: usize, j: usize, value: f64| {
        let mut x = x.clone();
        x[(i, j)] = value;
        x
    };
    let named = || FactorAnalysis::new(1).names(names.clone());
    insta::assert_snapshot!(fails(named(), &changed(17, 3, f64::NAN)), @"row 17, `learning`: expected a finite number, found NaN - if NaN is a value that was not observed, say .missing(true)");
    insta::assert_snapshot!(fails(named(), &changed(17, 3, f64::INFINITY)), @"row 17, `learning`: expected a finite number, found inf - leave the row out");
    insta::assert_snapshot!(fails(named().missing(true), &changed(17, 3, f64::NEG_INFINITY)), @"row 17, `learning`: expected a finite number, found -inf - leave the row out");
    // What has no weight does not count.
    weights = [1.0; 30];
    weights[17] = 0.0;
    assert!(named().weights(&weights).fit(&changed(17, 3, f64::NAN)).is_ok());
    let mut constant = x.clone();
    constant.column_mut(2).fill(0.1);
    insta::assert_snapshot!(fails(named(), &constant), @"`privileges`: expected a variable that varies, found 0.1 in every row - leave it out");
    constant.column_mut(2).fill(f64::NAN);
    insta::assert_snapshot!(fails(named().missing(true), &constant), @"`privileges`: expected some values, found none - leave it out");
    let mut dependent = x.clone();
    let sum = dependent.column(0) + dependent.column(1);
    dependent.set_column(4, &sum);
    insta::assert_snapshot!(fails(named(), &dependent), @"covariance: expected a matrix of full rank, found `rating` + 1.094 `complaints` - 2.001 `raises` constant to rounding, each variable divided by its standard deviation - leave one of these variables out");
    insta::assert_snapshot!(fails(named().missing(true), &DMatrix::from_fn(30, 7, |i, j| if (i, j) == (0, 6) { f64::NAN } else { dependent[(i, j)] })), @"covariance: expected a matrix of full rank, found `rating` + 1.094 `complaints` - 2.001 `raises` constant to rounding, each variable divided by its standard deviation - leave one of these variables out");
}

#[test]
fn covariance_matrices_are_checked() {
    let (analysis, s, n) = ability(2);
    let fails = |s: &DMatrix<f64>| analysis.fit_covariance(s, n).unwrap_err().to_string();
    insta::assert_snapshot!(fails(&s.columns(0, 5).into_owned()), @"covariance: expected as many rows as columns, found 6 x 5 - for rows of data say .fit(..)");
    let changed = |i: usize, j: usize, value: f64| {
        let mut s = s.clone();
        s[(i, j)] = value;
        s
    };
    insta::assert_snapshot!(fails(&changed(0, 1, 5.9)), @"covariance of `picture` and `general`: expected the same number on both sides of the diagonal, found 5.991 and 5.9");
    insta::assert_snapshot!(fails(&changed(0, 1, f64::NAN)), @"covariance of `general` and `picture`: expected a finite number, found NaN");
    insta::assert_snapshot!(fails(&changed(2, 2, -149.8)), @"variance of `blocks`: expected a positive number, found -149.8");
    let mut indefinite = changed(0, 1, 13.0);
    indefinite[(1, 0)] = 13.0;
    insta::assert_snapshot!(fails(&indefinite), @"covariance: expected a positive definite matrix, found the eigenvalue -8.301e-2 of the correlation matrix - no data have it; were its entries computed from different rows?");
    insta::assert_snapshot!(analysis.fit_covariance(&s, 6).unwrap_err(), @"rows: expected more than the 6 variables, found 6 - with fewer the covariance matrix is singular");
    insta::assert_snapshot!(analysis.clone().weights(&[1.0]).fit_covariance(&s, n).unwrap_err(), @"weights: expected none with a covariance matrix, whose rows are not there to be weighted, found 1");
    let mut dependent = s.clone();
    let (row, column) = (s.row(1).into_owned() * 2.0, s.column(1).into_owned() * 2.0);
    dependent.set_row(3, &row);
    dependent.set_column(3, &column);
    dependent[(3, 3)] = 4.0 * s[(1, 1)];
    insta::assert_snapshot!(fails(&dependent), @"covariance: expected a matrix of full rank, found `picture` - `maze` constant to rounding, each variable divided by its standard deviation - leave one of these variables out");
}

#[test]
fn a_search_without_starts_is_refused() {
    let (analysis, s, n) = ability(2);
    insta::assert_snapshot!(analysis.starts(0).fit_covariance(&s, n).unwrap_err(), @"starts: expected at least 1, found 0");
}

#[test]
fn a_fit_says_what_it_cannot_answer() {
    let (analysis, s, n) = ability(3);
    let fit = analysis.fit_covariance(&s, n).unwrap();
    insta::assert_snapshot!(fit.likelihood_ratio_test().unwrap_err(), @"test of 3 factors: expected at least 1 degree of freedom, found 0 - so many factors fit any covariance matrix");
    insta::assert_snapshot!(fit.rotated(Rotation::Promax { power: 1.0 }).unwrap_err(), @"promax: expected a power above 1, found 1 - 4 is usual");
    insta::assert_snapshot!(fit.scores(&DMatrix::zeros(1, 6), Scores::Regression).unwrap_err(), @"scores: expected a fit of data, found one of a covariance matrix, which does not know the means");
    let (names, x) = attitude();
    let fit = FactorAnalysis::new(2).names(names).fit(&x).unwrap();
    insta::assert_snapshot!(fit.scores(&x.columns(0, 6).into_owned(), Scores::Regression).unwrap_err(), @"scores: expected 7 columns, found 6");
    let mut row = x.rows(0, 1).into_owned();
    row[(0, 1)] = f64::INFINITY;
    insta::assert_snapshot!(fit.scores(&row, Scores::Regression).unwrap_err(), @"row 0, `complaints`: expected a finite number, found inf - leave the row out");
    insta::assert_snapshot!(fit.confint_of("mean[rating]", 95.0).unwrap_err(), @"confidence level: expected a number strictly between 0 and 1, found 95 - for 95 % ask for 0.95");
    let without = FactorAnalysis::new(2).information_limit(10).fit(&x).unwrap();
    insta::assert_snapshot!(without.std_error("loading[x1,1]").unwrap_err(), @"information: expected it to be evaluated, found a fit of 27 free coefficients that was made without - ask for it with .information_limit(..), or for a more parsimonious model");
    assert_eq!((without.aic(), without.coefficients()), (fit.aic(), fit.coefficients()));
    insta::assert_snapshot!(fit.estimate("loading[rating,3]").unwrap_err(), @"fit: expected the name of a coefficient, found `loading[rating,3]` - the names are `loading[rating,1]`, `loading[complaints,1]`, `loading[privileges,1]`, `loading[learning,1]`, `loading[raises,1]`, `loading[critical,1]`, `loading[advance,1]`, `loading[rating,2]`, `loading[complaints,2]`, `loading[privileges,2]`, `loading[learning,2]`, `loading[raises,2]`, `loading[critical,2]`, `loading[advance,2]`, `uniqueness[rating]`, `uniqueness[complaints]`, `uniqueness[privileges]`, `uniqueness[learning]`, `uniqueness[raises]`, `uniqueness[critical]`, `uniqueness[advance]`, `mean[rating]`, `mean[complaints]`, `mean[privileges]`, `mean[learning]`, `mean[raises]`, `mean[critical]`, `mean[advance]`");
}
