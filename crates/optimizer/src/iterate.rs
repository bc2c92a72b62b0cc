//! The one loop of all methods.
use std::ops::ControlFlow;

use nalgebra::{DMatrix, DVector};

use crate::judge::{self, Course, End, Verdict};
use crate::level::way_down;
use crate::way::Way;
use crate::{
    Bounds, Expansion, InvalidProblem, L1, Method, Newton, Objective, Point, Problem, Progress, Report, Standing, Step,
    Stopping, Termination,
};

/// Minimises `objective` between `bounds` from `start` (`n`), which is first moved into the bounds.
///
/// # Errors
/// If lengths differ from the objective's dimension, a lower bound is above its upper bound, a start is not a number, or a
/// setting of the method is out of its range.
pub fn minimize<M: Method>(
    method: &M,
    objective: &dyn Objective,
    bounds: &Bounds,
    start: &DVector<f64>,
) -> Result<Report, InvalidProblem> {
    minimize_watched(method, objective, bounds, start, &mut |_| ControlFlow::Continue(()))
}

/// [`minimize`], which hands each line of the trace to `watch` when the step is made. Where `watch` breaks, the search ends
/// with what it has: [`Termination::Interrupted`], or as converged if it only polishes.
///
/// # Errors
/// As [`minimize`].
pub fn minimize_watched<M: Method>(
    method: &M,
    objective: &dyn Objective,
    bounds: &Bounds,
    start: &DVector<f64>,
    watch: &mut dyn FnMut(&Progress) -> ControlFlow<()>,
) -> Result<Report, InvalidProblem> {
    validate(objective.dimension(), bounds, start, method.penalty())?;
    method.stopping().validate()?;
    method.validate()?;
    let penalty = method.penalty().filter(|penalty| penalty.weights.iter().any(|&w| w > 0.0));
    let problem = Problem::new(objective, bounds, penalty);
    let mut search = Search { problem: &problem, watch, trace: Vec::with_capacity(16), interrupted: false };
    let (mut termination, mut end) =
        search.descend(method, method.init(&problem, bounds.project(start)), Way::begin(start.len()));
    // A floor that is level here may lead down further on.
    for _ in 0..FLOORS {
        let rests = termination.is_converged() || matches!(termination, Termination::Stalled { .. });
        if !rests || search.interrupted || problem.penalty.is_some() {
            break;
        }
        let Some(x) = way_down(&problem, &end, start) else { break };
        let state = method.init(&problem, x);
        if !method.current(&state).is_finite() {
            break;
        }
        (termination, end) = search.descend(method, state, Way::begin(start.len()));
    }
    let End { at: Expansion { point: Point { x, value, gradient }, hessian }, decrement } = end;
    let (trace, evaluations) = (search.trace, problem.evaluations());
    Ok(Report { x, value, gradient, hessian, decrement, termination, trace, evaluations, method: method.name() })
}

/// [`minimize`] with the steps of the method alone: its own estimate of the decrement is the verdict, the Hessian is never evaluated, and
/// that of the report is empty.
pub(crate) fn approach<M: Method>(
    method: &M,
    objective: &dyn Objective,
    bounds: &Bounds,
    start: &DVector<f64>,
) -> Result<Report, InvalidProblem> {
    validate(objective.dimension(), bounds, start, None)?;
    method.stopping().validate()?;
    method.validate()?;
    let problem = Problem::new(objective, bounds, None);
    let mut course = Course::begin(
        method.init(&problem, bounds.project(start)),
        Way::begin(start.len()),
        method.stopping().tolerance,
    );
    let mut trace = Vec::with_capacity(16);
    let termination = loop {
        let standing = method.current(&course.state);
        let (iteration, decrement) = (trace.len(), standing.decrement.value);
        let value = standing.point.value;
        if !standing.is_finite() {
            break Termination::NonFiniteStart;
        }
        let mut step = None;
        let mut verdict = judge::by_estimate_alone(method, &course, iteration, false);
        if let Verdict::GoOn = verdict {
            let made = method.step(&problem, &mut course.state);
            step = Some(made);
            if matches!(made, Step::Exhausted | Step::Finished) {
                verdict = judge::by_estimate_alone(method, &course, iteration, true);
            }
        }
        trace.push(Progress { iteration, value, decrement, step });
        if let Verdict::Stop(termination) = verdict {
            break termination;
        }
    };
    let Standing { point, decrement, .. } = method.current(&course.state);
    let Point { x, value, gradient } = point.clone();
    let (hessian, evaluations) = (DMatrix::zeros(0, 0), problem.evaluations());
    Ok(Report { x, value, gradient, hessian, decrement, termination, trace, evaluations, method: method.name() })
}

