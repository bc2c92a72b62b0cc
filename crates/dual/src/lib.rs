//! Numbers that carry exact derivatives.
//!
//! # Dual numbers by hand
//!
//! Take a number `e` that is not zero but whose square is: `e * e = 0`. Calculate with `3 + e` instead of `3`:
//!
//! ```text
//! f(x) = x * x + 2 * x
//! f(3 + e) = (3 + e)(3 + e) + 2 (3 + e)
//!          = 9 + 6 e + e e + 6 + 2 e
//!          = 15 + 8 e                       because e e = 0
//! ```
//!
//! 15 is `f(3)` and 8 is `f'(3)`: the ordinary rules of arithmetic have found the derivative, exactly, because
//! `f(x + e) = f(x) + f'(x) e` is a Taylor series that ends by itself. No step size was chosen and nothing was
//! cancelled, unlike in a finite difference.
//!
//! [`Dual<P>`] carries `P` such directions (a gradient), [`Dual2<P>`] also keeps the products of two directions (the
//! symmetric Hessian) and [`Dual3<P>`] those of three:
//!
//! ```
//! use maxlik_dual::{Dual2, Real};
//!
//! let [x, y] = Dual2::variables([3.0, 0.5]);
//! let f = x * x + 2.0 * x + (x * y).ln();
//! assert_eq!(f.value(), 15.0 + 1.5_f64.ln());
//! assert_eq!(f.gradient(), [8.0 + 1.0 / 3.0, 2.0]);
//! assert_eq!(f.hessian(0, 0), 2.0 - 1.0 / 9.0);
//! assert_eq!(f.hessian(1, 1), -4.0);
//! assert_eq!(f.hessian(0, 1), 0.0);
//! ```
//!
//! # Which item to use
//!
//! - Derivatives of a closure at a point: [`gradient`], [`hessian`], [`jacobian`] and [`third_derivatives`] for an array of a few
//!   arguments, [`gradient_slice`] and its like for many, or for a number known only when the program runs.
//! - To find out whether a closure's derivatives are right: [`check_derivatives`].
//! - Closures that are given numbers and return one: write them on [`Dual2`], with `f64` on either side of every operator.
//! - A block of a Hessian between some arguments and others: a [`Dual`] of [`Dual`] numbers.
//! - Functions to be used at several orders, down to the plain `f64`: write them generically over [`Real`].
//! - A function of your own with known derivatives: hand them to [`Real::chain`]. The library's functions do just that with
//!   the table in [`rules`], where each function is written once as its value and first three derivatives.
//!
//! # Limitations
//!
//! Comparisons (`==`, `<`) look at the value only, so that an `if` takes the same path as it would on `f64`. To compare
//! derivatives compare [`Dual2::gradient`] and [`Dual2::hessian`] field by field.
//! Generic code over [`Real`] cannot write `1.0 - x` (the language does not carry such a bound along); `-x + 1.0` or
//! `T::from(1.0) - x` says the same.
//!
//! A number that does not vary has no derivative, even where a function is infinitely steep. Products are the exception, because
//! a guard makes a row up to a tenth slower (measured on [`Dual`]): times an infinite number or NaN, a direction that does not vary gets the
//! derivative NaN by `inf * 0` ([`Dual`], and [`Dual2`] of more than two directions). Of one or two directions [`Dual2`] goes
//! by how a number was built: `x * 0.0` counts as varying, and its logarithm has a NaN derivative.

mod check;
mod chunks;
mod dual;
mod dual2;
mod dual3;
mod elementary;
pub mod functions;
mod gradient;
mod hessian;
pub mod instructions;
mod jacobian;
pub mod lanes;
mod ln_sum_exp;
mod num_dual;
mod operators;
mod pattern;
mod real;
mod recent;
pub mod rules;
pub mod special;
mod third_derivatives;

pub use check::{DerivativeCheck, Entry, check_derivatives, check_derivatives_slice};
pub use chunks::CHUNK;
pub use dual::Dual;
pub use dual2::Dual2;
pub use dual3::Dual3;
pub use gradient::{gradient, gradient_slice};
pub use hessian::{hessian, hessian_slice};
pub use jacobian::{LengthChanged, jacobian, jacobian_slice};
pub use ln_sum_exp::ln_sum_exp;
pub use real::Real;
#[doc(hidden)]
pub use recent::Recent;
pub use third_derivatives::{third_derivatives, third_derivatives_slice};
