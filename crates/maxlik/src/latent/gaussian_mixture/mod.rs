//! Gaussian mixtures.
mod chart;
mod components;
mod covariance;
mod display;
mod equal_shape;
mod error;
mod fit;
mod gradient;
mod objective;
mod pass;
mod points;
mod prior;
mod report;
mod search;
mod selection;
mod spurious;
mod start;
mod statistics;
mod steps;
#[cfg(test)]
mod tests;

use maxlik_optimizer::{Em, Stopping};
use nalgebra::{Cholesky, DMatrix};

use self::components::Components;
use self::points::Points;
use self::prior::{Prior, covariance};
use self::search::{Collapse as Collapsing, Ended, Found, Outcome, Search};
use crate::{Collapse, Warning};

pub use self::covariance::Covariance;
pub use self::error::GaussianMixtureError;
pub use self::fit::GaussianMixtureFit;
pub use self::selection::{Criterion, Selection};

/// A mixture of `k` Gaussian components in `d` dimensions, fitted by EM with the last steps by Newton's method.
///
/// The search begins at many points, and the best of them are followed to their maxima. The likelihood has no upper bound: where a
/// component collapses on a few rows the start is given up ([`Collapse`]), and a maximum whose component stands on a few rows that happen
/// to lie close to a plane is passed over as spurious and named. The components are numbered from 1 by their means in the first column.
///
/// # Formula
/// `l = sum_i w_i ln (sum_j pi_j N(x_i | mu_j, Sigma_j) + pi_0 / V)`, the last term for noise in the volume `V`, if asked for.
///
/// # Example
/// ```
/// use maxlik::prelude::*;
/// use nalgebra::DMatrix;
///
/// // Widths of shells, of two kinds.
/// let widths = DMatrix::from_column_slice(10, 1, &[4.1, 3.8, 4.4, 4.0, 6.9, 4.3, 7.2, 6.5, 3.9, 7.4]);
/// let fit = GaussianMixture::new(2).names(["width"]).fit(&widths)?;
/// assert!((fit.estimate("weight[2]")? - 0.4).abs() < 1e-6);
/// assert!((fit.estimate("mean[2].width")? - 7.0).abs() < 1e-6); // (6.9 + 7.2 + 6.5 + 7.4) / 4
/// println!("{fit}");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct GaussianMixture {
    k: usize,
    covariance: Covariance,
    names: Option<Vec<String>>,
    weights: Option<Vec<f64>>,
    start: StartingPoints,
    starts: usize,
    continued: usize,
    seed: u64,
    missing: bool,
    noise: Option<Noise>,
    prior: Option<ConjugatePrior>,
    on_collapse: Collapse,
    given: Option<Components>,
    information_limit: usize,
    em: Em,
}

/// Noise of a weight below this, where the search ran away, is on its way to none.
const NO_NOISE: f64 = 1e-6;

/// How the searches begin.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum StartingPoints {
    /// Three starts of four by k-means++, one random. The default.
    #[default]
    Mixed,
    /// By k-means++: groups of rows that are near each other.
    KMeansPlusPlus,
    /// At random rows.
    Random,
}

/// Where noise is uniform.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Noise {
    /// In the box that the rows span.
    BoundingBox,
    /// In this volume, in the units of the columns.
    Volume(f64),
}

/// A conjugate prior for means and covariances, `mu_j ~ N(mean of the rows, Sigma_j / shrinkage)` and `Sigma_j ~ inverse Wishart(dof, scale)` with
/// the scale `S / k^(2/d)` for the covariance `S` of the rows: it keeps components from collapsing.
///
/// For families other than full and tied it is the same density at their covariances, with the diagonal of `S`, or its mean, in the place
/// of `S` where these are diagonal or spherical.
///
/// # References
/// Fraley & Raftery, "Bayesian regularization for normal mixture estimation and model-based clustering" (2007), section 3.2.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ConjugatePrior {
    /// The number of rows that the prior of a mean weighs; default 0.01.
    pub shrinkage: f64,
    /// The degrees of freedom of the covariance's prior, more than `d - 1`; default `d + 2`.
    pub dof: Option<f64>,
}

impl Default for ConjugatePrior {
    fn default() -> Self {
        Self { shrinkage: 0.01, dof: None }
    }
}

impl GaussianMixture {
    /// A mixture of `k` components with full covariances.
    pub fn new(k: usize) -> Self {
        Self {
            k,
            covariance: Covariance::default(),
            names: None,
            weights: None,
            start: StartingPoints::default(),
            starts: 20,
            continued: 5,
            seed: 1,
            missing: false,
            noise: None,
            prior: None,
            on_collapse: Collapse::default(),
            given: None,
            information_limit: 1000,
            em: Em::default(),
        }
    }

