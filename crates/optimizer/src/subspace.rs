//! The minimum of the quadratic model over the coordinates that are free at the generalised Cauchy point.
//!
//! Notation of Byrd, Lu, Nocedal & Zhu: `B = theta I - W M W'` with `W = [Y  theta S]`; `F` are the free coordinates and `A` the
//! others, which stand on their bounds. All positions are measured from `x`.
use nalgebra::{DMatrix, DVector};

use crate::Bounds;
use crate::cauchy_point::CauchyPoint;
use crate::inverse_hessian::CompactHessian;

/// The step to the minimum over the free coordinates, brought back into the bounds: by projection if that leads down, otherwise
/// from the Cauchy point only as far as the first bound. None if rounding has made the model's matrix singular.
///
/// # References
/// Byrd, Lu, Nocedal & Zhu (1995), section 5.1, the direct primal method; the projection after Morales & Nocedal, "Remark on
/// algorithm 778", ACM Transactions on Mathematical Software 38(1), 2011, section 2.
pub(crate) fn subspace_step(
    gradient: &DVector<f64>,
    hessian: &CompactHessian,
    cauchy: &CauchyPoint,
    bounds: &Bounds,
) -> Option<DVector<f64>> {
    let CauchyPoint { step, free } = cauchy;
    let target = minimum_on_face(gradient, hessian, step, free)?;

    let mut projected = step.clone();
    let mut part: f64 = 1.0;
    for (&i, &to) in free.iter().zip(&target) {
        projected[i] = to.max(bounds.lower[i]).min(bounds.upper[i]);
        if projected[i] != to {
            part = part.min((projected[i] - step[i]) / (to - step[i]));
        }
    }
    if gradient.dot(&projected) < 0.0 {
        return Some(projected);
    }
    let mut truncated = step.clone();
    for (&i, &to) in free.iter().zip(&target) {
        truncated[i] = (step[i] + part * (to - step[i])).max(bounds.lower[i]).min(bounds.upper[i]);
    }
    Some(truncated)
}

/// `s_F = -B_FF^-1 (g_F + B_FA s_A)`
///
/// `B_FF^-1 = I / theta + W_F N^-1 W_F' / theta^2` with `N = M^-1 - W_F'W_F / theta`, the equation (5.11) with its factor `M` taken
/// in. Written out, nothing cancels in `N`, and what rounding leaves of an ill-conditioned `M` matters only where the coordinates on
/// the bounds move: on Watson's problem in 12 variables, between bounds that are far away, the product by `M` took 5500
/// evaluations and more where this takes as many as the two-loop recursion.
fn minimum_on_face(
    gradient: &DVector<f64>,
    hessian: &CompactHessian,
    step: &DVector<f64>,
    free: &[usize],
) -> Option<DVector<f64>> {
    let CompactHessian { theta, w, m } = hessian;
    let mut held = step.clone();
    for &i in free {
        held[i] = 0.0;
    }
    let w_free = DMatrix::from_fn(free.len(), w.ncols(), |k, j| w[(free[k], j)]);
    let mut r = DVector::from_fn(free.len(), |k, _| -gradient[free[k]]);
    if m.is_empty() {
        return Some(r / *theta);
    }
    if held.iter().any(|&s| s != 0.0) {
        r += &w_free * (m * w.tr_mul(&held));
    }
    let n = face_matrix(hessian, &w_free, free);
    let v = n.lu().solve(&w_free.tr_mul(&r))?;
    Some((r + w_free * v / *theta) / *theta)
}

/// `N = [-D - Y_F'Y_F / theta, (..)'; L - S_F'Y_F, theta S_A'S_A]` with `D = I`, and `s_i'y_j` over `A` in the strict lower triangle of
/// `L - S_F'Y_F`, minus that over `F` in the upper.
fn face_matrix(hessian: &CompactHessian, w_free: &DMatrix<f64>, free: &[usize]) -> DMatrix<f64> {
    let CompactHessian { theta, w, .. } = hessian;
    let mut w_held = w.clone();
    for &i in free {
        w_held.row_mut(i).fill(0.0);
    }
    let m = w.ncols() / 2;
    let (on_free, on_held) = (w_free.tr_mul(w_free) / *theta, w_held.tr_mul(&w_held) / *theta);
    DMatrix::from_fn(2 * m, 2 * m, |i, j| match (i < m, j < m) {
        (true, true) => -on_free[(i, j)] - if i == j { 1.0 } else { 0.0 },
        (false, false) => on_held[(i, j)],
        (false, true) if i - m > j => on_held[(i, j)],
        (true, false) if j - m > i => on_held[(i, j)],
        _ => -on_free[(i, j)],
    })
}
