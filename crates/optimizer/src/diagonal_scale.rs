//! Units for methods that know gradients only.
use nalgebra::{DMatrix, DVector};

use crate::{Expansion, Point, Problem};

/// `D_i = sqrt(|H_ii| / m)` for an objective that is a sum of `m` terms: steps `D^-1 u` with dimensionless `u` are the same in all
/// units of the coordinates. Where there is no curvature the slope takes its place, `|g_i| / m`, and 1 where there is neither.
pub(crate) fn diagonal_scale(at: &Expansion, m: usize) -> DVector<f64> {
    let usable = |scale: &f64| *scale > 0.0 && scale.is_finite();
    DVector::from_fn(at.point.x.len(), |i, _| {
        let curvature = (at.hessian[(i, i)].abs() / m as f64).sqrt();
        let slope = at.point.gradient[i].abs() / m as f64;
        [curvature, slope].into_iter().find(usable).unwrap_or(1.0)
    })
}

/// The scale by another Hessian; it falls by a half at most, so that a passing inflection does not make steps very long.
pub(crate) fn measured_again(scale: &DVector<f64>, hessian: &DMatrix<f64>, m: usize) -> DVector<f64> {
    DVector::from_fn(scale.len(), |i, _| {
        let curvature = (hessian[(i, i)].abs() / m as f64).sqrt();
        if curvature.is_finite() { curvature.max(0.5 * scale[i]) } else { scale[i] }
    })
}

/// `sum_i (g_i / D_i)^2` over the coordinates that are not held: the Newton decrement if the Hessian were `diag(D^2)`.
pub(crate) fn diagonal_decrement(problem: &Problem<'_>, point: &Point, scale: &DVector<f64>) -> f64 {
    let moving = (0..scale.len()).filter(|&i| !problem.holds(i, point));
    moving.map(|i| (problem.slope(i, point) / scale[i]).powi(2)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use nalgebra::{dmatrix, dvector};

    #[test]
    fn the_scale_is_the_root_of_the_curvature_or_the_slope_or_one() {
        let point = Point { x: dvector![0.3, 0.7, 1.9, 0.2], value: 2.5, gradient: dvector![3.0, -6.0, 0.0, 1.5] };
        let mut hessian = DMatrix::from_diagonal(&dvector![-36.0, 0.0, 0.0, f64::INFINITY]);
        hessian.view_mut((0, 1), (2, 1)).copy_from(&dmatrix![0.4; 0.0]);
        let at = Expansion { point, hessian };
        assert_eq!(diagonal_scale(&at, 1), dvector![6.0, 6.0, 1.0, 1.5]);
        assert_eq!(diagonal_scale(&at, 4), dvector![3.0, 1.5, 1.0, 0.375]);
        assert_eq!(measured_again(&dvector![2.5, 0.4, 9.0, 0.7], &at.hessian, 4), dvector![3.0, 0.2, 4.5, 0.7]);
    }
}
