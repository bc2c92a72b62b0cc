//! Proximal Newton on functions with known answers, and against plain coordinate descent.
use approx::{assert_abs_diff_eq, assert_relative_eq};
use maxlik_optimizer::{
    Bounds, Curvature, InvalidProblem, L1, Newton, Objective, ProximalNewton, Report, Termination, minimize,
};
use nalgebra::{DMatrix, DVector, dmatrix, dvector};

type Derivatives = (f64, DVector<f64>, DMatrix<f64>);

struct Function<F> {
    dimension: usize,
    f: F,
}

impl<F: Fn(&DVector<f64>) -> Derivatives> Objective for Function<F> {
    fn dimension(&self) -> usize {
        self.dimension
    }

    fn value_gradient_hessian(&self, x: &DVector<f64>) -> Derivatives {
        (self.f)(x)
    }
}

fn search_within(
    f: impl Fn(&DVector<f64>) -> Derivatives,
    weights: &[f64],
    bounds: &Bounds,
    start: &DVector<f64>,
) -> Report {
    let method = ProximalNewton::new(L1 { weights: DVector::from_row_slice(weights) });
    minimize(&method, &Function { dimension: start.len(), f }, bounds, start).unwrap()
}

fn search(f: impl Fn(&DVector<f64>) -> Derivatives, weights: &[f64], start: &DVector<f64>) -> Report {
    search_within(f, weights, &Bounds::none(start.len()), start)
}

/// A function of one variable from its value and two derivatives.
fn line(f: fn(f64) -> [f64; 3]) -> impl Fn(&DVector<f64>) -> Derivatives {
    move |x| {
        let [value, first, second] = f(x[0]);
        (value, dvector![first], dmatrix![second])
    }
}

/// `|y - X b|^2 / 2`
fn least_squares(x: &DMatrix<f64>, y: &DVector<f64>) -> impl Fn(&DVector<f64>) -> Derivatives {
    let (x, y) = (x.clone(), y.clone());
    move |b| {
        let residual = &x * b - &y;
        (0.5 * residual.norm_squared(), x.tr_mul(&residual), x.tr_mul(&x))
    }
}

/// Numbers between -1 and 1 that are the same on every machine.
fn noise(seed: u64) -> impl FnMut() -> f64 {
    let mut state = seed;
    move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 11) as f64 / (1_u64 << 52) as f64 - 1.0
    }
}

/// A matrix of noise, each column in part the one before it, and a response that depends on every third column.
fn regression(n: usize, p: usize, correlation: f64, seed: u64) -> (DMatrix<f64>, DVector<f64>) {
    let mut noise = noise(seed);
    let mut x = DMatrix::from_fn(n, p, |_, _| noise());
    for j in 1..p {
        let mixed = x.column(j - 1) * correlation + x.column(j) * (1.0 - correlation * correlation).sqrt();
        x.set_column(j, &mixed);
    }
    let b = DVector::from_fn(p, |j, _| if j % 3 == 0 { 1.0 - 0.1 * j as f64 } else { 0.0 });
    let y = &x * b + DVector::from_fn(n, |_, _| 0.5 * noise());
    (x, y)
}

/// Plain cyclic coordinate descent on the lasso until nothing moves: a second opinion.
fn coordinate_descent(x: &DMatrix<f64>, y: &DVector<f64>, weight: f64) -> DVector<f64> {
    let mut b = DVector::zeros(x.ncols());
    let mut residual = y.clone();
    for _ in 0..1_000_000 {
        let mut longest = 0.0_f64;
        for j in 0..x.ncols() {
            let (column, from) = (x.column(j), b[j]);
            let h: f64 = column.norm_squared();
            let u: f64 = column.dot(&residual) + h * from;
            b[j] = u.signum() * (u.abs() - weight).max(0.0) / h;
            residual.axpy(from - b[j], &column, 1.0);
            longest = longest.max((b[j] - from).abs());
        }
        if longest <= 1e-14 * b.amax() {
            break;
        }
    }
    b
}

