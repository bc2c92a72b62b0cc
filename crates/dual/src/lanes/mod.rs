//! Numbers for loops over rows that are to become vector code.
//!
//! A [`Lane`] is an ordinary number whose functions have no branches, no tables and no calls ([`InLanes`]). A loop that evaluates a
//! density for one row after another is then straight arithmetic, which the compiler turns into vector code with as many rows
//! side by side as the registers hold. A condition inside it becomes a choice made for each row by itself, so that rows
//! never share a branch; what few rows need is left out of the loop through [`Real::exceptional`], and [`watched`] tells which rows
//! these are.
mod erfc;
mod exp;
mod ln;
mod ln_gamma;

use std::cell::Cell;
use std::cmp::Ordering;
use std::iter::Sum;
use std::marker::PhantomData;
use std::ops::{Add, AddAssign, Div, DivAssign, Mul, MulAssign, Neg, Sub, SubAssign};

use crate::Real;
use crate::functions::Functions;
use crate::instructions::Instructions;
use crate::operators::operators;
use crate::rules::Derivatives;
use crate::special::{SMALL_LN_FACTORIALS, SMALL_REMAINDERS};

/// The functions in lanes, for a level of [`Instructions`].
///
/// # Accuracy
/// That of the table of rules where nothing else is said; see `tests/lanes.rs`.
#[derive(Clone, Copy, Debug)]
pub struct InLanes<I>(PhantomData<I>);

impl<I: Instructions> Functions for InLanes<I> {
    #[inline(always)]
    fn exp(x: f64) -> f64 {
        exp::exp::<I>(x)
    }

    #[inline(always)]
    fn exp_m1(x: f64) -> f64 {
        exp::exp_m1::<I>(x)
    }

    #[inline(always)]
    fn ln(x: f64) -> f64 {
        ln::ln::<I>(x)
    }

    #[inline(always)]
    fn ln_1p(x: f64) -> f64 {
        ln::ln_1p::<I>(x)
    }

    #[inline(always)]
    fn ln_1p_unit(x: f64) -> f64 {
        ln::ln_1p::<I>(x)
    }

    #[inline(always)]
    fn x_minus_ln_1p(x: f64) -> f64 {
        ln::x_minus_ln_1p::<I>(x)
    }

    /// Derivatives up to the second.
    #[inline(always)]
    fn ln_gamma(x: f64, order: usize) -> Derivatives {
        ln_gamma::ln_gamma::<I>(x, order)
    }

    /// For moderate `x` and `k`, derivatives up to the second; others are exceptional.
    #[inline(always)]
    fn ln_rising_factorial(x: f64, k: u64, order: usize) -> Derivatives {
        ln_gamma::ln_rising_factorial::<I>(x, k, order)
    }

    /// For `k < 128`; others are exceptional.
    #[inline(always)]
    fn ln_factorial(k: u64) -> f64 {
        Self::entry(&SMALL_LN_FACTORIALS, k)
    }

    /// For `k < 128`; others are exceptional.
    #[inline(always)]
    fn ln_factorial_remainder(k: u64) -> f64 {
        Self::entry(&SMALL_REMAINDERS, k)
    }

    #[inline(always)]
    fn erfc(x: f64, order: usize) -> Derivatives {
        erfc::erfc::<I>(x, order)
    }

    #[inline(always)]
    fn exceptional(condition: bool) -> bool {
        EXCEPTIONAL.with(|noted| noted.set(noted.get() | u64::from(condition)));
        false
    }
}

impl<I: Instructions> InLanes<I> {
    /// An entry of a table.
    #[inline(always)]
    #[allow(clippy::cast_possible_truncation, reason = "the remainder is small")]
    fn entry<const N: usize>(table: &[f64; N], k: u64) -> f64 {
        Self::exceptional(k >= N as u64);
        table[(k % N as u64) as usize]
    }
}

thread_local! {
    /// Whether something exceptional has been noted since [`watched`] began.
    static EXCEPTIONAL: Cell<u64> = const { Cell::new(0) };
}

