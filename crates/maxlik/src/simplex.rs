//! The joint free scale of coefficients that are probabilities with a sum below 1.
//!
//! Notation: `pi_j` the coefficients that are free, `mass` what those that are held leave of 1, `rest = mass - sum pi_j`,
//! `phi_j = ln(pi_j / rest)` the free scale, `rho_j = pi_j / mass`.
//!
//! ```text
//! pi_j = mass exp(phi_j) / (1 + sum_m exp(phi_m))           B_jm = d pi_j / d phi_m = mass rho_j (delta_jm - rho_m)
//! d phi_j / d pi_m = delta_jm / pi_j + 1 / rest
//! sum_j s_j d2 pi_j / d phi_l d phi_m = mass (delta_lm rho_l (s_l - s) - rho_l rho_m (s_l + s_m - 2 s)),  s = sum_j s_j rho_j
//! ```
use nalgebra::{DMatrix, DVector};

/// A point of the simplex.
#[derive(Clone, Debug)]
pub(crate) struct Simplex {
    /// Where its coefficients stand among those they are mixed with.
    places: Vec<usize>,
    pi: Vec<f64>,
    rest: f64,
    mass: f64,
}

impl Simplex {
    /// The point of a free scale; `phi` are the entries of `places`.
    pub(crate) fn new(places: Vec<usize>, phi: impl Iterator<Item = f64> + Clone, mass: f64) -> Self {
        let highest = phi.clone().fold(0.0, f64::max);
        let rest = (-highest).exp();
        let pi: Vec<f64> = phi.map(|phi| (phi - highest).exp()).collect();
        let sum = rest + pi.iter().sum::<f64>();
        Self { places, pi: pi.iter().map(|pi| mass * pi / sum).collect(), rest: mass * rest / sum, mass }
    }

    /// Of these coefficients on their natural scale, the ones on the free scale.
    pub(crate) fn to_free(pi: &[f64], mass: f64) -> Vec<f64> {
        let rest = mass - pi.iter().sum::<f64>();
        pi.iter().map(|pi| (pi / rest).ln()).collect()
    }

    /// The places and the coefficients on their natural scale.
    pub(crate) fn entries(&self) -> impl Iterator<Item = (usize, f64)> {
        self.places.iter().copied().zip(self.pi.iter().copied())
    }

    /// `v <- B v`, which is also `B' v`.
    pub(crate) fn apply(&self, v: &mut DVector<f64>) {
        let mean: f64 = self.entries().map(|(i, pi)| pi / self.mass * v[i]).sum();
        for (i, pi) in self.entries() {
            v[i] = pi * (v[i] - mean);
        }
    }

    /// `v <- B^-1 v`
    pub(crate) fn solve(&self, v: &mut DVector<f64>) {
        let common = self.places.iter().map(|&i| v[i]).sum::<f64>() / self.rest;
        for (i, pi) in self.entries() {
            v[i] = v[i] / pi + common;
        }
    }

    /// `A <- B A`
    pub(crate) fn apply_to_columns(&self, a: &mut DMatrix<f64>) {
        each_column(a, |v| self.apply(v));
    }

    /// `A <- B A B`
    pub(crate) fn apply_to_both_sides(&self, a: &mut DMatrix<f64>) {
        both_sides(a, |v| self.apply(v));
    }

    /// `A <- B^-1 A B^-1`
    pub(crate) fn solve_on_both_sides(&self, a: &mut DMatrix<f64>) {
        both_sides(a, |v| self.solve(v));
    }

    /// `A <- A + factor sum_j s_j d2 pi_j / d phi d phi'`, `s` at the places.
    pub(crate) fn add_curvature(&self, factor: f64, s: &DVector<f64>, a: &mut DMatrix<f64>) {
        let mean: f64 = self.entries().map(|(i, pi)| pi / self.mass * s[i]).sum();
        for (l, pi_l) in self.entries() {
            a[(l, l)] += factor * pi_l * (s[l] - mean);
            for (m, pi_m) in self.entries() {
                a[(l, m)] -= factor * pi_l * (pi_m / self.mass) * (s[l] + s[m] - 2.0 * mean);
            }
        }
    }
}

fn both_sides(a: &mut DMatrix<f64>, f: impl Fn(&mut DVector<f64>)) {
    for _ in 0..2 {
        each_column(a, &f);
        a.transpose_mut();
    }
}

