//! The one loop of all methods.
use std::cell::Cell;
use std::ops::ControlFlow;

use nalgebra::{DMatrix, DVector};

use crate::at_infinity::{Ray, follow};
use crate::level::way_down;
use crate::{Bounds, Curvature, Decrement, Evaluations, Objective, Point, Stopping, Termination};

/// An iterative method: how to begin and how to make one step. The loop does the rest.
pub trait Method {
    /// What the method keeps from step to step.
    type State: Clone;

    /// The name to print.
    fn name(&self) -> &'static str;

    /// When to stop.
    fn stopping(&self) -> Stopping;

    /// The state at the start, a point within the bounds.
    fn init(&self, problem: &Problem<'_>, start: DVector<f64>) -> Self::State;

    /// Tries one step, with one evaluation of the objective.
    fn step(&self, problem: &Problem<'_>, state: &mut Self::State) -> Step;

    /// The point where the method stands, and the decrement there.
    fn current<'s>(&self, state: &'s Self::State) -> (&'s Point, Decrement);
}

/// What became of a step.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Step {
    /// The method stands at a new point.
    Accepted {
        /// The length of the step in the method's own scale.
        length: f64,
    },
    /// The trial point was worse or impossible; the next trial will be nearer.
    Rejected {
        /// The length of the step in the method's own scale.
        length: f64,
    },
    /// No step can improve on the point: improvements are below rounding.
    Exhausted,
}

/// The objective within its bounds, with its evaluations counted.
pub struct Problem<'a> {
    objective: &'a dyn Objective,
    /// The bounds.
    pub bounds: &'a Bounds,
    evaluations: Cell<Evaluations>,
}

impl Problem<'_> {
    /// Evaluates value, gradient and Hessian.
    pub fn point(&self, x: DVector<f64>) -> Point {
        self.count(|evaluations| evaluations.hessians += 1);
        let (value, gradient, hessian) = self.objective.value_gradient_hessian(&x);
        Point { x, value, gradient, hessian }
    }

    /// Evaluates the value alone.
    pub fn value(&self, x: &DVector<f64>) -> f64 {
        self.count(|evaluations| evaluations.values += 1);
        self.objective.value(x)
    }

    fn count(&self, add: impl Fn(&mut Evaluations)) {
        let mut evaluations = self.evaluations.get();
        add(&mut evaluations);
        self.evaluations.set(evaluations);
    }
}

/// One line of the trace: where the method stood when an iteration began, and what its step became.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Progress {
    /// The iteration, from 0.
    pub iteration: usize,
    /// The objective.
    pub value: f64,
    /// The Newton decrement, infinite where the curvature is indefinite.
    pub decrement: f64,
    /// What became of the step; none where the loop stopped before one.
    pub step: Option<Step>,
}

/// The result of [`minimize`].
#[derive(Clone, Debug)]
pub struct Report {
    /// The best point, `n`.
    pub x: DVector<f64>,
    /// The objective there.
    pub value: f64,
    /// The gradient there, `n`.
    pub gradient: DVector<f64>,
    /// The Hessian there, `n x n`.
    pub hessian: DMatrix<f64>,
    /// The Newton decrement there.
    pub decrement: Decrement,
    /// Why the loop stopped.
    pub termination: Termination,
    /// One line per iteration.
    pub trace: Vec<Progress>,
    /// How often the objective was evaluated.
    pub evaluations: Evaluations,
    /// The name of the method.
    pub method: &'static str,
}

impl Report {
    /// The report of a search that went on from this one, with the trace and the evaluations of both.
    pub fn followed_by(mut self, next: Self) -> Self {
        self.trace.extend(next.trace);
        for (iteration, line) in self.trace.iter_mut().enumerate() {
            line.iteration = iteration;
        }
        let (first, second) = (self.evaluations, next.evaluations);
        let evaluations = Evaluations {
            values: first.values + second.values,
            gradients: first.gradients + second.gradients,
            hessians: first.hessians + second.hessians,
        };
        Self { trace: self.trace, evaluations, ..next }
    }
}

