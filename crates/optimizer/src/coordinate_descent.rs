//! Coordinate descent on a quadratic model with an L1 penalty.
//!
//! Notation: `x` the point of the model, `g` and `H` gradient and Hessian there, `w` the weights of the penalty; `z` the trial
//! point and `r = g + H (z - x)` the gradient of the quadratic part there. Minimised is
//!
//! ```text
//! q(z) = g'(z - x) + (z - x)'H(z - x) / 2 + sum_i w_i |z_i|        lower <= z <= upper, all finite
//! ```
//!
//! Coordinate descent finds out which coordinates are zero, which stand on an edge of the box and which signs the others have:
//! the face of the solution (`face.rs`). On the face `q` is a plain quadratic, whose minimum is a linear system. Sweeps and faces
//! take turns, each lowers `q`, until the minimum on a face is the minimum of all.
//!
//! # References
//! Friedman, Hastie & Tibshirani, "Regularization paths for generalized linear models via coordinate descent" (2010), section
//! 2: soft thresholding (equation 5), covariance updates, cycles over the active set.
use nalgebra::{DMatrix, DVector};

use crate::face::Face;

/// Sweeps over the active coordinates between two sweeps over all, at most.
const CYCLES: usize = 20;

/// Rounds of sweeps and faces, at most. Where they do not suffice the step is as good as they have made it.
const ROUNDS: usize = 50;

/// A quadratic model with a penalty, within a box.
pub(crate) struct PenalizedModel<'m> {
    pub(crate) x: &'m DVector<f64>,
    pub(crate) gradient: &'m DVector<f64>,
    pub(crate) hessian: &'m DMatrix<f64>,
    pub(crate) weights: &'m DVector<f64>,
    pub(crate) lower: DVector<f64>,
    pub(crate) upper: DVector<f64>,
}

impl PenalizedModel<'_> {
    /// The point of the box where the model is least; where the Hessian is indefinite a point that single coordinates cannot
    /// improve on and from which no direction on its face leads down.
    pub(crate) fn minimize(&self) -> DVector<f64> {
        let n = self.x.len();
        let all: Vec<usize> = (0..n).collect();
        let mut z = DVector::from_fn(n, |i, _| self.x[i].max(self.lower[i]).min(self.upper[i]));
        let mut r = self.residual(&z);
        for _ in 0..ROUNDS {
            // Coordinate descent: all once, then the active ones until their signs have settled.
            self.sweep(&all, &mut z, &mut r);
            let active: Vec<usize> = all.iter().copied().filter(|&i| z[i] != 0.0).collect();
            let mut cycles = 0;
            while cycles < CYCLES && self.sweep(&active, &mut z, &mut r) {
                cycles += 1;
            }

            // The minimum on the face, and on the smaller faces that the way there leads to.
            loop {
                r = self.residual(&z);
                if Face::new(self, &z, &r).descend(&mut z) {
                    break;
                }
            }

            // Is it the minimum of all?
            r = self.residual(&z);
            if !all.iter().any(|&i| self.is_held(i, &z) && self.leaves(i, &z, &r)) {
                break;
            }
        }
        z
    }

    /// `r = g + H (z - x)`
    fn residual(&self, z: &DVector<f64>) -> DVector<f64> {
        let mut r = self.gradient.clone();
        for j in 0..z.len() {
            if z[j] != self.x[j] {
                r.axpy(z[j] - self.x[j], &self.hessian.column(j), 1.0);
            }
        }
        r
    }

    /// Minimises along each of these coordinates in turn: whether one of them has changed its sign, left an edge or come to one.
    fn sweep(&self, coordinates: &[usize], z: &mut DVector<f64>, r: &mut DVector<f64>) -> bool {
        let mut changed = false;
        for &i in coordinates {
            if self.is_held(i, z) && !self.leaves(i, z, r) {
                continue;
            }
            let to = self.minimum_along(i, z[i], r[i]);
            if to != z[i] {
                changed |= self.place(i, to) != self.place(i, z[i]);
                r.axpy(to - z[i], &self.hessian.column(i), 1.0);
                z[i] = to;
            }
        }
        changed
    }

    /// The minimum of the model along coordinate `i`, downhill from `z_i`, where the quadratic part has slope `r_i`: a step of
    /// Newton, which stops at the kink if the penalty holds it there.
    ///
    /// # Formula
    /// `z_i = S(H_ii z_i - r_i, w_i) / H_ii` with the soft threshold `S(u, w) = sign(u) max(|u| - w, 0)`, cut off at the edges.
    fn minimum_along(&self, i: usize, z: f64, r: f64) -> f64 {
        let (h, w, lower, upper) = (self.hessian[(i, i)], self.weights[i], self.lower[i], self.upper[i]);
        let right = r + if z >= 0.0 { w } else { -w };
        let left = r + if z > 0.0 { w } else { -w };
        let (slope, ahead) = if right < 0.0 && z < upper {
            (right, upper)
        } else if left > 0.0 && z > lower {
            (left, lower)
        } else {
            return z;
        };
        let to = if h > 0.0 { (z - slope / h).max(lower).min(upper) } else { ahead };
        // Across the kink the slope is another one.
        if w > 0.0 && z * to < 0.0 {
            let at_kink = r - h * z;
            return if at_kink.abs() <= w { 0.0 } else { self.minimum_along(i, 0.0, at_kink) };
        }
        to
    }

    /// Where a coordinate stands: its sign if it is penalised, and the edges.
    fn place(&self, i: usize, z: f64) -> (bool, bool, bool, bool) {
        let penalized = self.weights[i] > 0.0;
        (penalized && z > 0.0, penalized && z < 0.0, z <= self.lower[i], z >= self.upper[i])
    }

    /// Whether coordinate `i` stands on the kink or on an edge.
    fn is_held(&self, i: usize, z: &DVector<f64>) -> bool {
        (self.weights[i] > 0.0 && z[i] == 0.0) || z[i] <= self.lower[i] || z[i] >= self.upper[i]
    }

    /// Whether the model falls where coordinate `i` leaves the kink or the edge that it stands on, by more than rounding.
    fn leaves(&self, i: usize, z: &DVector<f64>, r: &DVector<f64>) -> bool {
        let (at, w) = (z[i], self.weights[i]);
        let right = r[i] + if at >= 0.0 { w } else { -w };
        let left = r[i] + if at > 0.0 { w } else { -w };
        let falls = (right < 0.0 && at < self.upper[i]) || (left > 0.0 && at > self.lower[i]);
        falls && right.min(-left).abs() > self.rounding(i, z)
    }

    /// What rounding alone may make of a zero of `r_i + w_i`: `16 epsilon (|g_i| + w_i + sum_j |H_ij| (|x_j| + |z_j|))`.
    pub(crate) fn rounding(&self, i: usize, z: &DVector<f64>) -> f64 {
        let column = self.hessian.column(i);
        let moved: f64 = column.iter().zip(self.x.iter().zip(z)).map(|(h, (x, z))| h.abs() * (x.abs() + z.abs())).sum();
        16.0 * f64::EPSILON * (self.gradient[i].abs() + self.weights[i] + moved)
    }
}
