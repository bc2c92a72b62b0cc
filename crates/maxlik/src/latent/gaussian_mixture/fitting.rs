//! From the settings and the rows to the fit: the search, what becomes of a collapse, and which maximum is the answer.
use maxlik_optimizer::EmError;
use nalgebra::DMatrix;

use super::points::Points;
use super::prior::Prior;
use super::search::{Collapse as Collapsing, Ended, Found, Outcome, SAME, Search};
use super::{ConjugatePrior, GaussianMixture, GaussianMixtureError, GaussianMixtureFit, report};
use crate::{Collapse, Warning};

/// Noise of a weight below this, where the search ran away, is on its way to none.
const NO_NOISE: f64 = 1e-6;

impl GaussianMixture {
    /// Finds the highest maximum of the likelihood that is not spurious, for `points`, `n x d`.
    ///
    /// # Errors
    /// If points or settings are invalid, a component collapses from every start, all maxima are spurious, or there is no convergence.
    pub fn fit(&self, points: &DMatrix<f64>) -> Result<GaussianMixtureFit, GaussianMixtureError> {
        let names = self.column_names(points.ncols())?;
        let checked = Points::new(points, self.weights.as_deref(), self.missing, &names)?;
        self.validate(&checked, &names)?;
        let ln_sides = self.ln_sides(&checked);
        let prior = self.prior.map(|settings| Prior::new(settings, &checked, self.k, self.covariance));
        let warning = |prior: &Prior| Warning::ConjugatePrior { shrinkage: prior.shrinkage, dof: prior.dof };
        let warnings = prior.iter().map(warning).collect();
        let given = self.given(&checked)?;
        let search = Search::new(self, &checked, given, prior, ln_sides);
        let found = search.run(self.on_collapse == Collapse::Error)?;
        match (self.conclude(&search, &found, names, warnings), self.on_collapse) {
            // The likelihood is greatest without noise: that is the answer.
            (Err(GaussianMixtureError::NoNoise { .. }), _) => {
                let mut fit = Self { noise: None, ..self.clone() }.fit(points)?;
                fit.add_warning(Warning::AtLimit { name: "weight[noise]".into(), value: 0.0 });
                Ok(fit)
            }
            (
                Err(
                    GaussianMixtureError::Collapsed { component, rows, .. }
                    | GaussianMixtureError::Spurious { component, rows, .. },
                ),
                Collapse::Drop,
            ) if self.k > 1 => {
                let mut fit = Self { k: self.k - 1, given: None, ..self.clone() }.fit(points)?;
                fit.add_warning(Warning::Dropped { component: component.to_string(), rows });
                Ok(fit)
            }
            (
                Err(GaussianMixtureError::Collapsed { .. } | GaussianMixtureError::Spurious { .. }),
                Collapse::Penalise,
            ) if self.prior.is_none() => self.clone().prior(ConjugatePrior::default()).fit(points),
            (other, _) => other,
        }
    }

    /// The fit of the highest maximum, or why there is none.
    fn conclude(
        &self,
        search: &Search<'_>,
        found: &Found,
        names: Vec<String>,
        mut warnings: Vec<Warning>,
    ) -> Result<GaussianMixtureFit, GaussianMixtureError> {
        let mut lost = None;
        let mut best = None;
        for (place, near) in found.ends.iter().enumerate() {
            match search.polish(near)? {
                Outcome::Ended(ended) if ended.is_near() || place + 1 == found.ends.len() => {
                    best = Some((near, *ended));
                    break;
                }
                Outcome::Ended(_) => {}
                Outcome::Collapsed(collapse) => lost = Some(Lost::Collapsed(collapse)),
                Outcome::Failed(error) => lost = Some(Lost::Failed(error)),
            }
        }
        let Some((near, best)) = best else { return Err(nothing(found, lost)) };
        if !best.is_near() && best.components.has_noise() && best.components.weights[self.k] < NO_NOISE {
            return Err(GaussianMixtureError::NoNoise { weight: best.components.weights[self.k] });
        }
        warnings.extend(unfinished(found, near));
        if best.spurious.is_none() {
            warnings.extend(passed_over(search, found, near)?);
        }
        let (reached, continued) = found.reached(near.report.value);
        // A search that was not near yet has come there by being polished.
        let reached = reached + usize::from(!near.is_near() && best.is_near());
        let tally = (reached, continued, found.starts);
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
}

/// Why the last end that was to be polished was none.
enum Lost {
    Collapsed(Collapsing),
    Failed(EmError),
}

/// Why there is no fit at all.
fn nothing(found: &Found, lost: Option<Lost>) -> GaussianMixtureError {
    let starts = found.starts;
    let named = found.collapses.iter().find(|collapse| !collapse.rows.is_empty()).or(found.collapses.first());
    let collapse = match (lost, named) {
        (Some(Lost::Collapsed(collapse)), _) => collapse,
        (_, Some(collapse)) => collapse.clone(),
        (Some(Lost::Failed(error)), None) => return error.into(),
        (None, None) => return found.failure.clone().expect("bug: a search without starts").into(),
    };
    let component = collapse.at.as_ref().map_or(collapse.component, |at| at.rank(collapse.component)) + 1;
    if collapse.rows.is_empty() {
        return GaussianMixtureError::EmptyComponent { component, starts };
    }
    GaussianMixtureError::Collapsed { component, rows: collapse.rows, starts }
}

/// A note on searches that ended higher than the one that is reported, without a maximum.
fn unfinished(found: &Found, near: &Ended) -> Option<Warning> {
    let higher = |other: &&Ended| other.spurious.is_none() && other.report.value < near.report.value - SAME;
    let highest = found.ends.iter().filter(higher).map(|other| other.log_likelihood).max_by(f64::total_cmp)?;
    let searches = found.ends.iter().filter(higher).count();
    Some(Warning::Unfinished { searches, log_likelihood: highest })
}

/// A note on a higher maximum that is spurious.
fn passed_over(search: &Search<'_>, found: &Found, near: &Ended) -> Result<Option<Warning>, GaussianMixtureError> {
    let higher =
        |other: &&Ended| other.spurious.is_some() && other.is_near() && other.log_likelihood > near.log_likelihood;
    let Some(higher) = found.ends.iter().find(higher) else { return Ok(None) };
    let Outcome::Ended(higher) = search.polish(higher)? else { return Ok(None) };
    Ok(higher.spurious.map(|component| Warning::PassedOver {
        component: (higher.components.rank(component) + 1).to_string(),
        rows: search.rows_of(search.points, &higher.components, component),
        log_likelihood: higher.log_likelihood,
    }))
}
