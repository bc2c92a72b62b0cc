//! Factor analysis against R's `factanal`, against the likelihood written differently, and against itself in other units.
use approx::assert_relative_eq;
use maxlik::model::distribution::multivariate_normal;
use maxlik::prelude::*;
use maxlik::{FactorAnalysisWarning, LikelihoodRatioTest};
use nalgebra::{DMatrix, DVector};
use serde_json::Value;

fn reference() -> Value {
    serde_json::from_str(include_str!("reference/factor_analysis.json")).unwrap()
}

fn vector(value: &Value) -> DVector<f64> {
    let numbers: Vec<f64> = value.as_array().unwrap().iter().map(|x| x.as_f64().unwrap()).collect();
    numbers.into()
}

fn matrix(value: &Value) -> DMatrix<f64> {
    let rows: Vec<_> = value.as_array().unwrap().iter().map(|row| vector(row).transpose()).collect();
    DMatrix::from_rows(&rows)
}

fn names(value: &Value) -> Vec<&str> {
    value.as_array().unwrap().iter().map(|name| name.as_str().unwrap()).collect()
}

fn count(value: &Value) -> usize {
    usize::try_from(value.as_u64().unwrap()).unwrap()
}

/// Six tests of ability of 112 persons: Smith & Stanley (1983).
fn ability(factors: usize) -> (FactorAnalysis, DMatrix<f64>, usize) {
    let reference = reference();
    let ability = &reference["ability"];
    let analysis = FactorAnalysis::new(factors).names(names(&ability["names"]));
    (analysis, matrix(&ability["covariance"]), count(&ability["n"]))
}

/// Ratings of 30 departments by their employees: Chatterjee & Price (1977).
fn attitude() -> (Vec<String>, DMatrix<f64>) {
    let table = Table::from_csv("tests/data/attitude.csv").unwrap();
    let columns: Vec<DVector<f64>> =
        table.names().iter().map(|name| DVector::from_vec(table.numbers(name).unwrap())).collect();
    (table.names().to_vec(), DMatrix::from_columns(&columns))
}

fn assert_is_factanals(fit: &FactorAnalysisFit, expected: &Value) {
    // Two digits less than factanal's own stopping rule allows.
    let theirs = vector(&expected["factanal_uniquenesses"]);
    assert_relative_eq!(*fit.uniquenesses(), theirs, epsilon = 1e-6, max_relative = 0.0);
    let LikelihoodRatioTest { statistic, corrected_statistic, corrected_p_value, dof, .. } =
        fit.likelihood_ratio_test().unwrap();
    assert_relative_eq!(corrected_statistic, expected["factanal_statistic"].as_f64().unwrap(), epsilon = 1e-6);
    assert_relative_eq!(corrected_p_value, expected["p_value"].as_f64().unwrap(), max_relative = 1e-6);
    assert_eq!(dof, count(&expected["dof"]));
    // From there R solved the gradient to rounding.
    assert_relative_eq!(*fit.uniquenesses(), vector(&expected["uniquenesses"]), epsilon = 1e-10);
    let discrepancy = expected["discrepancy"].as_f64().unwrap();
    assert_relative_eq!(statistic, discrepancy * fit.n_obs() as f64, max_relative = 1e-10);
    assert_relative_eq!(*fit.loadings(), matrix(&expected["loadings"]), epsilon = 1e-9);
}

fn assert_rotations_are_rs(fit: &FactorAnalysisFit, expected: &Value) {
    let varimax = fit.rotated(Rotation::Varimax).unwrap();
    assert_relative_eq!(*varimax.loadings(), matrix(&expected["varimax"]), epsilon = 1e-7); // R stops at 1e-15 of the criterion
    let promax = fit.rotated(Rotation::Promax { power: 4.0 }).unwrap();
    assert_relative_eq!(*promax.loadings(), matrix(&expected["promax"]), epsilon = 1e-6); // as above, times the power
    let correlations = promax.factor_correlations();
    assert_relative_eq!(correlations, matrix(&expected["promax_correlations"]), epsilon = 1e-6); // as above
    for rotated in [&varimax, &promax] {
        assert_relative_eq!(rotated.covariance(), fit.covariance(), epsilon = 1e-13);
        assert_relative_eq!(rotated.communalities(), fit.communalities(), epsilon = 1e-13);
        let rotation = rotated.rotation_matrix();
        assert_relative_eq!(*rotated.loadings(), fit.loadings() * rotation, epsilon = 1e-13);
    }
    // Rotated again, it is rotated from the beginning.
    assert_relative_eq!(*promax.rotated(Rotation::Varimax).unwrap().loadings(), *varimax.loadings(), epsilon = 1e-13);
    assert_eq!(varimax.rotated(Rotation::None).unwrap().loadings(), fit.loadings());
}

