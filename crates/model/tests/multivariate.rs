//! Multivariate normal and Dirichlet: total probability, expected score and information, reference values, special cases,
//! estimates and messages.
use approx::assert_relative_eq;
use maxlik_dual::{Dual2, Real};
use maxlik_model::distribution::dirichlet::{self, Dirichlet};
use maxlik_model::distribution::multivariate_normal::{self, MultivariateNormal};
use maxlik_model::distribution::{beta, normal};
use nalgebra::{DMatrix, DVector, dmatrix, dvector};
use rand::SeedableRng;
use rand::distr::Distribution;
use rand::rngs::StdRng;

/// `E (1, score, vech(score score' + Hessian))` by summation of `f(point) weight` over points; `f` is a log-density.
fn expectations<const P: usize>(
    points: impl Iterator<Item = (Vec<f64>, f64)>,
    f: impl Fn(&[f64]) -> Dual2<P>,
) -> Vec<f64> {
    let mut sums = vec![0.0; 1 + P + P * P];
    for (x, weight) in points {
        let f = f(&x);
        let mass = weight * f.value().exp();
        if mass == 0.0 {
            continue;
        }
        sums[0] += mass;
        for i in 0..P {
            sums[1 + i] += mass * f.gradient()[i];
            for j in 0..P {
                sums[1 + P + i * P + j] += mass * (f.gradient()[i] * f.gradient()[j] + f.hessian(i, j));
            }
        }
    }
    sums
}

fn assert_expectations(sums: &[f64]) {
    assert_relative_eq!(sums[0], 1.0, epsilon = 1e-11);
    for &sum in &sums[1..] {
        assert_relative_eq!(sum, 0.0, epsilon = 1e-9);
    }
}

#[test]
fn the_normal_density_integrates_to_one_with_expected_score_zero_and_the_information_its_variance() {
    // The trapezoidal rule over the plane; a step of 0.25 in `z` is exact to 1e-100 for a normal density times a polynomial.
    let (mean, l) = ([0.4, -1.5], [0.7, -0.4, 1.3]);
    let grid = (-48..=48).flat_map(|i| (-48..=48).map(move |j| (0.25 * f64::from(i), 0.25 * f64::from(j))));
    let points = grid.map(|(u, v)| (vec![mean[0] + l[0] * u, mean[1] + l[1] * u + l[2] * v], 0.0625 * l[0] * l[2]));
    let sums = expectations(points, |x| {
        let p: [Dual2<5>; 5] = Dual2::variables([mean[0], mean[1], l[0], l[1], l[2]]);
        multivariate_normal::ln_pdf(x, &p[..2], &p[2..])
    });
    assert_expectations(&sums);
}

#[test]
fn the_dirichlet_density_integrates_to_one_with_expected_score_zero_and_the_information_its_variance() {
    // x1 = s, x2 = (1 - s) t, with the double-exponential rule of Takahasi and Mori (1974) in both.
    let rule: Vec<(f64, f64, f64)> = (-80..=80)
        .map(|k| {
            let t = 0.05 * f64::from(k);
            let u = std::f64::consts::PI * t.sinh();
            (u.sigmoid(), (-u).sigmoid(), 0.05 * std::f64::consts::PI * t.cosh() * u.sigmoid() * (-u).sigmoid())
        })
        .collect();
    for alpha in [[2.5, 1.4, 3.2], [20.0, 1.7, 6.0]] {
        let points = rule.iter().flat_map(|&(s, rest, weight)| {
            rule.iter().map(move |&(t, other, second)| (vec![s, rest * t, rest * other], weight * second * rest))
        });
        let sums = expectations(points, |x| dirichlet::ln_pdf(x, &Dual2::variables(alpha)));
        assert_expectations(&sums);
    }
}

#[test]
fn in_one_dimension_they_are_the_normal_and_the_beta_density() {
    let (x, mu, sigma) = (1.3, 0.4, 0.6);
    let [m, s] = Dual2::variables([mu, sigma]);
    let (joint, single) = (multivariate_normal::ln_pdf(&[x], &[m], &[s]), normal::ln_pdf(x, m, s));
    assert_same(joint, single);
    for (x, parameters) in [(0.3, [2.5, 1.4]), (0.3, [40.0, 95.0]), (0.995, [300.0, 1.4]), (0.125, [0.02, 17.0])] {
        let [a, b] = Dual2::variables(parameters);
        let found = dirichlet::ln_pdf(&[x, 1.0 - x], &[a, b]);
        assert_same(found, beta::ln_pdf(x, a, b));
    }
}

