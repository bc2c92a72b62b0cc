//! The lasso: searches along a path of penalties, each from where the one before has ended.
//!
//! Notation: `N` the number of rows or the sum of their weights, `s_j` the scale of penalised coefficient `j`; the optimizer sees
//! the sum, not the mean: `-l + sum_j w_j |beta_j|` with `w_j = N lambda s_j`.
use std::sync::Arc;

use maxlik_model::Likelihood;
use maxlik_optimizer::{
    Evaluations, Expansion, L1, Newton, Objective, Point, ProximalNewton, Report, Termination, minimize,
};
use nalgebra::{DMatrix, DVector};

use crate::fitting::{coefficients, search};
use crate::free_scale::{Coefficient, FreeScale};
use crate::lasso_path::Common;
use crate::lasso_penalty::{self, penalized};
use crate::lasso_settings::validate_lambda;
use crate::{FitError, Lasso, LassoError, LassoFit, LassoPath};

/// The lasso for one lambda.
pub(crate) fn fit(likelihood: &dyn Likelihood, lambda: f64, settings: &Lasso) -> Result<LassoFit, LassoError> {
    validate_lambda(lambda)?;
    let problem = Penalized::new(likelihood, settings)?;
    let null = Null::new(&problem)?;
    let (point, _) = problem.point(lambda, &null, &null.at);
    if point.termination.is_converged() { Ok(point) } else { Err(LassoError::NotConverged(Box::new(point))) }
}

/// The lasso for decreasing lambdas.
pub(crate) fn path(likelihood: &dyn Likelihood, settings: &Lasso) -> Result<LassoPath, LassoError> {
    settings.validate()?;
    let problem = Penalized::new(likelihood, settings)?;
    let null = Null::new(&problem)?;
    let mut points = Vec::new();
    let mut start = null.at.clone();
    for lambda in problem.lambdas(null.lambda_max) {
        let (point, end) = problem.point(lambda, &null, &start);
        let converged = point.termination.is_converged();
        points.push(point);
        if !converged {
            break;
        }
        start = end.unwrap_or(start);
    }
    Ok(LassoPath { lambda_max: null.lambda_max, points })
}

/// A likelihood and what of it is penalised.
struct Penalized<'a> {
    likelihood: &'a dyn Likelihood,
    settings: &'a Lasso,
    coefficients: Vec<Coefficient>,
    common: Arc<Common>,
}

impl<'a> Penalized<'a> {
    fn new(likelihood: &'a dyn Likelihood, settings: &'a Lasso) -> Result<Self, LassoError> {
        likelihood.validate().map_err(FitError::from)?;
        let coefficients = coefficients(likelihood);
        let penalized = penalized(likelihood, &coefficients, settings)?;
        let free = coefficients.iter().filter(|coefficient| !coefficient.held).count();
        let common = Common {
            names: coefficients.iter().map(|coefficient| coefficient.name.clone()).collect(),
            unpenalized: free - penalized.len(),
            penalized,
            total: lasso_penalty::total(likelihood),
            n_obs: likelihood.n_obs(),
        };
        Ok(Self { likelihood, settings, coefficients, common: Arc::new(common) })
    }

    /// The values of lambda.
    fn lambdas(&self, lambda_max: f64) -> Vec<f64> {
        if let Some(lambdas) = &self.settings.lambdas {
            return lambdas.clone();
        }
        let few = self.common.n_obs.is_some_and(|n| n < self.common.penalized.len());
        let ratio = self.settings.ratio.unwrap_or(if few { 1e-2 } else { 1e-4 });
        let last = (self.settings.count - 1).max(1) as f64;
        (0..self.settings.count).map(|k| lambda_max * ratio.powf(k as f64 / last)).collect()
    }

