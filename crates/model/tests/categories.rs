//! Categories kept as codes, against the same indicator columns stored as numbers.
use approx::assert_relative_eq;
use insta::assert_snapshot;
use maxlik_dual::Real;
use maxlik_model::{
    Design, HiddenMarkovLikelihood, Likelihood, MixtureLikelihood, Model, ModelError, Parameter, linear, positive, real,
};
use nalgebra::DMatrix;

fn uniform(i: usize, k: usize) -> f64 {
    (((i + 1) * (2 * k + 3)) as f64 * 0.618_033_988_75).fract() * 2.0 - 1.0
}

fn region(i: usize) -> usize {
    (i * i + i / 3) % 5
}

fn season(i: usize) -> usize {
    i * 7 % 3
}

const REGIONS: [&str; 5] = ["north", "east", "south", "west", "sea"];
const SEASONS: [&str; 3] = ["wet", "dry", "cold"];

/// An intercept, two numbers and two categories, with an offset.
fn coded(n: usize) -> Design {
    let rows: Vec<usize> = (0..n).collect();
    Design::from_rows(&rows, ["(intercept)", "a", "b"], |&i| [1.0, uniform(i, 0), 3.0 * uniform(i, 1)])
        .unwrap()
        .category("region", REGIONS, rows.iter().map(|&i| region(i)))
        .unwrap()
        .category("season", SEASONS, rows.iter().map(|&i| season(i)))
        .unwrap()
        .offset(rows.iter().map(|&i| 0.3 * uniform(i, 2)))
        .unwrap()
}

/// All levels of a category alone.
fn levels(n: usize) -> Design {
    Design::from_category("season", SEASONS, (0..n).map(season)).unwrap()
}

/// The same columns as numbers; `offset` says whether there is one.
fn dense(design: &Design, offset: bool) -> Design {
    let dense = Design::from_matrix(&design.matrix(), design.names().to_vec()).unwrap();
    if offset { dense.offset((0..design.rows()).map(|i| 0.3 * uniform(i, 2))).unwrap() } else { dense }
}

fn assert_same(found: &dyn Likelihood, expected: &dyn Likelihood, at: &[f64]) {
    assert_eq!(found.parameters().iter().map(Parameter::len).sum::<usize>(), at.len());
    let (value, score, hessian) = found.log_likelihood_score_hessian(at);
    let (same_value, same_score, same_hessian) = expected.log_likelihood_score_hessian(at);
    assert_relative_eq!(value, same_value, max_relative = 1e-13);
    assert_relative_eq!(score, same_score, max_relative = 1e-12, epsilon = 1e-13 * same_score.amax());
    assert_relative_eq!(hessian, same_hessian, max_relative = 1e-12, epsilon = 1e-13 * same_hessian.amax());
    assert_relative_eq!(found.log_likelihood(at), same_value, max_relative = 1e-13);
    let chosen: Vec<usize> = (0..found.n_terms()).rev().step_by(3).chain([0, 0]).collect();
    let (value, score) = found.log_likelihood_score_of(&chosen, at);
    let (same_value, same_score) = expected.log_likelihood_score_of(&chosen, at);
    assert_relative_eq!(value, same_value, max_relative = 1e-13);
    assert_relative_eq!(score, same_score, max_relative = 1e-12, epsilon = 1e-13 * same_score.amax());
}

fn student<T: Real>([mu, log_sigma, nu]: [T; 3], y: f64) -> T {
    let r = (-mu + y) / log_sigma.exp();
    -log_sigma - (nu + 1.5) * (r * r / nu).ln_1p() + nu.ln()
}

fn responses(n: usize) -> Vec<f64> {
    (0..n).map(|i| 2.0 * uniform(i, 4) + region(i) as f64 * 0.5).collect()
}

fn coefficients(m: usize) -> Vec<f64> {
    (0..m).map(|j| 0.6 * uniform(j, 5)).collect()
}

#[test]
fn a_category_has_the_columns_of_its_indicators() {
    for n in [9, 300] {
        let design = coded(n);
        let names =
            ["(intercept)", "a", "b", "region[east]", "region[south]", "region[west]", "region[sea]"].map(String::from);
        assert_eq!(design.names()[..7], names);
        assert_eq!(design.names()[7..], ["season[dry]", "season[cold]"]);
        let entry = |i: usize, j: usize| match j {
            0 => 1.0,
            1 => uniform(i, 0),
            2 => 3.0 * uniform(i, 1),
            3..7 => f64::from(u8::from(region(i) == j - 2)),
            _ => f64::from(u8::from(season(i) == j - 6)),
        };
        assert_eq!(design.matrix(), DMatrix::from_fn(n, 9, entry));
        assert_eq!(levels(n).names(), ["season[wet]", "season[dry]", "season[cold]"]);
        assert_eq!(levels(n).matrix(), DMatrix::from_fn(n, 3, |i, j| f64::from(u8::from(season(i) == j))));
    }
}

