//! The limited-memory BFGS approximation of the Hessian and of its inverse.
//!
//! Notation: `s_k = x_k+1 - x_k`, `y_k = g_k+1 - g_k`, of which the last `m` pairs are kept; `H ~ (f'')^-1` and `B = H^-1`;
//! `S` and `Y` are the matrices of the pairs, `n x m`, `S'Y = L + D + R` splits into its strict lower triangle, its diagonal and
//! its strict upper triangle.
use std::collections::VecDeque;

use nalgebra::{DMatrix, DVector, LU};

/// A pair is kept if `s'y > CURVATURE y'y`.
const CURVATURE: f64 = f64::EPSILON;

/// The last pairs of steps and changes of the gradient, and what they say of the Hessian.
#[derive(Clone, Debug)]
pub(crate) struct InverseHessian {
    memory: usize,
    /// `(s, y)`, the oldest first, each divided by `sqrt(s'y)`: the formulas hold for any lengths, and so `s'y = 1`.
    pairs: VecDeque<(DVector<f64>, DVector<f64>)>,
    /// `B_0 = theta I`
    theta: f64,
}

impl InverseHessian {
    /// `B = theta I`, to which up to `memory` pairs will be added.
    pub(crate) fn new(memory: usize, theta: f64) -> Self {
        Self { memory, pairs: VecDeque::with_capacity(memory), theta }
    }

    /// Takes a pair in, in place of the oldest if the memory is full, unless its curvature is not positive,
    /// `s'y <= epsilon y'y`. Whether it was kept.
    pub(crate) fn update(&mut self, s: DVector<f64>, y: DVector<f64>) -> bool {
        let (sy, yy) = (s.dot(&y), y.norm_squared());
        let theta = yy / sy;
        if !(sy > CURVATURE * yy && theta.is_normal()) {
            return false;
        }
        if self.pairs.len() == self.memory {
            self.pairs.pop_front();
        }
        if self.memory > 0 {
            self.pairs.push_back((s / sy.sqrt(), y / sy.sqrt()));
        }
        self.theta = theta;
        true
    }

    /// Forgets all pairs but the scale of the last.
    pub(crate) fn clear(&mut self) {
        self.pairs.clear();
    }

    /// Whether there are no pairs: `B = theta I`.
    pub(crate) fn is_empty(&self) -> bool {
        self.pairs.is_empty()
    }

    /// `H g` by the two-loop recursion.
    ///
    /// # References
    /// Nocedal, "Updating quasi-Newton matrices with limited storage" (1980); Nocedal & Wright, "Numerical Optimization" (2006),
    /// algorithm 7.4.
    pub(crate) fn apply(&self, gradient: &DVector<f64>) -> DVector<f64> {
        let mut q = gradient.clone();
        let mut alphas = Vec::with_capacity(self.pairs.len());
        for (s, y) in self.pairs.iter().rev() {
            let alpha = s.dot(&q);
            q.axpy(-alpha, y, 1.0);
            alphas.push(alpha);
        }
        let mut r = q / self.theta;
        for ((s, y), alpha) in self.pairs.iter().zip(alphas.iter().rev()) {
            let beta = y.dot(&r);
            r.axpy(alpha - beta, s, 1.0);
        }
        r
    }

    /// `B` in its compact form; none if rounding has made its middle matrix singular.
    pub(crate) fn hessian(&self, n: usize) -> Option<CompactHessian> {
        let (theta, m) = (self.theta, self.pairs.len());
        let mut w = DMatrix::zeros(n, 2 * m);
        for (j, (s, y)) in self.pairs.iter().enumerate() {
            w.set_column(j, y);
            w.column_mut(m + j).axpy(theta, s, 0.0);
        }
        let mut middle = DMatrix::zeros(2 * m, 2 * m);
        for (i, (s_i, _)) in self.pairs.iter().enumerate() {
            middle[(i, i)] = -1.0;
            for (j, (s_j, y_j)) in self.pairs.iter().enumerate() {
                middle[(m + i, m + j)] = theta * s_i.dot(s_j);
                if i > j {
                    let l = s_i.dot(y_j);
                    (middle[(m + i, j)], middle[(j, m + i)]) = (l, l);
                }
            }
        }
        Some(CompactHessian { theta, w, m: LU::new(middle).try_inverse()? })
    }
}

