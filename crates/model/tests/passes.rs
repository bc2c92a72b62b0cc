//! The cheaper passes, log-likelihood with score and part of the sum, against the full pass.
use approx::assert_relative_eq;
use maxlik_dual::{Dual2, Real};
use maxlik_model::{Design, Likelihood, LogDensity, Model, ModelError, NotFinite, Parameter, linear, positive, real};
use nalgebra::{DMatrix, DVector};

/// More than two blocks of the pass (256 rows).
const N: usize = 600;

#[derive(Clone, Copy)]
struct Row {
    y: f64,
    x: [f64; 3],
    z: [f64; 2],
    offset: f64,
}

fn data() -> Vec<Row> {
    let u = |i: usize, k: usize| (((i + 1) * (2 * k + 3)) as f64 * 0.618_033_988_75).fract() * 2.0 - 1.0;
    let row =
        |i| Row { y: 2.0 + 3.0 * u(i, 0), x: [1.0, u(i, 1), 5.0 * u(i, 2)], z: [1.0, u(i, 3)], offset: 0.5 * u(i, 4) };
    (0..N).map(row).collect()
}

fn weights() -> Vec<f64> {
    (0..N).map(|i| if i % 5 == 3 { 0.0 } else { 0.5 + (i % 7) as f64 * 0.25 }).collect()
}

/// A Student-like density whose arguments all interact.
#[inline(always)]
fn ln_density<T: Real>([mu, log_sigma, nu]: [T; 3], y: f64) -> T {
    let r = (-mu + y) / log_sigma.exp();
    -log_sigma - (nu + 1.5) * (r * r / nu).ln_1p() + nu.ln()
}

struct Student;
impl LogDensity<Row, 3> for Student {
    #[inline(always)]
    fn ln_density<T: Real>(&self, parameters: [T; 3], row: &Row) -> T {
        ln_density(parameters, row.y)
    }
}

fn scalars() -> [Parameter; 3] {
    [real("mu"), real("log_sigma"), positive("nu")]
}

/// Location with three columns and an offset, logarithmic scale with two columns, scalar tail weight.
fn designs(rows: &[Row]) -> [Parameter; 3] {
    let x = Design::from_rows(rows, ["one", "x1", "x2"], |row| row.x).unwrap();
    let z = Design::from_rows(rows, ["one", "z1"], |row| row.z).unwrap();
    let x = x.offset(rows.iter().map(|row| row.offset)).unwrap();
    [linear("mu", x), linear("log_sigma", z), positive("nu")]
}

const AT_SCALARS: [f64; 3] = [1.3, 0.4, 3.5];
const AT_DESIGNS: [f64; 6] = [0.8, -0.3, 0.15, 0.4, -0.25, 3.5];

/// Calls `check` with every kind of model of these rows: scalars or designs, closure or density, with or without weights.
fn every_model(rows: &[Row], weights: &[f64], mut check: impl FnMut(&dyn Likelihood, &[f64])) {
    for (parameters, at) in [(scalars(), AT_SCALARS.as_slice()), (designs(rows), AT_DESIGNS.as_slice())] {
        let closure = Model::new(rows, parameters.clone(), |z, row| ln_density(z, row.y));
        let density = Model::from_density(rows, parameters, Student);
        check(&closure, at);
        check(&density, at);
        check(&closure.weights(weights), at);
        check(&density.weights(weights), at);
    }
}

type Score = (f64, DVector<f64>);

/// Relative 1e-14 of the largest entry, since entries of a score nearly cancel.
fn assert_same(found: &Score, expected: &Score) {
    assert_relative_eq!(found.0, expected.0, max_relative = 1e-14);
    assert_relative_eq!(found.1, expected.1, max_relative = 1e-14, epsilon = 1e-14 * expected.1.amax());
}

fn full(model: &dyn Likelihood, at: &[f64]) -> Score {
    let (value, score, _) = model.log_likelihood_score_hessian(at);
    (value, score)
}

/// A choice out of order, across blocks, with repeats, of more than a block.
fn choice() -> Vec<usize> {
    (0..300).map(|i| (i * 389 + 17) % N).chain([599, 0, 256, 599]).collect()
}

#[test]
fn the_score_alone_equals_that_of_the_full_pass() {
    every_model(&data(), &weights(), |model, at| {
        assert_same(&model.log_likelihood_score(at), &full(model, at));
    });
}

