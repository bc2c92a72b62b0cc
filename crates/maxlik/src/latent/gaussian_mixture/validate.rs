//! What a Gaussian mixture asks of its rows and settings.
use nalgebra::{Cholesky, DMatrix};

use super::components::Components;
use super::points::Points;
use super::prior::covariance;
use super::{ConjugatePrior, GaussianMixture, GaussianMixtureError, Noise};

impl GaussianMixture {
    pub(super) fn column_names(&self, d: usize) -> Result<Vec<String>, GaussianMixtureError> {
        let names = self.names.clone().unwrap_or_else(|| (1..=d).map(|a| format!("x{a}")).collect());
        let mut different = names.clone();
        different.sort_unstable();
        different.dedup();
        if names.len() != d || different.len() != d {
            return Err(GaussianMixtureError::ColumnNames { expected: d, found: names });
        }
        Ok(names)
    }

    pub(super) fn validate(&self, points: &Points<'_>, names: &[String]) -> Result<(), GaussianMixtureError> {
        let (k, d) = (self.k, points.d());
        if k == 0 {
            return Err(GaussianMixtureError::NoComponents);
        }
        let settings = [("starts", self.starts), ("continued", self.continued.unwrap_or(1))];
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
    pub(super) fn ln_volume(&self, points: &Points<'_>) -> f64 {
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
