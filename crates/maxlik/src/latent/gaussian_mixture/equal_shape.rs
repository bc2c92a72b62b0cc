//! The free scale of covariances of equal volume and shape: `Sigma_j = D_j Lambda D_j'`.
//!
//! `Lambda = diag(exp(2 psi))` is shared, and `D_j = B_j (I - W_j) (I + W_j)^-1` with the orientation `B_j` where the search began and a
//! skew-symmetric `W_j` (the Cayley transform). `psi` comes first, then the entries of each `W_j` below the diagonal, by columns. The
//! elementary coordinates of `Sigma_j` are differentiated by dual numbers.
//!
//! # References
//! Cayley, "Sur quelques propriétés des déterminants gauches" (1846).
use maxlik_dual::{Real, hessian_slice, jacobian_slice};
use nalgebra::{DMatrix, DVector};

use super::components::Components;
use super::statistics::Axes;

/// The scale.
pub(crate) struct EqualShape {
    /// `B_j`
    bases: Vec<DMatrix<f64>>,
}

impl EqualShape {
    pub(crate) fn around(at: &Components) -> Self {
        Self { bases: (0..at.k()).map(|j| Axes::new(at.covariance(j)).directions).collect() }
    }

    fn d(&self) -> usize {
        self.bases[0].nrows()
    }

    /// `psi` and the entries of all `W_j`; the volume and shape are those of the first component.
    pub(crate) fn to_free(&self, components: &Components) -> DVector<f64> {
        let d = self.d();
        let mut free: Vec<f64> = Axes::new(components.covariance(0)).squares.iter().map(|s| 0.5 * s.ln()).collect();
        for (j, base) in self.bases.iter().enumerate() {
            let mut q = base.transpose() * Axes::new(components.covariance(j)).directions;
            // An axis has no sign.
            for a in 0..d {
                if q[(a, a)] < 0.0 {
                    q.column_mut(a).neg_mut();
                }
            }
            // A rotation, not a reflection: an eigenvalue -1 has no W.
            if q.determinant() < 0.0 {
                let least = (0..d).min_by(|&a, &b| q[(a, a)].total_cmp(&q[(b, b)])).unwrap_or(0);
                q.column_mut(least).neg_mut();
            }
            // W = (I + Q)^-1 (I - Q)
            let identity = DMatrix::<f64>::identity(d, d);
            let w = (&identity + &q).lu().solve(&(&identity - &q));
            let w = w.unwrap_or_else(|| DMatrix::repeat(d, d, f64::NAN));
            free.extend((0..d).flat_map(|b| (b + 1..d).map(move |a| (a, b))).map(|place| w[place]));
        }
        free.into()
    }

    /// The Cholesky factor of component `j`; none where it is not finite. `free` are the coordinates of all components.
    pub(crate) fn factor(&self, j: usize, free: &[f64]) -> Option<DMatrix<f64>> {
        let d = self.d();
        let epsilon = elementary(&self.own(j, free), &self.bases[j]);
        let mut l = DMatrix::zeros(d, d);
        for (&(a, b), &epsilon) in places(d).iter().zip(&epsilon) {
            l[(a, b)] = if a == b { epsilon.exp() } else { epsilon };
        }
        epsilon.iter().all(|epsilon| epsilon.is_finite()).then_some(l)
    }

    /// The derivatives of the elementary coordinates of component `j` by `psi` and its own `W`.
    pub(crate) fn tangent(&self, j: usize, free: &[f64]) -> DMatrix<f64> {
        let jacobian = jacobian_slice(|own| elementary(own, &self.bases[j]), &self.own(j, free));
        jacobian.expect("bug: the number of elementary coordinates changes").1
    }

    /// The second derivatives of `sum_e g_e epsilon_e` by `psi` and the own `W`.
    pub(crate) fn curvature(&self, j: usize, free: &[f64], g: &DVector<f64>) -> DMatrix<f64> {
        let weighted = |own: &[_]| elementary(own, &self.bases[j]).into_iter().zip(g).map(|(e, &g)| e * g).sum();
        hessian_slice(weighted, &self.own(j, free)).2
    }

    fn own(&self, j: usize, free: &[f64]) -> Vec<f64> {
        let (d, below) = (self.d(), self.d() * (self.d() - 1) / 2);
        let first = d + j * below;
        [&free[..d], &free[first..first + below]].concat()
    }
}

/// The places of the elementary coordinates in `L`.
fn places(d: usize) -> Vec<(usize, usize)> {
    (0..d).map(|a| (a, a)).chain((0..d).flat_map(|b| (b + 1..d).map(move |a| (a, b)))).collect()
}

