//! From the settings and the rows to the fit: the search, what becomes of a collapse, and which maximum is the answer.
use nalgebra::DMatrix;

use super::points::Points;
use super::prior::Prior;
use super::search::{Collapse as Collapsing, Ended, Found, Outcome, Search};
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
                Outcome::Collapsed(Collapsing { component, rows, .. }) if last => {
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
            Some((component, search.rows_of(search.points, &ended.components, component)))
        });
        let named = found.collapses.iter().find(|collapse| !collapse.rows.is_empty());
        let named = named.map(|collapse| (collapse.component, collapse.rows.clone()));
        let Some((component, rows)) = spurious.or(named).filter(|_| self.k > 1) else {
            return self.clone().on_collapse(Collapse::Restart).fit(points);
        };
        let mut fewer = self.clone().names(names);
        fewer.k -= 1;
        fewer.given = None;
        let mut fit = fewer.fit(points)?;
        fit.add_warning(Warning::Dropped { component: (component + 1).to_string(), rows });
        Ok(fit)
    }
}
