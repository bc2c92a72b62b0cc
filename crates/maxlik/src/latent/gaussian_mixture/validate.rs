//! What a Gaussian mixture asks of its rows and settings.
use nalgebra::Cholesky;

use super::chart::Chart;
use super::components::Components;
use super::points::{Pattern, Points};
use super::prior::covariance;
use super::settings::Given;
use super::{ConjugatePrior, GaussianMixture, GaussianMixtureError, Noise};

/// Entries of matrices are the same when they differ by at most this part of the greatest.
const SAME: f64 = 1e-8;

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
            refuse_never_together(points, names)?;
            refuse_collinear(points, names)?;
        }
        Ok(())
    }

    /// The components to start from, if they were given.
    pub(super) fn given(&self, points: &Points<'_>) -> Result<Option<Components>, GaussianMixtureError> {
        let Some(Given { weights, means, covariances }) = &self.given else { return Ok(None) };
        let d = points.d();
        let wrong = |expected: String, found: String| Err(GaussianMixtureError::Start { expected, found });
        let length = self.k + usize::from(self.has_noise());
        if weights.len() != length || means.nrows() != self.k || covariances.len() != self.k {
            let found = format!("{}, {} and {}", weights.len(), means.nrows(), covariances.len());
            return wrong(format!("{length} weights, {} means and {} covariances", self.k, self.k), found);
        }
        if means.ncols() != d {
            return wrong(format!("means of {d} columns"), format!("{} columns", means.ncols()));
        }
        if let Some(mean) = means.iter().find(|mean| !mean.is_finite()) {
            return wrong("finite means".into(), mean.to_string());
        }
        let sum: f64 = weights.iter().sum();
        if weights.iter().any(|&weight| !(weight > 0.0 && weight <= 1.0)) || (sum - 1.0).abs() > 1e-8 {
            return wrong("weights above 0 with a sum of 1".into(), format!("{weights:?}"));
        }
        let mut factors = Vec::new();
        for (j, covariance) in covariances.iter().enumerate() {
            let symmetric = covariance.shape() == (d, d)
                && (covariance - covariance.transpose()).iter().all(|gap| gap.abs() <= SAME * covariance.amax());
            let factor = symmetric.then(|| Cholesky::new(covariance.clone())).flatten();
            let Some(factor) = factor else {
                let expected = format!("covariances of {d} x {d}, symmetric and positive definite");
                return wrong(expected, format!("one of component {} that is not", j + 1));
            };
            factors.push(factor.unpack());
        }
        let means = means.row_iter().map(|mean| mean.transpose()).collect();
        let back: Vec<f64> = points.center.iter().map(|center| -center).collect();
        let given = Components { weights: weights.clone(), means, factors }.moved(&back);
        // Of the family is what its free scale gives back.
        let chart = Chart::around(self.covariance, &given);
        let back = chart.components(&chart.to_free(&given));
        let same = |j: usize| {
            let covariance = given.covariance(j);
            back.as_ref().is_some_and(|back| (back.covariance(j) - &covariance).amax() <= SAME * covariance.amax())
        };
        match (0..self.k).find(|&j| !same(j)) {
            Some(j) => wrong(
                format!("covariances of the family {}", self.covariance),
                format!("one of component {} that does not belong to it with the others", j + 1),
            ),
            None => Ok(Some(given)),
        }
    }

    /// The logarithms of the sides of the box in which noise is uniform: that which the rows span, or a cube of the volume given.
    pub(super) fn ln_sides(&self, points: &Points<'_>) -> Vec<f64> {
        let d = points.d();
        if let Some(Noise::Volume(volume)) = self.noise {
            return vec![volume.ln() / d as f64; d];
        }
        let side = |a: usize| {
            let column = || points.rows().map(|row| points.x[(row, a)]).filter(|x| !x.is_nan());
            column().fold(f64::NEG_INFINITY, f64::max) - column().fold(f64::INFINITY, f64::min)
        };
        (0..d).map(|a| side(a).ln()).collect()
    }
}

/// Names the first two columns that no row has both of.
fn refuse_never_together(points: &Points<'_>, names: &[String]) -> Result<(), GaussianMixtureError> {
    for a in 0..points.d() {
        for b in 0..a {
            if !points.patterns.iter().any(|pattern| pattern.observed.contains(&a) && pattern.observed.contains(&b)) {
                let (first, second) = (names[b].clone(), names[a].clone());
                return Err(GaussianMixtureError::NeverTogether { first, second });
            }
        }
    }
    Ok(())
}

/// Names the first column that those before determine, in the rows that have all columns, if these are enough to tell.
fn refuse_collinear(points: &Points<'_>, names: &[String]) -> Result<(), GaussianMixtureError> {
    let d = points.d();
    let is_complete = |pattern: &Pattern| pattern.observed.len() == d;
    let total = if points.patterns.iter().all(is_complete) {
        covariance(points)
    } else {
        let complete = points.of_patterns(is_complete);
        if complete.n() <= d {
            return Ok(());
        }
        covariance(&complete)
    };
    for a in 0..d {
        let before = total.view((0, 0), (a, a)).into_owned();
        let cross = total.view((0, a), (a, 1)).into_owned();
        let z = Cholesky::new(before).and_then(|factor| factor.l().solve_lower_triangular(&cross));
        let explained = z.map_or(total[(a, a)], |z| z.norm_squared());
        if total[(a, a)] - explained <= 1e-12 * total[(a, a)] {
            return Err(GaussianMixtureError::Collinear { column: names[a].clone() });
        }
    }
    Ok(())
}
