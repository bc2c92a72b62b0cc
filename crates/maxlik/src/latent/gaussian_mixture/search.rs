//! From many starts to one maximum.
//!
//! Short runs of plain EM from every start, on a sample of the rows where there are many; then the best are continued to their maxima.
//!
//! # References
//! Biernacki, Celeux & Govaert, "Choosing starting values for the EM algorithm for getting the highest likelihood in multivariate
//! Gaussian mixture models" (2003), the strategy "em-EM".
use maxlik_optimizer::{Bounds, EmError, Report};

use super::chart::Chart;
use super::components::{Components, Degenerate};
use super::objective::MixtureObjective;
use super::pass::{for_each_block, sums};
use super::points::Points;
use super::prior::Prior;
use super::spurious::spurious;
use super::start::{Cloud, start};
use super::statistics::Statistics;
use super::steps::Steps;
use super::{GaussianMixture, StartingPoints};

/// EM iterations of a short run.
const SHORT: usize = 15;

/// Short runs use about this many rows.
const SAMPLE: usize = 4000;

/// Log-likelihoods of the same maximum differ by at most this part.
const SAME: f64 = 1e-8;

/// The data and settings of a search.
pub(crate) struct Search<'a> {
    pub(crate) settings: &'a GaussianMixture,
    pub(crate) points: &'a Points<'a>,
    pub(crate) prior: Option<Prior>,
    pub(crate) ln_noise: f64,
}

/// Where a search from one start has ended.
pub(crate) enum Outcome {
    /// With or without convergence.
    Ended(Box<Ended>),
    Collapsed(Collapse),
    /// A mixing weight has become zero, or the steps have failed otherwise.
    Failed(EmError),
}

/// The end of a search.
pub(crate) struct Ended {
    pub(crate) components: Components,
    pub(crate) chart: Chart,
    pub(crate) report: Report,
    /// The expected number of rows of each component, noise last.
    pub(crate) counts: Vec<f64>,
    /// The log-likelihood, without the prior.
    pub(crate) log_likelihood: f64,
    /// The component that makes this maximum spurious.
    pub(crate) spurious: Option<usize>,
}

/// A component that collapsed, and the rows it is responsible for.
#[derive(Clone)]
pub(crate) struct Collapse {
    pub(crate) component: usize,
    pub(crate) rows: Vec<usize>,
}

/// What all starts have led to.
pub(crate) struct Found {
    /// The maxima and other ends, the highest first.
    pub(crate) ends: Vec<Ended>,
    pub(crate) collapses: Vec<Collapse>,
    pub(crate) failure: Option<EmError>,
    /// The number of starts, and of those that were continued.
    pub(crate) starts: usize,
    pub(crate) continued: usize,
}

