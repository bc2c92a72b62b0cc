//! Newton's method on functions with known answers, minima or not.
use approx::assert_relative_eq;
use insta::assert_snapshot;
use maxlik_optimizer::{
    Bounds, Curvature, Newton, Objective, Progress, Report, Step, Termination, minimize, minimize_watched,
};
use nalgebra::{DMatrix, DVector, dmatrix, dvector};
use std::ops::ControlFlow;

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
    minimize(&Newton::default(), &Function { dimension: start.len(), f }, bounds, start).unwrap()
}

/// A function of one variable from its value and two derivatives.
fn line(f: fn(f64) -> [f64; 3]) -> impl Fn(&DVector<f64>) -> Derivatives {
    move |x| {
        let [value, first, second] = f(x[0]);
        (value, dvector![first], dmatrix![second])
    }
}

/// `(x - m)' H (x - m) / 2`
fn quadratic(hessian: DMatrix<f64>, minimum: DVector<f64>) -> impl Fn(&DVector<f64>) -> Derivatives {
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

/// `x^4/4 - x^2/2 + y^2`: a saddle at 0 between minima at (-1, 0) and (1, 0).
fn two_wells(x: &DVector<f64>) -> Derivatives {
    (
        x[0].powi(4) / 4.0 - x[0].powi(2) / 2.0 + x[1] * x[1],
        dvector![x[0].powi(3) - x[0], 2.0 * x[1]],
        dmatrix![3.0 * x[0] * x[0] - 1.0, 0.0; 0.0, 2.0],
    )
}

/// `ln(1 + exp(-x))`
fn softplus(x: f64) -> [f64; 3] {
    let p = 1.0 / (1.0 + x.exp());
    [(-x).exp().ln_1p(), -p, p * (1.0 - p)]
}

/// `x - ln x`, NaN below 0, with its minimum at 1.
fn barrier(x: f64) -> [f64; 3] {
    [x - x.ln(), 1.0 - 1.0 / x, 1.0 / (x * x)]
}

fn assert_minimum_at(report: &Report, x: &DVector<f64>) {
    assert!(report.termination.is_converged(), "{}", report.termination);
    assert!(report.decrement.value < 1e-12, "decrement {}", report.decrement.value);
    assert_relative_eq!(report.x, *x, max_relative = 1e-10, epsilon = 1e-10);
}

fn iterations(report: &Report) -> usize {
    report.trace.iter().filter(|line| line.step.is_some()).count()
}

#[test]
fn a_quadratic_takes_one_step() {
    let root = DMatrix::from_fn(5, 5, |i, j| if i == j { 3.0 } else { 1.0 / (i + 2 * j) as f64 });
    let minimum = dvector![0.3, -1.7, 2.2, 25.0, -0.04];
    let start = dvector![4.0, 3.0, -2.0, 7.0, 0.6];
    let report = search(quadratic(&root * root.transpose(), minimum.clone()), &start);
    assert_minimum_at(&report, &minimum);
    assert_relative_eq!(report.x, minimum, epsilon = 1e-13);
    assert_eq!(report.trace.iter().filter(|line| matches!(line.step, Some(Step::Accepted { .. }))).count(), 1);
    assert_snapshot!(report.termination, @"converged: Newton decrement <1e-16 (tolerance 1e-10)");
}

#[test]
fn nothing_to_vary_converges_at_once() {
    let report = search(|x| (2.5, x.clone(), DMatrix::zeros(0, 0)), &DVector::zeros(0));
    assert_eq!(report.termination, Termination::Converged { decrement: 0.0, tolerance: 1e-10 });
    assert_eq!((report.value, report.trace.len(), report.evaluations.hessians), (2.5, 1, 1));
}

#[test]
fn rosenbrocks_valley_is_followed_to_its_bottom() {
    let report = search(rosenbrock, &dvector![-1.2, 1.0]);
    assert_minimum_at(&report, &dvector![1.5, 2.25]);
    assert_eq!(report.decrement.curvature, Curvature::PositiveDefinite);
}

#[test]
fn a_saddle_is_left_even_from_where_the_gradient_is_exactly_zero() {
    let report = search(two_wells, &dvector![0.0, 0.0]);
    assert_minimum_at(&report, &dvector![report.x[0].signum(), 0.0]);
}

#[test]
fn an_indefinite_start_far_away_is_no_obstacle() {
    let report = search(two_wells, &dvector![0.01, -3e5]);
    assert_minimum_at(&report, &dvector![1.0, 0.0]);
    // ln(1 + (x - 1.5)^2) + ln(1 + 4 (y + 2)^2): concave in both variables except near the minimum
    let cauchy = |x: &DVector<f64>| {
        let (u, v) = (x[0] - 1.5, 2.0 * (x[1] + 2.0));
        let (a, b) = (1.0 + u * u, 1.0 + v * v);
        (
            a.ln() + b.ln(),
            dvector![2.0 * u / a, 4.0 * v / b],
            dmatrix![2.0 * (1.0 - u * u) / (a * a), 0.0; 0.0, 8.0 * (1.0 - v * v) / (b * b)],
        )
    };
    assert_minimum_at(&search(cauchy, &dvector![500.0, -800.0]), &dvector![1.5, -2.0]);
}

#[test]
fn a_plateau_is_flat() {
    // -exp(-x^2), whose tails are exactly zero
    let bell = |x: f64| {
        let e = (-x * x).exp();
        [-e, 2.0 * x * e, (2.0 - 4.0 * x * x) * e]
    };
    let report = search(line(bell), &dvector![40.0]);
    assert_eq!(report.termination, Termination::Flat);
    assert_snapshot!(report.termination, @"not converged: gradient and Hessian are exactly zero here");
}

#[test]
fn a_coordinate_near_zero_is_no_plateau_of_a_large_objective() {
    // 1e6 + 5000 ((x - 1)^2 + (y - 5e-6)^2): between y and 0 the objective changes by 1e-13 of itself.
    let large = |x: &DVector<f64>| {
        let (u, v) = (x[0] - 1.0, x[1] - 5e-6);
        (1e6 + 5e3 * (u * u + v * v), dvector![1e4 * u, 1e4 * v], dmatrix![1e4, 0.0; 0.0, 1e4])
    };
    let report = search(large, &dvector![0.0, 0.0]);
    assert_minimum_at(&report, &dvector![1.0, 5e-6]);
    let spent = report.evaluations;
    assert!(spent.hessians <= 4 && spent.values <= 20, "{spent:?}");
}

fn assert_towards_plus_infinity(report: &Report) {
    let Termination::AtInfinity { direction } = &report.termination else { panic!("{}", report.termination) };
    assert!(direction[0] > 0.0, "direction {direction}");
}

#[test]
fn an_infimum_at_infinity_is_not_a_minimum() {
    let exponential = |x: f64| [(-x).exp(), -(-x).exp(), (-x).exp()];
    for f in [softplus, exponential, |x: f64| [1.0 + 1.0 / x, -1.0 / (x * x), 2.0 / x.powi(3)]] {
        for start in [0.4, 3.0, 12.0] {
            assert_towards_plus_infinity(&search(line(f), &dvector![start]));
        }
    }
    // the same slope beside a variable with a minimum, coupled to it: ln(1 + exp(-x - y / 4)) + (y - 1.5)^2
    let separated = |x: &DVector<f64>| {
        let ([value, first, second], y) = (softplus(x[0] + 0.25 * x[1]), x[1] - 1.5);
        (
            value + y * y,
            dvector![first, 0.25 * first + 2.0 * y],
            dmatrix![second, 0.25 * second; 0.25 * second, second / 16.0 + 2.0],
        )
    };
    let report = search(separated, &dvector![0.0, 0.0]);
    assert_towards_plus_infinity(&report);
    assert_relative_eq!(report.x[1], 1.5, epsilon = 1e-4); // still moving with the slope
    assert_snapshot!(report.termination, @"not converged: still improving towards infinity, no maximum at finite values");
}

#[test]
fn an_unbounded_slope_is_followed_to_infinity() {
    assert_towards_plus_infinity(&search(line(|x| [-2.5 * x, -2.5, 0.0]), &dvector![0.7]));
}

#[test]
fn a_fall_that_overflows_is_followed_to_infinity() {
    for f in [|x: f64| [-x * x, -2.0 * x, -2.0], |x: f64| [-x.powi(3), -3.0 * x * x, -6.0 * x]] {
        assert_towards_plus_infinity(&search(line(f), &dvector![0.7]));
    }
}

#[test]
fn a_slope_that_ends_on_a_bound_does_not_lead_to_infinity() {
    for upper in [20.0, 50.0] {
        let bounds = Bounds { lower: dvector![-1.0], upper: dvector![upper] };
        let report = search_within(line(softplus), &bounds, &dvector![0.4]);
        assert!(report.termination.is_converged(), "bound {upper}: {}", report.termination);
    }
}

#[test]
fn a_minimum_without_curvature_is_not_taken_for_a_slope() {
    // (x - 1.5)^4 + 1000: the decrement falls by a constant factor here, too
    let quartic = |x: f64| [(x - 1.5).powi(4) + 1e3, 4.0 * (x - 1.5).powi(3), 12.0 * (x - 1.5).powi(2)];
    let report = search(line(quartic), &dvector![5.0]);
    assert!(report.termination.is_converged(), "{}", report.termination);
    assert_relative_eq!(report.x[0], 1.5, epsilon = 0.005); // where the decrement 4/3 (x - 1.5)^4 is 1e-10
}

#[test]
fn steps_into_a_region_without_values_are_shortened() {
    let infinite = |x| if x > 0.0 { barrier(x) } else { [f64::INFINITY; 3] };
    let only_the_value = |x| if x > 0.0 { barrier(x) } else { [f64::NAN, 1.0, 1.0] };
    for f in [barrier, infinite, only_the_value] {
        for start in [5.0, 700.0, 0.01] {
            assert_minimum_at(&search(line(f), &dvector![start]), &dvector![1.0]);
        }
    }
    let rejected = search(line(barrier), &dvector![5.0]).trace[0].step;
    assert!(matches!(rejected, Some(Step::Rejected { .. })), "from 5 the Newton step leads to -15");
}

#[test]
fn the_edge_of_a_region_without_values_is_not_a_minimum() {
    // no values between 2 and 3, on the way to the minimum at 1
    let gap = |x| if 2.0 < x && x < 3.0 { [f64::NAN; 3] } else { barrier(x) };
    let report = search(line(gap), &dvector![5.0]);
    assert!(!report.termination.is_converged() || (report.x[0] - 1.0).abs() < 1e-10, "{}", report.termination);
    // x^2 for x > 3 only: it falls until the edge, not towards infinity
    let edge = |x: f64| if x > 3.0 { [x * x, 2.0 * x, 2.0] } else { [f64::NAN; 3] };
    let report = search(line(edge), &dvector![5.0]);
    assert!(matches!(report.termination, Termination::Stalled { .. }), "{}", report.termination);
    assert_relative_eq!(report.x[0], 3.0, max_relative = 1e-8);
}

#[test]
fn a_level_valley_is_reached_by_the_shortest_step_and_called_singular() {
    // (x + y - 3)^2
    let valley = |x: &DVector<f64>| {
        let u = x[0] + x[1] - 3.0;
        (u * u, dvector![2.0 * u, 2.0 * u], dmatrix![2.0, 2.0; 2.0, 2.0])
    };
    let report = search(valley, &dvector![0.5, -1.0]);
    assert_minimum_at(&report, &dvector![2.25, 0.75]);
    assert_eq!(report.decrement.curvature, Curvature::Singular);
}

/// `(x - 3)^2 + (y - 1.5)^2 + x y`
fn tilted(x: &DVector<f64>) -> Derivatives {
    let (u, v) = (x[0] - 3.0, x[1] - 1.5);
    (u * u + v * v + x[0] * x[1], dvector![2.0 * u + x[1], 2.0 * v + x[0]], dmatrix![2.0, 1.0; 1.0, 2.0])
}

#[test]
fn a_minimum_outside_the_box_is_found_on_its_face() {
    let box_of_x = Bounds { lower: dvector![-4.0, f64::NEG_INFINITY], upper: dvector![1.25, f64::INFINITY] };
    for start in [dvector![0.2, 7.0], dvector![1.25, -3.0], dvector![-4.0, 0.875]] {
        let report = search_within(tilted, &box_of_x, &start);
        assert_minimum_at(&report, &dvector![1.25, 0.875]); // where 2 (y - 1.5) + 1.25 = 0
        assert_eq!(report.x[0], 1.25, "exactly on the bound");
    }
}

#[test]
fn a_minimum_on_a_corner_is_found_exactly() {
    let corner = Bounds { lower: dvector![-4.0, 1.125], upper: dvector![1.25, 6.0] };
    for start in [dvector![0.2, 5.0], dvector![-4.0, 6.0], dvector![1.25, 1.125]] {
        let report = search_within(tilted, &corner, &start);
        assert_minimum_at(&report, &dvector![1.25, 1.125]);
        assert_eq!((report.x[0], report.x[1], report.decrement.value), (1.25, 1.125, 0.0));
    }
}

#[test]
fn a_held_coordinate_is_released_when_its_gradient_turns() {
    // (x - y)^2 + (y - 2)^2 with x >= 0 from (0, -4): x is held until y has become positive
    let f = |x: &DVector<f64>| {
        let (u, v) = (x[0] - x[1], x[1] - 2.0);
        (u * u + v * v, dvector![2.0 * u, -2.0 * u + 2.0 * v], dmatrix![2.0, -2.0; -2.0, 4.0])
    };
    let bounds = Bounds { lower: dvector![0.0, -10.0], upper: dvector![9.0, 10.0] };
    let report = search_within(f, &bounds, &dvector![0.0, -4.0]);
    assert_relative_eq!(report.trace[1].value, 2.0, max_relative = 1e-14); // at (0, 1), x still held
    assert_minimum_at(&report, &dvector![2.0, 2.0]);
}

#[test]
fn a_saddle_on_a_bound_is_left() {
    // the slope into the box is exactly zero at x = 0 but falls further in, as for a standard deviation that starts at 0
    let bounds = Bounds { lower: dvector![0.0, -2.0], upper: dvector![3.0, 4.0] };
    assert_minimum_at(&search_within(two_wells, &bounds, &dvector![0.0, 0.5]), &dvector![1.0, 0.0]);
}

#[test]
fn units_do_not_matter() {
    let unit = dvector![1e-8, 1e8];
    let scaled = |x: &DVector<f64>| {
        let (value, gradient, hessian) = rosenbrock(&x.component_div(&unit));
        let hessian = DMatrix::from_fn(2, 2, |i, j| hessian[(i, j)] / unit[i] / unit[j]);
        (value, gradient.component_div(&unit), hessian)
    };
    let start = dvector![-1.2, 1.0];
    let (plain, report) = (search(rosenbrock, &start), search(scaled, &start.component_mul(&unit)));
    assert_eq!(iterations(&report), iterations(&plain));
    assert!(report.termination.is_converged() && report.decrement.value < 1e-12);
    assert_relative_eq!(report.x.component_div(&unit), dvector![1.5, 2.25], max_relative = 1e-10);
}

#[test]
fn under_a_large_constant_the_decrement_still_tells_the_truth() {
    let start = dvector![-1.2, 1.0];
    for constant in [1e8, 1e12, 1e16] {
        let lifted = |x: &DVector<f64>| {
            let (value, gradient, hessian) = rosenbrock(x);
            (value + constant, gradient, hessian)
        };
        let report = search(lifted, &start);
        let newton_step = report.hessian.clone().lu().solve(&report.gradient).expect("regular here");
        assert_relative_eq!(
            report.decrement.value,
            report.gradient.dot(&newton_step),
            max_relative = 1e-10,
            epsilon = 1e-28
        );
        if constant < 1e16 {
            assert_minimum_at(&report, &dvector![1.5, 2.25]);
        } else {
            // the fall from 26.65 to 0 is within 16 units in the last place of 1e16
            assert!(matches!(report.termination, Termination::Stalled { .. }), "{}", report.termination);
            assert!(report.decrement.value > 1e-10);
        }
    }
}

#[test]
fn the_iteration_limit_is_kept() {
    let objective = Function { dimension: 2, f: rosenbrock };
    let method = Newton::default().with_max_iterations(3);
    let report = minimize(&method, &objective, &Bounds::none(2), &dvector![-1.2, 1.0]).unwrap();
    assert!(matches!(report.termination, Termination::IterationLimit { limit: 3, .. }));
    assert_eq!((iterations(&report), report.evaluations.hessians), (3, 4));
    assert_snapshot!(report.termination, @"not converged: 3 iterations used up, Newton decrement 3.3e0 > 1e-10");
}

#[test]
fn the_other_outcomes_print_measured_and_threshold() {
    let stalled = |decrement| Termination::Stalled { decrement, tolerance: 1e-10 };
    assert_snapshot!(stalled(0.0375), @"not converged: no step improves further, Newton decrement 3.7e-2 > 1e-10");
    assert_snapshot!(stalled(f64::INFINITY), @"not converged: no step improves further, Newton decrement inf > 1e-10");
    assert_snapshot!(Termination::Converged { decrement: 3.2e-13, tolerance: 1e-10 }, @"converged: Newton decrement 3e-13 (tolerance 1e-10)");
    assert_snapshot!(search(line(barrier), &dvector![-1.0]).termination, @"not started: value or derivatives are not finite at the start");
}

/// Uniform numbers between 0 and 1 (`SplitMix64`).
fn uniform(state: &mut u64) -> f64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let z = (*state ^ (*state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    ((z ^ (z >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
}

/// `x'Ax / 2 - b'x`
struct Quadratic {
    a: DMatrix<f64>,
    b: DVector<f64>,
}

impl Objective for Quadratic {
    fn dimension(&self) -> usize {
        self.b.len()
    }

    fn value_gradient_hessian(&self, x: &DVector<f64>) -> (f64, DVector<f64>, DMatrix<f64>) {
        let ax = &self.a * x;
        (0.5 * x.dot(&ax) - self.b.dot(x), ax - &self.b, self.a.clone())
    }
}

#[test]
fn in_random_boxes_no_step_goes_uphill_and_the_end_satisfies_the_optimality_conditions() {
    let mut state = 17;
    for problem in 0..500 {
        let n = 2 + problem % 4;
        let m = DMatrix::from_fn(n, n, |_, _| 2.0 * uniform(&mut state) - 1.0);
        let a = m.tr_mul(&m) + DMatrix::identity(n, n) * 0.01;
        let b = DVector::from_fn(n, |_, _| 4.0 * uniform(&mut state) - 2.0);
        let lower = DVector::from_fn(n, |_, _| -uniform(&mut state));
        let upper = DVector::from_fn(n, |_, _| uniform(&mut state));
        let start = DVector::from_fn(n, |i, _| lower[i] + uniform(&mut state) * (upper[i] - lower[i]));
        let bounds = Bounds { lower, upper };
        let report = minimize(&Newton::default(), &Quadratic { a, b }, &bounds, &start).unwrap();
        assert!(report.termination.is_converged(), "problem {problem}: {}", report.termination);
        for pair in report.trace.windows(2) {
            assert!(pair[1].value <= pair[0].value + 1e-13, "problem {problem}: {pair:?}");
        }
        for i in 0..n {
            let held = bounds.holds(i, report.x[i], report.gradient[i]);
            assert!(held || report.gradient[i].abs() < 1e-9, "problem {problem}, coordinate {i}");
        }
    }
}

#[test]
fn a_distant_bound_is_reached() {
    for upper in [20.0, 60.0, 400.0, 700.0] {
        let bounds = Bounds { lower: dvector![-5.0], upper: dvector![upper] };
        let report = minimize(&Newton::default(), &Softplus, &bounds, &dvector![0.0]).unwrap();
        assert_eq!((report.x[0], report.termination.is_converged()), (upper, true), "{}", report.termination);
    }
    let bounds = Bounds { lower: dvector![-5.0], upper: dvector![50.0] };
    for limit in 1..30 {
        let report =
            minimize(&Newton::default().with_max_iterations(limit), &Softplus, &bounds, &dvector![0.0]).unwrap();
        assert!(!report.termination.is_converged() || report.x[0] == 50.0, "after {limit}: {}", report.termination);
        if let Termination::IterationLimit { decrement, tolerance, .. } = report.termination {
            let claims_above = report.termination.to_string().contains(" > ");
            assert_eq!(claims_above, decrement > tolerance, "{}", report.termination);
        }
    }
}

/// `ln(1 + exp(-x))`
struct Softplus;

impl Objective for Softplus {
    fn dimension(&self) -> usize {
        1
    }

    fn value_gradient_hessian(&self, x: &DVector<f64>) -> (f64, DVector<f64>, DMatrix<f64>) {
        let e = (-x[0]).exp();
        (e.ln_1p(), dvector![-e / (1.0 + e)], dmatrix![e / (1.0 + e).powi(2)])
    }
}

/// `x^3 + 3 x^4 / 4`: a degenerate stationary point at 0, the minimum at -1.
struct Degenerate;

impl Objective for Degenerate {
    fn dimension(&self) -> usize {
        1
    }

    fn value_gradient_hessian(&self, x: &DVector<f64>) -> (f64, DVector<f64>, DMatrix<f64>) {
        let x = x[0];
        (x.powi(3) + 0.75 * x.powi(4), dvector![3.0 * x * x + 3.0 * x.powi(3)], dmatrix![6.0 * x + 9.0 * x * x])
    }
}

#[test]
fn a_degenerate_stationary_point_is_passed() {
    let report = minimize(&Newton::default(), &Degenerate, &Bounds::none(1), &dvector![1.0]).unwrap();
    assert!(report.termination.is_converged(), "{}", report.termination);
    assert_relative_eq!(report.x[0], -1.0, max_relative = 1e-12);
}

#[test]
fn rounding_of_a_value_whose_terms_cancel_does_not_end_the_polishing() {
    // As of a sum of terms of size 1e6; rising towards the minimum, as rounding may.
    let noisy = |x: &DVector<f64>| {
        let u = x[0] - 1.3;
        let noise = if u == 0.0 { 2e-10 } else { -1e-11 * u.abs().log10().max(-20.0) };
        (u.exp() - u + noise, dvector![u.exp_m1()], dmatrix![u.exp()])
    };
    let report = search(noisy, &dvector![1.7]);
    assert!(report.termination.is_converged());
    assert!(report.decrement.value <= 1e-24, "{:?}", report.decrement);
    assert_relative_eq!(report.x[0], 1.3, max_relative = 1e-12);
}

#[test]
fn a_level_floor_that_leads_down_is_left() {
    // d^2 sin a + d^4 + (b - 1.5)^2: the floor d = 0 is level in a, a valley where sin a > 0 and a ridge where it is negative. The
    // minimum, -1/4, is at a = -pi/2 + 2 k pi, d^2 = 1/2.
    let floor = |x: &DVector<f64>| {
        let (a, b, d) = (x[0], x[1] - 1.5, x[2]);
        let (sin, cos) = a.sin_cos();
        let d2 = d * d;
        (
            d2 * sin + d2 * d2 + b * b,
            dvector![d2 * cos, 2.0 * b, 2.0 * d * sin + 4.0 * d2 * d],
            dmatrix![-d2 * sin, 0.0, 2.0 * d * cos; 0.0, 2.0, 0.0; 2.0 * d * cos, 0.0, 2.0 * sin + 12.0 * d2],
        )
    };
    let report = search(floor, &dvector![1.7, 4.0, 0.3]);
    assert!(report.termination.is_converged(), "{}", report.termination);
    assert_relative_eq!(report.value, -0.25, max_relative = 1e-12);
    assert_eq!(report.trace.len(), report.trace.last().unwrap().iteration + 1);
}

#[test]
fn a_floor_that_is_level_everywhere_is_where_the_search_ends() {
    // (x + y - 3.5)^2: every point of a line is a minimum.
    let line = |x: &DVector<f64>| {
        let u = x[0] + x[1] - 3.5;
        (u * u, dvector![2.0 * u, 2.0 * u], dmatrix![2.0, 2.0; 2.0, 2.0])
    };
    let report = search(line, &dvector![0.7, 0.4]);
    assert!(report.termination.is_converged(), "{}", report.termination);
    assert_eq!(report.decrement.curvature, Curvature::Singular);
    assert_relative_eq!(report.x[0] + report.x[1], 3.5, max_relative = 1e-15);
    // One step, and the floor looked at on both sides.
    assert!(report.evaluations.hessians <= 22, "{:?}", report.evaluations);
}

#[test]
fn a_search_that_is_ended_on_a_slope_to_infinity_has_not_converged() {
    // exp(-x): the decrement is exp(-x) itself.
    let objective = Function { dimension: 1, f: line(|x| [(-x).exp(), -(-x).exp(), (-x).exp()]) };
    for until in [1e-9, 1e-10, 1e-11] {
        let watch = &mut |progress: &Progress| {
            if progress.decrement <= until { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        };
        let start = dvector![0.3];
        let report = minimize_watched(&Newton::default(), &objective, &Bounds::none(1), &start, watch).unwrap();
        assert!(!report.termination.is_converged(), "{until:e}: {}", report.termination);
    }
}