#[test]
fn ability_has_the_uniquenesses_test_and_loadings_of_factanal() {
    let reference = reference();
    for (factors, expected) in [(1, "one_factor"), (2, "two_factors")] {
        let (analysis, s, n) = ability(factors);
        let fit = analysis.fit_covariance(&s, n).unwrap();
        assert_is_factanals(&fit, &reference["ability"][expected]);
        if factors > 1 {
            assert_rotations_are_rs(&fit, &reference["ability"][expected]);
        }
    }
}

#[test]
fn harman74_has_the_uniquenesses_test_and_loadings_of_factanal() {
    let reference = &reference()["harman74"];
    let r = matrix(&reference["correlation"]);
    let analysis = FactorAnalysis::new(4).names(names(&reference["names"]));
    let fit = analysis.fit_covariance(&r, count(&reference["n"])).unwrap();
    assert_is_factanals(&fit, &reference["four_factors"]);
    assert_rotations_are_rs(&fit, &reference["four_factors"]);
}

#[test]
fn scores_are_those_of_factanal() {
    let expected = &reference()["attitude"];
    let (names, x) = attitude();
    let fit = FactorAnalysis::new(2).names(names).fit(&x).unwrap();
    assert_relative_eq!(*fit.uniquenesses(), vector(&expected["uniquenesses"]), epsilon = 1e-10);
    let n = x.nrows() as f64;
    let units = ((n - 1.0) / n).sqrt();
    let promax = Rotation::Promax { power: 4.0 };
    for (rotation, suffix) in [(Rotation::None, ""), (Rotation::Varimax, "_varimax"), (promax, "_promax")] {
        let rotated = fit.rotated(rotation).unwrap();
        for (scores, name) in [(Scores::Regression, "regression"), (Scores::Bartlett, "bartlett")] {
            let ours = rotated.scores(&x, scores).unwrap() * units;
            let theirs = matrix(&expected[format!("{name}{suffix}").as_str()]);
            assert_relative_eq!(ours, theirs, epsilon = 1e-6); // rotations as R stops them
            // In the units of the data factors are the same.
            let on_covariance = rotated.on(Scale::Covariance).scores(&x, scores).unwrap() * units;
            assert_relative_eq!(on_covariance, ours, epsilon = 1e-12);
        }
    }
}

#[test]
fn the_bound_of_factanal_is_there_on_demand() {
    let expected = &reference()["attitude"]["three_factors_bounded"];
    let (names, x) = attitude();
    let fit = FactorAnalysis::new(3).names(names).lower(0.005).fit(&x).unwrap();
    assert_relative_eq!(*fit.uniquenesses(), vector(&expected["uniquenesses"]), epsilon = 1e-6); // factanal's stopping
    let test = fit.likelihood_ratio_test().unwrap();
    assert_relative_eq!(test.corrected_statistic, expected["statistic"].as_f64().unwrap(), epsilon = 1e-6);
    let on_bound = FactorAnalysisWarning::OnBound { variable: "learning".into(), value: 0.005 };
    assert_eq!(fit.warnings(), [on_bound]);
    assert!(fit.to_string().lines().next().unwrap().ends_with("uniqueness on its bound: learning"));
    assert!(fit.std_errors().is_err());
    assert!(fit.std_error("uniqueness[advance]").unwrap() > 0.1);
}

/// What a variable leaves of the others: their covariance given it.
fn given(s: &DMatrix<f64>, variable: usize) -> DMatrix<f64> {
    let others: Vec<usize> = (0..s.nrows()).filter(|&i| i != variable).collect();
    let own = DVector::from_iterator(others.len(), others.iter().map(|&i| s[(i, variable)]));
    s.select_rows(&others).select_columns(&others) - &own * own.transpose() / s[(variable, variable)]
}

