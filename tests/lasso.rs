//! The lasso path, against plain coordinate descent written here, and on cases with known answers.
use approx::{assert_abs_diff_eq, assert_relative_eq};
use insta::assert_snapshot;
use maxlik::model::Likelihood;
use maxlik::optimizer::{L1, ProximalNewton};
use maxlik::prelude::*;
use maxlik::{LassoError, LassoFit, LassoPath};
use nalgebra::{DMatrix, DVector};

/// Numbers between -1 and 1 that are the same on every machine.
fn noise(seed: u64) -> impl FnMut() -> f64 {
    let mut state = seed;
    move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 11) as f64 / (1_u64 << 52) as f64 - 1.0
    }
}

/// An intercept and `p` columns of different units, each in part the one before it.
fn columns(n: usize, p: usize, noise: &mut impl FnMut() -> f64) -> DMatrix<f64> {
    let mut x = DMatrix::from_fn(n, p + 1, |_, j| if j == 0 { 1.0 } else { noise() });
    for j in 2..=p {
        let mixed = x.column(j - 1) * 0.5 + x.column(j) * 0.75;
        x.set_column(j, &mixed);
    }
    for j in 1..=p {
        x.column_mut(j).apply(|v| *v = *v * (1.0 + j as f64 / 4.0) + 0.3);
    }
    x
}

/// `0.4 + sum_j b_j x_j` with every third coefficient not zero.
fn predictor(x: &DMatrix<f64>) -> DVector<f64> {
    let b = DVector::from_fn(x.ncols(), |j, _| match j {
        0 => 0.4,
        j if j % 3 == 1 => 0.7 / j as f64,
        _ => 0.0,
    });
    x * b
}

fn design(x: &DMatrix<f64>) -> Design {
    let name = |j| if j == 0 { "(intercept)".into() } else { format!("x{j}") };
    Design::from_matrix(x, (0..x.ncols()).map(name)).unwrap()
}

/// A Poisson number of this mean: how many uniform numbers can be multiplied before the product falls below `exp(-mean)`.
fn count(mean: f64, noise: &mut impl FnMut() -> f64) -> u64 {
    let (mut count, mut product) = (0, 0.5 * (noise() + 1.0));
    while product > (-mean).exp() {
        product *= 0.5 * (noise() + 1.0);
        count += 1;
    }
    count
}

fn deviations(x: &DMatrix<f64>) -> Vec<f64> {
    let deviation = |j| {
        let column: Vec<f64> = x.column(j).iter().copied().collect();
        let mean = column.iter().sum::<f64>() / column.len() as f64;
        (column.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / column.len() as f64).sqrt()
    };
    (0..x.ncols()).map(|j| if j == 0 { 0.0 } else { deviation(j) }).collect()
}

/// First and second derivative of minus the log-density by the linear predictor, of one observation.
type Derivatives = fn(eta: f64, y: f64) -> (f64, f64);

/// Cyclic coordinate descent on `sum_i f(eta_i, y_i) / n + lambda sum_j s_j |b_j|` from `b`, until nothing moves.
fn coordinate_descent(x: &DMatrix<f64>, y: &[f64], f: Derivatives, lambda: f64, s: &[f64], b: &mut [f64]) {
    let n = y.len() as f64;
    let mut eta = x * DVector::from_column_slice(b);
    for _ in 0..100_000 {
        let mut longest = 0.0_f64;
        for j in 0..b.len() {
            let (mut g, mut h) = (0.0, 0.0);
            for i in 0..y.len() {
                let (first, second) = f(eta[i], y[i]);
                g += x[(i, j)] * first / n;
                h += x[(i, j)] * x[(i, j)] * second / n;
            }
            let (from, u) = (b[j], h * b[j] - g);
            b[j] = u.signum() * (u.abs() - lambda * s[j]).max(0.0) / h;
            eta.axpy(b[j] - from, &x.column(j), 1.0);
            longest = longest.max((b[j] - from).abs() * h.sqrt());
        }
        if longest < 1e-14 {
            return;
        }
    }
    panic!("coordinate descent goes on and on");
}

