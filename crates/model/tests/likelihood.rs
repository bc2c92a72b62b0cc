//! Log-likelihood, score and Hessian of models against a plain loop with dual numbers over all coefficients.
use approx::assert_relative_eq;
use maxlik_dual::{Dual2, Real};
use maxlik_model::distribution::normal;
use maxlik_model::{Design, Likelihood, LogDensity, Model, NotFinite, Parameter, at_least, linear, positive, real};
use nalgebra::{DMatrix, DVector};

/// Around the lanes (8) and the blocks (256) of the pass.
const SIZES: [usize; 6] = [1, 7, 8, 255, 256, 257];
const LARGE: usize = 600;

#[derive(Clone, Copy)]
struct Row {
    y: f64,
    x: [f64; 3],
    z: [f64; 2],
    offset: f64,
}

/// Uniform numbers between -1 and 1, by `SplitMix64`.
fn uniform(state: &mut u64) -> f64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut bits = *state;
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^= bits >> 31;
    (bits >> 11) as f64 / (1_u64 << 52) as f64 - 1.0
}

fn data(n: usize) -> Vec<Row> {
    let mut state = 17;
    let mut u = || uniform(&mut state);
    (0..n).map(|_| Row { y: 2.0 + 3.0 * u(), x: [1.0, u(), 5.0 * u()], z: [1.0, u()], offset: 0.5 * u() }).collect()
}

/// A Student-like density whose location, logarithmic scale and tail weight all interact.
fn ln_density<T: Real>([mu, log_sigma, nu]: [T; 3], y: f64) -> T {
    let r = (-mu + y) / log_sigma.exp();
    -log_sigma - (nu + 1.5) * (r * r / nu).ln_1p() + nu.ln()
}

struct Student;
impl LogDensity<Row, 3> for Student {
    fn ln_density<T: Real>(&self, parameters: [T; 3], row: &Row) -> T {
        ln_density(parameters, row.y)
    }
}

/// Location with three columns and an offset, logarithmic scale with two columns, scalar tail weight.
fn parameters(rows: &[Row]) -> [Parameter; 3] {
    let x = Design::from_rows(rows, ["one", "x1", "x2"], |row| row.x).unwrap();
    let z = Design::from_rows(rows, ["one", "z1"], |row| row.z).unwrap();
    let x = x.offset(rows.iter().map(|row| row.offset)).unwrap();
    [linear("mu", x), linear("log_sigma", z), positive("nu")]
}

const AT: [f64; 6] = [0.8, -0.3, 0.15, 0.4, -0.25, 3.5];

type Derivatives = (f64, DVector<f64>, DMatrix<f64>);

fn parts<const P: usize>(l: Dual2<P>) -> Derivatives {
    (l.value(), DVector::from_row_slice(&l.gradient()), DMatrix::from_fn(P, P, |i, j| l.hessian(i, j)))
}

/// The plain loop; rows of weight 0 are left out.
fn brute_force(rows: &[Row], weights: &[f64]) -> Derivatives {
    let [a, b, c, d, e, nu] = Dual2::variables(AT);
    let mut sum = Dual2::constant(0.0);
    for (row, &weight) in rows.iter().zip(weights).filter(|&(_, &weight)| weight > 0.0) {
        let mu = a * row.x[0] + b * row.x[1] + c * row.x[2] + row.offset;
        sum += ln_density([mu, d * row.z[0] + e * row.z[1], nu], row.y) * weight;
    }
    parts(sum)
}

/// Relative 1e-12, of the largest entry where entries nearly cancel.
fn assert_same(found: &Derivatives, expected: &Derivatives) {
    assert_relative_eq!(found.0, expected.0, max_relative = 1e-12);
    assert_relative_eq!(found.1, expected.1, max_relative = 1e-12, epsilon = 1e-12 * expected.1.amax());
    assert_relative_eq!(found.2, expected.2, max_relative = 1e-12, epsilon = 1e-12 * expected.2.amax());
}

