//! What a lasso penalises and for which lambdas, and why it is refused.
use maxlik_model::Domain;
use maxlik_optimizer::Stopping;

use crate::error::Names;
use crate::{FitError, LassoFit};

/// Settings of the lasso. Minimised is, with `N` the number of rows (or the sum of their weights) and `s_j` the standard
/// deviation of column `j`,
///
/// ```text
/// -l(theta) / N + lambda sum_j s_j |beta_j|
/// ```
///
/// so that `lambda` means what it does in R's glmnet. Penalised are all coefficients of linear predictors but those of a column
/// named `(intercept)`, and no scalar parameters, unless [`penalize`](Lasso::penalize) says otherwise.
///
/// # References
/// Tibshirani, "Regression shrinkage and selection via the lasso" (1996); Friedman, Hastie & Tibshirani, "Regularization paths for
/// generalized linear models via coordinate descent" (2010).
#[derive(Clone, Debug, PartialEq)]
pub struct Lasso {
    /// The values of lambda, strictly decreasing; default none: [`count`](Lasso::count) values, evenly spaced in the logarithm,
    /// from the smallest lambda for which all penalised coefficients are zero, lambda max, to `ratio` times that.
    pub lambdas: Option<Vec<f64>>,
    /// How many values of lambda; default 100.
    pub count: usize,
    /// The smallest lambda as a part of lambda max; default none: 1e-4, or 1e-2 where there are fewer observations than penalised
    /// coefficients.
    pub ratio: Option<f64>,
    /// Whether columns are penalised by their standard deviations, or all alike (`s_j = 1`); default true. For scalar
    /// parameters `s_j = 1` in any case.
    pub standardize: bool,
    /// Patterns of the coefficients to penalise; default none: the rule above.
    pub penalized: Vec<String>,
    /// Patterns of coefficients that are not penalised all the same; default none.
    pub unpenalized: Vec<String>,
    /// When a search ends; default as everywhere, but polished only until the decrement is at most 1e-18, and after at most 500
    /// iterations: from the point before, three are usual.
    pub stopping: Stopping,
}

impl Default for Lasso {
    fn default() -> Self {
        Self {
            lambdas: None,
            count: 100,
            ratio: None,
            standardize: true,
            penalized: Vec::new(),
            unpenalized: Vec::new(),
            stopping: Stopping { polished: 1e-18, max_iterations: 500, ..Stopping::default() },
        }
    }
}

impl Lasso {
    /// The values of lambda, strictly decreasing.
    pub fn with_lambdas(mut self, lambdas: impl Into<Vec<f64>>) -> Self {
        self.lambdas = Some(lambdas.into());
        self
    }

    /// How many values of lambda.
    pub fn with_count(mut self, count: usize) -> Self {
        self.count = count;
        self
    }

    /// The smallest lambda as a part of lambda max.
    pub fn with_ratio(mut self, ratio: f64) -> Self {
        self.ratio = Some(ratio);
        self
    }

    /// Whether columns are penalised by their standard deviations.
    pub fn standardize(mut self, standardize: bool) -> Self {
        self.standardize = standardize;
        self
    }

    /// Penalises the coefficients of this name; `*` stands for any text. The first call takes the place of the default rule, further
    /// ones add to it. A pattern with a `*` does not mean columns named `(intercept)`.
    pub fn penalize(mut self, pattern: impl Into<String>) -> Self {
        self.penalized.push(pattern.into());
        self
    }

    /// Leaves the coefficients of this name without a penalty; `*` stands for any text.
    pub fn unpenalized(mut self, pattern: impl Into<String>) -> Self {
        self.unpenalized.push(pattern.into());
        self
    }

