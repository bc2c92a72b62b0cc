//! From the information to the covariance.
use nalgebra::{Cholesky, DMatrix, SymmetricEigen};

use crate::InferenceError;

/// The information counts as singular when an eigenvalue, scaled to a unit diagonal, is at most this times the number of
/// coefficients.
const SINGULAR: f64 = 1e-14;

/// From this condition on the inverse is refined. Where the condition is surely less, eigenvalues are not looked for.
const REFINED: f64 = 1e6;

/// Inference on the coefficients that were estimated inside their domains.
#[derive(Clone, Debug)]
pub(crate) struct Interior {
    pub(crate) covariance: DMatrix<f64>,
    /// The information on the free scale, scaled to a unit diagonal.
    pub(crate) scaled: DMatrix<f64>,
}

impl Interior {
    /// The ratio of the largest to the smallest eigenvalue of the scaled information.
    pub(crate) fn condition(&self) -> f64 {
        if self.scaled.is_empty() {
            return 1.0;
        }
        let eigenvalues = self.scaled.symmetric_eigenvalues();
        eigenvalues.max() / eigenvalues.min()
    }
}

/// The covariance on the natural scale (`M x M`) and the scaled information, from the information on the free scale (`k x k`) and the
/// derivatives of the natural coefficients by the free ones (`M x k`): the inverse by way of the matrix scaled to a unit diagonal,
/// then the delta method, which is exact where the score vanishes. `names` are those of the natural coefficients.
///
/// Diagonal elements below `least` are scaled as if they were that: a model whose coefficients have units of their own knows what is
/// rounding, and with 0 units do not matter.
pub(crate) fn invert(
    information: &DMatrix<f64>,
    jacobian: &DMatrix<f64>,
    names: &[&str],
    least: f64,
) -> Result<Interior, InferenceError> {
    let k = information.nrows();
    if k == 0 {
        return Ok(Interior {
            covariance: DMatrix::zeros(jacobian.nrows(), jacobian.nrows()),
            scaled: DMatrix::zeros(0, 0),
        });
    }
    let scale = information.diagonal().map(|d| d.abs().max(least));
    let scale = scale.map(|d| if d == 0.0 { 1.0 } else { d.sqrt() });
    let scaled = DMatrix::from_fn(k, k, |i, j| information[(i, j)] / scale[i] / scale[j]);
    let unscaled = DMatrix::from_fn(jacobian.nrows(), k, |i, j| jacobian[(i, j)] / scale[j]);
    let covariance = |inverse: &DMatrix<f64>| &unscaled * inverse * unscaled.transpose();
    let inverse = Cholesky::new(scaled.clone()).map(|cholesky| cholesky.inverse());
    // A norm of the matrix times that of its inverse is at least the condition.
    if let Some(inverse) = inverse.as_ref().filter(|inverse| norm(&scaled) * norm(inverse) <= REFINED) {
        return Ok(Interior { covariance: covariance(inverse), scaled });
    }
    // Eigenvalues cost more than all else here, the eigenvectors more again: these are wanted only where one tells what is not determined.
    let eigenvalues = scaled.symmetric_eigenvalues();
    let (low, high) = (eigenvalues.min(), eigenvalues.max());
    let rounding = SINGULAR * k as f64 * high.abs();
    if low < -rounding || !low.is_finite() {
        return Err(InferenceError::IndefiniteInformation { smallest: low });
    }
    let singular = || {
        let eigen = SymmetricEigen::new(scaled.clone());
        let unscaled = eigen.eigenvectors.column(eigen.eigenvalues.imin());
        let direction = jacobian * unscaled.component_div(&scale);
        // Of each natural coefficient what counts in units of the standard error that it would have by itself.
        let unit = |i: usize| jacobian.row(i).transpose().component_div(&scale).norm();
        let leading: Vec<usize> = (0..names.len()).filter(|&i| direction[i].abs() > 1e-3 * unit(i)).collect();
        if leading.is_empty() {
            // Only the free scale is level, at the end of a domain: the coefficients that move on it, where each has its own.
            let own = if jacobian.is_square() { k } else { 0 };
            let moving = (0..own).filter(|&i| unscaled[i].abs() > 1e-3);
            return InferenceError::SingularInformation {
                combination: moving.map(|i| (names[i].into(), unscaled[i].signum())).collect(),
            };
        }
        // In units of the first: which is the largest may be a matter of rounding.
        InferenceError::SingularInformation {
            combination: leading.iter().map(|&i| (names[i].into(), direction[i] / direction[leading[0]])).collect(),
        }
    };
    if low <= rounding {
        return Err(singular());
    }
    let mut inverse = inverse.ok_or_else(singular)?;
    if high > REFINED * low {
        refine(&scaled, &mut inverse);
    }
    Ok(Interior { covariance: covariance(&inverse), scaled })
}

/// The greatest sum of absolute values in a column.
fn norm(matrix: &DMatrix<f64>) -> f64 {
    matrix.column_iter().map(|column| column.lp_norm(1)).fold(0.0, f64::max)
}

