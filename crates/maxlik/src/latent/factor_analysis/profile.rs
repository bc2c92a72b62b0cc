//! The profile method: for given uniquenesses the loadings are known in closed form, and the likelihood is a function of `d`
//! numbers.
//!
//! Notation of Lawley & Maxwell: `R` the correlation matrix, `psi: d` the uniquenesses, `x = ln psi`; `theta_1 >= .. >= theta_d` and
//! `omega_1 .. omega_d` the eigenvalues and eigenvectors of `Psi^-1/2 R Psi^-1/2`. The tail are those beyond the first `m`, and those
//! of at most 1 before: a factor there would lower the likelihood, and has loadings of 0.
use maxlik_dual::special::HALF_LN_2_PI;
use maxlik_optimizer::Objective;
use nalgebra::{DMatrix, DVector, SymmetricEigen};

/// `n/2` times the discrepancy, as a function of `ln psi`: minus the log-likelihood, up to a constant.
///
/// # Formula
/// ```text
/// F         = sum_tail theta_j - 1 - ln theta_j
/// dF/dx_i   = sum_tail (1 - theta_j) omega_ij^2
/// d2F/dx_i dx_k = A_ik B_ik + sum_(head l) C^l_ik omega_il omega_kl        A   = sum_tail theta_j omega_j omega_j'
///                                                                         B   = sum_tail omega_j omega_j'
///                           C^l = sum_tail (1 - theta_j) (theta_l + theta_j) / (theta_l - theta_j) omega_j omega_j'
/// ```
///
/// # References
/// Jöreskog, "Some contributions to maximum likelihood factor analysis" (1967); Clarke, "A rapidly convergent method for
/// maximum-likelihood factor analysis" (1970); Lawley & Maxwell, "Factor analysis as a statistical method" (1971).
pub(super) struct Profile<'a> {
    /// `R: d x d`
    pub(super) correlation: &'a DMatrix<f64>,
    /// `m`
    pub(super) factors: usize,
    /// `n`, the sum of the weights
    pub(super) weight: f64,
}

/// Eigenvalues in descending order with their vectors.
struct Eigen {
    theta: DVector<f64>,
    omega: DMatrix<f64>,
    /// The number of eigenvalues that belong to factors.
    head: usize,
}

impl Profile<'_> {
    fn eigen(&self, psi: &DVector<f64>) -> Eigen {
        let d = psi.len();
        let root = psi.map(|psi| 1.0 / psi.sqrt());
        let scaled = DMatrix::from_fn(d, d, |i, j| root[i] * self.correlation[(i, j)] * root[j]);
        let eigen = SymmetricEigen::new(scaled);
        let mut order: Vec<usize> = (0..d).collect();
        order.sort_by(|&a, &b| eigen.eigenvalues[b].total_cmp(&eigen.eigenvalues[a]));
        let theta = DVector::from_iterator(d, order.iter().map(|&j| eigen.eigenvalues[j]));
        let head = theta.iter().take(self.factors).filter(|&&theta| theta > 1.0).count();
        Eigen { theta, omega: eigen.eigenvectors.select_columns(&order), head }
    }

    /// The loadings that maximise the likelihood for given uniquenesses, `d x m`: `Psi^1/2 omega_j (theta_j - 1)^1/2`, by which
    /// `L' Psi^-1 L` is diagonal, in descending order.
    pub(super) fn loadings(&self, psi: &DVector<f64>) -> DMatrix<f64> {
        let Eigen { theta, omega, .. } = self.eigen(psi);
        DMatrix::from_fn(psi.len(), self.factors, |i, j| {
            psi[i].sqrt() * omega[(i, j)] * (theta[j] - 1.0).max(0.0).sqrt()
        })
    }

    /// Minus the log-likelihood where `F = 0`: what it is above `n/2 F` everywhere.
    ///
    /// # Formula
    /// `n/2 [d ln 2 pi + ln |R| + d]`
    pub(super) fn constant(&self) -> f64 {
        let root = self.correlation.clone().cholesky().expect("bug: a singular correlation matrix was let through");
        let ln_det = 2.0 * root.l_dirty().diagonal().iter().map(|l| l.ln()).sum::<f64>();
        0.5 * self.weight * ((2.0 * HALF_LN_2_PI + 1.0) * self.correlation.nrows() as f64 + ln_det)
    }

    /// Where to begin: squared multiple correlations, `(1 - m / 2 d) / (R^-1)_ii`.
    ///
    /// # References
    /// Jöreskog (1967).
    pub(super) fn start(&self) -> DVector<f64> {
        let d = self.correlation.nrows();
        let inverse = self.correlation.clone().cholesky().expect("bug: a singular correlation matrix was let through");
        let part = 1.0 - 0.5 * self.factors as f64 / d as f64;
        inverse.inverse().diagonal().map(|diagonal| part / diagonal)
    }
}

