//! Numbers for loops over rows that are to become vector code.
//!
//! A [`Lane`] is an ordinary number whose functions have no branches, no tables and no calls ([`InLanes`]). A loop that evaluates a
//! density for one row after another is then straight arithmetic, which the compiler turns into vector code with as many rows
//! side by side as the registers hold. A condition inside it becomes a choice made for each row by itself, so that rows
//! never share a branch; what few rows need is left out of the loop through [`Real::exceptional`], and [`Notes`] tell which rows
//! these are.
mod erfc;
mod exp;
mod ln;
mod ln_beta;
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
use crate::rules::{Derivatives, Derivatives2};

/// The functions in lanes, for a level of [`Instructions`].
///
/// # Accuracy
/// That of the table of rules where nothing else is said; see `tests/lanes.rs`.
#[derive(Clone, Copy, Debug)]
pub struct InLanes<I>(PhantomData<I>);

impl<I: Instructions> Functions for InLanes<I> {
    const IN_LANES: bool = true;

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

    /// Derivatives up to the second.
    #[inline(always)]
    fn ln_rising_factorial(x: f64, k: u64, order: usize) -> Derivatives {
        ln_gamma::ln_rising_factorial::<I>(x, k, order)
    }

    /// Derivatives up to the second, for arguments from 0.02 to `1e100`.
    #[inline(always)]
    fn ln_beta(x: f64, y: f64, order: usize) -> Derivatives2 {
        ln_beta::ln_beta::<I>(x, y, order)
    }

    #[inline(always)]
    fn erfc(x: f64, order: usize) -> Derivatives {
        erfc::erfc::<I>(x, order)
    }
}

/// Where numbers in lanes note what is [exceptional](Real::exceptional) while a density is evaluated for one row.
///
/// # Example
/// ```
/// use maxlik_dual::Real;
/// use maxlik_dual::instructions::Baseline;
/// use maxlik_dual::lanes::{Lane, Notes};
/// fn tail<T: Real>(x: T) -> T {
///     if x.exceptional(x > 300.0) { x * 2.0 } else { x.exp() }
/// }
/// let at = |x: f64| {
///     let notes = Notes::default();
///     let [x]: [Lane<f64, Baseline>; 1] = notes.watch([x]);
///     (tail(x).inner(), notes.exceptional())
/// };
/// assert_eq!(at(0.5), (0.5_f64.exp(), 0));
/// assert_eq!(at(301.0).1, 1); // the value is not to be used
/// ```
#[derive(Debug, Default)]
pub struct Notes(Cell<u64>);

impl Notes {
    /// Nothing noted.
    pub const fn new() -> Self {
        Self(Cell::new(0))
    }

    /// Notes `condition`.
    #[inline(always)]
    pub fn note(&self, condition: bool) {
        self.0.set(self.0.get() | u64::from(condition));
    }

    /// The numbers in lanes, watched.
    #[inline(always)]
    pub fn watch<N, I, const P: usize>(&self, numbers: [N; P]) -> [Lane<'_, N, I>; P] {
        numbers.map(|number| Lane { number, notes: Some(self), instructions: PhantomData })
    }

    /// 1 if something exceptional was noted, otherwise 0.
    #[inline(always)]
    pub fn exceptional(&self) -> u64 {
        self.0.get()
    }
}

/// A number of any type whose functions are those in lanes, with derivatives up to the second order; made by [`Notes::watch`].
///
/// Longer than two registers, that is: of a number with derivatives, if wide registers are to be used. The compiler does not inline a
/// function that calls another which returns a pair of registers into one for other instructions.
#[derive(Clone, Copy, Debug)]
pub struct Lane<'w, N, I> {
    number: N,
    /// Where to note; constants do not know.
    notes: Option<&'w Notes>,
    instructions: PhantomData<I>,
}

operators!(Lane<'w, N, I>, ['w, N: Real, I: Instructions]);

impl<N: Real, I: Instructions> Lane<'_, N, I> {
    /// The number itself.
    #[inline(always)]
    pub fn inner(self) -> N {
        self.number
    }

    /// The value.
    #[inline(always)]
    pub fn value(self) -> f64 {
        self.number.value()
    }

    #[inline(always)]
    fn constant(value: f64) -> Self {
        Self { number: N::from(value), notes: None, instructions: PhantomData }
    }

    /// Another number in the place of this one.
    #[inline(always)]
    fn with(self, number: N) -> Self {
        Self { number, ..self }
    }

    #[inline(always)]
    fn with_both(self, other: Self, number: N) -> Self {
        Self { number, notes: self.notes.or(other.notes), ..self }
    }

    #[inline(always)]
    fn plus(self, other: Self) -> Self {
        self.with_both(other, self.number + other.number)
    }

    #[inline(always)]
    fn minus(self, other: Self) -> Self {
        self.with_both(other, self.number - other.number)
    }

    #[inline(always)]
    fn times(self, other: Self) -> Self {
        self.with_both(other, self.number * other.number)
    }

    #[inline(always)]
    fn over(self, other: Self) -> Self {
        self.with_both(other, self.number / other.number)
    }

    #[inline(always)]
    fn shift(self, constant: f64) -> Self {
        self.with(self.number + constant)
    }

    #[inline(always)]
    fn scale(self, factor: f64) -> Self {
        self.with(self.number * factor)
    }

    #[inline(always)]
    fn over_constant(self, constant: f64) -> Self {
        self.with(self.number / constant)
    }

    #[inline(always)]
    fn under_constant(self, constant: f64) -> Self {
        self.with(N::from(constant) / self.number)
    }
}

impl<N: Real, I: Instructions> Real for Lane<'_, N, I> {
    const ORDER: usize = N::ORDER;

    type Functions = InLanes<I>;

    #[inline(always)]
    fn value(self) -> f64 {
        self.number.value()
    }

    #[inline(always)]
    fn exceptional(self, condition: bool) -> bool {
        let Some(notes) = self.notes else { return condition };
        notes.note(condition);
        false
    }

    #[inline(always)]
    fn one_by_one(self) -> bool {
        self.exceptional(true);
        self.notes.is_some()
    }

    #[inline(always)]
    fn is_constant(self) -> bool {
        self.number.is_constant()
    }

    #[inline(always)]
    fn with_value(self, value: f64) -> Self {
        self.with(self.number.with_value(value))
    }

    #[inline(always)]
    fn times_derivative(self, derivative: Self) -> Self {
        self.with_both(derivative, self.number.times_derivative(derivative.number))
    }

    #[inline(always)]
    fn chain(self, derivatives: Derivatives) -> Self {
        self.with(self.number.chain(derivatives))
    }

    #[inline(always)]
    fn chain_exponential(self, value: f64) -> Self {
        self.with(self.number.chain_exponential(value))
    }

    #[inline(always)]
    fn chain_logarithm(self, value: f64, reciprocal: f64) -> Self {
        self.with(self.number.chain_logarithm(value, reciprocal))
    }
}
