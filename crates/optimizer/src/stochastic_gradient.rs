//! Gradient steps on batches of the terms of a sum.
//!
//! Notation: `x` the iterate, `m` the number of terms, `D` the scale (see `diagonal_scale.rs`), `g` the mean gradient of a batch.
use nalgebra::{DMatrix, DVector};
use rand::SeedableRng;
use rand::rngs::StdRng;
use rand::seq::SliceRandom;

use crate::diagonal_scale::{diagonal_decrement, diagonal_scale, measured_again};
use crate::step_rule::Moments;
use crate::{Decrement, Expansion, InvalidProblem, Method, Point, Problem, Rule, Schedule, Standing, Step, Stopping};

/// Gradient steps on small batches of the terms of a sum: an approximation of the minimum after few passes over many terms.
///
/// An iteration is an epoch: the terms are shuffled, dealt into batches of equal size (to one) without replacement, and each
/// batch makes a step by the [`Rule`], as long as the [`Schedule`] says. Over the last epochs the iterates are averaged; steps
/// that leave the bounds are projected on them. The terms are those of
/// [`Objective::terms`](crate::Objective::terms): an objective of one term makes one step of the whole gradient in each epoch.
///
/// Steps are made in dimensionless coordinates `D x` with `D_i = sqrt(|H_ii| / m)`, so that they do not depend on units and
/// need no tuning: the exact Hessian is evaluated at the start and after the first, second, fourth, eighth, .. epoch until
/// averaging begins; the scale falls by a half at most each time. Correlations between coordinates slow the steps down: centre covariates.
///
/// An epoch that leads to an impossible point, or above the value at the start of the search, is undone, and further steps are
/// half as long ([`Step::Rejected`]), until the scale is measured again.
///
/// Where the epochs are used up, the result is [`Approximate`](crate::Termination::Approximate), unless the exact Newton
/// decrement says that it has converged. The same seed gives the same bits.
///
/// # Formula
/// `x <- P(x - s_k D^-1 d(D^-1 g))` with `g` the mean gradient of the batch, the direction `d` and the first step `s_0` of the
/// rule, `s_k` by the schedule, and the projection `P` on the bounds.
///
/// # Example
/// The mean of many numbers, as the minimum of a sum of squares.
/// ```
/// use maxlik_optimizer::{Bounds, Objective, StochasticGradient, Termination, minimize};
/// use nalgebra::{DMatrix, DVector, dvector};
///
/// struct Squares(Vec<f64>);
/// impl Objective for Squares {
///     fn dimension(&self) -> usize {
///         1
///     }
///     fn value_gradient_hessian(&self, x: &DVector<f64>) -> (f64, DVector<f64>, DMatrix<f64>) {
///         let sum = |f: fn(f64) -> f64| self.0.iter().map(|y| f(x[0] - y)).sum::<f64>();
///         (sum(|d| 0.5 * d * d), dvector![sum(|d| d)], DMatrix::from_element(1, 1, self.0.len() as f64))
///     }
///     fn terms(&self) -> usize {
///         self.0.len()
///     }
///     fn value_gradient_of(&self, terms: &[usize], x: &DVector<f64>) -> (f64, DVector<f64>) {
///         let sum = |f: fn(f64) -> f64| terms.iter().map(|&i| f(x[0] - self.0[i])).sum::<f64>();
///         (sum(|d| 0.5 * d * d), dvector![sum(|d| d)])
///     }
/// }
///
/// let squares = Squares((0..1000).map(|i| f64::from(i * i % 97) / 28.0).collect()); // of variance 1
/// let mean = squares.0.iter().sum::<f64>() / 1000.0;
/// let report = minimize(&StochasticGradient::default(), &squares, &Bounds::none(1), &dvector![0.0])?;
/// let Termination::Approximate { decrement, .. } = report.termination else { panic!("noise") };
/// assert!((decrement - 1000.0 * (report.x[0] - mean).powi(2)).abs() < 1e-9 && decrement < 0.01);
/// # Ok::<(), maxlik_optimizer::InvalidProblem>(())
/// ```
///
/// # References
/// Robbins & Monro, "A stochastic approximation method" (1951); Polyak & Juditsky, "Acceleration of stochastic approximation by
/// averaging" (1992); Bottou, Curtis & Nocedal, "Optimization methods for large-scale machine learning" (2018).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StochasticGradient {
    /// The greatest number of terms in a batch, at least 1; default 64.
    pub batch: usize,
    /// The number of passes over all terms after which the result is an approximation; default 30.
    pub epochs: usize,
    /// What makes a step of the gradients; default [`Rule::plain`].
    pub rule: Rule,
    /// How steps become shorter; default [`Schedule::decreasing`].
    pub schedule: Schedule,
    /// The part of the epochs, the last ones, over which iterates are averaged, from 0 (the last iterate alone) to 1; default
    /// 0.5.
    pub averaged: f64,
    /// The seed of the shuffles; default 1.
    pub seed: u64,
    /// Converged when `g' H^-1 g <= tolerance`; default 1e-10.
    pub tolerance: f64,
}

