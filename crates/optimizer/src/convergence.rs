//! When to stop, and what to say then.
use std::fmt;

use nalgebra::DVector;

use crate::InvalidProblem;

/// The signs of the Hessian's eigenvalues over the coordinates that are not held on a bound or at a kink.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Curvature {
    /// All positive, or none negative and all positive away from the kinks of a penalty: a minimum is near where the gradient
    /// vanishes.
    PositiveDefinite,
    /// None negative, some zero to rounding: a valley whose floor is level.
    Singular,
    /// Some negative: not near a minimum.
    Indefinite,
    /// Not measured: the method's own model of the Hessian, positive definite as it is made.
    Assumed,
}

/// The Newton decrement `g' H^-1 g` at a point and the curvature that it was measured with.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Decrement {
    /// `g' H^-1 g`; infinite where the curvature is indefinite.
    pub value: f64,
    /// The curvature.
    pub curvature: Curvature,
}

/// When the loop stops.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stopping {
    /// Converged when `g' H^-1 g <= tolerance`; default 1e-10 (for a log-likelihood: within 1e-5 standard errors).
    pub tolerance: f64,
    /// After convergence, steps go on while each divides the decrement by ten or more, until `g' H^-1 g <= polished`;
    /// default 1e-24. They also end where rounding of the point alone makes as much of a gradient,
    /// `|g_i| <= 16 epsilon sum_j |H_ij| |x_j|`.
    pub polished: f64,
    /// The greatest number of iterations; default 5000: a curved valley may take a thousand steps and more (the problem MGH10 of
    /// NIST, 2300).
    pub max_iterations: usize,
    /// Where noise in the objective's value hides all further improvement, `g' H^-1 g <= attainable` is accepted; default 1e-2 (for a
    /// log-likelihood: within a tenth of a standard error).
    pub attainable: f64,
}

impl Decrement {
    /// Where the curvature is indefinite.
    pub(crate) const INDEFINITE: Self = Self { value: f64::INFINITY, curvature: Curvature::Indefinite };

    /// Whether it is within the tolerance, or near enough for Newton's method to take over.
    pub(crate) fn is_within(&self, tolerance: f64, newton_from: f64) -> bool {
        let definite = self.curvature == Curvature::PositiveDefinite;
        self.value <= tolerance || (definite && self.value <= newton_from)
    }

    /// A method's own estimate.
    pub(crate) fn assumed(value: f64) -> Self {
        Self { value, curvature: Curvature::Assumed }
    }
}

impl Stopping {
    pub(crate) fn validate(&self) -> Result<(), InvalidProblem> {
        let settings = [("tolerance", self.tolerance), ("polished", self.polished), ("attainable", self.attainable)];
        settings.into_iter().try_for_each(|(setting, found)| {
            InvalidProblem::setting(
                setting,
                "a finite number of at least 0",
                found,
                (0.0..f64::INFINITY).contains(&found),
            )
        })
    }
}

impl Default for Stopping {
    fn default() -> Self {
        Self { tolerance: 1e-10, polished: 1e-24, max_iterations: 5000, attainable: 1e-2 }
    }
}