/// `ln L_aa`, then `L_ab` below the diagonal, of the Cholesky factor of `D Lambda D'`.
fn elementary<T: Real>(own: &[T], base: &DMatrix<f64>) -> Vec<T> {
    let d = base.nrows();
    let zero = T::from(0.0);
    let mut w = vec![vec![zero; d]; d];
    for (&(a, b), &entry) in places(d)[d..].iter().zip(&own[d..]) {
        w[a][b] = entry;
        w[b][a] = -entry;
    }
    // (I + W)' Q' = (I - W)', by elimination: the symmetric part of I + W is the identity, and no pivot vanishes.
    let shifted = |sign: f64, a: usize, b: usize| w[b][a] * sign + if a == b { 1.0 } else { 0.0 };
    let mut left: Vec<Vec<T>> = (0..d).map(|a| (0..d).map(|b| shifted(1.0, a, b)).collect()).collect();
    let mut q: Vec<Vec<T>> = (0..d).map(|a| (0..d).map(|b| shifted(-1.0, a, b)).collect()).collect();
    for a in 0..d {
        let pivot = left[a][a];
        for c in (0..d).filter(|&c| c != a) {
            let factor = left[c][a] / pivot;
            for b in 0..d {
                let (from_left, from_q) = (left[a][b], q[a][b]);
                left[c][b] -= factor * from_left;
                q[c][b] -= factor * from_q;
            }
        }
        for b in 0..d {
            q[a][b] /= pivot;
        }
        left[a].iter_mut().for_each(|entry| *entry /= pivot);
    }
    // D Lambda^1/2, where q holds Q'.
    let root = |a: usize, c: usize| -> T { (0..d).map(|b| q[c][b] * base[(a, b)]).sum::<T>() * own[c].exp() };
    let half: Vec<Vec<T>> = (0..d).map(|a| (0..d).map(|c| root(a, c)).collect()).collect();
    // Cholesky.
    let mut l = vec![vec![zero; d]; d];
    for b in 0..d {
        for a in b..d {
            let product = |x: &[T], y: &[T], length: usize| (0..length).map(|c| x[c] * y[c]).sum::<T>();
            let rest = product(&half[a], &half[b], d) - product(&l[a], &l[b], b);
            l[a][b] = if a == b { rest.sqrt() } else { rest / l[b][b] };
        }
    }
    places(d).into_iter().map(|(a, b)| if a == b { l[a][a].ln() } else { l[a][b] }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use approx::assert_relative_eq;
    use nalgebra::{dmatrix, dvector};

    #[test]
    fn a_reflection_of_the_axes_is_a_rotation() {
        // I - 2 v v' with v = (1, 1, 1) / sqrt 3: the diagonal is positive, the determinant -1.
        let reflection = DMatrix::<f64>::identity(3, 3) - DMatrix::repeat(3, 3, 2.0 / 3.0);
        let shape = DMatrix::from_diagonal(&dvector![9.0, 4.0, 1.0]);
        let turned = &reflection * &shape * reflection.transpose();
        let at =
            |covariances| Components::new(vec![0.5; 2], vec![DVector::zeros(3); 2], covariances, &[1.0; 3]).unwrap();
        let scale = EqualShape::around(&at(vec![shape.clone(); 2]));
        let other = at(vec![shape, turned]);
        let free = scale.to_free(&other);
        assert!(free.iter().all(|phi| phi.is_finite() && phi.abs() < 10.0), "{free}");
        assert_relative_eq!(scale.factor(1, free.as_slice()).unwrap(), other.factors[1], epsilon = 1e-12);
    }

    #[test]
    fn there_and_back() {
        let (c, s) = (0.4_f64.cos(), 0.4_f64.sin());
        let turn = dmatrix![c, -s, 0.0; s, c, 0.0; 0.0, 0.0, 1.0];
        let covariances = vec![dmatrix![9.0, 0.0, 0.0; 0.0, 4.0, 0.0; 0.0, 0.0, 1.0]; 2];
        let components = |covariances: Vec<DMatrix<f64>>| {
            Components::new(vec![0.5; 2], vec![DVector::zeros(3); 2], covariances, &[1.0; 3]).unwrap()
        };
        let scale = EqualShape::around(&components(covariances.clone()));
        let turned = &turn * &covariances[1] * turn.transpose();
        let at = components(vec![covariances[0].clone(), turned]);
        let free = scale.to_free(&at);
        assert_relative_eq!(free.rows(0, 3).into_owned(), dvector![3f64.ln(), 2f64.ln(), 0.0], epsilon = 1e-14);
        for j in 0..2 {
            assert_relative_eq!(scale.factor(j, free.as_slice()).unwrap(), at.factors[j], epsilon = 1e-14);
        }
    }
}
