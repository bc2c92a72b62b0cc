//! The factors given what was observed, and the density of a few rows through them: in `o m^2` operations instead of `o^3`.
//!
//! Notation: over the `o` variables observed, `V = (1 + L' Psi^-1 L)^-1` the variance of the factors given a row and
//! `B = V L' Psi^-1 = L' Sigma^-1`, so that `B (y - mu)` is their mean. Then `ln |Sigma| = sum ln psi - ln |V|`, and
//!
//! ```text
//! r' Sigma^-1 r = (r - L z)' Psi^-1 (r - L z) + z' z        z = B r
//! ```
//!
//! a sum of squares, so that a small `psi` takes no digits.
use maxlik_dual::special::HALF_LN_2_PI;
use nalgebra::{DMatrix, DVector};

use super::sample::Pattern;
use super::structure::Structure;

/// The normal distribution of the factors given the variables observed.
pub(super) struct Posterior {
    /// `B: m x o`
    pub(super) mean: DMatrix<f64>,
    /// `V: m x m`
    pub(super) variance: DMatrix<f64>,
    /// `ln |Sigma|`
    ln_det: f64,
}

impl Structure {
    /// The factors given these variables; none where one of them has no uniqueness.
    pub(super) fn posterior(&self, observed: &[usize]) -> Option<Posterior> {
        let m = self.factors();
        let mut weighted = self.loadings.select_rows(observed);
        let mut ln_det = 0.0;
        for (mut row, &j) in weighted.row_iter_mut().zip(observed) {
            if self.uniquenesses[j] <= 0.0 {
                return None;
            }
            row /= self.uniquenesses[j];
            ln_det += self.uniquenesses[j].ln();
        }
        let weighted = weighted.transpose();
        let root = (DMatrix::identity(m, m) + &weighted * self.loadings.select_rows(observed)).cholesky()?;
        ln_det += 2.0 * root.l_dirty().diagonal().iter().map(|l| l.ln()).sum::<f64>();
        Some(Posterior { mean: root.solve(&weighted), variance: root.inverse(), ln_det })
    }

    /// What was observed less the means, `o`.
    pub(super) fn deviation(&self, pattern: &Pattern) -> DVector<f64> {
        let deviations = pattern.observed.iter().zip(&pattern.mean).map(|(&j, y)| y - self.mean[j]);
        DVector::from_iterator(pattern.observed.len(), deviations)
    }

    /// The log-likelihood of a pattern with few rows; none where the pattern has many, or a variable no uniqueness.
    pub(super) fn log_likelihood_of_rows(&self, pattern: &Pattern) -> Option<f64> {
        let rows = pattern.rows()?;
        let posterior = self.posterior(&pattern.observed)?;
        let loadings = self.loadings.select_rows(&pattern.observed);
        let square = |row: DVector<f64>| {
            let z = &posterior.mean * &row;
            let rest = row - &loadings * &z;
            let own = rest.iter().zip(&pattern.observed).map(|(e, &j)| e * e / self.uniquenesses[j]).sum::<f64>();
            own + z.norm_squared()
        };
        let squares = square(self.deviation(pattern)) + rows.row_iter().map(|row| square(row.transpose())).sum::<f64>();
        let constant = 2.0 * HALF_LN_2_PI * pattern.observed.len() as f64;
        Some(-0.5 * pattern.weight * (constant + posterior.ln_det + squares))
    }
}

#[cfg(test)]
mod tests {
    use super::super::structure::tests::{gaps, structure};
    use super::*;
    use approx::assert_relative_eq;

    #[test]
    fn the_density_through_the_factors_is_the_density() {
        let (sample, mut at) = (gaps(), structure());
        for psi in [0.3, 1e-6] {
            at.uniquenesses[3] = psi;
            let few: Vec<&Pattern> = sample.patterns.iter().filter(|pattern| pattern.rows().is_some()).collect();
            assert!(few.len() > 2);
            for pattern in few {
                let (of_rows, _) = at.score(std::slice::from_ref(pattern)).unwrap(); // by Cholesky of Sigma
                // The condition of Sigma is about 1 / psi.
                assert_relative_eq!(at.log_likelihood_of_rows(pattern).unwrap(), of_rows, max_relative = 1e-15 / psi);
            }
            let posterior = at.posterior(&[0, 1, 3]).unwrap();
            let loadings = at.loadings.select_rows(&[0, 1, 3]);
            let by_sigma = at.factored(&[0, 1, 3]).unwrap().solve(&loadings).transpose();
            assert_relative_eq!(posterior.mean, by_sigma, epsilon = 1e-15 / psi); // as above
            let variance = DMatrix::identity(2, 2) - by_sigma * loadings;
            assert_relative_eq!(posterior.variance, variance, epsilon = 1e-15 / psi); // as above
        }
    }
}