/// The same value, gradient and Hessian.
fn assert_same<const P: usize>(found: Dual2<P>, expected: Dual2<P>) {
    assert_relative_eq!(found.value(), expected.value(), max_relative = 1e-13, epsilon = 1e-14);
    for i in 0..P {
        assert_relative_eq!(found.gradient()[i], expected.gradient()[i], max_relative = 1e-12, epsilon = 1e-13);
        for j in 0..P {
            assert_relative_eq!(found.hessian(i, j), expected.hessian(i, j), max_relative = 1e-11, epsilon = 1e-13);
        }
    }
}

#[test]
fn the_score_of_the_normal_is_that_of_the_textbook() {
    // d/d mean = S^-1 (x - mean); d/dL = lower triangle of S^-1 (x - mean) z' - diag(1 / l_ii), z = L^-1 (x - mean).
    let (x, mean) = (dvector![1.4, 0.3, -2.2], dvector![0.5, -1.0, 2.0]);
    let entries = [1.5, 0.3, 0.8, -0.7, 0.2, 0.4];
    let l = dmatrix![1.5, 0.0, 0.0; 0.3, 0.8, 0.0; -0.7, 0.2, 0.4];
    let p: [Dual2<9>; 9] = Dual2::variables([
        mean[0], mean[1], mean[2], entries[0], entries[1], entries[2], entries[3], entries[4], entries[5],
    ]);
    let f = multivariate_normal::ln_pdf(x.as_slice(), &p[..3], &p[3..]);
    let inverse = l.clone().try_inverse().unwrap();
    let z = &inverse * (&x - &mean);
    let by_mean = inverse.transpose() * &z;
    let by_l = &by_mean * z.transpose();
    for i in 0..3 {
        assert_relative_eq!(f.gradient()[i], by_mean[i], max_relative = 1e-13);
    }
    for (k, (i, j)) in [(0, 0), (1, 0), (1, 1), (2, 0), (2, 1), (2, 2)].into_iter().enumerate() {
        let expected = by_l[(i, j)] - if i == j { 1.0 / l[(i, i)] } else { 0.0 };
        assert_relative_eq!(f.gradient()[3 + k], expected, max_relative = 1e-13);
    }
    let information = inverse.transpose() * &inverse;
    for i in 0..3 {
        for j in 0..3 {
            assert_relative_eq!(f.hessian(i, j), -information[(i, j)], max_relative = 1e-13);
        }
    }
}

#[test]
fn the_score_of_the_dirichlet_is_that_of_the_textbook() {
    // ln x_i + psi(n) - psi(alpha_i); for large parameters the density is calculated in another way.
    for (x, alpha) in [([0.2, 0.5, 0.3], [0.7, 2.5, 1.2]), ([0.2, 0.5, 0.3], [7.0, 25.0, 12.0])] {
        let f = dirichlet::ln_pdf(&x, &Dual2::variables(alpha));
        let n: f64 = alpha.iter().sum();
        for i in 0..3 {
            let expected = x[i].ln() + n.digamma() - alpha[i].digamma();
            assert_relative_eq!(f.gradient()[i], expected, max_relative = 1e-12);
            for j in 0..3 {
                let own = if i == j { alpha[i].trigamma() } else { 0.0 };
                assert_relative_eq!(f.hessian(i, j), n.trigamma() - own, max_relative = 1e-12);
            }
        }
    }
}

#[test]
fn many_dimensions_are_a_product_of_conditional_densities() {
    // An autoregression of order one: x_i = 0.8 x_(i - 1) + e_i, so that l_ij = 0.8^(i - j).
    let d = 12;
    let x: Vec<f64> = (0..d).map(|i| (1.7 * f64::from(i)).sin()).collect();
    let l: Vec<f64> = (0..d).flat_map(|i| (0..=i).map(move |j| 0.8_f64.powi(i - j))).collect();
    let found = multivariate_normal::ln_pdf(&x, &vec![0.0; x.len()], &l);
    let given = |i: usize| if i == 0 { 0.0 } else { 0.8 * x[i - 1] };
    let expected: f64 = (0..x.len()).map(|i| normal::ln_pdf(x[i], given(i), 1.0)).sum();
    assert_relative_eq!(found, expected, max_relative = 1e-14);
}