#[test]
fn a_closure_gives_the_same_bits_with_and_without_hessian() {
    let rows = data();
    let model = Model::new(&rows, designs(&rows), |z, row| ln_density(z, row.y));
    assert_eq!(model.log_likelihood_score(&AT_DESIGNS), full(&model, &AT_DESIGNS));
    assert_eq!(model.log_likelihood(&AT_DESIGNS), full(&model, &AT_DESIGNS).0);
}

#[test]
fn all_terms_are_the_whole() {
    let all: Vec<usize> = (0..N).collect();
    every_model(&data(), &weights(), |model, at| {
        assert_eq!(model.n_terms(), N);
        assert_same(&model.log_likelihood_score_of(&all, at), &full(model, at));
    });
}

#[test]
fn parts_add_up_to_the_whole() {
    let shuffled: Vec<usize> = (0..N).map(|i| (i * 389 + 17) % N).collect();
    every_model(&data(), &weights(), |model, at| {
        let mut sum = (0.0, DVector::zeros(at.len()));
        for part in [&shuffled[..1], &shuffled[1..33], &shuffled[33..33], &shuffled[33..300], &shuffled[300..]] {
            let (value, score) = model.log_likelihood_score_of(part, at);
            sum = (sum.0 + value, sum.1 + score);
        }
        assert_same(&sum, &full(model, at));
    });
}

#[test]
fn chosen_rows_equal_a_model_of_these_rows_alone() {
    let (rows, weights) = (data(), weights());
    for chosen in [&choice()[..], &choice()[..9], &[3], &[255, 256]] {
        let picked: Vec<Row> = chosen.iter().map(|&i| rows[i]).collect();
        let picked_weights: Vec<f64> = chosen.iter().map(|&i| weights[i]).collect();
        let mut expected = Vec::new();
        every_model(&picked, &picked_weights, |model, at| expected.push(full(model, at)));
        let mut expected = expected.iter();
        every_model(&rows, &weights, |model, at| {
            assert_same(&model.log_likelihood_score_of(chosen, at), expected.next().unwrap());
        });
    }
}

#[test]
fn a_part_is_a_model_of_its_rows() {
    let choice: Vec<usize> = (0..N).filter(|i| i % 2 == 0 || i % 7 == 1).collect();
    let (rows, weights) = (data(), weights());
    let (chosen_rows, chosen_weights): (Vec<Row>, Vec<f64>) = choice.iter().map(|&i| (rows[i], weights[i])).unzip();
    let mut expected = Vec::new();
    every_model(&chosen_rows, &chosen_weights, |model, at| {
        expected.push((
            model.log_likelihood_score_hessian(at),
            model.log_likelihood(at),
            model.n_obs(),
            model.validate(),
        ));
    });
    let mut expected = expected.into_iter();
    every_model(&rows, &weights, |model, at| {
        let ((value, score, hessian), value_alone, n_obs, valid) = expected.next().unwrap();
        let part = model.part(&choice).unwrap();
        let found = part.log_likelihood_score_hessian(at);
        assert_same(&(found.0, found.1), &(value, score.clone()));
        assert_relative_eq!(found.2, hessian, max_relative = 1e-14, epsilon = 1e-14 * hessian.amax());
        assert_same(&part.log_likelihood_score(at), &(value, score));
        assert_relative_eq!(part.log_likelihood(at), value_alone, max_relative = 1e-14);
        assert_eq!((part.n_obs(), part.validate()), (n_obs, valid));
        assert_eq!(part.weights().map(<[f64]>::len), model.weights().map(|_| choice.len()));
        assert!(part.parameters().iter().all(|p| p.design().is_none_or(|design| design.rows() == choice.len())));
        assert_eq!(part.first_not_finite(at), None);
    });
}

#[test]
fn a_joint_model_has_no_parts() {
    let joint = Model::joint([real("mu")], |[mu]| -(mu - 2.0) * (mu - 2.0));
    assert!(joint.part(&[0]).is_none());
}

#[test]
fn a_term_named_three_times_counts_three_times() {
    every_model(&data(), &weights(), |model, at| {
        let (value, score) = model.log_likelihood_score_of(&[301], at);
        assert!(value != 0.0 && score.amax() > 0.0);
        assert_same(&model.log_likelihood_score_of(&[301, 301, 301], at), &(3.0 * value, 3.0 * score));
    });
}