#[test]
fn derivatives_equal_those_of_a_plain_loop() {
    for n in SIZES.into_iter().chain([LARGE]) {
        let rows = data(n);
        let model = Model::new(&rows, parameters(&rows), |z, row| ln_density(z, row.y));
        let found = model.log_likelihood_score_hessian(&AT);
        assert_same(&found, &brute_force(&rows, &vec![1.0; n]));
        assert_eq!(found.2, found.2.transpose());
        assert_eq!(model.log_likelihood(&AT), found.0);
    }
}

#[test]
fn scalars_alone_equal_a_plain_loop_and_the_joint_model() {
    let at = [1.3, 0.4, 3.5];
    for n in SIZES.into_iter().chain([LARGE]) {
        let rows = data(n);
        let scalars = || [real("mu"), real("log_sigma"), positive("nu")];
        let model = Model::new(&rows, scalars(), |z, row| ln_density(z, row.y));
        let found = model.log_likelihood_score_hessian(&at);
        let sum = |z: [Dual2<3>; 3]| rows.iter().map(|row| ln_density(z, row.y)).sum::<Dual2<3>>();
        assert_same(&found, &parts(sum(Dual2::variables(at))));
        assert_eq!(model.log_likelihood(&at), found.0);

        let joint = Model::joint(scalars(), sum);
        assert_same(&found, &joint.log_likelihood_score_hessian(&at));
        assert_relative_eq!(model.log_likelihood(&at), joint.log_likelihood(&at), max_relative = 1e-12);
    }
}

#[test]
fn scalars_before_and_between_linear_predictors_keep_their_places() {
    let rows = data(LARGE);
    let [mu, log_sigma, nu] = parameters(&rows);
    let expected = brute_force(&rows, &[1.0; LARGE]);
    let moved = [nu, log_sigma, mu]; // coefficients 5, 3 4, 0 1 2
    let model = Model::new(&rows, moved, |[nu, log_sigma, mu], row| ln_density([mu, log_sigma, nu], row.y));
    let order = [5, 3, 4, 0, 1, 2];
    let found = model.log_likelihood_score_hessian(&order.map(|k| AT[k]));
    let gradient = DVector::from_fn(6, |i, _| expected.1[order[i]]);
    let hessian = DMatrix::from_fn(6, 6, |i, j| expected.2[(order[i], order[j])]);
    assert_same(&found, &(expected.0, gradient, hessian));
}

#[test]
fn a_density_written_once_equals_the_closure() {
    let rows = data(LARGE);
    let closure = Model::new(&rows, parameters(&rows), |z, row| ln_density(z, row.y));
    let density = Model::from_density(&rows, parameters(&rows), Student);
    let found = density.log_likelihood_score_hessian(&AT);
    // The functions in lanes are rounded otherwise than those of the system.
    assert_same(&found, &closure.log_likelihood_score_hessian(&AT));
    // its value is calculated with plain numbers
    assert_relative_eq!(density.log_likelihood(&AT), found.0, max_relative = 1e-14);
}

#[test]
fn weights_multiply_and_rows_of_weight_zero_do_not_count_whatever_they_are() {
    for n in [7, 257, LARGE] {
        let mut rows = data(n);
        let mut state = 5;
        let mut weights: Vec<f64> = (0..n).map(|i| if i % 5 == 3 { 0.0 } else { 1.5 + uniform(&mut state) }).collect();
        let expected = brute_force(&rows, &weights);
        for (i, row) in rows.iter_mut().enumerate().filter(|&(i, _)| i % 5 == 3) {
            row.y = [f64::NAN, f64::INFINITY][i % 2]; // log-density NaN or minus infinity
        }
        let model = Model::new(&rows, parameters(&rows), |z, row| ln_density(z, row.y));
        let weighted = model.clone().weights(&weights);
        assert_same(&weighted.log_likelihood_score_hessian(&AT), &expected);
        assert_eq!(weighted.log_likelihood(&AT), weighted.log_likelihood_score_hessian(&AT).0);
        assert_eq!((weighted.n_obs(), weighted.first_not_finite(&AT)), (Some(n - (n + 1) / 5), None));
        assert!(!model.log_likelihood(&AT).is_finite(), "without weights all rows count");

        drop(weighted);
        weights[3] = 1e-3;
        assert!(!model.weights(&weights).log_likelihood(&AT).is_finite());
    }
}

