//! From the starts of a mixture to its fit.
use std::ops::ControlFlow;

use maxlik_model::{Likelihood, MixtureLikelihood};
use maxlik_optimizer::Em;
use rand::SeedableRng;
use rand::rngs::StdRng;

use super::em::MixtureSteps;
use super::fit::Starts;
use super::order::in_order;
use super::results::estimates;
use super::start::{self, Shares};
use super::verdict::{diagnose, empty_component, fewer_different_rows, spurious_component};
use crate::fitting::{coefficients, fit_em_at};
use crate::free_scale::Coefficient;
use crate::multistart::is_same;
use crate::{Collapse, Fit, FitError, Warning};

/// From so many random starts a maximum is sought where the parameters' own starts lead to none.
pub(crate) const RESTARTS: usize = 10;

/// The first component's weight is tried at 0 where it is below this, or no maximum was found.
const SMALL: f64 = 1e-4;

/// How maxima are sought.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Settings {
    pub(crate) collapse: Collapse,
    pub(crate) starts: usize,
    pub(crate) seed: u64,
    /// By default 2 divided by the number of rows.
    pub(crate) pseudo_rows: Option<f64>,
}

/// What was found, and whether components were put in order.
pub(crate) struct Found {
    pub(crate) fit: Fit,
    pub(crate) starts: Starts,
    pub(crate) ordered: bool,
}

/// A maximum, the starts that led to it, and the component that makes it spurious with its rows.
struct Maximum {
    fit: Fit,
    starts: usize,
    spurious: Option<(String, Vec<usize>)>,
}

/// Seeks maxima as the settings say.
pub(crate) fn seek<Row>(mixture: &MixtureLikelihood<'_, Row>, settings: &Settings) -> Result<Found, FitError> {
    let (mut maxima, mut error) = (Vec::new(), None);
    match attempt(mixture, coefficients(mixture)) {
        Ok(maximum) => maxima.push(maximum),
        Err(own) if settings.collapse == Collapse::Error || !has_lost_a_component(&own) => return Err(own),
        Err(own) => error = Some(own),
    }
    let regular = maxima.iter().any(|maximum| maximum.spurious.is_none());
    let restarts = if settings.collapse == Collapse::Restart && !regular { RESTARTS } else { 0 };
    let random = restarts.max(settings.starts - 1);
    let mut rng = StdRng::seed_from_u64(settings.seed);
    let mut starts = Starts { tried: 1 + random, ..Starts::default() };
    for i in 0..random {
        let kind = if i % 2 == 0 { Shares::FewRowsEach } else { Shares::OneForEachRow };
        let found = start::random(mixture, kind, &mut rng).and_then(|start| attempt(mixture, start).ok());
        let Some(found) = found.map(|found| put_in_order(mixture, found)) else { continue };
        match maxima.iter_mut().find(|maximum| is_same(&maximum.fit, &found.fit)) {
            Some(maximum) => maximum.starts += 1,
            None => maxima.push(found),
        }
    }
    let found: usize = maxima.iter().map(|maximum| maximum.starts).sum();
    starts.failed = starts.tried - found;
    maxima.sort_by(|a, b| b.fit.log_likelihood().total_cmp(&a.fit.log_likelihood()));
    let best = maxima.iter().position(|maximum| maximum.spurious.is_none());
    let best = best.or(if maxima.is_empty() { None } else { Some(0) });
    let Some(best) = best else {
        return instead(mixture, settings, error.expect("bug: no maximum and no error"));
    };
    let Maximum { mut fit, starts: reached, spurious } = maxima.swap_remove(best);
    starts.reached = reached;
    starts.elsewhere = found - reached;
    if let Some((component, rows)) = spurious {
        fit = noted(fit, Warning::Spurious { component, rows });
    } else if let Some(higher) = maxima.iter().find(|other| other.fit.log_likelihood() > fit.log_likelihood()) {
        // All that are higher are spurious.
        let (component, rows) = higher.spurious.clone().expect("bug: a higher maximum that is regular");
        let log_likelihood = higher.fit.log_likelihood();
        fit = noted(fit, Warning::PassedOver { component, rows, log_likelihood });
    }
    Ok(Found { fit, starts, ordered: random > 0 })
}