#[test]
fn no_terms_sum_to_zero() {
    every_model(&data(), &weights(), |model, at| {
        assert_eq!(model.log_likelihood_score_of(&[], at), (0.0, DVector::zeros(at.len())));
    });
    let joint = Model::joint([real("mu")], |[mu]| -mu * mu);
    assert_eq!(joint.log_likelihood_score_of(&[], &[1.5]), (0.0, DVector::zeros(1)));
}

#[test]
fn what_has_weight_zero_does_not_count_and_what_has_weight_is_minus_infinity_where_impossible() {
    let (rows, mut weights) = (data(), weights());
    let mut spoilt = rows.clone();
    for i in (3..N).step_by(5) {
        spoilt[i].y = [f64::NAN, f64::INFINITY][i % 2];
    }
    let chosen = choice();
    assert!(chosen.iter().any(|&i| weights[i] == 0.0));
    let mut expected = Vec::new();
    every_model(&rows, &weights, |model, at| {
        expected.push((full(model, at), model.log_likelihood_score_of(&chosen, at)));
    });
    let mut expected = expected.iter();
    let mut weighted = 0;
    // the last two of every four models have weights
    every_model(&spoilt, &weights, |model, at| {
        let (whole, part) = expected.next().unwrap();
        if model.n_obs() == Some(N) {
            assert!(!model.log_likelihood_score(at).0.is_finite());
        } else {
            weighted += 1;
            assert_same(&model.log_likelihood_score(at), whole);
            assert_same(&model.log_likelihood_score_of(&chosen, at), part);
        }
    });
    assert_eq!(weighted, 4);

    let mut impossible = rows;
    impossible[300].y = f64::INFINITY;
    weights[300] = 0.25;
    every_model(&impossible, &weights, |model, at| {
        assert_eq!(model.log_likelihood_score(at).0, f64::NEG_INFINITY);
        assert_eq!(model.log_likelihood_score_of(&[2, 300, 599], at).0, f64::NEG_INFINITY);
        assert!(model.log_likelihood_score_of(&[2, 299, 599], at).0.is_finite());
    });
}

#[test]
fn a_joint_model_is_one_term() {
    let rows = data();
    let sum = |z: [Dual2<3>; 3]| rows.iter().map(|row| ln_density(z, row.y)).sum::<Dual2<3>>();
    let joint = Model::joint(scalars(), sum);
    let expected = full(&joint, &AT_SCALARS);
    assert_eq!(joint.n_terms(), 1);
    assert_eq!(joint.log_likelihood_score(&AT_SCALARS), expected);
    assert_eq!(joint.log_likelihood_score_of(&[0], &AT_SCALARS), expected);
    let twice = (2.0 * expected.0, 2.0 * expected.1);
    assert_eq!(joint.log_likelihood_score_of(&[0, 0], &AT_SCALARS), twice);
}

#[test]
#[should_panic(expected = "bug: row 600 was asked of a model with 600 rows")]
fn a_row_that_is_not_there_is_a_bug() {
    let rows = data();
    let model = Model::new(&rows, scalars(), |z, row| ln_density(z, row.y));
    model.log_likelihood_score_of(&[0, N], &AT_SCALARS);
}

#[test]
#[should_panic(expected = "bug: term 1 was asked of a likelihood that is one term")]
fn a_second_term_of_a_joint_model_is_a_bug() {
    Model::joint([real("mu")], |[mu]| -mu * mu).log_likelihood_score_of(&[0, 1], &[1.5]);
}

/// Says that it has two terms, and not what they are.
struct Half;
impl Likelihood for Half {
    fn parameters(&self) -> &[Parameter] {
        &[]
    }
    fn n_obs(&self) -> Option<usize> {
        None
    }
    fn validate(&self) -> Result<(), ModelError> {
        Ok(())
    }
    fn log_likelihood_score_hessian(&self, _: &[f64]) -> (f64, DVector<f64>, DMatrix<f64>) {
        (-2.5, DVector::zeros(0), DMatrix::zeros(0, 0))
    }
    fn first_not_finite(&self, _: &[f64]) -> Option<NotFinite> {
        None
    }
    fn n_terms(&self) -> usize {
        2
    }
}

#[test]
#[should_panic(expected = "bug: a likelihood of 2 terms does not say what each is")]
fn terms_that_are_counted_but_not_given_are_a_bug() {
    Half.log_likelihood_score_of(&[0], &[]);
}
