//! The exact minimum of a penalised quadratic model on a face: zeros, edges and signs held.
//!
//! Notation as in `coordinate_descent.rs`; `t_i = r_i + w_i sign(z_i)` the slope on the face, `A` the coordinates that are free
//! on it, `D` a diagonal scale with `D_i = sqrt|H_ii|`.
use nalgebra::DVector;

use crate::coordinate_descent::PenalizedModel;

/// A pivot of the scaled Hessian up to this size has no curvature.
const FLAT: f64 = 1e-12;

/// The free coordinates of a face, and the Cholesky factor of the Hessian over those of them that are linearly independent.
pub(crate) struct Face<'m> {
    model: &'m PenalizedModel<'m>,
    /// `A`
    free: Vec<usize>,
    /// `t` over `A`, and what of it is rounding.
    slope: Vec<(f64, f64)>,
    /// The coordinates that are factorized, as places in `A`.
    basis: Vec<usize>,
    /// The rows of `L` with `L L' = D^-1 H D^-1` over the basis.
    rows: Vec<Vec<f64>>,
}

impl<'m> Face<'m> {
    pub(crate) fn new(model: &'m PenalizedModel<'m>, z: &DVector<f64>, r: &DVector<f64>) -> Self {
        let inside = |i: &usize| z[*i] > model.lower[*i] && z[*i] < model.upper[*i];
        let free: Vec<usize> =
            (0..z.len()).filter(inside).filter(|&i| model.weights[i] == 0.0 || z[i] != 0.0).collect();
        let sign = |i: usize| if z[i] == 0.0 { 0.0 } else { z[i].signum() };
        let slope = free.iter().map(|&i| (r[i] + model.weights[i] * sign(i), model.rounding(i, z))).collect();
        let room = free.len();
        Self { model, free, slope, basis: Vec::with_capacity(room), rows: Vec::with_capacity(room) }
    }

    /// Moves `z` to the minimum on the face, or to the first kink or edge on the way there: whether it has got there.
    ///
    /// Where the Hessian is not positive definite on the face, there is a direction without curvature, or of negative one:
    /// down such a direction to the first kink or edge. One that is level is followed to a kink, so that of equally good points
    /// one is found with no more nonzero coordinates than are linearly independent; without a kink its last coordinate stays.
    pub(crate) fn descend(mut self, z: &mut DVector<f64>) -> bool {
        for k in 0..self.free.len() {
            let row = self.row(k);
            let diagonal = self.scaled(k, k);
            let pivot = diagonal - row.iter().map(|l| l * l).sum::<f64>();
            if pivot > FLAT * diagonal.abs() {
                self.basis.push(k);
                self.rows.push(row);
                self.rows.last_mut().expect("bug: a row was just pushed").push(pivot.sqrt());
            } else if let Some(direction) = self.way_off(z, k, row, pivot < -FLAT * diagonal.abs()) {
                self.walk(z, &direction, f64::INFINITY);
                return false;
            }
        }
        let right = self.basis.iter().map(|&b| -self.slope[b].0 / self.scale(b)).collect();
        let step = self.solve(right);
        let step: Vec<(usize, f64)> =
            self.basis.iter().zip(step).map(|(&b, s)| (self.free[b], s / self.scale(b))).collect();
        self.walk(z, &step, 1.0)
    }

    fn scale(&self, k: usize) -> f64 {
        let curvature = self.model.hessian[(self.free[k], self.free[k])].abs().sqrt();
        if curvature > 0.0 { curvature } else { 1.0 }
    }

    fn scaled(&self, k: usize, l: usize) -> f64 {
        self.model.hessian[(self.free[k], self.free[l])] / self.scale(k) / self.scale(l)
    }

    /// The next row of the factor without its pivot: `L y = h_k`.
    fn row(&self, k: usize) -> Vec<f64> {
        let mut y = Vec::with_capacity(self.basis.len() + 1);
        for (&b, row) in self.basis.iter().zip(&self.rows) {
            let known: f64 = row.iter().zip(&y).map(|(l, y)| l * y).sum();
            y.push((self.scaled(b, k) - known) / row[y.len()]);
        }
        y
    }

