//! The stationary distribution of a Markov chain, with its derivatives by the transition probabilities.
//!
//! Notation: `P` the transition matrix, `delta` the distribution with `delta' P = delta'`, `Z = (I - P + 1 1')^-1`. The coefficients are the
//! probabilities `P_ab`, `b != a`, in the order of [`pairs`]; `P_aa` is what they leave of 1.
//!
//! ```text
//! delta' = 1' Z                     d delta_j / d P_ab = delta_a (Z_bj - Z_aj)
//! d2 delta_j / d P_ab d P_cd = d delta_a / d P_cd (Z_bj - Z_aj) + d delta_c / d P_ab (Z_dj - Z_cj)
//! ```
//!
//! # References
//! Schweitzer, "Perturbation theory and finite Markov chains" (1968); Zucchini et al., "Hidden Markov Models for Time
//! Series" (2016), section 1.3.2.
use nalgebra::{DMatrix, DVector};

/// The pairs of different states, `(a, b)`, in the order of the transitions' coefficients.
pub(crate) fn pairs(states: usize) -> impl Iterator<Item = (usize, usize)> {
    (0..states).flat_map(move |a| (0..states).filter(move |&b| b != a).map(move |b| (a, b)))
}

/// The stationary distribution of one transition matrix.
pub(crate) struct Stationary {
    pub(crate) delta: DVector<f64>,
    z: DMatrix<f64>,
}

impl Stationary {
    /// NaN where it is not unique: of a chain that falls into parts.
    pub(crate) fn new(p: &DMatrix<f64>) -> Self {
        let states = p.nrows();
        let a = DMatrix::from_fn(states, states, |i, j| f64::from(u8::from(i == j)) - p[(i, j)] + 1.0);
        let z = a.try_inverse().unwrap_or_else(|| DMatrix::repeat(states, states, f64::NAN));
        // Rounding may leave a little less than 0 of a state that the chain leaves for good.
        let delta = z.row_sum_tr().map(|x| if x < 0.0 && x > -1e-12 { 0.0 } else { x });
        Self { delta, z }
    }

    /// `d delta_j / d P_ab`, `S x S (S - 1)`.
    pub(crate) fn slopes(&self) -> DMatrix<f64> {
        let states = self.delta.len();
        let pairs: Vec<(usize, usize)> = pairs(states).collect();
        DMatrix::from_fn(states, pairs.len(), |j, k| {
            let (a, b) = pairs[k];
            self.delta[a] * (self.z[(b, j)] - self.z[(a, j)])
        })
    }

    /// `sum_j v_j d2 delta_j / d P_ab d P_cd`
    pub(crate) fn curvature(&self, v: &DVector<f64>) -> DMatrix<f64> {
        let pairs: Vec<(usize, usize)> = pairs(v.len()).collect();
        let (zv, slopes) = (&self.z * v, self.slopes());
        DMatrix::from_fn(pairs.len(), pairs.len(), |k, l| {
            let ((a, b), (c, d)) = (pairs[k], pairs[l]);
            slopes[(a, l)] * (zv[b] - zv[a]) + slopes[(c, k)] * (zv[d] - zv[c])
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use approx::assert_relative_eq;

    fn matrix(p: &[f64]) -> DMatrix<f64> {
        let mut matrix = DMatrix::identity(3, 3);
        for ((a, b), &p) in pairs(3).zip(p) {
            matrix[(a, b)] = p;
            matrix[(a, a)] -= p;
        }
        matrix
    }

    const P: [f64; 6] = [0.1, 0.25, 0.3, 0.05, 0.2, 0.15];

    #[test]
    fn it_is_left_alone_by_the_transitions() {
        let stationary = Stationary::new(&matrix(&P));
        assert_relative_eq!(matrix(&P).tr_mul(&stationary.delta), stationary.delta, max_relative = 1e-14);
        assert_relative_eq!(stationary.delta.sum(), 1.0, max_relative = 1e-14);
        let apart = Stationary::new(&DMatrix::identity(3, 3));
        assert!(apart.delta.iter().all(|x| x.is_nan()));
    }

    #[test]
    fn first_and_second_derivatives_are_those_of_differences() {
        let moved = |k: usize, h: f64| {
            let mut p = P;
            p[k] += h;
            Stationary::new(&matrix(&p))
        };
        let h = 1e-3;
        let stationary = Stationary::new(&matrix(&P));
        let v = DVector::from_vec(vec![0.7, -1.1, 0.4]);
        for k in 0..6 {
            // Five points: the error is of the order of h^4.
            let slope = |f: &dyn Fn(f64) -> DVector<f64>| {
                (f(h) - f(-h)) * (2.0 / (3.0 * h)) - (f(2.0 * h) - f(-2.0 * h)) * (1.0 / (12.0 * h))
            };
            let delta = slope(&|h| moved(k, h).delta);
            assert_relative_eq!(stationary.slopes().column(k).into_owned(), delta, max_relative = 1e-8);
            let second = slope(&|h| moved(k, h).slopes().tr_mul(&v));
            assert_relative_eq!(stationary.curvature(&v).column(k).into_owned(), second, max_relative = 1e-7);
        }
    }
}
