//! Promax: from loadings rotated by varimax to factors that may be correlated.
//!
//! Notation of Hendrickson & White: `X: d x m` the loadings, `Q = X |X|^(power - 1)` the target, `A = (X'X)^-1 X'Q` its regression on them,
//! `e` the diagonal of `(A'A)^-1`, by which the columns of `A` are scaled so that the factors have variance 1: `U = A diag(e)^1/2`.
use nalgebra::{DMatrix, DVector};

use super::FactorAnalysisError;

/// The regression and its parts.
#[derive(Clone, Debug)]
pub(super) struct Promax {
    power: f64,
    x: DMatrix<f64>,
    /// `(X'X)^-1`
    inverse: DMatrix<f64>,
    a: DMatrix<f64>,
    /// `(A'A)^-1`
    scale: DMatrix<f64>,
    /// `U: m x m`, by which the loadings are to be multiplied.
    pub(super) u: DMatrix<f64>,
}

impl Promax {
    /// # References
    /// Hendrickson & White, "Promax: a quick method for rotation to oblique simple structure" (1964).
    pub(super) fn new(x: DMatrix<f64>, power: f64) -> Result<Self, FactorAnalysisError> {
        let dependent = || FactorAnalysisError::DependentFactors;
        let inverse = x.tr_mul(&x).cholesky().ok_or_else(dependent)?.inverse();
        let a = &inverse * x.tr_mul(&target(&x, power));
        let scale = a.tr_mul(&a).cholesky().ok_or_else(dependent)?.inverse();
        let u = &a * DMatrix::from_diagonal(&scale.diagonal().map(f64::sqrt));
        Ok(Self { power, x, inverse, a, scale, u })
    }

    /// The change of `U` as `X` changes by `dx`.
    pub(super) fn change(&self, dx: &DMatrix<f64>) -> DMatrix<f64> {
        let Self { power, x, inverse, a, scale, .. } = self;
        let dq = x.zip_map(dx, |x, dx| power * x.abs().powf(power - 1.0) * dx);
        let crossed = dx.tr_mul(x);
        let da = inverse * (dx.tr_mul(&target(x, *power)) + x.tr_mul(&dq) - (&crossed + crossed.transpose()) * a);
        let crossed = da.tr_mul(a);
        let d_scale = -scale * (&crossed + crossed.transpose()) * scale;
        let root = scale.diagonal().map(f64::sqrt);
        let d_root = DVector::from_fn(root.len(), |r, _| 0.5 * d_scale[(r, r)] / root[r]);
        da * DMatrix::from_diagonal(&root) + a * DMatrix::from_diagonal(&d_root)
    }
}

fn target(x: &DMatrix<f64>, power: f64) -> DMatrix<f64> {
    x.map(|x| x * x.abs().powf(power - 1.0))
}
