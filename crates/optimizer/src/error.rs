//! Why a search is refused before it begins.

/// What is wrong with what a search was given.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidProblem {
    /// A vector does not have the objective's dimension.
    #[error("{what}: expected a number for each of the objective's {expected} variables, found {found}")]
    Length {
        /// Which vector.
        what: &'static str,
        /// The objective's dimension.
        expected: usize,
        /// The vector's length.
        found: usize,
    },
    /// A lower bound is above the upper bound, or one of them is not a number.
    #[error(
        "bounds of variable {variable}: expected lower <= upper, found [{lower}, {upper}] - infinite where there is no bound"
    )]
    Bounds {
        /// The variable, from 0.
        variable: usize,
        /// Its lower bound.
        lower: f64,
        /// Its upper bound.
        upper: f64,
    },
    /// The start is not a number.
    #[error("start of variable {variable}: expected a number, found {found}")]
    Start {
        /// The variable, from 0.
        variable: usize,
        /// What was found.
        found: f64,
    },
    /// The weight of a penalty is negative or not finite.
    #[error("penalty of variable {variable}: expected a finite weight of at least 0, found {weight}")]
    Penalty {
        /// The variable, from 0.
        variable: usize,
        /// Its weight.
        weight: f64,
    },
    /// A setting of the method is out of its range.
    #[error("{setting}: expected {expected}, found {found}")]
    Setting {
        /// The name of the setting.
        setting: &'static str,
        /// What it can be.
        expected: &'static str,
        /// What was found.
        found: f64,
    },
}

impl InvalidProblem {
    /// Refuses a setting that is not `valid`.
    pub(crate) fn setting(
        setting: &'static str,
        expected: &'static str,
        found: f64,
        valid: bool,
    ) -> Result<(), InvalidProblem> {
        if valid { Ok(()) } else { Err(Self::Setting { setting, expected, found }) }
    }
}
