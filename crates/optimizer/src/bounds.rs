//! Bounds on single coordinates.
use nalgebra::DVector;

/// `lower[i] <= x[i] <= upper[i]`; infinite where there is no bound.
#[derive(Clone, Debug, PartialEq)]
pub struct Bounds {
    /// Lower bounds, `n`.
    pub lower: DVector<f64>,
    /// Upper bounds, `n`.
    pub upper: DVector<f64>,
}

impl Bounds {
    /// No bounds on `n` coordinates.
    pub fn none(n: usize) -> Self {
        Self { lower: DVector::repeat(n, f64::NEG_INFINITY), upper: DVector::repeat(n, f64::INFINITY) }
    }

    /// Moves each coordinate into its interval.
    pub fn project(&self, x: &DVector<f64>) -> DVector<f64> {
        DVector::from_fn(x.len(), |i, _| x[i].max(self.lower[i]).min(self.upper[i]))
    }

    /// Whether `x` is a value that coordinate `i` can take.
    pub(crate) fn contain(&self, i: usize, x: f64) -> bool {
        self.lower[i] <= x && x <= self.upper[i]
    }

    /// The `t` at which all coordinates of `x + t direction` that move stand on their bounds or beyond; infinite where one
    /// of them has no bound ahead.
    pub(crate) fn end_of_ray(&self, x: &DVector<f64>, direction: &DVector<f64>) -> f64 {
        let ahead = |i: usize| if direction[i] > 0.0 { self.upper[i] } else { self.lower[i] };
        let moving = (0..x.len()).filter(|&i| direction[i] != 0.0);
        moving.map(|i| (ahead(i) - x[i]) / direction[i]).fold(0.0, f64::max)
    }

    /// Whether coordinate `i` stands on a bound and the objective falls beyond it: such a coordinate is held. Where the
    /// gradient is exactly zero it is not, for the curvature may still lead inside.
    pub fn holds(&self, i: usize, x: f64, gradient: f64) -> bool {
        (x <= self.lower[i] && gradient > 0.0) || (x >= self.upper[i] && gradient < 0.0)
    }
}
