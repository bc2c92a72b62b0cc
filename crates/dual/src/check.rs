//! Exact derivatives of a closure against finite differences.
use std::fmt;

use nalgebra::{DMatrix, DVector};

use crate::chunks::{CHUNK, chunks, seeded};
use crate::{Dual, Dual2, hessian, hessian_slice};

/// Compares the derivatives that a closure finds with central differences: the gradient with differences of the value, and
/// the Hessian with differences of the gradient.
///
/// A derivative goes wrong where a closure takes a value out of a number by `.value()` and calculates on with it, where it
/// hands a wrong derivative to [`Real::chain`](crate::Real::chain), or where it branches at the very point. This finds errors
/// of a part in a million and more; the point should lie inside the domain, not at its end. Third derivatives are not looked at.
///
/// # Formula
/// For argument `i` the steps `h` run over powers of 8 from `min(|x_i|, 1) 1e-6` to `max(|x_i|, 1) / 10`. The difference
/// `D(h) = (f(x + h e_i) - f(x - h e_i)) / 2h` is taken where it varies least: its uncertainty is the largest change between
/// three neighbouring steps plus `4 epsilon max|f| / h` for rounding. An entry is right if
/// `|exact - D| <= 1e-6 max(|exact|, |D|) + 10 uncertainty`.
///
/// # Example
/// ```
/// use maxlik_dual::{Real, check_derivatives};
/// let check = check_derivatives(|[x, y]| x * x * y.exp(), [3.0, 0.5]);
/// assert!(check.is_consistent(), "{check}");
///
/// let check = check_derivatives(|[x, y]| x * x * y.value().exp(), [3.0, 0.5]);
/// assert_eq!(check.entry.to_string(), "gradient[1]");
/// assert!(!check.is_consistent());
/// ```
pub fn check_derivatives<const P: usize>(f: impl Fn([Dual2<P>; P]) -> Dual2<P>, point: [f64; P]) -> DerivativeCheck {
    let (value, gradient, second) = hessian(&f, point);
    let second = DMatrix::from_fn(P, P, |i, j| second[i][j]);
    check(value, &DVector::from_row_slice(&gradient), &second, &point, |x| {
        let y = f(Dual2::variables(std::array::from_fn(|i| x[i])));
        (y.value(), DVector::from_row_slice(&y.gradient()))
    })
}

/// [`check_derivatives`] for a closure that takes a slice, as [`hessian_slice`] does.
///
/// # Example
/// ```
/// use maxlik_dual::{Real, check_derivatives_slice};
/// let check = check_derivatives_slice(|x| x.iter().map(|&v| v.exp() * x[0]).sum(), &[0.3, 0.7, 2.5]);
/// assert!(check.is_consistent(), "{check}");
/// ```
pub fn check_derivatives_slice(
    f: impl Fn(&[Dual<CHUNK, Dual<CHUNK>>]) -> Dual<CHUNK, Dual<CHUNK>>,
    point: &[f64],
) -> DerivativeCheck {
    let (value, gradient, second) = hessian_slice(&f, point);
    check(value, &gradient, &second, point, |x| {
        let (mut value, mut gradient) = (f64::NAN, DVector::zeros(x.len()));
        for chunk in chunks(x.len()) {
            let x: Vec<_> = x.iter().enumerate().map(|(i, &v)| seeded(Dual::constant(v), i, &chunk)).collect();
            let y = f(&x);
            value = y.value();
            for (i, slope) in chunk.zip(y.gradient()) {
                gradient[i] = slope.value();
            }
        }
        (value, gradient)
    })
}

/// The outcome of [`check_derivatives`]: the worst entry.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct DerivativeCheck {
    /// Which derivative is the worst: the first that is not finite, otherwise the one with the largest error in terms of its
    /// tolerance; of the gradient as long as that is wrong.
    pub entry: Entry,
    /// What the closure finds.
    pub exact: f64,
    /// What the finite difference finds; NaN where the closure is not finite on both sides of the point.
    pub difference: f64,
    /// `|exact - difference| / max(|exact|, |difference|)`, zero if both are.
    pub error: f64,
    /// The largest error that counts as right: 1e-6, and what the finite difference is uncertain by.
    pub tolerance: f64,
    /// Whether the finite difference says nothing: it disagrees, and is uncertain by as much as the derivative and by a part of
    /// the function's size that is not rounding, as at a branch.
    blind: bool,
}

/// A value or derivative by its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Entry {
    /// The value itself.
    Value,
    /// The first derivative by this argument.
    Gradient(usize),
    /// The second derivative by these arguments.
    Hessian(usize, usize),
}

impl DerivativeCheck {
    /// Whether all derivatives agree with the finite differences and are finite.
    pub fn is_consistent(&self) -> bool {
        self.exact.is_finite() && self.error <= self.tolerance && !self.blind
    }

    /// `size` is what the derivative would be if the function changed by as much as it is over as much as its argument is.
    fn new(entry: Entry, exact: f64, size: f64, Difference { value, uncertainty }: Difference) -> Self {
        let scale = exact.abs().max(value.abs());
        let relative = |part: f64| if part == 0.0 { 0.0 } else { part / scale };
        let (error, tolerance) = (relative((exact - value).abs()), 1e-6 + relative(10.0 * uncertainty));
        let blind = tolerance > 0.5 && error > 0.1 && uncertainty > 1e-3 * size;
        // Adding zero turns -0 into 0.
        Self { entry, exact: exact + 0.0, difference: value + 0.0, error, tolerance, blind }
    }
}

impl fmt::Display for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Value => write!(f, "value"),
            Self::Gradient(i) => write!(f, "gradient[{i}]"),
            Self::Hessian(i, j) => write!(f, "hessian[{i}][{j}]"),
        }
    }
}

