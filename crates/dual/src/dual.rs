//! First-order dual numbers: a value and its gradient.
use std::array;
use std::cmp::Ordering;
use std::iter::Sum;
use std::ops::{Add, AddAssign, Div, DivAssign, Mul, MulAssign, Neg, Sub, SubAssign};

use crate::Real;
use crate::operators::{guarded, operators};
use crate::rules::Derivatives;

/// A value and its gradient in `P` directions.
///
/// # Example
/// ```
/// use maxlik_dual::{Dual, Real};
/// let [x, y] = Dual::variables([3.0, 0.5]);
/// let f = x * y.ln();
/// assert_eq!(f.value(), 3.0 * 0.5_f64.ln());
/// assert_eq!(f.gradient(), [0.5_f64.ln(), 6.0]);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Dual<const P: usize> {
    value: f64,
    gradient: [f64; P],
}

operators!(Dual);

impl<const P: usize> Dual<P> {
    /// A number that does not vary: all derivatives zero.
    #[inline(always)]
    pub const fn constant(value: f64) -> Self {
        Self { value, gradient: [0.0; P] }
    }

    /// The variable with this `index` (from 0) at `value`: derivative one in its own direction.
    ///
    /// # Panics
    /// If `index >= P`.
    #[inline(always)]
    pub const fn variable(value: f64, index: usize) -> Self {
        let mut number = Self::constant(value);
        number.gradient[index] = 1.0;
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

    #[inline(always)]
    fn from_parts(value: f64, gradient: impl FnMut(usize) -> f64) -> Self {
        Self { value, gradient: array::from_fn(gradient) }
    }

    #[inline(always)]
    fn plus(self, other: Self) -> Self {
        Self::from_parts(self.value + other.value, |i| self.gradient[i] + other.gradient[i])
    }

    #[inline(always)]
    fn minus(self, other: Self) -> Self {
        Self::from_parts(self.value - other.value, |i| self.gradient[i] - other.gradient[i])
    }

    #[inline(always)]
    fn times(self, other: Self) -> Self {
        Self::from_parts(self.value * other.value, |i| self.gradient[i] * other.value + self.value * other.gradient[i])
    }

    #[inline(always)]
    fn over(self, other: Self) -> Self {
        let (quotient, reciprocal) = (self.value / other.value, 1.0 / other.value);
        Self::from_parts(quotient, |i| (self.gradient[i] - quotient * other.gradient[i]) * reciprocal)
    }

    #[inline(always)]
    fn shift(self, constant: f64) -> Self {
        Self { value: self.value + constant, ..self }
    }

    #[inline(always)]
    fn scale(self, factor: f64) -> Self {
        Self::from_parts(self.value * factor, |i| self.gradient[i] * factor)
    }

    #[inline(always)]
    fn over_constant(self, constant: f64) -> Self {
        let reciprocal = 1.0 / constant;
        Self::from_parts(self.value / constant, |i| self.gradient[i] * reciprocal)
    }

    #[inline(always)]
    fn under_constant(self, constant: f64) -> Self {
        let (quotient, reciprocal) = (constant / self.value, 1.0 / self.value);
        self.chain([quotient, -quotient * reciprocal, 0.0, 0.0])
    }
}

impl<const P: usize> Real for Dual<P> {
    const ORDER: usize = 1;

    #[inline(always)]
    fn value(self) -> f64 {
        self.value
    }

    #[inline(always)]
    fn is_constant(self) -> bool {
        self.gradient.iter().all(|&g| g == 0.0)
    }

    #[inline(always)]
    fn with_value(self, value: f64) -> Self {
        Self { value, ..self }
    }

    /// `f(x)_i = f' x_i`
    #[inline(always)]
    fn chain(self, [f0, f1, ..]: Derivatives) -> Self {
        Self::from_parts(f0, |i| guarded(f1, self.gradient[i]))
    }
}
