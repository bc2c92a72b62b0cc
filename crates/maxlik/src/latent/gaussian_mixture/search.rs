//! From many starts to one maximum.
//!
//! Short runs of plain EM from every start; the best of them are continued until EM is near a maximum by its own estimate, all this on
//! a sample where there are many rows; the best of these is polished on all rows, with the exact information.
//!
//! # References
//! Biernacki, Celeux & Govaert, "Choosing starting values for the EM algorithm for getting the highest likelihood in multivariate
//! Gaussian mixture models" (2003), the strategy "em-EM".
use maxlik_optimizer::{Bounds, Em, EmError, Report, Stopping, Termination};
use nalgebra::DVector;
use rand::SeedableRng;
use rand::rngs::StdRng;
use rand::seq::index::sample;

use super::chart::Chart;
use super::components::{Components, Degenerate};
use super::objective::MixtureObjective;
use super::pass::for_each_block;
use super::points::Points;
use super::prior::Prior;
use super::split::split;
use super::spurious::spurious;
use super::start::{Cloud, start};
use super::statistics::Statistics;
use super::steps::Steps;
use super::{Covariance, GaussianMixture};

/// EM iterations of a short run.
const SHORT: usize = 15;

/// Up to this many products a row, `k d^2`, thirty short runs are continued by default, and five above.
const MODERATE: usize = 1000;

/// A component that collapses, or is spurious, begins again as half of another one so many times.
const REPAIRS: usize = 2;

/// A sample has this many rows, or twenty times as many as the means and covariances of all components have columns.
const SAMPLE: usize = 4000;

/// Iterations of a search that is continued, at most: where EM crawls Newton's method does better.
const LONG: usize = 300;

/// Searches are continued to within this decrement, a hundredth of a standard error, by EM's own estimate.
const NEAR: f64 = 1e-4;

/// Log-likelihoods so near the same maximum differ by at most this.
pub(crate) const SAME: f64 = 1e-2;

/// The data and settings of a search.
pub(crate) struct Search<'a> {
    pub(crate) settings: &'a GaussianMixture,
    pub(crate) points: &'a Points<'a>,
    /// The only start, if it was given.
    given: Option<Components>,
    /// The rows on which starts are compared, where these are not all.
    sample: Option<Points<'a>>,
    pub(crate) prior: Option<Prior>,
    /// The logarithms of the sides of the box in which noise is uniform, `d`.
    pub(crate) ln_sides: Vec<f64>,
}

/// Where a search from one start has ended.
pub(crate) enum Outcome {
    Ended(Box<Ended>),
    Collapsed(Collapse),
    /// A mixing weight has become zero, or the steps have failed otherwise.
    Failed(EmError),
}

/// The end of a search, near a maximum or not.
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
    /// The components before the step at which it was seen, if they are good to go on from.
    pub(crate) at: Option<Components>,
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

impl<'a> Search<'a> {
    pub(crate) fn new(
        settings: &'a GaussianMixture,
        points: &'a Points<'a>,
        given: Option<Components>,
        prior: Option<Prior>,
        ln_sides: Vec<f64>,
    ) -> Self {
        let (n, size) = (points.n(), SAMPLE.max(20 * settings.k * (points.d() + 1)));
        let sample = (n > 2 * size && given.is_none()).then(|| {
            let mut keep = vec![false; points.x.nrows()];
            let rows: Vec<usize> = points.rows().collect();
            for i in sample(&mut StdRng::seed_from_u64(settings.seed), n, size) {
                keep[rows[i]] = true;
            }
            points.of_rows(|row| keep[row])
        });
        Self { settings, points, given, sample, prior, ln_sides }
    }

    /// How many searches are to end on maxima that are not spurious.
    fn continued(&self) -> usize {
        let (k, d) = (self.settings.k, self.points.d());
        let default = if k * d * d <= MODERATE { 30 } else { 5 };
        self.settings.continued.unwrap_or(default).min(self.settings.starts)
    }