    /// How the covariances are related; default [`Covariance::Full`].
    pub fn covariance(mut self, covariance: Covariance) -> Self {
        self.covariance = covariance;
        self
    }

    /// The names of the columns; default `x1`, `x2`, ...
    pub fn names(mut self, names: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.names = Some(names.into_iter().map(Into::into).collect());
        self
    }

    /// Multiplies the log-density of each row by a weight of at least 0; a row of weight 0 does not count.
    pub fn weights(mut self, weights: &[f64]) -> Self {
        self.weights = Some(weights.to_vec());
        self
    }

    /// How the searches begin; default [`StartingPoints::Mixed`].
    pub fn start(mut self, start: StartingPoints) -> Self {
        self.start = start;
        self
    }

    /// Begins one search here instead: mixing weights (`k`), means (`k x d`) and covariances (`k` of `d x d`, of the family).
    pub fn start_from(mut self, weights: &[f64], means: &DMatrix<f64>, covariances: &[DMatrix<f64>]) -> Self {
        let factors =
            covariances.iter().map(|c| Cholesky::new(c.clone()).map_or_else(|| c * f64::NAN, Cholesky::unpack));
        let means = means.row_iter().map(|mean| mean.transpose()).collect();
        self.given = Some(Components { weights: weights.to_vec(), means, factors: factors.collect() });
        self
    }

    /// The number of short runs, each from a start of its own; default 20.
    pub fn starts(mut self, starts: usize) -> Self {
        self.starts = starts;
        self
    }

    /// How many of the short runs are continued to their maxima, the best ones; default 5. More are, as long as the best maximum was reached
    /// from one start only.
    pub fn continued(mut self, continued: usize) -> Self {
        self.continued = continued;
        self
    }

    /// The seed of the random starts: the same seed gives the same fit; default 1.
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// Whether NaN stands for a missing value; default false. The likelihood is then that of what was observed.
    pub fn missing(mut self, missing: bool) -> Self {
        self.missing = missing;
        self
    }

    /// Adds a component for noise, which is uniform in a volume.
    pub fn noise(mut self, noise: Noise) -> Self {
        self.noise = Some(noise);
        self
    }

    /// Adds a prior: the fit is then a maximum a posteriori and says so.
    pub fn prior(mut self, prior: ConjugatePrior) -> Self {
        self.prior = Some(prior);
        self
    }

    /// What to do where a component collapses, or stands on a coincidence, from every start; default [`Collapse::Restart`], which is an error then. `Penalise` adds the
    /// default [`ConjugatePrior`]; `Error` does not try other starts.
    pub fn on_collapse(mut self, collapse: Collapse) -> Self {
        self.on_collapse = collapse;
        self
    }

    /// With more free coefficients than this the information is not evaluated: there are no standard errors, and the verdict is EM's own
    /// estimate; default 1000. Time grows with the square of the coefficients for each row, and memory with the square.
    pub fn information_limit(mut self, coefficients: usize) -> Self {
        self.information_limit = coefficients;
        self
    }

    /// The settings of EM.
    pub fn em(mut self, em: Em) -> Self {
        self.em = em;
        self
    }

    /// When to stop.
    pub fn stopping(mut self, stopping: Stopping) -> Self {
        self.em.stopping = stopping;
        self
    }

    fn has_noise(&self) -> bool {
        self.noise.is_some()
    }

    /// Finds the highest maximum of the likelihood that is not spurious, for `points`, `n x d`.
    ///
    /// # Errors
    /// If points or settings are invalid, a component collapses from every start, all maxima are spurious, or there is no convergence.
    pub fn fit(&self, points: &DMatrix<f64>) -> Result<GaussianMixtureFit, GaussianMixtureError> {
        let names = self.column_names(points.ncols())?;
        let checked = Points::new(points, self.weights.as_deref(), self.missing, &names)?;
        self.validate(&checked, &names)?;
        let ln_noise = -self.ln_volume(&checked);
        let prior = |settings: ConjugatePrior| Prior::new(settings, &checked, self.k, self.covariance);
        let mut search = Search::new(self, &checked, self.prior.map(prior), ln_noise);
        let mut found = search.run(self.on_collapse == Collapse::Error)?;
        let mut warnings = Vec::new();
        if !found.has_regular() && self.on_collapse == Collapse::Penalise {
            search.prior = Some(prior(ConjugatePrior::default()));
            found = search.run(false)?;
        }
        if let Some(prior) = &search.prior {
            warnings.push(Warning::ConjugatePrior { shrinkage: prior.shrinkage, dof: prior.dof });
        }
        if !found.has_regular() && self.on_collapse == Collapse::Drop {
            return self.without_collapsed(&search, points, &found, names);
        }
        match self.conclude(&search, found, names, warnings) {
            // The likelihood is greatest without noise: that is the answer.
            Err(GaussianMixtureError::NoNoise { .. }) => {
                let mut fit = Self { noise: None, ..self.clone() }.fit(points)?;
                fit.add_warning(Warning::AtLimit { name: "weight[noise]".into(), value: 0.0 });
                Ok(fit)
            }
            other => other,
        }
    }

