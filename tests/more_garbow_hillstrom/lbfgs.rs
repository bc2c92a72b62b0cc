//! L-BFGS with its default settings on every problem, and within bounds against Newton's method.
use approx::assert_relative_eq;
use maxlik::optimizer::{Bounds, Lbfgs, Newton, minimize};
use nalgebra::DVector;

use crate::outcome::{Exception, Outcome, evaluations, outcome, run};
use crate::problems::problems;
use crate::reference::problems_with_references;

/// The problems that do not end as [`Outcome::Minimum`].
const EXCEPTIONS: [Exception; 5] = [
    (3, 2, Outcome::WithinTolerance, "a valley so flat and curved that the objective is 1e-13 long before its end"),
    (
        13,
        4,
        Outcome::WithinTolerance,
        "singular Hessian at the minimum: Newton's polish gains a constant factor a step",
    ),
    (22, 12, Outcome::WithinTolerance, "as problem 13"),
    (24, 10, Outcome::WithinTolerance, "a valley 5e-11 deep at the end of the run"),
    (26, 10, Outcome::UnlistedMinimum, "one of many local minima"),
];

/// Where the way is so long that another machine's mathematical library may change the counts: values and gradients perturbed by
/// 4e-16 do.
const LONG: [usize; 8] = [3, 10, 11, 14, 18, 20, 23, 24];

#[test]
fn every_problem_ends_at_a_published_minimum_or_as_listed() {
    for (problem, reference) in problems_with_references() {
        let exception = EXCEPTIONS.iter().find(|(number, n, ..)| (*number, *n) == (problem.number, problem.n));
        let expected = exception.map_or(Outcome::Minimum, |exception| exception.2);
        let report = run(&Lbfgs::default(), &problem);
        let found = outcome(&report, &reference);
        // After a long way rounding decides how far the polish gets.
        let better = found == Outcome::Minimum && LONG.contains(&problem.number);
        assert!(found == expected || better, "{}: {:e}, {}", problem.name, report.value, report.termination);
        // The longest ways take 500, with other rounding up to 1000.
        assert!(report.evaluations.gradients <= 2000, "{}: {:?}", problem.name, report.evaluations);
    }
}

#[test]
fn evaluation_counts() {
    insta::assert_snapshot!(evaluations(&Lbfgs::default(), &LONG));
}

#[test]
fn bounds_far_away_change_nothing_but_rounding() {
    for problem in problems().into_iter().filter(|problem| !LONG.contains(&problem.number)) {
        let start = DVector::from_vec(problem.start.clone());
        let far = Bounds { lower: DVector::repeat(problem.n, -1e9), upper: DVector::repeat(problem.n, 1e9) };
        let report = minimize(&Lbfgs::default(), &problem, &far, &start).unwrap();
        let free = run(&Lbfgs::default(), &problem);
        assert_eq!(report.evaluations.gradients, free.evaluations.gradients, "{}", problem.name);
    }
}

/// Where there are several minima within the bounds, or one method or the other ends within the tolerance only, in a long valley.
const NOT_COMPARED: [usize; 8] = [10, 12, 17, 18, 20, 24, 26, 35];

#[test]
fn within_bounds_the_minimum_is_that_of_newtons_method() {
    for problem in problems() {
        let start = DVector::from_vec(problem.start.clone());
        let free = run(&Lbfgs::default(), &problem).x;
        for first in [0, 1] {
            // Every second coordinate is kept a tenth short of where it would go.
            let mut bounds = Bounds::none(problem.n);
            for i in (first..problem.n).step_by(2) {
                bounds.upper[i] = free[i] - 0.1 * free[i].abs().max(0.1);
            }
            let report = minimize(&Lbfgs::default(), &problem, &bounds, &start).unwrap();
            let name = format!("{} from {first} on", problem.name);
            assert_eq!(bounds.project(&report.x), report.x, "{name}");
            // With these bounds Biggs EXP6 creeps along a valley, and the report says so: 5000 iterations used up.
            let creeps = (problem.number, first) == (18, 0);
            assert!(report.termination.is_converged() || creeps, "{name}: {}", report.termination);
            if NOT_COMPARED.contains(&problem.number) {
                continue;
            }
            let newton = minimize(&Newton::default(), &problem, &bounds, &start).unwrap();
            assert_relative_eq!(report.value, newton.value, max_relative = 1e-10);
            let on_bound = |x: &DVector<f64>| (0..problem.n).filter(|&i| x[i] == bounds.upper[i]).collect::<Vec<_>>();
            assert_eq!(on_bound(&report.x), on_bound(&newton.x), "{name}");
            assert!(report.evaluations.gradients <= 200, "{name}: {:?}", report.evaluations);
        }
    }
}
