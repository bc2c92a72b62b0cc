//! What the values of a row say about its factors.
use nalgebra::{DMatrix, DVector};

use super::{FactorAnalysisError, FactorAnalysisFit};

/// How the factors of a row are estimated; variables that are NaN count as not observed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Scores {
    /// Thomson's: the conditional mean of the factors given the row.
    ///
    /// # Formula
    /// `Phi L' Sigma^-1 (x - mu)`
    #[default]
    Regression,
    /// Bartlett's: the factors by weighted least squares, unbiased given the factors.
    ///
    /// # Formula
    /// `(L' Psi^-1 L)^-1 L' Psi^-1 (x - mu)`
    Bartlett,
}

impl FactorAnalysisFit {
    /// The factors of rows, `n x m`, for the loadings as reported: rows of the fit, or new ones, in the units of the data.
    ///
    /// R's `factanal` divides by standard deviations with divisor `n - 1`: its scores are ours times `((n - 1) / n)^1/2`.
    ///
    /// # Errors
    /// If the fit is one of a covariance matrix, the number of columns differs, a value is infinite, or, for
    /// [Bartlett's](Scores::Bartlett), a row has too few values.
    ///
    /// # Example
    /// ```
    /// use maxlik::prelude::*;
    /// use nalgebra::{DMatrix, dmatrix};
    ///
    /// let points = dmatrix![
    ///     1.0, 1.2, 0.7; 2.0, 1.7, 2.4; 3.0, 3.3, 2.6; 4.0, 3.9, 4.5; 5.0, 4.6, 4.8; 6.0, 6.4, 6.1; 7.0, 6.6, 7.5
    /// ];
    /// let fit = FactorAnalysis::new(1).fit(&points)?;
    /// let scores = fit.scores(&points, Scores::Regression)?;
    /// // The mean row has factors of 0, and the first one lies below it.
    /// let mean = DMatrix::from_row_slice(1, 3, fit.mean().unwrap().as_slice());
    /// assert!(fit.scores(&mean, Scores::Regression)?[(0, 0)].abs() < 1e-12);
    /// assert!(scores[(0, 0)] < -1.3);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # References
    /// Thomson, "The factorial analysis of human ability" (1951); Bartlett, "The statistical conception of mental factors" (1937).
    pub fn scores(&self, points: &DMatrix<f64>, scores: Scores) -> Result<DMatrix<f64>, FactorAnalysisError> {
        let location = self.sample.location.as_ref().ok_or(FactorAnalysisError::NoMean)?;
        let structure = &self.structure;
        let (d, m) = (structure.variables(), structure.factors());
        if points.ncols() != d {
            return Err(FactorAnalysisError::Columns { expected: d, found: points.ncols() });
        }
        let mut of_rows = DMatrix::zeros(points.nrows(), m);
        let (mut last, mut weights) = (Vec::new(), self.score_weights(&[], scores));
        for i in 0..points.nrows() {
            let row = points.row(i);
            if let Some(j) = (0..d).find(|&j| row[j].is_infinite()) {
                let column = self.variables()[j].clone();
                return Err(FactorAnalysisError::NotFinite { row: i, column, found: row[j], missing_allowed: true });
            }
            let observed: Vec<usize> = (0..d).filter(|&j| !row[j].is_nan()).collect();
            let deviation = DVector::from_iterator(
                observed.len(),
                observed.iter().map(|&j| (row[j] - location[j]) / self.sample.scale[j] - structure.mean[j]),
            );
            // Rows with the same variables observed have the same weights.
            if observed != last {
                weights = self.score_weights(&observed, scores);
                last.clone_from(&observed);
            }
            let found = observed.len();
            let weights = weights.as_ref().ok_or(FactorAnalysisError::Scores { row: i, expected: m, found })?;
            of_rows.row_mut(i).copy_from(&(weights * deviation).transpose());
        }
        Ok(of_rows)
    }

    /// The weights of the variables observed, `m x o`. Both kinds are by `Sigma^-1`, which exists without uniqueness, too:
    /// `(L' Psi^-1 L)^-1 L' Psi^-1 = (L' Sigma^-1 L)^-1 L' Sigma^-1`.
    fn score_weights(&self, observed: &[usize], scores: Scores) -> Option<DMatrix<f64>> {
        let loadings = self.structure.loadings.select_rows(observed);
        let by_sigma = self.structure.factored(observed)?.solve(&loadings).transpose();
        let unrotated = match scores {
            Scores::Regression => by_sigma,
            Scores::Bartlett => (&by_sigma * loadings).cholesky()?.solve(&by_sigma),
        };
        // The loadings are multiplied by T, the factors by its inverse.
        self.frame.transform.clone().lu().solve(&unrotated)
    }
}
