//! How much less the data say than they would if the factors had been observed.
use nalgebra::DMatrix;

use super::FactorAnalysisFit;
use super::em::complete_information;
use super::structure::Structure;
use super::varimax::pairs;
use crate::{InferenceError, MissingInformation};

impl FactorAnalysisFit {
    /// The fractions of missing information, as many as there are free loadings and uniquenesses: how much less the data say than they
    /// would if the factors had been observed. With missing values they count, too, and the means are among the parameters; without,
    /// means need no EM. The greatest fraction is the rate of plain EM.
    ///
    /// # Errors
    /// If a variable has no uniqueness, or one on a bound: then the EM algorithm has no rate.
    pub fn missing_information(&self) -> Result<MissingInformation, InferenceError> {
        let is_uniqueness = |name: &str| name.starts_with("uniqueness[");
        let mut uniquenesses = self.all.iter().filter(|coefficient| is_uniqueness(&coefficient.name));
        uniquenesses.try_for_each(|coefficient| self.has_std_error(coefficient))?;
        fractions(self)
    }
}

/// The fractions of missing information in all parameters but the means of complete data. In the directions of rotations all is missing:
/// these are left out, with all that is not orthogonal to them as the complete information measures it, by which the other fractions stay
/// what they are.
fn fractions(fit: &FactorAnalysisFit) -> Result<MissingInformation, InferenceError> {
    let (structure, patterns) = (&fit.structure, &fit.sample.patterns);
    let first = if fit.sample.is_complete() { structure.variables() } else { 0 };
    let complete = complete_information(structure, patterns);
    let expansion = structure.expansion(patterns);
    let observed = expansion.expect("bug: a fit whose covariance matrix is not positive definite").information;
    let scale = complete.diagonal().map(f64::sqrt);
    let scaled = |a: &DMatrix<f64>| {
        let n = structure.len() - first;
        DMatrix::from_fn(n, n, |i, j| a[(first + i, first + j)] / scale[first + i] / scale[first + j])
    };
    let (complete, observed) = (scaled(&complete), scaled(&observed));
    let mut rotations = rotations(structure).rows_range(first..).into_owned();
    rotations.row_iter_mut().zip(scale.rows_range(first..).iter()).for_each(|(mut row, scale)| row *= *scale);
    if rotations.ncols() == 0 {
        return MissingInformation::new(&complete, &observed);
    }
    let along = (&complete * rotations).qr().q();
    let projection = DMatrix::identity(complete.nrows(), complete.nrows()) - &along * along.transpose();
    let eigen = projection.symmetric_eigen();
    let others: Vec<usize> = (0..eigen.eigenvalues.len()).filter(|&k| eigen.eigenvalues[k] > 0.5).collect();
    let basis = eigen.eigenvectors.select_columns(&others);
    let restricted = |a: DMatrix<f64>| basis.transpose() * a * &basis;
    MissingInformation::new(&restricted(complete), &restricted(observed))
}

/// The directions of rotations, as columns over all parameters.
fn rotations(structure: &Structure) -> DMatrix<f64> {
    let (d, m) = (structure.variables(), structure.factors());
    let mut rotations = DMatrix::zeros(structure.len(), m * (m - 1) / 2);
    for (k, (p, q)) in pairs(m).enumerate() {
        for i in 0..d {
            rotations[(structure.loading(i, p), k)] = structure.loadings[(i, q)];
            rotations[(structure.loading(i, q), k)] = -structure.loadings[(i, p)];
        }
    }
    rotations
}
