//! The likelihood of what was observed, written differently.
use approx::assert_relative_eq;
use maxlik::Warning;
use maxlik::model::distribution::multivariate_normal;
use maxlik::prelude::*;

use crate::data::{attitude, with_gaps};

/// The log-density of what was observed in a row, by the normal distribution of these variables.
fn ln_density<T: Real>(row: &[f64], mean: &[T], loadings: &[T], psi: &[T]) -> T {
    let observed: Vec<usize> = (0..row.len()).filter(|&j| !row[j].is_nan()).collect();
    let entry = |i: usize, j: usize| {
        let product = loadings[i] * loadings[j];
        if i == j { product + psi[i] } else { product }
    };
    let entries: Vec<T> = (0..observed.len())
        .flat_map(|a| (0..=a).map(move |b| (a, b)))
        .map(|(a, b)| entry(observed[a], observed[b]))
        .collect();
    let x: Vec<f64> = observed.iter().map(|&j| row[j]).collect();
    let mean: Vec<T> = observed.iter().map(|&j| mean[j]).collect();
    multivariate_normal::ln_pdf(&x, &mean, &multivariate_normal::cholesky(&entries))
}

#[test]
fn missing_values_maximise_the_likelihood_of_what_was_observed() {
    let x = with_gaps(120);
    let fit = FactorAnalysis::new(1).names(["a", "b", "c", "d"]).missing(true).fit(&x).unwrap().on(Scale::Covariance);
    // The same likelihood, row by row, by a model of twelve parameters.
    let rows: Vec<Vec<f64>> = (0..120).map(|i| x.row(i).iter().copied().collect()).collect();
    let parameters = [
        real("mean[a]").start(3.0),
        real("mean[b]").start(-1.0),
        real("mean[c]").start(10.0),
        real("mean[d]").start(0.0),
        real("loading[a,1]").start(1.0),
        real("loading[b,1]").start(-1.0),
        real("loading[c,1]").start(1.0),
        real("loading[d,1]").start(1.0),
        positive("uniqueness[a]"),
        positive("uniqueness[b]"),
        positive("uniqueness[c]"),
        positive("uniqueness[d]"),
    ];
    let model = Model::new(&rows, parameters, |theta, row| ln_density(row, &theta[..4], &theta[4..8], &theta[8..]))
        .fit()
        .unwrap();
    assert_relative_eq!(fit.log_likelihood(), model.log_likelihood(), max_relative = 1e-13);
    assert_relative_eq!(fit.aic(), model.aic(), max_relative = 1e-13);
    assert_relative_eq!(fit.bic(), model.bic(), max_relative = 1e-13);
    for name in fit.names() {
        assert_relative_eq!(fit.estimate(name).unwrap(), model.estimate(name).unwrap(), max_relative = 1e-8);
        assert_relative_eq!(fit.std_error(name).unwrap(), model.std_error(name).unwrap(), max_relative = 1e-8);
        let (ours, theirs) = (fit.confint_of(name, 0.9).unwrap(), model.confint_of(name, 0.9).unwrap());
        assert_relative_eq!(ours.0, theirs.0, max_relative = 1e-7); // the end may be near 0
        assert_relative_eq!(ours.1, theirs.1, max_relative = 1e-7);
    }
    // The unrestricted model in the same way.
    let start = [1.5, 0.0, 1.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0];
    let mean = ["a", "b", "c", "d"].map(|name| real(name).start(1.0));
    let mut place = 0;
    let factor = [false; 10].map(|_| {
        let (name, start) = (format!("l{place}"), start[place]);
        place += 1;
        if [1, 3, 6, 10].contains(&place) {
            positive(name.as_str()).start(start)
        } else {
            real(name.as_str()).start(start)
        }
    });
    let parameters: [Parameter; 14] = mean.into_iter().chain(factor).collect::<Vec<_>>().try_into().unwrap();
    let unrestricted = Model::new(&rows, parameters, |theta, row: &Vec<f64>| {
        let observed: Vec<usize> = (0..4).filter(|&j| !row[j].is_nan()).collect();
        let all = multivariate_normal::covariance(&theta[4..]);
        let entry = |i: usize, j: usize| all[observed[i] * (observed[i] + 1) / 2 + observed[j]];
        let entries: Vec<_> =
            (0..observed.len()).flat_map(|i| (0..=i).map(move |j| (i, j))).map(|(i, j)| entry(i, j)).collect();
        let x: Vec<f64> = observed.iter().map(|&j| row[j]).collect();
        let mean: Vec<_> = observed.iter().map(|&j| theta[j]).collect();
        multivariate_normal::ln_pdf(&x, &mean, &multivariate_normal::cholesky(&entries))
    })
    .fit()
    .unwrap();
    let test = fit.likelihood_ratio_test().unwrap();
    let statistic = 2.0 * (unrestricted.log_likelihood() - model.log_likelihood());
    assert_relative_eq!(test.statistic, statistic, max_relative = 1e-9);
    assert_relative_eq!(test.p_value, (-0.5 * statistic).exp(), max_relative = 1e-9); // of two degrees of freedom
    assert!(test.corrected_statistic.is_nan() && test.corrected_p_value.is_nan());
}

#[test]
fn without_gaps_the_steps_for_missing_values_lead_to_the_usual_maximum() {
    let (names, x) = attitude();
    let complete = FactorAnalysis::new(2).names(names.clone()).fit(&x).unwrap();
    // A row in which one value is missing and all else is as in the others hardly matters: weight 1e-9.
    let mut longer = x.clone().insert_row(30, 50.0);
    longer[(30, 2)] = f64::NAN;
    let mut weights = vec![1.0; 31];
    weights[30] = 1e-9;
    let missing = FactorAnalysis::new(2).names(names).missing(true).weights(&weights).fit(&longer).unwrap();
    assert_relative_eq!(*missing.uniquenesses(), *complete.uniquenesses(), epsilon = 1e-8); // the weight, times some
    assert_relative_eq!(*missing.loadings(), *complete.loadings(), epsilon = 1e-8); // as above
    let (a, b) = (missing.std_errors().unwrap(), complete.std_errors().unwrap());
    assert_relative_eq!(a, b, max_relative = 1e-6); // as above
}

#[test]
fn rows_without_any_value_are_noted_and_do_not_count() {
    let x = with_gaps(120);
    let fit = FactorAnalysis::new(1).missing(true).fit(&x).unwrap();
    let longer = x.insert_rows(10, 2, f64::NAN);
    let again = FactorAnalysis::new(1).missing(true).fit(&longer).unwrap();
    assert_eq!(again.warnings(), [Warning::EmptyRows { rows: 2 }]);
    assert_eq!((again.n_obs(), again.coefficients()), (120, fit.coefficients()));
    // What is scored without any value has the mean of all factors.
    assert_eq!(fit.scores(&longer, Scores::Regression).unwrap()[(10, 0)], 0.0);
    insta::assert_snapshot!(fit.scores(&longer, Scores::Bartlett).unwrap_err(), @"scores, row 10: expected values of 1 or more variables that determine the factors, found 0");
}
