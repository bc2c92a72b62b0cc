//! Stochastic gradients on sums with known minima.
use std::cell::RefCell;
use std::ops::ControlFlow;

use approx::assert_relative_eq;
use insta::assert_snapshot;
use maxlik_optimizer::{
    Bounds, Newton, Objective, Report, Rule, Schedule, Step, StochasticGradient, Termination, minimize,
    minimize_watched,
};
use nalgebra::{DMatrix, DVector, dvector};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

/// A sum over rows `x_i`, `y_i` of a function of `eta_i = x_i'b`, `i` and its first two derivatives, with a record of the batches.
struct Sum {
    x: DMatrix<f64>,
    y: DVector<f64>,
    term: fn(f64, f64) -> [f64; 3],
    batches: RefCell<Vec<Vec<usize>>>,
}

impl Sum {
    fn new(x: DMatrix<f64>, y: DVector<f64>, term: fn(f64, f64) -> [f64; 3]) -> Self {
        Self { x, y, term, batches: RefCell::default() }
    }

    fn derivatives(&self, rows: impl Iterator<Item = usize>, b: &DVector<f64>) -> (f64, DVector<f64>, DMatrix<f64>) {
        let n = b.len();
        let mut sum = (0.0, DVector::zeros(n), DMatrix::zeros(n, n));
        for i in rows {
            let row = self.x.row(i).transpose();
            let [value, first, second] = (self.term)(row.dot(b), self.y[i]);
            sum.0 += value;
            sum.1 += first * &row;
            sum.2 += second * &row * row.transpose();
        }
        sum
    }
}

impl Objective for Sum {
    fn dimension(&self) -> usize {
        self.x.ncols()
    }

    fn value_gradient_hessian(&self, b: &DVector<f64>) -> (f64, DVector<f64>, DMatrix<f64>) {
        self.derivatives(0..self.terms(), b)
    }

    fn terms(&self) -> usize {
        self.x.nrows()
    }

    fn value_gradient_of(&self, terms: &[usize], b: &DVector<f64>) -> (f64, DVector<f64>) {
        self.batches.borrow_mut().push(terms.to_vec());
        let (value, gradient, _) = self.derivatives(terms.iter().copied(), b);
        (value, gradient)
    }
}

/// Minus the log-density of a logistic regression.
fn logistic(eta: f64, y: f64) -> [f64; 3] {
    let p = 1.0 / (1.0 + (-eta).exp());
    let softplus = eta.max(0.0) + (-eta.abs()).exp().ln_1p();
    [softplus - y * eta, p - y, p * (1.0 - p)]
}

/// `3 (eta - y)^2 / 2`
fn square(eta: f64, y: f64) -> [f64; 3] {
    [1.5 * (eta - y) * (eta - y), 3.0 * (eta - y), 3.0]
}

/// An intercept and four uniform columns; outcomes by the coefficients (0.3, -0.8, 0.5, 0.0, 1.2).
fn seeded_logistic(rows: usize) -> Sum {
    let mut rng = StdRng::seed_from_u64(8);
    let x = DMatrix::from_fn(rows, 5, |_, j| if j == 0 { 1.0 } else { 4.0 * rng.random::<f64>() - 2.0 });
    let eta = &x * dvector![0.3, -0.8, 0.5, 0.0, 1.2];
    let y = eta.map(|eta| f64::from(rng.random::<f64>() < 1.0 / (1.0 + (-eta).exp())));
    Sum::new(x, y, logistic)
}

/// `3 sum_i (b - y_i)^2 / 2`, whose minimum is the mean of the `y_i`.
fn mean_of(y: &[f64]) -> Sum {
    Sum::new(DMatrix::repeat(y.len(), 1, 1.0), DVector::from_row_slice(y), square)
}

fn run(method: &StochasticGradient, objective: &Sum) -> Report {
    let n = objective.dimension();
    minimize(method, objective, &Bounds::none(n), &DVector::zeros(n)).unwrap()
}

/// The exact decrement of an approximation.
fn decrement(report: &Report) -> f64 {
    let Termination::Approximate { decrement, tolerance: 1e-10 } = report.termination else {
        panic!("{}", report.termination)
    };
    assert_eq!(report.decrement.value, decrement);
    decrement
}

