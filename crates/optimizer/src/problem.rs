//! The objective as the methods see it: within its bounds, with its evaluations counted.
use std::cell::Cell;

use nalgebra::{DMatrix, DVector};

use crate::objective::all_finite;
use crate::{Bounds, Evaluations, Expansion, L1, Objective, Point};

/// The objective within its bounds, with its evaluations counted.
pub struct Problem<'a> {
    objective: &'a dyn Objective,
    /// The bounds.
    pub bounds: &'a Bounds,
    /// The penalty that the method adds to the objective.
    pub penalty: Option<&'a L1>,
    evaluations: Cell<Evaluations>,
}

impl<'a> Problem<'a> {
    pub(crate) fn new(objective: &'a dyn Objective, bounds: &'a Bounds, penalty: Option<&'a L1>) -> Self {
        Self { objective, bounds, penalty, evaluations: Cell::default() }
    }

    /// The number of variables.
    pub fn dimension(&self) -> usize {
        self.objective.dimension()
    }

    /// The number of terms that the objective is a sum of.
    pub fn terms(&self) -> usize {
        self.objective.terms()
    }

    /// Evaluates the value alone.
    pub fn value(&self, x: &DVector<f64>) -> f64 {
        self.count(Evaluations { values: 1, ..Evaluations::default() });
        self.penalized(self.objective.value(x), x)
    }

    /// Evaluates value and gradient.
    pub fn point(&self, x: DVector<f64>) -> Point {
        self.count(Evaluations { gradients: 1, ..Evaluations::default() });
        let (value, gradient) = self.objective.value_gradient(&x);
        Point { value: self.penalized(value, &x), gradient, x }
    }

    /// Evaluates value, gradient and Hessian.
    pub fn expansion(&self, x: DVector<f64>) -> Expansion {
        self.count(Evaluations { hessians: 1, ..Evaluations::default() });
        let (value, gradient, hessian) = self.objective.value_gradient_hessian(&x);
        Expansion { point: Point { value: self.penalized(value, &x), gradient, x }, hessian }
    }

    /// Evaluates the expectation of the Hessian; none where it is not known or not finite.
    pub fn expected_hessian(&self, x: &DVector<f64>) -> Option<DMatrix<f64>> {
        let hessian = self.objective.expected_hessian(x)?;
        self.count(Evaluations { hessians: 1, ..Evaluations::default() });
        all_finite(&hessian).then_some(hessian)
    }

    /// Evaluates value and gradient of some terms of the sum, which counts by their part of all terms when they add up to a
    /// whole pass: the caller says so by [`count_pass`](Problem::count_pass).
    pub fn part(&self, terms: &[usize], x: &DVector<f64>) -> (f64, DVector<f64>) {
        self.objective.value_gradient_of(terms, x)
    }

    /// Counts a pass over all terms that was made in parts as one evaluation with gradient.
    pub fn count_pass(&self) {
        self.count(Evaluations { gradients: 1, ..Evaluations::default() });
    }

    /// Counts a value that a method found by itself, as an E-step does.
    pub fn count_value(&self) {
        self.count(Evaluations { values: 1, ..Evaluations::default() });
    }

    /// How often the objective was evaluated so far.
    pub fn evaluations(&self) -> Evaluations {
        self.evaluations.get()
    }

    /// Whether coordinate `i` stays where it is: on a bound beyond which the objective falls, or at the kink of the penalty
    /// with a slope that is no match for it.
    pub fn holds(&self, i: usize, point: &Point) -> bool {
        self.bounds.holds(i, point.x[i], self.slope(i, point))
            || self.penalty.is_some_and(|penalty| penalty.holds(i, point.x[i], point.gradient[i]))
    }

    /// The derivative of objective and penalty by coordinate `i`; at the kink of the penalty the one of least size.
    pub fn slope(&self, i: usize, point: &Point) -> f64 {
        self.penalty.map_or(point.gradient[i], |penalty| penalty.slope(i, point.x[i], point.gradient[i]))
    }

    /// What objective and penalty change by from a point to `x`, a `step` away, while the objective keeps its slope.
    pub(crate) fn slope_along(&self, point: &Point, x: &DVector<f64>, step: &DVector<f64>) -> f64 {
        match self.penalty {
            None => point.gradient.dot(step),
            Some(penalty) => (0..x.len()).map(|i| penalty.change(i, point.x[i], x[i], point.gradient[i])).sum(),
        }
    }

    /// The longest part of a step, up to the whole, on which no penalised coordinate crosses its kink.
    pub(crate) fn short_of_kinks(&self, point: &Point, step: DVector<f64>) -> DVector<f64> {
        let Some(penalty) = self.penalty else { return step };
        let crosses = |i: &usize| penalty.weights[*i] > 0.0 && point.x[*i] * (point.x[*i] + step[*i]) < 0.0;
        let part = (0..step.len()).filter(crosses).map(|i| -point.x[i] / step[i]).fold(1.0, f64::min);
        step * part
    }

    /// A value of the objective with the penalty; an infinite one stays what it is.
    fn penalized(&self, value: f64, x: &DVector<f64>) -> f64 {
        if value.is_finite() { value + self.penalty.map_or(0.0, |penalty| penalty.value(x)) } else { value }
    }

    fn count(&self, more: Evaluations) {
        self.evaluations.set(self.evaluations.get() + more);
    }
}
