//! L-BFGS on functions with known answers, minima or not, within bounds and without.
use std::cell::{Cell, RefCell};

use approx::assert_relative_eq;
use maxlik_optimizer::{Bounds, Lbfgs, Newton, Objective, Report, Step, Termination, minimize};
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

fn search(f: impl Fn(&DVector<f64>) -> Derivatives, start: &DVector<f64>) -> Report {
    search_within(f, &Bounds::none(start.len()), start)
}

fn search_within(f: impl Fn(&DVector<f64>) -> Derivatives, bounds: &Bounds, start: &DVector<f64>) -> Report {
    minimize(&Lbfgs::default(), &Function { dimension: start.len(), f }, bounds, start).unwrap()
}

/// A function of one variable from its value and two derivatives.
fn line(f: fn(f64) -> [f64; 3]) -> impl Fn(&DVector<f64>) -> Derivatives {
    move |x| {
        let [value, first, second] = f(x[0]);
        (value, dvector![first], dmatrix![second])
    }
}

/// `sum_i w_i (x_i - m_i)^2 / 2` in coordinates turned by a reflection, so that the Hessian is full.
fn quadratic(weights: &DVector<f64>, minimum: DVector<f64>) -> impl Fn(&DVector<f64>) -> Derivatives {
    let n = weights.len();
    let v = DVector::from_fn(n, |i, _| (1.7 * i as f64 + 0.3).sin()).normalize();
    let reflection = DMatrix::identity(n, n) - 2.0 * &v * v.transpose();
    let hessian = &reflection * DMatrix::from_diagonal(weights) * &reflection;
    move |x| {
        let gradient = &hessian * (x - &minimum);
        (0.5 * gradient.dot(&(x - &minimum)), gradient, hessian.clone())
    }
}

/// `(a - x)^2 + 100 (y - x^2)^2` with `a = 1.5`, so that the minimum is at (1.5, 2.25).
fn rosenbrock(x: &DVector<f64>) -> Derivatives {
    let (u, v) = (1.5 - x[0], x[1] - x[0] * x[0]);
    (
        u * u + 100.0 * v * v,
        dvector![-2.0 * u - 400.0 * x[0] * v, 200.0 * v],
        dmatrix![2.0 - 400.0 * v + 800.0 * x[0] * x[0], -400.0 * x[0]; -400.0 * x[0], 200.0],
    )
}

fn assert_minimum_at(report: &Report, x: &DVector<f64>) {
    assert!(report.termination.is_converged(), "{}", report.termination);
    assert!(report.decrement.value < 1e-12, "decrement {}", report.decrement.value);
    assert_relative_eq!(report.x, *x, max_relative = 1e-10, epsilon = 1e-10);
}

#[test]
fn rosenbrocks_valley_is_followed_to_its_bottom() {
    let report = search(rosenbrock, &dvector![-1.2, 1.0]);
    assert_minimum_at(&report, &dvector![1.5, 2.25]);
    assert_eq!(report.method, "L-BFGS");
}

#[test]
fn any_memory_will_do() {
    for memory in [0, 1, 3, 100] {
        let problem = Function { dimension: 2, f: rosenbrock };
        let method = Lbfgs::default().with_memory(memory);
        let report = minimize(&method, &problem, &Bounds::none(2), &dvector![0.7, 1.0]).unwrap();
        assert_minimum_at(&report, &dvector![1.5, 2.25]);
    }
}

#[test]
fn two_hundred_variables_of_condition_a_million() {
    let n = 200;
    let weights = DVector::from_fn(n, |i, _| 1e6_f64.powf(i as f64 / (n - 1) as f64));
    let minimum = DVector::from_fn(n, |i, _| (i as f64).cos());
    let report = search(quadratic(&weights, minimum.clone()), &DVector::zeros(n));
    assert_minimum_at(&report, &minimum);
    assert!(report.evaluations.gradients < 2500, "{:?}", report.evaluations);
}

