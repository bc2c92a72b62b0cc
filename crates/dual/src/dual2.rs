//! Second-order dual numbers: a value, its gradient and its symmetric Hessian.
use std::array;
use std::cmp::Ordering;
use std::iter::Sum;
use std::ops::{Add, AddAssign, Div, DivAssign, Mul, MulAssign, Neg, Sub, SubAssign};

use crate::Real;
use crate::functions::Scalar;
use crate::operators::{guarded, operators};
use crate::pattern::{Pattern, only};
use crate::rules::Derivatives;

/// A value, its gradient and its symmetric Hessian in `P` directions.
///
/// Each of the `P (P + 1) / 2` different second derivatives is computed once.
///
/// # Example
/// ```
/// use maxlik_dual::{Dual2, Real};
/// let [x, y] = Dual2::variables([3.0, 0.5]);
/// let f = x * x * y.ln();
/// assert_eq!(f.value(), 9.0 * 0.5_f64.ln());
/// assert_eq!(f.gradient(), [6.0 * 0.5_f64.ln(), 18.0]);
/// assert_eq!([f.hessian(0, 0), f.hessian(0, 1), f.hessian(1, 1)], [2.0 * 0.5_f64.ln(), 12.0, -36.0]);
/// ```
#[derive(Clone, Copy)]
// This order of fields, kept: with the value first the Hessian's rows pair up worse in two-lane registers (measured: 9.5
// instead of 7.1 values at P = 8).
#[repr(C)]
pub struct Dual2<const P: usize> {
    gradient: [f64; P],
    value: f64,
    /// Rows of the lower triangle; what stands above the diagonal is never read.
    hessian: [[f64; P]; P],
    pattern: Pattern<P>,
}

operators!(Dual2<P>, [const P: usize]);

impl<const P: usize> Dual2<P> {
    /// A number that does not vary: all derivatives zero.
    #[inline(always)]
    pub const fn constant(value: f64) -> Self {
        Self { value, gradient: [0.0; P], hessian: [[0.0; P]; P], pattern: Pattern::CONSTANT }
    }

    /// The variable with this `index` (from 0) at `value`: derivative one in its own direction.
    ///
    /// # Panics
    /// If `index >= P`.
    #[inline(always)]
    pub const fn variable(value: f64, index: usize) -> Self {
        let mut number = Self::constant(value);
        number.gradient[index] = 1.0;
        number.pattern = Pattern::variable(index);
        number
    }

    /// All `P` variables at a point.
    #[inline(always)]
    pub fn variables(point: [f64; P]) -> [Self; P] {
        array::from_fn(|i| Self::variable(point[i], i))
    }

    /// The value.
    #[inline(always)]
    pub const fn value(self) -> f64 {
        self.value
    }

    /// The first derivatives, one per direction.
    #[inline(always)]
    pub const fn gradient(self) -> [f64; P] {
        self.gradient
    }

    /// The second derivative in directions `i` and `j`, in either order.
    ///
    /// # Panics
    /// If `i >= P` or `j >= P`.
    #[inline(always)]
    pub const fn hessian(self, i: usize, j: usize) -> f64 {
        if i >= j { self.hessian[i][j] } else { self.hessian[j][i] }
    }

    /// Whether the value and all derivatives are finite.
    #[inline(always)]
    pub fn is_finite(self) -> bool {
        self.value.is_finite()
            && (0..P).all(|i| self.gradient[i].is_finite() && (0..=i).all(|j| self.hessian[i][j].is_finite()))
    }

    /// Builds a number from formulas for its parts; `hessian` is asked for `i >= j` only.
    #[inline(always)]
    fn from_parts(
        pattern: Pattern<P>,
        value: f64,
        gradient: impl Fn(usize) -> f64,
        hessian: impl Fn(usize, usize) -> f64,
    ) -> Self {
        let mut number = Self { pattern, ..Self::constant(value) };
        for i in 0..P {
            number.gradient[i] = gradient(i);
            // Not up to i: only loops of constant length are unrolled for certain.
            for j in 0..P {
                if j <= i {
                    number.hessian[i][j] = hessian(i, j);
                }
            }
        }
        number
    }

