//! What a reader of a fit should know beyond its numbers.
use std::fmt;

use crate::error::Combination;
use crate::summary::number;

/// Something about a fit that its reader should know. Printed as a note with a stable code.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Warning {
    /// The method only approximates the maximum (`approximate`).
    Approximate {
        /// The distance to the maximum in standard errors if the log-likelihood were quadratic, `sqrt(g' I^-1 g)`: no estimate is
        /// further from it. Infinite where the information is not positive definite.
        std_errors: f64,
    },
    /// An estimate stands on a bound of its domain (`on-bound`).
    OnBound {
        /// The name of the coefficient.
        name: String,
        /// The bound.
        value: f64,
    },
    /// The maximum lies at the open end of a coefficient's domain; the others were fitted given that value (`at-limit`).
    AtLimit {
        /// The name of the coefficient.
        name: String,
        /// The end of its domain.
        value: f64,
    },
    /// The log-likelihood rises without end in a direction (`no-maximum`).
    NoMaximum {
        /// The direction, each coefficient with its part.
        direction: Vec<(String, f64)>,
        /// Whether the direction is one of linear predictors, as where columns separate the outcomes.
        separates: bool,
    },
    /// The information is singular (`singular-information`).
    SingularInformation {
        /// The combination of coefficients that the data do not determine.
        combination: Vec<(String, f64)>,
    },
    /// The joint model did not say how many observations it stands for (`observations-unknown`).
    ObservationsUnknown,
}

impl Warning {
    /// Whether this is a reason why a search ends without a maximum.
    pub(crate) fn explains_failure(&self) -> bool {
        matches!(self, Self::NoMaximum { .. } | Self::SingularInformation { .. })
    }

    /// The stable code of the note.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Approximate { .. } => "approximate",
            Self::OnBound { .. } => "on-bound",
            Self::AtLimit { .. } => "at-limit",
            Self::NoMaximum { .. } => "no-maximum",
            Self::SingularInformation { .. } => "singular-information",
            Self::ObservationsUnknown => "observations-unknown",
        }
    }
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Approximate { std_errors } => {
                if std_errors.is_finite() {
                    let about = number(*std_errors, 2);
                    write!(f, "each estimate is within about {about} standard errors of the maximum")?;
                } else {
                    write!(f, "the method has not come near a maximum")?;
                }
                write!(f, "; to go on from here: model.fit_from(&fit, Newton::default())")
            }
            Self::OnBound { name, value } => {
                write!(f, "`{name}` is on its bound {value}: no standard error, and those of the others hold given it")
            }
            Self::AtLimit { name, value } => write!(
                f,
                "the maximum is at the open end of `{name}`, {value}: no standard error, and the others were fitted given it"
            ),
            Self::NoMaximum { direction, separates } => {
                let advice = if *separates {
                    "do these columns separate the outcomes, or fit some rows exactly? drop them, or fix their coefficients"
                } else {
                    "the data do not bound it on that side; fix it, or give it closed bounds"
                };
                write!(f, "the log-likelihood rises without end along {} - {advice}", Combination(direction))
            }
            Self::SingularInformation { combination } => {
                write!(f, "the data do not determine {}: no standard errors", Combination(combination))
            }
            Self::ObservationsUnknown => {
                write!(f, "the number of observations is unknown: no AICc and BIC; say it with .n_obs(..)")
            }
        }
    }
}