/// One step of Newton's iteration for the inverse, `X + X (I - A X)`, the residual in twice the precision: it doubles the number of
/// correct digits as far as those of `A` go.
///
/// # References
/// Higham, "Accuracy and Stability of Numerical Algorithms" (2002), sections 12.1 and 14.5; the products are those of Dekker, "A
/// floating-point technique for extending the available precision" (1971).
fn refine(a: &DMatrix<f64>, x: &mut DMatrix<f64>) {
    let k = a.nrows();
    let residual = DMatrix::from_fn(k, k, |i, j| {
        let (mut high, mut low) = (if i == j { 1.0 } else { 0.0 }, 0.0);
        for m in 0..k {
            let (product, rest) = exact_product(-a[(i, m)], x[(m, j)]);
            let sum: f64 = high + product;
            let part = sum - high;
            low += (high - (sum - part)) + (product - part) + rest;
            high = sum;
        }
        high + low
    });
    let correction = &*x * residual;
    *x += correction;
}

/// The product rounded, and what rounding took from it.
fn exact_product(a: f64, b: f64) -> (f64, f64) {
    let split = |v: f64| {
        let c = 134_217_729.0 * v; // 2^27 + 1
        let high = c - (c - v);
        (high, v - high)
    };
    let ((a1, a2), (b1, b2), product) = (split(a), split(b), a * b);
    (product, a2 * b2 - (((product - a1 * b1) - a2 * b1) - a1 * b2))
}

#[cfg(test)]
mod tests {
    use super::*;
    use approx::assert_relative_eq;
    use nalgebra::{dmatrix, dvector};

    #[test]
    fn the_inverse_is_rescaled() {
        let information = dmatrix![4.0, 1.5; 1.5, 9.0];
        let interior = invert(&information, &DMatrix::from_diagonal(&dvector![2.0, 0.5]), &["a", "b"], 0.0).unwrap();
        let inverse = information.try_inverse().unwrap();
        assert_relative_eq!(interior.covariance[(0, 0)], 4.0 * inverse[(0, 0)], max_relative = 1e-14);
        assert_relative_eq!(interior.covariance[(0, 1)], inverse[(0, 1)], max_relative = 1e-14);
        assert_relative_eq!(interior.covariance[(1, 1)], 0.25 * inverse[(1, 1)], max_relative = 1e-14);
        // Scaled to a unit diagonal: eigenvalues 1 +- 1.5 / 6.
        assert_relative_eq!(interior.condition(), 1.25 / 0.75, max_relative = 1e-14);
    }

    #[test]
    fn the_inverse_is_the_same_whether_eigenvalues_are_looked_for_or_not() {
        // Condition below the bound, norms above: (1 + 99 r) / (1 - r) for 100 coefficients that are alike.
        let alike = |k: usize, r: f64| DMatrix::from_fn(k, k, |i, j| if i == j { 1.0 } else { r });
        for (k, r) in [(100, 0.5), (100, 0.999), (100, 0.9999), (3, 0.999_999)] {
            let information = alike(k, r);
            let names = vec!["a"; k];
            let interior = invert(&information, &DMatrix::identity(k, k), &names, 0.0).unwrap();
            // (I - r 11' / (1 + (k - 1) r)) / (1 - r)
            let rest = 1.0 + (k as f64 - 1.0) * r;
            let expected = DMatrix::from_fn(k, k, |i, j| (f64::from(u8::from(i == j)) - r / rest) / (1.0 - r));
            // Eigenvalues have roundings of the largest.
            let (condition, rounding) = (rest / (1.0 - r), f64::EPSILON * k as f64 * rest / (1.0 - r));
            assert_relative_eq!(interior.covariance, expected, max_relative = rounding);
            assert_relative_eq!(interior.condition(), condition, max_relative = rounding);
        }
        assert_eq!(invert(&DMatrix::zeros(0, 0), &DMatrix::zeros(1, 0), &["a"], 0.0).unwrap().condition(), 1.0);
    }

    #[test]
    fn singular_and_indefinite_matrices_are_told_apart() {
        let singular = invert(&dmatrix![4.0, 6.0; 6.0, 9.0], &DMatrix::identity(2, 2), &["a", "b"], 0.0).unwrap_err();
        let InferenceError::SingularInformation { combination } = singular else { panic!("{singular}") };
        assert_eq!(combination[0], ("a".into(), 1.0));
        assert_relative_eq!(combination[1].1, -2.0 / 3.0, max_relative = 1e-12);
        let indefinite = invert(&dmatrix![4.0, 9.0; 9.0, 9.0], &DMatrix::identity(2, 2), &["a", "b"], 0.0).unwrap_err();
        assert!(matches!(indefinite, InferenceError::IndefiniteInformation { smallest } if smallest < -0.4));
    }

    #[test]
    fn an_ill_conditioned_inverse_keeps_the_digits_of_its_matrix() {
        // The inverse of [[1, r], [r, 1]] is [[1, -r], [-r, 1]] / (1 - r^2); r = 1 - 2^-40 and 1 - r^2 are exact.
        let gap = 2.0_f64.powi(-40);
        let r = 1.0 - gap;
        let covariance =
            invert(&dmatrix![1.0, r; r, 1.0], &DMatrix::identity(2, 2), &["a", "b"], 0.0).unwrap().covariance;
        let exact = 1.0 / (gap * (2.0 - gap));
        assert_relative_eq!(covariance[(0, 0)], exact, max_relative = 1e-14);
    }
}