    /// Checks the values of lambda.
    pub(crate) fn validate(&self) -> Result<(), LassoError> {
        if let Some(lambdas) = &self.lambdas {
            if lambdas.is_empty() {
                return Err(LassoError::NoLambdas);
            }
            lambdas.iter().try_for_each(|&lambda| validate_lambda(lambda))?;
            if let Some(pair) = lambdas.windows(2).find(|pair| pair[1] >= pair[0]) {
                return Err(LassoError::LambdaOrder { before: pair[0], after: pair[1] });
            }
        }
        if self.count < 1 {
            return Err(LassoError::NoLambdas);
        }
        match self.ratio {
            Some(ratio) if !(ratio > 0.0 && ratio < 1.0) => Err(LassoError::Ratio { found: ratio }),
            _ => Ok(()),
        }
    }
}

pub(crate) fn validate_lambda(lambda: f64) -> Result<(), LassoError> {
    if (0.0..f64::INFINITY).contains(&lambda) { Ok(()) } else { Err(LassoError::Lambda { found: lambda }) }
}

/// Whether a name is what a pattern stands for, in which `*` is any text.
pub(crate) fn matches(pattern: &str, name: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == name,
        Some((before, after)) => name
            .strip_prefix(before)
            .is_some_and(|rest| (0..=rest.len()).any(|i| rest.is_char_boundary(i) && matches(after, &rest[i..]))),
    }
}

/// Why there is no lasso.
#[derive(Clone, thiserror::Error)]
#[non_exhaustive]
pub enum LassoError {
    /// The model is wrong, or the log-density is not finite at the start.
    #[error(transparent)]
    Fit(#[from] FitError),
    /// A lambda is negative or not finite.
    #[error("lambda: expected a finite number of at least 0, found {found} - 0 is maximum likelihood")]
    Lambda {
        /// The lambda.
        found: f64,
    },
    /// The lambdas do not decrease.
    #[error(
        "lambdas: expected strictly decreasing values, found {after} after {before} - sort them, the largest first"
    )]
    LambdaOrder {
        /// A lambda.
        before: f64,
        /// The one that follows it.
        after: f64,
    },
    /// There are no lambdas.
    #[error("lambdas: expected at least one value, found none - leave the choice to the default, or give some")]
    NoLambdas,
    /// The ratio of the smallest lambda to the largest is no part of 1.
    #[error("ratio: expected a number between 0 and 1, found {found} - it is the smallest lambda over the largest")]
    Ratio {
        /// The ratio.
        found: f64,
    },
    /// A pattern stands for no coefficient.
    #[error(
        "lasso: expected the name of a coefficient or a pattern of such, found `{pattern}` - the names are {}",
        Names(names)
    )]
    UnknownPattern {
        /// The pattern.
        pattern: String,
        /// The names of the coefficients that are not fixed.
        names: Vec<String>,
    },
    /// No coefficient is penalised.
    #[error(
        "lasso: expected at least one penalised coefficient, found none - say which with .penalize(..), or use .fit()"
    )]
    NothingPenalized,
    /// A column to be penalised by its standard deviation is constant.
    #[error(
        "`{name}`: expected a column that varies, found a constant one - name it `(intercept)`, or give it to .unpenalized(..), or drop it"
    )]
    ConstantColumn {
        /// The name of the coefficient.
        name: String,
    },
    /// A parameter to be penalised cannot be zero, or moves on another scale than its own.
    #[error(
        "`{name}`: expected a parameter that can be 0 inside its domain, found {domain} - use real(..), or between(..) around 0"
    )]
    CannotBeZero {
        /// The name of the parameter.
        name: String,
        /// Its domain.
        domain: Domain,
    },
    /// The search ended without a minimum. The point as far as it got is inside; its lambda is infinite where the model without the
    /// penalised coefficients has no maximum.
    #[error("lambda {}: {}", .0.lambda(), .0.termination())]
    NotConverged(Box<LassoFit>),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_is_any_text() {
        for (pattern, name) in [("mu.*", "mu.age"), ("*", ""), ("*.age", "mu.age"), ("m*.a*e", "mu.age"), ("a", "a")] {
            assert!(matches(pattern, name), "{pattern} {name}");
        }
        for (pattern, name) in [("mu.*", "nu.age"), ("", "a"), ("*.ag", "mu.age"), ("a*b", "ba"), ("mu", "mu.age")] {
            assert!(!matches(pattern, name), "{pattern} {name}");
        }
    }
}
