//! Gradient ascent on every problem, within 800 steps. Where that is too few it says so.
use maxlik::optimizer::GradientAscent;

use crate::outcome::{Exception, Outcome, assert_outcomes, evaluations};

const SLOW: &str = "converges linearly, at the rate of the condition of the Hessian";

/// The problems that do not end as [`Outcome::Minimum`].
const EXCEPTIONS: [Exception; 15] = [
    (3, 2, Outcome::WithinTolerance, "a valley so flat and curved that the objective is 3e-12 long before its end"),
    (
        4,
        2,
        Outcome::HonestFailure,
        "steps that would still lower the objective are lost in the rounding of x_1 near 1e6",
    ),
    (10, 3, Outcome::Approximate, "creeps along a curved valley, as Newton's method does"),
    (13, 4, Outcome::WithinTolerance, "singular Hessian at the minimum"),
    (14, 4, Outcome::Approximate, "creeps past a point of negative curvature"),
    (17, 5, Outcome::Approximate, SLOW),
    (18, 6, Outcome::Approximate, SLOW),
    (20, 6, Outcome::Approximate, SLOW),
    (20, 9, Outcome::Approximate, SLOW),
    (20, 12, Outcome::Approximate, SLOW),
    (22, 12, Outcome::WithinTolerance, "as problem 13"),
    (24, 4, Outcome::Approximate, SLOW),
    (24, 10, Outcome::Approximate, SLOW),
    (26, 10, Outcome::UnlistedMinimum, "one of many local minima"),
    (27, 10, Outcome::Approximate, "creeps past a point of negative curvature"),
];

fn method() -> GradientAscent {
    GradientAscent::default().with_steps(800)
}

#[test]
fn every_problem_ends_at_a_published_minimum_or_as_listed() {
    assert_outcomes(&method(), &EXCEPTIONS);
}

#[test]
fn evaluation_counts() {
    // A hundred steps and more.
    let long = [1, 3, 5, 7, 10, 11, 12, 13, 14, 15, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 35];
    insta::assert_snapshot!(evaluations(&method(), &long));
}
