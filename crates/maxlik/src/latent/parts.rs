//! Models of several parts, the components of a mixture or the states of a chain, as the search from several starts sees them.
use std::ops::Range;

use maxlik_model::{Likelihood, Parameter};
use maxlik_optimizer::{Em, Report};
use nalgebra::{DMatrix, DVector};
use rand::rngs::StdRng;

use crate::free_scale::Coefficient;
use crate::{Fit, FitError, InferenceError, Warning};

/// A model whose rows each come from one of several parts, not known which.
pub(crate) trait Parts: Likelihood + Sized {
    /// What the parts are called.
    const KIND: Kind;

    /// The names of the parts.
    fn names(&self) -> &[String];

    /// Where the coefficients of part `j` stand.
    fn own(&self, j: usize) -> Range<usize>;

    /// Whether the row is there, and has a weight above 0.
    fn counts(&self, row: usize) -> bool;

    /// The part of a row that a prior adds to each part of the model.
    fn prior_share(&self) -> f64;

    /// The log-density of each row as the model sees it, `n`; and the probability of each part given all rows, `n x k`.
    fn responsibilities(&self, theta: &[f64]) -> (DVector<f64>, DMatrix<f64>);

    /// The log-density of each row under each part, `n x k`.
    fn part_ln_densities(&self, theta: &[f64]) -> DMatrix<f64>;

    /// The log-likelihood of part `j` by itself, with these weights of the rows.
    fn part_alone<'m>(&'m self, j: usize, weights: &'m [f64]) -> Box<dyn Likelihood + 'm>;

    /// Random shares of the parts in the rows, `n x k`, for start `number`.
    fn draw(&self, number: usize, rng: &mut StdRng) -> DMatrix<f64>;

    /// A run of EM.
    fn run(&self, em: Em, start: &[Coefficient]) -> Result<Report, FitError>;

    /// The maximum that a search from here leads to. Where a part is the reason why there is none the error says so.
    fn climb(&self, start: Vec<Coefficient>) -> Result<Maximum, FitError>;

    /// The coefficients where the part at place `j` is the one that was at `from[j]`.
    fn permuted(&self, theta: &[f64], from: &[usize]) -> Vec<f64>;

    /// The model of all parts but `j`; none if that leaves nothing.
    fn without_part(&self, j: usize) -> Option<Self>;

    /// The model with a prior: each part sees all rows in addition, `a` rows in all.
    fn with_prior(&self, a: f64) -> Self;

    /// The number of coefficients of part `j` that are estimated.
    fn estimated(&self, j: usize) -> usize {
        crate::fitting::coefficients(self)[self.own(j)].iter().filter(|coefficient| !coefficient.held).count()
    }
}

/// A maximum, and the part that makes it spurious with its rows.
pub(crate) struct Maximum {
    pub(crate) fit: Fit,
    pub(crate) spurious: Option<Lost>,
}

/// A part that has come to nothing, and its rows.
pub(crate) type Lost = (String, Vec<usize>);

/// What the parts of a model are called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Component,
    State,
}

impl Kind {
    pub(crate) fn model(self) -> &'static str {
        match self {
            Self::Component => "mixture",
            Self::State => "hidden Markov model",
        }
    }

    pub(crate) fn collapsed(self, (name, rows): Lost, partial: Box<Fit>) -> FitError {
        match self {
            Self::Component => FitError::CollapsedComponent { component: name, rows, partial },
            Self::State => FitError::CollapsedState { state: name, rows, partial },
        }
    }

    pub(crate) fn empty(self, name: String, partial: Box<Fit>) -> FitError {
        match self {
            Self::Component => FitError::EmptyComponent { component: name, partial },
            Self::State => FitError::EmptyState { state: name, partial },
        }
    }

    pub(crate) fn dropped(self, (name, rows): Lost) -> Warning {
        match self {
            Self::Component => Warning::Dropped { component: name, rows },
            Self::State => Warning::DroppedState { state: name, rows },
        }
    }

    pub(crate) fn spurious(self, (name, rows): Lost) -> Warning {
        match self {
            Self::Component => Warning::Spurious { component: name, rows },
            Self::State => Warning::SpuriousState { state: name, rows },
        }
    }

    pub(crate) fn passed_over(self, (name, rows): Lost, log_likelihood: f64) -> Warning {
        match self {
            Self::Component => Warning::PassedOver { component: name, rows, log_likelihood },
            Self::State => Warning::PassedOverState { state: name, rows, log_likelihood },
        }
    }
}

/// The part that has collapsed, with its rows, or fits no row: a reason why a start failed that other starts may not have.
pub(crate) fn lost(error: &FitError) -> Option<Lost> {
    match error {
        FitError::CollapsedComponent { component: name, rows, .. }
        | FitError::CollapsedState { state: name, rows, .. } => Some((name.clone(), rows.clone())),
        FitError::EmptyComponent { component: name, .. } | FitError::EmptyState { state: name, .. } => {
            Some((name.clone(), Vec::new()))
        }
        _ => None,
    }
}

/// The estimates of the coefficients of a model, by name.
pub(crate) fn estimates(model: &impl Likelihood, fit: &Fit) -> Result<Vec<f64>, InferenceError> {
    model.parameters().iter().flat_map(Parameter::coefficient_names).map(|name| fit.estimate(&name)).collect()
}