/// What `f` returns, and 1 if a condition was [exceptional](Real::exceptional) in it, otherwise 0: then the result is not to
/// be used.
///
/// # Example
/// ```
/// use maxlik_dual::Real;
/// use maxlik_dual::instructions::Baseline;
/// use maxlik_dual::lanes::{Lane, watched};
/// let tail = |x: f64| {
///     let x = Lane::<f64, Baseline>::from(x);
///     if Lane::<f64, Baseline>::exceptional(x > 300.0) { x * 2.0 } else { x.exp() }
/// };
/// assert_eq!(watched(|| tail(0.0)).1, 0);
/// assert_eq!(watched(|| tail(301.0)).1, 1);
/// ```
#[inline(always)]
pub fn watched<T>(f: impl FnOnce() -> T) -> (T, u64) {
    EXCEPTIONAL.with(|noted| noted.set(0));
    let result = f();
    (result, EXCEPTIONAL.with(Cell::get))
}

/// A number of any type whose functions are those in lanes. Derivatives up to the second order.
#[derive(Clone, Copy, Debug)]
#[repr(transparent)]
pub struct Lane<N, I>(N, PhantomData<I>);

operators!(Lane<N, I>, [N: Real, I: Instructions]);

impl<N, I> Lane<N, I> {
    /// The number in lanes.
    #[inline(always)]
    pub const fn new(number: N) -> Self {
        Self(number, PhantomData)
    }

    /// The number itself.
    #[inline(always)]
    pub fn inner(self) -> N {
        self.0
    }
}

impl<N: Real, I: Instructions> Lane<N, I> {
    #[inline(always)]
    fn constant(value: f64) -> Self {
        Self::new(N::from(value))
    }

    /// The value.
    #[inline(always)]
    pub fn value(self) -> f64 {
        self.0.value()
    }

    #[inline(always)]
    fn plus(self, other: Self) -> Self {
        Self::new(self.0 + other.0)
    }

    #[inline(always)]
    fn minus(self, other: Self) -> Self {
        Self::new(self.0 - other.0)
    }

    #[inline(always)]
    fn times(self, other: Self) -> Self {
        Self::new(self.0 * other.0)
    }

    #[inline(always)]
    fn over(self, other: Self) -> Self {
        Self::new(self.0 / other.0)
    }

    #[inline(always)]
    fn shift(self, constant: f64) -> Self {
        Self::new(self.0 + constant)
    }

    #[inline(always)]
    fn scale(self, factor: f64) -> Self {
        Self::new(self.0 * factor)
    }

    #[inline(always)]
    fn over_constant(self, constant: f64) -> Self {
        Self::new(self.0 / constant)
    }

    #[inline(always)]
    fn under_constant(self, constant: f64) -> Self {
        Self::new(self.0.recip() * constant)
    }
}

impl<N: Real, I: Instructions> Real for Lane<N, I> {
    const ORDER: usize = N::ORDER;

    type Functions = InLanes<I>;

    #[inline(always)]
    fn value(self) -> f64 {
        self.0.value()
    }

    #[inline(always)]
    fn is_constant(self) -> bool {
        self.0.is_constant()
    }

    #[inline(always)]
    fn with_value(self, value: f64) -> Self {
        Self::new(self.0.with_value(value))
    }

    #[inline(always)]
    fn times_derivative(self, derivative: Self) -> Self {
        Self::new(self.0.times_derivative(derivative.0))
    }

    #[inline(always)]
    fn chain(self, derivatives: Derivatives) -> Self {
        Self::new(self.0.chain(derivatives))
    }

    #[inline(always)]
    fn chain_exponential(self, value: f64) -> Self {
        Self::new(self.0.chain_exponential(value))
    }

    #[inline(always)]
    fn chain_logarithm(self, value: f64, reciprocal: f64) -> Self {
        Self::new(self.0.chain_logarithm(value, reciprocal))
    }
}
