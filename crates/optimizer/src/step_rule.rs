//! How a stochastic method makes steps of noisy gradients.
//!
//! Notation of Kingma & Ba: `g` the gradient of a batch in dimensionless coordinates, `m` and `v` moving averages of `g` and `g^2`.
use nalgebra::DVector;

use crate::InvalidProblem;

/// What makes a step of the mean gradients `g` of the batches so far, in coordinates where the mean of the terms had unit
/// curvatures when they were last measured. The first step is minus `step` times a direction; each coordinate goes by itself.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Rule {
    /// `g`
    ///
    /// # References
    /// Robbins & Monro, "A stochastic approximation method" (1951).
    Plain {
        /// 1 is Newton's step where coordinates do not depend on each other; above 0.
        step: f64,
    },
    /// The moving average `m = momentum m + (1 - momentum) g`: the heavy ball, scaled so that its step is as long in the long run
    /// as the plain one.
    ///
    /// # References
    /// Polyak, "Some methods of speeding up the convergence of iteration methods" (1964), equation (9).
    Momentum {
        /// As of the plain rule; above 0.
        step: f64,
        /// At least 0 and below 1.
        momentum: f64,
    },
    /// `m^ / (sqrt(v^) + epsilon)` for the moving averages `m = beta1 m + (1 - beta1) g` and `v = beta2 v + (1 - beta2) g^2`, each
    /// divided by the sum of its weights, `m^ = m / (1 - beta1^k)` at the `k`th batch: however steep the objective is, no
    /// coordinate moves much further than `step`.
    ///
    /// # References
    /// Kingma & Ba, "Adam: a method for stochastic optimization" (2015), algorithm 1.
    Adam {
        /// Above 0.
        step: f64,
        /// At least 0 and below 1.
        beta1: f64,
        /// At least 0 and below 1.
        beta2: f64,
        /// Above 0.
        epsilon: f64,
    },
}

impl Rule {
    /// Gradients alone, with a first step of 1.
    pub fn plain() -> Self {
        Self::Plain { step: 1.0 }
    }

    /// The heavy ball, with a first step of 1 and a momentum of 0.9.
    pub fn momentum() -> Self {
        Self::Momentum { step: 1.0, momentum: 0.9 }
    }

    /// Adam with a first step of 0.2, `beta1 = 0.9`, `beta2 = 0.999` and `epsilon = 1e-8`.
    pub fn adam() -> Self {
        Self::Adam { step: 0.2, beta1: 0.9, beta2: 0.999, epsilon: 1e-8 }
    }

    /// The first step.
    pub(crate) fn step(&self) -> f64 {
        match *self {
            Self::Plain { step } | Self::Momentum { step, .. } | Self::Adam { step, .. } => step,
        }
    }

    pub(crate) fn validate(&self) -> Result<(), InvalidProblem> {
        let positive = |setting, found: f64| {
            let valid = found > 0.0 && found.is_finite();
            InvalidProblem::setting(setting, "a finite number above 0", found, valid)
        };
        let part = |setting, found: f64| {
            let valid = (0.0..1.0).contains(&found);
            InvalidProblem::setting(setting, "a number of at least 0 and below 1", found, valid)
        };
        positive("step", self.step())?;
        match *self {
            Self::Plain { .. } => Ok(()),
            Self::Momentum { momentum, .. } => part("momentum", momentum),
            Self::Adam { beta1, beta2, epsilon, .. } => {
                part("beta1", beta1)?;
                part("beta2", beta2)?;
                positive("epsilon", epsilon)
            }
        }
    }
}

/// What a rule remembers of the gradients before.
#[derive(Clone)]
pub(crate) struct Moments {
    m: DVector<f64>,
    v: DVector<f64>,
    /// `beta1^k` and `beta2^k`
    powers: [f64; 2],
}

impl Moments {
    pub(crate) fn new(n: usize) -> Self {
        Self { m: DVector::zeros(n), v: DVector::zeros(n), powers: [1.0; 2] }
    }

    /// Takes a gradient in and returns the direction of the step, uphill as the gradient is.
    pub(crate) fn direction(&mut self, rule: &Rule, g: DVector<f64>) -> DVector<f64> {
        match *rule {
            Rule::Plain { .. } => g,
            Rule::Momentum { momentum, .. } => {
                self.m = momentum * &self.m + (1.0 - momentum) * g;
                self.m.clone()
            }
            Rule::Adam { beta1, beta2, epsilon, .. } => {
                self.m = beta1 * &self.m + (1.0 - beta1) * &g;
                self.v = beta2 * &self.v + (1.0 - beta2) * g.component_mul(&g);
                self.powers = [self.powers[0] * beta1, self.powers[1] * beta2];
                let (m, v) = (&self.m / (1.0 - self.powers[0]), &self.v / (1.0 - self.powers[1]));
                m.zip_map(&v, |m, v| m / (v.sqrt() + epsilon))
            }
        }
    }

    /// Goes over to coordinates in which gradients are `ratio` times what they were.
    pub(crate) fn rescale(&mut self, ratio: &DVector<f64>) {
        self.m.component_mul_assign(ratio);
        self.v.component_mul_assign(ratio);
        self.v.component_mul_assign(ratio);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use approx::assert_relative_eq;
    use nalgebra::dvector;

    /// The second direction, after gradients 2 and 5.
    fn second(rule: Rule) -> f64 {
        let mut moments = Moments::new(1);
        moments.direction(&rule, dvector![2.0]);
        moments.direction(&rule, dvector![5.0])[0]
    }

    #[test]
    fn directions_are_their_formulas() {
        assert_eq!(second(Rule::plain()), 5.0);
        let momentum = Rule::Momentum { step: 0.3, momentum: 0.75 };
        assert_relative_eq!(second(momentum), 0.75 * 0.5 + 0.25 * 5.0, max_relative = 1e-15);
        let adam = Rule::Adam { step: 0.3, beta1: 0.8, beta2: 0.6, epsilon: 0.5 };
        let m = (0.8 * 0.2 * 2.0 + 0.2 * 5.0) / (1.0 - 0.64);
        let v: f64 = (0.6 * 0.4 * 4.0 + 0.4 * 25.0) / (1.0 - 0.36);
        assert_relative_eq!(second(adam), m / (v.sqrt() + 0.5), max_relative = 1e-15);
    }

    #[test]
    fn a_change_of_units_between_two_gradients_changes_nothing() {
        for rule in [Rule::momentum(), Rule::Adam { step: 0.2, beta1: 0.9, beta2: 0.99, epsilon: 1e-300 }] {
            let mut moments = Moments::new(1);
            moments.direction(&rule, dvector![2.0]);
            moments.rescale(&dvector![0.25]);
            let rescaled = moments.direction(&rule, dvector![5.0 * 0.25])[0];
            let unit = if matches!(rule, Rule::Adam { .. }) { 1.0 } else { 0.25 };
            assert_eq!(rescaled, unit * second(rule));
        }
    }
}
