//! Why there is no Gaussian mixture.
use std::fmt;

use maxlik_optimizer::EmError;

use super::GaussianMixtureFit;
use crate::error::{Names, Rows};
use crate::fit::counted;

/// Why a Gaussian mixture could not be fitted, or has no answer for some rows.
#[derive(Clone, thiserror::Error)]
#[non_exhaustive]
pub enum GaussianMixtureError {
    /// There is nothing to fit.
    #[error("points: expected a matrix of at least 1 row and 1 column, found {rows} x {columns}")]
    NoPoints {
        /// The number of rows.
        rows: usize,
        /// The number of columns.
        columns: usize,
    },
    /// A value is infinite, or NaN where missing values are not expected.
    #[error("row {row}, column `{column}`: expected a finite number, found {found} - {}", advice(*found))]
    NotFinite {
        /// The row, from 0.
        row: usize,
        /// The name of the column.
        column: String,
        /// The value.
        found: f64,
    },
    /// A row has no value at all.
    #[error("row {row}: expected at least one value, found only missing ones - leave the row out, it says nothing")]
    EmptyRow {
        /// The row, from 0.
        row: usize,
    },
    /// A column has no value in any row.
    #[error("column `{column}`: expected a value in some row, found only missing ones - leave the column out")]
    EmptyColumn {
        /// The name of the column.
        column: String,
    },
    /// A column has the same value in all rows.
    #[error(
        "column `{column}`: expected values that differ, found {value} in every row - its variance is zero; leave the column out"
    )]
    ConstantColumn {
        /// The name of the column.
        column: String,
        /// The value.
        value: f64,
    },
    /// The variance of a column is not a number of this machine.
    #[error("column `{column}`: expected values whose variance can be computed, found {variance} - take other units")]
    Units {
        /// The name of the column.
        column: String,
        /// Its variance.
        variance: f64,
    },
    /// Two columns are never observed in the same row: their covariance is not determined.
    #[error(
        "columns `{first}` and `{second}`: expected rows with a value in both, found none - their covariance is not determined; take diagonal covariances, or set a prior"
    )]
    NeverTogether {
        /// The name of the one.
        first: String,
        /// The name of the other.
        second: String,
    },
    /// A column is a linear combination of those before it.
    #[error(
        "column `{column}`: expected columns that are linearly independent, found one that those before it determine in these rows - leave it out, take diagonal covariances, or set a prior"
    )]
    Collinear {
        /// The name of the column.
        column: String,
    },
    /// There are not as many weights as rows.
    #[error("weights: expected one for each of {expected} rows, found {found}")]
    WeightsLength {
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
    /// The names of the columns are not as many, or not different.
    #[error("names: expected {expected} different names, one for each column, found {}", Names(found))]
    ColumnNames {
        /// The number of columns.
        expected: usize,
        /// The names.
        found: Vec<String>,
    },
    /// New rows have another number of columns than the mixture.
    #[error("points: expected the {expected} columns of the mixture, found {found}")]
    Columns {
        /// The dimension of the mixture.
        expected: usize,
        /// The number of columns.
        found: usize,
    },
    /// A mixture needs a component.
    #[error("components: expected at least 1, found 0")]
    NoComponents,
    /// There are fewer different rows than components.
    #[error(
        "components: expected no more than there are different rows, found {components} components for {distinct} - ask for fewer"
    )]
    TooManyComponents {
        /// The number of components.
        components: usize,
        /// The number of different rows.
        distinct: usize,
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
    /// Given starting values do not fit the number of components and columns, or are no mixture.
    #[error("start: expected {expected}, found {found}")]
    Start {
        /// What is expected.
        expected: String,
        /// What was found.
        found: String,
    },
    /// A component collapsed on a few rows, where the likelihood rises without end.
    #[error(
        "component {component}: expected one that is spread over its rows, found it collapsing on {}, and no maximum from {} - the likelihood rises without end there; ask for fewer components or a more parsimonious covariance, set a prior, or Collapse::Penalise or Collapse::Drop",
        Rows(rows), counted(*starts, "start")
    )]
    Collapsed {
        /// The component, from 1.
        component: usize,
        /// The rows, from 0.
        rows: Vec<usize>,
        /// The number of starts that were tried.
        starts: usize,
    },
    /// A component has lost all its rows, from every start.
    #[error(
        "component {component}: expected one that fits some of the rows, found one without any, and no maximum from {} - ask for fewer components, or start elsewhere",
        counted(*starts, "start")
    )]
    EmptyComponent {
        /// The component, from 1.
        component: usize,
        /// The number of starts that were tried.
        starts: usize,
    },
    /// All maxima that were found are spurious.
    #[error(
        "component {component}: expected a maximum whose components describe groups of rows, found only spurious ones - in the best of them the component stands on {} in nearly a plane; ask for fewer components or a more parsimonious covariance, or set a prior (the fit is inside)",
        Rows(rows)
    )]
    Spurious {
        /// The component, from 1.
        component: usize,
        /// The rows, from 0.
        rows: Vec<usize>,
        /// The spurious maximum.
        fit: Box<GaussianMixtureFit>,
    },
    /// The likelihood rises as the weight of noise tends to 0: there is none in these rows. [`GaussianMixture::fit`](super::GaussianMixture::fit)
    /// answers with the fit without.
    #[error("noise: expected a share of the rows, found a weight that tends to 0 ({weight:.1e}) - leave it out")]
    NoNoise {
        /// Its weight where the search stopped.
        weight: f64,
    },
    /// The search ended without a maximum. The fit as far as it got is inside.
    #[error("{}", .0.failure())]
    NotConverged(Box<GaussianMixtureFit>),
    /// The optimizer's settings are wrong, or a step of EM contradicts the likelihood, which is a bug.
    #[error("EM: {0}")]
    Em(#[from] EmError),
}

impl fmt::Debug for GaussianMixtureError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

fn advice(found: f64) -> &'static str {
    if found.is_nan() { "if that stands for a missing value, say so with .missing(true)" } else { "leave the row out" }
}