#[test]
fn values_agree_with_mpmath() {
    let numbers = |text: &str| text.split(';').map(|s| s.parse().unwrap()).collect::<Vec<f64>>();
    let (mut count, mut failures) = (0, Vec::new());
    for row in include_str!("reference/densities.csv").lines() {
        let fields: Vec<&str> = row.split(',').collect();
        if !["multivariate_normal", "dirichlet"].contains(&fields[0]) {
            continue;
        }
        count += 1;
        let p = numbers(fields[3]);
        let found: Vec<f64> = match (fields[0], fields[1]) {
            ("dirichlet", "ln_pdf") => vec![dirichlet::ln_pdf(&numbers(fields[2]), &p)],
            ("dirichlet", "mean") => Dirichlet::new(&p).unwrap().mean().as_slice().to_vec(),
            ("dirichlet", _) => Dirichlet::new(&p).unwrap().variance().as_slice().to_vec(),
            (_, function) => {
                let d = (1..10).find(|d| d + d * (d + 1) / 2 == p.len()).unwrap();
                let known = MultivariateNormal::from_cholesky(&p[..d], &p[d..]).unwrap();
                match function {
                    "ln_pdf" => vec![multivariate_normal::ln_pdf(&numbers(fields[2]), &p[..d], &p[d..])],
                    "mean" => known.mean().as_slice().to_vec(),
                    _ => known.covariance().diagonal().as_slice().to_vec(),
                }
            }
        };
        let expected = numbers(fields[4]);
        assert_eq!(found.len(), expected.len(), "{row}");
        for (f, e) in found.iter().zip(expected) {
            let error = if *f == e { 0.0 } else { (f / e - 1.0).abs() };
            if error.is_nan() || error > 1e-13 {
                failures.push(format!("{row}: found {f:e}, error {error:.1e}"));
            }
        }
    }
    assert!(count > 0, "no rows of these distributions");
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn extreme_arguments_and_parameters_never_give_nan() {
    let sizes = [1e-300, 1e-30, 0.3, 17.0, 1e30, 1e300];
    for a in sizes {
        for b in sizes {
            for c in sizes {
                for x in [[0.25, 0.5, 0.25], [1e-300, 1e-20, 1.0], [0.0, 1.0, 0.0]] {
                    assert!(!dirichlet::ln_pdf(&x, &[a, b, c]).is_nan(), "{x:?} {a:e} {b:e} {c:e}");
                }
                for sign in [-1.0, 1.0] {
                    let f = multivariate_normal::ln_pdf(&[sign * c, -sign * 1e308], &[a, -b], &[b, sign * c, a]);
                    assert!(!f.is_nan(), "{a:e} {b:e} {c:e}");
                }
            }
        }
    }
}

#[test]
fn what_is_no_observation_is_impossible_and_what_is_no_parameter_undefined() {
    let alpha = [2.5, 1.4, 3.2];
    assert_eq!(dirichlet::ln_pdf(&[0.2, 0.5, 0.4], &alpha), f64::NEG_INFINITY);
    assert_eq!(dirichlet::ln_pdf(&[-0.2, 0.7, 0.5], &alpha), f64::NEG_INFINITY);
    assert_eq!(dirichlet::ln_pdf(&[0.0, 0.5, 0.5], &alpha), f64::NEG_INFINITY);
    assert_eq!(dirichlet::ln_pdf(&[0.0, 0.5, 0.5], &[0.4, 1.4, 3.2]), f64::INFINITY);
    let edge = beta::ln_pdf(0.4, 1.4, 3.2) + (1.4_f64 + 3.2).ln();
    assert_relative_eq!(dirichlet::ln_pdf(&[0.0, 0.4, 0.6], &[1.0, 1.4, 3.2]), edge, max_relative = 1e-13);
    assert!(dirichlet::ln_pdf(&[0.2, 0.5, 0.3], &[2.5, -1.4, 3.2]).is_nan());
    assert!(dirichlet::ln_pdf(&[0.2, 0.8], &alpha).is_nan());
    assert!(dirichlet::ln_pdf::<f64>(&[], &[]).is_nan());
    assert!(multivariate_normal::ln_pdf(&[0.2, 0.5], &[0.1, 0.3], &[1.2, 0.3, -0.8]).is_nan());
    assert!(multivariate_normal::ln_pdf(&[0.2, 0.5], &[0.1, 0.3], &[1.2, 0.3]).is_nan());
    assert!(multivariate_normal::ln_pdf(&[0.2, 0.5], &[0.1], &[1.2, 0.3, 0.8]).is_nan());
    assert!(multivariate_normal::ln_pdf(&[1e300, 0.5], &[0.1, 0.3], &[1e-300, 0.3, -0.8]).is_nan());
}

#[test]
fn samples_have_the_moments_and_estimates_find_them() {
    let n = 20_000;
    let normal = MultivariateNormal::from_cholesky(&[0.5, -1.0, 2.0], &[1.5, 0.3, 0.8, -0.7, 0.2, 0.4]).unwrap();
    let draws: Vec<DVector<f64>> = normal.clone().sample_iter(StdRng::seed_from_u64(31)).take(n).collect();
    let rows = DMatrix::from_fn(n, 3, |i, j| draws[i][j]);
    let fitted = MultivariateNormal::maximum_likelihood(&rows).unwrap();
    let (found, expected) = (fitted.covariance(), normal.covariance());
    for i in 0..3 {
        // Five standard errors.
        let mean_error = 5.0 * (expected[(i, i)] / n as f64).sqrt();
        assert!((fitted.mean()[i] - normal.mean()[i]).abs() < mean_error);
        for j in 0..3 {
            let product = expected[(i, i)] * expected[(j, j)] + expected[(i, j)] * expected[(i, j)];
            assert!((found[(i, j)] - expected[(i, j)]).abs() < 5.0 * (product / n as f64).sqrt());
        }
    }
    // The score of the sample vanishes at its maximum.
    let mut parameters = fitted.mean().as_slice().to_vec();
    parameters.extend(fitted.cholesky());
    let p: [Dual2<9>; 9] = Dual2::variables(parameters.try_into().unwrap());
    let score: Dual2<9> = draws.iter().map(|x| multivariate_normal::ln_pdf(x.as_slice(), &p[..3], &p[3..])).sum();
    assert!(score.gradient().iter().all(|s| s.abs() < 1e-9 * n as f64), "{:?}", score.gradient());

    for alpha in [vec![2.5, 1.4, 3.2, 0.9], vec![0.03, 0.2, 0.05]] {
        let dirichlet = Dirichlet::new(&alpha).unwrap();
        let draws: Vec<DVector<f64>> = dirichlet.clone().sample_iter(StdRng::seed_from_u64(37)).take(n).collect();
        assert!(draws.iter().all(|x| (x.sum() - 1.0).abs() < 1e-14));
        for i in 0..alpha.len() {
            let (expected, variance) = (dirichlet.mean()[i], dirichlet.variance()[i]);
            let mean = draws.iter().map(|x| x[i]).sum::<f64>() / n as f64;
            assert!((mean - expected).abs() < 5.0 * (variance / n as f64).sqrt());
            let found = draws.iter().map(|x| (x[i] - mean).powi(2)).sum::<f64>() / n as f64;
            // The fourth central moment is at most the variance, so that this is at least five standard errors.
            assert!((found - variance).abs() < 5.0 * (variance / n as f64).sqrt());
        }
    }
}

#[test]
fn the_moment_start_of_the_dirichlet_has_the_means_and_the_first_variance() {
    let dirichlet = Dirichlet::new(&[2.5, 1.4, 3.2]).unwrap();
    let draws = dirichlet.sample_iter(StdRng::seed_from_u64(41)).take(200);
    let draws: Vec<Vec<f64>> = draws.map(|x| x.as_slice().to_vec()).collect();
    let start = Dirichlet::method_of_moments(&draws).unwrap();
    for i in 0..3 {
        let mean = draws.iter().map(|x| x[i]).sum::<f64>() / 200.0;
        assert_relative_eq!(start.mean()[i], mean, max_relative = 1e-13);
    }
    let mean = start.mean()[0];
    let variance = draws.iter().map(|x| (x[0] - mean).powi(2)).sum::<f64>() / 200.0;
    assert_relative_eq!(start.variance()[0], variance, max_relative = 1e-12);
}

#[test]
fn covariance_and_factor_are_each_others_inverse() {
    let l = [1.5, 0.3, 0.8, -0.7, 0.2, 0.4];
    let back = multivariate_normal::cholesky(&multivariate_normal::covariance(&l));
    for (found, expected) in back.iter().zip(l) {
        assert_relative_eq!(*found, expected, max_relative = 1e-14);
    }
    let normal = MultivariateNormal::from_cholesky(&[0.5, -1.0, 2.0], &l).unwrap();
    let again = MultivariateNormal::new(normal.mean().clone(), &normal.covariance()).unwrap();
    assert_relative_eq!(again.covariance(), normal.covariance(), max_relative = 1e-14);
}

#[test]
fn messages_say_what_is_wrong_with_a_covariance_matrix() {
    let message = |matrix: DMatrix<f64>| MultivariateNormal::new(dvector![0.3, 1.2], &matrix).unwrap_err();
    insta::assert_snapshot!(message(dmatrix![2.0, 0.3; 0.4, 1.5]), @"multivariate normal, covariance: expected a symmetric matrix, found 0.4 in row 1, column 0 and 0.3 in row 0, column 1");
    insta::assert_snapshot!(message(dmatrix![2.0, 1.8; 1.8, 1.5]), @"multivariate normal, covariance: expected a positive definite matrix, found variance -0.11999999999999988 of variable 1 given those before it - drop a variable that others determine");
    insta::assert_snapshot!(message(dmatrix![2.0, f64::NAN; 0.4, 1.5]), @"multivariate normal, parameter `covariance`: expected a value in the finite real numbers, found NaN");
    insta::assert_snapshot!(message(dmatrix![2.0, 0.3, 0.4; 0.3, 1.5, 0.1]), @"multivariate normal, `covariance, columns`: expected 2 values, found 3");
    let cholesky = |l: &[f64]| MultivariateNormal::from_cholesky(&[0.3, 1.2], l).unwrap_err();
    insta::assert_snapshot!(cholesky(&[1.4, 0.3]), @"multivariate normal, `cholesky`: expected 3 values, found 2");
    insta::assert_snapshot!(cholesky(&[1.4, 0.3, -0.7]), @"multivariate normal, parameter `cholesky, diagonal`: expected a value in (0, inf), found -0.7");
    let few = MultivariateNormal::maximum_likelihood(&dmatrix![1.5, 0.2, 0.7; 1.1, 0.6, 2.2]).unwrap_err();
    insta::assert_snapshot!(few, @"multivariate normal, covariance: expected a positive definite matrix, found variance 0 of variable 1 given those before it - drop a variable that others determine");
    let missing = MultivariateNormal::maximum_likelihood(&dmatrix![1.5, 0.2; f64::NAN, 0.6]).unwrap_err();
    insta::assert_snapshot!(missing, @"multivariate normal, observation 1: expected a value in the finite real numbers, found NaN - drop it or choose another distribution");
    insta::assert_snapshot!(MultivariateNormal::maximum_likelihood(&DMatrix::zeros(0, 2)).unwrap_err(), @"multivariate normal: expected at least one observation, found none - check the filter or file that they come from");
}

#[test]
fn messages_say_what_is_wrong_with_proportions() {
    insta::assert_snapshot!(Dirichlet::new(&[1.5]).unwrap_err(), @"Dirichlet, `alpha`: expected 2 values, found 1");
    insta::assert_snapshot!(Dirichlet::new(&[1.5, -0.4]).unwrap_err(), @"Dirichlet, parameter `alpha`: expected a value in (0, inf), found -0.4");
    let moments = |rows: &[&[f64]]| {
        Dirichlet::method_of_moments(&rows.iter().map(|row| row.to_vec()).collect::<Vec<_>>()).unwrap_err()
    };
    insta::assert_snapshot!(moments(&[]), @"Dirichlet: expected at least one observation, found none - check the filter or file that they come from");
    insta::assert_snapshot!(moments(&[&[0.2, 0.8], &[0.3, 0.6]]), @"Dirichlet, observation 1: expected proportions that add up to 1, found 0.8999999999999999 - divide them by their sum");
    insta::assert_snapshot!(moments(&[&[0.2, 0.8], &[0.3, 0.6, 0.1]]), @"Dirichlet, `observation`: expected 2 values, found 3");
    insta::assert_snapshot!(moments(&[&[0.2, 0.8], &[0.0, 1.0]]), @"Dirichlet, observation 1: expected a value in (0, 1), found 0 - drop it or choose another distribution");
    insta::assert_snapshot!(moments(&[&[0.2, 0.8], &[0.2, 0.8]]), @"Dirichlet: the observations ask for `alpha` = inf, expected a value in (0, inf) - they vary too little or too much for this family, or are too few; give a start by hand");
}
