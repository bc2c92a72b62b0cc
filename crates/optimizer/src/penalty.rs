//! The L1 penalty.
use nalgebra::DVector;

/// `sum_i w_i |x_i|` with weights `w_i >= 0`; coordinates of weight 0 are not penalised.
#[derive(Clone, Debug, PartialEq)]
pub struct L1 {
    /// The weights, `n`.
    pub weights: DVector<f64>,
}

impl L1 {
    /// The penalty at `x`.
    pub fn value(&self, x: &DVector<f64>) -> f64 {
        self.weights.iter().zip(x).map(|(w, x)| w * x.abs()).sum()
    }

    /// Whether coordinate `i` stays at its kink: `x = 0` and `|gradient| <= w_i` for the derivative of the objective without
    /// the penalty.
    pub fn holds(&self, i: usize, x: f64, gradient: f64) -> bool {
        x == 0.0 && self.weights[i] > 0.0 && gradient.abs() <= self.weights[i]
    }

    /// The derivative of objective and penalty; at the kink the subgradient of least size, which is zero where the kink holds.
    pub fn slope(&self, i: usize, x: f64, gradient: f64) -> f64 {
        let w = self.weights[i];
        if x == 0.0 { gradient.signum() * (gradient.abs() - w).max(0.0) } else { gradient + w * x.signum() }
    }

    /// `gradient (to - from) + w_i (|to| - |from|)`, where both lie on one side of the kink without the loss of digits that
    /// comes from two large terms which cancel.
    pub(crate) fn change(&self, i: usize, from: f64, to: f64, gradient: f64) -> f64 {
        let w = self.weights[i];
        if from * to < 0.0 {
            gradient * (to - from) + w * (to.abs() - from.abs())
        } else {
            let sign = if from + to < 0.0 { -1.0 } else { 1.0 };
            (gradient + w * sign) * (to - from)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use nalgebra::dvector;

    #[test]
    fn the_kink_holds_against_slopes_up_to_the_weight() {
        let penalty = L1 { weights: dvector![1.5, 0.0] };
        assert_eq!(penalty.value(&dvector![-2.0, 7.0]), 3.0);
        assert!(penalty.holds(0, 0.0, -1.5) && penalty.holds(0, 0.0, 1.2));
        assert!(!penalty.holds(0, 0.0, 1.6) && !penalty.holds(0, 0.1, 0.5) && !penalty.holds(1, 0.0, 0.0));
        assert_eq!([0.5, -1.75, 2.0].map(|g| penalty.slope(0, 0.0, g)), [0.0, -0.25, 0.5]);
        assert_eq!(
            (penalty.slope(0, -0.3, 2.0), penalty.slope(0, 0.3, 2.0), penalty.slope(1, 0.0, 2.0)),
            (0.5, 3.5, 2.0)
        );
    }

    #[test]
    fn the_change_is_that_of_slope_and_penalty_on_either_side_of_the_kink() {
        let penalty = L1 { weights: dvector![1.5] };
        for (from, to) in [(-2.0, -0.5), (-2.0, 0.0), (-2.0, 3.0), (0.0, -3.0), (0.0, 0.25), (4.0, 0.0), (4.0, -1.0)] {
            let expected = 0.75 * (to - from) + 1.5 * (f64::abs(to) - f64::abs(from));
            assert_eq!(penalty.change(0, from, to, 0.75), expected);
        }
        let slope = -1.5 + 1e-15;
        assert_eq!(penalty.change(0, 1e9, 1e9 + 2.0, slope), 2.0 * (slope + 1.5));
    }
}
