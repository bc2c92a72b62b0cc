//! Newton's method with its default settings on every problem.
use maxlik::optimizer::{Bounds, Newton, Report, Termination, minimize};
use nalgebra::DVector;

use crate::problems::{Problem, problems};
use crate::reference::{Reference, problems_with_references};

/// What a run came to, by value against the reference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    /// Converged at a minimum that the paper lists.
    Minimum,
    /// Converged at a minimum that the paper does not list.
    UnlistedMinimum,
    /// Converged as far as `g' H^-1 g <= 1e-10` says and no further: less than 1e-10 above a minimum of the paper.
    WithinTolerance,
    /// At a minimum of the paper, but it is reported that there is none at finite values.
    DeniedMinimum,
    /// Not at a minimum, and the report says so.
    HonestFailure,
    /// Not at a minimum, and the report does not say so.
    WrongClaim,
}

/// The problems that do not end as [`Outcome::Minimum`].
const EXCEPTIONS: [(usize, usize, Outcome, &str); 7] = [
    (3, 2, Outcome::WithinTolerance, "a valley so flat and curved that the objective is 5e-11 long before its end"),
    (
        13,
        4,
        Outcome::WithinTolerance,
        "singular Hessian at the minimum: the error falls by 2/3 a step, the objective by 5",
    ),
    (18, 6, Outcome::HonestFailure, "creeps along a valley to infinity where x_1, x_2 and x_5 become equal"),
    (22, 12, Outcome::WithinTolerance, "as problem 13"),
    (24, 4, Outcome::WithinTolerance, "the objective is 1e-5 and its valley 4e-11 deep at the end of the run"),
    (26, 10, Outcome::UnlistedMinimum, "one of many local minima"),
    (35, 10, Outcome::UnlistedMinimum, "lower than the published 6.50395e-3, and not symmetric as that one is"),
];

/// The tolerance of `Newton::default()`.
const TOLERANCE: f64 = 1e-10;

fn run(method: &Newton, problem: &Problem) -> Report {
    minimize(method, problem, &Bounds::none(problem.n), &DVector::from_vec(problem.start.clone())).unwrap()
}

fn outcome(report: &Report, reference: &Reference) -> Outcome {
    let reached = |listed: bool| {
        let mut minima = reference.minima.iter().filter(|minimum| minimum.listed == listed && minimum.x.is_some());
        minima.any(|minimum| (report.value - minimum.f).abs() <= (1e-9 * minimum.f).max(1e-20))
    };
    let excess = |f: f64| (0.0..=TOLERANCE).contains(&(report.value - f));
    match report.termination {
        Termination::Converged { .. } if reached(true) => Outcome::Minimum,
        Termination::Converged { .. } if reached(false) => Outcome::UnlistedMinimum,
        Termination::Converged { .. } if reference.minima.iter().any(|minimum| excess(minimum.f)) => {
            Outcome::WithinTolerance
        }
        Termination::Converged { .. } => Outcome::WrongClaim,
        _ if reached(true) => Outcome::DeniedMinimum,
        _ => Outcome::HonestFailure,
    }
}

#[test]
fn every_problem_ends_at_a_published_minimum_or_as_listed() {
    for (problem, reference) in problems_with_references() {
        let exception = EXCEPTIONS.iter().find(|(number, n, ..)| (*number, *n) == (problem.number, problem.n));
        let expected = exception.map_or(Outcome::Minimum, |exception| exception.2);
        let report = run(&Newton::default(), &problem);
        let (name, value) = (problem.name, report.value);
        assert_eq!(outcome(&report, &reference), expected, "{name}: {value:e}, {}", report.termination);
    }
}

#[test]
fn a_smaller_tolerance_takes_those_within_tolerance_to_the_minimum() {
    let within = EXCEPTIONS.iter().filter(|exception| exception.2 == Outcome::WithinTolerance);
    let method = Newton::default().with_tolerance(1e-22);
    for (number, n, ..) in within {
        let mut all = problems_with_references().into_iter();
        let (problem, reference) = all.find(|(problem, _)| (problem.number, problem.n) == (*number, *n)).unwrap();
        assert_eq!(outcome(&run(&method, &problem), &reference), Outcome::Minimum, "{}", problem.name);
    }
}

/// Where the way is so long that the rounding of another machine's mathematical library may change counts and result.
const LONG: [usize; 4] = [3, 10, 18, 24];

/// One line per run. Evaluations of the value alone belong to the search for minima at infinity.
#[test]
fn evaluations() {
    let mut lines =
        vec![format!("{:>2} {:41} {:>2}  {:16} {:>8} {:>6}  objective", "", "", "n", "end", "Hessians", "values")];
    for problem in problems() {
        let report = run(&Newton::default(), &problem);
        let end = match report.termination {
            Termination::Converged { .. } => "converged",
            Termination::AtInfinity { .. } => "at infinity",
            Termination::Flat => "flat",
            Termination::Stalled { .. } => "stalled",
            Termination::IterationLimit { .. } => "iteration limit",
            _ => "not started",
        };
        let (Problem { number, name, n, .. }, evaluations) = (problem, report.evaluations);
        // What is left of a zero is rounding.
        let objective = if report.value <= 1e-20 { "< 1e-20".to_string() } else { format!("{:.5e}", report.value) };
        let measured = if LONG.contains(&number) {
            format!("{:>8}", "many")
        } else {
            format!("{:>8} {:>6}  {objective}", evaluations.hessians, evaluations.values)
        };
        lines.push(format!("{number:>2} {name:41} {n:>2}  {end:16} {measured}"));
    }
    insta::assert_snapshot!(lines.join("\n"));
}