    #[inline(always)]
    fn plus(self, other: Self) -> Self {
        Self::from_parts(
            self.pattern.either(other.pattern),
            self.value + other.value,
            |i| self.gradient[i] + other.gradient[i],
            |i, j| self.hessian[i][j] + other.hessian[i][j],
        )
    }

    #[inline(always)]
    fn minus(self, other: Self) -> Self {
        Self::from_parts(
            self.pattern.either(other.pattern),
            self.value - other.value,
            |i| self.gradient[i] - other.gradient[i],
            |i, j| self.hessian[i][j] - other.hessian[i][j],
        )
    }

    /// `(x y)_ij = x_ij y + x_i y_j + x_j y_i + x y_ij`; added up so that what does not vary from row to row stands together.
    #[inline(always)]
    fn times(self, other: Self) -> Self {
        let (x, y, xp, yp) = (self, other, self.pattern, other.pattern);
        Self::from_parts(
            xp.both(yp),
            x.value * y.value,
            |i| only(xp.varies(i), x.gradient[i] * y.value) + only(yp.varies(i), x.value * y.gradient[i]),
            |i, j| {
                let cross = only(xp.varies(i) && yp.varies(j), x.gradient[i] * y.gradient[j])
                    + only(xp.varies(j) && yp.varies(i), x.gradient[j] * y.gradient[i]);
                only(xp.bends(i, j), x.hessian[i][j] * y.value)
                    + (cross + only(yp.bends(i, j), x.value * y.hessian[i][j]))
            },
        )
    }

    /// With `q = x / y`: `q_i = (x_i - q y_i) / y`, `q_ij = (x_ij - q_i y_j - q_j y_i - q y_ij) / y`.
    #[inline(always)]
    fn over(self, other: Self) -> Self {
        let (x, y, xp, yp) = (self, other, self.pattern, other.pattern);
        let (quotient, reciprocal) = (x.value / y.value, 1.0 / y.value);
        let pattern = if yp.is_constant() { xp } else { xp.either(yp).curved() };
        let times = Pattern::<P>::slope_times;
        let slope: [f64; P] = array::from_fn(|i| {
            let numerator = x.gradient[i] - if yp.varies(i) { times(quotient, y.gradient[i]) } else { 0.0 };
            only(pattern.varies(i), times(reciprocal, numerator))
        });
        Self::from_parts(
            pattern,
            quotient,
            |i| slope[i],
            |i, j| {
                let mixed = only(yp.varies(j), slope[i] * y.gradient[j]) + only(yp.varies(i), slope[j] * y.gradient[i]);
                let last = if yp.bends(i, j) { times(quotient, y.hessian[i][j]) } else { 0.0 };
                only(pattern.bends(i, j), times(reciprocal, x.hessian[i][j] - mixed - last))
            },
        )
    }

    #[inline(always)]
    fn shift(self, constant: f64) -> Self {
        Self { value: self.value + constant, ..self }
    }

    #[inline(always)]
    fn scale(self, factor: f64) -> Self {
        Self::from_parts(
            self.pattern,
            self.value * factor,
            |i| only(self.pattern.varies(i), self.gradient[i] * factor),
            |i, j| only(self.pattern.bends(i, j), self.hessian[i][j] * factor),
        )
    }

    #[inline(always)]
    fn over_constant(self, constant: f64) -> Self {
        let (quotient, reciprocal) = (self.value / constant, 1.0 / constant);
        if !reciprocal.is_finite() {
            return self.chain([quotient, reciprocal, 0.0, 0.0]);
        }
        Self { value: quotient, ..self.scale(reciprocal) }
    }