    fn few(&self) -> &Points<'a> {
        self.sample.as_ref().unwrap_or(self.points)
    }

    /// Searches from all starts of the settings; `stop_at_collapse` where it is the answer that the most promising start
    /// collapses.
    pub(crate) fn run(&self, stop_at_collapse: bool) -> Result<Found, EmError> {
        let mut found = Found { ends: Vec::new(), collapses: Vec::new(), failure: None, starts: 0, continued: 0 };
        // Where all starts collapse there are others, up to five times as many.
        for attempt in 0..5 {
            for (number, components) in self.begin(attempt, &mut found).into_iter().enumerate() {
                if found.continued >= self.continued() && found.is_confirmed() {
                    break;
                }
                let mut next = Some(components);
                for repair in 0..=REPAIRS {
                    let Some(components) = next.take() else { break };
                    let lost = match self.climb(&components)? {
                        // Spurious maxima are many: they do not count.
                        Outcome::Ended(ended) => {
                            found.continued += usize::from(ended.spurious.is_none());
                            let lost = ended.spurious.map(|j| (j, ended.components.clone()));
                            found.ends.push(*ended);
                            lost
                        }
                        Outcome::Collapsed(collapse) if stop_at_collapse && found.ends.is_empty() => {
                            found.collapses.push(collapse);
                            return Ok(found);
                        }
                        Outcome::Collapsed(collapse) => {
                            let lost = collapse.at.clone().map(|at| (collapse.component, at));
                            found.collapses.push(collapse);
                            lost
                        }
                        Outcome::Failed(error) => {
                            found.failure = Some(error);
                            None
                        }
                    };
                    // One that collapsed or is spurious begins again as half of another.
                    next = lost.filter(|(_, at)| at.k() > 1).map(|(j, at)| split(&at, j, number + repair));
                    if self.given.is_some() {
                        break;
                    }
                }
            }
            if found.has_regular() || self.given.is_some() {
                break;
            }
        }
        found.ends.sort_by(|a, b| {
            let regular = |ended: &Ended| ended.spurious.is_none();
            regular(b).cmp(&regular(a)).then(a.report.value.total_cmp(&b.report.value))
        });
        Ok(found)
    }

    /// The components to continue from, the most promising first.
    fn begin(&self, attempt: usize, found: &mut Found) -> Vec<Components> {
        let settings = self.settings;
        if let Some(given) = &self.given {
            found.starts = 1;
            return vec![given.clone()];
        }
        let (few, k) = (self.few(), settings.k);
        let spherical = matches!(settings.covariance, Covariance::Spherical | Covariance::TiedSpherical);
        let cloud = Cloud::new(few);
        let starts = if k == 1 && !settings.has_noise() { 1 } else { settings.starts };
        let mut runs: Vec<(f64, Components)> = Vec::new();
        for number in attempt * starts..(attempt + 1) * starts {
            let at = start(few, &cloud, settings.start, (k, settings.has_noise(), spherical), (settings.seed, number));
            found.starts += 1;
            match self.short_run(few, at) {
                Ok(run) => runs.push(run),
                Err(collapse) => found.collapses.push(collapse),
            }
        }
        runs.sort_by(|a, b| b.0.total_cmp(&a.0));
        runs.into_iter().map(|(_, components)| components).collect()
    }

    /// Some iterations of plain EM: the log-likelihood with the prior, and the components.
    fn short_run(&self, points: &Points<'_>, mut at: Components) -> Result<(f64, Components), Collapse> {
        let family = self.settings.covariance;
        let mut value = f64::NEG_INFINITY;
        for _ in 0..SHORT {
            let Some(statistics) = Statistics::new(points, &at, &self.ln_sides, family.is_diagonal()) else {
                return Err(Collapse { component: 0, rows: Vec::new(), at: None });
            };
            value = statistics.log_likelihood + self.prior.as_ref().map_or(0.0, |prior| prior.ln_density(&at));
            match statistics.maximise(family, self.prior.as_ref(), &points.spread) {
                Ok(next) => at = next,
                Err(Degenerate(component)) => {
                    let rows = self.rows_of(points, &at, component);
                    return Err(Collapse { component, rows, at: Some(at) });
                }
            }
        }
        Ok((value, at))
    }

    /// From components to their maximum.
    pub(crate) fn climb(&self, from: &Components) -> Result<Outcome, EmError> {
        // From one given start there is nothing to choose from: what follows makes all the steps.
        let limit = if self.given.is_some() { 0 } else { self.settings.em.stopping.max_iterations.min(LONG) };
        self.search_from(self.few(), from, |em, steps, _, bounds, phi| {
            let stopping = Stopping { tolerance: NEAR, max_iterations: limit, ..em.stopping };
            Em { stopping, ..*em }.approach(steps, bounds, phi)
        })
    }

    /// From near a maximum to it, with the exact information; without, where there are too many coefficients.
    pub(crate) fn polish(&self, near: &Ended) -> Result<Outcome, EmError> {
        let too_many = near.chart.dimension() > self.settings.information_limit;
        let mut from = near.components.clone();
        // All rows are more than the sample.
        if self.sample.is_some() {
            from = match self.short_run(self.points, from) {
                Ok((_, components)) => components,
                Err(collapse) => return Ok(Outcome::Collapsed(collapse)),
            };
        }
        let outcome = self.search_from(self.points, &from, |em, steps, objective, bounds, phi| {
            if too_many { em.approach(steps, bounds, phi) } else { em.minimize(steps, objective, bounds, phi) }
        })?;
        Ok(match outcome {
            Outcome::Ended(ended) => {
                let report = near.report.clone().followed_by(ended.report);
                Outcome::Ended(Box::new(Ended { report, ..*ended }))
            }
            other => other,
        })
    }

    fn search_from(
        &self,
        points: &Points<'_>,
        from: &Components,
        search: impl FnOnce(&Em, &Steps<'_, '_>, &MixtureObjective<'_>, &Bounds, &DVector<f64>) -> Result<Report, EmError>,
    ) -> Result<Outcome, EmError> {
        let family = self.settings.covariance;
        let chart = Chart::around(family, from);
        let objective =
            MixtureObjective { points, chart: &chart, prior: self.prior.as_ref(), ln_sides: &self.ln_sides };
        let steps = Steps::new(&objective, family);
        let phi = chart.to_free(from);
        if let Some(variable) = phi.iter().position(|phi| !phi.is_finite()) {
            let (lower, upper) = (f64::NEG_INFINITY, f64::INFINITY);
            return Ok(Outcome::Failed(EmError::Impossible { variable, lower, upper, found: phi[variable] }));
        }
        let report = search(&self.settings.em, &steps, &objective, &Bounds::none(phi.len()), &phi);
        let report = match (report, steps.degenerate.take()) {
            (Ok(report), None) => report,
            (Ok(report), Some(_)) if report.termination.is_converged() => report,
            (_, Some((Degenerate(component), at))) => {
                let rows = self.rows_of(points, &at, component);
                return Ok(Outcome::Collapsed(Collapse { component, rows, at: Some(at) }));
            }
            (Err(error @ EmError::Problem(_)), None) => return Err(error),
            (Err(error), None) => return Ok(Outcome::Failed(error)),
        };
        let Some(statistics) = objective.pass(&report.x) else {
            return Ok(Outcome::Collapsed(Collapse { component: 0, rows: Vec::new(), at: None }));
        };
        let Statistics { at: components, log_likelihood, rows, counts, .. } = statistics;
        let spurious = if self.prior.is_some() { None } else { spurious(family, &components, &rows) };
        Ok(Outcome::Ended(Box::new(Ended { components, chart, report, counts, log_likelihood, spurious })))
    }

    /// The rows for which a component is responsible by more than a half.
    pub(crate) fn rows_of(&self, points: &Points<'_>, at: &Components, component: usize) -> Vec<usize> {
        let mut rows = Vec::new();
        for_each_block(points, at, &self.ln_sides, |_, _, block| {
            rows.extend((0..block.rows.len()).filter(|&i| block.r(component)[i] > 0.5).map(|i| block.rows[i]));
        });
        rows.sort_unstable();
        rows
    }
}

impl Ended {
    /// Whether the search came near a maximum, or all the way.
    pub(crate) fn is_near(&self) -> bool {
        let termination = &self.report.termination;
        termination.is_converged() || matches!(termination, Termination::Estimated { .. })
    }
}

impl Found {
    /// Whether there is an end without a spurious component.
    fn has_regular(&self) -> bool {
        self.ends.iter().any(|ended| ended.spurious.is_none())
    }

    /// Whether the best maximum that is not spurious was reached from two starts at least.
    fn is_confirmed(&self) -> bool {
        let values = || self.ends.iter().filter(|ended| ended.spurious.is_none()).map(|ended| ended.report.value);
        let best = values().fold(f64::INFINITY, f64::min);
        values().filter(|value| value - best <= SAME).count() >= 2
    }

    /// How many of the searches have come to the maximum of this value of the objective, and how many there were.
    pub(crate) fn reached(&self, value: f64) -> (usize, usize) {
        let same = |ended: &&Ended| ended.is_near() && (ended.report.value - value).abs() <= SAME;
        (self.ends.iter().filter(same).count(), self.ends.len())
    }
}