#[test]
fn codes_give_what_indicator_columns_give_in_every_place() {
    for n in [13, 256, 5003] {
        let y = responses(n);
        let weights: Vec<f64> = (0..n).map(|i| if i % 5 == 3 { 0.0 } else { 0.5 + uniform(i, 6).abs() }).collect();
        let numbers = Design::from_matrix(&DMatrix::from_fn(n, 2, |i, j| uniform(i, 7 + j)), ["c", "d"]).unwrap();
        let (coded, levels) = (coded(n), levels(n));
        let (as_coded, as_levels) = (dense(&coded, true), dense(&levels, false));
        let model = |parameters| Model::new(&y, parameters, |z, &y| student(z, y));
        let nu = || positive("nu").start(3.5);
        let mut at = coefficients(12);
        at.push(3.5);
        // Codes in two predictors, in one of them, before and behind scalars.
        let both = |x: &Design, z: &Design| model([linear("mu", x), linear("log_sigma", z), nu()]);
        assert_same(&both(&coded, &levels), &both(&as_coded, &as_levels), &at);
        assert_same(&both(&coded, &levels).weights(&weights), &both(&as_coded, &as_levels).weights(&weights), &at);
        assert_same(&both(&levels, &coded), &both(&as_levels, &as_coded), &at);
        assert_same(&both(&coded, &numbers), &both(&as_coded, &numbers), &at[1..]);
        assert_same(&both(&numbers, &coded), &both(&numbers, &as_coded), &at[1..]);
        let last = |z: &Design| {
            let shifted = |[mu, log_sigma, eta]: [_; 3], y| student([mu, log_sigma, Real::exp(eta)], y);
            Model::new(&y, [real("mu"), real("log_sigma"), linear("log_nu", z)], move |z, &y| shifted(z, y))
        };
        assert_same(&last(&coded), &last(&as_coded), &coefficients(11));
    }
}

/// Two categories, the first with so many levels that it is kept as codes, and so is the one behind it.
fn of_many_levels(n: usize, numbers: usize) -> Design {
    let name = |level: usize| level.to_string();
    let many = (0..n).map(|i| (3 * i + i / 7) % 7);
    let design = if numbers == 0 {
        Design::from_category("many", (0..7).map(name), many).unwrap()
    } else {
        let numbers = DMatrix::from_fn(n, numbers, |i, j| if j == 0 { 1.0 } else { uniform(i, j) });
        let names = (0..numbers.ncols()).map(|j| format!("x{j}"));
        Design::from_matrix(&numbers, names).unwrap().category("many", (0..7).map(name), many).unwrap()
    };
    design.category("season", SEASONS, (0..n).map(season)).unwrap()
}

#[test]
fn many_levels_give_what_indicator_columns_give_in_every_place() {
    for n in [13, 256, 5003] {
        let y = responses(n);
        let weights: Vec<f64> = (0..n).map(|i| if i % 5 == 3 { 0.0 } else { 0.5 + uniform(i, 6).abs() }).collect();
        let model = |x: &Design, z: &Design| {
            let parameters = [linear("mu", x), linear("log_sigma", z), positive("nu").start(3.5)];
            Model::new(&y, parameters, |z, &y| student(z, y)).weights(&weights)
        };
        for (p, q) in [(0, 1), (1, 0), (2, 1), (1, 9), (9, 20)] {
            let (x, z) = (of_many_levels(n, p), of_many_levels(n, q));
            let (as_x, as_z) = (dense(&x, false), dense(&z, false));
            let mut at: Vec<f64> = coefficients(x.names().len() + z.names().len()).iter().map(|b| 0.3 * b).collect();
            at.push(3.5);
            assert_same(&model(&x, &z), &model(&as_x, &as_z), &at);
            let numbers = Design::from_matrix(&DMatrix::from_fn(n, 2, |i, j| uniform(i, 7 + j)), ["c", "d"]).unwrap();
            let at = &at[z.names().len() - 2..];
            assert_same(&model(&x, &numbers), &model(&as_x, &numbers), at);
            assert_same(&model(&numbers, &x), &model(&numbers, &as_x), at);
            let last = |z: &Design| {
                let shifted = |[mu, log_sigma, eta]: [_; 3], y| student([mu, log_sigma, Real::exp(eta)], y);
                Model::new(&y, [real("mu"), linear("log_sigma", z), real("log_nu")], move |z, &y| shifted(z, y))
            };
            assert_same(&last(&x), &last(&as_x), &at[..x.names().len() + 2]);
        }
    }
}