impl Search<'_> {
    /// Searches from all starts of the settings; `stop_at_collapse` where the first collapse is the answer.
    pub(crate) fn run(&self, stop_at_collapse: bool) -> Result<Found, EmError> {
        let mut found = Found { ends: Vec::new(), collapses: Vec::new(), failure: None, starts: 0, continued: 0 };
        let wanted = self.settings.continued.min(self.settings.starts);
        // Where all starts collapse there are others, up to five times as many.
        for attempt in 0..5 {
            for components in self.begin(attempt, &mut found)? {
                if found.continued >= wanted {
                    break;
                }
                match self.climb(&components)? {
                    Outcome::Ended(ended) => {
                        found.continued += 1;
                        found.ends.push(*ended);
                    }
                    Outcome::Collapsed(collapse) => {
                        found.collapses.push(collapse);
                        if stop_at_collapse {
                            return Ok(found);
                        }
                    }
                    Outcome::Failed(error) => found.failure = Some(error),
                }
            }
            let only_spurious = found.ends.iter().all(|ended| ended.spurious.is_some());
            if (!found.ends.is_empty() && !only_spurious) || self.settings.given.is_some() {
                break;
            }
            found.continued = 0;
        }
        found.ends.sort_by(|a, b| {
            let rank = |ended: &Ended| (ended.report.termination.is_converged(), ended.spurious.is_none());
            rank(b).cmp(&rank(a)).then(a.report.value.total_cmp(&b.report.value))
        });
        Ok(found)
    }

    /// The components to continue from, the most promising first.
    fn begin(&self, attempt: usize, found: &mut Found) -> Result<Vec<Components>, EmError> {
        let settings = self.settings;
        if let Some(given) = &settings.given {
            found.starts = 1;
            return Ok(vec![given.clone()]);
        }
        let (n, k) = (self.points.n(), settings.k);
        let size = SAMPLE.max(20 * k * (self.points.d() + 1));
        // Every so many rows, as they come: sorted rows are sampled evenly.
        let sampled = (n > 2 * size).then(|| {
            let mut keep = vec![false; self.points.x.nrows()];
            for (i, row) in self.points.rows().enumerate() {
                keep[row] = i * size / n != (i + 1) * size / n;
            }
            self.points.of_rows(|row| keep[row])
        });
        let few = sampled.as_ref().unwrap_or(self.points);
        let cloud = Cloud::new(few);
        let starts = if k == 1 && !settings.has_noise() { 1 } else { settings.starts };
        let mut runs: Vec<(f64, Components)> = Vec::new();
        for number in attempt * starts..(attempt + 1) * starts {
            let kind = if attempt > 0 && settings.start == StartingPoints::Mixed && number % 2 == 0 {
                StartingPoints::Random
            } else {
                settings.start
            };
            let at = start(few, &cloud, kind, (k, settings.has_noise()), (settings.seed, number));
            found.starts += 1;
            match self.short_run(few, at) {
                Ok(run) => runs.push(run),
                Err(collapse) => found.collapses.push(collapse),
            }
        }
        runs.sort_by(|a, b| b.0.total_cmp(&a.0));
        Ok(runs.into_iter().map(|(_, components)| components).collect())
    }

    /// Some iterations of plain EM: the log-likelihood with the prior, and the components.
    fn short_run(&self, points: &Points<'_>, mut at: Components) -> Result<(f64, Components), Collapse> {
        let family = self.settings.covariance;
        let mut value = f64::NEG_INFINITY;
        for _ in 0..SHORT {
            let nowhere = Collapse { component: 0, rows: Vec::new() };
            let Some(sums) = sums(points, &at, self.ln_noise, family.is_diagonal()) else { return Err(nowhere) };
            value = sums.log_likelihood + self.prior.as_ref().map_or(0.0, |prior| prior.ln_density(&at));
            let statistics = Statistics::new(points, &at, &sums).ok_or(nowhere)?;
            match statistics.maximise(family, self.prior.as_ref(), &points.spread) {
                Ok(next) => at = next,
                Err(Degenerate(component)) => {
                    let rows = self.rows_of(points, &at, component);
                    return Err(Collapse { component, rows });
                }
            }
        }
        Ok((value, at))
    }

    /// From components to their maximum.
    pub(crate) fn climb(&self, from: &Components) -> Result<Outcome, EmError> {
        let mut from = from.clone();
        // All rows are more than the sample of the short run.
        match self.short_run(self.points, from.clone()) {
            Ok((_, components)) if self.settings.given.is_none() => from = components,
            Ok(_) => {}
            Err(collapse) => return Ok(Outcome::Collapsed(collapse)),
        }
        let family = self.settings.covariance;
        let chart = Chart::around(family, &from);
        let objective = MixtureObjective {
            points: self.points,
            chart: &chart,
            prior: self.prior.as_ref(),
            ln_noise: self.ln_noise,
        };
        let steps = Steps::new(&objective, family);
        let phi = chart.to_free(&from);
        if phi.iter().any(|phi| !phi.is_finite()) {
            let variable = phi.iter().position(|phi| !phi.is_finite()).unwrap_or(0);
            let (lower, upper) = (f64::NEG_INFINITY, f64::INFINITY);
            return Ok(Outcome::Failed(EmError::Impossible { variable, lower, upper, found: phi[variable] }));
        }
        let report = self.settings.em.minimize(&steps, &objective, &Bounds::none(phi.len()), &phi);
        let degenerate = steps.degenerate.take();
        let report = match (report, degenerate) {
            (Ok(report), None) => report,
            (Ok(report), Some(_)) if report.termination.is_converged() => report,
            (_, Some((Degenerate(component), at))) => {
                let rows = self.rows_of(self.points, &at, component);
                return Ok(Outcome::Collapsed(Collapse { component, rows }));
            }
            (Err(error @ EmError::Problem(_)), None) => return Err(error),
            (Err(error), None) => return Ok(Outcome::Failed(error)),
        };
        let Some((components, sums)) = objective.pass(&report.x) else {
            let collapse = Collapse { component: 0, rows: Vec::new() };
            return Ok(Outcome::Collapsed(collapse));
        };
        let mut counts: Vec<f64> =
            (0..components.k()).map(|j| sums.moments.iter().map(|moments| moments[j].count).sum()).collect();
        let spurious =
            if self.prior.is_some() { None } else { spurious(self.settings.covariance, &components, &counts) };
        if components.has_noise() {
            counts.push(sums.noise);
        }
        let log_likelihood = sums.log_likelihood;
        Ok(Outcome::Ended(Box::new(Ended { components, chart, report, counts, log_likelihood, spurious })))
    }

    /// The rows for which a component is responsible by more than a half.
    pub(crate) fn rows_of(&self, points: &Points<'_>, at: &Components, component: usize) -> Vec<usize> {
        let mut rows = Vec::new();
        for_each_block(points, at, self.ln_noise, |_, _, block| {
            rows.extend((0..block.rows.len()).filter(|&i| block.r[(i, component)] > 0.5).map(|i| block.rows[i]));
        });
        rows.sort_unstable();
        rows
    }
}

impl Found {
    /// How many of the starts that were continued have reached the best maximum.
    pub(crate) fn reached_best(&self) -> usize {
        let best = -self.ends[0].report.value;
        let same = |ended: &&Ended| (-ended.report.value - best).abs() <= SAME * best.abs().max(1.0);
        self.ends.iter().filter(|ended| ended.report.termination.is_converged()).filter(same).count()
    }
}
