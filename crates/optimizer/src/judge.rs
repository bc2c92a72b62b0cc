//! The verdict on where a method stands: go on, or stop, and why.
use nalgebra::{DMatrix, DVector};

use crate::at_infinity::{Ray, follow};
use crate::noise::noise;
use crate::trust_region::TrustRegion;
use crate::way::Way;
use crate::{Curvature, Decrement, Expansion, Method, Newton, Point, Problem, Standing, Step, Stopping, Termination};

/// How far one method has come.
pub(crate) struct Course<S> {
    pub(crate) state: S,
    /// The best state that met the tolerance, while polishing, and its decrement.
    pub(crate) converged: Option<(S, f64)>,
    /// Whether the decrement was seen to fall quadratically since.
    quadratic: bool,
    /// The number of accepted steps.
    accepted: usize,
    pub(crate) way: Way,
    /// An estimated decrement below this is worth an exact Hessian.
    demanded: f64,
    /// The iteration at which an exact Hessian was evaluated too early.
    too_early: usize,
    /// Where the search has ended, if that was evaluated to judge it.
    pub(crate) end: Option<End>,
}

/// Where a search has ended.
pub(crate) struct End {
    pub(crate) at: Expansion,
    pub(crate) decrement: Decrement,
}

impl End {
    pub(crate) fn at(problem: &Problem<'_>, x: DVector<f64>) -> Self {
        let at = problem.expansion(x);
        let decrement = TrustRegion::around(problem, at.clone()).standing().decrement;
        Self { at, decrement }
    }
}

/// What is to be done.
pub(crate) enum Verdict {
    GoOn,
    /// Begin again from here.
    From(DVector<f64>),
    /// The neighbourhood of a minimum is reached: Newton's method does the rest.
    Polish(Box<TrustRegion>),
    Stop(Termination),
}

/// Trials of a step off a saddle, each a quarter of the one before.
const SADDLE: usize = 30;

impl<S: Clone> Course<S> {
    pub(crate) fn begin(state: S, way: Way, tolerance: f64) -> Self {
        Self {
            state,
            converged: None,
            quadratic: false,
            accepted: 0,
            way,
            demanded: tolerance,
            too_early: 0,
            end: None,
        }
    }

    /// An accepted step.
    pub(crate) fn go_on<M: Method<State = S>>(&mut self, method: &M, from: &DVector<f64>) {
        self.way.go_on(from, &method.current(&self.state).point.x);
        self.accepted += 1;
    }

    /// The direction in which the objective never rises: that of the last step or of Newton's, if one does.
    fn to_infinity(&self, problem: &Problem<'_>, point: &Point, newton_step: Option<&DVector<f64>>) -> Option<Verdict> {
        let mut directions = [Some(&self.way.last_move), newton_step].into_iter().flatten();
        let leads = |direction: &&DVector<f64>| {
            let moves = direction.iter().any(|&m| m != 0.0);
            moves && follow(problem, point, direction, f64::INFINITY) == Ray::NeverRises
        };
        directions.find(leads).map(at_infinity)
    }
}

fn at_infinity(direction: &DVector<f64>) -> Verdict {
    Verdict::Stop(Termination::AtInfinity { direction: direction.clone() })
}

