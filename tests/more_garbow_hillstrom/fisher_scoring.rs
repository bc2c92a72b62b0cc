//! Fisher scoring on every problem: for a sum of squares the expected Hessian is Gauss and Newton's `2 J'J`.
use maxlik::optimizer::FisherScoring;

use crate::outcome::{Exception, Outcome, assert_outcomes, evaluations};

/// The problems that do not end as [`Outcome::Minimum`].
const EXCEPTIONS: [Exception; 5] = [
    (3, 2, Outcome::JustBeyond, "a valley so flat and curved that the objective is 1.1e-10 long before its end"),
    (13, 4, Outcome::WithinTolerance, "singular Hessian at the minimum: the error is halved at each step"),
    (22, 12, Outcome::WithinTolerance, "as problem 13"),
    (24, 10, Outcome::WithinTolerance, "the objective is 3e-4 and its valley 1e-10 deep at the end of the run"),
    (24, 4, Outcome::JustBeyond, "the objective is 1e-5 and its valley 1.2e-10 deep at the end of the run"),
];

#[test]
fn every_problem_ends_at_a_published_minimum_or_as_listed() {
    assert_outcomes(&FisherScoring::default(), &EXCEPTIONS);
}

#[test]
fn evaluation_counts() {
    insta::assert_snapshot!(evaluations(&FisherScoring::default(), &[3, 10, 16, 24]));
}
