//! Standard errors against a numerical Hessian, and against the spread over samples.
use approx::assert_relative_eq;
use maxlik::prelude::*;
use nalgebra::{DMatrix, DVector};

use crate::data::{ability, in_order_of, with_signs_of};
use crate::uniform::Uniform;

/// The log-likelihood of a covariance matrix `S` of `n` rows, from the determinant and the inverse.
fn log_likelihood(s: &DMatrix<f64>, n: f64, sigma: &DMatrix<f64>) -> f64 {
    let root = sigma.clone().cholesky().unwrap();
    let ln_det = 2.0 * root.l().diagonal().map(f64::ln).sum();
    let constant = s.nrows() as f64 * std::f64::consts::TAU.ln();
    -0.5 * n * (constant + ln_det + root.solve(s).trace())
}

/// Derivatives by central differences, Richardson's extrapolation over three steps.
fn derivative(h: f64, f: &dyn Fn(f64) -> f64) -> f64 {
    let central = |h: f64| (f(h) - f(-h)) / (2.0 * h);
    let [a, b, c] = [central(h), central(0.5 * h), central(0.25 * h)];
    let (ab, bc) = ((4.0 * b - a) / 3.0, (4.0 * c - b) / 3.0);
    (16.0 * bc - ab) / 15.0
}

fn numerical_hessian(x: &DVector<f64>, h: f64, f: &dyn Fn(&DVector<f64>) -> f64) -> DMatrix<f64> {
    let moved = |moves: &[(usize, f64)]| {
        let mut x = x.clone();
        for &(i, by) in moves {
            x[i] += by;
        }
        f(&x)
    };
    DMatrix::from_fn(x.len(), x.len(), |i, j| derivative(h, &|a| derivative(h, &|b| moved(&[(i, a), (j, b)]))))
}

/// Unrotated loadings by their definition: eigenvectors of `L' Psi^-1 L`.
fn canonical(loadings: &DMatrix<f64>, psi: &DVector<f64>, like: &DMatrix<f64>) -> DMatrix<f64> {
    let weighted = DMatrix::from_diagonal(&psi.map(f64::recip)) * loadings;
    let eigen = loadings.tr_mul(&weighted).symmetric_eigen();
    let mut order: Vec<usize> = (0..loadings.ncols()).collect();
    order.sort_by(|&a, &b| eigen.eigenvalues[b].total_cmp(&eigen.eigenvalues[a]));
    with_signs_of(loadings * eigen.eigenvectors.select_columns(&order), like)
}

/// Varimax by singular values (Horst 1965), as R does it.
fn varimax(loadings: &DMatrix<f64>) -> DMatrix<f64> {
    let (d, m) = loadings.shape();
    let mut x = loadings.clone();
    x.row_iter_mut().for_each(|mut row| row /= row.norm());
    let mut rotation = DMatrix::identity(m, m);
    for _ in 0..200 {
        let z = &x * &rotation;
        let squares = DMatrix::from_diagonal(&DVector::from_fn(m, |r, _| z.column(r).norm_squared() / d as f64));
        let b = x.tr_mul(&(z.map(|z| z.powi(3)) - &z * squares));
        let svd = b.svd(true, true);
        rotation = svd.u.unwrap() * svd.v_t.unwrap();
    }
    loadings * rotation
}

fn promax(loadings: &DMatrix<f64>) -> DMatrix<f64> {
    let x = varimax(loadings);
    let target = x.map(|x| x * x.abs().powi(3));
    let u = x.tr_mul(&x).try_inverse().unwrap() * x.tr_mul(&target);
    let scale = u.tr_mul(&u).try_inverse().unwrap().diagonal().map(f64::sqrt);
    x * u * DMatrix::from_diagonal(&scale)
}

/// Free coordinates of two factors: loadings of which the first variable has none on the second factor, then uniquenesses.
fn from_coordinates(x: &DVector<f64>, d: usize) -> (DMatrix<f64>, DVector<f64>) {
    let loadings = DMatrix::from_fn(d, 2, |i, r| match (i, r) {
        (i, 0) => x[i],
        (0, _) => 0.0,
        (i, _) => x[d + i - 1],
    });
    (loadings, x.rows(2 * d - 1, d).into_owned())
}

