//! Supports as intervals of one line, on which a density is searched and integrated.
use maxlik_dual::rules;

/// The whole numbers that `f64` holds exactly.
const LARGEST_COUNT: f64 = 9_007_199_254_740_992.0;

/// A map `y = y(t)` from the real line onto a support: the logarithm of the distance from a single end, the logit between two.
/// A density that is infinite at an end becomes one that falls exponentially towards infinity.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Line {
    Real,
    /// `y = lower + e^t`
    Above(f64),
    /// `y = upper - e^-t`
    Below(f64),
    /// `y = lower + (upper - lower) / (1 + e^-t)`
    Between(f64, f64),
    /// Whole numbers from 0 to `most`: `t` to the nearest.
    Counts {
        most: f64,
    },
}

impl Line {
    /// `y(t)` and `ln y'(t)`; none where `y` is no number strictly inside the support, to the precision of `f64`.
    pub(crate) fn place(self, t: f64) -> Option<(f64, f64)> {
        let (y, ln_slope, inside) = match self {
            Self::Real => (t, 0.0, t.is_finite()),
            Self::Above(lower) => {
                let y = lower + t.exp();
                (y, t, lower < y && y < f64::INFINITY)
            }
            Self::Below(upper) => {
                let y = upper - (-t).exp();
                (y, -t, f64::NEG_INFINITY < y && y < upper)
            }
            Self::Between(lower, upper) => {
                let share = (upper - lower) * rules::sigmoid(-t.abs(), 0)[0];
                let y = if t < 0.0 { lower + share } else { upper - share };
                (y, (upper - lower).ln() - t.abs() - 2.0 * (-t.abs()).exp().ln_1p(), lower < y && y < upper)
            }
            Self::Counts { most } => {
                let k = t.round();
                (k, 0.0, (0.0..=most.min(LARGEST_COUNT)).contains(&k))
            }
        };
        inside.then_some((y, ln_slope))
    }

    /// A `t` from which to start the search: that of an observed value, or 0 where this lies at an end or outside.
    pub(crate) fn start(self, y: f64) -> f64 {
        let t = match self {
            Self::Real | Self::Counts { .. } => y,
            Self::Above(lower) => (y - lower).ln(),
            Self::Below(upper) => -(upper - y).ln(),
            Self::Between(lower, upper) => ((y - lower) / (upper - y)).ln(),
        };
        if self.place(t).is_some() { t } else { 0.0 }
    }
}