impl Default for StochasticGradient {
    fn default() -> Self {
        Self {
            batch: 64,
            epochs: 30,
            rule: Rule::plain(),
            schedule: Schedule::decreasing(),
            averaged: 0.5,
            seed: 1,
            tolerance: Stopping::default().tolerance,
        }
    }
}

impl StochasticGradient {
    /// The greatest number of terms in a batch.
    pub fn with_batch(mut self, batch: usize) -> Self {
        self.batch = batch;
        self
    }

    /// The number of passes over all terms.
    pub fn with_epochs(mut self, epochs: usize) -> Self {
        self.epochs = epochs;
        self
    }

    /// What makes a step of the gradients.
    pub fn with_rule(mut self, rule: Rule) -> Self {
        self.rule = rule;
        self
    }

    /// How steps become shorter.
    pub fn with_schedule(mut self, schedule: Schedule) -> Self {
        self.schedule = schedule;
        self
    }

    /// The part of the epochs, the last ones, over which iterates are averaged.
    pub fn with_averaged(mut self, averaged: f64) -> Self {
        self.averaged = averaged;
        self
    }

    /// The seed of the shuffles.
    pub fn with_seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// Converged when `g' H^-1 g <= tolerance`.
    pub fn with_tolerance(mut self, tolerance: f64) -> Self {
        self.tolerance = tolerance;
        self
    }
}

/// Where a stochastic gradient search stands.
#[derive(Clone)]
pub struct StochasticGradientState {
    /// The average of the iterates, or the iterate where averaging has not begun.
    point: Point,
    decrement: f64,
    /// The value where the search began.
    first_value: f64,
    /// Epochs made, and those of them that were not undone.
    epoch: usize,
    accepted: usize,
    /// What undone epochs have made of the length of steps.
    shortened: f64,
    iterates: Iterates,
}

/// What changes with every batch.
#[derive(Clone)]
struct Iterates {
    x: DVector<f64>,
    /// `D`
    scale: DVector<f64>,
    moments: Moments,
    /// The sum of the iterates to be averaged, and how many.
    sum: DVector<f64>,
    summed: usize,
    /// How many of them stood on the upper bound of each coordinate, less those on the lower bound.
    on_bound: DVector<f64>,
}

impl Method for StochasticGradient {
    type State = StochasticGradientState;

    fn name(&self) -> &'static str {
        "stochastic gradient"
    }

    fn stopping(&self) -> Stopping {
        // The method counts its epochs itself.
        Stopping { tolerance: self.tolerance, max_iterations: usize::MAX, ..Stopping::default() }
    }

    fn validate(&self) -> Result<(), InvalidProblem> {
        InvalidProblem::setting("batch", "at least 1", self.batch as f64, self.batch > 0)?;
        let valid = (0.0..=1.0).contains(&self.averaged);
        InvalidProblem::setting("averaged", "a number from 0 to 1", self.averaged, valid)?;
        self.rule.validate()?;
        self.schedule.validate()
    }

    fn init(&self, problem: &Problem<'_>, start: DVector<f64>) -> StochasticGradientState {
        let (at, m, n) = (problem.expansion(start), problem.terms(), problem.dimension());
        let scale = diagonal_scale(&at, m);
        let decrement = diagonal_decrement(problem, &at.point, &scale) / m as f64;
        let (x, sum, on_bound) = (at.point.x.clone(), DVector::zeros(n), DVector::zeros(n));
        let iterates = Iterates { x, scale, moments: Moments::new(n), sum, summed: 0, on_bound };
        let first_value = at.point.value;
        StochasticGradientState {
            point: at.point,
            decrement,
            first_value,
            epoch: 0,
            accepted: 0,
            shortened: 1.0,
            iterates,
        }
    }

    fn step(&self, problem: &Problem<'_>, state: &mut StochasticGradientState) -> Step {
        if state.epoch >= self.epochs {
            return Step::Finished;
        }
        // One epoch.
        let mut iterates = state.iterates.clone();
        let went = self.pass(problem, state, &mut iterates);
        let (x, m) = (iterates.place(problem), problem.terms() as f64);
        let length = (&x - &state.point.x).component_mul(&iterates.scale).norm() * m.sqrt();
        state.epoch += 1;

        // Value and gradient of all terms, with the Hessian if it is time to measure the scale.
        let measures = (state.accepted + 1).is_power_of_two() && iterates.summed == 0;
        let (point, hessian) = match (went, measures) {
            (false, _) => (None, None),
            (true, false) => (Some(problem.point(x)), None),
            (true, true) => {
                let Expansion { point, hessian } = problem.expansion(x);
                (Some(point), Some(hessian))
            }
        };

        // Acceptance.
        let Some(point) = point.filter(|point| point.is_finite() && point.value <= state.first_value) else {
            state.shortened *= 0.5;
            return Step::Rejected { length };
        };
        state.accepted += 1;
        if let Some(hessian) = hessian {
            iterates.measure(&hessian, problem.terms());
            state.shortened = 1.0;
        }
        state.decrement = diagonal_decrement(problem, &point, &iterates.scale) / m;
        (state.point, state.iterates) = (point, iterates);
        Step::Accepted { length }
    }

    fn current<'s>(&self, state: &'s StochasticGradientState) -> Standing<'s> {
        Standing { point: &state.point, hessian: None, decrement: Decrement::assumed(state.decrement) }
    }
}