/// From loadings and uniquenesses on the correlation scale to reported loadings, in the order and with the signs of others.
type Rotate = fn(&DMatrix<f64>, &DVector<f64>, &DMatrix<f64>) -> DMatrix<f64>;

#[test]
fn standard_errors_are_those_of_a_numerical_hessian() {
    let (analysis, s, n) = ability(2);
    let fit = analysis.fit_covariance(&s, n).unwrap();
    let unit = s.diagonal().map(f64::sqrt);
    let r = DMatrix::from_fn(6, 6, |i, j| s[(i, j)] / unit[i] / unit[j]);
    // The estimates, rotated so that the first variable has no second loading.
    let (l, m) = (fit.loadings()[(0, 0)], fit.loadings()[(0, 1)]);
    let length = l.hypot(m);
    let rotation = DMatrix::from_row_slice(2, 2, &[l, -m, m, l]) / length;
    let rotated = fit.loadings() * rotation;
    let mut estimates: Vec<f64> = rotated.column(0).iter().chain(&rotated.as_slice()[7..]).copied().collect();
    estimates.extend(fit.uniquenesses().iter());
    let estimates = DVector::from_vec(estimates);
    let likelihood = |x: &DVector<f64>| {
        let (loadings, psi) = from_coordinates(x, 6);
        log_likelihood(&r, n as f64, &(&loadings * loadings.transpose() + DMatrix::from_diagonal(&psi)))
    };
    let vcov = (-numerical_hessian(&estimates, 6e-3, &likelihood)).try_inverse().unwrap();
    // Reported coefficients as functions of the coordinates, for all rotations and both scales.
    let rotations: [(Rotation, Rotate); 3] = [
        (Rotation::None, canonical),
        (Rotation::Varimax, |l, _, like| in_order_of(&varimax(l), like)),
        (Rotation::Promax { power: 4.0 }, |l, _, like| in_order_of(&promax(l), like)),
    ];
    for (rotation, rotate) in rotations {
        for scale in [Scale::Correlation, Scale::Covariance] {
            let fit = fit.rotated(rotation).unwrap().on(scale);
            let report = |x: &DVector<f64>| {
                let (mut loadings, mut psi) = from_coordinates(x, 6);
                let variance = DVector::from_fn(6, |i, _| loadings.row(i).norm_squared() + psi[i]);
                // Rotations are found on the correlation scale.
                let mut standard = loadings.clone();
                standard.row_iter_mut().zip(&variance).for_each(|(mut row, variance)| row /= variance.sqrt());
                let like = fit.rotated(rotation).unwrap().on(Scale::Correlation);
                let rotated = rotate(&standard, &psi.component_div(&variance), like.loadings());
                loadings = rotated;
                if scale == Scale::Covariance {
                    loadings.row_iter_mut().enumerate().for_each(|(i, mut row)| row *= variance[i].sqrt() * unit[i]);
                    psi.component_mul_assign(&s.diagonal());
                } else {
                    psi.component_div_assign(&variance);
                }
                DVector::from_iterator(18, loadings.iter().chain(&psi).copied())
            };
            assert_relative_eq!(report(&estimates), *fit.coefficients(), max_relative = 1e-9, epsilon = 1e-9);
            let jacobian = DMatrix::from_fn(18, estimates.len(), |k, i| {
                derivative(6e-3, &|h| {
                    let mut x = estimates.clone();
                    x[i] += h;
                    report(&x)[k]
                })
            });
            let expected = &jacobian * &vcov * jacobian.transpose();
            let std_errors = expected.diagonal().map(f64::sqrt);
            assert_relative_eq!(fit.std_errors().unwrap(), std_errors, max_relative = 1e-6);
            for (i, j) in (0..18).flat_map(|i| (0..i).map(move |j| (i, j))) {
                let correlation = |v: &DMatrix<f64>| v[(i, j)] / std_errors[i] / std_errors[j];
                assert_relative_eq!(correlation(fit.vcov().unwrap()), correlation(&expected), epsilon = 1e-6);
            }
            // Score and information are those along what can vary: the information is the inverse of the covariance there.
            let (v, information) = (fit.vcov().unwrap(), fit.observed_information());
            let back = v * information * v;
            let standardised =
                |v: &DMatrix<f64>| DMatrix::from_fn(18, 18, |i, j| v[(i, j)] / std_errors[i] / std_errors[j]);
            assert_relative_eq!(standardised(&back), standardised(v), epsilon = 1e-9);
            let projection = v * information;
            assert_relative_eq!(
                projection.trace(),
                if scale == Scale::Correlation { 11.0 } else { 17.0 },
                epsilon = 1e-9
            );
            assert!(fit.score().component_mul(&std_errors).amax() < 1e-8);
            assert!(fit.aicc() > fit.aic());
        }
    }
}

