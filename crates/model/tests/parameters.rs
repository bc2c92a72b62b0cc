//! Domains, parameters and designs, and what is said about wrong ones.
use approx::assert_relative_eq;
use insta::assert_snapshot;
use maxlik_dual::Dual2;
use maxlik_model::{
    Design, Domain, Likelihood, Model, ModelError, Parameter, at_least, at_most, between, linear, positive,
    probability, real,
};
use nalgebra::{DMatrix, dmatrix};

const INF: f64 = f64::INFINITY;
const BOX: Domain = Domain::Between { lower: -1.5, upper: 4.0 };
const FROM: Domain = Domain::Between { lower: -1.5, upper: INF };
const UNTIL: Domain = Domain::Between { lower: -INF, upper: 4.0 };
const EVERYWHERE: Domain = Domain::Between { lower: -INF, upper: INF };

#[test]
fn domains_round_trip_from_natural_to_free_and_back() {
    let values: [(Domain, &[f64]); 5] = [
        (Domain::Real, &[-3e8, -0.7, 0.0, 2.3]),
        (Domain::Positive, &[1e-12, 0.3, 1.0, 7.0, 2e3]),
        (Domain::Probability, &[1e-12, 0.03, 0.5, 0.7, 0.999]),
        (Domain::Simplex, &[1e-12, 0.03, 0.5, 0.7, 0.999]),
        (BOX, &[-1.5, 0.3, 4.0]),
    ];
    for (domain, values) in values {
        for &natural in values {
            let free = domain.to_free(natural);
            let [back, _, _] = domain.to_natural(free);
            assert_relative_eq!(back, natural, max_relative = 1e-14);
            let (lower, upper) = domain.free_bounds();
            assert!(lower <= free && free <= upper);
        }
    }
    assert_relative_eq!(Domain::Positive.to_free(2.5), 2.5_f64.ln(), max_relative = 1e-15);
    assert_relative_eq!(Domain::Probability.to_free(0.3), (0.3_f64 / 0.7).ln(), max_relative = 1e-15);
}

#[test]
fn natural_values_have_the_derivatives_of_their_formulas() {
    for free in [-2.3, -0.4, 0.7, 1.9] {
        assert_eq!(Domain::Real.to_natural(free), [free, 1.0, 0.0]);
        assert_eq!(BOX.to_natural(free), [free, 1.0, 0.0]);
        let e = free.exp();
        let p = e / (1.0 + e);
        let logistic = [p, p * (1.0 - p), p * (1.0 - p) * (1.0 - 2.0 * p)];
        for k in 0..3 {
            assert_relative_eq!(Domain::Positive.to_natural(free)[k], e, max_relative = 1e-14);
            assert_relative_eq!(Domain::Probability.to_natural(free)[k], logistic[k], max_relative = 1e-14);
        }
    }
}

#[test]
fn domains_contain_their_closed_ends_only() {
    let inside: [(Domain, &[f64]); 4] = [
        (Domain::Real, &[-1e300, 0.0]),
        (Domain::Positive, &[5e-324, 1e300]),
        (Domain::Probability, &[5e-324, 1.0 - f64::EPSILON]),
        (BOX, &[-1.5, 0.3, 4.0]),
    ];
    let outside: [(Domain, &[f64]); 5] = [
        (Domain::Positive, &[0.0, -0.3]),
        (Domain::Probability, &[0.0, 1.0, -0.1, 1.5]),
        (BOX, &[-1.51, 4.01]),
        (FROM, &[-1.51]),
        (UNTIL, &[4.01]),
    ];
    for (domain, values) in inside {
        assert!(values.iter().all(|&value| domain.contains(value)), "{domain}");
    }
    for (domain, values) in outside {
        assert!(!values.iter().any(|&value| domain.contains(value)), "{domain}");
    }
    for domain in [Domain::Real, Domain::Positive, Domain::Probability, BOX, FROM, UNTIL, EVERYWHERE] {
        assert!(![f64::NAN, INF, -INF].iter().any(|&value| domain.contains(value)), "{domain}");
        assert!(domain.contains(domain.default_start()), "{domain}");
    }
}