/// Compares every point of a path with coordinate descent: objective, coefficients, zeros, and the conditions for a minimum.
fn assert_agrees(model: &impl Likelihood, path: &LassoPath, x: &DMatrix<f64>, y: &[f64], f: Derivatives) {
    let (s, n) = (deviations(x), y.len() as f64);
    let mut b = vec![0.0; x.ncols()];
    assert_eq!(path.points()[0].selected().count(), 0);
    assert!(path.points().last().unwrap().selected().count() > x.ncols() / 2);
    for point in path.points() {
        assert!(point.termination().is_converged(), "{}", point.termination());
        let lambda = point.lambda();
        coordinate_descent(x, y, f, lambda, &s, &mut b);
        let found = &point.coefficients()[..b.len()];
        for j in 0..b.len() {
            // Lambda max itself is where rounding decides for the second opinion.
            let zero = if lambda < path.lambda_max() { b[j] == 0.0 } else { s[j] > 0.0 };
            assert_eq!(found[j] == 0.0, zero, "lambda {lambda}, coefficient {j}: {} and {}", found[j], b[j]);
            // Polished to a decrement of 1e-18: to 1e-9 standard errors.
            assert_abs_diff_eq!(found[j], b[j], epsilon = 1e-9);
        }
        let mut theta = point.coefficients().to_vec();
        theta[..b.len()].copy_from_slice(&b);
        let penalty: f64 = b.iter().zip(&s).map(|(b, s)| s * b.abs()).sum();
        let objective = lambda * penalty - model.log_likelihood(&theta) / n;
        let size = objective.abs().max(1.0);
        assert_abs_diff_eq!(point.penalized_objective() / size, objective / size, epsilon = 1e-13);
        assert_is_stationary(model, point, &s, n);
    }
}

/// `|score_j| / n <= lambda s_j` at zeros, `= lambda s_j` elsewhere, with the sign of the coefficient.
fn assert_is_stationary(model: &impl Likelihood, point: &LassoFit, s: &[f64], n: f64) {
    let (_, score) = model.log_likelihood_score(point.coefficients());
    for (j, s) in s.iter().enumerate() {
        let (b, slope) = (point.coefficients()[j], score[j] / n);
        if *s > 0.0 && b == 0.0 {
            assert!(slope.abs() <= point.lambda() * s + 1e-9);
        } else {
            let weight = if *s > 0.0 { point.lambda() * s * b.signum() } else { 0.0 };
            assert_abs_diff_eq!(slope, weight, epsilon = 1e-9);
        }
    }
}

#[test]
fn of_linear_regression_agrees_with_coordinate_descent() {
    let mut noise = noise(5);
    let x = columns(80, 15, &mut noise);
    let y: Vec<f64> = predictor(&x).iter().map(|eta| eta + noise()).collect();
    let parameters = [linear("mu", design(&x)), positive("sigma").fixed(1.5)];
    let model = Model::new(&y, parameters, |[mu, sigma], &y| normal::ln_pdf(y, mu, sigma));
    let path = model.lasso_path(&Lasso::default().with_count(40).with_ratio(1e-3)).unwrap();
    assert_agrees(&model, &path, &x, &y, |eta, y| ((eta - y) / 2.25, 1.0 / 2.25));
}

#[test]
fn of_poisson_regression_agrees_with_coordinate_descent() {
    let mut noise = noise(17);
    let x = columns(120, 12, &mut noise);
    let y: Vec<u64> = predictor(&x).iter().map(|eta| count(eta.exp(), &mut noise)).collect();
    let model = Model::new(&y, [linear("eta", design(&x))], |[eta], &y| poisson::ln_pmf(y, eta.exp()));
    let path = model.lasso_path(&Lasso::default().with_count(25).with_ratio(1e-3)).unwrap();
    let numbers: Vec<f64> = y.iter().map(|&y| y as f64).collect();
    assert_agrees(&model, &path, &x, &numbers, |eta, y| (eta.exp() - y, eta.exp()));
}

fn births() -> (DMatrix<f64>, Vec<bool>) {
    let t = Table::from_csv(format!("{}/tests/data/birthwt.csv", env!("CARGO_MANIFEST_DIR"))).unwrap();
    let (low, race) = (t.booleans("low").unwrap(), t.texts("race").unwrap());
    let numbers = t.matrix(["age", "lwt", "smoke", "ptl", "ht", "ui"]).unwrap();
    let is = |condition: bool| f64::from(u8::from(condition));
    let x = DMatrix::from_fn(t.rows(), 9, |i, j| match j {
        0 => 1.0,
        // About centred, or plain coordinate descent takes too long.
        1 => numbers[(i, 0)] - 23.0,
        2 => numbers[(i, 1)] - 130.0,
        3 => is(race[i] == "black"),
        4 => is(race[i] == "other"),
        _ => numbers[(i, j - 3)],
    });
    (x, low.clone())
}