pub(crate) fn validate(
    n: usize,
    bounds: &Bounds,
    start: &DVector<f64>,
    penalty: Option<&L1>,
) -> Result<(), InvalidProblem> {
    let none = DVector::zeros(n);
    let weights = penalty.map_or(&none, |penalty| &penalty.weights);
    let lengths =
        [("start", start), ("lower bounds", &bounds.lower), ("upper bounds", &bounds.upper), ("penalty", weights)];
    if let Some((what, vector)) = lengths.into_iter().find(|(_, vector)| vector.len() != n) {
        return Err(InvalidProblem::Length { what, expected: n, found: vector.len() });
    }
    for variable in 0..n {
        let (lower, upper) = (bounds.lower[variable], bounds.upper[variable]);
        if lower.is_nan() || upper.is_nan() || lower > upper {
            return Err(InvalidProblem::Bounds { variable, lower, upper });
        }
        if start[variable].is_nan() {
            return Err(InvalidProblem::Start { variable, found: start[variable] });
        }
        if !(0.0..f64::INFINITY).contains(&weights[variable]) {
            return Err(InvalidProblem::Penalty { variable, weight: weights[variable] });
        }
    }
    Ok(())
}

/// A search under way.
struct Search<'s> {
    problem: &'s Problem<'s>,
    watch: &'s mut dyn FnMut(&Progress) -> ControlFlow<()>,
    trace: Vec<Progress>,
    /// Whether `watch` has ended it.
    interrupted: bool,
}

/// So many level floors are left at most.
const FLOORS: usize = 10;

/// Newton steps at least after another method has come near a minimum, whatever is left of its budget.
const POLISH: usize = 100;

impl Search<'_> {
    /// Steps until there is a reason to stop: the reason, and where the search has ended, the best place if it has converged.
    fn descend<M: Method>(&mut self, method: &M, state: M::State, way: Way) -> (Termination, End) {
        let (problem, stopping) = (self.problem, method.stopping());
        let mut course = Course::begin(state, way, stopping.tolerance);
        let termination = loop {
            let standing = method.current(&course.state);
            let (iteration, decrement) = (self.trace.len(), standing.decrement.value);
            self.trace.push(Progress { iteration, value: standing.point.value, decrement, step: None });
            if !standing.is_finite() {
                break Termination::NonFiniteStart;
            }
            let mut verdict = match standing.hessian {
                Some(_) => judge::by_the_hessian(problem, method, &mut course, iteration),
                None => judge::by_estimate(problem, method, &mut course, iteration),
            };
            if let Verdict::GoOn = verdict {
                verdict = self.step(method, &mut course);
            }
            match verdict {
                Verdict::GoOn => {}
                Verdict::From(x) => {
                    let way = Way::begin(x.len());
                    course = Course::begin(method.init(problem, x.clone()), way, stopping.tolerance);
                    if !method.current(&course.state).is_finite() {
                        // The objective exists there, but not all that the method needs.
                        let end = course.end.insert(End::at(problem, x));
                        break Termination::Stalled { decrement: end.decrement.value, tolerance: stopping.tolerance };
                    }
                }
                Verdict::Polish(region) => {
                    let max_iterations = stopping.max_iterations.max(self.trace.len() + POLISH);
                    let stopping = Stopping { max_iterations, ..stopping };
                    return self.descend(&Newton { stopping, ..Newton::default() }, *region, course.way);
                }
                Verdict::Stop(termination) => break termination,
            }
        };
        let best = course.converged.filter(|_| matches!(termination, Termination::Converged { .. }));
        match best {
            Some((best, _)) => (termination, judge::end(problem, method, &best)),
            None => (termination, course.end.unwrap_or_else(|| judge::end(problem, method, &course.state))),
        }
    }

    /// One step, written into the trace and shown to whoever watches.
    fn step<M: Method>(&mut self, method: &M, course: &mut Course<M::State>) -> Verdict {
        let line = self.trace.last_mut().expect("bug: a step without its line in the trace");
        let from = method.current(&course.state).point.x.clone();
        let step = method.step(self.problem, &mut course.state);
        line.step = Some(step);
        if (self.watch)(line).is_break() {
            self.interrupted = true;
            let (decrement, tolerance) = (line.decrement, method.stopping().tolerance);
            let interrupted = Verdict::Stop(Termination::Interrupted { decrement, tolerance });
            return match judge::while_polishing(self.problem, method, course) {
                None | Some(Verdict::From(_)) => interrupted,
                Some(verdict) => verdict,
            };
        }
        match step {
            Step::Accepted { .. } => {
                course.go_on(method, &from);
                Verdict::GoOn
            }
            Step::Rejected { .. } => Verdict::GoOn,
            Step::Exhausted | Step::Finished => judge::at_the_end(self.problem, method, course, step == Step::Finished),
        }
    }
}