/// Minimises `objective` between `bounds` from `start` (`n`), which is first moved into the bounds.
///
/// # Panics
/// If the lengths of start and bounds differ from the objective's dimension.
pub fn minimize<M: Method>(method: &M, objective: &dyn Objective, bounds: &Bounds, start: &DVector<f64>) -> Report {
    minimize_watched(method, objective, bounds, start, &mut |_| ControlFlow::Continue(()))
}

/// [`minimize`], which hands each line of the trace to `watch` when the step is made. Where `watch` breaks, the search ends
/// with what it has: [`Termination::Interrupted`], or as converged if it only polishes.
///
/// # Panics
/// As [`minimize`].
pub fn minimize_watched<M: Method>(
    method: &M,
    objective: &dyn Objective,
    bounds: &Bounds,
    start: &DVector<f64>,
    watch: &mut dyn FnMut(&Progress) -> ControlFlow<()>,
) -> Report {
    let n = objective.dimension();
    assert!(
        start.len() == n && bounds.lower.len() == n && bounds.upper.len() == n,
        "start and bounds have the objective's dimension {n}"
    );
    let problem = Problem { objective, bounds, evaluations: Cell::default() };
    let mut search = Search { method, problem: &problem, watch, trace: Vec::with_capacity(16), interrupted: false };
    let (mut termination, mut state) = search.descend(method.init(&problem, bounds.project(start)));
    // A floor that is level here may lead down further on.
    if termination.is_converged()
        && !search.interrupted
        && let Some(x) = way_down(&problem, method.current(&state).0)
    {
        (termination, state) = search.descend(method.init(&problem, x));
    }
    let (point, decrement) = method.current(&state);
    let Point { x, value, gradient, hessian } = point.clone();
    let (trace, evaluations) = (search.trace, problem.evaluations.get());
    Report { x, value, gradient, hessian, decrement, termination, trace, evaluations, method: method.name() }
}

/// A search under way.
struct Search<'s, M> {
    method: &'s M,
    problem: &'s Problem<'s>,
    watch: &'s mut dyn FnMut(&Progress) -> ControlFlow<()>,
    trace: Vec<Progress>,
    /// Whether `watch` has ended it.
    interrupted: bool,
}

impl<M: Method> Search<'_, M> {
    /// Steps until there is a reason to stop: the reason, and the state to report, the best one where it has converged.
    fn descend(&mut self, mut state: M::State) -> (Termination, M::State) {
        let (problem, stopping) = (self.problem, self.method.stopping());
        let n = problem.objective.dimension();
        let mut converged: Option<(M::State, f64)> = None; // the best state that met the tolerance, while polishing
        let mut last_move = DVector::zeros(n);
        let mut growing = 0; // accepted steps in a row in which a coordinate has grown

        let termination = loop {
            let (point, decrement) = self.method.current(&state);
            let iteration = self.trace.len();
            self.trace.push(Progress { iteration, value: point.value, decrement: decrement.value, step: None });
            if !point.is_finite() {
                break Termination::NonFiniteStart;
            }
            if is_flat(point) && n > 0 {
                break Termination::Flat;
            }

            // Converged, until rounding, or not at all.
            let criterion = Criterion { decrement: decrement.value, tolerance: stopping.tolerance };
            let best = converged.as_ref().map_or(f64::INFINITY, |&(_, best)| best);
            let quadratic = decrement.value <= 0.1 * best;
            let moves = last_move.iter().zip(&point.x).any(|(m, x): (&f64, &f64)| m.abs() > 1e-8 * x.abs());
            let out_of_budget = iteration >= stopping.max_iterations;
            // Along a level floor the decrement divides rounding by no curvature: there the gradient itself must be rounding.
            let at_rounding = gradient_is_rounding(point, problem.bounds);
            let certain = at_rounding || decrement.curvature == Curvature::PositiveDefinite;
            let met = decrement.value <= stopping.tolerance && certain;
            // A decrement that falls by a constant factor while the point moves on is no quadratic convergence: is there a
            // minimum at all?
            if moves && !at_rounding && (out_of_budget || (met && !quadratic)) {
                let measured = if met { decrement.value } else { f64::INFINITY };
                match follow(problem, point, &last_move, measured) {
                    // A curved way to infinity: a ray leaves it, but a coordinate grows by the same factor step after step.
                    Ray::Rises if met && growing >= GROWING => {
                        break Termination::AtInfinity { direction: last_move };
                    }
                    Ray::Rises => {}
                    Ray::NeverRises => break Termination::AtInfinity { direction: last_move },
                    Ray::Lower(x) if !out_of_budget => {
                        converged = None;
                        last_move = DVector::zeros(n);
                        state = self.method.init(problem, x);
                        continue;
                    }
                    Ray::Lower(_) => break criterion.out_of_budget(iteration),
                }
            }
            let polished = decrement.value <= stopping.polished && iteration > 0;
            if met && decrement.value < best {
                converged = Some((state.clone(), decrement.value));
            }
            if converged.is_some() && (!quadratic || polished || out_of_budget) {
                break criterion.met();
            }
            if out_of_budget {
                break criterion.out_of_budget(iteration);
            }

            // One step.
            let from = point.x.clone();
            let step = self.method.step(problem, &mut state);
            self.trace[iteration].step = Some(step);
            if (self.watch)(&self.trace[iteration]).is_break() {
                self.interrupted = true;
                break if converged.is_some() { criterion.met() } else { criterion.interrupted() };
            }
            match step {
                Step::Accepted { .. } => {
                    let x = &self.method.current(&state).0.x;
                    last_move = x - from;
                    growing = if grows(x, &last_move) { growing + 1 } else { 0 };
                }
                Step::Rejected { .. } => {}
                Step::Exhausted if converged.is_some() => break criterion.met(),
                Step::Exhausted => {
                    let moved = last_move.iter().any(|&m| m != 0.0);
                    let (point, _) = self.method.current(&state);
                    if moved && follow(problem, point, &last_move, f64::INFINITY) == Ray::NeverRises {
                        break Termination::AtInfinity { direction: last_move };
                    }
                    break criterion.stalled();
                }
            }
        };

        match (termination, converged) {
            (Termination::Converged { tolerance, .. }, Some((best, decrement))) => {
                (Termination::Converged { decrement, tolerance }, best)
            }
            (other, _) => (other, state),
        }
    }
}