impl Objective for Profile<'_> {
    fn dimension(&self) -> usize {
        self.correlation.nrows()
    }

    fn value_gradient_hessian(&self, x: &DVector<f64>) -> (f64, DVector<f64>, DMatrix<f64>) {
        let Eigen { theta, omega, head } = self.eigen(&x.map(f64::exp));
        let (d, half) = (x.len(), 0.5 * self.weight);
        let tail = omega.columns(head, d - head);
        let theta_tail = theta.rows(head, d - head);
        let value: f64 = theta_tail.iter().map(|&theta| theta - 1.0 - theta.ln()).sum();
        let weighted = |weights: DVector<f64>| {
            let mut scaled = tail.into_owned();
            scaled.column_iter_mut().zip(&weights).for_each(|(mut column, &weight)| column *= weight);
            scaled * tail.transpose()
        };
        let gradient = weighted(theta_tail.map(|theta| 1.0 - theta)).diagonal();
        let mut hessian = weighted(theta_tail.into_owned()).component_mul(&weighted(DVector::repeat(d - head, 1.0)));
        for (l, &theta_l) in theta.iter().take(head).enumerate() {
            let factors = theta_tail.map(|theta| (1.0 - theta) * (theta_l + theta) / (theta_l - theta));
            let omega_l = omega.column(l);
            hessian += weighted(factors).component_mul(&(omega_l * omega_l.transpose()));
        }
        (half * value, gradient * half, hessian * half)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use approx::assert_relative_eq;
    use nalgebra::{dmatrix, dvector};

    fn correlation() -> DMatrix<f64> {
        dmatrix![
            1.0, 0.62, 0.51, 0.28, 0.33; 0.62, 1.0, 0.47, 0.31, 0.22; 0.51, 0.47, 1.0, 0.19, 0.41;
            0.28, 0.31, 0.19, 1.0, 0.55; 0.33, 0.22, 0.41, 0.55, 1.0
        ]
    }

    #[test]
    fn gradient_and_hessian_are_derivatives_of_the_discrepancy() {
        let r = correlation();
        for factors in [1, 2] {
            let profile = Profile { correlation: &r, factors, weight: 37.0 };
            let x = dvector![-0.4, -0.9, -0.6, -1.1, -0.3];
            let (_, gradient, hessian) = profile.value_gradient_hessian(&x);
            // Richardson's extrapolation of central differences.
            let difference = |i: usize, h: f64, f: &dyn Fn(&DVector<f64>) -> f64| {
                let at = |h: f64| {
                    let mut x = x.clone();
                    x[i] += h;
                    f(&x)
                };
                let central = |h: f64| (at(h) - at(-h)) / (2.0 * h);
                (4.0 * central(0.5 * h) - central(h)) / 3.0
            };
            for i in 0..5 {
                let by_value = difference(i, 2e-3, &|x| profile.value(x));
                assert_relative_eq!(gradient[i], by_value, epsilon = 1e-8); // rounding of the value over 2e-3
                for k in 0..5 {
                    let by_gradient = difference(i, 2e-3, &|x| profile.value_gradient(x).1[k]);
                    assert_relative_eq!(hessian[(k, i)], by_gradient, epsilon = 1e-8); // as above
                }
            }
        }
    }

    #[test]
    fn the_value_is_the_discrepancy_of_the_loadings() {
        let r = correlation();
        let psi = dvector![0.7, 0.4, 0.55, 0.35, 0.72];
        for factors in [1, 2] {
            let profile = Profile { correlation: &r, factors, weight: 2.0 };
            let loadings = profile.loadings(&psi);
            let sigma = &loadings * loadings.transpose() + DMatrix::from_diagonal(&psi);
            let inverse = sigma.clone().try_inverse().unwrap();
            let expected = (sigma.determinant() / r.determinant()).ln() + (inverse * &r).trace() - 5.0;
            assert_relative_eq!(profile.value(&psi.map(f64::ln)), expected, max_relative = 1e-12);
            let canonical = loadings.transpose() * DMatrix::from_diagonal(&psi.map(f64::recip)) * &loadings;
            for (j, l) in (0..factors).flat_map(|j| (0..j).map(move |l| (j, l))) {
                assert_relative_eq!(canonical[(j, l)], 0.0, epsilon = 1e-14);
                assert!(canonical[(l, l)] > canonical[(j, j)]);
            }
        }
    }
}
