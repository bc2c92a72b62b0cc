//! Why a search is refused.

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

/// Why EM is refused: a step contradicts the objective, or the other step.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum EmError {
    /// The problem itself is invalid.
    #[error(transparent)]
    Problem(#[from] InvalidProblem),
    /// A step returns a vector of the wrong length.
    #[error("{step}: expected a number for each of the objective's {expected} variables, found {found}")]
    Length {
        /// Which step.
        step: &'static str,
        /// The objective's dimension.
        expected: usize,
        /// The vector's length.
        found: usize,
    },
    /// The E-step returns another log-likelihood than the objective.
    #[error(
        "E-step: expected the log-likelihood {expected:.9} of the objective, found {found:.9} - are the constants of the density there, the weights, all rows?"
    )]
    LogLikelihood {
        /// Minus the objective.
        expected: f64,
        /// What the E-step returned.
        found: f64,
    },
    /// The gradient of `Q` vanishes where the M-step says, but is not the score: the statistics are wrong.
    #[error(
        "E-step: expected statistics whose Q has the slope of the log-likelihood, {expected:.6e} in variable {variable}, found {found:.6e} - are they the expectations given the observed data at this point? (if the slopes differ by a factor: is it missing in the gradient of Q?)"
    )]
    EStep {
        /// The variable that shows it best, from 0.
        variable: usize,
        /// The score.
        expected: f64,
        /// The gradient of `Q`.
        found: f64,
    },
    /// The gradient of `Q` is the score, but does not vanish at the M-step's point.
    #[error(
        "M-step: expected a point where the slope of Q vanishes, found a slope of {found:.6e} in variable {variable} (before the step {before:.6e}) - if it only improves Q on purpose, say .with_exact_m_step(false)"
    )]
    MStep {
        /// The variable that shows it best, from 0.
        variable: usize,
        /// The gradient of `Q` at the M-step's point.
        found: f64,
        /// The gradient of `Q` at the point of the E-step.
        before: f64,
    },
    /// The gradient of `Q` is not the score, nor does it vanish at the M-step's point.
    #[error(
        "gradient of Q: expected the slope of the log-likelihood, {expected:.6e} in variable {variable}, found {found:.6e}, and it does not vanish after the M-step - is it the derivative of what the M-step maximises?"
    )]
    QGradient {
        /// The variable that shows it best, from 0.
        variable: usize,
        /// The score.
        expected: f64,
        /// The gradient of `Q`.
        found: f64,
    },
    /// The M-step leads out of bounds, or is not a number.
    #[error("M-step: expected a finite number within [{lower}, {upper}] for variable {variable}, found {found}")]
    Impossible {
        /// The variable, from 0.
        variable: usize,
        /// Its lower bound.
        lower: f64,
        /// Its upper bound.
        upper: f64,
        /// What the M-step returned.
        found: f64,
    },
    /// E-step and M-step together lower the log-likelihood, which EM never does.
    #[error(
        "E-step and M-step: expected a log-likelihood of at least {before:.9} after them, found {after:.9} - are they right at every point, or only at the start?"
    )]
    Fell {
        /// The log-likelihood before.
        before: f64,
        /// The log-likelihood after.
        after: f64,
    },
}

impl EmError {
    /// The variable that shows best what is wrong, from 0.
    pub fn variable(&self) -> Option<usize> {
        match *self {
            Self::EStep { variable, .. }
            | Self::MStep { variable, .. }
            | Self::QGradient { variable, .. }
            | Self::Impossible { variable, .. } => Some(variable),
            _ => None,
        }
    }
}
