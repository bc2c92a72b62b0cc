//! Newton's method on every problem: on the exact Hessian alone, and with its default settings.
use maxlik::optimizer::Newton;

use crate::outcome::{Exception, Outcome, assert_outcomes, evaluations, outcome, run};
use crate::reference::problems_with_references;

/// The problems that do not end as [`Outcome::Minimum`].
const EXCEPTIONS: [Exception; 7] = [
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

/// The problems that do not, where Gauss and Newton's matrix stands in for a Hessian that is not positive definite.
const SAFEGUARDED: [Exception; 4] = [
    (3, 2, Outcome::WithinTolerance, "as without"),
    (13, 4, Outcome::WithinTolerance, "as without"),
    (22, 12, Outcome::WithinTolerance, "as without"),
    (24, 4, Outcome::WithinTolerance, "as without"),
];

/// Newton's method on the exact Hessian alone.
fn alone() -> Newton {
    Newton::default().with_safeguard(false)
}

#[test]
fn every_problem_ends_at_a_published_minimum_or_as_listed() {
    assert_outcomes(&alone(), &EXCEPTIONS);
}

#[test]
fn with_the_expected_hessian_to_stand_in_every_problem_ends_at_a_published_minimum_or_as_listed() {
    assert_outcomes(&Newton::default(), &SAFEGUARDED);
}

#[test]
fn a_smaller_tolerance_takes_those_within_tolerance_to_the_minimum() {
    let within = EXCEPTIONS.iter().filter(|exception| exception.2 == Outcome::WithinTolerance);
    let method = alone().with_tolerance(1e-22);
    for (number, n, ..) in within {
        let mut all = problems_with_references().into_iter();
        let (problem, reference) = all.find(|(problem, _)| (problem.number, problem.n) == (*number, *n)).unwrap();
        assert_eq!(outcome(&run(&method, &problem), &reference), Outcome::Minimum, "{}", problem.name);
    }
}

#[test]
fn evaluation_counts() {
    insta::assert_snapshot!(evaluations(&alone(), &[3, 10, 18, 24]));
}

#[test]
fn evaluation_counts_with_the_expected_hessian_to_stand_in() {
    insta::assert_snapshot!(evaluations(&Newton::default(), &[3, 10, 24]));
}
