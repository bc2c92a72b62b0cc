//! The loop, driven by a stub method whose steps are scripted.
use std::cell::Cell;
use std::ops::ControlFlow;

use insta::assert_snapshot;
use maxlik_optimizer::{
    Bounds, Curvature, Decrement, Evaluations, Expansion, InvalidProblem, Method, Objective, Problem, Report, Standing,
    Step, Stopping, Termination, minimize, minimize_watched,
};
use nalgebra::{DMatrix, DVector, dmatrix, dvector};

/// One step of the script.
#[derive(Clone, Copy)]
enum Move {
    /// Stand at `x` from now on, with this decrement.
    To(f64, f64),
    Reject,
    Exhaust,
    Finish,
}
use Move::{Exhaust, Finish, Reject, To};

/// Stands at the start with decrement 4, then does what the script says; all steps have length 0.5.
struct Script {
    moves: &'static [Move],
    stopping: Stopping,
}

#[derive(Clone)]
struct Scripted {
    at: Expansion,
    decrement: f64,
    next: usize,
}

impl Method for Script {
    type State = Scripted;

    fn name(&self) -> &'static str {
        "Script"
    }

    fn stopping(&self) -> Stopping {
        self.stopping
    }

    fn init(&self, problem: &Problem<'_>, start: DVector<f64>) -> Scripted {
        Scripted { at: problem.expansion(start), decrement: 4.0, next: 0 }
    }

    fn step(&self, problem: &Problem<'_>, state: &mut Scripted) -> Step {
        let length = 0.5;
        let step = self.moves[state.next];
        state.next += 1;
        match step {
            To(x, decrement) => {
                (state.at, state.decrement) = (problem.expansion(dvector![x]), decrement);
                Step::Accepted { length }
            }
            Reject => Step::Rejected { length },
            Exhaust => Step::Exhausted,
            Finish => Step::Finished,
        }
    }

    fn current<'s>(&self, state: &'s Scripted) -> Standing<'s> {
        let decrement = Decrement { value: state.decrement, curvature: Curvature::PositiveDefinite };
        Standing { point: &state.at.point, hessian: Some(&state.at.hessian), decrement }
    }
}

/// A function of one variable, given as value and two derivatives, that counts its calls.
struct Function {
    f: fn(f64) -> [f64; 3],
    calls: Cell<usize>,
}

impl Objective for Function {
    fn dimension(&self) -> usize {
        1
    }

    fn value_gradient_hessian(&self, x: &DVector<f64>) -> (f64, DVector<f64>, DMatrix<f64>) {
        self.calls.set(self.calls.get() + 1);
        let [value, first, second] = (self.f)(x[0]);
        (value, dvector![first], dmatrix![second])
    }
}

fn function(f: fn(f64) -> [f64; 3]) -> Function {
    Function { f, calls: Cell::new(0) }
}

/// Its minimum is at 3.
fn bowl() -> Function {
    function(|x| [0.5 * (x - 3.0).powi(2), x - 3.0, 1.0])
}

fn script(moves: &'static [Move]) -> Script {
    Script { moves, stopping: Stopping::default() }
}

fn script_of(moves: &'static [Move], max_iterations: usize) -> Script {
    Script { moves, stopping: Stopping { max_iterations, ..Stopping::default() } }
}

/// Runs the script in the bowl from -7.
fn run(script: &Script) -> Report {
    minimize(script, &bowl(), &Bounds::none(1), &dvector![-7.0]).unwrap()
}

fn converged(decrement: f64) -> Termination {
    Termination::Converged { decrement, tolerance: 1e-10 }
}

#[test]
fn a_start_with_any_part_not_finite_is_refused_before_the_first_step() {
    let parts: [fn(f64) -> [f64; 3]; 3] =
        [|_| [f64::INFINITY, 1.0, 1.0], |_| [1.0, f64::NAN, 1.0], |_| [1.0, 1.0, f64::NEG_INFINITY]];
    for f in parts {
        let report = minimize(&script(&[]), &function(f), &Bounds::none(1), &dvector![0.5]).unwrap();
        assert_eq!(report.termination, Termination::NonFiniteStart);
        assert_eq!((report.trace.len(), report.trace[0].step), (1, None));
    }
}