#[test]
fn sums_by_code_have_the_same_bits_for_any_number_of_threads() {
    let n = 40_123;
    let y = responses(n);
    let x = of_many_levels(n, 3);
    let at = coefficients(x.names().len() + 1);
    let results = || {
        let parameters = [linear("mu", &x), real("log_sigma")];
        let model = Model::new(&y, parameters, |[mu, log_sigma], &y| student([mu, log_sigma, 3.5.into()], y));
        (model.log_likelihood_score(&at), model.log_likelihood_score_hessian(&at))
    };
    let outside = results();
    for threads in [1, 2, 3, 8] {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        assert_eq!(pool.install(results), outside, "{threads} threads");
    }
}

#[test]
fn mixtures_and_hidden_markov_models_take_codes() {
    let n = 300;
    let y = responses(n);
    let (coded, levels) = (of_many_levels(n, 2), of_many_levels(n, 0));
    let (as_coded, as_levels) = (dense(&coded, false), dense(&levels, false));
    let mixture = |x: &Design, z: &Design| {
        MixtureLikelihood::new(&y)
            .component([linear("mu", x)], |[mu], &y| -(mu - y).powi(2))
            .component([real("mu")], |[mu], &y| -(mu - y).powi(2) * 0.5)
            .concomitant(z)
    };
    assert_same(
        &mixture(&coded, &levels),
        &mixture(&as_coded, &as_levels),
        &coefficients(coded.names().len() + levels.names().len() + 1),
    );
    let chain = |x: &Design, z: &Design| {
        HiddenMarkovLikelihood::new(&y)
            .state([linear("mu", x)], |[mu], &y| -(mu - y).powi(2))
            .state([real("mu")], |[mu], &y| -(mu - y).powi(2) * 0.5)
            .transition_design(z)
    };
    let (found, expected) = (chain(&coded, &levels), chain(&as_coded, &as_levels));
    let m = found.parameters().iter().map(Parameter::len).sum();
    let mut at = coefficients(m);
    // The probability of the second state at the beginning, wherever it stands.
    for value in &mut at {
        *value = value.abs().max(0.05);
    }
    let (value, score, hessian) = found.log_likelihood_score_hessian(&at);
    let (same_value, same_score, same_hessian) = expected.log_likelihood_score_hessian(&at);
    assert!(value.is_finite());
    assert_relative_eq!(value, same_value, max_relative = 1e-13);
    assert_relative_eq!(score, same_score, max_relative = 1e-11, epsilon = 1e-12 * same_score.amax());
    assert_relative_eq!(hessian, same_hessian, max_relative = 1e-11, epsilon = 1e-12 * same_hessian.amax());
}

#[test]
fn wrong_categories_are_refused() {
    let numbers = || Design::from_rows(&[1.5, 2.5, 3.5], ["x"], |&x| [x]).unwrap();
    let error = |design: Result<Design, ModelError>| design.unwrap_err();
    assert_snapshot!(error(numbers().category("region", ["north", "south"], [0, 2, 1])), @"category `region`, row 1: expected the index of one of 2 levels, counted from 0, found 2 - name the level or drop the row");
    assert_snapshot!(error(numbers().category("region", ["north", "south"], [0, 1])), @"category `region`: expected 3 codes, one for each row of the design, found 2 - compute them from the same rows");
    assert_snapshot!(error(numbers().category("region", ["north", "south", "west"], [0, 2, 2])), @"category `region`: expected rows with every level, found none with `south` - leave the level out and count the codes anew");
    assert_snapshot!(error(numbers().category("region", ["north"], [0, 0, 0])), @"category `region`: expected at least 2 levels, found 1 - the first level is the base and has no column");
    assert_snapshot!(error(numbers().category_without_base("region", [""; 0], [0, 0, 0])), @"category `region`: expected at least 1 level, found 0 - give the levels in the order of the codes");
    assert_snapshot!(error(numbers().category_without_base("region", ["north", "north"], [0, 1, 0])), @"design: expected different column names, found `region[north]` twice - rename or drop one of them");
    assert!(numbers().category_without_base("region", ["north"], [0, 0, 0]).is_ok());
    // Of data without rows the model speaks.
    let rows: [f64; 0] = [];
    let none = Design::from_rows(&rows, ["x"], |&x| [x]).unwrap().category("region", ["a", "b"], [0; 0]).unwrap();
    let model = Model::new(&rows, [linear("eta", none)], |[eta], _| eta);
    assert_eq!(model.validate(), Err(ModelError::NoRows));
}