/// Covariances with divisor `n`.
fn covariance(x: &DMatrix<f64>) -> DMatrix<f64> {
    let mut centred = x.clone();
    centred.column_iter_mut().for_each(|mut column| {
        let mean = column.mean();
        column.add_scalar_mut(-mean);
    });
    centred.tr_mul(&centred) / x.nrows() as f64
}

#[test]
fn a_heywood_case_is_named_and_the_others_are_fitted_given_it() {
    let (names, x) = attitude();
    let analysis = FactorAnalysis::new(3).names(names);
    let fit = analysis.fit(&x).unwrap();
    assert_eq!(fit.warnings(), [FactorAnalysisWarning::Heywood { variable: "learning".into() }]);
    assert_eq!(fit.estimate("uniqueness[learning]").unwrap(), 0.0);
    insta::assert_snapshot!(fit.std_error("uniqueness[learning]").unwrap_err(), @"`uniqueness[learning]`: expected an estimate inside its domain, found the maximum at its open end 0 - a standard error does not exist there; ask for the others by name");
    // The variable is the first factor, and known without error.
    assert_relative_eq!(fit.estimate("loading[learning,1]").unwrap(), 1.0, epsilon = 1e-12);
    assert_eq!(fit.std_error("loading[learning,1]").unwrap(), 0.0);
    assert_eq!(fit.estimate("loading[learning,2]").unwrap(), 0.0);
    // The other variables have a factor less, given this one (Jöreskog 1967).
    let s = covariance(&x);
    let rest = FactorAnalysis::new(2).fit_covariance(&given(&s, 3), x.nrows()).unwrap().on(Scale::Covariance);
    let others = [0, 1, 2, 4, 5, 6];
    let in_units = fit.on(Scale::Covariance);
    assert_relative_eq!(in_units.uniquenesses().select_rows(&others), *rest.uniquenesses(), max_relative = 1e-9);
    let loadings = in_units.loadings().select_rows(&others).columns(1, 2).into_owned();
    assert_relative_eq!(loadings.abs(), rest.loadings().abs(), max_relative = 1e-8, epsilon = 1e-8);
    let rest_std_errors = rest.on(Scale::Covariance);
    for (other, name) in ["x1", "x2", "x3", "x4", "x5", "x6"].iter().enumerate() {
        let name_here = format!("uniqueness[{}]", fit.variables()[others[other]]);
        let here = in_units.std_error(&name_here).unwrap();
        assert_relative_eq!(
            here,
            rest_std_errors.std_error(&format!("uniqueness[{name}]")).unwrap(),
            max_relative = 1e-8
        );
    }
    // It is the limit of bounds that are lowered, from below.
    let gaps: Vec<f64> = [1e-3, 1e-4]
        .iter()
        .map(|&lower| fit.log_likelihood() - analysis.clone().lower(lower).fit(&x).unwrap().log_likelihood())
        .collect();
    assert!(gaps[1] > 0.0);
    assert_relative_eq!(gaps[0] / gaps[1], 10.0, max_relative = 0.01); // linear to first order
    // Scores do not need uniquenesses: those of the first factor are the variable.
    let scores = fit.scores(&x, Scores::Bartlett).unwrap();
    let standardised = (x.column(3).add_scalar(-x.column(3).mean())) / s[(3, 3)].sqrt();
    assert_relative_eq!(scores.column(0).into_owned(), standardised, epsilon = 1e-10);
}

fn assert_same_fit(a: &FactorAnalysisFit, b: &FactorAnalysisFit) {
    assert_relative_eq!(a.log_likelihood(), b.log_likelihood(), max_relative = 1e-13);
    assert_relative_eq!(*a.uniquenesses(), *b.uniquenesses(), epsilon = 1e-10);
    assert_relative_eq!(*a.loadings(), *b.loadings(), epsilon = 1e-10);
}

