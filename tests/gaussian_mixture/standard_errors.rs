//! Standard errors against a numerical Hessian of a likelihood written out here, and against the spread over samples.
use approx::assert_relative_eq;
use maxlik::prelude::*;
use nalgebra::{DMatrix, DVector};

use crate::data::{faithful, iris, ln_normal, two_groups};

/// Minus the inverse of the matrix of second derivatives by Richardson-extrapolated differences, steps relative to `scale`.
fn covariance(f: impl Fn(&DVector<f64>) -> f64, at: &DVector<f64>, scale: &DVector<f64>) -> DMatrix<f64> {
    let p = at.len();
    let second = |i: usize, j: usize, h: f64| {
        let value = |a: f64, b: f64| {
            let mut x = at.clone();
            x[i] += a * h * scale[i];
            x[j] += b * h * scale[j];
            f(&x)
        };
        (value(1.0, 1.0) - value(1.0, -1.0) - value(-1.0, 1.0) + value(-1.0, -1.0))
            / (4.0 * h * h * scale[i] * scale[j])
    };
    let h = 0.04;
    let extrapolated = |i, j| {
        let [a, b, c] = [second(i, j, h), second(i, j, h / 2.0), second(i, j, h / 4.0)];
        let [a, b] = [(4.0 * b - a) / 3.0, (4.0 * c - b) / 3.0];
        (16.0 * b - a) / 15.0
    };
    let hessian = DMatrix::from_fn(p, p, |i, j| if i >= j { extrapolated(i, j) } else { 0.0 });
    let hessian = DMatrix::from_fn(p, p, |i, j| hessian[(i.max(j), i.min(j))]);
    (-hessian).try_inverse().unwrap()
}

/// The log-likelihood of two full components in the plane: weight, means, `(xx, yy, xy)` of each covariance.
fn full(points: &DMatrix<f64>, theta: &DVector<f64>) -> f64 {
    let covariance = |first: usize| {
        DMatrix::from_row_slice(2, 2, &[theta[first], theta[first + 2], theta[first + 2], theta[first + 1]])
    };
    let (means, covariances) =
        ([theta.rows(1, 2).into_owned(), theta.rows(3, 2).into_owned()], [covariance(5), covariance(8)]);
    let row = |x: DVector<f64>| {
        let density = |j: usize| ln_normal(&x, &means[j], &covariances[j]).exp();
        (theta[0] * density(0) + (1.0 - theta[0]) * density(1)).ln()
    };
    points.row_iter().map(|x| row(x.transpose())).sum()
}

#[test]
fn of_full_covariances_are_those_of_a_numerical_hessian() {
    let points = faithful();
    let fit = GaussianMixture::new(2).fit(&points).unwrap();
    let names = fit.names();
    // The second weight is what the first leaves.
    let kept: Vec<usize> = (0..names.len()).filter(|&i| names[i] != "weight[2]").collect();
    let theta = fit.coefficients().select_rows(&kept);
    assert_relative_eq!(full(&points, &theta), fit.log_likelihood(), max_relative = 1e-13);
    let found = fit.vcov().unwrap().select_rows(&kept).select_columns(&kept);
    let expected = covariance(|theta| full(&points, theta), &theta, &found.diagonal().map(f64::sqrt));
    for i in 0..kept.len() {
        assert_relative_eq!(found[(i, i)].sqrt(), expected[(i, i)].sqrt(), max_relative = 1e-6);
        for j in 0..i {
            let unit = (expected[(i, i)] * expected[(j, j)]).sqrt();
            assert!((found[(i, j)] - expected[(i, j)]).abs() < 1e-6 * unit, "{i} {j}");
        }
    }
    assert_relative_eq!(fit.std_error("weight[2]").unwrap(), fit.std_error("weight[1]").unwrap(), max_relative = 1e-10);
}

/// The log-likelihood of diagonal components of equal volume in four dimensions: `k - 1` weights, means, `ln volume`, `d - 1` logarithms of each
/// shape.
fn equal_volume(points: &DMatrix<f64>, k: usize, theta: &DVector<f64>) -> f64 {
    let d = points.ncols();
    let last = 1.0 - theta.rows(0, k - 1).sum();
    let weight = |j: usize| if j + 1 < k { theta[j] } else { last };
    let mean = |j: usize| theta.rows(k - 1 + j * d, d).into_owned();
    let first = k - 1 + k * d;
    let variances = |j: usize| {
        let shape = theta.rows(first + 1 + j * (d - 1), d - 1);
        DVector::from_fn(d, |a, _| (theta[first] + if a + 1 < d { shape[a] } else { -shape.sum() }).exp())
    };
    let components: Vec<_> = (0..k).map(|j| (weight(j), mean(j), variances(j))).collect();
    let ln_density = |x: &DVector<f64>, mean: &DVector<f64>, variances: &DVector<f64>| -> f64 {
        (0..d)
            .map(|a| -0.5 * ((x[a] - mean[a]).powi(2) / variances[a] + (std::f64::consts::TAU * variances[a]).ln()))
            .sum()
    };
    let row = |x: DVector<f64>| {
        components
            .iter()
            .map(|(weight, mean, variances)| weight * ln_density(&x, mean, variances).exp())
            .sum::<f64>()
            .ln()
    };
    points.row_iter().map(|x| row(x.transpose())).sum()
}