#[test]
fn the_iteration_limit_reports_budget_measured_and_threshold() {
    let report = run(&script_of(&[To(1.0, 3.0), Reject, To(1.5, 2.0), To(9.0, 1.0)], 3));
    assert_eq!(report.termination, Termination::IterationLimit { limit: 3, decrement: 2.0, tolerance: 1e-10 });
    assert_eq!((report.x[0], report.value), (1.5, 1.125));
    let report = run(&script_of(&[To(1.0, 3.0)], 0));
    assert_eq!(report.termination, Termination::IterationLimit { limit: 0, decrement: 4.0, tolerance: 1e-10 });
}

#[test]
fn a_point_that_met_the_tolerance_is_converged_even_when_polishing_exceeds_the_budget() {
    let report = run(&script_of(&[To(2.0, 1e-3), To(2.9, 1e-11), To(2.99, 1e-20)], 2));
    assert_eq!(report.termination, converged(1e-11));
}

#[test]
fn exhausted_before_convergence_is_stalled() {
    let report = run(&script(&[To(2.5, 0.25), Exhaust]));
    assert_eq!(report.termination, Termination::Stalled { decrement: 0.25, tolerance: 1e-10 });
    assert_eq!((report.x[0], report.decrement.value), (2.5, 0.25));
}

#[test]
fn exhausted_or_out_of_budget_on_a_slope_without_end_is_at_infinity() {
    let slope = || function(|x| [-2.0 * x, -2.0, 0.0]);
    for script in [script(&[To(2.5, 0.25), Exhaust]), script_of(&[To(2.5, 0.25)], 1)] {
        let report = minimize(&script, &slope(), &Bounds::none(1), &dvector![1.0]).unwrap();
        assert_eq!(report.termination, Termination::AtInfinity { direction: dvector![1.5] });
    }
}

#[test]
fn exhausted_after_convergence_is_converged_at_the_best_state() {
    let report = run(&script(&[To(2.0, 1e-3), To(2.9, 1e-11), Exhaust]));
    assert_eq!(report.termination, converged(1e-11));
    assert_eq!((report.x[0], report.gradient[0], report.hessian[(0, 0)]), (2.9, 2.9 - 3.0, 1.0));
}

