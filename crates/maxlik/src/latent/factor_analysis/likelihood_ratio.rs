//! The likelihood-ratio test of the number of factors.
use maxlik_model::distribution::chi_squared;
use maxlik_optimizer::{Bounds, Newton, minimize};

use super::coordinates::{Coordinates, FactorLikelihood};
use super::structure::Structure;
use super::{FactorAnalysisError, FactorAnalysisFit};

/// Do so many factors suffice? The factor model against the model with any covariance matrix.
///
/// # Formula
/// `statistic = 2 (l_unrestricted - l) = n F` and, corrected, `(n - 1 - (2 d + 5) / 6 - 2 m / 3) F`, both compared with chi-squared
/// of `((d - m)^2 - (d + m)) / 2` degrees of freedom; `n` the sum of the weights,
/// `F = ln |Sigma| - ln |S| + tr Sigma^-1 S - d`. With missing values the first form alone.
///
/// # References
/// Bartlett, "A note on the multiplying factors for various chi-square approximations" (1954); the corrected statistic is what R's
/// `factanal` prints.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LikelihoodRatioTest {
    /// Twice the difference of the log-likelihoods.
    pub statistic: f64,
    /// The probability of a greater statistic if the factors suffice.
    pub p_value: f64,
    /// The statistic with Bartlett's correction, nearer to chi-squared in small samples; NaN with missing values.
    pub corrected_statistic: f64,
    /// The probability of a greater corrected statistic if the factors suffice; NaN with missing values.
    pub corrected_p_value: f64,
    /// The degrees of freedom.
    pub dof: usize,
}

impl LikelihoodRatioTest {
    pub(super) fn new(discrepancy: f64, n: f64, variables: usize, factors: usize, dof: usize) -> Self {
        let (d, m) = (variables as f64, factors as f64);
        let p_value =
            |statistic: f64| if statistic > 0.0 { chi_squared::ln_sf(statistic, dof as f64).exp() } else { 1.0 };
        let statistic = n * discrepancy;
        let corrected_statistic = (n - 1.0 - (2.0 * d + 5.0) / 6.0 - 2.0 * m / 3.0) * discrepancy;
        Self {
            statistic,
            p_value: p_value(statistic),
            corrected_statistic,
            corrected_p_value: p_value(corrected_statistic),
            dof,
        }
    }
}

impl FactorAnalysisFit {
    /// The test of whether so many factors suffice.
    ///
    /// Where a uniqueness is at 0 (a Heywood case) or on a bound, chi-squared is not quite the distribution of the statistic.
    /// With missing values the unrestricted model is fitted when the test is asked for, by Newton's method in `d (d + 3) / 2`
    /// coordinates: a matter of seconds for some thirty variables.
    ///
    /// # Errors
    /// If there are no degrees of freedom left, or, with missing values, the unrestricted model has no maximum.
    pub fn likelihood_ratio_test(&self) -> Result<LikelihoodRatioTest, FactorAnalysisError> {
        let (d, factors, n) = (self.variables().len(), self.factors(), self.sample.weight);
        let Ok(dof @ 1..) = usize::try_from(degrees_of_freedom(d, factors)) else {
            return Err(FactorAnalysisError::NothingToTest { factors });
        };
        if !self.sample.is_complete() {
            let gap = self.unrestricted()? - self.structure.log_likelihood(&self.sample.patterns);
            let test = LikelihoodRatioTest::new(2.0 * gap / n, n, d, factors, dof);
            return Ok(LikelihoodRatioTest { corrected_statistic: f64::NAN, corrected_p_value: f64::NAN, ..test });
        }
        Ok(LikelihoodRatioTest::new(self.discrepancy(), n, d, factors, dof))
    }

    /// `F`, from the eigenvalues of `Sigma^-1 S`: near 1, so that no digits are lost in the sum of their logarithms.
    fn discrepancy(&self) -> f64 {
        let root = self.structure.factored(&self.sample.patterns[0].observed);
        let root = root.expect("bug: a fit whose covariance matrix is not positive definite").l();
        let solve = |s| root.solve_lower_triangular(&s).expect("bug: a Cholesky factor with a zero on its diagonal");
        let eigenvalues = solve(solve(self.sample.filled_in()).transpose()).symmetric_eigenvalues();
        eigenvalues.iter().map(|theta| theta - 1.0 - theta.ln()).sum()
    }

    /// The log-likelihood of any mean and covariance matrix, standardised as that of the factor model: as many factors as
    /// variables and no uniquenesses, so that the loadings are a Cholesky factor.
    fn unrestricted(&self) -> Result<f64, FactorAnalysisError> {
        let (d, factors) = (self.structure.variables(), self.factors());
        let sigma = self.structure.covariance().cholesky();
        let loadings = sigma.expect("bug: a fit whose covariance matrix is not positive definite").l();
        let start = Structure { loadings, uniquenesses: nalgebra::DVector::zeros(d), ..self.structure.clone() };
        let coordinates = Coordinates::new(&start, vec![Some(0.0); d]);
        let objective = FactorLikelihood { patterns: &self.sample.patterns, coordinates: &coordinates };
        let bounds = Bounds::none(coordinates.len());
        let report = minimize(&Newton::default(), &objective, &bounds, &coordinates.of(&start))?;
        if report.termination.is_converged() {
            Ok(-report.value)
        } else {
            Err(FactorAnalysisError::NoUnrestrictedFit { factors, termination: report.termination })
        }
    }
}

/// `((d - m)^2 - (d + m)) / 2`
pub(super) fn degrees_of_freedom(variables: usize, factors: usize) -> i64 {
    let (d, m) = (i64::try_from(variables).unwrap_or(i64::MAX), i64::try_from(factors).unwrap_or(i64::MAX));
    let difference = d.saturating_sub(m);
    difference.saturating_mul(difference).saturating_sub(d.saturating_add(m)) / 2
}

#[cfg(test)]
mod tests {
    use super::*;
    use approx::assert_relative_eq;

    #[test]
    fn the_statistics_are_their_formulas() {
        let test = LikelihoodRatioTest::new(0.055, 112.0, 6, 2, 4);
        assert_relative_eq!(test.statistic, 6.16, max_relative = 1e-14);
        assert_relative_eq!(test.corrected_statistic, 0.055 * (111.0 - 17.0 / 6.0 - 4.0 / 3.0), max_relative = 1e-14);
        // Of four degrees of freedom: (1 + x/2) exp(-x/2).
        assert_relative_eq!(test.p_value, 4.08 * (-3.08_f64).exp(), max_relative = 1e-13);
        assert_eq!(degrees_of_freedom(6, 2), 4);
        assert_eq!(degrees_of_freedom(6, 4), -3);
        assert_eq!(degrees_of_freedom(24, 4), 186);
    }
}