#[test]
fn em_and_the_profile_method_find_the_same_maximum() {
    let (analysis, s, n) = ability(2);
    let profile = analysis.fit_covariance(&s, n).unwrap();
    for em in [Em::default(), Em::default().with_acceleration(false), Em::default().with_newton_from(0.0)] {
        assert_same_fit(&analysis.clone().em(em).fit_covariance(&s, n).unwrap(), &profile);
    }
    let reference = &reference()["harman74"];
    let analysis = FactorAnalysis::new(4).names(names(&reference["names"]));
    let (r, n) = (matrix(&reference["correlation"]), count(&reference["n"]));
    let em = analysis.clone().em(Em::default()).fit_covariance(&r, n).unwrap();
    assert_same_fit(&em, &analysis.fit_covariance(&r, n).unwrap());
    // On the boundary, too, and on a bound.
    let (names, x) = attitude();
    let analysis = FactorAnalysis::new(3).names(names);
    assert_same_fit(&analysis.clone().em(Em::default()).fit(&x).unwrap(), &analysis.fit(&x).unwrap());
    let bounded = analysis.lower(0.005);
    assert_same_fit(&bounded.clone().em(Em::default()).fit(&x).unwrap(), &bounded.fit(&x).unwrap());
}

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

fn with_signs_of(mut loadings: DMatrix<f64>, like: &DMatrix<f64>) -> DMatrix<f64> {
    for (mut column, like) in loadings.column_iter_mut().zip(like.column_iter()) {
        if column.dot(&like) < 0.0 {
            column.neg_mut();
        }
    }
    loadings
}

/// The order of the columns as in another matrix.
fn in_order_of(loadings: &DMatrix<f64>, like: &DMatrix<f64>) -> DMatrix<f64> {
    let m = loadings.ncols();
    let nearest = |k: usize| {
        (0..m).max_by(|&a, &b| {
            let overlap = |r: usize| loadings.column(r).dot(&like.column(k)).abs();
            overlap(a).total_cmp(&overlap(b))
        })
    };
    let order: Vec<usize> = (0..m).map(|k| nearest(k).unwrap()).collect();
    with_signs_of(loadings.select_columns(&order), like)
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
            assert_relative_eq!(report(&estimates), fit.coefficients(), max_relative = 1e-9, epsilon = 1e-9);
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
        }
    }
}

/// Uniform numbers in (0, 1), the same on every machine: a linear congruential generator (Knuth's MMIX).
struct Random(u64);

impl Random {
    fn uniform(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 11) as f64 + 0.5) / (1_u64 << 53) as f64
    }

    /// Box & Muller (1958).
    fn normal(&mut self) -> f64 {
        (-2.0 * self.uniform().ln()).sqrt() * (std::f64::consts::TAU * self.uniform()).cos()
    }
}

/// Four variables of one factor, some values missing: whether depends on the first, which is always there.
fn with_gaps(n: usize) -> DMatrix<f64> {
    let mut rng = Random(11);
    let (loadings, psi, mean) = ([1.1, -0.8, 0.6, 1.4], [0.7, 0.5, 0.9, 0.4], [3.0, -1.0, 10.0, 0.2]);
    let mut x = DMatrix::zeros(n, 4);
    for i in 0..n {
        let z = rng.normal();
        for j in 0..4 {
            let e = rng.normal();
            x[(i, j)] = mean[j] + loadings[j] * z + f64::sqrt(psi[j]) * e;
        }
        for j in 1..4 {
            if rng.uniform() < if x[(i, 0)] > 3.0 { 0.35 } else { 0.1 } {
                x[(i, j)] = f64::NAN;
            }
        }
    }
    x
}

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
    assert_eq!(again.warnings(), [FactorAnalysisWarning::EmptyRows { rows: 2 }]);
    assert_eq!((again.n_obs(), again.coefficients()), (120, fit.coefficients()));
    // What is scored without any value has the mean of all factors.
    assert_eq!(fit.scores(&longer, Scores::Regression).unwrap()[(10, 0)], 0.0);
    insta::assert_snapshot!(fit.scores(&longer, Scores::Bartlett).unwrap_err(), @"scores, row 10: expected values of 1 or more variables that determine the factors, found 0");
}

