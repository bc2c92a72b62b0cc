//! Against mclust (`tests/reference/make_gaussian_mixtures.R`) and the published maxima.
use approx::assert_relative_eq;
use maxlik::prelude::*;
use nalgebra::DMatrix;
use serde_json::Value;

use crate::data::{faithful, galaxies, iris};

fn reference() -> Value {
    serde_json::from_str(include_str!("../reference/gaussian_mixtures.json")).unwrap()
}

fn numbers(value: &Value) -> Vec<f64> {
    match value {
        Value::Array(values) => values.iter().flat_map(numbers).collect(),
        value => vec![value.as_f64().unwrap()],
    }
}

/// Means by rows in the order of the first column, with weights and covariances.
fn compare(fit: &GaussianMixtureFit, expected: &Value, case: &str) {
    assert_eq!(fit.dof() as u64, expected["df"].as_u64().unwrap(), "{case}");
    assert_relative_eq!(fit.log_likelihood(), expected["loglik"].as_f64().unwrap(), max_relative = 1e-11);
    let (k, d) = fit.means().shape();
    let means = DMatrix::from_row_slice(k, d, &numbers(&expected["mean"]));
    let (weights, variance) = (numbers(&expected["weights"]), numbers(&expected["variance"]));
    let mut order: Vec<usize> = (0..k).collect();
    order.sort_by(|&a, &b| means[(a, 0)].total_cmp(&means[(b, 0)]));
    for (j, &m) in order.iter().enumerate() {
        // Where mclust's EM stands still its estimates have about half the digits of its log-likelihood.
        assert_relative_eq!(fit.weights()[j], weights[m], max_relative = 1e-5);
        assert_relative_eq!(fit.means().row(j).into_owned(), means.row(m).into_owned(), max_relative = 1e-5);
        // One row of the matrix is an entry of all covariances.
        let expected = DMatrix::from_fn(d, d, |a, b| variance[(b * d + a) * k + m]);
        assert_relative_eq!(fit.covariances()[j], expected, max_relative = 1e-4, epsilon = 1e-6 * expected.amax());
    }
}

#[test]
fn faithful_with_every_family() {
    for family in Covariance::ALL {
        let fit = GaussianMixture::new(2).covariance(family).fit(&faithful()).unwrap();
        compare(&fit, &reference()["faithful2"][family.mclust_name()], &family.to_string());
        assert!(fit.termination().is_converged());
        assert!(fit.std_errors().unwrap().iter().all(|se| *se > 0.0 && se.is_finite()), "{family}");
    }
}

#[test]
fn iris_with_every_family() {
    for family in Covariance::ALL {
        let fit = GaussianMixture::new(3).covariance(family).fit(&iris()).unwrap();
        let expected = &reference()["iris3"][family.mclust_name()];
        if family == Covariance::EqualVolumeDiagonal {
            // From the species mclust ends on a lower maximum, and by itself on this one.
            assert!(fit.log_likelihood() > expected["loglik"].as_f64().unwrap());
            assert_relative_eq!(fit.log_likelihood(), -338.788_848_314_038, max_relative = 1e-12);
        } else {
            compare(&fit, expected, &family.to_string());
        }
        assert!(fit.termination().is_converged());
    }
}

#[test]
fn the_conjugate_prior_is_that_of_fraley_and_raftery() {
    for family in [Covariance::Full, Covariance::Tied] {
        let mixture = GaussianMixture::new(2).covariance(family).prior(ConjugatePrior::default());
        let fit = mixture.fit(&faithful()).unwrap();
        compare(&fit, &reference()["faithful2_prior"][family.mclust_name()], &family.to_string());
        assert_eq!(fit.warnings()[0].code(), "prior");
    }
}

#[test]
fn at_least_nineteen_of_twenty_seeds_find_the_published_maximum() {
    for (name, points, k, log_likelihood) in [
        ("faithful", faithful(), 2, -1_130.263_960_2),
        ("iris", iris(), 3, -180.185_477_1),
        ("galaxies", galaxies(), 3, -203.179_228_0),
    ] {
        let found = |seed: &u64| {
            let fit = GaussianMixture::new(k).seed(*seed).fit(&points);
            fit.is_ok_and(|fit| (fit.log_likelihood() - log_likelihood).abs() < 1e-6)
        };
        let found = (0..20).filter(found).count();
        assert!(found >= 19, "{name}: {found}");
    }
}

#[test]
fn one_component_is_the_normal_distribution() {
    let points = faithful();
    let fit = GaussianMixture::new(1).fit(&points).unwrap();
    let n = points.nrows() as f64;
    let variance = points.column(1).variance();
    assert_relative_eq!(fit.estimate("variance[1].x2").unwrap(), variance, max_relative = 1e-12);
    assert_relative_eq!(fit.std_error("mean[1].x2").unwrap(), (variance / n).sqrt(), max_relative = 1e-10);
    assert_relative_eq!(fit.std_error("variance[1].x2").unwrap(), variance * (2.0 / n).sqrt(), max_relative = 1e-10);
    assert_eq!(fit.names().len(), 5);
    assert_eq!(fit.entropy(), 0.0);
}