    /// Solves `L L' v = u`.
    fn solve(&self, mut u: Vec<f64>) -> Vec<f64> {
        for (i, row) in self.rows.iter().enumerate() {
            let known: f64 = row.iter().zip(&u[..i]).map(|(l, y)| l * y).sum();
            u[i] = (u[i] - known) / row[i];
        }
        self.solve_transposed(u)
    }

    /// Solves `L' v = y`.
    fn solve_transposed(&self, mut y: Vec<f64>) -> Vec<f64> {
        for (i, row) in self.rows.iter().enumerate().rev() {
            y[i] /= row[i];
            let v = y[i];
            for (y, l) in y[..i].iter_mut().zip(row) {
                *y -= l * v;
            }
        }
        y
    }

    /// The direction in which coordinate `k` moves together with the basis so that the slopes of the basis stay: downhill, or
    /// if it is level the way to the nearest kink; none where there is none.
    fn way_off(&self, z: &DVector<f64>, k: usize, row: Vec<f64>, curved_down: bool) -> Option<Vec<(usize, f64)>> {
        let follow = self.solve_transposed(row.into_iter().map(|y| -y).collect());
        let parts = self.basis.iter().zip(follow).chain(std::iter::once((&k, 1.0)));
        let (mut slope, mut rounding) = (0.0, 0.0);
        let mut forward = Vec::with_capacity(self.basis.len() + 1);
        for (&b, v) in parts {
            let v = v / self.scale(b);
            slope += v * self.slope[b].0;
            rounding += v.abs() * self.slope[b].1;
            forward.push((self.free[b], v));
        }
        let back: Vec<_> = forward.iter().map(|&(i, v)| (i, -v)).collect();
        if curved_down || slope.abs() > rounding {
            return Some(if slope > 0.0 { back } else { forward });
        }
        let to_kink = |way: &[(usize, f64)]| {
            let (t, i) = self.first_stop(z, way)?;
            let d = way.iter().find(|way| way.0 == i)?.1;
            (self.model.weights[i] > 0.0 && self.stop(i, d, z[i]) == 0.0).then_some(t)
        };
        match (to_kink(&forward), to_kink(&back)) {
            (Some(ahead), Some(behind)) => Some(if ahead <= behind { forward } else { back }),
            (Some(_), None) => Some(forward),
            (None, Some(_)) => Some(back),
            (None, None) => None,
        }
    }

    /// The kink or edge ahead of coordinate `i` at `from` in direction `d`.
    fn stop(&self, i: usize, d: f64, from: f64) -> f64 {
        let edge = if d > 0.0 { self.model.upper[i] } else { self.model.lower[i] };
        if self.model.weights[i] > 0.0 && from * d < 0.0 && from * edge <= 0.0 { 0.0 } else { edge }
    }

    /// How far it is along a direction to the first kink or edge, and whose that is.
    fn first_stop(&self, z: &DVector<f64>, direction: &[(usize, f64)]) -> Option<(f64, usize)> {
        let moving = direction.iter().filter(|(_, d)| *d != 0.0);
        let stops = moving.map(|&(i, d)| ((self.stop(i, d, z[i]) - z[i]) / d, i));
        stops.min_by(|a, b| a.0.total_cmp(&b.0))
    }

    /// Moves `z` along a direction until `t = end`, or to the first kink or edge: whether the end is reached.
    fn walk(&self, z: &mut DVector<f64>, direction: &[(usize, f64)], end: f64) -> bool {
        let first = self.first_stop(z, direction).filter(|&(t, _)| t < end);
        let t = first.map_or(end, |(t, _)| t);
        for &(i, d) in direction {
            let (to, stop) = (z[i] + t * d, self.stop(i, d, z[i]));
            // Rounding must neither carry a coordinate over its own stop nor keep the first from it.
            let arrives = (to - stop) * d > 0.0 || first.is_some_and(|(_, first)| first == i);
            z[i] = if arrives { stop } else { to };
        }
        first.is_none()
    }
}