#[test]
fn of_logistic_regression_agrees_with_coordinate_descent() {
    let (x, low) = births();
    let model = Model::new(&low, [linear("eta", design(&x))], |[eta], &y| bernoulli::ln_pmf_logit(y, eta));
    let path = model.lasso_path(&Lasso::default().with_count(25).with_ratio(1e-3)).unwrap();
    let numbers: Vec<f64> = low.iter().map(|&y| f64::from(u8::from(y))).collect();
    assert_agrees(&model, &path, &x, &numbers, |eta, y| {
        let p = 1.0 / (1.0 + (-eta).exp());
        (p - y, p * (1.0 - p))
    });
}

#[test]
fn a_free_size_parameter_goes_along_unpenalised() {
    let mut noise = noise(3);
    let x = columns(150, 8, &mut noise);
    let mixed = |mean: f64, noise: &mut dyn FnMut() -> f64| mean * (1.2 * noise() + 0.1).exp();
    let y: Vec<u64> = predictor(&x)
        .iter()
        .map(|eta| {
            let mean = mixed(eta.exp(), &mut noise);
            count(mean, &mut noise)
        })
        .collect();
    let parameters = [linear("eta", design(&x)), positive("size")];
    let model = Model::new(&y, parameters, |[eta, size], &y| negative_binomial::ln_pmf(y, eta.exp(), size));
    let path = model.lasso_path(&Lasso::default().with_count(30)).unwrap();
    let mut s = deviations(&x);
    s.push(0.0);
    for point in path.points() {
        assert!(point.termination().is_converged(), "{}", point.termination());
        assert_is_stationary(&model, point, &s, 150.0);
        assert_eq!(point.dof(), point.selected().count() + 2);
    }
    let fit = model.fit().unwrap();
    let zero = model.fit_lasso(0.0, &Lasso::default()).unwrap();
    for (name, estimate) in fit.names().iter().zip(fit.coefficients()) {
        assert_relative_eq!(zero.estimate(name).unwrap(), *estimate, max_relative = 1e-10);
    }
    assert_relative_eq!(zero.bic(), fit.bic(), max_relative = 1e-13);
    assert_relative_eq!(zero.aic(), fit.aic(), max_relative = 1e-13);
}

#[test]
fn more_columns_than_rows_and_separated_outcomes_have_a_path() {
    let mut noise = noise(29);
    let x = columns(25, 60, &mut noise);
    let y: Vec<bool> = predictor(&x).iter().map(|eta| eta + 0.5 * noise() > 0.5).collect();
    let model = Model::new(&y, [linear("eta", design(&x))], |[eta], &y| bernoulli::ln_pmf_logit(y, eta));
    let path = model.lasso_path(&Lasso::default().with_count(30)).unwrap();
    let s = deviations(&x);
    assert_relative_eq!(path.points()[29].lambda(), 1e-2 * path.lambda_max(), max_relative = 1e-14);
    for point in path.points() {
        assert!(point.termination().is_converged(), "{}", point.termination());
        assert!(point.selected().count() <= 25);
        assert_is_stationary(&model, point, &s, 25.0);
    }
    // Without a penalty there is no maximum.
    let Err(LassoError::NotConverged(partial)) = model.fit_lasso(0.0, &Lasso::default()) else { panic!("converged") };
    assert_eq!(partial.lambda(), 0.0);
}