fn lasso(x: &DMatrix<f64>, y: &DVector<f64>, weight: f64) -> Report {
    let report = search(least_squares(x, y), &vec![weight; x.ncols()], &DVector::zeros(x.ncols()));
    assert!(report.termination.is_converged(), "{}", report.termination);
    report
}

/// `|gradient| <= weight` at zeros, `= weight` elsewhere, against the sign.
fn assert_is_stationary(report: &Report, weight: f64) {
    for (b, g) in report.x.iter().zip(&report.gradient) {
        if *b == 0.0 {
            assert!(g.abs() <= weight * (1.0 + 1e-12));
        } else {
            assert_abs_diff_eq!(g + weight * b.signum(), 0.0, epsilon = 1e-11);
        }
    }
}

#[test]
fn an_orthonormal_design_gives_the_soft_threshold() {
    let q = dmatrix![2.0, -1.0, 2.0; 2.0, 2.0, -1.0; -1.0, 2.0, 2.0] / 3.0;
    let y = dvector![1.7, -0.4, 2.9];
    let report = lasso(&q, &y, 0.75);
    for (b, u) in report.x.iter().zip(&q.tr_mul(&y)) {
        assert_relative_eq!(*b, u.signum() * (u.abs() - 0.75).max(0.0), max_relative = 1e-14);
    }
    assert_eq!(report.x.iter().filter(|b| **b == 0.0).count(), 1);
    // The model is the objective: one step.
    assert!(report.trace.len() <= 3 && report.decrement.value < 1e-28);
}

#[test]
fn the_lasso_agrees_with_coordinate_descent_on_correlated_columns() {
    for correlation in [0.0, 0.6] {
        let (x, y) = regression(60, 20, correlation, 7);
        let largest = x.tr_mul(&y).amax();
        for part in [0.9, 0.3, 0.1, 0.01, 1e-3] {
            let report = lasso(&x, &y, part * largest);
            let expected = coordinate_descent(&x, &y, part * largest);
            for (b, e) in report.x.iter().zip(&expected) {
                assert_eq!(*b == 0.0, *e == 0.0);
                assert_abs_diff_eq!(b, e, epsilon = 1e-12);
            }
            assert_is_stationary(&report, part * largest);
        }
        assert_eq!(lasso(&x, &y, largest * (1.0 + 1e-15)).x, DVector::zeros(20));
    }
}

#[test]
fn more_columns_than_rows_have_a_solution_with_no_more_coefficients_than_rows() {
    let (x, y) = regression(12, 40, 0.3, 11);
    let largest = x.tr_mul(&y).amax();
    for part in [0.5, 0.1, 1e-2, 1e-4, 1e-6] {
        let report = lasso(&x, &y, part * largest);
        assert!(report.x.iter().filter(|b| **b != 0.0).count() <= 12);
        assert_is_stationary(&report, part * largest);
        assert_eq!(report.decrement.curvature, Curvature::PositiveDefinite);
    }
}

#[test]
fn of_two_equal_columns_one_is_enough() {
    let (x, y) = regression(30, 5, 0.2, 3);
    let mut twice = x.clone().insert_column(5, 0.0);
    twice.set_column(5, &x.column(0));
    let (once, report) = (lasso(&x, &y, 1.5), lasso(&twice, &y, 1.5));
    assert_relative_eq!(report.value, once.value, max_relative = 1e-14);
    assert_relative_eq!(report.x[0] + report.x[5], once.x[0], max_relative = 1e-13);
    assert!(once.x[0] != 0.0 && (report.x[0] == 0.0 || report.x[5] == 0.0));
    // From a start where both are not zero.
    let both = search(least_squares(&twice, &y), &[1.5; 6], &dvector![2.0, -1.0, 0.0, 3.0, 1.0, 1.0]);
    assert!(both.termination.is_converged(), "{}", both.termination);
    assert_relative_eq!(both.value, once.value, max_relative = 1e-14);
}