    /// The fit of the highest maximum, or why there is none.
    fn conclude(
        &self,
        search: &Search<'_>,
        found: Found,
        names: Vec<String>,
        mut warnings: Vec<Warning>,
    ) -> Result<GaussianMixtureFit, GaussianMixtureError> {
        if found.ends.is_empty() {
            let named = found.collapses.iter().find(|collapse| !collapse.rows.is_empty());
            return Err(match (named.or(found.collapses.first()), found.failure) {
                (Some(collapse), _) => GaussianMixtureError::Collapsed {
                    component: collapse.component + 1,
                    rows: collapse.rows.clone(),
                    starts: found.starts,
                },
                (None, Some(error)) => error.into(),
                (None, None) => unreachable!("bug: a search without starts"),
            });
        }
        let (reached, continued) = found.reached_best();
        let tally = (if self.given.is_some() { 1 } else { reached }, continued, found.starts);
        let mut ends = found.ends.into_iter();
        let (best, height) = loop {
            let Some(near) = ends.next() else { unreachable!("bug: no end of a search") };
            let (last, height) = (ends.len() == 0, near.log_likelihood);
            match search.polish(near)? {
                Outcome::Ended(ended) if ended.is_near() || last => break (*ended, height),
                Outcome::Collapsed(Collapsing { component, rows }) if last => {
                    return Err(GaussianMixtureError::Collapsed {
                        component: component + 1,
                        rows,
                        starts: found.starts,
                    });
                }
                Outcome::Failed(error) if last => return Err(error.into()),
                _ => {}
            }
        };
        let higher = |other: &Ended| other.spurious.is_some() && other.is_near() && other.log_likelihood > height;
        if best.spurious.is_none()
            && let Some(higher) = ends.find(higher)
            && let Outcome::Ended(higher) = search.polish(higher)?
            && let Some(component) = higher.spurious
            && higher.log_likelihood > best.log_likelihood
        {
            warnings.push(Warning::PassedOver {
                component: (higher.components.rank(component) + 1).to_string(),
                rows: search.rows_of(search.points, &higher.components, component),
                log_likelihood: higher.log_likelihood,
            });
        }
        if !best.is_near() && best.components.has_noise() && best.components.weights[self.k] < NO_NOISE {
            return Err(GaussianMixtureError::NoNoise { weight: best.components.weights[self.k] });
        }
        let spurious =
            best.spurious.map(|j| (best.components.rank(j) + 1, search.rows_of(search.points, &best.components, j)));
        let found_one = best.is_near();
        let fit = report::fit(search, best, names, warnings, tally);
        match spurious {
            _ if !found_one => Err(GaussianMixtureError::NotConverged(Box::new(fit))),
            Some((component, rows)) => Err(GaussianMixtureError::Spurious { component, rows, fit: Box::new(fit) }),
            None => Ok(fit),
        }
    }

    /// The fit without the component that collapsed in the best of the starts.
    fn without_collapsed(
        &self,
        search: &Search<'_>,
        points: &DMatrix<f64>,
        found: &Found,
        names: Vec<String>,
    ) -> Result<GaussianMixtureFit, GaussianMixtureError> {
        let spurious = found.ends.first().and_then(|ended| {
            let component = ended.spurious?;
            Some(Collapsing { component, rows: search.rows_of(search.points, &ended.components, component) })
        });
        let named = found.collapses.iter().find(|collapse| !collapse.rows.is_empty()).cloned();
        let Some(Collapsing { component, rows }) = spurious.or(named).filter(|_| self.k > 1) else {
            return self.clone().on_collapse(Collapse::Restart).fit(points);
        };
        let mut fewer = self.clone().names(names);
        fewer.k -= 1;
        fewer.given = None;
        let mut fit = fewer.fit(points)?;
        fit.add_warning(Warning::Dropped { component: (component + 1).to_string(), rows });
        Ok(fit)
    }

    fn column_names(&self, d: usize) -> Result<Vec<String>, GaussianMixtureError> {
        let names = self.names.clone().unwrap_or_else(|| (1..=d).map(|a| format!("x{a}")).collect());
        let mut different = names.clone();
        different.sort_unstable();
        different.dedup();
        if names.len() != d || different.len() != d {
            return Err(GaussianMixtureError::ColumnNames { expected: d, found: names });
        }
        Ok(names)
    }

