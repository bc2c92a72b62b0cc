//! EM for the factor model: the factors of each row are what is missing, and values that were not observed.
//!
//! Notation of Rubin & Thayer: `y: d` a row, `z: m` its factors, `y_i = mu_i + l_i' z + e_i`. For a pattern of missing values, over the
//! variables observed: `E z = B (y - mu)`, and `V` the variance of `z`, as in `posterior.rs`.
//!
//! The M-step moves all loadings, and their rotation is taken out afterwards: that changes neither the likelihood nor `Q` where it
//! counts, but steps within the coordinates alone, with some loadings held at 0, can be forty times as many (measured).
use maxlik_optimizer::ExpectationMaximization;
use nalgebra::{DMatrix, DVector};

use super::coordinates::Coordinates;
use super::posterior::Posterior;
use super::sample::Pattern;
use super::structure::Structure;

/// The steps in the coordinates; uniquenesses stay at or above a floor.
///
/// # References
/// Rubin & Thayer, "EM algorithms for ML factor analysis" (1982).
pub(super) struct FactorSteps<'a> {
    pub(super) patterns: &'a [Pattern],
    pub(super) coordinates: &'a Coordinates,
    pub(super) floor: f64,
}

/// Expected sums over the rows, weighted. With `u = (z, 1)`:
pub(super) struct FactorStatistics {
    /// `sum u u': (m + 1) x (m + 1)`
    uu: DMatrix<f64>,
    /// `sum y_i u': d x (m + 1)`
    yu: DMatrix<f64>,
    /// `sum y_i^2: d`
    yy: DVector<f64>,
}

impl FactorStatistics {
    /// The structure that maximises `Q`: the regressions of the variables on the factors, and the variances of the residuals.
    fn maximise(&self, floor: f64) -> Option<Structure> {
        let m = self.uu.nrows() - 1;
        let fitted = self.uu.clone().cholesky()?.solve(&self.yu.transpose());
        let uniqueness = |i: usize| self.squares(i, &fitted.column(i).into_owned()) / self.uu[(m, m)];
        Some(Structure {
            mean: fitted.row(m).transpose(),
            loadings: fitted.rows(0, m).transpose(),
            uniquenesses: DVector::from_fn(self.yy.len(), |i, _| uniqueness(i).max(floor)),
        })
    }

    /// The gradient of `Q` in all parameters.
    fn q_gradient(&self, structure: &Structure) -> DVector<f64> {
        let m = structure.factors();
        let mut gradient = DVector::zeros(structure.len());
        for (i, &psi) in structure.uniquenesses.iter().enumerate() {
            let own = coefficients(structure, i);
            let slopes = (self.yu.row(i).transpose() - &self.uu * &own) / psi;
            for r in 0..m {
                gradient[structure.loading(i, r)] = slopes[r];
            }
            gradient[i] = slopes[m];
            gradient[structure.uniqueness(i)] = 0.5 * (self.squares(i, &own) / psi - self.uu[(m, m)]) / psi;
        }
        gradient
    }

    /// The sums at a structure, and whether that is possible: whether no uniqueness is 0.
    fn expected(structure: &Structure, patterns: &[Pattern]) -> (Self, bool) {
        let (d, m) = (structure.variables(), structure.factors());
        let mut sums = Self { uu: DMatrix::zeros(m + 1, m + 1), yu: DMatrix::zeros(d, m + 1), yy: DVector::zeros(d) };
        let possible = patterns.iter().all(|pattern| sums.add(structure, pattern).is_some());
        (sums, possible)
    }

    /// Adds what a pattern contributes.
    fn add(&mut self, structure: &Structure, pattern: &Pattern) -> Option<()> {
        let (observed, m, w) = (&pattern.observed, structure.factors(), pattern.weight);
        let Posterior { mean: b, variance, .. } = structure.posterior(observed)?;
        let z = &b * structure.deviation(pattern);
        // B S, and the diagonal of S.
        let (bs, variances) = if let Some(rows) = pattern.rows() {
            ((&b * rows.transpose()) * rows, rows.map(|x| x * x).row_sum().transpose())
        } else {
            let covariance = pattern.covariance();
            (&b * &covariance, covariance.diagonal())
        };
        let zz = &bs * b.transpose() + &z * z.transpose() + variance;
        let mut uu = zz.insert_column(m, 0.0).insert_row(m, 0.0);
        uu.view_mut((0, m), (m, 1)).copy_from(&z);
        uu.view_mut((m, 0), (1, m)).copy_from(&z.transpose());
        uu[(m, m)] = 1.0;
        // Variables observed, then the others, by their regressions on the factors.
        let mut missing: Vec<bool> = vec![true; structure.variables()];
        for (k, &i) in observed.iter().enumerate() {
            missing[i] = false;
            for r in 0..m {
                self.yu[(i, r)] += w * (bs[(r, k)] + pattern.mean[k] * z[r]);
            }
            self.yu[(i, m)] += w * pattern.mean[k];
            self.yy[i] += w * (variances[k] + pattern.mean[k].powi(2));
        }
        for i in (0..structure.variables()).filter(|&i| missing[i]) {
            let own = coefficients(structure, i);
            let yu = &uu * &own;
            self.yy[i] += w * (own.dot(&yu) + structure.uniquenesses[i]);
            let mut row = self.yu.row_mut(i);
            row += yu.transpose() * w;
        }
        self.uu += uu * w;
        Some(())
    }

