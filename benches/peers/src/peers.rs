//! argmin and basin, each with the settings that do best on these problems.
//!
//! Tried were gradient tolerances from 1e-3 to 1e-8; trust regions with initial radius 1 and 10 and greatest radius 100 and
//! 1e10, with every solver of the subproblem: Steihaug and dogleg, and for basin Moré-Sorensen; argmin's Newton-CG; L-BFGS
//! with memory 5, 7 and 10 and every line search: Moré-Thuente, Hager-Zhang, backtracking, and basin's Wolfe; basin's L-BFGS
//! and its L-BFGS-B without bounds, which solves more with less. Taken are those that solve most problems, and of these the
//! one with fewest points; for basin's L-BFGS-B also its default line search, which solves one less with fewer points. Left out are argmin's
//! `Newton` (full steps from anywhere, no test for convergence) and methods that see the residuals.
use argmin::core::{self, Error, IterState, KV, Solver, State, TerminationReason, TerminationStatus};
use argmin::solver::linesearch::MoreThuenteLineSearch;
use argmin::solver::quasinewton::LBFGS;
use argmin::solver::trustregion::{Steihaug, TrustRegion};
use basin::{ApplicationStop, BoxBounds, ConstraintSet, FirstOrderState, GradientState as _, State as _, Termination};
use nalgebra::{DMatrix, DVector};
use nalgebra_of_argmin::{DMatrix as M, DVector as V};

use crate::counted::{Counted, TooMany};
use crate::{ITERATIONS, Setting};

/// Besides their own tests, all stop at `|g| <= TOLERANCE max(1, |f|)`: with 1e-6 two problems less are solved.
const TOLERANCE: f64 = 1e-7;

/// And after so many iterations without a lower value: with 3 argmin's trust region solves one problem less.
const PATIENCE: u64 = 5;

/// Greatest radius: with the default 100 neither reaches the minimum of Brown's badly scaled problem.
const RADIUS: f64 = 1e10;

fn is_stationary(gradient: f64, value: f64) -> bool {
    gradient <= TOLERANCE * value.abs().max(1.0)
}

type Iter<H> = IterState<V<f64>, V<f64>, (), H, (), f64>;

impl core::CostFunction for Counted {
    type Param = V<f64>;
    type Output = f64;

    fn cost(&self, x: &V<f64>) -> Result<f64, Error> {
        Ok(self.ask([true, false, false], x.as_slice())?.0)
    }
}

impl core::Gradient for Counted {
    type Param = V<f64>;
    type Gradient = V<f64>;

    fn gradient(&self, x: &V<f64>) -> Result<V<f64>, Error> {
        Ok(V::from_vec(self.ask([false, true, false], x.as_slice())?.1.data.into()))
    }
}

impl core::Hessian for Counted {
    type Param = V<f64>;
    type Hessian = M<f64>;

    fn hessian(&self, x: &V<f64>) -> Result<M<f64>, Error> {
        Ok(M::from_vec(x.len(), x.len(), self.ask([false, false, true], x.as_slice())?.2.data.into()))
    }
}

/// A solver of argmin with the tests for convergence above; its trust region has none of its own.
#[derive(Clone)]
struct Stopping<S>(S);

impl<H, S: Solver<Counted, Iter<H>>> Solver<Counted, Iter<H>> for Stopping<S>
where
    Iter<H>: State<Float = f64>,
{
    fn name(&self) -> &str {
        self.0.name()
    }

    fn init(&mut self, p: &mut core::Problem<Counted>, s: Iter<H>) -> Result<(Iter<H>, Option<KV>), Error> {
        self.0.init(p, s)
    }

    fn next_iter(&mut self, p: &mut core::Problem<Counted>, s: Iter<H>) -> Result<(Iter<H>, Option<KV>), Error> {
        self.0.next_iter(p, s)
    }

    fn terminate(&mut self, state: &Iter<H>) -> TerminationStatus {
        let stationary = state.get_gradient().is_some_and(|g| is_stationary(g.norm(), state.get_cost()));
        if stationary || state.get_iter() - state.get_last_best_iter() > PATIENCE {
            return TerminationStatus::Terminated(TerminationReason::SolverConverged);
        }
        self.0.terminate(state)
    }
}

fn argmin<S, H: 'static>(name: &'static str, solver: S) -> Setting
where
    S: Solver<Counted, Iter<H>> + Clone + 'static,
    Iter<H>: State<Param = V<f64>, Float = f64>,
{
    let run = move |problem: &Counted| {
        let executor = core::Executor::new(problem.clone(), Stopping(solver.clone()));
        let executor = executor
            .configure(|state: Iter<H>| state.param(V::from_column_slice(&problem.start)).max_iters(ITERATIONS));
        let state = executor.ctrlc(false).run().ok()?.state;
        let stopped = state.get_termination_reason() != Some(&TerminationReason::MaxItersReached);
        stopped.then(|| state.get_best_param().map(|x| x.as_slice().to_vec()))?
    };
    Setting { name, run: Box::new(run) }
}

