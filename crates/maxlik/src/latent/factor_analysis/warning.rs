//! What a reader of a factor analysis should know beyond its numbers.
use std::fmt;

use crate::error::Combination;

/// Something about a factor analysis that its reader should know. Printed as a note with a stable code.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum FactorAnalysisWarning {
    /// The likelihood is highest where a variable has no uniqueness (`heywood`).
    Heywood {
        /// The variable.
        variable: String,
    },
    /// A uniqueness stands on the lower bound that was asked for (`on-bound`).
    OnBound {
        /// The variable.
        variable: String,
        /// The bound.
        value: f64,
    },
    /// Rows without any value say nothing (`empty-rows`).
    EmptyRows {
        /// How many they are.
        rows: usize,
    },
    /// The data do not determine a combination of coefficients (`singular-information`).
    SingularInformation {
        /// The combination.
        combination: Vec<(String, f64)>,
    },
    /// Another rotation of the loadings is as good as the reported one (`undetermined-rotation`).
    UndeterminedRotation {
        /// How the loadings change by it.
        combination: Vec<(String, f64)>,
    },
}

impl FactorAnalysisWarning {
    /// The stable code of the note.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Heywood { .. } => "heywood",
            Self::OnBound { .. } => "on-bound",
            Self::EmptyRows { .. } => "empty-rows",
            Self::SingularInformation { .. } => "singular-information",
            Self::UndeterminedRotation { .. } => "undetermined-rotation",
        }
    }
}

impl fmt::Display for FactorAnalysisWarning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Heywood { variable } => write!(
                f,
                "the likelihood is highest where `{variable}` has no uniqueness: the factors explain it without error, which is hardly true; the others were fitted given it - fewer factors? or a bound, .lower(0.005)"
            ),
            Self::OnBound { variable, value } => write!(
                f,
                "the uniqueness of `{variable}` is on its bound {value}: not the maximum of the likelihood, and the standard errors of the others hold given it"
            ),
            Self::EmptyRows { rows } => {
                write!(f, "{rows} row{} without any value: not counted", if *rows == 1 { "" } else { "s" })
            }
            Self::UndeterminedRotation { combination } => write!(
                f,
                "other rotations of the loadings are as good, along {}: no standard errors of loadings",
                Combination(combination)
            ),
            Self::SingularInformation { combination } => {
                write!(f, "the data do not determine {}: no standard errors", Combination(combination))
            }
        }
    }
}