#[test]
fn other_units_change_nothing_but_units() {
    let units = [2.0_f64.powi(12), 2.0_f64.powi(-9)];
    let scaled = |x: &DVector<f64>| {
        let x = DVector::from_fn(2, |i, _| x[i] * units[i]);
        let (value, gradient, hessian) = rosenbrock(&x);
        let gradient = DVector::from_fn(2, |i, _| gradient[i] * units[i]);
        (value, gradient, DMatrix::from_fn(2, 2, |i, j| hessian[(i, j)] * units[i] * units[j]))
    };
    let in_units = |x: &DVector<f64>| DVector::from_fn(2, |i, _| x[i] / units[i]);
    let start = dvector![-1.2, 1.0];
    let inf = f64::INFINITY;
    for bounds in [Bounds::none(2), Bounds { lower: dvector![-inf, -3.0], upper: dvector![1.25, inf] }] {
        let report = search_within(rosenbrock, &bounds, &start);
        let bounds = Bounds { lower: in_units(&bounds.lower), upper: in_units(&bounds.upper) };
        let other = search_within(scaled, &bounds, &in_units(&start));
        assert_eq!((&report.trace, &report.termination), (&other.trace, &other.termination));
        assert_eq!(in_units(&report.x), other.x);
    }
}

#[test]
fn an_impossible_region_is_kept_out_of() {
    // x - ln x in two variables, NaN below 0, with its minimum at 1; from far out the first steps lead across the edge.
    let barrier = |x: &DVector<f64>| {
        (
            x.iter().map(|x| x - x.ln()).sum(),
            x.map(|x| if x > 0.0 { 1.0 - 1.0 / x } else { f64::NAN }),
            DMatrix::from_diagonal(&x.map(|x| 1.0 / (x * x))),
        )
    };
    for start in [dvector![50.0, 0.01], dvector![1e-6, 3.0], dvector![3.0, 7.0]] {
        assert_minimum_at(&search(barrier, &start), &dvector![1.0, 1.0]);
    }
    // The same with an infinite value and a finite gradient there.
    let wall = |x: &DVector<f64>| {
        let (value, gradient, hessian) = rosenbrock(x);
        (if x[0] > 1.6 || x[1] < -0.5 { f64::INFINITY } else { value }, gradient, hessian)
    };
    assert_minimum_at(&search(wall, &dvector![-1.2, 1.0]), &dvector![1.5, 2.25]);
}

#[test]
fn what_falls_forever_is_recognised_within_a_hundred_evaluations() {
    let at_infinity = |report: &Report, sign: f64| match &report.termination {
        Termination::AtInfinity { direction } => assert!(direction[0] * sign > 0.0, "{direction}"),
        other => panic!("{other} at {}", report.x),
    };
    let linear = search(line(|x| [2.0 - 3.0 * x, -3.0, 0.0]), &dvector![1.0]);
    at_infinity(&linear, 1.0);
    assert!(linear.evaluations.gradients < 100, "{:?}", linear.evaluations);
    // -infinity from 5 on.
    at_infinity(
        &search(line(|x| if x < 5.0 { [-x, -1.0, 0.0] } else { [f64::NEG_INFINITY, -1.0, 0.0] }), &dvector![1.0]),
        1.0,
    );
}

#[test]
fn noise_in_the_value_is_no_obstacle() {
    // Rosenbrock's valley on values of a million, and with noise of a millionth part of what the tolerance asks for.
    let shifted = |x: &DVector<f64>| {
        let (value, gradient, hessian) = rosenbrock(x);
        (1e6 + value, gradient, hessian)
    };
    assert_minimum_at(&search(shifted, &dvector![-1.2, 1.0]), &dvector![1.5, 2.25]);
    for noise in [1e-14, 1e-12, 1e-10] {
        let noisy = |x: &DVector<f64>| {
            let (value, gradient, hessian) = rosenbrock(x);
            (35.0 + value + noise * (1e9 * (x[0] + 0.7 * x[1])).sin(), gradient, hessian)
        };
        assert_minimum_at(&search(noisy, &dvector![-1.2, 1.0]), &dvector![1.5, 2.25]);
    }
}