#[test]
fn every_rule_comes_within_a_tenth_of_a_standard_error_by_its_defaults() {
    let objective = seeded_logistic(10_000);
    for rule in [Rule::plain(), Rule::momentum(), Rule::adam()] {
        for seed in [1, 2] {
            let report = run(&StochasticGradient::default().with_rule(rule).with_seed(seed), &objective);
            assert!(decrement(&report) < 1e-2, "{rule:?}: {}", report.termination);
        }
    }
}

#[test]
fn the_average_is_nearer_than_the_last_iterate() {
    let objective = seeded_logistic(2000);
    for seed in [1, 2, 3] {
        let method = StochasticGradient::default().with_seed(seed);
        let (average, last) = (run(&method, &objective), run(&method.with_averaged(0.0), &objective));
        assert!(decrement(&average) < 0.3 * decrement(&last), "{} {}", average.termination, last.termination);
    }
}

#[test]
fn schedules_that_end_come_nearer_than_constant_steps() {
    let objective = seeded_logistic(2000);
    let method = StochasticGradient::default().with_averaged(0.0);
    let [constant, decreasing, cosine] = [Schedule::Constant, Schedule::decreasing(), Schedule::Cosine]
        .map(|schedule| decrement(&run(&method.with_schedule(schedule), &objective)));
    assert!(decreasing < 0.3 * constant && cosine < 0.3 * constant, "{constant} {decreasing} {cosine}");
}

#[test]
fn the_same_seed_gives_the_same_bits_and_another_one_does_not() {
    let objective = seeded_logistic(300);
    for rule in [Rule::plain(), Rule::momentum(), Rule::adam()] {
        let method = StochasticGradient::default().with_rule(rule).with_epochs(5);
        let [one, again, other] = [method, method, method.with_seed(2)].map(|method| run(&method, &objective));
        assert_eq!((&one.x, &one.trace), (&again.x, &again.trace));
        assert_ne!(one.x, other.x);
    }
}

#[test]
fn other_units_change_no_bit_of_the_trace() {
    let one = seeded_logistic(300);
    let mut x = one.x.clone();
    x.column_mut(2).scale_mut(1024.0);
    x.column_mut(4).scale_mut(0.125);
    let other = Sum::new(x, one.y.clone(), logistic);
    for rule in [Rule::plain(), Rule::momentum(), Rule::adam()] {
        let method = StochasticGradient::default().with_rule(rule).with_epochs(9);
        let (one, other) = (run(&method, &one), run(&method, &other));
        assert_eq!(one.trace, other.trace);
        assert_eq!(one.x, other.x.component_mul(&dvector![1.0, 1.0, 1024.0, 1.0, 0.125]));
    }
}

#[test]
fn an_epoch_deals_every_term_once_into_batches_of_equal_size_in_another_order_each_time() {
    let objective = mean_of(&[0.5, 2.0, 1.0, 4.0, 3.5, 2.5, 0.0]);
    run(&StochasticGradient::default().with_batch(3).with_epochs(2), &objective);
    let batches = objective.batches.take();
    assert_eq!(batches.iter().map(Vec::len).collect::<Vec<_>>(), [2, 2, 3, 2, 2, 3]);
    let epochs: Vec<Vec<usize>> = batches.chunks(3).map(<[_]>::concat).collect();
    for epoch in &epochs {
        let mut terms = epoch.clone();
        terms.sort_unstable();
        assert_eq!(terms, [0, 1, 2, 3, 4, 5, 6]);
    }
    assert_ne!(epochs[0], epochs[1]);
}