#[test]
fn an_orthogonal_design_gives_the_soft_threshold() {
    let signs = [[1.0, 1.0], [1.0, -1.0], [-1.0, 1.0], [-1.0, -1.0]];
    let y = [3.1, 0.6, -1.2, -0.9];
    let x = DMatrix::from_fn(4, 3, |i, j| if j == 0 { 1.0 } else { 2.5 * signs[i][j - 1] });
    let parameters = [linear("mu", design(&x)), positive("sigma").fixed(1.0)];
    let model = Model::new(&y, parameters, |[mu, sigma], &y| normal::ln_pdf(y, mu, sigma));
    let least_squares = [0.4, (3.1 + 0.6 + 1.2 + 0.9) / 10.0, (3.1 - 0.6 - 1.2 + 0.9) / 10.0];
    // s_j = 2.5 and the information of a row is 2.5^2.
    for (lambda, standardize) in [(0.7, true), (0.7 * 2.5, false)] {
        let fit = model.fit_lasso(lambda, &Lasso::default().standardize(standardize)).unwrap();
        let shrunk = |b: f64| b.signum() * (b.abs() - 0.7 / 2.5).max(0.0);
        assert_relative_eq!(fit.estimate("mu.(intercept)").unwrap(), least_squares[0], max_relative = 1e-14);
        assert_relative_eq!(fit.estimate("mu.x1").unwrap(), shrunk(least_squares[1]), max_relative = 1e-14);
        assert_eq!(fit.estimate("mu.x2").unwrap(), 0.0);
        assert!(least_squares[2] < 0.28 && fit.selected().eq(["mu.x1"]));
    }
    let path = model.lasso_path(&Lasso::default()).unwrap();
    assert_relative_eq!(path.lambda_max(), 2.5 * least_squares[1], max_relative = 1e-14);
    let beyond = model.fit_lasso(7.0 * path.lambda_max(), &Lasso::default()).unwrap();
    assert_eq!(beyond.coefficients()[1..3], [0.0, 0.0]);
    let just_below = model.fit_lasso(path.lambda_max() * (1.0 - 1e-12), &Lasso::default()).unwrap();
    assert!(just_below.selected().eq(["mu.x1"]));
}

#[test]
fn a_row_of_weight_two_counts_as_two_rows() {
    let mut noise = noise(31);
    let x = columns(30, 5, &mut noise);
    let y: Vec<f64> = predictor(&x).iter().map(|eta| eta + noise()).collect();
    let parameters = |x: &DMatrix<f64>| [linear("mu", design(x)), positive("sigma")];
    let mut weights = vec![1.0; 30];
    (weights[4], weights[7]) = (2.0, 0.0);
    let rows: Vec<usize> = (0..30).filter(|&i| i != 7).chain([4]).collect();
    let twice: Vec<f64> = rows.iter().map(|&i| y[i]).collect();
    let settings = Lasso::default().with_count(12);
    let f = |[mu, sigma]: [Dual2<2>; 2], y: &f64| normal::ln_pdf(*y, mu, sigma);
    let weighted = Model::new(&y, parameters(&x), f).weights(&weights).lasso_path(&settings).unwrap();
    let repeated = Model::new(&twice, parameters(&x.select_rows(&rows)), f).lasso_path(&settings).unwrap();
    for (a, b) in weighted.points().iter().zip(repeated.points()) {
        assert_relative_eq!(a.lambda(), b.lambda(), max_relative = 1e-12);
        assert_relative_eq!(a.penalized_objective(), b.penalized_objective(), max_relative = 1e-12);
    }
}

#[test]
fn of_two_equal_columns_one_is_selected() {
    let (x, low) = births();
    let mut twice = x.clone().insert_column(9, 0.0);
    twice.set_column(9, &x.column(5));
    let fits = [&x, &twice].map(|x| {
        let model = Model::new(&low, [linear("eta", design(x))], |[eta], &y| bernoulli::ln_pmf_logit(y, eta));
        model.fit_lasso(0.01, &Lasso::default()).unwrap()
    });
    assert_eq!(fits[0].selected().count(), fits[1].selected().count());
    assert_relative_eq!(fits[0].penalized_objective(), fits[1].penalized_objective(), max_relative = 1e-14);
    let sum = fits[1].estimate("eta.x5").unwrap() + fits[1].estimate("eta.x9").unwrap();
    assert_relative_eq!(fits[0].estimate("eta.x5").unwrap(), sum, max_relative = 1e-12);
}

