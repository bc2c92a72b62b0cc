//! How much of the information is missing because something was not observed.
//!
//! Notation: `I_c` the information of the complete data, expected given the observed ones; `I_o` the observed information.
use nalgebra::{Cholesky, DMatrix, SymmetricEigen};

use crate::InferenceError;

/// The fractions of missing information at a maximum: the eigenvalues of `I_c^-1 (I_c - I_o)`, from 0 (nothing is missing in a
/// direction of the parameters) to 1 (everything is).
///
/// They do not depend on the scale of the parameters. The greatest one is the rate of plain EM: its error shrinks by that factor from
/// step to step, so that a fraction of 0.99 means 230 steps for each digit.
///
/// # References
/// Orchard & Woodbury, "A missing information principle: theory and applications" (1972); Dempster, Laird & Rubin, "Maximum likelihood
/// from incomplete data via the EM algorithm" (1977), section 3; Louis, "Finding the observed information matrix when using the EM
/// algorithm" (1982).
#[derive(Clone, Debug, PartialEq)]
pub struct MissingInformation {
    fractions: Vec<f64>,
}

impl MissingInformation {
    /// From both informations on the same scale, `m x m`.
    pub(crate) fn new(complete: &DMatrix<f64>, observed: &DMatrix<f64>) -> Result<Self, InferenceError> {
        let scale = complete.diagonal().map(|d| if d > 0.0 { d.sqrt() } else { 1.0 });
        let scaled = |a: &DMatrix<f64>| DMatrix::from_fn(a.nrows(), a.ncols(), |i, j| a[(i, j)] / scale[i] / scale[j]);
        let indefinite = || {
            let smallest = SymmetricEigen::new(scaled(complete)).eigenvalues.min();
            InferenceError::IndefiniteInformation { smallest }
        };
        let l = Cholesky::new(scaled(complete)).ok_or_else(indefinite)?.l();
        // L^-1 (I_c - I_o) L^-T
        let solve = |a: &DMatrix<f64>| l.solve_lower_triangular(a).expect("bug: a Cholesky factor with a zero");
        let half = solve(&scaled(&(complete - observed)));
        let missing = solve(&half.transpose());
        let eigenvalues = SymmetricEigen::new(0.5 * (&missing + missing.transpose())).eigenvalues;
        let mut fractions: Vec<f64> = eigenvalues.iter().copied().collect();
        fractions.sort_by(|a, b| b.total_cmp(a));
        Ok(Self { fractions })
    }

    /// The fractions, the greatest first, as many as there are free parameters.
    pub fn fractions(&self) -> &[f64] {
        &self.fractions
    }

    /// The rate of convergence of plain EM: the greatest fraction.
    pub fn rate(&self) -> f64 {
        self.fractions.first().copied().unwrap_or(0.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use approx::assert_relative_eq;
    use nalgebra::dmatrix;

    #[test]
    fn the_fractions_are_those_of_the_product() {
        let complete = dmatrix![4.0, 1.0; 1.0, 3.0];
        let observed = dmatrix![2.5, 0.4; 0.4, 2.0];
        let missing = MissingInformation::new(&complete, &observed).unwrap();
        let product = complete.clone().try_inverse().unwrap() * (&complete - &observed);
        let (trace, determinant) = (product.trace(), product.determinant());
        let root = (0.25 * trace * trace - determinant).sqrt();
        assert_relative_eq!(missing.rate(), 0.5 * trace + root, max_relative = 1e-13);
        assert_relative_eq!(missing.fractions()[1], 0.5 * trace - root, max_relative = 1e-13);
    }

    #[test]
    fn nothing_is_missing_where_the_informations_are_the_same() {
        let information = dmatrix![4.0, 1.0; 1.0, 3.0];
        assert_eq!(MissingInformation::new(&information, &information).unwrap().fractions(), [0.0, 0.0]);
        let singular = dmatrix![1.0, 2.0; 2.0, 1.0];
        assert!(matches!(
            MissingInformation::new(&singular, &information),
            Err(InferenceError::IndefiniteInformation { smallest }) if (smallest + 1.0).abs() < 1e-12
        ));
    }
}
