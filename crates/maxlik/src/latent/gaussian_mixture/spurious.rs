//! Maxima that describe a coincidence instead of a group of rows.
use nalgebra::{Cholesky, DMatrix};

use super::Covariance;
use super::components::Components;

/// Variances up to this part of those that the components have on average are narrow: a twentieth in standard deviations, ...
const NARROW: f64 = 2.5e-3;

/// ... and up to this part where rows are as few as it takes to have a covariance at all: a third.
const NARROW_OF_FEW: f64 = 0.1;

/// The first component that stands on a coincidence: rows as few as it takes to have a covariance at all, or little more that happen to lie
/// close to a plane (in one dimension: close together).
///
/// Every Gaussian mixture whose covariances vary freely has such maxima for many starts; they are artefacts of a likelihood that is
/// infinite where rows lie in a plane exactly.
///
/// # Formula
/// `n_j < s + 3/2` and `v_j <= 1/10`, or `n_j < 2 (s + 1)` and `v_j <= 1/400`, for `v_j = lambda_min(W^-1 Sigma_j)` with the average
/// covariance `W = sum_m pi_m Sigma_m`, the expected number of rows `n_j`, and `s = d`, or 1 where covariances are diagonal. Families
/// that share volumes and shapes have none.
///
/// # References
/// Hathaway, "A constrained formulation of maximum-likelihood estimation for normal mixture distributions" (1985) for the ratio;
/// McLachlan & Peel, "Finite mixture models" (2000), section 3.10 for what to look at.
pub(crate) fn spurious(family: Covariance, components: &Components, rows: &[f64]) -> Option<usize> {
    let (k, d) = (components.k(), components.d());
    if k == 1 || family.is_tied() || matches!(family, Covariance::EqualShape) {
        return None;
    }
    let spanned = if family.is_diagonal() { 1.0 } else { d as f64 };
    let total: f64 = components.weights[..k].iter().sum();
    let within =
        (0..k).fold(DMatrix::zeros(d, d), |sum, j| sum + components.covariance(j) * (components.weights[j] / total));
    let within = Cholesky::new(within)?.l();
    let variance = |j: usize| {
        let relative =
            within.solve_lower_triangular(&components.factors[j]).expect("bug: a Cholesky factor with a zero");
        relative.singular_values().min().powi(2)
    };
    let narrow = |j: usize| {
        (rows[j] < spanned + 1.5 && variance(j) <= NARROW_OF_FEW)
            || (rows[j] < 2.0 * (spanned + 1.0) && variance(j) <= NARROW)
    };
    (0..k).find(|&j| narrow(j))
}

#[cfg(test)]
mod tests {
    use super::*;
    use nalgebra::{DVector, dmatrix};

    /// Two components in the plane, the second with this variance in one direction.
    fn components(narrow: f64) -> Components {
        let covariances = vec![dmatrix![2.0, 0.5; 0.5, 1.0], dmatrix![1.0, 0.0; 0.0, narrow]];
        Components::new(vec![0.9, 0.1], vec![DVector::zeros(2); 2], covariances, &[1.0; 2]).unwrap()
    }

    #[test]
    fn few_rows_near_a_line_are_a_coincidence() {
        let found = |narrow, rows| spurious(Covariance::Full, &components(narrow), &[100.0 - rows, rows]);
        assert_eq!(found(1e-3, 5.0), Some(1));
        assert_eq!(found(1e-1, 5.0), None, "not narrow");
        assert_eq!(found(1e-3, 7.0), None, "not few");
        assert_eq!(found(8e-2, 3.0), Some(1), "three rows have a covariance always");
        assert_eq!(found(3e-1, 3.0), None, "three rows, but wide");
        assert_eq!(spurious(Covariance::Diagonal, &components(1e-1), &[97.0, 3.0]), None);
        assert_eq!(spurious(Covariance::Tied, &components(1e-3), &[98.0, 2.0]), None);
    }
}
