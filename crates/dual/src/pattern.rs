//! Which derivatives of a second-order number may differ from zero.

use crate::operators::guarded;

/// The directions in which a number of `P` directions may vary, and whether it may have second derivatives at all.
///
/// The pattern follows from how a number was built, never from its digits: once a closure is inlined the compiler knows it,
/// and leaves out the products with what is certainly zero, which the rules of floating point forbid it to fold
/// otherwise. That is worth a tenth of a row for one or two directions (measured); beyond two it stands in the way of vector
/// registers, and every derivative counts as one that may differ from zero.
///
/// A whole word, so that numbers have no gap: the compiler would copy it byte by byte through memory, and keep rows from going in lanes.
#[derive(Clone, Copy)]
pub(crate) struct Pattern<const P: usize>(u64);

impl<const P: usize> Pattern<P> {
    const KNOWN: bool = P <= 2;
    const CURVED: u64 = 1 << 2;

    /// Nothing varies.
    pub(crate) const CONSTANT: Self = Self(0);

    /// A variable: one direction, no second derivatives.
    #[inline(always)]
    pub(crate) const fn variable(index: usize) -> Self {
        Self(if Self::KNOWN { 1 << index } else { 0 })
    }

    /// A sum of two numbers.
    #[inline(always)]
    pub(crate) const fn either(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// A product of two numbers, curved unless one of them is a constant.
    #[inline(always)]
    pub(crate) const fn both(self, other: Self) -> Self {
        let either = self.either(other);
        if self.is_constant() || other.is_constant() { either } else { either.curved() }
    }

    /// A function of a number.
    #[inline(always)]
    pub(crate) const fn curved(self) -> Self {
        Self(self.0 | Self::CURVED)
    }

    /// Whether nothing can vary.
    #[inline(always)]
    pub(crate) const fn is_constant(self) -> bool {
        Self::KNOWN && self.0 == 0
    }

    /// Whether the derivative in direction `i` may differ from zero.
    #[inline(always)]
    pub(crate) const fn varies(self, i: usize) -> bool {
        !Self::KNOWN || self.0 & (1 << i) != 0
    }

    /// Whether the second derivative in directions `i` and `j` may differ from zero.
    #[inline(always)]
    pub(crate) const fn bends(self, i: usize, j: usize) -> bool {
        !Self::KNOWN || self.0 & Self::CURVED != 0 && self.varies(i) && self.varies(j)
    }

    /// `factor * derivative` for quotients, the exponential and the logarithm, whose slopes are infinite only where they are
    /// themselves: guarded where the pattern is not known, so that a constant has no derivative. Where it is known, a guard for
    /// infinite factors makes a Weibull row a tenth slower (measured).
    #[inline(always)]
    pub(crate) fn slope_times(factor: f64, derivative: f64) -> f64 {
        if Self::KNOWN { factor * derivative } else { guarded(factor, derivative) }
    }
}

/// A term of a sum where it is `present`, otherwise minus zero, which adds to nothing and is folded away.
#[inline(always)]
pub(crate) fn only(present: bool, term: f64) -> f64 {
    if present { term } else { -0.0 }
}