#[test]
fn tied_columns_converge_all_along_the_path() {
    let mut noise = noise(41);
    let mut x = columns(40, 24, &mut noise);
    for j in (3..=24).step_by(3) {
        let twin = x.column(j - 1).into_owned();
        x.set_column(j, &twin);
    }
    let y: Vec<bool> = predictor(&x).iter().map(|eta| eta + noise() > 0.5).collect();
    let model = Model::new(&y, [linear("eta", design(&x))], |[eta], &y| bernoulli::ln_pmf_logit(y, eta));
    let path = model.lasso_path(&Lasso::default()).unwrap();
    let s = deviations(&x);
    assert_eq!(path.points().len(), 100);
    for point in path.points() {
        assert!(point.termination().is_converged(), "{}", point.termination());
        assert_is_stationary(&model, point, &s, 40.0);
        assert!((3..=24).step_by(3).all(|j| point.coefficients()[j - 1] == 0.0 || point.coefficients()[j] == 0.0));
    }
}

#[test]
fn the_path_does_not_depend_on_the_units_of_columns() {
    let (x, low) = births();
    let unit: Vec<f64> = [0, -30, 17, 45, -3, 1, 8, -60, 22].into_iter().map(|k| 2.0_f64.powi(k)).collect();
    let other = DMatrix::from_fn(x.nrows(), 9, |i, j| x[(i, j)] * unit[j]);
    let paths = [&x, &other].map(|x| {
        let model = Model::new(&low, [linear("eta", design(x))], |[eta], &y| bernoulli::ln_pmf_logit(y, eta));
        model.lasso_path(&Lasso::default().with_count(20)).unwrap()
    });
    for (a, b) in paths[0].points().iter().zip(paths[1].points()) {
        assert_eq!((a.lambda(), a.penalized_objective()), (b.lambda(), b.penalized_objective()));
        for j in 1..9 {
            assert_eq!(a.coefficients()[j], b.coefficients()[j] * unit[j]);
        }
    }
}

#[test]
fn the_path_ends_where_there_is_no_maximum() {
    // As many columns as rows fit the data exactly, and the log-likelihood rises without end as sigma falls.
    let mut noise = noise(19);
    let x = columns(12, 14, &mut noise);
    let y: Vec<f64> = predictor(&x).iter().map(|eta| eta + noise()).collect();
    let parameters = [linear("mu", design(&x)), positive("sigma")];
    let model = Model::new(&y, parameters, |[mu, sigma], &y| normal::ln_pdf(y, mu, sigma));
    let path = model.lasso_path(&Lasso::default()).unwrap();
    let (last, before) = path.points().split_last().unwrap();
    assert!(before.iter().all(|point| point.termination().is_converged()) && path.points().len() < 100);
    assert!(!last.termination().is_converged() && path.to_string().contains("not converged"));
    assert!(path.best_bic().unwrap().termination().is_converged());
}

#[test]
fn what_is_penalised_can_be_said_by_name() {
    let (x, low) = births();
    let model = Model::new(&low, [linear("eta", design(&x)), real("shift").fixed(0.0)], |[eta, shift], &y| {
        bernoulli::ln_pmf_logit(y, eta + shift)
    });
    let large = |settings: Lasso| model.fit_lasso(10.0, &settings).unwrap();
    let zeros = |fit: LassoFit| fit.names().iter().filter(|name| fit.estimate(name).unwrap() == 0.0).count() - 1;
    assert_eq!(zeros(large(Lasso::default())), 8);
    assert_eq!(zeros(large(Lasso::default().unpenalized("eta.x1").unpenalized("*2"))), 6);
    assert_eq!(zeros(large(Lasso::default().penalize("eta.x3"))), 1);
    assert_eq!(zeros(large(Lasso::default().penalize("eta.*").unpenalized("eta.x1"))), 7);
    assert_eq!(zeros(large(Lasso::default().standardize(false).penalize("eta.(intercept)"))), 1);
}

#[test]
fn a_scalar_parameter_is_penalised_when_told() {
    let y = [0.3, 0.9, -0.2, 0.5];
    let model = Model::new(&y, [real("mu"), positive("sigma").fixed(1.0)], |[mu, s], &y| normal::ln_pdf(y, mu, s));
    let fit = model.fit_lasso(0.25, &Lasso::default().penalize("mu")).unwrap();
    assert_relative_eq!(fit.estimate("mu").unwrap(), 0.375 - 0.25, max_relative = 1e-14);
    assert_eq!(model.fit_lasso(0.4, &Lasso::default().penalize("mu")).unwrap().estimate("mu").unwrap(), 0.0);
}

