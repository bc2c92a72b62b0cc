//! From the sample to the maximum of the likelihood.
use maxlik_optimizer::{Bounds, Em, Newton, Objective, Report, minimize};
use nalgebra::DVector;

use super::FactorAnalysisError;
use super::coordinates::{Coordinates, FactorLikelihood};
use super::em::FactorSteps;
use super::profile::Profile;
use super::sample::Sample;
use super::structure::Structure;

/// Where no bound is asked for, uniquenesses are searched for above this; one that comes to rest here is tried at 0.
const FLOOR: f64 = 1e-6;

/// What a search is asked for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Settings {
    pub(super) factors: usize,
    /// The lower bound of the uniquenesses, where one is asked for.
    pub(super) lower: Option<f64>,
    /// EM instead of the profile method.
    pub(super) em: Option<Em>,
}

/// Where a search has ended.
pub(super) struct Found {
    pub(super) structure: Structure,
    /// For each uniqueness the value at which it is held: 0 in a Heywood case, or the bound.
    pub(super) held: Vec<Option<f64>>,
    pub(super) report: Report,
    pub(super) method: &'static str,
}

/// The maximum of the likelihood, on the boundary if it lies there.
pub(super) fn search(sample: &Sample, settings: &Settings) -> Result<Found, FactorAnalysisError> {
    let floor = settings.lower.unwrap_or(FLOOR);
    let found = match settings.em.or((!sample.is_complete()).then(Em::default)) {
        None => by_profile(sample, settings.factors, floor)?,
        Some(em) => by_em(sample, settings.factors, floor, em)?,
    };
    match settings.lower {
        Some(_) => Ok(found),
        None if found.held.iter().all(Option::is_none) => Ok(found),
        None => at_zero(sample, found),
    }
}

/// Newton's method on the profile of the likelihood over the uniquenesses.
fn by_profile(sample: &Sample, factors: usize, floor: f64) -> Result<Found, FactorAnalysisError> {
    let correlation = sample.filled_in();
    let profile = Profile { correlation: &correlation, factors, weight: sample.weight };
    let d = sample.dimension();
    let bounds = Bounds { lower: DVector::repeat(d, floor.ln()), upper: DVector::repeat(d, f64::INFINITY) };
    let start = profile.start().map(f64::ln);
    let report = minimize(&Newton::default(), &profile, &bounds, &start)?;
    let uniquenesses = report.x.map(f64::exp);
    let held = (0..d).map(|i| bounds.holds(i, report.x[i], report.gradient[i]).then_some(floor)).collect();
    let structure = Structure { mean: DVector::zeros(d), loadings: profile.loadings(&uniquenesses), uniquenesses };
    Ok(Found { structure, held, report, method: "Newton on the profile likelihood" })
}

/// EM, on the observed values alone. It starts from the profile method on the data with missing values at the means, or from where
/// the profile method starts.
fn by_em(sample: &Sample, factors: usize, floor: f64, em: Em) -> Result<Found, FactorAnalysisError> {
    let d = sample.dimension();
    let start = if sample.is_complete() {
        let correlation = sample.filled_in();
        let profile = Profile { correlation: &correlation, factors, weight: sample.weight };
        let uniquenesses = profile.start().map(|psi| psi.max(floor));
        Structure { mean: DVector::zeros(d), loadings: profile.loadings(&uniquenesses), uniquenesses }
    } else {
        by_profile(sample, factors, floor.max(START_FLOOR))?.structure
    };
    let coordinates = Coordinates::new(&start, vec![None; d]);
    let steps = FactorSteps { patterns: &sample.patterns, coordinates: &coordinates, floor };
    let objective = FactorLikelihood { patterns: &sample.patterns, coordinates: &coordinates };
    let bounds = coordinates.bounds(floor);
    let report = em.minimize(&steps, &objective, &bounds, &coordinates.of(&start))?;
    let mut held = vec![None; d];
    for (k, i) in coordinates.free_uniquenesses() {
        held[i] = bounds.holds(k, report.x[k], report.gradient[k]).then_some(floor);
    }
    let method = report.method;
    Ok(Found { structure: coordinates.structure(&report.x), held, report, method })
}

/// A start of EM has uniquenesses of at least this: from near 0 they rise slowly.
const START_FLOOR: f64 = 0.05;

/// Uniquenesses came to rest on the floor of the search. If the likelihood is highest where they are 0, that is the fit: the others
/// are fitted given it. If not, there is a maximum with small uniquenesses.
fn at_zero(sample: &Sample, found: Found) -> Result<Found, FactorAnalysisError> {
    let mut held: Vec<Option<f64>> = found.held.iter().map(|held| held.map(|_| 0.0)).collect();
    let mut structure = found.structure.clone();
    let mut report: Option<Report> = None;
    while held.iter().flatten().count() <= structure.factors() {
        for (psi, held) in structure.uniquenesses.iter_mut().zip(&held) {
            *psi = held.unwrap_or(*psi);
        }
        let coordinates = Coordinates::new(&structure, held.clone());
        let objective = FactorLikelihood { patterns: &sample.patterns, coordinates: &coordinates };
        let bounds = coordinates.bounds(FLOOR);
        let next = minimize(&Newton::default(), &objective, &bounds, &coordinates.of(&structure))?;
        structure = coordinates.structure(&next.x);
        let mut more = false;
        for (k, i) in coordinates.free_uniquenesses() {
            if bounds.holds(k, next.x[k], next.gradient[k]) {
                held[i] = Some(0.0);
                more = true;
            }
        }
        report = Some(match report.take() {
            None => next,
            Some(before) => before.followed_by(next),
        });
        if more {
            continue;
        }
        // No uniqueness would rise from 0, and nothing was lost on the way there.
        let report = report.expect("bug: a search without a report");
        let falls = structure.score(&sample.patterns).is_some_and(|(_, score)| {
            (0..held.len()).all(|i| held[i].is_none() || score[structure.uniqueness(i)] <= 0.0)
        });
        let no_lower = structure.log_likelihood(&sample.patterns) >= found.structure.log_likelihood(&sample.patterns);
        if report.termination.is_converged() && falls && no_lower {
            let method = found.method;
            return Ok(Found { structure, held, report: found.report.followed_by(report), method });
        }
        break;
    }
    without_floor(sample, found)
}

/// Newton's method in all coordinates, from where the search with a floor has ended.
fn without_floor(sample: &Sample, found: Found) -> Result<Found, FactorAnalysisError> {
    let coordinates = Coordinates::new(&found.structure, vec![None; sample.dimension()]);
    let objective = FactorLikelihood { patterns: &sample.patterns, coordinates: &coordinates };
    let bounds = Bounds::none(objective.dimension());
    let report = minimize(&Newton::default(), &objective, &bounds, &coordinates.of(&found.structure))?;
    let structure = coordinates.structure(&report.x);
    let held = vec![None; sample.dimension()];
    Ok(Found { structure, held, report: found.report.followed_by(report), method: found.method })
}
