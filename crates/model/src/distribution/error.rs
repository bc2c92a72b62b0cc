//! What can be wrong with a distribution or the observations it is estimated from.
use crate::Domain;

/// Why a distribution cannot be made, or not from these observations. Observations are counted from 0.
#[derive(Clone, Copy, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum DistributionError {
    /// A parameter is outside its domain.
    #[error("{distribution}, parameter `{parameter}`: expected a value in {domain}, found {found}")]
    Parameter {
        /// The distribution.
        distribution: &'static str,
        /// The parameter.
        parameter: &'static str,
        /// Where it may lie.
        domain: Domain,
        /// The value.
        found: f64,
    },
    /// The observations ask for a parameter outside its domain: they vary less or more than any member of the family does.
    #[error(
        "{distribution}: the observations ask for `{parameter}` = {found}, expected a value in {domain} - they vary too little or too much for this family, or are too few; give a start by hand"
    )]
    NoSuchMember {
        /// The distribution.
        distribution: &'static str,
        /// The parameter.
        parameter: &'static str,
        /// Where it may lie.
        domain: Domain,
        /// What the observations ask for.
        found: f64,
    },
    /// A vector of parameters, or an observation, has the wrong length.
    #[error("{distribution}, `{parameter}`: expected {expected} values, found {found}")]
    Length {
        /// The distribution.
        distribution: &'static str,
        /// The vector.
        parameter: &'static str,
        /// The length it should have.
        expected: usize,
        /// Its length.
        found: usize,
    },
    /// There are no observations to estimate from.
    #[error(
        "{distribution}: expected at least one observation, found none - check the filter or file that they come from"
    )]
    NoObservations {
        /// The distribution.
        distribution: &'static str,
    },
    /// An observation is impossible under every member of the family, or not finite.
    #[error(
        "{distribution}, observation {index}: expected a value in {support}, found {found} - drop it or choose another distribution"
    )]
    OutsideSupport {
        /// The distribution.
        distribution: &'static str,
        /// The observation.
        index: usize,
        /// Where observations may lie.
        support: Domain,
        /// The value.
        found: f64,
    },
    /// The proportions of an observation do not add up to one.
    #[error(
        "{distribution}, observation {index}: expected proportions that add up to 1, found {found} - divide them by their sum"
    )]
    Sum {
        /// The distribution.
        distribution: &'static str,
        /// The observation.
        index: usize,
        /// Their sum.
        found: f64,
    },
    /// A covariance matrix is not symmetric.
    #[error(
        "{distribution}, covariance: expected a symmetric matrix, found {found} in row {row}, column {column} and {transposed} in row {column}, column {row}"
    )]
    NotSymmetric {
        /// The distribution.
        distribution: &'static str,
        /// The row, counted from 0.
        row: usize,
        /// The column, counted from 0.
        column: usize,
        /// The entry there.
        found: f64,
        /// The entry with row and column exchanged.
        transposed: f64,
    },
    /// A covariance matrix is not positive definite; from an estimate where some variables determine another one, or there are
    /// not more observations than variables.
    #[error(
        "{distribution}, covariance: expected a positive definite matrix, found variance {found} of variable {index} given those before it - drop a variable that others determine"
    )]
    NotPositiveDefinite {
        /// The distribution.
        distribution: &'static str,
        /// The variable, counted from 0.
        index: usize,
        /// Its variance given the variables before it, or not a number.
        found: f64,
    },
}

impl DistributionError {
    /// The same error of an estimate: it is the observations that ask for the parameter.
    pub(super) fn of_observations(self) -> Self {
        match self {
            Self::Parameter { distribution, parameter, domain, found } => {
                Self::NoSuchMember { distribution, parameter, domain, found }
            }
            other => other,
        }
    }
}

/// `main() -> Result<(), Box<dyn Error>>` prints errors by `Debug`: there, too, the message is what helps.
impl std::fmt::Debug for DistributionError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        std::fmt::Display::fmt(self, f)
    }
}