    fn validate(&self, points: &Points<'_>, names: &[String]) -> Result<(), GaussianMixtureError> {
        let (k, d) = (self.k, points.d());
        if k == 0 {
            return Err(GaussianMixtureError::NoComponents);
        }
        let settings = [("starts", self.starts), ("continued", self.continued)];
        if let Some((setting, _)) = settings.into_iter().find(|&(_, found)| found == 0) {
            return Err(GaussianMixtureError::Setting { setting, expected: "at least 1", found: 0.0 });
        }
        if let Some(Noise::Volume(found)) = self.noise
            && !(found.is_finite() && found > 0.0)
        {
            return Err(GaussianMixtureError::Setting { setting: "noise", expected: "a finite volume above 0", found });
        }
        if let Some(ConjugatePrior { shrinkage, dof }) = self.prior {
            if !(shrinkage.is_finite() && shrinkage > 0.0) {
                let (setting, expected) = ("prior, shrinkage", "a finite number above 0");
                return Err(GaussianMixtureError::Setting { setting, expected, found: shrinkage });
            }
            if let Some(found) = dof
                && !(found.is_finite() && found > d as f64 - 1.0)
            {
                let (setting, expected) = ("prior, dof", "a finite number above d - 1");
                return Err(GaussianMixtureError::Setting { setting, expected, found });
            }
        }
        if !points.has_distinct_rows(k - 1) {
            let distinct = (0..k).rev().find(|&fewer| fewer == 0 || points.has_distinct_rows(fewer - 1)).unwrap_or(0);
            return Err(GaussianMixtureError::TooManyComponents { components: k, distinct });
        }
        if !self.covariance.is_diagonal() && self.prior.is_none() {
            refuse_collinear(points, names)?;
        }
        self.given.as_ref().map_or(Ok(()), |given| self.validate_start(given, d))
    }

    fn validate_start(&self, given: &Components, d: usize) -> Result<(), GaussianMixtureError> {
        let wrong = |expected: String, found: String| Err(GaussianMixtureError::Start { expected, found });
        let weights = self.k + usize::from(self.has_noise());
        if given.weights.len() != weights || given.means.len() != self.k || given.factors.len() != self.k {
            let found = format!("{}, {} and {}", given.weights.len(), given.means.len(), given.factors.len());
            return wrong(format!("{weights} weights, {} means and {} covariances", self.k, self.k), found);
        }
        if let Some(mean) = given.means.iter().find(|mean| mean.len() != d) {
            return wrong(format!("means of {d} columns"), format!("{} columns", mean.len()));
        }
        if given.means.iter().flatten().any(|m| !m.is_finite()) {
            return wrong("finite means".into(), "one that is not".into());
        }
        let sum: f64 = given.weights.iter().sum();
        if given.weights.iter().any(|&weight| !(weight > 0.0 && weight < 1.0 + f64::EPSILON))
            || (sum - 1.0).abs() > 1e-8
        {
            return wrong("weights above 0 with a sum of 1".into(), format!("{:?}", given.weights));
        }
        let positive = |l: &DMatrix<f64>| l.shape() == (d, d) && l.iter().all(|l| l.is_finite());
        match given.factors.iter().position(|l| !positive(l)) {
            Some(j) => wrong(
                format!("covariances of {d} x {d}, positive definite"),
                format!("one of component {} that is not", j + 1),
            ),
            None => Ok(()),
        }
    }

    /// The logarithm of the volume in which noise is uniform.
    fn ln_volume(&self, points: &Points<'_>) -> f64 {
        if let Some(Noise::Volume(volume)) = self.noise {
            return volume.ln();
        }
        let side = |a: usize| {
            let column = || points.rows().map(|row| points.x[(row, a)]).filter(|x| !x.is_nan());
            column().fold(f64::NEG_INFINITY, f64::max) - column().fold(f64::INFINITY, f64::min)
        };
        (0..points.d()).map(|a| side(a).ln()).sum()
    }
}

/// Names the first column that those before it determine.
fn refuse_collinear(points: &Points<'_>, names: &[String]) -> Result<(), GaussianMixtureError> {
    let total = covariance(points);
    for a in 0..points.d() {
        let before = total.view((0, 0), (a, a)).into_owned();
        let cross = total.view((0, a), (a, 1)).into_owned();
        let explained = match Cholesky::new(before) {
            Some(factor) => factor.l().solve_lower_triangular(&cross).map_or(0.0, |z| z.norm_squared()),
            None => continue, // Not collinear: pairs of values that are observed together make no covariance.
        };
        if total[(a, a)] - explained <= 1e-12 * total[(a, a)] {
            return Err(GaussianMixtureError::Collinear { column: names[a].clone() });
        }
    }
    Ok(())
}