    /// The point for one lambda, and where its search has ended; there is none from lambda max on, where the point is known.
    fn point(&self, lambda: f64, null: &Null, start: &Expansion) -> (LassoFit, Option<Expansion>) {
        if lambda >= null.lambda_max {
            return (LassoFit { lambda, ..null.fit.clone() }, None);
        }
        let objective = FreeScale::new(self.likelihood, &self.coefficients);
        let mut weights = DVector::zeros(self.coefficients.len());
        for &(i, scale) in &self.common.penalized {
            weights[i] = self.common.total * lambda * scale;
        }
        let penalty = L1 { weights: weights.select_rows(objective.free()) };
        let method = ProximalNewton::new(penalty).with_stopping(self.settings.stopping);
        let warm = WarmStart { objective: &objective, start };
        let report = minimize(&method, &warm, &objective.bounds(), &start.point.x)
            .expect("bug: a likelihood's free scale is no valid problem");
        let value = report.value - method.penalty.value(&report.x);
        let evaluations = Evaluations { hessians: report.evaluations.hessians - 1, ..report.evaluations };
        let theta = objective.natural(&report.x);
        let point = self.summary(lambda, theta, -value, report.termination, evaluations);
        let Report { x, gradient, hessian, .. } = report;
        (point, Some(Expansion { point: Point { x, value, gradient }, hessian }))
    }

    fn summary(
        &self,
        lambda: f64,
        coefficients: Vec<f64>,
        log_likelihood: f64,
        termination: Termination,
        evaluations: Evaluations,
    ) -> LassoFit {
        LassoFit { common: self.common.clone(), lambda, coefficients, log_likelihood, termination, evaluations }
    }
}

/// The model with all penalised coefficients at zero.
struct Null {
    fit: LassoFit,
    lambda_max: f64,
    /// The expansion there over all free coefficients.
    at: Expansion,
}

impl Null {
    fn new(problem: &Penalized<'_>) -> Result<Self, LassoError> {
        let mut held = problem.coefficients.clone();
        for &(i, _) in &problem.common.penalized {
            (held[i].value, held[i].held) = (0.0, true);
        }
        let method = Newton { stopping: problem.settings.stopping, ..Newton::default() };
        let report = search(problem.likelihood, &held, &method, &mut |_| std::ops::ControlFlow::Continue(()))?;
        let theta = FreeScale::new(problem.likelihood, &held).natural(&report.x);
        let converged = report.termination.is_converged();
        let fit = problem.summary(f64::INFINITY, theta.clone(), -report.value, report.termination, report.evaluations);
        if !converged {
            return Err(LassoError::NotConverged(Box::new(fit)));
        }

        for (coefficient, &theta) in held.iter_mut().zip(&theta) {
            coefficient.value = theta;
        }
        for (held, coefficient) in held.iter_mut().zip(&problem.coefficients) {
            held.held = coefficient.held;
        }
        let objective = FreeScale::new(problem.likelihood, &held);
        let x = objective.start();
        let (value, gradient, hessian) = objective.value_gradient_hessian(&x);
        let at = Expansion { point: Point { x, value, gradient }, hessian };
        if !at.is_finite() {
            let found = problem.likelihood.first_not_finite(&theta);
            return Err(LassoError::Fit(FitError::NotFiniteAtStart {
                row: found.and_then(|found| found.row),
                log_density: found.map_or(-value, |found| found.log_density),
                parameters: problem.common.names.iter().cloned().zip(theta).collect(),
            }));
        }
        let place = |i: usize| objective.free().binary_search(&i).expect("bug: a penalised coefficient is not free");
        let slopes = problem.common.penalized.iter().map(|&(i, s)| at.point.gradient[place(i)].abs() / s);
        let lambda_max = slopes.fold(0.0, f64::max) / problem.common.total;
        Ok(Self { fit, lambda_max, at })
    }
}

/// An objective whose expansion at the start is known from the search before.
struct WarmStart<'a, O> {
    objective: &'a O,
    start: &'a Expansion,
}

impl<O: Objective> Objective for WarmStart<'_, O> {
    fn dimension(&self) -> usize {
        self.objective.dimension()
    }

    fn value_gradient_hessian(&self, x: &DVector<f64>) -> (f64, DVector<f64>, DMatrix<f64>) {
        let Expansion { point, hessian } = self.start;
        if *x == point.x {
            return (point.value, point.gradient.clone(), hessian.clone());
        }
        self.objective.value_gradient_hessian(x)
    }

    fn value(&self, x: &DVector<f64>) -> f64 {
        self.objective.value(x)
    }
}