#[test]
fn of_a_constrained_family_are_those_of_the_delta_method() {
    let (points, k, d) = (iris(), 2, 4);
    let fit = GaussianMixture::new(k).covariance(Covariance::EqualVolumeDiagonal).fit(&points).unwrap();
    let variances: Vec<DVector<f64>> = fit.covariances().iter().map(DMatrix::diagonal).collect();
    let ln_volume = variances[0].iter().map(|v| v.ln()).sum::<f64>() / d as f64;
    let shapes =
        variances.iter().flat_map(|v| v.rows(0, d - 1).map(|v| v.ln() - ln_volume).iter().copied().collect::<Vec<_>>());
    let means = fit.means().transpose();
    let theta: Vec<f64> =
        fit.weights()[..k - 1].iter().copied().chain(means.iter().copied()).chain([ln_volume]).chain(shapes).collect();
    let theta = DVector::from_vec(theta);
    assert_relative_eq!(equal_volume(&points, k, &theta), fit.log_likelihood(), max_relative = 1e-13);
    let vcov = covariance(|theta| equal_volume(&points, k, theta), &theta, &DVector::repeat(theta.len(), 0.05));
    // The variance of the last coordinate of the second component, by its logarithm: ln volume minus the shapes.
    let first = k - 1 + k * d;
    let mut slope = DVector::zeros(theta.len());
    slope[first] = 1.0;
    for a in 0..d - 1 {
        slope[first + 1 + (d - 1) + a] = -1.0;
    }
    let expected = variances[1][d - 1] * slope.dot(&(&vcov * &slope)).sqrt();
    assert_relative_eq!(fit.std_error("variance[2].x4").unwrap(), expected, max_relative = 1e-6);
    assert_relative_eq!(fit.std_error("weight[1]").unwrap(), vcov[(0, 0)].sqrt(), max_relative = 1e-6);
    assert_relative_eq!(fit.std_error("mean[2].x1").unwrap(), vcov[(k - 1 + d, k - 1 + d)].sqrt(), max_relative = 1e-6);
    assert_eq!(fit.dof(), theta.len());
}

#[test]
fn are_the_spread_over_samples() {
    let names = ["weight[1]", "mean[1].x1", "mean[2].x2", "variance[1].x2", "covariance[2].x1.x2"];
    let fits: Vec<GaussianMixtureFit> = (0..200)
        .map(|seed| GaussianMixture::new(2).starts(4).continued(1).fit(&two_groups(1000, 100 + seed)).unwrap())
        .collect();
    for name in names {
        let estimates = DVector::from_iterator(fits.len(), fits.iter().map(|fit| fit.estimate(name).unwrap()));
        let mean_square = fits.iter().map(|fit| fit.std_error(name).unwrap().powi(2)).sum::<f64>() / fits.len() as f64;
        // The spread of 200 estimates is itself known to 5 %: three times that.
        assert_relative_eq!(mean_square.sqrt(), estimates.variance().sqrt(), max_relative = 0.15);
    }
}

#[test]
fn weights_of_rows_are_repeated_rows() {
    let points = two_groups(150, 3);
    let weights: Vec<f64> = (0..150).map(|i| f64::from(i % 3)).collect();
    let repeated: Vec<usize> = (0..150).flat_map(|i| std::iter::repeat_n(i, i % 3)).collect();
    let mixture = GaussianMixture::new(2);
    let weighted = mixture.clone().weights(&weights).fit(&points).unwrap();
    let repeated = mixture.fit(&points.select_rows(&repeated)).unwrap();
    assert_relative_eq!(weighted.log_likelihood(), repeated.log_likelihood(), max_relative = 1e-12);
    assert_relative_eq!(weighted.std_errors().unwrap(), repeated.std_errors().unwrap(), max_relative = 1e-8);
    assert_eq!((weighted.n_obs(), repeated.n_obs()), (100, 150));
}

#[test]
fn the_missing_information_is_the_rate_of_em() {
    use maxlik::optimizer::Em;
    let points = two_groups(400, 8);
    let fit = GaussianMixture::new(2).fit(&points).unwrap();
    let missing = fit.missing_information().unwrap();
    assert_eq!(missing.fractions().len(), fit.dof());
    assert!(missing.fractions().iter().all(|fraction| (-1e-12..1.0).contains(fraction)));
    // Plain EM from nearby: the gap in the log-likelihood shrinks by the square of the rate from step to step.
    let steps = |count: usize| {
        let mut em = Em::default().with_acceleration(false).with_newton_from(0.0);
        em.stopping.max_iterations = count;
        let (mut means, weights) = (fit.means(), fit.weights().to_vec());
        means[(0, 0)] += 0.3;
        let start =
            GaussianMixture::new(2).em(em).information_limit(0).start_from(&weights, &means, &fit.covariances());
        match start.fit(&points) {
            Err(GaussianMixtureError::NotConverged(partial)) => fit.log_likelihood() - partial.log_likelihood(),
            other => panic!("{other:?}"),
        }
    };
    let rate = (steps(60) / steps(59)).sqrt();
    assert_relative_eq!(rate, missing.rate(), max_relative = 1e-3); // faster directions are not quite gone
}

#[test]
fn information_and_covariance_of_dependent_coefficients_are_inverse_along_what_can_vary() {
    let fit = GaussianMixture::new(2).covariance(Covariance::EqualVolume).fit(&faithful()).unwrap();
    let (information, vcov) = (fit.observed_information(), fit.vcov().unwrap());
    assert_eq!((fit.names().len(), fit.dof()), (12, 10));
    let unit = information.diagonal().map(f64::sqrt);
    let scaled = |a: DMatrix<f64>| DMatrix::from_fn(12, 12, |i, j| a[(i, j)] / unit[i] / unit[j]);
    assert_relative_eq!(scaled(information * vcov * information), scaled(information.clone()), epsilon = 1e-9);
    // The sum of the weights and the ratio of the volumes cannot vary.
    let eigenvalues = scaled(information.clone()).symmetric_eigenvalues();
    assert_eq!(eigenvalues.iter().filter(|value| value.abs() < 1e-10).count(), 2);
    assert!(fit.score().amax() < 1e-6);
}
