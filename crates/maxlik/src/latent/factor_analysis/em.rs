//! EM for the factor model: the factors of each row are what is missing, and values that were not observed.
//!
//! Notation of Rubin & Thayer: `y: d` a row, `z: m` its factors, `y_i = mu_i + l_i' z + e_i`. For a pattern of missing values, over the
//! variables observed: `B = L' Sigma^-1`, so that `E z = B (y - mu)`, and `V = I - B L` the variance of `z`.
//!
//! The loadings are those of the coordinates: where one of them is 0 its factor is left out of that variable's regression.
use maxlik_optimizer::ExpectationMaximization;
use nalgebra::{DMatrix, DVector};

use super::coordinates::Coordinates;
use super::sample::Pattern;
use super::structure::Structure;

/// The steps in the coordinates; uniquenesses stay at or above a floor.
///
/// # References
/// Rubin & Thayer, "EM algorithms for ML factor analysis" (1982), loadings that are zero a priori included.
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
    /// The sums at a structure, and whether that is possible: whether all covariance matrices are positive definite.
    fn expected(structure: &Structure, patterns: &[Pattern]) -> (Self, bool) {
        let (d, m) = (structure.variables(), structure.factors());
        let mut sums = Self { uu: DMatrix::zeros(m + 1, m + 1), yu: DMatrix::zeros(d, m + 1), yy: DVector::zeros(d) };
        let possible = patterns.iter().all(|pattern| sums.add(structure, pattern).is_some());
        (sums, possible)
    }

    /// Adds what a pattern contributes.
    fn add(&mut self, structure: &Structure, pattern: &Pattern) -> Option<()> {
        let (observed, m, w) = (&pattern.observed, structure.factors(), pattern.weight);
        let loadings = structure.loadings.select_rows(observed);
        let b = structure.factored(observed)?.solve(&loadings).transpose();
        let deviation = DVector::from_iterator(
            observed.len(),
            observed.iter().zip(&pattern.mean).map(|(&j, y)| y - structure.mean[j]),
        );
        let z = &b * deviation;
        let bs = &b * pattern.covariance();
        let zz = &bs * b.transpose() + &z * z.transpose() + DMatrix::identity(m, m) - &b * &loadings;
        let mut uu = zz.clone().insert_column(m, 0.0).insert_row(m, 0.0);
        uu.view_mut((0, m), (m, 1)).copy_from(&z);
        uu.view_mut((m, 0), (1, m)).copy_from(&z.transpose());
        uu[(m, m)] = 1.0;
        // Variables observed, then the others, by their regressions on the factors.
        let covariance = pattern.covariance();
        let mut missing: Vec<bool> = vec![true; structure.variables()];
        for (k, &i) in observed.iter().enumerate() {
            missing[i] = false;
            for r in 0..m {
                self.yu[(i, r)] += w * (bs[(r, k)] + pattern.mean[k] * z[r]);
            }
            self.yu[(i, m)] += w * pattern.mean[k];
            self.yy[i] += w * (covariance[(k, k)] + pattern.mean[k].powi(2));
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

impl FactorSteps<'_> {
    /// The information of the complete data, expected given the observed ones, in the coordinates at a maximum: that of a regression of
    /// each variable on the factors, and half the sum of the weights for the logarithm of its uniqueness.
    pub(super) fn complete_information(&self, x: &DVector<f64>) -> DMatrix<f64> {
        let structure = self.coordinates.structure(x);
        let (sums, _) = FactorStatistics::expected(&structure, self.patterns);
        let m = structure.factors();
        let mut information = DMatrix::zeros(structure.len(), structure.len());
        for i in 0..structure.variables() {
            let place = |r: usize| if r == m { i } else { structure.loading(i, r) };
            for (r, s) in (0..=m).flat_map(|r| (0..=m).map(move |s| (r, s))) {
                information[(place(r), place(s))] = sums.uu[(r, s)] / structure.uniquenesses[i];
            }
            let psi = structure.uniqueness(i);
            information[(psi, psi)] = 0.5 * sums.uu[(m, m)] / structure.uniquenesses[i].powi(2);
        }
        self.coordinates.on_both_sides(&structure, &information)
    }
}

impl ExpectationMaximization for FactorSteps<'_> {
    type Statistics = FactorStatistics;

    fn e_step(&self, x: &DVector<f64>) -> (f64, FactorStatistics) {
        let structure = self.coordinates.structure(x);
        let (sums, possible) = FactorStatistics::expected(&structure, self.patterns);
        (if possible { structure.log_likelihood(self.patterns) } else { f64::NEG_INFINITY }, sums)
    }

    fn m_step(&self, sums: &FactorStatistics) -> DVector<f64> {
        let (d, m) = (sums.yy.len(), sums.uu.nrows() - 1);
        let mut structure =
            Structure { mean: DVector::zeros(d), loadings: DMatrix::zeros(d, m), uniquenesses: DVector::zeros(d) };
        for i in 0..d {
            // The regression of a variable on its factors.
            let own: Vec<usize> = (0..self.coordinates.factors_of(i)).chain([m]).collect();
            let uu = sums.uu.select_rows(&own).select_columns(&own);
            let yu = sums.yu.row(i).transpose().select_rows(&own);
            let fitted = uu.cholesky().map_or_else(|| DVector::repeat(own.len(), f64::NAN), |root| root.solve(&yu));
            for (&r, &l) in own.iter().zip(&fitted) {
                if r == m { structure.mean[i] = l } else { structure.loadings[(i, r)] = l }
            }
            let squares = sums.squares(i, &coefficients(&structure, i));
            structure.uniquenesses[i] = (squares / sums.uu[(m, m)]).max(self.floor);
        }
        self.coordinates.numbers(&structure)
    }

    fn q_gradient(&self, x: &DVector<f64>, sums: &FactorStatistics) -> DVector<f64> {
        let structure = self.coordinates.structure(x);
        let m = structure.factors();
        let mut gradient = DVector::zeros(structure.len());
        for i in 0..structure.variables() {
            let (own, psi) = (coefficients(&structure, i), structure.uniquenesses[i]);
            let slopes = (sums.yu.row(i).transpose() - &sums.uu * &own) / psi;
            for r in 0..m {
                gradient[structure.loading(i, r)] = slopes[r];
            }
            gradient[i] = slopes[m];
            let squares = sums.squares(i, &own);
            gradient[structure.uniqueness(i)] = 0.5 * (squares / psi - sums.uu[(m, m)]) / psi;
        }
        self.coordinates.gradient(&structure, &gradient)
    }
}
