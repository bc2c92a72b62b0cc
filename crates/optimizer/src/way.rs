//! Where the last steps of a search have led.
use nalgebra::DVector;

use crate::Point;

/// So many steps of growth in a row, ...
const STEPS: usize = 5;

/// ... each by this part of the coordinate at least, ...
const LEAST: f64 = 0.01;

/// ... by this part on average, and the last by half of the average at least, lead to infinity where the decrement does not fall
/// quadratically. On the way to a finite end the growth itself falls.
const AVERAGE: f64 = 0.05;

/// The way of a search. A method that takes over from another goes on in the same way.
pub(crate) struct Way {
    /// The last accepted step.
    pub(crate) last_move: DVector<f64>,
    /// For each coordinate: by which part of itself it has grown in each of the last steps.
    growth: Vec<[f64; STEPS]>,
}

impl Way {
    pub(crate) fn begin(n: usize) -> Self {
        Self { last_move: DVector::zeros(n), growth: vec![[0.0; STEPS]; n] }
    }

    /// An accepted step.
    pub(crate) fn go_on(&mut self, from: &DVector<f64>, to: &DVector<f64>) {
        for (i, growth) in self.growth.iter_mut().enumerate() {
            let step = to[i] - from[i];
            growth.rotate_left(1);
            // From zero, or from the other side of it, is no growth.
            growth[STEPS - 1] = if from[i] * to[i] > 0.0 { step / to[i] } else { 0.0 };
            self.last_move[i] = step;
        }
    }

    /// Whether a coordinate grows like one that has no finite end.
    pub(crate) fn grows(&self) -> bool {
        self.growth.iter().any(|growth| {
            let average = growth.iter().sum::<f64>() / STEPS as f64;
            growth.iter().all(|&part| part >= LEAST) && average >= AVERAGE && growth[STEPS - 1] >= 0.5 * average
        })
    }

    /// Whether the last accepted step was more than rounding.
    pub(crate) fn moves(&self, point: &Point) -> bool {
        self.last_move.iter().zip(&point.x).any(|(m, x): (&f64, &f64)| m.abs() > 1e-8 * x.abs())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use nalgebra::dvector;

    /// Whether the second coordinate grows after a way through these points.
    fn grows(points: &[f64]) -> bool {
        let mut way = Way::begin(2);
        for pair in points.windows(2) {
            way.go_on(&dvector![0.7, pair[0]], &dvector![0.7, pair[1]]);
        }
        way.grows()
    }

    #[test]
    fn growth_is_told_from_rest_and_from_creeping() {
        assert!(grows(&[1.0, 1.1, 1.18, 1.3, 1.5, 1.57]), "the last step may be a smaller one");
        assert!(grows(&[-1.0, -1.1, -1.21, -1.331, -1.4641, -1.61]));
        assert!(!grows(&[1.0, 2.0, 3.0, 3.5, 3.75, 3.875]), "it comes to rest");
        assert!(!grows(&[1.0, 1.02, 1.04, 1.06, 1.08, 1.10]), "it creeps");
        assert!(!grows(&[1.0, 2.0, 4.0, 8.0, 16.0]), "not long enough");
        assert!(!grows(&[9.0, -1.0, 2.0, 4.0, 8.0, 16.0]), "a run begins on the side of zero where it ends");
    }
}