#[test]
fn domains_have_starts_bounds_limits_and_names() {
    let table = [
        (Domain::Real, 0.0, (-INF, INF), [None, None], "the finite real numbers"),
        (Domain::Positive, 1.0, (-INF, INF), [Some(0.0), Some(INF)], "(0, inf)"),
        (Domain::Probability, 0.5, (-INF, INF), [Some(0.0), Some(1.0)], "(0, 1)"),
        (Domain::Simplex, 0.5, (-INF, INF), [Some(0.0), Some(1.0)], "(0, 1) with a sum below 1"),
        (BOX, 1.25, (-1.5, 4.0), [None, None], "[-1.5, 4]"),
        (FROM, -0.5, (-1.5, INF), [None, None], "[-1.5, inf)"),
        (UNTIL, 3.0, (-INF, 4.0), [None, None], "(-inf, 4]"),
        (EVERYWHERE, 0.0, (-INF, INF), [None, None], "(-inf, inf)"),
    ];
    for (domain, start, bounds, limits, name) in table {
        assert_eq!((domain.default_start(), domain.free_bounds()), (start, bounds), "{domain}");
        assert_eq!([domain.limit(false), domain.limit(true)], limits, "{domain}");
        assert_eq!(domain.to_string(), name);
    }
}

/// A design of `n` rows with the columns `(intercept)` and `age`.
fn ages(n: usize) -> Design {
    let rows: Vec<f64> = (0..n).map(|i| 20.5 + i as f64).collect();
    Design::from_rows(&rows, ["(intercept)", "age"], |&age| [1.0, age]).unwrap()
}

#[test]
fn parameters_know_their_names_domains_and_starts() {
    let scalars = [
        (real("a"), Domain::Real, 0.0),
        (positive("a"), Domain::Positive, 1.0),
        (probability("a"), Domain::Probability, 0.5),
        (between("a", -1.5, 4.0), BOX, 1.25),
        (at_least("a", -1.5), FROM, -0.5),
        (at_most("a", 4.0), UNTIL, 3.0),
    ];
    for (parameter, domain, start) in scalars {
        assert_eq!((parameter.domain(), parameter.len(), parameter.is_fixed()), (domain, 1, false));
        assert_eq!(parameter.start_values(), [start]);
        assert_eq!(parameter.coefficient_names().collect::<Vec<_>>(), ["a"]);
        assert!(parameter.design().is_none() && !parameter.is_empty());
    }
    let mu = linear("mu", ages(3));
    assert_eq!((mu.name(), mu.domain(), mu.len(), mu.is_empty()), ("mu", Domain::Real, 2, false));
    assert_eq!(mu.coefficient_names().collect::<Vec<_>>(), ["mu.(intercept)", "mu.age"]);
    assert_eq!(mu.start_values(), [0.0, 0.0]);
}

#[test]
fn parameters_start_and_stay_where_they_are_told() {
    let sigma = positive("sigma").start(2.5);
    assert_eq!((sigma.start_values(), sigma.is_fixed()), (vec![2.5], false));
    let sigma = sigma.fixed(3.5);
    assert_eq!((sigma.start_values(), sigma.is_fixed()), (vec![3.5], true));
    let mu = |start: maxlik_model::Start| linear("mu", ages(3)).start(start).start_values();
    assert_eq!(mu([0.3, -0.2].into()), [0.3, -0.2]);
    assert_eq!(mu(vec![0.3, -0.2].into()), [0.3, -0.2]);
    assert_eq!(mu([0.3, -0.2].as_slice().into()), [0.3, -0.2]);
}

#[test]
fn designs_give_back_what_went_in() {
    for n in [1, 256, 300] {
        let entry = |i: usize, j: usize| (i as f64 + 0.25) * if j == 1 { -3.0 } else { 0.5 } + j as f64;
        let matrix = DMatrix::from_fn(n, 3, entry);
        let design = Design::from_matrix(&matrix, ["a", "b", "c"]).unwrap();
        assert_eq!((design.rows(), design.names()), (n, ["a", "b", "c"].map(String::from).as_slice()));
        assert_eq!(design.matrix(), matrix);
        let rows: Vec<usize> = (0..n).collect();
        let by_rows = Design::from_rows(&rows, ["a", "b", "c"], |&i| [0, 1, 2].map(|j| entry(i, j))).unwrap();
        assert_eq!(by_rows.matrix(), matrix);
        assert_eq!(by_rows.offset(vec![0.5; n]).unwrap().matrix(), matrix, "the offset is no column");
    }
}

#[test]
fn clones_of_a_design_share_it() {
    let design = ages(300);
    let clone = design.clone();
    let (mu, sigma) = (linear("mu", &design), linear("sigma", clone.clone()));
    for other in [&clone, mu.design().unwrap(), sigma.design().unwrap()] {
        assert!(std::ptr::eq(other.names(), design.names()));
        assert_eq!(other.matrix(), design.matrix());
    }
}

