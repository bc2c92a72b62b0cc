//! Third-order dual numbers: a value, its gradient, its symmetric Hessian and its symmetric third derivatives.
//!
//! `Dual<P, Dual2<P>>` carries the same numbers, each mixed derivative two or three times, and one pass of num-dual's
//! `HyperHyperDual64` carries one of them; on the body of `benches/derivatives.rs` the nest took 6 times as long as this type
//! for two directions and 7 times for four, the passes 2.6 and 2.2 times.
use std::array;
use std::cmp::Ordering;
use std::iter::Sum;
use std::ops::{Add, AddAssign, Div, DivAssign, Mul, MulAssign, Neg, Sub, SubAssign};

use crate::Real;
use crate::functions::Scalar;
use crate::operators::{guarded, operators};
use crate::pattern::only;
use crate::rules::Derivatives;

/// A value, its gradient, its symmetric Hessian and its symmetric third derivatives in `P` directions.
///
/// For a few directions: the price grows with `P^3`, and from about 8 on
/// [`third_derivatives_slice`](crate::third_derivatives_slice) is worth a try.
///
/// # Example
/// ```
/// use maxlik_dual::{Dual3, Real};
/// let [x, y] = Dual3::variables([3.0, 0.5]);
/// let f = x * x * y.ln();
/// assert_eq!(f.gradient(), [6.0 * 0.5_f64.ln(), 18.0]);
/// assert_eq!([f.hessian(0, 0), f.hessian(0, 1), f.hessian(1, 1)], [2.0 * 0.5_f64.ln(), 12.0, -36.0]);
/// assert_eq!([f.third(0, 0, 0), f.third(0, 0, 1), f.third(1, 0, 1), f.third(1, 1, 1)], [0.0, 4.0, -24.0, 144.0]);
/// ```
#[derive(Clone, Copy)]
pub struct Dual3<const P: usize> {
    value: f64,
    gradient: [f64; P],
    /// Both triangles.
    hessian: [[f64; P]; P],
    /// Rows `[i][j]` with `i >= j`; the others are never read.
    third: [[[f64; P]; P]; P],
    /// The degree of the polynomial in the variables that this is known to be: from 0 for a constant and 1 for a sum of
    /// variables to 3, which stands for any function. It follows from how the number was built, so the compiler knows it
    /// once a closure is inlined and leaves out the work on what is certainly zero: two thirds of the time at `P = 4`, half of it
    /// at `P = 8` (measured).
    degree: u8,
}

operators!(Dual3<P>, [const P: usize]);

impl<const P: usize> Dual3<P> {
    /// A number that does not vary: all derivatives zero.
    #[inline(always)]
    pub const fn constant(value: f64) -> Self {
        Self { value, gradient: [0.0; P], hessian: [[0.0; P]; P], third: [[[0.0; P]; P]; P], degree: 0 }
    }