/// So many steps of growth in a row lead to infinity, where the decrement does not fall quadratically.
const GROWING: usize = 5;

/// Whether a coordinate has grown in size by a twentieth or more.
fn grows(x: &DVector<f64>, step: &DVector<f64>) -> bool {
    x.iter().zip(step).any(|(&x, &step)| step != 0.0 && step / x >= 0.05)
}

fn is_flat(point: &Point) -> bool {
    point.gradient.iter().chain(point.hessian.iter()).all(|&d| d == 0.0)
}

/// Whether the gradient is what rounding of the point alone makes of a zero, `|g_i| <= 16 epsilon sum_j |H_ij| |x_j|`, in every
/// coordinate that is not held on a bound. On a slope that levels off towards infinity it is far above that.
fn gradient_is_rounding(point: &Point, bounds: &Bounds) -> bool {
    (0..point.x.len()).filter(|&i| !bounds.holds(i, point.x[i], point.gradient[i])).all(|i| {
        let size: f64 = point.hessian.row(i).iter().zip(&point.x).map(|(h, x)| (h * x).abs()).sum();
        point.gradient[i].abs() <= 16.0 * f64::EPSILON * size
    })
}

/// The criterion with what was measured, turned into the outcome that the loop has found.
struct Criterion {
    decrement: f64,
    tolerance: f64,
}

impl Criterion {
    fn met(self) -> Termination {
        Termination::Converged { decrement: self.decrement, tolerance: self.tolerance }
    }

    fn stalled(self) -> Termination {
        Termination::Stalled { decrement: self.decrement, tolerance: self.tolerance }
    }

    fn interrupted(self) -> Termination {
        Termination::Interrupted { decrement: self.decrement, tolerance: self.tolerance }
    }

    fn out_of_budget(self, limit: usize) -> Termination {
        Termination::IterationLimit { limit, decrement: self.decrement, tolerance: self.tolerance }
    }
}

impl Decrement {
    /// Where the curvature is indefinite.
    pub(crate) const INDEFINITE: Self = Self { value: f64::INFINITY, curvature: Curvature::Indefinite };
}