#[test]
fn polishing_keeps_the_best_state_when_a_later_one_is_no_better() {
    let later_is_no_better: [&'static [Move]; 3] =
        [&[To(2.9, 1e-11), To(3.5, 2e-11)], &[To(2.9, 1e-11), To(3.5, 1e-6)], &[To(2.9, 1e-11), Reject]];
    for moves in later_is_no_better {
        let report = run(&script(moves));
        assert_eq!((report.termination, report.x[0]), (converged(1e-11), 2.9));
        assert_eq!(report.decrement.value, 1e-11);
    }
}

#[test]
fn polishing_goes_on_until_the_decrement_is_rounding() {
    let report = run(&script(&[To(2.9, 1e-11), To(2.99, 1e-20), To(3.0, 1e-25), To(7.0, 9.0)]));
    assert_eq!((report.termination, report.x[0], report.trace.len()), (converged(1e-25), 3.0, 4));
}

#[test]
fn the_trace_has_one_line_per_iteration_with_what_became_of_its_step() {
    let report = run(&script(&[To(1.0, 3.0), Reject, To(2.0, 0.5), Exhaust]));
    let lines: Vec<_> = report.trace.iter().map(|line| (line.iteration, line.value, line.decrement)).collect();
    assert_eq!(lines, [(0, 50.0, 4.0), (1, 2.0, 3.0), (2, 2.0, 3.0), (3, 0.5, 0.5)]);
    let steps: Vec<_> = report.trace.iter().map(|line| line.step).collect();
    let (accepted, rejected) = (Step::Accepted { length: 0.5 }, Step::Rejected { length: 0.5 });
    assert_eq!(steps, [Some(accepted), Some(rejected), Some(accepted), Some(Step::Exhausted)]);
    assert_eq!(report.method, "Script");
}

#[test]
fn every_evaluation_is_counted() {
    let objective = bowl();
    let report =
        minimize(&script(&[To(2.0, 1.0), To(2.5, 0.2), Exhaust]), &objective, &Bounds::none(1), &dvector![-7.0])
            .unwrap();
    let Evaluations { values, gradients, hessians } = report.evaluations;
    assert_eq!((gradients, hessians), (0, 3));
    assert!(values > 0, "the ray beyond a stalled point is searched by values");
    assert_eq!(values + hessians, objective.calls.get());
}

#[test]
fn a_report_followed_by_another_has_the_trace_and_evaluations_of_both() {
    let first = run(&script_of(&[To(2.0, 1.0)], 1));
    let second = run(&script(&[To(2.9, 1e-11), Exhaust]));
    let evaluations = [first.evaluations, second.evaluations];
    let both = first.followed_by(second);
    assert_eq!(both.termination, converged(1e-11));
    assert_eq!(both.trace.iter().map(|line| line.iteration).collect::<Vec<_>>(), [0, 1, 2, 3]);
    assert_eq!(both.evaluations.hessians, 4);
    assert_eq!(both.evaluations.values, evaluations[0].values + evaluations[1].values);
}

#[test]
fn a_start_outside_the_bounds_is_moved_into_them() {
    let bounds = Bounds { lower: dvector![2.0], upper: dvector![5.0] };
    for (start, inside) in [(-7.0, 2.0), (11.0, 5.0), (2.5, 2.5)] {
        let report = minimize(&script(&[Exhaust]), &bowl(), &bounds, &dvector![start]).unwrap();
        assert_eq!((report.x[0], report.value), (inside, bowl().value(&dvector![inside])));
    }
}

#[test]
fn wrong_lengths_bounds_and_starts_are_refused() {
    let refused = |bounds: &Bounds, start: &DVector<f64>| minimize(&script(&[]), &bowl(), bounds, start).unwrap_err();
    let start = dvector![1.0, 2.0];
    assert_snapshot!(refused(&Bounds::none(1), &start), @"start: expected a number for each of the objective's 1 variables, found 2");
    assert_snapshot!(refused(&Bounds::none(2), &dvector![1.0]), @"lower bounds: expected a number for each of the objective's 1 variables, found 2");
    assert_snapshot!(refused(&Bounds { lower: dvector![2.0], upper: dvector![1.5] }, &dvector![1.0]), @"bounds of variable 0: expected lower <= upper, found [2, 1.5] - infinite where there is no bound");
    assert_snapshot!(refused(&Bounds::none(1), &dvector![f64::NAN]), @"start of variable 0: expected a number, found NaN");
    let bounds = Bounds { lower: dvector![f64::NAN], upper: dvector![1.5] };
    assert!(matches!(refused(&bounds, &dvector![1.0]), InvalidProblem::Bounds { variable: 0, .. }));
}

#[test]
fn who_watches_sees_every_iteration_and_may_end_the_search() {
    let moves = &[To(2.0, 1.0), Reject, To(2.5, 0.2), Exhaust];
    let mut seen = Vec::new();
    let report = minimize_watched(&script(moves), &bowl(), &Bounds::none(1), &dvector![-7.0], &mut |progress| {
        seen.push((progress.iteration, progress.step));
        if seen.len() < 3 { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    })
    .unwrap();
    let length = 0.5;
    let [accepted, rejected] = [Some(Step::Accepted { length }), Some(Step::Rejected { length })];
    assert_eq!(seen, [(0, accepted), (1, rejected), (2, accepted)]);
    assert_eq!(report.termination, Termination::Interrupted { decrement: 1.0, tolerance: 1e-10 });
    assert_eq!((report.x[0], report.trace.len()), (2.5, 3));
}

#[test]
fn a_search_that_is_ended_while_it_polishes_has_converged() {
    let report = minimize_watched(
        &script(&[To(2.0, 1e-12), To(2.5, 1e-15)]),
        &bowl(),
        &Bounds::none(1),
        &dvector![-7.0],
        &mut |progress| {
            if progress.iteration == 1 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        },
    )
    .unwrap();
    assert!(report.termination.is_converged(), "{}", report.termination);
}

/// The script of a method that knows no Hessians: its decrements are estimates. With the exact decrement from which on Newton's
/// method may take over.
struct Estimates(Script, f64);

impl Method for Estimates {
    type State = Scripted;

    fn name(&self) -> &'static str {
        "Estimates"
    }

    fn stopping(&self) -> Stopping {
        self.0.stopping
    }

    fn init(&self, problem: &Problem<'_>, start: DVector<f64>) -> Scripted {
        self.0.init(problem, start)
    }

    fn step(&self, problem: &Problem<'_>, state: &mut Scripted) -> Step {
        self.0.step(problem, state)
    }

    fn current<'s>(&self, state: &'s Scripted) -> Standing<'s> {
        let decrement = Decrement { value: state.decrement, curvature: Curvature::Assumed };
        Standing { hessian: None, decrement, ..self.0.current(state) }
    }

    fn newton_from(&self, _state: &Scripted) -> f64 {
        self.1
    }
}

