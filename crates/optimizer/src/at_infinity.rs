//! Telling a minimum from a slope that only flattens out.
use nalgebra::DVector;

use crate::{Point, Problem};

/// The ray is followed this many steps at least.
const STEPS: f64 = 64.0;

/// What the objective does along a ray.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ray {
    /// It rises again: there is a minimum, or it is near.
    Rises,
    /// It never rises, as far as there is anything to see.
    NeverRises,
    /// It does not rise until all coordinates that move stand on their bounds.
    EndsOnBound,
}

/// Follows the ray from `point` in the direction of the last step.
///
/// Where separation or a parameter at the open end of its range makes the objective approach its infimum like `exp(-t)`,
/// gradient and curvature vanish together: each Newton step has length one in `t`, and the decrement shrinks by `1/e` at every
/// step until it passes any threshold. A true minimum with decrement `d` looks different: the quadratic model says that the
/// objective rises by `d t^2 / 2` after `t` steps. The ray is followed until that rise would be a thousand times the
/// rounding of the value; if none is seen, there is no minimum in this direction.
pub(crate) fn follow(problem: &Problem<'_>, point: &Point, direction: &DVector<f64>, decrement: f64) -> Ray {
    let rounding = 16.0 * f64::EPSILON * point.value.abs().max(f64::MIN_POSITIVE);
    let visible = (2e3 * rounding / decrement).sqrt();
    let end = if visible.is_finite() { STEPS.max(visible) } else { STEPS };
    let mut last = point.x.clone();
    let mut t = 1.0;
    while t < 2.0 * end {
        let x = problem.bounds.project(&(&point.x + direction * t));
        if x == last {
            return if t > 1.0 { Ray::EndsOnBound } else { Ray::Rises };
        }
        let value = problem.value(&x);
        if value == f64::NEG_INFINITY {
            return Ray::NeverRises;
        }
        if !value.is_finite() {
            return if t > 8.0 { Ray::NeverRises } else { Ray::Rises };
        }
        if value > point.value + rounding {
            return Ray::Rises;
        }
        last = x;
        t *= 2.0;
    }
    Ray::NeverRises
}