#[test]
fn without_weights_it_is_newton() {
    let (x, y) = regression(30, 6, 0.4, 5);
    let f = least_squares(&x, &y);
    let newton =
        minimize(&Newton::default(), &Function { dimension: 6, f: &f }, &Bounds::none(6), &DVector::zeros(6)).unwrap();
    let proximal = search(f, &[0.0; 6], &DVector::zeros(6));
    assert!(proximal.termination.is_converged());
    assert_relative_eq!(proximal.x, newton.x, max_relative = 1e-13);
}

#[test]
fn the_steps_do_not_depend_on_units() {
    // sum_i ln cosh(x_i'b - y_i), in units of 2^k for coefficient k
    let (x, y) = regression(25, 5, 0.5, 9);
    let f = |x: &DMatrix<f64>, b: &DVector<f64>| {
        let u = x * b - &y;
        let slope = u.map(f64::tanh);
        let curvature = slope.map(|t| 1.0 - t * t);
        let scaled = DMatrix::from_fn(x.nrows(), x.ncols(), |i, j| curvature[i] * x[(i, j)]);
        (u.map(|u| u.cosh().ln()).sum(), x.tr_mul(&slope), x.tr_mul(&scaled))
    };
    let unit = [1.0, 2.0_f64.powi(20), 2.0_f64.powi(-30), 8.0, 2.0_f64.powi(60)];
    let scaled = DMatrix::from_fn(25, 5, |i, j| x[(i, j)] * unit[j]);
    let start = dvector![5.0, -3.0, 0.0, 8.0, 4.0];
    let plain = search(|b| f(&x, b), &[2.0; 5], &start);
    let other = search(|b| f(&scaled, b), &unit.map(|u| 2.0 * u), &DVector::from_fn(5, |j, _| start[j] / unit[j]));
    assert!(plain.termination.is_converged() && plain.x.iter().any(|b| *b == 0.0) && plain.trace.len() > 4);
    assert_eq!(plain.trace, other.trace);
    assert_eq!(plain.x, DVector::from_fn(5, |j, _| other.x[j] * unit[j]));
}

#[test]
fn convergence_is_quadratic_to_the_last_digits() {
    // e^x - 4 x + |x| / 2 has its minimum at ln 3.5.
    let report = search(line(|x| [x.exp() - 4.0 * x, x.exp() - 4.0, x.exp()]), &[0.5], &dvector![-1.0]);
    assert_relative_eq!(report.x[0], 3.5_f64.ln(), max_relative = 1e-15);
    let decrements: Vec<f64> = report.trace.iter().map(|line| line.decrement).collect();
    let last = decrements.iter().position(|&d| d < 1e-3).unwrap();
    assert!(decrements[last + 1] < 10.0 * decrements[last].powi(2), "{decrements:?}");
}

#[test]
fn a_kink_holds_even_against_negative_curvature() {
    // -x^2 / 2 + x^4 / 4 + |x| / 5: minima at 0 and where x^3 - x + 1/5 = 0.
    let f = || line(|x| [-0.5 * x * x + 0.25 * x.powi(4), x.powi(3) - x, 3.0 * x * x - 1.0]);
    let held = search(f(), &[0.2], &dvector![0.1]);
    let far = search(f(), &[0.2], &dvector![0.4]);
    assert!(held.termination.is_converged() && far.termination.is_converged());
    assert_eq!(held.x[0], 0.0);
    assert_relative_eq!(far.x[0].powi(3) - far.x[0], -0.2, max_relative = 1e-14);
    assert!(far.x[0] > 0.8);
}

#[test]
fn a_saddle_is_left_along_negative_curvature() {
    // x y + (x^4 + y^4) / 4 has a saddle at 0 and minima at (1, -1) and (-1, 1); z is penalised.
    let f = |x: &DVector<f64>| {
        let (u, v, z) = (x[0], x[1], x[2] - 2.5);
        (
            u * v + 0.25 * (u.powi(4) + v.powi(4)) + 0.5 * z * z,
            dvector![v + u.powi(3), u + v.powi(3), z],
            dmatrix![3.0 * u * u, 1.0, 0.0; 1.0, 3.0 * v * v, 0.0; 0.0, 0.0, 1.0],
        )
    };
    for start in [dvector![0.0, 0.0, 0.0], dvector![0.3, 0.3, 2.0]] {
        let report = search(f, &[0.0, 0.0, 1.5], &start);
        assert!(report.termination.is_converged(), "{}", report.termination);
        assert_relative_eq!(report.x[0] * report.x[1], -1.0, max_relative = 1e-14);
        assert_relative_eq!(report.x[2], 1.0, max_relative = 1e-14);
    }
}