/// What the policy says where no start has led to a maximum.
fn instead<Row>(mixture: &MixtureLikelihood<'_, Row>, settings: &Settings, error: FitError) -> Result<Found, FitError> {
    let (component, rows) = match &error {
        FitError::CollapsedComponent { component, rows, .. } => (component.clone(), rows.clone()),
        FitError::EmptyComponent { component, .. } => (component.clone(), Vec::new()),
        _ => return Err(error),
    };
    match settings.collapse {
        Collapse::Restart | Collapse::Error => Err(error),
        Collapse::Drop => {
            let j = mixture.component_names().iter().position(|name| *name == component);
            let others = mixture.without(j.expect("bug: a collapsed component that is none of the mixture's"));
            if others.component_names().is_empty() {
                return Err(error);
            }
            let found = seek(&others, settings)?;
            Ok(Found { fit: noted(found.fit, Warning::Dropped { component, rows }), ..found })
        }
        Collapse::Penalise => {
            let n = Likelihood::n_obs(mixture).unwrap_or(1);
            let pseudo_rows = settings.pseudo_rows.unwrap_or(2.0 / n as f64);
            let penalised = mixture.with_pseudo_rows(pseudo_rows);
            let found = seek(&penalised, &Settings { collapse: Collapse::Error, ..*settings })?;
            let theta = estimates(mixture, &found.fit).expect("bug: a prior changes no names");
            let fit = found.fit.with_log_likelihood(mixture.log_likelihood(&theta));
            Ok(Found { fit: noted(fit, Warning::Prior { pseudo_rows }), ..found })
        }
    }
}

/// A fit with one note more.
fn noted(mut fit: Fit, note: Warning) -> Fit {
    fit.add_warning(note);
    fit
}

/// Whether a start failed for a reason that other starts may not have.
fn has_lost_a_component(error: &FitError) -> bool {
    matches!(error, FitError::CollapsedComponent { .. } | FitError::EmptyComponent { .. })
}

/// The maximum that a start leads to.
fn attempt<Row>(mixture: &MixtureLikelihood<'_, Row>, start: Vec<Coefficient>) -> Result<Maximum, FitError> {
    // Newton's method may end before the M-step's maximum, where a component has none: EM still rises.
    let em = Em::default().with_exact_m_step(false);
    let fit = match fit_em_at(mixture, start, em, &MixtureSteps(mixture), &mut |_| ControlFlow::Continue(())) {
        Ok(fit) => fit,
        Err(FitError::NotConverged(partial)) => {
            return without_the_first(mixture, &partial).ok_or_else(|| diagnose(mixture, partial));
        }
        Err(other) => return Err(other),
    };
    if let Some(maximum) = without_the_first(mixture, &fit) {
        return Ok(maximum);
    }
    if let Some(different) = fewer_different_rows(mixture, &fit) {
        let components = mixture.component_names().len();
        return Err(FitError::FewDifferentRows { components, different, partial: Box::new(fit) });
    }
    if let Some(component) = empty_component(mixture, &fit) {
        return Err(FitError::EmptyComponent { component, partial: Box::new(fit) });
    }
    let spurious = if mixture.prior_share() > 0.0 { None } else { spurious_component(mixture, &fit) };
    Ok(Maximum { fit, starts: 1, spurious })
}

/// The maximum without the first component, if its weight is 0 there: what others leave of 1 has no end of its own on their free scale.
fn without_the_first<Row>(mixture: &MixtureLikelihood<'_, Row>, fit: &Fit) -> Option<Maximum> {
    let k = mixture.component_names().len();
    if k <= 2 || mixture.concomitant_design().is_some() {
        return None;
    }
    let theta = estimates(mixture, fit).ok()?;
    let pi = &theta[mixture.coefficients_of_weights()];
    if 1.0 - pi.iter().sum::<f64>() > SMALL {
        return None;
    }
    let others = mixture.without(0);
    let mut start = coefficients(&others);
    let own = mixture.coefficients_of_component(1).start..mixture.coefficients_of_weights().start;
    let sum: f64 = pi.iter().map(|pi| pi.max(SMALL)).sum();
    let values = theta[own].iter().copied().chain(pi[1..].iter().map(|pi| pi.max(SMALL) / sum));
    for (coefficient, value) in start.iter_mut().zip(values) {
        if !coefficient.held && coefficient.domain.contains(value) {
            coefficient.value = value;
        }
    }
    let found = attempt(&others, start).ok()?;
    let (at_zero, before) = (found.fit.log_likelihood(), fit.log_likelihood());
    if at_zero < before - 1e-13 * before.abs().max(1.0) {
        return None;
    }
    let component = mixture.component_names()[0].clone();
    Some(Maximum { fit: noted(found.fit, Warning::WeightZero { component }), ..found })
}

/// The same maximum with the components in order.
fn put_in_order<Row>(mixture: &MixtureLikelihood<'_, Row>, found: Maximum) -> Maximum {
    let Some(ordered) = in_order(mixture, &found.fit) else { return found };
    match attempt(mixture, ordered) {
        Ok(again) => Maximum { fit: again.fit.preceded_by(&found.fit), ..again },
        Err(_) => found,
    }
}
