//! A start from some of the rows.
//!
//! With many rows most of a search's way can be made on few of them: the maximum over `n / 16` rows is about 4 standard errors per
//! coefficient from that over all `n`, where Newton's method converges quadratically. From there a search over all rows needs
//! three or four passes instead of ten. Rows are taken eight neighbours at a time: where neighbours are alike a part says less.
//! Only the start comes from a part; every number that is reported comes from all rows.
use std::ops::ControlFlow;

use maxlik_model::{Likelihood, Parameter};
use maxlik_optimizer::{
    Curvature, Evaluations, InvalidProblem, L1, Method, Problem, Progress, Standing, Step, Stopping,
};
use nalgebra::DVector;

use crate::fitting::search;
use crate::free_scale::{Coefficient, FreeScale};

/// The parts of the rows, in the order in which they are searched: one of so many each. A smaller first part costs less than the
/// steps that it saves the second.
const ONE_OF: [usize; 2] = [256, 16];

/// A part has at least so many rows, ...
const ROWS: usize = 1000;

/// ... and so many for each coefficient: the estimates of fewer are no better a start than any.
const ROWS_PER_COEFFICIENT: usize = 20;

/// A part's search ends at `g' H^-1 g <= 1`, one of its standard errors: those of sampling are more, and a Newton step takes away both.
const TOLERANCE: f64 = 1.0;

/// A search over a part that needs more iterations is no help.
const ITERATIONS: usize = 50;

/// A search over a part of the rows, which gave the next search its start.
#[derive(Clone, Debug)]
pub struct Stage {
    /// The number of rows in the part.
    pub rows: usize,
    /// One line per iteration; `value` is minus the log-likelihood of the part.
    pub trace: Vec<Progress>,
    /// How often the log-likelihood of the part was evaluated.
    pub evaluations: Evaluations,
}

/// The coefficients from which to search over all rows, and the searches over parts of them that led there. None where there are
/// few rows, where a parameter has a start of its own, or where such a search finds no maximum.
pub(crate) fn start<M: Method>(
    likelihood: &dyn Likelihood,
    coefficients: &[Coefficient],
    method: &M,
) -> Option<(Vec<Coefficient>, Vec<Stage>)> {
    if likelihood.parameters().iter().any(Parameter::has_own_start) {
        return None;
    }
    let free = coefficients.iter().filter(|coefficient| !coefficient.held).count();
    let least = ROWS.max(ROWS_PER_COEFFICIENT * free);
    let terms = likelihood.n_terms();
    let large_enough = ONE_OF.into_iter().filter(|one_of| terms / one_of >= least);
    let mut found: Option<(Vec<Coefficient>, Vec<Stage>)> = None;
    for one_of in large_enough {
        let (mut coefficients, mut stages) = found.unwrap_or_else(|| (coefficients.to_vec(), Vec::new()));
        let rows = one_of_each(terms, one_of);
        let part = likelihood.part(&rows)?;
        let report = search(&*part, &coefficients, &Roughly(method), &mut |_| ControlFlow::Continue(())).ok()?;
        if !report.termination.is_converged() || report.decrement.curvature != Curvature::PositiveDefinite {
            return None;
        }
        let theta = FreeScale::new(&*part, &coefficients).natural(&report.x);
        for (coefficient, value) in coefficients.iter_mut().zip(theta) {
            coefficient.value = value;
        }
        stages.push(Stage { rows: rows.len(), trace: report.trace, evaluations: report.evaluations });
        found = Some((coefficients, stages));
    }
    found
}

/// Rows are chosen so many together: what follows each other in a column costs hardly more than one, for memory is read by lines of eight
/// numbers.
const TOGETHER: usize = 8;

/// One of every `one_of` groups of rows, at a place among them that looks random: evenly spaced ones would see one phase of what
/// repeats itself.
fn one_of_each(rows: usize, one_of: usize) -> Vec<usize> {
    let groups = (0..rows / TOGETHER / one_of).map(|i| i * one_of + place(i, one_of));
    groups.flat_map(|group| (0..TOGETHER).map(move |row| group * TOGETHER + row)).collect()
}

/// A number below `one_of`, of the digits of the golden ratio's multiples.
#[allow(clippy::cast_possible_truncation, reason = "below `one_of`")]
fn place(i: usize, one_of: usize) -> usize {
    ((i as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_right(40) % one_of as u64) as usize
}

/// A method that is content with a rough maximum.
struct Roughly<'m, M>(&'m M);

impl<M: Method> Method for Roughly<'_, M> {
    type State = M::State;

    fn name(&self) -> &'static str {
        self.0.name()
    }

    fn stopping(&self) -> Stopping {
        let Stopping { tolerance, polished, max_iterations, attainable } = self.0.stopping();
        Stopping {
            tolerance: tolerance.max(TOLERANCE),
            polished: polished.max(TOLERANCE),
            max_iterations: max_iterations.min(ITERATIONS),
            attainable,
        }
    }

    fn validate(&self) -> Result<(), InvalidProblem> {
        self.0.validate()
    }

    fn init(&self, problem: &Problem<'_>, start: DVector<f64>) -> M::State {
        self.0.init(problem, start)
    }

    fn step(&self, problem: &Problem<'_>, state: &mut M::State) -> Step {
        self.0.step(problem, state)
    }

    fn current<'s>(&self, state: &'s M::State) -> Standing<'s> {
        self.0.current(state)
    }

    fn newton_from(&self, state: &M::State) -> f64 {
        self.0.newton_from(state)
    }

    fn penalty(&self) -> Option<&L1> {
        self.0.penalty()
    }
}