#[test]
fn a_step_is_its_formula() {
    // Curvature 3 a row, so that D = sqrt(3); from 0 the mean gradient is -3 mean(y).
    let objective = mean_of(&[0.5, 2.0, 1.5]);
    let method = StochasticGradient::default().with_batch(9).with_averaged(0.0).with_schedule(Schedule::Cosine);
    let first = run(&method.with_rule(Rule::Plain { step: 0.25 }).with_epochs(1), &objective);
    assert_relative_eq!(first.x[0], 0.25 * 4.0 / 3.0, max_relative = 1e-15);
    // The second step is half as long.
    let second = run(&method.with_rule(Rule::Plain { step: 0.25 }).with_epochs(2), &objective);
    assert_relative_eq!(second.x[0], (1.0 - 0.75 * 0.875) * 4.0 / 3.0, max_relative = 1e-15);
    // Adam's first step is as long as it says in units of D.
    let adam = run(&method.with_rule(Rule::adam()).with_epochs(1), &objective);
    assert_relative_eq!(adam.x[0], 0.2 / 3.0_f64.sqrt(), max_relative = 1e-7); // epsilon is 1e-8
}

#[test]
fn fewer_rows_than_a_batch_and_a_single_row_are_steps_of_the_whole_gradient() {
    // At a step of 1 that is Newton's.
    for y in [&[0.5, 2.0, 1.5][..], &[2.5]] {
        let report = run(&StochasticGradient::default(), &mean_of(y));
        assert!(report.termination.is_converged(), "{}", report.termination);
        assert_relative_eq!(report.x[0], y.iter().sum::<f64>() / y.len() as f64, max_relative = 1e-15);
    }
}

#[test]
fn no_epochs_leave_the_start_and_say_so() {
    let report = run(&StochasticGradient::default().with_epochs(0), &mean_of(&[0.5, 2.0]));
    assert_eq!((report.x[0], report.trace.len()), (0.0, 1));
    assert_eq!(report.trace[0].step, Some(Step::Finished));
    // g' H^-1 g = (3 * 2.5)^2 / 6
    assert_relative_eq!(decrement(&report), 9.375, max_relative = 1e-14);
}

#[test]
fn the_minimum_on_a_bound_is_found_and_no_iterate_leaves_the_bounds() {
    let mut objective = seeded_logistic(2000);
    objective.term = |eta, y| if eta.abs() > 4.3 { [f64::NAN; 3] } else { logistic(eta, y) };
    let bounds = Bounds { lower: dvector![-1.0, -0.4, -0.4, -0.4, -0.4], upper: DVector::repeat(5, 0.6) };
    let start = DVector::zeros(5);
    let newton = minimize(&Newton::default(), &objective, &bounds, &start).unwrap();
    let report = minimize(&StochasticGradient::default(), &objective, &bounds, &start).unwrap();
    // The second coordinate would go to -0.8 and the last to 1.2.
    assert_eq!((newton.x[1], newton.x[4]), (-0.4, 0.6));
    assert_eq!((report.x[1], report.x[4]), (-0.4, 0.6));
    assert!(decrement(&report) < 1e-2, "{}", report.termination);
    assert!(report.trace.iter().all(|line| !matches!(line.step, Some(Step::Rejected { .. }))));
}

#[test]
fn an_epoch_into_an_impossible_region_is_undone_and_steps_are_halved() {
    // From 0 a step of 1 leads to the mean, 1.3; from 1.2 on there are no gradients.
    let mut objective = mean_of(&[1.3, 1.3]);
    objective.term = |eta, y| if eta > 1.2 { [f64::NAN; 3] } else { square(eta, y) };
    let method = StochasticGradient::default().with_averaged(0.0).with_schedule(Schedule::Constant);
    let report = run(&method.with_epochs(2), &objective);
    let steps: Vec<_> = report.trace.iter().filter_map(|line| line.step).collect();
    assert!(matches!(steps[..], [Step::Rejected { .. }, Step::Accepted { .. }, Step::Finished]), "{steps:?}");
    assert_relative_eq!(report.x[0], 0.65, max_relative = 1e-15);
    // Nowhere to go at all: the start stands.
    objective.term = |eta, y| if eta == 0.0 { square(eta, y) } else { [f64::NAN; 3] };
    let report = run(&method.with_epochs(40), &objective);
    assert_eq!((report.x[0], report.value), (0.0, 1.5 * 2.0 * 1.69));
    assert_eq!(report.trace.len(), 41);
    assert!(matches!(report.termination, Termination::Approximate { .. }));
}