pub(crate) fn argmin_trust_region() -> Setting {
    // The subproblem ends within n iterations, or never where numbers are not finite.
    let solver = TrustRegion::new(Steihaug::<V<f64>, f64>::new().with_max_iters(100));
    argmin("argmin, trust region, Steihaug", solver.with_max_radius(RADIUS).expect("bug: a radius above zero"))
}

pub(crate) fn argmin_lbfgs() -> Setting {
    let solver: LBFGS<_, V<f64>, V<f64>, f64> = LBFGS::new(MoreThuenteLineSearch::<V<f64>, V<f64>, f64>::new(), 10);
    let solver = solver.with_tolerance_grad(0.0).and_then(|solver| solver.with_tolerance_cost(0.0));
    argmin::<_, ()>("argmin, L-BFGS, Moré-Thuente, memory 10", solver.expect("bug: tolerances of zero"))
}

impl basin::CostFunction for Counted {
    type Param = DVector<f64>;
    type Output = f64;
    type Error = TooMany;

    fn cost(&self, x: &DVector<f64>) -> Result<f64, TooMany> {
        Ok(self.ask([true, false, false], x.as_slice())?.0)
    }
}

impl basin::Gradient for Counted {
    type Gradient = DVector<f64>;

    fn gradient(&self, x: &DVector<f64>) -> Result<DVector<f64>, TooMany> {
        Ok(self.ask([false, true, false], x.as_slice())?.1)
    }

    fn cost_and_gradient(&self, x: &DVector<f64>) -> Result<(f64, DVector<f64>), TooMany> {
        let (value, gradient, _) = self.ask([true, true, false], x.as_slice())?;
        Ok((value, gradient))
    }
}

impl basin::Hessian for Counted {
    type Hessian = DMatrix<f64>;

    fn hessian(&self, x: &DVector<f64>) -> Result<DMatrix<f64>, TooMany> {
        Ok(self.ask([false, false, true], x.as_slice())?.2)
    }
}

impl basin::Constraints for Counted {
    type Set = ConstraintSet<BoxBounds<DVector<f64>>>;

    fn constraints(&self) -> ConstraintSet<BoxBounds<&DVector<f64>>> {
        ConstraintSet::new().with_bounds(BoxBounds::new(Some(&self.bounds.lower), Some(&self.bounds.upper)))
    }
}

fn basin<S>(name: &'static str, solver: impl Fn() -> S + 'static) -> Setting
where
    S: basin::Solver<Counted, FirstOrderState<DVector<f64>>> + 'static,
{
    let run = move |problem: &Counted| {
        let start = FirstOrderState::new(DVector::from_column_slice(&problem.start));
        let executor = basin::Executor::new(problem.clone(), solver(), start).max_iter(ITERATIONS);
        let executor = executor.no_objective_improvement(PATIENCE, 0.0).stop_when(|state| {
            let gradient = state.gradient().map_or(f64::INFINITY, DVector::norm);
            is_stationary(gradient, state.cost()).then(|| ApplicationStop::new("stationary"))
        });
        let result = executor.run().ok()?;
        let stopped = !matches!(result.report.termination, Termination::Limit(_));
        stopped.then(|| result.best_param().as_slice().to_vec())
    };
    Setting { name, run: Box::new(run) }
}

pub(crate) fn basin_trust_region() -> Setting {
    basin("basin, trust region, Moré-Sorensen", || {
        basin::TrustRegion::with_subproblem(basin::MoreSorensen::new()).with_max_radius(RADIUS)
    })
}

/// L-BFGS-B with its own tests for convergence switched off.
macro_rules! lbfgsb {
    ($search:expr) => {
        basin::Lbfgsb::<DVector<f64>, f64, _>::with_line_search($search)
            .with_absolute_projected_gradient_tolerance(None)
            .with_relative_cost_reduction_tolerance(None)
            .with_m_capacity(10)
    };
}

pub(crate) fn basin_lbfgs_hager_zhang() -> Setting {
    basin("basin, L-BFGS-B, Hager-Zhang, memory 10", || lbfgsb!(basin::HagerZhang::new()))
}

pub(crate) fn basin_lbfgs_more_thuente() -> Setting {
    basin("basin, L-BFGS-B, Moré-Thuente, memory 10", || lbfgsb!(basin::MoreThuente::new()))
}