    #[inline(always)]
    fn under_constant(self, constant: f64) -> Self {
        let (quotient, reciprocal) = (constant / self.value, 1.0 / self.value);
        let slope = -quotient * reciprocal;
        self.chain([quotient, slope, -2.0 * slope * reciprocal, 0.0])
    }
}

impl<const P: usize> Real for Dual2<P> {
    const ORDER: usize = 2;

    type Functions = Scalar;

    #[inline(always)]
    fn value(self) -> f64 {
        self.value
    }

    #[inline(always)]
    fn is_constant(self) -> bool {
        (0..P).all(|i| self.gradient[i] == 0.0 && (0..=i).all(|j| self.hessian[i][j] == 0.0))
    }

    #[inline(always)]
    fn with_value(self, value: f64) -> Self {
        Self { value, ..self }
    }

    /// The product's derivatives, each term guarded by what it has of the derivative.
    #[inline(always)]
    fn times_derivative(self, derivative: Self) -> Self {
        let (s, d, dp) = (self, derivative, derivative.pattern);
        Self::from_parts(
            s.pattern.both(dp),
            guarded(s.value, d.value),
            |i| guarded(s.gradient[i], d.value) + only(dp.varies(i), guarded(s.value, d.gradient[i])),
            |i, j| {
                let cross = only(dp.varies(j), guarded(s.gradient[i], d.gradient[j]))
                    + only(dp.varies(i), guarded(s.gradient[j], d.gradient[i]));
                guarded(s.hessian[i][j], d.value) + (cross + only(dp.bends(i, j), guarded(s.value, d.hessian[i][j])))
            },
        )
    }

    /// `f(x)_i = f' x_i`, `f(x)_ij = f' x_ij + f'' x_i x_j`
    #[inline(always)]
    fn chain(self, [f0, f1, f2, _]: Derivatives) -> Self {
        let (x, xp) = (self, self.pattern);
        Self::from_parts(
            xp.curved(),
            f0,
            |i| only(xp.varies(i), guarded(f1, x.gradient[i])),
            |i, j| {
                only(xp.bends(i, j), guarded(f1, x.hessian[i][j]))
                    + only(xp.varies(i) && xp.varies(j), guarded(f2, x.gradient[i] * x.gradient[j]))
            },
        )
    }

    /// `f(x)_ij = f (x_ij + x_i x_j)`: one product fewer for each pair than the general rule.
    #[inline(always)]
    fn chain_exponential(self, value: f64) -> Self {
        let (x, xp) = (self, self.pattern);
        Self::from_parts(
            xp.curved(),
            value,
            |i| only(xp.varies(i), Pattern::<P>::slope_times(value, x.gradient[i])),
            |i, j| {
                let second = only(xp.bends(i, j), x.hessian[i][j]) + x.gradient[i] * x.gradient[j];
                only(xp.varies(i) && xp.varies(j), Pattern::<P>::slope_times(value, second))
            },
        )
    }

    /// With `s_i = x_i / x`: `f(x)_i = s_i`, `f(x)_ij = x_ij / x - s_i s_j`.
    #[inline(always)]
    fn chain_logarithm(self, value: f64, reciprocal: f64) -> Self {
        let (x, xp) = (self, self.pattern);
        let slope: [f64; P] =
            array::from_fn(|i| only(xp.varies(i), Pattern::<P>::slope_times(reciprocal, x.gradient[i])));
        Self::from_parts(
            xp.curved(),
            value,
            |i| slope[i],
            |i, j| {
                only(xp.bends(i, j), Pattern::<P>::slope_times(reciprocal, x.hessian[i][j]))
                    - if xp.varies(i) && xp.varies(j) { slope[i] * slope[j] } else { 0.0 }
            },
        )
    }
}

impl<const P: usize> std::fmt::Debug for Dual2<P> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Dual2")
            .field("value", &self.value)
            .field("gradient", &self.gradient)
            .field("hessian", &array::from_fn::<_, P, _>(|i| array::from_fn::<_, P, _>(|j| self.hessian(i, j))))
            .finish_non_exhaustive()
    }
}
