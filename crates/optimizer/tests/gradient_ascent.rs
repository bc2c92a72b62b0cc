//! Gradient ascent, which goes down the objective, on functions with known minima.
use approx::assert_relative_eq;
use insta::assert_snapshot;
use maxlik_optimizer::{Bounds, GradientAscent, Objective, Step, Termination, minimize};
use nalgebra::{DMatrix, DVector, dmatrix, dvector};

type Derivatives = (f64, DVector<f64>, DMatrix<f64>);

/// A function of variables in units of its own: `f(u x)`.
struct Function {
    f: fn(&DVector<f64>) -> Derivatives,
    units: DVector<f64>,
}

impl Objective for Function {
    fn dimension(&self) -> usize {
        self.units.len()
    }

    fn value_gradient_hessian(&self, x: &DVector<f64>) -> Derivatives {
        let u = &self.units;
        let (value, gradient, hessian) = (self.f)(&x.component_mul(u));
        (value, gradient.component_mul(u), hessian.map_with_location(|i, j, h| h * u[i] * u[j]))
    }
}

fn function(f: fn(&DVector<f64>) -> Derivatives, n: usize) -> Function {
    Function { f, units: DVector::repeat(n, 1.0) }
}

/// `(x - a)' H (x - a) / 2` with `a = (1.5, -2.5)`.
fn quadratic(x: &DVector<f64>) -> Derivatives {
    let hessian = dmatrix![4.0, 1.5; 1.5, 9.0];
    let gradient = &hessian * (x - dvector![1.5, -2.5]);
    (0.5 * gradient.dot(&(x - dvector![1.5, -2.5])), gradient, hessian)
}

/// Rosenbrock's valley with its bottom at (1.5, 2.25).
fn valley(x: &DVector<f64>) -> Derivatives {
    let (u, v) = (1.5 - x[0], x[1] - x[0] * x[0]);
    (
        u * u + 100.0 * v * v,
        dvector![-2.0 * u - 400.0 * x[0] * v, 200.0 * v],
        dmatrix![2.0 - 400.0 * v + 800.0 * x[0] * x[0], -400.0 * x[0]; -400.0 * x[0], 200.0],
    )
}

#[test]
fn the_minimum_of_a_quadratic_is_found() {
    let report =
        minimize(&GradientAscent::default(), &function(quadratic, 2), &Bounds::none(2), &dvector![7.0, 3.0]).unwrap();
    assert!(report.termination.is_converged(), "{}", report.termination);
    assert_relative_eq!(report.x, dvector![1.5, -2.5], epsilon = 1e-12);
    assert_eq!(report.method, "gradient ascent");
}

#[test]
fn no_step_raises_the_objective() {
    let report =
        minimize(&GradientAscent::default(), &function(valley, 2), &Bounds::none(2), &dvector![-1.2, 1.0]).unwrap();
    assert!(report.termination.is_converged(), "{}", report.termination);
    assert!(report.trace.windows(2).all(|pair| pair[1].value <= pair[0].value));
    assert!(report.trace.len() > 20, "this valley is curved");
}

#[test]
fn other_units_change_no_bit_of_the_trace() {
    let (start, bounds) = (dvector![-1.2, 1.0], Bounds::none(2));
    let one = minimize(&GradientAscent::default(), &function(valley, 2), &bounds, &start).unwrap();
    let units = dvector![1024.0, 0.125];
    let other = Function { f: valley, units: units.clone() };
    let other = minimize(&GradientAscent::default(), &other, &bounds, &start.component_div(&units)).unwrap();
    assert_eq!(one.trace, other.trace);
    assert_eq!(one.x, other.x.component_mul(&units));
}

#[test]
fn the_budget_ends_with_an_approximation_that_has_the_exact_decrement() {
    let run = |steps| {
        let method = GradientAscent::default().with_steps(steps);
        minimize(&method, &function(quadratic, 2), &Bounds::none(2), &dvector![7.0, 3.0]).unwrap()
    };
    for steps in [0, 1, 3] {
        let report = run(steps);
        assert_eq!(report.trace.len(), steps + 1);
        assert_eq!(report.trace[steps].step, Some(Step::Finished));
        let decrement = report.gradient.dot(&report.hessian.clone().lu().solve(&report.gradient).unwrap());
        let Termination::Approximate { decrement: found, tolerance: 1e-10 } = report.termination else {
            panic!("{}", report.termination)
        };
        assert_relative_eq!(found, decrement, max_relative = 1e-10);
    }
    assert_eq!(run(0).x, dvector![7.0, 3.0]);
}

#[test]
fn a_minimum_within_the_budget_is_polished_by_newton() {
    let method = GradientAscent::default().with_tolerance(1e-3);
    let report = minimize(&method, &function(valley, 2), &Bounds::none(2), &dvector![1.2, 1.0]).unwrap();
    assert!(matches!(report.termination, Termination::Converged { decrement, tolerance: 1e-3 } if decrement < 1e-20));
}

#[test]
fn a_minimum_on_a_bound_is_found() {
    let bounds = Bounds { lower: dvector![-3.0, -2.0], upper: dvector![8.0, 8.0] };
    let report = minimize(&GradientAscent::default(), &function(quadratic, 2), &bounds, &dvector![7.0, 3.0]).unwrap();
    assert!(report.termination.is_converged(), "{}", report.termination);
    // Given y = -2: 4 (x - 1.5) + 1.5 (y + 2.5) = 0.
    assert_relative_eq!(report.x, dvector![1.5 - 1.5 * 0.5 / 4.0, -2.0], epsilon = 1e-12);
}

#[test]
fn impossible_points_shorten_the_step() {
    // 2 (x - ln x): the first steps from far out lead below 0.
    fn barrier(x: &DVector<f64>) -> Derivatives {
        let x = x[0];
        (2.0 * (x - x.ln()), dvector![2.0 - 2.0 / x], dmatrix![2.0 / (x * x)])
    }
    let report =
        minimize(&GradientAscent::default(), &function(barrier, 1), &Bounds::none(1), &dvector![40.0]).unwrap();
    assert!(report.termination.is_converged() && report.evaluations.gradients > report.trace.len());
    assert_relative_eq!(report.x[0], 1.0, epsilon = 1e-12);
}

#[test]
fn settings_out_of_range_are_refused() {
    let refused = |method: GradientAscent| {
        minimize(&method, &function(valley, 2), &Bounds::none(2), &dvector![-1.2, 1.0]).unwrap_err()
    };
    let default = GradientAscent::default();
    assert_snapshot!(refused(GradientAscent { shrink: 1.0, ..default }), @"shrink: expected a number between 0 and 1, found 1");
    assert_snapshot!(refused(GradientAscent { decrease: f64::NAN, ..default }), @"decrease: expected a number between 0 and 1, found NaN");
}
