//! What a reader of a fit should know beyond its numbers.
use std::fmt;

use crate::error::{Combination, Rows};
use crate::fit::counted;
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
    /// Probabilities leave nothing of 1 at the maximum: what has the rest of it does not occur, and all others were fitted given that
    /// (`nothing-remains`).
    NothingRemains {
        /// The names of the coefficients whose sum is 1.
        names: Vec<String>,
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
    /// A component of a mixture is so narrow on so few rows that the maximum is likely an artefact (`spurious-maximum`).
    Spurious {
        /// The name of the component.
        component: String,
        /// Its rows, from 0.
        rows: Vec<usize>,
    },
    /// A higher maximum was found that is spurious, and not reported (`passed-over`).
    PassedOver {
        /// The name of the component that makes it spurious.
        component: String,
        /// Its rows, from 0.
        rows: Vec<usize>,
        /// The log-likelihood there.
        log_likelihood: f64,
    },
    /// A component of a mixture collapsed, or fitted no row, and was left out as asked (`dropped`).
    Dropped {
        /// The name of the component.
        component: String,
        /// The rows that it collapsed on, from 0; none where it fitted no row.
        rows: Vec<usize>,
    },
    /// A state of a hidden Markov model is so narrow on so few rows that the maximum is likely an artefact (`spurious-maximum`).
    SpuriousState {
        /// The name of the state.
        state: String,
        /// Its rows, from 0.
        rows: Vec<usize>,
    },
    /// A higher maximum of a hidden Markov model was found that is spurious, and not reported (`passed-over`).
    PassedOverState {
        /// The name of the state that makes it spurious.
        state: String,
        /// Its rows, from 0.
        rows: Vec<usize>,
        /// The log-likelihood there.
        log_likelihood: f64,
    },
    /// A state of a hidden Markov model collapsed, or occurred in no row, and was left out as asked (`dropped`).
    DroppedState {
        /// The name of the state.
        state: String,
        /// The rows that it collapsed on, from 0; none where it occurred in none.
        rows: Vec<usize>,
    },
    /// The first component of a mixture has weight 0 at the maximum; the fit is that of the others (`weight-zero`).
    WeightZero {
        /// The name of the component.
        component: String,
    },
    /// The likelihood of a factor analysis is highest where a variable has no uniqueness (`heywood`).
    Heywood {
        /// The variable.
        variable: String,
    },
    /// Another rotation of the loadings is as good as the reported one (`undetermined-rotation`).
    UndeterminedRotation {
        /// How the loadings change by it.
        combination: Vec<(String, f64)>,
    },
    /// Rows without any value say nothing, and were not counted (`empty-rows`).
    EmptyRows {
        /// How many they are.
        rows: usize,
    },
    /// Searches from other starts ended higher than this maximum, without one of their own (`unfinished`).
    Unfinished {
        /// How many.
        searches: usize,
        /// The highest log-likelihood at which one ended.
        log_likelihood: f64,
    },
    /// Nearly all information about some direction of the coefficients is missing (`nearly-all-missing`).
    NearlyAllMissing {
        /// The greatest fraction of missing information.
        fraction: f64,
    },
    /// The fit of a Gaussian mixture is a maximum a posteriori with the conjugate prior (`prior`).
    ConjugatePrior {
        /// The number of rows that the prior of a mean weighs.
        shrinkage: f64,
        /// The degrees of freedom of the covariance's prior.
        dof: f64,
    },
    /// The fit is a maximum a posteriori: each component or state sees all rows in addition, as a prior (`prior`).
    Prior {
        /// How many rows the prior weighs as, for each component or state.
        pseudo_rows: f64,
    },
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
            Self::NothingRemains { .. } => "nothing-remains",
            Self::NoMaximum { .. } => "no-maximum",
            Self::SingularInformation { .. } => "singular-information",
            Self::ObservationsUnknown => "observations-unknown",
            Self::Spurious { .. } | Self::SpuriousState { .. } => "spurious-maximum",
            Self::PassedOver { .. } | Self::PassedOverState { .. } => "passed-over",
            Self::Dropped { .. } | Self::DroppedState { .. } => "dropped",
            Self::WeightZero { .. } => "weight-zero",
            Self::Heywood { .. } => "heywood",
            Self::UndeterminedRotation { .. } => "undetermined-rotation",
            Self::EmptyRows { .. } => "empty-rows",
            Self::Unfinished { .. } => "unfinished",
            Self::NearlyAllMissing { .. } => "nearly-all-missing",
            Self::Prior { .. } | Self::ConjugatePrior { .. } => "prior",
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
            Self::NothingRemains { names } => {
                let sum: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
                write!(
                    f,
                    "the maximum is where {} = 1, so that nothing remains: what they leave has probability 0, and all was fitted given that",
                    sum.join(" + ")
                )
            }
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
            Self::Spurious { component, rows } => spurious(f, "component", component, rows),
            Self::SpuriousState { state, rows } => spurious(f, "state", state, rows),
            Self::PassedOver { component, rows, log_likelihood } => {
                passed_over(f, "component", component, rows, *log_likelihood)
            }
            Self::PassedOverState { state, rows, log_likelihood } => {
                passed_over(f, "state", state, rows, *log_likelihood)
            }
            Self::Dropped { component, rows } if rows.is_empty() => {
                write!(f, "component `{component}` fitted no row and was left out")
            }
            Self::Dropped { component, rows } => {
                write!(f, "component `{component}` collapsed on {} and was left out", Rows(rows))
            }
            Self::DroppedState { state, rows } if rows.is_empty() => {
                write!(f, "state `{state}` occurred in no row and was left out")
            }
            Self::DroppedState { state, rows } => {
                write!(f, "state `{state}` collapsed on {} and was left out", Rows(rows))
            }
            Self::WeightZero { component } => write!(
                f,
                "component `{component}` has weight 0 at the maximum: the fit is that of the others, whose first has the weight that remains"
            ),
            Self::Heywood { variable } => write!(
                f,
                "the likelihood is highest where `{variable}` has no uniqueness: the factors explain it without error, which is hardly true; the others were fitted given it - fewer factors? or a bound, .lower(0.005)"
            ),
            Self::UndeterminedRotation { combination } => write!(
                f,
                "other rotations of the loadings are as good, along {}: no standard errors of loadings",
                Combination(combination)
            ),
            Self::EmptyRows { rows } => write!(f, "{} without any value: not counted", counted(*rows, "row")),
            Self::Unfinished { searches, log_likelihood } => write!(
                f,
                "{} ended higher, up to log-likelihood {log_likelihood:.6}, without coming to a maximum: allow more iterations",
                if *searches == 1 {
                    "a search from another start".into()
                } else {
                    format!("{searches} searches from other starts")
                }
            ),
            Self::NearlyAllMissing { fraction } => write!(
                f,
                "the data say next to nothing about some combination of coefficients: a fraction 1 - {:.0e} of its information is missing, and standard errors that depend on it are uncertain",
                1.0 - fraction
            ),
            Self::ConjugatePrior { shrinkage, dof } => write!(
                f,
                "maximum a posteriori with the conjugate prior, shrinkage {shrinkage}, dof {dof}: the log-likelihood and its criteria are without it, score and information with it"
            ),
            Self::Prior { pseudo_rows } => write!(
                f,
                "maximum a posteriori: each component or state sees all rows in addition, weighing {} of a row together, since one collapsed without; log-likelihood and criteria are without this prior, score and information with it",
                number(*pseudo_rows, 2)
            ),
        }
    }
}

fn spurious(f: &mut fmt::Formatter<'_>, kind: &str, name: &str, rows: &[usize]) -> fmt::Result {
    write!(
        f,
        "{kind} `{name}` is narrow on {} alone: likely an artefact of a likelihood without bound, not a group",
        Rows(rows)
    )
}

fn passed_over(f: &mut fmt::Formatter<'_>, kind: &str, name: &str, rows: &[usize], log_likelihood: f64) -> fmt::Result {
    write!(
        f,
        "a higher maximum, log-likelihood {log_likelihood:.6}, was passed over as spurious: {kind} `{name}` is narrow on {} alone there",
        Rows(rows)
    )
}