impl fmt::Display for DerivativeCheck {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { entry, exact, difference, error, tolerance, .. } = self;
        if self.is_consistent() {
            return write!(
                f,
                "derivatives agree with finite differences; worst {entry}: error {error:.1e} <= {tolerance:.1e}"
            );
        }
        if !exact.is_finite() {
            return write!(f, "{entry} is {exact}, expected a finite number; try a point inside the domain");
        }
        if !difference.is_finite() {
            return write!(
                f,
                "{entry} is {exact:?}, but the values beside the point are not finite; try a point inside the domain"
            );
        }
        if self.blind {
            return write!(
                f,
                "{entry} is {exact:?}, the finite difference {difference:?} cannot tell: it is uncertain by more than half of itself\n\
                 look for: a branch at this point, or a derivative below the rounding of the value"
            );
        }
        write!(
            f,
            "{entry} is {exact:?}, the finite difference {difference:?}: error {error:.1e} > {tolerance:.1e}\n\
             look for: a value taken out by .value(), a wrong derivative handed to chain, a branch at this point"
        )
    }
}

/// A finite difference and what it is uncertain by.
#[derive(Clone, Copy)]
struct Difference {
    value: f64,
    uncertainty: f64,
}

fn check(
    value: f64,
    gradient: &DVector<f64>,
    hessian: &DMatrix<f64>,
    point: &[f64],
    f: impl Fn(&[f64]) -> (f64, DVector<f64>),
) -> DerivativeCheck {
    let p = point.len();
    let whole = DerivativeCheck::new(Entry::Value, value, value.abs(), Difference { value, uncertainty: 0.0 });
    let (mut first, mut second) = (vec![whole], Vec::new());
    for i in 0..p {
        let pairs = pairs(point, i, &f);
        let per_argument = |size: f64| if point[i] == 0.0 { size } else { size / point[i].abs() };
        let slope = difference(value.abs(), gradient[i], &pairs, |side| side.0);
        first.push(DerivativeCheck::new(Entry::Gradient(i), gradient[i], per_argument(value.abs()), slope));
        for j in 0..p {
            // A derivative that is small because terms of it cancel has the rounding errors of those terms.
            let size = gradient[j].abs().max(value.abs() / point[j].abs().max(1.0));
            let slope = difference(size, hessian[(j, i)], &pairs, |side| side.1[j]);
            second.push(DerivativeCheck::new(Entry::Hessian(j, i), hessian[(j, i)], per_argument(size), slope));
        }
    }
    // Where the gradient is wrong, so is the Hessian: that is named for itself only.
    let all: Vec<_> = first.iter().chain(&second).copied().collect();
    let not_finite = all.iter().copied().find(|check| !check.exact.is_finite());
    not_finite.or_else(|| Some(worst(&first)).filter(|check| !check.is_consistent())).unwrap_or_else(|| worst(&all))
}

/// The first of those with the largest error in terms of its tolerance.
fn worst(checks: &[DerivativeCheck]) -> DerivativeCheck {
    // What has no difference has infinitely much of it.
    let badness = |check: &DerivativeCheck| {
        if check.difference.is_finite() && !check.blind { check.error / check.tolerance } else { f64::INFINITY }
    };
    let worse = |worst, next| if badness(&next) > badness(&worst) { next } else { worst };
    checks.iter().copied().reduce(worse).expect("bug: the value is always checked")
}

/// The function on both sides of the point, moved along argument `i`: the distance of the two, and what stands there, from the
/// smallest step to the largest.
fn pairs<T>(point: &[f64], i: usize, f: impl Fn(&[f64]) -> T) -> Vec<(f64, T, T)> {
    let size = if point[i] == 0.0 { 1.0 } else { point[i].abs() };
    let (smallest, largest) = (size.min(1.0) * 1e-6, size.max(1.0) * 0.1);
    let moved = |to: f64| {
        let mut point = point.to_vec();
        point[i] = to;
        f(&point)
    };
    let steps = std::iter::successors(Some(smallest), |h| Some(8.0 * h)).take_while(|&h| h <= largest);
    let pair = |h: f64| {
        let (left, right) = (point[i] - h, point[i] + h);
        (right - left, moved(left), moved(right))
    };
    steps.map(pair).filter(|(width, ..)| *width > 0.0).collect()
}

/// The central difference where it varies least, of one `part` of what stands on both sides of the point; `size` is that of the part
/// or of the terms that it is made of.
fn difference<T>(size: f64, exact: f64, pairs: &[(f64, T, T)], part: impl Fn(&T) -> f64) -> Difference {
    let rows: Vec<_> = pairs.iter().map(|(width, left, right)| [*width, part(left), part(right)]).collect();
    let slope = |[width, left, right]: [f64; 3]| (right - left) / width;
    let mut best = Difference { value: f64::NAN, uncertainty: f64::INFINITY };
    for row in rows.windows(3) {
        let slopes = [slope(row[0]), slope(row[1]), slope(row[2])];
        let size = size.max(row[0][1].abs()).max(row[0][2].abs());
        let rounding = 8.0 * f64::EPSILON * size / row[0][0];
        let uncertainty = (slopes[1] - slopes[0]).abs().max((slopes[2] - slopes[1]).abs()) + rounding;
        if uncertainty < best.uncertainty {
            best = Difference { value: slopes[0], uncertainty };
        }
        // Once steps are too large for the function to look like a parabola, what they agree on by chance means nothing: not
        // back to them after a good difference.
        let scale = best.value.abs().max(exact.abs());
        if best.uncertainty < 1e-4 * scale && uncertainty > 100.0 * best.uncertainty {
            break;
        }
    }
    best
}
