//! Why there is no fit, and why a fit does not answer.
use std::fmt;

use maxlik_model::{ExpectationError, ModelError};
use maxlik_optimizer::{EmError, InvalidProblem};

use crate::Fit;

/// Why a model could not be fitted.
#[derive(Clone, thiserror::Error)]
#[non_exhaustive]
pub enum FitError {
    /// The model is wrong as it stands.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// The log-density of a row, or one of its derivatives, is not finite where the search starts.
    #[error("{}: expected a finite log-density with finite derivatives at the start ({}), found {} - {}",
        Row(*row), Values(parameters), Found(*log_density), advice_at_start(*log_density))]
    NotFiniteAtStart {
        /// The first such row, from 0; none in a joint model.
        row: Option<usize>,
        /// Its log-density; where this is finite, a derivative is not.
        log_density: f64,
        /// The coefficients at the start.
        parameters: Vec<(String, f64)>,
    },
    /// A column of a design is a linear combination of others: their coefficients are not determined.
    #[error(
        "design of `{parameter}`: expected linearly independent columns, found `{column}` = {} to rounding - drop one of these columns, or centre them if it is a matter of units",
        Combination(combination)
    )]
    Collinear {
        /// The name of the linear predictor.
        parameter: String,
        /// The first column that depends on columns before it.
        column: String,
        /// These columns, each with its factor; none where the column is zero.
        combination: Vec<(String, f64)>,
    },
    /// The method adds a penalty to the log-likelihood: what it finds is no maximum-likelihood estimate, and the inverse of the
    /// information no covariance of it.
    #[error(
        "fit: expected a method that maximises the likelihood itself, found {method} with a penalty - fit_lasso and lasso_path report penalised estimates"
    )]
    Penalized {
        /// The name of the method.
        method: &'static str,
    },
    /// A method needs the expected information, which is not there where the search starts.
    #[error(transparent)]
    ExpectedInformation(ExpectationError),
    /// A setting of the method is out of its range.
    #[error("method: {0}")]
    Method(InvalidProblem),
    /// An earlier fit to start from has other coefficients than the model.
    #[error(
        "start: expected a fit with the coefficients {}, found {} - values are taken over by name",
        Names(expected),
        Names(found)
    )]
    OtherCoefficients {
        /// The model's coefficients.
        expected: Vec<String>,
        /// The fit's.
        found: Vec<String>,
    },
    /// A step of EM contradicts the model. Variables are counted over the coefficients that are not fixed, and are on their free scale.
    #[error("EM{}: {error}", Variable(error, coefficient))]
    Em {
        /// What is wrong.
        error: EmError,
        /// The coefficient that shows it best.
        coefficient: Option<String>,
    },
    /// Two components of a mixture start with the same density: there the likelihood has a stationary point that no step leaves.
    #[error(
        "mixture, components `{first}` and `{second}`: expected different densities at the start, found the same for every row - nothing would tell them apart; give them different values with .start(..)"
    )]
    EqualComponents {
        /// The name of the one.
        first: String,
        /// The name of the other.
        second: String,
    },
    /// A component of a mixture shrinks on a few rows, where the likelihood rises without end.
    #[error(
        "mixture, component `{component}`: expected a component that is spread over its rows, found it collapsing on {} - the likelihood rises without end there; start it wider with .start(..), or hold its scale with .fixed(..)",
        Rows(rows)
    )]
    CollapsedComponent {
        /// The name of the component.
        component: String,
        /// The rows, from 0.
        rows: Vec<usize>,
        /// The fit as far as it got.
        partial: Box<Fit>,
    },
    /// A component of a mixture fits no row where the search ended: what it would be elsewhere was not found.
    #[error(
        "mixture, component `{component}`: expected a component that fits some of the rows, found one whose density is 0 in all of them where the search ended - start it elsewhere with .start(..), or leave it out"
    )]
    EmptyComponent {
        /// The name of the component.
        component: String,
        /// The fit as far as it got.
        partial: Box<Fit>,
    },
    /// Two states of a hidden Markov model start with the same density: there the likelihood has a stationary point that no step leaves.
    #[error(
        "hidden Markov model, states `{first}` and `{second}`: expected different densities at the start, found the same for every row - nothing would tell them apart; give them different values with .start(..)"
    )]
    EqualStates {
        /// The name of the one.
        first: String,
        /// The name of the other.
        second: String,
    },
    /// The density of a state shrinks on a few rows, where the likelihood rises without end.
    #[error(
        "hidden Markov model, state `{state}`: expected a density that is spread over the rows of the state, found it collapsing on {} - the likelihood rises without end there; start it wider with .start(..), or hold its scale with .fixed(..)",
        Rows(rows)
    )]
    CollapsedState {
        /// The name of the state.
        state: String,
        /// The rows, from 0.
        rows: Vec<usize>,
        /// The fit as far as it got.
        partial: Box<Fit>,
    },
    /// A state occurs in no row where the search ended: what it would be elsewhere was not found.
    #[error(
        "hidden Markov model, state `{state}`: expected a state that occurs in some of the rows, found one with probability 0 in all of them where the search ended - start it elsewhere with .start(..), or leave it out"
    )]
    EmptyState {
        /// The name of the state.
        state: String,
        /// The fit as far as it got.
        partial: Box<Fit>,
    },
    /// All rows are the same to the states of a hidden Markov model: the likelihood does not determine more than one.
    #[error(
        "hidden Markov model: expected rows that differ, found the same log-densities in all of them - nothing tells the states apart; for one state use Model::new"
    )]
    EqualRows {
        /// The fit as far as it got.
        partial: Box<Fit>,
    },
    /// A mixture has more components than rows that its densities tell apart: the likelihood does not determine it.
    #[error(
        "mixture: expected at most as many components as different rows, which are {different}, found {components} - the densities tell no more rows apart; leave components out"
    )]
    FewDifferentRows {
        /// The number of components.
        components: usize,
        /// The number of rows of weight above 0 that differ in their log-density under a component.
        different: usize,
        /// The fit as far as it got.
        partial: Box<Fit>,
    },
    /// A setting of the search from several starts is out of its range.
    #[error("{model}: expected `{setting}` to be {expected}, found {found} - choose another in .{setting}(..)")]
    SearchSetting {
        /// What is fitted.
        model: &'static str,
        /// The name of the setting.
        setting: &'static str,
        /// What it should be.
        expected: &'static str,
        /// What it is.
        found: f64,
    },
    /// The search ended without a maximum. The fit as far as it got is inside, with its trace and the failed criterion.
    #[error("{}", .0.failure())]
    NotConverged(Box<Fit>),
}