    /// The variable with this `index` (from 0) at `value`: derivative one in its own direction.
    ///
    /// # Panics
    /// If `index >= P`.
    #[inline(always)]
    pub const fn variable(value: f64, index: usize) -> Self {
        let mut number = Self::constant(value);
        number.gradient[index] = 1.0;
        number.degree = 1;
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

    /// The second derivative in directions `i` and `j`.
    ///
    /// # Panics
    /// If `i >= P` or `j >= P`.
    #[inline(always)]
    pub const fn hessian(self, i: usize, j: usize) -> f64 {
        self.hessian[i][j]
    }

    /// The third derivative in directions `i`, `j` and `k`, in any order.
    ///
    /// # Panics
    /// If `i >= P`, `j >= P` or `k >= P`.
    #[inline(always)]
    pub fn third(self, i: usize, j: usize, k: usize) -> f64 {
        let mut directions = [i, j, k];
        directions.sort_unstable();
        let [least, middle, most] = directions;
        self.third[most][middle][least]
    }

    /// Whether the value and all derivatives are finite.
    #[inline(always)]
    pub fn is_finite(self) -> bool {
        self.value.is_finite() && self.all_derivatives(f64::is_finite)
    }

    fn all_derivatives(&self, test: impl Fn(f64) -> bool) -> bool {
        (0..P).all(|i| {
            test(self.gradient[i])
                && (0..=i).all(|j| test(self.hessian[i][j]) && (0..=j).all(|k| test(self.third[i][j][k])))
        })
    }

    /// Builds a number from formulas for its parts; `third` is asked for `i >= j`, and only where the degree
    /// leaves them anything.
    #[inline(always)]
    fn from_parts(
        degree: u8,
        value: f64,
        gradient: impl Fn(usize) -> f64,
        hessian: impl Fn(usize, usize) -> f64,
        third: impl Fn(usize, usize, usize) -> f64,
    ) -> Self {
        let mut number = Self { degree, ..Self::constant(value) };
        for i in 0..P {
            number.gradient[i] = gradient(i);
        }
        // Whole rows, each put together before it is stored: twice the products that the triangle needs at P = 4 and a third
        // of the time (measured; at P = 8 two thirds), because rows of known length go in vector registers.
        if degree > 1 {
            for i in 0..P {
                let mut row = [0.0; P];
                for j in 0..P {
                    row[j] = hessian(i, j);
                }
                number.hessian[i] = row;
            }
        }
        if degree > 2 {
            for i in 0..P {
                for j in 0..=i {
                    let mut row = [0.0; P];
                    for k in 0..P {
                        row[k] = third(i, j, k);
                    }
                    number.third[i][j] = row;
                }
            }
        }
        number
    }

    #[inline(always)]
    fn plus(self, other: Self) -> Self {
        Self::from_parts(
            self.degree.max(other.degree),
            self.value + other.value,
            |i| self.gradient[i] + other.gradient[i],
            |i, j| self.hessian[i][j] + other.hessian[i][j],
            |i, j, k| self.third[i][j][k] + other.third[i][j][k],
        )
    }

    #[inline(always)]
    fn minus(self, other: Self) -> Self {
        Self::from_parts(
            self.degree.max(other.degree),
            self.value - other.value,
            |i| self.gradient[i] - other.gradient[i],
            |i, j| self.hessian[i][j] - other.hessian[i][j],
            |i, j, k| self.third[i][j][k] - other.third[i][j][k],
        )
    }

    /// `(x y)_ij = x_ij y + x_i y_j + x_j y_i + x y_ij`,
    /// `(x y)_ijk = x_ijk y + x_ij y_k + x_ik y_j + x_jk y_i + x_i y_jk + x_j y_ik + x_k y_ij + x y_ijk`
    #[inline(always)]
    fn times(self, other: Self) -> Self {
        let (x, y, xd, yd) = (self, other, self.degree, other.degree);
        Self::from_parts(
            (xd + yd).min(3),
            x.value * y.value,
            |i| only(xd > 0, x.gradient[i] * y.value) + only(yd > 0, x.value * y.gradient[i]),
            |i, j| {
                let cross = x.gradient[i] * y.gradient[j] + x.gradient[j] * y.gradient[i];
                only(xd > 1, x.hessian[i][j] * y.value) + (cross + only(yd > 1, x.value * y.hessian[i][j]))
            },
            |i, j, k| {
                let cross = only(xd > 1, shared_out(&x.hessian, &y.gradient, [i, j, k]))
                    + only(yd > 1, shared_out(&y.hessian, &x.gradient, [i, j, k]));
                only(xd > 2, x.third[i][j][k] * y.value) + (cross + only(yd > 2, x.value * y.third[i][j][k]))
            },
        )
    }

    /// The rule of the product for `x = q y`, solved for `q` order by order: `q_i = (x_i - q y_i) / y`,
    /// `q_ij = (x_ij - q_i y_j - q_j y_i - q y_ij) / y`,
    /// `q_ijk = (x_ijk - q_ij y_k - q_ik y_j - q_jk y_i - q_i y_jk - q_j y_ik - q_k y_ij - q y_ijk) / y`
    #[inline(always)]
    fn over(self, other: Self) -> Self {
        let (x, y) = (self, other);
        let (quotient, reciprocal) = (x.value / y.value, 1.0 / y.value);
        if x.degree == 0 && y.degree == 0 {
            return Self::constant(quotient);
        }
        let (mut slope, mut curvature) = ([0.0; P], [[0.0; P]; P]);
        for i in 0..P {
            slope[i] = (x.gradient[i] - quotient * y.gradient[i]) * reciprocal;
        }
        for i in 0..P {
            for j in 0..P {
                let cross = slope[i] * y.gradient[j] + slope[j] * y.gradient[i];
                curvature[i][j] = (x.hessian[i][j] - cross - quotient * y.hessian[i][j]) * reciprocal;
            }
        }
        Self::from_parts(
            3,
            quotient,
            |i| slope[i],
            |i, j| curvature[i][j],
            |i, j, k| {
                let cross = shared_out(&curvature, &y.gradient, [i, j, k]) + shared_out(&y.hessian, &slope, [i, j, k]);
                (x.third[i][j][k] - cross - quotient * y.third[i][j][k]) * reciprocal
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
            self.degree,
            self.value * factor,
            |i| only(self.degree > 0, self.gradient[i] * factor),
            |i, j| self.hessian[i][j] * factor,
            |i, j, k| self.third[i][j][k] * factor,
        )
    }

    #[inline(always)]
    fn over_constant(self, constant: f64) -> Self {
        Self { value: self.value / constant, ..self.scale(1.0 / constant) }
    }

    #[inline(always)]
    fn under_constant(self, constant: f64) -> Self {
        let (quotient, reciprocal) = (constant / self.value, 1.0 / self.value);
        let slope = -quotient * reciprocal;
        let second = -2.0 * slope * reciprocal;
        self.chain([quotient, slope, second, -3.0 * second * reciprocal])
    }
}

/// `h_ij g_k + h_ik g_j + h_jk g_i`: the three ways to share three directions out between a Hessian and a gradient.
#[inline(always)]
fn shared_out<const P: usize>(hessian: &[[f64; P]; P], gradient: &[f64; P], [i, j, k]: [usize; 3]) -> f64 {
    hessian[i][j] * gradient[k] + hessian[i][k] * gradient[j] + hessian[j][k] * gradient[i]
}

impl<const P: usize> Real for Dual3<P> {
    const ORDER: usize = 3;

    type Functions = Scalar;

    #[inline(always)]
    fn value(self) -> f64 {
        self.value
    }

    #[inline(always)]
    fn is_constant(self) -> bool {
        self.all_derivatives(|derivative| derivative == 0.0)
    }

    #[inline(always)]
    fn with_value(self, value: f64) -> Self {
        Self { value, ..self }
    }

    /// `f(x)_i = f' x_i`, `f(x)_ij = f' x_ij + f'' x_i x_j`,
    /// `f(x)_ijk = f' x_ijk + f'' (x_ij x_k + x_ik x_j + x_jk x_i) + f''' x_i x_j x_k`
    #[inline(always)]
    fn chain(self, [f0, f1, f2, f3]: Derivatives) -> Self {
        let (x, degree) = (self, self.degree);
        Self::from_parts(
            3,
            f0,
            |i| guarded(f1, x.gradient[i]),
            |i, j| only(degree > 1, guarded(f1, x.hessian[i][j])) + guarded(f2, x.gradient[i] * x.gradient[j]),
            |i, j, k| {
                only(degree > 2, guarded(f1, x.third[i][j][k]))
                    + only(degree > 1, guarded(f2, shared_out(&x.hessian, &x.gradient, [i, j, k])))
                    + guarded(f3, x.gradient[i] * x.gradient[j] * x.gradient[k])
            },
        )
    }

    /// `f(x)_ijk = f (x_ijk + (x_i x_j + x_ij) x_k + x_i x_jk + x_j x_ik)`: fewer products than by the general rule.
    #[inline(always)]
    fn chain_exponential(self, value: f64) -> Self {
        let (x, degree) = (self, self.degree);
        Self::from_parts(
            3,
            value,
            |i| guarded(value, x.gradient[i]),
            |i, j| guarded(value, only(degree > 1, x.hessian[i][j]) + x.gradient[i] * x.gradient[j]),
            |i, j, k| {
                let (g, h) = (&x.gradient, &x.hessian);
                let pair = g[i] * g[j] + only(degree > 1, h[i][j]);
                let inner = pair * g[k] + only(degree > 1, g[i] * h[j][k] + g[j] * h[i][k]);
                guarded(value, only(degree > 2, x.third[i][j][k]) + inner)
            },
        )
    }
}

impl<const P: usize> std::fmt::Debug for Dual3<P> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let hessian: [[f64; P]; P] = array::from_fn(|i| array::from_fn(|j| self.hessian(i, j)));
        let third: [[[f64; P]; P]; P] = array::from_fn(|i| array::from_fn(|j| array::from_fn(|k| self.third(i, j, k))));
        f.debug_struct("Dual3")
            .field("value", &self.value)
            .field("gradient", &self.gradient)
            .field("hessian", &hessian)
            .field("third", &third)
            .finish_non_exhaustive()
    }
}