#[test]
fn an_epoch_that_ends_above_the_start_is_undone() {
    // A step of 16 Newton steps.
    let method = StochasticGradient::default().with_rule(Rule::Plain { step: 16.0 }).with_batch(1).with_epochs(40);
    let report = run(&method, &mean_of(&[0.5, 2.0, 1.5]));
    assert!(report.trace.iter().any(|line| matches!(line.step, Some(Step::Rejected { .. }))));
    assert!(report.trace.iter().all(|line| line.value <= report.trace[0].value));
    assert!(decrement(&report) < 0.1, "{}", report.termination);
}

#[test]
fn curvature_that_changes_by_orders_of_magnitude_is_measured_again() {
    // Poisson counts of 400 from a mean of 1: the curvature grows by 400.
    let y: Vec<f64> = (0..1000).map(|i| 380.0 + f64::from(i % 41)).collect();
    let mut objective = mean_of(&y);
    objective.term = |eta, y| [eta.exp() - y * eta, eta.exp() - y, eta.exp()];
    let report = run(&StochasticGradient::default(), &objective);
    assert!(decrement(&report) < 1e-2, "{}", report.termination);
    assert_relative_eq!(report.x[0].exp(), y.iter().sum::<f64>() / 1000.0, max_relative = 1e-4); // a tenth of its standard error
}

#[test]
fn an_epoch_counts_as_one_evaluation_and_its_trace_as_another() {
    let report = run(&StochasticGradient::default().with_epochs(6), &seeded_logistic(300));
    // Passes in parts, and the whole but after epochs 1 and 2, where the Hessian is measured; at the start and twice in the end.
    assert_eq!(report.evaluations.gradients, 6 + 4);
    assert!(report.evaluations.hessians >= 3);
    let iterations: Vec<_> = report.trace.iter().map(|line| line.iteration).collect();
    assert_eq!(iterations, [0, 1, 2, 3, 4, 5, 6]);
}

#[test]
fn who_watches_may_end_it_after_an_epoch() {
    let objective = seeded_logistic(300);
    let start = DVector::zeros(5);
    let report =
        minimize_watched(&StochasticGradient::default(), &objective, &Bounds::none(5), &start, &mut |progress| {
            if progress.iteration == 3 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        })
        .unwrap();
    assert!(matches!(report.termination, Termination::Interrupted { .. }));
    assert_eq!(report.trace.len(), 4);
    assert!(report.value < report.trace[0].value);
}

#[test]
fn settings_out_of_range_are_refused() {
    let objective = mean_of(&[1.5, 0.5]);
    let refused =
        |method: StochasticGradient| minimize(&method, &objective, &Bounds::none(1), &dvector![0.0]).unwrap_err();
    let default = StochasticGradient::default();
    assert_snapshot!(refused(default.with_batch(0)), @"batch: expected at least 1, found 0");
    assert_snapshot!(refused(default.with_averaged(1.5)), @"averaged: expected a number from 0 to 1, found 1.5");
    assert_snapshot!(refused(default.with_rule(Rule::Plain { step: f64::NAN })), @"step: expected a finite number above 0, found NaN");
    assert_snapshot!(refused(default.with_rule(Rule::Momentum { step: 1.0, momentum: 1.0 })), @"momentum: expected a number of at least 0 and below 1, found 1");
    let adam = |beta1, beta2, epsilon| default.with_rule(Rule::Adam { step: 0.1, beta1, beta2, epsilon });
    assert_snapshot!(refused(adam(-0.1, 0.9, 1e-8)), @"beta1: expected a number of at least 0 and below 1, found -0.1");
    assert_snapshot!(refused(adam(0.9, 1.0, 1e-8)), @"beta2: expected a number of at least 0 and below 1, found 1");
    assert_snapshot!(refused(adam(0.9, 0.9, 0.0)), @"epsilon: expected a finite number above 0, found 0");
    let schedule = |decay, power| default.with_schedule(Schedule::Decreasing { decay, power });
    assert_snapshot!(refused(schedule(-1.0, 1.0)), @"decay: expected a finite number of at least 0, found -1");
    assert_snapshot!(refused(schedule(1.0, f64::INFINITY)), @"power: expected a finite number of at least 0, found inf");
}
