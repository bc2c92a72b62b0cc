//! Where a scalar parameter lives, and the scale on which it moves freely.
use std::fmt;

use maxlik_dual::rules;

/// The set of values that a scalar parameter can take.
///
/// Open ends (`positive`, `probability`) are moved to infinity by a change of scale; closed ends are true bounds, on which
/// the maximum may lie.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Domain {
    /// All real numbers; free scale: itself.
    Real,
    /// Above 0; free scale: the logarithm.
    Positive,
    /// Strictly between 0 and 1; free scale: the logit.
    Probability,
    /// Strictly between 0 and 1, as is what the coefficients of the same parameter together leave of 1; free scale: the logarithms of
    /// their ratios to what is left. By itself a coefficient is a probability.
    Simplex,
    /// From `lower` to `upper`, bounds included, either of which may be infinite; free scale: itself, between bounds.
    Between {
        /// The lower bound.
        lower: f64,
        /// The upper bound.
        upper: f64,
    },
}

impl Domain {
    /// Whether the domain has room and its bounds are numbers.
    pub(crate) fn is_valid(self) -> bool {
        match self {
            Self::Between { lower, upper } => lower < upper,
            _ => true,
        }
    }

    /// Whether a natural value belongs to the domain.
    pub fn contains(self, natural: f64) -> bool {
        natural.is_finite()
            && match self {
                Self::Real => true,
                Self::Positive => natural > 0.0,
                Self::Probability | Self::Simplex => 0.0 < natural && natural < 1.0,
                Self::Between { lower, upper } => lower <= natural && natural <= upper,
            }
    }

    /// A value to start from where the user gives none: 0, 1, 1/2, the middle of two bounds or one away from a single bound.
    pub fn default_start(self) -> f64 {
        match self {
            Self::Real => 0.0,
            Self::Positive => 1.0,
            Self::Probability | Self::Simplex => 0.5,
            Self::Between { lower, upper } => match (lower.is_finite(), upper.is_finite()) {
                (true, true) => 0.5 * lower + 0.5 * upper,
                (true, false) => lower + 1.0,
                (false, true) => upper - 1.0,
                (false, false) => 0.0,
            },
        }
    }

    /// The bounds of the free scale.
    pub fn free_bounds(self) -> (f64, f64) {
        match self {
            Self::Between { lower, upper } => (lower, upper),
            _ => (f64::NEG_INFINITY, f64::INFINITY),
        }
    }

    /// From the natural to the free scale.
    pub fn to_free(self, natural: f64) -> f64 {
        match self {
            Self::Real | Self::Between { .. } => natural,
            Self::Positive => natural.ln(),
            Self::Probability | Self::Simplex => rules::logit(natural, 0)[0],
        }
    }

    /// From the free to the natural scale, with the first two derivatives.
    ///
    /// # Example
    /// ```
    /// use maxlik_model::Domain;
    /// let [p, p1, p2] = Domain::Probability.to_natural(Domain::Probability.to_free(0.3));
    /// assert!((p - 0.3).abs() < 1e-16 && (p1 - 0.3 * 0.7).abs() < 1e-16 && (p2 - 0.3 * 0.7 * 0.4).abs() < 1e-16);
    /// ```
    pub fn to_natural(self, free: f64) -> [f64; 3] {
        let [value, first, second, _] = match self {
            Self::Real | Self::Between { .. } => [free, 1.0, 0.0, 0.0],
            Self::Positive => rules::exp(free, 2),
            Self::Probability | Self::Simplex => rules::sigmoid(free, 2),
        };
        [value, first, second]
    }

    /// The natural value that is approached towards plus or minus infinity of the free scale, if that is another scale.
    pub fn limit(self, towards_plus: bool) -> Option<f64> {
        match (self, towards_plus) {
            (Self::Positive, true) => Some(f64::INFINITY),
            (Self::Probability | Self::Simplex, true) => Some(1.0),
            (Self::Positive | Self::Probability | Self::Simplex, false) => Some(0.0),
            _ => None,
        }
    }
}

impl fmt::Display for Domain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Real => write!(f, "the finite real numbers"),
            Self::Positive => write!(f, "(0, inf)"),
            Self::Probability => write!(f, "(0, 1)"),
            Self::Simplex => write!(f, "(0, 1) with a sum below 1"),
            Self::Between { lower, upper } => {
                let open = if lower.is_finite() { '[' } else { '(' };
                let close = if upper.is_finite() { ']' } else { ')' };
                // The smallest number above 0 has 308 zeros.
                if (f64::MIN_POSITIVE..1e-10).contains(lower) {
                    write!(f, "{open}{lower:e}, {upper}{close}")
                } else {
                    write!(f, "{open}{lower}, {upper}{close}")
                }
            }
        }
    }
}