#[test]
fn other_units_and_origins_give_the_same_fit() {
    let (names, x) = attitude();
    let analysis = FactorAnalysis::new(2).names(names);
    let fit = analysis.fit(&x).unwrap();
    let units = [1e-6, 1e6, -3.0, 0.02, 1.0, 1e3, 250.0];
    let mut rescaled = x.clone();
    for (j, unit) in units.iter().enumerate() {
        rescaled.column_mut(j).scale_mut(*unit);
        rescaled.column_mut(j).add_scalar_mut(7.0 * unit);
    }
    let again = analysis.fit(&rescaled).unwrap();
    assert_relative_eq!(*again.uniquenesses(), *fit.uniquenesses(), epsilon = 1e-11);
    let signed = DMatrix::from_fn(7, 2, |i, r| units[i].signum() * fit.loadings()[(i, r)]);
    assert_relative_eq!(with_signs_of(signed, again.loadings()), *again.loadings(), epsilon = 1e-11);
    let change: f64 = units.iter().map(|unit| 30.0 * unit.abs().ln()).sum();
    assert_relative_eq!(again.log_likelihood(), fit.log_likelihood() - change, max_relative = 1e-12);
    let (d, uniqueness) = (7, |fit: &FactorAnalysisFit, i: usize| fit.std_errors().unwrap()[14 + i]);
    for i in 0..d {
        assert_relative_eq!(uniqueness(&again, i), uniqueness(&fit, i), max_relative = 1e-9);
        let (ours, theirs) = (again.on(Scale::Covariance), fit.on(Scale::Covariance));
        assert_relative_eq!(uniqueness(&ours, i), uniqueness(&theirs, i) * units[i].powi(2), max_relative = 1e-9);
        assert_relative_eq!(ours.uniquenesses()[i], theirs.uniquenesses()[i] * units[i].powi(2), max_relative = 1e-9);
        let mean = (fit.mean().unwrap()[i] + 7.0) * units[i];
        assert_relative_eq!(again.mean().unwrap()[i], mean, max_relative = 1e-12);
    }
    // The correlation matrix alone says the same.
    let s = covariance(&x);
    let unit = s.diagonal().map(f64::sqrt);
    let r = DMatrix::from_fn(7, 7, |i, j| s[(i, j)] / unit[i] / unit[j]);
    let by_correlation = analysis.fit_covariance(&r, 30).unwrap();
    assert_relative_eq!(*by_correlation.loadings(), *fit.loadings(), epsilon = 1e-11);
    let by_covariance = analysis.fit_covariance(&s, 30).unwrap();
    assert_relative_eq!(by_covariance.log_likelihood(), fit.log_likelihood(), max_relative = 1e-13);
    assert_relative_eq!(by_covariance.bic(), fit.bic(), max_relative = 1e-13);
    assert!(by_covariance.mean().is_none());
    assert_relative_eq!(
        by_covariance.on(Scale::Covariance).covariance().diagonal(),
        s.diagonal(),
        max_relative = 1e-12
    );
}

