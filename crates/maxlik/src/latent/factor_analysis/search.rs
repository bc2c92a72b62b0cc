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

/// The highest of the maxima that searches have found. A start that leads to none, or to an error, is counted as failed; if all do, the
/// answer is that of the first.
fn highest(
    sample: &Sample,
    searches: impl Iterator<Item = Result<Found, FactorAnalysisError>>,
) -> Result<Found, FactorAnalysisError> {
    let (mut best, mut failure): (Option<(Found, f64)>, _) = (None, None);
    let (mut reached, mut failed) = (0, 0);
    for search in searches {
        let found = match search {
            Ok(found) if found.report.termination.is_converged() => found,
            other => {
                failed += 1;
                failure.get_or_insert(other);
                continue;
            }
        };
        let height = found.structure.log_likelihood(&sample.patterns);
        match &best {
            Some((_, highest)) if (height - highest).abs() <= SAME * height.abs().max(1.0) => reached += 1,
            Some((_, highest)) if height < *highest => {}
            _ => (best, reached) = (Some((found, height)), 1),
        }
    }
    let best = best.map(|(found, _)| Ok(found)).or(failure).expect("bug: a search without starts")?;
    Ok(Found { reached, failed, ..best })
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

#[cfg(test)]
mod tests {
    use super::super::sample::Sample;
    use super::*;
    use maxlik_optimizer::{InvalidProblem, Termination};
    use nalgebra::{DMatrix, dmatrix};

    fn settings(starts: usize) -> Settings {
        Settings { factors: 1, lower: None, em: None, starts, seed: 1 }
    }

    fn sample() -> Sample {
        let r: DMatrix<f64> =
            dmatrix![1.0, 0.56, 0.42, 0.3; 0.56, 1.0, 0.48, 0.1; 0.42, 0.48, 1.0, 0.2; 0.3, 0.1, 0.2, 1.0];
        Sample::covariance(&r, (1..=4).map(|j| format!("x{j}")).collect(), 120).unwrap()
    }

    #[test]
    fn a_start_that_leads_to_an_error_or_nowhere_does_not_take_the_others_with_it() {
        let sample = sample();
        let found = || search(&sample, &settings(1));
        let broken = || Err(InvalidProblem::Start { variable: 2, found: f64::NAN }.into());
        let stopped = || {
            let mut stopped = found()?;
            stopped.report.termination = Termination::Flat;
            Ok(stopped)
        };
        let Found { reached, failed, report, .. } =
            highest(&sample, [broken(), found(), stopped(), found(), broken()].into_iter()).unwrap();
        assert_eq!((reached, failed, report.termination.is_converged()), (2, 3, true));
        // If all fail, the first says why.
        let none = highest(&sample, [stopped(), broken()].into_iter()).unwrap();
        assert_eq!((none.reached, none.failed), (0, 2));
        assert!(!none.report.termination.is_converged());
        assert!(highest(&sample, [broken(), stopped()].into_iter()).is_err());
    }

    #[test]
    fn values_of_the_trace_are_minus_the_log_likelihood() {
        let sample = sample();
        for em in [None, Some(Em::default())] {
            let Found { structure, report, .. } = search(&sample, &Settings { em, ..settings(2) }).unwrap();
            let value = -structure.log_likelihood(&sample.patterns);
            approx::assert_relative_eq!(report.value, value, max_relative = 1e-13);
            approx::assert_relative_eq!(report.trace.last().unwrap().value, value, max_relative = 1e-13);
            assert!(report.trace[0].value > value);
        }
    }
}
