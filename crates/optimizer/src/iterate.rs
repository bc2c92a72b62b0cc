//! The one loop of all methods.
use std::ops::ControlFlow;

use nalgebra::{DMatrix, DVector};

use crate::at_infinity::{Ray, follow};
use crate::level::way_down;
use crate::noise::noise;
use crate::trust_region::TrustRegion;
use crate::way::Way;
use crate::{
    Bounds, Curvature, Decrement, Expansion, InvalidProblem, L1, Method, Newton, Objective, Point, Problem, Progress,
    Report, Standing, Step, Stopping, Termination,
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
    method.validate()?;
    let penalty = method.penalty().filter(|penalty| penalty.weights.iter().any(|&w| w > 0.0));
    let problem = Problem::new(objective, bounds, penalty);
    let mut search = Search { problem: &problem, watch, trace: Vec::with_capacity(16), interrupted: false };
    let (mut termination, mut end) =
        search.descend(method, method.init(&problem, bounds.project(start)), Way::begin(start.len()));
    // A floor that is level here may lead down further on.
    let stalled = matches!(termination, Termination::Stalled { .. });
    if (termination.is_converged() || stalled)
        && !search.interrupted
        && problem.penalty.is_none()
        && let Some(x) = way_down(&problem, &end.at)
    {
        (termination, end) = search.descend(method, method.init(&problem, x), Way::begin(start.len()));
    }
    let End { at: Expansion { point: Point { x, value, gradient }, hessian }, decrement } = end;
    let (trace, evaluations) = (search.trace, problem.evaluations());
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

/// How far one method has come.
struct Course<S> {
    state: S,
    /// The best state that met the tolerance, while polishing, and its decrement.
    converged: Option<(S, f64)>,
    /// The number of accepted steps.
    accepted: usize,
    way: Way,
    /// An estimated decrement below this is worth an exact Hessian.
    demanded: f64,
    /// The iteration at which an exact Hessian was evaluated too early.
    too_early: usize,
    /// Where the search has ended, if that was evaluated to judge it.
    end: Option<End>,
}

/// Where a search has ended.
struct End {
    at: Expansion,
    decrement: Decrement,
}

/// What is to be done.
enum Verdict {
    GoOn,
    /// Begin again from here.
    From(DVector<f64>),
    /// The neighbourhood of a minimum is reached: Newton's method does the rest.
    Polish(Box<TrustRegion>),
    Stop(Termination),
}

impl Search<'_> {
    /// Steps until there is a reason to stop: the reason, and where the search has ended, the best place if it has converged.
    fn descend<M: Method>(&mut self, method: &M, state: M::State, way: Way) -> (Termination, End) {
        let stopping = method.stopping();
        let n = self.problem.dimension();
        let begin = |state, way| Course {
            state,
            converged: None,
            accepted: 0,
            way,
            demanded: stopping.tolerance,
            too_early: 0,
            end: None,
        };
        let mut course = begin(state, way);
        let termination = loop {
            let standing = method.current(&course.state);
            let (iteration, decrement) = (self.trace.len(), standing.decrement.value);
            self.trace.push(Progress { iteration, value: standing.point.value, decrement, step: None });
            if !standing.is_finite() {
                break Termination::NonFiniteStart;
            }
            let mut verdict = match standing.hessian {
                Some(_) => self.judge(method, &mut course, iteration),
                None => self.judge_estimate(method, &mut course, iteration),
            };
            if let Verdict::GoOn = verdict {
                let from = method.current(&course.state).point.x.clone();
                let step = method.step(self.problem, &mut course.state);
                self.trace[iteration].step = Some(step);
                if (self.watch)(&self.trace[iteration]).is_break() {
                    self.interrupted = true;
                    break Termination::Interrupted { decrement, tolerance: stopping.tolerance };
                }
                verdict = match step {
                    Step::Accepted { .. } => {
                        let step = &method.current(&course.state).point.x - &from;
                        course.way.go_on(&from, step);
                        course.accepted += 1;
                        Verdict::GoOn
                    }
                    Step::Rejected { .. } => Verdict::GoOn,
                    Step::Exhausted | Step::Finished => self.judge_end(method, &mut course, step == Step::Finished),
                };
            }
            match verdict {
                Verdict::GoOn => {}
                Verdict::From(x) => course = begin(method.init(self.problem, x), Way::begin(n)),
                Verdict::Polish(region) => {
                    let max_iterations = stopping.max_iterations.max(self.trace.len() + POLISH);
                    let stopping = Stopping { max_iterations, ..stopping };
                    return self.descend(&Newton { stopping, ..Newton::default() }, *region, course.way);
                }
                Verdict::Stop(termination) => break termination,
            }
        };
        // While polishing, whatever ends the search, the best place is a minimum.
        match course.converged {
            Some((best, decrement)) if !matches!(termination, Termination::AtInfinity { .. }) => {
                let termination = Termination::Converged { decrement, tolerance: stopping.tolerance };
                (termination, self.end(method, &best))
            }
            _ => (termination, course.end.unwrap_or_else(|| self.end(method, &course.state))),
        }
    }

    /// Judges by an exact decrement: converged, until rounding, or not at all.
    fn judge<M: Method>(&self, method: &M, course: &mut Course<M::State>, iteration: usize) -> Verdict {
        let (problem, stopping) = (self.problem, method.stopping());
        let Standing { point, hessian, decrement } = method.current(&course.state);
        let hessian = hessian.expect("bug: judged by an exact Hessian that is missing");
        if is_flat(problem, point, hessian) {
            return Verdict::Stop(Termination::Flat);
        }
        let best = course.converged.as_ref().map_or(f64::INFINITY, |&(_, best)| best);
        let mut quadratic = decrement.value <= 0.1 * best;
        let out_of_budget = iteration >= stopping.max_iterations;
        let limit = Termination::IterationLimit {
            limit: stopping.max_iterations,
            decrement: decrement.value,
            tolerance: stopping.tolerance,
        };
        // Along a level floor the decrement divides rounding by no curvature: there the gradient itself must be rounding.
        let at_rounding = gradient_is_rounding(problem, point, hessian);
        let certain = at_rounding || decrement.curvature == Curvature::PositiveDefinite;
        let met = decrement.value <= stopping.tolerance && certain;
        // A decrement that falls by a constant factor while the point moves on is no quadratic convergence: is there a
        // minimum at all?
        if course.way.moves(point) && !at_rounding && (out_of_budget || (met && !quadratic)) {
            let measured = if met { decrement.value } else { f64::INFINITY };
            let direction = &course.way.last_move;
            match follow(problem, point, direction, measured) {
                // A curved way to infinity: a ray leaves it, but a coordinate grows by the same factor step after step.
                Ray::Rises if met && course.way.grows() => return at_infinity(direction),
                // The first step also takes what is left across the way; only the next one shows where the way leads.
                Ray::Rises => quadratic |= course.accepted == 1 && decrement.value < best,
                Ray::NeverRises => return at_infinity(direction),
                Ray::Lower(x) if !out_of_budget => return Verdict::From(x),
                Ray::Lower(_) => {
                    course.converged = None;
                    return Verdict::Stop(limit);
                }
            }
        }
        let polished = decrement.value <= stopping.polished && iteration > 0;
        if met && decrement.value < best {
            course.converged = Some((course.state.clone(), decrement.value));
        }
        match course.converged {
            Some((_, decrement)) if !quadratic || polished || out_of_budget => {
                Verdict::Stop(Termination::Converged { decrement, tolerance: stopping.tolerance })
            }
            None if out_of_budget => Verdict::Stop(limit),
            _ => Verdict::GoOn,
        }
    }

    /// Judges by a method's own estimate of the decrement: once that is small enough, by the exact one.
    fn judge_estimate<M: Method>(&self, method: &M, course: &mut Course<M::State>, iteration: usize) -> Verdict {
        let stopping = method.stopping();
        let Standing { point, decrement: estimate, .. } = method.current(&course.state);
        let out_of_budget = iteration >= stopping.max_iterations;
        let newton_from = if out_of_budget { 0.0 } else { method.newton_from(&course.state) };
        // Asked too early, the next Hessian waits until there were twice as many iterations: the vain ones are few.
        let early =
            estimate.value > stopping.tolerance && estimate.value <= newton_from && iteration > 2 * course.too_early;
        if !(estimate.value <= course.demanded || early || out_of_budget) {
            return Verdict::GoOn;
        }
        let region = TrustRegion::around(self.problem, self.problem.expansion(point.x.clone()));
        let decrement = region.standing().decrement;
        if decrement.is_within(stopping.tolerance, newton_from) {
            return Verdict::Polish(Box::new(region));
        }
        if out_of_budget {
            let moves = course.way.moves(point);
            if moves && follow(self.problem, point, &course.way.last_move, f64::INFINITY) == Ray::NeverRises {
                return at_infinity(&course.way.last_move);
            }
            let (limit, tolerance) = (stopping.max_iterations, stopping.tolerance);
            return Verdict::Stop(Termination::IterationLimit { limit, decrement: decrement.value, tolerance });
        }
        if estimate.value > course.demanded {
            course.too_early = iteration;
            return Verdict::GoOn;
        }
        if decrement.curvature == Curvature::Indefinite
            && let Some(x) = self.off_the_saddle(region)
        {
            return Verdict::From(x);
        }
        course.demanded = 0.01 * estimate.value.min(course.demanded);
        Verdict::GoOn
    }

    /// Judges when the method can make no more steps, or was asked for no more.
    fn judge_end<M: Method>(&self, method: &M, course: &mut Course<M::State>, finished: bool) -> Verdict {
        let (problem, stopping) = (self.problem, method.stopping());
        if let Some((_, decrement)) = course.converged {
            return Verdict::Stop(Termination::Converged { decrement, tolerance: stopping.tolerance });
        }
        let standing = method.current(&course.state);
        let exact = standing.hessian.is_some();
        let End { at, decrement } = self.end(method, &course.state);
        course.end = Some(End { at: at.clone(), decrement });
        if is_flat(problem, &at.point, &at.hessian) {
            return Verdict::Stop(Termination::Flat);
        }
        let region = TrustRegion::around(problem, at);
        let newton_from = if finished { 0.0 } else { method.newton_from(&course.state) };
        if !exact && decrement.is_within(stopping.tolerance, newton_from) {
            return Verdict::Polish(Box::new(region));
        }
        let (decrement, curvature, tolerance) = (decrement.value, decrement.curvature, stopping.tolerance);
        if !exact
            && !finished
            && curvature == Curvature::Indefinite
            && let Some(x) = self.off_the_saddle(region.clone())
        {
            return Verdict::From(x);
        }
        if let Some(step) = region.newton_step()
            && !finished
            && decrement <= stopping.attainable
        {
            let noise = noise(problem, standing.point, &problem.short_of_kinks(standing.point, step));
            if 0.5 * decrement <= 10.0 * noise {
                return Verdict::Stop(Termination::AttainableAccuracy { decrement, noise });
            }
        }
        let moved = course.way.last_move.iter().any(|&m| m != 0.0);
        if moved && follow(problem, standing.point, &course.way.last_move, f64::INFINITY) == Ray::NeverRises {
            return at_infinity(&course.way.last_move);
        }
        if finished {
            return Verdict::Stop(Termination::Approximate { decrement, tolerance });
        }
        Verdict::Stop(Termination::Stalled { decrement, tolerance })
    }

    /// One step down from a point of negative curvature, where a method that knows only gradients sees no way.
    fn off_the_saddle(&self, mut region: TrustRegion) -> Option<DVector<f64>> {
        let newton = Newton::default();
        for _ in 0..SADDLE {
            match newton.step(self.problem, &mut region) {
                Step::Accepted { .. } => return Some(region.standing().point.x.clone()),
                Step::Rejected { .. } => {}
                Step::Exhausted | Step::Finished => return None,
            }
        }
        None
    }

    /// The place of a state, with the exact Hessian.
    fn end<M: Method>(&self, method: &M, state: &M::State) -> End {
        let Standing { point, hessian, decrement } = method.current(state);
        if let Some(hessian) = hessian {
            return End { at: Expansion { point: point.clone(), hessian: hessian.clone() }, decrement };
        }
        let at = self.problem.expansion(point.x.clone());
        let decrement = TrustRegion::around(self.problem, at.clone()).standing().decrement;
        End { at, decrement }
    }
}

