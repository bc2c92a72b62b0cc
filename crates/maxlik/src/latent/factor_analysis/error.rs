//! Why there is no factor analysis, and why one does not answer.
use std::fmt;

use maxlik_optimizer::{EmError, InvalidProblem, Termination};

use super::FactorAnalysisFit;
use crate::error::Combination;

/// Why a factor analysis could not be made, or has no answer.
#[derive(Clone, thiserror::Error)]
#[non_exhaustive]
pub enum FactorAnalysisError {
    /// No factors were asked for.
    #[error("factors: expected at least 1, found 0 - without factors the variables are independent")]
    NoFactors,
    /// More factors than the covariances can determine.
    #[error(
        "factors: expected ((d - m)^2 - (d + m)) / 2 degrees of freedom of at least 0 and m < d, found {dof} for m = {factors} and d = {variables} - {}",
        Most(*most, *variables)
    )]
    TooManyFactors {
        /// The number of factors asked for.
        factors: usize,
        /// The number of variables.
        variables: usize,
        /// The degrees of freedom that are left.
        dof: i64,
        /// The greatest number of factors for so many variables.
        most: usize,
    },
    /// Not as many names as variables.
    #[error("names: expected one for each of the {expected} variables, found {found}")]
    Names {
        /// The number of variables.
        expected: usize,
        /// The number of names.
        found: usize,
    },
    /// Two variables have the same name.
    #[error("names: expected a different one for each variable, found `{name}` twice")]
    DuplicateName {
        /// The name.
        name: String,
    },
    /// Not as many weights as rows.
    #[error("weights: expected one for each of the {expected} rows, found {found}")]
    Weights {
        /// The number of rows.
        expected: usize,
        /// The number of weights.
        found: usize,
    },
    /// A weight is negative or not finite.
    #[error("weights, row {row}: expected a finite number of at least 0, found {found}")]
    Weight {
        /// The row, from 0.
        row: usize,
        /// The weight.
        found: f64,
    },
    /// Weights were given for a covariance matrix.
    #[error("weights: expected none with a covariance matrix, whose rows are not there to be weighted, found {found}")]
    WeightsOfCovariance {
        /// The number of weights.
        found: usize,
    },
    /// A value is missing or infinite.
    #[error("row {row}, `{column}`: expected a finite number, found {found} - {}", value_advice(*found, *missing_allowed))]
    NotFinite {
        /// The row, from 0.
        row: usize,
        /// The variable.
        column: String,
        /// What was found.
        found: f64,
        /// Whether NaN would have been taken as a missing value.
        missing_allowed: bool,
    },
    /// Too few rows for a covariance matrix that is not singular.
    #[error(
        "rows: expected more than the {variables} variables, found {rows} - with fewer the covariance matrix is singular"
    )]
    FewRows {
        /// The number of rows that count.
        rows: usize,
        /// The number of variables.
        variables: usize,
    },
    /// A variable has one value only.
    #[error("`{name}`: expected a variable that varies, found {value} in every row - leave it out")]
    Constant {
        /// The variable.
        name: String,
        /// Its value.
        value: f64,
    },
    /// A variable was never observed.
    #[error("`{name}`: expected some values, found none - leave it out")]
    NoValues {
        /// The variable.
        name: String,
    },
    /// A combination of standardised variables has no variance.
    #[error(
        "covariance: expected a matrix of full rank, found {} constant to rounding, each variable divided by its standard deviation - leave one of these variables out",
        Combination(combination)
    )]
    Singular {
        /// The variables, each with its factor.
        combination: Vec<(String, f64)>,
    },
    /// A covariance matrix is not square.
    #[error("covariance: expected as many rows as columns, found {rows} x {columns} - for rows of data say .fit(..)")]
    NotSquare {
        /// Its rows.
        rows: usize,
        /// Its columns.
        columns: usize,
    },
    /// A covariance is NaN or infinite.
    #[error("covariance of `{row}` and `{column}`: expected a finite number, found {found}")]
    CovarianceNotFinite {
        /// The one variable.
        row: String,
        /// The other.
        column: String,
        /// What was found.
        found: f64,
    },
    /// A covariance matrix is not symmetric.
    #[error(
        "covariance of `{row}` and `{column}`: expected the same number on both sides of the diagonal, found {found} and {mirrored}"
    )]
    NotSymmetric {
        /// The variable of the row.
        row: String,
        /// The variable of the column.
        column: String,
        /// The covariance.
        found: f64,
        /// The covariance on the other side of the diagonal.
        mirrored: f64,
    },
    /// A variance is not positive.
    #[error("variance of `{name}`: expected a positive number, found {found}")]
    NotPositiveVariance {
        /// The variable.
        name: String,
        /// Its variance.
        found: f64,
    },
    /// No data have these covariances.
    #[error(
        "covariance: expected a positive definite matrix, found the eigenvalue {smallest:.3e} of the correlation matrix - no data have it; were its entries computed from different rows?"
    )]
    NotPositiveDefinite {
        /// The smallest eigenvalue of the correlation matrix.
        smallest: f64,
    },
    /// The lower bound of the uniquenesses is not between 0 and 1.
    #[error("lower: expected a bound of uniquenesses strictly between 0 and 1, found {found}")]
    Lower {
        /// What was found.
        found: f64,
    },
    /// A setting is out of its range.
    #[error("{setting}: expected {expected}, found {found}")]
    Setting {
        /// Which setting.
        setting: &'static str,
        /// What it can be.
        expected: &'static str,
        /// What it is.
        found: f64,
    },
    /// A setting of the method is out of its range.
    #[error("method: {0}")]
    Method(InvalidProblem),
    /// EM contradicts the likelihood at this point.
    #[error("EM: {0}")]
    Em(EmError),
    /// The power of promax is not above 1.
    #[error("promax: expected a power above 1, found {found} - 4 is usual")]
    PromaxPower {
        /// What was found.
        found: f64,
    },
    /// Varimax did not come to rest.
    #[error(
        "varimax: expected a rotation that comes to rest, found none - columns of the loadings are as good in any rotation"
    )]
    RotationNotConverged,
    /// Loadings of different factors are linearly dependent: an oblique rotation is not determined.
    #[error("promax: expected linearly independent loadings, found dependent ones - are there fewer factors?")]
    DependentFactors,
    /// The fit knows no means, for it was made from a covariance matrix.
    #[error("scores: expected a fit of data, found one of a covariance matrix, which does not know the means")]
    NoMean,
    /// Rows to be scored have another number of variables.
    #[error("scores: expected {expected} columns, found {found}")]
    Columns {
        /// The number of variables of the fit.
        expected: usize,
        /// The number of columns.
        found: usize,
    },
    /// A row to be scored does not determine the factors.
    #[error(
        "scores, row {row}: expected values of {expected} or more variables that determine the factors, found {found}"
    )]
    Scores {
        /// The row, from 0.
        row: usize,
        /// The number of factors.
        expected: usize,
        /// The number of values in the row.
        found: usize,
    },
    /// With no degrees of freedom there is nothing to test.
    #[error(
        "test of {factors} factors: expected at least 1 degree of freedom, found 0 - so many factors fit any covariance matrix"
    )]
    NothingToTest {
        /// The number of factors.
        factors: usize,
    },
    /// With the values that are missing, the model with any covariance matrix has no maximum that was found.
    #[error(
        "test of {factors} factors: expected a maximum of the unrestricted model, found none ({termination}) - are there variables that were never observed together?"
    )]
    NoUnrestrictedFit {
        /// The number of factors.
        factors: usize,
        /// Why its search ended.
        termination: Termination,
    },
    /// The search ended without a maximum. The fit as far as it got is inside.
    #[error("{}", .0.termination())]
    NotConverged(Box<FactorAnalysisFit>),
}

impl fmt::Debug for FactorAnalysisError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl From<EmError> for FactorAnalysisError {
    fn from(error: EmError) -> Self {
        match error {
            EmError::Problem(setting) => Self::Method(setting),
            error => Self::Em(error),
        }
    }
}

impl From<InvalidProblem> for FactorAnalysisError {
    fn from(error: InvalidProblem) -> Self {
        Self::Method(error)
    }
}

fn value_advice(found: f64, missing_allowed: bool) -> &'static str {
    if found.is_nan() && !missing_allowed {
        "if NaN is a value that was not observed, say .missing(true)"
    } else {
        "leave the row out"
    }
}

/// The greatest number of factors, if there is one.
struct Most(usize, usize);

impl fmt::Display for Most {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(most, variables) = self;
        match most {
            0 => write!(f, "a factor needs three variables"),
            1 => write!(f, "{variables} variables determine 1 factor at most"),
            _ => write!(f, "{variables} variables determine {most} factors at most"),
        }
    }
}
