//! A search that ends on a floor that is level, or nearly: does the floor lead down somewhere?
use nalgebra::{Cholesky, DMatrix, DVector, SymmetricEigen};

use crate::judge::End;
use crate::{Expansion, Problem};

/// An eigenvalue of the scaled Hessian up to this part of the largest is level.
const LEVEL: f64 = 1e-10;

/// Up to this part the floor is weakly curved: a curved valley, followed step by step.
const WEAK: f64 = 1e-6;

/// A decrement that small was reached by quadratic convergence, in a valley or not.
const REACHED: f64 = 1e-20;

/// A coordinate is level where moving it by its own size changes the objective by less than this part.
const NOTHING: f64 = 1e-12;

/// Up to this size a coordinate is small.
const SMALL: f64 = 1e-6;

/// So many half orders of magnitude nearer to zero a coordinate is tried first.
const ORDERS: [i32; 8] = [1, 2, 4, 8, 16, 32, 64, 100];

/// Below minus this part of the largest an eigenvalue is a way down, not rounding.
const DOWN: f64 = 1e-8;

/// How far the floor is followed, as parts of the size of the coordinates that move with it.
const STEPS: [f64; 9] = [0.05, 0.1, 0.2, 0.35, 0.5, 0.7, 0.85, 1.0, 2.0];

/// Up to this part of its largest entry a Hessian has not changed.
const UNCHANGED: f64 = 1e-12;

/// So many level directions are followed at most, at nineteen evaluations each.
const DIRECTIONS: usize = 4;

/// A point on the floor from which the objective falls, or one that is lower itself: where the Hessian at a stationary point is
/// singular, points along its level directions may be saddles. None where the objective is level and curved upwards, as for
/// parameters that are not determined.
pub(crate) fn way_down(problem: &Problem<'_>, end: &End, start: &DVector<f64>) -> Option<DVector<f64>> {
    let at = &end.at;
    if let Some(x) = off_the_plateau(problem, at, start) {
        return Some(x);
    }
    if is_safely_positive_definite(scaled(&at.hessian).0) {
        return None;
    }
    if end.decrement.value > REACHED
        && let Some(x) = down_the_valley(problem, at)
    {
        return Some(x);
    }
    let point = &at.point;
    let (eigenvalues, directions) = eigen(&at.hessian);
    let largest = eigenvalues.amax();
    let level = (0..eigenvalues.len()).filter(|&i| eigenvalues[i].abs() <= LEVEL * largest).take(DIRECTIONS);
    let rounding = 1e-10 * point.value.abs().max(1e-10);
    let level: Vec<DVector<f64>> = level.map(|i| directions.column(i).into_owned()).collect();
    // Where the Hessian does not change in any of them, the objective is quadratic, and the floor level for ever.
    let all: DVector<f64> = level.iter().fold(DVector::zeros(point.x.len()), |sum, direction| sum + direction);
    let far = if level.len() > 1 { all.amax() } else { 0.0 };
    if far > 0.0 && is_unchanged(problem, at, &(all * (point.x.amax().max(1.0) / far))) {
        return None;
    }
    for direction in level {
        let direction = &direction / direction.amax();
        let moving = direction.iter().zip(&point.x).filter(|(d, _)| d.abs() > 0.1);
        let size = moving.map(|(_, x)| x.abs()).fold(0.0, f64::max);
        let size = if size > 0.0 { size } else { 1.0 };
        if is_unchanged(problem, at, &(&direction * size)) {
            continue;
        }
        for sign in [1.0, -1.0] {
            for step in STEPS {
                let x = &point.x + &direction * (sign * step * size);
                if problem.bounds.project(&x) != x {
                    break;
                }
                let there = problem.expansion(x);
                if !there.is_finite() || there.point.value > point.value + 1e3 * rounding {
                    break; // up the side of the valley
                }
                let on_the_floor = there.point.value <= point.value + rounding;
                if on_the_floor && (there.point.value < point.value - rounding || leads_down(&there)) {
                    return Some(there.point.x);
                }
            }
        }
    }
    None
}