fn estimate_in_the_bowl(moves: &'static [Move]) -> Report {
    minimize(&Estimates(script(moves), 1e-10), &bowl(), &Bounds::none(1), &dvector![-7.0]).unwrap()
}

#[test]
fn an_estimate_within_the_tolerance_is_judged_by_the_exact_hessian_and_polished() {
    // In the bowl the decrement is the square of the distance.
    let report = estimate_in_the_bowl(&[To(2.0, 1.0), To(3.000_003, 1e-11)]);
    assert!(report.termination.is_converged(), "{}", report.termination);
    assert_eq!((report.x[0], report.hessian[(0, 0)], report.method), (3.0, 1.0, "Estimates"));
    // The estimates, the exact decrement at the same point, and where Newton's step has led.
    let decrements: Vec<_> = report.trace.iter().map(|line| line.decrement).collect();
    assert_eq!((decrements[2], decrements[4]), (1e-11, 0.0));
    assert!((decrements[3] / 9e-12 - 1.0).abs() < 1e-6);
}

#[test]
fn an_estimate_that_promises_too_much_must_do_better() {
    // At 2.9 the exact decrement is 0.01: the next demand is a hundredth of the estimate that was wrong, and met at 2.999 999.
    let report = estimate_in_the_bowl(&[To(2.9, 1e-11), To(2.99, 1e-12), To(2.999_999, 9e-14)]);
    assert!(report.termination.is_converged(), "{}", report.termination);
    assert_eq!(report.x[0], 3.0);
    assert_eq!(report.trace.len(), 6);
    // One at the start and one a step by the stub, two by the loop, one by Newton.
    assert_eq!(report.evaluations.hessians, 1 + 3 + 2 + 1);
}

#[test]
fn a_method_at_the_end_of_its_wits_is_judged_by_the_exact_hessian() {
    let report = estimate_in_the_bowl(&[To(2.9, 1.0), Exhaust]);
    let Termination::Stalled { decrement, .. } = report.termination else { panic!("{}", report.termination) };
    assert!((decrement / 0.01 - 1.0).abs() < 1e-12);
    let report = estimate_in_the_bowl(&[To(2.999_999, 1.0), Exhaust]);
    assert!(report.termination.is_converged(), "{}", report.termination);
    let report =
        minimize(&Estimates(script_of(&[To(2.9, 1.0)], 1), 1e-10), &bowl(), &Bounds::none(1), &dvector![-7.0]).unwrap();
    let Termination::IterationLimit { limit: 1, decrement, .. } = report.termination else { panic!("no limit") };
    assert!((decrement / 0.01 - 1.0).abs() < 1e-12);
}

#[test]
fn a_method_that_has_made_its_steps_has_an_approximation_or_a_minimum() {
    let report = estimate_in_the_bowl(&[To(2.9, 1.0), Finish]);
    let Termination::Approximate { decrement, tolerance } = report.termination else { panic!("not approximate") };
    assert!((decrement / 0.01 - 1.0).abs() < 1e-12);
    assert_eq!((tolerance, report.x[0]), (1e-10, 2.9));
    let report = estimate_in_the_bowl(&[To(2.999_999, 1.0), Finish]);
    assert!(report.termination.is_converged(), "{}", report.termination);
}

#[test]
fn a_method_that_sits_on_a_saddle_is_put_on_a_way_down() {
    // (x^2 - 1)^2 / 4 has a summit at 0 between minima at -1 and 1.
    let hill = function(|x| [0.25 * (x * x - 1.0).powi(2), x * (x * x - 1.0), 3.0 * x * x - 1.0]);
    for moves in [&[To(0.0, 0.0), To(1.000_001, 1e-12)] as &'static [Move], &[To(0.0, 1.0), Exhaust]] {
        let report = minimize(&Estimates(script(moves), 1e-10), &hill, &Bounds::none(1), &dvector![0.5]).unwrap();
        // The method begins anew, with the script, from where one step of Newton's method leads.
        assert!(report.trace.iter().any(|line| line.value == 0.25));
        assert!(report.value < 0.25, "{}", report.termination);
    }
}