impl FitError {
    /// `coefficients` are the names of those that are not fixed.
    pub(crate) fn wrong_step<'a>(error: EmError, mut coefficients: impl Iterator<Item = &'a str>) -> Self {
        if let EmError::Problem(setting) = error {
            return Self::Method(setting);
        }
        let coefficient = error.variable().and_then(|variable| coefficients.nth(variable)).map(String::from);
        Self::Em { error, coefficient }
    }
}

/// Why a fit has no answer to a question about a coefficient.
#[derive(Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum InferenceError {
    /// There is no coefficient of this name.
    #[error("fit: expected the name of a coefficient, found `{name}` - the names are {}", Names(names))]
    UnknownName {
        /// The name asked for.
        name: String,
        /// The names there are.
        names: Vec<String>,
    },
    /// The coefficient was held at a value by the user.
    #[error("`{name}`: expected an estimated coefficient, found one fixed at {value} - it has no standard error")]
    Fixed {
        /// The name.
        name: String,
        /// Its value.
        value: f64,
    },
    /// The estimate stands on a bound, where the log-likelihood has no maximum in the usual sense.
    #[error(
        "`{name}`: expected an estimate inside its bounds, found it on the bound {value} - a standard error from the information does not exist there; ask for the others by name"
    )]
    OnBound {
        /// The name.
        name: String,
        /// The bound.
        value: f64,
    },
    /// The maximum lies at the open end of the coefficient's domain.
    #[error(
        "`{name}`: expected an estimate inside its domain, found the maximum at its open end {value} - a standard error does not exist there; ask for the others by name"
    )]
    AtLimit {
        /// The name.
        name: String,
        /// The end.
        value: f64,
    },
    /// The log-likelihood rises without end: there is no maximum whose standard errors could be given.
    #[error(
        "`{name}`: expected a fit at a maximum, found a log-likelihood that rises without end - there are no standard errors"
    )]
    NoMaximum {
        /// The name.
        name: String,
    },
    /// The observed information is singular: the data do not determine a combination of coefficients.
    #[error(
        "information: expected positive definite, found singular - the data do not determine {}; drop or fix one of these",
        Combination(combination)
    )]
    SingularInformation {
        /// The combination, each coefficient with its factor.
        combination: Vec<(String, f64)>,
    },
    /// The coefficient is one of several with the same likelihood.
    #[error(
        "`{name}`: expected an estimate that the data determine, found {value}, where others are as good - a standard error does not exist there; a note of the fit says along what"
    )]
    Undetermined {
        /// The name.
        name: String,
        /// The value that was found.
        value: f64,
    },
    /// The observed information is not positive definite, which happens away from a maximum only.
    #[error(
        "information: expected positive definite, found an eigenvalue of {smallest:.1e} - the fit is not at a maximum"
    )]
    IndefiniteInformation {
        /// The smallest eigenvalue, scaled to a unit diagonal.
        smallest: f64,
    },
    /// The observed information was not evaluated, for there are too many coefficients.
    #[error(
        "information: expected it to be evaluated, found a fit of {coefficients} free coefficients that was made without - ask for it with .information_limit(..), or for a more parsimonious model"
    )]
    InformationNotEvaluated {
        /// The number of free coefficients.
        coefficients: usize,
    },
    /// There is no expected information at the estimates.
    #[error(transparent)]
    ExpectedInformation(#[from] ExpectationError),
    /// A confidence level is not a probability.
    #[error("confidence level: expected a number strictly between 0 and 1, found {level} - for 95 % ask for 0.95")]
    ConfidenceLevel {
        /// The level asked for.
        level: f64,
    },
}

