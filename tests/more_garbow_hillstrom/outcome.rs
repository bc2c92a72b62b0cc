//! What a method comes to on the table of problems.
use maxlik::optimizer::{Bounds, Evaluations, Method, Report, Termination, minimize};
use nalgebra::DVector;

use crate::problems::{Problem, problems};
use crate::reference::{Reference, problems_with_references};

/// What a run came to, by value against the reference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Converged at a minimum that the paper lists.
    Minimum,
    /// Converged at a minimum that the paper does not list.
    UnlistedMinimum,
    /// Converged as far as `g' H^-1 g <= 1e-10` says and no further: less than 1e-10 above a minimum of the paper.
    WithinTolerance,
    /// As [`Outcome::WithinTolerance`], but up to 2e-10 above: a curved valley holds more than the quadratic model promises.
    JustBeyond,
    /// At a minimum of the paper, but it is reported that there is none at finite values.
    DeniedMinimum,
    /// The method made its steps and says that it approximates.
    Approximate,
    /// Not at a minimum, and the report says so.
    HonestFailure,
    /// Not at a minimum, and the report does not say so.
    WrongClaim,
}

/// A problem, by its number and `n`, that does not end as [`Outcome::Minimum`], and why.
pub(crate) type Exception = (usize, usize, Outcome, &'static str);

/// The tolerance of `Stopping::default()`.
const TOLERANCE: f64 = 1e-10;

pub(crate) fn run<M: Method>(method: &M, problem: &Problem) -> Report {
    minimize(method, problem, &Bounds::none(problem.n), &DVector::from_vec(problem.start.clone())).unwrap()
}

pub(crate) fn outcome(report: &Report, reference: &Reference) -> Outcome {
    let reached = |listed: bool| {
        let mut minima = reference.minima.iter().filter(|minimum| minimum.listed == listed && minimum.x.is_some());
        minima.any(|minimum| (report.value - minimum.f).abs() <= (1e-9 * minimum.f).max(1e-20))
    };
    let excess = |f: f64, most: f64| (0.0..=most).contains(&(report.value - f));
    let below = |most: f64| reference.minima.iter().any(|minimum| excess(minimum.f, most));
    match report.termination {
        Termination::Approximate { .. } => Outcome::Approximate,
        _ if report.termination.is_converged() && reached(true) => Outcome::Minimum,
        _ if report.termination.is_converged() && reached(false) => Outcome::UnlistedMinimum,
        _ if report.termination.is_converged() && below(TOLERANCE) => Outcome::WithinTolerance,
        _ if report.termination.is_converged() && below(2.0 * TOLERANCE) => Outcome::JustBeyond,
        _ if report.termination.is_converged() => Outcome::WrongClaim,
        _ if reached(true) => Outcome::DeniedMinimum,
        _ => Outcome::HonestFailure,
    }
}

/// Every problem must end at a published minimum, or as the exception says.
pub(crate) fn assert_outcomes<M: Method>(method: &M, exceptions: &[Exception]) {
    assert_eq!(method.stopping().tolerance, TOLERANCE);
    for (problem, reference) in problems_with_references() {
        let exception = exceptions.iter().find(|(number, n, ..)| (*number, *n) == (problem.number, problem.n));
        let expected = exception.map_or(Outcome::Minimum, |exception| exception.2);
        let report = run(method, &problem);
        let (name, value) = (problem.name, report.value);
        assert_eq!(outcome(&report, &reference), expected, "{name}: {value:e}, {}", report.termination);
    }
}

/// One line per run with its evaluations; those of the value alone belong to the search for minima at infinity, and in part to line
/// searches. Where the way is so long that the rounding of another machine's mathematical library may change counts and result, in
/// the problems `long`, only the end is told.
pub(crate) fn evaluations<M: Method>(method: &M, long: &[usize]) -> String {
    let mut lines = vec![format!(
        "{:>2} {:41} {:>2}  {:16} {:>8} {:>9} {:>6}  objective",
        "", "", "n", "end", "Hessians", "gradients", "values"
    )];
    for problem in problems() {
        let report = run(method, &problem);
        let end = match report.termination {
            Termination::Converged { .. } => "converged",
            Termination::AtInfinity { .. } => "at infinity",
            Termination::Flat => "flat",
            Termination::Stalled { .. } => "stalled",
            Termination::AttainableAccuracy { .. } => "attainable",
            Termination::Approximate { .. } => "approximate",
            Termination::IterationLimit { .. } => "iteration limit",
            _ => "not started",
        };
        let (Problem { number, name, n, .. }, evaluations) = (problem, report.evaluations);
        // What is left of a zero is rounding.
        let objective = if report.value <= 1e-20 { "< 1e-20".to_string() } else { format!("{:.5e}", report.value) };
        let measured = if long.contains(&number) {
            format!("{:>8}", "many")
        } else {
            let Evaluations { values, gradients, hessians } = evaluations;
            format!("{hessians:>8} {gradients:>9} {values:>6}  {objective}")
        };
        lines.push(format!("{number:>2} {name:41} {n:>2}  {end:16} {measured}"));
    }
    lines.join("\n")
}