/// The bowl with a jagged bottom: noise of width 1e-5, a fixed function of x.
fn jagged() -> Function {
    function(|x| {
        let hash = x.to_bits().wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 11;
        [0.5 * (x - 3.0).powi(2) + 1e-5 * (hash as f64 / (1_u64 << 53) as f64), x - 3.0, 1.0]
    })
}

#[test]
fn improvements_that_noise_hides_are_not_missed() {
    for exact in [true, false] {
        let moves = script(&[To(2.999, 1e-6), Exhaust]);
        let report = if exact {
            minimize(&moves, &jagged(), &Bounds::none(1), &dvector![-7.0])
        } else {
            minimize(&Estimates(moves, 1e-10), &jagged(), &Bounds::none(1), &dvector![-7.0])
        };
        let Termination::AttainableAccuracy { decrement, noise } = report.unwrap().termination else {
            panic!("{exact}: not at the attainable accuracy")
        };
        assert!((decrement / 1e-6 - 1.0).abs() < 1e-9);
        assert!((1e-6..1e-5).contains(&noise), "{noise}");
    }
    // Ten times as far away, the noise hides nothing.
    let report = minimize(&script(&[To(2.9, 1e-2), Exhaust]), &jagged(), &Bounds::none(1), &dvector![-7.0]).unwrap();
    assert_eq!(report.termination, Termination::Stalled { decrement: 1e-2, tolerance: 1e-10 });
}

#[test]
fn newton_takes_over_from_where_the_method_lets_it() {
    let descend = |moves: &'static [Move], newton_from: f64| {
        minimize(&Estimates(script(moves), newton_from), &bowl(), &Bounds::none(1), &dvector![-7.0]).unwrap()
    };
    // The exact decrement at 2.5 is 0.25: one step of Newton's leads to the minimum.
    let report = descend(&[To(2.5, 0.3), To(9.0, 0.5)], 0.5);
    assert!(report.termination.is_converged(), "{}", report.termination);
    assert_eq!((report.x[0], report.method), (3.0, "Estimates"));
    assert_eq!(report.trace.iter().map(|line| line.decrement).collect::<Vec<_>>(), [4.0, 0.3, 0.25, 0.0]);
    // So it does where the method is at the end of its wits.
    let report = descend(&[To(2.5, 0.9), Exhaust], 0.5);
    assert_eq!((report.termination, report.x[0]), (converged(0.0), 3.0));
    // Nowhere near enough, it does not.
    let report = descend(&[To(2.0, 0.9), Exhaust], 0.5);
    assert_eq!(report.termination, Termination::Stalled { decrement: 1.0, tolerance: 1e-10 });
}

#[test]
fn hessians_that_were_evaluated_too_early_are_few() {
    // Every estimate promises 0.1, and every exact decrement is 1 until the seventh step.
    let moves: &'static [Move] = &[
        To(2.0, 0.1),
        To(2.0, 0.1),
        To(2.0, 0.1),
        To(2.0, 0.1),
        To(2.0, 0.1),
        To(2.0, 0.1),
        To(2.9, 0.1),
        To(9.0, 4.0),
    ];
    let report = minimize(&Estimates(script(moves), 0.5), &bowl(), &Bounds::none(1), &dvector![-7.0]).unwrap();
    assert!(report.termination.is_converged(), "{}", report.termination);
    // The stub evaluates one Hessian at the start and one a step, the loop in iterations 1, 3 and 7, Newton's one.
    assert_eq!(report.evaluations.hessians, 1 + 7 + 3 + 1);
}

#[test]
fn newton_takes_over_only_where_the_hessian_is_positive_definite() {
    // (x^2 - 1)^2 / 4: at 0.3 the curvature is negative.
    let hill = function(|x| [0.25 * (x * x - 1.0).powi(2), x * (x * x - 1.0), 3.0 * x * x - 1.0]);
    let moves: &'static [Move] = &[To(0.3, 0.1), To(0.9, 0.9), To(0.95, 0.1), To(9.0, 0.1)];
    let report = minimize(&Estimates(script(moves), f64::INFINITY), &hill, &Bounds::none(1), &dvector![0.5]).unwrap();
    assert!(report.termination.is_converged(), "{}", report.termination);
    assert!((report.x[0] - 1.0).abs() < 1e-12);
    assert_eq!(report.trace[3].value, report.trace[4].value);
}