#[test]
fn intervals_stay_in_their_domains() {
    let (analysis, s, n) = ability(2);
    let fit = analysis.fit_covariance(&s, n).unwrap();
    let (psi, se) = (fit.estimate("uniqueness[reading]").unwrap(), fit.std_error("uniqueness[reading]").unwrap());
    let (lower, upper) = fit.confint_of("uniqueness[reading]", 0.95).unwrap();
    let logit = |p: f64| (p / (1.0 - p)).ln();
    let half = 1.959_963_984_540_054 * se / psi / (1.0 - psi);
    assert_relative_eq!(logit(lower), logit(psi) - half, max_relative = 1e-10);
    assert_relative_eq!(logit(upper), logit(psi) + half, max_relative = 1e-10);
    let (loading, se) = (fit.estimate("loading[maze,2]").unwrap(), fit.std_error("loading[maze,2]").unwrap());
    let all = fit.confint(0.95).unwrap();
    let place = fit.names().iter().position(|name| name == "loading[maze,2]").unwrap();
    assert_relative_eq!(all[place].1, loading + 1.959_963_984_540_054 * se, max_relative = 1e-12);
}

/// The second example of a true model: two factors, simple structure.
fn draw(rng: &mut Uniform, n: usize, loadings: &DMatrix<f64>, psi: &DVector<f64>) -> DMatrix<f64> {
    let (d, m) = loadings.shape();
    let z = DMatrix::from_fn(n, m, |_, _| rng.normal());
    let e = DMatrix::from_fn(n, d, |_, j| psi[j].sqrt() * rng.normal());
    z * loadings.transpose() + e
}

#[test]
fn standard_errors_are_the_spread_over_samples() {
    let loadings = DMatrix::from_row_slice(6, 2, &[0.8, 0.1, 0.7, 0.2, 0.75, 0.0, 0.1, 0.7, 0.0, 0.8, 0.2, 0.65]);
    let psi = DVector::from_fn(6, |i, _| 1.0 - loadings.row(i).norm_squared());
    let (mut rng, samples) = (Uniform(5), 500);
    let (mut estimates, mut variances) = (Vec::new(), DVector::<f64>::zeros(18));
    let mut like: Option<DMatrix<f64>> = None;
    for _ in 0..samples {
        let x = draw(&mut rng, 600, &loadings, &psi);
        let fit = FactorAnalysis::new(2).fit(&x).unwrap().rotated(Rotation::Varimax).unwrap();
        // The two factors are of similar size: match them to those of the first sample.
        let like = like.get_or_insert_with(|| fit.loadings().clone());
        let matched = in_order_of(fit.loadings(), like);
        let swapped = (matched.column(0) - fit.loadings().column(0)).norm() > 1e-12;
        let vcov = fit.vcov().unwrap().diagonal();
        for k in 0..18 {
            let from = if swapped && k < 12 { (k + 6) % 12 } else { k };
            variances[k] += vcov[from] / f64::from(samples);
        }
        estimates.push(DVector::from_iterator(18, matched.iter().chain(fit.uniquenesses()).copied()));
    }
    let mean = estimates.iter().sum::<DVector<f64>>() / f64::from(samples);
    for k in 0..18 {
        let spread = estimates.iter().map(|e| (e[k] - mean[k]).powi(2)).sum::<f64>() / f64::from(samples - 1);
        // A standard deviation from 500 samples is known to 1 / sqrt(1000) = 3.2 %; four times that for the worst of 18.
        assert_relative_eq!(variances[k].sqrt(), spread.sqrt(), max_relative = 0.13);
    }
}
