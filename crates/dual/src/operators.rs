//! Operators between a number type of this crate and itself or `f64`, written once for all of them.
//!
//! A type brings eight inherent methods: `plus`, `minus`, `times`, `over` (with itself) and `shift`, `scale`, `over_constant`,
//! `under_constant` (with an `f64`). Everything else follows.

/// Implements the operators for a type with the generic parameters in brackets.
macro_rules! operators {
    ($type:ty, [$($generic:tt)*]) => {
        operators!(@own $type, [$($generic)*], Add, add, AddAssign, add_assign, |a, b| a.plus(b));
        operators!(@own $type, [$($generic)*], Sub, sub, SubAssign, sub_assign, |a, b| a.minus(b));
        operators!(@own $type, [$($generic)*], Mul, mul, MulAssign, mul_assign, |a, b| a.times(b));
        operators!(@own $type, [$($generic)*], Div, div, DivAssign, div_assign, |a, b| a.over(b));
        operators!(@f64 $type, [$($generic)*], Add, add, AddAssign, add_assign, |a, c| a.shift(c), |c, a| a.shift(c));
        operators!(@f64 $type, [$($generic)*], Sub, sub, SubAssign, sub_assign, |a, c| a.shift(-c), |c, a| a.scale(-1.0).shift(c));
        operators!(@f64 $type, [$($generic)*], Mul, mul, MulAssign, mul_assign, |a, c| a.scale(c), |c, a| a.scale(c));
        operators!(@f64 $type, [$($generic)*], Div, div, DivAssign, div_assign, |a, c| a.over_constant(c), |c, a| a.under_constant(c));

        impl<$($generic)*> Neg for $type {
            type Output = Self;
            #[inline(always)]
            fn neg(self) -> Self {
                self.scale(-1.0)
            }
        }

        impl<$($generic)*> From<f64> for $type {
            /// A constant: all derivatives zero.
            #[inline(always)]
            fn from(value: f64) -> Self {
                Self::constant(value.into())
            }
        }

        impl<$($generic)*> Sum for $type {
            #[inline(always)]
            fn sum<Terms: Iterator<Item = Self>>(terms: Terms) -> Self {
                terms.fold(Self::from(0.0), |sum, term| sum + term)
            }
        }

        impl<'a, $($generic)*> Sum<&'a Self> for $type {
            #[inline(always)]
            fn sum<Terms: Iterator<Item = &'a Self>>(terms: Terms) -> Self {
                terms.copied().sum()
            }
        }

        impl<$($generic)*> PartialEq for $type {
            /// Compares the values only.
            #[inline(always)]
            fn eq(&self, other: &Self) -> bool {
                self.value() == other.value()
            }
        }

        impl<$($generic)*> PartialOrd for $type {
            /// Compares the values only.
            #[inline(always)]
            fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
                self.value().partial_cmp(&other.value())
            }
        }

        impl<$($generic)*> PartialEq<f64> for $type {
            #[inline(always)]
            fn eq(&self, other: &f64) -> bool {
                self.value() == *other
            }
        }

        impl<$($generic)*> PartialOrd<f64> for $type {
            #[inline(always)]
            fn partial_cmp(&self, other: &f64) -> Option<Ordering> {
                self.value().partial_cmp(other)
            }
        }

        impl<$($generic)*> PartialEq<$type> for f64 {
            #[inline(always)]
            fn eq(&self, other: &$type) -> bool {
                *self == other.value()
            }
        }

        impl<$($generic)*> PartialOrd<$type> for f64 {
            #[inline(always)]
            fn partial_cmp(&self, other: &$type) -> Option<Ordering> {
                self.partial_cmp(&other.value())
            }
        }
    };

    (@own $type:ty, [$($generic:tt)*], $trait:ident, $method:ident, $assign:ident, $assign_method:ident, |$a:ident, $b:ident| $result:expr) => {
        impl<$($generic)*> $trait for $type {
            type Output = Self;
            #[inline(always)]
            fn $method(self, other: Self) -> Self {
                let ($a, $b) = (self, other);
                $result
            }
        }

        impl<$($generic)*> $assign for $type {
            #[inline(always)]
            fn $assign_method(&mut self, other: Self) {
                *self = $trait::$method(*self, other);
            }
        }
    };

    (@f64 $type:ty, [$($generic:tt)*], $trait:ident, $method:ident, $assign:ident, $assign_method:ident,
     |$a:ident, $c:ident| $right:expr, |$c2:ident, $a2:ident| $left:expr) => {
        impl<$($generic)*> $trait<f64> for $type {
            type Output = Self;
            #[inline(always)]
            fn $method(self, constant: f64) -> Self {
                let ($a, $c) = (self, constant);
                $right
            }
        }

        impl<$($generic)*> $trait<$type> for f64 {
            type Output = $type;
            #[inline(always)]
            fn $method(self, number: $type) -> $type {
                let ($c2, $a2) = (self, number);
                $left
            }
        }

        impl<$($generic)*> $assign<f64> for $type {
            #[inline(always)]
            fn $assign_method(&mut self, constant: f64) {
                *self = $trait::$method(*self, constant);
            }
        }

        // Rows of plain numbers arrive in closures as `&f64`.
        impl<$($generic)*> $trait<&f64> for $type {
            type Output = Self;
            #[inline(always)]
            fn $method(self, constant: &f64) -> Self {
                $trait::$method(self, *constant)
            }
        }

        impl<$($generic)*> $trait<$type> for &f64 {
            type Output = $type;
            #[inline(always)]
            fn $method(self, number: $type) -> $type {
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