/// Judges by an exact decrement: converged, until rounding, or not at all.
pub(crate) fn by_the_hessian<M: Method>(
    problem: &Problem<'_>,
    method: &M,
    course: &mut Course<M::State>,
    iteration: usize,
) -> Verdict {
    let stopping = method.stopping();
    let (tolerance, out_of_budget) = (stopping.tolerance, iteration >= stopping.max_iterations);
    let Standing { point, hessian, decrement } = method.current(&course.state);
    let hessian = hessian.expect("bug: judged by an exact Hessian that is missing");
    if is_flat(problem, point, hessian) {
        return Verdict::Stop(Termination::Flat);
    }
    let best = course.converged.as_ref().map_or(f64::INFINITY, |&(_, best)| best);
    let mut quadratic = decrement.value <= 0.1 * best;
    let limit = Termination::IterationLimit { limit: stopping.max_iterations, decrement: decrement.value, tolerance };
    // Along a level floor the decrement divides rounding by no curvature: there the gradient itself must be rounding.
    let within = decrement.value <= tolerance;
    let at_rounding = (within || out_of_budget) && gradient_is_rounding(problem, point, hessian);
    let met = within && (at_rounding || decrement.curvature == Curvature::PositiveDefinite);
    // A decrement that falls by a constant factor while the point moves on is no quadratic convergence: is there a minimum at all?
    if course.way.moves(point) && !at_rounding && (out_of_budget || (met && !quadratic)) {
        let measured = if met { decrement.value } else { f64::INFINITY };
        match follow(problem, point, &course.way.last_move, measured) {
            // A curved way to infinity: a ray leaves it, but a coordinate grows by the same factor step after step.
            Ray::Rises if met && course.way.grows() => return at_infinity(&course.way.last_move),
            // The first step also takes what is left across the way; only the next one shows where the way leads.
            Ray::Rises => quadratic |= course.accepted == 1 && decrement.value < best,
            Ray::NeverRises => return at_infinity(&course.way.last_move),
            Ray::Lower(x) if !out_of_budget => return Verdict::From(x),
            Ray::Lower(_) => {
                course.converged = None;
                return Verdict::Stop(limit);
            }
        }
    }
    let polished = (decrement.value <= stopping.polished || (met && at_rounding)) && iteration > 0;
    if met && decrement.value < best {
        course.quadratic |= best.is_finite() && quadratic;
        course.converged = Some((course.state.clone(), decrement.value));
    }
    match course.converged {
        Some((_, decrement)) if !quadratic || polished || out_of_budget => {
            Verdict::Stop(Termination::Converged { decrement, tolerance })
        }
        None if out_of_budget => Verdict::Stop(limit),
        _ => Verdict::GoOn,
    }
}

/// Judges by a method's own estimate of the decrement alone; `ended` where it makes no more steps.
pub(crate) fn by_estimate_alone<M: Method>(
    method: &M,
    course: &Course<M::State>,
    iteration: usize,
    ended: bool,
) -> Verdict {
    let Stopping { tolerance, max_iterations: limit, .. } = method.stopping();
    let decrement = method.current(&course.state).decrement.value;
    if decrement <= tolerance {
        return Verdict::Stop(Termination::Estimated { decrement, tolerance });
    }
    if ended {
        return Verdict::Stop(Termination::Stalled { decrement, tolerance });
    }
    if iteration >= limit {
        return Verdict::Stop(Termination::IterationLimit { limit, decrement, tolerance });
    }
    Verdict::GoOn
}

/// Judges by a method's own estimate of the decrement: once that is small enough, by the exact one.
pub(crate) fn by_estimate<M: Method>(
    problem: &Problem<'_>,
    method: &M,
    course: &mut Course<M::State>,
    iteration: usize,
) -> Verdict {
    let stopping = method.stopping();
    let (tolerance, out_of_budget) = (stopping.tolerance, iteration >= stopping.max_iterations);
    let Standing { point, decrement: estimate, .. } = method.current(&course.state);
    let newton_from = if out_of_budget { 0.0 } else { method.newton_from(&course.state) };
    // Asked too early, the next Hessian waits until there were twice as many iterations: the vain ones are few.
    let early = estimate.value > tolerance && estimate.value <= newton_from && iteration > 2 * course.too_early;
    if !(estimate.value <= course.demanded || early || out_of_budget) {
        return Verdict::GoOn;
    }
    let region = TrustRegion::around(problem, problem.expansion(point.x.clone()));
    let decrement = region.standing().decrement;
    if decrement.is_within(tolerance, newton_from) {
        return Verdict::Polish(Box::new(region));
    }
    if out_of_budget {
        if let Some(verdict) = course.to_infinity(problem, point, region.newton_step().as_ref()) {
            return verdict;
        }
        let limit = stopping.max_iterations;
        return Verdict::Stop(Termination::IterationLimit { limit, decrement: decrement.value, tolerance });
    }
    if estimate.value > course.demanded {
        course.too_early = iteration;
        return Verdict::GoOn;
    }
    course.demanded = 0.01 * estimate.value.min(course.demanded);
    off_the_saddle(problem, region).map_or(Verdict::GoOn, Verdict::From)
}