#[test]
fn noise_in_the_gradient_ends_the_search_at_the_attainable_accuracy() {
    for noise in [1e-12, 1e-9, 1e-7] {
        let count = Cell::new(0);
        let noisy = |x: &DVector<f64>| {
            count.set(count.get() + 1);
            let (value, gradient, hessian) = rosenbrock(x);
            let wave = |k: f64| noise * (1e9 * k * (x[0] + 0.7 * x[1])).sin();
            (value + wave(1.0), dvector![gradient[0] + wave(2.1), gradient[1] + wave(3.3)], hessian)
        };
        let report = search(noisy, &dvector![-1.2, 1.0]);
        assert!(report.termination.is_converged(), "noise {noise:e}: {}", report.termination);
        // A decrement d means a distance up to sqrt(5 d), for 5 is the largest eigenvalue of the inverse Hessian.
        let decrement = report.decrement.value.max(1e-10);
        assert_relative_eq!(report.x, dvector![1.5, 2.25], epsilon = (5.0 * decrement).sqrt());
        assert!(count.get() < 600, "noise {noise:e}: {}", count.get());
    }
}

#[test]
fn bounds_hold_at_every_evaluation_and_the_minimum_may_lie_on_them() {
    let inf = f64::INFINITY;
    let cases = [
        // The valley is entered from the left and ends at x = 1.25.
        (Bounds { lower: dvector![-inf, -inf], upper: dvector![1.25, inf] }, dvector![1.25, 1.5625]),
        // Under the ceiling y = 1: x is the root of 400 x^3 - 398 x - 3.
        (Bounds { lower: dvector![-0.5, -1.0], upper: dvector![4.0, 1.0] }, dvector![1.001_244_564_215, 1.0]),
        // The minimum is within.
        (Bounds { lower: dvector![-2.0, -2.0], upper: dvector![2.0, 4.0] }, dvector![1.5, 2.25]),
    ];
    for (bounds, minimum) in cases {
        for start in [dvector![-1.2, 1.0], dvector![9.0, -9.0], dvector![1.25, 1.0], dvector![-0.5, -1.0]] {
            let visited = RefCell::new(Vec::new());
            let watched = |x: &DVector<f64>| {
                visited.borrow_mut().push(x.clone());
                rosenbrock(x)
            };
            let report = search_within(watched, &bounds, &start);
            assert!(report.termination.is_converged(), "{}", report.termination);
            assert_relative_eq!(report.x, minimum, epsilon = 1e-9);
            assert!(visited.borrow().iter().all(|x| bounds.project(x) == *x));
            let on_bound = |i: usize| minimum[i] == bounds.lower[i] || minimum[i] == bounds.upper[i];
            assert!((0..2).filter(|&i| on_bound(i)).all(|i| report.x[i] == minimum[i]));
        }
    }
}

#[test]
fn many_bounds_at_once_are_found_as_by_newton() {
    let n = 60;
    let weights = DVector::from_fn(n, |i, _| 1.0 + (i * i) as f64);
    let minimum = DVector::from_fn(n, |i, _| 2.0 * (3.0 * i as f64).sin());
    let bounds = Bounds { lower: DVector::repeat(n, -1.0), upper: DVector::from_fn(n, |i, _| (i % 3) as f64) };
    let problem = Function { dimension: n, f: quadratic(&weights, minimum) };
    let start = DVector::from_fn(n, |i, _| if i % 2 == 0 { -1.0 } else { 5.0 });
    let report = minimize(&Lbfgs::default(), &problem, &bounds, &start).unwrap();
    let newton = minimize(&Newton::default(), &problem, &bounds, &start).unwrap();
    assert_minimum_at(&report, &newton.x);
    let active = (0..n).filter(|&i| report.x[i] == bounds.lower[i] || report.x[i] == bounds.upper[i]).count();
    assert!((20..55).contains(&active), "{active} bounds are active");
    assert!(report.evaluations.gradients < 150, "{:?}", report.evaluations);
}

#[test]
fn a_bound_that_holds_at_the_start_is_left() {
    let bounds = Bounds { lower: dvector![-1.0, 0.0], upper: dvector![0.5, 9.0] };
    // From (0.5, 9) the way leads along and off both bounds: the minimum over x <= 0.5 is at y = 0.25.
    let report = search_within(rosenbrock, &bounds, &dvector![-1.0, 9.0]);
    assert_minimum_at(&report, &dvector![0.5, 0.25]);
    assert!(report.trace.iter().any(|line| matches!(line.step, Some(Step::Accepted { .. }))));
}