/// Newton steps at least after another method has come near a minimum, whatever is left of its budget.
const POLISH: usize = 100;

/// Trials of a step off a saddle, each a quarter of the one before.
const SADDLE: usize = 30;

fn at_infinity(direction: &DVector<f64>) -> Verdict {
    Verdict::Stop(Termination::AtInfinity { direction: direction.clone() })
}

/// Whether slopes and Hessian are exactly zero, for one variable or more, and nothing is held.
fn is_flat(problem: &Problem<'_>, point: &Point, hessian: &DMatrix<f64>) -> bool {
    let n = point.x.len();
    n > 0
        && (0..n).all(|i| problem.slope(i, point) == 0.0 && !problem.holds(i, point))
        && hessian.iter().all(|&h| h == 0.0)
}

/// Whether the slope is what rounding of the point alone makes of a zero, `|g_i| <= 16 epsilon (w_i + sum_j |H_ij| |x_j|)`, with `w`
/// the weights of a penalty, in every coordinate that is not held. On a slope that levels off towards infinity it is far above
/// that.
fn gradient_is_rounding(problem: &Problem<'_>, point: &Point, hessian: &DMatrix<f64>) -> bool {
    (0..point.x.len()).filter(|&i| !problem.holds(i, point)).all(|i| {
        let weight = problem.penalty.map_or(0.0, |penalty| penalty.weights[i]);
        let size: f64 = hessian.row(i).iter().zip(&point.x).map(|(h, x)| (h * x).abs()).sum();
        problem.slope(i, point).abs() <= 16.0 * f64::EPSILON * (weight + size)
    })
}