/// Judges when the method can make no more steps, or was asked for no more.
pub(crate) fn at_the_end<M: Method>(
    problem: &Problem<'_>,
    method: &M,
    course: &mut Course<M::State>,
    finished: bool,
) -> Verdict {
    let (stopping, tolerance) = (method.stopping(), method.stopping().tolerance);
    if course.converged.is_some() {
        return while_polishing(problem, method, course).unwrap_or(Verdict::GoOn);
    }
    let exact = method.current(&course.state).hessian.is_some();
    let End { at, decrement } = end(problem, method, &course.state);
    let point = at.point.clone();
    course.end = Some(End { at: at.clone(), decrement });
    if is_flat(problem, &point, &at.hessian) {
        return Verdict::Stop(Termination::Flat);
    }
    let region = TrustRegion::around(problem, at);
    let newton_from = if finished { 0.0 } else { method.newton_from(&course.state) };
    if !exact && decrement.is_within(tolerance, newton_from) {
        return Verdict::Polish(Box::new(region));
    }
    let newton_step = region.newton_step();
    if !exact
        && !finished
        && let Some(x) = off_the_saddle(problem, region)
    {
        return Verdict::From(x);
    }
    if let Some(verdict) = course.to_infinity(problem, &point, newton_step.as_ref()) {
        return verdict;
    }
    let decrement = decrement.value;
    if let Some(step) = newton_step
        && !finished
        && decrement <= stopping.attainable
    {
        let noise = noise(problem, &point, &problem.short_of_kinks(&point, step));
        if 0.5 * decrement <= 10.0 * noise {
            return Verdict::Stop(Termination::AttainableAccuracy { decrement, noise });
        }
    }
    if finished {
        return Verdict::Stop(Termination::Approximate { decrement, tolerance });
    }
    Verdict::Stop(Termination::Stalled { decrement, tolerance })
}

/// Judges a search that ends while it polishes: the best state is a minimum, unless it was met once only, on a way that never
/// rises. None before the tolerance was met.
pub(crate) fn while_polishing<M: Method>(
    problem: &Problem<'_>,
    method: &M,
    course: &Course<M::State>,
) -> Option<Verdict> {
    let &(ref best, decrement) = course.converged.as_ref()?;
    let point = method.current(best).point;
    if !course.quadratic && course.way.moves(point) {
        match follow(problem, point, &course.way.last_move, decrement) {
            Ray::Rises if course.way.grows() => return Some(at_infinity(&course.way.last_move)),
            Ray::Rises => {}
            Ray::NeverRises => return Some(at_infinity(&course.way.last_move)),
            Ray::Lower(x) => return Some(Verdict::From(x)),
        }
    }
    Some(Verdict::Stop(Termination::Converged { decrement, tolerance: method.stopping().tolerance }))
}

/// One step down from a point of negative curvature, where a method that knows only gradients sees no way.
fn off_the_saddle(problem: &Problem<'_>, mut region: TrustRegion) -> Option<DVector<f64>> {
    if region.standing().decrement.curvature != Curvature::Indefinite {
        return None;
    }
    let newton = Newton::default();
    for _ in 0..SADDLE {
        match newton.step(problem, &mut region) {
            Step::Accepted { .. } => return Some(region.standing().point.x.clone()),
            Step::Rejected { .. } => {}
            Step::Exhausted | Step::Finished => return None,
        }
    }
    None
}

/// The place of a state, with the exact Hessian.
pub(crate) fn end<M: Method>(problem: &Problem<'_>, method: &M, state: &M::State) -> End {
    let Standing { point, hessian, decrement } = method.current(state);
    if let Some(hessian) = hessian {
        return End { at: Expansion { point: point.clone(), hessian: hessian.clone() }, decrement };
    }
    End::at(problem, point.x.clone())
}

/// Whether slopes and Hessian are exactly zero, for one variable or more, and nothing is held.
fn is_flat(problem: &Problem<'_>, point: &Point, hessian: &DMatrix<f64>) -> bool {
    let n = point.x.len();
    n > 0
        && (0..n).all(|i| problem.slope(i, point) == 0.0 && !problem.holds(i, point))
        && hessian.as_slice().iter().all(|&h| h == 0.0)
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