fn each_column(a: &mut DMatrix<f64>, f: impl Fn(&mut DVector<f64>)) {
    for j in 0..a.ncols() {
        let mut column = a.column(j).into_owned();
        f(&mut column);
        a.set_column(j, &column);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use approx::assert_relative_eq;
    use nalgebra::{dmatrix, dvector};

    const PHI: [f64; 2] = [0.4, -1.3];
    const MASS: f64 = 0.8;

    /// At places 2 and 0 of three, moved in `phi`.
    fn simplex(moved: [f64; 2]) -> Simplex {
        Simplex::new(vec![2, 0], [PHI[0] + moved[0], PHI[1] + moved[1]].into_iter(), MASS)
    }

    /// The Jacobian in the order of the places.
    fn jacobian(moved: [f64; 2]) -> DMatrix<f64> {
        let column = |place: usize| {
            let mut v = DVector::zeros(3);
            v[place] = 1.0;
            simplex(moved).apply(&mut v);
            dvector![v[2], v[0]]
        };
        DMatrix::from_columns(&[column(2), column(0)])
    }

    /// Five-point difference, whose error is of the order of `h^4`.
    fn difference<T: std::ops::Mul<f64, Output = T> + std::ops::Sub<Output = T>>(f: impl Fn(f64) -> T) -> T {
        let h = 1e-3;
        (f(h) - f(-h)) * (2.0 / (3.0 * h)) - (f(2.0 * h) - f(-2.0 * h)) * (1.0 / (12.0 * h))
    }

    #[test]
    fn the_scale_there_and_back() {
        let pi = simplex([0.0; 2]).pi;
        let sum = 1.0 + PHI[0].exp() + PHI[1].exp();
        assert_relative_eq!(pi[0], MASS * PHI[0].exp() / sum, max_relative = 1e-15);
        let phi = Simplex::to_free(&pi, MASS);
        assert_relative_eq!(phi[0], PHI[0], max_relative = 1e-14);
        assert_relative_eq!(phi[1], PHI[1], max_relative = 1e-14);
        let far = Simplex::new(vec![0, 1], [800.0, -800.0].into_iter(), 1.0);
        assert_eq!((far.pi[0], far.pi[1], far.rest), (1.0, 0.0, 0.0));
    }

    #[test]
    fn first_and_second_derivatives_are_those_of_differences() {
        let j = jacobian([0.0; 2]);
        let natural = |moved: [f64; 2]| dvector![simplex(moved).pi[0], simplex(moved).pi[1]];
        assert_relative_eq!(j.column(0).into_owned(), difference(|h| natural([h, 0.0])), max_relative = 1e-10);
        assert_relative_eq!(j.column(1).into_owned(), difference(|h| natural([0.0, h])), max_relative = 1e-10);
        let s = dvector![-0.6, 5.0, 1.7];
        let mut curvature = DMatrix::zeros(3, 3);
        simplex([0.0; 2]).add_curvature(2.0, &s, &mut curvature);
        let weighted = |moved: [f64; 2]| jacobian(moved).transpose() * dvector![1.7, -0.6] * 2.0;
        let (first, second) = (difference(|h| weighted([h, 0.0])), difference(|h| weighted([0.0, h])));
        assert_relative_eq!(curvature[(2, 2)], first[0], max_relative = 1e-9);
        assert_relative_eq!(curvature[(0, 2)], first[1], max_relative = 1e-9);
        assert_relative_eq!(curvature[(0, 0)], second[1], max_relative = 1e-9);
        assert_eq!(curvature[(1, 1)], 0.0);
    }

    #[test]
    fn solving_undoes_applying() {
        let a = dmatrix![2.0, 0.3, 0.7; 0.3, 1.5, -0.4; 0.7, -0.4, 3.1];
        let mut b = a.clone();
        simplex([0.0; 2]).apply_to_both_sides(&mut b);
        let mut v = dvector![0.0, 0.0, 1.0];
        simplex([0.0; 2]).apply(&mut v);
        assert_relative_eq!(b[(2, 2)], v.dot(&(&a * &v)), max_relative = 1e-14);
        simplex([0.0; 2]).solve_on_both_sides(&mut b);
        assert_relative_eq!(b, a, max_relative = 1e-13);
    }
}