/// On a plateau some coordinates no longer matter, for they are too large or too small: a point that is lower with these brought
/// nearer to zero, with either sign, by half orders of magnitude: the lowest. None where no coordinate is level, or more than four are.
///
/// A coordinate that is small itself, or has become so, is no sign of a plateau: it may be zero at the minimum.
fn off_the_plateau(problem: &Problem<'_>, at: &Expansion, start: &DVector<f64>) -> Option<DVector<f64>> {
    let (point, size) = (&at.point, at.point.value.abs().max(1.0));
    let is_level = |i: &usize| {
        let x = point.x[*i];
        let change = point.gradient[*i].abs() * x.abs() + at.hessian[(*i, *i)].abs() * x * x;
        x.abs() > SMALL.max(1e-3 * start[*i].abs()) && change <= NOTHING * size
    };
    let level: Vec<usize> = (0..point.x.len()).filter(is_level).collect();
    if level.is_empty() || level.len() > DIRECTIONS {
        return None;
    }
    let nearer = |half_orders: i32, signs: usize| {
        let (mut x, factor) = (point.x.clone(), 10.0_f64.powf(-0.5 * f64::from(half_orders)));
        for (place, &i) in level.iter().enumerate() {
            x[i] *= if signs >> place & 1 == 0 { factor } else { -factor };
        }
        problem.bounds.project(&x)
    };
    // A coordinate that never matters is no plateau either. What the slope and the curvature of a level coordinate say of a step to nearer zero,
    // or as far on the other side, is a few times as small a part: a coordinate that is zero at the minimum, but for less than its standard
    // error, is level, too, where the objective is large.
    let patterns = 1_usize << level.len();
    let differs = |value: f64| (value - point.value).abs() > 10.0 * NOTHING * size;
    let matters =
        |&half_orders: &i32| [0, patterns - 1].iter().any(|&signs| differs(problem.value(&nearer(half_orders, signs))));
    if !ORDERS.iter().any(matters) {
        return None;
    }
    let (mut lowest, mut best) = (point.value - 1e-10 * size, None);
    for half_orders in 1..=100 {
        for signs in 0..patterns {
            let x = nearer(half_orders, signs);
            let value = problem.value(&x);
            if !differs(value) {
                continue;
            }
            // The others were at rest given the plateau: let them follow.
            let followed = (half_orders % 2 == 0).then(|| given(problem, x.clone(), &level)).flatten();
            let followed = followed.map(|x| (problem.value(&x), x));
            for (value, x) in [Some((value, x)), followed].into_iter().flatten() {
                if value < lowest {
                    (lowest, best) = (value, Some(x));
                }
            }
        }
    }
    best
}

/// Newton steps in all coordinates but some.
fn given(problem: &Problem<'_>, mut x: DVector<f64>, held: &[usize]) -> Option<DVector<f64>> {
    let others: Vec<usize> = (0..x.len()).filter(|i| !held.contains(i)).collect();
    for _ in 0..CORRECTIONS {
        let at = problem.expansion(x);
        if !at.is_finite() || others.is_empty() {
            return None;
        }
        let hessian = at.hessian.select_rows(&others).select_columns(&others);
        let step = Cholesky::new(hessian)?.solve(&at.point.gradient.select_rows(&others));
        x = at.point.x;
        for (&i, step) in others.iter().zip(&step) {
            x[i] -= step;
        }
        x = problem.bounds.project(&x);
    }
    Some(x)
}

/// Follows a weakly curved valley both ways: steps along the weakest eigenvector, each followed by Newton steps across the
/// valley. A decrement measures the distance to the minimum of the quadratic model, which a curved valley leaves at once.
fn down_the_valley(problem: &Problem<'_>, at: &Expansion) -> Option<DVector<f64>> {
    let rounding = 1e-10 * at.point.value.abs().max(1e-10);
    let weakest = Valley::new(at)?.along;
    // Where the Hessian does not change, the objective is quadratic, and its decrement is right.
    let far =
        problem.expansion(problem.bounds.project(&(&at.point.x + &weakest * (at.point.x.amax() / weakest.amax()))));
    if (&far.hessian - &at.hessian).amax() <= UNCHANGED * at.hessian.amax() {
        return None;
    }
    let ways = [weakest.clone(), -weakest];
    let ends = ways.into_iter().filter_map(|way| follow_valley(problem, at, way, rounding));
    ends.min_by(|a, b| a.point.value.total_cmp(&b.point.value)).map(|end| end.point.x)
}

/// Whether the Hessian is the same after a step, as that of a quadratic function.
fn is_unchanged(problem: &Problem<'_>, at: &Expansion, step: &DVector<f64>) -> bool {
    let far = problem.expansion(problem.bounds.project(&(&at.point.x + step)));
    (&far.hessian - &at.hessian).amax() <= UNCHANGED * at.hessian.amax()
}

/// So many steps are made along a valley.
const VALLEY_STEPS: usize = 80;

