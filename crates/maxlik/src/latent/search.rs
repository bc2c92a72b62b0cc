//! From the starts of a model of several parts to its fit.
use rand::SeedableRng;
use rand::rngs::StdRng;

use super::order::in_order;
use super::parts::{Kind, Lost, Maximum, Parts, estimates, lost};
use super::start;
use super::starts::Starts;
use crate::fitting::coefficients;
use crate::multistart::is_same;
use crate::{Collapse, Fit, FitError, Warning};

/// From so many random starts a maximum is sought where the parameters' own starts lead to none.
pub(crate) const RESTARTS: usize = 10;

/// How maxima are sought.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Settings {
    pub(crate) collapse: Collapse,
    pub(crate) starts: usize,
    pub(crate) seed: u64,
    /// By default 2 divided by the number of rows.
    pub(crate) pseudo_rows: Option<f64>,
}

impl Default for Settings {
    fn default() -> Self {
        Self { collapse: Collapse::default(), starts: 1, seed: 1, pseudo_rows: None }
    }
}

impl Settings {
    pub(crate) fn validate(&self, kind: Kind) -> Result<(), FitError> {
        let refused =
            |setting, expected, found| FitError::SearchSetting { model: kind.model(), setting, expected, found };
        if self.starts == 0 {
            return Err(refused("starts", "at least 1", 0.0));
        }
        match self.pseudo_rows.filter(|&a| !(a > 0.0 && a.is_finite())) {
            Some(found) => Err(refused("pseudo_rows", "a finite number above 0", found)),
            None => Ok(()),
        }
    }
}

/// What was found, and whether parts may have been put in order.
pub(crate) struct Found {
    pub(crate) fit: Fit,
    pub(crate) starts: Starts,
    pub(crate) ordered: bool,
}

/// A maximum with the number of starts that led to it.
struct Reached {
    fit: Fit,
    spurious: Option<Lost>,
    starts: usize,
}

impl From<Maximum> for Reached {
    fn from(Maximum { fit, spurious }: Maximum) -> Self {
        Self { fit, spurious, starts: 1 }
    }
}

/// Seeks maxima as the settings say.
pub(crate) fn seek<M: Parts>(model: &M, settings: &Settings) -> Result<Found, FitError> {
    let (mut maxima, mut error): (Vec<Reached>, _) = (Vec::new(), None);
    match model.climb(coefficients(model)) {
        Ok(maximum) => maxima.push(maximum.into()),
        Err(own) if settings.collapse == Collapse::Error && lost(&own).is_some() => return Err(own),
        // Where the parameters' own start is only far away others may do, if there are others.
        Err(own) if lost(&own).is_some() || (settings.starts > 1 && matches!(own, FitError::NotConverged(_))) => {
            error = Some(own);
        }
        Err(own) => return Err(own),
    }
    let regular = maxima.iter().any(|maximum| maximum.spurious.is_none());
    let restarts = if settings.collapse == Collapse::Restart && !regular { RESTARTS } else { 0 };
    let random = restarts.max(settings.starts - 1);
    let mut rng = StdRng::seed_from_u64(settings.seed);
    for number in 0..random {
        let found = start::random(model, number, &mut rng).and_then(|start| model.climb(start).ok());
        let Some(found) = found.map(|found| put_in_order(model, found)) else { continue };
        match maxima.iter_mut().find(|maximum| is_same(&maximum.fit, &found.fit)) {
            Some(maximum) => maximum.starts += 1,
            None => maxima.push(found.into()),
        }
    }
    let mut starts = Starts { tried: 1 + random, ..Starts::default() };
    let found: usize = maxima.iter().map(|maximum| maximum.starts).sum();
    starts.failed = starts.tried - found;
    maxima.sort_by(|a, b| b.fit.log_likelihood().total_cmp(&a.fit.log_likelihood()));
    let best = maxima.iter().position(|maximum| maximum.spurious.is_none());
    let best = best.or(if maxima.is_empty() { None } else { Some(0) });
    let Some(best) = best else {
        return instead(model, settings, error.expect("bug: no maximum and no error"));
    };
    let Reached { mut fit, spurious, starts: reached } = maxima.swap_remove(best);
    starts.reached = reached;
    starts.elsewhere = found - reached;
    if let Some(spurious) = spurious {
        fit = noted(fit, M::KIND.spurious(spurious));
    } else if let Some(higher) = maxima.iter().find(|other| other.fit.log_likelihood() > fit.log_likelihood()) {
        // All that are higher are spurious.
        let spurious = higher.spurious.clone().expect("bug: a higher maximum that is regular");
        fit = noted(fit, M::KIND.passed_over(spurious, higher.fit.log_likelihood()));
    }
    Ok(Found { fit, starts, ordered: random > 0 })
}

/// What the policy says where no start has led to a maximum.
fn instead<M: Parts>(model: &M, settings: &Settings, error: FitError) -> Result<Found, FitError> {
    let Some(lost) = lost(&error) else { return Err(error) };
    match settings.collapse {
        Collapse::Restart | Collapse::Error => Err(error),
        Collapse::Drop => {
            let j = model.names().iter().position(|name| *name == lost.0);
            let Some(others) = model.without_part(j.expect("bug: a part that is none of the model's")) else {
                return Err(error);
            };
            let found = seek(&others, settings)?;
            Ok(Found { fit: noted(found.fit, M::KIND.dropped(lost)), ..found })
        }
        Collapse::Penalise => {
            let n = model.n_obs().unwrap_or(1);
            let pseudo_rows = settings.pseudo_rows.unwrap_or(2.0 / n as f64);
            let penalised = model.with_prior(pseudo_rows);
            let found = seek(&penalised, &Settings { collapse: Collapse::Error, ..*settings })?;
            let theta = estimates(model, &found.fit).expect("bug: a prior changes no names");
            let fit = found.fit.with_log_likelihood(model.log_likelihood(&theta));
            Ok(Found { fit: noted(fit, Warning::Prior { pseudo_rows }), ..found })
        }
    }
}

/// A fit with one note more.
pub(crate) fn noted(mut fit: Fit, note: Warning) -> Fit {
    fit.add_warning(note);
    fit
}

/// The same maximum with the parts in order.
fn put_in_order<M: Parts>(model: &M, found: Maximum) -> Maximum {
    let Some(ordered) = in_order(model, &found.fit) else { return found };
    match model.climb(ordered) {
        Ok(again) => Maximum { fit: again.fit.preceded_by(&found.fit), ..again },
        Err(_) => found,
    }
}