#[test]
fn integer_weights_equal_repeated_rows() {
    let rows = data(257);
    let weights: Vec<f64> = (0..rows.len()).map(|i| (i % 4) as f64).collect();
    let repeated: Vec<Row> = rows.iter().enumerate().flat_map(|(i, &row)| std::iter::repeat_n(row, i % 4)).collect();
    let weighted = Model::from_density(&rows, parameters(&rows), Student).weights(&weights);
    let unweighted = Model::from_density(&repeated, parameters(&repeated), Student);
    let found = weighted.log_likelihood_score_hessian(&AT);
    assert_same(&found, &unweighted.log_likelihood_score_hessian(&AT));

    let scalars = || [real("mu"), positive("sigma")];
    let ln_pdf = |[mu, sigma]: [Dual2<2>; 2], row: &Row| normal::ln_pdf(row.y, mu, sigma);
    let weighted = Model::new(&rows, scalars(), ln_pdf).weights(&weights);
    let unweighted = Model::new(&repeated, scalars(), ln_pdf);
    let found = weighted.log_likelihood_score_hessian(&[1.3, 2.5]);
    assert_same(&found, &unweighted.log_likelihood_score_hessian(&[1.3, 2.5]));
}

#[test]
fn the_first_row_that_is_not_finite_is_named() {
    for (bad, also_bad) in [(0, 300), (17, 18), (255, 256), (256, 599), (550, 551)] {
        let mut rows = data(LARGE);
        rows[bad].y = f64::INFINITY;
        rows[also_bad].y = f64::NAN;
        let named = |row| Some(NotFinite { row: Some(row), log_density: f64::NEG_INFINITY });
        let model = Model::new(&rows, parameters(&rows), |z, row| ln_density(z, row.y));
        assert_eq!(model.first_not_finite(&AT), named(bad));
        let scalars = Model::new(&rows, [real("mu"), real("s"), positive("nu")], |z, row| ln_density(z, row.y));
        assert_eq!(scalars.first_not_finite(&[1.3, 0.4, 3.5]), named(bad));

        let mut weights = [0.5; LARGE];
        assert_eq!(model.clone().weights(&weights).first_not_finite(&AT), named(bad));
        weights[bad] = 0.0;
        let found = model.clone().weights(&weights).first_not_finite(&AT).unwrap();
        assert!(found.row == Some(also_bad) && found.log_density.is_nan());
        weights[also_bad] = 0.0;
        assert_eq!(model.weights(&weights).first_not_finite(&AT), None);
    }
}

#[test]
fn a_derivative_that_is_not_finite_is_named_with_its_finite_log_density() {
    let rows = [0.25, 1.5, 2.0];
    let model = Model::new(&rows, [at_least("a", 1.5)], |[a], &y| (a * a - y * y).abs().sqrt() + 0.25);
    let found = model.first_not_finite(&[1.5]);
    assert_eq!(found, Some(NotFinite { row: Some(1), log_density: 0.25 }));
    let joint = Model::joint([at_least("a", 1.5)], |[a]| (a - 1.5).sqrt() + 0.25);
    assert_eq!(joint.first_not_finite(&[1.5]), Some(NotFinite { row: None, log_density: 0.25 }));
    assert_eq!(joint.first_not_finite(&[1.75]), None);
}

#[test]
fn observations_are_counted() {
    let rows = [0.3, 0.7, 1.9];
    let model = Model::new(&rows, [positive("rate")], |[rate], &y| rate.ln() - rate * y);
    assert_eq!(model.n_obs(), Some(3));
    assert_eq!(model.weights(&[2.5, 0.0, 0.5]).n_obs(), Some(2));
    let joint = Model::joint([positive("rate")], |[rate]| rate.ln() * 3.0 - rate * 2.9);
    assert_eq!(Likelihood::n_obs(&joint), None);
    assert_eq!(Likelihood::n_obs(&joint.n_obs(3)), Some(3));
}
