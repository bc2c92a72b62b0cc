//! From the information to the covariance.
use nalgebra::{Cholesky, DMatrix, SymmetricEigen};

use crate::InferenceError;

/// The information counts as singular when an eigenvalue, scaled to a unit diagonal, is at most this times the number of
/// coefficients.
const SINGULAR: f64 = 1e-14;

/// Inference on the coefficients that were estimated inside their domains.
#[derive(Clone, Debug)]
pub(crate) struct Interior {
    pub(crate) covariance: DMatrix<f64>,
    /// Ratio of the largest to the smallest eigenvalue of the information, scaled to a unit diagonal.
    pub(crate) condition: f64,
}

/// The covariance on the natural scale and the condition, from the information on the free scale and the slopes `t'`: the
/// inverse by way of the matrix scaled to a unit diagonal, then the delta method, which is exact where the score vanishes.
pub(crate) fn invert(information: &DMatrix<f64>, slopes: &[f64], names: &[&str]) -> Result<Interior, InferenceError> {
    let k = information.nrows();
    if k == 0 {
        return Ok(Interior { covariance: DMatrix::zeros(0, 0), condition: 1.0 });
    }
    let scale = information.diagonal().map(|d| if d == 0.0 { 1.0 } else { d.abs().sqrt() });
    let scaled = DMatrix::from_fn(k, k, |i, j| information[(i, j)] / scale[i] / scale[j]);
    let eigen = SymmetricEigen::new(scaled.clone());
    let smallest = eigen.eigenvalues.imin();
    let (low, high) = (eigen.eigenvalues[smallest], eigen.eigenvalues.max());
    let rounding = SINGULAR * k as f64 * high.abs();
    if low < -rounding || !low.is_finite() {
        return Err(InferenceError::IndefiniteInformation { smallest: low });
    }
    let singular = || {
        let unscaled = eigen.eigenvectors.column(smallest);
        let direction = unscaled.component_div(&scale);
        // In units of the first: which is the largest may be a matter of rounding.
        let leading: Vec<usize> = (0..k).filter(|&i| unscaled[i].abs() > 1e-3).collect();
        let part = |i: usize| slopes[i] * direction[i];
        InferenceError::SingularInformation {
            combination: leading.iter().map(|&i| (names[i].into(), part(i) / part(leading[0]))).collect(),
        }
    };
    if low <= rounding {
        return Err(singular());
    }
    let inverse = Cholesky::new(scaled).ok_or_else(singular)?.inverse();
    let covariance = DMatrix::from_fn(k, k, |i, j| slopes[i] / scale[i] * inverse[(i, j)] * slopes[j] / scale[j]);
    Ok(Interior { covariance, condition: high / low })
}

#[cfg(test)]
mod tests {
    use super::*;
    use approx::assert_relative_eq;
    use nalgebra::dmatrix;

    #[test]
    fn the_inverse_is_rescaled() {
        let information = dmatrix![4.0, 1.5; 1.5, 9.0];
        let interior = invert(&information, &[2.0, 0.5], &["a", "b"]).unwrap();
        let inverse = information.try_inverse().unwrap();
        assert_relative_eq!(interior.covariance[(0, 0)], 4.0 * inverse[(0, 0)], max_relative = 1e-14);
        assert_relative_eq!(interior.covariance[(0, 1)], inverse[(0, 1)], max_relative = 1e-14);
        assert_relative_eq!(interior.covariance[(1, 1)], 0.25 * inverse[(1, 1)], max_relative = 1e-14);
        // Scaled to a unit diagonal: eigenvalues 1 +- 1.5 / 6.
        assert_relative_eq!(interior.condition, 1.25 / 0.75, max_relative = 1e-14);
    }

    #[test]
    fn singular_and_indefinite_matrices_are_told_apart() {
        let singular = invert(&dmatrix![4.0, 6.0; 6.0, 9.0], &[1.0, 1.0], &["a", "b"]).unwrap_err();
        let InferenceError::SingularInformation { combination } = singular else { panic!("{singular}") };
        assert_eq!(combination[0], ("a".into(), 1.0));
        assert_relative_eq!(combination[1].1, -2.0 / 3.0, max_relative = 1e-12);
        let indefinite = invert(&dmatrix![4.0, 9.0; 9.0, 9.0], &[1.0, 1.0], &["a", "b"]).unwrap_err();
        assert!(matches!(indefinite, InferenceError::IndefiniteInformation { smallest } if smallest < -0.4));
    }
}