#[test]
fn a_model_without_a_maximum_says_so() {
    let mut noise = noise(2);
    let x = columns(10, 2, &mut noise);
    let model = Model::new(&[true; 10], [linear("eta", design(&x))], |[eta], &y| bernoulli::ln_pmf_logit(y, eta));
    let error = model.lasso_path(&Lasso::default()).unwrap_err();
    assert_snapshot!(error, @"lambda inf: not converged: still improving towards infinity, no maximum at finite values");
}

#[test]
fn a_fit_by_maximum_likelihood_refuses_a_penalty() {
    let (x, low) = births();
    let model = Model::new(&low, [linear("eta", design(&x))], |[eta], &y| bernoulli::ln_pmf_logit(y, eta));
    let error = model.fit_with(ProximalNewton::new(L1 { weights: DVector::repeat(9, 1.0) })).unwrap_err();
    assert_snapshot!(error, @"fit: expected a method that maximises the likelihood itself, found proximal Newton with a penalty - fit_lasso and lasso_path report penalised estimates");
}

#[test]
fn bad_settings_are_refused() {
    let (x, low) = births();
    let parameters = [linear("eta", design(&x)), positive("power")];
    let model = Model::new(&low, parameters, |[eta, power], &y| bernoulli::ln_pmf_logit(y, eta * power));
    let refused = |settings: Lasso| model.lasso_path(&settings).unwrap_err();
    let default = Lasso::default;
    assert_snapshot!(refused(default().with_lambdas([0.1, 0.2])), @"lambdas: expected strictly decreasing values, found 0.2 after 0.1 - sort them, the largest first");
    assert_snapshot!(refused(default().with_lambdas([0.1, f64::NAN])), @"lambda: expected a finite number of at least 0, found NaN - 0 is maximum likelihood");
    assert_snapshot!(model.fit_lasso(-0.5, &default()).unwrap_err(), @"lambda: expected a finite number of at least 0, found -0.5 - 0 is maximum likelihood");
    assert!(matches!(refused(default().with_lambdas([])), LassoError::NoLambdas));
    assert!(matches!(refused(default().with_count(0)), LassoError::NoLambdas));
    assert!(matches!(refused(default().with_ratio(1.0)), LassoError::Ratio { .. }));
    assert!(matches!(refused(default().with_ratio(f64::NAN)), LassoError::Ratio { .. }));
    assert!(matches!(refused(default().unpenalized("eta.*")), LassoError::NothingPenalized));
    assert_snapshot!(refused(default().penalize("mu.*")), @"lasso: expected the name of a coefficient or a pattern of such, found `mu.*` - the names are `eta.(intercept)`, `eta.x1`, `eta.x2`, `eta.x3`, `eta.x4`, `eta.x5`, `eta.x6`, `eta.x7`, `eta.x8`, `power`");
    assert_snapshot!(refused(default().penalize("power")), @"`power`: expected a parameter that can be 0 inside its domain, found (0, inf) - use real(..), or between(..) around 0");
    assert_snapshot!(refused(default().penalize("eta.(intercept)")), @"`eta.(intercept)`: expected a column that varies, found a constant one - name it `(intercept)`, or give it to .unpenalized(..), or drop it");
}

#[test]
fn the_path_prints_as_a_table() {
    let (x, low) = births();
    let model = Model::new(&low, [linear("eta", design(&x))], |[eta], &y| bernoulli::ln_pmf_logit(y, eta));
    let path = model.lasso_path(&Lasso::default().with_lambdas([0.2, 0.05, 0.02, 0.01, 0.005, 0.0])).unwrap();
    assert_snapshot!(path, @r"
    lasso of 8 penalised and 1 other coefficients
    observations    189
    lambda max      9.086262e-2

        lambda  nonzero  log-likelihood             BIC
     2.0000e-1        0     -117.335998        239.9137  lowest BIC
     5.0000e-2        6     -110.466280        257.6248
     2.0000e-2        8     -102.704147        252.5840
     1.0000e-2        8     -101.262449        249.7006
     5.0000e-3        8     -100.858861        248.8934
      0.0000e0        8     -100.713476        248.6027

    note [penalized] coefficients are shrunk towards zero and have no standard errors here
    ");
}