/// `B = theta I - W M W'`.
///
/// # Formula
/// `W = [Y  theta S]`, `M = [-D  L'; L  theta S'S]^-1`
///
/// # References
/// Byrd, Nocedal & Schnabel, "Representations of quasi-Newton matrices and their use in limited memory methods", Mathematical
/// Programming 63, 1994, theorem 2.3; in the notation of Byrd, Lu, Nocedal & Zhu (1995), equations (3.2) to (3.4).
#[derive(Clone, Debug)]
pub(crate) struct CompactHessian {
    pub(crate) theta: f64,
    /// `W`, `n x 2m`.
    pub(crate) w: DMatrix<f64>,
    /// `M`, `2m x 2m`.
    pub(crate) m: DMatrix<f64>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use approx::assert_relative_eq;

    const N: usize = 5;

    /// Numbers in (-1, 1) that follow no rule.
    fn scattered(n: usize, seed: usize) -> DVector<f64> {
        DVector::from_fn(n, |i, _| (12.9898 * (i + 7 * seed + 1) as f64).sin())
    }

    /// A pair `(s, A s)` plus what a gradient that is not linear adds, for a positive definite `A`.
    fn pair(seed: usize) -> (DVector<f64>, DVector<f64>) {
        let root = DMatrix::from_fn(N, N, |i, j| if i == j { 1.5 } else { 0.4 / (i + 2 * j) as f64 });
        let s = scattered(N, seed);
        let y = &root * root.transpose() * &s + 0.1 * scattered(N, seed + 100);
        (s, y)
    }

    /// `B` from `theta I` with `theta` of the last pair by the BFGS formula of the textbook, pair by pair.
    fn dense(pairs: &[(DVector<f64>, DVector<f64>)], theta: f64) -> DMatrix<f64> {
        let mut b = DMatrix::identity(N, N) * theta;
        for (s, y) in pairs {
            let bs = &b * s;
            b = &b - &bs * bs.transpose() / s.dot(&bs) + y * y.transpose() / y.dot(s);
        }
        b
    }

    #[test]
    fn two_loops_and_the_compact_form_are_the_bfgs_formula_over_the_last_pairs() {
        let pairs: Vec<_> = (0..6).map(pair).collect();
        for taken in 0..=pairs.len() {
            let mut inverse = InverseHessian::new(4, 2.5);
            for (s, y) in &pairs[..taken] {
                assert!(inverse.update(s.clone(), y.clone()));
            }
            let kept = &pairs[taken.saturating_sub(4)..taken];
            let theta = kept.last().map_or(2.5, |(s, y)| y.dot(y) / s.dot(y));
            let b = dense(kept, theta);
            let g = scattered(N, 31);
            assert_relative_eq!(inverse.apply(&(&b * &g)), g, max_relative = 1e-10);
            let CompactHessian { theta, w, m } = inverse.hessian(N).unwrap();
            assert_relative_eq!(DMatrix::identity(N, N) * theta - &w * m * w.transpose(), b, epsilon = 1e-11);
        }
    }

    #[test]
    fn a_pair_without_positive_curvature_is_not_kept() {
        let mut inverse = InverseHessian::new(3, 2.5);
        let (s, y) = pair(3);
        for y in [-&y, &s * 0.0, &y * f64::NAN, &y * 1e300] {
            assert!(!inverse.update(s.clone(), y));
        }
        assert!(inverse.is_empty());
        assert_relative_eq!(inverse.apply(&y), &y / 2.5, max_relative = 1e-15);
    }

    #[test]
    fn without_pairs_the_last_scale_remains() {
        let mut inverse = InverseHessian::new(3, 2.5);
        let (s, y) = pair(3);
        inverse.update(s.clone(), y.clone());
        inverse.clear();
        assert!(inverse.is_empty());
        assert_relative_eq!(inverse.apply(&s), &s * (s.dot(&y) / y.dot(&y)), max_relative = 1e-14);
    }
}
