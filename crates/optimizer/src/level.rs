//! A search that ends on a level floor: does the floor lead down somewhere?
use nalgebra::{Cholesky, DMatrix, DVector, SymmetricEigen};

use crate::{Expansion, Problem};

/// An eigenvalue of the scaled Hessian up to this part of the largest is level.
const LEVEL: f64 = 1e-10;

/// Below minus this part of the largest an eigenvalue is a way down, not rounding.
const DOWN: f64 = 1e-8;

/// How far the floor is followed, as parts of the size of the coordinates that move with it.
const STEPS: [f64; 9] = [0.05, 0.1, 0.2, 0.35, 0.5, 0.7, 0.85, 1.0, 2.0];

/// Up to this part of its largest entry a Hessian has not changed.
const UNCHANGED: f64 = 1e-12;

/// So many level directions are followed at most, at nineteen evaluations each.
const DIRECTIONS: usize = 4;

/// A point on the floor from which the objective falls, or one that is lower itself: where the Hessian at a stationary point is
/// singular, points along its level directions may be saddles. None where the objective is level and curved upwards, as for
/// parameters that are not determined.
pub(crate) fn way_down(problem: &Problem<'_>, at: &Expansion) -> Option<DVector<f64>> {
    if is_safely_positive_definite(scaled(&at.hessian).0) {
        return None;
    }
    let point = &at.point;
    let (eigenvalues, directions) = eigen(&at.hessian);
    let largest = eigenvalues.amax();
    let level = (0..eigenvalues.len()).filter(|&i| eigenvalues[i].abs() <= LEVEL * largest).take(DIRECTIONS);
    let rounding = 1e-10 * point.value.abs().max(1e-10);
    for direction in level.map(|i| directions.column(i).into_owned()) {
        let direction = &direction / direction.amax();
        let moving = direction.iter().zip(&point.x).filter(|(d, _)| d.abs() > 0.1);
        let size = moving.map(|(_, x)| x.abs()).fold(0.0, f64::max);
        let size = if size > 0.0 { size } else { 1.0 };
        // Where the Hessian does not change, the objective is quadratic, and the floor level for ever.
        let far = problem.expansion(&point.x + &direction * size);
        if (&far.hessian - &at.hessian).amax() <= UNCHANGED * at.hessian.amax() {
            continue;
        }
        for step in STEPS.iter().flat_map(|&step| [step * size, -step * size]) {
            let x = &point.x + &direction * step;
            if problem.bounds.project(&x) != x {
                continue;
            }
            let there = problem.expansion(x);
            let on_the_floor = there.is_finite() && there.point.value <= point.value + rounding;
            if on_the_floor && (there.point.value < point.value - rounding || leads_down(&there)) {
                return Some(there.point.x);
            }
        }
    }
    None
}

/// Whether the Hessian has a negative eigenvalue.
fn leads_down(at: &Expansion) -> bool {
    let (eigenvalues, _) = eigen(&at.hessian);
    eigenvalues.min() < -DOWN * eigenvalues.amax()
}

/// Whether every pivot of the Cholesky factorization is above [`LEVEL`]: the cheap answer for most Hessians.
fn is_safely_positive_definite(scaled: DMatrix<f64>) -> bool {
    Cholesky::new(scaled)
        .is_some_and(|cholesky| cholesky.l_dirty().diagonal().iter().all(|pivot| pivot * pivot > LEVEL))
}

/// The Hessian with a unit diagonal, and the scale, `sqrt|H_ii|`.
fn scaled(hessian: &DMatrix<f64>) -> (DMatrix<f64>, DVector<f64>) {
    let scale = hessian.diagonal().map(|h| if h == 0.0 { 1.0 } else { h.abs().sqrt() });
    (DMatrix::from_fn(scale.len(), scale.len(), |i, j| hessian[(i, j)] / scale[i] / scale[j]), scale)
}

/// Eigenvalues of the scaled Hessian, and its eigenvectors in the units of the point.
fn eigen(hessian: &DMatrix<f64>) -> (DVector<f64>, DMatrix<f64>) {
    let (scaled, scale) = scaled(hessian);
    let SymmetricEigen { eigenvalues, mut eigenvectors } = SymmetricEigen::new(scaled);
    for mut column in eigenvectors.column_iter_mut() {
        column.component_div_assign(&scale);
    }
    (eigenvalues, eigenvectors)
}
