//! First-order dual numbers: a value and its gradient, of plain numbers or of numbers that carry derivatives themselves.
use std::array;
use std::cmp::Ordering;
use std::iter::Sum;
use std::ops::{Add, AddAssign, Div, DivAssign, Mul, MulAssign, Neg, Sub, SubAssign};

use crate::Real;
use crate::operators::operators;
use crate::rules::Derivatives;

/// A value and its gradient in `P` directions.
///
/// Value and gradient are built of `T`: of `f64`, or of numbers with derivatives, which raises the order by one. A
/// `Dual<C, Dual<C>>` carries a `C x C` block of a Hessian: the inner gradient belongs to `C` directions, the outer one to `C`
/// others.
///
/// # Example
/// ```
/// use maxlik_dual::{Dual, Real};
/// let [x, y] = Dual::variables([3.0, 0.5]);
/// let f = x * y.ln();
/// assert_eq!(f.value(), 3.0 * 0.5_f64.ln());
/// assert_eq!(f.gradient(), [0.5_f64.ln(), 6.0]);
///
/// // One second derivative: x varies inside, y outside.
/// let x = Dual::<1, Dual<1>>::constant(Dual::variable(3.0, 0));
/// let y = Dual::<1, Dual<1>>::variable(Dual::constant(0.5), 0);
/// assert_eq!((x * y.ln()).gradient()[0].gradient(), [2.0]);
/// ```
///
/// The table of rules ends with the third derivative, and so does nesting:
/// ```compile_fail
/// use maxlik_dual::{Dual, Dual2};
/// let x = Dual::<1, Dual<1, Dual2<1>>>::from(2.5);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Dual<const P: usize, T = f64> {
    value: T,
    gradient: [T; P],
}

operators!(Dual<P, T>, [const P: usize, T: Real]);

impl<const P: usize, T: Real> Dual<P, T> {
    /// A number that does not vary in these `P` directions: their derivatives are zero.
    #[inline(always)]
    pub fn constant(value: T) -> Self {
        const { assert!(Self::ORDER <= 3, "numbers carry at most three derivatives: this nest of dual numbers is too deep") }
        Self { value, gradient: [T::from(0.0); P] }
    }

    /// The variable with this `index` (from 0) at `value`: derivative one in its own direction.
    ///
    /// # Panics
    /// If `index >= P`.
    #[inline(always)]
    pub fn variable(value: T, index: usize) -> Self {
        let mut number = Self::constant(value);
        number.gradient[index] = T::from(1.0);
        number
    }

    /// All `P` variables at a point.
    #[inline(always)]
    pub fn variables(point: [T; P]) -> [Self; P] {
        array::from_fn(|i| Self::variable(point[i], i))
    }

    /// The value, a plain number however deep the nest.
    #[inline(always)]
    pub fn value(self) -> f64 {
        self.value.value()
    }

    /// The value with the derivatives that it carries itself.
    #[inline(always)]
    pub const fn inner(self) -> T {
        self.value
    }

    /// The first derivatives, one per direction.
    #[inline(always)]
    pub const fn gradient(self) -> [T; P] {
        self.gradient
    }

    #[inline(always)]
    fn from_parts(value: T, mut gradient: impl FnMut(usize) -> T) -> Self {
        // Measured at P = 4: of plain numbers the array is put together faster (by a tenth), of others the loop (by half).
        if T::ORDER == 0 {
            return Self { value, gradient: array::from_fn(gradient) };
        }
        let mut number = Self { value, gradient: [value; P] };
        for i in 0..P {
            number.gradient[i] = gradient(i);
        }
        number
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
        let (quotient, reciprocal) = (self.value / other.value, other.value.recip());
        Self::from_parts(quotient, |i| {
            reciprocal.times_derivative(self.gradient[i] - quotient.times_derivative(other.gradient[i]))
        })
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
        let (quotient, reciprocal) = (self.value / constant, 1.0 / constant);
        if !reciprocal.is_finite() {
            return self.with_slope(quotient, T::from(reciprocal));
        }
        Self::from_parts(quotient, |i| self.gradient[i] * reciprocal)
    }

    #[inline(always)]
    fn under_constant(self, constant: f64) -> Self {
        let (quotient, reciprocal) = (constant / self.value(), 1.0 / self.value());
        let slope = -quotient * reciprocal;
        let second = -2.0 * slope * reciprocal;
        self.chain([quotient, slope, second, -3.0 * second * reciprocal])
    }

    /// A function's `value` and its `slope`, both at the value of `self`, to the function of `self`.
    #[inline(always)]
    fn with_slope(self, value: T, slope: T) -> Self {
        Self::from_parts(value, |i| slope.times_derivative(self.gradient[i]))
    }
}

impl<const P: usize, T: Real> Real for Dual<P, T> {
    const ORDER: usize = 1 + T::ORDER;

    type Functions = T::Functions;

    #[inline(always)]
    fn value(self) -> f64 {
        self.value.value()
    }

    #[inline(always)]
    fn is_constant(self) -> bool {
        self.value.is_constant() && self.gradient.iter().all(|&g| g.value() == 0.0 && g.is_constant())
    }

    #[inline(always)]
    fn with_value(self, value: f64) -> Self {
        Self { value: self.value.with_value(value), ..self }
    }

    #[inline(always)]
    fn times_derivative(self, derivative: Self) -> Self {
        let (s, d) = (self, derivative);
        Self::from_parts(s.value.times_derivative(d.value), |i| {
            s.gradient[i].times_derivative(d.value) + s.value.times_derivative(d.gradient[i])
        })
    }

    /// `f(x)_i = f' x_i`, where `f` and `f'` are functions of the inner number.
    #[inline(always)]
    fn chain(self, [f0, f1, f2, f3]: Derivatives) -> Self {
        // The slope is asked for one derivative fewer than f: nothing reads the last entry.
        self.with_slope(self.value.chain([f0, f1, f2, f3]), self.value.chain([f1, f2, f3, f64::NAN]))
    }

    /// The function is its own slope.
    #[inline(always)]
    fn chain_exponential(self, value: f64) -> Self {
        let exponential = self.value.chain_exponential(value);
        self.with_slope(exponential, exponential)
    }

    #[inline(always)]
    fn chain_logarithm(self, value: f64, reciprocal: f64) -> Self {
        let square = reciprocal * reciprocal;
        let slope = self.value.chain([reciprocal, -square, 2.0 * square * reciprocal, f64::NAN]);
        self.with_slope(self.value.chain_logarithm(value, reciprocal), slope)
    }
}
