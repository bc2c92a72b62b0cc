//! From the sample to the maximum of the likelihood.
use maxlik_optimizer::{Bounds, Em, Newton, Objective, Report, minimize};
use nalgebra::DVector;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use super::FactorAnalysisError;
use super::coordinates::{Coordinates, FactorLikelihood};
use super::em::FactorSteps;
use super::profile::Profile;
use super::sample::Sample;
use super::structure::Structure;

/// Where no bound is asked for, uniquenesses are searched for above this; one that comes to rest here is tried at 0.
const FLOOR: f64 = 1e-6;

/// A start of EM has uniquenesses of at least this: from near 0 they rise slowly.
const START_FLOOR: f64 = 0.05;

/// Log-likelihoods of the same maximum differ by at most `1e-8 max(|l|, 1)`.
const SAME: f64 = 1e-8;

/// What a search is asked for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Settings {
    pub(super) factors: usize,
    /// The lower bound of the uniquenesses, where one is asked for.
    pub(super) lower: Option<f64>,
    /// EM instead of the profile method.
    pub(super) em: Option<Em>,
    /// The number of starts, and the seed of all but the first.
    pub(super) starts: usize,
    pub(super) seed: u64,
}

/// Where a search has ended.
pub(super) struct Found {
    pub(super) structure: Structure,
    /// For each uniqueness the value at which it is held: 0 in a Heywood case, or the bound.
    pub(super) held: Vec<Option<f64>>,
    /// Its values are minus the log-likelihood.
    pub(super) report: Report,
    /// How many starts have led to this maximum.
    pub(super) reached: usize,
    /// How many starts have led to none.
    pub(super) failed: usize,
}

/// The highest maximum of the likelihood that the starts lead to, on the boundary if it lies there.
pub(super) fn search(sample: &Sample, settings: &Settings) -> Result<Found, FactorAnalysisError> {
    let correlation = sample.filled_in();
    let profile = Profile { correlation: &correlation, factors: settings.factors, weight: sample.weight };
    let mut rng = StdRng::seed_from_u64(settings.seed);
    let mut random = || DVector::from_fn(sample.dimension(), |_, _| rng.random_range(START_FLOOR..1.0 - START_FLOOR));
    let starts = (0..settings.starts).map(|start| if start == 0 { profile.start() } else { random() });
    highest(sample, starts.map(|start| search_from(sample, settings, &profile, &start)))
}

/// The highest of the maxima that searches have found, or else the first that has found none. A search that broke off has failed, and is
/// an error only if all did.
fn highest(
    sample: &Sample,
    searches: impl Iterator<Item = Result<Found, FactorAnalysisError>>,
) -> Result<Found, FactorAnalysisError> {
    let (mut best, mut error): (Option<(Found, f64)>, _) = (None, None);
    let (mut reached, mut failed) = (0, 0);
    for search in searches {
        let found = match search {
            Ok(found) => found,
            Err(first) => {
                failed += 1;
                error.get_or_insert(first);
                continue;
            }
        };
        let height = found.height(sample);
        failed += usize::from(height == f64::NEG_INFINITY);
        match &best {
            Some((_, highest)) if (height - highest).abs() <= SAME * height.abs().max(1.0) => reached += 1,
            Some((_, highest)) if height <= *highest => {}
            _ => (best, reached) = (Some((found, height)), 1),
        }
    }
    match (best, error) {
        (Some((best, _)), _) => Ok(Found { reached, failed, ..best }),
        (None, Some(error)) => Err(error),
        (None, None) => unreachable!("bug: a search without starts"),
    }
}

/// The maximum that a search from these uniquenesses leads to.
fn search_from(
    sample: &Sample,
    settings: &Settings,
    profile: &Profile<'_>,
    start: &DVector<f64>,
) -> Result<Found, FactorAnalysisError> {
    let floor = settings.lower.unwrap_or(FLOOR);
    let start = start.map(|psi| psi.max(floor));
    let found = match settings.em.or((!sample.is_complete()).then(Em::default)) {
        None => by_profile(sample, profile, floor, &start)?,
        Some(em) => by_em(sample, profile, floor, start, em)?,
    };
    if settings.lower.is_some() || found.held.iter().all(Option::is_none) { Ok(found) } else { at_zero(sample, found) }
}

impl Found {
    /// The log-likelihood; of a search that has not found a maximum, minus infinity.
    fn height(&self, sample: &Sample) -> f64 {
        let converged = self.report.termination.is_converged();
        if converged { self.structure.log_likelihood(&sample.patterns) } else { f64::NEG_INFINITY }
    }
}

/// Newton's method on the profile of the likelihood over the uniquenesses.
fn by_profile(
    sample: &Sample,
    profile: &Profile<'_>,
    floor: f64,
    start: &DVector<f64>,
) -> Result<Found, FactorAnalysisError> {
    let d = sample.dimension();
    let bounds = Bounds { lower: DVector::repeat(d, floor.ln()), upper: DVector::repeat(d, f64::INFINITY) };
    let report = minimize(&Newton::default(), profile, &bounds, &start.map(f64::ln))?;
    let report = Report { method: "Newton on the profile likelihood", ..raised(report, profile.constant()) };
    let uniquenesses = report.x.map(f64::exp);
    let held = (0..d).map(|i| bounds.holds(i, report.x[i], report.gradient[i]).then_some(floor)).collect();
    let structure = Structure { mean: DVector::zeros(d), loadings: profile.loadings(&uniquenesses), uniquenesses };
    Ok(Found { structure, held, report, reached: 1, failed: 0 })
}

/// The report of an objective that is so much higher.
pub(super) fn raised(mut report: Report, by: f64) -> Report {
    report.value += by;
    report.trace.iter_mut().for_each(|line| line.value += by);
    report
}

/// EM, on the observed values alone, from given uniquenesses and the loadings that are best for these with missing values at their
/// means.
fn by_em(
    sample: &Sample,
    profile: &Profile<'_>,
    floor: f64,
    uniquenesses: DVector<f64>,
    em: Em,
) -> Result<Found, FactorAnalysisError> {
    let d = sample.dimension();
    let start = Structure { mean: DVector::zeros(d), loadings: profile.loadings(&uniquenesses), uniquenesses };
    let coordinates = Coordinates::new(&start, vec![None; d]);
    let steps = FactorSteps { patterns: &sample.patterns, coordinates: &coordinates, floor };
    let objective = FactorLikelihood { patterns: &sample.patterns, coordinates: &coordinates };
    let bounds = coordinates.bounds(floor);
    // After the rotation the slope of Q need not vanish: the driver cannot check the M-step, a test does.
    let em = em.with_exact_m_step(false);
    let report = em.minimize(&steps, &objective, &bounds, &coordinates.of(&start))?;
    let mut held = vec![None; d];
    for (k, i) in coordinates.free_uniquenesses() {
        held[i] = bounds.holds(k, report.x[k], report.gradient[k]).then_some(floor);
    }
    Ok(Found { structure: coordinates.structure(&report.x), held, report, reached: 1, failed: 0 })
}

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
            return Ok(Found { structure, held, report: found.report.followed_by(report), ..found });
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
    Ok(Found { structure, held, report: found.report.followed_by(report), ..found })
}