/// `main() -> Result<(), Box<dyn Error>>` prints errors by `Debug`: there, too, the message is what helps.
macro_rules! debug_is_display {
    ($($type:ty),*) => {$(
        impl fmt::Debug for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }
    )*};
}
debug_is_display!(FitError, InferenceError, crate::LassoError, crate::TableError);

/// The place of a name among others.
pub(crate) fn find_name(name: &str, names: &[String]) -> Result<usize, InferenceError> {
    let place = names.iter().position(|found| found == name);
    place.ok_or_else(|| InferenceError::UnknownName { name: name.into(), names: names.to_vec() })
}

struct Row(Option<usize>);

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(row) => write!(f, "row {row}"),
            None => write!(f, "joint log-likelihood"),
        }
    }
}

/// Rows by their numbers, the first ten of many.
pub(crate) struct Rows<'a>(pub(crate) &'a [usize]);

impl fmt::Display for Rows<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rows: Vec<String> = self.0.iter().take(10).map(usize::to_string).collect();
        let more = if self.0.len() > 10 { format!(", .. ({} in all)", self.0.len()) } else { String::new() };
        write!(f, "row{} {}{more}", if self.0.len() == 1 { "" } else { "s" }, rows.join(", "))
    }
}

struct Found(f64);

impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_finite() { write!(f, "{} with a derivative that is not", self.0) } else { write!(f, "{}", self.0) }
    }
}

fn advice_at_start(log_density: f64) -> &'static str {
    if log_density == f64::NEG_INFINITY {
        "the row is impossible at these values; choose others with .start(..), or check the row"
    } else {
        "is a parameter outside its domain there (choose another with .start(..)), or a value missing in the row?"
    }
}

struct Values<'a>(&'a [(String, f64)]);

impl fmt::Display for Values<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, (name, value)) in self.0.iter().enumerate() {
            write!(f, "{}{name} = {value}", if i > 0 { ", " } else { "" })?;
        }
        Ok(())
    }
}

struct Variable<'a>(&'a EmError, &'a Option<String>);

impl fmt::Display for Variable<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.0.variable(), self.1) {
            (Some(variable), Some(name)) => write!(f, " (variable {variable} is `{name}` on its free scale)"),
            _ => Ok(()),
        }
    }
}

pub(crate) struct Names<'a>(pub(crate) &'a [String]);

impl fmt::Display for Names<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, name) in self.0.iter().enumerate() {
            write!(f, "{}`{name}`", if i > 0 { ", " } else { "" })?;
        }
        Ok(())
    }
}

/// A linear combination, rounded for reading.
pub(crate) struct Combination<'a>(pub(crate) &'a [(String, f64)]);

impl fmt::Display for Combination<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return write!(f, "0");
        }
        for (i, (name, factor)) in self.0.iter().enumerate() {
            let sign = match (i, *factor < 0.0) {
                (0, false) => "",
                (0, true) => "-",
                (_, false) => " + ",
                (_, true) => " - ",
            };
            let rounded = format!("{:.3}", factor.abs());
            let rounded = rounded.trim_end_matches('0').trim_end_matches('.');
            match rounded {
                "1" => write!(f, "{sign}`{name}`")?,
                "0" => write!(f, "{sign}{:.1e} `{name}`", factor.abs())?,
                _ => write!(f, "{sign}{rounded} `{name}`")?,
            }
        }
        Ok(())
    }
}