    /// `sum (y_i - l_i' z - mu_i)^2`
    fn squares(&self, i: usize, coefficients: &DVector<f64>) -> f64 {
        let yu = self.yu.row(i).transpose();
        self.yy[i] - 2.0 * coefficients.dot(&yu) + coefficients.dot(&(&self.uu * coefficients))
    }
}

/// `(l_i, mu_i)`
fn coefficients(structure: &Structure, i: usize) -> DVector<f64> {
    structure.loadings.row(i).transpose().push(structure.mean[i])
}

/// The information of the complete data, expected given the observed ones, in all parameters at a maximum: that of a regression of
/// each variable on the factors, and of the variance of its residuals.
pub(super) fn complete_information(structure: &Structure, patterns: &[Pattern]) -> DMatrix<f64> {
    let (sums, _) = FactorStatistics::expected(structure, patterns);
    let m = structure.factors();
    let mut information = DMatrix::zeros(structure.len(), structure.len());
    for (i, &psi) in structure.uniquenesses.iter().enumerate() {
        let place = |r: usize| if r == m { i } else { structure.loading(i, r) };
        for (r, s) in (0..=m).flat_map(|r| (0..=m).map(move |s| (r, s))) {
            information[(place(r), place(s))] = sums.uu[(r, s)] / psi;
        }
        information[(structure.uniqueness(i), structure.uniqueness(i))] = 0.5 * sums.uu[(m, m)] / psi.powi(2);
    }
    information
}

impl ExpectationMaximization for FactorSteps<'_> {
    type Statistics = FactorStatistics;

    fn e_step(&self, x: &DVector<f64>) -> (f64, FactorStatistics) {
        let structure = self.coordinates.structure(x);
        let (sums, possible) = FactorStatistics::expected(&structure, self.patterns);
        (if possible { structure.log_likelihood(self.patterns) } else { f64::NEG_INFINITY }, sums)
    }

    fn m_step(&self, sums: &FactorStatistics) -> DVector<f64> {
        match sums.maximise(self.floor) {
            Some(structure) => self.coordinates.of(&structure),
            None => DVector::repeat(self.coordinates.len(), f64::NAN),
        }
    }

    fn q_gradient(&self, x: &DVector<f64>, sums: &FactorStatistics) -> DVector<f64> {
        let structure = self.coordinates.structure(x);
        self.coordinates.gradient(&structure, &sums.q_gradient(&structure))
    }
}

#[cfg(test)]
mod tests {
    use super::super::structure::tests::{gaps, structure};
    use super::*;
    use approx::assert_relative_eq;

    #[test]
    fn the_slope_of_q_is_the_score_and_vanishes_after_the_m_step() {
        let (sample, at) = (gaps(), structure());
        let (sums, possible) = FactorStatistics::expected(&at, &sample.patterns);
        assert!(possible);
        let (before, score) = at.score(&sample.patterns).unwrap();
        assert_relative_eq!(sums.q_gradient(&at), score, max_relative = 1e-12, epsilon = 1e-12);
        let next = sums.maximise(1e-6).unwrap();
        assert!(sums.q_gradient(&next).amax() < 1e-12 * score.amax());
        assert!(next.log_likelihood(&sample.patterns) > before);
        // What is below the floor stays on it, where Q still falls.
        let held = sums.maximise(0.5).unwrap();
        let on_floor: Vec<usize> = (0..5).filter(|&i| held.uniquenesses[i] == 0.5).collect();
        assert!(!on_floor.is_empty() && on_floor.len() < 5);
        let gradient = sums.q_gradient(&held);
        assert!(on_floor.iter().all(|&i| gradient[held.uniqueness(i)] < 0.0));
    }
}
