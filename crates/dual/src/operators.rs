//! Operators between a number type of this crate and itself or `f64`, written once for all of them.
//!
//! A type brings eight inherent methods: `plus`, `minus`, `times`, `over` (with itself) and `shift`, `scale`, `over_constant`,
//! `under_constant` (with an `f64`). Everything else follows.

/// Implements the operators for `$type<P>`.
macro_rules! operators {
    ($type:ident) => {
        operators!(@own $type, Add, add, AddAssign, add_assign, |a, b| a.plus(b));
        operators!(@own $type, Sub, sub, SubAssign, sub_assign, |a, b| a.minus(b));
        operators!(@own $type, Mul, mul, MulAssign, mul_assign, |a, b| a.times(b));
        operators!(@own $type, Div, div, DivAssign, div_assign, |a, b| a.over(b));
        operators!(@f64 $type, Add, add, AddAssign, add_assign, |a, c| a.shift(c), |c, a| a.shift(c));
        operators!(@f64 $type, Sub, sub, SubAssign, sub_assign, |a, c| a.shift(-c), |c, a| a.scale(-1.0).shift(c));
        operators!(@f64 $type, Mul, mul, MulAssign, mul_assign, |a, c| a.scale(c), |c, a| a.scale(c));
        operators!(@f64 $type, Div, div, DivAssign, div_assign, |a, c| a.over_constant(c), |c, a| a.under_constant(c));

        impl<const P: usize> Neg for $type<P> {
            type Output = Self;
            #[inline(always)]
            fn neg(self) -> Self {
                self.scale(-1.0)
            }
        }

        impl<const P: usize> From<f64> for $type<P> {
            /// A constant: all derivatives zero.
            #[inline(always)]
            fn from(value: f64) -> Self {
                Self::constant(value)
            }
        }

        impl<const P: usize> Sum for $type<P> {
            #[inline(always)]
            fn sum<I: Iterator<Item = Self>>(terms: I) -> Self {
                terms.fold(Self::constant(0.0), |sum, term| sum + term)
            }
        }

        impl<'a, const P: usize> Sum<&'a Self> for $type<P> {
            #[inline(always)]
            fn sum<I: Iterator<Item = &'a Self>>(terms: I) -> Self {
                terms.copied().sum()
            }
        }

        impl<const P: usize> PartialEq for $type<P> {
            /// Compares the values only.
            #[inline(always)]
            fn eq(&self, other: &Self) -> bool {
                self.value == other.value
            }
        }

        impl<const P: usize> PartialOrd for $type<P> {
            /// Compares the values only.
            #[inline(always)]
            fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
                self.value.partial_cmp(&other.value)
            }
        }

        impl<const P: usize> PartialEq<f64> for $type<P> {
            #[inline(always)]
            fn eq(&self, other: &f64) -> bool {
                self.value == *other
            }
        }

        impl<const P: usize> PartialOrd<f64> for $type<P> {
            #[inline(always)]
            fn partial_cmp(&self, other: &f64) -> Option<Ordering> {
                self.value.partial_cmp(other)
            }
        }

        impl<const P: usize> PartialEq<$type<P>> for f64 {
            #[inline(always)]
            fn eq(&self, other: &$type<P>) -> bool {
                *self == other.value
            }
        }

        impl<const P: usize> PartialOrd<$type<P>> for f64 {
            #[inline(always)]
            fn partial_cmp(&self, other: &$type<P>) -> Option<Ordering> {
                self.partial_cmp(&other.value)
            }
        }
    };

    (@own $type:ident, $trait:ident, $method:ident, $assign:ident, $assign_method:ident, |$a:ident, $b:ident| $result:expr) => {
        impl<const P: usize> $trait for $type<P> {
            type Output = Self;
            #[inline(always)]
            fn $method(self, other: Self) -> Self {
                let ($a, $b) = (self, other);
                $result
            }
        }

        impl<const P: usize> $assign for $type<P> {
            #[inline(always)]
            fn $assign_method(&mut self, other: Self) {
                *self = $trait::$method(*self, other);
            }
        }
    };

    (@f64 $type:ident, $trait:ident, $method:ident, $assign:ident, $assign_method:ident,
     |$a:ident, $c:ident| $right:expr, |$c2:ident, $a2:ident| $left:expr) => {
        impl<const P: usize> $trait<f64> for $type<P> {
            type Output = Self;
            #[inline(always)]
            fn $method(self, constant: f64) -> Self {
                let ($a, $c) = (self, constant);
                $right
            }
        }

        impl<const P: usize> $trait<$type<P>> for f64 {
            type Output = $type<P>;
            #[inline(always)]
            fn $method(self, number: $type<P>) -> $type<P> {
                let ($c2, $a2) = (self, number);
                $left
            }
        }

        impl<const P: usize> $assign<f64> for $type<P> {
            #[inline(always)]
            fn $assign_method(&mut self, constant: f64) {
                *self = $trait::$method(*self, constant);
            }
        }

        // Rows of plain numbers arrive in closures as `&f64`.
        impl<const P: usize> $trait<&f64> for $type<P> {
            type Output = Self;
            #[inline(always)]
            fn $method(self, constant: &f64) -> Self {
                $trait::$method(self, *constant)
            }
        }

        impl<const P: usize> $trait<$type<P>> for &f64 {
            type Output = $type<P>;
            #[inline(always)]
            fn $method(self, number: $type<P>) -> $type<P> {
                $trait::$method(*self, number)
            }
        }
    };
}

pub(crate) use operators;

/// `factor * derivative`, where a derivative of exactly zero stays zero whatever the factor: what does not vary has no
/// derivative, even where the function's slope is infinite (`sqrt` of a constant 0).
///
/// As a mask on each product it is cheaper than a branch around the whole chain rule (measured), and it folds away for the
/// zeros of a fresh variable's Hessian.
#[inline(always)]
pub(crate) fn guarded(factor: f64, derivative: f64) -> f64 {
    if derivative == 0.0 { 0.0 } else { factor * derivative }
}