impl StochasticGradient {
    /// Makes a step for each batch; whether all gradients were finite.
    fn pass(&self, problem: &Problem<'_>, state: &StochasticGradientState, iterates: &mut Iterates) -> bool {
        let (m, epoch) = (problem.terms(), state.epoch);
        let averages = epoch as f64 >= (1.0 - self.averaged) * self.epochs as f64;
        let order = self.shuffled(m, epoch);
        let batches = m.div_ceil(self.batch);
        problem.count_pass();
        for i in 0..batches {
            // The mean gradient of the batch, in the scale D.
            let batch = &order[i * m / batches..(i + 1) * m / batches];
            let (_, gradient) = problem.part(batch, &iterates.x);
            let g = (gradient / batch.len() as f64).component_div(&iterates.scale);
            if g.iter().any(|g| !g.is_finite()) {
                return false;
            }

            // The step.
            let part = self.schedule.part(epoch * batches + i, self.epochs * batches);
            let step = state.shortened * part * self.rule.step();
            let direction = iterates.moments.direction(&self.rule, g).component_div(&iterates.scale);
            iterates.x = problem.bounds.project(&(&iterates.x - step * direction));

            // The average.
            if averages {
                iterates.sum += &iterates.x;
                iterates.summed += 1;
                let (x, bounds) = (&iterates.x, problem.bounds);
                iterates.on_bound += DVector::from_fn(x.len(), |i, _| {
                    f64::from(x[i] >= bounds.upper[i]) - f64::from(x[i] <= bounds.lower[i])
                });
            }
        }
        true
    }

    /// The terms in the order of an epoch.
    fn shuffled(&self, terms: usize, epoch: usize) -> Vec<usize> {
        let mut seed = [0; 32];
        seed[..8].copy_from_slice(&self.seed.to_le_bytes());
        seed[8..16].copy_from_slice(&(epoch as u64).to_le_bytes());
        let mut order: Vec<usize> = (0..terms).collect();
        order.shuffle(&mut StdRng::from_seed(seed));
        order
    }
}

impl Iterates {
    /// The average, or the iterate where averaging has not begun. A coordinate of which most iterates stand on a bound is there.
    fn place(&self, problem: &Problem<'_>) -> DVector<f64> {
        if self.summed == 0 {
            return self.x.clone();
        }
        let (n, bounds) = (self.summed as f64, problem.bounds);
        DVector::from_fn(self.x.len(), |i, _| match self.on_bound[i] / n {
            part if part > 0.5 => bounds.upper[i],
            part if part < -0.5 => bounds.lower[i],
            _ => (self.sum[i] / n).max(bounds.lower[i]).min(bounds.upper[i]),
        })
    }

    /// Goes over to the scale by the Hessian here.
    fn measure(&mut self, hessian: &DMatrix<f64>, terms: usize) {
        let scale = measured_again(&self.scale, hessian, terms);
        self.moments.rescale(&self.scale.component_div(&scale));
        self.scale = scale;
    }
}