/// Each changes no coordinate by more than this part of its size.
const VALLEY_STEP: f64 = 0.25;

/// Corrections across the valley after each step.
const CORRECTIONS: usize = 3;

/// Where the objective is lower than at the start by more than rounding, as far as the valley is followed.
fn follow_valley(problem: &Problem<'_>, start: &Expansion, way: DVector<f64>, rounding: f64) -> Option<Expansion> {
    let (mut here, mut way, mut part) = (start.clone(), way, 0.1 * VALLEY_STEP);
    let mut lowest: Option<Expansion> = None;
    for _ in 0..VALLEY_STEPS {
        let relative = way.iter().zip(&here.point.x).map(|(w, x)| (w / x.abs().max(1.0)).abs()).fold(0.0, f64::max);
        let mut next = problem.expansion(problem.bounds.project(&(&here.point.x + &way * (part / relative))));
        for _ in 0..CORRECTIONS {
            if !next.is_finite() {
                return lowest;
            }
            let Some(Valley { across, gain, .. }) = Valley::new(&next) else { break };
            if next.point.value - 2.0 * gain > here.point.value + 1e3 * rounding {
                return lowest; // the way back across the valley is not as long as that
            }
            next = problem.expansion(problem.bounds.project(&(&next.point.x + across)));
        }
        if !next.is_finite() || next.point.value > here.point.value + 1e3 * rounding {
            return lowest;
        }
        let best = lowest.as_ref().map_or(start.point.value - rounding, |lowest| lowest.point.value);
        if next.point.value < best {
            lowest = Some(next.clone());
        }
        let Some(valley) = Valley::new(&next) else { return lowest };
        way = if valley.along.dot(&way) < 0.0 { -valley.along } else { valley.along };
        here = next;
        part = (1.5 * part).min(VALLEY_STEP);
    }
    lowest
}

/// The weakest direction at a point, and Newton's step in all others.
struct Valley {
    along: DVector<f64>,
    across: DVector<f64>,
    /// What the quadratic model promises of the step across.
    gain: f64,
}

impl Valley {
    fn new(at: &Expansion) -> Option<Self> {
        let (hessian, scale) = scaled(&at.hessian);
        if hessian.iter().any(|h| !h.is_finite()) || hessian.is_empty() {
            return None;
        }
        let SymmetricEigen { eigenvalues, eigenvectors } = SymmetricEigen::new(hessian);
        let gradient = eigenvectors.tr_mul(&at.point.gradient.component_div(&scale));
        let weakest = eigenvalues.imin();
        let steps = DVector::from_fn(gradient.len(), |i, _| {
            if i == weakest || eigenvalues[i] <= 0.0 { 0.0 } else { -gradient[i] / eigenvalues[i] }
        });
        let gain = -0.5 * steps.dot(&gradient);
        let along = eigenvectors.column(weakest).component_div(&scale);
        Some(Self { along, across: (eigenvectors * steps).component_div(&scale), gain })
    }
}

/// Whether the Hessian has a negative eigenvalue.
fn leads_down(at: &Expansion) -> bool {
    let (eigenvalues, _) = eigen(&at.hessian);
    eigenvalues.min() < -DOWN * eigenvalues.amax()
}

/// Whether every pivot of the Cholesky factorization is above [`WEAK`]: the cheap answer for most Hessians.
fn is_safely_positive_definite(scaled: DMatrix<f64>) -> bool {
    Cholesky::new(scaled).is_some_and(|cholesky| cholesky.l_dirty().diagonal().iter().all(|pivot| pivot * pivot > WEAK))
}

/// The Hessian with a unit diagonal, and the scale, `sqrt|H_ii|`.
fn scaled(hessian: &DMatrix<f64>) -> (DMatrix<f64>, DVector<f64>) {
    let scale = hessian.diagonal().map(|h| if h == 0.0 { 1.0 } else { h.abs().sqrt() });
    (DMatrix::from_fn(scale.len(), scale.len(), |i, j| hessian[(i, j)] / scale[i] / scale[j]), scale)
}

/// Eigenvalues of the scaled Hessian, and its eigenvectors in the units of the point.
fn eigen(hessian: &DMatrix<f64>) -> (DVector<f64>, DMatrix<f64>) {
    let (scaled, scale) = scaled(hessian);
    let SymmetricEigen { eigenvalues, mut eigenvectors } = SymmetricEigen::new(scaled);
    for mut column in eigenvectors.column_iter_mut() {
        column.component_div_assign(&scale);
    }
    (eigenvalues, eigenvectors)
}
