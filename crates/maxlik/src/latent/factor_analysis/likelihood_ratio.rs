//! The likelihood-ratio test of the number of factors.
use maxlik_model::distribution::chi_squared;

/// Do so many factors suffice? The factor model against the model with any covariance matrix.
///
/// # Formula
/// `statistic = 2 (l_unrestricted - l) = n F` and, corrected, `(n - 1 - (2 d + 5) / 6 - 2 m / 3) F`, both compared with chi-squared
/// of `((d - m)^2 - (d + m)) / 2` degrees of freedom; `n` the sum of the weights,
/// `F = ln |Sigma| - ln |S| + tr Sigma^-1 S - d`.
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
    /// The statistic with Bartlett's correction, nearer to chi-squared in small samples.
    pub corrected_statistic: f64,
    /// The probability of a greater corrected statistic if the factors suffice.
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
