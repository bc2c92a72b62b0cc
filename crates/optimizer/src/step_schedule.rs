//! How the steps of a stochastic method become shorter.
use std::f64::consts::PI;

use crate::InvalidProblem;

/// The part of its first length that a step has after `k` of `K` batches.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Schedule {
    /// `1`: the iterates do not come to rest, and average to a point beside the minimum.
    Constant,
    /// `1 / (1 + decay k)^power`. Steps whose sum is infinite while that of their squares is not, `1/2 < power <= 1`, lead to the
    /// minimum in the end.
    ///
    /// # References
    /// Robbins & Monro, "A stochastic approximation method" (1951), conditions (6) and (26).
    Decreasing {
        /// How fast, per batch; at least 0.
        decay: f64,
        /// The power; at least 0.
        power: f64,
    },
    /// `(1 + cos(pi k / K)) / 2`: from one to zero within the epochs asked for.
    ///
    /// # References
    /// Loshchilov & Hutter, "SGDR: stochastic gradient descent with warm restarts" (2017), equation (5).
    Cosine,
}

impl Schedule {
    /// `1 / (1 + 0.03 k)`: long steps over the first thirty batches, then a sum that grows like a logarithm.
    pub fn decreasing() -> Self {
        Self::Decreasing { decay: 0.03, power: 1.0 }
    }

    /// The part of the first length after `k` of `of` batches.
    ///
    /// # Example
    /// ```
    /// use maxlik_optimizer::Schedule;
    /// assert_eq!(Schedule::Constant.part(3, 8), 1.0);
    /// assert_eq!(Schedule::Decreasing { decay: 1.5, power: 0.5 }.part(2, 8), 0.5);
    /// assert!((Schedule::Cosine.part(2, 8) - (2.0 + 2.0_f64.sqrt()) / 4.0).abs() < 1e-15);
    /// ```
    pub fn part(&self, k: usize, of: usize) -> f64 {
        match *self {
            Self::Constant => 1.0,
            Self::Decreasing { decay, power } => (1.0 + decay * k as f64).powf(-power),
            Self::Cosine => 0.5 + 0.5 * (PI * k as f64 / of as f64).cos(),
        }
    }

    pub(crate) fn validate(&self) -> Result<(), InvalidProblem> {
        let Self::Decreasing { decay, power } = *self else { return Ok(()) };
        for (setting, found) in [("decay", decay), ("power", power)] {
            let valid = (0.0..f64::INFINITY).contains(&found);
            InvalidProblem::setting(setting, "a finite number of at least 0", found, valid)?;
        }
        Ok(())
    }
}
