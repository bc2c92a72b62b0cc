//! Telling a minimum from a slope that only flattens out.
use nalgebra::DVector;

use crate::noise::noise;
use crate::{Point, Problem};

/// The ray is followed this many steps at least: at step lengths of one in `t`, `exp(-64)` is far below rounding.
const STEPS: f64 = 64.0;

/// Where the search has not converged the quadratic model says nothing: the ray is followed as far as numbers go.
const FAR: f64 = 1e15;

/// What the objective does along a ray.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Ray {
    /// It rises again: there is a minimum, or it is near.
    Rises,
    /// It never rises, as far as there is anything to see.
    NeverRises,
    /// This point on it is lower than a minimum near the start of the ray could be, or it is where the ray ends on the bounds
    /// without having risen: the search should go on from there.
    Lower(DVector<f64>),
}

/// Follows the ray from `point` in the direction of the last step.
///
/// Where separation or a parameter at the open end of its range makes the objective approach its infimum like `exp(-t)`,
/// gradient and curvature vanish together: each Newton step has length one in `t`, and the decrement shrinks by `1/e` at every
/// step until it passes any threshold. A true minimum with decrement `d` looks different: the quadratic model says that the
/// objective falls by `d / 2` at most and rises by `d t^2 / 2` after `t` steps. The ray is followed until that rise would be a
/// thousand times the rounding of the value; if none is seen, there is no minimum in this direction. If it falls by more than
/// `10 d` (an exponential falls by `1.6 d` in all), the slope has not flattened out yet. Without convergence, `decrement` is
/// infinite.
pub(crate) fn follow(problem: &Problem<'_>, point: &Point, direction: &DVector<f64>, decrement: f64) -> Ray {
    let mut rounding = 16.0 * f64::EPSILON * point.value.abs().max(f64::MIN_POSITIVE);
    let at = |t: f64| problem.bounds.project(&(&point.x + direction * t));

    let end = problem.bounds.end_of_ray(&point.x, direction);
    if end.is_finite() {
        let x = at(end);
        let lower = problem.value(&x) <= point.value + rounding;
        return if lower && x != point.x { Ray::Lower(x) } else { Ray::Rises };
    }

    let horizon = |rounding: f64| {
        let visible = (2e3 * rounding / decrement).sqrt();
        if decrement.is_infinite() { FAR } else { STEPS.max(visible.min(FAR)) }
    };
    let mut last = horizon(rounding);
    let mut measured = false;
    let mut lowest = point.value;
    let mut t = 1.0;
    while t < 2.0 * last {
        let x = at(t);
        let value = problem.value(&x);
        if value == f64::NEG_INFINITY {
            return Ray::NeverRises;
        }
        if value == f64::INFINITY && lowest < point.value - rounding {
            return Ray::Rises; // it has fallen, and is impossible now
        }
        if !value.is_finite() {
            // An impossible region: a long way off it is the end of the number range, near by an edge of the domain.
            let far = x.iter().zip(&point.x).any(|(to, from)| (to - from).abs() > 30.0 * from.abs().max(1.0));
            return if far { Ray::NeverRises } else { Ray::Rises };
        }
        if value > lowest + rounding && !measured {
            // Is it a rise, or noise that the size of the value does not tell?
            measured = true;
            rounding = rounding.max(10.0 * noise(problem, point, direction));
            last = horizon(rounding);
        }
        if value > lowest + rounding {
            return Ray::Rises;
        }
        lowest = lowest.min(value);
        if value < point.value - 10.0 * decrement.max(rounding) {
            return Ray::Lower(x);
        }
        t *= 2.0;
    }
    Ray::NeverRises
}