#[test]
fn weights_count_rows() {
    let (_, x) = attitude();
    let weights: Vec<f64> = (0..30).map(|i| f64::from(i % 3)).collect();
    let repeated: Vec<usize> = (0..30).flat_map(|i| std::iter::repeat_n(i, i % 3)).collect();
    let weighted = FactorAnalysis::new(1).weights(&weights).fit(&x).unwrap();
    let rows = FactorAnalysis::new(1).fit(&x.select_rows(&repeated)).unwrap();
    assert_relative_eq!(weighted.log_likelihood(), rows.log_likelihood(), max_relative = 1e-12);
    assert_relative_eq!(weighted.coefficients(), rows.coefficients(), max_relative = 1e-9);
    assert_relative_eq!(weighted.std_errors().unwrap(), rows.std_errors().unwrap(), max_relative = 1e-9);
    assert_eq!((weighted.n_obs(), rows.n_obs()), (20, 30));
    let (ours, theirs) = (weighted.likelihood_ratio_test().unwrap(), rows.likelihood_ratio_test().unwrap());
    assert_relative_eq!(ours.corrected_statistic, theirs.corrected_statistic, max_relative = 1e-9);
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
fn draw(rng: &mut Random, n: usize, loadings: &DMatrix<f64>, psi: &DVector<f64>) -> DMatrix<f64> {
    let (d, m) = loadings.shape();
    let z = DMatrix::from_fn(n, m, |_, _| rng.normal());
    let e = DMatrix::from_fn(n, d, |_, j| psi[j].sqrt() * rng.normal());
    z * loadings.transpose() + e
}

#[test]
fn standard_errors_are_the_spread_over_samples() {
    let loadings = DMatrix::from_row_slice(6, 2, &[0.8, 0.1, 0.7, 0.2, 0.75, 0.0, 0.1, 0.7, 0.0, 0.8, 0.2, 0.65]);
    let psi = DVector::from_fn(6, |i, _| 1.0 - loadings.row(i).norm_squared());
    let (mut rng, samples) = (Random(5), 500);
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

#[test]
fn the_greatest_fraction_of_missing_information_is_the_rate_of_em() {
    let (_, x) = attitude();
    let fit = FactorAnalysis::new(1).fit(&x).unwrap();
    let missing = fit.missing_information().unwrap();
    assert_eq!(missing.fractions().len(), fit.dof() - 7);
    // EM by the book, in the covariances alone (Rubin & Thayer 1982).
    let s = covariance(&x);
    let mut loadings = s.column(0) / s[(0, 0)].sqrt();
    let mut psi = s.diagonal() * 0.5;
    let mut steps = Vec::new();
    for _ in 0..150 {
        let sigma = &loadings * loadings.transpose() + DMatrix::from_diagonal(&psi);
        let beta = sigma.cholesky().unwrap().solve(&loadings);
        let yz = &s * &beta;
        let zz = 1.0 - beta.dot(&loadings) + beta.dot(&yz);
        let next = &yz / zz;
        psi = DVector::from_fn(7, |i, _| s[(i, i)] - next[i] * yz[i]);
        steps.push((&next - &loadings).norm());
        loadings = next;
    }
    // The next fraction, 0.828, still has a part of (0.828 / 0.852)^150 in the steps.
    assert_relative_eq!(missing.rate(), steps[149] / steps[148], max_relative = 2e-3);
    // Gaps leave more to be guessed.
    let mut gaps = x.clone();
    for i in (0..30).step_by(3) {
        gaps[(i, i % 7)] = f64::NAN;
    }
    let with_gaps = FactorAnalysis::new(1).missing(true).fit(&gaps).unwrap().missing_information().unwrap();
    assert_eq!(with_gaps.fractions().len(), fit.dof());
    assert!((missing.rate()..1.0).contains(&with_gaps.rate()), "{with_gaps:?}");
}

#[test]
fn starts_agree_on_a_likelihood_with_one_maximum() {
    let (analysis, s, n) = ability(2);
    let one = analysis.fit_covariance(&s, n).unwrap();
    let many = analysis.starts(12).seed(3).fit_covariance(&s, n).unwrap();
    assert_eq!(many.starts(), (12, 12));
    assert_same_fit(&many, &one);
    assert_eq!(one.starts(), (5, 5));
    assert!(many.to_string().contains("starts          12, 12 of which led to this maximum"));
}

/// The summary without the counts of iterations and evaluations, which may differ by one where rounding does.
fn printed(fit: &FactorAnalysisFit) -> String {
    let mask = |line: &str| {
        let counts = line.starts_with("method");
        line.chars().map(|c| if counts && c.is_ascii_digit() { '#' } else { c }).collect::<String>().replace("##", "#")
    };
    fit.to_string().lines().map(mask).collect::<Vec<_>>().join("\n")
}

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
    insta::assert_snapshot!(fit.estimate("loading[rating,3]").unwrap_err(), @"fit: expected the name of a coefficient, found `loading[rating,3]` - the names are `loading[rating,1]`, `loading[complaints,1]`, `loading[privileges,1]`, `loading[learning,1]`, `loading[raises,1]`, `loading[critical,1]`, `loading[advance,1]`, `loading[rating,2]`, `loading[complaints,2]`, `loading[privileges,2]`, `loading[learning,2]`, `loading[raises,2]`, `loading[critical,2]`, `loading[advance,2]`, `uniqueness[rating]`, `uniqueness[complaints]`, `uniqueness[privileges]`, `uniqueness[learning]`, `uniqueness[raises]`, `uniqueness[critical]`, `uniqueness[advance]`, `mean[rating]`, `mean[complaints]`, `mean[privileges]`, `mean[learning]`, `mean[raises]`, `mean[critical]`, `mean[advance]`");
}

#[test]
fn a_search_that_is_stopped_keeps_what_it_has() {
    let (names, x) = attitude();
    let em = Em::default().with_max_iterations(2).with_newton_from(0.0);
    let stopped = FactorAnalysis::new(2).names(names).starts(1).em(em).fit(&x);
    let Err(FactorAnalysisError::NotConverged(partial)) = stopped else { panic!("two iterations are too few") };
    assert!(partial.to_string().starts_with("not converged: 2 iterations used up"));
    assert!(partial.log_likelihood().is_finite());
}

#[test]
fn summaries() {
    let (analysis, s, n) = ability(2);
    let fit = analysis.fit_covariance(&s, n).unwrap();
    insta::assert_snapshot!("factor_analysis_of_a_covariance_matrix", printed(&fit));
    let promax = fit.rotated(Rotation::Promax { power: 4.0 }).unwrap().on(Scale::Covariance);
    insta::assert_snapshot!("factor_analysis_rotated_in_the_units_of_the_data", printed(&promax));
    let (names, x) = attitude();
    let heywood = FactorAnalysis::new(3).names(names).fit(&x).unwrap();
    insta::assert_snapshot!("factor_analysis_with_a_heywood_case", printed(&heywood));
    let missing = FactorAnalysis::new(1).missing(true).fit(&with_gaps(120)).unwrap();
    insta::assert_snapshot!("factor_analysis_with_missing_values", printed(&missing));
}

/// Correlations of `groups` groups of three variables, `r` within and 0 between them.
fn groups(groups: usize, r: f64) -> DMatrix<f64> {
    DMatrix::from_fn(3 * groups, 3 * groups, |i, j| match (i, j) {
        _ if i == j => 1.0,
        _ if i / 3 == j / 3 => r,
        _ => 0.0,
    })
}

#[test]
fn a_rotation_that_is_not_determined_is_named() {
    // Two factors of the same strength: which is the first?
    let fit = FactorAnalysis::new(2).fit_covariance(&groups(2, 0.5), 90).unwrap();
    assert_relative_eq!(*fit.uniquenesses(), DVector::repeat(6, 0.5), epsilon = 1e-12);
    assert_eq!(fit.warnings().iter().map(FactorAnalysisWarning::code).collect::<Vec<_>>(), ["undetermined-rotation"]);
    assert!(fit.std_error("loading[x1,1]").is_err() && fit.vcov().is_err());
    // Varimax finds the groups, and uniquenesses do not depend on it.
    let varimax = fit.rotated(Rotation::Varimax).unwrap();
    assert!(varimax.warnings().is_empty());
    let large = varimax.loadings().iter().filter(|loading| loading.abs() > 0.7).count();
    let small = varimax.loadings().iter().filter(|loading| loading.abs() < 1e-10).count();
    assert_eq!((large, small), (6, 6));
    assert!(varimax.std_error("loading[x1,1]").is_ok());
    let (here, there) = (fit.std_error("uniqueness[x1]").unwrap(), varimax.std_error("uniqueness[x1]").unwrap());
    assert_relative_eq!(here, there, max_relative = 1e-12);
}

#[test]
fn a_factor_too_many_is_not_given_standard_errors() {
    // One factor fits exactly; the second has nothing left to explain.
    let r = DMatrix::from_fn(6, 6, |i, j| if i == j { 1.0 } else { 0.4 });
    let one = FactorAnalysis::new(1).fit_covariance(&r, 90).unwrap();
    assert_relative_eq!(*one.loadings(), DMatrix::repeat(6, 1, 0.4_f64.sqrt()), epsilon = 1e-12);
    assert_relative_eq!(one.likelihood_ratio_test().unwrap().p_value, 1.0, epsilon = 1e-12);
    let two = FactorAnalysis::new(2).fit_covariance(&r, 90).unwrap();
    assert_relative_eq!(two.log_likelihood(), one.log_likelihood(), max_relative = 1e-12);
    assert_eq!(two.warnings().iter().map(FactorAnalysisWarning::code).collect::<Vec<_>>(), ["singular-information"]);
    assert!(two.to_string().lines().next().unwrap().ends_with("; information singular"));
    assert!(two.std_error("uniqueness[x1]").is_err());
}