#[test]
fn bounds_hold_beside_the_penalty() {
    let (x, y) = regression(40, 6, 0.6, 21);
    let free = lasso(&x, &y, 1.0);
    let mut bounds = Bounds::none(6);
    (bounds.lower[0], bounds.upper[0]) = (-1.0, 0.5 * free.x[0]);
    (bounds.lower[3], bounds.upper[3]) = (0.25, 2.0);
    bounds.upper[1] = 0.0;
    let report = search_within(least_squares(&x, &y), &[1.0; 6], &bounds, &DVector::zeros(6));
    assert!(report.termination.is_converged(), "{}", report.termination);
    for i in 0..6 {
        let (b, g) = (report.x[i], report.gradient[i]);
        let (right, left) = (g + if b >= 0.0 { 1.0 } else { -1.0 }, g + if b > 0.0 { 1.0 } else { -1.0 });
        assert!(b >= bounds.upper[i] || right > -1e-12);
        assert!(b <= bounds.lower[i] || left < 1e-12);
    }
    assert_eq!(report.x[0], bounds.upper[0]);
}

#[test]
fn what_the_objective_leaves_open_the_penalty_decides() {
    let nothing = || line(|_| [0.0; 3]);
    let report = search(nothing(), &[0.5], &dvector![3.0]);
    assert!(report.termination.is_converged(), "{}", report.termination);
    assert_eq!(report.x[0], 0.0);
    assert_eq!(search(nothing(), &[0.5], &dvector![0.0]).x[0], 0.0);
    assert_eq!(search(nothing(), &[0.0], &dvector![3.0]).termination, Termination::Flat);
    // A slope up to the weight ends at the kink, a steeper one nowhere.
    let slope = || line(|x| [-2.0 * x, -2.0, 0.0]);
    let held = search(slope(), &[2.5], &dvector![3.0]);
    assert!(held.termination.is_converged() && held.x[0] == 0.0);
    let endless = search(slope(), &[1.5], &dvector![3.0]);
    assert!(matches!(endless.termination, Termination::AtInfinity { .. }), "{}", endless.termination);
}

#[test]
fn a_minimum_at_infinity_is_brought_back_by_any_weight() {
    let f = || line(|x| [(-x).exp(), -(-x).exp(), (-x).exp()]);
    let endless = search(f(), &[0.0], &dvector![1.0]);
    assert!(matches!(endless.termination, Termination::AtInfinity { .. }), "{}", endless.termination);
    for weight in [1e-3, 1e-6] {
        let report = search(f(), &[weight], &dvector![1.0]);
        assert!(report.termination.is_converged(), "{}", report.termination);
        assert_relative_eq!(report.x[0], -f64::ln(weight), max_relative = 1e-9);
    }
}

#[test]
fn weights_that_are_no_weights_are_refused() {
    let method = |weights| ProximalNewton::new(L1 { weights });
    let bowl =
        Function { dimension: 2, f: |x: &DVector<f64>| (0.5 * x.norm_squared(), x.clone(), DMatrix::identity(2, 2)) };
    let refused = |weights| minimize(&method(weights), &bowl, &Bounds::none(2), &dvector![1.0, 2.0]).unwrap_err();
    for weight in [-0.5, f64::NAN, f64::INFINITY] {
        let InvalidProblem::Penalty { variable: 1, weight: found } = refused(dvector![0.5, weight]) else { panic!() };
        assert_eq!(found.to_bits(), weight.to_bits());
    }
    assert_eq!(refused(dvector![0.5]), InvalidProblem::Length { what: "penalty", expected: 2, found: 1 });
}