/// Why the loop stopped.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Termination {
    /// `g' H^-1 g <= tolerance`, with no negative curvature.
    Converged {
        /// The decrement measured.
        decrement: f64,
        /// The threshold.
        tolerance: f64,
    },
    /// `g' H^-1 g <= attainable` with positive curvature, and the improvement that it promises, half of it, cannot be told from noise:
    /// `g' H^-1 g / 2 <= 10 noise`. The minimum is found as accurately as the objective is evaluated.
    AttainableAccuracy {
        /// The decrement measured.
        decrement: f64,
        /// The standard deviation of the noise in the value, estimated from its differences.
        noise: f64,
    },
    /// The method has made the steps it was asked for; the decrement is above the tolerance. An approximation of the minimum.
    Approximate {
        /// The decrement measured, infinite where the curvature is indefinite.
        decrement: f64,
        /// The threshold.
        tolerance: f64,
    },
    /// The method's own estimate of the decrement is within the tolerance, and it was asked not to look at the Hessian
    /// ([`Em::approach`](crate::Em::approach)): near a minimum, as far as the steps tell.
    Estimated {
        /// The estimate.
        decrement: f64,
        /// The threshold.
        tolerance: f64,
    },
    /// The objective never rises along `direction`, however far: the minimum is approached at infinity only (or there is none).
    AtInfinity {
        /// The direction, `n`.
        direction: DVector<f64>,
    },
    /// Gradient and Hessian are exactly zero: nothing says where to go.
    Flat,
    /// No step improves the objective any more, and the decrement is above the tolerance, or the Hessian is singular and the gradient
    /// more than rounding.
    Stalled {
        /// The decrement measured, infinite where the curvature is indefinite.
        decrement: f64,
        /// The threshold.
        tolerance: f64,
    },
    /// The budget of iterations is used up: the decrement is above the tolerance, or the objective still falls beyond what the
    /// decrement allows.
    IterationLimit {
        /// The budget.
        limit: usize,
        /// The decrement measured, infinite where the curvature is indefinite.
        decrement: f64,
        /// The threshold.
        tolerance: f64,
    },
    /// Whoever watched the search asked it to stop.
    Interrupted {
        /// The decrement before the last step, infinite where the curvature is indefinite.
        decrement: f64,
        /// The threshold.
        tolerance: f64,
    },
    /// Value or derivatives at the start are not finite, or not known.
    NonFiniteStart,
}

impl Termination {
    /// Whether a minimum was found, as accurately as asked for or as can be.
    pub fn is_converged(&self) -> bool {
        matches!(self, Self::Converged { .. } | Self::AttainableAccuracy { .. })
    }
}

impl fmt::Display for Termination {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Converged { decrement, tolerance } => {
                write!(f, "converged: Newton decrement {} (tolerance {tolerance:.0e})", Small(*decrement))
            }
            Self::AttainableAccuracy { decrement, noise } => write!(
                f,
                "converged as far as rounding allows: Newton decrement {decrement:.0e}, noise of the value {noise:.0e}"
            ),
            Self::Approximate { decrement, tolerance } => {
                write!(f, "approximate, not converged: Newton decrement {decrement:.1e} > {tolerance:.0e}")
            }
            Self::Estimated { decrement, tolerance } => write!(
                f,
                "near a maximum by EM's own estimate: decrement about {} (tolerance {tolerance:.0e}), the information was not evaluated",
                Small(*decrement)
            ),
            Self::AtInfinity { .. } => {
                write!(f, "not converged: still improving towards infinity, no maximum at finite values")
            }
            Self::Flat => write!(f, "not converged: gradient and Hessian are exactly zero here"),
            Self::Stalled { decrement, tolerance } if decrement <= tolerance => {
                write!(f, "not converged: no step improves further on a level floor, Newton decrement {decrement:.1e}")
            }
            Self::Stalled { decrement, tolerance } => {
                write!(f, "not converged: no step improves further, Newton decrement {decrement:.1e} > {tolerance:.0e}")
            }
            Self::IterationLimit { limit, decrement, tolerance } => {
                write!(f, "not converged: {limit} iterations used up, ")?;
                if decrement > tolerance {
                    write!(f, "Newton decrement {decrement:.1e} > {tolerance:.0e}")
                } else {
                    write!(f, "Newton decrement {decrement:.1e}, and still improving along the last step")
                }
            }
            Self::Interrupted { decrement, tolerance } => {
                write!(f, "not converged: interrupted, Newton decrement {decrement:.1e} (tolerance {tolerance:.0e})")
            }
            Self::NonFiniteStart => write!(f, "not started: value or derivatives are not finite at the start"),
        }
    }
}

/// Prints what is rounding alone as a bound, so that the same fit prints the same on every machine.
struct Small(f64);

impl fmt::Display for Small {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 < 1e-16 { write!(f, "<1e-16") } else { write!(f, "{:.0e}", self.0) }
    }
}