#[test]
fn wrong_designs_are_refused() {
    let matrix = dmatrix![1.0, 2.5; 1.0, 3.5];
    let error = |design: Result<Design, ModelError>| design.unwrap_err();
    assert_snapshot!(error(Design::from_matrix(&DMatrix::zeros(3, 0), [""; 0])), @r#"design: expected at least one column, found none - for a constant alone use a column of ones, "(intercept)""#);
    assert_snapshot!(error(Design::from_matrix(&matrix, ["a", "b", "c"])), @"design: expected 3 columns for as many names, found 2 - name every column once");
    assert_snapshot!(error(Design::from_matrix(&matrix, ["age", "age"])), @"design: expected different column names, found `age` twice - rename or drop one of them");
    assert_snapshot!(error(Design::from_rows(&[0.5, f64::NAN], ["(intercept)", "age"], |&age| [1.0, age])), @"design, row 1, column `age`: expected a finite number, found NaN - drop the row or impute the value");
    assert_snapshot!(error(ages(3).offset([0.1, 0.2])), @"offset: expected 3 values, one for each row of the design, found 2 - compute it from the same rows");
    assert_snapshot!(error(ages(3).offset([0.1, 0.2, 0_f64.ln()])), @"offset, row 2: expected a finite number, found -inf - is it the logarithm of an exposure of 0?");
}

/// What is wrong with a model of three rows and these parameters.
fn refused<const P: usize>(parameters: [Parameter; P]) -> ModelError {
    Model::new(&[0.5, 0.7, 1.9], parameters, |z: [Dual2<P>; P], &y| z[0] * y).validate().unwrap_err()
}

#[test]
fn wrong_parameters_are_refused() {
    assert_snapshot!(refused([real("mu"), positive("mu")]), @"parameters: expected different names, found `mu` twice - rename one of them");
    assert_snapshot!(refused([linear("mu", ages(2))]), @"parameter `mu`: expected a design with 3 rows, one for each row of data, found 2 - build it from the same rows as the model");
    assert_snapshot!(refused([between("rho", 1.5, -1.5)]), @"parameter `rho`: expected a lower bound below the upper one, found [1.5, -1.5] - exchange them, or fix the parameter with .fixed(..)");
    assert_snapshot!(refused([at_most("rho", f64::NAN)]), @"parameter `rho`: expected a lower bound below the upper one, found (-inf, NaN) - exchange them, or fix the parameter with .fixed(..)");
    assert_snapshot!(refused([real("mu"), positive("sigma").start(-0.5)]), @"parameter `sigma`: expected a value in (0, inf), found -0.5 - give another one to .start(..) or .fixed(..)");
    assert_snapshot!(refused([real("mu").start(f64::INFINITY)]), @"parameter `mu`: expected a value in the finite real numbers, found inf - give another one to .start(..) or .fixed(..)");
    assert_snapshot!(refused([at_least("nu", 2.5).fixed(2.25)]), @"parameter `nu`: expected a value in [2.5, inf), found 2.25 - give another one to .start(..) or .fixed(..)");
    assert_snapshot!(refused([linear("mu", ages(3)).start(0.5)]), @"parameter `mu`: expected 2 starting or fixed values, one per coefficient, found 1");
    assert_snapshot!(refused([positive("sigma").fixed([1.5, 2.5])]), @"parameter `sigma`: expected 1 starting or fixed values, one per coefficient, found 2");
    let joint = Model::joint([real("phi"), linear("mu", ages(3))], |[phi, mu]| phi * mu);
    assert_snapshot!(joint.validate().unwrap_err(), @"joint model, parameter `mu`: expected a scalar parameter, found a linear predictor - a joint closure sees no rows; give each coefficient as a parameter of its own or use Model::new");
}

#[test]
fn missing_rows_and_wrong_weights_are_refused() {
    let ln_density = |[rate]: [Dual2<1>; 1], y: &f64| rate * -*y;
    assert_snapshot!(Model::new(&[], [positive("rate")], ln_density).validate().unwrap_err(), @"model: expected at least one row of data, found none - check the filter or file that the rows come from");
    let model = Model::new(&[0.5, 0.7, 1.9], [positive("rate")], ln_density);
    let refused = |weights: &[f64]| model.clone().weights(weights).validate().unwrap_err();
    assert_snapshot!(refused(&[1.0, 2.0]), @"weights: expected 3 values, one for each row of data, found 2 - build it from the same rows as the model");
    assert_snapshot!(refused(&[1.0, -2.0, 1.0]), @"weights, row 1: expected a finite number of at least 0, found -2 - weight 0 leaves a row out");
    assert_snapshot!(refused(&[1.0, 2.0, f64::INFINITY]), @"weights, row 2: expected a finite number of at least 0, found inf - weight 0 leaves a row out");
    assert_snapshot!(refused(&[0.0, 0.0, 0.0]), @"weights: expected at least one above 0, found none - no row of data counts");
    assert_eq!(model.weights(&[0.0, 0.0, 1.5]).validate(), Ok(()));
}
